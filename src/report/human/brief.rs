//! The legs of a denial, a line a gate: what has to change stands above them, and `--verbose` shows them whole.

use textwrap::core::display_width;

use super::answer::{in_play, place, silence};
use super::condition::disjunction;
use super::near;
use super::page::{Page, Sign, Tint, padded};
use crate::ask::{Answer, Evidence, GateReading, GateVerdict, Leg, Verdict};
use crate::policy::Effect;
use crate::report::wording::gate_name;
use crate::source::SourceMap;

pub(super) fn legs(page: &Page, answer: &Answer, map: &SourceMap) -> String {
    let actions = answer.legs.iter().map(|leg| display_width(&leg.action)).max().unwrap_or(0);
    let readings =
        answer.legs.iter().flat_map(|leg| in_play(leg).map(move |reading| gate_name(reading.gate, leg)));
    let columns = Columns { action: actions, gate: readings.map(str::len).max().unwrap_or(0) };
    let mut text = "\n".to_owned();
    for leg in &answer.legs {
        text += &columns.leg(page, leg, map);
    }
    text
}

/// The widths that all gates of an answer share.
struct Columns {
    action: usize,
    gate: usize,
}

impl Columns {
    fn leg(&self, page: &Page, leg: &Leg, map: &SourceMap) -> String {
        let action = page.paint(Tint::Title, &padded(&page.clean(&leg.action), self.action));
        let mut text = String::new();
        for reading in in_play(leg) {
            let start = if text.is_empty() { action.clone() } else { " ".repeat(self.action) };
            text += &self.gate(page, leg, reading, map, &start);
        }
        if text.is_empty() {
            text = format!("  {action}\n");
        }
        if leg.verdict == Verdict::Denied {
            let side = if leg.same_account { "same account" } else { "cross-account" };
            let on = format!("{side}, on {}", page.clean(&leg.resource));
            // ARNs are never broken: a long one gets the room of the names.
            let indent = 2 + self.action + 2;
            let indent = if indent + display_width(&on) > page.style().width { 4 } else { indent };
            text += &format!("{}{}\n", " ".repeat(indent), page.paint(Tint::Dim, &on));
        }
        text
    }

    fn gate(&self, page: &Page, leg: &Leg, reading: &GateReading, map: &SourceMap, action: &str) -> String {
        let (sign, tint) = match reading.verdict {
            GateVerdict::Allowed => (Sign::Yes, Tint::Good),
            GateVerdict::Denied => (Sign::No, Tint::Bad),
            GateVerdict::Conditional => (Sign::Maybe, Tint::Maybe),
            GateVerdict::NotApplicable => (Sign::Nothing, Tint::Dim),
        };
        let name = padded(gate_name(reading.gate, leg), self.gate);
        let start = format!("  {action}  {} {name}", page.paint(tint, page.sign(sign)));
        let indent = 2 + self.action + 2 + 2 + self.gate + 2;
        let said = said(page, reading, map, page.style().width.saturating_sub(indent));
        // A path that does not fit beside the gate goes below it.
        let is_wide = said.iter().any(|line| indent + display_width(line) > page.style().width);
        let indent = if is_wide { 2 + self.action + 2 + 2 } else { indent };
        let mut text = if is_wide { format!("{}\n", start.trim_end()) } else { start };
        for (at, line) in said.iter().enumerate() {
            let lead = if at == 0 && !is_wide { "  ".to_owned() } else { " ".repeat(indent) };
            text += &format!("{lead}{line}\n");
        }
        if said.is_empty() {
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
        text
    }
}

/// Who decides at a gate, in at most `width` columns where that can be.
fn said(page: &Page, reading: &GateReading, map: &SourceMap, width: usize) -> Vec<String> {
    let who = |effect: Effect| {
        let all: Vec<&Evidence> = reading.evidence.iter().filter(|one| one.effect == effect).collect();
        let first = all.first().map(|one| place(page, one, map))?;
        Some(match all.len() {
            1 => first,
            more => format!("{first} and {} more", more - 1),
        })
    };
    match reading.verdict {
        GateVerdict::Allowed => who(Effect::Allow).into_iter().collect(),
        GateVerdict::Denied => {
            let denies = who(Effect::Deny).map(|who| format!("{who} denies"));
            let near = near::notes(page, reading, map);
            let note = reading.note.as_deref().filter(|note| !note.is_empty()).or_else(|| silence(reading));
            let why = near.first().map(String::as_str).or(note);
            match (denies, why) {
                (Some(denies), _) => vec![denies],
                (None, Some(why)) => {
                    let room = page.style().width.saturating_sub(width);
                    page.block(room, why).lines().map(|line| page.paint(Tint::Dim, line)).collect()
                }
                (None, None) => Vec::new(),
            }
        }
        GateVerdict::Conditional | GateVerdict::NotApplicable => {
            let mut lines = Vec::new();
            for evidence in &reading.evidence {
                lines.push(super::answer::speaker(page, evidence, map));
                let when = evidence.when.as_deref().map(|when| disjunction(page, when)).unwrap_or_default();
                lines.extend(when.into_iter().map(|line| page.paint(Tint::Dim, &format!("  {line}"))));
            }
            lines.extend(near::notes(page, reading, map).iter().map(|note| page.paint(Tint::Dim, note)));
            lines
        }
    }
}
