//! Changes in Terraform source: statements as blocks of a data source or objects of `jsonencode`, in JSON that stands in a
//! heredoc, and policies as resources where there is none.

mod quoted;
mod resource;
mod writer;

use std::ops::Range;

use serde_json::Value;

use super::edit::{self, Replacement, with_line_ends};
use crate::ask::{Change, Edit};
use crate::json;
use crate::load::terraform::source::{Edge, Form, Layout, Spot};
use crate::source::{OffsetMap, Origin, SourceMap, Span};
use quoted::Quoted;
use writer::Writer;

/// Whether a document is written in Terraform's own syntax.
pub(super) fn is_hcl(map: &SourceMap, document: Span) -> bool {
    let name = map.name(document.source);
    !map.is_embedded(document.source) && [".tf", ".tofu"].iter().any(|end| name.ends_with(end))
}

/// Whether a place is in a file whose values are written in that syntax.
fn has_values(map: &SourceMap, at: Span) -> bool {
    is_hcl(map, at) || map.name(at.source).ends_with(".tfvars")
}

/// A statement as it is put into a document of Terraform source.
#[cfg(feature = "cli")]
pub(super) fn statement(map: &SourceMap, document: Span, value: &Value) -> String {
    let form = form(map, document);
    let writer = Writer::new(map, document.source, form == Some(Form::Block));
    match (form, value.as_object()) {
        (Some(Form::Block), Some(members)) => writer.statement(members, ""),
        (Some(Form::Json), _) => {
            let value = writer.in_template(value);
            serde_json::to_string_pretty(&value).unwrap_or_else(|_| value.to_string())
        }
        (_, _) => writer.value(value, ""),
    }
}

/// A value as a file of source writes it.
#[cfg(feature = "cli")]
pub(super) fn value(map: &SourceMap, at: Span, text: &str) -> Option<String> {
    has_values(map, at).then(|| Writer::new(map, at.source, false).text(text))
}

/// A policy that is not there yet, as a resource; none where no source declares whom it is for.
pub(super) fn creation(change: &Change, map: &SourceMap) -> Option<Replacement> {
    match change {
        Change::Create { statement, holder } => {
            resource::creation(holder, statement, map).map(|one| with_line_ends(one, map))
        }
        Change::Add(_) | Change::Replace { .. } | Change::Elsewhere => None,
    }
}

/// One statement more in a policy that is one text in quotation marks, in either syntax of Terraform.
fn in_quotes(statement: &Value, document: Span, map: &SourceMap, writer: &Writer<'_>) -> Option<Replacement> {
    let quoted = Quoted::of(document, map)?;
    let mut inside = SourceMap::new();
    let origin = Origin::File { bytes: OffsetMap::identity() };
    let source = inside.add("", quoted.text.as_str().into(), origin);
    let masked = quoted::masked(&quoted.text);
    let policy = json::parse(source, &masked);
    let root = policy.root.filter(|_| policy.problems.is_empty())?;
    let one = plain(edit::add(&root, &writer.in_template(statement), &inside)?);
    Some(Replacement { at: quoted.back(one.at)?, text: quoted.written(&one.text) })
}

/// A file in which a template in JSON is JSON.
fn masked(text: &str, document: Span) -> Option<String> {
    let Range { start, end } = range(document);
    Some([text.get(..start)?, &quoted::masked(text.get(start..end)?), text.get(end..)?].concat())
}

fn plain(one: Replacement) -> Replacement {
    Replacement { text: quoted::plain(&one.text), ..one }
}

fn range(at: Span) -> Range<usize> {
    at.start as usize..at.end as usize
}

#[cfg(feature = "cli")]
fn form(map: &SourceMap, at: Span) -> Option<Form> {
    let text = map.source_text(at.source)?;
    Layout::of(text).form(&range(at))
}

/// Whether a document is in a file of Terraform's syntax in JSON, and is not JSON itself: a text, or blocks.
pub(super) fn is_in_json(map: &SourceMap, document: Span) -> bool {
    let name = map.name(document.source);
    !map.is_embedded(document.source) && [".tf.json", ".tofu.json"].iter().any(|end| name.ends_with(end))
}

/// What a change takes in such a file.
pub(super) fn in_json(change: &Change, document: Span, map: &SourceMap) -> Option<Vec<Replacement>> {
    let text = map.source_text(document.source)?;
    let document = quoted::around(document, map).unwrap_or(document);
    let parsed = json::parse_at(text, document);
    let node = parsed.root.filter(|_| parsed.problems.is_empty())?;
    let is_block = ["Statement", "Effect"].iter().all(|name| node.get(name).is_none());
    let writer = Writer::new(map, document.source, is_block);
    let wanted = match change {
        Change::Add(added) if node.as_str().is_some() => vec![in_quotes(added, document, map, &writer)?],
        Change::Add(added) if is_block => {
            vec![edit::add_to(node.get("statement")?, &writer.statement_in_json(added.as_object()?), map)]
        }
        Change::Add(added) => vec![edit::add(&node, &writer.in_template(added), map)?],
        Change::Replace { .. } if node.as_str().is_some() || node.get("dynamic").is_some() => return None,
        Change::Replace { statement, .. } if is_block => {
            edit::replaced(&node, &writer.statement_in_json(statement.as_object()?), &[], map, |_| {
                String::new()
            })
        }
        Change::Replace { statement, edits } => {
            edit::replaced(&node, &writer.in_template(statement), edits, map, |text| {
                writer.in_template(&Value::from(text)).to_string()
            })
        }
        Change::Create { .. } | Change::Elsewhere => return None,
    };
    (!writer.is_stuck.get()).then(|| wanted.into_iter().map(|one| with_line_ends(one, map)).collect())
}

/// What a change takes in the text of a file; none where it is not about one place.
pub(super) fn replacements(change: &Change, document: Span, map: &SourceMap) -> Option<Vec<Replacement>> {
    let text = map.source_text(document.source)?;
    if let Change::Add(added) = change
        && let Some(whole) = quoted::around(document, map)
    {
        let writer = Writer::new(map, document.source, false);
        let one = with_line_ends(in_quotes(added, whole, map, &writer)?, map);
        return (!writer.is_stuck.get()).then(|| vec![one]);
    }
    let layout = Layout::of(text);
    let form = layout.form(&range(document))?;
    let writer = Writer::new(map, document.source, form == Form::Block);
    let wanted = match (change, form) {
        (Change::Add(added), Form::Json) => {
            let masked = masked(text, document)?;
            let policy = json::parse_at(&masked, document);
            let root = policy.root.filter(|_| policy.problems.is_empty())?;
            vec![plain(edit::add(&root, &writer.in_template(added), map)?)]
        }
        (Change::Replace { statement, edits }, Form::Json) => {
            let masked = masked(text, document)?;
            let written = json::parse_at(&masked, document);
            let root = written.root.filter(|_| written.problems.is_empty())?;
            let all = edit::replaced(&root, &writer.in_template(statement), edits, map, |text| {
                writer.in_template(&Value::from(text)).to_string()
            });
            all.into_iter().map(plain).collect()
        }
        (Change::Add(added), Form::Block | Form::Object) => {
            let own = layout.spot_for_statement(&range(document), form).map(|spot| (document, spot));
            let (near, spot) =
                own.or_else(|| in_local(layout.local_of_statements(&range(document))?, document, map))?;
            let written = match (form, added.as_object()) {
                (Form::Block, Some(members)) => writer.statement(members, &spot.indent),
                (_, _) => writer.value(added, &spot.indent),
            };
            put(near, spot, &written)
        }
        (Change::Replace { statement, edits }, Form::Block | Form::Object) => {
            let small = |edit: &Edit| small(edit, document, (&layout, &writer), map);
            let small: Option<Vec<Vec<Replacement>>> = edits.iter().map(small).collect();
            match small {
                Some(small) if !small.is_empty() => small.concat(),
                // What is no matter of one value is written anew, where the statement is made once.
                Some(_) | None if layout.is_made_once(&range(document)) => {
                    let line = map.line_around(document.source, document.start).0;
                    let before = map.text(Span::new(document.source, line, document.start));
                    let indent = before.get(..before.len() - before.trim_start().len())?;
                    let text = match (form, statement.as_object()) {
                        (Form::Block, Some(members)) => writer.statement(members, indent),
                        (_, _) => writer.value(statement, indent),
                    };
                    vec![Replacement { at: document, text }]
                }
                Some(_) | None => return None,
            }
        }
        (Change::Create { .. } | Change::Elsewhere, _) => return None,
    };
    (!writer.is_stuck.get()).then(|| wanted.into_iter().map(|one| with_line_ends(one, map)).collect())
}

/// A statement less, in blocks or in a list of objects; none where it is made in a loop, or stands between comments.
#[cfg(feature = "cli")]
pub(super) fn without(statement: Span, map: &SourceMap) -> Option<Replacement> {
    let text = map.source_text(statement.source)?;
    let layout = Layout::of(text);
    if !layout.is_made_once(&range(statement)) {
        return None;
    }
    match layout.form(&range(statement))? {
        Form::Block => {
            let (start, end) = edit::lines_of(text, range(statement))?;
            Some(Replacement {
                at: Span::new(statement.source, start as u32, end as u32),
                text: String::new(),
            })
        }
        Form::Object | Form::Json => edit::from_list(text, statement),
    }
}

/// A whole policy in the place of another one.
#[cfg(feature = "cli")]
pub(super) fn another(document: Span, policy: &Value, map: &SourceMap) -> Option<Replacement> {
    let text = map.source_text(document.source)?;
    let layout = Layout::of(text);
    let writer = Writer::new(map, document.source, false);
    let line = map.line_around(document.source, document.start).0;
    let before = map.text(Span::new(document.source, line, document.start));
    let indent = before.get(..before.len() - before.trim_start().len())?;
    let text = match layout.form(&range(document))? {
        Form::Object => writer.value(policy, indent),
        Form::Json => {
            let value = writer.in_template(policy);
            let pretty = serde_json::to_string_pretty(&value).unwrap_or_else(|_| value.to_string());
            pretty.replace('\n', &format!("\n{indent}"))
        }
        Form::Block => return None,
    };
    (!writer.is_stuck.get()).then(|| with_line_ends(Replacement { at: document, text }, map))
}

/// The place for one statement more in a local value of the module.
fn in_local(name: &str, document: Span, map: &SourceMap) -> Option<(Span, Spot)> {
    map.beside(document.source).find_map(|source| {
        let near = Span::new(source, 0, 0);
        let text = map.source_text(source).filter(|text| is_hcl(map, near) && text.contains(name))?;
        Some((near, Layout::of(text).spot_in_local(name)?))
    })
}

/// What is put in at a spot.
fn put(near: Span, spot: Spot, written: &str) -> Vec<Replacement> {
    let Spot { at, before, behind, first, .. } = spot;
    let point = |at: usize| Span::new(near.source, at as u32, at as u32);
    let first = first.into_iter().map(|(at, text)| Replacement { at: point(at), text: text.to_owned() });
    let main = Replacement { at: point(at), text: format!("{before}{written}{behind}") };
    first.chain([main]).collect()
}

/// One value, name or line of a statement. The value may be written somewhere else: in a local, or in a file of values.
fn small(
    edit: &Edit,
    statement: Span,
    (layout, writer): (&Layout<'_>, &Writer<'_>),
    map: &SourceMap,
) -> Option<Vec<Replacement>> {
    let elsewhere = |at: Span| -> Option<Layout<'_>> {
        has_values(map, at).then_some(())?;
        Some(Layout::of(map.source_text(at.source)?))
    };
    match edit {
        Edit::Value { at, text } => {
            let of = elsewhere(*at)?;
            of.edge(&range(*at))?;
            of.is_made_once(&range(*at)).then(|| vec![Replacement { at: *at, text: writer.text(text) }])
        }
        Edit::Key { at, text } => {
            let is_quoted = map.text(*at).starts_with('"');
            (is_quoted && has_values(map, *at))
                .then(|| vec![Replacement { at: *at, text: writer.text(text) }])
        }
        Edit::Also { at, text } => {
            let of = elsewhere(*at)?;
            if !of.is_made_once(&range(*at)) {
                return None;
            }
            let old = map.text(*at);
            let both = format!("{old}, {}", writer.text(text));
            let text = match of.edge(&range(*at))? {
                Edge::Element => both,
                Edge::Whole => format!("[{both}]"),
            };
            Some(vec![Replacement { at: *at, text }])
        }
        Edit::Operator { key, text } => {
            let of = elsewhere(*key)?;
            let operator = of.operator(&range(*key), text)?;
            let at = Span::new(key.source, operator.start as u32, operator.end as u32);
            let is_quoted = map.text(at).starts_with('"');
            let text = if is_quoted { Value::from(text.as_str()).to_string() } else { text.clone() };
            Some(vec![Replacement { at, text }])
        }
        Edit::Condition(added) => {
            // One operator with one key is all that is ever added.
            let (operator, keys) = added.as_object()?.iter().next()?;
            let (key, value) = keys.as_object()?.iter().next()?;
            let (spot, inside) = layout.spot_for_condition(&range(statement), operator, key)?;
            let is_block = layout.form(&range(statement)) == Some(Form::Block);
            let written = match inside {
                0 if is_block => writer.condition(operator, key, value, &spot.indent),
                0 => writer.member("Condition", added, &spot.indent),
                1 => writer.member(operator, keys, &spot.indent),
                _in_line => writer.member(key, value, &spot.indent),
            };
            Some(put(statement, spot, &written))
        }
    }
}
