//! Statements that were meant for a request and do not fit: the first sentence of an answer, and the place to look at.

use super::answer::{statement_name, within_policy};
use super::draw::View;
use super::excerpt::{self, Focus};
use super::page::{Page, Sign};
use crate::ask::near::{Miss, MissedElement, Near};
use crate::ask::{Answer, Denial, GateReading, Leg, Verdict};
use crate::report::wording::gate_name;
use crate::source::{SourceMap, Span};

/// Near misses of one gate that are told.
const TOLD: usize = 3;

/// The gates of the leg that is denied at which nothing allows the request, and which have to be opened.
fn shut(answer: &Answer) -> impl Iterator<Item = (&Leg, &GateReading)> {
    let denied = answer.verdict == Verdict::Denied && answer.denial == Some(Denial::Implicit);
    let legs = answer.legs.iter().filter(move |leg| denied && leg.verdict == Verdict::Denied);
    legs.flat_map(|leg| leg.shut().map(move |reading| (leg, reading)))
}

/// The sentence that names the statement to look at; none where no statement was meant for the request.
pub(super) fn lead(answer: &Answer, map: &SourceMap) -> Option<String> {
    let mut gates = shut(answer).peekable();
    let (leg, _) = gates.peek()?;
    let service = match leg.action.split(':').next() {
        Some("kms") => "KMS",
        Some("s3") => "S3",
        Some("sts") => "STS",
        Some(_) | None => "AWS",
    };
    let mut sentences = Vec::new();
    let mut found = false;
    for (leg, reading) in gates {
        sentences.push(match reading.near.first().filter(|near| near.leads()) {
            Some(near) => {
                found = true;
                format!("{} would allow {}, but {}", name(near, map), leg.action, why(near))
            }
            None => format!("no statement of the {} allows {}", gate_name(reading.gate, leg), leg.action),
        });
    }
    found.then(|| format!("{service} refuses: {}", sentences.join(". Also, ")))
}

/// `kms/lake.json:16 #Reader`.
pub(super) fn name(near: &Near, map: &SourceMap) -> String {
    let place = map.place(near.span);
    let called = map.called(near.span);
    let pointer = if called.is_some() { within_policy(&near.pointer) } else { &near.pointer };
    let statement = statement_name(near.sid.as_deref(), pointer);
    let called = called.map_or_else(String::new, |name| format!(" › {name}"));
    format!("{}:{}{called}{statement}", place.document, place.start.line)
}

fn why(near: &Near) -> String {
    near.misses.iter().map(|miss| miss.why.as_str()).collect::<Vec<_>>().join(", and ")
}

/// The lines of the values that do not fit, of the nearest statement of each gate.
pub(super) fn views(page: &Page, answer: &Answer, map: &SourceMap) -> Vec<View> {
    let nearest = shut(answer).filter_map(|(_, reading)| reading.near.first().filter(|near| near.leads()));
    nearest.filter_map(|near| view(page, near, map)).take(TOLD).collect()
}

fn view(page: &Page, near: &Near, map: &SourceMap) -> Option<View> {
    let texts: Vec<(Span, String)> = near.misses.iter().map(|miss| (miss.at, label(miss))).collect();
    let labels: Vec<(Span, &str)> = texts.iter().map(|(at, text)| (*at, text.as_str())).collect();
    let cut = |labels: &[(Span, &str)]| {
        excerpt::excerpt(page, map, Focus { frame: None, labels, pointer: &near.pointer })
    };
    let excerpt = cut(&labels).or_else(|| cut(labels.get(..1)?))?;
    Some(View::captioned(page, Sign::No, "this does not fit the request", excerpt))
}

/// What the request has in the place of a value.
fn label(miss: &Miss) -> String {
    let has = |values: &[String]| values.join(", ");
    match (miss.element, miss.request.as_deref()) {
        (MissedElement::Condition, Some([]) | None) => "absent from the request".to_owned(),
        (MissedElement::Condition, Some(values)) => format!("the request has {}", has(values)),
        (MissedElement::Principal, Some(values)) => format!("the request is made by {}", has(values)),
        (MissedElement::Action, Some(values)) => format!("the request is {}", has(values)),
        (MissedElement::Resource, Some(values)) => format!("the request is on {}", has(values)),
        (_, None) => "does not fit the request".to_owned(),
    }
}

/// What to say of a gate's near misses in the list of gates: how many there are, or what each is where all is shown.
pub(super) fn notes(page: &Page, reading: &GateReading, map: &SourceMap) -> Vec<String> {
    let near = || reading.near.iter().take(TOLD);
    if page.style().verbose {
        return near().map(|near| format!("{} does not fit: {}", name(near, map), why(near))).collect();
    }
    match near().filter(|near| near.leads()).count() {
        0 => Vec::new(),
        1 => vec!["1 near miss".to_owned()],
        several => vec![format!("{several} near misses")],
    }
}
