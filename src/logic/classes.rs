//! What the tests on one condition key can tell apart.
//!
//! Policies look at a value only through the tests they make. So for one key all possible values fall into finitely
//! many classes, one for each combination of answers that some value gives, and a single witness may stand for all
//! values of its class. Network verification calls these classes atomic predicates (Yang and Lam, ICNP 2013).
//!
//! Texts that only literals and prefixes tell apart need no automaton (`prefixes`); all other patterns are walked
//! together, breadth first, so that the first text that reaches a combination is a shortest one (`walk`). Numbers
//! and dates are intervals (`line`), addresses a tree of blocks (`network`), and the rest is a handful (`few`).

mod alphabet;
mod automaton;
mod case_folding;
mod collect;
mod network;
mod numbers;
mod operand;
mod ordered;
mod prefixes;
mod product;
mod small_domain;
mod test_matrix;
#[cfg(test)]
mod tests;

use crate::operator::{Operand, Operator, TestValue};
use test_matrix::{Columns, Group};

/// The states one walk over patterns may visit.
const MOST_STATES: usize = 100_000;
/// The single comparisons one call may make: some tens of milliseconds.
const MOST_STEPS: usize = 4_000_000;
/// The classes one call may find. Whoever reasons about them needs far fewer.
const MOST_CLASSES: usize = 5_000;
/// The answers one result may hold: classes times tests.
const MOST_ANSWERS: usize = 4_000_000;

/// One comparison: does a value fit one of these values of a policy?
///
/// The positive reading: `StringNotEquals` means what `StringEquals` means. Negation, quantifiers, `IfExists`,
/// missing keys and `Null` are the caller's matter. Variables must have been put in; one that was not counts as
/// without a value.
#[derive(Debug)]
pub struct ItemTest<'t, V = TestValue> {
    /// The condition operator.
    pub operator: &'static Operator,
    /// The values the operator compares with.
    pub values: &'t [V],
}

// Not derived, which would ask the same of `V`.
impl<V> Copy for ItemTest<'_, V> {}

impl<V> Clone for ItemTest<'_, V> {
    fn clone(&self) -> Self {
        *self
    }
}

/// What one test says to one value. Ordered as classes are listed.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fit {
    /// It fits.
    Yes,
    /// It does not fit.
    No,
    /// It fits none, and with one it cannot be compared at all (R39).
    Mistyped,
}

/// Values that no test tells apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// One of them: a shortest one, and of these the most readable.
    pub witness: Box<str>,
    /// One answer for each test, in order.
    pub fits: Box<[Fit]>,
}

/// Which values are possible at all.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum TextKind {
    /// Any text.
    Text,
    /// Only what can be read for the family of the tests; for ARNs, what has six parts.
    Typed,
}

/// There are more classes, or ways to them, than is sensible.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct TooComplex;

/// Cut all possible values of one key into classes.
///
/// Every possible value has the answers of exactly one class. A class whose values fit an earlier test comes before
/// one whose values do not, so what fits nothing comes last. The empty text is a witness only where its class has
/// no other member; `with_empty` makes it a class of its own, put last, since `Null` takes it for no value (R41).
///
/// All tests belong together: strings and ARNs, or one other family.
pub fn classes<V: AsRef<Operand>>(
    tests: &[ItemTest<'_, V>],
    kind: TextKind,
    with_empty: bool,
) -> Result<Vec<Class>, TooComplex> {
    let columns = Columns::new(tests)?;
    let found = match columns.group {
        Group::Text => match prefixes::classes(&columns, kind)? {
            Some(found) => found,
            None => product::classes(&columns, kind)?,
        },
        Group::Number => ordered::classes::<f64>(&columns, kind)?,
        Group::Date => ordered::classes::<jiff::Timestamp>(&columns, kind)?,
        Group::Address => network::classes(&columns, kind)?,
        Group::Flag => small_domain::flags(&columns, kind)?,
        Group::Bytes => small_domain::bytes(&columns, kind)?,
    };
    let own = if with_empty { Some(row_of_empty(tests)) } else { None };
    found.finish(&columns, own)
}

/// What the tests say to the empty text.
fn row_of_empty<V: AsRef<Operand>>(tests: &[ItemTest<'_, V>]) -> Box<[Fit]> {
    tests.iter().map(|test| test_matrix::fit(test, "")).collect()
}
