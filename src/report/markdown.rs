//! Markdown for the summary of a pipeline's job.
//!
//! Source: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary>

use std::io;

use super::results::{self, Reported, results};
use super::wording::{self, count};
use super::{Draws, Format, Style};
use crate::ask::Verdict;
use crate::diagnostic::Severity;
use crate::finding::{Outcome, Report};
use crate::source::{SourceMap, Span};

pub(super) static FORMAT: Format =
    Format { name: "markdown", summary: "a summary for the page of a job", draws: Draws::Results, render };

/// GitHub takes one mebibyte from a step; some is kept for what is said at the end.
const MOST: usize = 1_000_000;

fn render(report: &Report, map: &SourceMap, _: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let mut page = Page { text: String::new(), left_out: 0 };
    page.push(&format!("## decryptable\n\n{}\n", wording::headline(report)));
    let all = results(report);
    let (expectations, others): (Vec<&Reported<'_>>, Vec<&Reported<'_>>) =
        all.iter().partition(|result| result.is_expectation());
    answers(&mut page, report, &expectations, map);
    if !others.is_empty() {
        page.push("\n| severity | rule | place | |\n|---|---|---|---|\n");
    }
    // The worst first; a stable sort, so that places stay in order within.
    let mut others = others;
    others.sort_by_key(|result| std::cmp::Reverse(result.severity));
    for result in others {
        let severity = match result.severity {
            Severity::Error => "❌ error",
            Severity::Warning => "⚠️ warning",
            Severity::Note => "note",
        };
        let (place, text) = (shown(result.span, map), results::line(result));
        page.push(&format!(
            "| {severity} | {} | {} | {} |\n",
            cell(result.code.as_str()),
            cell(&place),
            cell(&text)
        ));
    }
    if page.left_out > 0 {
        let more = count(page.left_out, "row");
        page.text.push_str(&format!(
            "\n{more} left out for the size of the page; `--format json` has all of them.\n"
        ));
    }
    out.write_all(page.text.as_bytes())
}

/// One row for each question: failures first, then what stays open, then what holds, each in the order it was asked.
fn answers(page: &mut Page, report: &Report, results: &[&Reported<'_>], map: &SourceMap) {
    if report.answers.is_empty() {
        return;
    }
    page.push("\n| | expected | answer | why | place |\n|---|---|---|---|---|\n");
    // Those that are not in order have an result each, in the same order.
    let mut results = results.iter();
    let mut rows: Vec<(Outcome, String)> = Vec::new();
    for checked in &report.answers {
        // Who asks without more asks whether it works.
        let outcome = checked.outcome().unwrap_or(match checked.answer.verdict {
            Verdict::Allowed => Outcome::Held,
            Verdict::Conditional => Outcome::Open,
            Verdict::Denied | Verdict::Blocked | Verdict::Unsupported => Outcome::Failed,
        });
        let (sign, result) = match outcome {
            Outcome::Held => ("✅", None),
            Outcome::Failed => ("❌", results.next()),
            Outcome::Open => ("❔", results.next()),
        };
        let expected = checked.expected.map_or("", |verdict| verdict.as_str());
        let (answer, why) = (wording::sentence(&checked.answer), &checked.answer.reason);
        // Where somebody looks next: of what holds the row, or who allows it.
        let place = result.and_then(|result| result.span).or(checked.row);
        let place =
            shown(place.or_else(|| results::evidence(&checked.answer).first().map(|(at, _)| *at)), map);
        rows.push((
            outcome,
            format!("| {sign} | {expected} | {} | {} | {} |\n", cell(&answer), cell(why), cell(&place)),
        ));
    }
    rows.sort_by_key(|(outcome, _)| match outcome {
        Outcome::Failed => 0,
        Outcome::Open => 1,
        Outcome::Held => 2,
    });
    for (_, row) in rows {
        page.push(&row);
    }
}

/// `iam/cluster.json:4`; empty where there is no place.
fn shown(at: Option<Span>, map: &SourceMap) -> String {
    at.map_or_else(String::new, |at| {
        let place = map.place(at);
        format!("{}:{}", place.path(), place.start.line)
    })
}

/// A page that ends before it is too large.
struct Page {
    text: String,
    left_out: usize,
}

impl Page {
    fn push(&mut self, row: &str) {
        if self.left_out > 0 || self.text.len() + row.len() > MOST {
            self.left_out += 1;
        } else {
            self.text.push_str(row);
        }
    }
}

/// Text in a cell: nothing in it is markup, and nothing breaks the row.
fn cell(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in wording::in_one_line(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' => {
                out.push('\\');
                out.push(c);
            }
            c if wording::is_harmful(c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
