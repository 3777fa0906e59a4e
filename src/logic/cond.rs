use std::sync::Arc;

use super::{Truth, Unknown, UnknownKind};
use crate::name::{ConditionKey, Lookup, Wild};
use crate::operator::{Actual, Condition, Outcome, TestValue, Written};

/// How many parts one combination keeps.
const MOST_PARTS: usize = 1_000;

/// A test of one context key whose value is not known.
#[derive(Clone, Debug)]
pub struct KeyTest {
    pub key: ConditionKey,
    pub written: Written,
    /// Variables are put in already.
    pub values: Arc<[TestValue]>,
    /// The request this key belongs to, where the two requests of one read may hold different values.
    pub request: &'static str,
    pub domain: Domain,
    pub because: Unknown,
}

/// What a line of a condition block makes of a value, by the operators' own rules.
pub(super) fn apply(written: Written, values: &[TestValue], actual: Actual<'_>) -> Outcome {
    condition(written, values).apply(actual, &|_| Lookup::Absent)
}

/// What it makes of a key that is not there.
pub(super) fn missing(written: Written, values: &[TestValue]) -> Outcome {
    condition(written, values).missing()
}

/// What `Null` makes of a key that is there, or not.
pub(super) fn presence(written: Written, values: &[TestValue], present: bool) -> Outcome {
    condition(written, values).presence(present)
}

fn condition(written: Written, values: &[TestValue]) -> Condition<'_, TestValue> {
    let Written { quantifier, operator, if_exists } = written;
    Condition { operator, quantifier, if_exists, values }
}

impl KeyTest {
    /// The test on one value or none.
    pub fn apply(&self, actual: Actual<'_>) -> Outcome {
        apply(self.written, &self.values, actual)
    }

    /// Two lists of values that read alike mean alike under one operator.
    fn same_values(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.values, &other.values)
            || (self.values.len() == other.values.len()
                && self
                    .values
                    .iter()
                    .zip(&*other.values)
                    .all(|(a, b)| a.text() == b.text() && a.operand == b.operand))
    }
}

/// What is known of the values a key may hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Domain {
    /// Whether the key may be missing from the request.
    pub may_be_absent: bool,
    pub values: Values,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    Any,
    /// One of these.
    Among(Arc<[Box<str>]>),
    /// A set that holds these and perhaps others.
    AtLeast(Arc<[Box<str>]>),
    /// What fits a pattern of the question.
    Like(Arc<Wild>),
}

/// One thing an answer may depend on.
#[derive(Clone, Debug)]
pub enum Atom {
    Key(KeyTest),
    Opaque(Unknown),
}

impl Atom {
    pub fn unknown(&self) -> &Unknown {
        match self {
            Self::Key(test) => &test.because,
            Self::Opaque(unknown) => unknown,
        }
    }

    /// Two atoms that mean the same are the same, wherever they were written.
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Key(a), Self::Key(b)) => {
                a.key == b.key && a.written == b.written && a.request == b.request && a.same_values(b)
            }
            (Self::Opaque(a), Self::Opaque(b)) => a.kind == b.kind && a.name == b.name && a.why == b.why,
            (Self::Key(_), Self::Opaque(_)) | (Self::Opaque(_), Self::Key(_)) => false,
        }
    }
}

/// An atom that holds, or that does not.
#[derive(Clone, Debug)]
pub struct Literal {
    pub atom: Arc<Atom>,
    pub holds: bool,
}

impl PartialEq for Literal {
    fn eq(&self, other: &Self) -> bool {
        self.holds == other.holds && self.same_atom(other)
    }
}

impl Literal {
    fn same_atom(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.atom, &other.atom) || self.atom.same(&other.atom)
    }
}

/// A condition, with negation only at its leaves.
#[derive(Clone, Debug, PartialEq)]
pub enum Cond {
    Known(bool),
    Is(Literal),
    All(Arc<[Cond]>),
    Any(Arc<[Cond]>),
}

impl Cond {
    pub fn atom(atom: Atom) -> Self {
        Self::Is(Literal { atom: Arc::new(atom), holds: true })
    }

    /// Everything the condition depends on, each thing once, in the order it was met.
    pub fn atoms(&self) -> Vec<&Atom> {
        let mut out: Vec<&Atom> = Vec::new();
        let mut todo = vec![self];
        while let Some(cond) = todo.pop() {
            match cond {
                Self::Known(_) => {}
                Self::Is(literal) => {
                    if !out.iter().any(|a| a.same(&literal.atom)) {
                        out.push(&literal.atom);
                    }
                }
                Self::All(parts) | Self::Any(parts) => todo.extend(parts.iter().rev()),
            }
        }
        out
    }

    /// The value under an assignment of the atoms.
    pub fn value(&self, holds: &dyn Fn(&Atom) -> bool) -> bool {
        match self {
            Self::Known(b) => *b,
            Self::Is(literal) => holds(&literal.atom) == literal.holds,
            Self::All(parts) => parts.iter().all(|p| p.value(holds)),
            Self::Any(parts) => parts.iter().any(|p| p.value(holds)),
        }
    }

    /// The value in another logic, where `says` speaks for the atoms.
    pub fn read<T: Truth>(&self, says: &dyn Fn(&Atom) -> T) -> T {
        match self {
            Self::Known(b) => T::known(*b),
            Self::Is(literal) if literal.holds => says(&literal.atom),
            Self::Is(literal) => says(&literal.atom).not(),
            Self::All(parts) => parts.iter().fold(T::known(true), |all, p| all.and(p.read(says))),
            Self::Any(parts) => parts.iter().fold(T::known(false), |any, p| any.or(p.read(says))),
        }
    }

    /// The condition as alternatives, each a list of literals that must hold together; `None` past the budget.
    pub fn alternatives(&self, budget: usize) -> Option<Vec<Vec<Literal>>> {
        let mut all = match self {
            Self::Known(true) => vec![Vec::new()],
            Self::Known(false) => Vec::new(),
            Self::Is(literal) => vec![vec![literal.clone()]],
            Self::Any(parts) => {
                let mut out = Vec::new();
                for part in parts.iter() {
                    out.extend(part.alternatives(budget)?);
                    if out.len() > budget {
                        return None;
                    }
                }
                out
            }
            Self::All(parts) => {
                let mut out: Vec<Vec<Literal>> = vec![Vec::new()];
                for part in parts.iter() {
                    let right = part.alternatives(budget)?;
                    if out.len().saturating_mul(right.len()) > budget {
                        return None;
                    }
                    out = out.iter().flat_map(|left| right.iter().filter_map(|r| join(left, r))).collect();
                }
                out
            }
        };
        absorb(&mut all);
        Some(all)
    }

    fn combine(all: bool, left: Self, right: Self) -> Self {
        // The value that decides the combination, and the one that drops out of it.
        let decisive = !all;
        match (left, right) {
            (Self::Known(b), other) | (other, Self::Known(b)) => {
                if b == decisive {
                    Self::Known(b)
                } else {
                    other
                }
            }
            (left, right) => {
                // The left side is in order already; only what comes to it has to be compared.
                let mut kept = left.into_parts(all);
                for part in right.into_parts(all) {
                    if !Self::insert(all, &mut kept, part) {
                        return Self::Known(decisive);
                    }
                }
                Self::of_parts(all, kept)
            }
        }
    }

    fn into_parts(self, all: bool) -> Vec<Self> {
        match self {
            Self::All(parts) if all => parts.to_vec(),
            Self::Any(parts) if !all => parts.to_vec(),
            other @ (Self::Known(_) | Self::Is(_) | Self::All(_) | Self::Any(_)) => vec![other],
        }
    }

    /// Add one part; false when it contradicts another one.
    fn insert(all: bool, kept: &mut Vec<Self>, part: Self) -> bool {
        if kept.contains(&part) || part.swallowed_by(all, kept) {
            return true;
        }
        if let Self::Is(literal) = &part {
            let opposed = |k: &Self| matches!(k, Self::Is(other) if other.holds != literal.holds && other.same_atom(literal));
            if kept.iter().any(opposed) {
                return false;
            }
        }
        kept.retain(|k| !k.swallowed_by(all, std::slice::from_ref(&part)));
        kept.push(part);
        true
    }

    /// x and (x or y) is x; x or (x and y) is x.
    fn swallowed_by(&self, all: bool, others: &[Self]) -> bool {
        match self {
            Self::All(inner) if !all => inner.iter().any(|i| others.contains(i)),
            Self::Any(inner) if all => inner.iter().any(|i| others.contains(i)),
            Self::Known(_) | Self::Is(_) | Self::All(_) | Self::Any(_) => false,
        }
    }

    fn of_parts(all: bool, kept: Vec<Self>) -> Self {
        // Past the budget nothing is lost but the reason: the combination is open as a whole.
        if kept.len() > MOST_PARTS {
            return Self::atom(Atom::Opaque(Unknown::new(
                UnknownKind::TooComplex,
                "conditions",
                format!("more than {MOST_PARTS} conditions on keys that are not known decide together"),
            )));
        }
        let only = if kept.len() == 1 { kept.first().cloned() } else { None };
        match only {
            Some(only) => only,
            None if kept.is_empty() => Self::Known(all),
            None if all => Self::All(kept.into()),
            None => Self::Any(kept.into()),
        }
    }
}

/// Two lists of literals as one; none when they contradict each other.
fn join(left: &[Literal], right: &[Literal]) -> Option<Vec<Literal>> {
    let mut out = left.to_vec();
    for literal in right {
        match out.iter().find(|l| l.same_atom(literal)) {
            Some(l) if l.holds != literal.holds => return None,
            Some(_) => {}
            None => out.push(literal.clone()),
        }
    }
    Some(out)
}

/// Drop every alternative that asks for all that another one asks for, and more.
fn absorb(all: &mut Vec<Vec<Literal>>) {
    let mut kept: Vec<Vec<Literal>> = Vec::with_capacity(all.len());
    for candidate in std::mem::take(all) {
        if kept.iter().any(|k| k.iter().all(|l| candidate.contains(l))) {
            continue;
        }
        kept.retain(|k| !candidate.iter().all(|l| k.contains(l)));
        kept.push(candidate);
    }
    *all = kept;
}

impl Truth for Cond {
    fn known(value: bool) -> Self {
        Self::Known(value)
    }

    fn and(self, other: Self) -> Self {
        Self::combine(true, self, other)
    }

    fn or(self, other: Self) -> Self {
        Self::combine(false, self, other)
    }

    fn not(self) -> Self {
        match self {
            Self::Known(b) => Self::Known(!b),
            Self::Is(literal) => Self::Is(Literal { holds: !literal.holds, ..literal }),
            Self::All(parts) => Self::Any(parts.iter().cloned().map(Truth::not).collect()),
            Self::Any(parts) => Self::All(parts.iter().cloned().map(Truth::not).collect()),
        }
    }

    fn decided(&self) -> Option<bool> {
        if let Self::Known(b) = self { Some(*b) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn x(name: &'static str) -> Cond {
        Cond::atom(Atom::Opaque(Unknown::not_supplied(name, "test")))
    }

    #[test]
    fn contradictions_and_tautologies_fold() {
        assert_eq!(x("a").and(x("a").not()), Cond::Known(false));
        assert_eq!(x("a").or(x("b")).or(x("a").not()), Cond::Known(true));
        assert_eq!(x("a").and(x("a").or(x("b"))), x("a"));
        assert_eq!(x("a").or(x("a").and(x("b"))), x("a"));
    }

    #[test]
    fn alternatives_are_those_of_the_condition() {
        let cond = x("a").or(x("b")).and(x("c")).and(x("b").not());
        let alternatives = cond.alternatives(100).unwrap();
        assert_eq!(alternatives.len(), 1, "{alternatives:?}");
        assert!(x("a").or(x("b")).and(x("c").or(x("d"))).alternatives(3).is_none());
    }

    #[test]
    fn negation_is_exact() {
        let cond = x("a").and(x("b").or(x("c").not()));
        for bits in 0..8_u8 {
            let holds = |atom: &Atom| match &*atom.unknown().name {
                "a" => bits & 1 != 0,
                "b" => bits & 2 != 0,
                _ => bits & 4 != 0,
            };
            assert_eq!(cond.clone().not().value(&holds), !cond.value(&holds));
        }
    }
}
