//! A printed condition is exact and minimal: written back as policies its lines allow the same requests, and none of
//! them can be left out. An answer is firm exactly where every request agrees.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails loudly")]

use decryptable::ask::simulate;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::budget::config;

const KEYS: [&str; 2] = ["aws:SourceVpce", "aws:MultiFactorAuthAge"];

fn ask(request: &Value) -> Value {
    let mut input = serde_json::to_vec(request).unwrap();
    input.push(b'\n');
    let mut output = Vec::new();
    simulate::run(&mut input.as_slice(), &mut output).unwrap();
    let answer: Value = serde_json::from_slice(&output).unwrap();
    answer["EvaluationResults"][0].clone()
}

fn decision(policies: &[Value], context: &[Option<&str>], open: bool) -> Value {
    let entries: Vec<Value> = KEYS
        .iter()
        .zip(context)
        .filter_map(|(key, value)| Some(json!({"ContextKeyName": key, "ContextKeyValues": [(*value)?]})))
        .collect();
    ask(&json!({
        "CallerArn": "arn:aws:iam::111111111111:role/reader",
        "PolicyInputList": policies,
        "ActionNames": ["s3:GetObject"],
        "ResourceArns": ["arn:aws:s3:::data/x"],
        "ContextEntries": entries,
        "ContextMode": if open { "open" } else { "closed" },
    }))
}

fn line() -> impl Strategy<Value = Value> {
    let text = prop::sample::select(vec![
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringNotLike",
        "StringEqualsIfExists",
        "StringNotEqualsIfExists",
        "StringEqualsIgnoreCase",
        "ForAllValues:StringLike",
        "ForAnyValue:StringNotLike",
    ]);
    let number = prop::sample::select(vec![
        "NumericLessThan",
        "NumericGreaterThanEquals",
        "NumericLessThanIfExists",
        "NumericNotEquals",
        "NumericEqualsIfExists",
    ]);
    prop_oneof![
        (text, prop::sample::select(vec!["a", "b", "a*"])).prop_map(|(o, v)| json!({o: {KEYS[0]: v}})),
        (number, prop::sample::select(vec!["1", "5"])).prop_map(|(o, v)| json!({o: {KEYS[1]: v}})),
        (0..2_usize, any::<bool>()).prop_map(|(k, v)| json!({"Null": {KEYS[k]: v.to_string()}})),
    ]
}

fn statement() -> impl Strategy<Value = Value> {
    (any::<bool>(), line()).prop_map(|(allow, condition)| {
        json!({
            "Effect": if allow { "Allow" } else { "Deny" },
            "Action": "s3:*",
            "Resource": "*",
            "Condition": condition,
        })
    })
}

/// Requests that take every side the policies of this file can tell apart.
fn requests() -> impl Iterator<Item = [Option<&'static str>; 2]> {
    let words =
        [None, Some("a"), Some("A"), Some("b"), Some("ab"), Some("a*"), Some("A*"), Some("z"), Some("")];
    let numbers = [None, Some("0"), Some("1"), Some("3"), Some("5"), Some("9")];
    words.into_iter().flat_map(move |vpce| numbers.into_iter().map(move |age| [vpce, age]))
}

fn allow(condition: &Value) -> Value {
    json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition})
}

/// Which of the requests a policy allows.
fn allowed(policy: &Value) -> Vec<bool> {
    let allows = |context: [Option<&str>; 2]| {
        decision(std::slice::from_ref(policy), &context, false)["EvalDecision"] == "allowed"
    };
    requests().map(allows).collect()
}

/// For which of the requests one printed line holds.
fn holds(line: &Value) -> Vec<bool> {
    let (operator, key) = (line["operator"].as_str().unwrap(), line["key"].as_str().unwrap());
    let statement = allow(&json!({operator: {key: line["values"]}}));
    allowed(&json!({"Version": "2012-10-17", "Statement": [statement]}))
}

fn every(lists: &[Vec<bool>]) -> Vec<bool> {
    (0..requests().count()).map(|at| lists.iter().all(|l| l[at])).collect()
}

fn some(lists: &[Vec<bool>]) -> Vec<bool> {
    (0..requests().count()).map(|at| lists.iter().any(|l| l[at])).collect()
}

fn without(lists: &[Vec<bool>], gone: usize) -> Vec<Vec<bool>> {
    lists.iter().enumerate().filter(|(at, _)| *at != gone).map(|(_, l)| l.clone()).collect()
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn it_is_exact_and_says_nothing_twice(statements in proptest::collection::vec(statement(), 1..6), always: bool) {
        let mut statements = statements;
        if always {
            statements.push(allow(&json!({})));
        }
        let policy = json!({"Version": "2012-10-17", "Statement": statements});
        let open = decision(std::slice::from_ref(&policy), &[None, None], true);
        let real = allowed(&policy);
        // Firm exactly where every request agrees.
        let expected = match (real.iter().all(|a| *a), real.iter().any(|a| *a)) {
            (true, _) => ["allowed"].as_slice(),
            (_, false) => ["implicitDeny", "explicitDeny"].as_slice(),
            (false, true) => ["conditional"].as_slice(),
        };
        prop_assert!(expected.contains(&open["EvalDecision"].as_str().unwrap()), "{} for {}", open, policy);
        if open["EvalDecision"] != "conditional" {
            return Ok(());
        }
        let shown = format!("{}\nunder {policy}", open["Conditions"]);
        let lines: Vec<Vec<Vec<bool>>> = open["Conditions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|all| all.as_array().unwrap().iter().map(holds).collect())
            .collect();
        let alternatives: Vec<Vec<bool>> = lines.iter().map(|all| every(all)).collect();
        prop_assert_eq!(&some(&alternatives), &real, "{}", shown);
        for (at, own) in lines.iter().enumerate() {
            let others = without(&alternatives, at);
            prop_assert_ne!(&some(&others), &real, "alternative {} is covered by the others: {}", at, shown);
            for line in 0..own.len() {
                let wider = every(&without(own, line));
                let implies = wider.iter().zip(&real).all(|(w, r)| !*w || *r);
                prop_assert!(!implies, "line {} of alternative {} is not needed: {}", line, at, shown);
            }
        }
        // A witness is a request of the kind it says.
        for (name, expected) in [("allowed", true), ("denied", false)] {
            let witness = open["Witness"][name].as_object().unwrap();
            let value = |key: &str| witness.get(key).and_then(|v| v[0].as_str());
            let context = KEYS.map(value);
            let real = decision(std::slice::from_ref(&policy), &context, false);
            prop_assert_eq!(real["EvalDecision"] == "allowed", expected, "{:?} under {}", witness, policy);
        }
    }
}

/// A witness of an open request is one that somebody can make: no read has the prefix of a listing, and no role the source
/// of a service.
#[test]
fn witnesses_hold_keys_that_requests_have() {
    let request = |first: &str| {
        let policy = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {"StringEquals": {first: "a"}}},
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}},
        ]});
        ask(&json!({
            "CallerArn": "arn:aws:iam::111111111111:role/reader",
            "ActionNames": ["s3:GetObject"],
            "ResourceArns": ["arn:aws:s3:::data/x"],
            "PolicyInputList": [policy],
            "ContextMode": "open",
        }))
    };
    for key in ["s3:prefix", "aws:SourceAccount", "kms:ViaService"] {
        let answer = request(key);
        assert_eq!(answer["EvalDecision"], "conditional", "{key}");
        let shown = answer["Witness"]["allowed"].as_object().unwrap();
        assert!(shown.get(key).is_none_or(Value::is_null), "{key}: {shown:?}");
        assert_eq!(shown["aws:SourceVpce"][0], "vpce-1", "{key}");
    }
}
