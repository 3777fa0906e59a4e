//! Grants of identities that what limits them makes void: a boundary, the service control policies of a level, or a Deny.
//!
//! A grant is told only where no request can meet it: each of its actions is outside of all that the limit allows, or one Deny without
//! conditions covers it.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

use std::collections::BTreeMap;

use super::allows;
use super::checks::{MOST, covers_statement};
use crate::diagnostic::{Code, Diagnostic};
use crate::estate::{Estate, Known, SharedPolicy};
use crate::name::{AccountId, ActionPattern, symbol};
use crate::policy::{Effect, Policy, Scope, Statement};

/// Policies that together have to allow a request.
struct Limit<'e> {
    /// What they are, with its verb.
    allows: String,
    policies: &'e [SharedPolicy],
}

/// The grants of roles and users that are void, each with what makes it so.
pub fn check(estate: &Estate) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    // Service control policies do not limit service-linked roles.
    let is_linked = |arn: &str| arn.contains(":role/aws-service-role/");
    let roles = estate
        .roles
        .iter()
        .filter(|role| !is_linked(role.arn.value.as_str()))
        .map(|role| (role.arn.value.account(), &role.policies, &role.boundary));
    let users = estate.users.iter().map(|user| (user.arn.value.account(), &user.policies, &user.boundary));
    let mut of_account: BTreeMap<AccountId, Vec<(String, Vec<SharedPolicy>)>> = BTreeMap::new();
    for (account, policies, boundary) in roles.chain(users) {
        let Known::Provided(policies) = policies else { continue };
        let Some(account) = account else { continue };
        let levels: &[_] = of_account.entry(account).or_insert_with(|| levels(estate, account));
        let boundary = match boundary {
            Known::Provided(Some(boundary)) => Some(std::slice::from_ref(boundary)),
            Known::Provided(None) | Known::NotProvided => None,
        };
        let mut limits: Vec<Limit<'_>> = levels
            .iter()
            .map(|(name, policies)| Limit {
                allows: format!("the service control policies of {name} allow"),
                policies,
            })
            .collect();
        limits.extend(
            boundary.map(|policies| Limit { allows: "the permissions boundary allows".to_owned(), policies }),
        );
        for policy in policies {
            // What AWS wrote is not for its readers to change.
            if !estate.from_snapshot.contains_key(&policy.span.source) {
                of_policy(estate, policy, policies, &limits, &mut findings);
            }
        }
    }
    findings
}

/// The levels above an account whose policies are known. SCPs do not apply to the management account.
fn levels(estate: &Estate, account: AccountId) -> Vec<(String, Vec<SharedPolicy>)> {
    let Known::Provided(Some(organization)) = estate.organization_of(account) else { return Vec::new() };
    if organization.management_account.is_none_or(|management| management == account) {
        return Vec::new();
    }
    let Known::Provided(levels) = organization.levels(account, |target| &target.scps) else {
        return Vec::new();
    };
    let told = levels.into_iter().filter_map(|level| {
        let name = level.name();
        if let Known::Provided(policies) = level.policies { Some((name, policies)) } else { None }
    });
    told.collect()
}

fn of_policy(
    estate: &Estate,
    policy: &Policy,
    own: &[SharedPolicy],
    limits: &[Limit<'_>],
    findings: &mut Vec<Diagnostic>,
) {
    // A policy that is not a person's work is not gone over.
    if policy.statements.len() > MOST || policy.statements.iter().any(|s| s.actions.listed().len() > MOST) {
        return;
    }
    for statement in allows(policy) {
        let outside =
            limits.iter().find(|limit| !limit.policies.is_empty() && is_outside(statement, limit.policies));
        if let Some(limit) = outside {
            let message = format!("{} none of this, so the grant is void", limit.allows);
            let mut finding = Diagnostic::new(Code::GrantMadeVoid, statement.span, message);
            // A document of AWS is named, and not shown: the snapshot is no file of the reader's.
            let shown =
                limit.policies.iter().find(|policy| !estate.from_snapshot.contains_key(&policy.span.source));
            if let Some(first) = shown {
                finding = finding.because(first.span, "what limits it");
            }
            findings.push(finding.help("remove the grant, or allow it there too"));
            continue;
        }
        let limiting = limits.iter().flat_map(|limit| limit.policies);
        // A Deny of the same policy is told with that policy.
        let others = own.iter().filter(|other| other.span != policy.span).chain(limiting);
        let mut denies = others
            .flat_map(|other| &other.statements)
            .filter(|s| s.effect.value == Effect::Deny && s.tests.is_empty());
        if let Some(deny) = denies.find(|deny| covers_statement(deny, statement)) {
            let message = "a Deny of another policy covers all of this, so the grant is void";
            findings.push(
                Diagnostic::new(Code::GrantMadeVoid, statement.span, message)
                    .because(deny.span, "the Deny")
                    .help("remove the one that is not meant"),
            );
        }
    }
}

/// Whether policies allow nothing of a statement.
fn is_outside(statement: &Statement, limit: &[SharedPolicy]) -> bool {
    let Scope::In(actions) = &statement.actions else { return false };
    let allowing: Vec<&Statement> = limit.iter().flat_map(|policy| allows(policy)).collect();
    !actions.is_empty()
        && actions
            .iter()
            .all(|action| allowing.iter().all(|other| are_apart(&action.value, statement, other)))
}

/// Whether no request for an action of a statement is one that another statement is about.
fn are_apart(action: &ActionPattern, statement: &Statement, other: &Statement) -> bool {
    let by_action = match &other.actions {
        Scope::In(listed) => listed.iter().all(|pattern| patterns_apart(action, &pattern.value)),
        Scope::NotIn(listed) => listed.iter().any(|pattern| {
            pattern.value == *action
                || (!action.has_wildcard() && pattern.value.covers_folded(action.folded()) == Some(true))
        }),
    };
    let by_resource = || match (&statement.resources, &other.resources) {
        (Some(Scope::In(ours)), Some(Scope::In(theirs))) => ours.iter().all(|our| {
            theirs.iter().all(|their| {
                heads_apart(
                    our.value.as_str(),
                    their.value.as_str(),
                    our.value.is_exact(),
                    their.value.is_exact(),
                )
            })
        }),
        (_, _) => false,
    };
    by_action || by_resource()
}

fn patterns_apart(a: &ActionPattern, b: &ActionPattern) -> bool {
    if a.is_symbolic() || b.is_symbolic() {
        return false;
    }
    if !a.has_wildcard() {
        return b.covers_folded(a.folded()) == Some(false);
    }
    if !b.has_wildcard() {
        return a.covers_folded(b.folded()) == Some(false);
    }
    heads_apart(a.folded(), b.folded(), false, false)
}

/// Whether the texts before the first wildcard or variable part two patterns.
fn heads_apart(a: &str, b: &str, a_is_exact: bool, b_is_exact: bool) -> bool {
    if symbol::is_in(a) || symbol::is_in(b) {
        return false;
    }
    let head: fn(&str) -> &str = |text| text.split(['*', '?', '$']).next().unwrap_or_default();
    let (a, b) = (head(a), head(b));
    match (a_is_exact, b_is_exact) {
        (true, true) => a != b,
        (true, false) => !a.starts_with(b),
        (false, true) => !b.starts_with(a),
        (false, false) => !a.starts_with(b) && !b.starts_with(a),
    }
}
