use super::{Lint, allows};
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::{Policy, PolicyKind, PrincipalKind, Scope};

pub(super) static LINT: Lint = Lint { code: Code::MissingConditionKeyForOidcPrincipal, check };

fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    if policy.kind != PolicyKind::Trust {
        return;
    }
    for statement in allows(policy) {
        let Some(Scope::In(principals)) = &statement.principals else { continue };
        let provider = |text: &str| text.contains(":oidc-provider/") && !text.contains("cognito");
        let found =
            principals.iter().find(|p| p.value.kind == PrincipalKind::Federated && provider(&p.value.text));
        let Some(principal) = found else { continue };
        if !statement.tests.iter().any(|test| test.key.value.folded().ends_with(":sub")) {
            let message = "every identity of this provider can assume the role";
            let help = "test the provider's `:sub` key, such as system:serviceaccount:NAMESPACE:NAME";
            tell(LINT.says(principal.span, message, help));
        }
    }
}
