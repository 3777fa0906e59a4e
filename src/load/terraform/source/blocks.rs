//! The blocks of a text, found without parsing it: where one of them cannot be read, the others are.

use std::ops::Range;
use std::rc::Rc;

use super::syntax::{Attribute, Block, Body, Expr, Kind};
use crate::source::{SourceId, Span};

/// Brackets in brackets that are parsed.
const MAX_DEPTH: usize = 100;

/// What stands at a place of the text.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Event {
    Open,
    Close,
    Line,
}

/// Goes through a text; strings, comments and heredocs are passed over, but for what is evaluated inside them.
fn walk(text: &str, is_template: bool, mut visit: impl FnMut(usize, Event) -> bool) {
    #[derive(Clone)]
    enum Inside {
        Code,
        Quotes,
        Heredoc(String),
        Template,
    }
    let bytes = text.as_bytes();
    let mut stack = vec![if is_template { Inside::Template } else { Inside::Code }];
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let next = bytes.get(at + 1).copied();
        let is_marker = matches!(byte, b'$' | b'%') && next == Some(b'{');
        let is_escaped = is_marker && at > 0 && bytes.get(at - 1) == Some(byte);
        let Some(inside) = stack.last() else { return };
        match inside {
            Inside::Code => match byte {
                b'"' => stack.push(Inside::Quotes),
                b'#' => at += line_end(bytes, at),
                b'/' if next == Some(b'/') => at += line_end(bytes, at),
                b'/' if next == Some(b'*') => {
                    at = text
                        .get(at + 2..)
                        .and_then(|rest| rest.find("*/"))
                        .map_or(bytes.len(), |n| at + n + 3);
                }
                b'<' if next == Some(b'<') => {
                    if let Some((end, word)) = heredoc(text, at) {
                        stack.push(Inside::Heredoc(word));
                        at = end;
                        continue;
                    }
                }
                b'{' | b'[' | b'(' => {
                    if !visit(at, Event::Open) {
                        return;
                    }
                    stack.push(Inside::Code);
                }
                b'}' | b']' | b')' => {
                    if stack.len() > 1 {
                        stack.pop();
                    }
                    if !visit(at, Event::Close) {
                        return;
                    }
                }
                b'\n' if !visit(at, Event::Line) => return,
                _ => {}
            },
            Inside::Quotes => match byte {
                b'\\' => at += 1,
                b'"' => drop(stack.pop()),
                // A string ends with its line, also where its quote is missing.
                b'\n' => {
                    stack.pop();
                    continue;
                }
                _ if is_marker && !is_escaped => {
                    if !visit(at, Event::Open) {
                        return;
                    }
                    stack.push(Inside::Code);
                    at += 1;
                }
                _ => {}
            },
            Inside::Heredoc(word) => {
                if *byte == b'\n' && ends_heredoc(text, at + 1, word) {
                    let word = word.len();
                    stack.pop();
                    let rest = text.get(at + 1..).unwrap_or_default();
                    at += rest.len() - rest.trim_start_matches([' ', '\t']).len() + word;
                } else if is_marker && !is_escaped {
                    if !visit(at, Event::Open) {
                        return;
                    }
                    stack.push(Inside::Code);
                    at += 1;
                }
            }
            Inside::Template => {
                if is_marker && !is_escaped {
                    if !visit(at, Event::Open) {
                        return;
                    }
                    stack.push(Inside::Code);
                    at += 1;
                }
            }
        }
        at += 1;
    }
}

/// The bytes up to the end of the line.
fn line_end(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()).saturating_sub(1)
}

/// The word that ends the heredoc that begins here, and where its first line ends.
fn heredoc(text: &str, at: usize) -> Option<(usize, String)> {
    let rest = text.get(at + 2..)?;
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    let len = rest.find('\n')?;
    let word = rest.get(..len)?.trim_end();
    let is_name = !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    let end = text.len() - rest.len() + len;
    is_name.then(|| (end, word.to_owned()))
}

fn ends_heredoc(text: &str, at: usize, word: &str) -> bool {
    let line = text.get(at..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let behind = line.trim_start_matches([' ', '\t']).strip_prefix(word);
    behind.is_some_and(|behind| !behind.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-')))
}

/// Where a text is nested more deeply than it is parsed.
pub(super) fn too_deep(text: &str) -> Option<usize> {
    deepest(text, false)
}

pub(super) fn too_deep_template(text: &str) -> Option<usize> {
    deepest(text, true)
}

fn deepest(text: &str, is_template: bool) -> Option<usize> {
    let mut depth = 0_usize;
    let mut found = None;
    walk(text, is_template, |at, event| {
        match event {
            Event::Open => depth += 1,
            Event::Close => depth = depth.saturating_sub(1),
            Event::Line => {}
        }
        if depth > MAX_DEPTH {
            found = Some(at);
        }
        found.is_none()
    });
    found
}

/// The blocks and attributes of a file, each from the start of its line.
pub(super) fn top_level(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut depth = 0_usize;
    let mut start = 0;
    walk(text, false, |at, event| {
        match event {
            Event::Open => depth += 1,
            Event::Close => depth = depth.saturating_sub(1),
            Event::Line if depth == 0 || begins_block(text, at + 1) => {
                depth = 0;
                out.push(start..at + 1);
                start = at + 1;
            }
            Event::Line => {}
        }
        true
    });
    out.push(start..text.len());
    out.retain(|part| text.get(part.clone()).is_some_and(|part| !part.trim().is_empty()));
    out
}

/// Whether a line begins as blocks at the top do, so that a brace before it was not closed.
fn begins_block(text: &str, at: usize) -> bool {
    let line = text.get(at..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let starts = [
        "resource \"",
        "data \"",
        "module \"",
        "variable \"",
        "output \"",
        "provider \"",
        "locals {",
        "terraform {",
    ];
    line.trim_end().ends_with('{') && starts.iter().any(|start| line.starts_with(start))
}

/// The head of a block that cannot be read: what it is called is known, and what it says is not.
pub(super) fn header(source: SourceId, text: &str, part: Range<usize>) -> Option<Block> {
    let head = text.trim_start();
    let start = part.start + text.len() - head.len();
    let head = head.get(..head.find('{')?)?;
    let mut words = head.split('"').map(str::trim).filter(|word| !word.is_empty());
    let kind: Rc<str> = words.next()?.into();
    let labels: Vec<Rc<str>> = words.map(Rc::from).collect();
    let at = Span::new(source, start as u32, part.end as u32);
    let broken = Attribute { name: "*".into(), name_at: at, value: Expr::new(at, Kind::Broken) };
    let head = Span::new(source, start as u32, (start + head.trim_end().len()) as u32);
    Some(Block { kind, labels, at, head, body: Body { attributes: vec![broken], blocks: Vec::new() } })
}

/// Where that ends which begins at the start of a line: with the brackets that its first line opens, else with the line.
pub(super) fn end_of(text: &str, start: usize) -> usize {
    let Some(rest) = text.get(start..) else { return text.len() };
    let mut depth = 0_i64;
    let mut end = rest.len();
    walk(rest, false, |at, event| {
        match event {
            Event::Open => depth += 1,
            Event::Close => depth -= 1,
            Event::Line => {}
        }
        if depth < 0 || event == Event::Line && depth <= 0 {
            end = at;
            return false;
        }
        true
    });
    start + end
}
