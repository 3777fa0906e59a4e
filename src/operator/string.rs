use super::{Comparison, Dialect, Family, Operand, OperandError, Operator};
use crate::name::{ConditionKey, Lookup, Wild};

/// `StringEquals`: the same text; policy variables are resolved.
pub static STRING_EQUALS: Operator = row("StringEquals", false, "StringNotEquals", literal, equals);
/// `StringNotEquals`: the negation of `StringEquals`.
pub static STRING_NOT_EQUALS: Operator = row("StringNotEquals", true, "StringEquals", literal, equals);
pub(super) static STRING_EQUALS_IGNORE_CASE: Operator =
    row("StringEqualsIgnoreCase", false, "StringNotEqualsIgnoreCase", literal, equals_ignoring_case);
pub(super) static STRING_NOT_EQUALS_IGNORE_CASE: Operator =
    row("StringNotEqualsIgnoreCase", true, "StringEqualsIgnoreCase", literal, equals_ignoring_case);
/// `StringLike`: text that matches a pattern.
pub static STRING_LIKE: Operator = row("StringLike", false, "StringNotLike", pattern, equals);
/// `StringNotLike`: the negation of `StringLike`.
pub static STRING_NOT_LIKE: Operator = row("StringNotLike", true, "StringLike", pattern, equals);

const fn row(
    name: &'static str,
    negated: bool,
    opposite: &'static str,
    parse: fn(&str, Dialect) -> Result<Operand, OperandError>,
    compare: super::Compare,
) -> Operator {
    Operator { name, family: Family::String, negated, opposite: Some(opposite), parse, compare }
}

fn literal(text: &str, dialect: Dialect) -> Result<Operand, OperandError> {
    Ok(Operand::Text(Wild::try_literal(text, dialect.variables)?))
}

fn pattern(text: &str, dialect: Dialect) -> Result<Operand, OperandError> {
    Ok(Operand::Text(Wild::try_glob(text, dialect.variables)?))
}

fn equals<'l>(operand: &Operand, actual: &str, lookup: &dyn Fn(&ConditionKey) -> Lookup<'l>) -> Comparison {
    match operand {
        Operand::Text(wild) => {
            wild.matches(actual, lookup).or_symbols(|| wild.may_match(actual, lookup)).into()
        }
        Operand::Arn(_)
        | Operand::Number(_)
        | Operand::Date(_)
        | Operand::Flag(_)
        | Operand::Network(_)
        | Operand::Bytes(_)
        | Operand::Symbol
        | Operand::Unreadable => Comparison::Mistyped,
    }
}

fn equals_ignoring_case<'l>(
    operand: &Operand,
    actual: &str,
    lookup: &dyn Fn(&ConditionKey) -> Lookup<'l>,
) -> Comparison {
    match operand {
        Operand::Text(wild) => {
            let may = || wild.may_match_ignoring_case(actual, lookup);
            wild.matches_ignoring_case(actual, lookup).or_symbols(may).into()
        }
        Operand::Arn(_)
        | Operand::Number(_)
        | Operand::Date(_)
        | Operand::Flag(_)
        | Operand::Network(_)
        | Operand::Bytes(_)
        | Operand::Symbol
        | Operand::Unreadable => Comparison::Mistyped,
    }
}
