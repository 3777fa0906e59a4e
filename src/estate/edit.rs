//! A copy of an estate in which a policy is another one.

use std::sync::Arc;

use super::{Attached, Estate, Known, SharedPolicy};
use crate::policy::Policy;

impl Estate {
    /// Every place that holds a policy, of whatever kind.
    pub(crate) fn policies_mut(&mut self) -> impl Iterator<Item = &mut SharedPolicy> {
        fn told<T>(known: &mut Known<T>) -> Option<&mut T> {
            match known {
                Known::Provided(value) => Some(value),
                Known::NotProvided => None,
            }
        }
        let attached = |known| match told(known) {
            Some(Attached::Policies(policies)) => Some(policies),
            Some(Attached::Off) | None => None,
        };
        let roles = self.roles.iter_mut().flat_map(|role| {
            let own = told(&mut role.policies).into_iter().flatten();
            own.chain(told(&mut role.boundary).into_iter().flatten()).chain(told(&mut role.trust))
        });
        let users = self.users.iter_mut().flat_map(|user| {
            let own = told(&mut user.policies).into_iter().flatten();
            own.chain(told(&mut user.boundary).into_iter().flatten())
        });
        let keys = self.keys.iter_mut().filter_map(|key| told(&mut key.policy));
        let buckets = self.buckets.iter_mut().filter_map(|bucket| told(&mut bucket.policy)).flatten();
        let stores = self.stores.iter_mut().filter_map(|store| told(&mut store.policy)).flatten();
        let points = self.access_points.iter_mut().filter_map(|point| told(&mut point.policy)).flatten();
        let endpoints = self.endpoints.iter_mut().filter_map(|endpoint| told(&mut endpoint.policy)).flatten();
        let targets = self.organizations.iter_mut().flat_map(|organization| &mut organization.targets);
        let targets = targets
            .flat_map(move |t| attached(&mut t.scps).into_iter().chain(attached(&mut t.rcps)))
            .flatten();
        let own = roles.chain(users).chain(keys).chain(buckets).chain(stores);
        own.chain(points).chain(endpoints).chain(targets)
    }

    /// Puts another policy in the place of one, wherever it is attached; whether it is anywhere.
    pub(crate) fn replace_policy(
        &mut self,
        which: impl Fn(&Policy) -> bool,
        other: impl Fn(&Policy) -> Option<Policy>,
    ) -> bool {
        let mut found = false;
        for policy in self.policies_mut().filter(|policy| which(policy)) {
            if let Some(other) = other(policy) {
                *policy = Arc::new(other);
                found = true;
            }
        }
        found
    }
}
