//! One sentence on what decides.

use super::leg::Decided;
use super::{Denial, GateReading, GateVerdict, Leg, Verdict};
use crate::estate::EncryptionType;
use crate::eval::Gate;
use crate::logic::{FactId, Unknown, UnknownKind};
use crate::service::document_name;

/// How many names a sentence holds.
const NAMED: usize = 6;

/// What the document of a gate is called.
pub(super) fn document(gate: &GateReading, leg: &Leg) -> &'static str {
    document_name(gate.gate, &leg.action, &leg.resource)
}

/// The gate that closes a leg.
pub(super) fn closing_gate(leg: &Leg) -> Option<&GateReading> {
    leg.gates
        .iter()
        .find(|g| g.denial == Some(Denial::Explicit))
        .or_else(|| leg.gates.iter().find(|g| g.verdict == GateVerdict::Denied))
}

pub(super) fn denial(role: &str, decided: &Decided) -> String {
    let leg = &decided.leg;
    match closing_gate(leg) {
        Some(gate) if gate.denial == Some(Denial::Explicit) => {
            let sid = gate
                .evidence
                .iter()
                .find(|e| e.effect == crate::policy::Effect::Deny)
                .and_then(|e| e.sid.as_deref())
                .map_or_else(String::new, |s| format!(" ({s})"));
            format!("a Deny{sid} in the {} refuses {} to {role}", document(gate, leg), leg.action)
        }
        // Each of them has to be opened.
        Some(_) => leg.shut().map(|gate| shut(gate, leg)).collect::<Vec<_>>().join("; "),
        None => contradiction(leg),
    }
}

/// The statement of a gate that was meant to let the request pass, and what of it does not fit.
pub(super) fn meant(gate: &GateReading, leg: &Leg) -> Option<String> {
    let near = gate.near.first().filter(|near| near.leads())?;
    let whys: Vec<&str> = near.misses.iter().map(|miss| miss.why.as_str()).collect();
    let statement = near.sid.as_ref().map_or_else(|| near.pointer.clone(), |sid| format!("#{sid}"));
    let document = document(gate, leg);
    Some(format!("{statement} of the {document} would allow {}, but {}", leg.action, whys.join(", and ")))
}

/// Why a gate does not let the request pass.
fn shut(gate: &GateReading, leg: &Leg) -> String {
    if let Some(meant) = meant(gate, leg) {
        return meant;
    }
    let note = gate.note.as_deref().map_or_else(String::new, |n| format!(": {n}"));
    if matches!(gate.gate, Gate::Identity | Gate::Scp) {
        format!("no {} allows {} on {}{note}", document(gate, leg), leg.action, leg.resource)
    } else {
        format!("the {} does not allow {}{note}", document(gate, leg), leg.action)
    }
}

/// Every gate may be passed, and no request passes all of them.
fn contradiction(leg: &Leg) -> String {
    let open: Vec<String> = leg
        .gates
        .iter()
        .filter(|g| g.verdict == GateVerdict::Conditional)
        .map(|g| format!("the {}", document(g, leg)))
        .collect();
    match open.as_slice() {
        [] => format!("nothing allows {} on {}", leg.action, leg.resource),
        [only] => format!("no request for {} can meet all conditions of {only}", leg.action),
        [..] => {
            format!("no request for {} can meet the conditions of {} at once", leg.action, open.join(" and "))
        }
    }
}

pub(super) fn allowed(role: &str, legs: &[Decided], encryption: Option<EncryptionType>) -> String {
    let across = |l: &Decided| if l.leg.same_account { "same account" } else { "across accounts" };
    match (legs, encryption) {
        ([s3, kms, ..], Some(kind)) if kind.uses_kms() => format!(
            "S3 lets {role} read ({}), and KMS lets it decrypt through S3 ({})",
            across(s3),
            across(kms)
        ),
        ([s3, ..], Some(kind)) => {
            format!("S3 lets {role} read ({}); {} needs nothing of KMS", across(s3), kind.as_str())
        }
        (_, _) => format!("S3 lets {role} read"),
    }
}

/// Every leg of an operation is allowed.
pub(super) fn all_allowed(role: &str, legs: &[Decided]) -> String {
    let named: Vec<&str> = legs.iter().map(|decided| decided.leg.action.as_str()).collect();
    match named.split_last() {
        Some((last, [])) => format!("the policies let {role} use {last}"),
        Some((last, rest)) => format!("the policies let {role} use {} and {last}", rest.join(", ")),
        None => format!("the policies let {role}"),
    }
}

/// What is certain of an answer that depends on something: the caller's own policies do not allow it.
pub(super) fn certain(role: &str, legs: &[Decided]) -> Option<String> {
    let mut open = legs.iter().map(|decided| &decided.leg).filter(|leg| leg.verdict == Verdict::Conditional);
    open.find_map(|leg| {
        let owes = |g: &&GateReading| {
            g.gate == Gate::Identity && g.verdict == GateVerdict::Conditional && g.is_silent
        };
        let by_resource =
            |g: &&GateReading| g.gate == Gate::Resource && g.verdict == GateVerdict::Conditional;
        leg.gates.iter().find(owes).and(leg.gates.iter().find(by_resource))?;
        let document = document_name(Gate::Resource, &leg.action, &leg.resource);
        Some(format!(
            "the policies of {role} do not allow {}: it is denied unless the {document} names {role}",
            leg.action
        ))
    })
}

pub(super) fn conditional(depends_on: &[Unknown]) -> String {
    let mut names: Vec<String> = Vec::new();
    for unknown in depends_on {
        let asked = unknown.fact.as_ref().and_then(FactId::in_a_sentence);
        let name = match (unknown.kind, asked) {
            (_, Some(asked)) => asked,
            (UnknownKind::Undocumented, None) => format!("{} (undocumented)", unknown.name),
            (
                UnknownKind::ContextKey
                | UnknownKind::NotSupplied
                | UnknownKind::Unresolved
                | UnknownKind::TooComplex,
                None,
            ) => unknown.name.to_string(),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    // Past a handful a sentence tells nothing; the full list stands below it.
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("it depends on {}{rest}", names.join(", "))
}
