//! `[[ignore]]`: leaves out what somebody decided to live with, and says when that decision no longer fits.

use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::config::Ignore;
use crate::estate::{Estate, SharedPolicy};
use crate::finding::{Finding, Report};
use crate::load::Intake;
use crate::problem::Severity;
use crate::source::Span;

pub(super) fn apply(ignores: &[Ignore], intake: &Intake, report: &mut Report) {
    if ignores.is_empty() {
        return;
    }
    apply_on(TimeZone::UTC.to_datetime(Timestamp::now()).date(), ignores, intake, report);
}

fn apply_on(today: Date, ignores: &[Ignore], intake: &Intake, report: &mut Report) {
    let mut used = vec![false; ignores.len()];
    let before = report.findings.len();
    report.findings.retain(|finding| {
        let mut kept = true;
        for (ignore, used) in ignores.iter().zip(&mut used) {
            if fits(ignore, finding, intake) {
                *used = true;
                kept &= ignore.is_expired(today);
            }
        }
        kept
    });
    report.suppressed += before - report.findings.len();
    for (ignore, used) in ignores.iter().zip(used) {
        let rule = &ignore.rule.value;
        if let Some(until) = &ignore.until
            && ignore.is_expired(today)
        {
            let message = format!("this suppression of `{rule}` held until {}", until.value);
            report.findings.push(about(
                ignore,
                "expired-ignore",
                until.span,
                message,
                "mend the cause, or set a later day",
            ));
        } else if !used {
            let message = format!("no finding of `{rule}` is suppressed by this");
            report.findings.push(about(
                ignore,
                "unused-ignore",
                ignore.span,
                message,
                "remove it, or correct what it selects",
            ));
        }
    }
}

fn about(ignore: &Ignore, rule: &'static str, at: Span, message: String, help: &str) -> Finding {
    let mut finding = Finding::at(rule, Severity::Warning, at, message);
    finding.help = Some(format!("{help}; its reason was: {}", ignore.reason));
    finding
}

/// Every selector that is given has to fit.
fn fits(ignore: &Ignore, finding: &Finding, intake: &Intake) -> bool {
    if ignore.rule.value != finding.rule {
        return false;
    }
    let span = finding.primary.span;
    let file = |pattern: &crate::load::PathPattern| {
        pattern.matches_file(Path::new(&intake.sources.place(span).document))
    };
    let policy = || intake.policies().iter().find(|policy| within(span, policy.span));
    let sid = |wanted: &str| {
        let statements = policy().into_iter().flat_map(|policy| policy.statements.iter());
        let mut sids = statements.filter(|s| within(span, s.span)).filter_map(|s| s.sid.as_ref());
        sids.any(|sid| &*sid.value == wanted)
    };
    let arn = |wanted: &str| {
        policy().is_some_and(|policy| owners(policy, &intake.estate).contains(&wanted.to_owned()))
    };
    ignore.file.as_ref().is_none_or(file)
        && ignore.sid.as_ref().is_none_or(|s| sid(&s.value))
        && ignore.arn.as_ref().is_none_or(|a| arn(&a.value))
        // Nothing that is read carries one yet, so nothing fits.
        && ignore.address.is_none()
        && ignore.logical_id.is_none()
}

fn within(inner: Span, outer: Span) -> bool {
    inner.source == outer.source && outer.start <= inner.start && inner.end <= outer.end
}

/// ARNs of whatever has this policy.
fn owners(policy: &SharedPolicy, estate: &Estate) -> Vec<String> {
    let is = |other: &SharedPolicy| other.span == policy.span;
    let mut owners = Vec::new();
    for role in &estate.roles {
        let own = role.policies.told().into_iter().flatten();
        let boundary = role.boundary.told().into_iter().flatten();
        if own.chain(role.trust.told()).chain(boundary).any(is) {
            owners.push(role.arn.value.to_string());
        }
    }
    for user in &estate.users {
        let boundary = user.boundary.told().into_iter().flatten();
        if user.policies.told().into_iter().flatten().chain(boundary).any(is) {
            owners.push(user.arn.value.to_string());
        }
    }
    let keys = estate.keys.iter().filter(|key| key.policy.told().is_some_and(is));
    owners.extend(keys.map(|key| key.arn.value.to_string()));
    let buckets = estate.buckets.iter().filter(|bucket| bucket.policy.told().into_iter().flatten().any(is));
    owners.extend(buckets.map(|bucket| format!("arn:aws:s3:::{}", bucket.name)));
    owners
}
