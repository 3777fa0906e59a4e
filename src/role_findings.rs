//! Roles that somebody expects something of: who can become them, or could, and should not (R116–R131).
//!
//! No look at one policy tells this. Every finding here rests on ways that were decided, and none on what was not told.

mod outside;
mod shut_out;
mod taken_over;
mod unused_service;

use std::collections::BTreeMap;

use crate::ask::{AccessGraph, Verdict, trust_each};
use crate::diagnostic::{Code, Diagnostic};
use crate::estate::{Estate, Role};
use crate::source::{SourceMap, Span};

/// Everything found here, sorted.
pub const RULES: [Code; 5] = [
    Code::ReaderCanBeTakenOver,
    Code::RoleReachableFromOutside,
    Code::UnconditionalOutsideTrust,
    Code::UnusedTrustedService,
    Code::WorkloadCannotAssume,
];

/// A read that a role is expected to be let do, or not.
#[derive(Clone, Debug)]
pub struct Expected {
    /// The ARN of the role.
    pub role: String,
    /// What is read: the same text, the same objects.
    pub read: String,
    /// Whether what is found is certain or depends on something.
    pub verdict: Verdict,
    /// The row that says so.
    pub row: Span,
}

/// Whether a finding says of an id that its owner is gone, and the estate holds the owner.
pub fn is_refuted(estate: &Estate, finding: &Diagnostic, sources: &SourceMap) -> bool {
    let about_ids = matches!(finding.code, Code::InvalidRoleReference | Code::InvalidUserReference);
    if !about_ids || finding.span.is_none() {
        return false;
    }
    let id = finding.span.map(|span| sources.text(span).trim_matches('"'));
    estate.roles.iter().any(|role| role.id.as_deref() == id)
        || estate.users.iter().any(|user| user.id.as_deref() == id)
}

/// Workloads that run with a role which does not let them in.
pub fn contradictions(estate: &Estate) -> Vec<Diagnostic> {
    shut_out::check(estate)
}

/// What there is to say of the roles that are expected to read.
pub fn check(estate: &Estate, expected: &[Expected], strict: bool) -> Vec<Diagnostic> {
    let mut readers: BTreeMap<&str, Vec<&Expected>> = BTreeMap::new();
    for row in expected.iter().filter(|row| matches!(row.verdict, Verdict::Allowed | Verdict::Conditional)) {
        readers.entry(&row.role).or_default().push(row);
    }
    let roles: Vec<&Role> = readers.keys().filter_map(|arn| estate.role(arn).ok()).collect();
    let kept_out: Vec<&Expected> = expected.iter().filter(|row| row.verdict == Verdict::Denied).collect();
    let mut findings = Vec::new();
    trust_each(estate, &roles, !kept_out.is_empty(), strict, &mut |role, map| {
        findings.extend(of_role(estate, role, map));
        let rows = readers.get(role.arn.value.as_str()).map_or(&[][..], Vec::as_slice);
        findings.extend(taken_over::check(role, map, rows, &kept_out));
    });
    findings
}

/// What there is to say of one role, whatever is expected of it.
pub fn of_role(estate: &Estate, role: &Role, map: &AccessGraph) -> Vec<Diagnostic> {
    let mut findings = outside::check(estate, role, map);
    findings.extend(unused_service::check(estate, role));
    findings
}
