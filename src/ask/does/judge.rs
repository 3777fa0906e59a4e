//! One kind of object: its authorizations, put together.

use super::documents::documents;
use super::encryption::Facts;
use super::target::ResolvedRead;
use super::{required, subject};
use crate::ask::leg::Decided;
use crate::ask::legs::{self, Detail, Settled};
use crate::ask::profile::Profile;
use crate::ask::{Advice, Answer, Fix, Verdict, Witness, fix, reasons};
use crate::estate::Assumed;
use crate::logic::{Atom, Cond, FactId, Truth, Unknown};
use crate::operation::{self, Operation, When};

/// What one kind of object comes to: the answer, and when the read works.
pub(super) struct Judged {
    pub(super) answer: Answer,
    pub(super) works: Cond,
}

/// The row of what is asked.
fn operation() -> Option<&'static Operation> {
    operation::find("read")
}

/// When the read works.
pub(super) fn works(read: &ResolvedRead<'_>, profile: &'static Profile) -> Cond {
    let facts = Facts::find(read, &mut Assumed::default());
    let is_unsupported = facts.kind().is_some_and(|kind| profile.unsupported.contains_key(&kind));
    let Some(operation) = operation().filter(|_| !is_unsupported) else { return Cond::Known(false) };
    let mut works = encryption(read, &facts);
    for leg in required::legs(read, operation, profile, &facts) {
        if works.is_false() {
            break;
        }
        works = works.and(leg.works(read));
    }
    works
}

/// The whole answer.
pub(super) fn judge(read: &ResolvedRead<'_>, profile: &'static Profile) -> Judged {
    let mut assumed = Assumed::default();
    let facts = Facts::find(read, &mut assumed);
    let mut total = encryption(read, &facts);
    let mut legs: Vec<Decided> = Vec::new();
    let mut fixes: Vec<Fix> = Vec::new();
    for leg in operation().map(|row| required::legs(read, row, profile, &facts)).into_iter().flatten() {
        let Some((decided, key)) = leg.decide(read, &mut assumed) else { continue };
        if decided.leg.verdict == Verdict::Denied {
            fixes.extend(fix::for_leg(&decided, &documents(read, &leg, key)));
        }
        total = total.and(decided.allowed.clone());
        legs.push(decided);
    }
    let detail = if read.probe { Detail::Verdict } else { Detail::Whole };
    let settled = legs::settle(&mut legs, &total, read.given(), detail);
    put_together(read, profile, &facts, Parts { legs, total, settled, fixes, assumed })
}

/// What the parts of a read come to.
struct Parts {
    legs: Vec<Decided>,
    total: Cond,
    settled: Settled,
    fixes: Vec<Fix>,
    assumed: Assumed,
}

fn put_together(read: &ResolvedRead<'_>, profile: &Profile, facts: &Facts<'_>, parts: Parts) -> Judged {
    let Parts { legs, total, settled, fixes, assumed } = parts;
    let role = read.requester.short_name();
    let unsupported = facts.kind().and_then(|kind| Some((kind, profile.unsupported.get(&kind)?)));
    let reason = match (&unsupported, settled.verdict, &settled.blocked) {
        (Some((kind, why)), _, _) => {
            format!("{} objects are outside the profile {}: {why}", kind.as_str(), profile.name)
        }
        (None, Verdict::Denied, _) => legs::denied(&legs).map_or_else(
            || "no request can meet the conditions of both legs at once".to_owned(),
            |leg| reasons::denial(&role, leg),
        ),
        (None, _, Some(blocked)) => blocked.why.clone(),
        (None, Verdict::Allowed, None) => reasons::allowed(&role, &legs, facts.kind()),
        (None, _, None) => match reasons::certain(&role, &legs) {
            Some(certain) => format!("{certain}; {}", reasons::conditional(&settled.depends_on)),
            None => reasons::conditional(&settled.depends_on),
        },
    };
    let verdict = if unsupported.is_some() { Verdict::Unsupported } else { settled.verdict };
    let is_conditional = verdict == Verdict::Conditional;
    let works = match verdict {
        Verdict::Allowed | Verdict::Conditional => total,
        Verdict::Denied | Verdict::Blocked | Verdict::Unsupported => Cond::Known(false),
    };
    let answer = Answer {
        subject: subject(read, profile),
        verdict,
        denial: settled.denial.filter(|_| verdict == Verdict::Denied),
        blocked_by: settled.blocked.filter(|_| verdict == Verdict::Blocked).map(|blocked| blocked.by),
        reason,
        legs: legs.into_iter().map(|leg| leg.leg).collect(),
        conditions: settled.conditions.filter(|_| is_conditional),
        witness: if is_conditional { settled.witness } else { Witness::default() },
        depends_on: if is_conditional { settled.depends_on } else { Vec::new() },
        assumptions: assumed.into_list(),
        by_key: if is_conditional { settled.by_key } else { Vec::new() },
        fix: if verdict == Verdict::Denied { fixes } else { Vec::new() },
        advice: advice(profile, facts),
    };
    Judged { answer, works }
}

/// How the object is encrypted, where that is not known at all.
fn encryption(read: &ResolvedRead<'_>, facts: &Facts<'_>) -> Cond {
    match facts {
        Facts::Without(_) | Facts::Key(..) | Facts::OneOf(..) => Cond::Known(true),
        Facts::NotProvided => Cond::atom(Atom::Opaque(Unknown::missing(
            FactId::ObjectEncryption(read.question.object.id()),
            "neither an [[object]] nor the bucket's default says how the object is encrypted",
        ))),
    }
}

fn advice(profile: &Profile, facts: &Facts<'_>) -> Vec<Advice> {
    let counts = |when: When| facts.kind().map_or(when == When::Always, |kind| when.holds(kind));
    let more = profile.advise.iter().filter(|a| counts(a.when)).map(|a| (&a.action, &a.why));
    let less = profile.omits.iter().filter(|o| counts(o.when)).map(|o| (&o.action, &o.why));
    more.chain(less).map(|(action, why)| Advice { action: action.clone(), text: why.clone() }).collect()
}
