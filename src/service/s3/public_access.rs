//! Block Public Access: the settings of the bucket, its account and the access point; the most restrictive wins (R102).
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>

use super::{Asked, Target};
use crate::estate::{Assumed, Known, PublicAccessBlock};
use crate::logic::FactId;

/// As far as there are any.
pub(super) fn settings<'a>(
    target: &Target<'a>,
    asked: &Asked<'a>,
) -> impl Iterator<Item = &'a Known<PublicAccessBlock>> {
    let account =
        target.bucket_account().and_then(|a| asked.estate.account(a)).map(|a| &a.public_access_block);
    let point = target.through.as_ref().map(|through| &through.point.public_access_block);
    [Some(&target.bucket.public_access_block), account, point].into_iter().flatten()
}

/// Whether RestrictPublicBuckets is on.
pub(super) fn restricts(target: &Target<'_>, asked: &Asked<'_>, assumed: &mut Assumed) -> Known<bool> {
    let account =
        target.bucket_account().and_then(|a| asked.estate.account(a)).map(|a| &a.public_access_block);
    let bucket = &target.bucket.public_access_block;
    if settings(target, asked).any(|s| s.told().is_some_and(|b| b.restrict_public_buckets)) {
        return Known::Told(true);
    }
    match (bucket, account) {
        (Known::Told(_), Some(Known::Told(_))) => Known::Told(false),
        (Known::Told(_), _) if !asked.strict => {
            if let (Known::Told(Some(policy)), Some(account)) =
                (&target.bucket.policy, target.bucket_account())
                && crate::eval::is_public(policy)
            {
                assumed.note_without(
                    FactId::RestrictPublicBuckets,
                    "RestrictPublicBuckets is off for the whole account",
                    format!("the account-level setting of {account} was not supplied"),
                );
            }
            Known::Told(false)
        }
        (_, _) => Known::NotTold,
    }
}
