use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use super::LegRow;

/// A service that reads or writes objects as itself, with no principal of an account behind it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AwsService {
    /// Its principal, such as `cloudtrail.amazonaws.com`.
    pub name: String,
    /// The service in one line.
    pub title: String,
    /// The page of AWS that says what it needs.
    pub source: String,
    /// The operations that it does, the usual one first.
    pub does: Vec<String>,
    /// Keys about the resource it works for that all its requests have.
    #[serde(default)]
    pub sends: Vec<String>,
    /// Headers that it always sends.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// A pair of the encryption context that holds the ARN of the resource it works for.
    pub encryption_context: Option<String>,
    /// Whether it works with objects and buckets under SSE-KMS.
    pub sse_kms: Support,
    /// Why not, or what is open; of one that works, what to know of it.
    pub why: Option<String>,
    /// What it asks for besides.
    #[serde(default, rename = "leg")]
    pub legs: Vec<LegRow>,
}

/// Whether something works.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Support {
    /// It works.
    Yes,
    /// It does not work.
    No,
    /// AWS does not say, or its pages contradict what is seen.
    Undocumented,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    service: Vec<AwsService>,
}

static TEXT: &str = include_str!("../../policies/services.toml");

fn table() -> &'static [AwsService] {
    static PARSED: OnceLock<Vec<AwsService>> = OnceLock::new();
    PARSED.get_or_init(|| toml::from_str::<Table>(TEXT).map(|table| table.service).unwrap_or_default())
}

impl AwsService {
    /// The row of a service principal.
    pub fn find(name: &str) -> Option<&'static Self> {
        table().iter().find(|service| service.name == name)
    }

    /// What it usually does is a read.
    pub fn reads_first(&self) -> bool {
        self.does.first().is_some_and(|name| name == super::READ)
    }

    /// All rows, sorted by name.
    pub fn all() -> &'static [Self] {
        table()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::{ActionName, ConditionKey, keys};

    #[test]
    fn rows_are_valid() {
        let table: Table = toml::from_str(TEXT).unwrap();
        assert!(table.service.windows(2).all(|pair| pair[0].name < pair[1].name));
        for service in &table.service {
            assert!(service.source.starts_with("https://docs.aws.amazon.com/"), "{}", service.source);
            assert!(service.does.iter().all(|name| ["read", "write"].contains(&name.as_str())));
            assert!(!service.does.is_empty());
            assert!(service.sse_kms == Support::Yes || service.why.is_some(), "{}", service.name);
            for key in &service.sends {
                let known = keys::find(ConditionKey::new(key.as_str()).folded());
                assert!(known.is_some_and(|key| key.subject == keys::Subject::Source), "{key}");
            }
            for leg in &service.legs {
                assert!(ActionName::new(&leg.action).is_some(), "{}", leg.action);
            }
        }
    }
}
