use std::fmt;

use crate::name::AccountId;

/// A fact of the configuration that was not provided: what it is and of what, so that code never compares sentences.
///
/// What it is called is made here alone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FactId {
    /// Policies of a role or user.
    IdentityPolicies(Box<str>),
    /// The permissions boundary of a role or user, by its ARN.
    PermissionsBoundary(Box<str>),
    /// The session policies of the caller.
    SessionPolicy,
    /// The session tags of the caller.
    SessionTags,
    /// The trust policy of a role, by its ARN.
    TrustPolicy(Box<str>),
    /// The document of a managed policy, by its ARN.
    ManagedPolicy(Box<str>),
    /// Another document of the input, by the input's name for it.
    Document(Box<str>),
    /// SCPs of an account, or attached to the root, a unit or an account.
    ServiceControlPolicies(Box<str>),
    /// The resource control policies of an account.
    ResourceControlPolicies(Box<str>),
    /// SCPs of all units above the highest target that is known.
    ServiceControlPoliciesAbove(Box<str>),
    /// The resource control policies above a target.
    ResourceControlPoliciesAbove(Box<str>),
    /// The organization of an account, and where in it the account is.
    Organization(AccountId),
    /// The account of a principal.
    PrincipalAccount(Box<str>),
    /// The tags of a principal, by its ARN.
    PrincipalTags(Box<str>),
    /// The unique id, such as `AROA…`.
    PrincipalId(Box<str>),
    /// The tags of a role, by its ARN.
    RoleTags(Box<str>),
    /// How policies with a Deny are attached: inline or managed.
    DenyAttachment(Box<str>),
    /// The canonical user id of an account.
    CanonicalUserId(Box<str>),
    /// The EKS cluster of a service account.
    Cluster(Box<str>),

    /// The policy of a bucket, by its name.
    BucketPolicy(Box<str>),
    /// The account of a bucket, by its name.
    BucketAccount(Box<str>),
    /// The Region of a bucket, by its name.
    BucketRegion(Box<str>),
    /// Its tags, and whether they count (ABAC).
    BucketTags(Box<str>),
    /// The setting of the bucket, or of its account.
    RestrictPublicBuckets,
    /// The buckets that a Multi-Region Access Point may route to.
    BucketsBehind(Box<str>),
    /// The policy of an access point, by its ARN.
    AccessPointPolicy(Box<str>),
    /// The VPC that it takes requests from, if it takes them from one alone.
    AccessPointOrigin(Box<str>),
    /// Whether requesters pay, by the name of the bucket.
    RequesterPays(Box<str>),
    /// The encryption of an object, and its key.
    ObjectEncryption(ObjectId),
    /// Which KMS key encrypts an object.
    ObjectKey(ObjectId),
    /// The account that owns an object.
    ObjectOwner(ObjectId),
    /// The tags of an object.
    ObjectTags(ObjectId),
    /// The ACL of an object.
    ObjectAcl,
    /// The storage class of an object.
    ObjectStorageClass(ObjectId),

    /// Opt-in Regions of an account.
    AccountRegions(AccountId),

    /// Of all keys that were not provided.
    OtherKeyPolicies,
    /// The policy of a KMS key, by its ARN.
    KeyPolicy(Box<str>),
    /// The state of a KMS key, by its ARN.
    KeyState(Box<str>),
    /// The grants of a KMS key, by its ARN.
    KeyGrants(Box<str>),
    /// The origin of a KMS key, by its ARN.
    KeyOrigin(Box<str>),
    /// Whether a multi-Region key is a primary or a replica.
    KeyReplication(Box<str>),
    /// The aliases of a KMS key, by its ARN.
    KeyAliases(Box<str>),
    /// The tags of a KMS key, by its ARN.
    KeyTags(Box<str>),

    /// The policy of another resource, such as a secret, by its ARN.
    ResourcePolicy(Box<str>),
    /// The KMS key of a secret or queue, by its ARN.
    StoreKey(Box<str>),
    /// The tags of a secret or queue, by its ARN.
    StoreTags(Box<str>),

    /// The account of a resource that is no bucket.
    ResourceAccount(Box<str>),

    /// The policy of a VPC endpoint; of whichever one a request may pass.
    EndpointPolicy(Option<Box<str>>),
    /// Gateway or interface.
    EndpointType,
    /// The account that owns a VPC endpoint.
    EndpointAccount,
}

/// An object, or a pattern of object keys.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId {
    /// The name of the bucket.
    pub bucket: Box<str>,
    /// The object key, or the prefix of a set of them.
    pub key: Box<str>,
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

impl fmt::Display for FactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IdentityPolicies(of) => write!(f, "identity-based policies of {of}"),
            Self::PermissionsBoundary(of) => write!(f, "permissions boundary of {of}"),
            Self::SessionPolicy => f.write_str("session policy"),
            Self::SessionTags => f.write_str("session tags"),
            Self::TrustPolicy(role) => write!(f, "trust policy of {role}"),
            Self::ManagedPolicy(arn) => write!(f, "policy {arn}"),
            Self::Document(name) => f.write_str(name),
            Self::ServiceControlPolicies(of) => write!(f, "service control policies of {of}"),
            Self::ResourceControlPolicies(of) => write!(f, "resource control policies of {of}"),
            Self::ServiceControlPoliciesAbove(target) => {
                write!(f, "service control policies of the units above {target}")
            }
            Self::ResourceControlPoliciesAbove(target) => {
                write!(f, "resource control policies of the units above {target}")
            }
            Self::Organization(account) => write!(f, "organization of {account}"),
            Self::PrincipalAccount(of) | Self::ResourceAccount(of) => write!(f, "account of {of}"),
            Self::PrincipalId(of) => write!(f, "unique id of {of}"),
            Self::PrincipalTags(of) | Self::RoleTags(of) | Self::KeyTags(of) | Self::StoreTags(of) => {
                write!(f, "tags of {of}")
            }
            Self::ResourcePolicy(of) => write!(f, "policy of {of}"),
            Self::StoreKey(of) => write!(f, "KMS key of {of}"),
            Self::DenyAttachment(of) => write!(f, "how the denying policies of {of} are attached"),
            Self::CanonicalUserId(account) => write!(f, "canonical user id of account {account}"),
            Self::Cluster(of) => write!(f, "cluster of service account {of}"),
            Self::BucketPolicy(bucket) => write!(f, "bucket policy of {bucket}"),
            Self::BucketAccount(bucket) => write!(f, "account of the bucket {bucket}"),
            Self::BucketRegion(bucket) => write!(f, "Region of the bucket {bucket}"),
            Self::BucketTags(bucket) => write!(f, "tags of the bucket {bucket}"),
            Self::RestrictPublicBuckets => f.write_str("RestrictPublicBuckets"),
            Self::BucketsBehind(point) => write!(f, "buckets behind {point}"),
            Self::AccessPointPolicy(point) => write!(f, "policy of the access point {point}"),
            Self::AccessPointOrigin(point) => write!(f, "network origin of the access point {point}"),
            Self::RequesterPays(bucket) => write!(f, "Requester Pays of {bucket}"),
            Self::ObjectStorageClass(object) => write!(f, "storage class of {object}"),
            Self::AccountRegions(account) => write!(f, "Regions of {account}"),
            Self::OtherKeyPolicies => f.write_str("key policies of other keys"),
            Self::ObjectEncryption(object) => write!(f, "encryption of {object}"),
            Self::ObjectKey(object) => write!(f, "key of {object}"),
            Self::ObjectOwner(object) => write!(f, "owner of {object}"),
            Self::ObjectTags(object) => write!(f, "tags of {object}"),
            Self::ObjectAcl => f.write_str("ACL of the object"),
            Self::KeyPolicy(key) => write!(f, "key policy of {key}"),
            Self::KeyState(key) => write!(f, "state of {key}"),
            Self::KeyGrants(key) => write!(f, "grants of {key}"),
            Self::KeyOrigin(key) => write!(f, "origin of {key}"),
            Self::KeyReplication(key) => write!(f, "multi-Region type of {key}"),
            Self::KeyAliases(key) => write!(f, "aliases of {key}"),
            Self::EndpointPolicy(Some(id)) => write!(f, "policy of the VPC endpoint {id}"),
            Self::EndpointPolicy(None) => f.write_str("policy of the VPC endpoint the request may pass"),
            Self::EndpointType => f.write_str("type of the VPC endpoint"),
            Self::EndpointAccount => f.write_str("account of the VPC endpoint"),
        }
    }
}

impl FactId {
    /// As the object of “it depends on”.
    pub fn in_a_sentence(&self) -> Option<String> {
        if let Self::ObjectKey(object) = self {
            return Some(format!("which KMS key encrypts {object}"));
        }
        None
    }
}
