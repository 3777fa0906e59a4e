//! Many rows that do not hold: grouped by their cause, the failures last, where the eye is when the screen stands still.

use std::collections::BTreeMap;
use std::io;

use super::answer::{speaker, verdict};
use super::page::{Page, Tint};
use super::{MOST, Sheets, drawn, kept, left_out, near, place, summary};
use crate::ask::{Answer, Denial, Evidence, GateVerdict, Leg, Verdict};
use crate::finding::{Checked, Outcome, Report};
use crate::policy::Effect;
use crate::report::Shape;
use crate::report::wording::{gate_name, sentence};
use crate::source::SourceMap;

/// So many answers are shown in full.
const FULL: usize = 8;

/// Whether the rows that do not hold are too many to show each in full.
pub(super) fn is_many(page: &Page, report: &Report) -> bool {
    let shown = report.answers.iter().filter(|checked| checked.outcome() != Some(Outcome::Held)).count();
    page.style().shape == Shape::Check && !page.style().verbose && report.map.is_none() && shown > FULL
}

pub(super) fn draw(page: &Page, report: &Report, map: &SourceMap, sheets: &mut Sheets<'_>) -> io::Result<()> {
    for finding in report.findings.iter().take(MOST) {
        sheets.push(&drawn(page, finding, map))?;
    }
    sheets.push(&left_out(page, report.findings.len(), "finding"))?;
    for problem in report.problems.iter().take(MOST) {
        sheets.push(&drawn(page, problem, map))?;
    }
    sheets.push(&left_out(page, report.problems.len(), "problem"))?;
    let all = page.dim("(all: --verbose; one line each: --format concise)");
    sheets.push(&format!("{}  {all}\n", summary(page, report).trim_end()))?;
    for outcome in [None, Some(Outcome::Open), Some(Outcome::Failed)] {
        let rows = report.answers.iter().filter(|checked| checked.outcome() == outcome);
        sheets.push(&groups(page, rows, map))?;
    }
    Ok(())
}

/// Rows of one outcome: of each cause the first row, and how many more there are.
fn groups<'r>(page: &Page, rows: impl Iterator<Item = &'r Checked>, map: &SourceMap) -> String {
    let mut order: Vec<String> = Vec::new();
    let mut by_cause: BTreeMap<String, Vec<&Checked>> = BTreeMap::new();
    for row in rows {
        let cause = cause(page, &row.answer, map);
        let group = by_cause.entry(cause.clone()).or_default();
        if group.is_empty() {
            order.push(cause);
        }
        group.push(row);
    }
    let mut text = String::new();
    for cause in order {
        let group = by_cause.get(&cause).map_or(&[][..], Vec::as_slice);
        let Some((first, rest)) = group.split_first() else { continue };
        text += &one(page, first, &cause, map);
        if !rest.is_empty() {
            let more = format!("… {} more with the same cause: {cause}", rest.len());
            text += &page.prose("  ", "    ", &more);
        }
    }
    text
}

/// One row, and what decides.
fn one(page: &Page, checked: &Checked, cause: &str, map: &SourceMap) -> String {
    let answer = &checked.answer;
    let head = match checked.outcome() {
        Some(outcome) => kept(page, outcome),
        None => verdict(answer),
    };
    let row = checked.row.map(|row| page.dim(&format!("  {}", place(map, row)))).unwrap_or_default();
    let title = page.paint(Tint::Title, &page.clean(&sentence(answer)));
    let shown = answer.as_default.as_deref().unwrap_or(answer);
    let why = near::lead(shown, map)
        .unwrap_or_else(|| if shown.reason.is_empty() { cause.to_owned() } else { shown.reason.clone() });
    let mut text = format!("{head}  {title}{row}\n");
    text += &page.prose("         ", "         ", &why);
    let changes = answer.changes().len();
    if changes > 0 {
        let what = if changes == 1 { "1 change" } else { "several changes" };
        text += &page.prose(
            "         ",
            "         ",
            &format!("{what}: --format patch, or `decryptable can` for this row"),
        );
    }
    text
}

/// What decides, in the same words for every row that it decides.
fn cause(page: &Page, answer: &Answer, map: &SourceMap) -> String {
    match answer.verdict {
        Verdict::Denied => answer
            .legs
            .iter()
            .find(|leg| leg.verdict == Verdict::Denied)
            .map_or_else(|| answer.reason.clone(), |leg| of_leg(page, leg, map)),
        Verdict::Allowed => "allowed".to_owned(),
        Verdict::Conditional => {
            let mut kinds: Vec<&str> = answer.depends_on.iter().map(|unknown| what(&unknown.name)).collect();
            kinds.dedup();
            format!("it depends on {}", kinds.join(", "))
        }
        Verdict::Blocked | Verdict::Unsupported => answer.reason.clone(),
    }
}

/// What is missing, without what it is missing of.
fn what(name: &str) -> &str {
    name.split_once(" of ").map_or(name, |(what, _)| what)
}

fn of_leg(page: &Page, leg: &Leg, map: &SourceMap) -> String {
    let denied = || leg.gates.iter().filter(|gate| gate.verdict == GateVerdict::Denied);
    let explicit = denied().find(|gate| gate.denial == Some(Denial::Explicit));
    let Some(gate) = explicit.or_else(|| denied().next()) else { return leg.action.clone() };
    let name = gate_name(gate.gate, leg);
    let denies = |evidence: &&Evidence| evidence.effect == Effect::Deny;
    let statement = match (gate.evidence.iter().find(denies), gate.near.first().filter(|near| near.leads())) {
        (Some(evidence), _) if explicit.is_some() => format!(" {}", speaker(page, evidence, map)),
        (_, Some(near)) => format!(" {}", super::near::name(near, map)),
        (_, None) => String::new(),
    };
    format!("{}: {name}{statement}", leg.action)
}
