//! Accounts, principals, keys, buckets, the organization, and what we were *not* told.
//!
//! An estate is facts only. Absent is not empty: [`Known::NotProvided`] says that no input holds a fact, while
//! `Provided` with an empty list says that there is nothing.

mod assumption;
mod edit;
mod encryption;
mod find;
mod grant;
mod granted;
mod key;
mod listed;
mod names;
mod organization;
mod principal;
mod same;
mod storage;
mod store;
mod workload;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::name::{AccountId, Arn};
use crate::policy::Policy;
use crate::source::{SourceId, Span, Spanned};

pub(crate) use assumption::Assumed;
pub use assumption::Assumption;
pub use encryption::{Encryption, EncryptionType, KeyReference};
pub(crate) use find::fixed_key_policy;
pub use find::{Missing, ObjectUri, ObjectUriError, allow_everything, default_key_policy, object_pattern};
pub use grant::{Constraint, Grant};
pub use granted::{Granted, OfFile};
pub use key::{Key, KeyManager, KeyState};
pub use listed::{Iter, Listed, Named, Shared};
pub use organization::{Account, Attached, Level, Organization, Target};
pub use principal::{Identity, Role, Tags, User};
pub(crate) use same::Same;
pub use storage::{
    AccessPoint, Acl, Bucket, Endpoint, EndpointType, Object, Ownership, PublicAccessBlock, Replication,
};
pub use store::{Store, StoreKind};
pub use workload::{
    Cluster, InstanceProfile, OidcProvider, SamlProvider, ServiceAccount, Workload, WorkloadKind,
};

/// A fact, or the lack of it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Known<T> {
    /// The input says so.
    Provided(T),
    /// No input says it.
    #[default]
    NotProvided,
}

impl<T> Known<T> {
    /// The fact, where the input says it.
    pub fn provided(&self) -> Option<&T> {
        match self {
            Self::Provided(value) => Some(value),
            Self::NotProvided => None,
        }
    }

    /// Whether the input says it.
    pub fn is_provided(&self) -> bool {
        matches!(self, Self::Provided(_))
    }
}

impl<T> From<Option<T>> for Known<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::NotProvided, Self::Provided)
    }
}

/// A policy that several owners may share.
pub type SharedPolicy = Arc<Policy>;

/// Everything that was told, each list in the order it was read. A copy shares all that is not changed in it.
#[derive(Clone, Debug, Default)]
pub struct Estate {
    /// Accounts by id.
    pub accounts: Shared<BTreeMap<AccountId, Account>>,
    /// Organizations, in the order of the input.
    pub organizations: Listed<Organization>,
    /// Roles, in the order of the input.
    pub roles: Listed<Role>,
    /// Users, in the order of the input.
    pub users: Listed<User>,
    /// KMS keys, in the order of the input.
    pub keys: Listed<Key>,
    /// Buckets, in the order of the input.
    pub buckets: Listed<Bucket>,
    /// Objects and sets of objects, in the order of the input.
    pub objects: Listed<Object>,
    /// VPC endpoints, in the order of the input.
    pub endpoints: Listed<Endpoint>,
    /// Access points, in the order of the input.
    pub access_points: Listed<AccessPoint>,
    /// Secrets and queues, in the order of the input.
    pub stores: Listed<Store>,
    /// What runs with a role, in the order of the input.
    pub workloads: Listed<Workload>,
    /// Instance profiles, in the order of the input.
    pub instance_profiles: Shared<Vec<InstanceProfile>>,
    /// OpenID Connect providers, in the order of the input.
    pub oidc_providers: Shared<Vec<OidcProvider>>,
    /// SAML providers, in the order of the input.
    pub saml_providers: Shared<Vec<SamlProvider>>,
    /// Kubernetes clusters, in the order of the input.
    pub clusters: Shared<Vec<Cluster>>,
    /// AWS managed policies that nobody supplied: their documents come from the snapshot. By source, with the ARN,
    /// the version and the date to call them by.
    pub from_snapshot: Shared<BTreeMap<SourceId, String>>,
    /// ARNs of managed policies, by the places of their documents.
    pub managed: Shared<BTreeMap<Span, String>>,
    /// Other names people use for what the estate holds: Terraform addresses, logical ids, CDK paths.
    pub names: Shared<BTreeMap<String, Vec<Called>>>,
    /// Values that the input leaves open, by the name of their symbol: see [`crate::name::symbol`].
    pub symbols: Shared<BTreeMap<String, Symbol>>,
    /// Whether any text of the estate may hold a symbol.
    pub has_symbols: bool,
    /// What loaders took for granted.
    pub granted: Shared<Granted>,
    /// Roles and buckets that a file declares and that do not exist as it stands, by name, and why.
    pub left_out: Shared<BTreeMap<String, String>>,
}

/// What another name stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Called {
    /// A role, by its ARN.
    Role(Arn),
    /// A user, by its ARN.
    User(Arn),
    /// A KMS key, by its ARN.
    Key(Arn),
    /// A bucket, by its name.
    Bucket(String),
    /// A secret or a queue, by its ARN.
    Store(Arn),
}

/// Why a value is not known, and where the input leaves it open.
#[derive(Clone, Debug)]
pub struct Symbol {
    /// Why the value is open.
    pub why: String,
    /// The place that leaves it open.
    pub at: Span,
    /// A document that exists and was not supplied, where it matters.
    pub is_missing: bool,
    /// The ARN of the managed policy that this stands for.
    pub policy: Option<String>,
}

/// An ARN and the place that names it.
pub type PlacedArn = Spanned<Arn>;

/// Where a fact was told.
pub type At = Span;
