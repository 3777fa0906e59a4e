//! A printed condition is exact: written back as a policy it allows the same requests.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails loudly")]

use decryptable::ask::simulate;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Value, json};

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

proptest! {
    #![proptest_config(ProptestConfig { cases: 800, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn written_back_it_allows_the_same(statements in proptest::collection::vec(statement(), 1..5), always: bool) {
        let mut statements = statements;
        if always {
            statements.push(json!({"Effect": "Allow", "Action": "*", "Resource": "*"}));
        }
        let policy = json!({"Version": "2012-10-17", "Statement": statements});
        let open = decision(std::slice::from_ref(&policy), &[None, None], true);
        let written: Vec<Value> = match open["EvalDecision"].as_str().unwrap() {
            "allowed" => vec![json!({"Effect": "Allow", "Action": "*", "Resource": "*"})],
            "conditional" => open["Conditions"]
                .as_array()
                .unwrap()
                .iter()
                .map(|all| {
                    let mut block = serde_json::Map::new();
                    for line in all.as_array().unwrap() {
                        let (operator, key) = (line["operator"].as_str().unwrap(), line["key"].as_str().unwrap());
                        let keys = block.entry(operator).or_insert_with(|| json!({}));
                        let values = keys.as_object_mut().unwrap().entry(key).or_insert_with(|| json!([]));
                        // Two lines of one operator and key are two conditions: only one fits into a block.
                        prop_assume!(values.as_array().unwrap().is_empty());
                        *values = line["values"].clone();
                    }
                    Ok(json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": block}))
                })
                .collect::<Result<_, TestCaseError>>()?,
            _ => Vec::new(),
        };
        let back = json!({"Version": "2012-10-17", "Statement": written});
        for vpce in [None, Some("a"), Some("A"), Some("b"), Some("ab"), Some("z")] {
            for age in [None, Some("0"), Some("1"), Some("3"), Some("5"), Some("9")] {
                let context = [vpce, age];
                let real = decision(std::slice::from_ref(&policy), &context, false);
                let printed = decision(std::slice::from_ref(&back), &context, false);
                let allows = |d: &Value| d["EvalDecision"] == "allowed";
                prop_assert_eq!(allows(&real), allows(&printed), "{:?} under {}\n{}", context, policy, back);
            }
        }
        // A witness is a request of the kind it says.
        for (name, expected) in [("allowed", true), ("denied", false)] {
            let Some(witness) = open["Witness"][name].as_object() else { continue };
            let value = |key: &str| witness.get(key).and_then(|v| v[0].as_str());
            let context = KEYS.map(value);
            let real = decision(std::slice::from_ref(&policy), &context, false);
            prop_assert_eq!(real["EvalDecision"] == "allowed", expected, "{:?} under {}", witness, policy);
        }
    }
}
