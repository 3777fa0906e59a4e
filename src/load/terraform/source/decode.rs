//! JSON that lies in a text of the configuration: a tree whose places are those of the text's parts.

use std::borrow::Cow;
use std::rc::Rc;

use super::fault::{Read, fault};
use super::number::Number;
use super::template::place_of;
use super::value::{Map, Text, V, Val};
use crate::diagnostic::Diagnostic;
use crate::json::{self, Member, Node, Value};
use crate::name::symbol;
use crate::source::{SourceId, Span, Spanned};

/// The tree of a text, and what is wrong with it, at the places where it was written.
pub(super) fn tree(text: &Text, at: Span) -> (Option<Node<'static>>, Vec<Diagnostic>) {
    let quoted = quoted(&text.text);
    let written: &str = quoted.as_ref().map_or(&text.text, |quoted| &quoted.text);
    let place = |span: Span| {
        let back =
            |offset: u32| quoted.as_ref().map_or(offset as usize, |quoted| quoted.back(offset as usize));
        let (start, end) = (back(span.start), back(span.end));
        let first = place_of(text, start, at);
        let last = place_of(text, end.saturating_sub(1).max(start), at);
        if first.source == last.source && last.end >= first.start {
            // An exact place is where one character is, and the last one is part of it.
            let end = if last.is_empty() { last.end + 1 } else { last.end };
            return Span { end: end.max(first.end), ..first };
        }
        first
    };
    let parsed = json::parse(SourceId::LONE, written);
    let problems = parsed.problems.into_iter().map(|mut problem| {
        problem.span = problem.span.map(place);
        for label in &mut problem.related {
            label.span = place(label.span);
        }
        problem
    });
    let problems = problems.collect();
    (parsed.root.map(|root| placed(&root, &place)), problems)
}

fn placed(node: &Node<'_>, place: &dyn Fn(Span) -> Span) -> Node<'static> {
    let owned = |text: &Cow<'_, str>| Cow::Owned(text.clone().into_owned());
    let value = match &node.value {
        Value::Null => Value::Null,
        Value::Invalid => Value::Invalid,
        Value::Bool(b) => Value::Bool(*b),
        Value::Number(number) => Value::Number(owned(number)),
        Value::String(text) => Value::String(owned(text)),
        Value::Array(elements) => {
            Value::Array(elements.iter().map(|element| placed(element, place)).collect())
        }
        Value::Object(members) => {
            let member = |m: &Member<'_>| Member {
                key: Spanned::new(owned(&m.key.value), place(m.key.span)),
                value: placed(&m.value, place),
            };
            Value::Object(members.iter().map(member).collect())
        }
    };
    Node { span: place(node.span), value }
}

/// A text with quotation marks around symbols that stand for whole values, and escaped ones in names of symbols.
struct Quoted {
    text: String,
    /// Where characters were added.
    added: Vec<usize>,
}

impl Quoted {
    fn back(&self, offset: usize) -> usize {
        offset - self.added.partition_point(|at| *at < offset)
    }

    fn add(&mut self, c: char) {
        self.added.push(self.text.len());
        self.text.push(c);
    }
}

fn quoted(text: &str) -> Option<Quoted> {
    if !symbol::is_in(text) {
        return None;
    }
    let mut out = Quoted { text: String::with_capacity(text.len() + 8), added: Vec::new() };
    let (mut in_string, mut escaped, mut closing) = (false, false, None);
    for c in text.chars() {
        if closing.is_none() {
            closing = match c {
                '«' => Some('»'),
                '‹' => Some('›'),
                _text => None,
            };
            if closing.is_some() && !in_string {
                out.add('"');
            }
        }
        let is_mark = c == '"' && !escaped;
        match closing {
            // `aws_kms_key.lake["eu"]` is one name, however it got into the text.
            Some(_) if is_mark => out.add('\\'),
            None if is_mark => in_string = !in_string,
            _within => {}
        }
        escaped = c == '\\' && !escaped;
        out.text.push(c);
        if closing == Some(c) {
            closing = None;
            if !in_string {
                out.add('"');
            }
        }
    }
    Some(out)
}

/// The value of JSON in a text.
pub(super) fn value(text: &Text, at: Span) -> Read {
    let (root, problems) = tree(text, at);
    if let Some(problem) = problems.iter().find(|problem| problem.is_error()) {
        return fault(format!("this is not JSON: {}", problem.message), problem.span.unwrap_or(at));
    }
    match root {
        Some(root) => Ok(of_node(&root)),
        None => fault("this is not JSON", at),
    }
}

pub(super) fn of_node(node: &Node<'_>) -> Val {
    let at = node.span;
    let v = match &node.value {
        Value::Null | Value::Invalid => V::Null,
        Value::Bool(value) => V::Bool(*value),
        Value::Number(number) => Number::parse(number).map_or(V::Null, V::Num),
        Value::String(text) => V::Str(Text::plain(&**text)),
        Value::Array(elements) => V::List(Rc::new(elements.iter().map(of_node).collect())),
        Value::Object(members) => {
            let mut map = Map::default();
            for member in members {
                map.members.insert((&*member.key.value).into(), (member.key.span, of_node(&member.value)));
            }
            V::Map(Rc::new(map))
        }
    };
    Val::new(v, at)
}
