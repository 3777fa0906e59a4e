use super::Lint;
use crate::diagnostic::{Code, Diagnostic};
use crate::name::ConditionKey;
use crate::name::keys::Subject;
use crate::policy::{Policy, PrincipalKind, Scope};

pub(super) static LINT: Lint = Lint { code: Code::SourceKeyForPrincipals, check };

/// Whether a key is present only in requests that a service makes for a resource.
fn is_of_source(key: &ConditionKey) -> bool {
    key.facts().is_some_and(|facts| facts.subject == Subject::Source)
}

fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    for statement in &policy.statements {
        let Some(Scope::In(principals)) = &statement.principals else { continue };
        let people = |kind| {
            matches!(
                kind,
                PrincipalKind::Account(_)
                    | PrincipalKind::Role
                    | PrincipalKind::User
                    | PrincipalKind::Session
            )
        };
        let Some(principal) = principals.iter().find(|p| people(p.value.kind)) else { continue };
        let test = statement.tests.iter().find(|t| is_of_source(&t.key.value) && !t.if_exists);
        if let Some(test) = test {
            let message = format!(
                "`{}` is there only when a service calls, never for {}",
                test.key.value, principal.value.text
            );
            let help = "give services a statement of their own; for accounts test aws:PrincipalAccount";
            let finding = LINT.says(test.key.span, message, help);
            tell(finding.because(principal.span, "the principal that this shuts out"));
        }
    }
}
