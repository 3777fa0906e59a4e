//! Every line of `tests/scenarios/simulate`, through the public contract.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails loudly")]

use std::fs;
use std::path::Path;

use decryptable::ask::simulate;
use serde_json::Value;

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

#[test]
fn every_scenario_is_decided_as_documented() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/simulate");
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "jsonl"));
    files.sort();
    let (mut count, mut wrong) = (0, Vec::new());
    for file in &files {
        let text = fs::read_to_string(file).unwrap();
        for (at, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
            let case: Value = serde_json::from_str(line).unwrap();
            let answer = ask(&case["request"]);
            count += 1;
            let (got, wanted) = (decisions(&answer), expected(&case));
            if got != wanted {
                let name = file.file_name().unwrap().to_string_lossy();
                wrong.push(format!(
                    "{name}:{}: {} {}\n  wanted {wanted:?}, got {got:?}\n  {answer}",
                    at + 1,
                    case["why"],
                    case["rules"]
                ));
            }
        }
    }
    assert!(count > 1_000, "only {count} scenarios found");
    assert!(wrong.is_empty(), "{} of {count} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_policy_aws_would_refuse_is_decided_and_named() {
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
}
