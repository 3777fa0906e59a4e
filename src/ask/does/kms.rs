//! The KMS leg: may the role's read be decrypted under this key?

use super::encryption::Candidate;
use super::target::ResolvedRead;
use super::{delivery, s3};
use crate::ask::{Block, GateVerdict};
use crate::estate::Assumed;
use crate::eval::{ContextValue, Gate};
use crate::name::{ActionName, partition};
use crate::request::call::{Call, SharedCaller};
use crate::request::{Forwarded, Leg, Way};
use crate::service::Blocked;

/// The request that S3 makes of a read, with the reader's permissions.
pub(super) fn forwarded<'e>(
    read: &ResolvedRead<'e>,
    caller: &SharedCaller,
    action: &ActionName,
    candidate: &Candidate<'e>,
    request: &'static str,
    assumed: &mut Assumed,
) -> Call<'e> {
    let region = read.region().unwrap_or(candidate.key.arn.region());
    let encrypted = Some(encrypted(read, candidate));
    let forwarded = Forwarded::by_s3(partition::via_services("s3", region), true, encrypted);
    let pair = delivery::pair(read);
    let known = s3::borrowed(pair.as_slice());
    let leg = Leg { request, way: Way::Forwarded(forwarded), known: &known, ..Leg::of(action) };
    let mut call = caller.call(&read.ctx, &read.requester, &leg, &candidate.key, assumed);
    call.blocked = not_for_s3(read, candidate).or(call.blocked);
    call
}

/// Bucket ARN with a Bucket Key, object ARN without (R52).
fn encrypted(read: &ResolvedRead<'_>, candidate: &Candidate<'_>) -> ContextValue {
    let target = &read.target;
    match target.object.as_ref().filter(|_| !candidate.bucket_key) {
        Some(object) => match &object.place.within {
            Some(within) => ContextValue::Prefix(within.clone()),
            None => ContextValue::one(&*object.place.arn),
        },
        None => ContextValue::one(&*target.bucket_arn),
    }
}

/// Keys that S3 does not use (R93, R95).
fn not_for_s3(read: &ResolvedRead<'_>, candidate: &Candidate<'_>) -> Option<Blocked> {
    let key = &candidate.key;
    if let Some(region) = read.region()
        && key.arn.region() != region
    {
        let why = format!(
            "the key is in {} and the bucket in {region}: S3 uses only keys of its own Region",
            key.arn.region()
        );
        return Some(Blocked { by: Block::Region, why });
    }
    let (spec, usage) = key.spec_and_usage();
    (!key.is_symmetric()).then(|| Blocked {
        by: Block::KeyType,
        why: format!("the key is {spec} for {usage}; S3 uses only symmetric encryption keys"),
    })
}

/// What the readings of KMS's gates mean where no statement speaks.
pub(super) fn note(
    read: &ResolvedRead<'_>,
    candidate: &Candidate<'_>,
    gate: Gate,
    verdict: GateVerdict,
) -> Option<String> {
    let role = read.requester.short_name();
    let account = read.caller().account.map_or_else(String::new, |a| a.to_string());
    let key = &candidate.key;
    let own = key.arn.account() == read.caller().account;
    match (gate, verdict) {
        (Gate::Identity, GateVerdict::Denied) => {
            Some(format!("no identity-based policy of {role} allows it"))
        }
        (Gate::Identity, GateVerdict::NotApplicable) => {
            Some("the key policy or a grant lets the role in by itself".to_owned())
        }
        (Gate::Resource, GateVerdict::Denied) if key.is_managed() && !own => Some(format!(
            "{} is the AWS managed key of another account; its fixed policy lets in only principals of {}",
            key.managed_name(),
            key.arn.account_text()
        )),
        (Gate::Resource, GateVerdict::Denied) if own => Some(format!(
            "it names neither {role} nor lets account {account} delegate; IAM alone never opens a key"
        )),
        (Gate::Resource, GateVerdict::Denied) => Some(match account.as_str() {
            "" => format!("it does not let {role} in"),
            account => format!("it lets in neither {role} nor account {account}"),
        }),
        (Gate::Resource, _) if key.is_managed() => {
            Some(format!("the fixed policy of {}", key.managed_name()))
        }
        (Gate::Resource, GateVerdict::NotApplicable) => Some("a grant stands in for it".to_owned()),
        (Gate::Grant, GateVerdict::Denied) => Some(
            "a grant names the role, but its encryption-context constraint does not fit this object"
                .to_owned(),
        ),
        (_, _) => None,
    }
}
