//! Every line of `tests/scenarios/simulate`, through the public contract.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails loudly")]

use decryptable::ask::simulate;
use libtest_mimic::Trial;
use serde_json::Value;

use crate::data;

fn ask(request: &Value) -> Value {
    let mut input = serde_json::to_vec(request).unwrap();
    input.push(b'\n');
    let mut output = Vec::new();
    simulate::run(&mut input.as_slice(), &mut output).unwrap();
    serde_json::from_slice(&output).unwrap()
}

fn decisions(answer: &Value) -> Vec<String> {
    match answer.get("EvaluationResults").and_then(Value::as_array) {
        Some(results) => results.iter().map(|r| r["EvalDecision"].as_str().unwrap().to_owned()).collect(),
        None => {
            assert_eq!(answer["Error"]["Code"], "InvalidInput", "{answer}");
            vec!["error".to_owned()]
        }
    }
}

fn expected(case: &Value) -> Vec<String> {
    let expect = &case["expect"];
    match expect.as_array() {
        Some(list) => list.iter().map(|v| v.as_str().unwrap().to_owned()).collect(),
        None => vec![expect.as_str().unwrap().to_owned()],
    }
}

fn judge(case: &Value) -> Vec<String> {
    let answer = ask(&case["request"]);
    let (got, wanted) = (decisions(&answer), expected(case));
    if got == wanted {
        return Vec::new();
    }
    vec![format!("{} {}\n  wanted {wanted:?}, got {got:?}\n  {answer}", case["why"], case["rules"])]
}

fn a_policy_aws_would_refuse_is_decided_and_named() -> Vec<String> {
    let request = serde_json::json!({
        "CallerArn": "arn:aws:iam::111111111111:role/reader",
        "PolicyInputList": [{"Version": "2012-10-17", "Statement": []}],
        "ActionNames": ["s3:GetObject"],
        "ResourceArns": ["arn:aws:s3:::data/x"],
        "ResourcePolicy": r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Principal": "arn:aws:iam::111111111111:role/reader", "Action": "s3:GetObject", "Resource": "*"}]}"#,
    });
    // Also when the same policy comes back and need not be read again.
    for _ in 0..3 {
        let answer = ask(&request);
        assert_eq!(decisions(&answer), ["allowed"]);
        assert_eq!(answer["Problems"][0]["Code"], "invalid-principal-format", "{answer}");
        assert_eq!(answer["Problems"][0]["SourcePolicyId"], "ResourcePolicy", "{answer}");
    }
    Vec::new()
}

/// A test for each line, by the name of its file and its number.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for (name, text) in data::files("tests/scenarios/simulate", "jsonl") {
        for (at, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
            let case: Value = serde_json::from_str(line).unwrap();
            let name = format!("simulate::{name}::line_{}", at + 1);
            trials.push(data::trial(name, move || judge(&case)));
        }
    }
    assert!(trials.len() > 1_000, "only {} scenarios found", trials.len());
    trials.push(data::trial(
        "simulate::a_policy_aws_would_refuse_is_decided_and_named".to_owned(),
        a_policy_aws_would_refuse_is_decided_and_named,
    ));
    trials
}
