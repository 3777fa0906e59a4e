//! The intrinsic functions.

use std::borrow::Cow;
use std::net::Ipv4Addr;
use std::rc::Rc;

use base64::Engine as _;

use super::evaluate::replace_variables;
use super::evaluator::{Evaluated, Evaluator, Export, Scope};
use super::text::{equal, is_hole, plain, scalar, split, string, write_json};
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::json::{Node, Value};
use crate::name::symbol;
use crate::source::Span;

impl<'t> Evaluator<'t> {
    /// What a function gives.
    pub(super) fn call(
        &mut self,
        scope: &Scope<'t>,
        name: &'t str,
        argument: &'t Node<'t>,
        span: Span,
    ) -> Evaluated<'t> {
        match name {
            "Ref" => Ok(self.refer(scope, argument, span)?),
            "Fn::GetAtt" => self.get_att(scope, argument, span),
            "Fn::Sub" => self.substitute(scope, argument, span),
            "Fn::Join" => self.join(scope, argument, span),
            "Fn::Select" => self.select(scope, argument, span),
            "Fn::Split" => self.split_text(scope, argument, span),
            "Fn::If" => self.choose(scope, argument, span),
            "Fn::FindInMap" => self.find_in_map(scope, argument, span),
            "Fn::ImportValue" => self.import(scope, argument, span),
            "Fn::Base64" => self.base64(scope, argument, span),
            "Fn::Cidr" => self.cidr(scope, argument, span),
            "Fn::Length" => self.length(scope, argument, span),
            "Fn::ToJsonString" => {
                let Some(value) = self.eval(scope, argument)? else { return Ok(None) };
                let mut text = String::new();
                write_json(&value, &mut text);
                Ok(self.text(scope, name, text, span))
            }
            "Fn::GetAZs" => {
                let region = self.eval(scope, argument)?;
                let text = region.as_ref().and_then(scalar).unwrap_or_default().into_owned();
                let why = "the availability zones of a Region differ from account to account";
                Ok(Some(self.made(name, scope, text, why, span)))
            }
            "Fn::Transform" => {
                let macro_name = argument.get("Name").and_then(Node::as_str).unwrap_or("a macro");
                let why = format!("{macro_name} (Fn::Transform) writes it when the stack is deployed");
                Ok(Some(self.made(name, scope, span.start.to_string(), why, span)))
            }
            "Fn::Equals" | "Fn::And" | "Fn::Or" | "Fn::Not" => {
                let wants = "its place in Conditions: elsewhere it has no value";
                Ok(Some(self.misused(scope, name, wants, span)))
            }
            other => {
                let why = format!("{other} is not a function of CloudFormation: a tool writes its value");
                Ok(Some(self.made(other, scope, span.start.to_string(), why, span)))
            }
        }
    }

    fn refer(&mut self, scope: &Scope<'t>, argument: &'t Node<'t>, span: Span) -> Evaluated<'t> {
        match self.eval(scope, argument)?.as_ref().and_then(scalar) {
            Some(name) => self.reference(scope, &name, span),
            None => Ok(Some(self.misused(scope, "Ref", "the name of a parameter or a resource", span))),
        }
    }

    /// What a name in a template stands for.
    pub(super) fn reference(&mut self, scope: &Scope<'t>, name: &str, span: Span) -> Evaluated<'t> {
        let bound = scope.bindings.iter().rev().find(|(variable, _)| variable == name);
        if let Some((_, value)) = bound {
            return Ok(Some(Node { span, value: value.value.clone() }));
        }
        if name.starts_with("AWS::") {
            return Ok(self.pseudo(scope, name, span));
        }
        if let Some(value) = self.parameter(scope, name, span)? {
            return Ok(Some(value));
        }
        if let Some(physical) = self.physical(scope.stack, name) {
            return Ok(Some(string(physical.reference.clone(), span)));
        }
        Ok(Some(self.nothing_called(scope, name, span)))
    }

    /// A name that stands for nothing.
    fn nothing_called(&mut self, scope: &Scope<'t>, name: &str, span: Span) -> Node<'t> {
        let (near, label) = match self.stack(scope) {
            None => (None, String::new()),
            Some(stack) => {
                let parameters = stack.section("Parameters").iter().map(|m| m.key.value.as_ref());
                let known = stack.resources.iter().map(|r| r.id.as_ref()).chain(parameters);
                (did_you_mean(name, known), stack.called(name))
            }
        };
        let message = format!("the template has no parameter and no resource `{name}`");
        self.complain(Diagnostic::new(Code::InvalidTemplate, span, message.clone()).maybe_help(near));
        self.hole(&label, message, span)
    }

    fn pseudo(&mut self, scope: &Scope<'t>, name: &str, span: Span) -> Option<Node<'t>> {
        let stack = self.stack(scope)?;
        let text = match name {
            "AWS::NoValue" => return None,
            "AWS::AccountId" => stack.account.clone(),
            "AWS::Region" => stack.region.clone(),
            "AWS::Partition" => match self.given.get(name) {
                Some(given) => given.clone(),
                None => stack.partition().to_owned(),
            },
            "AWS::URLSuffix" => match self.given.get(name) {
                Some(given) => given.clone(),
                None => stack.url_suffix().to_owned(),
            },
            "AWS::StackName" => return Some(string(self.stack_name(scope.stack, span), span)),
            "AWS::StackId" => {
                let (region, account, partition) =
                    (stack.region.clone(), stack.account.clone(), stack.partition());
                let id = symbol::identity(&stack.called("AWS::StackId"));
                let name = self.stack_name(scope.stack, span);
                format!("arn:{partition}:cloudformation:{region}:{account}:stack/{name}/{id}")
            }
            _ => {
                if let Some(given) = self.given.get(name) {
                    return Some(string(given.clone(), span));
                }
                let label = stack.called(name);
                return Some(self.hole(&label, format!("{name} is known when the stack is deployed"), span));
            }
        };
        Some(string(text, span))
    }

    pub(super) fn stack_name(&mut self, stack: usize, span: Span) -> String {
        let Some(stack) = self.stacks.get(stack) else { return String::new() };
        if let Some(name) = &stack.name {
            return name.clone();
        }
        let label = stack.called("AWS::StackName");
        let why = if stack.parent.is_some() {
            "CloudFormation chooses the name of a nested stack".to_owned()
        } else {
            "the name of the stack is not known: give --parameter AWS::StackName=…".to_owned()
        };
        self.symbol(&label, why, span)
    }

    fn get_att(&mut self, scope: &Scope<'t>, argument: &'t Node<'t>, span: Span) -> Evaluated<'t> {
        let (id, attribute) = match &argument.value {
            Value::Array(elements) => {
                let mut parts = Vec::new();
                for element in elements {
                    let part = self.eval(scope, element)?;
                    parts.extend(part.as_ref().and_then(scalar).map(Cow::into_owned));
                }
                let mut parts = parts.into_iter();
                (parts.next().unwrap_or_default(), parts.collect::<Vec<_>>().join("."))
            }
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Object(_)
            | Value::Invalid => {
                let whole = self.eval(scope, argument)?;
                let whole = whole.as_ref().and_then(scalar).unwrap_or_default();
                let (id, attribute) = whole.split_once('.').unwrap_or((&whole, ""));
                (id.to_owned(), attribute.to_owned())
            }
        };
        if id.is_empty() || attribute.is_empty() {
            return Ok(Some(self.misused(scope, "Fn::GetAtt", "a resource and an attribute", span)));
        }
        self.attribute(scope, &id, &attribute, span)
    }

    fn substitute(&mut self, scope: &Scope<'t>, argument: &'t Node<'t>, span: Span) -> Evaluated<'t> {
        let (text, variables) = match argument.elements() {
            [text, variables] => (text, variables.members()),
            [text] => (text, Default::default()),
            _ => (argument, Default::default()),
        };
        let Some(text) = scalar(text) else {
            return Ok(Some(self.misused(scope, "Fn::Sub", "a text, or a text and its variables", span)));
        };
        let mut out = String::new();
        let mut rest: &str = &text;
        while let Some((before, behind)) = rest.split_once("${") {
            let Some((name, after)) = behind.split_once('}') else { break };
            out.push_str(before);
            rest = after;
            if let Some(literal) = name.strip_prefix('!') {
                out.push_str("${");
                out.push_str(literal);
                out.push('}');
                continue;
            }
            let name = name.trim();
            let value = match variables.iter().rev().find(|m| m.key.value == name) {
                Some(member) => self.eval(scope, &member.value)?,
                None => match name.split_once('.') {
                    Some((id, attribute)) if !id.is_empty() => self.attribute(scope, id, attribute, span)?,
                    Some(_) | None => self.reference(scope, name, span)?,
                },
            };
            match value.as_ref().map(|v| (scalar(v), v)) {
                Some((Some(text), _)) => out.push_str(&text),
                Some((None, value)) => {
                    let hole = self.structure(scope, "Fn::Sub", value, span);
                    out.push_str(&hole);
                }
                None => {}
            }
            if out.len() > super::evaluate::MAX_TEXT {
                break;
            }
        }
        out.push_str(rest);
        let out = if scope.bindings.is_empty() { out } else { replace_variables(&out, &scope.bindings) };
        Ok(self.text(scope, "Fn::Sub", out, span))
    }

    /// A list or an object where a text has to stand.
    fn structure(&mut self, scope: &Scope<'t>, function: &str, value: &Node<'t>, span: Span) -> String {
        let mut arguments = String::new();
        write_json(value, &mut arguments);
        let why = format!("{function} needs a text here, and this is {}", value.kind());
        let node = self.made(function, scope, arguments, why, span);
        node.as_str().unwrap_or_default().to_owned()
    }

    fn join(&mut self, scope: &Scope<'t>, argument: &'t Node<'t>, span: Span) -> Evaluated<'t> {
        let [delimiter, list] = argument.elements() else {
            return Ok(Some(self.misused(scope, "Fn::Join", "a delimiter and a list", span)));
        };
        let delimiter = self.eval(scope, delimiter)?;
        let delimiter = delimiter.as_ref().and_then(scalar).unwrap_or_default();
        let Some(list) = self.eval(scope, list)? else { return Ok(None) };
        if !matches!(list.value, Value::Array(_)) {
            let mut arguments = format!("{delimiter} ");
            write_json(&list, &mut arguments);
            let why = self.why(&list);
            return Ok(Some(self.made("Fn::Join", scope, arguments, why, span)));
        }
        let mut out = String::new();
        for (index, element) in list.elements().iter().enumerate() {
            if index > 0 {
                out.push_str(&delimiter);
            }
            match scalar(element) {
                Some(text) => out.push_str(&text),
                None => out.push_str(&self.structure(scope, "Fn::Join", element, span)),
            }
            if out.len() > super::evaluate::MAX_TEXT {
                break;
            }
        }
        Ok(self.text(scope, "Fn::Join", out, span))
    }

    fn select(&mut self, scope: &Scope<'t>, argument: &'t Node<'t>, span: Span) -> Evaluated<'t> {
        let [index, list] = argument.elements() else {
            return Ok(Some(self.misused(scope, "Fn::Select", "an index and a list", span)));
        };
        let Some(index) = self.eval(scope, index)? else { return Ok(None) };
        let number = scalar(&index).and_then(|text| text.trim().parse::<usize>().ok());
        // Of a text that is cut, the parts in front of what is not known are certain.
        if let Some(number) = number
            && let Some([delimiter, text]) = list.get("Fn::Split").map(Node::elements)
            && list.members().len() == 1
        {
            let delimiter = self.eval(scope, delimiter)?;
            let delimiter = delimiter.as_ref().and_then(scalar).unwrap_or_default();
            let Some(text) = self.eval(scope, text)? else { return Ok(None) };
            if !delimiter.is_empty()
                && let Some(text) = scalar(&text)
            {
                let (parts, all) = split(&text, &delimiter);
                if let Some(part) = parts.into_iter().nth(number) {
                    return Ok(Some(string(part, span)));
                }
                if all {
                    return Ok(Some(self.misused(scope, "Fn::Select", "an index inside the list", span)));
                }
                let why = self.why(&string(text.clone(), span));
                let arguments = format!("{number} {delimiter} {text}");
                return Ok(Some(self.made("Fn::Select", scope, arguments, why, span)));
            }
        }
        let Some(list) = self.eval(scope, list)? else { return Ok(None) };
        match (number, &list.value) {
            (Some(number), Value::Array(elements)) => match elements.get(number) {
                Some(element) => Ok(Some(Node { span, value: element.value.clone() })),
                None => Ok(Some(self.misused(scope, "Fn::Select", "an index inside the list", span))),
            },
            (_, _) => {
                let mut arguments = String::new();
                write_json(&index, &mut arguments);
                write_json(&list, &mut arguments);
                let why = self.why(if number.is_some() { &list } else { &index });
                Ok(Some(self.made("Fn::Select", scope, arguments, why, span)))
            }
        }
    }

    fn split_text(&mut self, scope: &Scope<'t>, argument: &'t Node<'t>, span: Span) -> Evaluated<'t> {
        let [delimiter, text] = argument.elements() else {
            return Ok(Some(self.misused(scope, "Fn::Split", "a delimiter and a text", span)));
        };
        let delimiter = self.eval(scope, delimiter)?;
        let delimiter = delimiter.as_ref().and_then(scalar).unwrap_or_default();
        let Some(value) = self.eval(scope, text)? else { return Ok(None) };
        let Some(text) = scalar(&value).filter(|_| !delimiter.is_empty()) else {
            return Ok(Some(self.misused(scope, "Fn::Split", "a delimiter and a text", span)));
        };
        let (parts, all) = split(&text, &delimiter);
        if !all {
            let why = self.why(&value);
            return Ok(Some(self.made("Fn::Split", scope, format!("{delimiter} {text}"), why, span)));
        }
        let list = parts.into_iter().map(|part| string(part, span)).collect();
        Ok(Some(Node { span, value: Value::Array(list) }))
    }

    fn find_in_map(&mut self, scope: &Scope<'t>, argument: &'t Node<'t>, span: Span) -> Evaluated<'t> {
        let [map, top, second, more @ ..] = argument.elements() else {
            return Ok(Some(self.misused(scope, "Fn::FindInMap", "a map and two keys", span)));
        };
        let mut keys = Vec::new();
        for key in [map, top, second] {
            let value = self.eval(scope, key)?;
            keys.push(value.as_ref().and_then(scalar).unwrap_or_default().into_owned());
        }
        let mut found = self.stack(scope).and_then(|stack| stack.root.get("Mappings"));
        let label = self.label(scope);
        let arguments = format!("{label} {}", keys.join(" "));
        for key in &keys {
            let Some(here) = found else { break };
            if here.get("Fn::Transform").is_some() {
                let why = "Fn::Transform writes the map when the stack is deployed";
                return Ok(Some(self.made("Fn::FindInMap", scope, arguments, why, span)));
            }
            if symbol::is_unknown_in(key) {
                let why = self.why(&string(key.clone(), span));
                return Ok(Some(self.made("Fn::FindInMap", scope, arguments, why, span)));
            }
            found = here.get(key);
        }
        if let Some(found) = found {
            return self.eval(scope, found);
        }
        if let Some(default) = more.first().and_then(|more| more.get("DefaultValue")) {
            return self.eval(scope, default);
        }
        let message = format!("the map holds no value `{}`", plain(&keys.join(".")));
        self.complain(Diagnostic::new(Code::InvalidTemplate, span, message.clone()));
        Ok(Some(self.made("Fn::FindInMap", scope, arguments, message, span)))
    }

    fn import(&mut self, scope: &Scope<'t>, argument: &'t Node<'t>, span: Span) -> Evaluated<'t> {
        let Some(name) = self.eval(scope, argument)? else { return Ok(None) };
        let Some(name) = scalar(&name) else {
            return Ok(Some(self.misused(scope, "Fn::ImportValue", "the name of an export", span)));
        };
        // Exports belong to an account and a Region.
        let place = |stack: &super::stack::Stack<'_>| (stack.account.clone(), stack.region.clone());
        let here = self.stack(scope).map(place);
        let exports = self.exports.get(&*name).cloned().unwrap_or_default();
        let mut near: Vec<_> = exports
            .iter()
            .filter(|(stack, _, _)| self.stacks.get(*stack).map(place) == here)
            .cloned()
            .collect();
        if let (Some((stack, node, bindings)), true) = (near.pop(), near.is_empty()) {
            let scope = scope.elsewhere(stack, &bindings);
            return self.eval(&scope, node);
        }
        if exports.is_empty()
            && let Some((stack, node, bindings)) = self.likely_export(scope, &name)
        {
            let from = self.stacks.get(stack).map(|stack| stack.label.clone()).unwrap_or_default();
            let what = format!("`{name}` is what {from} exports");
            let because = "the name of the stack that exports it is not known, and no other export fits";
            self.granted.note_at(self.asking.unwrap_or(span), what, because);
            let outer = self.asking.replace(self.asking.unwrap_or(span));
            let scope = scope.elsewhere(stack, &bindings);
            let value = self.eval(&scope, node);
            self.asking = outer;
            return value;
        }
        let why = if !exports.is_empty() && near.is_empty() {
            format!(
                "`{}` is exported in another account or Region, so it cannot be imported here",
                plain(&name)
            )
        } else if near.is_empty() {
            let help = did_you_mean(&name, self.exports.keys().map(String::as_str)).unwrap_or_else(|| {
                let list: Vec<String> =
                    self.exports.keys().take(5).map(|n| format!("`{}`", plain(n))).collect();
                if list.is_empty() {
                    "add the template that exports it".to_owned()
                } else {
                    format!("these are exported: {}", list.join(", "))
                }
            });
            format!("no template of this run exports `{}`: {help}", plain(&name))
        } else {
            format!("several templates of this run export `{}`", plain(&name))
        };
        let symbol = format!("ImportValue {}", plain(&name));
        let symbol = match here {
            Some((account, region)) if !symbol::is_in(&account) || !symbol::is_in(&region) => {
                format!("{symbol} in {} {}", plain(&account), plain(&region))
            }
            Some(_) | None => symbol,
        };
        Ok(Some(self.hole(&symbol, why, span)))
    }

    /// The export that a name means where the name of the exporting stack is not known: the only one it can be, or
    /// the one of the template that is called as the stack.
    fn likely_export(&mut self, scope: &Scope<'t>, name: &str) -> Option<Export<'t>> {
        let here = self.stack(scope).map(|s| (s.account.clone(), s.region.clone()));
        let mut may: Vec<(String, Export<'t>)> = Vec::new();
        for (export, list) in self.exports.iter().filter(|(export, _)| may_be(export, name)) {
            for found in list {
                let stack = self.stacks.get(found.0);
                if stack.map(|s| (s.account.clone(), s.region.clone())) == here {
                    may.push((export.clone(), found.clone()));
                }
            }
        }
        if may.len() > 1 {
            may.retain(|(export, (stack, _, _))| {
                self.stacks.get(*stack).is_some_and(|stack| {
                    let symbol = symbol::unknown(&stack.called("AWS::StackName"));
                    export.replace(&symbol, super::stack::stem(&stack.label)) == name
                })
            });
        }
        let (found, is_only) = (may.pop()?, may.is_empty());
        let (export, found) = found;
        if !is_only {
            return None;
        }
        let stack = self.stacks.get(found.0)?;
        let what = format!(
            "the name of its stack: `{}` is taken for the export `{}` of {}; give --parameter {}.AWS::StackName=…",
            name,
            plain(&export),
            stack.label,
            stack.label
        );
        self.notes.insert((stack.source, what));
        Some(found)
    }

    fn base64(&mut self, scope: &Scope<'t>, argument: &'t Node<'t>, span: Span) -> Evaluated<'t> {
        let Some(value) = self.eval(scope, argument)? else { return Ok(None) };
        match scalar(&value) {
            Some(text) if !symbol::is_in(&text) => {
                let encoded = base64::engine::general_purpose::STANDARD.encode(text.as_bytes());
                Ok(self.text(scope, "Fn::Base64", encoded, span))
            }
            text => {
                let why = self.why(&value);
                let arguments = text.unwrap_or_default().into_owned();
                Ok(Some(self.made("Fn::Base64", scope, arguments, why, span)))
            }
        }
    }

    fn length(&mut self, scope: &Scope<'t>, argument: &'t Node<'t>, span: Span) -> Evaluated<'t> {
        let Some(list) = self.eval(scope, argument)? else { return Ok(None) };
        if let Value::Array(elements) = &list.value {
            return Ok(Some(Node { span, value: Value::Number(elements.len().to_string().into()) }));
        }
        let mut arguments = String::new();
        write_json(&list, &mut arguments);
        let why = self.why(&list);
        Ok(Some(self.made("Fn::Length", scope, arguments, why, span)))
    }

    fn cidr(&mut self, scope: &Scope<'t>, argument: &'t Node<'t>, span: Span) -> Evaluated<'t> {
        let Some(list) = self.eval(scope, argument)? else { return Ok(None) };
        let parts: Vec<Cow<'_, str>> = list.elements().iter().filter_map(scalar).collect();
        if let Some(blocks) = cidr_blocks(&parts) {
            let list = blocks.into_iter().map(|block| string(block, span)).collect();
            return Ok(Some(Node { span, value: Value::Array(list) }));
        }
        let mut arguments = String::new();
        write_json(&list, &mut arguments);
        let why = if list.elements().iter().any(is_hole) {
            self.why(&list)
        } else {
            "only IPv4 blocks are computed".to_owned()
        };
        Ok(Some(self.made("Fn::Cidr", scope, arguments, why, span)))
    }
}

/// Whether an export with symbols in its name may have this one.
fn may_be(export: &str, name: &str) -> bool {
    let end = export.rsplit(super::text::CLOSING).next().unwrap_or(export);
    let fits = match name.rsplit_once(super::text::CLOSING) {
        // Of an unknown name at least the end has to be written out.
        Some((_, own)) => !end.is_empty() && own == end,
        None => symbol::is_unknown_in(export) && name.ends_with(end),
    };
    fits && equal(export, name).is_none()
}

/// Blocks of IPv4 addresses inside a larger one.
fn cidr_blocks(parts: &[Cow<'_, str>]) -> Option<Vec<String>> {
    let (block, count, bits) = match parts {
        [block, count] => (block, count, 8),
        [block, count, bits] => (block, count, bits.parse::<u32>().ok()?),
        _ => return None,
    };
    let (address, length) = block.split_once('/')?;
    let (address, length) = (u32::from(address.parse::<Ipv4Addr>().ok()?), length.parse::<u32>().ok()?);
    let count = count.parse::<u32>().ok().filter(|count| (1..=256).contains(count))?;
    let small = 32_u32.checked_sub(bits)?;
    if length > small || u64::from(count) << bits > 1_u64 << (32 - length) {
        return None;
    }
    let first = u64::from(address) >> (32 - length) << (32 - length);
    (0..u64::from(count))
        .map(|index| {
            let at = u32::try_from(first + (index << bits)).ok()?;
            Some(format!("{}/{small}", Ipv4Addr::from(at)))
        })
        .collect()
}

impl<'t> Evaluator<'t> {
    /// An output of a nested stack.
    pub(super) fn output(&mut self, scope: &Scope<'t>, stack: usize, name: &str) -> Option<Evaluated<'t>> {
        let entry = self.stacks.get(stack)?.outputs.iter().rev().find(|o| o.id == name)?;
        let bindings = Rc::clone(&entry.bindings);
        let value = entry.node.get("Value")?;
        let scope = scope.elsewhere(stack, &bindings);
        Some(self.eval(&scope, value))
    }
}
