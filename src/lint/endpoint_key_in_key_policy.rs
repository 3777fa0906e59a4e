use super::Lint;
use crate::finding::Finding;
use crate::policy::{Policy, PolicyKind};

pub(super) static LINT: Lint = Lint { id: "endpoint-key-in-key-policy", check };

/// Keys that describe the way to S3 and do not reach KMS.
const KEYS: &[&str] = &["aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip"];
/// Keys that tell calls of a service from direct ones.
const GUARDS: &[&str] =
    &["aws:calledvia", "aws:calledviafirst", "aws:calledvialast", "aws:viaawsservice", "kms:viaservice"];

fn check(policy: &Policy, tell: &mut dyn FnMut(Finding)) {
    if policy.kind != PolicyKind::Key {
        return;
    }
    for statement in &policy.statements {
        let has = |keys: &[&str]| statement.tests.iter().find(|test| keys.contains(&test.key.value.folded()));
        if let (Some(test), None) = (has(KEYS), has(GUARDS)) {
            let message = format!("`{}` is absent when S3 decrypts for a reader", test.key.value);
            let help = "exempt such calls with a test of aws:ViaAWSService or kms:ViaService, and put the endpoint condition in the bucket policy";
            tell(LINT.warn(test.key.span, message, help));
        }
    }
}
