//! What “can read” means for a product: requirements with their source, kept as data in `policies/profiles`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::estate::EncryptionType;
use crate::operation::{LegRow, On, When};

/// A named set of requirements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The name used in `--profile`.
    pub name: String,
    /// What the profile is about, in one line.
    pub title: String,
    /// Where the facts come from.
    pub source: String,
    /// How sure its sources are.
    pub confidence: Confidence,
    /// What the policies of an object so encrypted can settle.
    pub supported: Vec<EncryptionType>,
    /// The reason for each of the others, in one sentence.
    pub unsupported: BTreeMap<EncryptionType, String>,
    /// Judged, beside what the operation takes.
    pub require: Vec<LegRow>,
    /// Asked for by the product's pages and not needed by AWS: reported, never judged.
    pub advise: Vec<Advised>,
    /// Needed by AWS and left out by the product's pages: reported, and judged as a requirement.
    pub omits: Vec<Omitted>,
    /// What else users should know, a sentence each.
    pub notes: Vec<String>,
    /// What it does besides putting the object, when it writes one.
    pub writes: Vec<Writes>,
}

/// An operation that a product does where it writes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Writes {
    /// The name of the operation, such as `multipart`.
    pub operation: String,
    /// What the product does it for.
    pub why: String,
    /// The page that says so.
    pub source: String,
}

/// How sure the facts of a profile are.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// The page of the product says it.
    High,
    /// Several sources agree, the page of the product does not say it.
    Medium,
    /// One source says it.
    Low,
}

/// A permission that the product's own page asks for and AWS does not.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advised {
    /// The action the product calls.
    pub action: String,
    /// What it is called on.
    pub on: On,
    /// For which encryption it is needed.
    #[serde(default)]
    pub when: When,
    /// What it is for.
    pub why: String,
}

/// A permission that AWS needs and the product's own page does not mention.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Omitted {
    /// The action the product's page asks for.
    pub action: String,
    /// For which encryption it is asked for.
    #[serde(default)]
    pub when: When,
    /// What it is for.
    pub why: String,
}

impl Profile {
    /// Why the policies of an object so encrypted settle nothing; `None` when they do.
    pub fn refuses(&self, encryption: EncryptionType) -> Option<&str> {
        if self.supported.contains(&encryption) {
            return None;
        }
        Some(self.unsupported.get(&encryption).map_or("The product does not support it.", String::as_str))
    }
}

/// The profile used when nobody names one: what AWS itself checks.
pub const DEFAULT: &str = "s3-read";

struct Embedded {
    name: &'static str,
    text: &'static str,
    parsed: OnceLock<Option<Profile>>,
}

macro_rules! embed {
    ($($name:literal),+ $(,)?) => {
        [$(Embedded {
            name: $name,
            text: include_str!(concat!("../../policies/profiles/", $name, ".toml")),
            parsed: OnceLock::new(),
        }),+]
    };
}

/// Sorted by name.
static EMBEDDED: [Embedded; 14] = embed![
    "apache-druid",
    "athena",
    "cloudera-cdp-sse-kms",
    "databricks-unity-catalog",
    "dbt-athena",
    "emrfs",
    "fivetran-s3",
    "hadoop-s3a",
    "iceberg-maintenance",
    "okera",
    "s3-read",
    "snowflake-storage-integration",
    "starrocks",
    "trino",
];

/// The profile of that name.
pub fn find(name: &str) -> Option<&'static Profile> {
    let embedded = EMBEDDED.iter().find(|e| e.name == name)?;
    embedded.parsed.get_or_init(|| parse(embedded.text).ok()).as_ref()
}

/// The names of all profiles, sorted.
pub fn names() -> impl Iterator<Item = &'static str> + Clone {
    EMBEDDED.iter().map(|e| e.name)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    title: String,
    source: String,
    confidence: Confidence,
    encryption: Matrix,
    require: Vec<LegRow>,
    #[serde(default)]
    advise: Vec<Advised>,
    #[serde(default)]
    omit: Vec<Omitted>,
    #[serde(default)]
    note: Vec<Note>,
    #[serde(default)]
    write: Vec<Writes>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Matrix {
    supported: Vec<String>,
    #[serde(default)]
    unsupported: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    text: String,
}

fn parse(text: &str) -> Result<Profile, String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    let kind = |name: &str| EncryptionType::parse(name).ok_or_else(|| format!("no encryption type `{name}`"));
    let supported = file.encryption.supported.iter().map(|name| kind(name)).collect::<Result<_, _>>()?;
    let unsupported = file
        .encryption
        .unsupported
        .into_iter()
        .map(|(name, why)| Ok((kind(&name)?, why)))
        .collect::<Result<_, String>>()?;
    Ok(Profile {
        name: file.name,
        title: file.title,
        source: file.source,
        confidence: file.confidence,
        supported,
        unsupported,
        require: file.require,
        advise: file.advise,
        omits: file.omit,
        notes: file.note.into_iter().map(|note| note.text).collect(),
        writes: file.write,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPES: [EncryptionType; 7] = [
        EncryptionType::None,
        EncryptionType::SseS3,
        EncryptionType::SseKms,
        EncryptionType::DsseKms,
        EncryptionType::SseC,
        EncryptionType::CseKms,
        EncryptionType::CseC,
    ];

    #[test]
    fn every_file_is_embedded_and_valid() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/policies/profiles");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .map(|file| file.strip_suffix(".toml").unwrap().to_owned())
            .collect();
        files.sort_unstable();
        assert_eq!(files, names().collect::<Vec<_>>());
        for embedded in &EMBEDDED {
            let profile = parse(embedded.text).unwrap_or_else(|error| panic!("{}: {error}", embedded.name));
            assert_eq!(profile.name, embedded.name);
            for kind in TYPES {
                let reasons = usize::from(profile.unsupported.contains_key(&kind));
                let supported = usize::from(profile.supported.contains(&kind));
                assert_eq!(reasons + supported, 1, "{}: {}", profile.name, kind.as_str());
            }
            for more in &profile.writes {
                assert!(crate::operation::find(&more.operation).is_some(), "{}", more.operation);
                assert!(more.source.starts_with("https://"), "{}", more.source);
            }
            let required: Vec<&str> = profile.require.iter().map(|r| r.action.as_str()).collect();
            assert_eq!(required, ["s3:GetObject", "kms:Decrypt"], "{}", profile.name);
        }
    }

    #[test]
    fn what_a_profile_says() {
        let okera = find("okera").unwrap();
        assert!(okera.refuses(EncryptionType::SseC).unwrap().contains("matrix says no"));
        assert_eq!(okera.refuses(EncryptionType::SseKms), None);
        let advised: Vec<&str> = okera.advise.iter().map(|a| a.action.as_str()).collect();
        assert_eq!(advised, ["kms:DescribeKey", "kms:ListKeys", "s3:ListBucket"]);
        assert!(okera.require[1].when.holds(EncryptionType::DsseKms));
        assert!(!okera.require[1].when.holds(EncryptionType::SseS3));
        assert_eq!(find("Okera"), None);
        assert!(find(DEFAULT).is_some());
    }
}
