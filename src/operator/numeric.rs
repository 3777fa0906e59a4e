use std::cmp::Ordering;

use super::{Comparison, Dialect, Family, Operand, OperandError, Operator};

pub(super) static NUMERIC_EQUALS: Operator =
    row("NumericEquals", false, "NumericNotEquals", |a, l, _| order(a, l, Ordering::is_eq));
pub(super) static NUMERIC_NOT_EQUALS: Operator =
    row("NumericNotEquals", true, "NumericEquals", |a, l, _| order(a, l, Ordering::is_eq));
pub(super) static NUMERIC_LESS_THAN: Operator =
    row("NumericLessThan", false, "NumericGreaterThanEquals", |a, l, _| order(a, l, Ordering::is_lt));
pub(super) static NUMERIC_LESS_THAN_EQUALS: Operator =
    row("NumericLessThanEquals", false, "NumericGreaterThan", |a, l, _| order(a, l, Ordering::is_le));
pub(super) static NUMERIC_GREATER_THAN: Operator =
    row("NumericGreaterThan", false, "NumericLessThanEquals", |a, l, _| order(a, l, Ordering::is_gt));
pub(super) static NUMERIC_GREATER_THAN_EQUALS: Operator =
    row("NumericGreaterThanEquals", false, "NumericLessThan", |a, l, _| order(a, l, Ordering::is_ge));

const fn row(name: &'static str, negated: bool, opposite: &'static str, compare: super::Compare) -> Operator {
    Operator { name, family: Family::Numeric, negated, opposite: Some(opposite), parse, compare }
}

fn parse(text: &str, _: Dialect) -> Result<Operand, OperandError> {
    number(text).map(Operand::Number).ok_or(OperandError::Expected("a number"))
}

/// A decimal number and nothing else: no trailing letters, no `inf`, no `NaN`.
fn number(text: &str) -> Option<f64> {
    let digits = text.trim_start_matches(['-', '+']);
    if digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') { text.parse().ok() } else { None }
}

/// Whether the request's value stands to the policy's value as `accept` says.
fn order(operand: &Operand, actual: &str, accept: fn(Ordering) -> bool) -> Comparison {
    let (Operand::Number(limit), Some(actual)) = (operand, number(actual)) else {
        return Comparison::Mistyped;
    };
    actual.partial_cmp(limit).map_or(Comparison::Mistyped, |o| accept(o).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_digits_and_no_word() {
        for (text, expected) in [
            ("0", Some(0.0)),
            ("-12", Some(-12.0)),
            ("+.5", Some(0.5)),
            ("7.", Some(7.0)),
            ("1e3", Some(1000.0)),
            ("", None),
            (".", None),
            ("--1", None),
            ("inf", None),
            ("-infinity", None),
            ("NaN", None),
            ("1x", None),
        ] {
            assert_eq!(number(text), expected, "{text:?}");
        }
    }
}
