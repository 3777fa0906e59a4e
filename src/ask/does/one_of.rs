//! A leg that may be about one of several keys: firm only where it is the same for all of them.

use std::rc::Rc;

use super::encryption::{Candidate, Candidates};
use super::target::ResolvedRead;
use crate::ask::leg::{Brief, Decided};
use crate::ask::{Denial, GateReading, GateVerdict, Verdict};
use crate::estate::Assumed;
use crate::logic::{Atom, Cond, FactId, Solver, Truth, Unknown};

/// What one candidate comes to: when policies let the request pass, and whether something else stops it.
type OfKey = (Cond, bool);

/// Which key it is, or whether there is one.
fn open(read: &ResolvedRead<'_>, candidates: &Candidates<'_>) -> Cond {
    let object = read.asked.id();
    let fact =
        if candidates.or_no_key { FactId::ObjectEncryption(object) } else { FactId::ObjectKey(object) };
    Cond::atom(Atom::Opaque(Unknown::missing(fact, candidates.why)))
}

/// What all candidates together come to, the likely one first; whether that one is blocked, and so says why.
fn combined(outcomes: &[OfKey], open: Cond) -> OfKey {
    let any_of = |which: &dyn Fn(&&OfKey) -> bool| {
        let found = outcomes.iter().filter(which);
        found.fold(Cond::Known(false), |any, (allowed, _)| any.or(allowed.clone()))
    };
    let all = outcomes.iter().fold(Cond::Known(true), |all, (allowed, _)| all.and(allowed.clone()));
    let any = any_of(&|_| true);
    // A key that cannot decrypt now is one more way in which the candidates differ.
    let usable = any_of(&|(_, blocked)| !blocked);
    let some_blocked = outcomes.iter().any(|(_, blocked)| *blocked);
    match outcomes.first() {
        // None of them decrypts: the likely key says why.
        Some((allowed, true)) if usable.is_false() && !allowed.is_false() => (allowed.clone(), true),
        Some(_) | None if some_blocked => (any.and(open), false),
        Some(_) | None => (all.or(any.and(open)), false),
    }
}

/// One key that opens and one that does not: no other changes that the answer depends on the key.
fn is_settled(outcomes: &[OfKey]) -> bool {
    let opens = outcomes.iter().any(|(allowed, blocked)| allowed.is_true() && !blocked);
    let shuts = outcomes.iter().any(|(allowed, _)| allowed.is_false());
    opens && shuts
}

/// What the request comes to, by what each candidate comes to.
pub(super) fn outcome<'e>(
    read: &ResolvedRead<'e>,
    candidates: &Candidates<'e>,
    outcome: &mut dyn FnMut(&Candidate<'e>) -> OfKey,
) -> OfKey {
    let mut outcomes = vec![outcome(&candidates.first)];
    outcomes.extend(candidates.or_no_key.then_some((Cond::Known(true), false)));
    for candidate in &candidates.others {
        if is_settled(&outcomes) {
            break;
        }
        outcomes.push(outcome(candidate));
    }
    combined(&outcomes, open(read, candidates))
}

/// The whole leg.
pub(super) fn decide<'e>(
    read: &ResolvedRead<'e>,
    candidates: &Candidates<'e>,
    assumed: &mut Assumed,
    one: &dyn Fn(&Candidate<'e>, &mut Assumed) -> Option<Decided>,
    briefly: &mut dyn FnMut(&Candidate<'e>) -> Option<Brief>,
) -> Option<Decided> {
    // Only what is assumed about the likely key is worth telling.
    let mut shown = one(&candidates.first, assumed)?;
    let outcome = |decided: &Decided| (decided.allowed.clone(), decided.blocked.is_some());
    let mut outcomes = vec![outcome(&shown)];
    outcomes.extend(candidates.or_no_key.then_some((Cond::Known(true), false)));
    let mut others: Vec<Rc<[GateVerdict]>> = Vec::new();
    for candidate in &candidates.others {
        if read.probe && is_settled(&outcomes) {
            break;
        }
        let Brief { allowed, is_blocked, gates } = briefly(candidate)?;
        outcomes.push((allowed, is_blocked));
        if !others.contains(&gates) {
            others.push(gates);
        }
    }
    let (works, is_blocked) = combined(&outcomes, open(read, candidates));
    let decided = Solver::given([&works], read.given()).decided(&works);
    let (verdict, denial) = match decided {
        Some(true) => (Verdict::Allowed, None),
        Some(false) => (Verdict::Denied, shown.leg.denial.or(Some(Denial::Implicit))),
        None => (Verdict::Conditional, None),
    };
    if candidates.or_no_key && decided == Some(true) {
        assumed.note(
            "other keys have the default key policy, which leaves it to their account who may use them",
            format!("no [[object]] says under which key {} is", read.asked),
        );
    }
    if verdict == Verdict::Conditional {
        for gate in shown.leg.gates.iter_mut().filter(|_| candidates.or_no_key) {
            differ(gate, GateVerdict::NotApplicable);
        }
        for other in &others {
            for (gate, verdict) in shown.leg.gates.iter_mut().zip(&**other) {
                differ(gate, *verdict);
            }
        }
    }
    shown.leg.verdict = verdict;
    shown.leg.denial = denial;
    shown.allowed = works;
    if !is_blocked {
        shown.blocked = None;
    }
    Some(shown)
}

/// A gate that is shut for some of what is asked about, and not for others.
pub(super) fn differ(gate: &mut GateReading, other: GateVerdict) {
    let settles = |verdict: GateVerdict| matches!(verdict, GateVerdict::Denied | GateVerdict::Conditional);
    if gate.verdict != other && (settles(gate.verdict) || settles(other)) {
        (gate.verdict, gate.denial, gate.note) = (GateVerdict::Conditional, None, None);
        (gate.is_silent, gate.is_shut) = (false, false);
    }
}
