//! The statements behind a gate that come nearest to letting a request pass.

use std::cmp::Reverse;

use super::view::View;
use super::{Miss, MissedElement, Near, action, condition, grant, principal, resource};
use crate::diagnostic::Cause;
use crate::estate::{Estate, Known, SharedPolicy};
use crate::eval::{Applicable, ControlPolicies, Element, Gate, Limit, PolicyPlace, Request, Side, unmet};
use crate::name::Arn;
use crate::policy::{Effect, Policy, PrincipalKind, Scope, Statement};
use crate::source::SourceId;

/// Farther statements are about something else.
const FARTHEST: u32 = 4;

/// What lies around a request beside the policies that decide it.
#[derive(Copy, Clone)]
pub(in crate::ask) struct Surroundings<'e> {
    pub(in crate::ask) estate: &'e Estate,
    /// A policy that statements for this request may have ended up in: the bucket's, of a request to KMS.
    pub(in crate::ask) elsewhere: Option<&'e SharedPolicy>,
}

/// The statements of a gate that come near, the nearest first.
pub(in crate::ask) fn near(
    gate: Gate,
    applicable: &Applicable<'_>,
    request: &Request<'_>,
    around: Surroundings<'_>,
) -> Vec<Near> {
    let behind = applicable.resource.behind;
    let beneath = behind.map(|target| Request { resource: target.arn, within: target.within, ..*request });
    let mut found: Vec<Near> = Vec::new();
    let mut look = |policies: &[SharedPolicy], request: &Request<'_>, place: PolicyPlace| {
        let mut view = View::new(request, around.estate, place);
        view.limits = matches!(gate, Gate::Boundary | Gate::Session | Gate::Scp | Gate::Endpoint);
        view.behind = behind.map(|target| target.arn.to_owned()).filter(|arn| *arn != view.resource);
        found.extend(policies.iter().flat_map(|policy| of_policy(policy, &view)));
    };
    match gate {
        Gate::Identity => look(listed(&applicable.identity), request, PolicyPlace::Attached),
        Gate::Boundary => look(limiting(&applicable.boundary), request, PolicyPlace::Attached),
        Gate::Session => look(limiting(&applicable.session), request, PolicyPlace::Attached),
        Gate::Scp => {
            let ControlPolicies::Known(levels) = &applicable.scps else { return Vec::new() };
            for level in *levels {
                if let Known::Provided(policies) = &level.policies
                    && !policies.iter().any(|policy| lets(policy, request))
                {
                    look(policies, request, PolicyPlace::Attached);
                }
            }
        }
        Gate::Resource => {
            look(
                listed(&applicable.resource.policy),
                beneath.as_ref().unwrap_or(request),
                PolicyPlace::Resource,
            );
            if let Some(point) = &applicable.resource.access_point {
                look(listed(point), request, PolicyPlace::Resource);
            }
        }
        Gate::Endpoint => {
            let place = PolicyPlace::Endpoint(applicable.endpoint_is_gateway);
            look(limiting(&applicable.endpoint), request, place);
            for endpoint in applicable.named_endpoints {
                look(
                    std::slice::from_ref(&endpoint.policy),
                    request,
                    PolicyPlace::Endpoint(endpoint.is_gateway),
                );
            }
        }
        Gate::Rcp | Gate::Grant | Gate::Ownership | Gate::PublicAccess => return Vec::new(),
    }
    if gate == Gate::Resource
        && let Known::Provided(grants) = &applicable.resource.grants
    {
        found.extend(grant::near(grants, &View::new(request, around.estate, PolicyPlace::Resource)));
    }
    if gate == Gate::Resource
        && let Some(policy) = around.elsewhere
    {
        let view = View::new(request, around.estate, PolicyPlace::Resource);
        found.extend(misplaced(policy, &view));
    }
    found.retain(|near| !near.misses.is_empty() && near.distance() <= FARTHEST);
    // The sort is stable: what is left is the order of the file.
    found.sort_by_key(|near| (near.distance(), Reverse(near.names_caller), near.is_of_other_actions()));
    let mut out: Vec<Near> = Vec::new();
    for near in found {
        if !out.iter().any(|other| other.span == near.span) {
            out.push(near);
        }
    }
    out
}

fn listed<'p>(side: &Side<'p>) -> &'p [SharedPolicy] {
    match side {
        Side::Policies(policies) => policies,
        Side::LeftOut | Side::Nothing | Side::NotProvided { .. } => &[],
    }
}

fn limiting<'p>(limit: &Limit<'p>) -> &'p [SharedPolicy] {
    match limit {
        Limit::Policies(policies) => policies,
        Limit::None | Limit::NotProvided(_) => &[],
    }
}

fn allowing(policy: &Policy) -> impl Iterator<Item = &Statement> {
    // Policies that are written nowhere have no place to show.
    let is_written = policy.span.source != SourceId::LONE;
    policy.statements.iter().filter(move |s| is_written && s.effect.value == Effect::Allow)
}

fn lets(policy: &Policy, request: &Request<'_>) -> bool {
    let mut allowing = policy.statements.iter().filter(|s| s.effect.value == Effect::Allow);
    allowing.any(|statement| unmet(statement, request, PolicyPlace::Attached).is_empty())
}

fn of_policy(policy: &Policy, view: &View<'_>) -> Vec<Near> {
    let meant = allowing(policy).filter(|statement| !serves_owner(statement, view));
    meant.filter_map(|statement| of_statement(policy, statement, view)).collect()
}

fn of_statement(policy: &Policy, statement: &Statement, view: &View<'_>) -> Option<Near> {
    let elements = unmet(statement, view.request, view.place);
    let names_caller = statement.principals.is_some()
        && !elements.iter().any(|element| matches!(element, Element::Principal(_)));
    let misses: Option<Vec<Miss>> = elements.iter().map(|element| miss(*element, statement, view)).collect();
    let misses = misses?;
    Some(put(policy, statement, misses, names_caller))
}

fn put(policy: &Policy, statement: &Statement, misses: Vec<Miss>, names_caller: bool) -> Near {
    Near {
        span: statement.span,
        pointer: policy.statement_pointer(statement),
        sid: statement.sid.as_ref().map(|sid| sid.value.to_string()),
        misses,
        names_caller,
    }
}

/// None where the statement is about something else altogether.
fn miss(element: Element<'_>, statement: &Statement, view: &View<'_>) -> Option<Miss> {
    let (found, name, has) = match element {
        Element::Principal(scope) => {
            (principal::miss(scope, view), MissedElement::Principal, view.request.caller.name.to_string())
        }
        Element::Action(scope) => return action::miss(scope, view),
        Element::Resource(scope) => {
            (resource::miss(scope, view), MissedElement::Resource, view.resource.clone())
        }
        Element::Condition(test) => return Some(condition::miss(test, view)),
    };
    // An empty list covers nothing.
    Some(found.unwrap_or_else(|| Miss {
        element: name,
        key: None,
        operator: None,
        written: Vec::new(),
        request: Some(vec![has]),
        cause: None,
        at: statement.span,
        why: format!("its {} covers nothing", name.as_str()),
        repair: None,
    }))
}

/// A statement for principals of the resource's own account, of a request from another one.
fn serves_owner(statement: &Statement, view: &View<'_>) -> bool {
    let (Some(owner), Some(caller)) = (view.request.resource_account, view.request.caller.account) else {
        return false;
    };
    let Some(Scope::In(list)) = &statement.principals else { return false };
    let of_owner = |kind: PrincipalKind, text: &str| {
        let is_account = matches!(kind, PrincipalKind::Account(account) if account == owner);
        let is_principal = matches!(kind, PrincipalKind::Role | PrincipalKind::User)
            && text.parse::<Arn>().is_ok_and(|arn| arn.account() == Some(owner));
        is_account || is_principal
    };
    owner != caller && !list.is_empty() && list.iter().all(|p| of_owner(p.value.kind, &p.value.text))
}

/// Statements for this request in a document that has no say in it.
fn misplaced(policy: &Policy, view: &View<'_>) -> Vec<Near> {
    let meant = |statement: &&Statement| {
        let elements = unmet(statement, view.request, PolicyPlace::Resource);
        elements.is_empty()
    };
    let found = allowing(policy).filter(meant).filter_map(|statement| {
        let first = statement.actions.listed().first()?;
        let action = view.request.action;
        let why = format!(
            "it stands in a document that has no say in {action}: this service reads the policy of {} alone",
            view.resource
        );
        let miss = Miss {
            element: MissedElement::Resource,
            key: None,
            operator: None,
            written: statement.actions.listed().iter().map(|p| p.value.written()).collect(),
            request: Some(vec![view.resource.clone()]),
            cause: Some(Cause::WrongDocument),
            at: first.span,
            why,
            repair: None,
        };
        Some(put(policy, statement, vec![miss], true))
    });
    found.collect()
}
