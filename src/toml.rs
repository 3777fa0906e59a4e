//! TOML as the same tree as JSON, so that whatever reads members reads both.

use std::borrow::Cow;
use std::ops::Range;

use toml::de::{DeInteger, DeTable, DeValue};

use crate::json::{Member, Node, Parsed, Value};
use crate::problem::Problem;
use crate::source::{SourceId, Span, Spanned};

/// Reads one TOML document, whatever its state. Tables become objects in the order of the text, dates strings,
/// and numbers decimal text.
///
/// The place of a table written under a `[header]` is that header; `inf` and `nan` are no values we know.
pub fn parse(source: SourceId, text: &str) -> Parsed<'_> {
    if u32::try_from(text.len()).is_err() {
        let problem = Problem::error("toml-syntax", Span::new(source, 0, 0), "the document is larger than 4 GiB");
        return Parsed { root: None, problems: vec![problem] };
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    let whole = Span::new(source, 0, text.len() as u32);
    let mut problems: Vec<Problem> = errors
        .iter()
        .map(|error| {
            let span = error.span().map_or(whole, |range| place(source, range));
            Problem::error("toml-syntax", span, error.message())
        })
        .collect();
    let root = Node { span: whole, value: object(source, table.into_inner(), &mut problems) };
    problems.sort_by_key(|problem| problem.span.map(|span| span.start));
    Parsed { root: Some(root), problems }
}

fn place(source: SourceId, range: Range<usize>) -> Span {
    Span::new(source, range.start as u32, range.end as u32)
}

fn object<'s>(source: SourceId, table: DeTable<'s>, problems: &mut Vec<Problem>) -> Value<'s> {
    let mut members: Vec<Member<'s>> = table
        .into_iter()
        .map(|(key, value)| {
            let span = place(source, key.span());
            Member { key: Spanned::new(key.into_inner(), span), value: node(source, value, problems) }
        })
        .collect();
    members.sort_by_key(|member| member.key.span);
    Value::Object(members)
}

fn node<'s>(source: SourceId, value: toml::Spanned<DeValue<'s>>, problems: &mut Vec<Problem>) -> Node<'s> {
    let span = place(source, value.span());
    let value = match value.into_inner() {
        DeValue::String(text) => Value::String(text),
        DeValue::Boolean(boolean) => Value::Bool(boolean),
        DeValue::Datetime(time) => Value::String(Cow::Owned(time.to_string())),
        DeValue::Integer(integer) => number(decimal(&integer), span, problems),
        DeValue::Float(float) => number(json_float(float.as_str()), span, problems),
        DeValue::Array(elements) => {
            Value::Array(elements.into_iter().map(|element| node(source, element, problems)).collect())
        }
        DeValue::Table(table) => object(source, table, problems),
    };
    Node { span, value }
}

fn number<'s>(text: Option<String>, span: Span, problems: &mut Vec<Problem>) -> Value<'s> {
    if let Some(text) = text {
        return Value::Number(Cow::Owned(text));
    }
    problems.push(Problem::error("toml-syntax", span, "this number cannot be held"));
    Value::Invalid
}

fn decimal(integer: &DeInteger<'_>) -> Option<String> {
    i128::from_str_radix(integer.as_str(), integer.radix()).ok().map(|value| value.to_string())
}

/// A TOML float as JSON writes it: without a leading plus and without underscores.
fn json_float(written: &str) -> Option<String> {
    let text = written.strip_prefix('+').unwrap_or(written).replace('_', "");
    text.bytes().any(|byte| byte.is_ascii_digit()).then_some(text)
}
