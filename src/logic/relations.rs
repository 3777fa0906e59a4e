//! What is known of several keys together: which combinations of values a request can have at all (R46).
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>

use super::diagram::{Diagrams, Node, Variable};
use super::space::{Key, Space};
use super::{Atom, TooComplex};
use crate::name::Wild;
use crate::name::keys::{Relation, Subject};
use crate::operator::{Operand, Operator, STRING_EQUALS, STRING_LIKE, TestValue};
use crate::source::{SourceId, Span};

/// The request of keys that all requests of a question share.
const SHARED: &str = "";

/// How many facts of one estate are worth a class of their own.
const MOST_FACTS: usize = 64;

/// A value of a key that comes with a value of another one, where that is there, or that the request cannot have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRelation {
    /// The name of the key.
    pub key: &'static str,
    /// Its value.
    pub value: Box<str>,
    /// The other key and its value; none where the first value is impossible.
    pub other: Option<(&'static str, Box<str>)>,
}

/// A value that a relation needs a class of its own for.
#[derive(Debug)]
pub(super) struct Extra {
    pub(super) operator: &'static Operator,
    pub(super) value: TestValue,
}

impl Extra {
    fn literal(text: &str) -> Self {
        Self { operator: &STRING_EQUALS, value: value(Wild::literal(text, false)) }
    }

    fn below(text: &str) -> Self {
        Self { operator: &STRING_LIKE, value: value(Wild::starting(&format!("{text}/"))) }
    }
}

fn value(wild: Wild) -> TestValue {
    TestValue::new(Operand::Text(wild), "", Span::new(SourceId::LONE, 0, 0))
}

/// Give values that relations speak of classes of their own, before the keys are cut.
pub(super) fn prepare(space: &mut Space, facts: &[KeyRelation]) {
    for fact in facts {
        let Some(a) = find(space, fact.key, SHARED) else { continue };
        match &fact.other {
            Some((other, holds)) => {
                if let Some(b) = find(space, other, SHARED)
                    && (names(space, a, &fact.value) || names(space, b, holds))
                {
                    extend(space, a, Extra::literal(&fact.value));
                    extend(space, b, Extra::literal(holds));
                }
            }
            None if names(space, a, &fact.value) => extend(space, a, Extra::literal(&fact.value)),
            None => {}
        }
    }
    for (id, paths) in organizations_and_paths(space) {
        for literal in space.keys.get(id).map(literals).unwrap_or_default() {
            extend(space, id, Extra::literal(&literal));
            extend(space, paths, Extra::below(&literal));
        }
    }
}

/// Organizations and the paths in them, of each request that has both.
fn organizations_and_paths(space: &Space) -> Vec<(usize, usize)> {
    let pair = |(paths, key): (usize, &Key)| match key.relation() {
        Relation::PathsOf(id) => Some((find(space, id, key.request)?, paths)),
        Relation::None | Relation::PublicAddress | Relation::Endpoint | Relation::PresentWith { .. } => None,
    };
    space.keys.iter().enumerate().filter_map(pair).collect()
}

/// The combinations that can be.
pub(super) fn possible(
    space: &Space,
    diagrams: &mut Diagrams,
    facts: Option<&[KeyRelation]>,
) -> Result<Node, TooComplex> {
    let mut all = Node::ALWAYS;
    for key in &space.keys {
        let one = one_key(key, diagrams)?;
        all = diagrams.and(all, one)?;
    }
    let Some(facts) = facts else { return Ok(all) };
    for relation in [network, organizations, several_facts_of_a_session, forwarded_mfa] {
        let one = relation(space, diagrams)?;
        all = diagrams.and(all, one)?;
    }
    for fact in facts {
        let one = known(space, diagrams, fact)?;
        all = diagrams.and(all, one)?;
    }
    Ok(all)
}

fn known(space: &Space, diagrams: &mut Diagrams, fact: &KeyRelation) -> Result<Node, TooComplex> {
    let Some(first) = key(space, fact.key, SHARED).filter(|k| has_class(k, &fact.value)) else {
        return Ok(Node::ALWAYS);
    };
    let first = holds(first, diagrams, &|v| v == Some(&fact.value))?;
    let Some((other, value)) = &fact.other else { return diagrams.not(first) };
    match key(space, other, SHARED).filter(|k| has_class(k, value)) {
        Some(second) => {
            // Where the other key must be there, another relation says so.
            let second = holds(second, diagrams, &|v| v.is_none_or(|v| v == value))?;
            implication(diagrams, first, second)
        }
        None => Ok(Node::ALWAYS),
    }
}

/// One key: its groups agree on whether it is there, and a set that must be there holds something.
fn one_key(key: &Key, diagrams: &mut Diagrams) -> Result<Node, TooComplex> {
    let mut all = Node::ALWAYS;
    if key.holds_a_set {
        return if key.domain.may_be_absent { Ok(all) } else { there(key, diagrams) };
    }
    let [first, others @ ..] = key.groups.as_slice() else { return Ok(all) };
    if !key.domain.may_be_absent {
        return Ok(all);
    }
    let here = diagrams.literal(first.variable, first.values.iter().map(Option::is_none))?;
    for other in others {
        let also = diagrams.literal(other.variable, other.values.iter().map(Option::is_none))?;
        let same = equal(diagrams, here, also)?;
        all = diagrams.and(all, same)?;
    }
    Ok(all)
}

/// A request comes from a public address or through a VPC endpoint, and has the keys of the one or the other.
fn network(space: &Space, diagrams: &mut Diagrams) -> Result<Node, TooComplex> {
    let mut all = Node::ALWAYS;
    let mut inside: Option<Node> = None;
    let network =
        || space.keys.iter().filter(|k| k.request == SHARED && k.subject() == Some(Subject::Network));
    // Keys of some services only, where the request passes an endpoint.
    let with_some =
        || network().filter(|k| !matches!(k.relation(), Relation::PublicAddress | Relation::Endpoint));
    for key in network().filter(|k| k.relation() == Relation::Endpoint) {
        let here = there(key, diagrams)?;
        match inside {
            Some(other) => {
                let same = equal(diagrams, here, other)?;
                all = diagrams.and(all, same)?;
            }
            None => inside = Some(here),
        }
    }
    if let Some(own) = address(space, SHARED) {
        let public = there(own, diagrams)?;
        for key in with_some() {
            let (here, outside) = (there(key, diagrams)?, diagrams.not(public)?);
            let only = implication(diagrams, here, outside)?;
            all = diagrams.and(all, only)?;
        }
        if let Some(inside) = inside {
            let outside = diagrams.not(inside)?;
            let either = equal(diagrams, public, outside)?;
            all = diagrams.and(all, either)?;
        }
    }
    // What AWS says of the address in the request S3 makes to KMS differs by page; behind an endpoint it is none (R50).
    if let Some(forwarded) = address(space, "kms") {
        let seen = there(forwarded, diagrams)?;
        if let Some(inside) = inside {
            let outside = diagrams.not(inside)?;
            let only = implication(diagrams, seen, outside)?;
            all = diagrams.and(all, only)?;
        }
        if let Some(own) = address(space, SHARED) {
            let public = there(own, diagrams)?;
            let only = implication(diagrams, seen, public)?;
            all = diagrams.and(all, only)?;
        }
    }
    if let Some(inside) = inside {
        for key in with_some() {
            let here = there(key, diagrams)?;
            let only = implication(diagrams, here, inside)?;
            all = diagrams.and(all, only)?;
        }
    }
    Ok(all)
}

fn organizations(space: &Space, diagrams: &mut Diagrams) -> Result<Node, TooComplex> {
    let mut all = Node::ALWAYS;
    for (id, paths) in organizations_and_paths(space) {
        let (Some(id), Some(paths)) = (space.keys.get(id), space.keys.get(paths)) else { continue };
        let (a, b) = (there(id, diagrams)?, there(paths, diagrams)?);
        let together = equal(diagrams, a, b)?;
        all = diagrams.and(all, together)?;
        for literal in literals(id) {
            let start = format!("{literal}/");
            let own = holds(id, diagrams, &|v| v == Some(&literal))?;
            let within = |v: Option<&Box<str>>| v.is_some_and(|v| v.starts_with(&*start));
            let some = holds(paths, diagrams, &within)?;
            let others = holds(paths, diagrams, &|v| v.is_some() && !within(v))?;
            // This organization's id exactly with paths below it.
            let no_others = diagrams.not(others)?;
            let only = diagrams.and(some, no_others)?;
            let forward = implication(diagrams, own, only)?;
            let back = implication(diagrams, some, own)?;
            let both = diagrams.and(forward, back)?;
            all = diagrams.and(all, both)?;
        }
    }
    Ok(all)
}

/// The age of the MFA code is there exactly where MFA was used, and a signature's age exactly on presigned URLs.
fn several_facts_of_a_session(space: &Space, diagrams: &mut Diagrams) -> Result<Node, TooComplex> {
    let mut all = Node::ALWAYS;
    for age in &space.keys {
        let Relation::PresentWith { key: of, value, .. } = age.relation() else { continue };
        let Some(other) = key(space, of, age.request) else { continue };
        let here = there(age, diagrams)?;
        let used = holds(other, diagrams, &|v| v.is_some_and(|v| **v == *value))?;
        let same = equal(diagrams, here, used)?;
        all = diagrams.and(all, same)?;
    }
    Ok(all)
}

/// Where temporary credentials sign the forwarded request alone, MFA shows in both or in none (R46).
fn forwarded_mfa(space: &Space, diagrams: &mut Diagrams) -> Result<Node, TooComplex> {
    const MFA: &str = "aws:multifactorauthpresent";
    let (Some(first), Some(second)) = (key(space, MFA, SHARED), key(space, MFA, "kms")) else {
        return Ok(Node::ALWAYS);
    };
    let used = |v: Option<&Box<str>>| v.is_some_and(|v| v.eq_ignore_ascii_case("true"));
    let (a, b) = (holds(first, diagrams, &used)?, holds(second, diagrams, &used)?);
    equal(diagrams, a, b)
}

/// A key that all requests of the question share, or that one of them has to itself.
fn find(space: &Space, name: &str, request: &str) -> Option<usize> {
    space.keys.iter().position(|k| k.request == request && k.name.folded().eq_ignore_ascii_case(name))
}

/// Whether a policy names the value.
fn names(space: &Space, at: usize, value: &str) -> bool {
    space.keys.get(at).is_some_and(|k| literals(k).iter().any(|l| **l == *value))
}

/// Whether the value has a class of its own.
fn has_class(key: &Key, value: &str) -> bool {
    key.extras.iter().any(|e| e.value.text() == value)
}

fn key<'s>(space: &'s Space, name: &str, request: &str) -> Option<&'s Key> {
    space.keys.get(find(space, name, request)?)
}

/// The public address that a request comes from.
fn address<'s>(space: &'s Space, request: &str) -> Option<&'s Key> {
    space.keys.iter().find(|k| k.request == request && k.relation() == Relation::PublicAddress)
}

fn extend(space: &mut Space, at: usize, extra: Extra) {
    if let Some(key) = space.keys.get_mut(at)
        && key.extras.len() < MOST_FACTS
        && !key.extras.iter().any(|e| e.value.text() == extra.value.text())
    {
        key.extras.push(extra);
    }
}

/// The texts a key is compared with as they stand.
fn literals(key: &Key) -> Vec<Box<str>> {
    let mut out: Vec<Box<str>> = Vec::new();
    for atom in &key.tests {
        let Atom::Key(test) = &**atom else { continue };
        for value in &*test.values {
            if let Operand::Text(wild) = &value.operand
                && wild.is_exact()
                && out.len() < MOST_FACTS
                && !out.iter().any(|o| **o == *wild.as_str())
            {
                out.push(wild.as_str().into());
            }
        }
    }
    out
}

/// Whether a key is there.
fn there(key: &Key, diagrams: &mut Diagrams) -> Result<Node, TooComplex> {
    holds(key, diagrams, &|v| v.is_some())
}

/// Whether a key holds one of some values, by the first of its groups.
fn holds(
    key: &Key,
    diagrams: &mut Diagrams,
    wanted: &dyn Fn(Option<&Box<str>>) -> bool,
) -> Result<Node, TooComplex> {
    let Some(group) = key.groups.first() else { return Ok(Node::ALWAYS) };
    if !key.holds_a_set {
        return diagrams.literal(group.variable, group.values.iter().map(|v| wanted(v.as_ref())));
    }
    let mut some = Node::NEVER;
    for (class, value) in group.values.iter().enumerate().rev() {
        if wanted(value.as_ref()) {
            let member = diagrams.literal(group.variable + class as Variable, [false, true])?;
            some = diagrams.or(member, some)?;
        }
    }
    Ok(some)
}

fn implication(diagrams: &mut Diagrams, a: Node, b: Node) -> Result<Node, TooComplex> {
    let not = diagrams.not(a)?;
    diagrams.or(not, b)
}

fn equal(diagrams: &mut Diagrams, a: Node, b: Node) -> Result<Node, TooComplex> {
    let (forward, back) = (implication(diagrams, a, b)?, implication(diagrams, b, a)?);
    diagrams.and(forward, back)
}
