//! Findings as an editor shows them.

use std::path::Path;

use serde_json::{Value, json};

use super::documents::Documents;
use super::position::{Encoding, Lines};
use super::uri;
use super::world::{World, file_of};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::explain;
use crate::finding::{Checked, Outcome};
use crate::report::sentence;
use crate::source::{SourceMap, Span};

/// The range of a place in its file.
pub(super) fn range(map: &SourceMap, span: Span, encoding: Encoding) -> Value {
    let host = map.host(span);
    let text = map.source_text(host.source).map_or("", |text| &**text);
    Lines::new(text, encoding).range(host.start as usize, host.end as usize)
}

/// A place with its file, for an editor to go to.
pub(super) fn location(map: &SourceMap, span: Span, encoding: Encoding, documents: &Documents) -> Value {
    json!({"uri": called(&file_of(map, span), documents), "range": range(map, span, encoding)})
}

/// What the editor calls a file.
pub(super) fn called(path: &Path, documents: &Documents) -> String {
    documents.get(path).map_or_else(|| uri::of(path), |document| document.uri.clone())
}

/// What is shown in a file: its findings, and the rows of the manifest that do not hold.
pub(super) fn diagnostics(
    world: &World,
    path: &Path,
    encoding: Encoding,
    documents: &Documents,
) -> Vec<Value> {
    let mut shown = Vec::new();
    if let Some(file) = world.by_file.get(path) {
        // The places of one file share its lines.
        let source = file.findings.iter().find_map(|finding| finding.span);
        let text = source.and_then(|span| file.map.source_text(file.map.host(span).source));
        let lines = Lines::new(text.map_or("", |text| &**text), encoding);
        for finding in &file.findings {
            let Some(span) = finding.span else { continue };
            let host = file.map.host(span);
            let range = lines.range(host.start as usize, host.end as usize);
            shown.push(diagnostic(finding, range, &file.map, encoding, documents));
        }
    }
    for checked in &world.report.answers {
        let Some(row) = checked.row.filter(|row| file_of(&world.map, *row) == path) else { continue };
        shown.extend(unmet(checked, row, world, encoding, documents));
    }
    shown
}

fn diagnostic(
    finding: &Diagnostic,
    range: Value,
    map: &SourceMap,
    encoding: Encoding,
    documents: &Documents,
) -> Value {
    let severity = match finding.severity {
        Severity::Error => 1,
        Severity::Warning => 2,
        Severity::Note => 3,
    };
    let help = finding.help.as_ref().map_or_else(String::new, |help| format!("\n{help}"));
    let related: Vec<Value> = finding
        .related
        .iter()
        .map(|label| {
            json!({"location": location(map, label.span, encoding, documents), "message": label.text})
        })
        .collect();
    let mut shown = json!({
        "range": range,
        "severity": severity,
        "code": finding.code.as_str(),
        "source": "decryptable",
        "message": format!("{}{help}", finding.message),
        "relatedInformation": related,
    });
    if let (Some(page), Some(members)) = (explain::source(finding.code.page()), shown.as_object_mut()) {
        members.insert("codeDescription".to_owned(), json!({"href": page}));
    }
    shown
}

/// A row whose answer is another one than the manifest expects.
fn unmet(
    checked: &Checked,
    row: Span,
    world: &World,
    encoding: Encoding,
    documents: &Documents,
) -> Option<Value> {
    let (severity, code) = match checked.outcome()? {
        Outcome::Held => return None,
        Outcome::Failed => (1, Code::ExpectationFailed),
        Outcome::Open => (2, Code::ExpectationOpen),
    };
    let answer = &checked.answer;
    let why = if answer.reason.is_empty() { String::new() } else { format!("\n{}", answer.reason) };
    let changes = answer.changes().iter().filter_map(|fix| {
        let at = location(&world.map, fix.document?, encoding, documents);
        Some(json!({"location": at, "message": fix.why}))
    });
    Some(json!({
        "range": first_line(&world.map, row, encoding),
        "severity": severity,
        "code": code.as_str(),
        "source": "decryptable",
        "message": format!("{}{why}", sentence(answer)),
        "relatedInformation": changes.collect::<Vec<Value>>(),
    }))
}

/// The first line of a place: a row is many lines long, and an editor underlines all of them.
pub(super) fn first_line(map: &SourceMap, span: Span, encoding: Encoding) -> Value {
    let host = map.host(span);
    let text = map.source_text(host.source).map_or("", |text| &**text);
    let (start, end) = (host.start as usize, host.end as usize);
    let line = text.get(start..end).and_then(|row| row.find(['\r', '\n'])).map_or(end, |at| start + at);
    Lines::new(text, encoding).range(start, line)
}
