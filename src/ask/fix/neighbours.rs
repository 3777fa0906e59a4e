//! What restricts the statements of a document: a statement that is added to it keeps to the same.

use serde_json::{Value, json};

use crate::ask::near::{Miss, Near};
use crate::diagnostic::Cause;
use crate::name::keys;
use crate::name::{AccountId, ActionName, ActionPattern};
use crate::policy::{Effect, Policy, PrincipalKind, Scope, Statement, Test};

/// A line of a condition block that all neighbours have.
pub(super) struct NeighbourLine {
    operator: String,
    key: String,
    values: Vec<String>,
}

/// The restrictions that all statements have which allow actions of the same service. Statements for
/// the owner's own account, and for services, are no neighbours of one that lets a principal in.
pub(super) fn restrictions(
    policy: &Policy,
    action: &ActionName,
    owner: Option<AccountId>,
    near: &[&Near],
) -> Vec<NeighbourLine> {
    let service = action.service();
    let alike = |s: &&Statement| {
        let of_service = |p: &ActionPattern| p.is_everything() || p.service() == Some(service);
        s.effect.value == Effect::Allow
            && !s.actions.is_negated()
            && s.actions.listed().iter().any(|p| of_service(&p.value))
            && !is_for_owner(s, owner)
    };
    let neighbours: Vec<&Statement> = policy.statements.iter().filter(alike).collect();
    let Some((first, others)) = neighbours.split_first() else { return Vec::new() };
    let lines = first
        .tests
        .iter()
        .filter(|test| restricts(test, action) || is_met_context(first, test, near))
        .map(line);
    lines
        .filter(|own| {
            let has = |s: &&Statement| s.tests.iter().map(line).any(|other| other.is(own));
            others.iter().all(has)
        })
        .collect()
}

fn is_for_owner(statement: &Statement, owner: Option<AccountId>) -> bool {
    let Some(Scope::In(list)) = &statement.principals else { return false };
    list.iter().all(|p| {
        let is_owner = matches!(p.value.kind, PrincipalKind::Account(account) if Some(account) == owner);
        is_owner || p.value.kind == PrincipalKind::Service
    })
}

/// Who and from where, as far as the request can have the key at all.
fn restricts(test: &Test, action: &ActionName) -> bool {
    let key = &test.key.value;
    let Some(limit) = key.facts().and_then(|facts| facts.limit) else { return false };
    let counts = matches!(
        limit,
        Cause::ExternalId | Cause::Mfa | Cause::Network | Cause::Organization | Cause::TagValue | Cause::Tls
    );
    // Keys of the client's network are not in the requests that S3 makes for it (R51).
    counts && keys::can_be_in(key, action) && !(limit == Cause::Network && action.service() == "kms")
}

/// The encryption context says what is decrypted, and the request is known to have what the statement asks for: a near
/// miss misses something else.
fn is_met_context(statement: &Statement, test: &Test, near: &[&Near]) -> bool {
    let key = test.key.value.as_str();
    let is_context = key.to_ascii_lowercase().starts_with("kms:encryptioncontext:");
    is_context
        && near.iter().any(|near| {
            let misses_it =
                |miss: &Miss| miss.key.as_deref().is_some_and(|missed| missed.eq_ignore_ascii_case(key));
            near.span == statement.span && !near.misses.iter().any(misses_it)
        })
}

fn line(test: &Test) -> NeighbourLine {
    NeighbourLine {
        operator: test.written().spelling(),
        key: test.key.value.as_str().to_owned(),
        values: test.values.iter().map(|v| v.written_for(test.operator)).collect(),
    }
}

impl NeighbourLine {
    fn is(&self, other: &Self) -> bool {
        self.operator == other.operator
            && self.key.eq_ignore_ascii_case(&other.key)
            && self.values == other.values
    }
}

/// Puts the lines into a statement; whether there were any.
pub(super) fn add(statement: &mut Value, lines: &[NeighbourLine]) -> bool {
    let Some(members) = statement.as_object_mut().filter(|_| !lines.is_empty()) else { return false };
    let condition = members.entry("Condition").or_insert_with(|| json!({}));
    for line in lines {
        let values = match line.values.as_slice() {
            [only] => json!(only),
            values => json!(values),
        };
        if let Some(blocks) = condition.as_object_mut()
            && let Some(keys) =
                blocks.entry(line.operator.clone()).or_insert_with(|| json!({})).as_object_mut()
        {
            keys.insert(line.key.clone(), values);
        }
    }
    true
}

/// The keys of the lines.
pub(super) fn named(lines: &[NeighbourLine]) -> String {
    lines.iter().map(|line| line.key.as_str()).collect::<Vec<_>>().join(", ")
}
