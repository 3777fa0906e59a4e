//! One statement, element by element: which of them keep it from speaking to a request.

use super::statement::{self, Request};
use super::{Kleene, principals};
use crate::logic::Truth;
use crate::name::{ActionPattern, ResourcePattern};
use crate::policy::{PrincipalPattern, Scope, Statement, Test};

/// A part of a statement that a request has to meet.
#[derive(Copy, Clone, Debug)]
pub enum Element<'a> {
    /// `Principal` or `NotPrincipal`.
    Principal(&'a Scope<PrincipalPattern>),
    /// `Action` or `NotAction`.
    Action(&'a Scope<ActionPattern>),
    /// `Resource` or `NotResource`.
    Resource(&'a Scope<ResourcePattern>),
    /// One line of the condition block.
    Condition(&'a Test),
}

/// Where a statement stands, as far as that changes what its elements mean.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum PolicyPlace {
    /// Policies without principals.
    Attached,
    /// The policy of the resource, or of an access point.
    Resource,
    /// The policy of a VPC endpoint, `Some(true)` for a gateway (R85).
    Endpoint(Option<bool>),
}

/// The elements that a request does not meet, whatever is not known of it. Each is asked by itself, and what may be met is
/// left out.
pub fn unmet<'a>(statement: &'a Statement, request: &Request<'_>, place: PolicyPlace) -> Vec<Element<'a>> {
    let mut out = Vec::new();
    if let Some(scope) = &statement.principals {
        let covered = match place {
            PolicyPlace::Endpoint(kind) => {
                principals::endpoint_covers(&mut Kleene, scope, request.caller, kind)
            }
            PolicyPlace::Attached | PolicyPlace::Resource => {
                principals::covered(&mut Kleene, scope, request.caller).any()
            }
        };
        if covered.is_false() {
            out.push(Element::Principal(scope));
        }
    }
    if statement::action(&mut Kleene, &statement.actions, request).is_false() {
        out.push(Element::Action(&statement.actions));
    }
    if let Some(scope) = &statement.resources
        && statement::resource(&mut Kleene, scope, request).is_false()
    {
        out.push(Element::Resource(scope));
    }
    for test in &statement.tests {
        let never = place == PolicyPlace::Resource && statement::is_of_key_aliases(test, request);
        if never || statement::condition(&mut Kleene, test, request.context).is_false() {
            out.push(Element::Condition(test));
        }
    }
    out
}
