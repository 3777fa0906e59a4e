//! Changes in YAML: values where they stand, and statements in block style.

use serde_json::Value;

use super::{Replacement, value_text};
use crate::ask::Edit;
use crate::json::Node;
use crate::report::written::yaml;
use crate::source::{SourceMap, Span};

/// One value, name or operator.
pub(super) fn small(edit: &Edit, map: &SourceMap) -> Option<Replacement> {
    match edit {
        // In double quotes any text is safe.
        Edit::Key { at, text } => Some(Replacement { at: *at, text: Value::from(text.as_str()).to_string() }),
        Edit::Value { at, text } => {
            let at = whole(*at, map)?;
            Some(Replacement { at, text: value_text(text, map) })
        }
        Edit::Also { at, text } => also(*at, &value_text(text, map), map),
        Edit::Operator { .. } | Edit::Condition(_) => None,
    }
}

/// One value more beside another: an item of the same list, or a list of both.
fn also(at: Span, new: &str, map: &SourceMap) -> Option<Replacement> {
    let at = whole(at, map)?;
    let (line, _) = map.line_around(at.source, at.start);
    let before = map.text(Span::new(at.source, line, at.start));
    let old = map.text(at);
    let indent = before.strip_suffix("- ").filter(|blank| blank.chars().all(|c| c == ' '));
    let text = match indent {
        Some(indent) => format!("{old}\n{indent}- {new}"),
        None if before.contains('[') => format!("{old}, {new}"),
        None if before.trim_end().ends_with(':') => format!("[{}, {new}]", in_flow(old)),
        None => return None,
    };
    Some(Replacement { at, text })
}

/// A scalar that may stand in brackets.
fn in_flow(old: &str) -> String {
    let (tag, rest) = match old.split_once(' ') {
        Some((tag, rest)) if tag.starts_with('!') => (format!("{tag} "), rest),
        Some(_) | None => (String::new(), old),
    };
    let is_safe = rest.starts_with(['"', '\'']) || !rest.contains([',', '[', ']', '{', '}']);
    if is_safe { old.to_owned() } else { format!("{tag}{}", Value::from(rest)) }
}

/// A value on one line, with its tag and without what follows it.
fn whole(at: Span, map: &SourceMap) -> Option<Span> {
    let text = map.text(at);
    let end = at.start + text.trim_end().len() as u32;
    let (line, _) = map.line_around(at.source, at.start);
    let before = map.text(Span::new(at.source, line, at.start));
    let tag =
        before.trim_end().rsplit(' ').next().filter(|word| word.starts_with('!') && before.ends_with(' '));
    let start = tag.map_or(at.start, |tag| at.start - tag.len() as u32 - 1);
    let whole = Span::new(at.source, start, end);
    (!map.text(whole).contains('\n')).then_some(whole)
}

/// One statement more, in a list or beside the only one.
pub(super) fn add(statements: &Node<'_>, statement: &Value, map: &SourceMap) -> Option<Replacement> {
    if let Some(last) = statements.elements().last() {
        let last = last.span;
        let (line, _) = map.line_around(last.source, last.start);
        let marker = map.text(Span::new(last.source, line, last.start));
        let indent = marker.strip_suffix("- ").filter(|indent| indent.chars().all(|c| c == ' '))?;
        let end = last.start + map.text(last).trim_end().len() as u32;
        let item = yaml(statement, &format!("{indent}  "));
        let text = format!("\n{indent}- {item}");
        return Some(Replacement { at: Span::new(last.source, end, end), text });
    }
    let (only, indent) = own_lines(statements.span, map)?;
    let old = map.text(only).replace('\n', "\n  ");
    let text = format!("- {old}\n{indent}- {}", yaml(statement, &format!("{indent}  ")));
    statements.is_object().then_some(Replacement { at: only, text })
}

/// The whole statement in block style, where it is written so.
pub(super) fn anew(statement: Span, other: &Value, map: &SourceMap) -> Option<Replacement> {
    let (line, _) = map.line_around(statement.source, statement.start);
    let before = map.text(Span::new(statement.source, line, statement.start));
    let indent = before.replace('-', " ");
    if !indent.chars().all(|c| c == ' ') || map.text(statement).starts_with('{') {
        return None;
    }
    let end = statement.start + map.text(statement).trim_end().len() as u32;
    let at = Span::new(statement.source, statement.start, end);
    Some(Replacement { at, text: yaml(other, &indent) })
}

/// A mapping in block style that begins a line, and the blanks in front of it.
fn own_lines(at: Span, map: &SourceMap) -> Option<(Span, String)> {
    let (line, _) = map.line_around(at.source, at.start);
    let indent = map.text(Span::new(at.source, line, at.start));
    let end = at.start + map.text(at).trim_end().len() as u32;
    let is_block = indent.chars().all(|c| c == ' ') && !map.text(at).starts_with('{');
    is_block.then(|| (Span::new(at.source, at.start, end), indent.to_owned()))
}
