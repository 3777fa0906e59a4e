//! Two estates: what every role can read in one and not in the other, and what each set of policies grants.

use std::collections::BTreeMap;

use super::{Assumption, Diff, Subject, compare, reads};
use crate::estate::{Attached, Estate, Known, SharedPolicy};
use crate::eval::ContextValue;
use crate::eval::policy_set::PolicySet;
use crate::name::{Arn, ConditionKey};
use crate::source::{SourceId, SourceMap};

/// The policies of one owner, of one kind.
#[derive(Clone, Debug, Default)]
struct Policies {
    /// None where nobody told.
    own: Option<Vec<SharedPolicy>>,
    /// A permissions boundary, where there is one.
    limit: Option<Option<SharedPolicy>>,
    facts: Vec<(ConditionKey, ContextValue)>,
    /// The resources they can be about, where these are known.
    among: Vec<String>,
    /// They only limit. Where there are none of them, everything passes.
    limits: bool,
}

impl Policies {
    fn of(own: Option<Vec<SharedPolicy>>, among: impl Into<Vec<String>>) -> Self {
        Self { own, among: among.into(), ..Self::default() }
    }
}

/// By owner and kind.
type All = BTreeMap<(String, &'static str), Policies>;

/// What changes from one estate to the other. Both must share one map of sources.
pub fn estates(old: &Estate, new: &Estate, sources: &SourceMap) -> Diff {
    let mut diff = Diff::default();
    reads::reads(&mut diff, old, new);
    reads::operations(&mut diff, old, new);
    let (before, after) = (policies(old), policies(new));
    let mut names: Vec<&(String, &'static str)> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    for name in names {
        let (of, kind) = name;
        let subject = Subject::Policies { kind, of: of.clone() };
        pair(&mut diff, &subject, before.get(name), after.get(name), sources);
    }
    diff
}

/// Compares what one owner has on both sides.
fn pair(
    diff: &mut Diff,
    subject: &Subject,
    before: Option<&Policies>,
    after: Option<&Policies>,
    sources: &SourceMap,
) {
    // An owner that is only on one side has nothing on the other; of what limits it nobody knows.
    let limits = [before, after].into_iter().flatten().any(|p| p.limits);
    let nothing = Policies { own: (!limits).then(Vec::new), limit: Some(None), ..Policies::default() };
    let (before, after) = (before.unwrap_or(&nothing), after.unwrap_or(&nothing));
    let (Some(old), Some(new)) = (&before.own, &after.own) else {
        let side = |policies: &Option<Vec<SharedPolicy>>| if policies.is_some() { "new" } else { "old" };
        if before.own.is_some() != after.own.is_some()
            && let Subject::Policies { kind, of } = subject
        {
            diff.assumptions.push(Assumption {
                what: format!("nothing changes in the {kind} of {of}"),
                because: format!("the {} estate does not tell them", side(&before.own)),
                fact: None,
            });
        }
        return;
    };
    let boundary = |p: &Policies| p.limit.clone().flatten();
    let (old_limit, new_limit) = (boundary(before), boundary(after));
    if same(old, new, sources) && same(old_limit.as_slice(), new_limit.as_slice(), sources) {
        diff.compared.documents += 1;
        return;
    }
    let facts = if after.facts.is_empty() { &before.facts } else { &after.facts };
    let old = side(old, old_limit.as_ref(), facts, limits);
    let new = side(new, new_limit.as_ref(), facts, limits);
    let among = if after.among.is_empty() { &before.among } else { &after.among };
    compare(diff, subject, &old, &new, among, sources);
}

fn side<'p>(
    own: &'p [SharedPolicy],
    boundary: Option<&'p SharedPolicy>,
    facts: &[(ConditionKey, ContextValue)],
    limits: bool,
) -> PolicySet<'p> {
    let document = PolicySet::new(own, facts);
    let document = if limits && own.is_empty() { document.beside_an_allow() } else { document };
    document.within(boundary.map(|p| PolicySet::new(std::slice::from_ref(p), facts)))
}

/// The same text means the same.
fn same(old: &[SharedPolicy], new: &[SharedPolicy], sources: &SourceMap) -> bool {
    let text = |p: &SharedPolicy| if p.span.source == SourceId::LONE { "" } else { sources.text(p.span) };
    let equal = |(a, b): (&SharedPolicy, &SharedPolicy)| {
        text(a) == text(b) && !text(a).is_empty() && a.kind == b.kind
    };
    old.len() == new.len() && old.iter().zip(new).all(equal)
}

/// All sets of policies of an estate.
fn policies(estate: &Estate) -> All {
    let mut all = All::new();
    let one = |policy: &Known<SharedPolicy>| policy.provided().map(|p| vec![p.clone()]);
    let maybe = |policy: &Known<Option<SharedPolicy>>| policy.provided().map(|p| p.iter().cloned().collect());
    let mut add = |of: &str, kind, policies| {
        all.insert((of.to_owned(), kind), policies);
    };
    for role in &estate.roles {
        let (arn, limit) = (&role.arn.value, role.boundary.provided().cloned());
        let own = role.policies.provided().cloned();
        add(
            arn.as_str(),
            "identity policies",
            Policies { own, limit, facts: identity(arn), ..Policies::default() },
        );
        add(arn.as_str(), "trust policy", Policies::of(one(&role.trust), [arn.as_str().to_owned()]));
    }
    for user in &estate.users {
        let (arn, limit) = (&user.arn.value, user.boundary.provided().cloned());
        let own = user.policies.provided().cloned();
        add(
            arn.as_str(),
            "identity policies",
            Policies { own, limit, facts: identity(arn), ..Policies::default() },
        );
    }
    for bucket in &estate.buckets {
        let arn = format!("arn:aws*:s3:::{}", bucket.name);
        let among = [format!("{arn}/*"), arn];
        add(&bucket.name, "bucket policy", Policies::of(maybe(&bucket.policy), among));
    }
    for key in &estate.keys {
        let arn = key.arn.value.as_str();
        add(arn, "key policy", Policies::of(one(&key.policy), [arn.to_owned()]));
    }
    for store in &estate.stores {
        let arn = store.arn.value.as_str();
        add(arn, store.kind.policy(), Policies::of(maybe(&store.policy), [arn.to_owned()]));
    }
    for point in &estate.access_points {
        add(&point.name, "access point policy", Policies::of(maybe(&point.policy), []));
    }
    all.extend(limits(estate));
    all
}

/// Policies that only limit, by what they are attached to.
fn limits(estate: &Estate) -> All {
    let mut all = All::new();
    for target in estate.organizations.iter().flat_map(|o| &o.targets) {
        let kinds = [("service control policies", &target.scps), ("resource control policies", &target.rcps)];
        for (kind, attached) in kinds {
            let own = attached.provided().map(|attached| match attached {
                Attached::Policies(policies) => policies.clone(),
                Attached::Off => Vec::new(),
            });
            all.insert((target.id.clone(), kind), Policies { own, limits: true, ..Policies::default() });
        }
    }
    all
}

/// What every request of an identity says of it.
fn identity(arn: &Arn) -> Vec<(ConditionKey, ContextValue)> {
    let mut facts = vec![(ConditionKey::new("aws:PrincipalArn"), ContextValue::one(arn.as_str()))];
    for key in ["aws:PrincipalAccount", "kms:CallerAccount"] {
        facts.push((ConditionKey::new(key), ContextValue::one(arn.account_text())));
    }
    facts
}
