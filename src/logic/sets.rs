//! Tests of a key that holds a set of values.
//!
//! Each class of values is a variable of its own: “some value of this class is in the set”. A set that holds nothing is
//! the same as no key at all; one that holds only empty strings is neither (R41).

use std::sync::Arc;

use super::diagram::{Diagrams, Node, Variable};
use super::space::{Says, Space, says};
use super::{DomainValues, TooComplex, Unknown, compared_without_set_operator, disputed_when_absent};
use crate::operator::{Family, Outcome, Quantifier, TestValue, Written};

/// A set, as far as its classes tell.
struct Set {
    /// The class's variable, a value of it, and whether the set is known to hold such a value.
    members: Vec<(Variable, Box<str>, bool)>,
}

impl Set {
    fn of(space: &Space, key: usize, written: Written) -> Option<Self> {
        let entry = space.keys.get(key)?;
        let group = entry.group_of(written)?;
        let held: &[Box<str>] = match &entry.domain.values {
            DomainValues::Superset(held) => held,
            DomainValues::Any | DomainValues::OneOf(_) | DomainValues::Matching(_) => &[],
        };
        let members = group.values.iter().enumerate().filter_map(|(at, value)| {
            let value = value.clone()?;
            // The classes of what is known to be there: those no test tells from it.
            let certain = held.iter().any(|h| same_class(entry, h, &value));
            Some((group.variable + at as Variable, value, certain))
        });
        Some(Self { members: members.collect() })
    }

    fn member(&self, diagrams: &mut Diagrams, at: usize) -> Result<Node, TooComplex> {
        match self.members.get(at) {
            Some((_, _, true)) => Ok(Node::ALWAYS),
            Some((variable, _, false)) => diagrams.literal(*variable, [false, true]),
            None => Ok(Node::NEVER),
        }
    }

    /// Whether the set holds a value of one of the classes.
    fn some(&self, diagrams: &mut Diagrams, wanted: &dyn Fn(&str) -> bool) -> Result<Node, TooComplex> {
        let mut out = Node::NEVER;
        for (at, (_, value, _)) in self.members.iter().enumerate().rev() {
            if wanted(value) {
                let member = self.member(diagrams, at)?;
                out = diagrams.or(member, out)?;
            }
        }
        Ok(out)
    }
}

/// Whether no test of the key tells two values apart.
fn same_class(key: &super::space::Key, a: &str, b: &str) -> bool {
    let alike = |atom: &Arc<super::Atom>| match &**atom {
        super::Atom::Key(test) => {
            let written = Written { quantifier: Quantifier::One, ..test.written };
            says(&key.name, written, &test.values, Some(a)) == says(&key.name, written, &test.values, Some(b))
        }
        super::Atom::Opaque(_) => true,
    };
    a.is_empty() == b.is_empty() && key.tests.iter().all(alike)
}

/// The diagram of one test (R35, R40–R43).
pub(super) fn test(
    space: &mut Space,
    diagrams: &mut Diagrams,
    key: usize,
    written: Written,
    values: &Arc<[TestValue]>,
) -> Result<Node, TooComplex> {
    let Some(name) = space.keys.get(key).map(|k| k.name.clone()) else { return Err(TooComplex) };
    let Some(set) = Set::of(space, key, written) else { return Err(TooComplex) };
    let there = set.some(diagrams, &|_| true)?;
    let told = set.some(diagrams, &|value| !value.is_empty())?;
    if written.operator.family == Family::Null {
        let on = |present| Node::known(super::cond::presence(written, values, present) == Outcome::True);
        return choose(diagrams, told, on(true), on(false));
    }
    let point = |space: &mut Space, diagrams: &mut Diagrams, unknown: Unknown| {
        let variable = space.opaque(&unknown);
        diagrams.literal(variable, [false, true])
    };
    let missing = if written.is_disputed_when_absent() {
        point(space, diagrams, disputed_when_absent(&name, written))?
    } else {
        Node::known(super::cond::missing(written, values) == Outcome::True)
    };
    let present = match written.quantifier {
        Quantifier::One => point(space, diagrams, compared_without_set_operator(name.as_str()))?,
        Quantifier::Any | Quantifier::All => {
            let one = Written { quantifier: Quantifier::One, ..written };
            let fits = |value: &str| says(&name, one, values, Some(value));
            // `ForAllValues` is that none is left that does not fit.
            let any = written.quantifier == Quantifier::Any;
            let mut found = set.some(diagrams, &|value| fits(value) == Says::Known(any))?;
            for (at, (_, value, _)) in set.members.iter().enumerate() {
                if let Says::Open(unknown) = fits(value) {
                    let (member, open) = (set.member(diagrams, at)?, point(space, diagrams, unknown)?);
                    // The point stands for “it fits”, whichever way the quantifier asks.
                    let open = if any { open } else { diagrams.not(open)? };
                    let both = diagrams.and(member, open)?;
                    found = diagrams.or(found, both)?;
                }
            }
            let found = if any { found } else { diagrams.not(found)? };
            // Nothing but empty strings: for all, and for none (R41).
            choose(diagrams, told, found, Node::known(!any))?
        }
    };
    choose(diagrams, there, present, missing)
}

fn choose(diagrams: &mut Diagrams, on: Node, yes: Node, no: Node) -> Result<Node, TooComplex> {
    let (yes, off) = (diagrams.and(on, yes)?, diagrams.not(on)?);
    let no = diagrams.and(off, no)?;
    diagrams.or(yes, no)
}
