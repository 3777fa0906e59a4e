//! Where changes that open a leg belong.

use super::encryption::Candidate;
use super::required::Required;
use super::target::ResolvedRead;
use crate::ask::{Holder, fix};
use crate::estate::{Known, SharedPolicy};
use crate::operation::On;

pub(super) fn documents<'e>(
    read: &'e ResolvedRead<'e>,
    leg: &Required<'_, 'e>,
    key: Option<&Candidate<'e>>,
) -> fix::Documents<'e> {
    let first = |policies: &'e Known<Vec<SharedPolicy>>| policies.provided().and_then(|l| l.first());
    let bucket = read.target.bucket;
    let is_s3 = matches!(leg.on(), On::Object | On::Bucket);
    let owner = match key {
        None => read.bucket_account(),
        Some(candidate) => candidate.key.arn.account(),
    };
    let holder = match key.and_then(|candidate| candidate.key.key) {
        Some(key) => Holder::Key(key.arn.value.to_string()),
        None if is_s3 => Holder::Bucket(bucket.name.clone()),
        None => Holder::Other,
    };
    let (resource, resource_name, editable, via) = match key {
        None if is_s3 => (
            bucket.policy.provided().and_then(Option::as_ref),
            format!("bucket policy of {}", bucket.name),
            true,
            None,
        ),
        None => (None, "resource-based policy".to_owned(), true, None),
        Some(candidate) => {
            let key = &candidate.key;
            (
                key.key.and_then(|k| k.policy.provided()),
                format!("key policy of {}", key.arn),
                !key.is_managed(),
                leg.is_forwarded().then(|| format!("s3.{}.amazonaws.com", key.arn.region())),
            )
        }
    };
    fix::Documents {
        estate: read.estate(),
        role: read.requester.name(),
        account: read.caller().account,
        identity: read.estate().own_policy(read.requester.policies()),
        boundary: read.requester.boundary().provided().and_then(Option::as_ref),
        session: first(&read.question.circumstances.session.policies),
        owner,
        holder,
        resource,
        resource_name,
        resource_is_editable: editable,
        point: read.point().filter(|_| is_s3).map(|point| fix::Point {
            name: &point.name,
            account: point.account,
            policy: point.policy.provided().and_then(Option::as_ref),
            behind: read.target.object.as_ref().map_or(&*read.target.bucket_arn, |object| &*object.place.arn),
        }),
        endpoint: read.ctx.endpoint.and_then(|e| e.policy.provided()).and_then(Option::as_ref),
        via_service: via,
    }
}
