//! Every proposed change is made in a copy of the estate: what stays shut then, and what else opens.

use std::sync::Arc;

use serde_json::{Value, json};

use super::answer::{Change, Holder};
use super::{
    ActsQuestion, Answer, BecomesQuestion, DoesQuestion, Fix, GateVerdict, acts, assume, diff, does,
};
use crate::estate::{Estate, Known, Role, SharedPolicy};
use crate::eval::Gate;
use crate::json;
use crate::name::{ActionName, ActionPattern};
use crate::operation;
use crate::policy::{Policy, PolicyKind, Statement, Version, lower};
use crate::source::SourceId;

/// Tells of each change of a read what all of them leave shut and what else they open.
pub(super) fn of_read(estate: &Estate, question: &DoesQuestion, answer: &mut Answer) {
    let Some(changed) = changed(estate, &answer.fix) else { return };
    let Ok(after) = does::read(&changed, question) else { return };
    let covered = Covered::by(&answer.fix, question);
    let opens = opens(estate, &changed, question, &answer.fix, &covered.others);
    let is_compared = opens.is_some();
    tell(answer, &after, opens);
    for fix in answer.fix.iter_mut().filter(|_| is_compared) {
        fix.compared.clone_from(&covered.compared);
        fix.covers_more = covered.has_more;
    }
}

/// What the statements that change cover beside what was asked.
struct Covered {
    /// Operations to compare beside reads and the one that was asked.
    others: Vec<&'static str>,
    /// All that are compared.
    compared: Vec<&'static str>,
    /// They cover actions of none of these operations.
    has_more: bool,
}

impl Covered {
    fn by(fixes: &[Fix], question: &DoesQuestion) -> Self {
        let asked =
            operation::find(&question.doing.operation).map_or(operation::READ, |row| row.name.as_str());
        let statements: Vec<&Value> = fixes.iter().filter_map(|fix| fix.change.statement()).collect();
        let others: Vec<&'static str> = diff::OPERATIONS
            .into_iter()
            .filter(|name| *name != asked && statements.iter().any(|s| covers_operation(s, name)))
            .collect();
        let mut compared = vec![operation::READ];
        compared.extend((asked != operation::READ).then_some(asked));
        compared.extend(&others);
        let known: Vec<&str> = compared.iter().flat_map(|name| actions_of(name)).collect();
        let has_more = statements.iter().any(|statement| covers_more(statement, &known));
        Self { others, compared, has_more }
    }
}

fn actions_of(operation: &str) -> impl Iterator<Item = &'static str> {
    operation::find(operation).into_iter().flat_map(|row| row.legs.iter().map(|leg| leg.action.as_str()))
}

/// The actions that a statement lists, and whether it is for all but them.
fn listed(statement: &Value) -> (Vec<ActionPattern>, bool) {
    let (member, is_negated) = match statement.get("Action") {
        Some(member) => (Some(member), false),
        None => (statement.get("NotAction"), true),
    };
    let texts: Vec<&str> = match member {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => Vec::new(),
    };
    (texts.into_iter().map(ActionPattern::new).collect(), is_negated)
}

fn covers_operation(statement: &Value, operation: &str) -> bool {
    let (patterns, is_negated) = listed(statement);
    actions_of(operation)
        .filter_map(ActionName::new)
        .any(|action| patterns.iter().any(|pattern| pattern.covers(&action) != Some(false)) != is_negated)
}

fn covers_more(statement: &Value, known: &[&str]) -> bool {
    let (patterns, is_negated) = listed(statement);
    let is_known = |text: String| known.iter().any(|action| action.eq_ignore_ascii_case(&text));
    is_negated || patterns.iter().any(|pattern| pattern.has_wildcard() || !is_known(pattern.written()))
}

/// The same of becoming a role.
pub(super) fn of_assume(estate: &Estate, question: &BecomesQuestion, answer: &mut Answer) {
    let Some(changed) = changed(estate, &answer.fix) else { return };
    let Ok(after) = assume::assume(&changed, question) else { return };
    // A statement that names one caller lets in nobody else.
    let statements = answer.fix.iter().filter_map(|fix| fix.change.statement());
    let named = statements.into_iter().all(|s| names_only(s, &question.by));
    tell(answer, &after, named.then(Vec::new));
}

/// The same of one action.
pub(super) fn of_action(estate: &Estate, question: &ActsQuestion, answer: &mut Answer) {
    let Some(changed) = changed(estate, &answer.fix) else { return };
    let Ok(after) = acts::acts(&changed, question) else { return };
    tell(answer, &after, None);
}

fn tell(answer: &mut Answer, after: &Answer, opens: Option<Vec<diff::Change>>) {
    let shut = after.legs.iter().flat_map(|leg| &leg.gates).filter(|g| g.verdict == GateVerdict::Denied);
    let mut leaves: Vec<Gate> = shut.map(|gate| gate.gate).collect();
    leaves.sort_unstable();
    leaves.dedup();
    for fix in &mut answer.fix {
        fix.after = Some(after.verdict);
        fix.leaves.clone_from(&leaves);
        fix.opens.clone_from(&opens);
        // A restriction is not dropped for a request that does not meet it.
        if fix.is_bound && fix.gate.is_some_and(|gate| leaves.contains(&gate)) {
            fix.why += ", which this request does not meet: this is a restriction, and it stays";
            fix.change = Change::Elsewhere;
        }
    }
}

/// Who is let in by the changes beside the one who asked.
fn opens(
    old: &Estate,
    new: &Estate,
    question: &DoesQuestion,
    fixes: &[Fix],
    others: &[&'static str],
) -> Option<Vec<diff::Change>> {
    let requester = old.role(&question.role).ok()?.arn.value.as_str();
    let is_other = |(before, after): (&Role, &Role)| {
        let boundary = |role: &Role| role.boundary.provided().cloned().flatten();
        let same = |a: &[SharedPolicy], b: &[SharedPolicy]| {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| Arc::ptr_eq(a, b))
        };
        let own = |role: &'_ Role| role.policies.provided().map_or_else(Vec::new, Clone::clone);
        !same(&own(before), &own(after)) || !same(boundary(before).as_slice(), boundary(after).as_slice())
    };
    let changed = old.roles.may_differ(&new.roles).into_iter().filter_map(|at| {
        let (before, after) = (old.roles.get(at)?, new.roles.get(at)?);
        is_other((before, after)).then_some(before.arn.value.as_str())
    });
    let changed: Vec<&str> = changed.collect();
    // A statement of a resource lets in whom it names, and an identity's own those who have it.
    let of_nobody_else = |fix: &Fix| {
        let attached = fix.change.statement().is_none_or(|s| s.get("Principal").is_none());
        fix.change.statement().is_none_or(|s| names_only(s, requester)) || (attached && !changed.is_empty())
    };
    let roles = if fixes.iter().all(of_nobody_else) {
        let mut roles = changed;
        if !roles.contains(&requester) {
            roles.push(requester);
        }
        roles
    } else {
        // Too many pairs are not compared, which needs no list of them.
        let some = old.roles.iter().take(diff::MOST_PAIRS + 1);
        some.map(|role| role.arn.value.as_str()).collect()
    };
    diff::gained_beside(old, new, question, &roles, others)
}

/// Whether a statement lets in one principal and nobody else.
fn names_only(statement: &Value, principal: &str) -> bool {
    let written =
        principal.strip_prefix("federated:").or(principal.strip_prefix("service:")).unwrap_or(principal);
    let is_allow = statement.get("Effect").and_then(Value::as_str) == Some("Allow");
    let members = statement.get("Principal").and_then(Value::as_object);
    is_allow
        && members.is_some_and(|members| members.len() == 1 && members.values().all(|named| named == written))
}

/// The estate with all changes made; none where one of them is nothing of the estate.
pub fn changed(estate: &Estate, fixes: &[Fix]) -> Option<Estate> {
    if !fixes.iter().any(|fix| fix.change.statement().is_some()) {
        return None;
    }
    let mut copy = estate.clone();
    for fix in fixes {
        let done = match (&fix.change, fix.document) {
            (Change::Add(statement), Some(document)) => copy.replace_policy(
                document,
                |policy| policy.span == document,
                |policy| {
                    let added = read(statement, policy.kind, policy.version)?;
                    Some(with(policy, policy.statements.iter().cloned().chain([added])))
                },
            ),
            (Change::Replace { statement, .. }, Some(place)) => copy.replace_policy(
                place,
                |policy| policy.statements.iter().any(|s| s.span == place),
                |policy| {
                    let other = read(statement, policy.kind, policy.version)?;
                    let statements = policy.statements.iter();
                    Some(with(
                        policy,
                        statements.map(|s| if s.span == place { other.clone() } else { s.clone() }),
                    ))
                },
            ),
            (Change::Create { statement, holder }, _) => create(&mut copy, statement, holder),
            (Change::Elsewhere, _) => true,
            (_, None) => false,
        };
        if !done {
            return None;
        }
    }
    Some(copy)
}

fn with(policy: &Policy, statements: impl Iterator<Item = Statement>) -> Policy {
    Policy { statements: statements.collect(), single: false, ..policy.clone() }
}

fn create(estate: &mut Estate, statement: &Value, holder: &Holder) -> bool {
    let policy = |kind| Some(Arc::new(policy_of(statement, kind)?));
    match holder {
        Holder::Identity(arn) => {
            let Some(policy) = policy(PolicyKind::Identity) else { return false };
            let attach = |policies: &mut Known<Vec<SharedPolicy>>| match policies {
                Known::Provided(list) => list.push(policy.clone()),
                Known::NotProvided => *policies = Known::Provided(vec![policy.clone()]),
            };
            let role = estate.roles.called_mut(arn, |role| role.arn.value.as_str() == arn);
            let user = estate.users.called_mut(arn, |user| user.arn.value.as_str() == arn);
            let own = role.map(|role| &mut role.policies);
            own.into_iter().chain(user.map(|user| &mut user.policies)).map(attach).count() > 0
        }
        Holder::Bucket(name) => {
            let found = estate.buckets.called_mut(name, |bucket| bucket.name == *name);
            let policy = policy(PolicyKind::Bucket);
            found.map(|bucket| bucket.policy = Known::Provided(policy)).is_some()
        }
        Holder::AccessPoint(name) => {
            let found = estate.access_points.find_mut(|point| point.name == *name);
            let policy = policy(PolicyKind::AccessPoint);
            found.map(|point| point.policy = Known::Provided(policy)).is_some()
        }
        Holder::Store(arn) => {
            let found = estate.stores.called_mut(arn, |store| store.arn.value.as_str() == arn);
            let policy = policy(PolicyKind::Resource);
            found.map(|store| store.policy = Known::Provided(policy)).is_some()
        }
        Holder::Key(arn) => {
            let found = estate.keys.called_mut(arn, |key| key.arn.value.as_str() == arn);
            let Some(Known::Provided(policy)) = found.map(|key| &mut key.policy) else { return false };
            let Some(added) = read(statement, PolicyKind::Key, policy.version) else { return false };
            *policy = Arc::new(with(policy, policy.statements.iter().cloned().chain([added])));
            true
        }
        Holder::Other => false,
    }
}

fn read(statement: &Value, kind: PolicyKind, version: Version) -> Option<Statement> {
    document(&json!({"Version": version.as_str(), "Statement": [statement]}), kind)?
        .statements
        .into_iter()
        .next()
}

fn policy_of(statement: &Value, kind: PolicyKind) -> Option<Policy> {
    document(&json!({"Version": "2012-10-17", "Statement": [statement]}), kind)
}

fn document(policy: &Value, kind: PolicyKind) -> Option<Policy> {
    let text = policy.to_string();
    let root = json::parse(SourceId::LONE, &text).root?;
    Some(lower(&root, kind, "", &mut Vec::new()))
}
