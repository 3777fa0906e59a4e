//! What a run has to say, one diagnostic after the other, for formats that know nothing but results with a place:
//! expectations that failed or stay open, findings and problems.

use std::borrow::Cow;
use std::ops::Deref;

use super::wording;
use crate::ask::near::Near;
use crate::ask::{Answer, Change, Fix, GateVerdict, Verdict};
use crate::diagnostic::{Code, Diagnostic};
use crate::finding::{self, Checked, Outcome, Report};
use crate::policy::Effect;
use crate::source::{SourceMap, Span};

/// A diagnostic, and where in the report it comes from.
pub(super) struct Reported<'a> {
    diagnostic: Cow<'a, Diagnostic>,
    origin: Origin<'a>,
}

/// What a diagnostic of a report is about.
#[derive(Copy, Clone)]
enum Origin<'a> {
    /// An answer that is not the expected one.
    Expectation(&'a Checked),
    /// What the input says.
    Finding,
    /// The input itself.
    Problem,
}

impl Deref for Reported<'_> {
    type Target = Diagnostic;

    fn deref(&self) -> &Diagnostic {
        &self.diagnostic
    }
}

impl<'a> Reported<'a> {
    pub(super) fn is_expectation(&self) -> bool {
        matches!(self.origin, Origin::Expectation(_))
    }

    /// Something is wrong with the input itself.
    pub(super) fn is_problem(&self) -> bool {
        matches!(self.origin, Origin::Problem)
    }

    /// The statements that speak, in the order of the gates.
    pub(super) fn evidence(&self) -> Vec<(Span, String)> {
        self.answer().map(evidence).unwrap_or_default()
    }

    /// What would make an expectation hold.
    pub(super) fn changes(&self) -> &'a [Fix] {
        self.answer().map_or(&[], |answer| answer.changes())
    }

    fn answer(&self) -> Option<&'a Answer> {
        match self.origin {
            Origin::Expectation(checked) => Some(&checked.answer),
            Origin::Finding | Origin::Problem => None,
        }
    }

    fn identity(&self, map: &SourceMap) -> finding::Identity {
        let identity = self.diagnostic.identity(map);
        match self.origin {
            // The statement that denies may change while the question stays the same.
            Origin::Expectation(checked) => {
                let subject = format!("{:?} {}", checked.answer.subject, expected(checked));
                finding::Identity { subject, ..identity }
            }
            Origin::Finding | Origin::Problem => identity,
        }
    }
}

/// Everything a report has to say that is not in order: expectations first.
pub(super) fn results(report: &Report) -> Vec<Reported<'_>> {
    let of = |origin: Origin<'static>| {
        move |diagnostic| Reported { diagnostic: Cow::Borrowed(diagnostic), origin }
    };
    let mut out: Vec<Reported<'_>> = report.answers.iter().filter_map(expectation).collect();
    out.extend(report.findings.iter().map(of(Origin::Finding)));
    out.extend(report.problems.iter().map(of(Origin::Problem)));
    out
}

/// Findings that somebody decided to live with, beside why.
pub(super) fn suppressed(report: &Report) -> impl Iterator<Item = Reported<'_>> {
    let of = |diagnostic| Reported { diagnostic: Cow::Borrowed(diagnostic), origin: Origin::Finding };
    report.suppressed.iter().map(move |one| of(&one.finding))
}

/// The nearest statement of each gate that is shut, where one was meant to allow the request.
fn nearest(answer: &Answer) -> impl Iterator<Item = &Near> {
    let denied =
        answer.legs.iter().filter(|leg| leg.verdict == Verdict::Denied && answer.verdict == Verdict::Denied);
    denied.flat_map(|leg| leg.shut()).filter_map(|reading| reading.near.first().filter(|near| near.leads()))
}

/// Who asks a question without more asks whether it works.
fn expected(checked: &Checked) -> &'static str {
    checked.expected.unwrap_or(Verdict::Allowed).as_str()
}

fn expectation(checked: &Checked) -> Option<Reported<'_>> {
    let answer = &checked.answer;
    let outcome = checked.outcome().unwrap_or(match answer.verdict {
        Verdict::Allowed => Outcome::Held,
        Verdict::Conditional => Outcome::Open,
        Verdict::Denied | Verdict::Blocked | Verdict::Unsupported => Outcome::Failed,
    });
    let code = match outcome {
        Outcome::Held => return None,
        Outcome::Failed => Code::ExpectationFailed,
        Outcome::Open => Code::ExpectationOpen,
    };
    let expected = expected(checked);
    // The statement that denies, or the document that has to change, is where somebody looks next.
    let at = denial(answer)
        .or_else(|| nearest(answer).next().and_then(|near| near.misses.first()).map(|miss| miss.at))
        .or_else(|| answer.changes().iter().find_map(|fix| fix.document))
        .or(checked.row)
        .or_else(|| evidence(answer).first().map(|(span, _)| *span));
    let message = format!("expected {expected}, but {}: {}", wording::sentence(answer), answer.reason);
    let mut diagnostic = Diagnostic::placeless(code, message)
        .maybe_at(at)
        .maybe_help(answer.changes().first().map(|fix| fix.why.clone()));
    for near in nearest(answer) {
        diagnostic = diagnostic.because(near.span, "this statement was meant to allow it");
    }
    if let Some(row) = checked.row {
        diagnostic = diagnostic.because(row, format!("expected {expected} by this row"));
    }
    Some(Reported { diagnostic: Cow::Owned(diagnostic), origin: Origin::Expectation(checked) })
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
                let name = wording::gate_name(gate.gate, leg);
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

/// A name for each result that stays the same when lines move.
pub(super) fn fingerprints(results: &[Reported<'_>], map: &SourceMap) -> Vec<String> {
    finding::fingerprints(results.iter().map(|result| result.identity(map)), map)
}

/// Message and way out in one line.
pub(super) fn line(result: &Reported<'_>) -> String {
    match &result.help {
        Some(help) => format!("{}. {help}", result.message.trim_end_matches('.')),
        None => result.message.clone(),
    }
}

/// Message, the document it is about and the change to make, in one line: for readers who see nothing beside it.
pub(super) fn advice(result: &Reported<'_>, map: &SourceMap) -> String {
    let mut text = sentence(&result.message);
    let document = result.span.map(|at| map.place(at).path());
    if result.changes().is_empty() {
        text += &match (document, &result.help) {
            (Some(document), Some(help)) => format!(" In {document}: {}", sentence(help)),
            (Some(document), None) => format!(" This is in {document}."),
            (None, Some(help)) => format!(" The way out: {}", sentence(help)),
            (None, None) => String::new(),
        };
    }
    for change in result.changes() {
        let document =
            change.document.map_or_else(|| change.document_name.clone(), |at| map.place(at).path());
        let what = match &change.change {
            Change::Elsewhere => String::new(),
            Change::Create { statement, .. } => format!("write {statement}: "),
            Change::Add(statement) => format!("add {statement} at {}: ", change.pointer),
            Change::Replace { statement, .. } => {
                format!("make the statement at {} {statement}: ", change.pointer)
            }
        };
        text.push_str(&format!(" In {document}, {what}{}", sentence(&change.why)));
    }
    wording::in_one_line(&text)
}

fn sentence(text: &str) -> String {
    if text.ends_with(['.', '?', '!']) { text.to_owned() } else { format!("{text}.") }
}
