//! Who comes into question for a step, found without looking at every pair.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustc_hash::{FxHashMap, FxHashSet};

use super::Principal;
use super::context::mentions;
use crate::estate::{Estate, Known, Role, SharedPolicy, User, WorkloadKind};
use crate::name::{AccountId, ActionName, Arn, Lookup, Match, ResourcePattern};
use crate::policy::{Effect, Policy, Scope};
use crate::work;

/// The actions that turn a principal of an account into a role.
fn assume_role() -> ActionName {
    ActionName::of("sts", "AssumeRole")
}

/// Look-ups over one estate. Each index is built when it is first used.
#[derive(Debug)]
pub(crate) struct Index<'e> {
    estate: &'e Estate,
    /// Everyone of an account.
    members: Mutex<FxHashMap<AccountId, Arc<[Principal]>>>,
    /// Who of an account may assume which roles.
    allowed: Mutex<FxHashMap<AccountId, Arc<Allowed<'e>>>>,
    /// What policies let their owners assume, by their addresses.
    reach: Mutex<FxHashMap<usize, Arc<Reach<'e>>>>,
    /// Every account that has a role or a user, in order.
    accounts: OnceLock<Vec<AccountId>>,
    /// Roles and users whose unique id is unknown.
    without_id: OnceLock<[Vec<Principal>; 2]>,
}

/// Who of one account may assume roles.
#[derive(Debug, Default)]
struct Allowed<'e> {
    /// Exactly this role, by the role's ARN.
    exact: FxHashMap<&'e str, Vec<Principal>>,
    /// Roles by patterns.
    general: Vec<(Principal, Arc<Reach<'e>>)>,
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
        Self {
            estate,
            members: Mutex::default(),
            allowed: Mutex::default(),
            reach: Mutex::default(),
            accounts: OnceLock::new(),
            without_id: OnceLock::new(),
        }
    }

    fn roles_called(&self, name: &str) -> impl Iterator<Item = (usize, &'e Role)> + use<'e> {
        self.estate.roles.maybe_called_at(name)
    }

    fn users_called(&self, name: &str) -> impl Iterator<Item = (usize, &'e User)> + use<'e> {
        self.estate.users.maybe_called_at(name)
    }

    pub(crate) fn arn(&self, arn: &str) -> Option<Principal> {
        let user = self.users_called(arn).filter(|(_, user)| user.arn.value.as_str() == arn).last();
        if let Some((at, _)) = user {
            return Some(Principal::User(at));
        }
        let role = self.roles_called(arn).filter(|(_, role)| role.arn.value.as_str() == arn).last();
        role.map(|(at, _)| Principal::Role(at))
    }

    pub(crate) fn id(&self, id: &str) -> Option<Principal> {
        let user = self.users_called(id).filter(|(_, user)| user.id.as_deref() == Some(id)).last();
        if let Some((at, _)) = user {
            return Some(Principal::User(at));
        }
        let role = self.roles_called(id).filter(|(_, role)| role.id.as_deref() == Some(id)).last();
        role.map(|(at, _)| Principal::Role(at))
    }

    /// Those of which nobody told the id, which may be this one: ids of roles and of users start differently (R30).
    pub(crate) fn may_have_id(&self, id: &str) -> &[Principal] {
        let [roles, users] = self.without_id.get_or_init(|| {
            let estate = self.estate;
            work::did(estate.roles.len() + estate.users.len());
            let roles = estate.roles.iter().enumerate().filter(|(_, role)| role.id.is_none());
            let users = estate.users.iter().enumerate().filter(|(_, user)| user.id.is_none());
            [
                roles.map(|(at, _)| Principal::Role(at)).collect(),
                users.map(|(at, _)| Principal::User(at)).collect(),
            ]
        });
        match id.get(..4) {
            Some("AROA") => roles,
            Some("AIDA") => users,
            Some(_) | None => &[],
        }
    }

    /// A role by its account and name: an ARN of a session lacks the path.
    pub(crate) fn role_named(&self, account: AccountId, name: &str) -> Option<Principal> {
        let is_it =
            |(_, role): &(usize, &Role)| role.arn.value.account() == Some(account) && role.name() == name;
        self.roles_called(name).filter(is_it).last().map(|(at, _)| Principal::Role(at))
    }

    /// Everyone of an account.
    pub(crate) fn members(&self, account: AccountId) -> Arc<[Principal]> {
        let mut known = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        let members = known.entry(account).or_insert_with(|| {
            let text = account.to_string();
            let of = |arn: &Arn| arn.account() == Some(account);
            let roles = self.roles_called(&text).filter(|(_, role)| of(&role.arn.value));
            let users = self.users_called(&text).filter(|(_, user)| of(&user.arn.value));
            let roles = roles.map(|(at, _)| Principal::Role(at));
            roles.chain(users.map(|(at, _)| Principal::User(at))).collect()
        });
        Arc::clone(members)
    }

    pub(crate) fn accounts(&self) -> impl Iterator<Item = AccountId> {
        let accounts = self.accounts.get_or_init(|| {
            let estate = self.estate;
            work::did(estate.roles.len() + estate.users.len());
            let roles = estate.roles.iter().filter_map(|role| role.arn.value.account());
            let users = estate.users.iter().filter_map(|user| user.arn.value.account());
            let all: FxHashSet<AccountId> = roles.chain(users).collect();
            let mut accounts: Vec<AccountId> = all.into_iter().collect();
            accounts.sort_unstable();
            accounts
        });
        accounts.iter().copied()
    }

    /// What runs with a role, by position.
    pub(crate) fn workloads(&self, role: &str) -> impl Iterator<Item = usize> {
        let called = self.estate.workloads.maybe_called_at(role);
        called.filter(move |(_, workload)| workload.role.value.as_str() == role).map(|(at, _)| at)
    }

    /// Whether pods run with a role.
    pub(crate) fn has_pods(&self, role: &Role) -> bool {
        let is_pod = |at: usize| {
            let workload = self.estate.workloads.get(at);
            workload.is_some_and(|workload| matches!(workload.kind, WorkloadKind::PodIdentity { .. }))
        };
        self.workloads(role.arn.value.as_str()).any(is_pod)
    }

    /// Who of an account may be let by its own policies to assume the role; `None` for all accounts.
    pub(crate) fn allowed(&self, account: Option<AccountId>, role: &str) -> Vec<Principal> {
        let mut found: Vec<Principal> = Vec::new();
        let mut of = |account: AccountId| {
            let allowed = self.allowed_of(account);
            found.extend(allowed.exact.get(role).into_iter().flatten().cloned());
            work::did(allowed.general.len());
            let general = allowed.general.iter().filter(|(_, reach)| reach.may_be(role));
            found.extend(general.map(|(who, _)| who.clone()));
        };
        match account {
            Some(account) => of(account),
            None => self.accounts().for_each(of),
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    fn allowed_of(&self, account: AccountId) -> Arc<Allowed<'e>> {
        if let Some(known) = self.allowed.lock().unwrap_or_else(PoisonError::into_inner).get(&account) {
            return Arc::clone(known);
        }
        let mut allowed = Allowed::default();
        for principal in self.members(account).iter() {
            let Some(identity) = principal.identity(self.estate) else { continue };
            let Known::Provided(list) = identity.policies() else {
                let anything = Arc::new(Reach { anything: true, ..Reach::default() });
                allowed.general.push((principal.clone(), anything));
                continue;
            };
            for policy in list {
                let reach = self.reach(policy);
                for arn in &reach.exact {
                    let list = allowed.exact.entry(arn).or_default();
                    if list.last() != Some(principal) {
                        list.push(principal.clone());
                    }
                }
                if reach.anything || !reach.patterns.is_empty() {
                    allowed.general.push((principal.clone(), reach));
                }
            }
        }
        let allowed = Arc::new(allowed);
        let mut known = self.allowed.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(account, Arc::clone(&allowed));
        allowed
    }

    fn reach(&self, policy: &'e SharedPolicy) -> Arc<Reach<'e>> {
        let mut known = self.reach.lock().unwrap_or_else(PoisonError::into_inner);
        let reach = known.entry(Arc::as_ptr(policy).addr()).or_insert_with(|| {
            work::did(policy.statements.len());
            Arc::new(reach_of(policy))
        });
        Arc::clone(reach)
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
