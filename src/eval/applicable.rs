//! What applies to one request: the policies of each gate, and what is known not to exist.

use super::KnownPrefix;
use super::endpoint::NamedEndpoint;
use super::owner::Ownership;
use crate::estate::{Grant, Known, Level, SharedPolicy};
use crate::logic::Unknown;
use crate::name::AccountId;

/// The policies that apply to one request, and what is known not to exist.
#[derive(Clone, Debug, Default)]
pub struct Applicable<'a> {
    /// The identity-based policies of the caller.
    pub identity: Side<'a>,
    /// The permissions boundary of the caller.
    pub boundary: Limit<'a>,
    /// The session policies of the caller.
    pub session: Limit<'a>,
    /// The service control policies above the caller's account.
    pub scps: ControlPolicies<'a>,
    /// The resource control policies above the resource's account.
    pub rcps: ControlPolicies<'a>,
    /// What stands on the resource's side.
    pub resource: ResourceSide<'a>,
    /// The policy of the VPC endpoint the request comes through.
    pub endpoint: Limit<'a>,
    /// `Some(true)` for a gateway endpoint, `None` when the type is not known.
    pub endpoint_is_gateway: Option<bool>,
    /// Endpoints that the request may pass and that conditions name.
    pub named_endpoints: &'a [NamedEndpoint],
}

/// Policies that give access.
#[derive(Clone, Debug, Default)]
pub enum Side<'a> {
    /// The question leaves this side out altogether.
    #[default]
    LeftOut,
    /// There is no policy, and it grants nothing.
    Nothing,
    /// These policies.
    Policies(&'a [SharedPolicy]),
    /// They are not provided. `denies`: they might also deny.
    NotProvided {
        /// What is not provided.
        what: Unknown,
        /// Whether the missing policies might deny as well as allow.
        denies: bool,
    },
}

/// Policies that only limit.
#[derive(Clone, Debug, Default)]
pub enum Limit<'a> {
    /// There is none, and nothing is limited.
    #[default]
    None,
    /// These policies.
    Policies(&'a [SharedPolicy]),
    /// It is not provided whether there is one.
    NotProvided(Unknown),
}

/// A hierarchy of policies that only limit, from the root down.
#[derive(Clone, Debug, Default)]
pub enum ControlPolicies<'a> {
    /// Switched off, exempt, or taken for granted.
    #[default]
    None,
    /// The levels from the root to the account, each with its policies.
    Known(&'a [Level]),
    /// They are not provided.
    NotProvided(Unknown),
}

/// A resource as a policy names it.
#[derive(Copy, Clone, Debug)]
pub struct Target<'a> {
    /// The ARN of the resource.
    pub arn: &'a str,
    /// The part the question leaves open.
    pub within: Option<&'a KnownPrefix>,
}

/// The resource's own side of the decision.
#[derive(Clone, Debug, Default)]
pub struct ResourceSide<'a> {
    /// The policies of the resource.
    pub policy: Side<'a>,
    /// The policy of the access point the request goes through; both must let the caller in (R103).
    pub access_point: Option<Side<'a>>,
    /// The account of that access point.
    pub access_point_owner: Option<AccountId>,
    /// It is closed to all networks but one VPC, and so never public (R102).
    pub access_point_is_private: bool,
    /// The resource as the bucket policy names it, where the request names an access point (R22).
    pub behind: Option<Target<'a>>,
    /// Keys and roles: without a policy of their own they grant no access, not even to their account (R67, R116).
    pub anchored: bool,
    /// The account `None` when it is not known.
    pub account_unknown: Option<Unknown>,
    /// The grants of a KMS key.
    pub grants: Known<&'a [Grant]>,
    /// Why the grants are not known, where they are not.
    pub grants_unknown: Option<Unknown>,
    /// Who owns the object, where the resource is one.
    pub ownership: Ownership,
    /// RestrictPublicBuckets is on (`Provided(true)`).
    pub restrict_public: Known<bool>,
}

impl<'a> ResourceSide<'a> {
    /// The side of a key without grants, or of a role.
    pub fn requires_resource_policy(policy: Side<'a>) -> Self {
        Self {
            policy,
            anchored: true,
            grants: Known::Provided(&[]),
            restrict_public: Known::Provided(false),
            ..Self::default()
        }
    }
}
