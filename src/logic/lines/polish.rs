//! Values that a line need not name because the other lines of its key leave them out anyway.
//!
//! The classes of the question tell only whole lists apart. Here each value of the lines is a test of its own, so that
//! a list can be made shorter without changing what the lines say together.

use std::sync::Arc;

use super::Line;
use crate::logic::classes::{Class, Fit, ItemTest, Kind, classes};
use crate::logic::space::positive;
use crate::operator::{Family, Operator, Quantifier, TestValue};

/// How many values are looked at; longer lists stay as they are.
const MOST_VALUES: usize = 40;

/// One value of one line.
struct Named<'l> {
    line: usize,
    value: &'l TestValue,
}

/// The lines of one key without the values they do not need.
pub(super) fn polish(lines: Vec<Line>, within: Option<&TestValue>) -> Vec<Line> {
    let is_list = |l: &Line| {
        l.written.quantifier == Quantifier::One
            && matches!(l.written.operator.family, Family::String | Family::Arn | Family::IpAddress)
    };
    let named: Vec<Named<'_>> = lines
        .iter()
        .enumerate()
        .filter(|(_, l)| is_list(l))
        .flat_map(|(line, l)| l.values.iter().map(move |value| Named { line, value }))
        .collect();
    if lines.len() < 2 && named.len() < 2 || named.len() > MOST_VALUES {
        return lines;
    }
    let mut tests: Vec<ItemTest<'_>> = named
        .iter()
        .filter_map(|n| {
            let operator = positive(lines.get(n.line)?.written.operator);
            Some(ItemTest { operator, values: std::slice::from_ref(n.value) })
        })
        .collect();
    let like: &'static Operator = &crate::operator::STRING_LIKE;
    tests.extend(within.map(|w| ItemTest { operator: like, values: std::slice::from_ref(w) }));
    let Ok(mut found) = classes(&tests, Kind::Typed, false) else { return lines };
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
        out.push(Line { values, ..line.clone() });
    }
    out
}

/// Which values the lines cannot do without, the last ones tried first.
fn needed(lines: &[Line], named: &[Named<'_>], found: &[Class]) -> Vec<bool> {
    let mut needed = vec![true; named.len()];
    let says = |needed: &[bool]| -> Vec<bool> {
        let holds = |class: &Class| {
            lines.iter().enumerate().all(|(at, line)| {
                let mut own =
                    named.iter().zip(needed).zip(&class.fits).filter(|((n, _), _)| n.line == at).peekable();
                if own.peek().is_none() {
                    return true;
                }
                let fits = own.any(|((_, needed), fit)| *needed && *fit == Fit::Yes);
                fits != line.written.operator.negated
            })
        };
        found.iter().map(holds).collect()
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
        // A line that names nothing any more must be one that is not needed at all, which its absence decides too.
        let line = named.get(at).map(|n| n.line);
        let last = !named.iter().zip(&needed).any(|(n, needed)| *needed && Some(n.line) == line);
        let positive = line.and_then(|l| lines.get(l)).is_some_and(|l| !l.written.operator.negated);
        if (last && positive) || says(&needed) != whole {
            if let Some(slot) = needed.get_mut(at) {
                *slot = true;
            }
        }
    }
    needed
}
