use crate::name::Arn;
use crate::source::{Span, Spanned};

/// How an object, or a bucket's new objects, are encrypted.
#[derive(Clone, Debug)]
pub struct Encryption {
    /// The type of encryption.
    pub kind: EncryptionType,
    /// The key as the configuration names it; left out, S3 takes the aws/s3 key of the uploading account (R90).
    pub key: Option<KeyReference>,
    /// Whether an S3 Bucket Key is used; `None` where it is not known.
    pub bucket_key: Option<bool>,
    /// Where the input says so.
    pub span: Span,
}

/// The ways in which an object may be encrypted.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum EncryptionType {
    /// Objects from before S3 encrypted everything.
    None,
    /// `AES256`
    SseS3,
    /// `aws:kms`
    SseKms,
    /// `aws:kms:dsse`
    DsseKms,
    /// With a key that each request brings.
    SseC,
    /// By the client, with a KMS key.
    CseKms,
    /// By the client, with a key of its own.
    CseC,
}

impl EncryptionType {
    /// The spellings of the manifest.
    pub const NAMES: &'static [&'static str] = &[
        "AES256",
        "aws:kms",
        "aws:kms:dsse",
        "SSE-S3",
        "SSE-KMS",
        "DSSE-KMS",
        "SSE-C",
        "CSE-KMS",
        "CSE-C",
        "none",
    ];

    /// The type by the word of S3's API or of the manifest; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "AES256" | "SSE-S3" => Self::SseS3,
            "aws:kms" | "SSE-KMS" => Self::SseKms,
            "aws:kms:dsse" | "DSSE-KMS" => Self::DsseKms,
            "SSE-C" => Self::SseC,
            "CSE-KMS" => Self::CseKms,
            "CSE-C" => Self::CseC,
            "none" => Self::None,
            _ => return None,
        })
    }

    /// The name people use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::SseS3 => "SSE-S3",
            Self::SseKms => "SSE-KMS",
            Self::DsseKms => "DSSE-KMS",
            Self::SseC => "SSE-C",
            Self::CseKms => "CSE-KMS",
            Self::CseC => "CSE-C",
        }
    }

    /// Whether S3 calls KMS for the reader.
    pub fn uses_kms(self) -> bool {
        matches!(self, Self::SseKms | Self::DsseKms)
    }
}

/// A key as S3 configuration may name it (R88).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyReference {
    /// A key ARN.
    Arn(Arn),
    /// A bare key id, looked up in the requester's account.
    Id(String),
    /// `alias/…`, looked up in the requester's account.
    Alias(String),
    /// What templates and plans call it, by which the manifest may name a key that AWS has not made yet.
    Name(Spanned<String>),
}

impl KeyReference {
    /// What a text names: an ARN, an alias or a key id.
    pub fn parse(text: &str) -> Self {
        match text.parse::<Arn>() {
            Ok(arn) => Self::Arn(arn),
            Err(_) if text.starts_with("alias/") => Self::Alias(text.to_owned()),
            Err(_) => Self::Id(text.to_owned()),
        }
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Arn(arn) => arn.as_str(),
            Self::Id(text) | Self::Alias(text) => text,
            Self::Name(name) => &name.value,
        }
    }
}
