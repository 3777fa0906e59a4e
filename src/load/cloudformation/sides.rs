//! Questions that are left open, and the sides of them that a walk is on.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::text::equal;
use crate::source::Span;

/// A question nobody answered: whether two texts are the same.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Atom {
    /// What the switch is called in guards.
    pub(super) name: String,
    pub(super) why: String,
    pub(super) left: String,
    pub(super) right: String,
    pub(super) span: Span,
}

#[derive(Clone, Debug)]
pub(super) enum Decided {
    Is(bool),
    Open(Rc<Atom>),
}

/// The sides of open questions that a walk is on.
#[derive(Clone, Debug, Default)]
pub(super) struct Branch(BTreeMap<String, (Rc<Atom>, bool)>);

impl Branch {
    pub(super) fn with(&self, atom: &Rc<Atom>, side: bool) -> Self {
        let mut branch = self.0.clone();
        branch.insert(atom.name.clone(), (Rc::clone(atom), side));
        Self(branch)
    }

    /// The questions answered here and not in `base`, with their sides.
    pub(super) fn beyond<'a>(&'a self, base: &'a Self) -> impl Iterator<Item = (&'a Rc<Atom>, bool)> {
        let extra = self.0.iter().filter(|(name, _)| !base.0.contains_key(*name));
        extra.map(|(_, (atom, side))| (atom, *side))
    }

    /// Both at once; none where they contradict each other.
    pub(super) fn and(&self, other: &Self) -> Option<Self> {
        let mut both = self.0.clone();
        for (name, (atom, side)) in &other.0 {
            match both.get(name) {
                Some((_, known)) if known != side => return None,
                Some(_) => {}
                None => drop(both.insert(name.clone(), (Rc::clone(atom), *side))),
            }
        }
        Some(Self(both))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What the sides that were taken say about a question.
    pub(super) fn side(&self, left: &str, right: &str) -> Option<bool> {
        self.0.values().find_map(|(atom, side)| {
            let about = [(&atom.left, &atom.right), (&atom.right, &atom.left)];
            let others = about.into_iter().filter(|(one, _)| *one == left).map(|(_, other)| other);
            others.into_iter().find_map(|other| {
                if other == right {
                    Some(*side)
                } else if *side && equal(other, right) == Some(false) {
                    // It is another text already.
                    Some(false)
                } else {
                    None
                }
            })
        })
    }
}
