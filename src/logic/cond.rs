use std::sync::Arc;

use super::{Truth, Unknown, UnknownKind};
use crate::name::{ConditionKey, Lookup, Wild};
use crate::operator::{Actual, Condition, Family, Outcome, Quantifier, TestValue, Written};

/// How many parts one combination keeps.
const MOST_PARTS: usize = 1_000;

/// How many values one test gathers from several.
const MOST_VALUES: usize = 1_000;

/// A test of one context key whose value is not known.
#[derive(Clone, Debug)]
pub struct KeyTest {
    /// The condition key.
    pub key: ConditionKey,
    /// The test as the policy has it.
    pub written: Written,
    /// Variables are put in already.
    pub values: Arc<[TestValue]>,
    /// The request this key belongs to, where the two requests of one read may hold different values.
    pub request: &'static str,
    /// What is known of the values of the key.
    pub domain: Domain,
    /// Why the key is open.
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
    /// The values it may hold.
    pub values: DomainValues,
}

/// The values a key may hold, where it is there.
#[derive(Clone, Debug, PartialEq)]
pub enum DomainValues {
    /// Anything.
    Any,
    /// One of these.
    OneOf(Arc<[Box<str>]>),
    /// A set that holds these and perhaps others.
    Superset(Arc<[Box<str>]>),
    /// What fits a pattern of the question.
    Matching(Arc<Wild>),
}

/// One thing an answer may depend on.
#[derive(Clone, Debug)]
pub enum Atom {
    /// A test of a condition key.
    Key(KeyTest),
    /// Something of which only the reason is known.
    Opaque(Unknown),
}

impl Atom {
    /// Why it is not known.
    pub fn unknown(&self) -> &Unknown {
        match self {
            Self::Key(test) => &test.because,
            Self::Opaque(unknown) => unknown,
        }
    }

    /// Whether the keys of two tests may hold the same values.
    fn may_hold_the_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Key(a), Self::Key(b)) => a.domain == b.domain,
            (Self::Opaque(_), Self::Opaque(_)) => true,
            (Self::Key(_), Self::Opaque(_)) | (Self::Opaque(_), Self::Key(_)) => false,
        }
    }

    /// Two atoms that mean the same are the same, wherever they were written.
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Key(a), Self::Key(b)) => {
                a.key == b.key && a.written == b.written && a.request == b.request && a.same_values(b)
            }
            // What was given up as too complex says nothing of what it was.
            (Self::Opaque(a), Self::Opaque(_)) if a.kind == UnknownKind::TooComplex => {
                std::ptr::eq(self, other)
            }
            (Self::Opaque(a), Self::Opaque(b)) => a.is_same(b),
            (Self::Key(_), Self::Opaque(_)) | (Self::Opaque(_), Self::Key(_)) => false,
        }
    }
}

/// An atom that holds, or that does not.
#[derive(Clone, Debug)]
pub struct Literal {
    /// What it is about.
    pub atom: Arc<Atom>,
    /// Whether the atom holds or does not.
    pub holds: bool,
}

impl PartialEq for Literal {
    fn eq(&self, other: &Self) -> bool {
        self.holds == other.holds && self.same_atom(other)
    }
}

impl Literal {
    /// Two tests of one key in one list as one test with the values of both: `StringLike [a]` or `StringLike [b]` is
    /// `StringLike [a, b]`, and of “not” the same holds for “and”. Long lists of Denies on one key stay one test.
    fn union(&self, other: &Self, all: bool) -> Option<Self> {
        let (Atom::Key(a), Atom::Key(b)) = (&*self.atom, &*other.atom) else { return None };
        let same_line = a.written == b.written && a.key == b.key && a.request == b.request;
        if !same_line || self.holds != other.holds || a.domain != b.domain {
            return None;
        }
        let written = a.written;
        let fits = match (written.operator.negated, written.quantifier) {
            _ if written.operator.family == Family::Null => false,
            (false, Quantifier::One | Quantifier::Any) => all != self.holds,
            (true, Quantifier::One | Quantifier::All) => all == self.holds,
            (false, Quantifier::All) | (true, Quantifier::Any) => false,
        };
        if !fits || a.values.len() + b.values.len() > MOST_VALUES {
            return None;
        }
        let values = a.values.iter().chain(&*b.values).cloned().collect();
        let test = KeyTest { values, ..a.clone() };
        Some(Self { atom: Arc::new(Atom::Key(test)), holds: self.holds })
    }

    fn same_atom(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.atom, &other.atom) || self.atom.same(&other.atom)
    }
}

/// A condition, with negation only at its leaves.
#[derive(Clone, Debug, PartialEq)]
pub enum Cond {
    /// It always or never holds.
    Known(bool),
    /// It holds when the literal does.
    Is(Literal),
    /// It holds when all of them do.
    All(Arc<[Cond]>),
    /// It holds when one of them does.
    Any(Arc<[Cond]>),
}

impl Cond {
    /// The formula that is one atom.
    pub fn atom(atom: Atom) -> Self {
        Self::Is(Literal { atom: Arc::new(atom), holds: true })
    }

    /// Whether it is built like another one of the same atoms, whose keys may hold the same values. Equal conditions compare
    /// what the tests say, and not which values their keys may hold.
    pub(crate) fn is_built_like(&self, other: &Self) -> bool {
        let all = |these: &Arc<[Self]>, those: &Arc<[Self]>| {
            Arc::ptr_eq(these, those)
                || (these.len() == those.len() && these.iter().zip(&**those).all(|(a, b)| a.is_built_like(b)))
        };
        match (self, other) {
            (Self::Known(a), Self::Known(b)) => a == b,
            (Self::Is(a), Self::Is(b)) => a == b && a.atom.may_hold_the_same(&b.atom),
            (Self::All(a), Self::All(b)) | (Self::Any(a), Self::Any(b)) => all(a, b),
            (Self::Known(_) | Self::Is(_) | Self::All(_) | Self::Any(_), _) => false,
        }
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
            let merged = kept.iter().enumerate().find_map(|(at, k)| match k {
                Self::Is(other) => Some((at, other.union(literal, all)?)),
                Self::Known(_) | Self::All(_) | Self::Any(_) => None,
            });
            if let Some((at, merged)) = merged {
                kept.remove(at);
                return Self::insert(all, kept, Self::Is(merged));
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
    use std::borrow::Cow;

    use super::*;

    fn x(name: &'static str) -> Cond {
        Cond::atom(Atom::Opaque(Unknown::undocumented(name, "test")))
    }

    #[test]
    fn contradictions_and_tautologies_fold() {
        assert_eq!(x("a").and(x("a").not()), Cond::Known(false));
        assert_eq!(x("a").or(x("b")).or(x("a").not()), Cond::Known(true));
        assert_eq!(x("a").and(x("a").or(x("b"))), x("a"));
        assert_eq!(x("a").or(x("a").and(x("b"))), x("a"));
    }

    #[test]
    fn what_was_too_complex_is_not_the_same_twice() {
        let many = |start: usize| {
            let name = |n: usize| Cow::Owned(format!("{}", start + n));
            let parts =
                (0..=MOST_PARTS).map(|n| Cond::atom(Atom::Opaque(Unknown::undocumented(name(n), "test"))));
            parts.fold(Cond::Known(true), Truth::and)
        };
        let (a, b) = (many(0), many(5_000));
        assert!(matches!(a.clone().and(b.not()), Cond::All(_)));
        assert_eq!(a.clone().and(a.not()), Cond::Known(false));
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
