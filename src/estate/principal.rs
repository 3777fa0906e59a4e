use std::collections::BTreeMap;

use super::{Known, PlacedArn, SharedPolicy};
use crate::name::{AccountId, Arn};
use crate::source::Span;

/// Tags by key.
pub type Tags = BTreeMap<String, String>;

/// An IAM role.
#[derive(Clone, Debug)]
pub struct Role {
    /// With its path: `role/app/reader` (R28).
    pub arn: PlacedArn,
    /// `AROA…`
    pub id: Option<String>,
    /// Its trust policy.
    pub trust: Known<SharedPolicy>,
    /// Inline and managed alike.
    pub policies: Known<Vec<SharedPolicy>>,
    /// `Provided(None)`: it has no boundary.
    pub boundary: Known<Option<SharedPolicy>>,
    /// Its tags.
    pub tags: Known<Tags>,
    /// The name of an instance profile that holds it.
    pub instance_profile: Option<String>,
}

/// An IAM user.
#[derive(Clone, Debug)]
pub struct User {
    /// Its ARN, with its place.
    pub arn: PlacedArn,
    /// Its unique id, as `AIDA…`.
    pub id: Option<String>,
    /// Its own, and those of its groups.
    pub policies: Known<Vec<SharedPolicy>>,
    /// Its permissions boundary; `Provided(None)`: it has none.
    pub boundary: Known<Option<SharedPolicy>>,
    /// Its tags.
    pub tags: Known<Tags>,
    /// The names of the groups it is in.
    pub groups: Vec<String>,
    /// Where the input says so.
    pub span: Span,
}

impl Role {
    /// The name behind the last slash of the path.
    pub fn name(&self) -> &str {
        self.arn.value.resource().rsplit('/').next().unwrap_or("")
    }

    /// SCPs and RCPs do not apply to service-linked roles (R76, R79, R86).
    pub fn is_service_linked(&self) -> bool {
        self.arn.value.resource().starts_with("role/aws-service-role/")
    }
}

/// A role or a user: what policies can be attached to.
#[derive(Copy, Clone, Debug)]
pub enum Identity<'e> {
    /// A role.
    Role(&'e Role),
    /// A user.
    User(&'e User),
}

impl<'e> Identity<'e> {
    /// Its ARN.
    pub fn arn(self) -> &'e Arn {
        match self {
            Self::Role(role) => &role.arn.value,
            Self::User(user) => &user.arn.value,
        }
    }

    /// The account it is in.
    pub fn account(self) -> Option<AccountId> {
        self.arn().account()
    }

    /// The name behind the last slash of the path.
    pub fn name(self) -> &'e str {
        self.arn().resource().rsplit('/').next().unwrap_or("")
    }

    /// Its unique id, where it is known.
    pub fn id(self) -> Option<&'e str> {
        match self {
            Self::Role(role) => role.id.as_deref(),
            Self::User(user) => user.id.as_deref(),
        }
    }

    /// Its identity-based policies, inline and attached.
    pub fn policies(self) -> &'e Known<Vec<SharedPolicy>> {
        match self {
            Self::Role(role) => &role.policies,
            Self::User(user) => &user.policies,
        }
    }

    /// Its permissions boundary; `Provided(None)`: it has none.
    pub fn boundary(self) -> &'e Known<Option<SharedPolicy>> {
        match self {
            Self::Role(role) => &role.boundary,
            Self::User(user) => &user.boundary,
        }
    }

    /// Its tags.
    pub fn tags(self) -> &'e Known<Tags> {
        match self {
            Self::Role(role) => &role.tags,
            Self::User(user) => &user.tags,
        }
    }

    /// The role, where it is one.
    pub fn role(self) -> Option<&'e Role> {
        match self {
            Self::Role(role) => Some(role),
            Self::User(_) => None,
        }
    }

    /// Whether it is a service-linked role, which SCPs and RCPs do not limit.
    pub fn is_service_linked(self) -> bool {
        self.role().is_some_and(Role::is_service_linked)
    }
}
