use std::sync::OnceLock;

use serde::Deserialize;

use super::{AdviceRow, LegRow};
use crate::name::ActionName;

/// A request in the course of which its service asks KMS with the permissions of the caller.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceCall {
    /// The action, as `service:Name`.
    pub action: String,
    /// The page of AWS that says what the service asks KMS for.
    pub source: String,
    /// What it asks for, on the key of the resource.
    #[serde(rename = "leg")]
    pub legs: Vec<LegRow>,
    /// What people often need beside it.
    #[serde(default, rename = "advise")]
    pub advice: Vec<AdviceRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    call: Vec<ServiceCall>,
}

static TEXT: &str = include_str!("../../policies/calls.toml");

impl ServiceCall {
    /// The row of an action, where its service asks KMS at all.
    pub fn find(action: &ActionName) -> Option<&'static Self> {
        Self::all().iter().find(|call| call.action.eq_ignore_ascii_case(action.as_str()))
    }

    /// All rows, sorted by action.
    pub fn all() -> &'static [Self] {
        static PARSED: OnceLock<Vec<ServiceCall>> = OnceLock::new();
        PARSED.get_or_init(|| toml::from_str::<Table>(TEXT).map(|table| table.call).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::{Forwarder, On};

    #[test]
    fn rows_are_valid() {
        let table: Table = toml::from_str(TEXT).unwrap();
        assert!(table.call.windows(2).all(|pair| pair[0].action < pair[1].action));
        for call in &table.call {
            let action = ActionName::new(&call.action).unwrap();
            assert_eq!(ServiceCall::find(&action), Some(call));
            assert!(call.source.starts_with("https://docs.aws.amazon.com/"), "{}", call.source);
            assert!(!call.legs.is_empty());
            for leg in &call.legs {
                assert!(leg.action.starts_with("kms:") && leg.on == On::Key, "{}", leg.action);
                assert_eq!(leg.via.map(Forwarder::name), Some(action.service()));
            }
        }
    }
}
