//! What limits an account from above, and what is taken for granted where nobody told (R4, R74–R80).

use super::{DecisionContext, Requester, keys};
use crate::estate::{Assumed, Attached, Endpoint, EndpointType, Estate, Known, Level, SharedPolicy, Target};
use crate::eval::{Caller, CallerKind, ControlPolicies, Limit, NamedEndpoint, Side};
use crate::logic::{FactId, Unknown};
use crate::name::{AccountId, ConditionKey, Lookup, Match, Wild};
use crate::operator::{Operand, Quantifier, STRING_EQUALS, TestValue};
use crate::policy::Test;
use crate::source::{Span, Spanned};

/// A hierarchy found in the estate, owned so that a decision can borrow it.
#[derive(Debug)]
pub(crate) enum Hierarchy {
    None,
    Levels(Vec<Level>),
    NotProvided(Unknown),
}

impl Hierarchy {
    pub(crate) fn list(&self) -> &[Level] {
        match self {
            Self::Levels(levels) => levels,
            Self::None | Self::NotProvided(_) => &[],
        }
    }

    pub(crate) fn as_levels(&self) -> ControlPolicies<'_> {
        match self {
            Self::None => ControlPolicies::None,
            Self::Levels(levels) => ControlPolicies::Known(levels),
            Self::NotProvided(unknown) => ControlPolicies::NotProvided(unknown.clone()),
        }
    }
}

/// The two policy types of an organization.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Guardrail {
    Scp,
    Rcp,
}

impl Guardrail {
    fn describe(self) -> &'static str {
        match self {
            Self::Scp => "service control policies",
            Self::Rcp => "resource control policies",
        }
    }

    fn fact(self, of: String) -> FactId {
        match self {
            Self::Scp => FactId::ServiceControlPolicies(of.into()),
            Self::Rcp => FactId::ResourceControlPolicies(of.into()),
        }
    }

    fn of(self) -> fn(&Target) -> &Known<Attached> {
        match self {
            Self::Scp => |t| &t.scps,
            Self::Rcp => |t| &t.rcps,
        }
    }
}

/// The levels of one type that apply to an account.
pub(super) fn hierarchy(
    estate: &Estate,
    guardrail: Guardrail,
    account: Option<AccountId>,
    strict: bool,
    assumed: &mut Assumed,
) -> Hierarchy {
    let what = guardrail.describe();
    let shown = account.map_or_else(|| "an account that is not known".to_owned(), |a| a.to_string());
    let organization = account.map_or(Known::NotProvided, |a| estate.organization_of(a));
    let levels = match (&organization, account) {
        (Known::Provided(None), _) => return Hierarchy::None,
        // The management account is exempt from both (R76, R79).
        (Known::Provided(Some(o)), Some(a)) if o.management_account == Some(a) => return Hierarchy::None,
        (Known::Provided(Some(o)), Some(a)) => o.levels(a, guardrail.of()),
        (Known::Provided(Some(_)) | Known::NotProvided, _) => Known::NotProvided,
    };
    if let (Known::Provided(Some(o)), Known::Provided(levels)) = (&organization, &levels)
        && o.management_account.is_none()
        && !levels.is_empty()
        && !strict
    {
        let because = format!("the management account of {} is not known", o.id);
        assumed.note(format!("{shown} is not the management account"), because);
    }
    match levels {
        Known::Provided(mut levels) => {
            if !strict {
                levels.retain(|level| {
                    if !level.policies.is_provided() {
                        assumed.note(
                            format!("no {what} at {}", level.name()),
                            format!("none were supplied for {}", level.name()),
                        );
                    }
                    level.policies.is_provided()
                });
            }
            if levels.is_empty() { Hierarchy::None } else { Hierarchy::Levels(levels) }
        }
        Known::NotProvided if strict => Hierarchy::NotProvided(Unknown::missing(
            guardrail.fact(shown),
            "not provided, and the question is strict",
        )),
        Known::NotProvided => {
            assumed.note(format!("no {what}"), format!("none were supplied for {shown}"));
            Hierarchy::None
        }
    }
}

/// The policies attached to a principal.
pub(crate) fn identity<'e>(requester: &Requester<'e>) -> Side<'e> {
    match requester.policies() {
        Known::Provided(policies) if policies.is_empty() => Side::Nothing,
        Known::Provided(policies) => Side::Policies(policies),
        Known::NotProvided => Side::NotProvided {
            what: Unknown::missing(FactId::IdentityPolicies(requester.name().into()), "not provided"),
            denies: true,
        },
    }
}

/// What bounds a principal: the boundary of the role or user, and the policies of a role's session.
pub(crate) fn limits<'e>(
    ctx: &DecisionContext<'e>,
    requester: &Requester<'e>,
    assumed: &mut Assumed,
) -> (Limit<'e>, Limit<'e>) {
    let boundary = if requester.caller.has_identity() {
        boundary(requester.boundary(), &requester.caller, ctx.strict, assumed)
    } else {
        Limit::None
    };
    let session = if requester.caller.kind == CallerKind::Role {
        session(ctx, &requester.caller, assumed)
    } else {
        Limit::None
    };
    (boundary, session)
}

/// The policy of the VPC endpoint that a request passes, if any (R85).
pub(crate) fn endpoint<'e>(ctx: &DecisionContext<'e>, assumed: &mut Assumed) -> Limit<'e> {
    if ctx.passes_no_endpoint() {
        return Limit::None;
    }
    let unknown = |id: Option<&str>| {
        Limit::NotProvided(Unknown::missing(
            FactId::EndpointPolicy(id.map(Into::into)),
            "an endpoint's policy may refuse the read, and the question is strict",
        ))
    };
    let strict = ctx.strict;
    let id = ctx.network.endpoint.as_deref();
    if let (Some(only), None) = (ctx.endpoint, id) {
        assumed.note(
            format!("the request passes the VPC endpoint {}", only.id),
            "it is the only known endpoint of the VPC",
        );
    }
    match (ctx.endpoint.map(|e| &e.policy), id) {
        (Some(Known::Provided(None)), _) => Limit::None,
        (Some(Known::Provided(Some(policy))), _) => Limit::Policies(std::slice::from_ref(policy)),
        (_, Some(id)) if strict => unknown(Some(id)),
        (None, Some(id)) if may_be_limited(ctx.estate, id) => Limit::NotProvided(Unknown::missing(
            FactId::EndpointPolicy(Some(id.into())),
            "it may be an endpoint that the input creates, which has a policy of its own",
        )),
        (_, Some(id)) => {
            assumed
                .note(format!("the VPC endpoint {id} lets everything pass"), "its policy was not supplied");
            Limit::None
        }
        (_, None) if strict => unknown(None),
        (Some(Known::NotProvided), None) => Limit::None,
        (None, None) => {
            assumed.note(
                "no VPC endpoint policy stands in the way",
                "the network the request comes from was not given",
            );
            Limit::None
        }
    }
}

/// Whether an id that the input does not hold may be that of an endpoint which it creates, and which has a policy.
fn may_be_limited(estate: &Estate, id: &str) -> bool {
    let has_policy = |created: &&str| {
        estate.endpoint(created).is_some_and(|endpoint| !matches!(endpoint.policy, Known::Provided(None)))
    };
    keys::created(id, estate).iter().any(has_policy)
}

/// The endpoints that conditions of a request name, by themselves or by their VPC, where nobody said which one it passes.
/// What their own policies refuse, no such condition opens (R85).
pub(super) fn named_endpoints<'p>(
    ctx: &DecisionContext<'_>,
    policies: impl Iterator<Item = &'p SharedPolicy>,
    assumed: &mut Assumed,
) -> Vec<NamedEndpoint> {
    const KEY: &str = "aws:SourceVpce";
    let is_open = ctx.endpoint.is_none() && ctx.network.endpoint.is_none() && !ctx.passes_no_endpoint();
    if !is_open || ctx.estate.endpoints.is_empty() {
        return Vec::new();
    }
    let tests: Vec<&Test> = policies
        .flat_map(|policy| policy.statements.iter().flat_map(|statement| &*statement.tests))
        .filter(|test| ["aws:sourcevpce", "aws:sourcevpc"].contains(&test.key.value.folded()))
        .collect();
    let names = |test: &Test, key: &str, id: &str| {
        let fits = |operand: &Operand| {
            operand.as_text().is_some_and(|wild| wild.matches(id, &|_| Lookup::Unknown) != Match::No)
        };
        test.key.value.folded() == key && test.values.iter().any(|value| fits(&value.operand))
    };
    let is_named = |endpoint: &&Endpoint| {
        tests.iter().any(|test| {
            names(test, "aws:sourcevpce", &endpoint.id)
                || endpoint.vpc.as_deref().is_some_and(|vpc| names(test, "aws:sourcevpc", vpc))
        })
    };
    let mut found = Vec::new();
    for endpoint in ctx.estate.endpoints.iter().filter(is_named) {
        match &endpoint.policy {
            Known::Provided(None) => {}
            Known::Provided(Some(policy)) => found.push(NamedEndpoint {
                passed: passes(KEY, &endpoint.id, endpoint.span),
                policy: SharedPolicy::clone(policy),
                is_gateway: endpoint.kind.provided().map(|kind| *kind == EndpointType::Gateway),
            }),
            Known::NotProvided if ctx.strict => {}
            Known::NotProvided => assumed.note(
                format!("the VPC endpoint {} lets everything pass", endpoint.id),
                "its policy was not supplied",
            ),
        }
    }
    found
}

fn passes(key: &str, id: &str, at: Span) -> Test {
    let wanted = Operand::Text(Wild::literal(id, false));
    Test {
        quantifier: Quantifier::One,
        operator: &STRING_EQUALS,
        if_exists: false,
        key: Spanned::new(ConditionKey::new(key), at),
        values: [TestValue::new(wanted, id, at)].into(),
    }
}

/// The permissions boundary of a role or user (R72).
fn boundary<'e>(
    told: &'e Known<Option<SharedPolicy>>,
    caller: &Caller,
    strict: bool,
    assumed: &mut Assumed,
) -> Limit<'e> {
    match told {
        Known::Provided(None) => Limit::None,
        Known::Provided(Some(policy)) => Limit::Policies(std::slice::from_ref(policy)),
        Known::NotProvided if strict => Limit::NotProvided(Unknown::missing(
            FactId::PermissionsBoundary(caller.name.to_string().into()),
            "not provided, and the question is strict",
        )),
        Known::NotProvided => {
            assumed.note("no permissions boundary", format!("none was supplied for {}", caller.short_name()));
            Limit::None
        }
    }
}

/// The AWS managed policies of a role or user that nobody supplied.
pub(crate) fn snapshots(
    estate: &Estate,
    policies: &Known<Vec<SharedPolicy>>,
    boundary: &Known<Option<SharedPolicy>>,
    assumed: &mut Assumed,
) {
    let boundary = boundary.provided().into_iter().flatten();
    for policy in policies.provided().into_iter().flatten().chain(boundary) {
        if let Some(name) = estate.from_snapshot.get(&policy.span.source) {
            assumed.note(name, "its document was not supplied, and AWS may have changed it since");
        }
    }
}

/// The session policies of the role session that asks (R73).
fn session<'e>(ctx: &DecisionContext<'e>, caller: &Caller, assumed: &mut Assumed) -> Limit<'e> {
    let unknown = |why: &'static str| Limit::NotProvided(Unknown::missing(FactId::SessionPolicy, why));
    match &ctx.circumstances.session.policies {
        Known::Provided(policies) if policies.is_empty() => Limit::None,
        Known::Provided(policies) => Limit::Policies(policies),
        Known::NotProvided if ctx.strict => {
            unknown("the principal that assumes the role may pass one, and the question is strict")
        }
        Known::NotProvided if ctx.is_limited_by_association(&caller.name) => {
            unknown("an EKS Pod Identity association of the role has a policy, which limits its sessions")
        }
        Known::NotProvided => {
            assumed.note("no session policy", "none was given with the question");
            Limit::None
        }
    }
}
