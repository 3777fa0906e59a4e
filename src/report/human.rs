//! The report as people read it: the verdict first, then who said so, then the statement that matters and the
//! change to make.
//!
//! The only place that knows miette, which draws [`excerpt`]s: small documents made for the drawing, never a
//! file as it was given to us.

mod answer;
mod brief;
mod change;
mod condition;
mod diff;
mod draw;
mod exact;
mod excerpt;
mod many;
mod map;
mod matrix;
mod near;
mod page;
mod pretty;

use std::collections::BTreeSet;
use std::io;

use super::wording::count;
use super::{Draws, Format, Shape, Style};
use crate::diagnostic::{Diagnostic, Severity};
use crate::finding::{Checked, Outcome, Report};
use crate::source::{SourceMap, Span};
use draw::Drawing;
use page::{Page, Sign, Tint};

pub(super) static FORMAT: Format = Format {
    name: "human",
    summary: "for reading: verdicts, excerpts and the change to make",
    draws: Draws::Reports,
    render,
};

/// The same for ears: one thing a line, in words.
pub(super) static NARRATED: Format = Format {
    name: "narrated",
    summary: "the same for screen readers: words in place of signs, columns and drawings",
    draws: Draws::Reports,
    render: narrate,
};

/// How many findings, and how many problems, are drawn: nobody reads further.
const MOST: usize = 1_000;

fn render(report: &Report, map: &SourceMap, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let page = Page::new(*style);
    let mut sheets = Sheets { out, started: false };
    if let Some(diff) = &report.diff {
        for sheet in diff::draw(&page, diff, map) {
            sheets.push(&sheet)?;
        }
        return Ok(());
    }
    if let Some(asked) = &report.matrix {
        for sheet in matrix::draw(&page, asked) {
            sheets.push(&sheet)?;
        }
    }
    if let Some(asked) = &report.map {
        for sheet in map::draw(&page, asked, map) {
            sheets.push(&sheet)?;
        }
    }
    if many::is_many(&page, report) {
        return many::draw(&page, report, map, &mut sheets);
    }
    let of = |outcome| report.answers.iter().filter(move |checked: &&Checked| checked.outcome() == outcome);
    for checked in of(Some(Outcome::Failed)).chain(of(Some(Outcome::Open))).chain(of(None)) {
        sheets.push(&answered(&page, checked, map))?;
    }
    sheets.push(&held(&page, of(Some(Outcome::Held)), map))?;
    for finding in report.findings.iter().take(MOST) {
        sheets.push(&drawn(&page, finding, map))?;
    }
    sheets.push(&left_out(&page, report.findings.len(), "finding"))?;
    for problem in report.problems.iter().take(MOST) {
        sheets.push(&drawn(&page, problem, map))?;
    }
    sheets.push(&left_out(&page, report.problems.len(), "problem"))?;
    match style.shape {
        Shape::Answer => Ok(()),
        // The headline of a map is its summary.
        Shape::Check if report.map.is_some() && report.findings.is_empty() && report.problems.is_empty() => {
            Ok(())
        }
        Shape::Check => sheets.push(&summary(&page, report)),
    }
}

/// The report without anything that only eyes can use: no colours, no wrapping, no columns.
fn narrate(report: &Report, map: &SourceMap, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let style = Style { narrated: true, color: false, width: usize::MAX, ..*style };
    let mut drawn = Vec::new();
    render(report, map, &style, &mut drawn)?;
    let mut blank = false;
    for line in String::from_utf8_lossy(&drawn).lines() {
        let line = line.trim();
        // Two empty lines say no more than one.
        if line.is_empty() {
            blank = true;
            continue;
        }
        if std::mem::take(&mut blank) {
            writeln!(out)?;
        }
        writeln!(out, "{}", spoken(line))?;
    }
    Ok(())
}

/// A line with pauses where columns are, and words where lines are drawn.
fn spoken(line: &str) -> String {
    // What is to be copied, and what is quoted from a file, stays as it is.
    if line.starts_with(['{', '}', '[', ']', '"']) {
        return line.to_owned();
    }
    if let Some((number, text)) = line.strip_prefix("snippet line ").and_then(|rest| rest.split_once(": ")) {
        return format!("line {number}: {}", text.trim());
    }
    let line = line
        .replace("reads → ", "reads ")
        .replace("└─ ", "then ")
        .replace("├─ ", "then ")
        .replace(['│', '─'], " ")
        .replace('→', "to");
    let columns = line.split("  ").map(str::trim).filter(|column| !column.is_empty());
    columns.collect::<Vec<_>>().join(", ")
}

/// Text that cannot harm a terminal, for messages outside of a report.
pub(super) fn harmless(text: &str) -> String {
    Page::new(Style::default()).clean(text)
}

/// Parts of the report with a blank line between them.
struct Sheets<'w> {
    out: &'w mut dyn io::Write,
    started: bool,
}

impl Sheets<'_> {
    fn push(&mut self, sheet: &str) -> io::Result<()> {
        if sheet.is_empty() {
            return Ok(());
        }
        if std::mem::replace(&mut self.started, true) {
            writeln!(self.out)?;
        }
        self.out.write_all(sheet.as_bytes())
    }
}

/// That there is more than what is drawn.
fn left_out(page: &Page, all: usize, what: &str) -> String {
    match all.saturating_sub(MOST) {
        0 => String::new(),
        more => page.prose("", "", &format!("{} more; --format json lists them", count(more, what))),
    }
}

/// An answer in full, below what was expected of it.
fn answered(page: &Page, checked: &Checked, map: &SourceMap) -> String {
    let mut text = String::new();
    if let (Some(expected), Some(outcome)) = (checked.expected, checked.outcome()) {
        let title = page.paint(Tint::Title, &format!("expected {}", expected.as_str()));
        text += &format!("{}  {title}{}\n", kept(page, outcome), row(page, checked, map));
        text += &checked.exactness.as_ref().map(|e| exact::draw(page, e, map)).unwrap_or_default();
    }
    text + &answer::draw(page, &checked.answer, map)
}

/// Expectations that hold need no more than a line.
fn held<'a>(page: &Page, answers: impl Iterator<Item = &'a Checked> + Clone, map: &SourceMap) -> String {
    let verdict = |checked: &Checked| answer::verdict(&checked.answer);
    let width = answers.clone().map(|checked| verdict(checked).len()).max().unwrap_or(0);
    answers
        .map(|checked| {
            let sentence = page.clean(&super::wording::sentence(&checked.answer));
            let verdict = page::padded(&verdict(checked), width);
            format!("{}  {verdict}  {sentence}{}\n", kept(page, Outcome::Held), row(page, checked, map))
        })
        .collect()
}

/// What became of an expectation.
fn kept(page: &Page, outcome: Outcome) -> String {
    let (sign, tint, word) = match outcome {
        Outcome::Held => (Sign::Yes, Tint::Good, "HOLDS"),
        Outcome::Failed => (Sign::No, Tint::Bad, "FAILS"),
        Outcome::Open => (Sign::Maybe, Tint::Maybe, "OPEN"),
    };
    page.paint(tint, &format!("{} {word}", page.sign(sign)))
}

/// Where the manifest asks the question.
fn row(page: &Page, checked: &Checked, map: &SourceMap) -> String {
    // A green line does not hide what it takes for granted.
    let assumed = match checked.answer.assumptions.len() {
        0 => String::new(),
        n => format!("  ({})", count(n, "assumption")),
    };
    checked.row.map(|row| page.dim(&format!("{assumed}  {}", place(map, row)))).unwrap_or_default()
}

fn drawn(page: &Page, diagnostic: &Diagnostic, map: &SourceMap) -> String {
    Drawing {
        severity: diagnostic.severity,
        code: Some(diagnostic.code.as_str()),
        message: &diagnostic.message,
        primary: diagnostic.span.map(|span| (span, "")),
        related: diagnostic.related.iter().map(|label| (label.span, label.text.as_str())).collect(),
        help: diagnostic.help.as_deref(),
    }
    .draw(page, map)
}

/// `file:line:column`, which terminals and editors open.
fn place(map: &SourceMap, span: Span) -> String {
    let place = map.place(span);
    format!("{}:{}:{}", place.document, place.start.line, place.start.column)
}

/// The line at the end: how many expectations hold, and what else there was.
fn summary(page: &Page, report: &Report) -> String {
    let outcomes =
        |outcome| report.answers.iter().filter(|checked| checked.outcome() == Some(outcome)).count();
    let (held, failed, open) = (outcomes(Outcome::Held), outcomes(Outcome::Failed), outcomes(Outcome::Open));
    let asked = report.answers.len() - held - failed - open;
    let problems = |severity| report.problems.iter().filter(|problem| problem.severity == severity).count();
    let mut parts = Vec::new();
    if held + failed + open > 0 {
        let all = held + failed + open;
        let mut part =
            format!("{held} of {} {}", count(all, "expectation"), if all == 1 { "holds" } else { "hold" });
        if failed > 0 {
            part += &format!("; {failed} {}", if failed == 1 { "fails" } else { "fail" });
        }
        if open > 0 {
            part += &format!("; {open} {} conditional", if open == 1 { "is" } else { "are" });
        }
        parts.push(part);
    }
    let rest = [
        (asked, "answer"),
        (report.findings.len(), "finding"),
        (problems(Severity::Error), "error"),
        (problems(Severity::Warning), "warning"),
        (problems(Severity::Note), "note"),
    ];
    parts.extend(rest.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| count(n, what)));
    if !report.suppressed.is_empty() {
        parts.push(format!("{} suppressed", report.suppressed.len()));
    }
    if parts.is_empty() {
        parts.push("nothing to report".to_owned());
    }
    let kinds: BTreeSet<&str> = report.guessed.iter().map(|(_, kind)| kind.describe()).collect();
    if !kinds.is_empty() {
        let kinds = kinds.into_iter().collect::<Vec<_>>().join(", ");
        parts.push(format!("taken for {kinds} by what is written (--kind says it)"));
    }
    let tint = if failed > 0 || problems(Severity::Error) > 0 {
        Tint::Bad
    } else if open > 0 {
        Tint::Maybe
    } else {
        Tint::Good
    };
    format!("{}\n", page.paint(tint, &parts.join(if page.style().unicode { " · " } else { ", " })))
}
