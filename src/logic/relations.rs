//! What is known of several keys together: which combinations of values a request can have at all (R46).
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>

use super::TooComplex;
use super::diagram::{Diagrams, Node};
use super::space::Space;

/// The combinations that can be.
pub(super) fn possible(space: &mut Space, diagrams: &mut Diagrams) -> Result<Node, TooComplex> {
    let mut all = Node::ALWAYS;
    for at in 0..space.keys.len() {
        let one = one_key(space, diagrams, at)?;
        all = diagrams.and(all, one)?;
    }
    Ok(all)
}

/// One key: its groups agree on whether it is there, and a set that is there holds something.
fn one_key(space: &mut Space, diagrams: &mut Diagrams, at: usize) -> Result<Node, TooComplex> {
    let Some(key) = space.keys.get(at) else { return Ok(Node::ALWAYS) };
    let mut all = Node::ALWAYS;
    if key.holds_a_set {
        if !key.domain.may_be_absent {
            for group in &key.groups {
                let mut some = Node::NEVER;
                for class in (0..group.values.len()).rev() {
                    let member = diagrams.literal(group.variable + class as u32, [false, true])?;
                    some = diagrams.or(member, some)?;
                }
                all = diagrams.and(all, some)?;
            }
        }
        return Ok(all);
    }
    let [first, others @ ..] = key.groups.as_slice() else { return Ok(all) };
    if !key.domain.may_be_absent {
        return Ok(all);
    }
    let absent = |group: &super::space::Group| (group.variable, group.values.iter().map(Option::is_none).collect::<Vec<_>>());
    let (variable, holds) = absent(first);
    let here = diagrams.literal(variable, holds)?;
    for other in others {
        let (variable, holds) = absent(other);
        let there = diagrams.literal(variable, holds)?;
        let same = equal(diagrams, here, there)?;
        all = diagrams.and(all, same)?;
    }
    Ok(all)
}

pub(super) fn equal(diagrams: &mut Diagrams, a: Node, b: Node) -> Result<Node, TooComplex> {
    let (not_a, not_b) = (diagrams.not(a)?, diagrams.not(b)?);
    let (both, neither) = (diagrams.and(a, b)?, diagrams.and(not_a, not_b)?);
    diagrams.or(both, neither)
}
