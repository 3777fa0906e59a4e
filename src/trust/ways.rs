//! Ways to a role: from it backwards, the shortest first, each one possible as a whole.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use petgraph::graph::{EdgeIndex, NodeIndex};
use rustc_hash::FxHashMap;

use super::chain::{Link, STEPS, Start, together};
use super::{Principal, TrustGraph};
use crate::logic::{Cond, Fact, Solver, Truth as _};

/// How far a search goes.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Limits {
    /// Ways of one principal.
    pub(crate) of_one: usize,
    /// Ways in all.
    pub(crate) in_all: usize,
}

/// A way from a principal to a role.
#[derive(Clone, Debug)]
pub(crate) struct WayTo {
    /// In order; the first one starts at the principal.
    pub(crate) edges: Vec<EdgeIndex>,
}

#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The shortest first.
    pub(crate) ways: Vec<WayTo>,
    /// What was left out, in words.
    pub(crate) omitted: Vec<String>,
}

/// The end of a way, as far back as it was followed.
struct Part {
    node: NodeIndex,
    /// The step taken here, and the part that follows it.
    step: Option<(EdgeIndex, usize)>,
    length: usize,
    /// Steps that begin with a change.
    changes: usize,
    /// Steps that depend on the session, and steps that depend on anything.
    coupled: usize,
    conditional: usize,
}

/// The ways from everyone to a role: those of today before those that need a change, the short before the long.
pub(crate) fn ways(graph: &mut TrustGraph<'_>, target: NodeIndex, limits: Limits) -> Found {
    let mut parts =
        vec![Part { node: target, step: None, length: 0, changes: 0, coupled: 0, conditional: 0 }];
    let mut of: FxHashMap<NodeIndex, Vec<usize>> = FxHashMap::default();
    let mut queue = BinaryHeap::from([Reverse((0, 0, 0))]);
    let mut found = Found::default();
    let (mut too_long, mut too_many) = (false, false);
    while let Some(Reverse((_, _, at))) = queue.pop() {
        let Some(part) = parts.get(at) else { continue };
        let (node, length, changes) = (part.node, part.length, part.changes);
        let known = of.get(&node).map_or(&[][..], Vec::as_slice);
        if at > 0 && !is_new(graph, &parts, at, known, limits, &mut too_many) {
            continue;
        }
        of.entry(node).or_default().push(at);
        if at > 0 {
            if found.ways.len() >= limits.in_all {
                too_many = true;
                break;
            }
            found.ways.push(WayTo { edges: steps_of(&parts, at) });
        }
        let steps = graph.steps_into(node);
        if length > STEPS.len() {
            too_long |= !steps.is_empty();
            continue;
        }
        for (edge, from) in steps {
            let full = of.get(&from).is_some_and(|list| list.len() >= limits.of_one);
            if full || through(&parts, at).any(|node| node == from) {
                too_many |= full && limits.of_one > 1;
                continue;
            }
            let Some(part) = longer(graph, &parts, at, edge, from) else { continue };
            queue.push(Reverse((changes.max(part.changes), length + 1, parts.len())));
            parts.push(part);
        }
    }
    if too_long {
        found.omitted.push(format!("ways of more than {} steps", STEPS.len()));
    }
    if too_many {
        found.omitted.push("further ways of principals that are listed with shorter ones".to_owned());
    }
    found
}

/// Whether a part is a way of its own: possible as a whole, and no shorter way of the same principal says it all.
fn is_new(
    graph: &TrustGraph<'_>,
    parts: &[Part],
    at: usize,
    known: &[usize],
    limits: Limits,
    too_many: &mut bool,
) -> bool {
    let Some(part) = parts.get(at) else { return false };
    if known.len() >= limits.of_one {
        *too_many |= limits.of_one > 1;
        return false;
    }
    let covered = known.iter().any(|other| covers(parts, *other, part));
    let alone = part.coupled == 0 || part.length == 1;
    !covered && (alone || is_possible(graph, parts, part))
}

fn longer(
    graph: &TrustGraph<'_>,
    parts: &[Part],
    next: usize,
    edge: EdgeIndex,
    from: NodeIndex,
) -> Option<Part> {
    let weight = graph.edge(edge)?;
    let rest = parts.get(next)?;
    Some(Part {
        node: from,
        step: Some((edge, next)),
        length: rest.length + 1,
        changes: rest.changes + usize::from(weight.way.recipe().is_some()),
        coupled: rest.coupled + usize::from(weight.coupled),
        conditional: rest.conditional + usize::from(!weight.when.is_true()),
    })
}

/// The nodes of a part, from its start to the target.
fn through(parts: &[Part], at: usize) -> impl Iterator<Item = NodeIndex> {
    let mut next = Some(at);
    std::iter::from_fn(move || {
        let part = parts.get(next?)?;
        next = part.step.map(|(_, rest)| rest);
        Some(part.node)
    })
}

/// The steps of a part, in order.
fn steps_of(parts: &[Part], at: usize) -> Vec<EdgeIndex> {
    let mut out = Vec::new();
    let mut next = Some(at);
    while let Some(part) = next.and_then(|at| parts.get(at)) {
        next = part.step.map(|(edge, rest)| {
            out.push(edge);
            rest
        });
    }
    out
}

/// Whether a shorter way of the same principal makes a longer one superfluous: it goes through nobody else, and works
/// whenever the longer one does.
fn covers(parts: &[Part], shorter: usize, longer: &Part) -> bool {
    let Some(short) = parts.get(shorter) else { return false };
    let Some((edge, rest)) = longer.step else { return false };
    let nodes = |node: &NodeIndex| through(parts, rest).any(|other| other == *node) || *node == longer.node;
    if !through(parts, shorter).all(|node| nodes(&node)) {
        return false;
    }
    let long: Vec<EdgeIndex> = std::iter::once(edge).chain(steps_of(parts, rest)).collect();
    short.conditional == 0 || steps_of(parts, shorter).iter().all(|step| long.contains(step))
}

/// Whether all steps can work at once, whatever the session it begins with was given before.
fn is_possible(graph: &TrustGraph<'_>, parts: &[Part], part: &Part) -> bool {
    let Some((edge, rest)) = part.step else { return true };
    let edges: Vec<EdgeIndex> = std::iter::once(edge).chain(steps_of(parts, rest)).collect();
    joined(graph, &edges, Start::Open).is_some_and(|joint| !never(&joint, &graph.ground.ctx.facts))
}

/// When all steps of a way work together: of a session that was given nothing, if it ever does, else of any.
pub(crate) fn when(graph: &TrustGraph<'_>, edges: &[EdgeIndex]) -> Option<Cond> {
    let told = joined(graph, edges, Start::Told)?;
    if never(&told, &graph.ground.ctx.facts) { joined(graph, edges, Start::Open) } else { Some(told) }
}

fn never(cond: &Cond, facts: &[Fact]) -> bool {
    cond.is_false() || (!cond.is_true() && Solver::with_facts([cond], facts).decided(cond) == Some(false))
}

fn joined(graph: &TrustGraph<'_>, edges: &[EdgeIndex], start: Start) -> Option<Cond> {
    let does = |edge: &EdgeIndex| {
        let (_, to) = graph.ends(*edge)?;
        let ends = matches!(graph.principal(to)?, Principal::Resource(_));
        graph.edge(*edge).filter(|_| ends)
    };
    let last = edges.last().and_then(does);
    let becoming = together(graph.ground, graph.index(), &links(graph, edges)?, start)?;
    Some(match last {
        Some(edge) => becoming.and(edge.when.clone()),
        None => becoming,
    })
}

/// The steps of a way that lead to roles, as links of a chain.
pub(crate) fn links<'a, 'e>(graph: &'a TrustGraph<'e>, edges: &[EdgeIndex]) -> Option<Vec<Link<'a, 'e>>> {
    let mut out = Vec::with_capacity(edges.len());
    for edge in edges {
        let weight = graph.edge(*edge)?;
        let (_, to) = graph.ends(*edge)?;
        if let Some(identity) = graph.principal(to).and_then(|to| to.identity(graph.ground.ctx.estate)) {
            out.push(Link { from: &weight.from, way: weight.way, to: identity });
        }
    }
    Some(out)
}
