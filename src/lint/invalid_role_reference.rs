use super::Lint;
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::{Policy, PrincipalKind};

pub(super) static LINT: Lint = Lint { code: Code::InvalidRoleReference, check };

fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    let scopes = policy.statements.iter().filter_map(|statement| statement.principals.as_ref());
    for principal in scopes.flat_map(|scope| scope.listed()) {
        if principal.value.kind == PrincipalKind::UniqueId && principal.value.text.starts_with("AROA") {
            let message = format!("`{}` is the id of a role that was probably deleted", principal.value.text);
            let help = "name the role by its ARN; one made again under the same name is another role";
            tell(LINT.says(principal.span, message, help));
        }
    }
}
