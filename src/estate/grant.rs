use std::collections::BTreeMap;

use crate::name::Arn;
use crate::source::Span;

/// A KMS grant: listed operations on one key for one grantee (R81).
#[derive(Clone, Debug)]
pub struct Grant {
    pub id: Option<String>,
    /// An account root, role, user, session or federated user; ListGrants may show a service.
    pub grantee: String,
    pub operations: Vec<String>,
    pub constraint: Option<Constraint>,
    /// The key the grant is on, where the list names it.
    pub key: Option<Arn>,
    pub span: Span,
    /// JSON pointer in the file, for evidence.
    pub pointer: String,
}

/// What the encryption context of a request must hold (R82); compared by case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// Exactly these pairs.
    Equals(BTreeMap<String, String>),
    /// At least these pairs.
    Subset(BTreeMap<String, String>),
}

impl Grant {
    pub fn allows(&self, operation: &str) -> bool {
        self.operations.iter().any(|o| o == operation)
    }
}
