//! Block Public Access: the settings of the bucket, its account, its organization and the access point; the most
//! restrictive wins (R102).
//!
//! Sources: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>,
//! <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_s3.html>

use super::{Asked, Target};
use crate::estate::{Assumed, Known, PublicAccessBlock};
use crate::logic::FactId;

/// Who sets the settings, in a sentence, and what is known of them; `None` where there is none.
struct Settings<'a> {
    of: String,
    told: Option<&'a Known<PublicAccessBlock>>,
}

const NOT_TOLD: &Known<PublicAccessBlock> = &Known::NotProvided;

fn of_account<'a>(target: &Target<'a>, asked: &Asked<'a>) -> Settings<'a> {
    let owner = target.bucket_account();
    Settings {
        of: owner.map_or_else(|| "the account".to_owned(), |account| format!("account {account}")),
        told: Some(owner.and_then(|a| asked.estate.account(a)).map_or(NOT_TOLD, |a| &a.public_access_block)),
    }
}

/// A policy of the organization may switch the settings on for all its accounts.
fn of_organization<'a>(target: &Target<'a>, asked: &Asked<'a>) -> Settings<'a> {
    let organization =
        target.bucket_account().map_or(Known::NotProvided, |a| asked.estate.organization_of(a));
    match organization {
        Known::Provided(None) => Settings { of: String::new(), told: None },
        Known::Provided(Some(o)) => {
            Settings { of: format!("organization {}", o.id), told: Some(&o.s3_policy) }
        }
        Known::NotProvided => Settings { of: "the organization".to_owned(), told: Some(NOT_TOLD) },
    }
}

/// New access points have all settings on, and whoever made this one may have switched them off.
fn of_point<'a>(target: &Target<'a>) -> Settings<'a> {
    let point = target.through.as_ref().map(|through| through.point);
    let of = point.map_or_else(String::new, |point| format!("access point {}", point.name));
    Settings { of, told: point.map(|point| &point.public_access_block) }
}

/// As far as there are any.
pub(super) fn settings<'a>(
    target: &Target<'a>,
    asked: &Asked<'a>,
) -> impl Iterator<Item = &'a Known<PublicAccessBlock>> {
    let others = [of_account(target, asked), of_organization(target, asked), of_point(target)];
    std::iter::once(&target.bucket.public_access_block).chain(others.into_iter().filter_map(|s| s.told))
}

/// Whether RestrictPublicBuckets is on.
pub(super) fn restricts(target: &Target<'_>, asked: &Asked<'_>, assumed: &mut Assumed) -> Known<bool> {
    if settings(target, asked).any(|s| s.provided().is_some_and(|b| b.restrict_public_buckets)) {
        return Known::Provided(true);
    }
    if !target.bucket.public_access_block.is_provided() {
        return Known::NotProvided;
    }
    let above = [of_account(target, asked), of_organization(target, asked), of_point(target)];
    let open: Vec<Settings<'_>> =
        above.into_iter().filter(|s| s.told.is_some_and(|told| !told.is_provided())).collect();
    if open.is_empty() {
        return Known::Provided(false);
    }
    if asked.strict {
        return Known::NotProvided;
    }
    if may_be_public(target) {
        for Settings { of, .. } in open {
            assumed.note_without(
                FactId::RestrictPublicBuckets,
                format!("RestrictPublicBuckets is off for {of}"),
                "its setting was not supplied, and the policy counts as public",
            );
        }
    }
    Known::Provided(false)
}

/// Whether a policy on the way counts as public.
fn may_be_public(target: &Target<'_>) -> bool {
    let point = target.through.as_ref().map(|through| through.point);
    let point = point.filter(|point| !matches!(point.vpc, Known::Provided(Some(_))));
    let policies = [target.bucket.policy.provided(), point.and_then(|point| point.policy.provided())];
    policies.into_iter().flatten().flatten().any(|policy| crate::eval::is_public(policy))
}
