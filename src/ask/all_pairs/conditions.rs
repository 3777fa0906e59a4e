//! The conditions of pairs: each formula is solved once, however many pairs have it.

use std::hash::{Hash as _, Hasher as _};
use std::sync::{Mutex, PoisonError};

use rustc_hash::{FxHashMap, FxHasher};

use crate::ask::ConditionLine;
use crate::ask::short_answer::ShortAnswer;
use crate::logic::{Atom, Cond, Given, KeyRelation, Solver, Unknown};

/// What a formula says.
#[derive(Debug)]
pub(super) struct Said {
    /// In IAM's operators.
    pub(super) lines: Option<Vec<Vec<ConditionLine>>>,
    pub(super) depends_on: Vec<Unknown>,
}

/// A formula, and requests that it is about.
struct Formula {
    works: Cond,
    only: Option<Cond>,
    said: Said,
}

/// Formulas that were solved, under the hash of what they look like.
#[derive(Default)]
pub(super) struct Conditions(Mutex<Known>);

#[derive(Default)]
struct Known {
    at: FxHashMap<u64, Vec<u32>>,
    all: Vec<Formula>,
}

impl Known {
    fn find(&self, hash: u64, short: &ShortAnswer) -> Option<u32> {
        self.at.get(&hash)?.iter().copied().find(|at| {
            self.all.get(*at as usize).is_some_and(|known| {
                known.works.is_built_like(&short.works) && alike(known.only.as_ref(), short.only.as_ref())
            })
        })
    }
}

fn alike(a: Option<&Cond>, b: Option<&Cond>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.is_built_like(b),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

impl Conditions {
    /// The number of a condition.
    pub(super) fn of(&self, short: &ShortAnswer, facts: &[KeyRelation]) -> u32 {
        let hash = hash(&short.works);
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().find(hash, short) {
            return known;
        }
        // Two threads may solve the same one; who comes second takes the number of the first.
        let given = Given { facts, only: short.only.as_ref() };
        let mut solver = Solver::given([&short.works], given);
        let said =
            Said { depends_on: solver.depends_on(&short.works), lines: solver.conditions(&short.works) };
        let mut known = lock();
        if let Some(known) = known.find(hash, short) {
            return known;
        }
        let at = u32::try_from(known.all.len()).unwrap_or(u32::MAX);
        known.at.entry(hash).or_default().push(at);
        let (works, only) = (short.works.clone(), short.only.clone());
        known.all.push(Formula { works, only, said });
        at
    }

    /// All of them, by their numbers.
    pub(super) fn said(self) -> Vec<Said> {
        let known = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        known.all.into_iter().map(|formula| formula.said).collect()
    }
}

/// Formulas that are built alike have one hash; others mostly have another.
fn hash(cond: &Cond) -> u64 {
    let mut hasher = FxHasher::default();
    let mut todo = vec![cond];
    while let Some(cond) = todo.pop() {
        match cond {
            Cond::Known(value) => (0_u8, value).hash(&mut hasher),
            Cond::Is(literal) => {
                (1_u8, literal.holds).hash(&mut hasher);
                match &*literal.atom {
                    Atom::Key(test) => {
                        test.key.folded().hash(&mut hasher);
                        for value in test.values.iter() {
                            value.text().hash(&mut hasher);
                        }
                    }
                    Atom::Opaque(unknown) => unknown.name.hash(&mut hasher),
                }
            }
            Cond::All(parts) => {
                (2_u8, parts.len()).hash(&mut hasher);
                todo.extend(parts.iter());
            }
            Cond::Any(parts) => {
                (3_u8, parts.len()).hash(&mut hasher);
                todo.extend(parts.iter());
            }
        }
    }
    hasher.finish()
}
