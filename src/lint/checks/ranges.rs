//! Two lines about one key whose ranges or patterns have no value in common.

use crate::name::symbol;
use crate::operator::{Family, Operand, Quantifier};
use crate::policy::Test;

/// Whether no value fits both lines. One of them has to need the key.
pub(super) fn apart(a: &Test, b: &Test) -> bool {
    let is_plain = |test: &Test| {
        test.quantifier == Quantifier::One
            && !test.values.is_empty()
            && !test.values.iter().any(|v| v.operand.has_variables() || symbol::is_in(v.text()))
    };
    if !is_plain(a) || !is_plain(b) || (a.if_exists && b.if_exists) || a.operator.family != b.operator.family
    {
        return false;
    }
    match (a.operator.negated, b.operator.negated) {
        (true, true) => false,
        (false, true) => !a.if_exists && excluded(a, b),
        (true, false) => !b.if_exists && excluded(b, a),
        (false, false) => bounds_apart(a, b) || networks_apart(a, b) || patterns_apart(a, b),
    }
}

/// The bounds of a line: a list of them holds where one does.
struct Bounds<T> {
    low: Option<(T, bool)>,
    high: Option<(T, bool)>,
}

fn bounds<T: PartialOrd + Copy>(test: &Test, read: fn(&Operand) -> Option<T>) -> Option<Bounds<T>> {
    let values: Option<Vec<T>> = test.values.iter().map(|value| read(&value.operand)).collect();
    let values = values?;
    let least = values.iter().copied().reduce(|a, b| if b < a { b } else { a })?;
    let most = values.iter().copied().reduce(|a, b| if b > a { b } else { a })?;
    let name = test.operator.name;
    let closed = name.ends_with("Equals");
    Some(if name.contains("LessThan") {
        Bounds { low: None, high: Some((most, closed)) }
    } else if name.contains("GreaterThan") {
        Bounds { low: Some((least, closed)), high: None }
    } else {
        Bounds { low: Some((least, true)), high: Some((most, true)) }
    })
}

fn are_apart<T: PartialOrd + Copy>(a: &Test, b: &Test, read: fn(&Operand) -> Option<T>) -> bool {
    let (Some(a), Some(b)) = (bounds(a, read), bounds(b, read)) else { return false };
    let below = |high: &Option<(T, bool)>, low: &Option<(T, bool)>| match (high, low) {
        (Some((high, with)), Some((low, and))) => high < low || (high == low && !(*with && *and)),
        (_, _) => false,
    };
    below(&a.high, &b.low) || below(&b.high, &a.low)
}

fn bounds_apart(a: &Test, b: &Test) -> bool {
    let number = |operand: &Operand| if let Operand::Number(number) = operand { Some(*number) } else { None };
    let date = |operand: &Operand| if let Operand::Date(date) = operand { Some(*date) } else { None };
    (a.operator.family == Family::Numeric && are_apart(a, b, number))
        || (a.operator.family == Family::Date && are_apart(a, b, date))
}

fn networks(test: &Test) -> Option<Vec<ipnet::IpNet>> {
    let net = |operand: &Operand| if let Operand::Network(net) = operand { Some(*net) } else { None };
    test.values.iter().map(|value| net(&value.operand)).collect()
}

fn networks_apart(a: &Test, b: &Test) -> bool {
    let (Some(a), Some(b)) = (networks(a), networks(b)) else { return false };
    a.iter().all(|a| b.iter().all(|b| !a.contains(b) && !b.contains(a)))
}

/// Whether a line that names what may not be leaves nothing of what may be.
fn excluded(listed: &Test, left_out: &Test) -> bool {
    if let (Some(listed), Some(left_out)) = (networks(listed), networks(left_out)) {
        return listed.iter().all(|net| left_out.iter().any(|wide| wide.contains(net)));
    }
    let is_text = |test: &Test| {
        test.operator.family == Family::Arn
            || (test.operator.family == Family::String && !test.operator.name.contains("IgnoreCase"))
    };
    let like = |test: &Test| test.operator.family == Family::Arn || test.operator.name.ends_with("Like");
    let covers = |wide: &str, narrow: &str| {
        let head = wide.strip_suffix('*').filter(|head| like(left_out) && !head.contains(['*', '?']));
        (wide == narrow && like(listed) == like(left_out))
            || head.is_some_and(|head| {
                // A star of ARNs stays in its part.
                narrow
                    .strip_prefix(head)
                    .is_some_and(|rest| left_out.operator.family != Family::Arn || !rest.contains(':'))
            })
    };
    is_text(listed)
        && is_text(left_out)
        && listed
            .values
            .iter()
            .all(|value| left_out.values.iter().any(|wide| covers(wide.text(), value.text())))
}

/// Whether the texts before the first wildcards part all patterns.
fn patterns_apart(a: &Test, b: &Test) -> bool {
    let family = a.operator.family;
    let folds = |test: &Test| test.operator.name.contains("IgnoreCase");
    if !matches!(family, Family::String | Family::Arn) || folds(a) || folds(b) {
        return false;
    }
    let wild = |test: &Test| family == Family::Arn || test.operator.name.ends_with("Like");
    let head = |test: &Test, text: &str| -> (String, bool) {
        let head = if wild(test) { text.split(['*', '?']).next().unwrap_or_default() } else { text };
        (head.to_owned(), head.len() == text.len())
    };
    let parted = |(a, whole_a): (String, bool), (b, whole_b): (String, bool)| match (whole_a, whole_b) {
        (true, true) => a != b,
        (true, false) => !a.starts_with(&b),
        (false, true) => !b.starts_with(&a),
        (false, false) => !a.starts_with(&b) && !b.starts_with(&a),
    };
    a.values.iter().all(|one| b.values.iter().all(|other| parted(head(a, one.text()), head(b, other.text()))))
}

#[cfg(test)]
mod tests;
