//! Values that a line need not name because the other lines of its key leave them out anyway.
//!
//! The classes of the question tell only whole lists apart. Here each value of the lines is a test of its own, so that
//! a list can be made shorter without changing what the lines say together.

use std::rc::Rc;
use std::sync::Arc;

use super::CandidateLine;
use crate::logic::classes::{Class, Fit, ItemTest, TextKind, classes};
use crate::operator::{Family, Operator, Quantifier, TestValue};

/// How many values are looked at; longer lists stay as they are.
const MOST_VALUES: usize = 40;

/// Patterns with a star in the middle overlap in as many ways as there are sets of them.
const MOST_PATTERNS: usize = 8;

/// One value of one line.
struct NamedLines<'l> {
    line: usize,
    value: &'l TestValue,
}

/// The lines of one key without the values they do not need.
pub(super) fn polish(lines: Vec<Rc<CandidateLine>>, within: Option<&TestValue>) -> Vec<Rc<CandidateLine>> {
    let is_list = |l: &CandidateLine| {
        l.written.quantifier == Quantifier::One
            && matches!(l.written.operator.family, Family::String | Family::Arn | Family::IpAddress)
    };
    // One list of literals cannot be shorter.
    let overlaps = |l: &&Rc<CandidateLine>| {
        l.values.len() > 1 && l.values.iter().any(|v| v.text().contains(['*', '?', '/']))
    };
    let lists = || lines.iter().filter(|l| is_list(l));
    if lists().count() < 2 && !lists().any(|l| overlaps(&l)) {
        return lines;
    }
    let named: Vec<NamedLines<'_>> = lines
        .iter()
        .enumerate()
        .filter(|(_, l)| is_list(l))
        .flat_map(|(line, l)| l.values.iter().map(move |value| NamedLines { line, value }))
        .collect();
    let inner = |n: &&NamedLines<'_>| n.value.text().trim_end_matches('*').contains(['*', '?']);
    if named.len() > MOST_VALUES || named.iter().filter(inner).count() > MOST_PATTERNS {
        return lines;
    }
    let mut tests: Vec<ItemTest<'_>> = named
        .iter()
        .filter_map(|n| {
            let operator = lines.get(n.line)?.written.operator.positive();
            Some(ItemTest { operator, values: std::slice::from_ref(n.value) })
        })
        .collect();
    let like: &'static Operator = &crate::operator::STRING_LIKE;
    tests.extend(within.map(|w| ItemTest { operator: like, values: std::slice::from_ref(w) }));
    let Ok(mut found) = classes(&tests, TextKind::Typed, false) else { return lines };
    if within.is_some() {
        found.retain(|c| c.fits.last() == Some(&Fit::Yes));
    }
    let needed = needed(&lines, &named, &found);
    let mut out = Vec::with_capacity(lines.len());
    for (at, line) in lines.iter().enumerate() {
        let mut kept: Vec<TestValue> = Vec::new();
        for (named, needed) in named.iter().zip(&needed) {
            if named.line == at && *needed {
                kept.push(named.value.clone());
            }
        }
        if is_list(line) && kept.is_empty() {
            continue;
        }
        let values: Arc<[TestValue]> = if is_list(line) { kept.into() } else { Arc::clone(&line.values) };
        out.push(Rc::new(CandidateLine { values, ..CandidateLine::clone(line) }));
    }
    out
}

/// Which values the lines cannot do without, the last ones tried first.
fn needed(lines: &[Rc<CandidateLine>], named: &[NamedLines<'_>], found: &[Class]) -> Vec<bool> {
    let mut needed = vec![true; named.len()];
    // What the lines say of each class and, last, of a key that is missing. A line without values is no line.
    let says = |needed: &[bool]| -> Vec<bool> {
        let own = |at: usize| named.iter().zip(needed).enumerate().filter(move |(_, (n, _))| n.line == at);
        let is_left = |at: usize| own(at).any(|(_, (_, needed))| *needed);
        let holds = |class: &Class| {
            lines.iter().enumerate().all(|(at, line)| {
                let fits = |(value, (_, needed)): (usize, (&NamedLines<'_>, &bool))| {
                    *needed && class.fits.get(value) == Some(&Fit::Yes)
                };
                !is_left(at) || own(at).any(fits) != line.written.operator.negated
            })
        };
        let lets_absence = |(at, line): (usize, &Rc<CandidateLine>)| {
            !is_left(at) || line.written.if_exists || line.written.operator.negated
        };
        found.iter().map(holds).chain([lines.iter().enumerate().all(lets_absence)]).collect()
    };
    let whole = says(&needed);
    // Twice: what one list no longer names another need not leave out.
    for at in (0..named.len()).rev().chain((0..named.len()).rev()) {
        if needed.get(at) == Some(&false) {
            continue;
        }
        if let Some(slot) = needed.get_mut(at) {
            *slot = false;
        }
        if says(&needed) != whole
            && let Some(slot) = needed.get_mut(at)
        {
            *slot = true;
        }
    }
    needed
}
