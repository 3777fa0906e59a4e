//! One sentence on what decides.

use super::leg::Decided;
use super::{Denial, GateReading, GateVerdict, Leg};
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
        Some(gate) => {
            let note = gate.note.as_deref().map_or_else(String::new, |n| format!(": {n}"));
            if matches!(gate.gate, Gate::Identity | Gate::Scp) {
                format!("no {} allows {} on {}{note}", document(gate, leg), leg.action, leg.resource)
            } else {
                format!("the {} does not allow {}{note}", document(gate, leg), leg.action)
            }
        }
        None => contradiction(leg),
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
