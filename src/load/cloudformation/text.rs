//! Values as CloudFormation takes them: every scalar is a text, and a text may hold symbols.

use std::borrow::Cow;

pub(super) use crate::load::made::string;

use crate::json::{Node, Value};
use crate::name::{AccountId, symbol};
use crate::source::Span;

/// A scalar as the text that was written.
pub(super) fn scalar<'n>(node: &'n Node<'_>) -> Option<Cow<'n, str>> {
    match &node.value {
        Value::String(text) | Value::Number(text) => Some(Cow::Borrowed(text)),
        Value::Bool(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
        Value::Null | Value::Array(_) | Value::Object(_) | Value::Invalid => None,
    }
}

/// A list of scalars, or one scalar: most properties of policies take both.
pub(super) fn strings<'n>(node: &'n Node<'_>) -> Vec<(Cow<'n, str>, Span)> {
    match &node.value {
        Value::Array(elements) => elements.iter().filter_map(|e| Some((scalar(e)?, e.span))).collect(),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Object(_)
        | Value::Invalid => scalar(node).map(|text| (text, node.span)).into_iter().collect(),
    }
}

/// A value that nobody knows: the whole text is one symbol.
pub(super) fn is_hole(node: &Node<'_>) -> bool {
    node.as_str().is_some_and(is_one_hole)
}

pub(super) fn is_one_hole(text: &str) -> bool {
    symbol::is_unknown_in(text) && matches!(pieces(text).as_slice(), [Piece::Unknown(_)])
}

/// Whether two values say the same, wherever they stand.
pub(super) fn same(one: &Node<'_>, other: &Node<'_>) -> bool {
    match (&one.value, &other.value) {
        (Value::Array(ones), Value::Array(others)) => {
            ones.len() == others.len() && ones.iter().zip(others).all(|(a, b)| same(a, b))
        }
        (Value::Object(ones), Value::Object(others)) => {
            ones.len() == others.len()
                && ones
                    .iter()
                    .zip(others)
                    .all(|(a, b)| a.key.value == b.key.value && same(&a.value, &b.value))
        }
        (Value::Null, Value::Null) => true,
        (_, _) => matches!((scalar(one), scalar(other)), (Some(a), Some(b)) if a == b),
    }
}

/// The value as compact JSON.
pub(super) fn write_json(node: &Node<'_>, out: &mut String) {
    match &node.value {
        Value::Null | Value::Invalid => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => out.push_str(number),
        Value::String(text) => write_string(text, out),
        Value::Array(elements) => {
            out.push('[');
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_json(element, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (index, member) in members.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_string(&member.key.value, out);
                out.push(':');
                write_json(&member.value, out);
            }
            out.push('}');
        }
    }
}

fn write_string(text: &str, out: &mut String) {
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}

/// Numbers and booleans as texts: a policy is sent to IAM as texts, and a template in YAML may have lost the quotes.
pub(super) fn as_texts(node: &mut Node<'_>) {
    match &mut node.value {
        Value::Number(_) | Value::Bool(_) => {
            if let Some(text) = scalar(node).map(Cow::into_owned) {
                node.value = Value::String(Cow::Owned(text));
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(as_texts),
        Value::Object(members) => members.iter_mut().for_each(|m| as_texts(&mut m.value)),
        Value::Null | Value::String(_) | Value::Invalid => {}
    }
}

/// A part of a text that may hold symbols.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    Plain(&'t str),
    Identity(&'t str),
    Unknown(&'t str),
}

/// A text cut where symbols stand. The symbols keep their brackets.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(OPENING) {
        let (plain, symbol) = rest.split_at(at);
        let Some(end) =
            symbol.char_indices().find(|(_, c)| CLOSING.contains(c)).map(|(i, c)| i + c.len_utf8())
        else {
            break;
        };
        let (symbol, behind) = symbol.split_at(end);
        if !plain.is_empty() {
            out.push(Piece::Plain(plain));
        }
        let unknown = symbol::is_unknown_in(symbol);
        out.push(if unknown { Piece::Unknown(symbol) } else { Piece::Identity(symbol) });
        rest = behind;
    }
    if !rest.is_empty() {
        out.push(Piece::Plain(rest));
    }
    out
}

const OPENING: &[char] = &['‹', '«'];
pub(super) const CLOSING: &[char] = &['›', '»'];

/// A text for people, and for names of other symbols: the brackets are left out.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    if symbol::is_in(text) {
        Cow::Owned(text.chars().filter(|c| !OPENING.contains(c) && !CLOSING.contains(c)).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// Whether two texts are the same text, whatever the symbols in them stand for. `None`: it depends.
pub(super) fn equal(one: &str, other: &str) -> Option<bool> {
    if one == other {
        return Some(true);
    }
    if !symbol::is_unknown_in(one) && !symbol::is_unknown_in(other) {
        return Some(false);
    }
    // The comparison costs the product of both lengths.
    if one.len().saturating_mul(other.len()) > 1 << 22 {
        return None;
    }
    let may = symbol::may_match(one, false, other) || symbol::may_match(other, false, one);
    if may { None } else { Some(false) }
}

/// Whether what a symbol stands for may hold a delimiter.
fn may_hold(piece: Piece<'_>, delimiter: &str) -> bool {
    match piece {
        Piece::Plain(text) => text.contains(delimiter),
        // Names that AWS chooses are made of letters, digits and a few marks.
        Piece::Identity(_) => delimiter.chars().all(|c| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c)),
        Piece::Unknown(text) if text.parse::<AccountId>().is_ok() => {
            delimiter.chars().all(|c| c.is_ascii_digit())
        }
        Piece::Unknown(text) if text == symbol::unknown(symbol::REGION) => {
            delimiter.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        }
        Piece::Unknown(_) => true,
    }
}

/// A text cut at a delimiter: the parts that are certain, and whether these are all of them.
pub(super) fn split(text: &str, delimiter: &str) -> (Vec<String>, bool) {
    let mut parts = vec![String::new()];
    for piece in pieces(text) {
        match piece {
            Piece::Plain(text) => {
                for (index, part) in text.split(delimiter).enumerate() {
                    if index > 0 {
                        parts.push(String::new());
                    }
                    parts.last_mut().into_iter().for_each(|last| last.push_str(part));
                }
            }
            Piece::Identity(symbol) | Piece::Unknown(symbol) => {
                if may_hold(piece, delimiter) {
                    parts.pop();
                    return (parts, false);
                }
                parts.last_mut().into_iter().for_each(|last| last.push_str(symbol));
            }
        }
    }
    (parts, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> Span {
        Span::new(crate::source::SourceId::LONE, 0, 0)
    }

    #[test]
    fn scalars_are_the_text_that_was_written() {
        for (value, text) in [
            (Value::Number("012345678901".into()), "012345678901"),
            (Value::Bool(true), "true"),
            (Value::String("2012-10-17".into()), "2012-10-17"),
        ] {
            assert_eq!(scalar(&Node { span: at(), value }).as_deref(), Some(text));
        }
    }

    #[test]
    fn texts_are_cut_only_where_it_is_certain() {
        let account = symbol::unknown(symbol::ACCOUNT);
        let arn = format!("arn:aws:iam::{account}:role/{}", symbol::identity("R"));
        let (parts, all) = split(&arn, ":");
        assert!(all);
        assert_eq!(parts.get(4), Some(&account));
        assert_eq!(parts.len(), 6);
        let (parts, all) = split(&format!("a:b{}:c", symbol::unknown("x")), ":");
        assert_eq!((parts, all), (vec!["a".to_owned()], false));
        let (parts, all) = split(&symbol::identity("my-bucket"), "-");
        assert_eq!((parts, all), (vec![], false));
    }

    #[test]
    fn equal_when_every_value_agrees() {
        let open = symbol::unknown("x");
        assert_eq!(equal("a", "a"), Some(true));
        assert_eq!(equal("a", "b"), Some(false));
        assert_eq!(equal(&open, &open), Some(true));
        assert_eq!(equal(&open, "a"), None);
        assert_eq!(equal(&format!("arn:{open}"), "key"), Some(false));
        assert_eq!(equal(&symbol::identity("k"), "k"), Some(false));
    }
}
