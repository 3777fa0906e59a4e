//! One decided request → a leg of the answer: every gate, what spoke there, and what is missing.

use std::rc::Rc;

use super::near::{Near, Surroundings, exceptions, near};
use super::{Denial, Evidence, GateReading, GateVerdict, Leg, Verdict};
use crate::estate::{Assumed, Level};
use crate::eval::{
    Applicable, ControlPolicies, Decision, Explained, Gate, GateResult, Matched, PolicyPlace, Request,
    ResourceSide, Side, Symbolic, Target, decide,
};
use crate::logic::{Cond, Given, Solver, Truth};
use crate::policy::Effect;
use crate::request::call::Call;
use crate::service::{Blocked, GRANT_ALONE, GRANT_ALONE_WHY};
use crate::source::SourceId;
use crate::work;

/// A leg and the formula behind it.
#[derive(Debug)]
pub(super) struct Decided {
    pub(super) leg: Leg,
    /// When the request works, but for what blocks it.
    pub(super) allowed: Cond,
    /// What stops it though policies allow it.
    pub(super) blocked: Option<Blocked>,
    /// Levels of the organization that do not allow the request.
    pub(super) closed_levels: Vec<String>,
    /// Where the request goes through an access point: which of the two policies behind the resource gate are shut.
    pub(super) doors: Option<Doors>,
}

/// The access point's policy and the bucket's, both of which must let the caller in (R103).
#[derive(Copy, Clone, Debug)]
pub(super) struct Doors {
    pub(super) point_is_shut: bool,
    pub(super) bucket_is_shut: bool,
}

/// What the readings mean where no statement speaks.
pub(super) type Notes<'n> = &'n dyn Fn(Gate, GateVerdict) -> Option<String>;

/// `around`: where near misses are looked for; nowhere where nobody reads them.
pub(super) fn decide_leg(
    call: &Call<'_>,
    notes: Notes<'_>,
    given: Given<'_>,
    around: Option<Surroundings<'_>>,
) -> Decided {
    let (applicable, request) = (&call.applicable(), &call.request());
    let mut world = Explained::new(Symbolic);
    let decision = decide(applicable, request, &mut world);
    let closed_levels = closed_levels(applicable, request, &decision);
    let mut solver = solver(&decision, given);
    let mut gates: Vec<GateReading> = Gate::ALL
        .into_iter()
        .map(|gate| reading(gate, &decision, &world.matched, &mut solver, notes, &closed_levels, given))
        .collect();
    if let Some(around) = around {
        for reading in gates.iter_mut().filter(|reading| is_shut_or_open(reading)) {
            reading.near = near(reading.gate, applicable, request, around);
        }
        for reading in gates.iter_mut().filter(|reading| reading.denial == Some(Denial::Explicit)) {
            reading.exceptions = spared(reading.gate, &world.matched, request, around);
        }
    }
    let allowed = allowed(call, &decision);
    let mut whole = Solver::given([&allowed, &decision.denied], given);
    let (verdict, denial) = verdict(&mut whole, &allowed, &decision.denied);
    let leg = Leg {
        action: request.action.as_str().to_owned(),
        resource: request.resource.to_owned(),
        verdict,
        denial,
        same_account: decision.same_account.is_true(),
        gates,
        on_behalf_of: call.made_by.clone(),
    };
    let doors = doors(applicable, request);
    Decided { leg, allowed, closed_levels, doors, blocked: call.blocked.clone() }
}

impl Decided {
    /// What the answer takes for granted where a grant alone lets a principal of another account in (R84).
    pub(super) fn note_grant(&self, assumed: &mut Assumed) {
        let leg = &self.leg;
        let is = |gate: Gate, verdict: GateVerdict| {
            leg.gates.iter().any(|reading| reading.gate == gate && reading.verdict == verdict)
        };
        if leg.verdict == Verdict::Allowed
            && !leg.same_account
            && is(Gate::Grant, GateVerdict::Allowed)
            && is(Gate::Identity, GateVerdict::NotApplicable)
        {
            assumed.note(GRANT_ALONE, GRANT_ALONE_WHY);
        }
    }
}

/// What the Denies that matched at a gate leave out.
fn spared(
    gate: Gate,
    matched: &[(Gate, Matched<'_>, Cond)],
    request: &Request<'_>,
    around: Surroundings<'_>,
) -> Vec<Near> {
    let place = if gate == Gate::Resource { PolicyPlace::Resource } else { PolicyPlace::Attached };
    let of = |(at, who, _): &(Gate, Matched<'_>, Cond)| match who {
        Matched::Statement { policy, statement } if *at == gate && statement.effect.value == Effect::Deny => {
            exceptions(policy, statement, request, around.estate, place)
        }
        Matched::Statement { .. } | Matched::Grant(_) => None,
    };
    matched.iter().filter_map(of).collect()
}

/// When the request works. A reason that blocks an authorized request is reported separately.
fn allowed(call: &Call<'_>, decision: &Decision<Cond>) -> Cond {
    if call.blocked.is_some() {
        decision.allowed.clone()
    } else {
        decision.allowed.clone().and(call.beside())
    }
}

/// The outcome of a request, without evidence.
#[derive(Clone, Debug)]
pub(super) struct Brief {
    pub(super) allowed: Cond,
    pub(super) is_blocked: bool,
    /// The verdicts of the gates, in their order.
    pub(super) gates: Rc<[GateVerdict]>,
}

/// Decides requests of one leg for their outcomes alone. Equal decisions are read once.
#[derive(Debug)]
pub(super) struct Briefly<'g> {
    given: Given<'g>,
    read: Vec<(Decision<Cond>, Rc<[GateVerdict]>)>,
}

impl<'g> Briefly<'g> {
    pub(super) fn new(given: Given<'g>) -> Self {
        Self { given, read: Vec::new() }
    }

    pub(super) fn decide(&mut self, call: &Call<'_>) -> Brief {
        let decision = call.decide(&mut Symbolic);
        let (allowed, is_blocked) = (allowed(call, &decision), call.blocked.is_some());
        let known = self.read.iter().find(|(read, _)| is_decided_alike(read, &decision));
        if let Some((_, gates)) = known {
            return Brief { allowed, is_blocked, gates: Rc::clone(gates) };
        }
        work::did(1);
        let mut solver = solver(&decision, self.given);
        let verdicts = Gate::ALL.into_iter().map(|gate| verdict_of(decision.result(gate), &mut solver).0);
        let gates: Rc<[GateVerdict]> = verdicts.collect();
        self.read.push((decision, Rc::clone(&gates)));
        Brief { allowed, is_blocked, gates }
    }
}

fn is_decided_alike(this: &Decision<Cond>, that: &Decision<Cond>) -> bool {
    let alike = |gate: Gate| {
        let (this, that) = (this.result(gate), that.result(gate));
        this.applies == that.applies
            && this.denied.is_built_like(&that.denied)
            && this.allows.is_built_like(&that.allows)
            && this.not_required.is_built_like(&that.not_required)
    };
    this.allowed.is_built_like(&that.allowed)
        && this.denied.is_built_like(&that.denied)
        && Gate::ALL.into_iter().all(alike)
}

/// A gate at which one more Allow would change something.
fn is_shut_or_open(reading: &GateReading) -> bool {
    match reading.verdict {
        GateVerdict::Denied => reading.denial == Some(Denial::Implicit),
        GateVerdict::Conditional => true,
        GateVerdict::Allowed | GateVerdict::NotApplicable => false,
    }
}

fn doors(applicable: &Applicable<'_>, request: &Request<'_>) -> Option<Doors> {
    let point = applicable.resource.access_point.clone()?;
    let behind = applicable.resource.behind?;
    let is_shut = |policy: Side<'_>, target: Target<'_>| {
        let side = ResourceSide { policy, access_point: None, behind: None, ..applicable.resource.clone() };
        let alone = Applicable { resource: side, ..applicable.clone() };
        let request = Request { resource: target.arn, within: target.within, ..*request };
        decide(&alone, &request, &mut Symbolic).result(Gate::Resource).allows.is_false()
    };
    Some(Doors {
        point_is_shut: is_shut(point, Target { arn: request.resource, within: request.within }),
        bucket_is_shut: is_shut(applicable.resource.policy.clone(), behind),
    })
}

/// One room for all that was said of the leg.
fn solver<'c>(decision: &'c Decision<Cond>, given: Given<'c>) -> Solver {
    let gates = Gate::ALL.into_iter().flat_map(|gate| {
        let reading = decision.result(gate);
        [&reading.allows, &reading.not_required, &reading.denied]
    });
    let whole = [&decision.allowed, &decision.denied];
    Solver::given(whole.into_iter().chain(gates), given)
}

fn verdict(solver: &mut Solver, allowed: &Cond, denied: &Cond) -> (Verdict, Option<Denial>) {
    match (solver.decided(denied), solver.decided(allowed)) {
        (Some(true), _) => (Verdict::Denied, Some(Denial::Explicit)),
        (_, Some(true)) => (Verdict::Allowed, None),
        (_, Some(false)) => (Verdict::Denied, Some(Denial::Implicit)),
        (_, None) => (Verdict::Conditional, None),
    }
}

/// What one gate comes to.
fn verdict_of(reading: &GateResult<Cond>, solver: &mut Solver) -> (GateVerdict, Option<Denial>) {
    let passes = reading.allows.clone().or(reading.not_required.clone());
    match (reading.applies, solver.decided(&reading.denied)) {
        (false, _) => (GateVerdict::NotApplicable, None),
        (true, Some(true)) => (GateVerdict::Denied, Some(Denial::Explicit)),
        (true, None) => (GateVerdict::Conditional, None),
        (true, Some(false)) => match (solver.decided(&reading.allows), solver.decided(&passes)) {
            (Some(true), _) => (GateVerdict::Allowed, None),
            (_, Some(true)) => (GateVerdict::NotApplicable, None),
            (_, Some(false)) => (GateVerdict::Denied, Some(Denial::Implicit)),
            (_, None) => (GateVerdict::Conditional, None),
        },
    }
}

fn reading(
    gate: Gate,
    decision: &Decision<Cond>,
    spoken: &[(Gate, Matched<'_>, Cond)],
    solver: &mut Solver,
    notes: Notes<'_>,
    closed_levels: &[String],
    given: Given<'_>,
) -> GateReading {
    let reading = decision.result(gate);
    let passes = reading.allows.clone().or(reading.not_required.clone());
    let (verdict, denial) = verdict_of(reading, solver);
    let evidence = spoken
        .iter()
        .filter(|(g, _, _)| *g == gate)
        .filter_map(|(_, who, fires)| evidence(*who, fires, given))
        .collect();
    // Where a Deny speaks, its statement says it all; RestrictPublicBuckets has no statement.
    let speaks = denial == Some(Denial::Explicit) && gate != Gate::PublicAccess;
    let mut note = if speaks { None } else { notes(gate, verdict) };
    if gate == Gate::Scp && denial == Some(Denial::Implicit) && !closed_levels.is_empty() {
        note = Some(format!("nothing at {} allows it", closed_levels.join(", ")));
    }
    let is_silent = reading.applies && solver.decided(&reading.allows) == Some(false);
    let is_shut = is_silent && solver.decided(&passes) == Some(false);
    GateReading {
        gate,
        verdict,
        denial,
        evidence,
        note,
        near: Vec::new(),
        exceptions: Vec::new(),
        is_silent,
        is_shut,
    }
}

pub(super) fn evidence(who: Matched<'_>, fires: &Cond, given: Given<'_>) -> Option<Evidence> {
    // Each statement in a room of its own: what it says does not depend on what the others say.
    let mut solver = Solver::given([fires], given);
    // A statement whose own conditions contradict each other says nothing.
    if solver.decided(fires) == Some(false) {
        return None;
    }
    let when = solver.conditions(fires);
    match who {
        // Policies that are written nowhere, such as the default key policy, have no place to show.
        Matched::Statement { statement, .. } if statement.span.source == SourceId::LONE => None,
        Matched::Statement { policy, statement } => Some(Evidence {
            effect: statement.effect.value,
            span: statement.span,
            pointer: policy.statement_pointer(statement),
            sid: statement.sid.as_ref().map(|s| s.value.to_string()),
            when,
        }),
        Matched::Grant(grant) => Some(Evidence {
            effect: crate::policy::Effect::Allow,
            span: grant.span,
            pointer: grant.pointer.clone(),
            sid: grant.id.clone(),
            when,
        }),
    }
}

/// The levels whose own policies do not allow the request (R75).
fn closed_levels(
    applicable: &Applicable<'_>,
    request: &Request<'_>,
    decision: &Decision<Cond>,
) -> Vec<String> {
    let ControlPolicies::Known(levels) = &applicable.scps else { return Vec::new() };
    if decision.result(Gate::Scp).allows.is_true() {
        return Vec::new();
    }
    let closed = |level: &&Level| {
        let alone =
            Applicable { scps: ControlPolicies::Known(std::slice::from_ref(*level)), ..applicable.clone() };
        decide(&alone, request, &mut Symbolic).result(Gate::Scp).allows.is_false()
    };
    levels.iter().filter(closed).map(|level| level.name()).collect()
}
