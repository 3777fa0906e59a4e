//! What `diff` prints.

#[cfg(feature = "cli")]
use schemars::JsonSchema;
use serde::Serialize;

use super::{Assumption, Condition, Context, Dependency, Evidence, SCHEMA, conditions, context};
use crate::ask::diff::{self, Change, Checked, Diff, Outcome};
use crate::source::SourceMap;

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[cfg_attr(feature = "cli", schemars(rename = "Comparison"))]
pub(in crate::report) struct Report<'a> {
    #[cfg_attr(feature = "cli", schemars(extend("const" = SCHEMA)))]
    schema: &'static str,
    kind: &'static str,
    verdict: &'static str,
    /// What the new side gives and the old one does not.
    gained: Vec<Changed<'a>>,
    lost: Vec<Changed<'a>>,
    checks: Vec<Check<'a>>,
    compared: Compared,
    assumptions: Vec<Assumption<'a>>,
    /// What is done besides reading, and can be done with the new side alone.
    gained_operations: Vec<Changed<'a>>,
    lost_operations: Vec<Changed<'a>>,
}

/// One line of JSON Lines.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
#[cfg_attr(feature = "cli", schemars(rename = "ComparisonLine"))]
pub(in crate::report) enum Line<'a> {
    Gained(Changed<'a>),
    Lost(Changed<'a>),
    GainedOperation(Changed<'a>),
    LostOperation(Changed<'a>),
    Check(Check<'a>),
    Assumption(Assumption<'a>),
    Summary(Summary),
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[cfg_attr(feature = "cli", schemars(rename = "ComparisonSummary"))]
pub(in crate::report) struct Summary {
    #[cfg_attr(feature = "cli", schemars(extend("const" = SCHEMA)))]
    schema: &'static str,
    kind: &'static str,
    verdict: &'static str,
    compared: Compared,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(crate) struct Changed<'a> {
    subject: Subject<'a>,
    /// False where it depends on something nobody knows.
    certain: bool,
    #[serde(flatten)]
    shown: Shown<'a>,
    reason: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[cfg_attr(feature = "cli", schemars(rename = "PolicyCheck"))]
pub(in crate::report) struct Check<'a> {
    #[serde(flatten)]
    what: What<'a>,
    /// Null where it depends on something nobody knows.
    holds: Option<bool>,
    #[serde(flatten)]
    shown: Shown<'a>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(tag = "check", rename_all = "snake_case")]
#[cfg_attr(feature = "cli", schemars(rename = "PolicyCheckKind"))]
enum What<'a> {
    NotGranted { action: &'a str, resource: &'a str },
    NotPublic,
}

/// Which requests, one of them, and why.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[cfg_attr(feature = "cli", schemars(rename = "ComparisonShown"))]
struct Shown<'a> {
    /// Any of these lists has to hold in full; an empty one is every request. Null when there is no such list.
    conditions: Option<Vec<Vec<Condition<'a>>>>,
    witness: Option<Example<'a>>,
    evidence: Vec<Evidence<'a>>,
    depends_on: Vec<Dependency<'a>>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
struct Example<'a> {
    principal: Option<&'a str>,
    action: &'a str,
    resource: &'a str,
    context: Context<'a>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "cli", schemars(rename = "ComparisonSubject"))]
enum Subject<'a> {
    Documents,
    Read { role: &'a str, bucket: &'a str },
    Operation { role: &'a str, operation: &'a str, bucket: &'a str },
    Policies { policies: &'static str, of: &'a str },
}

#[derive(Copy, Clone, Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
struct Compared {
    reads: usize,
    documents: usize,
    operations: usize,
}

impl<'a> Report<'a> {
    pub(in crate::report) fn new(diff: &'a Diff, map: &SourceMap) -> Self {
        let changed = |list: &'a [Change]| list.iter().map(|change| Changed::new(change, map)).collect();
        Self {
            schema: SCHEMA,
            kind: "diff",
            verdict: verdict(diff),
            gained: changed(&diff.gained),
            lost: changed(&diff.lost),
            checks: diff.checks.iter().map(|check| Check::new(check, map)).collect(),
            compared: compared(diff),
            assumptions: assumptions(diff),
            gained_operations: changed(&diff.gained_operations),
            lost_operations: changed(&diff.lost_operations),
        }
    }
}

/// The same, one object a line.
pub(in crate::report) fn lines<'a>(diff: &'a Diff, map: &SourceMap) -> Vec<Line<'a>> {
    let gained = diff.gained.iter().map(|change| Line::Gained(Changed::new(change, map)));
    let lost = diff.lost.iter().map(|change| Line::Lost(Changed::new(change, map)));
    let operations =
        diff.gained_operations.iter().map(|change| Line::GainedOperation(Changed::new(change, map)));
    let no_longer = diff.lost_operations.iter().map(|change| Line::LostOperation(Changed::new(change, map)));
    let checks = diff.checks.iter().map(|check| Line::Check(Check::new(check, map)));
    let assumptions = assumptions(diff).into_iter().map(Line::Assumption);
    let summary = Summary { schema: SCHEMA, kind: "diff", verdict: verdict(diff), compared: compared(diff) };
    let changes = gained.chain(lost).chain(operations).chain(no_longer);
    changes.chain(checks).chain(assumptions).chain([Line::Summary(summary)]).collect()
}

fn verdict(diff: &Diff) -> &'static str {
    match diff.outcome() {
        Outcome::NothingNew => "nothing_new",
        Outcome::Gained => "gained",
        Outcome::Undecided => "undecided",
    }
}

fn compared(diff: &Diff) -> Compared {
    let diff::Compared { reads, operations, documents } = diff.compared;
    Compared { reads, documents, operations }
}

fn assumptions(diff: &Diff) -> Vec<Assumption<'_>> {
    diff.assumptions.iter().map(|a| Assumption { what: &a.what, because: &a.because }).collect()
}

impl<'a> Changed<'a> {
    pub(super) fn new(change: &'a Change, map: &SourceMap) -> Self {
        Self {
            subject: match &change.subject {
                diff::Subject::Documents => Subject::Documents,
                diff::Subject::Read { role, bucket } => Subject::Read { role, bucket },
                diff::Subject::Operation { role, operation, bucket } => {
                    Subject::Operation { role, operation, bucket }
                }
                diff::Subject::Policies { kind, of } => Subject::Policies { policies: kind, of },
            },
            certain: change.certain,
            shown: Shown {
                conditions: change.conditions.as_deref().map(conditions),
                witness: change.witness.as_ref().map(Example::new),
                evidence: change.evidence.iter().map(|e| Evidence::new(e, map)).collect(),
                depends_on: change.depends_on.iter().map(|u| Dependency::new(u, map)).collect(),
            },
            reason: change.reason.as_deref(),
        }
    }
}

impl<'a> Check<'a> {
    fn new(check: &'a diff::Check, map: &SourceMap) -> Self {
        Self {
            what: match &check.what {
                Checked::NotGranted { action, resource } => What::NotGranted { action, resource },
                Checked::NotPublic => What::NotPublic,
            },
            holds: check.holds,
            shown: Shown {
                conditions: check.conditions.as_deref().map(conditions),
                witness: check.witness.as_ref().map(Example::new),
                evidence: check.evidence.iter().map(|e| Evidence::new(e, map)).collect(),
                depends_on: check.depends_on.iter().map(|u| Dependency::new(u, map)).collect(),
            },
        }
    }
}

impl<'a> Example<'a> {
    fn new(example: &'a diff::Example) -> Self {
        Self {
            principal: example.principal.as_deref(),
            action: &example.action,
            resource: &example.resource,
            context: context(&example.context),
        }
    }
}
