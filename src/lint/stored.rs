//! What IAM looks at when it stores a policy, beyond the grammar: lists that are empty, and dates. Such a policy is decided
//! all the same where it is told, so that these are findings of `lint` alone.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::json::Node;
use crate::name::symbol;
use crate::policy::{PolicyKind, listed_statements};

/// Tells what IAM refuses of a document, and makes errors of what is said of it already.
pub(super) fn check(node: &Node<'_>, text: &str, kind: PolicyKind, problems: &mut Vec<Diagnostic>) {
    let is_iam = kind.is_iam() || kind == PolicyKind::Permissions;
    if !is_iam {
        return;
    }
    if let Some(statement) = node.get("Statement")
        && statement.is_array()
        && statement.elements().is_empty()
    {
        let message = "this policy has no statements, and IAM stores no such policy";
        problems.push(
            Diagnostic::new(Code::MissingStatement, statement.span, message).help("write at least one"),
        );
    }
    if kind == PolicyKind::Permissions {
        alone(node, problems);
    }
    problems.extend(over_quota(node, text, kind));
    for problem in problems {
        let is_date = || {
            problem.span.is_some_and(|span| {
                let written = text.get(span.start as usize..span.end as usize).unwrap_or_default();
                !is_date_stored(written.trim_matches('"'))
            })
        };
        let is_empty = matches!(problem.code, Code::EmptyArrayAction | Code::EmptyArrayResource);
        let refused = is_empty || (problem.code == Code::TypeMismatchDate && is_date());
        if refused {
            problem.severity = Severity::Error;
        }
    }
}

/// A policy without principals that nobody says the place of is one of IAM or of an organization, and so are its Sids.
fn alone(node: &Node<'_>, problems: &mut Vec<Diagnostic>) {
    for problem in problems.iter_mut().filter(|problem| problem.code == Code::UniqueSidsRecommended) {
        problem.code = Code::UniqueSidsRequired;
        problem.severity = Severity::Error;
    }
    let Some(statement) = node.get("Statement") else { return };
    for sid in listed_statements(statement).iter().filter_map(|statement| statement.get("Sid")) {
        let Some(text) = sid.as_str() else { continue };
        if !text.bytes().all(|b| b.is_ascii_alphanumeric()) && !symbol::is_in(text) && !text.contains("${") {
            let message = format!("IAM takes only letters A-Z, a-z and digits in a Sid: `{text}`");
            problems.push(Diagnostic::new(Code::UnsupportedSid, sid.span, message));
        }
    }
}

/// What IAM stores in one place and not in another, or where the quota was raised.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
fn over_quota(node: &Node<'_>, text: &str, kind: PolicyKind) -> Option<Diagnostic> {
    let written = text.get(node.span.start as usize..node.span.end as usize).unwrap_or(text);
    let size = written.chars().filter(|c| !c.is_whitespace()).count();
    let (code, least, most, message, level) = match kind {
        PolicyKind::Trust => (
            Code::PolicySizeExceedsRoleTrustPolicyQuota,
            2_048,
            8_192,
            "the limit of a trust policy is 2,048 characters unless it was raised",
            Severity::Warning,
        ),
        PolicyKind::Identity | PolicyKind::Boundary => (
            Code::PolicySizeExceedsIdentityPolicyQuota,
            6_144,
            10_240,
            "a managed policy takes 6,144 characters, and the inline policies of a role 10,240 together",
            Severity::Note,
        ),
        PolicyKind::Permissions => (
            Code::PolicySizeExceedsIdentityPolicyQuota,
            6_144,
            usize::MAX,
            "a managed policy takes 6,144 characters, and the inline policies of a role 10,240 together",
            Severity::Note,
        ),
        PolicyKind::Session
        | PolicyKind::Bucket
        | PolicyKind::AccessPoint
        | PolicyKind::Key
        | PolicyKind::Scp
        | PolicyKind::Rcp
        | PolicyKind::Endpoint
        | PolicyKind::Resource => return None,
    };
    (size > least && size <= most).then(|| {
        let message = format!("this policy has {size}: {message}");
        Diagnostic::new(code, node.span, message).level(level).help("split it, or merge its statements")
    })
}

/// Whether IAM stores a policy that compares a key with this date: years, months and days from the left, then hours and
/// minutes behind a `T`, or seconds since 1970. What follows the minutes is not looked at in full.
///
/// Observed: IAM answers `MalformedPolicyDocument` to others.
fn is_date_stored(text: &str) -> bool {
    let folded = text.to_ascii_lowercase();
    if !folded.contains('t') && !folded.contains('-') {
        return folded.trim().parse::<i64>().is_ok_and(|seconds| seconds >= 0);
    }
    let (date, time) = folded.split_once('t').unwrap_or((&folded, ""));
    is_date(date) && is_time(time)
}

fn number(text: &str, from: i64, to: i64) -> bool {
    text.trim().parse::<i64>().is_ok_and(|number| (from..=to).contains(&number))
}

fn is_date(date: &str) -> bool {
    let (year, sign) = match date.strip_prefix('-') {
        Some(rest) => (rest, -1),
        None => (date, 1),
    };
    let mut parts = year.split('-');
    let year = parts.next().and_then(|year| year.trim().parse::<i64>().ok()).map(|year| sign * year);
    year.is_some_and(|year| (-292_275_054..=292_278_993).contains(&year))
        && parts.next().is_none_or(|month| number(month, 1, 12))
        && parts.next().is_none_or(|day| number(day, 1, 31))
        && parts.next().is_none()
}

fn is_time(time: &str) -> bool {
    let mut parts = time.splitn(3, ':');
    let hours = parts.next().unwrap_or_default();
    (hours.is_empty() || number(hours, 0, 23))
        && parts.next().is_none_or(|minutes| number(minutes, 0, 59))
        && parts.next().is_none_or(|rest| rest.is_empty() || is_seconds(rest))
}

/// Seconds, a fraction of at most nine digits, and an offset of `Z` or hours and minutes.
fn is_seconds(rest: &str) -> bool {
    let at = rest.find(['z', '+', '-']).unwrap_or(rest.len());
    let (seconds, offset) = rest.split_at(at);
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let offset = offset.trim_start_matches(['+', '-']);
    let (hours, minutes) = offset.split_once(':').unwrap_or((offset, "0"));
    number(whole, 0, 59)
        && fraction.len() <= 9
        && fraction.bytes().all(|b| b.is_ascii_digit())
        && (offset.is_empty()
            || offset == "z"
            || (hours.len() == 2 && number(hours, 0, 23) && number(minutes, 0, 59)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_date_stored() {
        for text in [
            "2026",
            "2026-12",
            "2026-12-31t09:30",
            "1767225600",
            "03T",
            "-200000000",
            "2026-12-31T09:30:00.25+02",
        ] {
            assert!(is_date_stored(text), "{text}");
        }
        for text in [
            "soon",
            "2026-13",
            "2026-12-31T25:00",
            "18446744073709551616",
            "2026-12-31T09:30:00+2",
            "2026-1-1-1",
        ] {
            assert!(!is_date_stored(text), "{text}");
        }
    }
}
