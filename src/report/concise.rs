//! One line for each answer, finding and problem, for logs and for `grep`.

use std::io;

use super::wording::{self, in_one_line};
use super::{Draws, Format, Style};
use crate::ask::{AccessGraph, AccessPath, Layer};
use crate::diagnostic::{Diagnostic, Severity};
use crate::finding::{Checked, Outcome, Report};
use crate::source::SourceMap;

pub(super) static FORMAT: Format = Format {
    name: "concise",
    summary: "one line for each answer, way, finding and problem",
    draws: Draws::Lines,
    render,
};

fn render(report: &Report, map: &SourceMap, _: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    for checked in &report.answers {
        writeln!(out, "{}", in_one_line(&answer(checked, map)))?;
    }
    for path in report.map.iter().flat_map(|graph| graph.paths.iter().map(move |path| (graph, path))) {
        writeln!(out, "{}", in_one_line(&way(path.0, path.1)))?;
    }
    for diagnostic in report.findings.iter().chain(&report.problems) {
        writeln!(out, "{}", in_one_line(&told(diagnostic, map)))?;
    }
    Ok(())
}

/// `decryptable.toml:41: fails: IAM_CLUSTER cannot read s3://lake/x: the key policy does not allow kms:Decrypt`.
fn answer(checked: &Checked, map: &SourceMap) -> String {
    let row = checked.row.map(|at| map.place(at));
    let place = row.map_or_else(String::new, |place| format!("{}:{}: ", place.document, place.start.line));
    let answer = &checked.answer;
    let outcome = match checked.outcome() {
        Some(Outcome::Held) => "holds",
        Some(Outcome::Failed) => "fails",
        Some(Outcome::Open) => "open",
        None => answer.verdict.as_str(),
    };
    let why = if answer.reason.is_empty() { String::new() } else { format!(": {}", answer.reason) };
    format!("{place}{outcome}: {}{why}", wording::sentence(answer))
}

/// `conditional: arn:aws:iam::111111111111:role/etl > s3://lake/x (on aws:SourceVpce)`.
pub(super) fn way(graph: &AccessGraph, path: &AccessPath) -> String {
    let edges = || path.edges.iter().filter_map(|at| graph.edges.get(*at));
    let nodes = edges().map(|edge| edge.from).take(1).chain(edges().map(|edge| edge.to));
    let ids: Vec<&str> = nodes.filter_map(|at| graph.nodes.get(at)).map(|node| node.id.as_str()).collect();
    let mut keys: Vec<&str> = path.depends_on.iter().map(|unknown| &*unknown.name).collect();
    keys.extend(path.conditions.iter().flatten().flatten().map(|line| line.key.as_str()));
    keys.sort_unstable();
    keys.dedup();
    let on = if keys.is_empty() { String::new() } else { format!(" (on {})", keys.join(", ")) };
    let could = if graph.layer(path) == Layer::Could { " by a takeover" } else { "" };
    format!("{}{could}: {}{on}", path.verdict.as_str(), ids.join(" > "))
}

/// `iam/a.json:4:7: warning[missing-version]: this policy names no Version`.
fn told(diagnostic: &Diagnostic, map: &SourceMap) -> String {
    let place = diagnostic.span.map(|at| map.place(at));
    let place =
        place.map_or_else(String::new, |p| format!("{}:{}:{}: ", p.document, p.start.line, p.start.column));
    let level = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    format!("{place}{level}[{}]: {}", diagnostic.code.as_str(), diagnostic.message)
}
