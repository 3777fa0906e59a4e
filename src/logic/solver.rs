//! Conditions solved: always, never, or exactly when.
//!
//! All conditions of one question share their variables, so that what contradicts itself across documents is seen.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::diagram::{Diagrams, Node};
use super::space::{Meaning, Space};
use super::{Cond, KeyRelation, TooComplex, Truth, Unknown, UnknownKind, relations};

/// The room in which conditions are compared.
#[derive(Debug)]
pub struct Solver {
    pub(super) space: Space,
    pub(super) diagrams: Diagrams,
    /// The combinations of values that can be.
    pub(super) possible: Node,
    /// Conditions met before, by where their parts are kept.
    known: FxHashMap<*const Cond, Node>,
    /// Keeps what `known` names in its place.
    kept: Vec<Cond>,
    /// The variables could not be made at all.
    gave_up: bool,
}

/// What is known of the requests that a question is about.
#[derive(Copy, Clone, Debug)]
pub struct Given<'a> {
    /// Values of several keys that go together.
    pub facts: &'a [KeyRelation],
    /// The question is about requests that meet this condition, and no others.
    pub only: Option<&'a Cond>,
}

impl<'a> From<&'a [KeyRelation]> for Given<'a> {
    fn from(facts: &'a [KeyRelation]) -> Self {
        Self { facts, only: None }
    }
}

impl Solver {
    /// A room for these conditions; others cannot be asked about later. What AWS says of several keys together holds.
    pub fn new<'c>(conds: impl IntoIterator<Item = &'c Cond>) -> Self {
        Self::make(conds, Some(&[]))
    }

    /// As [`Solver::new`], and these facts hold too.
    pub fn with_facts<'c>(conds: impl IntoIterator<Item = &'c Cond>, facts: &[KeyRelation]) -> Self {
        Self::make(conds, Some(facts))
    }

    /// As [`Solver::with_facts`], for requests of which more is known.
    pub fn given<'c>(conds: impl IntoIterator<Item = &'c Cond>, given: Given<'c>) -> Self {
        let Some(only) = given.only else { return Self::make(conds, Some(given.facts)) };
        let mut solver = Self::make(conds.into_iter().chain([only]), Some(given.facts));
        // What is too complex to narrow stays wide, which makes nothing firm that is not.
        if let Ok(node) = solver.node(only)
            && let Ok(possible) = solver.diagrams.and(node, solver.possible)
        {
            solver.possible = possible;
        }
        solver
    }

    /// A room in which every key may hold anything, whatever the others hold.
    pub fn unrelated<'c>(conds: impl IntoIterator<Item = &'c Cond>) -> Self {
        Self::make(conds, None)
    }

    fn make<'c>(conds: impl IntoIterator<Item = &'c Cond>, facts: Option<&[KeyRelation]>) -> Self {
        let made = Space::of(conds, facts);
        let gave_up = made.is_err();
        let mut solver = Self {
            space: made.unwrap_or_default(),
            diagrams: Diagrams::default(),
            possible: Node::ALWAYS,
            known: FxHashMap::default(),
            kept: Vec::new(),
            gave_up,
        };
        match relations::possible(&solver.space, &mut solver.diagrams, facts) {
            Ok(possible) => solver.possible = possible,
            // Without the relations more seems possible than is, which makes nothing firm that is not.
            Err(TooComplex) => solver.possible = Node::ALWAYS,
        }
        solver
    }

    /// Whether a condition always or never holds; `None` when it depends on something, or is too complex to tell.
    pub fn decided(&mut self, cond: &Cond) -> Option<bool> {
        if let Some(value) = cond.decided() {
            return Some(value);
        }
        self.when(cond).ok()?.decided()
    }

    /// The diagram of a condition: `NEVER` and `ALWAYS` over all that is possible.
    pub(super) fn when(&mut self, cond: &Cond) -> Result<Node, TooComplex> {
        let node = self.node(cond)?;
        if self.diagrams.and(node, self.possible)? == Node::NEVER {
            return Ok(Node::NEVER);
        }
        if self.diagrams.implies(self.possible, node)? {
            return Ok(Node::ALWAYS);
        }
        Ok(node)
    }

    /// The diagram of a condition. The depth of the recursion is the depth of the condition, which follows the gates.
    fn node(&mut self, cond: &Cond) -> Result<Node, TooComplex> {
        if self.gave_up {
            return Err(TooComplex);
        }
        match cond {
            Cond::Known(value) => Ok(Node::known(*value)),
            Cond::Is(literal) => {
                let at = Arc::as_ptr(&literal.atom).cast::<Cond>();
                let node = match self.known.get(&at) {
                    Some(known) => *known,
                    None => {
                        let node = self.space.atom(&mut self.diagrams, &literal.atom)?;
                        self.known.insert(at, node);
                        self.kept.push(cond.clone());
                        node
                    }
                };
                if literal.holds { Ok(node) } else { self.diagrams.not(node) }
            }
            Cond::All(parts) => self.fold(cond, parts, true),
            Cond::Any(parts) => self.fold(cond, parts, false),
        }
    }

    fn fold(&mut self, cond: &Cond, parts: &Arc<[Cond]>, all: bool) -> Result<Node, TooComplex> {
        let at = parts.as_ptr();
        // A list of parts serves one combination, so its address names it.
        if let Some(known) = self.known.get(&at) {
            return Ok(*known);
        }
        let mut nodes = Vec::with_capacity(parts.len());
        for part in parts.iter() {
            nodes.push(self.node(part)?);
        }
        // From the last variable to the first each step only adds a branch on top.
        nodes.sort_by_key(|n| std::cmp::Reverse(self.diagrams.variable(*n)));
        let mut out = Node::known(all);
        for node in nodes {
            out = if all { self.diagrams.and(out, node)? } else { self.diagrams.or(out, node)? };
        }
        self.known.insert(at, out);
        self.kept.push(cond.clone());
        Ok(out)
    }

    /// Everything a condition depends on, each thing once.
    pub fn depends_on(&mut self, cond: &Cond) -> Vec<Unknown> {
        let mut out: Vec<Unknown> = Vec::new();
        match self.when(cond) {
            Ok(node) => {
                for variable in self.diagrams.support(node) {
                    let unknown = match self.space.variables.get(variable as usize) {
                        Some(Meaning::Opaque(unknown)) => Some(unknown),
                        Some(Meaning::Value { key, .. } | Meaning::Member { key, .. }) => {
                            self.space.keys.get(*key).map(|k| &k.because)
                        }
                        None => None,
                    };
                    push_once(&mut out, unknown);
                }
            }
            Err(TooComplex) => {
                for atom in cond.atoms() {
                    push_once(&mut out, Some(atom.unknown()));
                }
                push_once(&mut out, Some(&too_complex()));
            }
        }
        out
    }
}

fn push_once(out: &mut Vec<Unknown>, unknown: Option<&Unknown>) {
    if let Some(unknown) = unknown
        && !out.iter().any(|known| known.is_same(unknown))
    {
        out.push(unknown.clone());
    }
}

fn too_complex() -> Unknown {
    Unknown::new(
        UnknownKind::TooComplex,
        "conditions",
        "so many conditions on keys that are not known decide together that they were not solved",
    )
}
