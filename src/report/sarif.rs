//! SARIF 2.1.0, which code scanning reads.
//!
//! Source: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use std::collections::BTreeMap;
use std::io;

use serde_json::{Value, json};

use super::entry::{self, Entry, entries, fingerprints};
use super::{Draws, Format, Style};
use crate::explain;
use crate::finding::{Report, Suppressed, SuppressedBy};
use crate::problem::Severity;
use crate::source::{SourceMap, Span};

pub(super) static FORMAT: Format =
    Format { name: "sarif", summary: "SARIF 2.1.0, for code scanning", draws: Draws::Results, render };

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The name under which code scanning keeps apart what one tool says in several runs.
const FINGERPRINT: &str = "decryptable/v1";

fn render(report: &Report, map: &SourceMap, _: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let mut all = entries(report, map);
    let counted = all.len();
    all.extend(entry::suppressed(report, map));
    // Rules by id, each once.
    let mut codes: BTreeMap<&str, usize> = all.iter().map(|entry| (entry.code, 0)).collect();
    for (at, index) in codes.values_mut().enumerate() {
        *index = at;
    }
    let rules: Vec<Value> = codes.keys().map(|code| rule(code)).collect();
    let results: Vec<Value> = all
        .iter()
        .zip(fingerprints(&all, map))
        .enumerate()
        .map(|(nth, (entry, fingerprint))| {
            let index = codes.get(entry.code).copied().unwrap_or_default();
            let mut result = result(entry, index, &fingerprint, map);
            let why = nth.checked_sub(counted).and_then(|nth| report.suppressed.get(nth));
            if let Some(result) = result.as_object_mut() {
                // None says that it counts; left out, readers could not tell.
                let why: Vec<Value> = why.map(suppression).into_iter().collect();
                result.insert("suppressions".to_owned(), Value::Array(why));
            }
            result
        })
        .collect();
    let failed = all.iter().any(|entry| entry.is_problem && entry.severity == Severity::Error);
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "decryptable",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [{"executionSuccessful": !failed}],
            "results": results,
        }],
    });
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out)
}

/// What a code means, from its page.
fn rule(code: &str) -> Value {
    let page = explain::CODES.iter().find(|(id, _)| *id == code).map_or("", |(_, text)| *text);
    let summary = explain::summary(page);
    let summary = if summary.is_empty() { code } else { summary };
    let name: String = code.split('-').map(capitalized).collect();
    let mut rule = json!({
        "id": code,
        "name": name,
        "shortDescription": {"text": summary},
        "properties": {"tags": ["security", "aws"]},
    });
    if let (false, Some(rule)) = (page.is_empty(), rule.as_object_mut()) {
        rule.insert("help".to_owned(), json!({"text": page, "markdown": page}));
    }
    rule
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

fn result(entry: &Entry<'_>, index: usize, fingerprint: &str, map: &SourceMap) -> Value {
    let level = match entry.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let locations: Vec<Value> = entry.at.map(|at| location(at, None, map)).into_iter().collect();
    let related: Vec<Value> =
        entry.related.iter().map(|(span, text)| location(*span, Some(text), map)).collect();
    let mut result = json!({
        "ruleId": entry.code,
        "ruleIndex": index,
        "level": level,
        "message": {"text": entry::line(entry)},
        "locations": locations,
        "relatedLocations": related,
        "partialFingerprints": {FINGERPRINT: fingerprint},
    });
    let flow: Vec<Value> = entry
        .evidence
        .iter()
        .map(|(span, text)| json!({"location": location(*span, Some(text), map)}))
        .collect();
    if let (false, Some(result)) = (flow.is_empty(), result.as_object_mut()) {
        result.insert("codeFlows".to_owned(), json!([{"threadFlows": [{"locations": flow}]}]));
    }
    result
}

fn suppression(why: &Suppressed) -> Value {
    let kind = match why.by {
        SuppressedBy::Template => "inSource",
        SuppressedBy::Manifest | SuppressedBy::Baseline => "external",
    };
    json!({"kind": kind, "status": "accepted", "justification": why.reason})
}

fn location(span: Span, message: Option<&str>, map: &SourceMap) -> Value {
    let place = map.place(span);
    let mut location = json!({"physicalLocation": {
        "artifactLocation": artifact(&place.path()),
        "region": {
            "startLine": place.start.line,
            "startColumn": place.start.column,
            "endLine": place.end.line,
            "endColumn": place.end.column,
        },
    }});
    if let (Some(text), Some(location)) = (message, location.as_object_mut()) {
        location.insert("message".to_owned(), json!({"text": text}));
    }
    location
}

/// A path relative to where the program ran is relative to the root of the sources; an absolute one is a URI of its own.
fn artifact(path: &str) -> Value {
    let encoded = encoded(path);
    if path.starts_with('/') {
        json!({"uri": format!("file://{encoded}")})
    } else {
        json!({"uri": encoded, "uriBaseId": "%SRCROOT%"})
    }
}

/// Percent-encoded, but for what paths are made of (RFC 3986).
fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte))
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
