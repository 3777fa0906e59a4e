//! What the service of an action asks KMS for, with the permissions of its caller, in the course of the same request.

use crate::ask::GateVerdict;
use crate::estate::{Assumed, Key};
use crate::eval::Gate;
use crate::logic::{Atom, Cond, Unknown};
use crate::name::{AccountId, ActionName, partition};
use crate::operation::{Forwarder, LegRow, ServiceCall};
use crate::request::call::Call;
use crate::request::{DecisionContext, Forwarded, Leg, Requester, Way};
use crate::service::{Block, Blocked, DataKey, Resource, UnderKey};

/// The authorizations behind the one of the service itself.
#[derive(Debug, Default)]
pub(in crate::ask) struct Further<'e> {
    row: Option<&'static ServiceCall>,
    under: Option<Box<UnderKey<'e>>>,
    /// Why it is not known which key is asked for.
    open: Option<Unknown>,
}

impl<'e> Further<'e> {
    /// `by`: the account of the caller. The key that a service uses by default admits no other account. The key of a resource of
    /// another account is therefore unknown, unless an input describes it.
    pub(in crate::ask) fn of(
        ctx: &DecisionContext<'e>,
        action: &ActionName,
        found: &dyn Resource<'e>,
        by: Option<AccountId>,
        assumed: &mut Assumed,
    ) -> Self {
        let Some(row) = ServiceCall::find(action) else { return Self::default() };
        match found.data_key(ctx.estate, ctx.strict || by != found.owner(), assumed) {
            DataKey::None => Self::default(),
            DataKey::Under(under) => Self { row: Some(row), under: Some(under), open: None },
            DataKey::NotTold(why) => Self { row: None, under: None, open: Some(why) },
        }
    }

    /// The row, where it counts.
    pub(super) fn row(&self) -> Option<&'static ServiceCall> {
        self.row
    }

    /// The key, where the estate holds it.
    pub(in crate::ask) fn key(&self) -> Option<&'e Key> {
        self.under.as_ref().and_then(|under| under.key.key)
    }

    pub(super) fn under(&self) -> Option<&UnderKey<'e>> {
        self.under.as_deref()
    }

    /// What is not known of it.
    pub(in crate::ask) fn open(&self) -> Cond {
        self.open.as_ref().map_or(Cond::Known(true), |unknown| Cond::atom(Atom::Opaque(unknown.clone())))
    }

    /// The requests to KMS.
    pub(in crate::ask) fn calls(
        &self,
        ctx: &DecisionContext<'e>,
        by: &Requester<'e>,
        assumed: &mut Assumed,
    ) -> Vec<Call<'e>> {
        let (Some(row), Some(under)) = (self.row, &self.under) else { return Vec::new() };
        row.legs.iter().filter_map(|leg| call(ctx, by, leg, under, assumed)).collect()
    }

    /// What the readings of KMS's gates mean where no statement speaks.
    pub(super) fn note(&self, by: &Requester<'_>, gate: Gate, verdict: GateVerdict) -> Option<String> {
        let key = &self.under.as_ref()?.key;
        let name = by.short_name();
        let own = key.arn.account() == by.caller.account;
        let account = by.caller.account.map_or_else(String::new, |account| account.to_string());
        Some(match (gate, verdict) {
            (Gate::Identity, GateVerdict::Denied) => format!("no identity-based policy of {name} allows it"),
            (Gate::Identity, GateVerdict::NotApplicable) => {
                format!("the key policy or a grant lets {name} in by itself")
            }
            (Gate::Resource, GateVerdict::Denied) if key.is_managed() && !own => format!(
                "{} is the AWS managed key of another account; its fixed policy lets in only principals of {}",
                key.managed_name(),
                key.arn.account_text()
            ),
            (Gate::Resource, GateVerdict::Denied) if own => format!(
                "it names neither {name} nor lets account {account} delegate; IAM alone never opens a key"
            ),
            (Gate::Resource, GateVerdict::Denied) => match account.as_str() {
                "" => format!("it does not let {name} in"),
                account => format!("it lets in neither {name} nor account {account}"),
            },
            (Gate::Resource, _) if key.is_managed() => format!("the fixed policy of {}", key.managed_name()),
            (_, _) => return None,
        })
    }
}

/// One request to KMS.
fn call<'e>(
    ctx: &DecisionContext<'e>,
    by: &Requester<'e>,
    row: &'static LegRow,
    under: &UnderKey<'e>,
    assumed: &mut Assumed,
) -> Option<Call<'e>> {
    let action = ActionName::new(&row.action)?;
    let service = row.via.map(Forwarder::name)?;
    let key = &under.key;
    let forwarded = Forwarded {
        via: partition::via_services(service, key.arn.region()),
        is_second_request: true,
        pairs: under.pairs.clone(),
        has_all_pairs: true,
    };
    let leg = Leg { request: &row.action, way: Way::Forwarded(forwarded), ..Leg::of(&action) };
    let mut call = Call::build(ctx, by, &leg, key, assumed);
    if !key.is_symmetric() {
        let (spec, usage) = key.spec_and_usage();
        let why = format!("the key is {spec} for {usage}; {service} uses only symmetric encryption keys");
        call.blocked = Some(Blocked { by: Block::KeyType, why });
    }
    Some(call)
}
