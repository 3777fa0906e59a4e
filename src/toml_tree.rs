//! TOML as the same tree as JSON, so that whatever reads members reads both.

use std::borrow::Cow;
use std::ops::Range;

use toml::de::{DeInteger, DeTable, DeValue};

use crate::diagnostic::{Code, Diagnostic};
use crate::json::{Member, Node, Parsed, Value};
use crate::source::{SourceId, Span, Spanned};

/// Reads one TOML document, whatever its state. Tables become objects in the order of the text, dates strings,
/// and numbers decimal text.
///
/// The place of a table written under a `[header]` is that header; `inf` and `nan` are no values we know.
pub fn parse(source: SourceId, text: &str) -> Parsed<'_> {
    if u32::try_from(text.len()).is_err() {
        let problem =
            Diagnostic::new(Code::TomlSyntax, Span::new(source, 0, 0), "the document is larger than 4 GiB");
        return Parsed { root: None, problems: vec![problem] };
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    let whole = Span::new(source, 0, text.len() as u32);
    let mut problems = match not_toml(source, text) {
        Some(problem) if !errors.is_empty() => vec![problem],
        Some(_) | None => errors.iter().map(|error| syntax(source, whole, error)).collect(),
    };
    keep_first(&mut problems);
    let root = Node { span: whole, value: object(source, table.into_inner(), &mut problems) };
    problems.sort_by_key(|problem| problem.span.map(|span| span.start));
    Parsed { root: Some(root), problems }
}

/// How many mistakes of one document are told.
const MAX_PROBLEMS: usize = 20;

/// What is not TOML from beginning to end needs one message, and not one for every line.
fn not_toml(source: SourceId, text: &str) -> Option<Diagnostic> {
    let error = |at: usize, message: &str, help: &str| {
        let span = Span::new(source, at as u32, at as u32 + 1);
        Some(Diagnostic::new(Code::TomlSyntax, span, message).help(help))
    };
    let first = text.len() - text.trim_start().len();
    if text.get(first..).is_some_and(|rest| rest.starts_with('{')) {
        return error(first, "this is JSON, and TOML is expected", "a manifest is written `version = 1`");
    }
    let bare = text.bytes().zip(text.bytes().skip(1)).position(|(a, b)| a == b'\r' && b != b'\n');
    match bare {
        Some(at) => error(
            at,
            "a carriage return alone ends no line in TOML",
            "store the file with the line ends of Unix or Windows",
        ),
        None => None,
    }
}

fn syntax(source: SourceId, whole: Span, error: &::toml::de::Error) -> Diagnostic {
    let message = error.message();
    let span = error.span().map_or(whole, |range| place(source, range));
    let help = [
        ("duplicate key", "say it once; tables that may be repeated are written `[[name]]`"),
        ("recur", "nest less deeply: no manifest needs it"),
        ("string values must be quoted", "put text in double quotes"),
        ("with no value", "write `name = value`"),
        ("unclosed", "close it"),
        ("key", "names have letters, digits, `-` and `_`; others are put in double quotes"),
    ];
    let help = help
        .iter()
        .find(|(part, _)| message.contains(part))
        .map_or("text is written in double quotes, lists in `[ ]`, tables in `{ }`", |(_, help)| help);
    Diagnostic::new(Code::TomlSyntax, span, message).help(help)
}

/// What follows from a mistake is left out: the same complaint at the same place, whatever follows nesting that
/// is too deep, and more than anybody reads.
fn keep_first(problems: &mut Vec<Diagnostic>) {
    problems.sort_by_key(|problem| problem.span.map(|span| span.start));
    problems.dedup_by(|a, b| a.span == b.span);
    let deep = problems.iter().position(|problem| problem.message.contains("recur"));
    problems.truncate(deep.map_or(MAX_PROBLEMS, |at| (at + 1).min(MAX_PROBLEMS)));
}

fn place(source: SourceId, range: Range<usize>) -> Span {
    Span::new(source, range.start as u32, range.end as u32)
}

fn object<'s>(source: SourceId, table: DeTable<'s>, problems: &mut Vec<Diagnostic>) -> Value<'s> {
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

fn node<'s>(source: SourceId, value: toml::Spanned<DeValue<'s>>, problems: &mut Vec<Diagnostic>) -> Node<'s> {
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

fn number<'s>(text: Option<String>, span: Span, problems: &mut Vec<Diagnostic>) -> Value<'s> {
    if let Some(text) = text {
        return Value::Number(Cow::Owned(text));
    }
    problems.push(Diagnostic::new(Code::TomlSyntax, span, "this number cannot be held"));
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

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
title = "a \u00e9"
count = 0x1F
big = 1_000
ratio = +1_0.5e3
on = true
day = 2012-10-17
when = 2026-01-02T03:04:05Z
list = ["x", 'y']

[[inputs]]
path = "a.json"

[[inputs]]
path = "b.json"
bind.account = "111111111111"

[zone.inner]
point = { x = 1, y = 2 }
"#;

    fn at(text: &str, span: Span) -> &str {
        text.get(span.start as usize..span.end as usize).unwrap()
    }

    #[test]
    fn the_same_tree_as_json() {
        let parsed = parse(SourceId::LONE, TEXT);
        assert_eq!(parsed.problems, []);
        let root = parsed.root.unwrap();
        let names: Vec<_> = root.members().iter().map(|m| &*m.key.value).collect();
        assert_eq!(names, ["title", "count", "big", "ratio", "on", "day", "when", "list", "inputs", "zone"]);
        assert_eq!(root.get("title").and_then(Node::as_str), Some("a é"));
        let number = |name: &str| {
            let Value::Number(text) = &root.get(name).unwrap().value else {
                panic!("{name} is not a number")
            };
            text.to_string()
        };
        assert_eq!(["count", "big", "ratio"].map(number), ["31", "1000", "10.5e3"]);
        assert_eq!(root.get("on").and_then(Node::as_bool), Some(true));
        assert_eq!(root.get("day").and_then(Node::as_str), Some("2012-10-17"));
        assert_eq!(root.get("when").and_then(Node::as_str), Some("2026-01-02T03:04:05Z"));
        let inputs = root.get("inputs").unwrap().elements();
        assert_eq!(
            inputs[1].get("bind").unwrap().get("account").and_then(Node::as_str),
            Some("111111111111")
        );
        let point = root.get("zone").unwrap().get("inner").unwrap().get("point").unwrap();
        assert_eq!(at(TEXT, point.span), "{ x = 1, y = 2 }");
        assert_eq!(at(TEXT, inputs[1].get("path").unwrap().span), "\"b.json\"");
        assert_eq!(at(TEXT, inputs[1].span), "[[inputs]]");
        assert_eq!(at(TEXT, root.members()[0].key.span), "title");
        assert_eq!(at(TEXT, root.get("list").unwrap().elements()[1].span), "'y'");
    }

    #[test]
    fn several_mistakes_in_one_run() {
        let text = "a = \nb = 1\nb = 2\nc = [1, 2\nd = nan\n[t\ne = 'x'\n";
        let parsed = parse(SourceId::LONE, text);
        assert!(parsed.problems.len() >= 3, "{:#?}", parsed.problems);
        for problem in &parsed.problems {
            assert_eq!(problem.code, Code::TomlSyntax);
            at(text, problem.span.unwrap());
        }
        assert!(parsed.problems.is_sorted_by_key(|problem| problem.span.map(|span| span.start)));
        assert_eq!(at(text, parsed.root.unwrap().get("b").unwrap().span), "1");
    }

    #[test]
    fn numbers_that_are_none() {
        let text = "a = nan\nb = -inf\nc = 1.0\nd = 99999999999999999999999999999999999999999999";
        let parsed = parse(SourceId::LONE, text);
        let places: Vec<_> = parsed.problems.iter().map(|p| at(text, p.span.unwrap())).collect();
        assert_eq!(places, ["nan", "-inf", "99999999999999999999999999999999999999999999"]);
        assert_eq!(parse(SourceId::LONE, "").root.unwrap().members(), []);
    }

    #[test]
    fn hostile_text_ends() {
        for piece in ["[", "a=[", "a={", "\"", "a.", "'''", "[[", "a=1\n", "#", "="] {
            parse(SourceId::LONE, &piece.repeat(20_000));
        }
    }
}
