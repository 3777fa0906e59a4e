//! A comparison, as people read it: what is gained first, each with a request to try.

use super::answer::speaker;
use super::condition::{disjunction, request};
use super::count;
use super::page::{Page, Sign, Tint};
use crate::ask::diff::{Change, Check, Checked, Diff, Example, Outcome, Subject};
use crate::ask::{ConditionLine, Evidence};
use crate::logic::Unknown;
use crate::source::SourceMap;

/// How many owners of one finding are named.
const NAMED: usize = 12;

/// The parts of the drawing, to be set apart by blank lines.
pub(super) fn draw(page: &Page, diff: &Diff, map: &SourceMap) -> Vec<String> {
    let mut sheets = Vec::new();
    let lists = [
        (&diff.gained, true),
        (&diff.gained_operations, true),
        (&diff.lost, false),
        (&diff.lost_operations, false),
    ];
    for (list, gained) in lists {
        sheets.extend(grouped(list).into_iter().map(|group| changed(page, &group, gained, map)));
    }
    sheets.extend(diff.checks.iter().map(|check| checked(page, check, map)));
    if !diff.assumptions.is_empty() {
        let mut text = format!("{}\n", page.paint(Tint::Title, "assumptions"));
        for assumption in &diff.assumptions {
            text += &page.prose("  ", "    ", &format!("{}: {}", assumption.what, assumption.because));
        }
        sheets.push(text);
    }
    sheets.push(summary(page, diff));
    sheets
}

/// Changes that differ only in whom they are about.
fn grouped(changes: &[Change]) -> Vec<Vec<&Change>> {
    let mut groups: Vec<Vec<&Change>> = Vec::new();
    for change in changes {
        match groups.iter_mut().find(|group| group.first().is_some_and(|first| alike(first, change))) {
            Some(group) => group.push(change),
            None => groups.push(vec![change]),
        }
    }
    groups
}

fn alike(a: &Change, b: &Change) -> bool {
    let about = match (&a.subject, &b.subject) {
        (Subject::Read { bucket, .. }, Subject::Read { bucket: other, .. }) => bucket == other,
        (
            Subject::Operation { bucket, operation, .. },
            Subject::Operation { bucket: other, operation: theirs, .. },
        ) => bucket == other && operation == theirs,
        (Subject::Policies { kind, .. }, Subject::Policies { kind: other, .. }) => kind == other,
        (
            Subject::Documents | Subject::Read { .. } | Subject::Operation { .. } | Subject::Policies { .. },
            _,
        ) => false,
    };
    let request = |c: &Change| c.witness.clone().map(|w| Example { principal: None, ..w });
    let places = |c: &Change| c.evidence.iter().map(|e| (e.span, e.effect)).collect::<Vec<_>>();
    about
        && a.certain == b.certain
        && a.conditions == b.conditions
        && a.depends_on == b.depends_on
        && request(a) == request(b)
        && places(a) == places(b)
}

fn changed(page: &Page, group: &[&Change], gained: bool, map: &SourceMap) -> String {
    let Some(first) = group.first() else { return String::new() };
    let (sign, tint, word) = match (first.certain, gained) {
        (true, true) => (Sign::No, Tint::Bad, "GAINED"),
        (true, false) => (Sign::Attention, Tint::Maybe, "LOST"),
        (false, true) => (Sign::Maybe, Tint::Maybe, "PERHAPS GAINED"),
        (false, false) => (Sign::Maybe, Tint::Maybe, "PERHAPS LOST"),
    };
    let head = page.paint(tint, &format!("{} {word}", page.sign(sign)));
    let title = page.paint(Tint::Title, &page.clean(&sentence(group, gained)));
    let mut text = format!("{head}  {title}\n");
    let reason = first.reason.as_deref().filter(|_| first.certain);
    if let Some(reason) = reason {
        let side = if gained { "before" } else { "now" };
        text += &page.prose("  ", "  ", &format!("{side}, {reason}"));
    }
    text + &details(page, &first.conditions, &first.witness, &first.evidence, &first.depends_on, map)
}

fn sentence(group: &[&Change], gained: bool) -> String {
    let Some(first) = group.first() else { return String::new() };
    match &first.subject {
        Subject::Documents if gained => "the new document grants what the old one does not".to_owned(),
        Subject::Documents => "the old document grants what the new one does not".to_owned(),
        Subject::Read { bucket, .. } => {
            let verb = if gained { "can now read" } else { "can no longer read" };
            format!("{} {verb} s3://{bucket}", named(roles(group)))
        }
        Subject::Operation { bucket, operation, .. } => {
            let can = if gained { "can now" } else { "can no longer" };
            let preposition = if operation == "write" {
                " to"
            } else if operation == "delete" {
                " from"
            } else {
                ""
            };
            format!("{} {can} {operation}{preposition} s3://{bucket}", named(roles(group)))
        }
        Subject::Policies { kind, .. } => {
            let owners = group.iter().filter_map(|c| match &c.subject {
                Subject::Policies { of, .. } => Some(of.as_str()),
                Subject::Documents | Subject::Read { .. } | Subject::Operation { .. } => None,
            });
            let verb = match (kind.ends_with("policies"), gained) {
                (true, true) => "grant more",
                (true, false) => "grant less",
                (false, true) => "grants more",
                (false, false) => "grants less",
            };
            format!("the {kind} of {} {verb}", named(owners))
        }
    }
}

/// The names of the roles that changes are about.
fn roles<'c>(group: &[&'c Change]) -> impl Iterator<Item = &'c str> {
    group.iter().filter_map(|change| match &change.subject {
        Subject::Read { role, .. } | Subject::Operation { role, .. } => {
            Some(role.rsplit('/').next().unwrap_or(role))
        }
        Subject::Documents | Subject::Policies { .. } => None,
    })
}

fn named<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    let more = names.len().saturating_sub(NAMED);
    let shown = names.into_iter().take(NAMED).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

/// Which requests, one of them, and the statements behind it.
fn details(
    page: &Page,
    conditions: &Option<Vec<Vec<ConditionLine>>>,
    witness: &Option<Example>,
    evidence: &[Evidence],
    depends_on: &[Unknown],
    map: &SourceMap,
) -> String {
    let mut text = String::new();
    for line in disjunction(page, conditions.as_deref().unwrap_or_default()) {
        text += &format!("    {line}\n");
    }
    if let Some(example) = witness {
        text += &format!("  {}\n", page.paint(Tint::Title, "for example"));
        let by = example.principal.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
        text += &format!("    {}\n", page.clean(&format!("{} on {}{by}", example.action, example.resource)));
        if !example.context.is_empty() {
            text += &page.prose("    with ", "      ", &request(&example.context));
        }
    }
    if !evidence.is_empty() {
        text += &format!("  {}\n", page.paint(Tint::Title, "because"));
        text.extend(evidence.iter().map(|e| format!("    {}\n", speaker(page, e, map))));
    }
    if !depends_on.is_empty() {
        text += &format!("  {}\n", page.paint(Tint::Title, "it depends on"));
        for unknown in depends_on {
            text += &page.prose("    ", "      ", &format!("{}: {}", unknown.name, unknown.why));
        }
    }
    text
}

fn checked(page: &Page, check: &Check, map: &SourceMap) -> String {
    let (sign, tint, word) = match check.holds {
        Some(true) => (Sign::Yes, Tint::Good, "HOLDS"),
        Some(false) => (Sign::No, Tint::Bad, "FAILS"),
        None => (Sign::Maybe, Tint::Maybe, "OPEN"),
    };
    let what = match (&check.what, check.holds) {
        (Checked::NotGranted { action, resource }, Some(true)) => {
            format!("{action} on {resource} is not granted to anyone")
        }
        (Checked::NotGranted { action, resource }, Some(false)) => {
            format!("{action} on {resource} is granted")
        }
        (Checked::NotGranted { action, resource }, None) => {
            format!("whether {action} on {resource} is granted is not known")
        }
        (Checked::NotPublic, Some(true)) => "public access is not granted".to_owned(),
        (Checked::NotPublic, Some(false)) => "the policy is public".to_owned(),
        (Checked::NotPublic, None) => "whether the policy is public is not known".to_owned(),
    };
    let head = page.paint(tint, &format!("{} {word}", page.sign(sign)));
    let title = page.paint(Tint::Title, &page.clean(&what));
    let details = details(page, &check.conditions, &check.witness, &check.evidence, &check.depends_on, map);
    format!("{head}  {title}\n{details}")
}

/// The line at the end: what is proved.
fn summary(page: &Page, diff: &Diff) -> String {
    let compared = [
        (diff.compared.reads, "read"),
        (diff.compared.operations, "other operation"),
        (diff.compared.documents, "set"),
    ];
    let compared: Vec<String> = compared
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(
            |(n, what)| {
                if what == "set" { format!("{} of policies", count(n, what)) } else { count(n, what) }
            },
        )
        .collect();
    let compared = match compared.split_last() {
        None => String::new(),
        Some((only, [])) => format!(" ({only} compared)"),
        Some((last, others)) => format!(" ({} and {last} compared)", others.join(", ")),
    };
    let nothing_lost = diff.lost.is_empty() && diff.lost_operations.is_empty();
    let lost = if nothing_lost { "nothing is lost" } else { "something is lost" };
    let (tint, text) = match diff.outcome() {
        Outcome::NothingNew if diff.compared == crate::ask::diff::Compared::default() => {
            (Tint::Good, format!("{} held", if diff.checks.len() == 1 { "the check" } else { "all checks" }))
        }
        Outcome::NothingNew if nothing_lost => {
            (Tint::Good, format!("grants nothing new and takes nothing away: proved{compared}"))
        }
        Outcome::NothingNew => (Tint::Good, format!("grants nothing new: proved{compared}; {lost}")),
        Outcome::Gained => {
            let gained = diff.gained.iter().chain(&diff.gained_operations).filter(|c| c.certain).count();
            let lost = diff.lost.len() + diff.lost_operations.len();
            let failed = diff.checks.iter().filter(|c| c.holds == Some(false)).count();
            let mut parts = Vec::new();
            if gained > 0 {
                parts.push(format!("{gained} gained, {lost} lost"));
            }
            if failed > 0 {
                parts.push(format!("{} failed", count(failed, "check")));
            }
            (Tint::Bad, format!("{}{compared}", parts.join("; ")))
        }
        Outcome::Undecided => (Tint::Maybe, format!("not decided{compared}")),
    };
    format!("{}\n", page.paint(tint, &text))
}
