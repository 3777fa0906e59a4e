use super::{Lint, allows};
use crate::diagnostic::{Code, Diagnostic};
use crate::name::keys;
use crate::operator::Family;
use crate::policy::{Policy, PolicyKind, PrincipalKind, PrincipalPattern, Scope, Statement, Test};
use crate::source::Spanned;

pub(super) static LINT: Lint = Lint { code: Code::MissingConditionKeyForOidcPrincipal, check };

fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    if policy.kind != PolicyKind::Trust {
        return;
    }
    for statement in allows(policy) {
        let Some(Scope::In(principals)) = &statement.principals else { continue };
        if let Some(principal) = principals.iter().find(|p| is_public_provider(&p.value)) {
            public_provider(statement, principal, tell);
        }
        let provider = |text: &str| text.contains(":oidc-provider/") && !text.contains("cognito");
        let found =
            principals.iter().find(|p| p.value.kind == PrincipalKind::Federated && provider(&p.value.text));
        let Some(principal) = found else { continue };
        // Which repository of GitHub is asked elsewhere, once anything is tested.
        let of_github = principal.value.text.contains("token.actions.githubusercontent.com");
        let tells = |test: &Test| {
            let key = &test.key.value;
            let claim = key.folded().rsplit(':').next().unwrap_or_default();
            let needs_it = !test.operator.negated && !test.if_exists && test.operator.family != Family::Null;
            needs_it && keys::is_of_provider(key) && !matches!(claim, "aud" | "amr" | "azp" | "iss")
        };
        if !statement.tests.iter().any(|test| tells(test) || of_github) {
            let message = "every identity of this provider can assume the role";
            let help = "test the provider's `:sub` key, such as system:serviceaccount:NAMESPACE:NAME";
            tell(LINT.says(principal.span, message, help));
        }
    }
}

/// Providers that issue tokens for applications of everyone.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif>
const PUBLIC: &[&str] =
    &["accounts.google.com", "cognito-identity.amazonaws.com", "graph.facebook.com", "www.amazon.com"];

fn is_public_provider(principal: &PrincipalPattern) -> bool {
    principal.kind == PrincipalKind::Federated && PUBLIC.contains(&&*principal.text)
}

/// The audience says of which application, or which identity pool, a token is.
fn public_provider(
    statement: &Statement,
    principal: &Spanned<PrincipalPattern>,
    tell: &mut dyn FnMut(Diagnostic),
) {
    let names_application = |test: &Test| {
        let key = test.key.value.folded();
        let claim = key.rsplit(':').next().unwrap_or_default();
        keys::is_of_provider(&test.key.value)
            && matches!(claim, "app_id" | "aud" | "azp" | "oaud" | "sub" | "id" | "user_id")
            && !test.operator.negated
            && !test.if_exists
            && test.operator.family != Family::Null
    };
    if !statement.tests.iter().any(names_application) {
        let host = &principal.value.text;
        let message =
            format!("{host} issues tokens for applications of everyone, and each of them opens this role");
        let claim = if matches!(&**host, "graph.facebook.com" | "www.amazon.com") { "app_id" } else { "aud" };
        tell(LINT.says(principal.span, message, format!("test `{host}:{claim}`")));
    }
}
