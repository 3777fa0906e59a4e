use super::{Comparison, Dialect, Family, Operand, OperandError, Operator};
use crate::name::{ArnPattern, ConditionKey, Lookup, symbol};

// `Equals` and `Like` behave alike for ARNs: both take wildcards (R37).
pub(super) static ARN_EQUALS: Operator = row("ArnEquals", false, "ArnNotEquals");
pub(super) static ARN_LIKE: Operator = row("ArnLike", false, "ArnNotLike");
pub(super) static ARN_NOT_EQUALS: Operator = row("ArnNotEquals", true, "ArnEquals");
pub(super) static ARN_NOT_LIKE: Operator = row("ArnNotLike", true, "ArnLike");

const fn row(name: &'static str, negated: bool, opposite: &'static str) -> Operator {
    Operator { name, family: Family::Arn, negated, opposite: Some(opposite), parse, compare }
}

fn parse(text: &str, dialect: Dialect) -> Result<Operand, OperandError> {
    Ok(Operand::Arn(ArnPattern::try_new(text, dialect.variables)?))
}

/// What has no six parts is no ARN: it matches nothing, and what a negated operator makes of it is undocumented (R39).
fn compare<'l>(operand: &Operand, actual: &str, lookup: &dyn Fn(&ConditionKey) -> Lookup<'l>) -> Comparison {
    match operand {
        Operand::Arn(pattern)
            if (symbol::is_unknown_in(pattern.as_str()) || symbol::is_unknown_in(actual))
                && pattern.whole().may_match(actual, lookup) =>
        {
            pattern.matches(actual, lookup).or_symbols(|| true).into()
        }
        Operand::Arn(pattern) if !pattern.is_complete() && pattern.variables().next().is_none() => {
            Comparison::Mistyped
        }
        Operand::Arn(pattern) if actual.splitn(6, ':').count() == 6 => {
            pattern.matches(actual, lookup).or_symbols(|| pattern.whole().may_match(actual, lookup)).into()
        }
        Operand::Arn(_)
        | Operand::Text(_)
        | Operand::Number(_)
        | Operand::Date(_)
        | Operand::Flag(_)
        | Operand::Network(_)
        | Operand::Bytes(_)
        | Operand::Symbol
        | Operand::Unreadable => Comparison::Mistyped,
    }
}
