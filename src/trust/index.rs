//! Who comes into question for a step, found without looking at every pair.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::Principal;
use super::context::mentions;
use crate::estate::{Estate, Identity, Known, Role, SharedPolicy, WorkloadKind};
use crate::name::{AccountId, ActionName, Lookup, Match, ResourcePattern};
use crate::policy::{Effect, Policy, Scope};

/// The actions that turn a principal of an account into a role.
fn assume_role() -> ActionName {
    ActionName::of("sts", "AssumeRole")
}

/// Look-ups over one estate.
#[derive(Debug, Default)]
pub(crate) struct Index<'e> {
    by_arn: FxHashMap<&'e str, Principal>,
    by_id: FxHashMap<&'e str, Principal>,
    /// Roles and users of which nobody told the id.
    without_id: [Vec<Principal>; 2],
    /// Account and name: an ARN of a session lacks the path.
    by_name: FxHashMap<AccountId, FxHashMap<&'e str, Principal>>,
    /// Everyone of an account.
    members: FxHashMap<AccountId, Vec<Principal>>,
    /// Who may assume exactly this role, by the role's ARN.
    exact: FxHashMap<&'e str, Vec<Principal>>,
    /// Who may assume roles by patterns, by account.
    general: FxHashMap<AccountId, Vec<(Principal, Arc<Reach<'e>>)>>,
    /// What runs with a role.
    workloads: FxHashMap<&'e str, Vec<usize>>,
}

/// The roles a policy may let its owner assume.
#[derive(Debug, Default)]
struct Reach<'e> {
    exact: Vec<&'e str>,
    patterns: Vec<&'e ResourcePattern>,
    /// `NotResource`, or policies that are not known.
    anything: bool,
}

impl Reach<'_> {
    fn may_be(&self, arn: &str) -> bool {
        // A variable may stand for anything here: who asks is not looked at yet.
        let meets = |pattern: &&ResourcePattern| {
            let open = |_: &_| Lookup::Unknown;
            pattern.matches(arn, &open) != Match::No || pattern.may_match(arn, &open)
        };
        self.anything || self.patterns.iter().any(meets)
    }
}

impl<'e> Index<'e> {
    pub(crate) fn new(estate: &'e Estate) -> Self {
        let mut index = Self::default();
        let mut policies: FxHashMap<*const Policy, Arc<Reach<'e>>> = FxHashMap::default();
        let users =
            estate.users.iter().enumerate().map(|(at, user)| (Principal::User(at), Identity::User(user)));
        let roles =
            estate.roles.iter().enumerate().map(|(at, role)| (Principal::Role(at), Identity::Role(role)));
        for (principal, identity) in roles.chain(users) {
            index.by_arn.insert(identity.arn().as_str(), principal.clone());
            if let Some(id) = identity.id() {
                index.by_id.insert(id, principal.clone());
            } else {
                let [roles, users] = &mut index.without_id;
                let list = if identity.role().is_some() { roles } else { users };
                list.push(principal.clone());
            }
            let Some(account) = identity.account() else { continue };
            index.members.entry(account).or_default().push(principal.clone());
            if identity.role().is_some() {
                index.by_name.entry(account).or_default().insert(identity.name(), principal.clone());
            }
            index.reach(&principal, account, identity.policies(), &mut policies);
        }
        for (at, workload) in estate.workloads.iter().enumerate() {
            index.workloads.entry(workload.role.value.as_str()).or_default().push(at);
        }
        index
    }

    fn reach(
        &mut self,
        principal: &Principal,
        account: AccountId,
        told: &'e Known<Vec<SharedPolicy>>,
        known: &mut FxHashMap<*const Policy, Arc<Reach<'e>>>,
    ) {
        let Known::Provided(list) = told else {
            let anything = Arc::new(Reach { anything: true, ..Reach::default() });
            self.general.entry(account).or_default().push((principal.clone(), anything));
            return;
        };
        for policy in list {
            let reach = known.entry(Arc::as_ptr(policy)).or_insert_with(|| Arc::new(reach_of(policy)));
            for arn in &reach.exact {
                let list = self.exact.entry(arn).or_default();
                if list.last() != Some(principal) {
                    list.push(principal.clone());
                }
            }
            if reach.anything || !reach.patterns.is_empty() {
                self.general.entry(account).or_default().push((principal.clone(), Arc::clone(reach)));
            }
        }
    }

    pub(crate) fn arn(&self, arn: &str) -> Option<&Principal> {
        self.by_arn.get(arn)
    }

    pub(crate) fn id(&self, id: &str) -> Option<&Principal> {
        self.by_id.get(id)
    }

    /// Those of which nobody told the id, which may be this one: ids of roles and of users start differently (R30).
    pub(crate) fn may_have_id(&self, id: &str) -> &[Principal] {
        let [roles, users] = &self.without_id;
        match id.get(..4) {
            Some("AROA") => roles,
            Some("AIDA") => users,
            Some(_) | None => &[],
        }
    }

    pub(crate) fn role_named(&self, account: AccountId, name: &str) -> Option<&Principal> {
        self.by_name.get(&account)?.get(name)
    }

    pub(crate) fn members(&self, account: AccountId) -> &[Principal] {
        self.members.get(&account).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn accounts(&self) -> impl Iterator<Item = AccountId> {
        let mut accounts: Vec<AccountId> = self.members.keys().copied().collect();
        accounts.sort_unstable();
        accounts.into_iter()
    }

    pub(crate) fn workloads(&self, role: &str) -> &[usize] {
        self.workloads.get(role).map_or(&[], Vec::as_slice)
    }

    /// Whether pods run with a role.
    pub(crate) fn has_pods(&self, estate: &Estate, role: &Role) -> bool {
        let is_pod = |at: &usize| {
            let workload = estate.workloads.get(*at);
            workload.is_some_and(|workload| matches!(workload.kind, WorkloadKind::PodIdentity { .. }))
        };
        self.workloads(role.arn.value.as_str()).iter().any(is_pod)
    }

    /// Who of an account may be let by its own policies to assume the role; `None` for all accounts.
    pub(crate) fn allowed(&self, estate: &Estate, account: Option<AccountId>, role: &str) -> Vec<Principal> {
        let exact = self.exact.get(role).map_or(&[][..], Vec::as_slice);
        let here = |principal: &&Principal| account.is_none() || principal.account(estate) == account;
        let mut found: Vec<Principal> = exact.iter().filter(here).cloned().collect();
        let mut general = |account: &AccountId| {
            let list = self.general.get(account).map_or(&[][..], Vec::as_slice);
            found.extend(list.iter().filter(|(_, reach)| reach.may_be(role)).map(|(who, _)| who.clone()));
        };
        match account {
            Some(account) => general(&account),
            None => self.accounts().for_each(|account| general(&account)),
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

fn reach_of(policy: &Policy) -> Reach<'_> {
    let mut reach = Reach::default();
    let action = assume_role();
    if !mentions(policy, &action) {
        return reach;
    }
    for statement in policy.statements.iter().filter(|s| s.effect.value == Effect::Allow) {
        let covers = |scope: &Scope<crate::name::ActionPattern>| match scope {
            Scope::In(list) => list.iter().any(|p| p.value.covers(&action) != Some(false)),
            Scope::NotIn(list) => !list.iter().any(|p| p.value.covers(&action) == Some(true)),
        };
        if !covers(&statement.actions) {
            continue;
        }
        match &statement.resources {
            Some(Scope::In(list)) => {
                for pattern in list {
                    if pattern.value.is_exact() {
                        reach.exact.push(pattern.value.as_str());
                    } else {
                        reach.patterns.push(&pattern.value);
                    }
                }
            }
            Some(Scope::NotIn(_)) | None => reach.anything = true,
        }
    }
    reach
}
