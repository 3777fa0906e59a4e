//! The S3 leg: may the role ask for this object?

use super::delivery::{self, KnownKey};
use super::target::ResolvedRead;
use crate::ask::GateVerdict;
use crate::eval::{ContextValue, Gate};
use crate::name::ActionName;
use crate::operation::On;
use crate::request::{Leg, Way};
use crate::service::{among, of_kms_object};

/// The same as a request takes it.
pub(super) fn borrowed(known: &[KnownKey]) -> Vec<(&str, ContextValue)> {
    known.iter().map(|(key, slot)| (&**key, slot.clone())).collect()
}

/// The request for the object itself.
pub(super) fn leg<'q>(action: &'q ActionName, known: &'q [(&'q str, ContextValue)]) -> Leg<'q> {
    Leg { request: "s3", way: Way::Direct, known, ..Leg::of(action) }
}

/// What a request for the object, or for its bucket, is known to hold besides.
pub(super) fn known(
    read: &ResolvedRead<'_>,
    action: &ActionName,
    on: On,
    is_under_kms: bool,
    copied: Option<&ResolvedRead<'_>>,
) -> Vec<KnownKey> {
    let mut known: Vec<KnownKey> = Vec::new();
    if on == On::Object && is_under_kms {
        known.extend(of_kms_object().map(|(key, slot)| (key.into(), slot)));
    }
    match action.folded() {
        "s3:putobject" => {
            known.push(("s3:x-amz-copy-source".into(), copied.map_or(ContextValue::Absent, copy_source)));
            known.extend(delivery::headers(read));
        }
        "s3:listbucket" if on == On::Bucket && read.question.doing.operation == "list" => {
            known.push(("s3:prefix".into(), prefix(&read.asked.key)));
        }
        _ => {}
    }
    known
}

/// The bucket and the key that the request names.
fn copy_source(source: &ResolvedRead<'_>) -> ContextValue {
    let start = format!("{}/", source.target.bucket.name);
    match source.within() {
        Some(within) => {
            let key = within.known.split_once(&start).map_or("", |(_, key)| key);
            ContextValue::Prefix(within.rest.below(format!("{start}{key}")))
        }
        None => ContextValue::one(format!("{start}{}", source.asked.key)),
    }
}

/// Names are listed that start like this: the text before the first `*`. A list of all of them may say so, or nothing.
fn prefix(key: &str) -> ContextValue {
    match key.split(['*', '?']).next().unwrap_or_default() {
        "" => among(&[None, Some("")], "a list of the whole bucket may name an empty prefix"),
        start => ContextValue::one(start),
    }
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
            let of = read.caller().account.map_or_else(String::new, |account| format!(" of account {account}"));
            Some(format!("nothing lets {role}{of} in"))
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
