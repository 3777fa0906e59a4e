//! A value of a condition and the value that the request has: the slip of the pen between them, whatever the key.

use super::Repair;
use super::compare;
use crate::diagnostic::Cause;
use crate::name::{Lookup, Match, Wild};
use crate::operator::{Family, Operator};

/// A slip, and what puts it right.
pub(super) struct Slip {
    pub(super) cause: Cause,
    /// Why that matters.
    pub(super) why: &'static str,
    pub(super) repair: Repair,
}

/// Whether a text, taken for a pattern, fits a value.
pub(super) fn fits(text: &str, value: &str) -> bool {
    Wild::glob(text, false).matches(value, &|_| Lookup::Unknown) == Match::Yes
}

pub(super) fn slip(operator: &'static Operator, written: &str, has: &str) -> Option<Slip> {
    if operator.negated || !matches!(operator.family, Family::String | Family::Arn) {
        return None;
    }
    let value = |cause, text: &str| {
        let why = if cause == Cause::WhiteSpace {
            "white space counts"
        } else {
            "they differ in the case of letters"
        };
        Some(Slip { cause, why, repair: Repair::Value(text.to_owned()) })
    };
    let is_pattern = operator.family == Family::Arn || operator.name.ends_with("Like");
    let same = |text: &str| if is_pattern { fits(text, has) } else { text == has };
    if written.trim() != written && same(written.trim()) {
        return value(Cause::WhiteSpace, written.trim());
    }
    if !is_pattern && written.contains(['*', '?']) && fits(written, has) {
        let why = "this operator takes * and ? as they stand";
        return Some(Slip { cause: Cause::LiteralWildcard, why, repair: Repair::Operator(like(operator)) });
    }
    if is_block_around(written, has) {
        let why = "this operator compares texts, and not networks";
        let repair = Repair::Operator("IpAddress".to_owned());
        return Some(Slip { cause: Cause::OperatorOfAnotherType, why, repair });
    }
    if compare::in_case(written, has) {
        return value(Cause::ValueCase, has);
    }
    if is_pattern && fits(&written.to_ascii_lowercase(), &has.to_ascii_lowercase()) {
        let recased = written.chars().zip(has.chars());
        let text: String = recased.map(|(w, h)| if w.eq_ignore_ascii_case(&h) { h } else { w }).collect();
        let whole = written.chars().count() <= has.chars().count() && fits(&text, has);
        return if whole { value(Cause::ValueCase, &text) } else { value(Cause::ValueCase, has) };
    }
    None
}

/// A block of addresses with the address in it.
fn is_block_around(written: &str, has: &str) -> bool {
    let block = written.contains('/').then(|| written.parse::<ipnet::IpNet>().ok()).flatten();
    block.is_some_and(|block| has.parse::<std::net::IpAddr>().is_ok_and(|address| block.contains(&address)))
}

/// The operator that takes wildcards.
fn like(operator: &Operator) -> String {
    match operator.name.strip_suffix("Equals") {
        Some(start) => format!("{start}Like"),
        None => "StringLike".to_owned(),
    }
}
