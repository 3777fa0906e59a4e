use super::{Lint, covers};
use crate::diagnostic::{Code, Diagnostic};
use crate::name::symbol;
use crate::policy::{Effect, Policy, Scope};
use crate::service;

pub(super) static LINT: Lint = Lint { code: Code::TlsDenyWithoutObjects, check };

fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    for statement in policy.statements.iter().filter(|s| s.effect.value == Effect::Deny) {
        let is_about_tls = statement.tests.iter().any(|test| service::is_about_tls(&test.key.value));
        let Some(Scope::In(resources)) = &statement.resources else { continue };
        let is_bucket = |text: &str| {
            let name = text.splitn(6, ':').nth(5).unwrap_or_default();
            text.contains(":s3:::") && !name.contains(['/', '*', '?', '$']) && !symbol::is_unknown_in(text)
        };
        if let Some(first) = resources.first()
            && is_about_tls
            && covers(statement, "s3:getobject")
            && resources.iter().all(|resource| is_bucket(resource.value.as_str()))
        {
            let message = "this denies requests for the bucket only: its objects can be read without TLS";
            let help = format!("add \"{}/*\" to `Resource`", first.value.as_str());
            tell(LINT.says(first.span, message, help));
        }
    }
}
