//! Patterns against an independent oracle: the same pattern as a regular expression.

#![allow(clippy::unwrap_used, reason = "a test fails loudly")]

use decryptable::name::{
    ActionName, ActionPattern, ConditionKey, Lookup, Match, ResourcePattern, Syntax, Wild,
};
use proptest::prelude::*;
use regex_automata::meta::Regex;

use crate::budget::config;

fn none(_: &ConditionKey) -> Lookup<'static> {
    Lookup::Absent
}

fn regex(pattern: &str) -> Regex {
    let mut out = String::from(r"(?s)\A");
    for c in pattern.chars() {
        match c {
            '*' => out.push_str(".*"),
            '?' => out.push('.'),
            c if c.is_alphanumeric() || c == '/' => out.push(c),
            c => {
                out.push_str(&format!(r"\u{{{:x}}}", c as u32));
            }
        }
    }
    out.push_str(r"\z");
    Regex::new(&out).unwrap()
}

/// Few letters, so that patterns match often; one of two bytes, so that `?` is tried on it.
fn text() -> impl Strategy<Value = String> {
    proptest::collection::vec(prop::sample::select(vec!['a', 'b', 'é', '/', ':', '*', '.', '[']), 0..14)
        .prop_map(|c| c.into_iter().collect())
}

fn pattern() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        prop::sample::select(vec!['a', 'b', 'é', '/', ':', '*', '*', '?', '.', '[']),
        0..10,
    )
    .prop_map(|c| c.into_iter().collect())
}

proptest! {
    #![proptest_config(config(4_000))]

    #[test]
    fn a_glob_is_its_regular_expression(pattern in pattern(), text in text()) {
        let expected = Match::from(regex(&pattern).is_match(&text));
        prop_assert_eq!(Wild::glob(&pattern, false).matches(&text, &none), expected);
        // Without a variable the newer language reads the same pattern alike.
        prop_assert_eq!(Wild::glob(&pattern, true).matches(&text, &none), expected);
    }

    #[test]
    fn escapes_and_variables_are_literal(text in text()) {
        let escaped: String = text.chars().map(|c| match c {
            '*' => "${*}".to_owned(),
            '?' => "${?}".to_owned(),
            '$' => "${$}".to_owned(),
            c => c.to_string(),
        }).collect();
        let pattern = format!("x{escaped}*");
        prop_assert_eq!(Wild::glob(&pattern, true).matches(&format!("x{text}tail"), &none), Match::Yes);
        let by_variable = Wild::glob("x${aws:PrincipalTag/t}y", true);
        let found = by_variable.matches(&format!("x{text}y"), &|_| Lookup::Value(&text));
        prop_assert_eq!(found, Match::Yes);
    }

    #[test]
    fn a_literal_matches_itself_alone(text in text(), other in text()) {
        let literal = Wild::literal(&text, true);
        prop_assert_eq!(literal.matches(&other, &none), Match::from(text == other));
    }

    #[test]
    fn actions_ignore_case(pattern in "[a-zA-Z?*]{0,6}", name in "[a-zA-Z]{1,6}") {
        let action = ActionName::new(&format!("s3:{name}")).unwrap();
        let expected = regex(&pattern.to_lowercase()).is_match(&name.to_lowercase());
        prop_assert_eq!(ActionPattern::new(&format!("S3:{pattern}")).covers(&action), Some(expected));
    }

    #[test]
    fn a_resource_never_matches_more_than_the_loosest_reading(pattern in pattern(), text in text()) {
        let (pattern, text) = (format!("arn:aws:s3:::{pattern}"), format!("arn:aws:s3:::{text}"));
        let found = ResourcePattern::new(&pattern, Syntax { variables: false, completes: false }).matches(&text, &none);
        // All wildcards stand in the sixth part, so nothing is left open.
        prop_assert_eq!(found, Match::from(regex(&pattern).is_match(&text)));
    }

    #[test]
    fn what_is_left_behind_a_start_matches_what_the_whole_matches(pattern in pattern(), rest in text()) {
        let known = "arn:aws:s3:::b/";
        let whole = format!("arn:aws:s3:::{pattern}");
        let own = ResourcePattern::new(&whole, Syntax { variables: false, completes: false });
        let behind = own.behind(known, &none).unwrap();
        let fits = behind.sure.iter().any(|p| p.matches(&rest, &none) == Match::Yes);
        prop_assert!(behind.disputed.is_empty());
        prop_assert_eq!(own.matches(&format!("{known}{rest}"), &none), Match::from(fits), "{} {}", whole, rest);
    }

    #[test]
    fn no_text_breaks_a_pattern(pattern in "\\PC{0,40}", text in "\\PC{0,40}") {
        let _ = Wild::try_glob(&pattern, true).map(|w| w.matches(&text, &none));
        let _ = ResourcePattern::new(&pattern, Syntax { variables: true, completes: true }).behind(&text, &none);
    }
}
