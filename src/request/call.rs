//! A request with everything that has a say in it, ready to be decided in any world.

use std::sync::Arc;

use super::guardrails::{self, Guardrail, Hierarchy, hierarchy};
use super::{Asker, Assumed, Session};
use crate::estate::{Estate, Identity, Known, Level, Role, SharedPolicy};
use crate::eval::{
    Applicable, Caller, CallerKind, Context, Decision, Limit, Request, ResourceSide, Side, World, decide,
};
use crate::logic::Unknown;
use crate::name::{AccountId, ActionName};

/// What limits an account from above.
#[derive(Clone, Debug)]
pub(crate) struct Hierarchies {
    pub(crate) scps: Arc<Hierarchy>,
    pub(crate) rcps: Arc<Hierarchy>,
}

impl Hierarchies {
    /// SCPs of whoever asks, RCPs of whoever owns what is asked for; neither limits service-linked roles (R76, R79, R86).
    pub(crate) fn find(
        estate: &Estate,
        asker: &Asker<'_>,
        owner: Option<AccountId>,
        strict: bool,
        assumed: &mut Assumed,
    ) -> Self {
        let free = asker.identity.is_some_and(Identity::is_service_linked);
        let scps = if asker.caller.has_identity() && !free {
            hierarchy(estate, Guardrail::Scp, asker.caller.account, strict, assumed)
        } else {
            Hierarchy::None
        };
        let rcps =
            if free { Hierarchy::None } else { hierarchy(estate, Guardrail::Rcp, owner, strict, assumed) };
        Self { scps: Arc::new(scps), rcps: Arc::new(rcps) }
    }
}

/// One request of one asker.
#[derive(Clone, Debug)]
pub(crate) struct Call<'e> {
    pub(crate) caller: Caller,
    pub(crate) action: ActionName,
    pub(crate) resource: Box<str>,
    /// Who owns the resource.
    pub(crate) account: Option<AccountId>,
    pub(crate) context: Context,
    pub(crate) identity: Side<'e>,
    pub(crate) boundary: Limit<'e>,
    pub(crate) session: Limit<'e>,
    pub(crate) hierarchies: Hierarchies,
    pub(crate) side: ResourceSide<'e>,
}

impl Hierarchies {
    /// RCPs do not limit what a service does on its own with a service-linked role (R79, R86).
    #[must_use]
    pub(crate) fn about(self, asker: &Asker<'_>, target: &Role) -> Self {
        let linked = asker.caller.kind == CallerKind::Service && target.is_service_linked();
        if linked { Self { rcps: Arc::new(Hierarchy::None), ..self } } else { self }
    }
}

impl<'e> Call<'e> {
    pub(crate) fn applicable(&self) -> Applicable<'_> {
        Applicable {
            identity: self.identity.clone(),
            boundary: self.boundary.clone(),
            session: self.session.clone(),
            scps: self.hierarchies.scps.as_levels(),
            rcps: self.hierarchies.rcps.as_levels(),
            resource: self.side.clone(),
            ..Applicable::default()
        }
    }

    /// Every policy that has a say.
    pub(crate) fn policies(&self) -> impl Iterator<Item = &SharedPolicy> {
        let attached =
            [side(&self.identity), limit(&self.boundary), limit(&self.session), side(&self.side.policy)];
        let above = [levels(&self.hierarchies.scps), levels(&self.hierarchies.rcps)];
        let above = above.into_iter().flatten().filter_map(|level| level.policies.told()).flatten();
        attached.into_iter().flatten().chain(above)
    }

    pub(crate) fn request(&self) -> Request<'_> {
        Request {
            caller: &self.caller,
            action: &self.action,
            resource: &self.resource,
            within: None,
            resource_account: self.account,
            context: &self.context,
        }
    }

    pub(crate) fn decide<'c, W: World<'c>>(&'c self, world: &mut W) -> Decision<W::T> {
        decide(&self.applicable(), &self.request(), world)
    }
}

fn side<'p>(side: &Side<'p>) -> &'p [SharedPolicy] {
    match side {
        Side::Policies(policies) => policies,
        Side::LeftOut | Side::Nothing | Side::NotTold { .. } => &[],
    }
}

fn limit<'p>(limit: &Limit<'p>) -> &'p [SharedPolicy] {
    match limit {
        Limit::Policies(policies) => policies,
        Limit::None | Limit::NotTold(_) => &[],
    }
}

fn levels(hierarchy: &Hierarchy) -> &[Level] {
    match hierarchy {
        Hierarchy::Levels(levels) => levels,
        Hierarchy::None | Hierarchy::NotTold(_) => &[],
    }
}

/// The policies attached to whoever asks.
pub(crate) fn identity_side<'e>(asker: &Asker<'e>) -> Side<'e> {
    match asker.policies() {
        Known::Told(policies) => Side::Policies(policies),
        Known::NotTold => Side::NotTold {
            what: Unknown::not_supplied(
                format!("identity-based policies of {}", asker.name()),
                "the caller's policies were not supplied",
            ),
            denies: true,
        },
    }
}

/// What bounds whoever asks: the boundary of the role or user, and the policies of a role's session.
pub(crate) fn limits<'e>(
    asker: &Asker<'e>,
    session: &'e Session,
    strict: bool,
    assumed: &mut Assumed,
) -> (Limit<'e>, Limit<'e>) {
    let boundary = if asker.caller.has_identity() {
        guardrails::boundary(asker.boundary(), &asker.caller, strict, assumed)
    } else {
        Limit::None
    };
    let session = if asker.caller.kind == CallerKind::Role {
        guardrails::session(session, strict, assumed)
    } else {
        Limit::None
    };
    (boundary, session)
}
