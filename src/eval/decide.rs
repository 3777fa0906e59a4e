//! The walk itself: every gate is read, and the readings are put together as AWS does (R62–R86).

use super::applicable::{Applicable, ControlPolicies, Limit, ResourceSide, Side, Target};
use super::endpoint::{self, Passage};
use super::owner;
use super::statement::{self, Request};
use super::{CallerKind, Evaluation, Gate, Matched, assume_role, cross_account, grants, principals, public};
use crate::estate::{Known, SharedPolicy};
use crate::logic::{Atom, FactId, Truth, Unknown, UnknownKind};
use crate::name::AccountId;
use crate::policy::{Effect, Statement};

/// What one gate says.
#[derive(Clone, Debug)]
pub struct GateResult<T> {
    /// The gate has a say in this request at all.
    pub applies: bool,
    /// It lets the request pass by itself.
    pub allows: T,
    /// Another gate makes this one unnecessary.
    pub not_required: T,
    /// A statement of it denies.
    pub denied: T,
}

/// What a walk over the gates comes to.
#[derive(Clone, Debug)]
pub struct Decision<T> {
    /// Whether the request is allowed.
    pub allowed: T,
    /// Some Deny matches.
    pub denied: T,
    /// Whether caller and resource are in one account.
    pub same_account: T,
    results: [GateResult<T>; Gate::ALL.len()],
}

impl<T> Decision<T> {
    /// What one gate comes to.
    pub fn result(&self, gate: Gate) -> &GateResult<T> {
        let [identity, boundary, session, scp, rcp, resource, grant, endpoint, ownership, public] =
            &self.results;
        match gate {
            Gate::Identity => identity,
            Gate::Boundary => boundary,
            Gate::Session => session,
            Gate::Scp => scp,
            Gate::Rcp => rcp,
            Gate::Resource => resource,
            Gate::Grant => grant,
            Gate::Endpoint => endpoint,
            Gate::Ownership => ownership,
            Gate::PublicAccess => public,
        }
    }
}

/// What a set of policies without principals says.
struct Effects<T> {
    allows: T,
    denies: T,
}

impl<T: Truth> Effects<T> {
    fn nothing() -> Self {
        Self { allows: T::known(false), denies: T::known(false) }
    }
}

/// What a resource-based policy says, apart by how it names the caller.
struct EffectsByPrincipal<T> {
    account: T,
    role: T,
    direct: T,
    denies: T,
}

impl<T: Truth> EffectsByPrincipal<T> {
    fn nothing() -> Self {
        let no = || T::known(false);
        Self { account: no(), role: no(), direct: no(), denies: no() }
    }

    fn any(&self) -> T {
        self.account.clone().or(self.role.clone()).or(self.direct.clone())
    }
}

fn yes<T: Truth>() -> T {
    T::known(true)
}

fn no<T: Truth>() -> T {
    T::known(false)
}

pub(super) fn told<'a, W: Evaluation<'a>>(world: &mut W, unknown: &Unknown) -> W::T {
    world.open(|| Atom::Opaque(unknown.clone()))
}

/// A request, and the same by the name of the bucket where it names an access point.
#[derive(Copy, Clone)]
struct Asked<'r> {
    request: Request<'r>,
    behind: Option<Request<'r>>,
}

/// Policies whose statements are about whoever they are attached to.
fn say<'a, W: Evaluation<'a>>(
    world: &mut W,
    gate: Gate,
    policies: &'a [SharedPolicy],
    asked: &Asked<'_>,
) -> Effects<W::T> {
    let Asked { request, behind } = asked;
    let mut said = Effects::<W::T>::nothing();
    for policy in policies {
        for statement in &policy.statements {
            let mut matched = statement::matches(world, statement, request);
            if let Some(behind) = behind.as_ref().filter(|_| statement.effect.value == Effect::Deny) {
                matched = beneath(world, statement, behind, matched);
            }
            if matched.is_false() {
                continue;
            }
            world.matched(gate, Matched::Statement { policy, statement }, &matched);
            match statement.effect.value {
                Effect::Allow => said.allows = said.allows.or(matched),
                Effect::Deny => said.denies = said.denies.or(matched),
            }
        }
    }
    said
}

/// A Deny that names the bucket, of a request that names an access point (R22).
fn beneath<'a, W: Evaluation<'a>>(
    world: &mut W,
    statement: &'a Statement,
    behind: &Request<'_>,
    matched: W::T,
) -> W::T {
    if matched.is_true() {
        return matched;
    }
    let beneath = statement::matches(world, statement, behind);
    if beneath.is_false() {
        return matched;
    }
    let reaches = world.open(|| {
        let unknown = Unknown::undocumented(
            "Deny of a bucket beside an access point",
            "AWS does not say whether a Deny that names the bucket reaches a request that names an access point",
        );
        Atom::Opaque(unknown.at(statement.span))
    });
    matched.or(beneath.and(reaches))
}

fn name_caller<'a, W: Evaluation<'a>>(
    world: &mut W,
    policies: &'a [SharedPolicy],
    request: &Request<'_>,
    named: &mut EffectsByPrincipal<W::T>,
) {
    for policy in policies {
        for statement in &policy.statements {
            let Some(scope) = &statement.principals else { continue };
            if statement::asks_for_key_aliases(statement, request) {
                continue;
            }
            let matched = statement::matches(world, statement, request);
            if matched.is_false() {
                continue;
            }
            let covered = principals::covered(world, scope, request.caller);
            let (account, role, direct) = (
                covered.account.and(matched.clone()),
                covered.role.and(matched.clone()),
                covered.direct.and(matched),
            );
            let matched = account.clone().or(role.clone()).or(direct.clone());
            if matched.is_false() {
                continue;
            }
            world.matched(principals::RESOURCE, Matched::Statement { policy, statement }, &matched);
            match statement.effect.value {
                Effect::Allow => {
                    named.account = named.account.clone().or(account);
                    named.role = named.role.clone().or(role);
                    named.direct = named.direct.clone().or(direct);
                }
                // A Deny that names an account means all of its principals.
                Effect::Deny => named.denies = named.denies.clone().or(matched),
            }
        }
    }
}

fn resource_policy<'a, W: Evaluation<'a>>(
    world: &mut W,
    side: &Side<'a>,
    request: &Request<'_>,
) -> EffectsByPrincipal<W::T> {
    let mut named = EffectsByPrincipal::nothing();
    match side {
        Side::LeftOut | Side::Nothing => {}
        Side::Policies(policies) => name_caller(world, policies, request, &mut named),
        Side::NotProvided { what, denies } => {
            named.direct = told(world, what);
            // One unknown stands for both: either the policy lets the request pass, or it refuses it.
            if *denies {
                named.denies = named.direct.clone().not();
            }
        }
    }
    named
}

fn limit<'a, W: Evaluation<'a>>(
    world: &mut W,
    gate: Gate,
    limit: &Limit<'a>,
    request: &Asked<'_>,
) -> (bool, Effects<W::T>) {
    match limit {
        Limit::None => (false, Effects { allows: yes(), denies: no() }),
        Limit::Policies(policies) => (true, say(world, gate, policies, request)),
        // What it does not let pass it may also deny, and a Deny reaches what a gap does not (R65).
        Limit::NotProvided(unknown) => {
            let allows = told(world, unknown);
            (true, Effects { denies: allows.clone().not(), allows })
        }
    }
}

/// Every level must allow (SCPs only); any level may deny (R75, R78).
fn levels<'a, W: Evaluation<'a>>(
    world: &mut W,
    gate: Gate,
    levels: &ControlPolicies<'a>,
    request: &Asked<'_>,
) -> (bool, Effects<W::T>) {
    let mut said = Effects { allows: yes(), denies: no() };
    let found = match levels {
        ControlPolicies::None => return (false, said),
        ControlPolicies::NotProvided(unknown) => {
            let open = told(world, unknown);
            // An SCP must allow; an RCP can only deny.
            if gate == Gate::Scp {
                said.allows = open;
            } else {
                said.denies = open;
            }
            return (true, said);
        }
        ControlPolicies::Known(found) => found,
    };
    for level in *found {
        match &level.policies {
            Known::Provided(policies) => {
                let here = say(world, gate, policies, request);
                // RCPFullAWSAccess is attached everywhere and cannot be detached, so an RCP level always allows.
                if gate == Gate::Scp {
                    said.allows = said.allows.and(here.allows);
                }
                said.denies = said.denies.or(here.denies);
            }
            Known::NotProvided => {
                let open = world.open(|| {
                    let of = level.target.as_str().into();
                    let fact = match (gate == Gate::Scp, level.is_above) {
                        (true, false) => FactId::ServiceControlPolicies(of),
                        (true, true) => FactId::ServiceControlPoliciesAbove(of),
                        (false, false) => FactId::ResourceControlPolicies(of),
                        (false, true) => FactId::ResourceControlPoliciesAbove(of),
                    };
                    Atom::Opaque(Unknown::missing(fact, "the policies attached to this target are not known"))
                });
                if gate == Gate::Scp {
                    said.allows = said.allows.and(open);
                } else {
                    said.denies = said.denies.or(open);
                }
            }
        }
    }
    (true, said)
}

fn through_endpoint<'a, W: Evaluation<'a>>(
    world: &mut W,
    applicable: &Applicable<'a>,
    asked: &Asked<'_>,
) -> (bool, Effects<W::T>) {
    let behind = asked.behind.as_ref();
    let (applies, mut said) = match &applicable.endpoint {
        Limit::None => (false, Effects { allows: yes(), denies: no() }),
        Limit::NotProvided(unknown) => (true, Effects { allows: told(world, unknown), denies: no() }),
        Limit::Policies(policies) => {
            let is_gateway = applicable.endpoint_is_gateway;
            let Passage { allows, denies } =
                endpoint::passage(world, policies, is_gateway, &asked.request, behind, &yes());
            (true, Effects { allows, denies })
        }
    };
    let named = endpoint::named(world, applicable.named_endpoints, &asked.request, behind);
    if let Some(Passage { allows, denies }) = named {
        said = Effects { allows: said.allows.and(allows), denies: said.denies.or(denies) };
        return (true, said);
    }
    (applies, said)
}

/// Whether the caller is of the account that owns something.
pub(super) fn same_account_as<'a, W: Evaluation<'a>>(
    world: &mut W,
    owner: Option<AccountId>,
    unknown: Option<&Unknown>,
    request: &Request<'_>,
) -> W::T {
    match (unknown, request.caller.account, owner) {
        (Some(unknown), Some(_), None) => told(world, unknown),
        // The account of a template or plan that does not say which one it is may be any.
        (_, Some(caller), Some(owner)) if caller != owner && (caller.is_unknown() || owner.is_unknown()) => {
            world.open(|| {
                let why = format!("it is {caller} or not: {owner} owns the resource");
                let name = owner.symbol().or(caller.symbol()).unwrap_or_default();
                Atom::Opaque(Unknown::new(UnknownKind::Unresolved, name, why))
            })
        }
        (_, Some(caller), Some(owner)) => W::T::known(caller == owner),
        (_, _, _) => no(),
    }
}

/// Decide one request.
pub fn decide<'a, W: Evaluation<'a>>(
    applicable: &Applicable<'a>,
    request: &Request<'_>,
    world: &mut W,
) -> Decision<W::T> {
    let caller = request.caller;
    let side = &applicable.resource;
    let of_bucket = same_account_as(world, request.resource_account, side.account_unknown.as_ref(), request);
    let behind = side.behind.map(|Target { arn, within }| Request { resource: arn, within, ..*request });
    let asked = &Asked { request: *request, behind };

    let barred = assume_role::cannot_assume_role(request);
    let identity = match &applicable.identity {
        _ if barred => Effects::nothing(),
        // Nothing attached to identities binds the root user; SCPs do.
        _ if caller.kind == CallerKind::Root => Effects { allows: yes(), denies: no() },
        _ if !caller.has_identity() => Effects::nothing(),
        Side::LeftOut | Side::Nothing => Effects::nothing(),
        Side::Policies(policies) => say(world, Gate::Identity, policies, asked),
        Side::NotProvided { what, denies } => {
            let allows = told(world, what);
            let denies = if *denies { allows.clone().not() } else { no() };
            Effects { allows, denies }
        }
    };
    let (has_boundary, boundary) = limit(world, Gate::Boundary, &applicable.boundary, asked);
    let (has_session, session) = limit(world, Gate::Session, &applicable.session, asked);
    let (has_scps, scp) = levels(world, Gate::Scp, &applicable.scps, asked);
    let (has_rcps, rcp) = levels(world, Gate::Rcp, &applicable.rcps, asked);

    let mut named = resource_policy(world, &side.policy, behind.as_ref().unwrap_or(request));
    // What an access point of another account than the bucket's asks for besides.
    let mut by_point = None;
    if let Some(access_point) = &side.access_point {
        // The access point says who; the bucket must let the same request in, in whatever form.
        let bucket = named.any();
        let mut point = resource_policy(world, access_point, request);
        by_point = point_of_other_account(world, side, request, &mut point);
        named = EffectsByPrincipal {
            account: point.account.and(bucket.clone()),
            role: point.role.and(bucket.clone()),
            direct: point.direct.and(bucket),
            denies: named.denies.or(point.denies),
        };
    }
    // What a policy gives to an account it cannot reach is nothing.
    let reached = |same: &W::T| match (
        cross_account::across_partitions(request),
        cross_account::across_accounts(request),
    ) {
        (true, _) => no(),
        (false, true) => yes(),
        (false, false) => same.clone(),
    };
    let (grant_applies, grant) = grants::on(world, side, request, &identity.allows);
    let grant = grant.and(reached(&of_bucket));
    let limits = boundary.allows.clone().and(session.allows.clone());
    let public = public::shuts_out(world, side, request, &of_bucket);

    // A grant needs neither policy; whether a boundary or session policy limits it is undocumented (R83).
    let unlimited = if grant.is_false() || limits.is_true() {
        grant.clone()
    } else {
        let open = world.open(|| {
            Atom::Opaque(Unknown::undocumented(
                "KMS grant beside a permissions boundary or session policy",
                "AWS does not say whether they limit what a grant gives",
            ))
        });
        grant.clone().and(open)
    };

    let granted = grant.clone().and(limits.clone()).or(unlimited.clone());

    let owners = owner::owners(world, side, request, &of_bucket);
    let [core, same, covers, acl, by_resource, by_direct] = owner::for_each(&owners, |owner| {
        let (same, covers, acl) = (owner.same.clone(), owner.covers.clone(), owner.acl.clone());
        let counts = covers.clone().and(reached(&same));
        let account = named.account.clone().and(counts.clone());
        let role = named.role.clone().and(counts.clone());
        let direct = named.direct.clone().and(counts);
        let direct = assume_role::within_boundary(world, request, direct, &boundary.allows);
        let core = if barred {
            no()
        } else if !caller.has_identity() {
            direct.clone().or(acl.clone())
        } else if matches!(side.policy, Side::LeftOut) && side.access_point.is_none() {
            identity.allows.clone().and(limits.clone()).or(granted.clone())
        } else {
            let within = if side.anchored {
                account
                    .clone()
                    .and(identity.allows.clone())
                    .or(role.clone())
                    .and(limits.clone())
                    .or(direct.clone())
            } else {
                identity.allows.clone().or(role.clone()).and(limits.clone()).or(direct.clone())
            };
            let within = match &by_point {
                Some(point) => within.and(point.clone()).and(identity.allows.clone()).and(limits.clone()),
                None => within,
            };
            let across = account
                .or(role.clone())
                .or(direct.clone())
                .or(acl.clone())
                .and(identity.allows.clone())
                .and(limits.clone());
            let by_policy = same.clone().and(within).or(same.clone().not().and(across));
            by_policy.or(granted.clone())
        };
        let by_direct = same.clone().and(direct.clone());
        // In the own account a resource policy that lets the caller in by role or directly stands in for identity.
        let by_resource = same.clone().and(role.or(direct));
        [core, same, covers, acl, by_resource, by_direct]
    });
    let resource_open = named.any().and(reached(&same));

    let (has_endpoint, endpoint) = through_endpoint(world, applicable, asked);
    let denied = [&identity, &boundary, &session, &scp, &rcp, &endpoint]
        .into_iter()
        .fold(named.denies.clone().or(public.clone()), |all, said| all.or(said.denies.clone()));
    let allowed = core.and(scp.allows.clone()).and(endpoint.allows.clone()).and(denied.clone().not());

    let stands_in = !barred && !by_resource.is_false();
    let spares_identity = if barred { no() } else { by_resource.or(grant.clone()) };
    let spares_limits = by_direct.or(unlimited);
    let spares_resource = match (side.anchored, by_point, stands_in) {
        (true, _, _) => grant.clone(),
        (false, Some(point), _) => same.clone().and(point).or(grant.clone()),
        // What identity gives for certain needs no resource policy; where the resource policy speaks too, either decides.
        (false, None, true) => same.clone().and(identity.allows.clone()).or(grant.clone()),
        (false, None, false) => same.clone().or(grant.clone()),
    };
    // Where identity gives nothing at all, and the resource policy may, the resource policy alone decides.
    let resource_decides =
        !side.anchored && stands_in && identity.allows.is_false() && identity.denies.is_false();
    let resource_applies = !matches!(side.policy, Side::LeftOut) || side.access_point.is_some();
    let identity_applies = caller.has_identity() && !resource_decides;
    let foreign = !covers.is_true();
    let readings = [
        GateResult {
            applies: identity_applies,
            allows: identity.allows,
            not_required: spares_identity,
            denied: identity.denies,
        },
        GateResult {
            applies: has_boundary,
            allows: boundary.allows,
            not_required: spares_limits.clone(),
            denied: boundary.denies,
        },
        GateResult {
            applies: has_session,
            allows: session.allows,
            not_required: spares_limits,
            denied: session.denies,
        },
        GateResult { applies: has_scps, allows: scp.allows, not_required: no(), denied: scp.denies },
        GateResult { applies: has_rcps, allows: rcp.allows, not_required: no(), denied: rcp.denies },
        GateResult {
            applies: resource_applies,
            allows: resource_open,
            // What the bucket policy says does not matter where it cannot cover the object.
            not_required: spares_resource.or(acl.clone()),
            denied: named.denies,
        },
        GateResult { applies: grant_applies, allows: grant, not_required: no(), denied: no() },
        GateResult {
            applies: has_endpoint,
            allows: endpoint.allows,
            not_required: no(),
            denied: endpoint.denies,
        },
        GateResult {
            applies: foreign,
            allows: covers.or(acl).or(same.clone()),
            not_required: no(),
            denied: no(),
        },
        GateResult { applies: !public.is_false(), allows: yes(), not_required: no(), denied: public },
    ];
    Decision { allowed, denied, same_account: same, results: readings }
}

/// An access point of another account than the bucket's (R103): what its policy adds to what principals of the bucket's
/// account need. To principals of its own account, AWS does not say whether it needs a policy at all.
fn point_of_other_account<'a, W: Evaluation<'a>>(
    world: &mut W,
    side: &ResourceSide<'a>,
    request: &Request<'_>,
    point: &mut EffectsByPrincipal<W::T>,
) -> Option<W::T> {
    let owner = side.access_point_owner.filter(|owner| Some(*owner) != request.resource_account)?;
    if request.caller.account == Some(owner) && !point.any().is_true() {
        let needs_none = world.open(|| {
            Atom::Opaque(Unknown::undocumented(
                "access point without a policy for its own account",
                "AWS does not say whether principals of an access point's account need a policy of the access point, where the bucket is of another account",
            ))
        });
        point.account = point.account.clone().or(needs_none);
    }
    Some(point.any())
}
