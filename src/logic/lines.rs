//! Conditions written back for people: alternatives of lines in IAM's own operators.
//!
//! Each alternative grows around one request for which the condition holds: all lines that are true of that request
//! are taken, and every key is then given as much room as the condition leaves it. What is left cannot lose a line
//! without saying too much, and no alternative is left that the others cover.

mod candidates;
mod cover;
mod simplify;

use std::rc::Rc;
use std::sync::Arc;

use super::diagram::{Diagrams, Node, Variable};
use super::space::{Key, Meaning, Space};
use super::{Cond, Solver, TooComplex};
use crate::operator::{self, TestValue};
use candidates::menu;

/// How many alternatives are worth showing.
const MOST_ALTERNATIVES: usize = 64;

/// How many lines all alternatives together are worth, roughly: with many keys, few alternatives are looked for.
const MOST_LINES: usize = 2_000;

/// One line of a condition, in IAM's own operators.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConditionLine {
    /// The condition key.
    pub key: String,
    /// The condition operator, with its prefix and suffix.
    pub operator: String,
    /// The values it compares with.
    pub values: Vec<String>,
}

/// A line that could be written of a key.
#[derive(Clone, Debug)]
pub(super) struct CandidateLine {
    written: operator::Written,
    values: Arc<[TestValue]>,
    /// For which values of the key it holds; empty where the key is more than one variable.
    holds: Vec<bool>,
    /// The line as a diagram, where the key is more than one variable.
    node: Option<Node>,
    /// What it takes to read it.
    price: usize,
}

/// A key of the condition, and what can be said of it.
#[derive(Debug)]
pub(super) struct Topic {
    key: usize,
    /// The one variable of the key, where it has only one.
    pub(super) variable: Option<Variable>,
    menu: Vec<Rc<CandidateLine>>,
}

/// Lines of one key, and for which of its values they hold together.
pub(super) struct Written {
    pub(super) lines: Vec<ConditionLine>,
    pub(super) holds: Vec<bool>,
}

/// The lines of one alternative, by topic.
type Alternative = Vec<Vec<Rc<CandidateLine>>>;

/// What each variable may hold by the lines of its key; none for anything.
type Masks = Vec<Option<Vec<bool>>>;

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
        // Every request that can be is covered, and no line leans on what cannot be: whoever reads them need not know
        // how keys are related.
        let upper = node;
        let mut left = self.diagrams.and(node, self.possible)?;
        let mut found: Vec<(Alternative, Node)> = Vec::new();
        while left != Node::NEVER {
            let most = (MOST_LINES / topics.len().max(1)).clamp(4, MOST_ALTERNATIVES);
            if found.len() >= most {
                return Ok(None);
            }
            let Some(way) = self.diagrams.cheapest(left, &|v, value| self.cost(v, value)) else { break };
            let point = |v: Variable| way.iter().find(|(w, _)| *w == v).map_or(0, |(_, value)| *value);
            let Some(alternative) = self.grow(&topics, upper, &point)? else { return Ok(None) };
            let all = conjunction(&mut self.diagrams, &topics, &alternative)?;
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
        if self.space.has_undocumented(&keys) || self.space.has_namesakes(&keys) {
            return Ok(None);
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
            .map(|t| t.menu.iter().filter(|l| self.is_true(t, l, point)).cloned().collect())
            .collect();
        let mut masks: Masks = vec![None; self.space.variables.len()];
        for (topic, lines) in topics.iter().zip(&chosen) {
            set_mask(&mut masks, topic, mask(lines));
        }
        let mut target = self.beside_sets(topics, &chosen, upper)?;
        if !self.diagrams.covers(target, &masks) {
            return Ok(None);
        }
        for (at, topic) in topics.iter().enumerate().rev() {
            let Some(variable) = topic.variable else {
                target = self.drop_lines(topics, &mut chosen, at, upper, &masks)?;
                continue;
            };
            set_mask(&mut masks, topic, None);
            if self.diagrams.covers(target, &masks) {
                replace(&mut chosen, at, Vec::new());
                continue;
            }
            let before = replace(&mut chosen, at, Vec::new());
            let values = before.first().map_or(0, |l| l.holds.len());
            let mut room = Vec::with_capacity(values);
            for value in 0..values {
                set_mask(&mut masks, topic, Some((0..values).map(|v| v == value).collect()));
                room.push(self.diagrams.covers(target, &masks));
            }
            let lines = cover::express(&mut self.space, &mut self.diagrams, topic, &room, point(variable))?;
            let lines = needed(lines.unwrap_or(before), &room);
            set_mask(&mut masks, topic, mask(&lines));
            replace(&mut chosen, at, lines);
        }
        Ok(Some(chosen))
    }

    fn is_true(&self, topic: &Topic, line: &CandidateLine, point: &dyn Fn(Variable) -> usize) -> bool {
        match (topic.variable, line.node) {
            (Some(variable), _) => line.holds.get(point(variable)) == Some(&true),
            (None, Some(node)) => self.diagrams.value(node, point),
            (None, None) => false,
        }
    }

    /// Drop every line of a key of several variables without which the alternative still says enough, the longest
    /// first. Gives back the condition beside the lines that stay.
    fn drop_lines(
        &mut self,
        topics: &[Topic],
        chosen: &mut Alternative,
        at: usize,
        upper: Node,
        masks: &Masks,
    ) -> Result<Node, TooComplex> {
        let all = chosen.get(at).cloned().unwrap_or_default();
        let mut order: Vec<usize> = (0..all.len()).collect();
        order.sort_by_key(|i| std::cmp::Reverse(all.get(*i).map_or(0, |l| l.price)));
        let mut dropped: Vec<usize> = Vec::new();
        for line in order {
            dropped.push(line);
            let rest = all.iter().enumerate().filter(|(i, _)| !dropped.contains(i)).map(|(_, l)| l.clone());
            let before = replace(chosen, at, rest.collect());
            let target = self.beside_sets(topics, chosen, upper)?;
            if !self.diagrams.covers(target, masks) {
                replace(chosen, at, before);
                dropped.pop();
            }
        }
        self.beside_sets(topics, chosen, upper)
    }

    /// The condition where the lines of keys of several variables hold.
    fn beside_sets(
        &mut self,
        topics: &[Topic],
        chosen: &Alternative,
        upper: Node,
    ) -> Result<Node, TooComplex> {
        let mut out = upper;
        for (topic, lines) in topics.iter().zip(chosen) {
            if topic.variable.is_none() {
                for node in lines.iter().filter_map(|l| l.node) {
                    let outside = self.diagrams.not(node)?;
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

    fn write_all(&self, topic: &Topic, lines: Vec<Rc<CandidateLine>>) -> Vec<ConditionLine> {
        let lines = match topic.variable {
            Some(_) => simplify::polish(lines, self.space.keys.get(topic.key).and_then(Key::within).as_ref()),
            None => lines,
        };
        lines.iter().filter_map(|line| self.write(topic, line)).collect()
    }

    fn write(&self, topic: &Topic, line: &CandidateLine) -> Option<ConditionLine> {
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
    ) -> Result<Option<Written>, TooComplex> {
        let lines = cover::express(&mut self.space, &mut self.diagrams, topic, room, point)?;
        let Some(lines) = lines else { return Ok(None) };
        let mut holds = vec![true; room.len()];
        for line in &lines {
            holds.iter_mut().zip(&line.holds).for_each(|(all, h)| *all &= h);
        }
        Ok(Some(Written { lines: self.write_all(topic, lines), holds }))
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

fn conjunction(
    diagrams: &mut Diagrams,
    topics: &[Topic],
    alternative: &Alternative,
) -> Result<Node, TooComplex> {
    let mut all = Node::ALWAYS;
    for (topic, lines) in topics.iter().zip(alternative).rev() {
        match (topic.variable, mask(lines)) {
            (Some(variable), Some(mask)) => {
                let own = diagrams.literal(variable, mask)?;
                all = diagrams.and(own, all)?;
            }
            (_, _) => {
                for node in lines.iter().filter_map(|l| l.node) {
                    all = diagrams.and(node, all)?;
                }
            }
        }
    }
    Ok(all)
}

/// What lines of one variable leave it together; none where there are no lines.
fn mask(lines: &[Rc<CandidateLine>]) -> Option<Vec<bool>> {
    let (first, others) = lines.split_first()?;
    let mut mask = first.holds.clone();
    for line in others {
        mask.iter_mut().zip(&line.holds).for_each(|(m, h)| *m &= h);
    }
    Some(mask)
}

fn set_mask(masks: &mut Masks, topic: &Topic, mask: Option<Vec<bool>>) {
    if let Some(slot) = topic.variable.and_then(|v| masks.get_mut(v as usize)) {
        *slot = mask;
    }
}

/// The lines of one variable without those that the others and the room make needless, the longest dropped first.
fn needed(mut lines: Vec<Rc<CandidateLine>>, room: &[bool]) -> Vec<Rc<CandidateLine>> {
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by_key(|i| std::cmp::Reverse(lines.get(*i).map_or(0, |l| l.price)));
    let mut gone: Vec<usize> = Vec::new();
    for at in order {
        let rest = || lines.iter().enumerate().filter(|(i, _)| *i != at && !gone.contains(i)).map(|(_, l)| l);
        let holds = |value: usize| rest().all(|l| l.holds.get(value) == Some(&true));
        if (0..room.len()).all(|v| !holds(v) || room.get(v) == Some(&true)) {
            gone.push(at);
        }
    }
    gone.sort_unstable();
    for at in gone.into_iter().rev() {
        lines.remove(at);
    }
    lines
}

fn replace(chosen: &mut Alternative, at: usize, lines: Vec<Rc<CandidateLine>>) -> Vec<Rc<CandidateLine>> {
    chosen.get_mut(at).map(|slot| std::mem::replace(slot, lines)).unwrap_or_default()
}
