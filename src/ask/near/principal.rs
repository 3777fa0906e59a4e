//! Principals that a statement does not name.

use super::compare::{self, ComparedPart};
use super::view::View;
use super::{Miss, MissedElement, Repair, listed};
use crate::diagnostic::Cause;
use crate::eval::CallerKind;
use crate::name::{AccountId, Arn};
use crate::policy::{PrincipalKind, PrincipalPattern, Scope};
use crate::source::Spanned;

pub(super) fn miss(scope: &Scope<PrincipalPattern>, view: &View<'_>) -> Option<Miss> {
    let caller = view.request.caller;
    let texts: Vec<String> = scope.listed().iter().map(|p| p.value.text.to_string()).collect();
    let put = |at: &Spanned<PrincipalPattern>, cause, why: String, repair: Option<String>| Miss {
        element: MissedElement::Principal,
        key: None,
        operator: None,
        written: texts.clone(),
        request: Some(vec![caller.name.to_string()]),
        cause,
        at: at.span,
        why,
        repair: repair.map(Repair::Value),
    };
    let first = scope.listed().first()?;
    if view.is_of_gateway() && scope.listed().iter().any(|p| may_be_meant(&p.value, view)) {
        let why = format!(
            "it names {}, and the policy of a gateway endpoint lets in everybody or an account's root user: write \"*\", and \
             aws:PrincipalAccount in the condition",
            listed(&texts)
        );
        return Some(put(first, Some(Cause::GatewayPrincipal), why, None));
    }
    if let Some((pattern, cause, why)) = scope.listed().iter().find_map(|pattern| {
        let (cause, why) = slip(&pattern.value, view)?;
        Some((pattern, cause, why))
    }) {
        let repair = repair(&pattern.value, cause, view);
        return Some(put(pattern, Some(cause), why, repair));
    }
    let why = format!("it names {}, and the request is made by {}", listed(&texts), caller.name);
    Some(put(first, None, why, None))
}

/// Whether a principal is the caller, or its account.
fn may_be_meant(pattern: &PrincipalPattern, view: &View<'_>) -> bool {
    let caller = view.request.caller;
    if let PrincipalKind::Account(account) = pattern.kind {
        caller.account == Some(account)
    } else {
        *pattern.text == *caller.name
    }
}

/// What to name in the place of what was written: an account stays an account.
fn repair(pattern: &PrincipalPattern, cause: Cause, view: &View<'_>) -> Option<String> {
    let caller = view.request.caller;
    match (cause, pattern.kind) {
        // Members of `Service` name services alone.
        (Cause::ServicePrincipal | Cause::SessionPrincipal, _) => None,
        (_, PrincipalKind::Account(_)) => {
            let account = caller.account?;
            Some(if pattern.text.starts_with("arn:") {
                Arn::of(&caller.partition, "iam", "", &account.to_string(), "root").as_str().to_owned()
            } else {
                account.to_string()
            })
        }
        (_, _) => Some(caller.name.to_string()),
    }
}

fn slip(pattern: &PrincipalPattern, view: &View<'_>) -> Option<(Cause, String)> {
    let caller = view.request.caller;
    let (written, name) = (&*pattern.text, &*caller.name);
    let made_by = |cause, what: &str| Some((cause, format!("it names {written}, and {what} {name}")));
    match pattern.kind {
        PrincipalKind::Account(account) => account_slip(written, account, view),
        PrincipalKind::Role | PrincipalKind::User => {
            let (own, asked) = (written.parse::<Arn>().ok()?, name.parse::<Arn>().ok()?);
            match compare::only_part(written, name) {
                Some(ComparedPart::Partition) => made_by(Cause::Partition, "the partition is that of"),
                Some(ComparedPart::Account)
                    if compare::in_a_digit(own.account_text(), asked.account_text()) =>
                {
                    made_by(Cause::AccountDigit, "the account is that of")
                }
                Some(ComparedPart::Resource) => {
                    let kind = |arn: &Arn| arn.resource().split('/').next().unwrap_or_default().to_owned();
                    let (own_name, asked_name) = (compare::short_name(&own), compare::short_name(&asked));
                    if own_name == asked_name && kind(&own) == kind(&asked) {
                        made_by(Cause::RolePath, "the ARN with its path is")
                    } else if own_name == asked_name {
                        made_by(Cause::PrincipalType, "the request is made by")
                    } else if compare::in_case(own_name, asked_name) {
                        made_by(Cause::ValueCase, "names of principals differ by case:")
                    } else if compare::misspelt(own_name, asked_name) {
                        made_by(Cause::NameMisspelt, "the request is made by")
                    } else {
                        None
                    }
                }
                Some(_) | None => None,
            }
        }
        PrincipalKind::UniqueId if caller.kind == CallerKind::Role || caller.kind == CallerKind::User => {
            Some((
                Cause::DeadUniqueId,
                format!(
                    "it names {written}, which is what is left of a principal that was deleted, and not {name}"
                ),
            ))
        }
        PrincipalKind::Session => {
            let own = written.parse::<Arn>().ok()?;
            let role = own.resource_of("assumed-role")?.split('/').next().unwrap_or_default().to_owned();
            let same = own.account() == caller.account && role == caller.short_name();
            same.then(|| (Cause::SessionPrincipal, format!("it names the session {written} alone")))
        }
        PrincipalKind::Service if caller.kind == CallerKind::Role && view.works_for(written) => Some((
            Cause::ServicePrincipal,
            format!("it names the service {written}, and the request is made by {name}"),
        )),
        PrincipalKind::Federated if caller.kind == CallerKind::Federated => {
            let host = name.split_once(":oidc-provider/").map_or("", |(_, host)| host);
            let bare = written.rsplit_once("://").map_or(written, |(_, rest)| rest).trim_end_matches('/');
            if !host.is_empty() && bare == host {
                return made_by(Cause::ArnForm, "the ARN of the provider is");
            }
            let near = compare::misspelt(written, name) || compare::in_case(written, name);
            let digit = compare::only_part(written, name) == Some(ComparedPart::Account);
            match (near, digit) {
                (_, true) => made_by(Cause::AccountDigit, "the provider is"),
                (true, false) => made_by(Cause::NameMisspelt, "the provider is"),
                (false, false) => None,
            }
        }
        PrincipalKind::Everyone
        | PrincipalKind::UniqueId
        | PrincipalKind::FederatedUser
        | PrincipalKind::Service
        | PrincipalKind::Federated
        | PrincipalKind::Canonical
        | PrincipalKind::OriginAccess
        | PrincipalKind::Unresolved => None,
    }
}

fn account_slip(written: &str, account: AccountId, view: &View<'_>) -> Option<(Cause, String)> {
    let caller = view.request.caller;
    let own = caller.account?;
    if own == account {
        let partition = &caller.partition;
        let theirs = written.strip_prefix("arn:").and_then(|rest| rest.split(':').next());
        if theirs.is_none_or(|theirs| *theirs == **partition) {
            return None;
        }
        return Some((
            Cause::Partition,
            format!("it names {written}, and the caller is in the partition {partition}"),
        ));
    }
    let is_slip = compare::in_a_digit(&account.to_string(), &own.to_string());
    is_slip
        .then(|| (Cause::AccountDigit, format!("it names the account {account}, and the caller's is {own}")))
}
