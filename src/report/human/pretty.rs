//! JSON printed for reading, remembering where every part of the original went.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::json::{Node, Value};

/// JSON as text, with the way from places in the original to places here.
#[derive(Debug, Default)]
pub(super) struct Printed {
    pub(super) text: String,
    /// From places in the original to places in the text.
    marks: Vec<(Range<u32>, Range<usize>)>,
}

/// How to print.
#[derive(Copy, Clone, Debug)]
pub(super) struct Options {
    /// What is added to the places of the tree: where the tree's text begins in its source.
    pub(super) base: u32,
    /// Small lists and objects that fit in so many columns stay on one line.
    pub(super) width: usize,
    /// Longer strings are cut, in characters.
    pub(super) longest: usize,
}

pub(super) fn print(node: &Node<'_>, options: Options) -> Printed {
    let mut printer = Printer { options, printed: Printed::default(), indent: 0 };
    printer.node(node, false);
    printer.printed
}

impl Printed {
    /// Where a place of the original went: the part it is, or the smallest part around it.
    pub(super) fn locate(&self, place: &Range<u32>) -> Option<Range<usize>> {
        self.marks
            .iter()
            .filter(|(from, _)| from.start <= place.start && place.end <= from.end)
            .min_by_key(|(from, to)| (from.len(), to.len()))
            .map(|(_, to)| to.clone())
    }
}

impl Printed {
    /// For each line of the text where the part of the original begins that it begins with; of a closing bracket, where
    /// that stands.
    pub(super) fn origins(&self) -> Vec<Option<u32>> {
        let (mut begun, mut ended) = (FxHashMap::default(), FxHashMap::default());
        for (from, to) in &self.marks {
            begun.entry(to.start).or_insert(from.start);
            ended.entry(to.end).or_insert(from.end);
        }
        let mut at = 0;
        let of_line = |line: &str| {
            let start = at + (line.len() - line.trim_start().len());
            at += line.len() + 1;
            let closes = || ended.get(&(start + 1)).map(|end| end.saturating_sub(1));
            begun.get(&start).copied().or_else(closes)
        };
        self.text.lines().map(of_line).collect()
    }
}

struct Printer {
    options: Options,
    printed: Printed,
    indent: usize,
}

impl Printer {
    fn push(&mut self, text: &str) {
        self.printed.text.push_str(text);
    }

    fn mark(&mut self, start: u32, end: u32, at: usize) {
        let base = self.options.base;
        let place = start.saturating_add(base)..end.saturating_add(base);
        self.printed.marks.push((place, at..self.printed.text.len()));
    }

    fn column(&self) -> usize {
        let line = self.printed.text.rsplit('\n').next().unwrap_or_default();
        line.chars().count()
    }

    fn node(&mut self, node: &Node<'_>, flat: bool) {
        let at = self.printed.text.len();
        let flat = flat || (self.indent > 0 && self.fits(node));
        match &node.value {
            Value::Null => self.push("null"),
            Value::Bool(value) => self.push(if *value { "true" } else { "false" }),
            Value::Number(digits) => {
                let digits = self.cut(digits);
                self.push(&digits);
            }
            Value::String(text) => {
                let text = self.quoted(text);
                self.push(&text);
            }
            Value::Array(elements) => self.list(["[", "]"], elements, flat, |printer, element, flat| {
                printer.node(element, flat);
            }),
            Value::Object(members) => self.list(["{", "}"], members, flat, |printer, member, flat| {
                let at = printer.printed.text.len();
                let key = printer.quoted(&member.key.value);
                printer.push(&key);
                printer.mark(member.key.span.start, member.key.span.end, at);
                printer.push(": ");
                printer.node(&member.value, flat);
                printer.mark(member.key.span.start, member.value.span.end, at);
            }),
            Value::Invalid => self.push("?"),
        }
        self.mark(node.span.start, node.span.end, at);
    }

    fn list<T>(
        &mut self,
        [open, close]: [&str; 2],
        items: &[T],
        flat: bool,
        mut item: impl FnMut(&mut Self, &T, bool),
    ) {
        self.push(open);
        self.indent += 1;
        for (i, each) in items.iter().enumerate() {
            match (flat, i) {
                (true, 0) => {}
                (true, _) => self.push(", "),
                (false, 0) => self.line(),
                (false, _) => {
                    self.push(",");
                    self.line();
                }
            }
            item(self, each, flat);
        }
        self.indent -= 1;
        if !flat && !items.is_empty() {
            self.line();
        }
        self.push(close);
    }

    fn line(&mut self) {
        let indent = "  ".repeat(self.indent);
        self.push("\n");
        self.push(&indent);
    }

    /// Whether a list or object stays on the line.
    fn fits(&self, node: &Node<'_>) -> bool {
        let room = self.options.width.saturating_sub(self.column() + 1).min(72);
        flat_width(node, room).is_some()
    }

    fn quoted(&self, text: &str) -> String {
        serde_json::Value::from(self.cut(text)).to_string()
    }

    fn cut(&self, text: &str) -> String {
        match text.char_indices().nth(self.options.longest) {
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
            None => text.to_owned(),
        }
    }
}

/// How wide a value is on one line; `None` when wider than `room`.
fn flat_width(node: &Node<'_>, room: usize) -> Option<usize> {
    let width = match &node.value {
        Value::Null | Value::Bool(_) | Value::Invalid => 5,
        Value::Number(digits) => digits.len(),
        Value::String(text) => text.chars().take(room + 1).count() + 2,
        Value::Array(elements) => elements.iter().try_fold(2, |width, element| {
            let sum = width + flat_width(element, room.checked_sub(width)?)? + 2;
            (sum <= room + 2).then_some(sum)
        })?,
        Value::Object(members) => members.iter().try_fold(2, |width, member| {
            let key = member.key.value.chars().take(room + 1).count() + 4;
            let sum = width + key + flat_width(&member.value, room.checked_sub(width + key)?)? + 2;
            (sum <= room + 2).then_some(sum)
        })?,
    };
    (width <= room + 2).then_some(width)
}
