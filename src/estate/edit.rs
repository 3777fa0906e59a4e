//! A copy of an estate in which a policy is another one.

use std::sync::Arc;

use super::listed::{Holds, replace_policies};
use super::{
    AccessPoint, Attached, Bucket, Endpoint, Estate, Key, Known, Role, SharedPolicy, Store, Target, User,
};
use crate::policy::Policy;
use crate::source::Span;

impl Estate {
    /// All policies of every kind, once for each attachment.
    pub(crate) fn policies(&self) -> Vec<&SharedPolicy> {
        let mut all = Vec::new();
        let mut see = |policy| all.push(policy);
        self.roles.iter().for_each(|role| role.each_policy(&mut see));
        self.users.iter().for_each(|user| user.each_policy(&mut see));
        self.keys.iter().for_each(|key| key.each_policy(&mut see));
        self.buckets.iter().for_each(|bucket| bucket.each_policy(&mut see));
        self.stores.iter().for_each(|store| store.each_policy(&mut see));
        self.access_points.iter().for_each(|point| point.each_policy(&mut see));
        self.endpoints.iter().for_each(|endpoint| endpoint.each_policy(&mut see));
        let targets = self.organizations.iter().flat_map(|organization| &organization.targets);
        targets.for_each(|target| target.each_policy(&mut see));
        all
    }

    /// All policies in an order that does not depend on which file was read first: those of an owner lie together.
    #[cfg(feature = "cli")]
    pub(crate) fn policies_by_owner(&self) -> Vec<&SharedPolicy> {
        let mut all: Vec<(String, &SharedPolicy)> = Vec::new();
        for role in &self.roles {
            role.each_policy(&mut |policy| all.push((role.arn.value.to_string(), policy)));
        }
        for user in &self.users {
            user.each_policy(&mut |policy| all.push((user.arn.value.to_string(), policy)));
        }
        for key in &self.keys {
            key.each_policy(&mut |policy| all.push((key.arn.value.to_string(), policy)));
        }
        for bucket in &self.buckets {
            bucket.each_policy(&mut |policy| all.push((format!("bucket {}", bucket.name), policy)));
        }
        for store in &self.stores {
            store.each_policy(&mut |policy| all.push((store.arn.value.to_string(), policy)));
        }
        for point in &self.access_points {
            let owner = format!("access point {} {:?}", point.name, point.account);
            point.each_policy(&mut |policy| all.push((owner.clone(), policy)));
        }
        for endpoint in &self.endpoints {
            endpoint.each_policy(&mut |policy| all.push((format!("endpoint {}", endpoint.id), policy)));
        }
        for target in self.organizations.iter().flat_map(|organization| &organization.targets) {
            target.each_policy(&mut |policy| all.push((format!("target {}", target.id), policy)));
        }
        // The sort is stable.
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all.into_iter().map(|(_, policy)| policy).collect()
    }

    /// Puts another policy in the place of one that is at this place, or has a statement there, wherever it is attached;
    /// whether it is anywhere.
    pub(crate) fn replace_policy(
        &mut self,
        place: Span,
        which: impl Fn(&Policy) -> bool,
        other: impl Fn(&Policy) -> Option<Policy>,
    ) -> bool {
        // Those who share a policy go on sharing it.
        let mut made: Vec<(SharedPolicy, Option<SharedPolicy>)> = Vec::new();
        let mut other = |policy: &SharedPolicy| {
            if !which(policy) {
                return None;
            }
            if let Some((_, made)) = made.iter().find(|(known, _)| Arc::ptr_eq(known, policy)) {
                return made.clone();
            }
            let new = other(policy).map(Arc::new);
            made.push((Arc::clone(policy), new.clone()));
            new
        };
        let text = place.source;
        let mut found = replace_policies(&mut self.roles, text, &mut other);
        found |= replace_policies(&mut self.users, text, &mut other);
        found |= replace_policies(&mut self.keys, text, &mut other);
        found |= replace_policies(&mut self.buckets, text, &mut other);
        found |= replace_policies(&mut self.stores, text, &mut other);
        found |= replace_policies(&mut self.access_points, text, &mut other);
        found |= replace_policies(&mut self.endpoints, text, &mut other);
        for at in 0..self.organizations.len() {
            let Some(organization) = self.organizations.get(at) else { continue };
            let mut targets = organization.targets.clone();
            if replace_policies(&mut targets, text, &mut other)
                && let Some(organization) = self.organizations.get_mut(at)
            {
                organization.targets = targets;
                found = true;
            }
        }
        found
    }
}

fn told<T>(known: &mut Known<T>) -> Option<&mut T> {
    match known {
        Known::Provided(value) => Some(value),
        Known::NotProvided => None,
    }
}

impl Holds for Role {
    fn each_policy<'n>(&'n self, see: &mut dyn FnMut(&'n SharedPolicy)) {
        self.policies.provided().into_iter().flatten().for_each(&mut *see);
        self.boundary.provided().into_iter().flatten().for_each(&mut *see);
        self.trust.provided().into_iter().for_each(see);
    }

    fn each_policy_mut(&mut self, change: &mut dyn FnMut(&mut SharedPolicy)) {
        told(&mut self.policies).into_iter().flatten().for_each(&mut *change);
        told(&mut self.boundary).into_iter().flatten().for_each(&mut *change);
        told(&mut self.trust).into_iter().for_each(change);
    }
}

impl Holds for User {
    fn each_policy<'n>(&'n self, see: &mut dyn FnMut(&'n SharedPolicy)) {
        self.policies.provided().into_iter().flatten().for_each(&mut *see);
        self.boundary.provided().into_iter().flatten().for_each(see);
    }

    fn each_policy_mut(&mut self, change: &mut dyn FnMut(&mut SharedPolicy)) {
        told(&mut self.policies).into_iter().flatten().for_each(&mut *change);
        told(&mut self.boundary).into_iter().flatten().for_each(change);
    }
}

impl Holds for Key {
    fn each_policy<'n>(&'n self, see: &mut dyn FnMut(&'n SharedPolicy)) {
        self.policy.provided().into_iter().for_each(see);
    }

    fn each_policy_mut(&mut self, change: &mut dyn FnMut(&mut SharedPolicy)) {
        told(&mut self.policy).into_iter().for_each(change);
    }
}

/// What has one policy, or none.
macro_rules! holds_one {
    ($($kind:ty),*) => {$(
        impl Holds for $kind {
            fn each_policy<'n>(&'n self, see: &mut dyn FnMut(&'n SharedPolicy)) {
                self.policy.provided().into_iter().flatten().for_each(see);
            }

            fn each_policy_mut(&mut self, change: &mut dyn FnMut(&mut SharedPolicy)) {
                told(&mut self.policy).into_iter().flatten().for_each(change);
            }
        }
    )*};
}

holds_one!(Bucket, Store, AccessPoint, Endpoint);

impl Holds for Target {
    fn each_policy<'n>(&'n self, see: &mut dyn FnMut(&'n SharedPolicy)) {
        for attached in [&self.scps, &self.rcps] {
            if let Known::Provided(Attached::Policies(policies)) = attached {
                policies.iter().for_each(&mut *see);
            }
        }
    }

    fn each_policy_mut(&mut self, change: &mut dyn FnMut(&mut SharedPolicy)) {
        for attached in [&mut self.scps, &mut self.rcps] {
            if let Known::Provided(Attached::Policies(policies)) = attached {
                policies.iter_mut().for_each(&mut *change);
            }
        }
    }
}
