//! A proposed change as text that is put into a file.

mod block;
#[cfg(feature = "cli")]
mod less;
#[cfg(feature = "cli")]
mod whole;

#[cfg(feature = "cli")]
pub(super) use less::lines_of;
#[cfg(feature = "cli")]
pub(crate) use less::{from_list, without};
#[cfg(feature = "cli")]
pub(crate) use whole::another;

use serde_json::Value;

use super::hcl;
use super::tree::Trees;
use super::written::as_written;
use crate::ask::{Change, Edit};
use crate::json::{self, Member, Node};
use crate::source::{SourceId, SourceMap, Span};

/// What is taken out of a file, and what comes in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Replacement {
    /// In the file on disk; empty where something is only put in.
    pub(crate) at: Span,
    pub(crate) text: String,
}

/// A text with all changes made; none where two of them take the same place.
pub(crate) fn applied(old: &str, list: &mut [Replacement]) -> Option<String> {
    list.sort_by_key(|replacement| (replacement.at.start, replacement.at.end));
    let mut new = String::with_capacity(old.len());
    let mut from = 0;
    for Replacement { at, text } in list.iter() {
        new.push_str(old.get(from..at.start as usize)?);
        new.push_str(text);
        from = at.end as usize;
    }
    new.push_str(old.get(from..)?);
    Some(new)
}

/// What a change takes in the text of its document, in the order of the places. None where it is no matter of one file: there
/// is no document yet, it is in a format that is not written here, or what has to change is not a statement.
pub(super) fn replacements(
    (document, change): (Option<Span>, &Change),
    map: &SourceMap,
    trees: &mut Trees<'_>,
) -> Option<Vec<Replacement>> {
    let Some(document) = document else { return hcl::creation(change, map).map(|one| vec![one]) };
    if hcl::is_hcl(map, document) {
        return hcl::replacements(change, document, map);
    }
    if hcl::is_in_json(map, document) {
        return hcl::in_json(change, document, map);
    }
    let all = match is_json(map, document.source) {
        true => in_json(change, document, map, trees),
        false => in_yaml(change, document, map, trees),
    }?;
    Some(all.into_iter().map(|one| with_line_ends(one, map)).collect())
}

fn in_json(
    change: &Change,
    document: Span,
    map: &SourceMap,
    trees: &mut Trees<'_>,
) -> Option<Vec<Replacement>> {
    let node = at(trees.of(document)?, document)?;
    let mut own = match change {
        Change::Add(statement) => vec![add(node, &as_written(map, statement), map)?],
        Change::Replace { statement, edits } => {
            replaced(node, &as_written(map, statement), edits, map, |text| value_text(text, map))
        }
        Change::Create { .. } | Change::Elsewhere => return None,
    };
    own.sort_by_key(|replacement| replacement.at.start);
    own.into_iter().map(|replacement| outward(replacement, map)).collect()
}

/// The same with the ends of lines that the file has.
pub(super) fn with_line_ends(replacement: Replacement, map: &SourceMap) -> Replacement {
    let is_crlf = map.source_text(replacement.at.source).is_some_and(|text| text.contains("\r\n"));
    match is_crlf {
        true => {
            Replacement { text: replacement.text.replace("\r\n", "\n").replace('\n', "\r\n"), ..replacement }
        }
        false => replacement,
    }
}

/// The same in a template in YAML. Comments, order and layout of everything else stay.
fn in_yaml(
    change: &Change,
    document: Span,
    map: &SourceMap,
    trees: &mut Trees<'_>,
) -> Option<Vec<Replacement>> {
    if !is_yaml(map, document.source) {
        return None;
    }
    match change {
        Change::Add(statement) => {
            let policy = at(trees.of(document)?, document)?;
            Some(vec![block::add(policy.get("Statement")?, &as_written(map, statement), map)?])
        }
        Change::Replace { statement, edits } => {
            let small: Option<Vec<Replacement>> = edits.iter().map(|edit| block::small(edit, map)).collect();
            small
                .filter(|small| !small.is_empty())
                .or_else(|| Some(vec![block::anew(document, &as_written(map, statement), map)?]))
        }
        Change::Create { .. } | Change::Elsewhere => None,
    }
}

/// A text as a value of the document that a place lies in.
fn value_text(text: &str, map: &SourceMap) -> String {
    as_written(map, &Value::from(text)).to_string()
}

/// A statement as it should stand: by small edits, else the whole of it anew.
pub(super) fn replaced(
    statement: &Node<'_>,
    wanted: &Value,
    edits: &[Edit],
    map: &SourceMap,
    value_text: impl Fn(&str) -> String,
) -> Vec<Replacement> {
    let small = |edit: &Edit| small(statement, edit, map, &value_text);
    let small: Option<Vec<Replacement>> = edits.iter().map(small).collect();
    // What is no matter of one value is written anew.
    small.filter(|small| !small.is_empty()).unwrap_or_else(|| vec![anew(statement, wanted, map)])
}

/// One statement more in a policy.
pub(super) fn add(policy: &Node<'_>, statement: &Value, map: &SourceMap) -> Option<Replacement> {
    Some(add_to(policy.get("Statement")?, statement, map))
}

/// One element more in a list, or beside what stands where a list may.
pub(super) fn add_to(statements: &Node<'_>, statement: &Value, map: &SourceMap) -> Replacement {
    match statements.elements() {
        [] if statements.is_object() => {
            let text = format!("[{}, {statement}]", map.text(statements.span));
            Replacement { at: statements.span, text }
        }
        [] => Replacement { at: inside(statements.span), text: statement.to_string() },
        [.., last] => behind(last.span, indentation(map, last.span), None, statement),
    }
}

/// One value, name or line of a statement.
fn small(
    statement: &Node<'_>,
    edit: &Edit,
    map: &SourceMap,
    value_text: &dyn Fn(&str) -> String,
) -> Option<Replacement> {
    let quoted = |at: Span, text: &str| {
        let is_text = map.text(at).starts_with('"');
        is_text.then(|| Replacement { at, text: Value::from(text).to_string() })
    };
    // A function of a template is a value as well.
    let is_value = |old: &str| old.starts_with(['"', '{']);
    match edit {
        Edit::Key { at, text } => quoted(*at, text),
        Edit::Value { at, text } => {
            is_value(map.text(*at)).then(|| Replacement { at: *at, text: value_text(text) })
        }
        Edit::Also { at, text } => {
            let old = map.text(*at);
            let both = format!("{old}, {}", value_text(text));
            let both = if is_element(statement, *at) { both } else { format!("[{both}]") };
            is_value(old).then_some(Replacement { at: *at, text: both })
        }
        Edit::Operator { key, text } => {
            let blocks = statement.get("Condition")?.members();
            let of = |block: &&Member<'_>| block.value.members().iter().any(|line| line.key.span == *key);
            let block = blocks.iter().find(of)?;
            let is_new = blocks.iter().all(|other| other.key.value != *text);
            let alone = block.value.members().len() == 1;
            if alone && is_new { quoted(block.key.span, text) } else { None }
        }
        Edit::Condition(add) => condition(statement, add, map),
    }
}

/// Whether the value at a place is one of a list.
fn is_element(node: &Node<'_>, at: Span) -> bool {
    node.elements().iter().any(|element| element.span == at)
        || node.members().iter().any(|member| is_element(&member.value, at))
        || node.elements().iter().any(|element| is_element(element, at))
}

/// The whole statement, written as the lines around it are.
fn anew(statement: &Node<'_>, other: &Value, map: &SourceMap) -> Replacement {
    let text = match indentation(map, statement.span) {
        None => other.to_string(),
        Some(indent) => {
            let pretty = serde_json::to_string_pretty(other).unwrap_or_else(|_| other.to_string());
            pretty.replace('\n', &format!("\n{indent}"))
        }
    };
    Replacement { at: statement.span, text }
}

/// A test more in the condition of a statement that is there.
fn condition(statement: &Node<'_>, add: &Value, map: &SourceMap) -> Option<Replacement> {
    let into = |holder: &Node<'_>, name: &str, value: &Value| match holder.members() {
        [] => Some(Replacement { at: inside(holder.span), text: format!("{}: {value}", Value::from(name)) }),
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
fn behind(last: Span, indent: Option<&str>, name: Option<&str>, value: &Value) -> Replacement {
    let at = last.after();
    let name = name.map_or_else(String::new, |name| format!("{}: ", Value::from(name)));
    let text = match indent {
        None => format!(", {name}{value}"),
        Some(indent) => {
            let pretty = serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string());
            format!(",\n{indent}{name}{}", pretty.replace('\n', &format!("\n{indent}")))
        }
    };
    Replacement { at, text }
}

/// One element more behind the last one of a list.
#[cfg(feature = "cli")]
pub(crate) fn one_more(last: Span, value: &Value, map: &SourceMap) -> Replacement {
    with_line_ends(behind(last, indentation(map, last), None, value), map)
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
fn outward(mut edit: Replacement, map: &SourceMap) -> Option<Replacement> {
    while let Some(container) = map.container(edit.at.source) {
        let inner: &str = map.source_text(edit.at.source)?;
        // What stands there as it is, such as in a heredoc, is changed as it is.
        if map.text(container) == inner {
            edit = Replacement { at: map.within_container(edit.at)?, ..edit };
            continue;
        }
        // Only a plain JSON string: percent-encoded ones, and those of TOML and YAML, are written otherwise.
        let host: &str = map.source_text(container.source)?;
        let written = json::parse_at(host, container).root?;
        if written.as_str() != Some(inner) || !is_json(map, container.source) {
            return None;
        }
        let quoted = Value::from(edit.text).to_string();
        let text = quoted.strip_prefix('"')?.strip_suffix('"')?.to_owned();
        edit = Replacement { at: map.within_container(edit.at)?, text };
    }
    Some(edit)
}

/// Whether a text is a file in YAML.
fn is_yaml(map: &SourceMap, id: SourceId) -> bool {
    let name = map.name(id);
    !map.is_embedded(id) && [".yaml", ".yml", ".template"].iter().any(|end| name.ends_with(end))
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
