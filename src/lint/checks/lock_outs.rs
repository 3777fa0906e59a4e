//! Policies that keep out those who would have to change them.

use super::pins::restricts;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::allows;
use crate::name::KeyType;
use crate::name::keys::{KeyFacts, Subject};
use crate::operator::Family;
use crate::policy::{Effect, Policy, PolicyKind, PrincipalKind, Scope, Statement, Test};

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

const HELP: &str = "spare those who administer it, with `ArnNotEquals` on `aws:PrincipalArn`";

/// Whether a line holds for every signed request: each has an ARN, an account and an id of its principal.
fn always_holds(test: &Test) -> bool {
    let of_each = matches!(
        test.key.value.folded(),
        "aws:principalaccount" | "aws:principalarn" | "aws:principaltype" | "aws:userid"
    );
    let family = test.operator.family;
    let any = |text: &str| {
        (family == Family::Null && text.eq_ignore_ascii_case("false"))
            || (family == Family::Arn && text.split(':').all(|part| matches!(part, "*" | "arn")))
            || (text == "*" && test.operator.name.ends_with("Like"))
    };
    of_each && !test.operator.negated && test.values.iter().any(|value| any(value.text()))
}

/// Whether a line spares some networks, and nothing else.
fn is_about_network(test: &Test) -> bool {
    let of_network =
        |facts: &KeyFacts| facts.subject == Subject::Network && facts.value_type != KeyType::Flag;
    test.operator.negated && test.key.value.facts().is_some_and(of_network)
}

/// A Deny for everyone of the change that would take it back.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html>
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
            && statement.tests.iter().all(always_holds)
            && covers(statement, change)
            && on_it
        {
            let spared =
                if policy.kind == PolicyKind::Bucket { "only the root user" } else { "no principal" };
            let message = format!("{spared} can change {what} any more: this denies it to everyone");
            tell(Diagnostic::new(code, at.span, message).help(HELP));
        } else if let Some(at) = everyone
            && policy.kind == PolicyKind::Bucket
            && statement.tests.iter().all(is_about_network)
            && covers(statement, change)
            && on_it
        {
            let message =
                format!("from elsewhere, as from the console, only the root user can change {what}");
            tell(Diagnostic::new(code, at.span, message).level(Severity::Note).help(HELP));
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
        // No service changes a policy in the name of its caller, and callers come for no resource.
        let never = |test: &Test| {
            let key = test.key.value.folded();
            let others = key.starts_with("kms:encryptioncontext:")
                || matches!(key, "kms:grantisforawsresource" | "kms:viaservice")
                || test.key.value.facts().is_some_and(|facts| facts.subject == Subject::Source);
            others && restricts(test)
        };
        somebody && covers(statement, "kms:putkeypolicy") && !statement.tests.iter().any(never)
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
