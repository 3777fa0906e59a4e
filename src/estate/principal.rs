use std::collections::BTreeMap;

use super::{Known, PlacedArn, SharedPolicy};
use crate::source::Span;

/// Tags by key.
pub type Tags = BTreeMap<String, String>;

#[derive(Clone, Debug)]
pub struct Role {
    /// With its path: `role/app/reader` (R28).
    pub arn: PlacedArn,
    /// `AROA…`
    pub id: Option<String>,
    pub trust: Known<SharedPolicy>,
    /// Inline and managed alike.
    pub policies: Known<Vec<SharedPolicy>>,
    /// `Told(None)`: it has no boundary.
    pub boundary: Known<Option<SharedPolicy>>,
    pub tags: Known<Tags>,
    pub instance_profile: Option<String>,
}

#[derive(Clone, Debug)]
pub struct User {
    pub arn: PlacedArn,
    pub id: Option<String>,
    /// Its own, and those of its groups.
    pub policies: Known<Vec<SharedPolicy>>,
    pub boundary: Known<Option<SharedPolicy>>,
    pub tags: Known<Tags>,
    pub groups: Vec<String>,
    pub span: Span,
}

impl Role {
    /// The name behind the last slash of the path.
    pub fn name(&self) -> &str {
        self.arn.value.resource().rsplit('/').next().unwrap_or("")
    }

    /// SCPs and RCPs pass service-linked roles by (R76, R79, R86).
    pub fn is_service_linked(&self) -> bool {
        self.arn.value.resource().starts_with("role/aws-service-role/")
    }
}
