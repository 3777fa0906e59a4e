//! What is open to more than was meant: the public, every action, every key.

use super::pins::pins;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::eval::is_public;
use crate::lint::allows;
use crate::operator::Family;
use crate::policy::{Effect, Policy, PolicyKind, PrincipalKind, Scope, Statement};
use crate::source::Span;

pub(super) fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    match policy.kind {
        PolicyKind::Bucket | PolicyKind::AccessPoint | PolicyKind::Key | PolicyKind::Resource => {
            public(policy, tell);
        }
        PolicyKind::Endpoint => endpoint(policy, tell),
        PolicyKind::Identity | PolicyKind::Permissions => {
            for statement in allows(policy) {
                everything(statement, tell);
                every_key(statement, tell);
                all_but(statement, tell);
            }
        }
        PolicyKind::Boundary
        | PolicyKind::Session
        | PolicyKind::Trust
        | PolicyKind::Scp
        | PolicyKind::Rcp => {}
    }
    for statement in policy.statements.iter().filter(|s| s.effect.value == Effect::Deny) {
        absent_mfa(statement, tell);
    }
}

/// The place of the principal `*` in an Allow.
fn everyone(statement: &Statement) -> Option<Span> {
    let Some(Scope::In(principals)) = &statement.principals else { return None };
    principals.iter().find(|p| p.value.kind == PrincipalKind::Everyone).map(|p| p.span)
}

/// One statement after the other is asked as a policy of its own, so that the place is known.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
fn public(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    for statement in allows(policy) {
        let Some(at) = everyone(statement) else { continue };
        let alone =
            Policy { statements: Box::new([statement.clone()]), pointer: Box::default(), ..policy.clone() };
        // Keys that hold callers to an account of theirs count besides those of S3's list.
        let pinned = statement.tests.iter().any(pins);
        if !pinned && is_public(&alone) {
            let message = format!(
                "this {} lets in everyone, without signing in and from any account",
                policy.kind.describe()
            );
            tell(Diagnostic::new(Code::PublicAccess, at, message)
                .help("name the principals, or pin them with `aws:PrincipalOrgID`, `aws:SourceAccount` or `aws:SourceVpce`"));
        }
    }
}

/// The endpoint policy that AWS makes by itself.
fn endpoint(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    for statement in allows(policy) {
        let Some(at) = everyone(statement) else { continue };
        let all = |scope: &Option<Scope<crate::name::ResourcePattern>>| {
            scope
                .as_ref()
                .is_some_and(|s| !s.is_negated() && s.listed().iter().any(|r| r.value.is_everything()))
        };
        if statement.tests.is_empty() && all(&statement.resources) {
            let message = "the endpoint carries requests of every account to resources of every account";
            tell(
                Diagnostic::new(Code::OpenEndpoint, at, message)
                    .help("test `aws:PrincipalOrgID` and `aws:ResourceOrgID`, or name the resources"),
            );
        }
    }
}

fn is_everything(statement: &Statement) -> bool {
    let Some(Scope::In(resources)) = &statement.resources else { return false };
    // Any ARN, by a pattern that begins as all of them do.
    let every_arn = |text: &str| {
        text.ends_with('*')
            && text.split(':').enumerate().all(|(at, part)| match at {
                0 => matches!(part, "arn" | "*"),
                1 => matches!(part, "aws" | "*"),
                _ => part == "*",
            })
    };
    resources.iter().any(|r| r.value.is_everything() || every_arn(r.value.as_str()))
}

fn everything(statement: &Statement, tell: &mut dyn FnMut(Diagnostic)) {
    let Scope::In(actions) = &statement.actions else { return };
    for action in actions {
        if action.value.is_everything() || action.value.folded() == "*:*" {
            if is_everything(statement) && statement.tests.is_empty() {
                let message = "this allows every action on every resource";
                tell(Diagnostic::new(Code::AllowEverything, action.span, message).help(
                    "list the actions that are needed, or attach AdministratorAccess where that is meant",
                ));
            }
        } else if let Some((service, "*")) = action.value.folded().split_once(':') {
            let message =
                format!("this allows every action of {service}, those that AWS adds later included");
            tell(
                Diagnostic::new(Code::ServiceWildcard, action.span, message)
                    .help("list the actions that are needed"),
            );
        }
    }
}

/// Decryption with every key that trusts the account.
fn every_key(statement: &Statement, tell: &mut dyn FnMut(Diagnostic)) {
    let (Scope::In(actions), Some(Scope::In(resources))) = (&statement.actions, &statement.resources) else {
        return;
    };
    let covering = actions.iter().find(|action| {
        let covers = |folded| action.value.covers_folded(folded) == Some(true);
        action.value.service() == Some("kms") && (covers("kms:decrypt") || covers("kms:reencryptfrom"))
    });
    let Some(action) = covering else { return };
    let is_any = |text: &str| {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        match parts.as_slice() {
            [only] => *only == "*",
            [_, _, service, _, _, name] => {
                matches!(*service, "kms" | "*") && matches!(*name, "*" | "key*" | "key/*" | "*/*")
            }
            // An ARN that ends early, as IAM completes it.
            [_, .., last] => text.contains(":kms") && last.ends_with('*'),
            [] => false,
        }
    };
    let limits = statement.tests.iter().any(|test| {
        let key = test.key.value.folded();
        !test.operator.negated
            && (key.starts_with("kms:")
                || key.starts_with("aws:resourcetag/")
                || key == "aws:resourceaccount")
    });
    if let Some(resource) = resources.iter().find(|resource| is_any(resource.value.as_str()))
        && !limits
    {
        let message = "this allows decryption with every key that leaves it to the account";
        tell(
            Diagnostic::new(Code::KmsDecryptOnAllKeys, resource.span, message)
                .because(action.span, "the action")
                .help(
                    "name the keys, or test `kms:ViaService`, `kms:ResourceAliases` or `aws:ResourceTag/…`",
                ),
        );
    }
}

/// Actions whose lists of resources are told of elsewhere.
const POWERS: [&str; 2] = ["iam:createservicelinkedrole", "iam:passrole"];

fn all_but(statement: &Statement, tell: &mut dyn FnMut(Diagnostic)) {
    // Roles that may be passed are told on their own.
    if let (Some(Scope::NotIn(listed)), Scope::In(actions)) = (&statement.resources, &statement.actions)
        && !POWERS.iter().any(|power| actions.iter().any(|a| a.value.covers_folded(power) == Some(true)))
    {
        let at = listed.first().map_or(statement.span, |first| first.span);
        let message = "this allows access to every resource but those listed, future ones included";
        tell(
            Diagnostic::new(Code::AllowNotResource, at, message).help("list what is meant under `Resource`"),
        );
    }
}

/// Requests with long-term credentials have no such key.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent>
fn absent_mfa(statement: &Statement, tell: &mut dyn FnMut(Diagnostic)) {
    for test in &statement.tests {
        let asks = test.key.value.folded() == "aws:multifactorauthpresent"
            && test.operator.family == Family::Bool
            && !test.if_exists
            && test.values.iter().any(|value| value.text().eq_ignore_ascii_case("false"));
        if asks {
            let message =
                "requests with access keys have no `aws:MultiFactorAuthPresent`, so this does not deny them";
            tell(
                Diagnostic::new(Code::MfaTestWithoutIfExists, test.key.span, message)
                    .level(Severity::Warning)
                    .help("write `BoolIfExists`"),
            );
        }
    }
}
