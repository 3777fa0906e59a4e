//! A request with everything that has a say in it, ready to be decided in any world. [`Call::build`] makes it of an
//! estate, [`Call::of_documents`] of documents given with the request; both apply the same rules on what limits whom.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::forwarded::Forwarded;
use super::guardrails::{self, Guardrail, Hierarchy};
use super::leg::{Leg, Way};
use super::{DecisionContext, Requester, context};
use crate::estate::{Assumed, Assumption, EndpointType, Known, Level, SharedPolicy};
use crate::eval::{
    Applicable, Caller, CallerKind, Context, ControlPolicies, Decision, Evaluation, KnownPrefix, Limit,
    NamedEndpoint, Request, Side, decide,
};
use crate::logic::{Atom, Cond, Truth, Unknown, UnknownKind};
use crate::name::{ActionName, ConditionKey, symbol};
use crate::service::{self, Asked, Blocked, OwnSide, Resource, Service};
use crate::source::SourceId;
use crate::work;

/// A principal, and what it brings to every request to one service.
#[derive(Clone, Debug)]
pub(crate) struct AsCaller<'e> {
    pub(crate) requester: Requester<'e>,
    pub(crate) context: Arc<Context>,
}

impl<'e> AsCaller<'e> {
    pub(crate) fn new(ctx: &DecisionContext<'e>, requester: Requester<'e>, service: &Service) -> Self {
        let context = Arc::new(context::of_caller(ctx, &requester, service, "", &Way::Direct));
        Self { requester, context }
    }
}

/// What a caller brings to the requests of one leg: made once for each way that they take.
#[derive(Debug, Default)]
pub(crate) struct SharedCaller(RefCell<Vec<(WayOf, Arc<Context>)>>);

/// A way, as far as it says what the caller brings.
#[derive(Debug, PartialEq, Eq)]
enum WayOf {
    Direct,
    Any,
    Forwarded { via: Vec<String>, is_second_request: bool },
}

impl WayOf {
    fn is(&self, way: &Way) -> bool {
        match (self, way) {
            (Self::Direct, Way::Direct) | (Self::Any, Way::Any) => true,
            (Self::Forwarded { via, is_second_request }, Way::Forwarded(forwarded)) => {
                *via == forwarded.via && *is_second_request == forwarded.is_second_request
            }
            (Self::Direct | Self::Any | Self::Forwarded { .. }, _) => false,
        }
    }

    fn of(way: &Way) -> Self {
        match way {
            Way::Direct => Self::Direct,
            Way::Any => Self::Any,
            Way::Forwarded(forwarded) => {
                Self::Forwarded { via: forwarded.via.clone(), is_second_request: forwarded.is_second_request }
            }
        }
    }
}

impl SharedCaller {
    /// A request of the leg, as the estate tells it.
    pub(crate) fn call<'e>(
        &self,
        ctx: &DecisionContext<'e>,
        requester: &Requester<'e>,
        leg: &Leg<'_>,
        resource: &dyn Resource<'e>,
        assumed: &mut Assumed,
    ) -> Call<'e> {
        let service = service::of(leg.action.service());
        let way = way(ctx, service, leg);
        let known =
            self.0.borrow().iter().find(|(known, _)| known.is(&way)).map(|(_, context)| Arc::clone(context));
        let of_caller = known.unwrap_or_else(|| {
            work::did(1);
            let made = Arc::new(context::of_caller(ctx, requester, service, leg.request, &way));
            self.0.borrow_mut().push((WayOf::of(&way), Arc::clone(&made)));
            made
        });
        Call::over_on(&way, &of_caller, ctx, requester, leg, resource, assumed)
    }
}

/// What limits accounts from above: the caller's, and the owner's of the resource.
#[derive(Clone, Debug)]
enum Above<'e> {
    Estate(Arc<Hierarchy>),
    Given(&'e [Level]),
}

impl Above<'_> {
    fn levels(&self) -> ControlPolicies<'_> {
        match self {
            Self::Estate(hierarchy) => hierarchy.as_levels(),
            Self::Given([]) => ControlPolicies::None,
            Self::Given(levels) => ControlPolicies::Known(levels),
        }
    }

    fn list(&self) -> &[Level] {
        match self {
            Self::Estate(hierarchy) => hierarchy.list(),
            Self::Given(levels) => levels,
        }
    }
}

/// One request of one principal.
#[derive(Clone, Debug)]
pub(crate) struct Call<'e> {
    pub(crate) caller: Caller,
    pub(crate) action: ActionName,
    pub(crate) resource: Box<str>,
    within: Option<KnownPrefix>,
    pub(crate) context: Context,
    identity: Side<'e>,
    boundary: Limit<'e>,
    session: Limit<'e>,
    scps: Above<'e>,
    rcps: Above<'e>,
    side: OwnSide<'e>,
    requires_resource_policy: bool,
    endpoint: Limit<'e>,
    endpoint_is_gateway: Option<bool>,
    named_endpoints: Vec<NamedEndpoint>,
    /// What stops the request though policies allow it.
    pub(crate) blocked: Option<Blocked>,
    /// What must hold besides, and is not known.
    pub(crate) unless: Vec<Unknown>,
    /// The service that makes it for the caller.
    pub(crate) made_by: Option<String>,
}

/// The documents of a request that brings its own.
#[derive(Clone, Debug)]
pub(crate) struct Documents<'e> {
    pub(crate) identity: &'e [SharedPolicy],
    pub(crate) boundary: &'e [SharedPolicy],
    pub(crate) session: Option<&'e [SharedPolicy]>,
    pub(crate) scps: &'e [Level],
    pub(crate) rcps: &'e [Level],
    pub(crate) endpoint: Option<&'e [SharedPolicy]>,
    pub(crate) side: OwnSide<'e>,
}

impl<'e> Call<'e> {
    /// A request as the estate tells it.
    pub(crate) fn build(
        ctx: &DecisionContext<'e>,
        requester: &Requester<'e>,
        leg: &Leg<'_>,
        resource: &dyn Resource<'e>,
        assumed: &mut Assumed,
    ) -> Self {
        let service = service::of(leg.action.service());
        let way = way(ctx, service, leg);
        let of_caller = context::of_caller(ctx, requester, service, leg.request, &way);
        Self::over_on(&way, &Arc::new(of_caller), ctx, requester, leg, resource, assumed)
    }

    /// The same, where what its caller brings is known already.
    pub(crate) fn over(
        of_caller: &Arc<Context>,
        ctx: &DecisionContext<'e>,
        requester: &Requester<'e>,
        leg: &Leg<'_>,
        resource: &dyn Resource<'e>,
        assumed: &mut Assumed,
    ) -> Self {
        let way = way(ctx, service::of(leg.action.service()), leg);
        Self::over_on(&way, of_caller, ctx, requester, leg, resource, assumed)
    }

    /// The same in a way that is known.
    fn over_on(
        way: &Way,
        of_caller: &Arc<Context>,
        ctx: &DecisionContext<'e>,
        requester: &Requester<'e>,
        leg: &Leg<'_>,
        resource: &dyn Resource<'e>,
        assumed: &mut Assumed,
    ) -> Self {
        let service = service::of(leg.action.service());
        let asked = Asked {
            estate: ctx.estate,
            action: leg.action,
            caller: &requester.caller,
            circumstances: ctx.circumstances,
            network: &ctx.network,
            strict: ctx.strict,
        };
        let context = context::of_request(of_caller, ctx, service, resource, &asked, leg, way);
        // Neither SCPs nor RCPs limit service-linked roles (R76, R79, R86).
        let is_service_linked = requester.is_service_linked();
        let none = || Above::Given(&[]);
        let scps = if requester.caller.has_identity() && !is_service_linked {
            Above::Estate(ctx.hierarchy(Guardrail::Scp, requester.caller.account, assumed))
        } else {
            none()
        };
        let rcps = if is_service_linked || resource.is_beyond_rcps(&asked) {
            none()
        } else {
            Above::Estate(ctx.hierarchy(Guardrail::Rcp, resource.owner(), assumed))
        };
        let side = resource.side(&asked, assumed);
        let (boundary, session) = guardrails::limits(ctx, requester, assumed);
        let passes_endpoint = service.has_told_endpoints && !matches!(way, Way::Forwarded(_));
        let endpoint = if passes_endpoint { guardrails::endpoint(ctx, assumed) } else { Limit::None };
        let kind = ctx.endpoint.filter(|_| passes_endpoint).and_then(|endpoint| endpoint.kind.provided());
        guardrails::snapshots(ctx.estate, requester.policies(), requester.boundary(), assumed);
        let blocked = resource.block(&asked);
        let unless = if blocked.is_none() { resource.unless(&asked, assumed) } else { Vec::new() };
        let mut call = Self {
            caller: requester.caller.clone(),
            action: leg.action.clone(),
            resource: resource.arn().into(),
            within: resource.within().cloned(),
            context,
            identity: guardrails::identity(requester),
            boundary,
            session,
            scps,
            rcps,
            side,
            requires_resource_policy: service.requires_resource_policy(resource.arn()),
            endpoint,
            endpoint_is_gateway: kind.map(|kind| *kind == EndpointType::Gateway),
            named_endpoints: Vec::new(),
            blocked,
            unless,
            made_by: match way {
                Way::Forwarded(forwarded) => Some(forwarded.service()),
                Way::Direct | Way::Any => None,
            },
        };
        if passes_endpoint {
            call.named_endpoints = guardrails::named_endpoints(ctx, call.policies(), assumed);
        }
        call.note_granted(ctx, requester, assumed);
        call
    }

    /// What loaders took for granted where they read a policy that has a say, or the file that declares the caller.
    fn note_granted(&mut self, ctx: &DecisionContext<'e>, requester: &Requester<'e>, assumed: &mut Assumed) {
        let granted = &ctx.estate.granted;
        if granted.is_empty() {
            return;
        }
        let declared =
            requester.identity.as_ref().and_then(|identity| identity.role()).map(|role| role.arn.span.source);
        let mut files: BTreeSet<SourceId> = declared.into_iter().collect();
        for policy in self.policies() {
            granted.within(policy.span).for_each(|assumption| assumed.granted(assumption));
            files.insert(policy.span.source);
        }
        let mut open = None;
        for of_file in files.into_iter().flat_map(|file| granted.of_file(file)) {
            if ctx.strict && of_file.is_open {
                open.get_or_insert(&of_file.assumption);
            } else {
                assumed.granted(&of_file.assumption);
            }
        }
        if let Some(Assumption { what, because, .. }) = open {
            let what = Unknown::new(UnknownKind::NotSupplied, what.clone(), because.clone());
            self.identity = Side::NotProvided { what, denies: true };
        }
    }

    /// A request that brings its documents and its context.
    pub(crate) fn of_documents(
        caller: &Caller,
        action: &ActionName,
        resource: &str,
        context: Context,
        documents: Documents<'e>,
    ) -> Self {
        let service = service::of(action.service());
        let limit = |list: Option<&'e [SharedPolicy]>| list.map_or(Limit::None, Limit::Policies);
        let is_service_linked = caller.is_service_linked();
        let scps_apply = caller.has_identity() && !is_service_linked;
        let rcps_apply = !is_service_linked && action.folded() != "kms:retiregrant";
        Self {
            caller: caller.clone(),
            action: action.clone(),
            resource: resource.into(),
            within: None,
            context,
            identity: Side::Policies(documents.identity),
            boundary: limit(Some(documents.boundary).filter(|list| !list.is_empty())),
            session: limit(documents.session),
            scps: Above::Given(if scps_apply { documents.scps } else { &[] }),
            rcps: Above::Given(if rcps_apply { documents.rcps } else { &[] }),
            side: documents.side,
            requires_resource_policy: service.requires_resource_policy(resource),
            endpoint: limit(documents.endpoint),
            named_endpoints: Vec::new(),
            endpoint_is_gateway: if service.may_have_gateway_endpoint { None } else { Some(false) },
            blocked: None,
            unless: Vec::new(),
            made_by: None,
        }
    }

    pub(crate) fn applicable(&self) -> Applicable<'_> {
        Applicable {
            identity: self.identity.clone(),
            boundary: self.boundary.clone(),
            session: self.session.clone(),
            scps: self.scps.levels(),
            rcps: self.rcps.levels(),
            resource: self.side.view(self.requires_resource_policy),
            endpoint: self.endpoint.clone(),
            endpoint_is_gateway: self.endpoint_is_gateway,
            named_endpoints: &self.named_endpoints,
        }
    }

    /// Every policy that has a say.
    pub(crate) fn policies(&self) -> impl Iterator<Item = &SharedPolicy> {
        let identity = match &self.identity {
            Side::Policies(policies) => *policies,
            Side::LeftOut | Side::Nothing | Side::NotProvided { .. } => &[],
        };
        let point = self.side.access_point.as_ref().map_or(&[][..], |point| point.list());
        let attached = [
            identity,
            limit(&self.boundary),
            limit(&self.session),
            self.side.policy.list(),
            point,
            limit(&self.endpoint),
        ];
        let above = [self.scps.list(), self.rcps.list()];
        let above = above.into_iter().flatten().filter_map(|level| level.policies.provided()).flatten();
        attached.into_iter().flatten().chain(above)
    }

    /// Whether a policy or a grant that has a say asks for the encryption context.
    pub(crate) fn asks_for_encryption_context(&self) -> bool {
        // A name that is open may be that of any key.
        let is_about = |key: &ConditionKey| {
            key.folded().starts_with("kms:encryptioncontext") || symbol::is_in(key.as_str())
        };
        let asks =
            |policy: &SharedPolicy| policy.statements.iter().any(|statement| statement.asks_for(is_about));
        let grants = match &self.side.grants {
            Known::Provided(grants) => grants.iter().any(|grant| !grant.constraints.is_empty()),
            Known::NotProvided => false,
        };
        grants || self.policies().any(asks) || self.named_endpoints.iter().any(|named| asks(&named.policy))
    }

    /// Session tags that nobody told are taken not to be there, where a policy asks for tags of the principal: whoever
    /// assumes the role may pass some (R46).
    pub(crate) fn note_session_tags(&self, ctx: &DecisionContext<'_>, assumed: &mut Assumed) {
        let is_open = !ctx.strict && !ctx.circumstances.session.tags.is_provided();
        if is_open && self.caller.kind == CallerKind::Role && self.policies().any(asks_for_principal_tags) {
            assumed.note("no session tags", "none were given, and they would override the role's tags");
        }
    }

    /// The same request for another permission.
    pub(crate) fn for_action(&self, action: ActionName) -> Self {
        Self { action, ..self.clone() }
    }

    pub(crate) fn request(&self) -> Request<'_> {
        Request {
            caller: &self.caller,
            action: &self.action,
            resource: &self.resource,
            within: self.within.as_ref(),
            resource_account: self.side.owner,
            context: &self.context,
        }
    }

    /// What policies say of it.
    pub(crate) fn decide<'c, W: Evaluation<'c>>(&'c self, world: &mut W) -> Decision<W::T> {
        decide(&self.applicable(), &self.request(), world)
    }

    /// What else must hold for the request to work, beside the policies.
    pub(crate) fn beside(&self) -> Cond {
        if self.blocked.is_some() {
            return Cond::Known(false);
        }
        let open = |unknown: &Unknown| Cond::atom(Atom::Opaque(unknown.clone()));
        self.unless.iter().fold(Cond::Known(true), |all, unknown| all.and(open(unknown)))
    }

    /// When the request works.
    pub(crate) fn works(&self) -> Cond {
        self.decide(&mut crate::eval::Symbolic).allowed.and(self.beside())
    }
}

/// How the request is made, by the leg or as the question tells it by hand.
fn way(ctx: &DecisionContext<'_>, service: &Service, leg: &Leg<'_>) -> Way {
    match (&leg.way, service.via_key) {
        (Way::Any, Some(key)) if ctx.is_absent(key) => Way::Direct,
        (Way::Any, Some(key)) => Forwarded::told(ctx, key).map_or(Way::Any, Way::Forwarded),
        // No other service has calls made for a principal that say so in a key of their own.
        (Way::Any, None) => Way::Direct,
        (way, _) => way.clone(),
    }
}

fn asks_for_principal_tags(policy: &SharedPolicy) -> bool {
    let is_tag = |key: &ConditionKey| key.folded().starts_with("aws:principaltag/");
    policy.statements.iter().any(|statement| statement.asks_for(is_tag))
}

fn limit<'p>(limit: &Limit<'p>) -> &'p [SharedPolicy] {
    match limit {
        Limit::Policies(policies) => policies,
        Limit::None | Limit::NotProvided(_) => &[],
    }
}
