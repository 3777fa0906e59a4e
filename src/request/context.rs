//! The context of a request: the only place that puts it together (R46).
//!
//! Two layers. What the caller brings, its session and its network, is the same for all resources and is made once; what
//! the resource, the operation and the way to the service add lies above it.
//!
//! Sources: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html>

use std::sync::Arc;

use super::credentials;
use super::forwarded;
use super::headers;
use super::keys::{self, Who, follow, follow_network, given};
use super::leg::{Leg, Way};
use super::{DecisionContext, Requester};
use crate::estate::Identity;
use crate::eval::{Caller, CallerKind, Choice, Context, ContextValue};
use crate::logic::{FactId, Unknown};
use crate::name::keys::Subject;
use crate::name::{self, Arn, symbol};
use crate::operation::AwsService;
use crate::service::{
    self, Asked, Resource, Service, not_told, open, organization_keys, resource_account, undocumented,
};

/// What a caller brings to every request to a service.
pub(crate) fn of_caller(
    ctx: &DecisionContext<'_>,
    requester: &Requester<'_>,
    service: &Service,
    request: &'static str,
    way: &Way,
) -> Context {
    let caller = &requester.caller;
    let mut c = fresh(caller, request);
    c.symbols = ctx.estate.has_symbols;
    if caller.has_identity() {
        keys::principal(&mut c, &who(ctx, requester, matches!(way, Way::Forwarded(_))));
        if let Some(inherited) = &requester.inherited {
            inherited.lay_over(&mut c);
        }
        // Only a service's own request has these; that of a principal never does (R54).
        for key in name::keys::about(Subject::Source) {
            c.set(key.name, ContextValue::Absent);
        }
        for key in ["aws:PrincipalServiceName", "aws:PrincipalServiceNamesList"] {
            c.set(key, ContextValue::Absent);
        }
    } else {
        without_identity(&mut c, caller);
        if caller.kind == CallerKind::Service {
            of_source(&mut c, ctx);
        }
    }
    match way {
        Way::Forwarded(forwarded) => {
            forwarded::add_way(&mut c, ctx, forwarded);
            if caller.kind == CallerKind::Service {
                forwarded::doubt_way(&mut c);
            }
        }
        Way::Direct | Way::Any => network(&mut c, ctx, way),
    }
    // S3 alone takes other values, where its objects allow it.
    for key in name::keys::about(Subject::Request) {
        if let Some(ordinary) = key.ordinary {
            c.set(key.name, ContextValue::one(ordinary));
        }
    }
    (service.add_parameters)(&mut c, caller);
    by_hand(&mut c, ctx, caller, service, way);
    c
}

/// The same, and what the resource adds to it.
pub(crate) fn of_request(
    of_caller: &Arc<Context>,
    ctx: &DecisionContext<'_>,
    service: &Service,
    resource: &dyn Resource<'_>,
    asked: &Asked<'_>,
    leg: &Leg<'_>,
    way: &Way,
) -> Context {
    let mut c = Context::over(of_caller).for_action(asked.action);
    match resource.region() {
        Some(region) => c.set("aws:RequestedRegion", ContextValue::one(region)),
        None if service.is_regional => {
            c.set(
                "aws:RequestedRegion",
                not_told(false, region_of(resource), "the bucket's Region is not known"),
            );
        }
        None => {}
    }
    resource_account(&mut c, &ctx.organization(resource.owner()), resource.owner(), &|| account_of(resource));
    resource.add_keys(&mut c, asked);
    match (way, service.via_key) {
        (Way::Forwarded(forwarded), _) => {
            forwarded::add_parameters(&mut c, forwarded);
            if asked.caller.kind == CallerKind::Service {
                c.set("kms:ViaService", undocumented(forwarded::FOR_SERVICE));
            }
        }
        (Way::Direct, Some(key)) => c.set(key, ContextValue::Absent),
        (Way::Direct | Way::Any, _) => {}
    }
    for (key, slot) in leg.known {
        c.set(key, slot.clone());
    }
    if asked.action.service() == "s3" {
        headers::add(&mut c, asked.action, ctx.circumstances);
    }
    if !ctx.circumstances.context.is_empty() || c.sets(keys::is_followed) {
        by_hand(&mut c, ctx, asked.caller, service, way);
    }
    if let Way::Forwarded(forwarded) = way {
        forwarded::add_told_pairs(&mut c, ctx, forwarded);
        forwarded::doubt_ec2_keys(&mut c, ctx);
    }
    c
}

/// The fact that tells the Region of a resource.
fn region_of(resource: &dyn Resource<'_>) -> FactId {
    FactId::BucketRegion(resource.bucket().map_or_else(|| resource.arn().into(), |b| b.name.as_str().into()))
}

/// The fact that tells the account of a resource.
fn account_of(resource: &dyn Resource<'_>) -> FactId {
    match resource.bucket() {
        Some(bucket) => FactId::BucketAccount(bucket.name.as_str().into()),
        None => FactId::ResourceAccount(resource.arn().into()),
    }
}

/// Keys that were told by hand, and what follows from them.
fn by_hand(c: &mut Context, ctx: &DecisionContext<'_>, caller: &Caller, service: &Service, way: &Way) {
    let own = |key: &str| {
        !service::ALL.iter().any(|other| {
            other.prefix != service.prefix
                && key.strip_prefix(other.prefix).is_some_and(|rest| rest.starts_with(':'))
        })
    };
    let carries = |key: &str| match way {
        // What a service works for is the same in all its requests.
        Way::Forwarded(_) if caller.kind == CallerKind::Service && is_source(key) => true,
        Way::Forwarded(forwarded) if forwarded.is_second_request => forwarded::carries_over(key),
        Way::Forwarded(_) | Way::Direct | Way::Any => true,
    };
    given(c, ctx.circumstances, &|key| own(key) && carries(key));
    follow(c);
    if matches!(way, Way::Forwarded(_)) {
        credentials::forward_absence(c, caller);
    } else {
        follow_network(c);
    }
}

/// A key about the resource that a service works for.
fn is_source(key: &str) -> bool {
    name::keys::find(key).is_some_and(|key| key.subject == Subject::Source)
}

/// A request of which nothing is known yet. The keys of what a provider says about its users begin with its name; those of
/// all other providers are then absent.
fn fresh(caller: &Caller, request: &'static str) -> Context {
    let depends = || open(true, "it depends on the request");
    match claims(caller) {
        Some(claims) => {
            let mut c = Context::new(request, ContextValue::Absent);
            for family in ["aws:", "sts:", &claims] {
                c.set_family(family, depends());
            }
            c
        }
        None => Context::new(request, depends()),
    }
}

fn claims(caller: &Caller) -> Option<String> {
    let name = &*caller.name;
    if caller.kind != CallerKind::Federated || symbol::is_in(name) {
        return None;
    }
    Some(match name.split_once(":oidc-provider/") {
        Some((_, issuer)) => format!("{issuer}:"),
        None if name.contains(":saml-provider/") => "saml:".to_owned(),
        None => format!("{name}:"),
    })
}

fn who<'w>(ctx: &'w DecisionContext<'_>, requester: &'w Requester<'_>, is_forwarded: bool) -> Who<'w> {
    Who {
        estate: ctx.estate,
        caller: &requester.caller,
        role: requester.identity.and_then(Identity::role),
        tags: requester.tags(),
        session_tags: &ctx.circumstances.session.tags,
        strict: ctx.strict,
        is_forwarded,
    }
}

/// Services, users of a provider, and callers without credentials.
fn without_identity(c: &mut Context, caller: &Caller) {
    for (key, slot) in caller.keys() {
        c.set(key, slot);
    }
    c.set("aws:username", ContextValue::Absent);
    if caller.kind != CallerKind::Federated {
        c.without_provider();
    }
    // They are in no organization and have not used MFA: the call of a token is not even signed.
    for key in [
        "aws:PrincipalOrgID",
        "aws:PrincipalOrgPaths",
        "aws:MultiFactorAuthPresent",
        "aws:MultiFactorAuthAge",
    ] {
        c.set(key, ContextValue::Absent);
    }
    match caller.kind {
        CallerKind::Service => {
            c.set("aws:PrincipalServiceName", ContextValue::one(&*caller.name));
            of_service(c);
            let sends = AwsService::find(&caller.name).map(|service| &service.sends);
            for key in sends.into_iter().flatten() {
                c.set(key.as_str(), open(false, "it names what the service works for"));
            }
        }
        CallerKind::Anonymous => of_nobody(c),
        CallerKind::Role
        | CallerKind::User
        | CallerKind::Root
        | CallerKind::FederatedUser
        | CallerKind::Federated
        | CallerKind::KnownToS3 => {}
    }
}

/// A service has the ARN of no role, and AWS does not say which account.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
fn of_service(c: &mut Context) {
    let account = "AWS says that all requests have it, and not what those of a service hold";
    c.set("aws:PrincipalAccount", undocumented(account));
    let choice = Unknown::undocumented("ARN of a service", "AWS does not say whether its requests have one");
    let chosen = ContextValue::one(symbol::identity("an AWS service"));
    c.set(
        "aws:PrincipalArn",
        ContextValue::Choice(Arc::new(Choice { choice, chosen, otherwise: ContextValue::Absent })),
    );
}

/// The account of the resource that a service works for is in its ARN, or is that of the bucket (R54).
fn of_source(c: &mut Context, ctx: &DecisionContext<'_>) {
    let arn = ctx.circumstances.source_arn().and_then(|arn| arn.parse::<Arn>().ok());
    let of_bucket = |arn: &Arn| {
        let bucket = (arn.service() == "s3").then(|| ctx.estate.bucket(arn.resource()).ok()).flatten()?;
        bucket.account.provided().copied()
    };
    let Some(account) = arn.and_then(|arn| arn.account().or_else(|| of_bucket(&arn))) else { return };
    c.set("aws:SourceAccount", ContextValue::one(account.to_string()));
    let fact = || FactId::Organization(account);
    let organization = ctx.organization(Some(account));
    organization_keys(c, &organization, Some(account), &fact, ["aws:SourceOrgID", "aws:SourceOrgPaths"]);
}

/// Nobody signed the request (R46).
///
/// Sources: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>,
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>
fn of_nobody(c: &mut Context) {
    c.set("aws:userid", ContextValue::one("anonymous"));
    c.set_family("aws:PrincipalTag/", ContextValue::Absent);
    for key in name::keys::about(Subject::Source) {
        c.set(key.name, ContextValue::Absent);
    }
    for key in ["aws:PrincipalArn", "aws:PrincipalServiceName", "aws:PrincipalServiceNamesList"] {
        c.set(key, ContextValue::Absent);
    }
    credentials::add_none(c);
}

/// Where the request comes from, and that it is the principal's own, unless that is not known.
fn network(c: &mut Context, ctx: &DecisionContext<'_>, way: &Way) {
    if matches!(way, Way::Any) {
        c.set("aws:ViaAWSService", open(false, "it is true where another service calls for the principal"));
    } else {
        c.set("aws:ViaAWSService", ContextValue::one("false"));
        for key in ["aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast"] {
            c.set(key, ContextValue::Absent);
        }
    }
    // An endpoint that is only taken to be the one on the way names itself in no key.
    let told = ctx.endpoint.filter(|_| ctx.network.endpoint.is_some());
    keys::network(c, ctx.estate, &ctx.network, told);
}
