//! The functions of the language: one row a function, with what it does where its arguments are not known.

mod address;
mod collection;
mod convert;
mod encode;
mod format;
mod hash;
mod number;
mod sets;
mod text;
mod time;

use std::rc::Rc;

use super::choice::{derived, on_both, unwrapped};
use super::fault::{Fault, Read, fault};
use super::machine::{Machine, Scope};
use super::number::Number;
use super::operate;
use super::show;
use super::syntax::{self, Expr};
use super::value::{Choice, MAX_NODES, Map, V, Val};
use crate::source::Span;

/// One function.
pub(super) struct Function {
    name: &'static str,
    /// Arguments at least and at most.
    arity: (usize, usize),
    open: Open,
    run: fn(&Context<'_>, &[Val]) -> Read,
}

/// What a function does with values that are not known.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Open {
    /// Its result is not known where anything in an argument is not.
    Strict,
    /// It knows itself what of its result is known.
    Own,
    /// It also takes choices apart itself, element by element.
    Elements,
}

/// What a function is called in.
pub(super) struct Context<'g> {
    graph: &'g dyn Machine,
    name: &'g str,
    at: Span,
}

const ANY: usize = usize::MAX;

const fn row(
    name: &'static str,
    least: usize,
    most: usize,
    open: Open,
    run: fn(&Context<'_>, &[Val]) -> Read,
) -> Function {
    Function { name, arity: (least, most), open, run }
}

use Open::{Elements, Own, Strict};

/// By name. `try` and `can`, which evaluate their arguments themselves, stand beside it.
static FUNCTIONS: &[Function] = &[
    row("abs", 1, 1, Strict, number::abs),
    row("abspath", 1, 1, Own, convert::unknown),
    row("alltrue", 1, 1, Own, collection::all_true),
    row("anytrue", 1, 1, Own, collection::any_true),
    row("base64decode", 1, 1, Strict, encode::base64_decode),
    row("base64encode", 1, 1, Strict, encode::base64_encode),
    row("base64gzip", 1, 1, Own, convert::unknown),
    row("base64sha256", 1, 1, Strict, encode::base64_sha256),
    row("base64sha512", 1, 1, Strict, encode::base64_sha512),
    row("basename", 1, 1, Strict, text::base_name),
    row("bcrypt", 1, 2, Own, convert::unknown),
    row("ceil", 1, 1, Strict, number::ceil),
    row("chomp", 1, 1, Strict, text::chomp),
    row("chunklist", 2, 2, Own, collection::chunk_list),
    row("cidrcontains", 2, 2, Strict, address::contains),
    row("cidrhost", 2, 2, Strict, address::host),
    row("cidrnetmask", 1, 1, Strict, address::netmask),
    row("cidrsubnet", 3, 3, Strict, address::subnet),
    row("cidrsubnets", 1, ANY, Strict, address::subnets),
    row("coalesce", 1, ANY, Own, collection::coalesce),
    row("coalescelist", 1, ANY, Own, collection::coalesce_list),
    row("compact", 1, 1, Elements, collection::compact),
    row("concat", 1, ANY, Elements, collection::concat),
    row("contains", 2, 2, Own, collection::contains),
    row("csvdecode", 1, 1, Strict, encode::csv_decode),
    row("dirname", 1, 1, Strict, text::directory_name),
    row("distinct", 1, 1, Own, collection::distinct),
    row("element", 2, 2, Own, collection::element),
    row("endswith", 2, 2, Own, text::ends_with),
    row("ephemeralasnull", 1, 1, Own, convert::same),
    row("file", 1, 1, Strict, encode::file),
    row("filebase64", 1, 1, Own, convert::unknown),
    row("filebase64sha256", 1, 1, Own, convert::unknown),
    row("filebase64sha512", 1, 1, Own, convert::unknown),
    row("fileexists", 1, 1, Strict, encode::file_exists),
    row("filemd5", 1, 1, Own, convert::unknown),
    row("fileset", 2, 2, Strict, encode::file_set),
    row("filesha1", 1, 1, Own, convert::unknown),
    row("filesha256", 1, 1, Own, convert::unknown),
    row("filesha512", 1, 1, Own, convert::unknown),
    row("flatten", 1, 1, Elements, collection::flatten),
    row("floor", 1, 1, Strict, number::floor),
    row("format", 1, ANY, Own, format::format),
    row("formatdate", 2, 2, Strict, time::format_date),
    row("formatlist", 1, ANY, Own, format::format_list),
    row("indent", 2, 2, Strict, text::indent),
    row("index", 2, 2, Strict, collection::index),
    row("issensitive", 1, 1, Own, convert::is_sensitive),
    row("join", 2, ANY, Own, text::join),
    row("jsondecode", 1, 1, Own, encode::json_decode),
    row("jsonencode", 1, 1, Own, encode::json_encode),
    row("keys", 1, 1, Own, collection::keys),
    row("length", 1, 1, Own, collection::length),
    row("list", 0, ANY, Own, collection::list),
    row("log", 2, 2, Strict, number::log),
    row("lookup", 2, 3, Own, collection::lookup),
    row("lower", 1, 1, Strict, text::lower),
    row("map", 0, ANY, Own, collection::map),
    row("matchkeys", 3, 3, Strict, collection::match_keys),
    row("max", 1, ANY, Strict, number::max),
    row("md5", 1, 1, Strict, encode::md5),
    row("merge", 0, ANY, Own, collection::merge),
    row("min", 1, ANY, Strict, number::min),
    row("nonsensitive", 1, 1, Own, convert::same),
    row("one", 1, 1, Own, collection::one),
    row("parseint", 2, 2, Strict, number::parse_int),
    row("pathexpand", 1, 1, Own, convert::unknown),
    row("plantimestamp", 0, 0, Own, convert::unknown),
    row("pow", 2, 2, Strict, number::pow),
    row("provider::aws::arn_build", 5, 5, Own, address::arn_build),
    row("provider::aws::arn_parse", 1, 1, Own, address::arn_parse),
    row("provider::aws::trim_iam_role_path", 1, 1, Strict, address::trim_role_path),
    row("provider::terraform::decode_tfvars", 1, 1, Strict, encode::tfvars_decode),
    row("range", 1, 3, Strict, collection::range),
    row("regex", 2, 2, Strict, text::regex),
    row("regexall", 2, 2, Strict, text::regex_all),
    row("replace", 3, 3, Own, text::replace),
    row("reverse", 1, 1, Own, collection::reverse),
    row("rsadecrypt", 2, 2, Own, convert::unknown),
    row("sensitive", 1, 1, Own, convert::same),
    row("setintersection", 1, ANY, Strict, sets::intersection),
    row("setproduct", 1, ANY, Own, sets::product),
    row("setsubtract", 2, 2, Strict, sets::subtract),
    row("setunion", 1, ANY, Elements, sets::union),
    row("sha1", 1, 1, Strict, encode::sha1),
    row("sha256", 1, 1, Strict, encode::sha256),
    row("sha512", 1, 1, Strict, encode::sha512),
    row("signum", 1, 1, Strict, number::signum),
    row("slice", 3, 3, Own, collection::slice),
    row("sort", 1, 1, Strict, collection::sort),
    row("split", 2, 2, Own, text::split),
    row("startswith", 2, 2, Own, text::starts_with),
    row("strcontains", 2, 2, Own, text::contains),
    row("strrev", 1, 1, Strict, text::reverse),
    row("substr", 3, 3, Strict, text::substring),
    row("sum", 1, 1, Strict, number::sum),
    row("templatefile", 2, 2, Own, encode::template_file),
    row("templatestring", 2, 2, Own, encode::template_string),
    row("textdecodebase64", 2, 2, Own, encode::text_decode),
    row("textencodebase64", 2, 2, Own, encode::text_encode),
    row("timeadd", 2, 2, Strict, time::add),
    row("timecmp", 2, 2, Strict, time::compare),
    row("timestamp", 0, 0, Own, convert::unknown),
    row("title", 1, 1, Strict, text::title),
    row("tobool", 1, 1, Own, convert::to_bool),
    row("tolist", 1, 1, Own, convert::to_list),
    row("tomap", 1, 1, Own, convert::to_map),
    row("tonumber", 1, 1, Own, convert::to_number),
    row("toset", 1, 1, Own, convert::to_set),
    row("tostring", 1, 1, Own, convert::to_string),
    row("transpose", 1, 1, Strict, collection::transpose),
    row("trim", 2, 2, Strict, text::trim),
    row("trimprefix", 2, 2, Own, text::trim_prefix),
    row("trimspace", 1, 1, Own, text::trim_space),
    row("trimsuffix", 2, 2, Own, text::trim_suffix),
    row("type", 1, 1, Own, convert::unknown),
    row("upper", 1, 1, Strict, text::upper),
    row("urldecode", 1, 1, Strict, encode::url_decode),
    row("urlencode", 1, 1, Strict, encode::url_encode),
    row("uuid", 0, 0, Own, convert::unknown),
    row("uuidv5", 2, 2, Strict, encode::uuid_v5),
    row("values", 1, 1, Own, collection::values),
    row("yamldecode", 1, 1, Strict, encode::yaml_decode),
    row("yamlencode", 1, 1, Own, convert::unknown),
    row("zipmap", 2, 2, Own, collection::zip_map),
];

fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.get(FUNCTIONS.binary_search_by(|known| known.name.cmp(name)).ok()?)
}

/// A call of a function.
pub(super) fn call(graph: &dyn Machine, call: &syntax::Call, scope: Scope<'_>, at: Span) -> Read {
    let name = call.name.strip_prefix("core::").unwrap_or(&call.name);
    match name {
        "try" => return attempt(graph, &call.arguments, scope, at),
        "can" => {
            let Some(argument) = call.arguments.first() else { return fault("`can` needs an argument", at) };
            return succeeds(graph, argument, scope, at);
        }
        // Its second argument is a type.
        "convert" => {
            let [value, wanted] = call.arguments.as_slice() else {
                return fault("`convert` takes a value and a type", at);
            };
            return super::constraint::convert(graph, &graph.eval(value, scope)?, wanted, scope);
        }
        _other => {}
    }
    let mut arguments = Vec::with_capacity(call.arguments.len());
    for argument in &call.arguments {
        arguments.push(graph.eval(argument, scope)?);
    }
    let context = Context { graph, name, at };
    let Some(function) = find(name) else {
        if let Some(value) = graph.call_around(name, &arguments, at) {
            return value;
        }
        // Functions of providers run in the provider.
        if name.contains("::") {
            return Ok(context.open(&arguments, "it is a function of a provider"));
        }
        return fault(format!("there is no function `{name}`"), at);
    };
    context.on_sides(function, arguments, call.spreads, 0)
}

/// `try`: the first argument that Terraform does not refuse.
fn attempt(graph: &dyn Machine, arguments: &[Expr], scope: Scope<'_>, at: Span) -> Read {
    let Some((first, others)) = arguments.split_first() else {
        return fault("none of the arguments of `try` can be evaluated", at);
    };
    match graph.eval(first, scope) {
        Ok(value) => with_others(graph, value, others, scope, at),
        Err(refused) if others.is_empty() => Err(refused),
        Err(_) => attempt(graph, others, scope, at),
    }
}

/// The value with the next arguments in place of what is refused in it.
fn with_others(graph: &dyn Machine, value: Val, others: &[Expr], scope: Scope<'_>, at: Span) -> Read {
    let V::Choice(choice) = &value.v else { return Ok(value) };
    let side = |inner: &Val| match &inner.v {
        V::Refused(refused) if others.is_empty() => Err((**refused).clone()),
        V::Refused(_) => attempt(graph, others, scope, at),
        _known => with_others(graph, inner.clone(), others, scope, at),
    };
    super::choice::one_of(&choice.test, side(&choice.yes), side(&choice.no), value.at)
}

fn succeeds(graph: &dyn Machine, argument: &Expr, scope: Scope<'_>, at: Span) -> Read {
    fn of(value: &Val, at: Span) -> Val {
        match &value.v {
            V::Choice(choice) => {
                let (yes, no) = (of(&choice.yes, at), of(&choice.no, at));
                if operate::same(&yes, &no) {
                    return yes;
                }
                Val::new(V::Choice(Rc::new(Choice { test: Rc::clone(&choice.test), yes, no })), at)
            }
            V::Refused(_) => Val::bool(false, at),
            V::Hole(hole) => {
                Val::hole(show::shortened(format!("can({})", hole.name)), Rc::clone(&hole.why), at)
            }
            _known => Val::bool(true, at),
        }
    }
    match graph.eval(argument, scope) {
        Ok(value) => Ok(of(&value, at)),
        Err(_) => Ok(Val::bool(false, at)),
    }
}

impl Context<'_> {
    /// Calls a function for each side of arguments that are choices.
    fn on_sides(&self, function: &Function, arguments: Vec<Val>, spreads: bool, tests: usize) -> Read {
        let choice = arguments.iter().find_map(|argument| match &argument.v {
            V::Choice(choice) if function.open != Elements => Some(choice),
            _other => None,
        });
        if let Some(choice) = choice {
            if tests >= 5 {
                return Ok(self.open(&arguments, "it depends on too many values that are not known"));
            }
            let side = |side: bool| {
                let arguments: Vec<Val> = arguments.iter().map(|a| a.on_side(&choice.test, side)).collect();
                self.on_sides(function, arguments, spreads, tests + 1)
            };
            return super::choice::one_of(&choice.test, side(true), side(false), self.at);
        }
        if let Some(V::Refused(refused)) = arguments.iter().map(|a| &a.v).find(|v| matches!(v, V::Refused(_)))
        {
            return Err((**refused).clone());
        }
        let mut arguments = arguments;
        if spreads && let Some(last) = arguments.pop() {
            match last.elements() {
                Some(elements) => {
                    if elements.iter().any(|e| matches!(e.v, V::Rest(_) | V::Maybe(_))) {
                        arguments.push(last.clone());
                        return Ok(self.open(&arguments, "its arguments are not known"));
                    }
                    arguments.extend(elements.iter().cloned());
                    if function.open != Elements && arguments.iter().any(|a| matches!(a.v, V::Choice(_))) {
                        return self.on_sides(function, arguments, false, tests);
                    }
                }
                None => {
                    arguments.push(last);
                    return Ok(self.open(&arguments, "its arguments are not known"));
                }
            }
        }
        let (least, most) = function.arity;
        if arguments.len() < least || arguments.len() > most {
            return fault(format!("`{}` takes another number of arguments", self.name), self.at);
        }
        let is_open = match function.open {
            Strict => arguments.iter().any(|argument| !argument.is_known()),
            Own | Elements => false,
        };
        if is_open {
            return Ok(self.open(&arguments, ""));
        }
        let value = (function.run)(self, &arguments)?;
        Ok(if value.size(MAX_NODES) > MAX_NODES {
            Val::hole(self.name, "its result has too many elements", self.at)
        } else {
            self.graph.weighed(value)
        })
    }

    /// The hole that a call is whose arguments are not known.
    fn open(&self, arguments: &[Val], why: &str) -> Val {
        let shown: Vec<String> = arguments.iter().map(show::short).collect();
        let name = show::shortened(format!("{}({})", self.name, shown.join(", ")));
        match arguments.iter().find(|argument| argument.first_hole().is_some()).filter(|_| why.is_empty()) {
            Some(from) => derived(name, from, self.at),
            None => Val::hole(name, if why.is_empty() { "it is not known" } else { why }, self.at),
        }
    }

    fn text(&self, arguments: &[Val], index: usize) -> Result<Rc<str>, Fault> {
        let Some(value) = arguments.get(index) else { return fault("an argument is missing", self.at) };
        match operate::to_text(value, value.at)?.v {
            V::Str(text) => Ok(text.text),
            _other => fault(format!("`{}` needs a text here", self.name), value.at),
        }
    }

    fn number(&self, arguments: &[Val], index: usize) -> Result<Number, Fault> {
        let Some(value) = arguments.get(index) else { return fault("an argument is missing", self.at) };
        match operate::to_number(value, value.at)?.v {
            V::Num(number) => Ok(number),
            _other => fault(format!("`{}` needs a number here", self.name), value.at),
        }
    }

    fn integer(&self, arguments: &[Val], index: usize) -> Result<i64, Fault> {
        let number = self.number(arguments, index)?;
        number
            .to_i64()
            .map_or_else(|| fault(format!("`{}` needs a whole number here", self.name), self.at), Ok)
    }

    fn elements(&self, arguments: &[Val], index: usize) -> Result<Rc<Vec<Val>>, Fault> {
        let Some(value) = arguments.get(index) else { return fault("an argument is missing", self.at) };
        match value.elements() {
            Some(elements) => Ok(Rc::clone(elements)),
            None => fault(format!("`{}` needs a list here", self.name), value.at),
        }
    }

    fn members(&self, arguments: &[Val], index: usize) -> Result<Rc<Map>, Fault> {
        let Some(value) = arguments.get(index) else { return fault("an argument is missing", self.at) };
        match value.as_map() {
            Some(map) => Ok(Rc::clone(map)),
            None => fault(format!("`{}` needs a map here", self.name), value.at),
        }
    }

    fn made(&self, text: impl Into<Rc<str>>) -> Read {
        Ok(Val::text(text, self.at))
    }

    fn bool(&self, value: bool) -> Read {
        Ok(Val::bool(value, self.at))
    }

    fn refuse(&self, message: impl Into<String>) -> Read {
        fault(message, self.at)
    }

    fn num(&self, number: Number) -> Read {
        Ok(Val::new(V::Num(number), self.at))
    }
}

/// Whether an argument is a hole as a whole.
fn is_hole(value: &Val) -> bool {
    matches!(value.v, V::Hole(_) | V::Rest(_) | V::Maybe(_) | V::Choice(_))
}

/// Whether which elements a list has is not known.
fn is_open_list(elements: &[Val]) -> bool {
    elements.iter().any(|element| matches!(element.v, V::Rest(_) | V::Maybe(_)))
}

/// An element and the value that it is where it is there.
fn inner(value: &Val) -> Val {
    unwrapped(value.clone()).0
}

/// Does something on both sides of a value that is a choice.
fn each_side(value: &Val, f: &dyn Fn(&Val) -> Read) -> Read {
    on_both(value, 0, &|value, _| f(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_sorted() {
        assert!(FUNCTIONS.is_sorted_by(|one, next| one.name < next.name));
        assert!(FUNCTIONS.len() + 2 >= 115);
    }
}
