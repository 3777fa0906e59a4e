//! Grants that were meant for a request to KMS and do not fit.

use super::compare::{self, ComparedPart};
use super::view::View;
use super::{Miss, MissedElement, Near, value};
use crate::diagnostic::Cause;
use crate::estate::{Constraint, Grant};
use crate::name::Arn;
use crate::source::SourceId;

/// Where S3 puts the ARN of the object, or of the bucket.
const CONTEXT: &str = "kms:EncryptionContext:aws:s3:arn";

/// The grants that come near.
pub(super) fn near(grants: &[Grant], view: &View<'_>) -> Vec<Near> {
    let written = grants.iter().filter(|grant| grant.span.source != SourceId::LONE);
    written.filter_map(|grant| of_grant(grant, view)).collect()
}

fn of_grant(grant: &Grant, view: &View<'_>) -> Option<Near> {
    let mut misses = Vec::new();
    let names_caller = is_caller(&grant.grantee, view);
    if !names_caller {
        let cause = grantee(&grant.grantee, view)?;
        let why = format!(
            "its grantee is {}, and the request is made by {}",
            grant.grantee, view.request.caller.name
        );
        misses.push(miss(
            grant,
            MissedElement::Principal,
            Some(cause),
            vec![grant.grantee.clone()],
            Some(view.request.caller.name.to_string()),
            why,
        ));
    }
    let operation = operation(view);
    if !grant.allows(&operation) {
        let why = format!("it allows {}, and the request is {operation}", super::listed(&grant.operations));
        misses.push(miss(grant, MissedElement::Action, None, grant.operations.clone(), Some(operation), why));
    }
    misses.extend(grant.constraints.iter().filter_map(|constraint| constrained(grant, constraint, view)));
    let sid = grant.id.as_ref().map(|id| format!("grant {id}"));
    (!misses.is_empty()).then(|| Near {
        span: grant.span,
        pointer: grant.pointer.clone(),
        sid,
        misses,
        names_caller,
    })
}

/// As grants name it: `GenerateDataKey` for `kms:GenerateDataKey`.
fn operation(view: &View<'_>) -> String {
    let action = view.request.action;
    action.as_str().split_once(':').map_or_else(String::new, |(_, name)| name.to_owned())
}

fn is_caller(grantee: &str, view: &View<'_>) -> bool {
    let caller = view.request.caller;
    let account = caller.account.map(|account| account.to_string());
    let arn = grantee.parse::<Arn>().ok();
    let is_session = arn.as_ref().is_some_and(|arn| {
        let role = arn.resource_of("assumed-role").and_then(|session| session.split('/').next());
        arn.account() == caller.account && role == Some(caller.short_name())
    });
    let is_account = arn.is_some_and(|arn| arn.account() == caller.account && arn.resource() == "root");
    grantee == &*caller.name
        || caller.id.as_deref() == Some(grantee)
        || account.as_deref() == Some(grantee)
        || is_session
        || is_account
}

/// What is wrong with a grantee that was meant to be the caller.
fn grantee(written: &str, view: &View<'_>) -> Option<Cause> {
    let name = &*view.request.caller.name;
    let (own, asked) = (written.parse::<Arn>().ok()?, name.parse::<Arn>().ok()?);
    match compare::only_part(written, name)? {
        ComparedPart::Account if compare::in_a_digit(own.account_text(), asked.account_text()) => {
            Some(Cause::AccountDigit)
        }
        ComparedPart::Partition => Some(Cause::Partition),
        ComparedPart::Resource => {
            let (own, asked) = (compare::short_name(&own), compare::short_name(&asked));
            if own == asked {
                Some(Cause::RolePath)
            } else if compare::misspelt(own, asked) {
                Some(Cause::NameMisspelt)
            } else {
                None
            }
        }
        ComparedPart::Account | ComparedPart::Service | ComparedPart::Region => None,
    }
}

/// A constraint on the encryption context that the request does not meet.
fn constrained(grant: &Grant, constraint: &Constraint, view: &View<'_>) -> Option<Miss> {
    let (pairs, name) = match constraint {
        Constraint::Equals(pairs) => (pairs, "EncryptionContextEquals"),
        Constraint::Subset(pairs) => (pairs, "EncryptionContextSubset"),
        Constraint::SourceArn(written) => {
            let why = format!(
                "it asks for aws:SourceArn {written}, which services send when they call for themselves"
            );
            let mut found = miss(
                grant,
                MissedElement::Condition,
                Some(Cause::SourceOfService),
                vec![written.clone()],
                None,
                why,
            );
            found.key = Some("aws:SourceArn".to_owned());
            found.operator = Some("SourceArn".to_owned());
            return Some(found);
        }
        Constraint::Other(_) => return None,
    };
    let written = pairs.get("aws:s3:arn")?;
    let has = view.value(CONTEXT)?;
    if *written == has {
        return None;
    }
    let cause = match (written.split_once('/'), has.split_once('/')) {
        (Some((bucket, _)), None) if bucket == has => Some(Cause::BucketContext),
        (None, Some((bucket, _))) if written == bucket => Some(Cause::ObjectContext),
        _ if value::fits(written, &has) => Some(Cause::LiteralWildcard),
        _ => None,
    };
    let why =
        format!("it asks for aws:s3:arn {written} in the encryption context, and the request has {has}");
    let mut found = miss(grant, MissedElement::Condition, cause, vec![written.clone()], Some(has), why);
    found.key = Some(CONTEXT.to_owned());
    found.operator = Some(name.to_owned());
    Some(found)
}

fn miss(
    grant: &Grant,
    element: MissedElement,
    cause: Option<Cause>,
    written: Vec<String>,
    request: Option<String>,
    why: String,
) -> Miss {
    let request = request.map(|text| vec![text]);
    Miss { element, key: None, operator: None, written, request, cause, at: grant.span, why, repair: None }
}
