use super::Lint;
use crate::diagnostic::{Code, Diagnostic};
use crate::operator::Family;
use crate::policy::{Effect, Policy};

pub(super) static LINT: Lint = Lint { code: Code::ObjectArnOnlyEncryptionContext, check };

fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    let allows = policy.statements.iter().filter(|s| s.effect.value == Effect::Allow);
    for test in allows.flat_map(|statement| &statement.tests) {
        let about_context = test.key.value.folded() == "kms:encryptioncontext:aws:s3:arn";
        let compares = matches!(test.operator.family, Family::Arn | Family::String) && !test.operator.negated;
        let objects = |text: &str| text.splitn(6, ':').nth(5).is_some_and(|name| name.contains('/'));
        if about_context
            && compares
            && !test.values.is_empty()
            && test.values.iter().all(|v| objects(v.text()))
        {
            let message =
                "for objects with a Bucket Key the context is the bucket's ARN, which none of these fits";
            tell(LINT.says(test.key.span, message, "list the bucket's ARN beside the objects' pattern"));
        }
    }
}
