//! Values of which only the start is known: the ARN of an object whose key the question leaves open, the user id of
//! a session whose name nobody told. What follows the start is a variable of its own, and a pattern over the whole
//! becomes a pattern over that.

use std::sync::Arc;

use super::Evaluation;
use crate::logic::{Atom, Domain, DomainValues, KeyTest, Truth, Unknown};
use crate::name::{ConditionKey, Wild, fold_eq};
use crate::operator::{Family, Operand, Quantifier, TestValue, Written};
use crate::source::Span;

/// A known start, and what may follow it.
#[derive(Clone, Debug)]
pub struct KnownPrefix {
    /// The known start.
    pub known: Box<str>,
    /// What follows it.
    pub rest: Arc<Rest>,
}

/// The part of a value that is left open.
#[derive(Debug)]
pub struct Rest {
    /// The name the part goes by in conditions.
    pub key: ConditionKey,
    /// The pattern it fits.
    pub like: Arc<Wild>,
    /// The request it belongs to, empty for all.
    pub request: &'static str,
    /// Why it is left open.
    pub because: Unknown,
}

impl Rest {
    /// A value that starts like this.
    pub fn below(self: &Arc<Self>, known: impl Into<Box<str>>) -> KnownPrefix {
        KnownPrefix { known: known.into(), rest: Arc::clone(self) }
    }
}

impl KnownPrefix {
    /// Whether the rest fits one of these patterns.
    pub fn fits<'a, W: Evaluation<'a>>(&self, world: &mut W, rests: Vec<Wild>, at: Span) -> W::T {
        self.compare(world, "StringLike", rests.into_iter().map(Operand::Text).collect(), at)
    }

    /// Whether the rest is this text.
    pub(super) fn is<'a, W: Evaluation<'a>>(&self, world: &mut W, text: &str, at: Span) -> W::T {
        match text.strip_prefix(&*self.known) {
            Some(rest) => {
                let wanted = vec![Operand::Text(Wild::literal(rest, false))];
                self.compare(world, "StringEquals", wanted, at)
            }
            None => W::T::known(false),
        }
    }

    /// Whether the whole value fits one operand of a test; `None` where AWS does not say.
    pub(super) fn meets<'a, W: Evaluation<'a>>(
        &self,
        world: &mut W,
        written: Written,
        operands: &[Operand],
        at: Span,
    ) -> Option<W::T> {
        let known = &*self.known;
        let (name, rests): (&str, Vec<Operand>) = match written.operator.family {
            Family::Arn if known.splitn(6, ':').count() == 6 => {
                let behind =
                    |o: &Operand| o.as_arn().map(|pattern| pattern.behind(known)).unwrap_or_default();
                ("StringLike", operands.iter().flat_map(behind).map(Operand::Text).collect())
            }
            Family::String => {
                let folds = written.operator.name.ends_with("IgnoreCase");
                let behind = |o: &Operand| match o.as_text() {
                    Some(wild) if folds => folded_behind(wild, known).into_iter().collect(),
                    Some(wild) => wild.behind(known),
                    None => Vec::new(),
                };
                let positive = written.operator.positive().name;
                (positive, operands.iter().flat_map(behind).map(Operand::Text).collect())
            }
            // A text that is neither a number nor a date, address, flag or ARN (R39).
            Family::Arn
            | Family::Binary
            | Family::Bool
            | Family::Date
            | Family::IpAddress
            | Family::Null
            | Family::Numeric => {
                return (!written.operator.negated).then(|| W::T::known(false));
            }
        };
        let fits = self.compare(world, name, rests, at);
        Some(if written.operator.negated { fits.not() } else { fits })
    }

    fn compare<'a, W: Evaluation<'a>>(
        &self,
        world: &mut W,
        operator: &str,
        operands: Vec<Operand>,
        at: Span,
    ) -> W::T {
        let mut distinct: Vec<Operand> = Vec::with_capacity(operands.len());
        for operand in operands {
            if !distinct.contains(&operand) {
                distinct.push(operand);
            }
        }
        let operands = distinct;
        let everything = |o: &Operand| matches!(o, Operand::Text(wild) if wild.is_everything());
        if operands.iter().any(everything) {
            return W::T::known(true);
        }
        let Some(written) = Written::parse(operator).filter(|_| !operands.is_empty()) else {
            return W::T::known(false);
        };
        world.open(|| {
            let rest = &self.rest;
            Atom::Key(KeyTest {
                key: rest.key.clone(),
                written: Written { quantifier: Quantifier::One, if_exists: false, ..written },
                values: operands.into_iter().map(|o| TestValue::new(o, "", at)).collect(),
                request: rest.request,
                domain: Domain {
                    may_be_absent: false,
                    values: DomainValues::Matching(Arc::clone(&rest.like)),
                },
                because: rest.because.clone().at(at),
            })
        })
    }
}

/// What is left of a text behind another, letter case aside.
fn folded_behind(wild: &Wild, known: &str) -> Option<Wild> {
    let (head, rest) = wild.as_str().split_at_checked(known.len())?;
    fold_eq(head, known).then(|| Wild::literal(rest, false))
}
