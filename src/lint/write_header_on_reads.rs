use super::{Lint, covers};
use crate::finding::Finding;
use crate::operator::Family;
use crate::policy::{Effect, Policy};

pub(super) static LINT: Lint = Lint { id: "write-header-on-reads", check };

fn check(policy: &Policy, tell: &mut dyn FnMut(Finding)) {
    for statement in &policy.statements {
        if statement.effect.value != Effect::Deny || !covers(statement, "s3", "GetObject") {
            continue;
        }
        let writes = |key: &str| key.starts_with("s3:x-amz-server-side-encryption") || key == "s3:x-amz-acl";
        // Only lines that hold without the key make a read fail; with any other line beside them it may not.
        let fires = statement.tests.iter().all(|test| {
            let absent =
                test.operator.family == Family::Null && test.values.iter().any(|v| v.text() == "true");
            writes(test.key.value.folded()) && (test.operator.negated || absent)
        });
        if let Some(test) = statement.tests.first().filter(|_| fires) {
            let message = format!("a read has no `{}`, so this denies every read", test.key.value);
            let help = "name s3:PutObject in `Action` in place of a pattern that covers reads";
            tell(LINT.warn(test.key.span, message, help));
        }
    }
}
