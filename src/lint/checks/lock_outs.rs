//! Policies that keep out those who would have to change them.

use crate::diagnostic::{Code, Diagnostic};
use crate::lint::allows;
use crate::policy::{Effect, Policy, PolicyKind, PrincipalKind, Scope, Statement};

pub(super) fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    match policy.kind {
        PolicyKind::Bucket => {
            shut(policy, "s3:putbucketpolicy", Code::BucketLockOut, "the bucket policy", tell)
        }
        PolicyKind::Key => {
            shut(policy, "kms:putkeypolicy", Code::KeyLockOut, "the key policy", tell);
            unmanageable(policy, tell);
        }
        PolicyKind::Identity
        | PolicyKind::Boundary
        | PolicyKind::Session
        | PolicyKind::Trust
        | PolicyKind::AccessPoint
        | PolicyKind::Scp
        | PolicyKind::Rcp
        | PolicyKind::Endpoint
        | PolicyKind::Resource
        | PolicyKind::Permissions => {}
    }
}

fn covers(statement: &Statement, folded: &str) -> bool {
    let listed =
        statement.actions.listed().iter().any(|action| action.value.covers_folded(folded) == Some(true));
    listed != statement.actions.is_negated()
}

/// A Deny for everyone, whatever the request, of the change that would take it back.
fn shut(policy: &Policy, change: &str, code: Code, what: &str, tell: &mut dyn FnMut(Diagnostic)) {
    for statement in policy.statements.iter().filter(|s| s.effect.value == Effect::Deny) {
        let Some(Scope::In(principals)) = &statement.principals else { continue };
        let everyone = principals.iter().find(|p| p.value.kind == PrincipalKind::Everyone);
        // A bucket is changed under its own ARN, a key under any.
        let on_it = match &statement.resources {
            Some(Scope::In(listed)) => listed.iter().any(|resource| {
                let text = resource.value.as_str();
                text == "*" || policy.kind == PolicyKind::Key || text.ends_with(":*") || !text.contains('/')
            }),
            Some(Scope::NotIn(_)) | None => true,
        };
        if let Some(at) = everyone
            && statement.tests.is_empty()
            && covers(statement, change)
            && on_it
        {
            let message = format!("nobody can change {what} any more: this denies it to everyone");
            tell(
                Diagnostic::new(code, at.span, message.replace("nobody can", "no principal can"))
                    .help("spare those who administer it, with `ArnNotEquals` on `aws:PrincipalArn`"),
            );
        }
    }
}

/// Source: <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html>
fn unmanageable(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    let manages = |statement: &&Statement| {
        let somebody = match &statement.principals {
            // A principal that could not be read may be the one.
            Some(Scope::In(listed)) if listed.is_empty() => true,
            Some(Scope::In(listed)) => listed.iter().any(|p| {
                !matches!(
                    p.value.kind,
                    PrincipalKind::Service | PrincipalKind::Federated | PrincipalKind::UniqueId
                )
            }),
            Some(Scope::NotIn(_)) => true,
            None => false,
        };
        somebody && covers(statement, "kms:putkeypolicy")
    };
    if !policy.statements.is_empty()
        && allows(policy).next().is_some()
        && !allows(policy).any(|s| manages(&s))
    {
        let message = "this key policy lets no principal change it, and only AWS Support can help then";
        tell(
            Diagnostic::new(Code::UnmanageableKey, policy.span, message)
                .help("allow kms:* to arn:aws:iam::ACCOUNT:root, or kms:PutKeyPolicy to an administrator"),
        );
    }
}
