//! What every step is decided on: the estate, what limits each account from above, and who may call what at all.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::Principal;
use crate::estate::{Estate, Identity};
use crate::eval::{Context, ResourceSide, Slot};
use crate::name::{AccountId, ActionName};
use crate::policy::{Effect, Policy};
use crate::request::call::{self, Call, Hierarchies};
use crate::request::guardrails::{Guardrail, Hierarchy, hierarchy};
use crate::request::keys::{self, Who};
use crate::request::sts::{self, Scene};
use crate::request::{Asker, Assumed, Assumption, Circumstances};

/// An estate made ready for many decisions.
#[derive(Debug)]
pub struct Ground<'e> {
    pub(crate) estate: &'e Estate,
    pub(crate) strict: bool,
    /// What is told of every request: nothing, or what the question says.
    pub(crate) circumstances: Circumstances,
    limits: BTreeMap<AccountId, Hierarchies>,
    none: Arc<Hierarchy>,
    assumed: Assumed,
    /// What each caller holds in every request to STS.
    callers: Mutex<FxHashMap<Principal, Arc<AsCaller<'e>>>>,
}

/// A principal that asks STS, and what it holds in every request.
#[derive(Debug)]
pub(crate) struct AsCaller<'e> {
    pub(crate) asker: Asker<'e>,
    pub(crate) context: Arc<Context>,
}

/// How many callers are kept.
const MOST_CALLERS: usize = 8192;

impl<'e> Ground<'e> {
    pub fn new(estate: &'e Estate, circumstances: Circumstances, strict: bool) -> Self {
        let mut assumed = Assumed::default();
        let none = Arc::new(Hierarchy::None);
        let mut accounts: Vec<AccountId> = estate.accounts.keys().copied().collect();
        let roles = estate.roles.iter().map(|role| role.arn.value.account());
        let users = estate.users.iter().map(|user| user.arn.value.account());
        let keys = estate.keys.iter().map(|key| key.arn.value.account());
        let buckets = estate.buckets.iter().map(|bucket| bucket.account.told().copied());
        accounts.extend(roles.chain(users).chain(keys).chain(buckets).flatten());
        accounts.sort_unstable();
        accounts.dedup();
        let of = |account: AccountId, assumed: &mut Assumed| Hierarchies {
            scps: Arc::new(hierarchy(estate, Guardrail::Scp, Some(account), strict, assumed)),
            rcps: Arc::new(hierarchy(estate, Guardrail::Rcp, Some(account), strict, assumed)),
        };
        let limits = accounts.into_iter().map(|account| (account, of(account, &mut assumed))).collect();
        let callers = Mutex::default();
        Self { estate, strict, circumstances, limits, none, assumed, callers }
    }

    /// What was taken for granted of the accounts.
    pub fn assumptions(&self) -> Vec<Assumption> {
        self.assumed.list().to_vec()
    }

    /// SCPs of whoever asks and RCPs of the owner; neither limits service-linked roles (R76, R79, R86).
    pub(crate) fn hierarchies(&self, asker: &Asker<'_>, owner: Option<AccountId>) -> Hierarchies {
        let free = asker.identity.is_some_and(Identity::is_service_linked);
        let of = |account: Option<AccountId>| account.and_then(|account| self.limits.get(&account));
        let scps = of(asker.caller.account).filter(|_| asker.caller.has_identity() && !free);
        let rcps = of(owner).filter(|_| !free);
        Hierarchies {
            scps: scps.map_or_else(|| Arc::clone(&self.none), |limits| Arc::clone(&limits.scps)),
            rcps: rcps.map_or_else(|| Arc::clone(&self.none), |limits| Arc::clone(&limits.rcps)),
        }
    }

    /// What is known of a caller of STS, made once.
    pub(crate) fn caller(
        &self,
        principal: &Principal,
        make: impl FnOnce() -> Option<Asker<'e>>,
    ) -> Option<Arc<AsCaller<'e>>> {
        let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = callers.get(principal) {
            return Some(Arc::clone(known));
        }
        let asker = make()?;
        let scene = self.scene();
        let context = Arc::new(sts::of_caller(scene, &asker));
        let made = Arc::new(AsCaller { asker, context });
        if callers.len() >= MOST_CALLERS {
            callers.clear();
        }
        callers.insert(principal.clone(), Arc::clone(&made));
        Some(made)
    }

    pub(crate) fn scene(&self) -> Scene<'_> {
        Scene { estate: self.estate, circumstances: &self.circumstances, strict: self.strict }
    }

    /// Any request, with the resource's own side. `known` are context keys that the request is known to hold.
    pub(crate) fn call<'c>(
        &'c self,
        asker: &Asker<'c>,
        action: ActionName,
        resource: &str,
        owner: Option<AccountId>,
        known: &[(&str, Slot)],
        side: ResourceSide<'c>,
    ) -> Call<'c> {
        let mut unread = Assumed::default();
        let circumstances = &self.circumstances;
        let (boundary, session) = call::limits(asker, &circumstances.session, self.strict, &mut unread);
        let mut context = Context::new("", keys::open(true, "it depends on the request"));
        context.symbols = self.estate.has_symbols;
        if asker.caller.has_identity() {
            let who = Who {
                estate: self.estate,
                caller: &asker.caller,
                role: asker.identity.and_then(Identity::role),
                tags: asker.tags(),
                session_tags: &circumstances.session.tags,
                strict: self.strict,
            };
            keys::principal(&mut context, &who);
        }
        context.set("aws:ViaAWSService", Slot::one("false"));
        context.set("aws:SecureTransport", Slot::one("true"));
        keys::network(&mut context, self.estate, &circumstances.whole_network(), None);
        keys::resource_account(&mut context, self.estate, owner);
        for (key, slot) in known {
            context.set(key, slot.clone());
        }
        keys::given(&mut context, circumstances, &|_| true);
        keys::follow(&mut context);
        keys::follow_network(&mut context);
        Call {
            caller: asker.caller.clone(),
            action,
            resource: resource.into(),
            account: owner,
            context,
            identity: call::identity_side(asker),
            boundary,
            session,
            hierarchies: self.hierarchies(asker, owner),
            side,
        }
    }
}

/// Whether a policy has an Allow that may be about the action.
pub(crate) fn mentions(policy: &Policy, action: &ActionName) -> bool {
    policy.statements.iter().any(|statement| {
        let covers = |listed: &[crate::source::Spanned<crate::name::ActionPattern>]| {
            listed.iter().any(|pattern| pattern.value.covers(action) != Some(false))
        };
        let all = |listed: &[crate::source::Spanned<crate::name::ActionPattern>]| {
            listed.iter().any(|pattern| pattern.value.covers(action) == Some(true))
        };
        statement.effect.value == Effect::Allow
            && match &statement.actions {
                crate::policy::Scope::In(list) => covers(list),
                crate::policy::Scope::NotIn(list) => !all(list),
            }
    })
}
