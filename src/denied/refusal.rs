//! A refused request, as far as a message or a record of it tells.

use crate::ask::Denial;
use crate::eval::Gate;

use super::operations;
use super::setups::Setup;

/// A refused request, as far as a message or a record of it tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// Who was refused, as the message has it: a session's ARN, which lacks the role's path.
    pub principal: Option<String>,
    /// The role's ARN, which only records have.
    pub role: Option<String>,
    /// The refused action, as `service:Name`.
    pub action: Option<String>,
    /// The ARN the request was refused on.
    pub resource: Option<String>,
    /// Why AWS says it was refused.
    pub reason: Reason,
    /// The ARN of the policy that refused.
    pub policy: Option<String>,
    /// The object, where something beside the resource names it.
    pub object: Option<String>,
    /// The KMS key: by its ARN, or by the ARN of an alias.
    pub key: Option<String>,
    /// What the refusal tells of the request.
    pub request: Request,
}

/// What a text tells of the request beside who, what and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The API call, such as `GetObject`.
    pub operation: Option<String>,
    /// The service that was called, by the prefix of its actions. KMS stands here where it was called directly.
    pub service: Option<String>,
    /// What the words around the message say of the call, where they do not name it.
    pub kind: Option<OperationKind>,
    /// The code or the words are those of KMS, though no action is named.
    pub by_kms: bool,
    /// The IP address the request came from.
    pub source_ip: Option<String>,
    /// The id of the VPC endpoint it came through.
    pub endpoint: Option<String>,
    /// The version that was read.
    pub version_id: Option<String>,
    /// The pairs of the KMS encryption context, as a record has them.
    pub encryption_context: Vec<(String, String)>,
    /// Context keys that a record tells, such as the external id of a call to STS; `None` for one that was not sent.
    pub told: Vec<(String, Option<Vec<String>>)>,
    /// Everything that AWS evaluated is told.
    pub is_whole: bool,
    /// The policy simulator of IAM said so, and nothing was refused.
    pub is_simulated: bool,
    /// Context keys that the simulator was not given.
    pub not_given: Vec<String>,
    /// By which AWS keeps how it decided the request, for a day.
    pub authorization_id: Option<String>,
}

/// Why, in the words of AWS.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Reason {
    /// `because no <type> allows …`
    Missing(Gate),
    /// `with an explicit deny in a <type>`; `None` where the type is not named.
    Explicit(Option<Gate>),
    /// The key is out of the caller's sight: forms (c) and (d) of R136.
    KeyOutOfSight,
    /// S3 Block Public Access, with the setting that the message names.
    PublicAccessBlock(Option<PublicAccessSetting>),
    /// S3 Access Grants: no grant covers the prefix.
    NoAccessGrant,
    /// Lake Formation: its own permissions, which no IAM policy gives.
    LakeFormation,
    /// The call is named, and no reason is.
    #[default]
    NotSaid,
    /// `Access Denied`, and nothing more (R137).
    Bare,
    /// What a service was set up with does not work, as the service says it.
    Setup(&'static Setup),
    /// Refused for something other than permissions (R138).
    Other(Obstacle),
}

/// A setting of S3 Block Public Access.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum PublicAccessSetting {
    /// `BlockPublicAcls`.
    BlockPublicAcls,
    /// `IgnorePublicAcls`.
    IgnorePublicAcls,
    /// `BlockPublicPolicy`.
    BlockPublicPolicy,
    /// `RestrictPublicBuckets`.
    RestrictPublicBuckets,
}

/// What refuses a request that permissions do not.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The KMS key is disabled.
    KeyDisabled,
    /// The KMS key is in a state in which it cannot be used.
    KeyState,
    /// KMS does not know the key.
    KeyNotFound,
    /// The key is of another type, or for another usage.
    KeyType,
    /// `KMS.UnrecognizedClientException`: KMS does not know the caller, as it does not know an origin access identity.
    OriginIdentity,
    /// The object has to be restored from an archive first.
    Archived,
    /// The object is under a retention period or a legal hold.
    ObjectLocked,
    /// The request was not signed with Signature Version 4, or carries encryption headers that reads must not.
    Signature,
    /// The object is encrypted with a key that the request has to bring (SSE-C).
    CustomerKey,
    /// The bucket takes no uploads with such a key.
    CustomerKeyBlocked,
    /// The request was made for another Region.
    Region,
    /// A signed URL or temporary credentials that are past their time.
    Expired,
    /// The credentials are expired, missing or wrong.
    Credentials,
    /// A token of an identity provider that STS does not take.
    Token,
    /// `Encoded authorization failure message`
    Encoded,
    /// A policy that AWS did not store.
    Policy,
}

/// What the caller was doing, in the words of the questions that the files are asked.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum OperationKind {
    /// It reads an object.
    Read,
    /// It writes an object.
    Write,
    /// An upload in parts.
    Multipart,
    /// It copies an object.
    Copy,
    /// It deletes an object.
    Delete,
    /// It lists a bucket.
    List,
    /// It replicates an object.
    Replicate,
    /// It assumes a role.
    Assume,
    /// Something else.
    Action,
}

impl OperationKind {
    /// The word used in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Multipart => "multipart",
            Self::Copy => "copy",
            Self::Delete => "delete",
            Self::List => "list",
            Self::Replicate => "replicate",
            Self::Assume => "assume",
            Self::Action => "action",
        }
    }

    /// In a sentence: “the KMS leg of …”.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Read => "a read",
            Self::Write => "a write",
            Self::Multipart => "an upload in parts",
            Self::Copy => "a copy",
            Self::Delete => "a delete",
            Self::List => "a listing",
            Self::Replicate => "a replication",
            Self::Assume => "assuming a role",
            Self::Action => "a call",
        }
    }
}

/// Which authorization refused (R1).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Leg {
    /// The authorization of S3.
    S3,
    /// The authorization of KMS.
    Kms,
    /// Becoming the role, before any read.
    Role,
    /// Another service.
    Other,
}

impl Leg {
    /// The word used in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Kms => "kms",
            Self::Role => "role",
            Self::Other => "other",
        }
    }

    pub(super) fn of(action: &str) -> Self {
        match action.split_once(':') {
            Some(("s3" | "s3-object-lambda" | "s3express", _)) => Self::S3,
            Some(("kms", _)) => Self::Kms,
            Some(("sts", name))
                if name.starts_with("Assume") || ["TagSession", "SetSourceIdentity"].contains(&name) =>
            {
                Self::Role
            }
            Some(_) | None => Self::Other,
        }
    }
}

impl Reason {
    /// The gate that refused, where the message names it.
    pub fn gate(self) -> Option<Gate> {
        match self {
            Self::Missing(gate) | Self::Explicit(Some(gate)) => Some(gate),
            Self::PublicAccessBlock(_) => Some(Gate::PublicAccess),
            Self::Explicit(None)
            | Self::KeyOutOfSight
            | Self::NoAccessGrant
            | Self::LakeFormation
            | Self::NotSaid
            | Self::Bare
            | Self::Setup(_)
            | Self::Other(_) => None,
        }
    }

    /// How the request was denied, where the reason says so.
    pub fn denial(self) -> Option<Denial> {
        match self {
            Self::Missing(_) => Some(Denial::Implicit),
            Self::Explicit(_) => Some(Denial::Explicit),
            Self::KeyOutOfSight
            | Self::PublicAccessBlock(_)
            | Self::NoAccessGrant
            | Self::LakeFormation
            | Self::NotSaid
            | Self::Bare
            | Self::Setup(_)
            | Self::Other(_) => None,
        }
    }
}

impl Refusal {
    /// Which authorization refused; `None` where the text does not tell.
    pub fn leg(&self) -> Option<Leg> {
        if let Some(action) = &self.action {
            return Some(Leg::of(action));
        }
        if self.request.by_kms {
            return Some(Leg::Kms);
        }
        match (self.reason, self.service()) {
            (Reason::NoAccessGrant, _) => Some(Leg::S3),
            (Reason::LakeFormation, _) => Some(Leg::Other),
            (Reason::Other(_) | Reason::Setup(_), _) | (_, None) => None,
            (_, Some("s3")) => self.request.operation.is_some().then_some(Leg::S3),
            (_, Some("kms")) => Some(Leg::Kms),
            (_, Some("sts")) => self.kind().filter(|kind| *kind == OperationKind::Assume).map(|_| Leg::Role),
            (_, Some(_)) => Some(Leg::Other),
        }
    }

    /// The service that was called: KMS itself only where the caller spoke to it directly.
    pub fn service(&self) -> Option<&str> {
        let named = self.request.service.as_deref();
        named.or_else(|| match self.action.as_deref().and_then(|action| action.split_once(':')) {
            Some(("kms", _)) | None => None,
            Some(("s3-object-lambda" | "s3express", _)) => Some("s3"),
            Some((prefix, _)) => Some(prefix),
        })
    }

    /// KMS was asked for a service other than S3, or by the caller itself.
    pub(super) fn is_beside_s3(&self) -> bool {
        self.service().is_some_and(|service| service != "s3")
    }

    /// What the caller was doing; `None` where the text does not tell.
    pub fn kind(&self) -> Option<OperationKind> {
        let called = self.request.operation.as_deref().and_then(operations::find).map(|row| row.kind);
        // The words around say more than an action that several calls need.
        if let Some(kind) = called.or(self.request.kind) {
            return Some(kind);
        }
        if self.reason == Reason::NoAccessGrant {
            return Some(OperationKind::Action);
        }
        let action = self.action.as_deref()?;
        Some(match action {
            "kms:Decrypt" | "kms:GenerateDataKey" if self.is_beside_s3() => OperationKind::Action,
            "kms:Decrypt" => OperationKind::Read,
            "kms:GenerateDataKey" => OperationKind::Write,
            action => operations::kind_of_action(action),
        })
    }

    /// Whether the caller was storing an object.
    pub(super) fn is_write(&self) -> bool {
        match self.kind() {
            Some(
                OperationKind::Write
                | OperationKind::Multipart
                | OperationKind::Replicate
                | OperationKind::Copy,
            ) => true,
            Some(
                OperationKind::Read
                | OperationKind::Delete
                | OperationKind::List
                | OperationKind::Assume
                | OperationKind::Action,
            )
            | None => false,
        }
    }

    /// The bucket that the encryption context names in place of an object, as a Bucket Key has it (R52).
    pub(super) fn bucket_in_context(&self) -> Option<&str> {
        self.s3_context().filter(|named| !named.contains('/'))
    }

    /// The object that the encryption context names (R52).
    pub(super) fn object_in_context(&self) -> Option<&str> {
        self.s3_context().filter(|named| named.contains('/'))
    }

    fn s3_context(&self) -> Option<&str> {
        let (_, arn) = self.request.encryption_context.iter().find(|(name, _)| name == "aws:s3:arn")?;
        arn.split_once(":s3:::").map(|(_, named)| named)
    }
}
