//! Principals and values that another one of the same list covers.

use rustc_hash::FxHashMap;

use super::redundant::{MOST, covers};
use crate::diagnostic::{Code, Diagnostic};
use crate::name::symbol;
use crate::operator::{Family, Operand};
use crate::policy::{Policy, PrincipalKind, PrincipalPattern, Test};
use crate::source::{Span, Spanned};

pub(super) fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    for statement in &policy.statements {
        if let Some(principals) = &statement.principals {
            self::principals(principals.listed(), tell);
        }
        for test in &statement.tests {
            values(test, tell);
        }
    }
}

fn says(code: Code, at: Span, covering: Span, text: &str) -> Diagnostic {
    Diagnostic::new(code, at, format!("another entry covers `{text}`"))
        .because(covering, "the entry that covers it")
        .help("remove it")
}

/// `*` stands for all of AWS, and an account has two forms.
fn principals(listed: &[Spanned<PrincipalPattern>], tell: &mut dyn FnMut(Diagnostic)) {
    let everyone = listed.iter().find(|p| p.value.kind == PrincipalKind::Everyone).map(|p| p.span);
    let mut seen: FxHashMap<String, Span> = FxHashMap::default();
    for principal in listed {
        let text = match &principal.value.kind {
            PrincipalKind::Account(account) => format!("account {account}"),
            PrincipalKind::Service | PrincipalKind::Federated | PrincipalKind::Canonical => {
                format!("{:?} {}", principal.value.kind, principal.value.text)
            }
            PrincipalKind::Everyone
            | PrincipalKind::Role
            | PrincipalKind::User
            | PrincipalKind::Session
            | PrincipalKind::FederatedUser
            | PrincipalKind::UniqueId
            | PrincipalKind::OriginAccess
            | PrincipalKind::Unresolved => principal.value.text.to_string(),
        };
        let of_aws = matches!(
            principal.value.kind,
            PrincipalKind::Account(_)
                | PrincipalKind::Role
                | PrincipalKind::User
                | PrincipalKind::Session
                | PrincipalKind::FederatedUser
        );
        let before = seen.get(&text).copied().or(everyone.filter(|_| of_aws));
        match before {
            Some(before) => {
                tell(says(Code::RedundantPrincipal, principal.span, before, &principal.value.text));
            }
            None => {
                seen.insert(text, principal.span);
            }
        }
    }
}

fn values(test: &Test, tell: &mut dyn FnMut(Diagnostic)) {
    let family = test.operator.family;
    if !matches!(family, Family::String | Family::Arn | Family::IpAddress) || test.values.len() < 2 {
        return;
    }
    let mut seen: FxHashMap<&str, Span> = FxHashMap::default();
    let compared = test.values.len() <= MOST;
    let wild = family == Family::String && test.operator.name.ends_with("Like");
    for (at, value) in test.values.iter().enumerate() {
        let text = value.text();
        if symbol::is_in(text) {
            continue;
        }
        let wider = |wide: &crate::policy::TestValue| match (&wide.operand, &value.operand) {
            (Operand::Network(wide), Operand::Network(net)) => wide.contains(net) && wide != net,
            (_, _) => wild && wide.text() != text && covers(wide.text(), text),
        };
        let covering = || {
            let others = test.values.iter().enumerate().filter(|(other, _)| *other != at);
            others.map(|(_, wide)| wide).find(|wide| wider(wide)).map(|wide| wide.span)
        };
        let before = seen.get(text).copied().or_else(|| compared.then(covering).flatten());
        match before {
            Some(before) => tell(says(Code::RedundantConditionValue, value.span, before, text)),
            None => {
                seen.insert(text, value.span);
            }
        }
    }
}
