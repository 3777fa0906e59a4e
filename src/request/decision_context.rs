//! What all requests of one question are decided in.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::guardrails::{Guardrail, Hierarchy, hierarchy};
use super::keys::through_endpoint;
use crate::estate::{Assumed, Assumption, Endpoint, Estate};
use crate::eval::{Circumstances, Given, Network};
use crate::logic::KeyRelation;
use crate::name::AccountId;
use crate::service::{OfOrganization, organization};

/// An estate, what is known of the request, and what limits each account from above.
#[derive(Debug)]
pub struct DecisionContext<'e> {
    pub(crate) estate: &'e Estate,
    /// What is told of every request: nothing, or what the question says.
    pub(crate) circumstances: &'e Circumstances,
    /// What was not supplied makes an answer conditional instead of an assumption.
    pub(crate) strict: bool,
    /// Where the request comes from, by all that was told of it.
    pub(crate) network: Network,
    /// The VPC endpoint that it passes.
    pub(crate) endpoint: Option<&'e Endpoint>,
    /// Values that go together by what was told of the VPC endpoints.
    pub(crate) facts: Vec<KeyRelation>,
    hierarchies: Mutex<BTreeMap<(Guardrail, Option<AccountId>), Limits>>,
    organizations: Mutex<FxHashMap<Option<AccountId>, Arc<OfOrganization>>>,
}

/// A hierarchy, and what was taken for granted of it.
#[derive(Clone, Debug)]
struct Limits {
    hierarchy: Arc<Hierarchy>,
    assumed: Arc<[Assumption]>,
}

impl<'e> DecisionContext<'e> {
    /// What all requests of one question are decided in.
    pub fn new(estate: &'e Estate, circumstances: &'e Circumstances, strict: bool) -> Self {
        let network = circumstances.whole_network();
        let endpoint = match (&network.endpoint, &network.vpc) {
            (Some(id), _) => estate.endpoint(id),
            (None, Some(vpc)) => only_endpoint(estate, vpc),
            (None, None) => None,
        };
        let facts = facts_of_endpoints(estate, network.vpc.as_deref());
        let (hierarchies, organizations) = (Mutex::default(), Mutex::default());
        Self { estate, circumstances, strict, network, endpoint, facts, hierarchies, organizations }
    }

    /// The organization of an account, found once.
    pub(crate) fn organization(&self, account: Option<AccountId>) -> Arc<OfOrganization> {
        let mut known = self.organizations.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.entry(account).or_insert_with(|| Arc::new(organization(self.estate, account)));
        Arc::clone(found)
    }

    /// Whether some session of a role is limited by the policy of an association (R140).
    pub(crate) fn is_limited_by_association(&self, role: &str) -> bool {
        self.estate
            .workloads
            .maybe_called(role)
            .any(|workload| workload.limited_roles().any(|arn| arn == role))
    }

    /// The levels of SCPs or RCPs above an account, found once.
    pub(crate) fn hierarchy(
        &self,
        guardrail: Guardrail,
        account: Option<AccountId>,
        assumed: &mut Assumed,
    ) -> Arc<Hierarchy> {
        let mut known = self.hierarchies.lock().unwrap_or_else(PoisonError::into_inner);
        let limits = known.entry((guardrail, account)).or_insert_with(|| {
            let mut assumed = Assumed::default();
            let found = hierarchy(self.estate, guardrail, account, self.strict, &mut assumed);
            Limits { hierarchy: Arc::new(found), assumed: assumed.into_list().into() }
        });
        for assumption in limits.assumed.iter() {
            assumed.note(assumption.what.clone(), assumption.because.clone());
        }
        Arc::clone(&limits.hierarchy)
    }

    /// What is taken for granted of every account that the estate knows.
    pub fn assumptions(&self) -> Vec<Assumption> {
        let estate = self.estate;
        let mut accounts: Vec<AccountId> = estate.accounts.keys().copied().collect();
        let roles = estate.roles.iter().map(|role| role.arn.value.account());
        let users = estate.users.iter().map(|user| user.arn.value.account());
        let keys = estate.keys.iter().map(|key| key.arn.value.account());
        let buckets = estate.buckets.iter().map(|bucket| bucket.account.provided().copied());
        accounts.extend(roles.chain(users).chain(keys).chain(buckets).flatten());
        accounts.sort_unstable();
        accounts.dedup();
        let mut assumed = Assumed::default();
        for account in accounts {
            for guardrail in [Guardrail::Scp, Guardrail::Rcp] {
                self.hierarchy(guardrail, Some(account), &mut assumed);
            }
        }
        assumed.into_list()
    }

    /// The one value that was told of a context key by hand.
    pub(crate) fn told(&self, key: &str) -> Option<&'e str> {
        match self.by_hand(key)? {
            Given::Values(values) => match values.as_slice() {
                [only] => Some(only),
                [] | [_, ..] => None,
            },
            Given::Absent => None,
        }
    }

    /// The request is known to pass no VPC endpoint: it comes from a public address, or lacks a key that all requests
    /// through an endpoint have.
    pub(crate) fn passes_no_endpoint(&self) -> bool {
        self.network.is_public()
            || (!self.network.through_endpoint() && through_endpoint().any(|key| self.is_absent(key)))
    }

    /// A context key is known to be missing.
    pub(crate) fn is_absent(&self, key: &str) -> bool {
        matches!(self.by_hand(key), Some(Given::Absent))
    }

    fn by_hand(&self, key: &str) -> Option<&'e Given> {
        let given = self.circumstances.context.iter().rev();
        given.into_iter().find(|(told, _)| told.folded().eq_ignore_ascii_case(key)).map(|(_, value)| value)
    }
}

/// The one endpoint of a VPC that was told.
fn only_endpoint<'e>(estate: &'e Estate, vpc: &str) -> Option<&'e Endpoint> {
    let mut found = estate.endpoints.iter().filter(|e| e.vpc.as_deref() == Some(vpc));
    match (found.next(), found.next()) {
        (Some(only), None) => Some(only),
        (_, _) => None,
    }
}

fn facts_of_endpoints(estate: &Estate, vpc: Option<&str>) -> Vec<KeyRelation> {
    let of = |e: &Endpoint| {
        let fact = |other: &'static str, holds: &str| KeyRelation {
            key: "aws:sourcevpce",
            value: e.id.as_str().into(),
            other: Some((other, holds.into())),
        };
        // A request from another VPC does not pass it.
        let elsewhere = vpc.is_some_and(|vpc| e.vpc.as_deref().is_some_and(|own| own != vpc));
        let never = KeyRelation { key: "aws:sourcevpce", value: e.id.as_str().into(), other: None };
        let account = e.account.map(|a| a.to_string());
        let inside = e.vpc.as_deref().map(|vpc| fact("aws:sourcevpc", vpc));
        let told = inside.into_iter().chain(account.map(|a| fact("aws:vpceaccount", &a)));
        told.chain(elsewhere.then_some(never)).collect::<Vec<_>>()
    };
    estate.endpoints.iter().flat_map(of).collect()
}
