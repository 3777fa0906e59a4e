//! What the policies of VPC endpoints say (R85).
//!
//! Sources: <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-vpc.html>

use super::statement::{self, Request, condition};
use super::{Evaluation, Gate, Matched, principals};
use crate::estate::SharedPolicy;
use crate::logic::Truth;
use crate::policy::{Effect, Test};

/// A VPC endpoint that conditions name, with its own policy: whoever meets such a condition passes it.
#[derive(Clone, Debug)]
pub struct NamedEndpoint {
    /// The request passes it.
    pub passed: Test,
    /// Its policy.
    pub policy: SharedPolicy,
    /// `Some(true)` for a gateway endpoint, `None` when the type is not known.
    pub is_gateway: Option<bool>,
}

/// What an endpoint lets pass, and what it refuses.
pub(super) struct Passage<T> {
    pub(super) allows: T,
    pub(super) denies: T,
}

/// What the policies of one endpoint say. A request through an access point needs an Allow of the access point and of the
/// bucket behind it, and a Deny of either refuses it.
pub(super) fn passage<'a, W: Evaluation<'a>>(
    world: &mut W,
    policies: &'a [SharedPolicy],
    is_gateway: Option<bool>,
    request: &Request<'_>,
    behind: Option<&Request<'_>>,
    passed: &W::T,
) -> Passage<W::T> {
    let no = || W::T::known(false);
    let (mut front, mut back, mut denies) = (no(), no(), no());
    for policy in policies {
        for statement in &policy.statements {
            let Some(scope) = &statement.principals else { continue };
            let covered = match statement.effect.value {
                Effect::Allow => principals::endpoint_covers(world, scope, request.caller, is_gateway),
                Effect::Deny => principals::covered(world, scope, request.caller).any(),
            };
            if covered.is_false() {
                continue;
            }
            let matched = covered.clone().and(statement::matches(world, statement, request));
            let beneath = match behind {
                Some(behind) => covered.and(statement::matches(world, statement, behind)),
                None => matched.clone(),
            };
            let spoken = matched.clone().or(beneath.clone()).and(passed.clone());
            if spoken.is_false() {
                continue;
            }
            world.matched(Gate::Endpoint, Matched::Statement { policy, statement }, &spoken);
            match statement.effect.value {
                Effect::Allow => (front, back) = (front.or(matched), back.or(beneath)),
                Effect::Deny => denies = denies.or(matched).or(beneath),
            }
        }
    }
    Passage { allows: front.and(back), denies }
}

/// What the endpoints that conditions name say, each where the request passes it.
pub(super) fn named<'a, W: Evaluation<'a>>(
    world: &mut W,
    endpoints: &'a [NamedEndpoint],
    request: &Request<'_>,
    behind: Option<&Request<'_>>,
) -> Option<Passage<W::T>> {
    let mut whole: Option<Passage<W::T>> = None;
    for endpoint in endpoints {
        let passed = condition(world, &endpoint.passed, request.context);
        if passed.is_false() {
            continue;
        }
        let policies = std::slice::from_ref(&endpoint.policy);
        let own = passage(world, policies, endpoint.is_gateway, request, behind, &passed);
        let allows = passed.clone().not().or(own.allows);
        let denies = passed.and(own.denies);
        whole = Some(match whole {
            None => Passage { allows, denies },
            Some(so_far) => Passage { allows: so_far.allows.and(allows), denies: so_far.denies.or(denies) },
        });
    }
    whole
}
