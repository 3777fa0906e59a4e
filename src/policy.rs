//! The policy language as written: one form for every policy type, made so that what AWS forbids has no place.
//!
//! [`lower`] turns a JSON tree into a [`Policy`] and reports every mistake with its place (R9–R32).

mod asked;
mod condition;
mod endpoint_limits;
mod kind;
mod lower;
mod meaning;
mod open;
mod principal;
mod quota;
mod render;
mod same;

use crate::diagnostic::Code;
use std::sync::Arc;

use crate::name::{ActionPattern, ConditionKey, ResourcePattern};
use crate::operator::{Condition, Operator, Quantifier, Written};
use crate::source::{Span, Spanned};

pub use asked::unknown_action;
pub use condition::unknown_key;
pub(crate) use condition::{bad_value, unknown_operator};
pub(crate) use kind::listed_statements;
pub use kind::{PolicyKind, guess_kind};
pub(crate) use lower::{DOCUMENT_ELEMENTS, PRINCIPAL_KEYS, STATEMENT_ELEMENTS};
pub use lower::{Statements, lower};
pub use open::{guarded, open};
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
    Code::RoleTrustPolicySyntaxErrorResource,
    Code::UniqueSidsRequired,
    Code::UnsupportedSid,
];

/// One policy document.
#[derive(Clone, Debug)]
pub struct Policy {
    /// What the policy is attached to.
    pub kind: PolicyKind,
    /// The version of the policy language.
    pub version: Version,
    /// Its statements, in the order of the text.
    pub statements: Box<[Statement]>,
    /// The place of the document.
    pub span: Span,
    /// JSON pointer of the document inside its file; empty when the file is the policy.
    pub pointer: Box<str>,
    /// `Statement` was one object, not an array.
    pub single: bool,
}

/// The versions of the policy language.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Version {
    /// `2008-10-17`, and documents that name no version (R10).
    V2008,
    /// `2012-10-17`
    V2012,
}

impl Version {
    /// As policies write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V2008 => "2008-10-17",
            Self::V2012 => "2012-10-17",
        }
    }
}

/// A statement of a policy.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Its Sid, where it has one.
    pub sid: Option<Spanned<Box<str>>>,
    /// Whether it allows or denies.
    pub effect: Spanned<Effect>,
    /// Only in policy types that have principals (R15).
    pub principals: Option<Scope<PrincipalPattern>>,
    /// The actions it is about.
    pub actions: Scope<ActionPattern>,
    /// None in trust policies, which have no `Resource`.
    pub resources: Option<Scope<ResourcePattern>>,
    /// The tests of its conditions: all have to hold.
    pub tests: Box<[Test]>,
    /// The place of the statement.
    pub span: Span,
    /// Position in `Statement`, counted from 0.
    pub index: u32,
}

/// What a statement does with a request it matches.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It allows it.
    Allow,
    /// It denies it.
    Deny,
}

/// `Action` or `NotAction`, never both; the same for principals and resources.
#[derive(Clone, Debug)]
pub enum Scope<P> {
    /// These: `Principal`, `Action`, `Resource`.
    In(Box<[Spanned<P>]>),
    /// All but these: `NotPrincipal`, `NotAction`, `NotResource`.
    NotIn(Box<[Spanned<P>]>),
}

impl<P> Scope<P> {
    /// The listed patterns, whichever way they count.
    pub fn listed(&self) -> &[Spanned<P>] {
        match self {
            Self::In(list) | Self::NotIn(list) => list,
        }
    }

    /// Whether it is all but the listed ones.
    pub fn is_negated(&self) -> bool {
        matches!(self, Self::NotIn(_))
    }
}

/// One line of a condition block: an operator, a key, and the values it is compared with.
#[derive(Clone, Debug)]
pub struct Test {
    /// The set prefix, where there is one.
    pub quantifier: Quantifier,
    /// The operator without prefix and suffix.
    pub operator: &'static Operator,
    /// Whether the operator ends in `IfExists`.
    pub if_exists: bool,
    /// The condition key.
    pub key: Spanned<ConditionKey>,
    /// The values it compares with: one of them has to fit.
    pub values: Arc<[TestValue]>,
}

impl Test {
    /// The test as the operators take it.
    pub fn condition(&self) -> Condition<'_, TestValue> {
        Condition {
            operator: self.operator,
            quantifier: self.quantifier,
            if_exists: self.if_exists,
            values: &self.values,
        }
    }

    /// The test as it was written.
    pub fn written(&self) -> Written {
        Written { quantifier: self.quantifier, operator: self.operator, if_exists: self.if_exists }
    }
}

impl Statement {
    /// Whether a condition or a variable is about some key.
    pub(crate) fn asks_for(&self, is_about: impl Fn(&ConditionKey) -> bool) -> bool {
        let in_tests = self.tests.iter().any(|test| {
            is_about(&test.key.value)
                || test.values.iter().any(|v| v.operand.variables().any(|v| is_about(&v.key)))
        });
        let mut resources = self.resources.iter().flat_map(|scope| scope.listed());
        in_tests || resources.any(|r| r.value.variables().any(|v| is_about(&v.key)))
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
