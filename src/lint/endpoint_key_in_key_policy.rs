use super::{Lint, covers};
use crate::diagnostic::{Code, Diagnostic};
use crate::name::keys::{Forwarding, KeyFacts, Subject};
use crate::policy::{Policy, PolicyKind, Statement};

pub(super) static LINT: Lint = Lint { code: Code::EndpointKeyInKeyPolicy, check };

/// Keys that describe the network between client and S3, and that S3 does not forward to KMS.
fn is_of_endpoint(key: &KeyFacts) -> bool {
    key.subject == Subject::Network && key.forwarding == Forwarding::Dropped
}

/// Keys that tell calls of a service from direct ones.
fn is_guard(key: &KeyFacts) -> bool {
    key.subject == Subject::Via
}

fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    let of_key = policy.kind == PolicyKind::Key;
    if !of_key && (policy.kind.has_principals() && policy.kind != PolicyKind::Rcp) {
        return;
    }
    // Elsewhere a statement about KMS alone is meant for it.
    let is_about_keys = |statement: &Statement| {
        let listed = statement.actions.listed();
        !statement.actions.is_negated()
            && listed.iter().all(|action| action.value.service() == Some("kms"))
            && (covers(statement, "kms:decrypt") || covers(statement, "kms:generatedatakey"))
    };
    for statement in policy.statements.iter().filter(|s| of_key || is_about_keys(s)) {
        let has = |wanted: fn(&KeyFacts) -> bool| {
            statement.tests.iter().find(|test| test.key.value.facts().is_some_and(wanted))
        };
        if let (Some(test), None) = (has(is_of_endpoint), has(is_guard)) {
            let message = format!("`{}` is absent when S3 decrypts for a reader", test.key.value);
            let help = "exempt such calls with a test of aws:ViaAWSService or kms:ViaService, and test the endpoint where S3 is asked";
            tell(LINT.says(test.key.span, message, help));
        }
    }
}
