//! Who can become whom: principals and roles as a graph whose edges are decisions (R116–R131).
//!
//! An edge is never guessed from the text of a trust policy: it is a request to STS, decided by the same walk as every
//! other request. Which pairs are worth a decision comes from indexes.

mod chain;
pub mod context;
pub mod escalation;
mod graph;
mod incoming;
mod index;
mod named;
mod principal;
mod shut_out;
mod ways;

use crate::logic::Cond;
use crate::source::Span;

pub(crate) use chain::{Link, MayBeGiven};
pub(crate) use graph::Access;
pub use graph::TrustGraph;
pub(crate) use incoming::{Step, asks_for_session, is_coupled};
pub(crate) use index::Index;
pub(crate) use named::NamedPrincipals;
pub use principal::Principal;
pub(crate) use shut_out::shut_out;
pub(crate) use ways::{Limits, links, ways, when};

/// How a principal becomes a role.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// `sts:AssumeRole`
    AssumeRole,
    /// With a token of an OpenID Connect or other web identity provider.
    WebIdentity,
    /// `sts:AssumeRoleWithSAML`
    Saml,
    /// A service starts sessions of the role for what it runs.
    Service,
    /// EC2 hands the role to instances.
    InstanceProfile,
    /// EKS hands the role to the pods of a service account.
    PodIdentity,
    /// A service account of Kubernetes, with the token of its cluster.
    Irsa,
    /// Something that a service runs with the role.
    RunsAs,
    /// To what is asked about: a read, an action.
    Does,
    /// By changing something first: the position of its recipe.
    Takeover(usize),
}

impl Way {
    /// The word used in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AssumeRole => "assume-role",
            Self::WebIdentity => "web-identity",
            Self::Saml => "saml",
            Self::Service => "service",
            Self::InstanceProfile => "instance-profile",
            Self::PodIdentity => "pod-identity",
            Self::Irsa => "irsa",
            Self::RunsAs => "runs-as",
            Self::Does => "does",
            Self::Takeover(at) => escalation::ALL.get(at).map_or("takeover", |recipe| recipe.id),
        }
    }
}

impl Way {
    /// The recipe of a takeover.
    pub(crate) fn recipe(self) -> Option<&'static escalation::EscalationPath> {
        match self {
            Self::Takeover(at) => escalation::ALL.get(at),
            Self::AssumeRole
            | Self::WebIdentity
            | Self::Saml
            | Self::Service
            | Self::InstanceProfile
            | Self::PodIdentity
            | Self::Irsa
            | Self::RunsAs
            | Self::Does => None,
        }
    }
}

/// A step into a role.
#[derive(Clone, Debug)]
pub struct Edge {
    /// The principal that makes the step.
    pub from: Principal,
    /// How it makes it.
    pub way: Way,
    /// When it works, of a session that was given no tags; where it works of no such session, of any.
    pub when: Cond,
    /// It depends on what the caller's session has from before.
    pub coupled: bool,
}

/// Something to know of a trust policy that is no step.
#[derive(Clone, Debug)]
pub struct Note {
    /// One sentence.
    pub text: String,
    /// The place it is about, where there is one.
    pub at: Option<Span>,
}
