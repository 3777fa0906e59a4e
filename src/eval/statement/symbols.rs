//! What a statement makes of values that the input leaves open.

use crate::eval::Evaluation;
use crate::eval::context::{Context, ContextValue};
use crate::logic::{Atom, Truth, Unknown, UnknownKind};
use crate::name::keys::Subject;
use crate::name::{ConditionKey, Lookup, symbol};
use crate::policy::Test;
use crate::source::Span;

/// The point whether a pattern meets a text, named by the symbol that decides it.
pub(in crate::eval) fn atom(pattern: &str, text: &str, at: Span) -> Atom {
    atom_of(pattern, std::iter::empty(), text, at)
}

/// As [`atom`], where variables of the pattern stand for some values.
pub(super) fn atom_of<'t>(
    pattern: &'t str,
    mut values: impl Iterator<Item = &'t str>,
    text: &'t str,
    at: Span,
) -> Atom {
    let name = symbol::first_in(pattern).or_else(|| values.find_map(symbol::first_in));
    let name = name.or_else(|| symbol::first_in(text)).unwrap_or_default();
    let why = format!("`{pattern}` fits `{text}` or not by its value");
    Atom::Opaque(Unknown::new(UnknownKind::Unresolved, name.to_owned(), why).at(at))
}

/// A line about a switch of the input, or about a key whose very name is open.
pub(super) fn guard<'a, W: Evaluation<'a>>(world: &mut W, test: &'a Test, context: &Context) -> W::T {
    let is_switch =
        test.key.value.is_guard() && test.written().spelling() == "StringEquals" && test.values.len() == 1;
    if !is_switch {
        return world.open(|| of_test(test, context));
    }
    let value = test.values.first().map_or("", |value| value.text());
    let name = symbol::first_in(test.key.value.as_str()).unwrap_or_default().to_owned();
    // A switch has two sides; any other value is a point of its own.
    let (why, on) = match value {
        "true" => (String::new(), true),
        "false" => (String::new(), false),
        other => (format!("it {other} this or not by its value"), true),
    };
    let open =
        world.open(|| Atom::Opaque(Unknown::new(UnknownKind::Unresolved, name, why).at(test.key.span)));
    if on { open } else { open.not() }
}

/// Whether a line, or what the request holds for its key, has a value that is open.
pub(super) fn are_in(test: &Test, context: &Context) -> bool {
    let held = match context.get(&test.key.value) {
        ContextValue::Known { items, .. } => items.iter().any(|item| symbol::is_in(item)),
        ContextValue::Prefix(_)
        | ContextValue::Absent
        | ContextValue::Open(_)
        | ContextValue::Inherited(_)
        | ContextValue::Choice(_) => false,
    };
    held || test.values.iter().any(|value| symbol::is_in(value.text()))
        || values_of_variables(test, context).any(symbol::is_in)
}

/// What the variables of a line stand for.
fn values_of_variables<'c>(test: &'c Test, context: &'c Context) -> impl Iterator<Item = &'c str> {
    let variables = test.values.iter().flat_map(|value| value.operand.variables());
    variables.filter_map(|variable| match context.lookup(&variable.key) {
        Lookup::Value(value) => Some(value),
        Lookup::Absent | Lookup::Unknown => None,
    })
}

/// A line in words, with the request it is about where requests of one question differ: they hold the same for what
/// describes the caller, and for nothing else.
pub(super) fn line(test: &Test, context: &Context) -> String {
    let values: Vec<&str> = test.values.iter().map(|value| value.text()).collect();
    let variables = test.values.iter().flat_map(|value| value.operand.variables()).map(|v| &v.key);
    let of_caller = |key: &ConditionKey| {
        let describes = key.facts().map(|facts| facts.subject);
        matches!(describes, Some(Subject::Identity | Subject::Principal)) && !key.is_of_one_request()
    };
    let shared = std::iter::once(&test.key.value).chain(variables).all(of_caller);
    let of = if shared { String::new() } else { format!(" in the request to {}", context.request) };
    format!("{} {} {}{of}", test.key.value, test.written().spelling(), values.join(", "))
}

/// The point whether a line holds, named by the symbol that decides it.
pub(super) fn of_test(test: &Test, context: &Context) -> Atom {
    let key = test.key.value.as_str();
    let name = test.values.iter().find_map(|value| symbol::first_in(value.text()));
    let name = name.or_else(|| symbol::first_in(key));
    let name = name.or_else(|| values_of_variables(test, context).find_map(symbol::first_in));
    let name = name.unwrap_or(key).to_owned();
    let why = format!("{} or not by its value", line(test, context));
    Atom::Opaque(Unknown::new(UnknownKind::Unresolved, name, why).at(test.key.span))
}
