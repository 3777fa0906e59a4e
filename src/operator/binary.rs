use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Comparison, Dialect, Family, Operand, OperandError, Operator};
use crate::name::{ConditionKey, Lookup};

pub(super) static BINARY_EQUALS: Operator =
    Operator { name: "BinaryEquals", family: Family::Binary, negated: false, opposite: None, parse, compare };

fn parse(text: &str, _: Dialect) -> Result<Operand, OperandError> {
    STANDARD
        .decode(text)
        .map(|bytes| Operand::Bytes(bytes.into_boxed_slice()))
        .map_err(|_| OperandError::Expected("base64"))
}

/// The request's value is given in base64 too.
fn compare<'l>(operand: &Operand, actual: &str, _: &dyn Fn(&ConditionKey) -> Lookup<'l>) -> Comparison {
    match (operand, STANDARD.decode(actual)) {
        (Operand::Bytes(wanted), Ok(actual)) => Comparison::from(**wanted == *actual),
        (_, _) => Comparison::Mistyped,
    }
}
