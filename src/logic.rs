//! Answers that may depend on something.
//!
//! AWS's evaluation is written once, over any [`Truth`]. Three worlds use it: `bool` for requests that are known
//! in full, [`Tri`] where some point may be undecided but nobody asks why, and [`Cond`], which keeps what the
//! answer depends on.

pub mod classes;
mod cond;
mod diagram;
mod fact;
mod lines;
mod relations;
mod sets;
mod solver;
mod space;
mod split;
mod tri;
mod unknown;
mod witness;

pub use classes::TooComplex;
pub use cond::{Atom, Cond, Domain, DomainValues, KeyTest, Literal};
pub use fact::{FactId, ObjectId};
pub use lines::ConditionLine;
pub use relations::KeyRelation;
pub use solver::{Given, Solver};
pub use split::Subdomain;
pub use tri::Tri;
pub use unknown::{Unknown, UnknownKind, compared_without_set_operator, disputed_when_absent, mistyped};
pub use witness::{Assignment, Witness};

/// A truth value of some logic.
pub trait Truth: Clone {
    /// The value of something that is known.
    fn known(value: bool) -> Self;
    /// Both.
    #[must_use]
    fn and(self, other: Self) -> Self;
    /// At least one.
    #[must_use]
    fn or(self, other: Self) -> Self;
    /// The opposite.
    #[must_use]
    fn not(self) -> Self;
    /// The value when it depends on nothing.
    fn decided(&self) -> Option<bool>;

    /// Whether it is known to be true.
    fn is_true(&self) -> bool {
        self.decided() == Some(true)
    }

    /// Whether it is known to be false.
    fn is_false(&self) -> bool {
        self.decided() == Some(false)
    }
}

impl Truth for bool {
    fn known(value: bool) -> Self {
        value
    }

    fn and(self, other: Self) -> Self {
        self & other
    }

    fn or(self, other: Self) -> Self {
        self | other
    }

    fn not(self) -> Self {
        !self
    }

    fn decided(&self) -> Option<bool> {
        Some(*self)
    }
}

#[cfg(test)]
mod tests {
    use super::{Cond, Tri, Truth};

    /// What is known is the same in each logic.
    fn table<T: Truth>() {
        for a in [false, true] {
            let own = T::known(a);
            assert_eq!((own.decided(), own.is_true(), own.is_false()), (Some(a), a, !a));
            assert_eq!(T::known(a).not().decided(), Some(!a));
            for b in [false, true] {
                assert_eq!(T::known(a).and(T::known(b)).decided(), Some(a && b), "{a} {b}");
                assert_eq!(T::known(a).or(T::known(b)).decided(), Some(a || b), "{a} {b}");
            }
        }
    }

    #[test]
    fn every_logic_agrees_on_what_is_known() {
        table::<bool>();
        table::<Tri>();
        table::<Cond>();
    }
}
