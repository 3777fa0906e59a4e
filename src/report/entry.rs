//! What a run has to say, one thing after the other, for formats that know nothing but results with a place: findings,
//! problems, and expectations that failed or stay open.

use super::words;
use crate::ask::{Answer, Fix, GateVerdict, Verdict};
use crate::finding::{self, Checked, Finding, Outcome, Report, packed};
use crate::policy::Effect;
use crate::problem::Severity;
use crate::source::{SourceMap, Span};

pub(super) const FAILED: &str = "expectation-failed";
pub(super) const OPEN: &str = "expectation-open";

/// One result.
pub(super) struct Entry<'a> {
    pub(super) code: &'a str,
    pub(super) severity: Severity,
    pub(super) message: String,
    pub(super) help: Option<String>,
    /// None where the input has no text to point into.
    pub(super) at: Option<Span>,
    pub(super) related: Vec<(Span, String)>,
    /// The statements that speak, in the order of the gates.
    pub(super) evidence: Vec<(Span, String)>,
    /// What would make an expectation hold.
    pub(super) changes: &'a [Fix],
    /// What it is about, apart from where that stands: the same as long as nobody changes it.
    subject: String,
    /// Something is wrong with the input itself.
    pub(super) is_problem: bool,
}

/// Everything a report has to say that is not in order: expectations first.
pub(super) fn entries<'a>(report: &'a Report, map: &SourceMap) -> Vec<Entry<'a>> {
    let mut out: Vec<Entry<'a>> = report.answers.iter().filter_map(expectation).collect();
    out.extend(report.findings.iter().map(|finding| of_finding(finding, map)));
    out.extend(report.problems.iter().map(|problem| Entry {
        code: problem.code,
        severity: problem.severity,
        message: problem.message.clone(),
        help: problem.help.clone(),
        at: problem.span,
        related: problem.related.clone(),
        evidence: Vec::new(),
        changes: &[],
        subject: problem.span.map_or_else(|| problem.message.clone(), |span| packed(map.text(span))),
        is_problem: true,
    }));
    out
}

/// Findings that somebody decided to live with, beside why.
pub(super) fn suppressed<'a>(report: &'a Report, map: &SourceMap) -> Vec<Entry<'a>> {
    report.suppressed.iter().map(|one| of_finding(&one.finding, map)).collect()
}

fn of_finding<'a>(finding: &'a Finding, map: &SourceMap) -> Entry<'a> {
    Entry {
        code: finding.rule,
        severity: finding.severity,
        message: finding.message.clone(),
        help: finding.help.clone(),
        at: Some(finding.primary.span),
        related: finding.related.iter().map(|label| (label.span, label.text.clone())).collect(),
        evidence: Vec::new(),
        changes: &[],
        subject: finding.identity(map).subject,
        is_problem: false,
    }
}

fn expectation(checked: &Checked) -> Option<Entry<'_>> {
    let answer = &checked.answer;
    // Who asks a question without more asks whether it works.
    let outcome = checked.outcome().unwrap_or(match answer.verdict {
        Verdict::Allowed => Outcome::Held,
        Verdict::Conditional => Outcome::Open,
        Verdict::Denied | Verdict::Blocked | Verdict::Unsupported => Outcome::Failed,
    });
    let (code, severity) = match outcome {
        Outcome::Held => return None,
        Outcome::Failed => (FAILED, Severity::Error),
        Outcome::Open => (OPEN, Severity::Warning),
    };
    let expected = checked.expected.unwrap_or(Verdict::Allowed).as_str();
    let evidence = evidence(answer);
    // The statement that denies, or the document that has to change, is where somebody looks next.
    let at = denial(answer)
        .or_else(|| answer.fix.iter().find_map(|fix| fix.document))
        .or(checked.row)
        .or_else(|| evidence.first().map(|(span, _)| *span));
    let row = checked.row.map(|row| (row, format!("expected {expected} by this row")));
    Some(Entry {
        code,
        severity,
        message: format!("expected {expected}, but {}: {}", words::sentence(answer), answer.reason),
        help: answer.fix.first().map(|fix| fix.why.clone()),
        at,
        related: row.into_iter().collect(),
        evidence,
        changes: &answer.fix,
        subject: format!("{:?} {expected}", answer.subject),
        is_problem: false,
    })
}

/// Who says what, gate by gate.
pub(super) fn evidence(answer: &Answer) -> Vec<(Span, String)> {
    let mut out = Vec::new();
    for leg in &answer.legs {
        for gate in &leg.gates {
            for evidence in &gate.evidence {
                let verb = match evidence.effect {
                    Effect::Allow => "allows",
                    Effect::Deny => "denies",
                };
                let sid = evidence.sid.as_ref().map_or_else(String::new, |sid| format!(" by {sid}"));
                let name = words::gate_name(gate.gate, leg);
                let text = format!("{}. {name} {verb} {}{sid}", out.len() + 1, leg.action);
                out.push((evidence.span, text));
            }
        }
    }
    out
}

/// The first statement that denies at a closed gate.
fn denial(answer: &Answer) -> Option<Span> {
    let gates = answer.legs.iter().flat_map(|leg| &leg.gates);
    let closed = gates.filter(|gate| gate.verdict == GateVerdict::Denied);
    closed.flat_map(|gate| &gate.evidence).find(|e| e.effect == Effect::Deny).map(|e| e.span)
}

/// A name for each entry that stays the same when lines move.
pub(super) fn fingerprints(entries: &[Entry<'_>], map: &SourceMap) -> Vec<String> {
    let identities = entries.iter().map(|entry| finding::Identity {
        code: entry.code,
        at: entry.at,
        subject: entry.subject.clone(),
    });
    finding::fingerprints(identities, map)
}

/// Message and way out in one line.
pub(super) fn line(entry: &Entry<'_>) -> String {
    match &entry.help {
        Some(help) => format!("{}. {help}", entry.message.trim_end_matches('.')),
        None => entry.message.clone(),
    }
}

/// Message, the document it is about and the change to make, in one line: for readers who see nothing beside it.
pub(super) fn advice(entry: &Entry<'_>, map: &SourceMap) -> String {
    let mut text = sentence(&entry.message);
    let document = entry.at.map(|at| map.place(at).path());
    if entry.changes.is_empty() {
        text += &match (document, &entry.help) {
            (Some(document), Some(help)) => format!(" In {document}: {}", sentence(help)),
            (Some(document), None) => format!(" This is in {document}."),
            (None, Some(help)) => format!(" The way out: {}", sentence(help)),
            (None, None) => String::new(),
        };
    }
    for change in entry.changes {
        let document =
            change.document.map_or_else(|| change.document_name.clone(), |at| map.place(at).path());
        let what = match &change.add {
            add if add.is_null() => String::new(),
            add if change.document.is_none() => format!("write {add}: "),
            add => format!("add {add} at {}: ", change.pointer),
        };
        text.push_str(&format!(" In {document}, {what}{}", sentence(&change.why)));
    }
    words::in_one_line(&text)
}

fn sentence(text: &str) -> String {
    if text.ends_with(['.', '?', '!']) { text.to_owned() } else { format!("{text}.") }
}

/// A file of the run for what has no place in any: the manifest, else the first file that was read.
pub(super) fn somewhere(map: &SourceMap) -> String {
    const MANIFEST: &str = "decryptable.toml";
    let is_manifest = |path: &String| path.rsplit('/').next() == Some(MANIFEST);
    let found = map.paths().find(is_manifest).or_else(|| map.paths().next());
    found.unwrap_or_else(|| MANIFEST.to_owned())
}
