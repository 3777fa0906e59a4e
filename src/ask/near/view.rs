//! A request, as the search for causes looks at it.

use crate::estate::Estate;
use crate::eval::{ContextValue, PolicyPlace, Request};
use crate::logic::DomainValues;
use crate::name::ConditionKey;
use crate::policy::PrincipalKind;

/// A request, as the search for causes looks at it.
pub(super) struct View<'v> {
    pub(super) request: &'v Request<'v>,
    pub(super) estate: &'v Estate,
    /// The resource; of many objects their common start and a star.
    pub(super) resource: String,
    /// The object by the name of its bucket, where the request names an access point.
    pub(super) behind: Option<String>,
    /// What the request has for kms:ViaService.
    pub(super) via: Option<String>,
    pub(super) place: PolicyPlace,
    /// The policy is a limit: what it does not list does not pass.
    pub(super) limits: bool,
}

impl<'v> View<'v> {
    pub(super) fn new(request: &'v Request<'v>, estate: &'v Estate, place: PolicyPlace) -> Self {
        let key = crate::service::of(request.action.service()).via_key.map(ConditionKey::new);
        let via = match key.as_ref().map(|key| request.context.get(key)) {
            None => None,
            Some(slot) => first(slot),
        };
        let resource = match request.within {
            Some(within) => format!("{}*", within.known),
            None => request.resource.to_owned(),
        };
        Self { request, estate, resource, behind: None, via, place, limits: false }
    }

    /// The policy may be that of a gateway endpoint.
    pub(super) fn is_of_gateway(&self) -> bool {
        matches!(self.place, PolicyPlace::Endpoint(None | Some(true)))
    }

    pub(super) fn is_resource_policy(&self) -> bool {
        self.place == PolicyPlace::Resource
    }

    /// The first value that the request has for a key.
    pub(super) fn value(&self, key: &str) -> Option<String> {
        first(self.request.context.get(&ConditionKey::new(key)))
    }

    /// The Region of the service that calls.
    pub(super) fn region(&self) -> Option<&str> {
        self.via.as_deref()?.split('.').nth(1)
    }

    /// Whether a service uses the caller's role, or calls with its permissions: the role is meant where the service is named.
    pub(super) fn works_for(&self, service: &str) -> bool {
        let by = |via: &str| via.split('.').next() == service.split('.').next();
        if self.via.as_deref().is_some_and(by) {
            return true;
        }
        let role = self.estate.role(&self.request.caller.name).ok();
        let trust = role.and_then(|role| role.trust.provided());
        let named = trust
            .into_iter()
            .flat_map(|policy| policy.statements.iter())
            .filter_map(|s| s.principals.as_ref());
        named
            .flat_map(|scope| scope.listed())
            .any(|p| p.value.kind == PrincipalKind::Service && *p.value.text == *service)
    }
}

/// The first value of a key, where it is known.
fn first(slot: &ContextValue) -> Option<String> {
    match slot {
        ContextValue::Known { items, .. } => items.first().map(ToString::to_string),
        ContextValue::Open(open) => match &open.domain.values {
            DomainValues::OneOf(options) => options.first().map(ToString::to_string),
            DomainValues::Any | DomainValues::Superset(_) | DomainValues::Matching(_) => None,
        },
        ContextValue::Prefix(_)
        | ContextValue::Absent
        | ContextValue::Inherited(_)
        | ContextValue::Choice(_) => None,
    }
}
