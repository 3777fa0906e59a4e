//! What every step is decided in, and the principals that ask for it, each made ready once.

use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::Principal;
use crate::estate::{Assumed, Estate};
use crate::eval::{Circumstances, ContextValue};
use crate::name::{AccountId, ActionName};
use crate::policy::{Effect, Policy};
use crate::request::call::{AsCaller, Call};
use crate::request::{DecisionContext, Leg, Requester, Way};
use crate::service::{self, Other};

/// An estate made ready for many decisions.
#[derive(Debug)]
pub struct TrustContext<'e> {
    pub(crate) ctx: Arc<DecisionContext<'e>>,
    /// What each caller holds in every request to STS.
    callers: Mutex<FxHashMap<Principal, Arc<AsCaller<'e>>>>,
}

/// How many callers are kept.
const MOST_CALLERS: usize = 8192;

impl<'e> TrustContext<'e> {
    /// What all steps are decided in.
    pub fn new(estate: &'e Estate, circumstances: &'e Circumstances, strict: bool) -> Self {
        Self { ctx: Arc::new(DecisionContext::new(estate, circumstances, strict)), callers: Mutex::default() }
    }

    /// What is known of a caller of STS, made once.
    pub(crate) fn caller(
        &self,
        principal: &Principal,
        make: impl FnOnce() -> Option<Requester<'e>>,
    ) -> Option<Arc<AsCaller<'e>>> {
        let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = callers.get(principal) {
            return Some(Arc::clone(known));
        }
        let made = Arc::new(self.as_caller(make()?));
        if callers.len() >= MOST_CALLERS {
            callers.clear();
        }
        callers.insert(principal.clone(), Arc::clone(&made));
        Some(made)
    }

    /// A principal made ready to ask STS.
    pub(crate) fn as_caller(&self, requester: Requester<'e>) -> AsCaller<'e> {
        AsCaller::new(&self.ctx, requester, service::of("sts"))
    }

    /// A request for something that does not exist yet, or of which only the ARN matters. `known` are context keys that it
    /// is known to hold.
    pub(crate) fn call(
        &self,
        requester: &Requester<'e>,
        action: &ActionName,
        resource: &str,
        owner: Option<AccountId>,
        known: &[(&str, ContextValue)],
    ) -> Call<'e> {
        let leg = Leg { known, way: Way::Direct, ..Leg::of(action) };
        let resource = Other::new(resource, owner);
        let mut call = Call::build(&self.ctx, requester, &leg, &resource, &mut Assumed::default());
        // What is made anew has a name of the caller's choice.
        call.context.symbols = true;
        call.context.alone = true;
        call
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
