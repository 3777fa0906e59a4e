//! Principals and roles, and the steps between them as far as anybody asked.

use std::fmt;

use petgraph::Direction;
use petgraph::graph::{DiGraph, EdgeIndex, NodeIndex};
use petgraph::visit::EdgeRef as _;
use rustc_hash::{FxHashMap, FxHashSet};

use super::context::TrustContext;
use super::escalation::Escalations;
use super::incoming::{Incoming, incoming};
use super::index::Index;
use super::{Edge, Note, Principal, Way};
use crate::estate::{Identity, Role};
use crate::eval::SessionName;
use crate::logic::Cond;
use crate::request::Inherited;

/// What somebody does at the end of a way, as a session that was given something: when it works.
pub(crate) struct Access<'e>(Box<Does<'e>>);

type Does<'e> = dyn Fn(&Principal, Option<(SessionName, Inherited)>) -> Option<Cond> + 'e;

impl<'e> Access<'e> {
    pub(crate) fn new(
        does: impl Fn(&Principal, Option<(SessionName, Inherited)>) -> Option<Cond> + 'e,
    ) -> Self {
        Self(Box::new(does))
    }
}

impl fmt::Debug for Access<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Deed")
    }
}

/// The steps of one estate. They are decided role by role, when somebody asks who becomes it.
#[derive(Debug)]
pub struct TrustGraph<'e> {
    pub(crate) trust_context: &'e TrustContext<'e>,
    index: Index<'e>,
    graph: DiGraph<Principal, Edge>,
    nodes: FxHashMap<Principal, NodeIndex>,
    decided: Vec<bool>,
    notes: Vec<(usize, Note)>,
    /// Somebody who is looked at for every role, whoever the role trusts.
    besides: Option<(Principal, Way)>,
    /// Ways that begin with a change are looked for too.
    takeovers: Option<Escalations>,
    users: FxHashSet<usize>,
    deed: Option<Access<'e>>,
}

impl<'e> TrustGraph<'e> {
    /// A graph without steps; they are decided when they are asked for.
    pub fn new(trust_context: &'e TrustContext<'e>) -> Self {
        Self {
            trust_context,
            index: Index::new(trust_context.ctx.estate),
            graph: DiGraph::new(),
            nodes: FxHashMap::default(),
            decided: vec![false; trust_context.ctx.estate.roles.len()],
            notes: Vec::new(),
            besides: None,
            takeovers: None,
            users: FxHashSet::default(),
            deed: None,
        }
    }

    /// Look for ways that begin with a change too, into everyone who is decided from now on.
    pub(crate) fn with_escalation(&mut self) {
        self.takeovers = Some(Escalations::new());
    }

    /// Look at this principal too, for every role that is decided from now on.
    pub(crate) fn besides(&mut self, principal: Principal, way: Way) {
        self.besides = Some((principal, way));
    }

    /// Decide every step there is.
    pub fn decide_all(&mut self) {
        for at in 0..self.decided.len() {
            self.decide(at);
        }
        // Nobody becomes a user but by a change.
        for at in 0..self.trust_context.ctx.estate.users.len() {
            self.decide_user(at);
        }
    }

    /// What ways lead to that lead to no role.
    pub(crate) fn leads_to(&mut self, deed: Access<'e>) {
        self.deed = Some(deed);
    }

    /// When it is done by a session that was given something.
    pub(crate) fn done(&self, by: &Principal, session: Option<(SessionName, Inherited)>) -> Option<Cond> {
        let Access(does) = self.deed.as_ref()?;
        does(by, session)
    }

    /// The number of principals that were met.
    pub fn node_count(&self) -> usize {
        self.graph.node_count()
    }

    /// The number of steps that were decided.
    pub fn edge_count(&self) -> usize {
        self.graph.edge_count()
    }

    pub(crate) fn role(&self, at: usize) -> Option<&'e Role> {
        self.trust_context.ctx.estate.roles.get(at)
    }

    pub(crate) fn index(&self) -> &Index<'e> {
        &self.index
    }

    /// The principal with this ARN.
    pub(crate) fn with_arn(&self, arn: &str) -> Option<Principal> {
        self.index.arn(arn)
    }

    pub(crate) fn node(&mut self, principal: &Principal) -> NodeIndex {
        if let Some(known) = self.nodes.get(principal) {
            return *known;
        }
        let node = self.graph.add_node(principal.clone());
        self.nodes.insert(principal.clone(), node);
        node
    }

    pub(crate) fn principal(&self, node: NodeIndex) -> Option<&Principal> {
        self.graph.node_weight(node)
    }

    pub(crate) fn edge(&self, edge: EdgeIndex) -> Option<&Edge> {
        self.graph.edge_weight(edge)
    }

    pub(crate) fn ends(&self, edge: EdgeIndex) -> Option<(NodeIndex, NodeIndex)> {
        self.graph.edge_endpoints(edge)
    }

    /// A step to what is asked about, decided by whoever asks.
    pub(crate) fn does(&mut self, edge: Edge, to: NodeIndex) {
        let node = self.node(&edge.from);
        self.graph.add_edge(node, to, edge);
    }

    /// The steps into the role at a node, in the order of who takes them. Nobody becomes anything but a role.
    pub(crate) fn steps_into(&mut self, node: NodeIndex) -> Vec<(EdgeIndex, NodeIndex)> {
        match self.principal(node) {
            Some(Principal::Role(at)) => self.decide(*at),
            Some(Principal::User(at)) => self.decide_user(*at),
            Some(
                Principal::Unlisted(_)
                | Principal::Account(_)
                | Principal::Organization(_)
                | Principal::AnyAccount
                | Principal::Public
                | Principal::Service(_)
                | Principal::AnyService
                | Principal::Provider(_)
                | Principal::Workload(_)
                | Principal::Resource(_),
            )
            | None => {}
        }
        let mut found: Vec<(EdgeIndex, NodeIndex)> = self
            .graph
            .edges_directed(node, Direction::Incoming)
            .map(|edge| (edge.id(), edge.source()))
            .collect();
        found.sort_unstable();
        found
    }

    /// Every step decided so far.
    pub(crate) fn edges(&self) -> impl Iterator<Item = EdgeIndex> {
        self.graph.edge_indices()
    }

    /// What there is to know of the trust policies looked at.
    pub(crate) fn notes(&self) -> impl Iterator<Item = (usize, &Note)> {
        self.notes.iter().map(|(role, note)| (*role, note))
    }

    fn decide(&mut self, at: usize) {
        let Some(decided) = self.decided.get_mut(at) else { return };
        if std::mem::replace(decided, true) {
            return;
        }
        let Some(role) = self.role(at) else { return };
        let Incoming { edges, notes } =
            incoming(self.trust_context, &self.index, role, self.besides.as_ref());
        self.step_into(Principal::Role(at), Identity::Role(role), edges);
        self.notes.extend(notes.into_iter().map(|note| (at, note)));
    }

    fn decide_user(&mut self, at: usize) {
        let Some(user) = self.trust_context.ctx.estate.users.get(at).filter(|_| self.takeovers.is_some())
        else {
            return;
        };
        if self.users.insert(at) {
            self.step_into(Principal::User(at), Identity::User(user), Vec::new());
        }
    }

    fn step_into(&mut self, principal: Principal, identity: Identity<'e>, mut edges: Vec<Edge>) {
        if let Some(takeovers) = &mut self.takeovers {
            let more = takeovers.into(self.trust_context, &self.index, identity, &edges);
            edges.extend(more);
        }
        let to = self.node(&principal);
        for edge in edges {
            let from = self.node(&edge.from);
            self.graph.add_edge(from, to, edge);
        }
    }
}
