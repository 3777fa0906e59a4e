use super::{Comparison, Dialect, Family, Operand, OperandError, Operator};
use crate::name::{ConditionKey, Lookup, Wild, has_variable};

pub(super) static BOOL: Operator =
    Operator { name: "Bool", family: Family::Bool, negated: false, opposite: Some("Bool"), parse, compare };

fn parse(text: &str, dialect: Dialect) -> Result<Operand, OperandError> {
    if dialect.variables && has_variable(text) {
        return Ok(Operand::Text(Wild::try_literal(text, true)?));
    }
    flag(text).map(Operand::Flag).ok_or(OperandError::Expected("`true` or `false`"))
}

/// Letter case does not matter (R39).
pub(super) fn flag(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

fn compare<'l>(operand: &Operand, actual: &str, lookup: &dyn Fn(&ConditionKey) -> Lookup<'l>) -> Comparison {
    match (operand, flag(actual)) {
        (Operand::Flag(wanted), Some(actual)) => Comparison::from(*wanted == actual),
        (Operand::Text(wild), Some(_)) => wild.matches_ignoring_case(actual, lookup).into(),
        (_, _) => Comparison::Mistyped,
    }
}
