use super::{Lint, allows};
use crate::diagnostic::{Code, Diagnostic};
use crate::name::{ConditionKey, keys};
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
        // Which repository of GitHub is asked elsewhere, once anything is tested.
        let of_github = principal.value.text.contains("token.actions.githubusercontent.com");
        let tells = |key: &ConditionKey| {
            let claim = key.folded().rsplit(':').next().unwrap_or_default();
            keys::is_of_provider(key) && !matches!(claim, "aud" | "amr" | "azp" | "iss")
        };
        if !statement.tests.iter().any(|test| tells(&test.key.value) || of_github) {
            let message = "every identity of this provider can assume the role";
            let help = "test the provider's `:sub` key, such as system:serviceaccount:NAMESPACE:NAME";
            tell(LINT.says(principal.span, message, help));
        }
    }
}
