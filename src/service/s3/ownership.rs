//! Who owns an object, and whether the bucket policy speaks for it (R100).
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>

use super::{Asked, Target, is_about_existing_object, is_read, public_access};
use crate::estate::{Acl, Assumed, Known, Ownership as Setting};
use crate::eval::Ownership;
use crate::logic::{FactId, Unknown};

pub(super) fn of(target: &Target<'_>, asked: &Asked<'_>, assumed: &mut Assumed) -> Ownership {
    let Some(object) = target.object.as_ref().filter(|_| is_about_existing_object(asked.action)) else {
        return Ownership::Covered;
    };
    let bucket_account = target.bucket_account();
    let owner = object.told.and_then(|o| o.owner);
    let acl = object.told.map_or(&Known::NotProvided, |o| &o.acl_read);
    let enforced = match target.bucket.ownership {
        Known::Provided(Setting::BucketOwnerEnforced) => true,
        Known::Provided(Setting::BucketOwnerPreferred | Setting::ObjectWriter) => false,
        Known::NotProvided => match (owner, bucket_account) {
            (Some(owner), Some(bucket)) => {
                owner == bucket && !matches!(acl, Known::Provided(list) if !list.is_empty())
            }
            (_, _) if asked.strict => false,
            (_, _) => {
                assumed.note(
                    "the bucket owner owns the object (BucketOwnerEnforced)",
                    format!("the Object Ownership of {} was not supplied", target.bucket.name),
                );
                true
            }
        },
    };
    if enforced {
        return Ownership::Covered;
    }
    let lets_read =
        if is_read(asked.action) { lets_read(target, asked, acl) } else { Known::Provided(false) };
    match owner {
        Some(owner) if Some(owner) == bucket_account => match lets_read {
            Known::Provided(true) => Ownership::CoveredByAcl,
            Known::Provided(false) | Known::NotProvided => Ownership::Covered,
        },
        Some(owner) => Ownership::Foreign { owner, acl_lets_read: lets_read },
        None => Ownership::NotProvided {
            acl_lets_read: lets_read,
            unknown: Unknown::missing(
                FactId::ObjectOwner(object.uri.id()),
                match target.bucket.ownership {
                    Known::Provided(_) => {
                        "ACLs are enabled: where another account owns the object, the bucket policy does not cover it"
                    }
                    Known::NotProvided => {
                        "the Object Ownership of the bucket is not known: where ACLs are enabled and another account owns the object, the bucket policy does not cover it"
                    }
                },
            ),
        },
    }
}

/// Whether the ACL of the object lets the caller's account read.
fn lets_read(target: &Target<'_>, asked: &Asked<'_>, acl: &Known<Vec<Acl>>) -> Known<bool> {
    let Known::Provided(list) = acl else { return Known::NotProvided };
    let by_account =
        |entry: &Acl| matches!(entry, Acl::Account(account) if asked.caller.account == Some(*account));
    if list.iter().any(by_account) {
        return Known::Provided(true);
    }
    if !list.contains(&Acl::Everyone) {
        return Known::Provided(false);
    }
    // IgnorePublicAcls of the account or the bucket (R102).
    if public_access::settings(target, asked).any(|b| b.provided().is_some_and(|b| b.ignore_public_acls)) {
        return Known::Provided(false);
    }
    if target.bucket.public_access_block.is_provided() { Known::Provided(true) } else { Known::NotProvided }
}
