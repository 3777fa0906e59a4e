//! What can be done with objects, as rows: an operation is a list of authorizations, kept as data in
//! `policies/operations`. A row says on what each of them is asked, and for which objects.

use std::sync::OnceLock;

use serde::Deserialize;

use crate::estate::EncryptionType;

/// An operation and the authorizations it takes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    pub name: String,
    pub title: String,
    /// The page of AWS that says what it takes.
    pub source: String,
    /// The request that a person makes first, those that follow from it behind.
    #[serde(rename = "leg")]
    pub legs: Vec<LegRow>,
}

/// One authorization of an operation, or of a product's profile.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LegRow {
    pub action: String,
    /// The action that stands in its place where a version of the object is named.
    pub versioned: Option<String>,
    pub on: On,
    #[serde(default)]
    pub when: When,
    /// The service that makes the request with the principal's permissions.
    pub via: Option<Forwarder>,
}

/// What a permission is about.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum On {
    Object,
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
    S3,
}

/// For which objects a permission counts.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum When {
    #[default]
    #[serde(skip)]
    Always,
    /// Only when S3 calls KMS for the reader: SSE-KMS and DSSE-KMS.
    #[serde(rename = "sse-kms")]
    Kms,
}

impl When {
    pub fn holds(self, encryption: EncryptionType) -> bool {
        match self {
            Self::Always => true,
            Self::Kms => encryption.uses_kms(),
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
static EMBEDDED: [Embedded; 1] = embed!["read"];

/// The operation of that name.
pub fn find(name: &str) -> Option<&'static Operation> {
    let embedded = EMBEDDED.iter().find(|operation| operation.name == name)?;
    embedded.parsed.get_or_init(|| toml::from_str(embedded.text).ok()).as_ref()
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
