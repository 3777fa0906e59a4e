//! Whether two documents say the same, part by part, wherever each of them is written.

use super::{Policy, Scope, Statement, Test};
use crate::work;

impl Policy {
    /// Whether it says what another one says, in the same order. Places and the names of statements say nothing; of
    /// documents that say the same in another order this may be false.
    pub(crate) fn says_the_same(&self, other: &Self) -> bool {
        work::did(1);
        let Self { kind, version, statements, span: _, pointer: _, single: _ } = self;
        *kind == other.kind && *version == other.version && all(statements, &other.statements, statement)
    }
}

/// Whether two lists are the same, one by one.
fn all<T>(these: &[T], those: &[T], same: impl Fn(&T, &T) -> bool) -> bool {
    these.len() == those.len() && these.iter().zip(those).all(|(a, b)| same(a, b))
}

fn statement(this: &Statement, that: &Statement) -> bool {
    let Statement { sid: _, effect, principals, actions, resources, tests, span: _, index: _ } = this;
    *effect == that.effect
        && maybe(principals.as_ref(), that.principals.as_ref())
        && scope(actions, &that.actions)
        && maybe(resources.as_ref(), that.resources.as_ref())
        && all(tests, &that.tests, test)
}

fn maybe<P: PartialEq>(this: Option<&Scope<P>>, that: Option<&Scope<P>>) -> bool {
    match (this, that) {
        (Some(this), Some(that)) => scope(this, that),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

fn scope<P: PartialEq>(this: &Scope<P>, that: &Scope<P>) -> bool {
    this.is_negated() == that.is_negated() && all(this.listed(), that.listed(), |a, b| a.value == b.value)
}

fn test(this: &Test, that: &Test) -> bool {
    let Test { quantifier, operator, if_exists, key, values } = this;
    *quantifier == that.quantifier
        && std::ptr::eq(*operator, that.operator)
        && *if_exists == that.if_exists
        && key.value == that.key.value
        && all(values, &that.values, |a, b| a.text() == b.text() && a.operand == b.operand)
}

#[cfg(test)]
mod tests;
