use crate::logic::{Atom, Cond, Tri, Truth};
use crate::name::ConditionKey;
use crate::policy::{Policy, Statement};

use super::Gate;
use crate::estate::Grant;

/// The logic a walk answers in, and what it keeps on the way.
pub trait Evaluation<'a> {
    /// The truth values of the walk.
    type T: Truth;

    /// A point that cannot be decided. The atom is only built by worlds that keep it.
    fn open(&mut self, atom: impl FnOnce() -> Atom) -> Self::T;

    /// A statement or grant that speaks to the request, and when.
    fn matched(&mut self, _gate: Gate, _who: Matched<'a>, _fires: &Self::T) {}

    /// A key that a condition asks for and the request does not hold.
    fn missing(&mut self, _key: &ConditionKey) {}
}

/// What spoke.
#[derive(Copy, Clone, Debug)]
pub enum Matched<'a> {
    /// A statement of a policy.
    Statement {
        /// The policy it is in.
        policy: &'a Policy,
        /// The statement.
        statement: &'a Statement,
    },
    /// A grant of a KMS key.
    Grant(&'a Grant),
}

/// Requests that are known in full. A point AWS does not document reads as “does not match”; whoever must not
/// be wrong there uses [`Kleene`].
#[derive(Debug, Default)]
pub struct Concrete;

impl Evaluation<'_> for Concrete {
    type T = bool;

    fn open(&mut self, _: impl FnOnce() -> Atom) -> bool {
        false
    }
}

/// Undecided points stay undecided, and nobody asks why.
#[derive(Debug, Default)]
pub struct Kleene;

impl Evaluation<'_> for Kleene {
    type T = Tri;

    fn open(&mut self, _: impl FnOnce() -> Atom) -> Tri {
        Tri::Open
    }
}

/// Everything the answer depends on is kept.
#[derive(Debug, Default)]
pub struct Symbolic;

impl Evaluation<'_> for Symbolic {
    type T = Cond;

    fn open(&mut self, atom: impl FnOnce() -> Atom) -> Cond {
        Cond::atom(atom())
    }
}

/// Another world, and a record of who spoke at which gate.
#[derive(Debug)]
pub struct Explained<'a, W: Evaluation<'a>> {
    /// The walk whose statements are recorded.
    pub inner: W,
    /// What matched at which gate, and when.
    pub matched: Vec<(Gate, Matched<'a>, W::T)>,
    /// Keys that conditions ask for and the request does not hold.
    pub missing: Vec<ConditionKey>,
}

impl<'a, W: Evaluation<'a>> Explained<'a, W> {
    /// A recorder around another walk.
    pub fn new(inner: W) -> Self {
        Self { inner, matched: Vec::new(), missing: Vec::new() }
    }
}

impl<'a, W: Evaluation<'a>> Evaluation<'a> for Explained<'a, W> {
    type T = W::T;

    fn open(&mut self, atom: impl FnOnce() -> Atom) -> W::T {
        self.inner.open(atom)
    }

    fn matched(&mut self, gate: Gate, who: Matched<'a>, matched: &W::T) {
        self.matched.push((gate, who, matched.clone()));
    }

    fn missing(&mut self, key: &ConditionKey) {
        if !self.missing.contains(key) {
            self.missing.push(key.clone());
        }
    }
}
