//! Two estates: what every role can read in one and not in the other, and what each set of policies grants.

use std::collections::BTreeMap;

use super::touched::Touched;
use super::{Assumption, Diff, Subject, compare, reads};
use crate::estate::{Attached, Estate, Known, Same, SharedPolicy};
use crate::eval::ContextValue;
use crate::eval::policy_set::PolicySet;
use crate::name::{Arn, ConditionKey};
use crate::source::SourceMap;

/// The policies of one owner, of one kind.
#[derive(Copy, Clone, Debug, Default)]
struct Policies<'e> {
    /// None where nobody told.
    own: Option<&'e [SharedPolicy]>,
    /// A permissions boundary, where there is one.
    limit: Option<&'e SharedPolicy>,
    of: Owner<'e>,
    /// They only limit. Where there are none of them, everything passes.
    limits: bool,
}

/// Whose policies they are, as far as it says something of every request.
#[derive(Copy, Clone, Debug, Default)]
enum Owner<'e> {
    /// It says nothing.
    #[default]
    Any,
    /// Who makes them.
    Identity(&'e Arn),
    /// What they are about.
    Resource(&'e Arn),
    /// The bucket that they are about, or its objects.
    Bucket(&'e str),
}

impl<'e> Policies<'e> {
    fn of(own: Option<&'e [SharedPolicy]>, of: Owner<'e>) -> Self {
        Self { own, of, ..Self::default() }
    }
}

/// By owner and kind.
type All<'e> = BTreeMap<(&'e str, &'static str), Policies<'e>>;

/// What changes from one estate to the other. Both must share one map of sources.
pub fn estates(old: &Estate, new: &Estate, sources: &SourceMap) -> Diff {
    let mut diff = Diff::default();
    let touched = Touched::between(old, new);
    reads::reads(&mut diff, old, new, &touched);
    reads::operations(&mut diff, old, new, &touched);
    let (before, after) = (policies(old), policies(new));
    let mut names: Vec<&(&str, &'static str)> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    let mut same = Same::default();
    for name in names {
        pair(&mut diff, *name, (before.get(name), after.get(name)), &mut same, sources);
    }
    diff
}

/// Compares what one owner has on both sides.
fn pair(
    diff: &mut Diff,
    (of, kind): (&str, &'static str),
    (before, after): (Option<&Policies<'_>>, Option<&Policies<'_>>),
    same: &mut Same,
    sources: &SourceMap,
) {
    // An owner that is only on one side has nothing on the other; of what limits it nobody knows.
    let limits = [before, after].into_iter().flatten().any(|p| p.limits);
    let nothing = Policies { own: (!limits).then_some(&[]), ..Policies::default() };
    let (before, after) = (before.unwrap_or(&nothing), after.unwrap_or(&nothing));
    let (Some(old), Some(new)) = (before.own, after.own) else {
        let side = |policies: Option<&[SharedPolicy]>| if policies.is_some() { "new" } else { "old" };
        if before.own.is_some() != after.own.is_some() {
            diff.assumptions.push(Assumption {
                what: format!("nothing changes in the {kind} of {of}"),
                because: format!("the {} estate does not tell them", side(before.own)),
                fact: None,
            });
        }
        return;
    };
    let (old_limit, new_limit) = (before.limit, after.limit);
    let is_limited_alike = match (old_limit, new_limit) {
        (Some(old), Some(new)) => same.policy(old, new),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    if is_limited_alike && same.policies(old, new) {
        diff.compared.documents += 1;
        return;
    }
    let owner = if matches!(after.of, Owner::Any) { before.of } else { after.of };
    let facts = owner.facts();
    let old = side(old, old_limit, &facts, limits);
    let new = side(new, new_limit, &facts, limits);
    let subject = Subject::Policies { kind, of: of.to_owned() };
    compare(diff, &subject, &old, &new, &owner.among(), sources);
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

/// All sets of policies of an estate.
fn policies(estate: &Estate) -> All<'_> {
    fn one(policy: &Known<SharedPolicy>) -> Option<&[SharedPolicy]> {
        policy.provided().map(std::slice::from_ref)
    }
    fn maybe(policy: &Known<Option<SharedPolicy>>) -> Option<&[SharedPolicy]> {
        policy.provided().map(Option::as_slice)
    }
    fn limit(boundary: &Known<Option<SharedPolicy>>) -> Option<&SharedPolicy> {
        boundary.provided().and_then(Option::as_ref)
    }
    let mut all = All::new();
    for role in &estate.roles {
        let arn = &role.arn.value;
        let own = role.policies.provided().map(Vec::as_slice);
        let identity = Policies::of(own, Owner::Identity(arn));
        all.insert(
            (arn.as_str(), "identity policies"),
            Policies { limit: limit(&role.boundary), ..identity },
        );
        all.insert((arn.as_str(), "trust policy"), Policies::of(one(&role.trust), Owner::Resource(arn)));
    }
    for user in &estate.users {
        let arn = &user.arn.value;
        let own = user.policies.provided().map(Vec::as_slice);
        let identity = Policies::of(own, Owner::Identity(arn));
        all.insert(
            (arn.as_str(), "identity policies"),
            Policies { limit: limit(&user.boundary), ..identity },
        );
    }
    for bucket in &estate.buckets {
        let own = Policies::of(maybe(&bucket.policy), Owner::Bucket(&bucket.name));
        all.insert((&bucket.name, "bucket policy"), own);
    }
    for key in &estate.keys {
        let arn = &key.arn.value;
        all.insert((arn.as_str(), "key policy"), Policies::of(one(&key.policy), Owner::Resource(arn)));
    }
    for store in &estate.stores {
        let arn = &store.arn.value;
        let own = Policies::of(maybe(&store.policy), Owner::Resource(arn));
        all.insert((arn.as_str(), store.kind.policy()), own);
    }
    for point in &estate.access_points {
        all.insert((&point.name, "access point policy"), Policies::of(maybe(&point.policy), Owner::Any));
    }
    limits(estate, &mut all);
    all
}

/// Policies that only limit, by what they are attached to.
fn limits<'e>(estate: &'e Estate, all: &mut All<'e>) {
    for target in estate.organizations.iter().flat_map(|o| &o.targets) {
        let kinds = [("service control policies", &target.scps), ("resource control policies", &target.rcps)];
        for (kind, attached) in kinds {
            let own = attached.provided().map(|attached| match attached {
                Attached::Policies(policies) => policies.as_slice(),
                Attached::Off => &[],
            });
            all.insert((&target.id, kind), Policies { own, limits: true, ..Policies::default() });
        }
    }
}

impl Owner<'_> {
    /// What every request says of it.
    fn facts(self) -> Vec<(ConditionKey, ContextValue)> {
        match self {
            Self::Identity(arn) => identity(arn),
            Self::Resource(_) | Self::Bucket(_) | Self::Any => Vec::new(),
        }
    }

    /// The resources they can be about, where these are known.
    fn among(self) -> Vec<String> {
        match self {
            Self::Resource(arn) => vec![arn.as_str().to_owned()],
            Self::Bucket(name) => {
                let arn = format!("arn:aws*:s3:::{name}");
                vec![format!("{arn}/*"), arn]
            }
            Self::Identity(_) | Self::Any => Vec::new(),
        }
    }
}

/// What every request of an identity says of it.
fn identity(arn: &Arn) -> Vec<(ConditionKey, ContextValue)> {
    let mut facts = vec![(ConditionKey::new("aws:PrincipalArn"), ContextValue::one(arn.as_str()))];
    for key in ["aws:PrincipalAccount", "kms:CallerAccount"] {
        facts.push((ConditionKey::new(key), ContextValue::one(arn.account_text())));
    }
    facts
}
