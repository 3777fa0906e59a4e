//! Gates that are not opened by a statement here: AWS wrote the document, another tool does, or a restriction shuts it.

use super::{Asked, elsewhere};
use crate::ask::near::{Miss, MissedElement, Near};
use crate::ask::{Fix, GateReading};
use crate::diagnostic::Cause;
use crate::eval::Gate;
use crate::name::Arn;

/// Why the document of a gate cannot be changed, and what can.
pub(super) fn out_of_reach(asked: &Asked<'_>, reading: &GateReading) -> Option<Fix> {
    let (documents, leg) = (asked.documents, &asked.decided.leg);
    let role = documents.role.parse::<Arn>().ok();
    let path = role.as_ref().and_then(|arn| arn.resource_of("role")).unwrap_or_default();
    let name = asked.role_name();
    let is_own = matches!(reading.gate, Gate::Identity | Gate::Boundary);
    if reading.gate == Gate::Resource && !documents.resource_is_editable {
        Some(elsewhere(
            documents.resource_name.clone(),
            format!(
                "the policy of an AWS managed key cannot be changed and admits its own account alone: {} under a customer managed key whose policy lets the role in",
                match documents.via_service.as_deref() {
                    Some(via) if !via.starts_with("s3.") => "put what it encrypts",
                    Some(_) | None => "write the object anew",
                }
            ),
        ))
    } else if is_own && path.starts_with("aws-service-role/") {
        Some(elsewhere(
            format!("identity-based policy of {name}"),
            format!(
                "{name} is a service-linked role, whose policies AWS alone changes: have the service do what needs {}, or read with a role of your own",
                leg.action
            ),
        ))
    } else if is_own && name.starts_with("AWSReservedSSO_") {
        Some(elsewhere(
            format!("permission set of {name}"),
            format!(
                "IAM Identity Center writes the policies of {name}: allow {} on {} in its permission set",
                leg.action, leg.resource
            ),
        ))
    } else {
        None
    }
}

/// What would meet the restrictions of a statement that fits otherwise. They are for their owner to widen.
pub(super) fn restriction(asked: &Asked<'_>, near: &Near) -> Option<Fix> {
    let limits = |miss: &Miss| {
        miss.cause == Some(Cause::SessionPrincipal)
            || (miss.element == MissedElement::Condition && miss.is_restriction())
    };
    // Slips beside a restriction are told with it.
    if !near.misses.iter().any(limits) || !near.misses.iter().all(|m| limits(m) || m.repair.is_some()) {
        return None;
    }
    let statement = near.sid.as_deref().map_or_else(|| near.pointer.clone(), |sid| format!("#{sid}"));
    let ways: Vec<String> = near.misses.iter().map(|miss| way(miss, &statement)).collect();
    let why = format!("this is a restriction, and it stays: {}", ways.join("; "));
    let name = asked.documents.resource_name.clone();
    let mut fix = elsewhere(name, why);
    fix.document = Some(near.span);
    fix.pointer.clone_from(&near.pointer);
    Some(fix)
}

fn way(miss: &Miss, statement: &str) -> String {
    let written = miss.written.join(" or ");
    let (Some(key), Some(operator)) = (&miss.key, &miss.operator) else {
        return match miss.cause {
            Some(Cause::SessionPrincipal) => {
                format!("make the request in the session that {statement} names")
            }
            _ => format!("{} has to be put right in {statement}", miss.element.as_str()),
        };
    };
    let is_negated = operator.contains("Not") || operator.eq_ignore_ascii_case("Null");
    let wants_true = written.eq_ignore_ascii_case("true");
    let make = match miss.cause {
        _ if is_negated => format!("make a request that meets {operator} {key} {written}"),
        Some(Cause::ExternalId) => format!("pass the external id {written} when the role is assumed"),
        Some(Cause::TagAbsent | Cause::TagValue) => match key.rsplit_once('/') {
            Some((of, tag)) => {
                let of_principal = of.to_ascii_lowercase().starts_with("aws:principaltag");
                let what = if of_principal { "the principal" } else { "the resource" };
                format!("tag {what} with {tag} = {written}")
            }
            None => format!("make the request with {key} {written}"),
        },
        Some(Cause::Organization) => format!("ask from an account of the organization ({key} {written})"),
        Some(Cause::Mfa) if wants_true => "sign in with MFA".to_owned(),
        Some(Cause::Tls) if wants_true => "send the request over TLS".to_owned(),
        Some(Cause::DatePassed) => {
            return format!(
                "the time that {statement} allows is over or not come: its owner has to change {key}"
            );
        }
        Some(_) | None => format!("make the request with {key} {written}"),
    };
    let add = match miss.request.as_deref() {
        Some([has]) if !is_negated => {
            format!(", or have its owner add {has} to {key} in {statement}")
        }
        _ => format!(", or have its owner widen {key} in {statement}"),
    };
    make + &add
}
