//! Buckets and their objects, by name or through an access point (R22, R66, R100–R110).
//!
//! Sources: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-policy-language-overview.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html>,
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>

mod access_point;
mod keys;
mod ownership;
mod public_access;
mod target;

use super::{Asked, Block, Blocked, LetsIn, OwnPolicies, OwnSide, Resource, Service};
use crate::estate::{Assumed, Bucket, Estate, Known, Object, Ownership};
use crate::eval::{CallerKind, Context, Given, KnownPrefix};
use crate::logic::{FactId, Unknown, UnknownKind};
use crate::name::{AccountId, ActionName, Arn};

pub(crate) use keys::{is_about_tls, of_kms_object};
pub use target::OBJECT_KEY;
pub(crate) use target::{Target, partition_of};

pub(super) static SERVICE: Service = Service {
    prefix: "s3",
    // Through an access point two policies decide together, and either may be the one that is meant.
    resource_policy: |arn| match arn.split(':').nth(4) {
        Some("") | None => "bucket policy",
        Some(_) => "resource policy",
    },
    requires_policy_of: None,
    has_told_endpoints: true,
    may_have_gateway_endpoint: true,
    is_regional: true,
    add_parameters: |_, _| {},
    via_key: None,
    named: |_, name| name.strip_prefix("s3://").map(|path| Arn::of("aws", "s3", "", "", path)),
    find: |estate, _, arn| target::find(estate, arn),
};

/// Reads of an object, in lower case: what the ACL of an object can let others do.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html>
const REQUEST_PAYER: &str = "x-amz-request-payer";
const READS: [&str; 3] = ["s3:getobject", "s3:getobjecttorrent", "s3:getobjectversion"];

fn is_read(action: &ActionName) -> bool {
    READS.contains(&action.folded())
}

/// Actions on an object that exists, whose owner then matters: the bucket policy speaks for objects of the bucket's owner
/// alone.
fn is_about_existing_object(action: &ActionName) -> bool {
    action.folded().starts_with("s3:getobject")
}

impl<'e> Resource<'e> for Target<'e> {
    fn arn(&self) -> &str {
        Target::arn(self)
    }

    fn within(&self) -> Option<&KnownPrefix> {
        match &self.through {
            Some(through) => through.object.as_ref().and_then(|place| place.within.as_ref()),
            None => self.object.as_ref().and_then(|object| object.place.within.as_ref()),
        }
    }

    fn owner(&self) -> Option<AccountId> {
        self.bucket_account()
    }

    fn region(&self) -> Option<&str> {
        self.bucket.region.provided().map(String::as_str)
    }

    fn side(&self, asked: &Asked<'_>, assumed: &mut Assumed) -> OwnSide<'e> {
        let ownership = ownership::of(self, asked, assumed);
        let owner = self.bucket_account();
        let point = self.through.as_ref().map(|through| through.point);
        let access_point = access_point::policies(self, asked, assumed);
        let policy = self.bucket_policy(asked, assumed);
        let restrict_public = public_access::restricts(self, asked, assumed);
        OwnSide {
            access_point,
            access_point_owner: point.map(|point| point.account),
            access_point_is_private: point.is_some_and(|point| matches!(point.vpc, Known::Provided(Some(_)))),
            underlying: self.through.as_ref().map(|_| self.underlying()),
            account_unknown: owner.is_none().then(|| {
                Unknown::missing(
                    FactId::BucketAccount(self.bucket.name.as_str().into()),
                    "who owns the bucket decides whether the request crosses accounts",
                )
            }),
            ownership,
            restrict_public,
            ..OwnSide::of(policy, owner)
        }
    }

    fn lets_in(&self, estate: &'e Estate, strict: bool) -> LetsIn<'e> {
        let bucket = self.bucket;
        let points = estate.access_points.iter().filter(|point| point.bucket == bucket.name);
        let points = points.filter_map(|point| point.policy.provided()?.as_ref());
        let told = bucket.policy.provided().and_then(Option::as_ref);
        // What an ACL gives is in no policy.
        let by_acl = self.object.is_some() && {
            let start = format!("s3://{}/", bucket.name);
            let opens = |o: &&Object| {
                let by_acl = matches!(&o.acl_read, Known::Provided(list) if !list.is_empty());
                by_acl || o.owner.is_some_and(|owner| Some(&owner) != bucket.account.provided())
            };
            let mut objects = estate.objects.maybe_called(&bucket.name);
            objects.any(|o| o.uri.value.as_str().starts_with(&start) && opens(&o))
        };
        LetsIn {
            policies: told.into_iter().chain(points).collect(),
            is_open: !bucket.policy.is_provided() || by_acl || self.may_be_foreign(strict),
            lets_public: true,
            ..LetsIn::default()
        }
    }

    fn bucket(&self) -> Option<&'e Bucket> {
        Some(self.bucket)
    }

    fn add_keys(&self, context: &mut Context, asked: &Asked<'_>) {
        keys::add(self, context, asked);
    }

    /// Archive tiers need a restored copy (R110), and the account that pays has to be known (R109).
    fn block(&self, asked: &Asked<'_>) -> Option<Blocked> {
        let is_charged = matches!(self.bucket.requester_pays, Known::Provided(true));
        if is_charged && asked.caller.kind == CallerKind::Anonymous {
            return Some(Blocked {
                by: Block::RequesterPays,
                why: format!(
                    "the bucket {} is Requester Pays: S3 refuses requests without credentials, since nobody would pay",
                    self.bucket.name
                ),
            });
        }
        let lacks_header = matches!(asked.circumstances.header(REQUEST_PAYER), Some(Given::Absent));
        if is_charged && lacks_header && self.is_charged_to(asked) {
            return Some(Blocked {
                by: Block::RequesterPays,
                why: format!(
                    "the bucket {} is Requester Pays: S3 refuses requests from other accounts without {REQUEST_PAYER}",
                    self.bucket.name
                ),
            });
        }
        let object = self.object.as_ref()?.told.filter(|_| is_read(asked.action))?;
        let class = object.storage_class.as_ref()?;
        let archived = matches!(
            class.value.as_str(),
            "GLACIER" | "DEEP_ARCHIVE" | "ARCHIVE_ACCESS" | "DEEP_ARCHIVE_ACCESS"
        );
        (archived && object.restored != Some(true)).then(|| Blocked {
            by: Block::Archived,
            why: format!(
                "the object is in {}: S3 answers InvalidObjectState until a restored copy exists",
                class.value
            ),
        })
    }

    fn unless(&self, asked: &Asked<'_>, assumed: &mut Assumed) -> Vec<Unknown> {
        let pays = self.requester_pays(asked, assumed);
        let class = self.storage_class(asked, assumed);
        let origin = access_point::origin(self, asked, assumed);
        pays.into_iter().chain(class).chain(origin).chain(self.routing()).collect()
    }
}

impl<'e> Target<'e> {
    /// Any account may own the object, whose own policies then suffice (R100).
    fn may_be_foreign(&self, strict: bool) -> bool {
        let has_acls = match self.bucket.ownership {
            Known::Provided(setting) => setting != Ownership::BucketOwnerEnforced,
            Known::NotProvided => strict,
        };
        has_acls && self.object.is_some() && self.told().is_none_or(|object| object.owner.is_none())
    }

    fn bucket_policy(&self, asked: &Asked<'_>, assumed: &mut Assumed) -> OwnPolicies<'e> {
        match &self.bucket.policy {
            Known::Provided(None) => OwnPolicies::Nothing,
            Known::Provided(Some(policy)) => OwnPolicies::Provided(std::slice::from_ref(policy)),
            Known::NotProvided => {
                if !asked.strict {
                    assumed.note(
                        "no Deny in the bucket policy",
                        format!("the policy of {} was not supplied", self.bucket.name),
                    );
                }
                OwnPolicies::NotProvided {
                    what: Unknown::missing(
                        FactId::BucketPolicy(self.bucket.name.as_str().into()),
                        "the bucket policy was not supplied",
                    ),
                    denies: asked.strict,
                }
            }
        }
    }

    /// Requests of the bucket's own account, and of services, are never charged to the requester.
    fn is_charged_to(&self, asked: &Asked<'_>) -> bool {
        self.bucket_account() != asked.caller.account && asked.caller.kind != CallerKind::Service
    }

    /// Callers from other accounts must say that they pay (R109).
    fn requester_pays(&self, asked: &Asked<'_>, assumed: &mut Assumed) -> Option<Unknown> {
        if !self.is_charged_to(asked)
            || matches!(asked.circumstances.header(REQUEST_PAYER), Some(Given::Values(_)))
        {
            return None;
        }
        match self.bucket.requester_pays {
            Known::Provided(false) => None,
            Known::Provided(true) => Some(Unknown::new(
                UnknownKind::ContextKey,
                REQUEST_PAYER,
                "the bucket is Requester Pays: S3 refuses requests from other accounts without this header",
            )),
            Known::NotProvided if asked.strict => Some(Unknown::missing(
                FactId::RequesterPays(self.bucket.name.as_str().into()),
                "with it, S3 refuses requests from other accounts without a header of their own, and the question is strict",
            )),
            Known::NotProvided => {
                assumed.note_without(
                    FactId::RequesterPays(self.bucket.name.as_str().into()),
                    "the bucket is not Requester Pays",
                    format!("the setting of {} was not supplied", self.bucket.name),
                );
                None
            }
        }
    }

    /// An object of a class that nobody told is taken to be at hand (R110).
    fn storage_class(&self, asked: &Asked<'_>, assumed: &mut Assumed) -> Option<Unknown> {
        let object = self.object.as_ref().filter(|_| is_read(asked.action))?;
        if object.told.is_some_and(|told| told.storage_class.is_some()) {
            return None;
        }
        if asked.strict {
            return Some(Unknown::missing(
                FactId::ObjectStorageClass(object.uri.id()),
                "S3 answers InvalidObjectState for an archived object, and the question is strict",
            ));
        }
        assumed.note_without(
            FactId::ObjectStorageClass(object.uri.id()),
            "the object is not archived",
            format!("the storage class of {} was not supplied", object.uri),
        );
        None
    }

    /// A Multi-Region Access Point may route the request to a bucket the estate says nothing of (R104).
    fn routing(&self) -> Option<Unknown> {
        let through = self.through.as_ref().filter(|through| through.point.is_multi_region())?;
        Some(Unknown::missing(
            FactId::BucketsBehind(through.point.name.as_str().into()),
            "a Multi-Region Access Point may route the request to a bucket in another Region, under another key",
        ))
    }
}
