use super::Lint;
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::{Policy, PrincipalKind};

pub(super) static LINT: Lint = Lint { code: Code::InvalidUserReference, check };

fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    let scopes = policy.statements.iter().filter_map(|statement| statement.principals.as_ref());
    for principal in scopes.flat_map(|scope| scope.listed()) {
        if principal.value.kind == PrincipalKind::UniqueId && principal.value.text.starts_with("AIDA") {
            let message = format!("`{}` is the id of a user that was probably deleted", principal.value.text);
            let help = "name the user by its ARN; one made again under the same name is another user";
            tell(LINT.says(principal.span, message, help));
        }
    }
}
