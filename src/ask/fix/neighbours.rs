//! What restricts the statements of a document: a statement that is added to it keeps to the same.

use serde_json::{Value, json};

use crate::ask::near::{Miss, Near, limit_of};
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

/// Who is let in by a statement that is to be added.
pub(super) struct Newcomer<'n> {
    pub(super) action: &'n ActionName,
    /// The kind that `Principal` names the caller under.
    pub(super) kind: &'static str,
    pub(super) account: Option<AccountId>,
    /// The account of the resource.
    pub(super) owner: Option<AccountId>,
}

/// What a statement beside others has to keep: the restrictions that all of them have, what the nearest one asks for and the
/// request meets, and, in a trust policy, what any of them holds callers of this kind to.
pub(super) fn restrictions(policy: &Policy, by: &Newcomer<'_>, near: &[&Near]) -> Vec<NeighbourLine> {
    let is_service_assuming = by.kind == "Service" && by.action.service() == "sts";
    let mut lines = if is_service_assuming { Vec::new() } else { shared(policy, by.action, by.owner, near) };
    let more = of_nearest(policy, by, near).into_iter().chain(of_trust(policy, by));
    for line in more {
        if !lines.iter().any(|own| own.key.eq_ignore_ascii_case(&line.key)) {
            lines.push(line);
        }
    }
    lines
}

/// The lines of the nearest statement that the request meets: something else of it does not fit.
fn of_nearest(policy: &Policy, by: &Newcomer<'_>, near: &[&Near]) -> Vec<NeighbourLine> {
    let found = near.iter().find_map(|near| {
        let statement = policy.statements.iter().find(|s| s.span == near.span)?;
        // What one kind of caller sends to STS, another does not have.
        let is_alike = by.action.service() != "sts" || names_kind(statement, by.kind);
        is_alike.then_some((near, statement))
    });
    let Some((near, statement)) = found else { return Vec::new() };
    let is_missed = |test: &Test| {
        let key = test.key.value.as_str();
        near.misses.iter().any(|miss| miss.key.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(key)))
    };
    let met =
        statement.tests.iter().filter(|test| !is_missed(test) && keys::can_be_in(&test.key.value, by.action));
    met.map(line).collect()
}

/// External ids, organizations and claims of any statement of a trust policy. Without them a statement for another account
/// opens the role to a confused deputy, and one for a provider of tokens to everyone who gets a token.
fn of_trust(policy: &Policy, by: &Newcomer<'_>) -> Vec<NeighbourLine> {
    // Services send no external id, and are in no organization.
    let is_outside = by.kind == "Federated" || (by.kind == "AWS" && by.account != by.owner);
    if by.action.service() != "sts" || !is_outside {
        return Vec::new();
    }
    let is_alike =
        |statement: &&Statement| statement.effect.value == Effect::Allow && names_kind(statement, by.kind);
    let tests = policy.statements.iter().filter(is_alike).flat_map(|statement| &statement.tests);
    tests.filter(|test| holds_outsiders(test)).map(line).collect()
}

/// Whether a statement names principals of the kind, as its `Principal` calls them.
fn names_kind(statement: &Statement, kind: &str) -> bool {
    let called = |principal: PrincipalKind| match principal {
        PrincipalKind::Service => "Service",
        PrincipalKind::Federated => "Federated",
        PrincipalKind::Everyone
        | PrincipalKind::Account(_)
        | PrincipalKind::Role
        | PrincipalKind::User
        | PrincipalKind::Session
        | PrincipalKind::UniqueId
        | PrincipalKind::FederatedUser
        | PrincipalKind::Canonical
        | PrincipalKind::OriginAccess
        | PrincipalKind::Unresolved => "AWS",
    };
    let mut principals = statement.principals.iter().flat_map(|scope| scope.listed());
    principals.any(|principal| called(principal.value.kind) == kind)
}

fn holds_outsiders(test: &Test) -> bool {
    matches!(
        limit_of(&test.key.value),
        Some(Cause::ExternalId | Cause::Organization | Cause::Subject | Cause::Audience)
    )
}

/// The restrictions that all statements have which allow actions of the same service. Statements for
/// the owner's own account, and for services, are no neighbours of one that lets a principal in.
fn shared(
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
    let Some(limit) = limit_of(key) else { return false };
    let counts = matches!(
        limit,
        Cause::Audience
            | Cause::ExternalId
            | Cause::Mfa
            | Cause::Network
            | Cause::Organization
            | Cause::Subject
            | Cause::TagValue
            | Cause::Tls
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

/// Leaves out what a statement has a line for.
pub(super) fn beside(lines: &mut Vec<NeighbourLine>, statement: &Value) {
    let has = |line: &NeighbourLine| {
        let mut blocks = statement.get("Condition").and_then(Value::as_object).into_iter().flatten();
        blocks.any(|(_, keys)| {
            keys.as_object().is_some_and(|keys| keys.keys().any(|key| key.eq_ignore_ascii_case(&line.key)))
        })
    };
    lines.retain(|line| !has(line));
}

/// Whether the lines hold a caller with a token to what the token says of it.
pub(super) fn hold_claims(lines: &[NeighbourLine]) -> bool {
    lines.iter().any(|line| line.key.contains(':') && !line.key.to_ascii_lowercase().starts_with("aws:"))
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
