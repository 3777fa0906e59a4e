//! The lines of `matrix --all`.

#[cfg(feature = "cli")]
use schemars::JsonSchema;
use serde::Serialize;

use super::{Condition, UnknownKind, Verdict, conditions};
use crate::ask;

/// A set, a condition, or what all of one set may do with all of another. What no `pair` holds is denied.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(crate) enum PairLine<'a> {
    Class(Class<'a>),
    Condition(PairCondition<'a>),
    Pair(Pair<'a>),
}

/// Principals or resources that have an equal say in some pair.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(crate) struct Class<'a> {
    /// A name for exactly these members, the same in every run.
    pub(crate) id: &'a str,
    /// What the members are.
    pub(crate) kind: ClassKind,
    /// ARNs of principals and keys, or `s3://BUCKET/*`.
    pub(crate) members: Vec<&'a str>,
}

#[derive(Copy, Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(crate) enum ClassKind {
    Principals,
    Resources,
}

/// When pairs are allowed.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(crate) struct PairCondition<'a> {
    /// A name for exactly these lines, the same in every run.
    pub(crate) id: &'a str,
    /// Any of these lists has to hold in full; null where IAM has no words for the condition, or too many.
    pub(crate) lines: Option<Vec<Vec<Condition<'a>>>>,
    pub(crate) depends_on: Vec<PairDependency<'a>>,
}

/// What a condition depends on; where that stands differs from pair to pair.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(crate) struct PairDependency<'a> {
    pub(crate) kind: UnknownKind,
    pub(crate) name: &'a str,
    pub(crate) why: &'a str,
}

/// What every principal of one class and every resource of another come to.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(crate) struct Pair<'a> {
    pub(crate) principal_class: &'a str,
    pub(crate) resource_class: &'a str,
    pub(crate) operation: &'a str,
    pub(crate) verdict: Verdict,
    /// The id of the condition; null where the verdict is firm.
    pub(crate) condition_id: Option<&'a str>,
}

/// Sets and conditions before the pairs that name them.
pub(crate) fn lines(all: &ask::AllPairs) -> impl Iterator<Item = PairLine<'_>> {
    let principals = all.principals.iter().map(|class| of_class(ClassKind::Principals, class));
    let resources = all.resources.iter().map(|class| of_class(ClassKind::Resources, class));
    let conditions = all.conditions.iter().map(|one| {
        let depends_on = one.depends_on.iter().map(|unknown| PairDependency {
            kind: unknown.kind.into(),
            name: &unknown.name,
            why: &unknown.why,
        });
        PairLine::Condition(PairCondition {
            id: &one.id,
            lines: one.lines.as_deref().map(conditions),
            depends_on: depends_on.collect(),
        })
    });
    let pairs = all.pairs.iter().map(|pair| {
        PairLine::Pair(Pair {
            principal_class: &pair.principals,
            resource_class: &pair.resources,
            operation: &pair.operation,
            verdict: pair.verdict.into(),
            condition_id: pair.condition.as_deref(),
        })
    });
    principals.chain(resources).chain(conditions).chain(pairs)
}

fn of_class(kind: ClassKind, class: &ask::Class) -> PairLine<'_> {
    PairLine::Class(Class {
        id: &class.id,
        kind,
        members: class.members.iter().map(|member| &**member).collect(),
    })
}
