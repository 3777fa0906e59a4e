//! A proposed change as text that is put into a file.

use serde_json::Value;

use super::tree::Trees;
use crate::ask::Fix;
use crate::json::{self, Node};
use crate::source::{SourceId, SourceMap, Span};

/// What is taken out of a file, and what comes in its place.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Edit {
    /// In the file on disk; empty where something is only put in.
    pub(super) at: Span,
    pub(super) text: String,
}

/// None where the change is no matter of one file: there is no document yet, it is in a format that is not written
/// here, or what has to change is not a statement.
pub(super) fn edit(fix: &Fix, map: &SourceMap, trees: &mut Trees<'_>) -> Option<Edit> {
    let document = fix.document?;
    if !is_json(map, document.source) {
        return None;
    }
    let node = at(trees.of(document)?, document)?;
    let indent = |at: &Node<'_>| indentation(map, at.span);
    let own = if fix.add.get("Effect").is_some() {
        let statements = node.get("Statement")?;
        match statements.elements() {
            [] if statements.is_object() => {
                let text = format!("[{}, {}]", map.text(statements.span), fix.add);
                Edit { at: statements.span, text }
            }
            [] => Edit { at: inside(statements.span), text: fix.add.to_string() },
            [.., last] => behind(last.span, indent(last), None, &fix.add),
        }
    } else {
        condition(node, fix.add.get("Condition")?, map)?
    };
    outward(own, map)
}

/// A test more in the condition of a statement that is there.
fn condition(statement: &Node<'_>, add: &Value, map: &SourceMap) -> Option<Edit> {
    let into = |holder: &Node<'_>, name: &str, value: &Value| match holder.members() {
        [] => Some(Edit { at: inside(holder.span), text: format!("{}: {value}", Value::from(name)) }),
        [.., last] => Some(behind(last.value.span, indentation(map, last.key.span), Some(name), value)),
    };
    let Some(condition) = statement.get("Condition") else { return into(statement, "Condition", add) };
    // One operator with one key is all that is ever added.
    let (operator, keys) = add.as_object()?.iter().next()?;
    let Some(tests) = condition.get(operator) else { return into(condition, operator, keys) };
    let (key, value) = keys.as_object()?.iter().next()?;
    let is_there = tests.members().iter().any(|member| member.key.value.eq_ignore_ascii_case(key));
    if is_there { None } else { into(tests, key, value) }
}

/// Behind the last element or member of a list, written as that one is: on a line of its own, or beside it.
fn behind(last: Span, indent: Option<&str>, name: Option<&str>, value: &Value) -> Edit {
    let at = last.after();
    let name = name.map_or_else(String::new, |name| format!("{}: ", Value::from(name)));
    let text = match indent {
        None => format!(", {name}{value}"),
        Some(indent) => {
            let pretty = serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string());
            format!(",\n{indent}{name}{}", pretty.replace('\n', &format!("\n{indent}")))
        }
    };
    Edit { at, text }
}

/// Behind the bracket that opens an empty list.
fn inside(list: Span) -> Span {
    Span::new(list.source, list.start + 1, list.start + 1)
}

/// The blanks in front of a value that begins its line.
fn indentation(map: &SourceMap, at: Span) -> Option<&str> {
    if map.is_embedded(at.source) {
        return None;
    }
    let (line, _) = map.line_around(at.source, at.start);
    let before = map.text(Span::new(at.source, line, at.start));
    before.chars().all(|c| c == ' ' || c == '\t').then_some(before)
}

/// The same change in the string that a document is, as often as needed.
fn outward(mut edit: Edit, map: &SourceMap) -> Option<Edit> {
    while let Some(container) = map.container(edit.at.source) {
        let inner: &str = map.source_text(edit.at.source)?;
        // Only a plain JSON string: percent-encoded ones, and those of TOML and YAML, are written otherwise.
        let host: &str = map.source_text(container.source)?;
        let written = json::parse_at(host, container).root?;
        if written.as_str() != Some(inner) || !is_json(map, container.source) {
            return None;
        }
        let quoted = Value::from(edit.text).to_string();
        let text = quoted.strip_prefix('"')?.strip_suffix('"')?.to_owned();
        edit = Edit { at: map.within_container(edit.at)?, text };
    }
    Some(edit)
}

fn is_json(map: &SourceMap, id: SourceId) -> bool {
    map.source_text(id).is_some_and(|text| text.trim_start().starts_with(['{', '[']))
        && (map.is_embedded(id) || ![".toml", ".yaml", ".yml"].iter().any(|end| map.name(id).ends_with(end)))
}

/// The object at exactly this place.
fn at<'n, 's>(root: &'n Node<'s>, span: Span) -> Option<&'n Node<'s>> {
    let mut node = root;
    while node.span != span {
        let holds = |inner: &Node<'_>| inner.span.start <= span.start && span.end <= inner.span.end;
        let members = node.members().iter().map(|member| &member.value);
        node = members.chain(node.elements()).find(|inner| holds(inner))?;
    }
    node.is_object().then_some(node)
}
