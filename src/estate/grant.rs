use std::collections::BTreeMap;

use crate::name::Arn;
use crate::source::Span;

/// A KMS grant: listed operations on one key for one grantee (R81).
#[derive(Clone, Debug)]
pub struct Grant {
    /// The id of the grant.
    pub id: Option<String>,
    /// An account root, role, user, session or federated user; ListGrants may show a service.
    pub grantee: String,
    /// The operations it allows, as KMS names them: `Decrypt`, `DescribeKey`.
    pub operations: Vec<String>,
    /// All of them hold (R82, R139).
    pub constraints: Vec<Constraint>,
    /// The key the grant is on, where the list names it.
    pub key: Option<Arn>,
    /// Where the input says so.
    pub span: Span,
    /// JSON pointer in the file, for evidence.
    pub pointer: String,
}

/// What a request must hold for a grant to apply (R82, R139).
///
/// Source: <https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// Exactly these pairs in the encryption context; compared by case.
    Equals(BTreeMap<String, String>),
    /// At least these pairs.
    Subset(BTreeMap<String, String>),
    /// This aws:SourceArn, which requests of services have.
    SourceArn(String),
    /// A constraint of a name that is not known here: whether it is met cannot be said.
    Other(String),
}

impl Grant {
    /// Whether the grant allows an operation of KMS.
    pub fn allows(&self, operation: &str) -> bool {
        self.operations.iter().any(|o| o == operation)
    }
}
