//! Requests to STS that turn a principal into a role (R116–R127).
//!
//! Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>

use std::sync::Arc;

use super::call::{self, Call, Hierarchies};
use super::keys::{
    Who, follow, follow_network, given, network, open, principal, resource_account, tags_family,
};
use super::{Asker, Assumed, Circumstances, guardrails};
use crate::estate::{Estate, Identity, Known, Role};
use crate::eval::{Caller, CallerKind, Context, ResourceSide, Side, Slot};
use crate::logic::Unknown;
use crate::name::{ActionName, symbol};

/// What requests are made in.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Scene<'e> {
    pub(crate) estate: &'e Estate,
    pub(crate) circumstances: &'e Circumstances,
    pub(crate) strict: bool,
}

/// The action by which this kind of principal becomes a role.
pub(crate) fn default_action(asker: &Asker<'_>) -> &'static str {
    match asker.caller.kind {
        CallerKind::Federated if asker.caller.name.contains(":saml-provider/") => "sts:AssumeRoleWithSAML",
        CallerKind::Federated => "sts:AssumeRoleWithWebIdentity",
        CallerKind::Role
        | CallerKind::User
        | CallerKind::Root
        | CallerKind::FederatedUser
        | CallerKind::Service
        | CallerKind::Anonymous => "sts:AssumeRole",
    }
}

/// One call to STS about this role.
pub(crate) fn call<'e>(
    scene: Scene<'e>,
    asker: &Asker<'e>,
    target: &'e Role,
    action: ActionName,
    hierarchies: Hierarchies,
    assumed: &mut Assumed,
) -> Call<'e> {
    call_over(&Arc::new(of_caller(scene, asker)), scene, asker, target, action, hierarchies, assumed)
}

/// The same, where what its caller holds in every request is known already.
pub(crate) fn call_over<'e>(
    of_caller: &Arc<Context>,
    scene: Scene<'e>,
    asker: &Asker<'e>,
    target: &'e Role,
    action: ActionName,
    hierarchies: Hierarchies,
    assumed: &mut Assumed,
) -> Call<'e> {
    let Scene { estate, circumstances, strict } = scene;
    let account = target.arn.value.account();
    guardrails::snapshots(estate, asker.policies(), asker.boundary(), assumed);
    let (boundary, session) = call::limits(asker, &circumstances.session, strict, assumed);
    Call {
        caller: asker.caller.clone(),
        action,
        resource: target.arn.value.as_str().into(),
        account,
        context: context_over(of_caller, scene, target),
        identity: call::identity_side(asker),
        boundary,
        session,
        hierarchies: hierarchies.about(asker, target),
        side: trust(target),
    }
}

/// The trust policy: without it nobody becomes the role (R116).
pub(crate) fn trust(target: &Role) -> ResourceSide<'_> {
    ResourceSide::anchored(match &target.trust {
        Known::Told(policy) => Side::Policies(std::slice::from_ref(policy)),
        Known::NotTold => Side::NotTold {
            what: Unknown::not_supplied(
                format!("trust policy of {}", target.arn.value),
                "it was not supplied",
            ),
            denies: true,
        },
    })
}

/// How the keys of what a provider says about its users begin; those of all other providers are absent then. `None`
/// where they are not known apart.
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

/// The context of a request to STS. What the caller may choose freely stays open (R125).
pub(crate) fn context(scene: Scene<'_>, asker: &Asker<'_>, target: &Role) -> Context {
    context_over(&Arc::new(of_caller(scene, asker)), scene, target)
}

/// What a request to STS holds, whichever role it is about.
pub(crate) fn of_caller(scene: Scene<'_>, asker: &Asker<'_>) -> Context {
    let Scene { estate, circumstances, strict } = scene;
    let caller = &asker.caller;
    let depends = || open(true, "it depends on the request");
    let mut c = match claims(caller) {
        Some(claims) => {
            let mut c = Context::new("sts", Slot::Absent);
            for family in ["aws:", "sts:", &claims] {
                c.set_family(family, depends());
            }
            c
        }
        None => Context::new("sts", depends()),
    };
    c.symbols = estate.has_symbols;
    c.set_family("s3:", Slot::Absent);
    c.set_family("kms:", Slot::Absent);
    if caller.has_identity() {
        principal(
            &mut c,
            &Who {
                estate,
                caller,
                role: asker.identity.and_then(Identity::role),
                tags: asker.tags(),
                session_tags: &circumstances.session.tags,
                strict,
            },
        );
        for key in ["aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID", "aws:SourceOrgPaths"] {
            c.set(key, Slot::Absent);
        }
    } else {
        let service = caller.kind == CallerKind::Service;
        c.set("aws:PrincipalIsAWSService", Slot::one(if service { "true" } else { "false" }));
        c.set("aws:username", Slot::Absent);
        // Neither is in an organization, and neither has used MFA: the call of a token is not even signed.
        for key in [
            "aws:PrincipalOrgID",
            "aws:PrincipalOrgPaths",
            "aws:MultiFactorAuthPresent",
            "aws:MultiFactorAuthAge",
        ] {
            c.set(key, Slot::Absent);
        }
        if service {
            c.set("aws:PrincipalServiceName", Slot::one(&*caller.name));
        }
    }
    c.set("aws:ViaAWSService", Slot::one("false"));
    c.set("aws:SecureTransport", Slot::one("true"));
    network(&mut c, estate, &circumstances.whole_network(), None);
    c.set_family("aws:RequestTag/", open(true, "whoever assumes the role chooses the session tags"));
    // Only sts:AssumeRole has this parameter.
    c.set(
        "sts:ExternalId",
        match caller.kind {
            CallerKind::Federated => Slot::Absent,
            CallerKind::Role
            | CallerKind::User
            | CallerKind::Root
            | CallerKind::FederatedUser
            | CallerKind::Service
            | CallerKind::Anonymous => open(true, "whoever assumes the role chooses it; it is no secret"),
        },
    );
    c.set("sts:RoleSessionName", open(false, "whoever assumes the role chooses it"));
    c.set("sts:SourceIdentity", open(true, "whoever assumes the role chooses it"));
    given(&mut c, circumstances, &|_| true);
    follow(&mut c);
    follow_network(&mut c);
    c
}

/// The same, and what it holds of the role.
pub(crate) fn context_over(of_caller: &Arc<Context>, scene: Scene<'_>, target: &Role) -> Context {
    let Scene { estate, circumstances, .. } = scene;
    let mut c = Context::over(of_caller);
    resource_account(&mut c, estate, target.arn.value.account());
    for start in ["aws:ResourceTag/", "iam:ResourceTag/"] {
        let others = tags_family(&mut c, start, &target.tags, "the tags of the role were not told");
        c.set_family(start, others);
    }
    given(&mut c, circumstances, &|_| true);
    c
}
