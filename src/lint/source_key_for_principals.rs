use super::Lint;
use crate::finding::{Finding, Label};
use crate::policy::{Policy, PrincipalKind, Scope};

pub(super) static LINT: Lint = Lint { id: "source-key-for-principals", check };

const KEYS: &[&str] = &["aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"];

fn check(policy: &Policy, tell: &mut dyn FnMut(Finding)) {
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
        let test = statement.tests.iter().find(|t| KEYS.contains(&t.key.value.folded()) && !t.if_exists);
        if let Some(test) = test {
            let message = format!(
                "`{}` is there only when a service calls, never for {}",
                test.key.value, principal.value.text
            );
            let help = "give services a statement of their own; for accounts test aws:PrincipalAccount";
            let mut finding = LINT.warn(test.key.span, message, help);
            let shut_out =
                Label { span: principal.span, text: "the principal that this shuts out".to_owned() };
            finding.related.push(shut_out);
            tell(finding);
        }
    }
}
