//! Who can become a role, and who can read: principals, the steps between them, and the ways that lead to the end.
//!
//! One shape for every question about several principals, so that each format draws it once.

use super::{Assumption, ConditionLine, Evidence, Verdict, Witness};
use crate::estate::ObjectUri;
use crate::logic::Unknown;
use crate::name::AccountId;

/// The answer to a question about several principals.
#[derive(Clone, Debug)]
pub struct AccessGraph {
    /// What was asked.
    pub subject: AccessSubject,
    /// Sorted by account, kind and name.
    pub nodes: Vec<AccessNode>,
    /// Every step that lies on one of the ways.
    pub edges: Vec<AccessEdge>,
    /// The shortest first; several of one principal where none of them covers another.
    pub paths: Vec<AccessPath>,
    /// What was left out for its size, in words.
    pub omitted: Vec<String>,
    /// What a reader should know that is no step: principals that exist no more, a service that nothing uses.
    pub notes: Vec<AccessNote>,
    /// What was assumed because no input says it, each once.
    pub assumptions: Vec<Assumption>,
    /// Everything is asked for: reports leave nothing out for its length.
    pub is_whole: bool,
}

/// What was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessSubject {
    /// Who can assume this role, or all roles.
    Trust {
        /// The ARN or name of the role; `None` for every role.
        role: Option<String>,
        /// The one principal that was asked about, where there is one.
        by: Option<String>,
    },
    /// Who can read this object.
    Read {
        /// The object, or the prefix of a set of objects.
        object: ObjectUri,
        /// The name of the profile the read is judged by.
        profile: String,
    },
    /// Who can do this.
    Action {
        /// The action, as `service:Name`.
        action: String,
        /// The ARN of the resource.
        resource: String,
    },
    /// Who can do this operation.
    Operation {
        /// The name of the operation, such as `write`.
        operation: String,
        /// The objects or buckets, as URIs.
        targets: Vec<String>,
    },
}

/// Whether something is inside the organization of what is asked about.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It is in the same account.
    SameAccount,
    /// It is in another account of the same organization.
    SameOrganization,
    /// Another organization, or none.
    Outside,
    /// The organization of one of the two is not known.
    NotProvided,
}

/// What a node stands for.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NodeKind {
    /// An IAM role of the estate.
    Role,
    /// An IAM user of the estate.
    User,
    /// A principal that a policy names and the estate does not hold.
    Unlisted,
    /// The principals of an account that nobody named.
    Account,
    /// The principals of the accounts of an organization that nobody named.
    Organization,
    /// The principals of any AWS account.
    AnyAccount,
    /// Everyone, without credentials too.
    Public,
    /// An AWS service, by its service principal.
    Service,
    /// Services that nobody named.
    AnyService,
    /// The identities of a web identity or SAML provider.
    Provider,
    /// Something that runs with a role: an instance, a function, a Kubernetes service account.
    Workload,
    /// What is asked about, where that is no role: the object, the key.
    Resource,
}

/// A principal or resource of the graph.
#[derive(Clone, Debug)]
pub struct AccessNode {
    /// The same in every run: an ARN, `account:…`, `organization:…`, `any-account`, `service:…`, `any-service`,
    /// `federated:…`, `canonical:…`, `workload:…`.
    pub id: String,
    /// What it is.
    pub kind: NodeKind,
    /// What people call it: the name of a role, `account 111111111111`.
    pub label: String,
    /// The account it is in, where it is in one.
    pub account: Option<AccountId>,
    /// How it relates to the organization of what was asked about.
    pub standing: Standing,
    /// It is what is asked about.
    pub is_target: bool,
    /// The organization of its account, where it is in one and that is known.
    pub organization: Option<String>,
}

/// Which question a step answers: what is possible now, or what could be made possible.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// It is possible as the policies stand.
    Today,
    /// A takeover: somebody changes something first.
    Could,
}

/// One step from a principal to a role, or to the resource.
#[derive(Clone, Debug)]
pub struct AccessEdge {
    /// The index of the node it starts at.
    pub from: usize,
    /// The index of the node it leads to.
    pub to: usize,
    /// Whether it is possible today or after a change.
    pub layer: Layer,
    /// How: `assume-role`, `web-identity`, `saml`, `service`, `instance-profile`, `pod-identity`, `runs-as`, `read`,
    /// or the id of a takeover.
    pub way: &'static str,
    /// The API calls in order, each with what it is made on.
    pub calls: Vec<AccessCall>,
    /// Allowed or conditional.
    pub verdict: Verdict,
    /// As in an answer: the step works exactly when one of these lists holds.
    pub conditions: Option<Vec<Vec<ConditionLine>>>,
    /// One request that is allowed, and one that is denied.
    pub witness: Witness,
    /// What else the step depends on.
    pub depends_on: Vec<Unknown>,
    /// The statements that matched.
    pub evidence: Vec<Evidence>,
    /// What a takeover changes, or what else there is to know; one sentence.
    pub note: Option<String>,
}

/// A request that a step makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessCall {
    /// The action, as `service:Name`.
    pub action: String,
    /// The ARN it is asked on, `*` where the action has none.
    pub resource: String,
}

/// A way from a principal to what is asked about.
#[derive(Clone, Debug)]
pub struct AccessPath {
    /// Positions in `edges`, in order; the first one starts at the principal.
    pub edges: Vec<usize>,
    /// All steps together.
    pub verdict: Verdict,
    /// Exactly when all steps work together; `None` when firm or too large, or where two steps hold different values
    /// for one key: then each step has its own.
    pub conditions: Option<Vec<Vec<ConditionLine>>>,
    /// What else the path depends on.
    pub depends_on: Vec<Unknown>,
    /// Role chaining ends after an hour, tags that do not go on, and the like.
    pub notes: Vec<String>,
}

/// Something to know that is no step.
#[derive(Clone, Debug)]
pub struct AccessNote {
    /// One sentence.
    pub text: String,
    /// The place it is about, where there is one.
    pub at: Option<crate::source::Span>,
}

impl AccessGraph {
    /// The principal a way starts at.
    pub fn start(&self, path: &AccessPath) -> Option<&AccessNode> {
        let first = self.edges.get(*path.edges.first()?)?;
        self.nodes.get(first.from)
    }

    /// Whether a way needs a takeover.
    pub fn layer(&self, path: &AccessPath) -> Layer {
        let of = |edge: &usize| self.edges.get(*edge).map(|edge| edge.layer);
        path.edges.iter().filter_map(of).max().unwrap_or(Layer::Today)
    }
}
