//! What an answer rests on, as a list to walk along.

use crate::ask::{Answer, Change, Fix, GateVerdict, Leg};
use crate::policy::Effect;
use crate::source::{SourceMap, Span};

/// More lines of one text are left out.
const MOST_LINES: u32 = 24;

/// Something that `open` shows.
pub(super) struct Item {
    pub(super) text: String,
    pub(super) at: Option<Span>,
}

fn place(at: Span, map: &SourceMap) -> String {
    let place = map.place(at);
    format!("{}:{}", place.path(), place.start.line)
}

/// The statements behind each gate of the legs whose action has a text in it.
pub(super) fn of_answer(answer: &Answer, action: &str, map: &SourceMap) -> Vec<Item> {
    let wanted = |leg: &&Leg| leg.action.to_ascii_lowercase().contains(&action.to_ascii_lowercase());
    answer.legs.iter().filter(wanted).flat_map(|leg| of_leg(leg, map)).collect()
}

fn of_leg(leg: &Leg, map: &SourceMap) -> Vec<Item> {
    let mut items = Vec::new();
    for gate in leg.gates.iter().filter(|gate| gate.verdict != GateVerdict::NotApplicable) {
        let start = format!("{}  {}  {}", leg.action, gate.gate.as_str(), gate.verdict.as_str());
        let before = items.len();
        for evidence in &gate.evidence {
            let sid = evidence.sid.as_deref().map_or_else(String::new, |sid| format!(" #{sid}"));
            let text = format!("{start}  {}{sid}  {}", place(evidence.span, map), effect(evidence.effect));
            items.push(Item { text, at: Some(evidence.span) });
        }
        for near in &gate.near {
            let sid = near.sid.as_deref().map_or_else(String::new, |sid| format!(" #{sid}"));
            for miss in &near.misses {
                let text = format!("{start}  {}{sid}  near miss: {}", place(miss.at, map), miss.why);
                items.push(Item { text, at: Some(near.span) });
            }
        }
        if items.len() == before {
            let note = gate.note.as_deref().unwrap_or("no statement speaks");
            items.push(Item { text: format!("{start}  {note}"), at: None });
        }
    }
    items
}

fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Allow => "allows",
        Effect::Deny => "denies",
    }
}

/// The changes that an answer proposes.
pub(super) fn of_fixes(fixes: &[Fix], map: &SourceMap) -> Vec<Item> {
    let shown = |fix: &Fix| {
        let what = match &fix.change {
            Change::Add(_) => "a statement more",
            Change::Replace { .. } => "another statement",
            Change::Create { .. } => "a new document",
            Change::Elsewhere => "elsewhere",
        };
        let where_ = fix.document.map_or_else(|| fix.document_name.clone(), |at| place(at, map));
        let after = match (fix.after, fix.opens.as_deref()) {
            (Some(after), Some([])) => format!("; {} after it, opens nothing else", after.as_str()),
            (Some(after), _) => format!("; {} after it", after.as_str()),
            (None, _) => String::new(),
        };
        Item { text: format!("{where_}  {what}: {}{after}", fix.why), at: fix.document }
    };
    fixes.iter().map(shown).collect()
}

/// The text at a place, with the numbers of its lines.
pub(super) fn excerpt(at: Span, map: &SourceMap) -> String {
    let host = map.host(at);
    let place = map.place(at);
    let text = map.source_text(host.source).map_or("", |text| text);
    let (from, to) = (place.start.line, place.end.line);
    let mut out = format!("{}:{from}\n", place.path());
    for (number, line) in (1..).zip(text.lines()).skip(from.saturating_sub(1) as usize) {
        if number > to {
            break;
        }
        if number >= from + MOST_LINES {
            out.push_str(&format!("      … {} lines more\n", to - number + 1));
            break;
        }
        out.push_str(&format!("{number:>5} │ {line}\n"));
    }
    out
}
