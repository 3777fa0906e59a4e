//! Whoever can stand at the start of a step.

use crate::estate::{Estate, Identity, Workload, WorkloadKind};
use crate::eval::CANONICAL;
use crate::name::{AccountId, Arn};

/// A node of the graph.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Principal {
    /// A role of the estate, by its position.
    Role(usize),
    /// A user of the estate, by its position.
    User(usize),
    /// A principal that a policy names and the estate does not hold.
    Unlisted(Box<str>),
    /// The principals of an account that nobody named.
    Account(AccountId),
    /// The principals of the accounts of an organization that nobody named.
    Organization(Box<str>),
    /// The principals of any account that nobody named.
    AnyAccount,
    /// Requests that nobody signed.
    Public,
    /// A service, by its service principal.
    Service(Box<str>),
    /// Services that nobody named.
    AnyService,
    /// The identities of a web identity or SAML provider.
    Provider(Box<str>),
    /// Something that runs with a role, by its position.
    Workload(usize),
    /// What is asked about, where that is no role.
    Resource(Box<str>),
}

impl Principal {
    /// The role or user of the estate.
    pub(crate) fn identity<'e>(&self, estate: &'e Estate) -> Option<Identity<'e>> {
        match self {
            Self::Role(at) => estate.roles.get(*at).map(Identity::Role),
            Self::User(at) => estate.users.get(*at).map(Identity::User),
            Self::Unlisted(_)
            | Self::Account(_)
            | Self::Organization(_)
            | Self::AnyAccount
            | Self::Public
            | Self::Service(_)
            | Self::AnyService
            | Self::Provider(_)
            | Self::Workload(_)
            | Self::Resource(_) => None,
        }
    }

    /// The same in every run.
    pub(crate) fn id(&self, estate: &Estate) -> String {
        match self {
            Self::Role(_) | Self::User(_) => {
                self.identity(estate).map_or_else(String::new, |identity| identity.arn().to_string())
            }
            Self::Unlisted(arn) => arn.to_string(),
            Self::Account(account) => format!("account:{account}"),
            Self::Organization(id) => format!("organization:{id}"),
            Self::AnyAccount => "any-account".to_owned(),
            Self::AnyService => "any-service".to_owned(),
            Self::Public => "public".to_owned(),
            Self::Resource(name) => name.to_string(),
            Self::Service(name) => format!("service:{name}"),
            Self::Provider(name) => format!("federated:{name}"),
            Self::Workload(at) => {
                let workload = estate.workloads.get(*at);
                workload.map_or_else(String::new, |workload| format!("workload:{}", place(workload)))
            }
        }
    }

    /// What people call it.
    pub(crate) fn label(&self, estate: &Estate) -> String {
        match self {
            Self::Role(_) | Self::User(_) => {
                self.identity(estate).map_or_else(String::new, |identity| identity.name().to_owned())
            }
            Self::Unlisted(arn) => match arn.strip_prefix(CANONICAL) {
                Some(id) => format!("canonical user {id}"),
                None => arn.to_string(),
            },
            Self::Account(account) => format!("other principals of account {account}"),
            Self::Organization(id) => format!("other accounts of organization {id}"),
            Self::AnyAccount => "any AWS account".to_owned(),
            Self::AnyService => "any AWS service".to_owned(),
            Self::Public => "everyone, without credentials".to_owned(),
            Self::Resource(name) => name.to_string(),
            Self::Service(name) => name.to_string(),
            Self::Provider(name) => match name.split_once("-provider/") {
                Some((_, provider)) => provider.to_owned(),
                None => name.to_string(),
            },
            Self::Workload(at) => estate.workloads.get(*at).map_or_else(String::new, place),
        }
    }

    pub(crate) fn account(&self, estate: &Estate) -> Option<AccountId> {
        match self {
            Self::Role(_) | Self::User(_) => self.identity(estate).and_then(Identity::account),
            Self::Unlisted(arn) | Self::Provider(arn) => {
                arn.parse::<Arn>().ok().and_then(|arn| arn.account())
            }
            Self::Account(account) => Some(*account),
            Self::Organization(_)
            | Self::AnyAccount
            | Self::Public
            | Self::Service(_)
            | Self::AnyService
            | Self::Resource(_) => None,
            Self::Workload(at) => estate.workloads.get(*at).and_then(|w| w.role.value.account()),
        }
    }
}

/// Where a workload is and what it is called.
fn place(workload: &Workload) -> String {
    let account = match &workload.kind {
        WorkloadKind::Irsa { service_account, .. } | WorkloadKind::PodIdentity { service_account, .. } => {
            service_account
        }
        WorkloadKind::Service { what, name, .. } => return format!("{what} {name}"),
    };
    match &account.cluster {
        Some(cluster) => format!("{}/{}", cluster.rsplit('/').next().unwrap_or(cluster), workload.name()),
        None => workload.name(),
    }
}
