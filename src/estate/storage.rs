use super::{Encryption, KeyReference, Known, SharedPolicy, Tags};
use crate::name::{AccountId, Arn, Wild};
use crate::source::{Span, Spanned};

#[derive(Clone, Debug)]
pub struct Bucket {
    pub name: String,
    pub account: Known<AccountId>,
    pub region: Known<String>,
    /// `Provided(None)`: it has no bucket policy.
    pub policy: Known<Option<SharedPolicy>>,
    /// For new objects only (R105).
    pub encryption: Known<Encryption>,
    /// The input makes the bucket: all its objects are new.
    pub is_new: bool,
    pub ownership: Known<Ownership>,
    pub public_access_block: Known<PublicAccessBlock>,
    pub requester_pays: Known<bool>,
    pub abac: Known<bool>,
    pub tags: Known<Tags>,
    /// The rules of its replication configuration.
    pub replication: Known<Vec<Replication>>,
    pub span: Span,
}

/// A rule that replicates objects of a bucket.
#[derive(Clone, Debug)]
pub struct Replication {
    /// The bucket of the replicas.
    pub to: String,
    /// Replicates objects under KMS keys too.
    pub sse_kms_objects: Option<bool>,
    /// The key of the replicas of such objects.
    pub key: Option<KeyReference>,
    /// The role that replicates.
    pub role: Option<Arn>,
}

/// The Object Ownership setting (R100).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Ownership {
    BucketOwnerEnforced,
    BucketOwnerPreferred,
    ObjectWriter,
}

impl Ownership {
    pub const NAMES: &'static [&'static str] =
        &["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"];

    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "BucketOwnerEnforced" => Self::BucketOwnerEnforced,
            "BucketOwnerPreferred" => Self::BucketOwnerPreferred,
            "ObjectWriter" => Self::ObjectWriter,
            _ => return None,
        })
    }
}

/// Block Public Access, as far as it matters to a read (R102).
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicAccessBlock {
    pub restrict_public_buckets: bool,
    pub ignore_public_acls: bool,
}

/// What HeadObject says of the objects that match a URI.
#[derive(Clone, Debug)]
pub struct Object {
    /// `s3://bucket/key`, wildcards allowed.
    pub uri: Spanned<Wild>,
    pub encryption: Option<Encryption>,
    /// They are encrypted as the bucket's default says, keys included.
    pub as_default: bool,
    pub owner: Option<AccountId>,
    pub acl_read: Known<Vec<Acl>>,
    pub tags: Known<Tags>,
    pub storage_class: Option<Spanned<String>>,
    /// A restored copy of an archived object exists.
    pub restored: Option<bool>,
}

/// Whom an object's ACL lets read.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Acl {
    Account(AccountId),
    Everyone,
}

#[derive(Clone, Debug)]
pub struct Endpoint {
    pub id: String,
    pub kind: Known<EndpointType>,
    pub vpc: Option<String>,
    pub account: Option<AccountId>,
    /// `Provided(None)`: full access.
    pub policy: Known<Option<SharedPolicy>>,
    pub span: Span,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum EndpointType {
    Gateway,
    Interface,
}

#[derive(Clone, Debug)]
pub struct AccessPoint {
    pub name: String,
    pub account: AccountId,
    pub bucket: String,
    pub region: Option<String>,
    pub policy: Known<Option<SharedPolicy>>,
    pub alias: Option<String>,
    /// Network origin: only from this VPC. `Provided(None)`: from everywhere.
    pub vpc: Known<Option<String>>,
    pub public_access_block: Known<PublicAccessBlock>,
    pub span: Span,
}

impl AccessPoint {
    /// A Multi-Region Access Point: its ARN has no Region, and it leads to several buckets (R104).
    pub fn is_multi_region(&self) -> bool {
        self.name.ends_with(".mrap")
    }

    /// Whether an ARN or an alias names this access point.
    pub fn is_named(&self, text: &str) -> bool {
        if self.alias.as_deref() == Some(text) {
            return true;
        }
        let Ok(arn) = text.parse::<Arn>() else { return false };
        arn.service() == "s3"
            && arn.account() == Some(self.account)
            && arn.resource_of("accesspoint") == Some(&self.name)
            && self.region.as_deref().is_none_or(|r| r == arn.region())
    }
}
