//! `[[ignore]]` and `Metadata` of templates: leave out what somebody decided to live with, and say when that decision
//! no longer fits.

use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::diagnostic::{Code, Diagnostic};
use crate::estate::{Estate, SharedPolicy};
use crate::finding::{Report, Suppressed, SuppressedBy};
use crate::load::{Declared, Ignore, Intake, Name};
use crate::source::{SourceMap, Span};

/// What suppressions may speak of.
pub(super) struct SuppressionScope<'a> {
    pub(super) sources: &'a SourceMap,
    pub(super) policies: &'a [SharedPolicy],
    pub(super) declared: &'a [Declared],
    /// None where documents are looked at alone.
    pub(super) estate: Option<&'a Estate>,
}

impl<'a> SuppressionScope<'a> {
    pub(super) fn of(intake: &'a Intake) -> Self {
        Self {
            sources: &intake.sources,
            policies: intake.policies(),
            declared: &intake.declared,
            estate: Some(&intake.estate),
        }
    }
}

pub(super) fn apply(ignores: &[&Ignore], scene: &SuppressionScope<'_>, report: &mut Report) {
    if ignores.is_empty() {
        return;
    }
    apply_on(TimeZone::UTC.to_datetime(Timestamp::now()).date(), ignores, scene, report);
}

/// Keeps back without a word on rows that keep nothing back: where only some documents are looked at, most do.
pub(super) fn keep_back(ignores: &[Ignore], scene: &SuppressionScope<'_>, report: &mut Report) {
    let today = TimeZone::UTC.to_datetime(Timestamp::now()).date();
    let ignores: Vec<&Ignore> = ignores.iter().collect();
    sort_out(today, &ignores, scene, report);
}

/// Moves what is suppressed aside; says which suppressions found something.
fn sort_out(
    today: Date,
    ignores: &[&Ignore],
    scene: &SuppressionScope<'_>,
    report: &mut Report,
) -> Vec<bool> {
    let mut used = vec![false; ignores.len()];
    for finding in std::mem::take(&mut report.findings) {
        let mut by: Option<&Ignore> = None;
        for (ignore, used) in ignores.iter().zip(&mut used) {
            if fits(ignore, &finding, scene) {
                *used = true;
                by = by.or((!ignore.is_expired(today)).then_some(ignore));
            }
        }
        match by {
            None => report.findings.push(finding),
            Some(ignore) => report.suppressed.push(Suppressed {
                finding,
                by: if ignore.within.is_some() { SuppressedBy::Template } else { SuppressedBy::Manifest },
                reason: ignore.reason.clone(),
            }),
        }
    }
    used
}

fn apply_on(today: Date, ignores: &[&Ignore], scene: &SuppressionScope<'_>, report: &mut Report) {
    let used = sort_out(today, ignores, scene, report);
    for (ignore, used) in ignores.iter().zip(used) {
        let rule = &ignore.rule.value;
        if let Some(until) = &ignore.until
            && ignore.is_expired(today)
        {
            let message = format!("this suppression of `{rule}` held until {}", until.value);
            report.findings.push(about(
                ignore,
                Code::ExpiredIgnore,
                until.span,
                message,
                "mend the cause, or set a later day",
            ));
        } else if !used {
            let message = format!("no finding of `{rule}` is suppressed by this");
            report.findings.push(about(
                ignore,
                Code::UnusedIgnore,
                ignore.span,
                message,
                "remove it, or correct what it selects",
            ));
        }
    }
}

fn about(ignore: &Ignore, code: Code, at: Span, message: String, help: &str) -> Diagnostic {
    Diagnostic::new(code, at, message).help(format!("{help}; its reason was: {}", ignore.reason))
}

/// Every selector that is given has to fit.
fn fits(ignore: &Ignore, finding: &Diagnostic, scene: &SuppressionScope<'_>) -> bool {
    // Every finding has a place; what had none could be in no document that a row selects.
    let Some(span) = finding.span.filter(|_| finding.code.is_called(&ignore.rule.value)) else {
        return false;
    };
    // Resources are declared in files; policies may be documents inside of them.
    let host = scene.sources.host(span);
    let file = |pattern: &crate::load::PathPattern| {
        pattern.matches_file(Path::new(&scene.sources.place(span).document))
    };
    let policy = || scene.policies.iter().find(|policy| within(span, policy.span));
    let sid = |wanted: &str| {
        let statements = policy().into_iter().flat_map(|policy| policy.statements.iter());
        let mut sids = statements.filter(|s| within(span, s.span)).filter_map(|s| s.sid.as_ref());
        sids.any(|sid| &*sid.value == wanted)
    };
    let arn = |wanted: &str| {
        let estate = scene.estate;
        policy()
            .zip(estate)
            .is_some_and(|(policy, estate)| owners(policy, estate).contains(&wanted.to_owned()))
    };
    let declared = |name: &Name| scene.declared.iter().any(|d| d.name == *name && within(host, d.span));
    ignore.file.as_ref().is_none_or(file)
        && ignore.sid.as_ref().is_none_or(|s| sid(&s.value))
        && ignore.arn.as_ref().is_none_or(|a| arn(&a.value))
        && ignore.address.as_ref().is_none_or(|a| declared(&Name::Address(a.value.clone())))
        && ignore.logical_id.as_ref().is_none_or(|id| declared(&Name::LogicalId(id.value.clone())))
        && ignore.within.is_none_or(|resource| within(host, resource))
}

fn within(inner: Span, outer: Span) -> bool {
    inner.source == outer.source && outer.start <= inner.start && inner.end <= outer.end
}

/// ARNs of whatever has this policy.
fn owners(policy: &SharedPolicy, estate: &Estate) -> Vec<String> {
    let is = |other: &SharedPolicy| other.span == policy.span;
    let mut owners = Vec::new();
    for role in &estate.roles {
        let own = role.policies.provided().into_iter().flatten();
        let boundary = role.boundary.provided().into_iter().flatten();
        if own.chain(role.trust.provided()).chain(boundary).any(is) {
            owners.push(role.arn.value.to_string());
        }
    }
    for user in &estate.users {
        let boundary = user.boundary.provided().into_iter().flatten();
        if user.policies.provided().into_iter().flatten().chain(boundary).any(is) {
            owners.push(user.arn.value.to_string());
        }
    }
    let keys = estate.keys.iter().filter(|key| key.policy.provided().is_some_and(is));
    owners.extend(keys.map(|key| key.arn.value.to_string()));
    let buckets =
        estate.buckets.iter().filter(|bucket| bucket.policy.provided().into_iter().flatten().any(is));
    owners.extend(buckets.map(|bucket| format!("arn:aws:s3:::{}", bucket.name)));
    owners
}
