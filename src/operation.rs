//! What can be done with objects, as rows: an operation is a list of authorizations, kept as data in
//! `policies/operations`. A row says on what each of them is asked, and for which objects. What services need that
//! write and read in the name of no principal is in `policies/services.toml`, and what other services ask KMS for in the
//! name of their caller in `policies/calls.toml`.

mod call;
mod service;

use std::sync::OnceLock;

use serde::Deserialize;

use crate::estate::{EncryptionType, ObjectUri, ObjectUriError};

pub use call::ServiceCall;
pub use service::{AwsService, Support};

/// An operation and the authorizations it takes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// The name used in questions.
    pub name: String,
    /// The operation in one line.
    pub title: String,
    /// The page of AWS that says what it takes.
    pub source: String,
    /// Which of its objects it makes; the others exist before.
    #[serde(default)]
    pub makes: Makes,
    /// The request that a person makes first, those that follow from it behind.
    #[serde(rename = "leg")]
    pub legs: Vec<LegRow>,
    /// What people often need beside it, and AWS does not ask for.
    #[serde(default, rename = "advise")]
    pub advice: Vec<AdviceRow>,
    /// What goes wrong with it, each with a scenario of this name.
    #[serde(default, rename = "trap")]
    pub traps: Vec<TrapRow>,
}

impl Operation {
    /// It takes an object from one place to another.
    pub fn has_two_targets(&self) -> bool {
        self.legs.iter().any(|leg| leg.of == Of::Destination)
    }

    /// The legs on a KMS key of one of its objects.
    pub fn asks_for_key(&self, of: Of) -> bool {
        self.legs.iter().any(|leg| leg.on == On::Key && leg.of == of)
    }

    /// It is about a bucket as a whole.
    pub fn is_of_bucket(&self) -> bool {
        self.legs.iter().all(|leg| leg.on == On::Bucket)
    }
}

/// Which of its objects an operation makes.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Makes {
    /// None of them.
    #[default]
    Nothing,
    /// The only one it is about.
    Object,
    /// The second one, encrypted as the request or the bucket says.
    Copy,
    /// The second one, encrypted as the replication configuration says.
    Replica,
    /// The only one, or none where it is deleted or listed: what was there before does not matter.
    Change,
}

/// A permission that is worth having.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdviceRow {
    /// The action, as `service:Name`.
    pub action: String,
    /// What it is for.
    pub why: String,
}

/// A mistake that people make.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrapRow {
    /// The scenario that shows it, in `tests/scenarios/operations`.
    pub scenario: String,
    /// What goes wrong.
    pub why: String,
}

/// One authorization of an operation, or of a product's profile.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LegRow {
    /// The action, as `service:Name`.
    pub action: String,
    /// The action that stands in its place where a version of the object is named.
    pub versioned: Option<String>,
    /// What the action is asked on.
    pub on: On,
    /// For which encryption it is asked.
    #[serde(default)]
    pub when: When,
    /// The service that makes the request with the principal's permissions.
    pub via: Option<Forwarder>,
    /// Of an operation with two objects: the one that it is asked about.
    #[serde(default)]
    pub of: Of,
    /// The header, or one of those, without which S3 does not ask for it.
    pub header: Option<Headers>,
}

/// One header, or several of which each is enough.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Headers {
    /// This one.
    One(String),
    /// Any of these.
    AnyOf(Vec<String>),
}

impl Headers {
    /// The names of the headers.
    pub fn names(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::AnyOf(names) => names,
        }
    }
}

/// Which object of an operation a permission is about.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Of {
    /// The first, and mostly the only one.
    #[default]
    Source,
    /// The second one, of operations with two.
    Destination,
}

/// What a permission is about.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum On {
    /// The object.
    Object,
    /// The bucket of the object.
    Bucket,
    /// The KMS key of the object.
    Key,
    /// The action cannot be scoped to a resource.
    Any,
}

/// A service that makes requests for a principal.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Forwarder {
    /// S3, with the caller's permissions.
    S3,
    /// Secrets Manager.
    SecretsManager,
    /// SQS.
    Sqs,
}

impl Forwarder {
    /// As its actions begin, and its name in kms:ViaService.
    pub fn name(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::SecretsManager => "secretsmanager",
            Self::Sqs => "sqs",
        }
    }
}

/// For which objects a permission counts.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum When {
    /// For every object.
    #[default]
    #[serde(skip)]
    Always,
    /// Only when S3 calls KMS for the reader: SSE-KMS and DSSE-KMS.
    #[serde(rename = "sse-kms")]
    Kms,
    /// Where the source is under a KMS key, and the object itself.
    #[serde(rename = "source-sse-kms")]
    SourceKms,
    /// Where the source is not, and the object itself is.
    #[serde(rename = "source-not-kms")]
    SourceNotKms,
    /// Where the object is under a KMS key with a Bucket Key.
    #[serde(rename = "bucket-key")]
    BucketKey,
    /// Where the source has tags, which go with it.
    #[serde(rename = "tagged")]
    Tagged,
    /// Where the replication configuration gives replicas to the account of their bucket.
    #[serde(rename = "owner-override")]
    OwnerOverride,
    /// Where the source has none, or the request replaces them.
    #[serde(rename = "not-tagged")]
    NotTagged,
}

impl When {
    /// Whether it counts for an object encrypted in this way; what asks for the source counts where it is encrypted alike.
    pub fn holds(self, encryption: EncryptionType) -> bool {
        match self {
            Self::Always => true,
            Self::Kms | Self::SourceKms | Self::BucketKey => encryption.uses_kms(),
            Self::SourceNotKms | Self::Tagged | Self::NotTagged | Self::OwnerOverride => false,
        }
    }
}

struct Embedded {
    name: &'static str,
    text: &'static str,
    parsed: OnceLock<Option<Operation>>,
}

macro_rules! embed {
    ($($name:literal),+ $(,)?) => {
        [$(Embedded {
            name: $name,
            text: include_str!(concat!("../policies/operations/", $name, ".toml")),
            parsed: OnceLock::new(),
        }),+]
    };
}

/// Sorted by name.
static EMBEDDED: [Embedded; 8] =
    embed!["copy", "delete", "deliver", "list", "multipart", "read", "replicate", "write"];

/// The operation that is meant where none is named.
pub const READ: &str = "read";

/// The operation of services.
pub const DELIVER: &str = "deliver";

/// The operation of that name.
pub fn find(name: &str) -> Option<&'static Operation> {
    let embedded = EMBEDDED.iter().find(|operation| operation.name == name)?;
    embedded.parsed.get_or_init(|| toml::from_str(embedded.text).ok()).as_ref()
}

/// What an operation is about: an object, or for one about buckets also `s3://BUCKET`, which stands for all of it.
pub fn target(text: &str, is_of_bucket: bool) -> Result<ObjectUri, ObjectUriError> {
    let bucket = text.strip_prefix("s3://").map(|rest| rest.strip_suffix('/').unwrap_or(rest));
    match bucket {
        Some(bucket) if is_of_bucket && !bucket.is_empty() && !bucket.contains('/') => {
            Ok(ObjectUri { bucket: bucket.to_owned(), key: "*".to_owned() })
        }
        Some(_) | None => text.parse(),
    }
}

/// The names of all operations, sorted.
pub fn names() -> impl Iterator<Item = &'static str> + Clone {
    EMBEDDED.iter().map(|operation| operation.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_embedded_and_valid() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/policies/operations");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter_map(|file| file.strip_suffix(".toml").map(str::to_owned))
            .collect();
        files.sort_unstable();
        assert_eq!(files, names().collect::<Vec<_>>());
        for embedded in &EMBEDDED {
            let operation: Operation = toml::from_str(embedded.text).unwrap();
            assert_eq!(operation.name, embedded.name);
            assert!(operation.source.starts_with("https://docs.aws.amazon.com/"), "{}", operation.source);
            assert!(!operation.legs.is_empty());
            for leg in &operation.legs {
                let actions = std::iter::once(&leg.action).chain(&leg.versioned);
                for action in actions {
                    assert!(crate::name::ActionName::new(action).is_some(), "{action}");
                }
            }
        }
    }
}
