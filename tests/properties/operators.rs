//! Every operator over present, missing and empty keys, with and without prefixes and `IfExists`.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

#![allow(clippy::panic, reason = "a test fails loudly")]

use decryptable::name::{ConditionKey, Lookup};
use decryptable::operator::{ALL, Actual, Condition, Dialect, Family, Open, Operand, Outcome, Written};
use proptest::prelude::*;

use crate::budget::config;

struct Held(Operand);

impl AsRef<Operand> for Held {
    fn as_ref(&self) -> &Operand {
        &self.0
    }
}

fn none(_: &ConditionKey) -> Lookup<'static> {
    Lookup::Absent
}

fn apply(operator: &str, policy: &[&str], request: Option<&[&str]>, multivalued: bool) -> Outcome {
    let written = Written::parse(operator).unwrap_or_else(|| panic!("{operator}"));
    let values: Vec<Held> = policy
        .iter()
        .map(|v| {
            Held((written.operator.parse)(v, Dialect { variables: true }).unwrap_or(Operand::Unreadable))
        })
        .collect();
    let condition = Condition {
        operator: written.operator,
        quantifier: written.quantifier,
        if_exists: written.if_exists,
        values: &values,
    };
    let items: Vec<Box<str>> = request.unwrap_or_default().iter().map(|v| (*v).into()).collect();
    let actual =
        if request.is_some() { Actual::Values { items: &items, multivalued } } else { Actual::Absent };
    condition.apply(actual, &none)
}

/// A policy value, a value it matches and one it does not, by family.
fn sample(family: Family) -> (&'static str, &'static str, &'static str) {
    match family {
        Family::String => ("red", "red", "blue"),
        Family::Arn => (
            "arn:aws:iam::111111111111:role/reader",
            "arn:aws:iam::111111111111:role/reader",
            "arn:aws:iam::111111111111:role/other",
        ),
        Family::Numeric => ("10", "10", "11"),
        Family::Date => ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        Family::Bool => ("true", "true", "false"),
        Family::IpAddress => ("203.0.113.0/24", "203.0.113.7", "198.51.100.7"),
        Family::Binary => ("QmluYXJ5", "QmluYXJ5", "T3RoZXI="),
        Family::Null => ("true", "", ""),
    }
}

#[test]
fn the_missing_key_matrix() {
    for operator in ALL.iter().filter(|o| o.family != Family::Null) {
        let (value, ..) = sample(operator.family);
        let missing = |written: String| apply(&written, &[value], None, false);
        let name = operator.name;
        assert_eq!(missing(name.into()), Outcome::from(operator.negated), "{name}");
        assert_eq!(missing(format!("{name}IfExists")), Outcome::True, "{name}IfExists");
        assert_eq!(missing(format!("ForAllValues:{name}")), Outcome::True, "ForAllValues:{name}");
        assert_eq!(missing(format!("ForAnyValue:{name}")), Outcome::False, "ForAnyValue:{name}");
        assert_eq!(
            missing(format!("ForAnyValue:{name}IfExists")),
            Outcome::True,
            "ForAnyValue:{name}IfExists"
        );
    }
}

#[test]
fn a_present_key_is_compared() {
    for operator in ALL.iter().filter(|o| o.family != Family::Null) {
        // Orderings have their own test.
        if operator.name.contains("Than") {
            continue;
        }
        let (value, hit, miss) = sample(operator.family);
        for suffix in ["", "IfExists"] {
            let written = format!("{}{suffix}", operator.name);
            assert_eq!(
                apply(&written, &[value], Some(&[hit]), false),
                Outcome::from(!operator.negated),
                "{written}"
            );
            assert_eq!(
                apply(&written, &[value], Some(&[miss]), false),
                Outcome::from(operator.negated),
                "{written}"
            );
        }
    }
}

#[test]
fn several_values_are_or_and_for_negated_operators_nor() {
    assert_eq!(apply("StringEquals", &["a", "b"], Some(&["b"]), false), Outcome::True);
    assert_eq!(apply("StringNotEquals", &["a", "b"], Some(&["b"]), false), Outcome::False);
    assert_eq!(apply("StringNotEquals", &["a", "b"], Some(&["c"]), false), Outcome::True);
    assert_eq!(
        apply("NotIpAddress", &["203.0.113.0/24", "2001:db8::/32"], Some(&["2001:db8::1"]), false),
        Outcome::False
    );
}

#[test]
fn orderings() {
    for (operator, less, equal, more) in [
        ("NumericLessThan", true, false, false),
        ("NumericLessThanEquals", true, true, false),
        ("NumericGreaterThan", false, false, true),
        ("NumericGreaterThanEquals", false, true, true),
    ] {
        for (value, expected) in [("9.5", less), ("10.0", equal), ("11", more)] {
            assert_eq!(
                apply(operator, &["10"], Some(&[value]), false),
                Outcome::from(expected),
                "{operator} {value}"
            );
        }
        let dated = operator.replace("Numeric", "Date");
        for (value, expected) in [("2025-12-31", less), ("1767225600", equal), ("2026-01-01T00:00:01Z", more)]
        {
            assert_eq!(
                apply(&dated, &["2026-01-01"], Some(&[value]), false),
                Outcome::from(expected),
                "{dated} {value}"
            );
        }
    }
}

#[test]
fn null_asks_for_presence() {
    for (value, missing, present) in
        [("true", Outcome::True, Outcome::False), ("false", Outcome::False, Outcome::True)]
    {
        assert_eq!(apply("Null", &[value], None, false), missing);
        assert_eq!(apply("Null", &[value], Some(&["x"]), false), present);
        assert_eq!(apply("Null", &[value], Some(&[]), true), missing);
    }
}

#[test]
fn sets() {
    let all = |request: &[&str]| apply("ForAllValues:StringEquals", &["a", "b"], Some(request), true);
    let any = |request: &[&str]| apply("ForAnyValue:StringEquals", &["a", "b"], Some(request), true);
    assert_eq!((all(&["a"]), any(&["a"])), (Outcome::True, Outcome::True));
    assert_eq!((all(&["a", "c"]), any(&["a", "c"])), (Outcome::False, Outcome::True));
    assert_eq!((all(&["c"]), any(&["c"])), (Outcome::False, Outcome::False));
    assert_eq!((all(&[]), any(&[])), (Outcome::True, Outcome::False));
    assert_eq!((all(&[""]), any(&[""])), (Outcome::True, Outcome::False));
    let none_match = |request: &[&str]| apply("ForAllValues:StringNotEquals", &["a"], Some(request), true);
    let one_differs = |request: &[&str]| apply("ForAnyValue:StringNotEquals", &["a"], Some(request), true);
    assert_eq!((none_match(&["a", "b"]), one_differs(&["a", "b"])), (Outcome::False, Outcome::True));
    assert_eq!((none_match(&["b"]), one_differs(&["a"])), (Outcome::True, Outcome::False));
}

#[test]
fn what_is_not_documented_stays_open() {
    assert_eq!(apply("StringEquals", &["a"], Some(&["a"]), true), Outcome::Open(Open::Multivalued));
    assert_eq!(apply("NumericNotEquals", &["10"], Some(&["ten"]), false), Outcome::Open(Open::Mistyped));
    assert_eq!(apply("NumericEquals", &["10"], Some(&["10abc"]), false), Outcome::Open(Open::Mistyped));
    assert_eq!(
        apply("NotIpAddress", &["not-an-address"], Some(&["203.0.113.7"]), false),
        Outcome::Open(Open::Mistyped)
    );
}

#[test]
fn wildcards_belong_to_like() {
    assert_eq!(apply("StringEquals", &["a*"], Some(&["ab"]), false), Outcome::False);
    assert_eq!(apply("StringEquals", &["a*"], Some(&["a*"]), false), Outcome::True);
    assert_eq!(apply("StringLike", &["a*"], Some(&["ab"]), false), Outcome::True);
    assert_eq!(apply("StringLike", &["A*"], Some(&["ab"]), false), Outcome::False);
    assert_eq!(apply("StringEqualsIgnoreCase", &["ÄB"], Some(&["äb"]), false), Outcome::True);
    assert_eq!(
        apply("ArnEquals", &["arn:aws:iam::*:role/*"], Some(&["arn:aws:iam::111111111111:role/a"]), false),
        Outcome::True
    );
    assert_eq!(
        apply("ArnLike", &["arn:aws:iam::*"], Some(&["arn:aws:iam::111111111111:role/a"]), false),
        Outcome::Open(Open::Mistyped)
    );
}

#[test]
fn addresses() {
    assert_eq!(apply("IpAddress", &["0.0.0.0/0"], Some(&["203.0.113.7"]), false), Outcome::True);
    assert_eq!(apply("IpAddress", &["203.0.113.7"], Some(&["203.0.113.7"]), false), Outcome::True);
    assert_eq!(apply("IpAddress", &["203.0.113.9/24"], Some(&["203.0.113.7"]), false), Outcome::True);
    assert_eq!(apply("NotIpAddress", &["203.0.113.0/24"], Some(&["2001:db8::1"]), false), Outcome::True);
    assert_eq!(apply("IpAddress", &["2001:db8::/32"], Some(&["2001:DB8:0::1"]), false), Outcome::True);
}

proptest! {
    #![proptest_config(config(256))]

    /// An operator and its opposite never agree on a key that is there, and together cover one that is not.
    #[test]
    fn opposites_are_exact(at in 0..ALL.len(), value in "[ab]{0,2}", request in proptest::option::of("[ab]{0,2}"), if_exists: bool) {
        let operator = ALL[at];
        prop_assume!(matches!(operator.family, Family::String));
        let written = format!("{}{}", operator.name, if if_exists { "IfExists" } else { "" });
        let (opposite, present) = Written::parse(&written).unwrap().opposite().unwrap();
        let held = request.as_deref().map(|r| vec![r]);
        let own = apply(&written, &[&value], held.as_deref(), false);
        let other = apply(&opposite, &[&value], held.as_deref(), false);
        let other = if present && request.is_none() { Outcome::False } else { other };
        prop_assert_ne!(own, other, "{} and {} on {:?}", written, opposite, request);
    }
}
