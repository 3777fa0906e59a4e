//! Policies and statements that the input leaves open: they may allow or deny anything.

use super::condition::guard;
use super::{Effect, Policy, PolicyKind, PrincipalPattern, Scope, Statement, Version};
use crate::name::{ActionPattern, ResourcePattern, Syntax, symbol};
use crate::source::{Span, Spanned};

/// A document of which nothing is known but the name of the symbol that stands for it.
pub fn open(name: &str, kind: PolicyKind, at: Span) -> Policy {
    let statements = statements(name, kind, at, 0).into();
    Policy { kind, version: Version::V2012, statements, span: at, pointer: Box::default(), single: false }
}

/// A policy of which every statement counts only on one side of each test.
pub fn guarded(policy: &Policy, tests: &[(String, bool)], at: Span) -> Policy {
    let mut out = policy.clone();
    let statements = out.statements.iter().map(|statement| {
        let mut statement = statement.clone();
        let guards = tests
            .iter()
            .map(|(name, side)| guard(&symbol::plain(name), if *side { "true" } else { "false" }, at));
        statement.tests = statement.tests.iter().cloned().chain(guards).collect();
        statement
    });
    out.statements = statements.collect();
    out
}

/// One statement that may allow anything, and one that may deny it.
pub(super) fn statements(name: &str, kind: PolicyKind, at: Span, index: u32) -> [Statement; 2] {
    let name = symbol::plain(name);
    let one = |effect: Effect, switch: &str| Statement {
        sid: None,
        effect: Spanned::new(effect, at),
        principals: kind
            .has_principals()
            .then(|| Scope::In(Box::new([Spanned::new(PrincipalPattern::everyone(), at)]))),
        actions: Scope::In(Box::new([Spanned::new(ActionPattern::new("*"), at)])),
        resources: (kind != PolicyKind::Trust).then(|| {
            let everything = ResourcePattern::new("*", Syntax { variables: false, completes: false });
            Scope::In(Box::new([Spanned::new(everything, at)]))
        }),
        tests: Box::new([guard(&name, switch, at)]),
        span: at,
        index,
    };
    [one(Effect::Allow, "allows"), one(Effect::Deny, "denies")]
}
