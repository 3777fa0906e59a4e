use super::{Lint, allows, covers};
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::{Policy, PolicyKind, Scope};

pub(super) static LINT: Lint = Lint { code: Code::AliasArnForKeyAction, check };

fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    if policy.kind == PolicyKind::Key {
        return;
    }
    for statement in allows(policy).filter(|s| covers(s, "kms:decrypt")) {
        let Some(Scope::In(resources)) = &statement.resources else { continue };
        for resource in resources {
            if resource.value.as_str().starts_with("arn:") && resource.value.as_str().contains(":alias/") {
                let message = "an alias ARN names the alias and not its key, so this allows no decryption";
                let help = "name the key: arn:aws:kms:REGION:ACCOUNT:key/ID";
                tell(LINT.says(resource.span, message, help));
            }
        }
    }
}
