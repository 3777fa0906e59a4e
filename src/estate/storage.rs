use super::{Encryption, EncryptionType, KeyReference, Known, SharedPolicy, Tags};
use crate::name::{AccountId, Arn, Wild};
use crate::source::{Span, Spanned};

/// An S3 bucket.
#[derive(Clone, Debug)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// The account that owns it.
    pub account: Known<AccountId>,
    /// The Region it is in.
    pub region: Known<String>,
    /// `Provided(None)`: it has no bucket policy.
    pub policy: Known<Option<SharedPolicy>>,
    /// For new objects only (R105).
    pub encryption: Known<Encryption>,
    /// The input makes the bucket: all its objects are new.
    pub is_new: bool,
    /// Its Object Ownership setting.
    pub ownership: Known<Ownership>,
    /// Its own Block Public Access setting.
    pub public_access_block: Known<PublicAccessBlock>,
    /// Whether requesters pay.
    pub requester_pays: Known<bool>,
    /// Whether attribute-based access control is enabled.
    pub abac: Known<bool>,
    /// Its tags.
    pub tags: Known<Tags>,
    /// Kinds of encryption that uploads must not ask for.
    pub blocked_encryption: Known<Vec<EncryptionType>>,
    /// The rules of its replication configuration.
    pub replication: Known<Vec<Replication>>,
    /// Where the input says so.
    pub span: Span,
}

impl Bucket {
    /// A bucket of which nothing is told but its name.
    pub(crate) fn untold(name: &str, span: Span) -> Self {
        Self {
            name: name.to_owned(),
            account: Known::NotProvided,
            region: Known::NotProvided,
            policy: Known::NotProvided,
            encryption: Known::NotProvided,
            is_new: false,
            ownership: Known::NotProvided,
            public_access_block: Known::NotProvided,
            requester_pays: Known::NotProvided,
            abac: Known::NotProvided,
            tags: Known::NotProvided,
            blocked_encryption: Known::NotProvided,
            replication: Known::NotProvided,
            span,
        }
    }
}

/// A rule that replicates objects of a bucket.
#[derive(Clone, Debug)]
pub struct Replication {
    /// The bucket of the replicas.
    pub to: String,
    /// What the keys of the objects begin with that it replicates.
    pub prefix: String,
    /// The tags of the objects that it replicates, all of which they have.
    pub tags: Tags,
    /// It leaves out some of them, which a filter names that is not read.
    pub excludes: bool,
    /// Replicates objects under KMS keys too.
    pub sse_kms_objects: Option<bool>,
    /// The key of the replicas of such objects.
    pub key: Option<KeyReference>,
    /// The role that replicates.
    pub role: Option<Arn>,
    /// The account of the replicas' bucket comes to own them.
    pub owner_override: Option<bool>,
}

/// The Object Ownership setting (R100).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// ACLs are disabled, and the bucket's account owns every object.
    BucketOwnerEnforced,
    /// ACLs work; the bucket's account owns objects written with `bucket-owner-full-control`.
    BucketOwnerPreferred,
    /// ACLs work, and the account that writes an object owns it.
    ObjectWriter,
}

impl Ownership {
    /// The words of [`Ownership::parse`], in the order of the variants.
    pub const NAMES: &'static [&'static str] =
        &["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"];

    /// The setting a word of S3's API stands for; `None` for any other text.
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
    /// `RestrictPublicBuckets`: a public policy grants access to the bucket's account and to services only.
    pub restrict_public_buckets: bool,
    /// `IgnorePublicAcls`: ACLs that grant public access have no effect.
    pub ignore_public_acls: bool,
}

/// What HeadObject says of the objects that match a URI.
#[derive(Clone, Debug)]
pub struct Object {
    /// `s3://bucket/key`, wildcards allowed.
    pub uri: Spanned<Wild>,
    /// How these objects are encrypted, where it is known.
    pub encryption: Option<Encryption>,
    /// They are encrypted as the bucket's default says, keys included.
    pub as_default: bool,
    /// The account that owns them, where it is known.
    pub owner: Option<AccountId>,
    /// Whom their ACL lets read.
    pub acl_read: Known<Vec<Acl>>,
    /// Their tags.
    pub tags: Known<Tags>,
    /// Their storage class, where it is known.
    pub storage_class: Option<Spanned<String>>,
    /// A restored copy of an archived object exists.
    pub restored: Option<bool>,
}

/// Whom an object's ACL lets read.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Acl {
    /// An account.
    Account(AccountId),
    /// Everyone, or every authenticated AWS principal.
    Everyone,
}

/// A VPC endpoint.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Its id, as `vpce-…`.
    pub id: String,
    /// Its type.
    pub kind: Known<EndpointType>,
    /// The id of the VPC it is in.
    pub vpc: Option<String>,
    /// The account that owns it.
    pub account: Option<AccountId>,
    /// `Provided(None)`: full access.
    pub policy: Known<Option<SharedPolicy>>,
    /// Where the input says so.
    pub span: Span,
}

/// The types of VPC endpoints.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum EndpointType {
    /// A gateway endpoint, for S3.
    Gateway,
    /// An interface endpoint (PrivateLink).
    Interface,
}

/// An access point of S3.
#[derive(Clone, Debug)]
pub struct AccessPoint {
    /// Its name.
    pub name: String,
    /// The account that owns it.
    pub account: AccountId,
    /// The name of the bucket behind it.
    pub bucket: String,
    /// The Region it is in, where it is known.
    pub region: Option<String>,
    /// Its policy; `Provided(None)`: it has none.
    pub policy: Known<Option<SharedPolicy>>,
    /// Its alias, as `…-s3alias`.
    pub alias: Option<String>,
    /// Network origin: only from this VPC. `Provided(None)`: from everywhere.
    pub vpc: Known<Option<String>>,
    /// Its own Block Public Access setting.
    pub public_access_block: Known<PublicAccessBlock>,
    /// Where the input says so.
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
