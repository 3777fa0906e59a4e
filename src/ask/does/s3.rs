//! The S3 leg: may the role ask for this object?

use super::target::ResolvedRead;
use crate::ask::GateVerdict;
use crate::eval::{ContextValue, Gate};
use crate::name::ActionName;
use crate::operation::On;
use crate::request::{Leg, Way};
use crate::service::of_kms_object;

/// The request for the object itself.
pub(super) fn leg<'q>(action: &'q ActionName, known: &'q [(&'static str, ContextValue)]) -> Leg<'q> {
    Leg { request: "s3", way: Way::Direct, known, ..Leg::of(action) }
}

/// What a request for the object, or for its bucket, is known to hold besides.
pub(super) fn known(on: On, is_under_kms: bool) -> Vec<(&'static str, ContextValue)> {
    if on == On::Object && is_under_kms { of_kms_object().into() } else { Vec::new() }
}

/// The action that reads an object, or a version of it.
pub(super) fn action(read: &ResolvedRead<'_>) -> ActionName {
    let name = if read.question.version_id.is_some() { "GetObjectVersion" } else { "GetObject" };
    ActionName::of("s3", name)
}

/// What the readings of S3's gates mean where no statement speaks.
pub(super) fn note(read: &ResolvedRead<'_>, gate: Gate, verdict: GateVerdict) -> Option<String> {
    let role = read.requester.short_name();
    match (gate, verdict) {
        (Gate::Identity, GateVerdict::Denied) => Some(format!("no identity-based policy of {role} allows it")),
        (Gate::Identity, GateVerdict::NotApplicable) => Some("the bucket policy lets the role in by itself".to_owned()),
        (Gate::Resource, GateVerdict::Denied) => {
            let account = read.caller().account.map_or_else(String::new, |a| a.to_string());
            Some(format!("nothing lets {role} of account {account} in"))
        }
        (Gate::Resource, GateVerdict::NotApplicable) => {
            Some("within one account the identity-based policy is enough".to_owned())
        }
        (Gate::Ownership, GateVerdict::Denied) => {
            Some("another account owns the object: the bucket policy does not cover it, and its ACL does not let this account read".to_owned())
        }
        (Gate::PublicAccess, GateVerdict::Denied) => {
            Some("the bucket policy counts as public, so RestrictPublicBuckets shuts other accounts out".to_owned())
        }
        (_, _) => None,
    }
}
