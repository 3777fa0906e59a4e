//! Legs → answer: what several authorizations of one question come to, all of which must hold in one request of each.

use super::leg::Decided;
use super::{Denial, Verdict, Witness};
use crate::logic::{Cond, ConditionLine, Given, Solver, Subdomain, Unknown};
use crate::service::{Blocked, OBJECT_KEY};

/// How much of a conditional answer somebody will look at.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    /// Only whether it works.
    Verdict,
    /// Conditions, a request for each side, and what it depends on.
    Whole,
}

/// What the legs come to.
#[derive(Debug)]
pub(super) struct Settled {
    pub(super) verdict: Verdict,
    pub(super) denial: Option<Denial>,
    /// What stops an authorized request.
    pub(super) blocked: Option<Blocked>,
    pub(super) conditions: Option<Vec<Vec<ConditionLine>>>,
    pub(super) witness: Witness,
    /// What a conditional answer depends on.
    pub(super) depends_on: Vec<Unknown>,
    pub(super) by_key: Vec<Subdomain>,
}

/// The worst leg decides; `total` is when all of it works.
pub(super) fn settle(legs: &mut [Decided], total: &Cond, given: Given<'_>, detail: Detail) -> Settled {
    let denied = denied(legs);
    let mut solver = Solver::given([total], given);
    let decided = solver.decided(total);
    let blocked = legs.iter().rev().find_map(|leg| leg.blocked.clone());
    let (verdict, denial) = match (denied, decided, &blocked) {
        (Some(leg), _, _) => (Verdict::Denied, leg.leg.denial),
        // No request can meet the conditions of all legs at once.
        (None, Some(false), _) => (Verdict::Denied, Some(Denial::Implicit)),
        (None, _, Some(_)) => (Verdict::Blocked, None),
        (None, Some(true), None) => (Verdict::Allowed, None),
        (None, None, None) => (Verdict::Conditional, None),
    };
    // What a leg comes to by itself does not depend on the others. What stops it does so whatever its conditions are.
    let stopped = legs.iter_mut().filter(|leg| leg.blocked.is_some());
    for leg in stopped.filter(|leg| leg.leg.verdict != Verdict::Denied) {
        leg.leg.verdict = Verdict::Blocked;
    }
    let mut settled = Settled {
        verdict,
        denial,
        blocked: blocked.filter(|_| verdict == Verdict::Blocked),
        conditions: None,
        witness: Witness::default(),
        depends_on: Vec::new(),
        by_key: Vec::new(),
    };
    if verdict == Verdict::Conditional {
        settled.depends_on = solver.depends_on(total);
        if detail == Detail::Whole {
            settled.conditions = solver.conditions(total);
            settled.witness = solver.witness(total);
            settled.by_key = solver.split(total, OBJECT_KEY);
        }
    }
    settled
}

/// The leg that denies: an explicit denial before an implicit one.
pub(super) fn denied(legs: &[Decided]) -> Option<&Decided> {
    let explicit = legs.iter().find(|leg| leg.leg.denial == Some(Denial::Explicit));
    explicit.or_else(|| legs.iter().find(|leg| leg.leg.verdict == Verdict::Denied))
}
