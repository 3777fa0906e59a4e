use std::fmt;

use crate::estate::ObjectUri;
use crate::name::{AccountId, Arn, symbol};

/// Something that is so or not so in AWS, and that nobody told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// The organization of an account, and where in it the account is.
    Organization(AccountId),
    /// SCPs attached to the root, a unit or an account.
    ServiceControlPolicies {
        target: String,
    },
    ResourceControlPolicies {
        target: String,
    },
    /// The S3 setting of a whole account.
    AccountPublicAccessBlock(AccountId),
    Role(Arn, RoleFact),
    User(Arn),
    /// The document of a managed policy, and the account of who has it.
    Policy {
        arn: String,
        account: AccountId,
    },
    Bucket {
        name: String,
        account: Option<AccountId>,
        region: Option<String>,
        fact: BucketFact,
    },
    /// How one object is encrypted.
    Object {
        uri: String,
        account: Option<AccountId>,
        region: Option<String>,
    },
    Key(Arn, KeyFact),
    /// The key behind an alias or a bare id.
    KeyBehind {
        reference: String,
        account: Option<AccountId>,
        region: Option<String>,
    },
    /// The policy and type of a VPC endpoint.
    Endpoint {
        id: String,
        region: Option<String>,
    },
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RoleFact {
    Trust,
    Policies,
    Boundary,
    Tags,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BucketFact {
    Account,
    Region,
    Policy,
    Encryption,
    Ownership,
    PublicAccessBlock,
    Abac,
    Tags,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyFact {
    /// What DescribeKey says: its state, origin and spec.
    State,
    Policy,
    Grants,
    Aliases,
    Tags,
}

impl Fact {
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
        }
    }

    /// The account whose credentials can tell.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            // The management account's: nobody told which one it is.
            Self::Organization(_)
            | Self::ServiceControlPolicies { .. }
            | Self::ResourceControlPolicies { .. }
            | Self::Endpoint { .. } => None,
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
        }
    }

    /// Whether the unknown of an answer is this fact. Answers call it what people call it.
    pub(super) fn is_named(&self, name: &str) -> bool {
        let of = |what: &str, subject: &dyn fmt::Display| name == format!("{what} of {subject}");
        match self {
            Self::Organization(account) => {
                of("service control policies", account)
                    || of("resource control policies", account)
                    || name.starts_with("service control policies of the units above")
                    || name.starts_with("resource control policies of the units above")
                    || ["aws:PrincipalOrg", "aws:ResourceOrg"].iter().any(|start| name.starts_with(start))
            }
            Self::ServiceControlPolicies { target } => of("service control policies", target),
            Self::ResourceControlPolicies { target } => of("resource control policies", target),
            Self::AccountPublicAccessBlock(_) => name == "RestrictPublicBuckets",
            Self::Role(arn, RoleFact::Trust) => of("trust policy", arn),
            Self::Role(arn, RoleFact::Policies) => of("identity-based policies", arn),
            Self::Role(arn, RoleFact::Boundary) => of("permissions boundary", arn),
            Self::Role(_, RoleFact::Tags) => starts(name, "aws:principaltag/"),
            Self::User(arn) => of("identity-based policies", arn) || of("permissions boundary", arn),
            Self::Policy { arn, .. } => name == symbol::plain(&format!("policy {arn}")),
            Self::Bucket { name: bucket, fact, .. } => match fact {
                BucketFact::Account => {
                    name == format!("account of the bucket {bucket}")
                        || ["aws:resourceaccount", "s3:resourceaccount"].iter().any(|key| starts(name, key))
                }
                BucketFact::Region => starts(name, "aws:requestedregion"),
                BucketFact::Policy => of("bucket policy", bucket),
                BucketFact::Encryption => name.starts_with(&format!("encryption of s3://{bucket}/")),
                BucketFact::Ownership => {
                    name.starts_with(&format!("owner of s3://{bucket}/")) || name == "ACL of the object"
                }
                BucketFact::PublicAccessBlock => name == "RestrictPublicBuckets",
                BucketFact::Abac | BucketFact::Tags => is_bucket_tag(name),
            },
            Self::Object { uri, .. } => of("key", uri) || of("encryption", uri),
            Self::Key(arn, fact) => match fact {
                KeyFact::State => {
                    of("state", arn)
                        || starts(name, "kms:keyorigin")
                        || starts(name, "kms:multiregionkeytype")
                }
                KeyFact::Policy => of("key policy", arn),
                KeyFact::Grants => of("grants", arn),
                KeyFact::Aliases => starts(name, "kms:resourcealiases"),
                KeyFact::Tags => starts(name, "aws:resourcetag/"),
            },
            Self::KeyBehind { .. } => name.starts_with("key of s3://"),
            Self::Endpoint { id, .. } => {
                name == format!("policy of the VPC endpoint {id}") || name == "type of the VPC endpoint"
            }
        }
    }
}

/// Names of context keys have no case.
fn starts(name: &str, folded: &str) -> bool {
    name.get(..folded.len()).is_some_and(|start| start.eq_ignore_ascii_case(folded))
}

pub(super) fn is_bucket_tag(name: &str) -> bool {
    starts(name, "s3:buckettag/") || starts(name, "aws:resourcetag/")
}

impl Fact {
    pub(super) fn object(uri: &ObjectUri, account: Option<AccountId>, region: Option<&str>) -> Self {
        Self::Object { uri: uri.to_string(), account, region: region.map(str::to_owned) }
    }
}
