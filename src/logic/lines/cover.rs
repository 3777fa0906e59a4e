//! The room a key has, in as few lines as it takes.

use std::rc::Rc;
use std::sync::Arc;

use super::candidates::{line, plain};
use super::{CandidateLine, Topic};
use crate::logic::diagram::Diagrams;
use crate::logic::space::Space;
use crate::logic::{Atom, TooComplex};
use crate::operator::{Family, Operand, Operator, STRING_EQUALS, TestValue, Written};

/// How many lines are tried in pairs.
const MOST_PAIRED: usize = 80;

/// Lines that hold for the value `point` and for no value outside `room`, for as much of it as can be.
pub(super) fn express(
    space: &mut Space,
    diagrams: &mut Diagrams,
    topic: &Topic,
    room: &[bool],
    point: usize,
) -> Result<Option<Vec<Rc<CandidateLine>>>, TooComplex> {
    let exact = topic.menu.iter().filter(|l| l.holds == room).min_by_key(|l| l.price);
    if let Some(one) = exact {
        return Ok(Some(vec![Rc::clone(one)]));
    }
    let mut lines: Vec<Rc<CandidateLine>> = topic.menu.clone();
    lines.extend(merged(space, diagrams, topic, room)?);
    lines.retain(|l| l.holds.get(point) == Some(&true));
    lines.sort_by_key(|l| l.price);
    if let Some(one) = lines.iter().find(|l| l.holds == room) {
        return Ok(Some(vec![one.clone()]));
    }
    Ok(pair(&lines, room).or_else(|| several(&lines, room)))
}

/// Two lines that together say exactly what is wanted.
fn pair(lines: &[Rc<CandidateLine>], room: &[bool]) -> Option<Vec<Rc<CandidateLine>>> {
    let useful: Vec<&Rc<CandidateLine>> =
        lines.iter().filter(|l| contains(&l.holds, room)).take(MOST_PAIRED).collect();
    let mut best: Option<(usize, [&Rc<CandidateLine>; 2])> = None;
    for (at, a) in useful.iter().enumerate() {
        for b in useful.iter().skip(at + 1) {
            let price = a.price + b.price;
            let exact = a.holds.iter().zip(&b.holds).zip(room).all(|((a, b), r)| (*a && *b) == *r);
            if exact && best.is_none_or(|(least, _)| price < least) {
                best = Some((price, [a, b]));
            }
        }
    }
    best.map(|(_, pair)| pair.into_iter().cloned().collect())
}

/// As many lines as it takes: first those that leave the whole room, then those that leave most of it.
fn several(lines: &[Rc<CandidateLine>], room: &[bool]) -> Option<Vec<Rc<CandidateLine>>> {
    let mut left: Vec<bool> = vec![true; room.len()];
    let mut taken: Vec<&Rc<CandidateLine>> = Vec::new();
    for line in lines.iter().filter(|l| contains(&l.holds, room)) {
        take(line, &mut left, &mut taken);
    }
    while !contains(room, &left) {
        let kept = |l: &CandidateLine| {
            l.holds.iter().zip(&left).zip(room).filter(|((h, l), r)| **h && **l && **r).count()
        };
        let narrows =
            |l: &&Rc<CandidateLine>| l.holds.iter().zip(&left).zip(room).any(|((h, l), r)| !*h && *l && !*r);
        let best = lines.iter().filter(narrows).max_by_key(|l| (kept(l), std::cmp::Reverse(l.price)))?;
        take(best, &mut left, &mut taken);
    }
    Some(taken.into_iter().cloned().collect())
}

fn take<'l>(line: &'l Rc<CandidateLine>, left: &mut [bool], taken: &mut Vec<&'l Rc<CandidateLine>>) {
    if line.holds.iter().zip(left.iter()).any(|(h, l)| !*h && *l) {
        left.iter_mut().zip(&line.holds).for_each(|(l, h)| *l &= h);
        taken.push(line);
    }
}

/// Whether one set of values holds all of another.
fn contains(outer: &[bool], inner: &[bool]) -> bool {
    outer.iter().zip(inner).all(|(o, i)| *o || !*i)
}

/// Lines of several tests at once: `StringEquals [a]` or `StringEquals [b]` is `StringEquals [a, b]`.
fn merged(
    space: &mut Space,
    diagrams: &mut Diagrams,
    topic: &Topic,
    room: &[bool],
) -> Result<Vec<Rc<CandidateLine>>, TooComplex> {
    // The tests as they compare values, each once, and where they fit.
    let mut tests: Vec<&CandidateLine> = Vec::new();
    for line in &topic.menu {
        let compares =
            line.written == plain(line.written.operator.positive()) && mergeable(line.written.operator);
        if compares {
            tests.push(line);
        }
    }
    let inside: Vec<&CandidateLine> = tests.iter().copied().filter(|l| contains(room, &l.holds)).collect();
    let outside: Vec<&CandidateLine> =
        tests.iter().copied().filter(|l| !l.holds.iter().zip(room).any(|(h, r)| *h && *r)).collect();
    let mut wanted: Vec<(&'static Operator, Vec<TestValue>)> = Vec::new();
    for (list, negated) in [(&inside, false), (&outside, true)] {
        for operator in operators(list) {
            let mut values: Vec<TestValue> = Vec::new();
            let mut covered = vec![false; room.len()];
            for line in list.iter().filter(|l| fits_in(l.written.operator, operator)) {
                // Only what adds something.
                if line.holds.iter().zip(&covered).any(|(h, c)| *h && !*c) {
                    covered.iter_mut().zip(&line.holds).for_each(|(c, h)| *c |= h);
                    values.extend(line.values.iter().cloned());
                }
            }
            let operator = if negated { operator.reverse() } else { Some(operator) };
            wanted.extend(operator.map(|o| (o, values)));
        }
    }
    let values = literals_inside(space, topic, room);
    if !values.is_empty() {
        wanted.push((&STRING_EQUALS, values));
    }
    let mut out = Vec::new();
    for (operator, values) in wanted {
        if values.is_empty() {
            continue;
        }
        let values: Arc<[TestValue]> = values.into();
        for if_exists in [false, true] {
            if !(if_exists && operator.negated) {
                let written = Written { if_exists, ..plain(operator) };
                out.extend(line(space, diagrams, topic.key, written, Arc::clone(&values))?);
            }
        }
    }
    Ok(out)
}

/// Operators whose values are alternatives in both directions.
fn mergeable(operator: &Operator) -> bool {
    match operator.family {
        Family::String | Family::Arn | Family::IpAddress => !operator.negated,
        Family::Numeric | Family::Date => {
            operator.name.ends_with("Equals") && !operator.name.contains("Than")
        }
        Family::Binary | Family::Bool | Family::Null => false,
    }
}

/// The operators that some tests can be written under together.
fn operators(list: &[&CandidateLine]) -> Vec<&'static Operator> {
    let mut out: Vec<&'static Operator> = Vec::new();
    for line in list {
        let operator = line.written.operator;
        if !out.iter().any(|o| std::ptr::eq(*o, operator)) {
            out.push(operator);
        }
    }
    out
}

/// Whether values of one operator can stand under another: a literal is a pattern too.
fn fits_in(own: &'static Operator, other: &'static Operator) -> bool {
    std::ptr::eq(own, other) || (own.name == "StringEquals" && other.name == "StringLike")
}

/// The literals of a list that are in the room, where the whole room is some of that list.
fn literals_inside(space: &Space, topic: &Topic, room: &[bool]) -> Vec<TestValue> {
    let Some(key) = space.keys.get(topic.key) else { return Vec::new() };
    let [group] = key.groups.as_slice() else { return Vec::new() };
    let is_list = |l: &&Rc<CandidateLine>| {
        l.written == plain(&STRING_EQUALS)
            && l.holds.iter().zip(room).zip(&group.values).all(|((h, r), v)| *h || !*r || v.is_none())
    };
    let Some(list) = topic.menu.iter().find(is_list) else { return Vec::new() };
    let in_room = |value: &&TestValue| {
        let Operand::Text(wild) = &value.operand else { return false };
        let text = wild.as_str();
        let row = |of: &str| -> Vec<bool> {
            key.tests
                .iter()
                .map(|t| match &**t {
                    Atom::Key(test) => {
                        crate::logic::space::says(&key.name, test.written, &test.values, Some(of))
                            == crate::logic::space::Says::Known(true)
                    }
                    Atom::Opaque(_) => false,
                })
                .collect()
        };
        let own = row(text);
        let class = group.values.iter().position(|v| v.as_deref().is_some_and(|v| row(v) == own));
        class.is_some_and(|c| room.get(c) == Some(&true))
    };
    list.values.iter().filter(in_room).cloned().collect()
}
