use std::sync::Arc;

use crate::estate::{Grant, Known, SharedPolicy};
use crate::eval::{KnownPrefix, Ownership, ResourceSide, Side, Target};
use crate::logic::Unknown;
use crate::name::AccountId;

/// Policies of a resource: told by the estate, or made from what AWS documents.
#[derive(Clone, Debug, Default)]
pub(crate) enum OwnPolicies<'e> {
    /// The question leaves this side out altogether.
    #[default]
    LeftOut,
    Nothing,
    Provided(&'e [SharedPolicy]),
    Made(Arc<[SharedPolicy]>),
    /// They were not supplied. `denies`: they might also deny.
    NotProvided {
        what: Unknown,
        denies: bool,
    },
}

impl OwnPolicies<'_> {
    fn view(&self) -> Side<'_> {
        match self {
            Self::LeftOut => Side::LeftOut,
            Self::Nothing => Side::Nothing,
            Self::Provided(policies) => Side::Policies(policies),
            Self::Made(policies) => Side::Policies(policies),
            Self::NotProvided { what, denies } => Side::NotProvided { what: what.clone(), denies: *denies },
        }
    }

    pub(crate) fn list(&self) -> &[SharedPolicy] {
        match self {
            Self::Provided(policies) => policies,
            Self::Made(policies) => policies,
            Self::LeftOut | Self::Nothing | Self::NotProvided { .. } => &[],
        }
    }
}

/// What stands on a resource's own side of a decision.
#[derive(Clone, Debug)]
pub(crate) struct OwnSide<'e> {
    pub(crate) policy: OwnPolicies<'e>,
    /// The account whose resource it is when accounts are compared: of an object, its owner's.
    pub(crate) owner: Option<AccountId>,
    /// The policy of the access point that the request goes through (R103).
    pub(crate) access_point: Option<OwnPolicies<'e>>,
    /// The account of that access point.
    pub(crate) access_point_owner: Option<AccountId>,
    /// It takes requests from one VPC alone.
    pub(crate) access_point_is_private: bool,
    /// The resource as its own policy names it, where the request names an access point (R22).
    pub(crate) underlying: Option<(Box<str>, Option<KnownPrefix>)>,
    /// Why its account is not known.
    pub(crate) account_unknown: Option<Unknown>,
    pub(crate) grants: Known<&'e [Grant]>,
    pub(crate) grants_unknown: Option<Unknown>,
    pub(crate) ownership: Ownership,
    pub(crate) restrict_public: Known<bool>,
}

impl<'e> OwnSide<'e> {
    /// A side with a policy and nothing else.
    pub(crate) fn of(policy: OwnPolicies<'e>, owner: Option<AccountId>) -> Self {
        Self {
            policy,
            owner,
            access_point: None,
            access_point_owner: None,
            access_point_is_private: false,
            underlying: None,
            account_unknown: None,
            grants: Known::Provided(&[]),
            grants_unknown: None,
            ownership: Ownership::Covered,
            restrict_public: Known::Provided(false),
        }
    }

    /// The same as a decision looks at it.
    pub(crate) fn view(&self, requires_resource_policy: bool) -> ResourceSide<'_> {
        ResourceSide {
            policy: self.policy.view(),
            access_point: self.access_point.as_ref().map(OwnPolicies::view),
            access_point_owner: self.access_point_owner,
            access_point_is_private: self.access_point_is_private,
            behind: self.underlying.as_ref().map(|(arn, within)| Target { arn, within: within.as_ref() }),
            anchored: requires_resource_policy,
            account_unknown: self.account_unknown.clone(),
            grants: match &self.grants {
                Known::Provided(grants) => Known::Provided(grants),
                Known::NotProvided => Known::NotProvided,
            },
            grants_unknown: self.grants_unknown.clone(),
            ownership: self.ownership.clone(),
            restrict_public: self.restrict_public.clone(),
        }
    }
}
