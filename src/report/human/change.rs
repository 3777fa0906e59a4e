//! The changes to make, whole, and what came of them when they were made in a copy.

use serde_json::Value;

use super::page::Page;
use super::pretty;
use crate::ask::diff::Subject;
use crate::ask::{self, Answer, Change, Edit, Fix, Verdict};
use crate::json;
use crate::report::hcl;
use crate::report::wording::{gate_name, in_one_line};
use crate::report::written::as_written;
use crate::source::{SourceId, SourceMap, Span};

/// Changes in a statement that are shown line by line; more of them are shown as the whole statement.
const LINES: usize = 3;

/// All changes of an answer.
pub(super) fn help(page: &Page, answer: &Answer, map: &SourceMap) -> Option<String> {
    let changes: Vec<String> = answer.fix.iter().map(|fix| change(page, fix, map)).collect();
    let listed = match changes.as_slice() {
        [] => return None,
        [only] => only.clone(),
        several => {
            let numbered: Vec<String> =
                several.iter().enumerate().map(|(i, change)| format!("{}. {change}", i + 1)).collect();
            format!("{} changes are needed.\n\n{}", several.len(), numbered.join("\n\n"))
        }
    };
    Some(match checked(answer) {
        Some(checked) => format!("{listed}\n\n{checked}"),
        None => listed,
    })
}

fn change(page: &Page, fix: &Fix, map: &SourceMap) -> String {
    let document = fix.document.map_or(&*fix.document_name, |span| map.name(span.source));
    let called = fix.document.and_then(|span| map.called(span));
    let document = match called {
        Some(name) => {
            let file = fix.document.map(|span| map.place(span).document).unwrap_or_default();
            format!("{name} ({})", in_one_line(&file))
        }
        None => in_one_line(document),
    };
    let obvious = called.is_some() || ["", "/Statement"].contains(&&*fix.pointer);
    let place = if obvious { String::new() } else { format!(" at {}", fix.pointer) };
    let why = fix.why.trim_end_matches('.');
    match &fix.change {
        Change::Elsewhere => match fix.document {
            Some(_) => format!("{why} ({document}{place})"),
            None => format!("{document}: {why}"),
        },
        Change::Add(statement) => {
            format!("{why}; add to {document}{place}:\n{}", statement_to_copy(page, fix, map, statement))
        }
        Change::Create { statement, .. } => match hcl::creation(&fix.change, map) {
            Some(resource) => {
                let file = in_one_line(map.name(resource.at.source)).to_string();
                format!("{why}; add to {file}:\n{}", resource.text.trim_start())
            }
            None => {
                format!("{why}; write {document} with:\n{}", statement_to_copy(page, fix, map, statement))
            }
        },
        Change::Replace { statement, edits } => match lines(edits, map) {
            Some(lines) => format!("change {}:\n{lines}", at(fix.document, edits, map)),
            None => {
                format!(
                    "{why}; change {document}{place} to:\n{}",
                    statement_to_copy(page, fix, map, statement)
                )
            }
        },
    }
}

/// A statement in the syntax of the document that it is put into.
fn statement_to_copy(page: &Page, fix: &Fix, map: &SourceMap, statement: &Value) -> String {
    match fix.document.filter(|document| hcl::is_hcl(map, *document)) {
        Some(document) => hcl::statement(map, document, statement),
        None => to_copy(page, &as_written(map, statement)),
    }
}

/// The file and line of a small change.
fn at(document: Option<Span>, edits: &[Edit], map: &SourceMap) -> String {
    let first = edits.iter().find_map(|edit| match edit {
        Edit::Value { at, .. }
        | Edit::Also { at, .. }
        | Edit::Key { at, .. }
        | Edit::Operator { key: at, .. } => Some(*at),
        Edit::Condition(_) => None,
    });
    let Some(at) = first.or(document) else { return String::new() };
    let place = map.place(at);
    in_one_line(&format!("{}:{}", place.document, place.start.line))
}

/// Small changes as the lines that go and the lines that come.
fn lines(edits: &[Edit], map: &SourceMap) -> Option<String> {
    if edits.len() > LINES {
        return None;
    }
    let mut text = Vec::new();
    for edit in edits {
        if let Edit::Also { at, text: new } = edit {
            text.push(in_one_line(&format!("  {}", map.text(*at))).to_string());
            let new = hcl::value(map, *at, new)
                .unwrap_or_else(|| as_written(map, &Value::from(new.as_str())).to_string());
            text.push(in_one_line(&format!("+ {new}")).to_string());
            continue;
        }
        let (Edit::Value { at, text: new } | Edit::Key { at, text: new }) = edit else { return None };
        let old = map.text(*at);
        if let Some(new) = hcl::value(map, *at, new) {
            text.push(in_one_line(&format!("- {old}")).to_string());
            text.push(in_one_line(&format!("+ {new}")).to_string());
            continue;
        }
        let written = as_written(map, &Value::from(new.as_str()));
        let new = match (&written, old.starts_with('"')) {
            (Value::String(new), false) => new.clone(),
            (_, _) => written.to_string(),
        };
        text.push(in_one_line(&format!("- {old}")));
        text.push(in_one_line(&format!("+ {new}")));
    }
    Some(text.join("\n"))
}

/// What came of the changes when they were made in a copy of the estate.
fn checked(answer: &Answer) -> Option<String> {
    let fix = answer.fix.iter().find(|fix| fix.opens.is_some() || !fix.leaves.is_empty())?;
    if answer.verdict != Verdict::Denied {
        return None;
    }
    let made = if answer.fix.len() == 1 { "this change" } else { "these changes" };
    if let Some(leg) = answer.legs.iter().find(|leg| leg.verdict == Verdict::Denied)
        && !fix.leaves.is_empty()
    {
        let gates: Vec<&str> = fix.leaves.iter().map(|gate| gate_name(*gate, leg)).collect();
        return Some(format!("checked: after {made} this stays shut: {}", gates.join(", ")));
    }
    let opens = fix.opens.as_deref()?;
    if fix.after != Some(Verdict::Allowed) {
        let after = fix.after.map_or("unknown", Verdict::as_str);
        return Some(format!("checked: with {made} the answer is {after}, which rests on what is not known"));
    }
    Some(match opens.split_first() {
        None => format!(
            "checked: with {made} the request passes, and no role of the input can {} more{}{}",
            in_words(&fix.compared),
            but(answer),
            beyond(fix)
        ),
        Some((first, rest)) => {
            let what = match &first.subject {
                Subject::Read { role, bucket } => {
                    let object = first
                        .witness
                        .as_ref()
                        .map_or_else(|| format!("s3://{bucket}"), |w| w.resource.clone());
                    format!("{role} reads {object}")
                }
                Subject::Operation { role, operation, bucket } => {
                    let object = first
                        .witness
                        .as_ref()
                        .map_or_else(|| format!("s3://{bucket}"), |w| w.resource.clone());
                    format!("{role} can {operation} {object}")
                }
                Subject::Documents | Subject::Policies { .. } => "more".to_owned(),
            };
            let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
            format!("checked: with {made} the request passes, and more opens: {what}{more}{}", beyond(fix))
        }
    })
}

/// The operations that were compared, for “can … more”.
fn in_words(compared: &[&str]) -> String {
    match compared {
        [] => "read".to_owned(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// What was not compared, though a statement that changes covers it.
fn beyond(fix: &ask::Fix) -> &'static str {
    if fix.covers_more { "; other actions of the statement were not compared" } else { "" }
}

/// What the comparison leaves out, being what was asked for.
fn but(answer: &Answer) -> String {
    match &answer.subject {
        ask::Subject::Read { role, object, .. } => {
            let role = role.rsplit('/').next().unwrap_or(role);
            format!(", except {role} from s3://{}", object.bucket)
        }
        ask::Subject::Assume { .. } | ask::Subject::Action { .. } | ask::Subject::Operation { .. } => {
            String::new()
        }
    }
}

/// JSON for a person to paste.
fn to_copy(page: &Page, value: &Value) -> String {
    let compact = value.to_string();
    match json::parse(SourceId::LONE, &compact).root {
        Some(root) => {
            let width = page.style().width.saturating_sub(8);
            pretty::print(&root, pretty::Options { base: 0, width, longest: usize::MAX }).text
        }
        None => compact,
    }
}
