//! Conditions written back for people: alternatives of lines in IAM's own operators.
//!
//! Each alternative grows around one request for which the condition holds: all lines that are true of that request
//! are taken, and every key is then given as much room as the condition leaves it. What is left cannot lose a line
//! without saying too much, and no alternative is left that the others cover.

mod express;
mod menu;
mod polish;

use std::sync::Arc;

use super::diagram::{Diagrams, Node, Variable};
use super::space::{Key, Meaning, Space};
use super::{Cond, Solver, TooComplex};
use crate::operator::{TestValue, Written};
use menu::menu;

/// How many alternatives are worth showing.
const MOST_ALTERNATIVES: usize = 64;

/// One line of a condition, in IAM's own operators.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConditionLine {
    pub key: String,
    pub operator: String,
    pub values: Vec<String>,
}

/// A line that could be written of a key.
#[derive(Clone, Debug)]
pub(super) struct Line {
    written: Written,
    values: Arc<[TestValue]>,
    /// For which values of the key it holds; empty where the key is more than one variable.
    holds: Vec<bool>,
    node: Node,
    /// What it takes to read it.
    price: usize,
}

/// A key of the condition, and what can be said of it.
#[derive(Debug)]
pub(super) struct Topic {
    key: usize,
    /// The one variable of the key, where it has only one.
    pub(super) variable: Option<Variable>,
    menu: Vec<Line>,
}

/// The lines of one alternative, by topic.
type Alternative = Vec<Vec<Line>>;

impl Solver {
    /// The condition as alternatives of lines that must hold together. `None` when it is firm, too large to show, or
    /// depends on something that is no context key.
    pub fn conditions(&mut self, cond: &Cond) -> Option<Vec<Vec<ConditionLine>>> {
        self.alternatives(cond).ok()?
    }

    fn alternatives(&mut self, cond: &Cond) -> Result<Option<Vec<Vec<ConditionLine>>>, TooComplex> {
        let node = self.when(cond)?;
        if node.decided().is_some() { Ok(None) } else { self.alternatives_of(node) }
    }

    /// The alternatives of a diagram that neither always nor never holds.
    pub(super) fn alternatives_of(
        &mut self,
        node: Node,
    ) -> Result<Option<Vec<Vec<ConditionLine>>>, TooComplex> {
        let support = self.diagrams.support(node);
        let Some(topics) = self.topics(&support)? else { return Ok(None) };
        // Where no request can be it does not matter what the lines say.
        let impossible = self.diagrams.not(self.possible)?;
        let upper = self.diagrams.or(node, impossible)?;
        let mut left = self.diagrams.and(node, self.possible)?;
        let mut found: Vec<(Alternative, Node)> = Vec::new();
        while left != Node::NEVER {
            if found.len() >= MOST_ALTERNATIVES {
                return Ok(None);
            }
            let Some(way) = self.diagrams.cheapest(left, &|v, value| self.cost(v, value)) else { break };
            let point = |v: Variable| way.iter().find(|(w, _)| *w == v).map_or(0, |(_, value)| *value);
            let Some(alternative) = self.grow(&topics, upper, &point)? else { return Ok(None) };
            let all = conjunction(&mut self.diagrams, &alternative)?;
            let outside = self.diagrams.not(all)?;
            let rest = self.diagrams.and(left, outside)?;
            if rest == left {
                return Ok(None);
            }
            left = rest;
            found.push((alternative, all));
        }
        self.drop_covered(&mut found)?;
        let mut out: Vec<Vec<ConditionLine>> =
            found.iter().map(|(alternative, _)| self.written(&topics, alternative)).collect();
        out.sort();
        Ok(Some(out))
    }

    /// The keys a condition depends on; none when it also depends on something that is no key.
    fn topics(&mut self, support: &[Variable]) -> Result<Option<Vec<Topic>>, TooComplex> {
        let mut keys: Vec<usize> = Vec::new();
        for variable in support {
            match self.space.variables.get(*variable as usize) {
                Some(Meaning::Value { key, .. } | Meaning::Member { key, .. }) => {
                    if !keys.contains(key) {
                        keys.push(*key);
                    }
                }
                Some(Meaning::Opaque(_)) | None => return Ok(None),
            }
        }
        let mut topics = Vec::with_capacity(keys.len());
        for key in keys {
            topics.extend(one_key(&mut self.space, &mut self.diagrams, key)?);
        }
        Ok(Some(topics))
    }

    /// The lines around one request, each key with as much room as the condition leaves it.
    fn grow(
        &mut self,
        topics: &[Topic],
        upper: Node,
        point: &dyn Fn(Variable) -> usize,
    ) -> Result<Option<Alternative>, TooComplex> {
        let mut chosen: Alternative = topics
            .iter()
            .map(|t| t.menu.iter().filter(|l| self.diagrams.value(l.node, point)).cloned().collect())
            .collect();
        if !self.covers(topics, &chosen, upper)? {
            return Ok(None);
        }
        for (at, topic) in topics.iter().enumerate().rev() {
            let before = replace(&mut chosen, at, Vec::new());
            if self.covers(topics, &chosen, upper)? {
                continue;
            }
            let Some(variable) = topic.variable else {
                replace(&mut chosen, at, before);
                continue;
            };
            let values = before.first().map_or(0, |l| l.holds.len());
            let mut room = Vec::with_capacity(values);
            for value in 0..values {
                let mut masks = self.masks(topics, &chosen);
                if let Some(mask) = masks.get_mut(variable as usize) {
                    *mask = Some((0..values).map(|v| v == value).collect());
                }
                let target = self.beside_sets(topics, &chosen, upper)?;
                room.push(self.diagrams.covers(target, &masks));
            }
            let lines = express::express(&mut self.space, &mut self.diagrams, topic, &room, point(variable))?;
            replace(&mut chosen, at, lines.unwrap_or(before));
        }
        self.drop_lines(topics, &mut chosen, upper)?;
        Ok(Some(chosen))
    }

    /// Drop every line without which the alternative still says enough, the longest first.
    fn drop_lines(
        &mut self,
        topics: &[Topic],
        chosen: &mut Alternative,
        upper: Node,
    ) -> Result<(), TooComplex> {
        for at in (0..chosen.len()).rev() {
            let mut order: Vec<usize> = (0..chosen.get(at).map_or(0, Vec::len)).collect();
            let price = |i: &usize| chosen.get(at).and_then(|l| l.get(*i)).map_or(0, |l| l.price);
            order.sort_by_key(|i| std::cmp::Reverse(price(i)));
            let mut dropped: Vec<usize> = Vec::new();
            let all = chosen.get(at).cloned().unwrap_or_default();
            for line in order {
                dropped.push(line);
                let rest =
                    all.iter().enumerate().filter(|(i, _)| !dropped.contains(i)).map(|(_, l)| l.clone());
                let before = replace(chosen, at, rest.collect());
                if !self.covers(topics, chosen, upper)? {
                    replace(chosen, at, before);
                    dropped.pop();
                }
            }
        }
        Ok(())
    }

    /// Whether the lines together say enough.
    fn covers(&mut self, topics: &[Topic], chosen: &Alternative, upper: Node) -> Result<bool, TooComplex> {
        let target = self.beside_sets(topics, chosen, upper)?;
        Ok(self.diagrams.covers(target, &self.masks(topics, chosen)))
    }

    /// What each variable may hold by the lines of keys that are one variable.
    fn masks(&self, topics: &[Topic], chosen: &Alternative) -> Vec<Option<Vec<bool>>> {
        let mut masks: Vec<Option<Vec<bool>>> = vec![None; self.space.variables.len()];
        for (topic, lines) in topics.iter().zip(chosen) {
            let Some(mask) = topic.variable.and_then(|v| masks.get_mut(v as usize)) else { continue };
            for line in lines {
                let mask = mask.get_or_insert_with(|| vec![true; line.holds.len()]);
                mask.iter_mut().zip(&line.holds).for_each(|(m, h)| *m &= h);
            }
        }
        masks
    }

    /// The condition where the lines of all other keys hold.
    fn beside_sets(
        &mut self,
        topics: &[Topic],
        chosen: &Alternative,
        upper: Node,
    ) -> Result<Node, TooComplex> {
        let mut out = upper;
        for (topic, lines) in topics.iter().zip(chosen) {
            if topic.variable.is_none() {
                for line in lines {
                    let outside = self.diagrams.not(line.node)?;
                    out = self.diagrams.or(out, outside)?;
                }
            }
        }
        Ok(out)
    }

    /// Drop alternatives that the others cover.
    fn drop_covered(&mut self, found: &mut Vec<(Alternative, Node)>) -> Result<(), TooComplex> {
        let mut at = 0;
        while at < found.len() {
            let mut others = Node::NEVER;
            for (_, node) in found.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, f)| f) {
                others = self.diagrams.or(others, *node)?;
            }
            let Some((_, own)) = found.get(at) else { break };
            let own = self.diagrams.and(*own, self.possible)?;
            if self.diagrams.implies(own, others)? {
                found.remove(at);
            } else {
                at += 1;
            }
        }
        Ok(())
    }

    fn written(&self, topics: &[Topic], alternative: &Alternative) -> Vec<ConditionLine> {
        let mut out: Vec<ConditionLine> = topics
            .iter()
            .zip(alternative)
            .flat_map(|(topic, lines)| self.write_all(topic, lines.clone()))
            .collect();
        out.sort();
        out.dedup();
        out
    }

    fn write_all(&self, topic: &Topic, lines: Vec<Line>) -> Vec<ConditionLine> {
        let lines = match topic.variable {
            Some(_) => polish::polish(lines, self.space.keys.get(topic.key).and_then(Key::within).as_ref()),
            None => lines,
        };
        lines.iter().filter_map(|line| self.write(topic, line)).collect()
    }

    fn write(&self, topic: &Topic, line: &Line) -> Option<ConditionLine> {
        let key = self.space.keys.get(topic.key)?;
        let values = line.values.iter().map(|v| v.written_for(line.written.operator)).collect();
        Some(ConditionLine { key: key.name.to_string(), operator: line.written.spelling(), values })
    }

    /// The lines for some values of one key, and all values they hold for; none where they cannot be written.
    pub(super) fn write_room(
        &mut self,
        topic: &Topic,
        room: &[bool],
        point: usize,
    ) -> Result<Option<(Vec<ConditionLine>, Vec<bool>)>, TooComplex> {
        let lines = express::express(&mut self.space, &mut self.diagrams, topic, room, point)?;
        let Some(lines) = lines else { return Ok(None) };
        let mut holds = vec![true; room.len()];
        for line in &lines {
            holds.iter_mut().zip(&line.holds).for_each(|(all, h)| *all &= h);
        }
        Ok(Some((self.write_all(topic, lines), holds)))
    }
}

/// What can be said of one key.
pub(super) fn one_key(
    space: &mut Space,
    diagrams: &mut Diagrams,
    key: usize,
) -> Result<Option<Topic>, TooComplex> {
    let Some(entry) = space.keys.get(key) else { return Ok(None) };
    let variable = match entry.groups.as_slice() {
        [only] if !entry.holds_a_set => Some(only.variable),
        [..] => None,
    };
    let menu = menu(space, diagrams, key)?;
    Ok(Some(Topic { key, variable, menu }))
}

fn conjunction(diagrams: &mut Diagrams, alternative: &Alternative) -> Result<Node, TooComplex> {
    let mut all = Node::ALWAYS;
    for line in alternative.iter().rev().flatten() {
        all = diagrams.and(line.node, all)?;
    }
    Ok(all)
}

fn replace(chosen: &mut Alternative, at: usize, lines: Vec<Line>) -> Vec<Line> {
    chosen.get_mut(at).map(|slot| std::mem::replace(slot, lines)).unwrap_or_default()
}
