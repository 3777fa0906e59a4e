//! Roles, as STS is asked for them: the trust policy alone lets in (R116).
//!
//! Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>

use super::{Asked, LetsIn, OwnPolicies, OwnSide, Resource, Service, open, tags_family};
use crate::estate::{Assumed, Estate, Known, Role, SharedPolicy};
use crate::eval::{Caller, CallerKind, Context, ContextValue};
use crate::logic::{FactId, Unknown};
use crate::name::{AccountId, Arn};

pub(super) static SERVICE: Service = Service {
    prefix: "sts",
    resource_policy: |_| "trust policy",
    requires_policy_of: Some(("iam", "role/")),
    has_told_endpoints: false,
    may_have_gateway_endpoint: false,
    is_regional: false,
    add_parameters: parameters,
    via_key: None,
    named: |estate, name| estate.role(name).ok().map(|role| role.arn.value.clone()),
    find: |estate, _, arn| {
        let parsed: Arn = arn.parse().ok()?;
        let is_role = parsed.service() == "iam" && parsed.resource().starts_with("role/");
        is_role.then(|| estate.role(arn).map(|role| Box::new(role) as super::FoundResource<'_>))
    },
};

/// What whoever assumes a role chooses freely stays open (R125).
fn parameters(c: &mut Context, caller: &Caller) {
    c.set_family(
        "aws:RequestTag/",
        open(true, "the principal that assumes the role chooses the session tags"),
    );
    // Only sts:AssumeRole has this parameter.
    c.set(
        "sts:ExternalId",
        match caller.kind {
            CallerKind::Federated => ContextValue::Absent,
            CallerKind::Role
            | CallerKind::User
            | CallerKind::Root
            | CallerKind::FederatedUser
            | CallerKind::Service
            | CallerKind::KnownToS3
            | CallerKind::Anonymous => {
                open(true, "the principal that assumes the role chooses it; it is not a secret")
            }
        },
    );
    c.set("sts:RoleSessionName", open(false, "the principal that assumes the role chooses it"));
    c.set("sts:SourceIdentity", open(true, "the principal that assumes the role chooses it"));
}

/// The trust policy; without it nobody becomes the role.
pub(crate) fn trust_policy(role: &Role) -> OwnPolicies<'_> {
    match &role.trust {
        Known::Provided(policy) => OwnPolicies::Provided(std::slice::from_ref::<SharedPolicy>(policy)),
        Known::NotProvided => OwnPolicies::NotProvided {
            what: Unknown::missing(FactId::TrustPolicy(role.arn.value.as_str().into()), "not provided"),
            denies: true,
        },
    }
}

impl<'e> Resource<'e> for &'e Role {
    fn arn(&self) -> &str {
        self.arn.value.as_str()
    }

    fn owner(&self) -> Option<AccountId> {
        self.arn.value.account()
    }

    /// RCPs do not limit what a service does on its own with a service-linked role (R79, R86).
    fn is_beyond_rcps(&self, asked: &Asked<'_>) -> bool {
        asked.caller.kind == CallerKind::Service && self.is_service_linked()
    }

    fn side(&self, _asked: &Asked<'_>, _assumed: &mut Assumed) -> OwnSide<'e> {
        OwnSide::of(trust_policy(self), self.owner())
    }

    fn lets_in(&self, _estate: &'e Estate, _strict: bool) -> LetsIn<'e> {
        LetsIn {
            policies: self.trust.provided().into_iter().collect(),
            is_open: !self.trust.is_provided(),
            ..LetsIn::default()
        }
    }

    fn add_keys(&self, context: &mut Context, _asked: &Asked<'_>) {
        for start in ["aws:ResourceTag/", "iam:ResourceTag/"] {
            let others = tags_family(
                context,
                start,
                &self.tags,
                || FactId::RoleTags(self.arn.value.as_str().into()),
                "the tags of the role are not known",
            );
            context.set_family(start, others);
        }
    }
}
