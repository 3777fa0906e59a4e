//! A condition taken apart by the values of one key: for which of them it always holds, never, or depends on more.

use super::diagram::Node;
use super::lines::{ConditionLine, one_key};
use super::{Cond, Solver, TooComplex};

/// Values of one key that the condition treats alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subdomain {
    /// Which values these are.
    pub lines: Vec<ConditionLine>,
    /// One of them, `None` for absence.
    pub example: Option<String>,
    /// What the condition is for them; `None` where it depends on more.
    pub holds: Option<bool>,
    /// When it holds for them, where that can be written.
    pub conditions: Option<Vec<Vec<ConditionLine>>>,
}

impl Solver {
    /// The parts a key's values fall into; none where the key makes no difference, or too much of one to show.
    pub fn split(&mut self, cond: &Cond, key: &str) -> Vec<Subdomain> {
        self.parts(cond, key).ok().flatten().unwrap_or_default()
    }

    fn parts(&mut self, cond: &Cond, key: &str) -> Result<Option<Vec<Subdomain>>, TooComplex> {
        let node = self.when(cond)?;
        let found = self.space.keys.iter().position(|k| k.name.folded() == key && k.groups.len() == 1);
        let Some(at) = found else { return Ok(None) };
        let Some(topic) = one_key(&mut self.space, &mut self.diagrams, at)? else { return Ok(None) };
        let Some(variable) = topic.variable else { return Ok(None) };
        if !self.diagrams.support(node).contains(&variable) {
            return Ok(None);
        }
        let values: Vec<Option<Box<str>>> = self
            .space
            .keys
            .get(at)
            .and_then(|k| k.groups.first())
            .map(|g| g.values.clone())
            .unwrap_or_default();
        // What is left of the condition for each value, and the values it is left for.
        let mut alike: Vec<(Node, Vec<bool>)> = Vec::new();
        for value in 0..values.len() {
            let left = self.diagrams.restrict(node, variable, value)?;
            let left = self.settled(left)?;
            match alike.iter_mut().find(|(known, _)| *known == left) {
                Some((_, room)) => room.iter_mut().skip(value).take(1).for_each(|slot| *slot = true),
                None => alike.push((left, (0..values.len()).map(|v| v == value).collect())),
            }
        }
        let mut out = Vec::new();
        for (left, mut room) in alike {
            let conditions = if left.decided().is_some() { None } else { self.alternatives_of(left)? };
            while let Some(point) = room.iter().position(|r| *r) {
                let Some(written) = self.write_room(&topic, &room, point)? else { return Ok(None) };
                let lines = written.lines;
                room.iter_mut().zip(&written.holds).for_each(|(r, h)| *r &= !h);
                let example = values.get(point).cloned().flatten().map(String::from);
                let (holds, conditions) = (left.decided(), conditions.clone());
                out.push(Subdomain { lines, example, holds, conditions });
            }
        }
        // What works comes first, what does not last.
        out.sort_by_key(|part| match part.holds {
            Some(true) => 0,
            None => 1,
            Some(false) => 2,
        });
        Ok(Some(out))
    }

    /// A diagram as far as anything possible can tell it from “always” and “never”.
    fn settled(&mut self, node: Node) -> Result<Node, TooComplex> {
        if self.diagrams.and(node, self.possible)? == Node::NEVER {
            return Ok(Node::NEVER);
        }
        Ok(if self.diagrams.implies(self.possible, node)? { Node::ALWAYS } else { node })
    }
}
