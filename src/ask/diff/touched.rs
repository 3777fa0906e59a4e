//! The roles and buckets that differ between two estates, or depend on something that does. A role that does not differ can
//! do the same in both estates with a bucket that does not differ, so that pair is not asked about.

use std::collections::{BTreeMap, BTreeSet};

use crate::estate::{
    AccessPoint, Acl, Bucket, Called, Estate, Key, KeyReference, Listed, Object, Role, Same, Workload,
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

/// All of two lists, by name.
fn both<'e, T>(sides: [&'e Listed<T>; 2], name: impl Fn(&'e T) -> Option<&'e str>) -> Both<'e, T> {
    by_name(sides.map(Listed::iter), name)
}

/// What may differ in two lists, by name: the rest is the same in both.
fn both_of_edited<'e, T>(
    [old, new]: [&'e Listed<T>; 2],
    name: impl Fn(&'e T) -> Option<&'e str>,
) -> Both<'e, T> {
    let places = &old.may_differ(new);
    by_name([old, new].map(|list| places.iter().filter_map(|at| list.get(*at))), name)
}

fn by_name<'e, T: 'e>(
    sides: [impl Iterator<Item = &'e T>; 2],
    name: impl Fn(&'e T) -> Option<&'e str>,
) -> Both<'e, T> {
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

/// The names of what differs.
fn names_of<'e, T>(
    all: Both<'e, T>,
    mut differs: impl FnMut(&'e str, &[Vec<&'e T>; 2]) -> bool,
) -> BTreeSet<&'e str> {
    all.into_iter().filter(|(name, sides)| differs(name, sides)).map(|(name, _)| name).collect()
}

/// Two estates, and what was found so far.
struct Comparison<'e> {
    old: &'e Estate,
    new: &'e Estate,
    /// Accounts that have another organization, other policies above them or other settings.
    accounts: BTreeSet<AccountId>,
    same: Same,
}

impl<'e> Touched<'e> {
    pub(super) fn between(old: &'e Estate, new: &'e Estate) -> Self {
        let mut both = Comparison { old, new, accounts: BTreeSet::new(), same: Same::default() };
        both.accounts = both.accounts();
        let mut touched = Self { everything: both.everything(), ..Self::default() };
        if touched.everything {
            return touched;
        }
        touched.roles = both.roles();
        let regions = both.regions();
        touched.buckets = both.buckets(&regions);
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

/// Roles that some association limits.
fn limited(estate: &Estate) -> BTreeSet<&str> {
    estate.workloads.iter().flat_map(Workload::limited_roles).collect()
}

/// Objects of no single bucket.
fn of_many(estate: &Estate) -> Vec<&Object> {
    estate.objects.iter().filter(|object| object.bucket().is_none()).collect()
}

impl<'e> Comparison<'e> {
    fn accounts(&mut self) -> BTreeSet<AccountId> {
        let mut all: BTreeSet<AccountId> = BTreeSet::new();
        let (old, new) = (self.old, self.new);
        if old.accounts.is_of(&new.accounts) && old.organizations.may_differ(&new.organizations).is_empty() {
            return all;
        }
        for estate in [old, new] {
            all.extend(estate.accounts.keys());
            for organization in &estate.organizations {
                all.extend(organization.management_account);
                let targets = organization.targets.iter();
                all.extend(targets.filter_map(|target| target.id.parse::<AccountId>().ok()));
            }
        }
        all.retain(|account| !self.same.account((old, new), *account));
        all
    }

    /// Whether something differs that no role and no bucket holds by itself.
    fn everything(&mut self) -> bool {
        let Self { old, new, accounts, same } = self;
        let owned = |point: &AccessPoint| accounts.contains(&point.account);
        old.has_symbols != new.has_symbols
            || old.endpoints.len() != new.endpoints.len()
            || !old.endpoints.iter().zip(&new.endpoints).all(|(this, that)| same.endpoint(this, that))
            || old.endpoints.iter().any(|endpoint| endpoint.account.is_some_and(|a| accounts.contains(&a)))
            || old.access_points.len() != new.access_points.len()
            || !old
                .access_points
                .iter()
                .zip(&new.access_points)
                .all(|(this, that)| same.access_point(this, that))
            || old.access_points.iter().any(owned)
            || !alike(&[of_many(old), of_many(new)], Object::tells_the_same)
    }

    /// Whether a name may stand for something else.
    fn is_called_otherwise(&self, name: &str) -> bool {
        !self.old.names.is_of(&self.new.names) && self.old.names.get(name) != self.new.names.get(name)
    }

    /// Whether nothing beside them can make parts of the estates differ.
    fn is_by_itself(&self) -> bool {
        self.accounts.is_empty() && self.old.names.is_of(&self.new.names)
    }

    fn roles(&mut self) -> BTreeSet<&'e str> {
        let lists = [&self.old.roles, &self.new.roles];
        let name = |role: &'e Role| Some(role.arn.value.as_str());
        let is_limited_alike = self.old.workloads.may_differ(&self.new.workloads).is_empty();
        let limited = if is_limited_alike { Default::default() } else { [self.old, self.new].map(limited) };
        let some = self.is_by_itself() && is_limited_alike;
        let all = if some { both_of_edited(lists, name) } else { both(lists, name) };
        names_of(all, |arn, sides| {
            let account = sides.iter().flatten().find_map(|role| role.arn.value.account());
            let [before, after] = limited.each_ref().map(|set: &BTreeSet<&str>| set.contains(arn));
            account.is_some_and(|account| self.accounts.contains(&account))
                || before != after
                || self.is_called_otherwise(arn)
                || !alike(sides, |this, that| self.same.role(this, that))
        })
    }

    /// The Regions in which some key differs, or the account of one.
    fn regions(&mut self) -> BTreeSet<&'e str> {
        let lists = [&self.old.keys, &self.new.keys];
        let name = |key: &'e Key| Some(key.arn.value.region());
        let Self { accounts, same, .. } = self;
        let is_of = |key: &Key| key.arn.value.account().is_some_and(|account| accounts.contains(&account));
        let all = if accounts.is_empty() { both_of_edited(lists, name) } else { both(lists, name) };
        names_of(all, |_, sides| {
            sides.iter().flatten().any(|key| is_of(key)) || !alike(sides, |this, that| same.key(this, that))
        })
    }

    fn buckets(&mut self, regions: &BTreeSet<&str>) -> BTreeSet<&'e str> {
        let (old, new) = (self.old, self.new);
        let objects = old.objects.may_differ(&new.objects).is_empty();
        let some = self.is_by_itself() && regions.is_empty() && objects;
        let mut objects = if some { Both::new() } else { both([&old.objects, &new.objects], Object::bucket) };
        let name = |bucket: &'e Bucket| Some(bucket.name.as_str());
        let lists = [&old.buckets, &new.buckets];
        let all = if some { both_of_edited(lists, name) } else { both(lists, name) };
        names_of(all, |name, sides| {
            let of_bucket = objects.remove(name).unwrap_or_default();
            let is_alike = alike(sides, |this, that| self.same.bucket(this, that));
            let depends = Depends { both: self, regions };
            !is_alike
                || self.is_called_otherwise(name)
                || !alike(&of_bucket, Object::tells_the_same)
                || sides.iter().flatten().any(|bucket| depends.of_bucket(bucket))
                || of_bucket.iter().flatten().any(|object| depends.of_object(object))
        })
    }
}

/// What a bucket may depend on beside its own facts.
struct Depends<'d, 'e> {
    both: &'d Comparison<'e>,
    regions: &'d BTreeSet<&'d str>,
}

impl Depends<'_, '_> {
    fn is_of(&self, account: Option<AccountId>) -> bool {
        account.is_some_and(|account| self.both.accounts.contains(&account))
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
            || (!self.both.accounts.is_empty() && named.any(|who| self.is_of(account_in(&who.value.text))))
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
                self.both.is_called_otherwise(&name.value) || keys(self.both.old) > 1
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
