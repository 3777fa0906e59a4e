use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

use super::{Comparison, Dialect, Family, Operand, OperandError, Operator};

pub(super) static DATE_EQUALS: Operator =
    row("DateEquals", false, "DateNotEquals", |a, l, _| order(a, l, Ordering::is_eq));
pub(super) static DATE_NOT_EQUALS: Operator =
    row("DateNotEquals", true, "DateEquals", |a, l, _| order(a, l, Ordering::is_eq));
pub(super) static DATE_LESS_THAN: Operator =
    row("DateLessThan", false, "DateGreaterThanEquals", |a, l, _| order(a, l, Ordering::is_lt));
pub(super) static DATE_LESS_THAN_EQUALS: Operator =
    row("DateLessThanEquals", false, "DateGreaterThan", |a, l, _| order(a, l, Ordering::is_le));
pub(super) static DATE_GREATER_THAN: Operator =
    row("DateGreaterThan", false, "DateLessThanEquals", |a, l, _| order(a, l, Ordering::is_gt));
pub(super) static DATE_GREATER_THAN_EQUALS: Operator =
    row("DateGreaterThanEquals", false, "DateLessThan", |a, l, _| order(a, l, Ordering::is_ge));

const fn row(name: &'static str, negated: bool, opposite: &'static str, compare: super::Compare) -> Operator {
    Operator { name, family: Family::Date, negated, opposite: Some(opposite), parse, compare }
}

fn parse(text: &str, _: Dialect) -> Result<Operand, OperandError> {
    instant(text).map(Operand::Date).ok_or(OperandError::Expected("a date such as 2026-12-31T00:00:00Z"))
}

/// The W3C profile of ISO 8601 (`2026`, `2026-12`, `2026-12-31`, `2026-12-31T09:30Z`, …) or seconds since 1970.
fn instant(text: &str) -> Option<Timestamp> {
    let plain_year = text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
    if !plain_year && let Ok(seconds) = text.parse::<i64>() {
        return Timestamp::from_second(seconds).ok();
    }
    if let Some((seconds, fraction)) = text.split_once('.')
        && let (Ok(seconds), true) = (seconds.parse::<i64>(), fraction.bytes().all(|b| b.is_ascii_digit()))
        && (1..=9).contains(&fraction.len())
    {
        let nanoseconds = format!("{fraction:0<9}").parse::<i32>().ok()?;
        return Timestamp::new(seconds, if text.starts_with('-') { -nanoseconds } else { nanoseconds }).ok();
    }
    if text.contains(['T', 't']) {
        return text.parse().ok();
    }
    let mut parts = text.splitn(3, '-').map(str::parse::<i16>);
    let year = parts.next()?.ok()?;
    let month = parts.next().unwrap_or(Ok(1)).ok()?;
    let day = parts.next().unwrap_or(Ok(1)).ok()?;
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    Offset::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()
}

fn order(operand: &Operand, actual: &str, accept: fn(Ordering) -> bool) -> Comparison {
    let (Operand::Date(limit), Some(actual)) = (operand, instant(actual)) else {
        return Comparison::Mistyped;
    };
    accept(actual.cmp(limit)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_and_epoch_are_the_same_instant() {
        assert_eq!(instant("2026-01-01T00:00:00Z"), instant("1767225600"));
        assert_eq!(instant("2026-01-01"), instant("2026-01-01T00:00:00+00:00"));
        assert_eq!(instant("2026"), instant("2026-01"));
        assert_eq!(instant("2026-01-01T02:00:00+02:00"), instant("2026-01-01T00:00:00.000Z"));
        for wrong in ["", "tomorrow", "2026-13-01", "2026-01-01T00", "01/02/2026"] {
            assert_eq!(instant(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn fractions_lie_on_the_side_of_their_sign() {
        let in_order = ["-2", "-1.5", "-1", "-0.5", "-0.0", "0.25", "0.5", "1", "1.5", "2"];
        assert!(in_order.map(|text| instant(text).unwrap()).is_sorted_by(|a, b| a < b));
        assert_eq!(instant("1767225600.5"), instant("2026-01-01T00:00:00.5Z"));
        assert_eq!(instant("-0.0"), instant("0.000000000"));
        for wrong in ["1.", "1.0000000000", "1.-5", ".5", "1.5x"] {
            assert_eq!(instant(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn minutes_without_seconds() {
        assert_eq!(instant("2026-01-01T09:30Z"), instant("2026-01-01T09:30:00Z"));
    }
}
