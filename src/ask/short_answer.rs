//! What a question comes to for somebody, where nobody asks why.

use super::Verdict;
use crate::eval::Symbolic;
use crate::logic::{Cond, Given, Solver, Truth as _};
use crate::request::call::Call;

/// What it comes to, before anybody solves it.
#[derive(Debug)]
pub(super) struct Outcome {
    /// When policies let all of it pass.
    pub(super) passes: Cond,
    /// What becomes of it then: allowed, blocked or unsupported.
    pub(super) then: Verdict,
}

impl Outcome {
    /// Nothing that policies say could settle it.
    pub(super) fn unsupported() -> Self {
        Self { passes: Cond::Known(false), then: Verdict::Unsupported }
    }

    /// Something besides must hold.
    pub(super) fn and(self, besides: Cond) -> Self {
        Self { passes: self.passes.and(besides), ..self }
    }

    /// When it works.
    pub(super) fn works(self) -> Cond {
        if self.then == Verdict::Allowed { self.passes } else { Cond::Known(false) }
    }

    /// The verdict, as the whole answer has it.
    pub(super) fn verdict(&self, given: Given<'_>) -> Verdict {
        if self.then == Verdict::Unsupported {
            return Verdict::Unsupported;
        }
        // Most need no solver.
        let decided = self.passes.decided();
        match decided.or_else(|| Solver::given([&self.passes], given).decided(&self.passes)) {
            Some(false) => Verdict::Denied,
            Some(true) => self.then,
            None if self.then == Verdict::Blocked => Verdict::Blocked,
            None => Verdict::Conditional,
        }
    }

    /// The same, solved.
    pub(super) fn settled(self, given: Given<'_>) -> ShortAnswer {
        ShortAnswer { verdict: self.verdict(given), only: given.only.cloned(), works: self.works() }
    }
}

/// Requests that are all made.
impl<'c, 'e: 'c> FromIterator<&'c Call<'e>> for Outcome {
    fn from_iter<I: IntoIterator<Item = &'c Call<'e>>>(calls: I) -> Self {
        let all = Self { passes: Cond::Known(true), then: Verdict::Allowed };
        calls.into_iter().fold(all, |all, call| {
            if call.blocked.is_some() {
                Self { then: Verdict::Blocked, ..all.and(call.decide(&mut Symbolic).allowed) }
            } else {
                all.and(call.works())
            }
        })
    }
}

/// The verdict for somebody, and when it works.
#[derive(Clone, Debug)]
pub(super) struct ShortAnswer {
    pub(super) verdict: Verdict,
    /// When it works; never, where something besides policies stops it.
    pub(super) works: Cond,
    /// The question is about requests that meet this condition, and no others.
    pub(super) only: Option<Cond>,
}
