use super::{Comparison, Dialect, Family, Operand, OperandError, Operator, boolean};
use crate::name::{ConditionKey, Lookup};

/// `Null`: `true` matches a key that is missing, `false` one that is there (R41).
pub static NULL: Operator =
    Operator { name: "Null", family: Family::Null, negated: false, opposite: Some("Null"), parse, compare };

fn parse(text: &str, _: Dialect) -> Result<Operand, OperandError> {
    boolean::flag(text).map(Operand::Flag).ok_or(OperandError::Expected("`true` or `false`"))
}

/// Never asked: presence is decided before values are compared.
fn compare<'l>(_: &Operand, _: &str, _: &dyn Fn(&ConditionKey) -> Lookup<'l>) -> Comparison {
    Comparison::No
}
