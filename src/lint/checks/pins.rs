//! Whether a line of a condition holds callers, or what a service acts for, to accounts and organizations that it names.

use crate::name::symbol;
use crate::operator::{Family, Quantifier};
use crate::policy::Test;

/// Whether a line fails for everyone whom its values do not name. Without its key, a line that is negated or ends in
/// `IfExists` holds for anyone.
pub(super) fn pins(test: &Test) -> bool {
    restricts(test) && test.values.iter().all(|value| names_one(test.key.value.folded(), value.text()))
}

/// Whether a line needs its key, and compares it.
pub(super) fn restricts(test: &Test) -> bool {
    !test.operator.negated
        && !test.if_exists
        && test.operator.family != Family::Null
        && test.quantifier != Quantifier::All
        && !test.values.is_empty()
}

fn names_one(key: &str, text: &str) -> bool {
    if symbol::is_unknown_in(text) {
        return true;
    }
    let is_written = |part: &str| !part.contains(['*', '?']);
    match key {
        "aws:principalaccount"
        | "aws:principalorgid"
        | "aws:sourceaccount"
        | "aws:sourceorgid"
        | "aws:sourceowner"
        | "aws:sourcevpc"
        | "aws:sourcevpce"
        | "aws:vpceaccount"
        | "aws:vpceorgid"
        | "kms:calleraccount" => is_written(text),
        "aws:principalorgpaths" | "aws:sourceorgpaths" | "aws:vpceorgpaths" => {
            text.split('/').next().is_some_and(is_written)
        }
        // The id of a principal stands in front of the name of its session.
        "aws:userid" => text.split(':').next().is_some_and(is_written),
        "aws:principalarn" | "aws:sourcearn" => names_account(text),
        _ => false,
    }
}

/// Whether a pattern of ARNs names an account, or something whose name no two accounts have.
fn names_account(arn: &str) -> bool {
    let mut parts = arn.splitn(6, ':').skip(2);
    let (service, account) = (parts.next().unwrap_or_default(), parts.nth(1).unwrap_or_default());
    let resource = parts.next().unwrap_or_default();
    match account {
        "" | "*" if service == "s3" || account.is_empty() => {
            !resource.is_empty() && !resource.starts_with(['*', '?'])
        }
        _ => !account.is_empty() && !account.contains(['*', '?']),
    }
}
