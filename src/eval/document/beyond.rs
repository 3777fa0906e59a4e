//! What one document grants that another does not, statement by statement.
//!
//! Of two long documents most statements are the same, and most of the others have nothing to do with each other. What
//! cancels out is left out before anything is solved.

use std::collections::BTreeSet;

use super::Document;
use crate::logic::{Cond, Truth};
use crate::policy::{Effect, Statement};

/// A statement, when it speaks, and the services it is about; none for all of them.
struct Part<'p> {
    speaks: Cond,
    services: Option<BTreeSet<&'p str>>,
}

impl Part<'_> {
    fn meets(&self, other: &Self) -> bool {
        match (&self.services, &other.services) {
            (Some(own), Some(others)) => !own.is_disjoint(others),
            (_, _) => true,
        }
    }
}

impl<'p> Document<'p> {
    /// The requests that this document grants and the other does not, apart by the statements that grant them. What is
    /// in none of the formulas is granted by both, or not by this one.
    pub fn beyond(&self, other: Option<&Document<'_>>) -> Vec<Cond> {
        let (allows, denies) = (self.parts(Effect::Allow), self.parts(Effect::Deny));
        let (others, their_denies) = match other {
            Some(other) => (other.parts(Effect::Allow), other.parts(Effect::Deny)),
            None => (Vec::new(), Vec::new()),
        };
        // A Deny that both have takes the same from both.
        let same = |a: &Part<'_>, b: &Part<'_>| a.speaks == b.speaks;
        let their_own: Vec<&Part<'_>> =
            their_denies.iter().filter(|d| !denies.iter().any(|own| same(own, d))).collect();
        let limit = self.limit.as_ref().map_or(Cond::Known(true), |limit| limit.grants());
        let their_limit = other
            .and_then(|other| other.limit.as_ref())
            .map(|limit| limit.grants())
            .filter(|theirs| *theirs != limit);
        let mut out = Vec::new();
        for allow in &allows {
            let relevant = |list: &[Part<'_>]| any(list.iter().filter(|p| p.meets(allow)));
            let twin = others.iter().any(|other| same(other, allow));
            let not_theirs = if twin { Cond::Known(false) } else { relevant(&others).not() };
            let denied_there = any(their_own.iter().copied().filter(|p| p.meets(allow)));
            let outside = their_limit.clone().map_or(Cond::Known(false), Truth::not);
            let theirs = not_theirs.or(denied_there).or(outside);
            if theirs.is_false() {
                continue;
            }
            let own = allow.speaks.clone().and(relevant(&denies).not()).and(limit.clone());
            let beyond = own.and(theirs);
            if !beyond.is_false() {
                out.push(beyond);
            }
        }
        out
    }

    /// The statements of an effect, and what stands beside them.
    fn parts(&self, effect: Effect) -> Vec<Part<'p>> {
        let own = self.own().filter(|(_, s)| s.effect.value == effect);
        let mut parts: Vec<Part<'p>> =
            own.map(|(_, s)| Part { speaks: self.speaks(s), services: services(s) }).collect();
        if effect == Effect::Allow && self.beside_an_allow {
            parts.push(Part { speaks: Cond::Known(true), services: None });
        }
        parts
    }
}

fn any<'a, 'p: 'a>(parts: impl Iterator<Item = &'a Part<'p>>) -> Cond {
    parts.fold(Cond::Known(false), |any, part| any.or(part.speaks.clone()))
}

/// The services whose actions a statement can be about.
fn services(statement: &Statement) -> Option<BTreeSet<&str>> {
    if statement.actions.is_negated() {
        return None;
    }
    statement.actions.listed().iter().map(|pattern| pattern.value.service()).collect()
}
