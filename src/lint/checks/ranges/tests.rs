use super::*;
use crate::json;
use crate::policy::{PolicyKind, lower};
use crate::source::SourceId;

fn tests(condition: &str) -> Vec<Test> {
    let text = format!(
        "{{\"Version\": \"2012-10-17\", \"Statement\": [{{\"Effect\": \"Allow\", \"Action\": \"s3:GetObject\", \
         \"Resource\": \"*\", \"Condition\": {condition}}}]}}"
    );
    let parsed = json::parse(SourceId::LONE, &text);
    let policy = lower(&parsed.root.unwrap(), PolicyKind::Identity, "", &mut Vec::new());
    policy.statements[0].tests.to_vec()
}

#[track_caller]
fn are_apart(condition: &str, expected: bool) {
    let tests = tests(condition);
    assert_eq!(apart(&tests[0], &tests[1]), expected, "{condition}");
    assert_eq!(apart(&tests[1], &tests[0]), expected, "{condition}");
}

#[test]
fn bounds_and_networks() {
    let pair = |a: (&str, &str), b: (&str, &str), key: &str| {
        format!("{{\"{}\": {{\"{key}\": {}}}, \"{}\": {{\"{key}\": {}}}}}", a.0, a.1, b.0, b.1)
    };
    let keys = |a, b| pair(a, b, "s3:max-keys");
    are_apart(&keys(("NumericLessThan", "\"5\""), ("NumericGreaterThan", "\"10\"")), true);
    are_apart(&keys(("NumericLessThan", "\"5\""), ("NumericGreaterThanEquals", "\"5\"")), true);
    are_apart(&keys(("NumericLessThanEquals", "\"5\""), ("NumericGreaterThanEquals", "\"5\"")), false);
    are_apart(&keys(("NumericLessThan", "[\"5\", \"50\"]"), ("NumericGreaterThan", "\"10\"")), false);
    are_apart(&keys(("NumericEquals", "\"5\""), ("NumericGreaterThan", "\"10\"")), true);
    let dates = |a, b| pair(a, b, "aws:CurrentTime");
    let (old, new) = ("\"2024-01-01T00:00:00Z\"", "\"2025-01-01T00:00:00Z\"");
    are_apart(&dates(("DateLessThan", old), ("DateGreaterThan", new)), true);
    are_apart(&dates(("DateLessThan", new), ("DateGreaterThan", old)), false);
    let nets = |a, b| pair(a, b, "aws:SourceIp");
    are_apart(&nets(("IpAddress", "\"203.0.113.0/24\""), ("NotIpAddress", "\"203.0.0.0/16\"")), true);
    are_apart(&nets(("IpAddress", "\"203.0.0.0/16\""), ("NotIpAddress", "\"203.0.113.0/24\"")), false);
}

#[test]
fn patterns() {
    let pair = |a: &str, one: &str, b: &str, other: &str| {
        let key = "aws:PrincipalTag/team";
        format!("{{\"{a}\": {{\"{key}\": \"{one}\"}}, \"{b}\": {{\"{key}\": \"{other}\"}}}}")
    };
    are_apart(&pair("StringLike", "a*", "StringLikeIfExists", "b*"), true);
    are_apart(&pair("StringLikeIfExists", "a*", "StringLike", "ab*"), false);
    are_apart(&pair("StringEquals", "a*", "StringLike", "ab*"), true);
    are_apart(&pair("StringEquals", "abc", "StringLike", "ab*"), false);
    are_apart(&pair("StringLike", "ab*", "StringNotLike", "a*"), true);
    are_apart(&pair("StringLike", "a*", "StringNotLike", "ab*"), false);
    are_apart(&pair("StringLike", "${aws:username}*", "StringLikeIfExists", "b*"), false);
    let arns = |a: &str, one: &str, b: &str, other: &str| {
        let key = "aws:PrincipalArn";
        format!("{{\"{a}\": {{\"{key}\": \"{one}\"}}, \"{b}\": {{\"{key}\": \"{other}\"}}}}")
    };
    let role = "arn:aws:iam::111111111111:role/etl";
    are_apart(&arns("ArnEquals", role, "ArnNotLike", "arn:aws:iam::111111111111:role/*"), true);
    are_apart(&arns("ArnEquals", role, "ArnNotLike", "arn:aws:iam::*"), false);
    are_apart(&arns("ArnLike", role, "ArnEqualsIfExists", "arn:aws:iam::222222222222:role/*"), true);
}
