//! The walk itself: every gate is read, and the readings are put together as AWS does (R62–R86).

use super::public::Publicity;
use super::statement::{self, Request};
use super::{CallerKind, Gate, Spoken, Within, World, becoming, grants, principals, public, reach};
use crate::estate::{Grant, Known, Level, SharedPolicy};
use crate::logic::{Atom, FactId, Truth, Unknown, UnknownKind};
use crate::name::symbol;
use crate::policy::Effect;

/// The policies that apply to one request, and what is known not to exist.
#[derive(Clone, Debug, Default)]
pub struct Applicable<'a> {
    pub identity: Side<'a>,
    pub boundary: Limit<'a>,
    pub session: Limit<'a>,
    pub scps: Levels<'a>,
    pub rcps: Levels<'a>,
    pub resource: ResourceSide<'a>,
    pub endpoint: Limit<'a>,
    /// `Some(true)` for a gateway endpoint, `None` when the type is not known.
    pub endpoint_is_gateway: Option<bool>,
}

/// Policies that give access.
#[derive(Clone, Debug, Default)]
pub enum Side<'a> {
    /// The question leaves this side out altogether.
    #[default]
    LeftOut,
    /// There is no policy here, so nothing is given.
    Nothing,
    Policies(&'a [SharedPolicy]),
    /// Nobody supplied them. `denies`: they might also deny.
    NotTold {
        what: Unknown,
        denies: bool,
    },
}

/// Policies that only limit.
#[derive(Clone, Debug, Default)]
pub enum Limit<'a> {
    #[default]
    None,
    Policies(&'a [SharedPolicy]),
    NotTold(Unknown),
}

/// A hierarchy of policies that only limit, from the root down.
#[derive(Clone, Debug, Default)]
pub enum Levels<'a> {
    /// Switched off, exempt, or taken for granted.
    #[default]
    None,
    Levels(&'a [Level]),
    NotTold(Unknown),
}

/// A resource as a policy names it.
#[derive(Copy, Clone, Debug)]
pub struct Target<'a> {
    pub arn: &'a str,
    /// The part the question leaves open.
    pub within: Option<&'a Within>,
}

/// The resource's own side of the decision.
#[derive(Clone, Debug, Default)]
pub struct ResourceSide<'a> {
    pub policy: Side<'a>,
    /// The policy of the access point the request goes through; both must let the caller in (R103).
    pub access_point: Option<Side<'a>>,
    /// The resource as the bucket policy names it, where the request names an access point (R22).
    pub behind: Option<Target<'a>>,
    /// Keys and roles: without their own policy nobody gets in, the own account included (R67, R116).
    pub anchored: bool,
    /// The account `None` when it is not known.
    pub account_unknown: Option<Unknown>,
    pub grants: Known<&'a [Grant]>,
    pub grants_unknown: Option<Unknown>,
    pub ownership: Ownership,
    /// RestrictPublicBuckets is on (`Told(true)`).
    pub restrict_public: Known<bool>,
}

impl<'a> ResourceSide<'a> {
    /// The side of a key without grants, or of a role.
    pub fn anchored(policy: Side<'a>) -> Self {
        Self {
            policy,
            anchored: true,
            grants: Known::Told(&[]),
            restrict_public: Known::Told(false),
            ..Self::default()
        }
    }
}

/// Whether the bucket policy can give access to the object (R100).
#[derive(Clone, Debug, Default)]
pub enum Ownership {
    /// The bucket owner owns the object, or ACLs are off.
    #[default]
    Covered,
    /// Another account owns it: only its ACL counts, and lets the caller's account read or not.
    Foreign { acl_lets_read: Known<bool> },
    /// The bucket owner owns it, and its ACL lets the caller's account read besides the bucket policy.
    CoveredByAcl,
    /// Nobody said who owns the object.
    NotTold { unknown: Unknown },
}

/// What one gate says.
#[derive(Clone, Debug)]
pub struct Reading<T> {
    /// The gate has a say in this request at all.
    pub applies: bool,
    /// It lets the request pass by itself.
    pub open: T,
    /// Another gate makes this one unnecessary.
    pub spared: T,
    /// A statement of it denies.
    pub denied: T,
}

#[derive(Clone, Debug)]
pub struct Decision<T> {
    pub allowed: T,
    /// Some Deny matches.
    pub denied: T,
    pub same_account: T,
    readings: [Reading<T>; Gate::ALL.len()],
}

impl<T> Decision<T> {
    pub fn reading(&self, gate: Gate) -> &Reading<T> {
        let [identity, boundary, session, scp, rcp, resource, grant, endpoint, ownership, public] =
            &self.readings;
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
struct Said<T> {
    allows: T,
    denies: T,
}

impl<T: Truth> Said<T> {
    fn nothing() -> Self {
        Self { allows: T::known(false), denies: T::known(false) }
    }
}

/// What a resource-based policy says, apart by how it names the caller.
struct Named<T> {
    account: T,
    role: T,
    direct: T,
    denies: T,
}

impl<T: Truth> Named<T> {
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

fn told<'a, W: World<'a>>(world: &mut W, unknown: &Unknown) -> W::T {
    world.open(|| Atom::Opaque(unknown.clone()))
}

/// Policies whose statements are about whoever they are attached to.
fn say<'a, W: World<'a>>(
    world: &mut W,
    gate: Gate,
    policies: &'a [SharedPolicy],
    request: &Request<'_>,
) -> Said<W::T> {
    let mut said = Said::<W::T>::nothing();
    for policy in policies {
        for statement in &policy.statements {
            let fires = statement::fires(world, statement, request);
            if fires.is_false() {
                continue;
            }
            world.spoken(gate, Spoken::Statement { policy, statement }, &fires);
            match statement.effect.value {
                Effect::Allow => said.allows = said.allows.or(fires),
                Effect::Deny => said.denies = said.denies.or(fires),
            }
        }
    }
    said
}

fn name_caller<'a, W: World<'a>>(
    world: &mut W,
    policies: &'a [SharedPolicy],
    request: &Request<'_>,
    named: &mut Named<W::T>,
) {
    for policy in policies {
        for statement in &policy.statements {
            let Some(scope) = &statement.principals else { continue };
            if statement::asks_for_key_aliases(statement, request) {
                continue;
            }
            let fires = statement::fires(world, statement, request);
            if fires.is_false() {
                continue;
            }
            let covered = principals::covered(world, scope, request.caller);
            let (account, role, direct) = (
                covered.account.and(fires.clone()),
                covered.role.and(fires.clone()),
                covered.direct.and(fires),
            );
            let speaks = account.clone().or(role.clone()).or(direct.clone());
            if speaks.is_false() {
                continue;
            }
            world.spoken(principals::RESOURCE, Spoken::Statement { policy, statement }, &speaks);
            match statement.effect.value {
                Effect::Allow => {
                    named.account = named.account.clone().or(account);
                    named.role = named.role.clone().or(role);
                    named.direct = named.direct.clone().or(direct);
                }
                // A Deny that names an account means all of its principals.
                Effect::Deny => named.denies = named.denies.clone().or(speaks),
            }
        }
    }
}

fn resource_policy<'a, W: World<'a>>(world: &mut W, side: &Side<'a>, request: &Request<'_>) -> Named<W::T> {
    let mut named = Named::nothing();
    match side {
        Side::LeftOut | Side::Nothing => {}
        Side::Policies(policies) => name_caller(world, policies, request, &mut named),
        Side::NotTold { what, denies } => {
            named.direct = told(world, what);
            // One unknown stands for both: either the policy lets the request pass, or it refuses it.
            if *denies {
                named.denies = named.direct.clone().not();
            }
        }
    }
    named
}

fn limit<'a, W: World<'a>>(
    world: &mut W,
    gate: Gate,
    limit: &Limit<'a>,
    request: &Request<'_>,
) -> (bool, Said<W::T>) {
    match limit {
        Limit::None => (false, Said { allows: yes(), denies: no() }),
        Limit::Policies(policies) => (true, say(world, gate, policies, request)),
        // What it does not let pass it may also deny, and a Deny reaches what a gap does not (R65).
        Limit::NotTold(unknown) => {
            let allows = told(world, unknown);
            (true, Said { denies: allows.clone().not(), allows })
        }
    }
}

/// Every level must allow (SCPs only); any level may deny (R75, R78).
fn levels<'a, W: World<'a>>(
    world: &mut W,
    gate: Gate,
    levels: &Levels<'a>,
    request: &Request<'_>,
) -> (bool, Said<W::T>) {
    let mut said = Said { allows: yes(), denies: no() };
    let found = match levels {
        Levels::None => return (false, said),
        Levels::NotTold(unknown) => {
            let open = told(world, unknown);
            // An SCP must allow; an RCP can only deny.
            if gate == Gate::Scp {
                said.allows = open;
            } else {
                said.denies = open;
            }
            return (true, said);
        }
        Levels::Levels(found) => found,
    };
    for level in *found {
        match &level.policies {
            Known::Told(policies) => {
                let here = say(world, gate, policies, request);
                // RCPFullAWSAccess is attached everywhere and cannot be detached, so an RCP level always allows.
                if gate == Gate::Scp {
                    said.allows = said.allows.and(here.allows);
                }
                said.denies = said.denies.or(here.denies);
            }
            Known::NotTold => {
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

fn endpoint<'a, W: World<'a>>(
    world: &mut W,
    applicable: &Applicable<'a>,
    request: &Request<'_>,
) -> (bool, Said<W::T>) {
    let policies = match &applicable.endpoint {
        Limit::None => return (false, Said { allows: yes(), denies: no() }),
        Limit::NotTold(unknown) => return (true, Said { allows: told(world, unknown), denies: no() }),
        Limit::Policies(policies) => *policies,
    };
    let mut said = Said::<W::T>::nothing();
    for policy in policies {
        for statement in &policy.statements {
            let Some(scope) = &statement.principals else { continue };
            let fires = statement::fires(world, statement, request);
            if fires.is_false() {
                continue;
            }
            let covered = match statement.effect.value {
                Effect::Allow => {
                    principals::endpoint_covers(world, scope, request.caller, applicable.endpoint_is_gateway)
                }
                Effect::Deny => principals::covered(world, scope, request.caller).any(),
            };
            let fires = covered.and(fires);
            if fires.is_false() {
                continue;
            }
            world.spoken(Gate::Endpoint, Spoken::Statement { policy, statement }, &fires);
            match statement.effect.value {
                Effect::Allow => said.allows = said.allows.or(fires),
                Effect::Deny => said.denies = said.denies.or(fires),
            }
        }
    }
    (true, said)
}

fn same_account<'a, W: World<'a>>(world: &mut W, applicable: &Applicable<'a>, request: &Request<'_>) -> W::T {
    match (&applicable.resource.account_unknown, request.caller.account, request.resource_account) {
        (Some(unknown), Some(_), None) => told(world, unknown),
        // The account of a template or plan that does not say which one it is may be any.
        (_, Some(caller), Some(owner)) if caller != owner && (caller.is_unknown() || owner.is_unknown()) => {
            world.open(|| {
                let why = format!("it is {caller} or not: {owner} owns the resource");
                Atom::Opaque(Unknown::new(UnknownKind::Unresolved, symbol::ACCOUNT, why))
            })
        }
        (_, Some(caller), Some(owner)) => W::T::known(caller == owner),
        (_, _, _) => no(),
    }
}

/// Decide one request.
pub fn decide<'a, W: World<'a>>(
    applicable: &Applicable<'a>,
    request: &Request<'_>,
    world: &mut W,
) -> Decision<W::T> {
    let caller = request.caller;
    let side = &applicable.resource;
    let same = same_account(world, applicable, request);

    let barred = becoming::is_barred(request);
    let identity = match &applicable.identity {
        _ if barred => Said::nothing(),
        // Nothing attached to identities binds the root user; SCPs do.
        _ if caller.kind == CallerKind::Root => Said { allows: yes(), denies: no() },
        _ if !caller.has_identity() => Said::nothing(),
        Side::LeftOut | Side::Nothing => Said::nothing(),
        Side::Policies(policies) => say(world, Gate::Identity, policies, request),
        Side::NotTold { what, denies } => {
            let allows = told(world, what);
            let denies = if *denies { allows.clone().not() } else { no() };
            Said { allows, denies }
        }
    };
    let (has_boundary, boundary) = limit(world, Gate::Boundary, &applicable.boundary, request);
    let (has_session, session) = limit(world, Gate::Session, &applicable.session, request);
    let (has_scps, scp) = levels(world, Gate::Scp, &applicable.scps, request);
    let (has_rcps, rcp) = levels(world, Gate::Rcp, &applicable.rcps, request);

    let behind = match side.behind {
        Some(Target { arn, within }) => Request { resource: arn, within, ..*request },
        None => *request,
    };
    let mut named = resource_policy(world, &side.policy, &behind);
    if let Some(access_point) = &side.access_point {
        // The access point says who; the bucket must let the same request in, in whatever form.
        let bucket = named.any();
        let point = resource_policy(world, access_point, request);
        named = Named {
            account: point.account.and(bucket.clone()),
            role: point.role.and(bucket.clone()),
            direct: point.direct.and(bucket),
            denies: named.denies.or(point.denies),
        };
    }
    // What a policy gives to an account it cannot reach is nothing.
    let reached = match (reach::across_partitions(request), reach::across_accounts(request)) {
        (true, _) => no(),
        (false, true) => yes(),
        (false, false) => same.clone(),
    };
    let resource_open = named.any().and(reached.clone());
    let (covers, acl) = ownership(world, &side.ownership);
    let counts = covers.clone().and(reached.clone());
    let account = named.account.and(counts.clone());
    let role = named.role.and(counts.clone());
    let direct = becoming::within_boundary(world, request, named.direct.and(counts), &boundary.allows);

    let (grant_applies, grant) = grant_side(world, side, request, &identity.allows);
    let grant = grant.and(reached);
    let limits = boundary.allows.clone().and(session.allows.clone());
    let public = public_access(world, side, request, &same);

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

    let core = if barred {
        no()
    } else if !caller.has_identity() {
        direct.clone().or(acl.clone())
    } else if matches!(side.policy, Side::LeftOut) && side.access_point.is_none() {
        identity.allows.clone().and(limits.clone()).or(granted)
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
        let across = account
            .clone()
            .or(role.clone())
            .or(direct.clone())
            .or(acl.clone())
            .and(identity.allows.clone())
            .and(limits.clone());
        let by_policy = same.clone().and(within).or(same.clone().not().and(across));
        by_policy.or(granted)
    };

    let (has_endpoint, endpoint) = endpoint(world, applicable, request);
    let denied = [&identity, &boundary, &session, &scp, &rcp, &endpoint]
        .into_iter()
        .fold(named.denies.clone().or(public.clone()), |all, said| all.or(said.denies.clone()));
    let allowed = core.and(scp.allows.clone()).and(endpoint.allows.clone()).and(denied.clone().not());

    // In the own account a resource policy that lets the caller in by role or directly stands in for identity.
    let by_resource = role.clone().or(direct.clone());
    let spares_identity = if barred { no() } else { same.clone().and(by_resource).or(grant.clone()) };
    let spares_limits = same.clone().and(direct).or(unlimited);
    let spares_resource = if side.anchored { grant.clone() } else { same.clone().or(grant.clone()) };
    let resource_applies = !matches!(side.policy, Side::LeftOut) || side.access_point.is_some();
    let identity_applies = caller.has_identity();
    let foreign = !covers.is_true();
    let readings = [
        Reading {
            applies: identity_applies,
            open: identity.allows,
            spared: spares_identity,
            denied: identity.denies,
        },
        Reading {
            applies: has_boundary,
            open: boundary.allows,
            spared: spares_limits.clone(),
            denied: boundary.denies,
        },
        Reading { applies: has_session, open: session.allows, spared: spares_limits, denied: session.denies },
        Reading { applies: has_scps, open: scp.allows, spared: no(), denied: scp.denies },
        Reading { applies: has_rcps, open: rcp.allows, spared: no(), denied: rcp.denies },
        Reading {
            applies: resource_applies,
            open: resource_open,
            // What the bucket policy says does not matter where it cannot cover the object.
            spared: spares_resource.or(acl.clone()),
            denied: named.denies,
        },
        Reading { applies: grant_applies, open: grant, spared: no(), denied: no() },
        Reading { applies: has_endpoint, open: endpoint.allows, spared: no(), denied: endpoint.denies },
        Reading { applies: foreign, open: covers.or(acl).or(same.clone()), spared: no(), denied: no() },
        Reading { applies: !public.is_false(), open: yes(), spared: no(), denied: public },
    ];
    Decision { allowed, denied, same_account: same, readings }
}

/// Whether bucket-policy Allows cover the object, and whether its ACL lets the caller's account read (R100).
fn ownership<'a, W: World<'a>>(world: &mut W, ownership: &Ownership) -> (W::T, W::T) {
    match ownership {
        Ownership::Covered => (yes(), no()),
        Ownership::CoveredByAcl => (yes(), yes()),
        Ownership::Foreign { acl_lets_read: Known::Told(lets) } => (no(), W::T::known(*lets)),
        Ownership::Foreign { acl_lets_read: Known::NotTold } => {
            let open = world.open(|| {
                Atom::Opaque(Unknown::missing(
                    FactId::ObjectAcl,
                    "another account owns the object, so only its ACL can let others read it",
                ))
            });
            (no(), open)
        }
        Ownership::NotTold { unknown } => (told(world, unknown), no()),
    }
}

/// What grants give on the resource's side. A grant to a whole account is taken to need the account's own say.
fn grant_side<'a, W: World<'a>>(
    world: &mut W,
    side: &ResourceSide<'a>,
    request: &Request<'_>,
    identity: &W::T,
) -> (bool, W::T) {
    match (&side.grants, &side.grants_unknown) {
        (Known::Told(list), _) if !list.is_empty() => {
            let granted = grants::granted(world, list, request);
            let by_account = if granted.account.is_false() {
                granted.account
            } else {
                let open = world.open(|| {
                    Atom::Opaque(Unknown::undocumented(
                        "KMS grant to an account",
                        "AWS does not say whether the account's principals also need an identity-based policy",
                    ))
                });
                granted.account.and(identity.clone().or(open))
            };
            (granted.aimed, granted.caller.or(by_account))
        }
        (Known::NotTold, Some(unknown)) => (true, told(world, unknown)),
        (Known::Told(_) | Known::NotTold, _) => (false, no()),
    }
}

/// RestrictPublicBuckets shuts out other accounts when the policy is public (R102).
fn public_access<'a, W: World<'a>>(
    world: &mut W,
    side: &ResourceSide<'a>,
    request: &Request<'_>,
    same: &W::T,
) -> W::T {
    let of = |side: Option<&Side<'a>>| -> &'a [SharedPolicy] {
        match side {
            Some(Side::Policies(policies)) => policies,
            Some(Side::LeftOut | Side::Nothing | Side::NotTold { .. }) | None => &[],
        }
    };
    let policies = [of(Some(&side.policy)), of(side.access_point.as_ref())];
    if request.caller.kind == CallerKind::Service
        || same.is_true()
        || side.restrict_public == Known::Told(false)
    {
        return no();
    }
    let public = policies.into_iter().flatten().map(|p| public::publicity(p)).max();
    let public = match public.unwrap_or(Publicity::Not) {
        Publicity::Not => return no(),
        Publicity::Perhaps => world.open(|| {
            let why = "whether the bucket policy counts as public depends on it";
            Atom::Opaque(Unknown::new(UnknownKind::Unresolved, "bucket policy", why))
        }),
        Publicity::Public => yes(),
    };
    let on = match side.restrict_public {
        Known::Told(on) => W::T::known(on),
        Known::NotTold => world.open(|| {
            Atom::Opaque(Unknown::missing(
                FactId::RestrictPublicBuckets,
                "the bucket policy counts as public; with this setting on, other accounts are shut out",
            ))
        }),
    };
    public.and(on).and(same.clone().not())
}
