//! From principals and steps to what reports draw: names, conditions and evidence of each step, each once.

use petgraph::graph::EdgeIndex;
use rustc_hash::FxHashMap;

use crate::ask::leg::evidence;
use crate::ask::{
    AccessCall, AccessEdge, AccessGraph, AccessNode, AccessNote, AccessPath, AccessSubject, Assumption,
    Evidence, Layer, NodeKind, Standing, Verdict, Witness,
};
use crate::estate::{Estate, Known};
use crate::eval::{Explained, Symbolic};
use crate::logic::{Cond, KeyRelation, Solver, Truth as _};
use crate::name::AccountId;
use crate::trust::{Link, Principal, Step, TrustGraph, Way};

/// A map in the making.
pub(crate) struct GraphBuilder<'d, 'e> {
    estate: &'e Estate,
    /// Whose role or resource it is about.
    owner: Option<AccountId>,
    map: AccessGraph,
    nodes: FxHashMap<Principal, usize>,
    edges: FxHashMap<EdgeIndex, usize>,
    /// What somebody does to get at what is asked about, and which statements speak to it.
    does: Option<Does<'d>>,
}

/// The calls of a principal, and who says what of them.
pub(crate) type Does<'d> = Box<dyn Fn(&Principal, Way) -> Done + 'd>;

/// What somebody does to get at what is asked about.
pub(crate) struct Done {
    pub(crate) calls: Vec<AccessCall>,
    pub(crate) evidence: Vec<Evidence>,
    /// What is to be known besides.
    pub(crate) note: Option<String>,
}

impl<'d, 'e> GraphBuilder<'d, 'e> {
    pub(crate) fn does(&mut self, does: Does<'d>) {
        self.does = Some(does);
    }

    pub(crate) fn new(estate: &'e Estate, subject: AccessSubject, owner: Option<AccountId>) -> Self {
        let map = AccessGraph {
            subject,
            nodes: Vec::new(),
            edges: Vec::new(),
            paths: Vec::new(),
            omitted: Vec::new(),
            notes: Vec::new(),
            assumptions: Vec::new(),
            is_whole: false,
        };
        Self { estate, owner, map, nodes: FxHashMap::default(), edges: FxHashMap::default(), does: None }
    }

    /// What is asked about, where it is a principal.
    pub(crate) fn target(&mut self, principal: &Principal) {
        let at = self.node(principal);
        if let Some(node) = self.map.nodes.get_mut(at) {
            node.is_target = true;
        }
    }

    /// Everything is asked for.
    pub(crate) fn whole(&mut self, is_whole: bool) {
        self.map.is_whole = is_whole;
    }

    pub(crate) fn omitted(&mut self, what: Vec<String>) {
        self.map.omitted.extend(what);
    }

    pub(crate) fn node(&mut self, principal: &Principal) -> usize {
        if let Some(known) = self.nodes.get(principal) {
            return *known;
        }
        let account = principal.account(self.estate);
        let at = self.map.nodes.len();
        self.map.nodes.push(AccessNode {
            id: principal.id(self.estate),
            kind: kind(principal),
            label: principal.label(self.estate),
            account,
            standing: self.standing(principal, account),
            is_target: false,
            organization: self.organization(principal, account),
        });
        self.nodes.insert(principal.clone(), at);
        at
    }

    fn standing(&self, principal: &Principal, account: Option<AccountId>) -> Standing {
        match principal {
            Principal::Service(_) | Principal::AnyService | Principal::Resource(_) => Standing::SameAccount,
            Principal::AnyAccount | Principal::Public => Standing::Outside,
            // Whoever has an account there, wherever the provider is registered.
            Principal::Provider(name) if is_outside(self.estate, name) => Standing::Outside,
            Principal::Organization(id) => {
                match self.owner.map(|owner| self.estate.organization_id_of(owner)) {
                    Some(Known::Provided(Some(own))) if *own == **id => Standing::SameOrganization,
                    Some(Known::Provided(_)) => Standing::Outside,
                    Some(Known::NotProvided) | None => Standing::NotProvided,
                }
            }
            Principal::Role(_)
            | Principal::User(_)
            | Principal::Unlisted(_)
            | Principal::Account(_)
            | Principal::Provider(_)
            | Principal::Workload(_) => standing(self.estate, self.owner, account),
        }
    }

    /// The organization of a principal's account, and of the owner of what is asked about.
    fn organization(&self, principal: &Principal, account: Option<AccountId>) -> Option<String> {
        let account = match principal {
            Principal::Organization(id) => return Some(id.to_string()),
            Principal::Provider(name) if is_outside(self.estate, name) => return None,
            Principal::Resource(_) => self.owner,
            Principal::Role(_)
            | Principal::User(_)
            | Principal::Unlisted(_)
            | Principal::Account(_)
            | Principal::AnyAccount
            | Principal::Public
            | Principal::Service(_)
            | Principal::AnyService
            | Principal::Provider(_)
            | Principal::Workload(_) => account,
        };
        self.estate.organization_id_of(account?).provided().copied().flatten().map(str::to_owned)
    }

    pub(crate) fn edge(&mut self, graph: &TrustGraph<'e>, edge: EdgeIndex) -> usize {
        if let Some(known) = self.edges.get(&edge) {
            return *known;
        }
        let at = self.map.edges.len();
        self.edges.insert(edge, at);
        let (Some(weight), Some((_, to))) = (graph.edge(edge), graph.ends(edge)) else { return at };
        let Some(end) = graph.principal(to) else { return at };
        let (from, to) = (self.node(&weight.from), self.node(end));
        let facts = &graph.trust_context.ctx.facts;
        let solved = Solved::of(&weight.when, facts);
        let step = end.identity(self.estate).and_then(|target| {
            Step::prepare(graph.trust_context, graph.index(), &weight.from, weight.way, target)
        });
        let calls = step.as_ref().map_or(&[][..], |step| step.calls.as_slice());
        let mut spoken = Vec::new();
        for call in calls {
            let mut world = Explained::new(Symbolic);
            let _ = call.decide(&mut world);
            for (_, who, fires) in &world.matched {
                spoken.extend(evidence(*who, fires, facts.as_slice().into()));
            }
        }
        let made = |call: &crate::request::call::Call<'_>| AccessCall {
            action: call.action.as_str().to_owned(),
            resource: call.resource.to_string(),
        };
        let mut calls: Vec<AccessCall> = calls.iter().map(made).collect();
        let mut note = weight.way.recipe().map(|recipe| format!("it {} ({})", recipe.changes, recipe.rule));
        if let (Principal::Resource(_), Some(does)) = (end, &self.does) {
            let done = does(&weight.from, weight.way);
            (calls, spoken) = (done.calls, done.evidence);
            note = done.note.or(note);
        }
        self.map.edges.push(AccessEdge {
            from,
            to,
            layer: if weight.way.recipe().is_some() { Layer::Could } else { Layer::Today },
            way: match (weight.way, &self.map.subject) {
                (Way::Does, AccessSubject::Read { .. }) => "read",
                (way, _) => way.as_str(),
            },
            calls,
            verdict: solved.verdict,
            conditions: solved.conditions,
            witness: solved.witness,
            depends_on: solved.depends_on,
            evidence: spoken,
            note,
        });
        at
    }

    /// A way, with all its steps.
    pub(crate) fn path(&mut self, graph: &TrustGraph<'e>, edges: &[EdgeIndex]) {
        let facts = &graph.trust_context.ctx.facts;
        let Some(links) = crate::trust::links(graph, edges) else { return };
        let solved = match edges {
            [only] => graph.edge(*only).map(|edge| Solved::of(&edge.when, facts)),
            _ => crate::trust::when(graph, edges).map(|joint| Solved::of(&joint, facts)),
        };
        // Steps that contradict each other are no way.
        let Some(solved) = solved.filter(|solved| solved.verdict != Verdict::Denied) else { return };
        let drawn: Vec<usize> = edges.iter().map(|edge| self.edge(graph, *edge)).collect();
        self.map.paths.push(AccessPath {
            edges: drawn,
            verdict: solved.verdict,
            conditions: solved.conditions,
            depends_on: solved.depends_on,
            notes: chaining(&links),
        });
    }

    /// The map, everything in an order of its own.
    pub(crate) fn finish(mut self, notes: Vec<AccessNote>, assumptions: Vec<Assumption>) -> AccessGraph {
        super::super::symbols::explain_map(self.estate, &mut self.map);
        self.map.notes = notes;
        self.map.assumptions = assumptions;
        sorted(self.map)
    }
}

/// A condition as an answer tells it.
pub(crate) struct Solved {
    pub(crate) verdict: Verdict,
    pub(crate) conditions: Option<Vec<Vec<crate::ask::ConditionLine>>>,
    pub(crate) witness: Witness,
    pub(crate) depends_on: Vec<crate::logic::Unknown>,
}

impl Solved {
    pub(crate) fn of(when: &Cond, facts: &[KeyRelation]) -> Self {
        let firm =
            |verdict| Self { verdict, conditions: None, witness: Witness::default(), depends_on: Vec::new() };
        if when.is_true() {
            return firm(Verdict::Allowed);
        }
        let mut solver = Solver::with_facts([when], facts);
        match solver.decided(when) {
            Some(true) => firm(Verdict::Allowed),
            Some(false) => firm(Verdict::Denied),
            None => Self {
                verdict: Verdict::Conditional,
                conditions: solver.conditions(when),
                witness: solver.witness(when),
                depends_on: solver.depends_on(when),
            },
        }
    }
}

/// Whether a provider of web identities has users of its own: GitHub, GitLab, Google, and all others but the clusters of
/// EKS, whose service accounts are of the account. What a directory behind SAML holds is not known.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc.html>
fn is_outside(estate: &Estate, name: &str) -> bool {
    if name.contains(":saml-provider/") {
        return false;
    }
    let issuer = name.split_once(":oidc-provider/").map_or(name, |(_, issuer)| issuer);
    let is_own = |issued: &str| issued.trim_start_matches("https://") == issuer;
    let of_cluster = estate.clusters.iter().filter_map(|cluster| cluster.issuer.as_ref());
    !issuer.starts_with("oidc.eks.") && !of_cluster.into_iter().any(|issued| is_own(&issued.value))
}

fn kind(principal: &Principal) -> NodeKind {
    match principal {
        Principal::Role(_) => NodeKind::Role,
        Principal::User(_) => NodeKind::User,
        Principal::Unlisted(_) => NodeKind::Unlisted,
        Principal::Account(_) => NodeKind::Account,
        Principal::Organization(_) => NodeKind::Organization,
        Principal::AnyAccount => NodeKind::AnyAccount,
        Principal::AnyService => NodeKind::AnyService,
        Principal::Public => NodeKind::Public,
        Principal::Resource(_) => NodeKind::Resource,
        Principal::Service(_) => NodeKind::Service,
        Principal::Provider(_) => NodeKind::Provider,
        Principal::Workload(_) => NodeKind::Workload,
    }
}

/// Where an account stands to the one whose role or resource it is.
pub(crate) fn standing(estate: &Estate, owner: Option<AccountId>, account: Option<AccountId>) -> Standing {
    let (Some(owner), Some(account)) = (owner, account) else { return Standing::NotProvided };
    if owner == account {
        return Standing::SameAccount;
    }
    match (estate.organization_id_of(owner), estate.organization_id_of(account)) {
        (Known::Provided(Some(one)), Known::Provided(Some(other))) if one == other => {
            Standing::SameOrganization
        }
        (Known::Provided(_), Known::Provided(_)) => Standing::Outside,
        (_, _) => Standing::NotProvided,
    }
}

/// What is worth knowing of the sessions of a way (R126).
fn chaining(links: &[Link<'_, '_>]) -> Vec<String> {
    let by_session = |link: &&Link<'_, '_>| {
        let is_role = match link.from {
            Principal::Role(_) => true,
            Principal::Unlisted(arn) => arn.contains(":role/") || arn.contains(":assumed-role/"),
            Principal::User(_)
            | Principal::Account(_)
            | Principal::Organization(_)
            | Principal::AnyAccount
            | Principal::Public
            | Principal::Service(_)
            | Principal::AnyService
            | Principal::Provider(_)
            | Principal::Workload(_)
            | Principal::Resource(_) => false,
        };
        link.way == Way::AssumeRole && is_role
    };
    if links.iter().any(|link| by_session(&link)) {
        vec!["a session that another role's session assumes ends after an hour at most".to_owned()]
    } else {
        Vec::new()
    }
}

/// Nodes by account, kind and name; steps and ways by their names.
fn sorted(mut map: AccessGraph) -> AccessGraph {
    let mut order: Vec<usize> = (0..map.nodes.len()).collect();
    let key = |at: &usize| map.nodes.get(*at).map(|n| (n.account, n.kind, n.label.clone(), n.id.clone()));
    order.sort_by_cached_key(key);
    let place = places(&order);
    map.nodes = pick(map.nodes, &order);
    for edge in &mut map.edges {
        edge.from = place.get(edge.from).copied().unwrap_or_default();
        edge.to = place.get(edge.to).copied().unwrap_or_default();
    }
    let mut order: Vec<usize> = (0..map.edges.len()).collect();
    order.sort_by_key(|at| map.edges.get(*at).map(|e| (e.from, e.to, e.layer, e.way)));
    let place = places(&order);
    map.edges = pick(map.edges, &order);
    for path in &mut map.paths {
        for edge in &mut path.edges {
            *edge = place.get(*edge).copied().unwrap_or_default();
        }
    }
    let edges = &map.edges;
    let standing = |path: &AccessPath| {
        let first = path.edges.first().and_then(|edge| edges.get(*edge));
        first.map_or(usize::MAX, |edge| edge.from)
    };
    map.paths.sort_by_cached_key(|path| (path.edges.len(), standing(path), path.edges.clone()));
    map
}

fn places(order: &[usize]) -> Vec<usize> {
    let mut place = vec![0; order.len()];
    for (new, old) in order.iter().enumerate() {
        if let Some(slot) = place.get_mut(*old) {
            *slot = new;
        }
    }
    place
}

fn pick<T>(list: Vec<T>, order: &[usize]) -> Vec<T> {
    let mut list: Vec<Option<T>> = list.into_iter().map(Some).collect();
    order.iter().filter_map(|at| list.get_mut(*at)?.take()).collect()
}
