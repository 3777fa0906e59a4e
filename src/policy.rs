//! The policy language as written: one form for every policy type, made so that what AWS forbids has no place.
//!
//! [`lower`] turns a JSON tree into a [`Policy`] and reports every mistake with its place (R9–R32).

mod condition;
mod endpoint_limits;
mod kind;
mod lower;
mod meaning;
mod open;
mod principal;
mod quota;
mod render;

use crate::diagnostic::Code;
use std::sync::Arc;

use crate::name::{ActionPattern, ConditionKey, ResourcePattern};
use crate::operator::{Condition, Operator, Quantifier, Written};
use crate::source::{Span, Spanned};

pub use condition::unknown_key;
pub(crate) use condition::{bad_value, unknown_operator};
pub use kind::{PolicyKind, guess_kind};
pub use lower::{Statements, lower};
pub use open::open;
pub use principal::{PrincipalKind, PrincipalPattern};
pub use quota::check_quota;
pub use render::{Changes, render};

pub use crate::operator::TestValue;

/// Mistakes for which AWS refuses to store a policy, and which leave no doubt about what it says.
pub const UNDERSTOOD: &[Code] = &[
    Code::AllowWithNotPrincipal,
    Code::InvalidAction,
    Code::InvalidConditionKeyFormat,
    Code::InvalidPrincipalFormat,
    Code::MissingPrincipal,
    Code::TrustPolicyResource,
    Code::UniqueSidsRequired,
    Code::UnsupportedSid,
];

/// One policy document.
#[derive(Clone, Debug)]
pub struct Policy {
    pub kind: PolicyKind,
    pub version: Version,
    pub statements: Box<[Statement]>,
    pub span: Span,
    /// JSON pointer of the document inside its file; empty when the file is the policy.
    pub pointer: Box<str>,
    /// `Statement` was one object, not an array.
    pub single: bool,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Version {
    /// `2008-10-17`, and documents that name no version (R10).
    V2008,
    V2012,
}

#[derive(Clone, Debug)]
pub struct Statement {
    pub sid: Option<Spanned<Box<str>>>,
    pub effect: Spanned<Effect>,
    /// Only in policy types that have principals (R15).
    pub principals: Option<Scope<PrincipalPattern>>,
    pub actions: Scope<ActionPattern>,
    /// None in trust policies, which have no `Resource`.
    pub resources: Option<Scope<ResourcePattern>>,
    pub tests: Box<[Test]>,
    pub span: Span,
    /// Position in `Statement`, counted from 0.
    pub index: u32,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    Allow,
    Deny,
}

/// `Action` or `NotAction`, never both; the same for principals and resources.
#[derive(Clone, Debug)]
pub enum Scope<P> {
    In(Box<[Spanned<P>]>),
    NotIn(Box<[Spanned<P>]>),
}

impl<P> Scope<P> {
    /// The listed patterns, whichever way they count.
    pub fn listed(&self) -> &[Spanned<P>] {
        match self {
            Self::In(list) | Self::NotIn(list) => list,
        }
    }

    pub fn is_negated(&self) -> bool {
        matches!(self, Self::NotIn(_))
    }
}

/// One line of a condition block: an operator, a key, and the values it is compared with.
#[derive(Clone, Debug)]
pub struct Test {
    pub quantifier: Quantifier,
    pub operator: &'static Operator,
    pub if_exists: bool,
    pub key: Spanned<ConditionKey>,
    pub values: Arc<[TestValue]>,
}

impl Test {
    pub fn condition(&self) -> Condition<'_, TestValue> {
        Condition {
            operator: self.operator,
            quantifier: self.quantifier,
            if_exists: self.if_exists,
            values: &self.values,
        }
    }

    pub fn written(&self) -> Written {
        Written { quantifier: self.quantifier, operator: self.operator, if_exists: self.if_exists }
    }
}

impl Policy {
    /// JSON pointer of a statement in the file.
    pub fn statement_pointer(&self, statement: &Statement) -> String {
        if self.single {
            format!("{}/Statement", self.pointer)
        } else {
            format!("{}/Statement/{}", self.pointer, statement.index)
        }
    }
}
