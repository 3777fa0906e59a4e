use crate::estate::ObjectUri;
use crate::logic::{FactId, ObjectId};
use crate::name::{AccountId, Arn, symbol};

/// Something that is so or not so in AWS, and that nobody told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MissingFact {
    /// The organization of an account, and where in it the account is.
    Organization(AccountId),
    /// SCPs attached to the root, a unit or an account.
    ServiceControlPolicies {
        /// The account or organizational unit.
        target: String,
    },
    /// The resource control policies of a target.
    ResourceControlPolicies {
        /// The account or organizational unit.
        target: String,
    },
    /// The S3 setting of a whole account.
    AccountPublicAccessBlock(AccountId),
    /// A fact of a role.
    Role(Arn, RoleFact),
    /// The policies of a user.
    User(Arn),
    /// The document of a managed policy, and the account of who has it.
    Policy {
        /// The ARN of the principal.
        arn: String,
        /// The account it is in.
        account: AccountId,
    },
    /// A fact of a bucket.
    Bucket {
        /// The name of the bucket.
        name: String,
        /// The account that owns it, where it is known.
        account: Option<AccountId>,
        /// The Region it is in, where it is known.
        region: Option<String>,
        /// Which fact.
        fact: BucketFact,
    },
    /// How one object is encrypted.
    Object {
        /// The object, as `s3://BUCKET/KEY`.
        uri: String,
        /// The account that owns the bucket, where it is known.
        account: Option<AccountId>,
        /// The Region of the bucket, where it is known.
        region: Option<String>,
    },
    /// A fact of a KMS key.
    Key(Arn, KeyFact),
    /// The key behind an alias or a bare id.
    KeyBehind {
        /// How the input refers to the key.
        reference: String,
        /// The account of the key, where it is known.
        account: Option<AccountId>,
        /// The Region of the key, where it is known.
        region: Option<String>,
    },
    /// The policy and type of a VPC endpoint.
    Endpoint {
        /// The id of the endpoint.
        id: String,
        /// The Region it is in, where it is known.
        region: Option<String>,
    },
    /// Told by a row of `decryptable.toml`.
    Row(RowFact),
}

/// What a row of `decryptable.toml` tells, and no file of AWS's answers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowFact {
    /// How all objects that fit a pattern are stored.
    Objects {
        /// The pattern, as the question writes it.
        uri: String,
    },
    /// The organization's policy for S3.
    OrganizationS3Policy {
        /// The organization.
        id: String,
    },
    /// Whether an account has an opt-in Region switched on.
    Regions {
        /// The account of the caller.
        account: AccountId,
        /// The opt-in Region.
        region: String,
    },
    /// The policy, the key or the tags of a secret or queue.
    Store {
        /// Its ARN.
        arn: String,
    },
    /// The VPC that an access point takes requests from, if it takes them from one alone.
    AccessPointOrigin {
        /// The access point.
        name: String,
    },
}

/// What may be missing of a role.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RoleFact {
    /// The trust policy.
    Trust,
    /// The identity-based policies, inline and attached.
    Policies,
    /// The permissions boundary.
    Boundary,
    /// The tags.
    Tags,
}

/// What may be missing of a bucket.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BucketFact {
    /// The account that owns it.
    Account,
    /// The Region it is in.
    Region,
    /// The bucket policy.
    Policy,
    /// The default encryption.
    Encryption,
    /// The Object Ownership setting.
    Ownership,
    /// The Block Public Access setting of the bucket.
    PublicAccessBlock,
    /// Whether requesters pay.
    RequesterPays,
    /// Whether attribute-based access control is enabled.
    Abac,
    /// The tags.
    Tags,
}

/// What may be missing of a KMS key.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyFact {
    /// What DescribeKey says: its state, origin and spec.
    State,
    /// The key policy.
    Policy,
    /// The grants.
    Grants,
    /// The aliases.
    Aliases,
    /// The tags.
    Tags,
}

impl MissingFact {
    /// What is missing of its subject.
    pub fn what(&self) -> &'static str {
        match self {
            Self::Organization(_) => "organization",
            Self::ServiceControlPolicies { .. } => "service control policies",
            Self::ResourceControlPolicies { .. } => "resource control policies",
            Self::AccountPublicAccessBlock(_) => "Block Public Access",
            Self::Role(_, RoleFact::Trust) => "trust policy",
            Self::Role(_, RoleFact::Policies) | Self::User(_) => "identity-based policies",
            Self::Role(_, RoleFact::Boundary) => "permissions boundary",
            Self::Role(_, RoleFact::Tags) => "tags",
            Self::Policy { .. } => "document",
            Self::Bucket { fact, .. } => match fact {
                BucketFact::Account => "account",
                BucketFact::Region => "Region",
                BucketFact::Policy => "bucket policy",
                BucketFact::Encryption => "default encryption",
                BucketFact::Ownership => "object ownership",
                BucketFact::PublicAccessBlock => "Block Public Access",
                BucketFact::RequesterPays => "Requester Pays",
                BucketFact::Abac => "ABAC setting",
                BucketFact::Tags => "tags",
            },
            Self::Object { .. } => "encryption",
            Self::Key(_, fact) => match fact {
                KeyFact::State => "state",
                KeyFact::Policy => "key policy",
                KeyFact::Grants => "grants",
                KeyFact::Aliases => "aliases",
                KeyFact::Tags => "tags",
            },
            Self::KeyBehind { .. } => "key behind the name",
            Self::Endpoint { .. } => "policy",
            Self::Row(RowFact::Objects { .. }) => "encryption and storage class",
            Self::Row(RowFact::OrganizationS3Policy { .. }) => "S3 policy",
            Self::Row(RowFact::Regions { .. }) => "opt-in Regions",
            Self::Row(RowFact::AccessPointOrigin { .. }) => "network origin",
            Self::Row(RowFact::Store { .. }) => "policy and key",
        }
    }

    /// The account whose credentials can tell.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            // The management account's: nobody told which one it is.
            Self::Organization(_)
            | Self::ServiceControlPolicies { .. }
            | Self::ResourceControlPolicies { .. }
            | Self::Endpoint { .. }
            | Self::Row(_) => None,
            Self::AccountPublicAccessBlock(account) | Self::Policy { account, .. } => Some(*account),
            Self::Role(arn, _) | Self::User(arn) | Self::Key(arn, _) => arn.account(),
            Self::Bucket { account, .. } | Self::Object { account, .. } | Self::KeyBehind { account, .. } => {
                *account
            }
        }
    }

    /// A thing that a plan or a template is yet to make: nobody can ask AWS about it.
    pub(super) fn is_of_the_future(&self) -> bool {
        symbol::is_in(&self.subject())
    }

    /// What it is about.
    pub fn subject(&self) -> String {
        match self {
            Self::Organization(account) | Self::AccountPublicAccessBlock(account) => account.to_string(),
            Self::ServiceControlPolicies { target } | Self::ResourceControlPolicies { target } => {
                target.clone()
            }
            Self::Role(arn, _) | Self::User(arn) | Self::Key(arn, _) => arn.to_string(),
            Self::Policy { arn, .. } => arn.clone(),
            Self::Bucket { name, .. } => format!("s3://{name}"),
            Self::Object { uri, .. } => uri.clone(),
            Self::KeyBehind { reference, .. } => reference.clone(),
            Self::Endpoint { id, .. } => id.clone(),
            Self::Row(RowFact::Objects { uri }) => uri.clone(),
            Self::Row(RowFact::OrganizationS3Policy { id }) => id.clone(),
            Self::Row(RowFact::Regions { account, .. }) => account.to_string(),
            Self::Row(RowFact::AccessPointOrigin { name }) => name.clone(),
            Self::Row(RowFact::Store { arn }) => arn.clone(),
        }
    }

    /// Whether this settles what an answer misses. What a context key would tell may come from several resources of one
    /// kind, of which an answer names the first.
    pub(super) fn settles(&self, id: &FactId) -> bool {
        match self {
            Self::Organization(account) => {
                let own = |of: &str| *of == *account.to_string();
                *id == FactId::Organization(*account)
                    || matches!(
                        id,
                        FactId::ServiceControlPoliciesAbove(_) | FactId::ResourceControlPoliciesAbove(_)
                    )
                    || matches!(
                        id,
                        FactId::ServiceControlPolicies(of) | FactId::ResourceControlPolicies(of) if own(of)
                    )
            }
            Self::ServiceControlPolicies { target } => {
                matches!(id, FactId::ServiceControlPolicies(of) if **of == **target)
            }
            Self::ResourceControlPolicies { target } => {
                matches!(id, FactId::ResourceControlPolicies(of) if **of == **target)
            }
            Self::AccountPublicAccessBlock(_) => *id == FactId::RestrictPublicBuckets,
            Self::Role(arn, fact) => match fact {
                RoleFact::Trust => matches!(id, FactId::TrustPolicy(of) if **of == *arn.as_str()),
                RoleFact::Policies => matches!(id, FactId::IdentityPolicies(of) if **of == *arn.as_str()),
                RoleFact::Boundary => matches!(id, FactId::PermissionsBoundary(of) if **of == *arn.as_str()),
                RoleFact::Tags => matches!(id, FactId::PrincipalTags(_)),
            },
            Self::User(arn) => matches!(
                id,
                FactId::IdentityPolicies(of) | FactId::PermissionsBoundary(of) if **of == *arn.as_str()
            ),
            Self::Policy { arn, .. } => matches!(id, FactId::ManagedPolicy(of) if **of == **arn),
            Self::Bucket { name, fact, .. } => match fact {
                BucketFact::Account => matches!(id, FactId::BucketAccount(of) if **of == **name),
                BucketFact::Region => matches!(id, FactId::BucketRegion(of) if **of == **name),
                BucketFact::Policy => matches!(id, FactId::BucketPolicy(of) if **of == **name),
                BucketFact::Encryption => {
                    matches!(id, FactId::ObjectEncryption(object) if *object.bucket == **name)
                }
                BucketFact::Ownership => {
                    matches!(id, FactId::ObjectOwner(object) if *object.bucket == **name)
                        || *id == FactId::ObjectAcl
                }
                BucketFact::PublicAccessBlock => *id == FactId::RestrictPublicBuckets,
                BucketFact::RequesterPays => matches!(id, FactId::RequesterPays(of) if **of == **name),
                BucketFact::Abac | BucketFact::Tags => matches!(id, FactId::BucketTags(_)),
            },
            Self::Object { uri, .. } => matches!(
                id,
                FactId::ObjectKey(object)
                | FactId::ObjectEncryption(object)
                | FactId::ObjectStorageClass(object) if object.to_string() == *uri
            ),
            Self::Key(arn, fact) => match fact {
                KeyFact::State => {
                    matches!(id, FactId::KeyState(of) if **of == *arn.as_str())
                        || matches!(id, FactId::KeyOrigin(_) | FactId::KeyReplication(_))
                }
                KeyFact::Policy => matches!(id, FactId::KeyPolicy(of) if **of == *arn.as_str()),
                KeyFact::Grants => matches!(id, FactId::KeyGrants(of) if **of == *arn.as_str()),
                KeyFact::Aliases => matches!(id, FactId::KeyAliases(_)),
                KeyFact::Tags => matches!(id, FactId::KeyTags(_)),
            },
            Self::KeyBehind { .. } => matches!(id, FactId::ObjectKey(_) | FactId::ObjectEncryption(_)),
            Self::Endpoint { id: endpoint, .. } => {
                matches!(id, FactId::EndpointPolicy(Some(of)) if **of == **endpoint)
                    || *id == FactId::EndpointType
            }
            Self::Row(RowFact::Objects { uri }) => {
                is_of_object(id).is_some_and(|object| uri.starts_with(&format!("s3://{}/", object.bucket)))
            }
            Self::Row(RowFact::OrganizationS3Policy { .. }) => *id == FactId::RestrictPublicBuckets,
            Self::Row(RowFact::Regions { account, .. }) => *id == FactId::AccountRegions(*account),
            Self::Row(RowFact::Store { arn }) => matches!(
                id,
                FactId::ResourcePolicy(of) | FactId::StoreKey(of) | FactId::StoreTags(of) if **of == **arn
            ),
            Self::Row(RowFact::AccessPointOrigin { name }) => {
                matches!(id, FactId::AccessPointOrigin(of) if **of == **name)
            }
        }
    }
}

/// The object that a fact is about, where HeadObject would tell it.
pub(super) fn is_of_object(id: &FactId) -> Option<&ObjectId> {
    let (FactId::ObjectKey(object) | FactId::ObjectEncryption(object) | FactId::ObjectStorageClass(object)) =
        id
    else {
        return None;
    };
    Some(object)
}

impl MissingFact {
    pub(super) fn object(uri: &ObjectUri, account: Option<AccountId>, region: Option<&str>) -> Self {
        Self::Object { uri: uri.to_string(), account, region: region.map(str::to_owned) }
    }
}
