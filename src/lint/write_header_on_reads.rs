use super::{Lint, covers};
use crate::diagnostic::{Code, Diagnostic};
use crate::name::{ActionName, ConditionKey, keys};
use crate::operator::Family;
use crate::policy::{Effect, Policy};

pub(super) static LINT: Lint = Lint { code: Code::WriteHeaderOnReads, check };

/// Whether requests that write an object have a key, and requests that read one do not.
fn is_of_writes(key: &ConditionKey) -> bool {
    let can_be_in = |name| keys::can_be_in(key, &ActionName::of("s3", name));
    key.service() == Some("s3") && can_be_in("PutObject") && !can_be_in("GetObject")
}

fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    for statement in &policy.statements {
        if statement.effect.value != Effect::Deny || !covers(statement, "s3:getobject") {
            continue;
        }
        // Only lines that hold without the key make a read fail; with any other line beside them it may not.
        let fires = statement.tests.iter().all(|test| {
            let absent =
                test.operator.family == Family::Null && test.values.iter().any(|v| v.text() == "true");
            is_of_writes(&test.key.value) && (test.operator.negated || absent)
        });
        if let Some(test) = statement.tests.first().filter(|_| fires) {
            let message = format!("a read has no `{}`, so this denies every read", test.key.value);
            let help = "name s3:PutObject in `Action` in place of a pattern that covers reads";
            tell(LINT.says(test.key.span, message, help));
        }
    }
}
