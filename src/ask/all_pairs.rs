//! Who may do what, of everybody and everything at once: only pairs that come into question are asked about, and what is
//! alike is said once.

mod conditions;
mod factor;

use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::who::Judge;
use super::{AskError, Circumstances, ConditionLine, DoesQuestion, Doing, Verdict};
use crate::estate::{Estate, ObjectUri};
use crate::logic::Unknown;
use crate::operation;
use crate::request::DecisionContext;
use crate::request::call::SharedCaller;
use crate::trust::{Index, Principal};
use conditions::Conditions;

/// Which pairs are asked about: everybody with every bucket, or with every KMS key.
#[derive(Clone, Debug)]
pub struct AllPairsQuestion {
    /// ARNs of roles and users of the estate; `None` for all its roles.
    pub principals: Option<Vec<String>>,
    /// Names of operations with one target, which are asked about buckets, or actions of KMS, which are asked about keys.
    pub operations: Vec<String>,
    /// The name of the profile that reads and writes are judged by.
    pub profile: String,
    /// Network, session and context keys.
    pub circumstances: Circumstances,
    /// Whether what is not provided makes an answer conditional.
    pub strict: bool,
}

/// What is not denied, each of it once. Ids follow from what they stand for: the same in every run, whatever else changes.
#[derive(Clone, Debug, Default)]
pub struct AllPairs {
    /// Sets of principals.
    pub principals: Vec<Class>,
    /// Sets of resources.
    pub resources: Vec<Class>,
    /// Conditions of pairs.
    pub conditions: Vec<PairCondition>,
    /// Every principal of one set with every resource of another. What no pair holds is denied.
    pub pairs: Vec<Pair>,
}

/// Principals or resources that have an equal say in some pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// A name for exactly these members.
    pub id: String,
    /// ARNs of principals and keys, or `s3://BUCKET/*`, in order.
    pub members: Vec<Arc<str>>,
}

/// When a pair is allowed.
#[derive(Clone, Debug)]
pub struct PairCondition {
    /// A name for exactly these lines.
    pub id: String,
    /// One of the lists must hold in full; `None` where IAM has no words for it, or too many.
    pub lines: Option<Vec<Vec<ConditionLine>>>,
    /// What it depends on.
    pub depends_on: Vec<Unknown>,
}

/// What all principals of one class and all resources of another come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The id of the class of principals.
    pub principals: String,
    /// The id of the class of resources.
    pub resources: String,
    /// The operation, or the action as `service:Name`.
    pub operation: String,
    /// Never denied.
    pub verdict: Verdict,
    /// The id of the condition; `None` where the verdict is firm.
    pub condition: Option<String>,
}

/// One operation on one resource.
struct Asked<'e> {
    operation: usize,
    target: Arc<str>,
    on: On<'e>,
}

enum On<'e> {
    Judged(Box<Judge<'e>>),
    /// It is outside of what is judged, whoever asks.
    Unsupported,
}

/// What one pair comes to, where it is not denied: positions of the principal, of what is asked, and of its condition.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    asked: u32,
    verdict: Verdict,
    condition: Option<u32>,
    principal: u32,
}

/// Answer for all pairs, each as a question of its own is answered.
pub fn all_pairs(estate: &Estate, question: &AllPairsQuestion) -> Result<AllPairs, AskError> {
    let ctx = Arc::new(DecisionContext::new(estate, &question.circumstances, question.strict));
    let index = Index::new(estate);
    let principals = principals(estate, &index, question)?;
    let asked = asked(&ctx, question, principals.first().map(|(principal, _)| principal))?;
    let chosen: FxHashSet<&Principal> = principals.iter().map(|(principal, _)| principal).collect();
    let mut rows: Vec<Vec<u32>> = vec![Vec::new(); principals.len()];
    let candidates = asked.par_iter().map(|asked| match &asked.on {
        On::Judged(judge) => judge.candidates(&index),
        On::Unsupported => Vec::new(),
    });
    let candidates: Vec<Vec<Principal>> = candidates.collect();
    let at = |principal: &Principal| principals.binary_search_by(|(known, _)| known.cmp(principal)).ok();
    for (asked, candidates) in (0_u32..).zip(&candidates) {
        for found in candidates.iter().filter(|principal| chosen.contains(principal)) {
            if let Some(row) = at(found).and_then(|at| rows.get_mut(at)) {
                row.push(asked);
            }
        }
    }
    let conditions = Conditions::default();
    let of_row =
        |(principal, row): (u32, &Vec<u32>)| row_of(&principals, &asked, &conditions, principal, row);
    let mut found: Vec<Found> = rows
        .par_iter()
        .enumerate()
        .flat_map_iter(|(at, row)| of_row((u32::try_from(at).unwrap_or(u32::MAX), row)))
        .collect();
    let everybody = 0..u32::try_from(principals.len()).unwrap_or(u32::MAX);
    for (at, _) in (0_u32..).zip(&asked).filter(|(_, asked)| matches!(asked.on, On::Unsupported)) {
        found.extend(everybody.clone().map(|principal| Found {
            asked: at,
            verdict: Verdict::Unsupported,
            condition: None,
            principal,
        }));
    }
    Ok(factor::factor(&principals, &asked, &question.operations, conditions, found))
}

/// Everybody who is asked about, in the order of the principals, with their ARNs.
fn principals<'e>(
    estate: &'e Estate,
    index: &Index<'e>,
    question: &AllPairsQuestion,
) -> Result<Vec<(Principal, Arc<str>)>, AskError> {
    let mut all: Vec<(Principal, Arc<str>)> = match &question.principals {
        None => (0..)
            .zip(estate.roles.iter())
            .map(|(at, role)| (Principal::Role(at), role.arn.value.as_str().into()))
            .collect(),
        Some(named) => named
            .iter()
            .map(|arn| match index.arn(arn) {
                Some(principal) => Ok((principal, arn.as_str().into())),
                None => Err(estate.role(arn).err().map_or_else(
                    || AskError::Invalid { message: format!("no role or user is `{arn}`"), help: None },
                    AskError::Missing,
                )),
            })
            .collect::<Result<_, _>>()?,
    };
    all.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    all.dedup_by(|(a, _), (b, _)| a == b);
    Ok(all)
}

/// Every operation on every resource that it can be about.
fn asked<'e>(
    ctx: &Arc<DecisionContext<'e>>,
    question: &AllPairsQuestion,
    somebody: Option<&Principal>,
) -> Result<Vec<Asked<'e>>, AskError> {
    let mut all = Vec::new();
    for (at, operation) in question.operations.iter().enumerate() {
        let Some(row) = operation::find(operation) else {
            for key in ctx.estate.keys.iter() {
                let target = key.arn.value.as_str();
                let judge = Judge::action(ctx, operation, target, crate::request::Way::Any)?;
                all.push(Asked { operation: at, target: target.into(), on: On::Judged(Box::new(judge)) });
            }
            continue;
        };
        for bucket in ctx.estate.buckets.iter() {
            let target: Arc<str> = format!("s3://{}/*", bucket.name).into();
            let invalid = |error: &dyn std::fmt::Display| AskError::Invalid {
                message: format!("`{target}`: {error}"),
                help: None,
            };
            let object: ObjectUri =
                operation::target(&target, row.is_of_bucket()).map_err(|error| invalid(&error))?;
            let does = DoesQuestion {
                role: String::new(),
                doing: Doing { operation: operation.clone(), to: None, reads: false },
                object,
                version_id: None,
                access_point: None,
                profile: question.profile.clone(),
                circumstances: question.circumstances.clone(),
                strict: question.strict,
            };
            all.push(Asked { operation: at, target, on: on(ctx, does, somebody)? });
        }
    }
    Ok(all)
}

fn on<'e>(
    ctx: &Arc<DecisionContext<'e>>,
    question: DoesQuestion,
    somebody: Option<&Principal>,
) -> Result<On<'e>, AskError> {
    if super::does::not_judged(&question.object.bucket).is_some() {
        return Ok(On::Unsupported);
    }
    let judge = Judge::read(ctx, question)?;
    let short =
        somebody.and_then(|somebody| judge.short(&judge.requester(somebody)?, &SharedCaller::default()));
    // What is outside is so by what the objects are, whoever asks.
    let is_outside = short.is_some_and(|short| short.verdict == Verdict::Unsupported);
    Ok(if is_outside { On::Unsupported } else { On::Judged(Box::new(judge)) })
}

/// What one principal may do of all that it comes into question for.
fn row_of(
    principals: &[(Principal, Arc<str>)],
    asked: &[Asked<'_>],
    conditions: &Conditions,
    principal: u32,
    row: &[u32],
) -> Vec<Found> {
    let Some((who, _)) = principals.get(principal as usize) else { return Vec::new() };
    let caller = SharedCaller::default();
    let mut found = Vec::new();
    for &at in row {
        let Some(Asked { on: On::Judged(judge), .. }) = asked.get(at as usize) else { continue };
        let short = judge.requester(who).and_then(|requester| judge.short(&requester, &caller));
        let Some(short) = short.filter(|short| short.verdict != Verdict::Denied) else { continue };
        let condition = (short.verdict == Verdict::Conditional).then(|| conditions.of(&short, judge.facts()));
        found.push(Found { asked: at, verdict: short.verdict, condition, principal });
    }
    found
}
