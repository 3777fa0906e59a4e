//! The tests as the searches need them: which operands there are, and what is said where none of them fits.

use smallvec::SmallVec;

use super::{Fit, ItemTest, TooComplex};
use crate::name::{ConditionKey, Lookup};
use crate::operator::{Comparison, Family, Operand, Operator};
use crate::work;

/// Families whose tests look at the same values.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Group {
    Text,
    Number,
    Date,
    Address,
    Flag,
    Bytes,
}

pub(super) struct Columns<'t> {
    pub(super) group: Group,
    pub(super) tests: SmallVec<[Column; 8]>,
    /// Operands that some value can be compared with, in order.
    pub(super) items: SmallVec<[Item<'t>; 8]>,
}

#[derive(Copy, Clone)]
pub(super) struct Column {
    pub(super) operator: &'static Operator,
    /// An operand that no value can be compared with.
    unreadable: bool,
    /// Values that cannot be read for the family are told from those that merely do not fit.
    typed: bool,
}

#[derive(Copy, Clone)]
pub(super) struct Item<'t> {
    pub(super) test: u32,
    pub(super) operand: &'t Operand,
}

impl<'t> Columns<'t> {
    pub(super) fn new<V: AsRef<Operand>>(tests: &[ItemTest<'t, V>]) -> Result<Self, TooComplex> {
        let group = match tests.first() {
            Some(test) => group_of(test.operator.family).ok_or(TooComplex)?,
            None => Group::Text,
        };
        let mut columns = Self { group, tests: SmallVec::new(), items: SmallVec::new() };
        for (at, test) in (0_u32..).zip(tests) {
            if group_of(test.operator.family) != Some(group) {
                return Err(TooComplex);
            }
            let before = columns.items.len();
            let readable = test.values.iter().map(V::as_ref).filter(|o| is_readable(test.operator.family, o));
            columns.items.extend(readable.map(|operand| Item { test: at, operand }));
            let read = columns.items.len() - before;
            let unreadable = read < test.values.len();
            let typed = read > 0 && !unreadable && test.operator.family != Family::String;
            columns.tests.push(Column { operator: test.operator, unreadable, typed });
        }
        Ok(columns)
    }

    /// Whether a test says something of its own to values that cannot be read.
    pub(super) fn any_typed(&self) -> bool {
        self.tests.iter().any(|c| c.typed)
    }

    pub(super) fn any_arn(&self) -> bool {
        self.tests.iter().any(|c| c.operator.family == Family::Arn)
    }

    pub(super) fn operator(&self, test: u32) -> Option<&'static Operator> {
        self.tests.get(test as usize).map(|c| c.operator)
    }

    /// The answers to a value that fits the tests `yes`, which are sorted; `odd` when it cannot be read.
    pub(super) fn row(&self, yes: &[u32], odd: bool) -> Box<[Fit]> {
        work::did(self.tests.len());
        let mut yes = yes.iter().copied().peekable();
        let fit = |(at, column): (u32, &Column)| {
            if yes.next_if_eq(&at).is_some() {
                Fit::Yes
            } else if column.unreadable || (odd && column.typed) {
                Fit::Mistyped
            } else {
                Fit::No
            }
        };
        (0_u32..).zip(&self.tests).map(fit).collect()
    }

    /// The tests that a value fits, asked one by one.
    pub(super) fn fitting(&self, value: &str) -> SmallVec<[u32; 4]> {
        let mut yes = SmallVec::new();
        for item in &self.items {
            if yes.last() != Some(&item.test) && self.fits(item, value) {
                yes.push(item.test);
            }
        }
        yes
    }

    pub(super) fn fits(&self, item: &Item<'_>, value: &str) -> bool {
        work::did(1);
        let operator = self.operator(item.test);
        operator.is_some_and(|o| (o.compare)(item.operand, value, &absent) == Comparison::Yes)
    }
}

/// What one test says to one value, by the operators' own rules.
pub(super) fn fit<V: AsRef<Operand>>(test: &ItemTest<'_, V>, value: &str) -> Fit {
    let mut fit = Fit::No;
    for operand in test.values {
        work::did(1);
        match (test.operator.compare)(operand.as_ref(), value, &absent) {
            Comparison::Yes => return Fit::Yes,
            Comparison::Mistyped => fit = Fit::Mistyped,
            Comparison::No | Comparison::Open => {}
        }
    }
    fit
}

fn absent(_: &ConditionKey) -> Lookup<'static> {
    Lookup::Absent
}

fn group_of(family: Family) -> Option<Group> {
    match family {
        Family::Arn | Family::String => Some(Group::Text),
        Family::Numeric => Some(Group::Number),
        Family::Date => Some(Group::Date),
        Family::IpAddress => Some(Group::Address),
        Family::Bool => Some(Group::Flag),
        Family::Binary => Some(Group::Bytes),
        Family::Null => None,
    }
}

/// Whether there is a value that the operand can be compared with.
fn is_readable(family: Family, operand: &Operand) -> bool {
    match operand {
        Operand::Text(_) => matches!(family, Family::String | Family::Bool),
        // A pattern without six parts is no ARN; a variable might bring them.
        Operand::Arn(arn) => family == Family::Arn && (arn.is_complete() || arn.variables().next().is_some()),
        Operand::Number(number) => family == Family::Numeric && !number.is_nan(),
        Operand::Date(_) => family == Family::Date,
        Operand::Flag(_) => family == Family::Bool,
        Operand::Network(_) => family == Family::IpAddress,
        Operand::Bytes(_) => family == Family::Binary,
        Operand::Symbol | Operand::Unreadable => false,
    }
}
