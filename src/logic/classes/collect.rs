//! The classes found so far, each with the best witness seen.

use std::cmp::Ordering;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::alphabet::Word;
use super::test_matrix::Columns;
use super::{Class, Fit, MOST_ANSWERS, MOST_CLASSES, TooComplex};
use crate::work;

/// Up to here a look at all of them is faster than a table.
const FEW: usize = 8;

/// What the tests say to a value: those that it fits, sorted, and whether it cannot be read for the others.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Answers {
    pub(super) yes: SmallVec<[u32; 4]>,
    pub(super) odd: bool,
}

impl Answers {
    /// It fits nothing.
    pub(super) fn none(odd: bool) -> Self {
        Self { yes: SmallVec::new(), odd }
    }

    /// Sort what was gathered in any order.
    pub(super) fn tidy(mut self) -> Self {
        self.yes.sort_unstable();
        self.yes.dedup();
        self
    }

    /// Who fits an earlier test comes first; what cannot be read comes last.
    fn order(&self, other: &Self) -> Ordering {
        let end = [u32::MAX];
        let by_yes = self.yes.iter().chain(&end).cmp(other.yes.iter().chain(&end));
        by_yes.then(self.odd.cmp(&other.odd))
    }
}

struct CollectedTests {
    answers: Answers,
    witness: Box<str>,
}

pub(super) struct Collector {
    /// How many tests there are.
    tests: usize,
    any_typed: bool,
    found: Vec<CollectedTests>,
    /// From answers to places in `found`, once there are more than a few.
    table: FxHashMap<Answers, usize>,
    /// What the empty text gives, where a test holds it.
    empty: Option<Answers>,
}

impl Collector {
    pub(super) fn new(columns: &Columns<'_>) -> Self {
        Self {
            tests: columns.tests.len(),
            any_typed: columns.any_typed(),
            found: Vec::new(),
            table: FxHashMap::default(),
            empty: None,
        }
    }

    /// Whether no test tells what cannot be read from what does not fit.
    pub(super) fn ignores_odd(&self) -> bool {
        !self.any_typed
    }

    /// The witness of the class with these answers, if there is one yet.
    pub(super) fn witness(&self, answers: &Answers) -> Option<&str> {
        self.place(answers).and_then(|at| self.found.get(at)).map(|f| &*f.witness)
    }

    fn place(&self, answers: &Answers) -> Option<usize> {
        work::did(answers.yes.len() + 1);
        if self.found.len() <= FEW {
            self.found.iter().position(|f| f.answers == *answers)
        } else {
            self.table.get(answers).copied()
        }
    }

    /// A value with these answers; the better witness stays.
    pub(super) fn offer(&mut self, answers: Answers, word: Word<'_>) -> Result<(), TooComplex> {
        let answers = self.plain(answers);
        match self.place(&answers).and_then(|at| self.found.get_mut(at)) {
            Some(found) => {
                if word.compare(&found.witness) == Ordering::Less {
                    found.witness = word.to_text();
                }
                Ok(())
            }
            None => self.add(answers, word.to_text()),
        }
    }

    /// A value with these answers; the first witness stays.
    pub(super) fn offer_unless_found(&mut self, answers: Answers, witness: &str) -> Result<(), TooComplex> {
        let answers = self.plain(answers);
        if self.place(&answers).is_some() { Ok(()) } else { self.add(answers, witness.into()) }
    }

    /// The empty text is a witness only where nothing else will do.
    pub(super) fn offer_empty(&mut self, answers: Answers) {
        self.empty = Some(self.plain(answers));
    }

    fn plain(&self, mut answers: Answers) -> Answers {
        answers.odd &= self.any_typed;
        answers
    }

    fn add(&mut self, answers: Answers, witness: Box<str>) -> Result<(), TooComplex> {
        let at = self.found.len();
        if at >= MOST_CLASSES || at.saturating_mul(self.tests) >= MOST_ANSWERS {
            return Err(TooComplex);
        }
        if at == FEW {
            self.table = (0..).zip(&self.found).map(|(at, f)| (f.answers.clone(), at)).collect();
        }
        if at >= FEW {
            self.table.insert(answers.clone(), at);
        }
        self.found.push(CollectedTests { answers, witness });
        Ok(())
    }

    /// All classes in order; `own` are the answers to the empty text when it is to be a class of its own.
    pub(super) fn finish(
        mut self,
        columns: &Columns<'_>,
        own: Option<Box<[Fit]>>,
    ) -> Result<Vec<Class>, TooComplex> {
        if let (None, Some(empty)) = (&own, self.empty.take())
            && self.place(&empty).is_none()
        {
            self.add(empty, Box::default())?;
        }
        self.found.sort_unstable_by(|a, b| a.answers.order(&b.answers));
        let mut out = Vec::with_capacity(self.found.len() + 1);
        out.extend(self.found.into_iter().map(|found| Class {
            fits: columns.row(&found.answers.yes, found.answers.odd),
            witness: found.witness,
        }));
        out.extend(own.map(|fits| Class { witness: Box::default(), fits }));
        Ok(out)
    }
}
