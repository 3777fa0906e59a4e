//! Documents that are put together here: nodes made at the places of what they are made from.

use std::borrow::Cow;

use crate::json::{Member, Node, Value};
use crate::source::{Span, Spanned};

pub(super) fn string<'t>(text: impl Into<Cow<'t, str>>, at: Span) -> Node<'t> {
    Node { span: at, value: Value::String(text.into()) }
}

/// A condition key and the value that it must have, all at one place.
pub(super) fn line<'t>(key: impl Into<Cow<'t, str>>, value: &'t str, at: Span) -> Member<'t> {
    Member { key: Spanned::new(key.into(), at), value: string(value, at) }
}

/// Adds lines to the condition of a statement, so that it counts only where all of them hold.
pub(super) fn guard<'t>(statement: &mut Node<'t>, lines: impl IntoIterator<Item = Member<'t>>, at: Span) {
    let Value::Object(members) = &mut statement.value else { return };
    // A condition that is no object is refused when the statement is read.
    if let Some(operators) = object_of(members, "Condition", at)
        && let Some(tests) = object_of(operators, "StringEquals", at)
    {
        tests.extend(lines);
    }
}

/// The members of an object in an object, which is added where there is none. Of duplicates the last one wins, as
/// everywhere.
fn object_of<'m, 't>(
    members: &'m mut Vec<Member<'t>>,
    name: &'static str,
    at: Span,
) -> Option<&'m mut Vec<Member<'t>>> {
    if !members.iter().any(|member| member.key.value == name) {
        let value = Node { span: at, value: Value::Object(Vec::new()) };
        members.push(Member { key: Spanned::new(Cow::Borrowed(name), at), value });
    }
    let member = members.iter_mut().rfind(|member| member.key.value == name)?;
    if let Value::Object(inner) = &mut member.value.value { Some(inner) } else { None }
}

/// A copy that borrows from nothing. The parser keeps trees shallow.
pub(super) fn owned<'x>(node: &Node<'_>) -> Node<'x> {
    let text = |text: &Cow<'_, str>| Cow::Owned(text.clone().into_owned());
    let value = match &node.value {
        Value::Null => Value::Null,
        Value::Invalid => Value::Invalid,
        Value::Bool(b) => Value::Bool(*b),
        Value::Number(number) => Value::Number(text(number)),
        Value::String(string) => Value::String(text(string)),
        Value::Array(elements) => Value::Array(elements.iter().map(owned).collect()),
        Value::Object(members) => {
            let copy = |m: &Member<'_>| Member {
                key: Spanned::new(text(&m.key.value), m.key.span),
                value: owned(&m.value),
            };
            Value::Object(members.iter().map(copy).collect())
        }
    };
    Node { span: node.span, value }
}
