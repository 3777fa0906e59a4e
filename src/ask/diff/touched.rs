//! The roles and buckets that differ between two estates, or depend on something that does. A role that does not differ can
//! do the same in both estates with a bucket that does not differ, so that pair is not asked about.

use std::collections::{BTreeMap, BTreeSet};

use crate::estate::{
    AccessPoint, Acl, Bucket, Called, Estate, Key, KeyReference, Object, Role, Same, Workload,
};
use crate::name::{AccountId, Arn};

/// What to ask of two estates.
#[derive(Debug, Default)]
pub(super) struct Touched<'e> {
    /// Something differs that every request may depend on.
    everything: bool,
    roles: BTreeSet<&'e str>,
    buckets: BTreeSet<&'e str>,
}

/// What a fact has in each estate, by name and in order.
type Both<'e, T> = BTreeMap<&'e str, [Vec<&'e T>; 2]>;

fn both<'e, T>(sides: [&'e [T]; 2], name: impl Fn(&'e T) -> Option<&'e str>) -> Both<'e, T> {
    let mut found: Both<'e, T> = BTreeMap::new();
    for (side, list) in sides.into_iter().enumerate() {
        for one in list {
            let Some(name) = name(one) else { continue };
            if let Some(list) = found.entry(name).or_insert_with(|| [Vec::new(), Vec::new()]).get_mut(side) {
                list.push(one);
            }
        }
    }
    found
}

fn alike<T: ?Sized>([these, those]: &[Vec<&T>; 2], mut same: impl FnMut(&T, &T) -> bool) -> bool {
    these.len() == those.len() && these.iter().zip(those).all(|(this, that)| same(this, that))
}

impl<'e> Touched<'e> {
    pub(super) fn between(old: &'e Estate, new: &'e Estate) -> Self {
        let mut same = Same::default();
        let accounts = accounts(old, new, &mut same);
        let mut touched = Self { everything: everything(old, new, &accounts, &mut same), ..Self::default() };
        if touched.everything {
            return touched;
        }
        touched.roles = roles(old, new, &accounts, &mut same);
        touched.buckets = buckets(old, new, &accounts, &mut same);
        touched
    }

    /// Whether to ask about a role and a bucket.
    pub(super) fn has(&self, role: &str, bucket: &str) -> bool {
        self.everything || self.roles.contains(role) || self.buckets.contains(bucket)
    }

    /// The pairs to ask about, in order.
    pub(super) fn pairs<'n>(
        &'n self,
        roles: &'n BTreeSet<&'n str>,
        buckets: &'n BTreeSet<&'n str>,
    ) -> impl Iterator<Item = (&'n str, &'n str)> {
        let some: Vec<&str> =
            buckets.iter().copied().filter(|bucket| self.buckets.contains(bucket)).collect();
        let all: Vec<&str> = buckets.iter().copied().collect();
        roles.iter().flat_map(move |role| {
            let whole = self.everything || self.roles.contains(role);
            let buckets = if whole { all.clone() } else { some.clone() };
            buckets.into_iter().map(move |bucket| (*role, bucket))
        })
    }
}

/// Accounts that have another organization, other policies above them or other settings.
fn accounts(old: &Estate, new: &Estate, same: &mut Same) -> BTreeSet<AccountId> {
    let mut all: BTreeSet<AccountId> = BTreeSet::new();
    for estate in [old, new] {
        all.extend(estate.accounts.keys());
        for organization in &estate.organizations {
            all.extend(organization.management_account);
            all.extend(organization.targets.iter().filter_map(|target| target.id.parse::<AccountId>().ok()));
        }
    }
    all.retain(|account| !same.account((old, new), *account));
    all
}

/// Whether something differs that no role and no bucket holds by itself.
fn everything(old: &Estate, new: &Estate, accounts: &BTreeSet<AccountId>, same: &mut Same) -> bool {
    fn objects(estate: &Estate) -> Vec<&Object> {
        estate.objects.iter().filter(|object| object.bucket().is_none()).collect()
    }
    let owned = |point: &AccessPoint| accounts.contains(&point.account);
    old.has_symbols != new.has_symbols
        || old.endpoints.len() != new.endpoints.len()
        || !old.endpoints.iter().zip(&new.endpoints).all(|(this, that)| same.endpoint(this, that))
        || old.endpoints.iter().any(|endpoint| endpoint.account.is_some_and(|a| accounts.contains(&a)))
        || old.access_points.len() != new.access_points.len()
        || !old.access_points.iter().zip(&new.access_points).all(|(this, that)| same.access_point(this, that))
        || old.access_points.iter().any(owned)
        || !alike(&[objects(old), objects(new)], Object::tells_the_same)
}

/// Roles that some association limits.
fn limited(estate: &Estate) -> BTreeSet<&str> {
    estate.workloads.iter().flat_map(Workload::limited_roles).collect()
}

fn names_differ(old: &Estate, new: &Estate, name: &str) -> bool {
    old.names.get(name) != new.names.get(name)
}

fn roles<'e>(
    old: &'e Estate,
    new: &'e Estate,
    accounts: &BTreeSet<AccountId>,
    same: &mut Same,
) -> BTreeSet<&'e str> {
    let limited = [limited(old), limited(new)];
    let is_limited = |arn: &str| limited.each_ref().map(|set| set.contains(arn));
    let all = both([&old.roles, &new.roles], |role: &Role| Some(role.arn.value.as_str()));
    all.into_iter()
        .filter(|(arn, sides)| {
            let account = arn.parse::<Arn>().ok().and_then(|arn| arn.account());
            let [before, after] = is_limited(arn);
            account.is_some_and(|account| accounts.contains(&account))
                || before != after
                || names_differ(old, new, arn)
                || !alike(sides, |this, that| same.role(this, that))
        })
        .map(|(arn, _)| arn)
        .collect()
}

/// The Regions in which some key differs, or the account of one.
fn regions<'e>(
    old: &'e Estate,
    new: &'e Estate,
    accounts: &BTreeSet<AccountId>,
    same: &mut Same,
) -> BTreeSet<&'e str> {
    let all = both([&old.keys, &new.keys], |key: &Key| Some(key.arn.value.region()));
    let is_of = |key: &Key| key.arn.value.account().is_some_and(|account| accounts.contains(&account));
    all.into_iter()
        .filter(|(_, sides)| {
            sides.iter().flatten().any(|key| is_of(key)) || !alike(sides, |this, that| same.key(this, that))
        })
        .map(|(region, _)| region)
        .collect()
}

fn buckets<'e>(
    old: &'e Estate,
    new: &'e Estate,
    accounts: &BTreeSet<AccountId>,
    same: &mut Same,
) -> BTreeSet<&'e str> {
    let regions = regions(old, new, accounts, same);
    let mut objects = both([&old.objects, &new.objects], Object::bucket);
    let all = both([&old.buckets, &new.buckets], |bucket: &Bucket| Some(bucket.name.as_str()));
    let depends = Depends { old, new, accounts, regions: &regions };
    let mut differs = |name: &str, sides: &[Vec<&Bucket>; 2]| {
        let of_bucket = objects.remove(name).unwrap_or_default();
        names_differ(old, new, name)
            || !alike(sides, |this, that| same.bucket(this, that))
            || !alike(&of_bucket, Object::tells_the_same)
            || sides.iter().flatten().any(|bucket| depends.of_bucket(bucket))
            || of_bucket.iter().flatten().any(|object| depends.of_object(object))
    };
    all.into_iter().filter(|(name, sides)| differs(name, sides)).map(|(name, _)| name).collect()
}

/// What a bucket may depend on beside its own facts.
struct Depends<'d> {
    old: &'d Estate,
    new: &'d Estate,
    accounts: &'d BTreeSet<AccountId>,
    regions: &'d BTreeSet<&'d str>,
}

impl Depends<'_> {
    fn is_of(&self, account: Option<AccountId>) -> bool {
        account.is_some_and(|account| self.accounts.contains(&account))
    }

    fn of_bucket(&self, bucket: &Bucket) -> bool {
        // Whom a policy lets upload may have used the key that AWS manages for them.
        let policy = bucket.policy.provided().and_then(Option::as_ref);
        let named = policy.into_iter().flat_map(|policy| policy.statements.iter());
        let mut named = named.flat_map(|statement| statement.principals.iter().flat_map(|s| s.listed()));
        let region = bucket.region.provided();
        self.is_of(bucket.account.provided().copied())
            || region.map_or(!self.regions.is_empty(), |region| self.regions.contains(region.as_str()))
            || bucket.key_references().any(|reference| self.of_key(reference))
            || (!self.accounts.is_empty() && named.any(|who| self.is_of(account_in(&who.value.text))))
    }

    fn of_object(&self, object: &Object) -> bool {
        let by_acl = |acl: &Acl| match acl {
            Acl::Account(account) => self.is_of(Some(*account)),
            Acl::Everyone => false,
        };
        self.is_of(object.owner)
            || object.acl_read.provided().into_iter().flatten().any(by_acl)
            || object.encryption.iter().filter_map(|e| e.key.as_ref()).any(|reference| self.of_key(reference))
    }

    fn of_key(&self, reference: &KeyReference) -> bool {
        match reference {
            KeyReference::Arn(arn) => self.regions.contains(arn.region()) || self.is_of(arn.account()),
            // Keys of the bucket's Region.
            KeyReference::Id(_) | KeyReference::Alias(_) => false,
            // Of several keys of a name, the one is meant that was read in the same file.
            KeyReference::Name(name) => {
                let keys = |estate: &Estate| {
                    let called = estate.names.get(&name.value).into_iter().flatten();
                    called.filter(|called| matches!(called, Called::Key(_))).count()
                };
                names_differ(self.old, self.new, &name.value) || keys(self.old) > 1
            }
        }
    }
}

/// The account of a principal, as a policy writes it.
fn account_in(text: &str) -> Option<AccountId> {
    text.parse::<AccountId>().ok().or_else(|| text.parse::<Arn>().ok()?.account())
}

#[cfg(test)]
mod tests;
