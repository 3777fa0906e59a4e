use std::collections::BTreeMap;

use super::{Known, PlacedArn, SharedPolicy};
use crate::name::{AccountId, Arn};
use crate::source::Span;

/// Tags by key.
pub type Tags = BTreeMap<String, String>;

#[derive(Clone, Debug)]
pub struct Role {
    /// With its path: `role/app/reader` (R28).
    pub arn: PlacedArn,
    /// `AROA…`
    pub id: Option<String>,
    pub trust: Known<SharedPolicy>,
    /// Inline and managed alike.
    pub policies: Known<Vec<SharedPolicy>>,
    /// `Provided(None)`: it has no boundary.
    pub boundary: Known<Option<SharedPolicy>>,
    pub tags: Known<Tags>,
    pub instance_profile: Option<String>,
}

#[derive(Clone, Debug)]
pub struct User {
    pub arn: PlacedArn,
    pub id: Option<String>,
    /// Its own, and those of its groups.
    pub policies: Known<Vec<SharedPolicy>>,
    pub boundary: Known<Option<SharedPolicy>>,
    pub tags: Known<Tags>,
    pub groups: Vec<String>,
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
    Role(&'e Role),
    User(&'e User),
}

impl<'e> Identity<'e> {
    pub fn arn(self) -> &'e Arn {
        match self {
            Self::Role(role) => &role.arn.value,
            Self::User(user) => &user.arn.value,
        }
    }

    pub fn account(self) -> Option<AccountId> {
        self.arn().account()
    }

    /// The name behind the last slash of the path.
    pub fn name(self) -> &'e str {
        self.arn().resource().rsplit('/').next().unwrap_or("")
    }

    pub fn id(self) -> Option<&'e str> {
        match self {
            Self::Role(role) => role.id.as_deref(),
            Self::User(user) => user.id.as_deref(),
        }
    }

    pub fn policies(self) -> &'e Known<Vec<SharedPolicy>> {
        match self {
            Self::Role(role) => &role.policies,
            Self::User(user) => &user.policies,
        }
    }

    pub fn boundary(self) -> &'e Known<Option<SharedPolicy>> {
        match self {
            Self::Role(role) => &role.boundary,
            Self::User(user) => &user.boundary,
        }
    }

    pub fn tags(self) -> &'e Known<Tags> {
        match self {
            Self::Role(role) => &role.tags,
            Self::User(user) => &user.tags,
        }
    }

    pub fn role(self) -> Option<&'e Role> {
        match self {
            Self::Role(role) => Some(role),
            Self::User(_) => None,
        }
    }

    pub fn is_service_linked(self) -> bool {
        self.role().is_some_and(Role::is_service_linked)
    }
}
