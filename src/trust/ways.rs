//! Ways to a role: from it backwards, the shortest first, each one possible as a whole.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use petgraph::graph::{EdgeIndex, NodeIndex};
use rustc_hash::FxHashMap;

use super::chain::{Link, STEPS, Start, together};
use super::incoming::asks_for_tags;
use super::{Principal, TrustGraph};
use crate::logic::{Cond, KeyRelation, Solver, Truth as _};

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
pub(crate) struct FoundWays {
    /// The shortest first.
    pub(crate) ways: Vec<WayTo>,
    /// What was left out, in words.
    pub(crate) omitted: Vec<String>,
}

/// How many circles of one principal are followed, and how many ways beyond those that are told.
const MOST_BESIDES: usize = 8;

/// How much of ways is kept at once.
const MOST_PARTS: usize = 1_000_000;

/// How often one way comes back to somebody.
const MOST_CIRCLES: usize = 2;

/// The end of a way, as far back as it was followed.
struct PartialWay {
    node: NodeIndex,
    /// The step taken here, and the part that follows it.
    step: Option<(EdgeIndex, usize)>,
    length: usize,
    /// Steps that begin with a change.
    changes: usize,
    /// Steps that depend on the session, and steps that depend on anything.
    coupled: usize,
    conditional: usize,
    /// How often it comes back to somebody, and whether the one it starts at is among them.
    circles: usize,
    comes_back: bool,
}

/// What was found of one principal.
#[derive(Default)]
struct Seen {
    /// Ways that are told.
    told: Vec<usize>,
    /// What else is followed: ways that say nothing new of the principal itself, but may of others who become it.
    besides: usize,
    /// One of them works whatever a session was given.
    is_settled: bool,
}

/// What becomes of a part.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Fate {
    /// It is a way, and longer ones may begin with it.
    Told,
    /// Longer ways may be of use though this one is not.
    Followed,
    Dropped,
}

/// The ways from everyone to a role: those of today before those that need a change, the short before the long.
///
/// A way comes back to a role only where what follows depends on the session: becoming a role again can give it tags, a
/// name, a source identity (R119, R126).
pub(crate) fn ways(graph: &mut TrustGraph<'_>, target: NodeIndex, limits: Limits) -> FoundWays {
    let start = PartialWay {
        node: target,
        step: None,
        length: 0,
        changes: 0,
        coupled: 0,
        conditional: 0,
        circles: 0,
        comes_back: false,
    };
    let mut parts = vec![start];
    let mut of: FxHashMap<NodeIndex, Seen> = FxHashMap::default();
    let mut queue = BinaryHeap::from([Reverse((0, 0, 0))]);
    let mut found = FoundWays::default();
    let (mut too_long, mut too_many) = (false, false);
    while let Some(Reverse((_, _, at))) = queue.pop() {
        let Some(part) = parts.get(at) else { continue };
        let (node, length, changes) = (part.node, part.length, part.changes);
        // Somebody who has no way yet is told even where there are very many.
        let is_roomy = found.ways.len() < limits.in_all && parts.len() < MOST_PARTS;
        let of_one = if is_roomy { limits.of_one } else { 1 };
        if at > 0 {
            let seen = of.entry(node).or_default();
            let fate = fate(graph, &parts, at, seen, of_one, target);
            too_many |= limits.of_one > 1 && fate != Fate::Told && seen.told.len() >= of_one;
            match fate {
                Fate::Dropped => continue,
                Fate::Followed => seen.besides += 1,
                Fate::Told => {
                    seen.told.push(at);
                    found.ways.push(WayTo { edges: steps_of(&parts, at) });
                }
            }
            seen.is_settled |= part.coupled == 0;
            // Whoever becomes the target has no need to become it again.
            if node == target {
                continue;
            }
        }
        let steps = graph.steps_into(node);
        if length > STEPS.len() {
            too_long |= !steps.is_empty();
            continue;
        }
        for (edge, from) in steps {
            let full = of.get(&from).is_some_and(|seen| {
                seen.told.len() >= of_one && (seen.is_settled || seen.besides >= MOST_BESIDES)
            });
            if full {
                too_many |= limits.of_one > 1;
                continue;
            }
            let Some(part) = longer(graph, &parts, at, edge, from, target) else { continue };
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
fn fate(
    graph: &TrustGraph<'_>,
    parts: &[PartialWay],
    at: usize,
    seen: &Seen,
    of_one: usize,
    target: NodeIndex,
) -> Fate {
    let Some(part) = parts.get(at) else { return Fate::Dropped };
    let is_told = seen.told.len() < of_one && (!part.comes_back || part.node == target);
    let is_followed = !seen.is_settled && seen.besides < MOST_BESIDES;
    if !is_told && !is_followed {
        return Fate::Dropped;
    }
    if !part.comes_back && seen.told.iter().any(|other| covers(parts, *other, part)) {
        return Fate::Dropped;
    }
    // One step was decided by itself, but for whether what it passes may be passed.
    let passes =
        part.step.and_then(|(edge, _)| graph.edge(edge)).is_some_and(|edge| asks_for_tags(&edge.when));
    let alone = part.coupled == 0 || (part.length == 1 && !passes);
    if !alone && !is_possible(graph, parts, part) {
        return Fate::Dropped;
    }
    if is_told { Fate::Told } else { Fate::Followed }
}

fn longer(
    graph: &TrustGraph<'_>,
    parts: &[PartialWay],
    next: usize,
    edge: EdgeIndex,
    from: NodeIndex,
    target: NodeIndex,
) -> Option<PartialWay> {
    let weight = graph.edge(edge)?;
    let rest = parts.get(next)?;
    let mut back = suffixes(parts, next).filter(|part| part.node == from);
    let comes_back = match (back.next(), back.next()) {
        (None, _) => false,
        // The target becomes itself.
        (Some(again), None) if from == target => return_if(rest.length == 0 && again.length == 0)?,
        (Some(again), None) => return_if(again.coupled > 0 && rest.circles < MOST_CIRCLES)?,
        (Some(_), Some(_)) => return None,
    };
    Some(PartialWay {
        node: from,
        step: Some((edge, next)),
        length: rest.length + 1,
        changes: rest.changes + usize::from(weight.way.recipe().is_some()),
        coupled: rest.coupled + usize::from(weight.coupled),
        conditional: rest.conditional + usize::from(!weight.when.is_true()),
        circles: rest.circles + usize::from(comes_back),
        comes_back,
    })
}

/// Holds, or there is no such way.
fn return_if(holds: bool) -> Option<bool> {
    holds.then_some(true)
}

/// A part and what follows it, to the target.
fn suffixes(parts: &[PartialWay], at: usize) -> impl Iterator<Item = &PartialWay> {
    let mut next = Some(at);
    std::iter::from_fn(move || {
        let part = parts.get(next?)?;
        next = part.step.map(|(_, rest)| rest);
        Some(part)
    })
}

/// The nodes of a part, from its start to the target.
fn through(parts: &[PartialWay], at: usize) -> impl Iterator<Item = NodeIndex> {
    suffixes(parts, at).map(|part| part.node)
}

/// The steps of a part, in order.
fn steps_of(parts: &[PartialWay], at: usize) -> Vec<EdgeIndex> {
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
fn covers(parts: &[PartialWay], shorter: usize, longer: &PartialWay) -> bool {
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
fn is_possible(graph: &TrustGraph<'_>, parts: &[PartialWay], part: &PartialWay) -> bool {
    let Some((edge, rest)) = part.step else { return true };
    let edges: Vec<EdgeIndex> = std::iter::once(edge).chain(steps_of(parts, rest)).collect();
    joined(graph, &edges, Start::Open).is_some_and(|joint| !never(&joint, &graph.trust_context.ctx.facts))
}

/// When all steps of a way work together: of a session that was given nothing, if it ever does, else of any.
pub(crate) fn when(graph: &TrustGraph<'_>, edges: &[EdgeIndex]) -> Option<Cond> {
    let told = joined(graph, edges, Start::Told)?;
    if never(&told, &graph.trust_context.ctx.facts) { joined(graph, edges, Start::Open) } else { Some(told) }
}

fn never(cond: &Cond, facts: &[KeyRelation]) -> bool {
    cond.is_false() || (!cond.is_true() && Solver::with_facts([cond], facts).decided(cond) == Some(false))
}

fn joined(graph: &TrustGraph<'_>, edges: &[EdgeIndex], start: Start) -> Option<Cond> {
    let first = &graph.edge(*edges.first()?)?.from;
    let last = edges.last().and_then(|edge| {
        let (_, to) = graph.ends(*edge)?;
        let ends = matches!(graph.principal(to)?, Principal::Resource(_));
        graph.edge(*edge).filter(|_| ends)
    });
    let links = links(graph, edges)?;
    let becoming = |end| together(graph.trust_context, graph.index(), &links, (first, start), end);
    match last {
        // What the session was given decides about the end, too.
        Some(edge) if edge.coupled => becoming(Some(&|session| graph.done(&edge.from, session))),
        Some(edge) => Some(becoming(None)?.and(edge.when.clone())),
        None => becoming(None),
    }
}

/// The steps of a way that lead to roles, as links of a chain.
pub(crate) fn links<'a, 'e>(graph: &'a TrustGraph<'e>, edges: &[EdgeIndex]) -> Option<Vec<Link<'a, 'e>>> {
    let mut out = Vec::with_capacity(edges.len());
    for edge in edges {
        let weight = graph.edge(*edge)?;
        let (_, to) = graph.ends(*edge)?;
        if let Some(identity) = graph.principal(to).and_then(|to| to.identity(graph.trust_context.ctx.estate))
        {
            out.push(Link { from: &weight.from, way: weight.way, to: identity });
        }
    }
    Some(out)
}
