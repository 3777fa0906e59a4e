//! One condition against what the request holds: quantifiers, `IfExists`, missing and empty keys.

use super::{Comparison, Family, Operand, Operator, Quantifier};
use crate::name::{ArnPattern, ConditionKey, Lookup};

/// What a request holds for one key.
#[derive(Copy, Clone, Debug)]
pub enum Actual<'a> {
    /// The request does not have the key.
    Absent,
    /// The request has the key.
    Values {
        /// Its values.
        items: &'a [Box<str>],
        /// The key is a set, so an operator without a set prefix is not defined for it (R43).
        multivalued: bool,
    },
}

/// One line of a condition block: an operator and the values of one key.
#[derive(Copy, Clone, Debug)]
pub struct Condition<'a, V> {
    /// The operator without prefix and suffix.
    pub operator: &'static Operator,
    /// The set prefix, where there is one.
    pub quantifier: Quantifier,
    /// Whether the operator ends in `IfExists`.
    pub if_exists: bool,
    /// The values it compares with.
    pub values: &'a [V],
}

/// What became of a condition.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// It is not known.
    Open(Open),
}

/// Why a condition could not be decided.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Open {
    /// A policy variable stands for a key that is not known.
    Variable,
    /// A comparison with a value that does not fit the operator (R39).
    Mistyped,
    /// A set compared without `ForAllValues` or `ForAnyValue` (R43).
    Multivalued,
}

impl From<bool> for Outcome {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

impl<V: AsRef<Operand>> Condition<'_, V> {
    /// Decide the condition (R33, R35, R40–R43).
    pub fn apply<'l>(&self, actual: Actual<'_>, lookup: &dyn Fn(&ConditionKey) -> Lookup<'l>) -> Outcome {
        if self.operator.family == Family::Null {
            // An empty string is null too (R41).
            return self.presence(
                matches!(actual, Actual::Values { items, .. } if items.iter().any(|i| !i.is_empty())),
            );
        }
        let (items, multivalued) = match actual {
            Actual::Absent => return self.missing(),
            Actual::Values { items: [], .. } => return self.missing(),
            Actual::Values { items, multivalued } => (items, multivalued),
        };
        match self.quantifier {
            Quantifier::One => match items {
                [only] if !multivalued => self.single(only, lookup),
                _ => Outcome::Open(Open::Multivalued),
            },
            // An empty string counts as no value at all here (R41).
            Quantifier::All | Quantifier::Any if items.iter().all(|i| i.is_empty()) => {
                Outcome::from(self.quantifier == Quantifier::All)
            }
            Quantifier::All => self.over(items, lookup, Outcome::False),
            Quantifier::Any => self.over(items, lookup, Outcome::True),
        }
    }

    /// `Null`: the only operator that asks whether the key is there.
    pub fn presence(&self, present: bool) -> Outcome {
        let holds = |operand: &Operand| self.values.iter().any(|v| v.as_ref() == operand);
        match self.quantifier {
            // Nothing to range over: all of it fits, and none does.
            Quantifier::All if !present => Outcome::True,
            Quantifier::Any if !present => Outcome::False,
            Quantifier::All | Quantifier::Any | Quantifier::One if holds(&Operand::Flag(!present)) => {
                Outcome::True
            }
            Quantifier::All | Quantifier::Any | Quantifier::One if holds(&Operand::Symbol) => {
                Outcome::Open(Open::Variable)
            }
            Quantifier::All | Quantifier::Any | Quantifier::One => Outcome::False,
        }
    }

    /// The key is not in the request, or holds nothing.
    pub fn missing(&self) -> Outcome {
        Outcome::from(match self.quantifier {
            Quantifier::All => true,
            Quantifier::Any => self.if_exists,
            Quantifier::One => self.if_exists || self.operator.negated,
        })
    }

    /// Fold over the values of the request, stopping at the outcome that decides.
    fn over<'l>(
        &self,
        items: &[Box<str>],
        lookup: &dyn Fn(&ConditionKey) -> Lookup<'l>,
        decisive: Outcome,
    ) -> Outcome {
        let mut open = None;
        for item in items {
            match self.single(item, lookup) {
                outcome if outcome == decisive => return decisive,
                Outcome::Open(why) => open = Some(why),
                Outcome::True | Outcome::False => {}
            }
        }
        open.map_or_else(|| Outcome::from(decisive == Outcome::False), Outcome::Open)
    }

    fn single<'l>(&self, item: &str, lookup: &dyn Fn(&ConditionKey) -> Lookup<'l>) -> Outcome {
        let mut open = None;
        for value in self.values {
            if *value.as_ref() == Operand::Symbol {
                open = Some(Open::Variable);
                continue;
            }
            match (self.operator.compare)(value.as_ref(), item, lookup) {
                Comparison::Yes => return Outcome::from(!self.operator.negated),
                Comparison::No => {}
                Comparison::Open => open = Some(Open::Variable),
                // Six parts are compared with six parts, so what has fewer is like no whole pattern (R37).
                Comparison::Mistyped if !self.operator.negated && is_no_arn(value.as_ref(), item) => {}
                // No page says what becomes of a value that the operator cannot read (R39).
                Comparison::Mistyped => open = Some(Open::Mistyped),
            }
        }
        open.map_or_else(|| Outcome::from(self.operator.negated), Outcome::Open)
    }
}

/// A value of a request that is no ARN, compared with a whole pattern of one.
fn is_no_arn(operand: &Operand, item: &str) -> bool {
    operand.as_arn().is_some_and(ArnPattern::is_complete) && item.splitn(6, ':').count() < 6
}
