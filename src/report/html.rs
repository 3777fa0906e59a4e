//! One page that a browser shows: what was asked, what decides, what was found. It refers to nothing outside of itself, can be
//! read without its script, and printed.
//!
//! Source: <https://html.spec.whatwg.org/multipage/>

mod answer;
mod excerpt;
mod table;

use std::io;

use super::concise;
use super::picture::svg;
use super::wording::{self, count};
use super::{Draws, Format, Style};
use crate::ask::{AccessGraph, Verdict};
use crate::diagnostic::{Diagnostic, Severity};
use crate::explain;
use crate::finding::{Checked, Outcome, Report};
use crate::source::{SourceMap, Span};

pub(super) static FORMAT: Format =
    Format { name: "html", summary: "one page for a browser", draws: Draws::Pages, render };

/// Ways that are listed as text.
const LISTED: usize = 500;

const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/script.js");

/// A browser loads nothing from other places, also if a policy contains markup.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

fn render(report: &Report, map: &SourceMap, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let title = headline(report);
    let shown = escaped(&title);
    writeln!(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
    writeln!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
    writeln!(out, "<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">")?;
    writeln!(out, "<title>decryptable: {shown}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>")?;
    writeln!(out, "<header>\n<h1>decryptable</h1>\n<p class=\"said\">{shown}</p>\n</header>\n<main>")?;
    answers(report, map, style, out)?;
    if let Some(matrix) = &report.matrix {
        table::write(matrix, out)?;
    }
    if let Some(graph) = &report.map {
        ways(graph, report, map, style, out)?;
    }
    told("Findings", &report.findings, map, out)?;
    told("Problems with the input", &report.problems, map, out)?;
    if !report.suppressed.is_empty() {
        let number = count(report.suppressed.len(), "finding");
        writeln!(out, "<section>\n<h2>Suppressed</h2>\n<details>\n<summary>{number}</summary>\n<ul>")?;
        for one in &report.suppressed {
            let place = place(one.finding.span, map);
            let (message, reason) = (escaped(&one.finding.message), escaped(&one.reason));
            writeln!(out, "<li>{place} {message} <span class=\"quiet\">{reason}</span></li>")?;
        }
        writeln!(out, "</ul>\n</details>\n</section>")?;
    }
    writeln!(
        out,
        "</main>\n<footer><p class=\"quiet\">decryptable {}</p></footer>",
        env!("CARGO_PKG_VERSION")
    )?;
    writeln!(out, "<script>\n{SCRIPT}</script>\n</body>\n</html>")
}

/// How an answer stands: that which was expected of it, else what it says.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Standing {
    Bad,
    Open,
    Good,
}

impl Standing {
    fn of(checked: &Checked) -> Self {
        match (checked.outcome(), checked.answer.verdict) {
            (Some(Outcome::Failed), _)
            | (None, Verdict::Denied | Verdict::Blocked | Verdict::Unsupported) => Self::Bad,
            (Some(Outcome::Open), _) | (None, Verdict::Conditional) => Self::Open,
            (Some(Outcome::Held), _) | (None, Verdict::Allowed) => Self::Good,
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Bad => "bad",
            Self::Open => "open",
            Self::Good => "good",
        }
    }
}

/// A word for what is true of an answer, which colour alone does not say.
fn word(checked: &Checked) -> &'static str {
    match checked.outcome() {
        Some(Outcome::Held) => "holds",
        Some(Outcome::Failed) => "fails",
        Some(Outcome::Open) => "open",
        None => checked.answer.verdict.as_str(),
    }
}

/// Failures first, then what stays open, then what holds, each in the order it was asked.
fn answers(report: &Report, map: &SourceMap, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    if report.answers.is_empty() {
        return Ok(());
    }
    writeln!(out, "<section>\n<h2>Answers</h2>")?;
    if report.answers.len() > 1 {
        writeln!(out, "<form class=\"filter\" role=\"search\" hidden>")?;
        writeln!(out, "<label>Search <input type=\"search\" name=\"text\"></label>")?;
        for (class, name) in [("bad", "fails"), ("open", "open"), ("good", "holds")] {
            writeln!(out, "<label><input type=\"checkbox\" name=\"{class}\" checked> {name}</label>")?;
        }
        writeln!(out, "<output aria-live=\"polite\"></output>\n</form>")?;
    }
    for standing in [Standing::Bad, Standing::Open, Standing::Good] {
        for checked in report.answers.iter().filter(|checked| Standing::of(checked) == standing) {
            let class = standing.class();
            // One answer is what was asked for; of many only the headings are.
            let open = if report.answers.len() == 1 { " open" } else { "" };
            let sentence = escaped(&wording::sentence(&checked.answer));
            writeln!(out, "<details class=\"row {class}\"{open}>")?;
            writeln!(
                out,
                "<summary><span class=\"word\">{}</span> {sentence} {}</summary>",
                word(checked),
                place(checked.row, map)
            )?;
            answer::write(checked, map, style, out)?;
            writeln!(out, "</details>")?;
        }
    }
    writeln!(out, "</section>")
}

/// A picture of the ways, and a line for each.
fn ways(
    graph: &AccessGraph,
    report: &Report,
    map: &SourceMap,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut picture = Vec::new();
    (svg::FORMAT.render)(report, map, style, &mut picture)?;
    writeln!(out, "<section>\n<h2>Ways</h2>")?;
    writeln!(out, "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Picture of the ways\">")?;
    out.write_all(&picture)?;
    writeln!(out, "</div>\n<ul>")?;
    for path in graph.paths.iter().take(LISTED) {
        writeln!(out, "<li>{}</li>", escaped(&concise::way(graph, path)))?;
    }
    writeln!(out, "</ul>")?;
    if graph.paths.len() > LISTED {
        let more = count(graph.paths.len() - LISTED, "way");
        writeln!(out, "<p>{more} more: `--format concise` lists all.</p>")?;
    }
    writeln!(out, "</section>")
}

fn told(title: &str, all: &[Diagnostic], map: &SourceMap, out: &mut dyn io::Write) -> io::Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    writeln!(out, "<section>\n<h2>{title}</h2>")?;
    // The worst first; a stable sort, so that places stay in order within.
    let mut all: Vec<&Diagnostic> = all.iter().collect();
    all.sort_by_key(|one| std::cmp::Reverse(one.severity));
    for one in all {
        let (class, severity) = match one.severity {
            Severity::Error => ("bad", "error"),
            Severity::Warning => ("open", "warning"),
            Severity::Note => ("note", "note"),
        };
        writeln!(
            out,
            "<details class=\"row {class}\">\n<summary><span class=\"word\">{severity}</span> {} <code>{}</code> {}</summary>",
            escaped(&one.message),
            one.code.as_str(),
            place(one.span, map)
        )?;
        if let Some(help) = &one.help {
            writeln!(out, "<p>{}</p>", escaped(help))?;
        }
        if let Some(at) = one.span {
            excerpt::write(at, map, out)?;
        }
        for label in &one.related {
            writeln!(out, "<p>{} {}</p>", escaped(&label.text), place(Some(label.span), map))?;
        }
        if let Some(page) = explain::source(one.code.page()) {
            // As text: the page leads nowhere by itself.
            writeln!(out, "<p class=\"quiet\">{}</p>", escaped(page))?;
        }
        writeln!(out, "</details>")?;
    }
    writeln!(out, "</section>")
}

/// `iam/cluster.json:4`; empty without a place.
fn place(at: Option<Span>, map: &SourceMap) -> String {
    at.map_or_else(String::new, |at| {
        let place = map.place(at);
        format!("<span class=\"place\">{}:{}</span>", escaped(&place.path()), place.start.line)
    })
}

/// One answer by itself, the ways to a resource, or how many answers and findings there are.
fn headline(report: &Report) -> String {
    match (report.answers.as_slice(), &report.map) {
        ([only], None) if only.expected.is_none() => wording::sentence(&only.answer),
        (_, Some(graph)) => wording::Counts::of(graph).sentence(&graph.subject),
        (_, None) => wording::headline(report),
    }
}

/// Text with its markup escaped. Characters that reverse or hide the text around them are replaced.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if wording::is_harmful(c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
