//! Every question of `tests/scenarios/reads`, asked of the binary: a folder of files in, JSON and an exit code out.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails loudly")]

use std::fs;
use std::path::Path;
use std::process::Command;

use decryptable::ask::simulate;
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::data;

pub(crate) fn texts(value: &toml::Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect()
}

fn can(folder: &Path, args: &[String]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_decryptable"))
        .arg("-C")
        .arg(folder)
        .arg("can")
        .args(args)
        .args(["--format", "json"])
        .output()
        .unwrap()
}

/// Alternatives of lines as they are compared: in no order.
fn sorted(alternatives: impl Iterator<Item = Vec<Value>>) -> Vec<String> {
    let mut out: Vec<String> = alternatives
        .map(|lines| {
            let mut lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
            lines.sort();
            lines.join(" and ")
        })
        .collect();
    out.sort();
    out
}

/// What is wrong with the conditions printed, when the question says what they are.
fn conditions(wanted: &toml::Value, answer: &Value) -> Option<String> {
    let wanted: Value = serde_json::to_value(wanted).unwrap();
    let wanted = sorted(wanted.as_array().unwrap().iter().map(|lines| lines.as_array().unwrap().clone()));
    let Some(printed) = answer["conditions"].as_array() else {
        return Some(format!("wanted the conditions {wanted:?}, got none"));
    };
    let line = |l: &Value| json!([l["key"], l["operator"], l["values"]]);
    let printed = sorted(printed.iter().map(|lines| lines.as_array().unwrap().iter().map(line).collect()));
    (printed != wanted).then(|| format!("wanted the conditions {wanted:?}, got {printed:?}"))
}

/// Whether an object key fits lines about it, by the operators of `simulate`: each line is a level of service control
/// policies, and the key stands in another one's place.
fn fits(lines: &Value, key: &str) -> bool {
    let policy = |condition: Value| {
        let statement = json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition});
        json!({"Version": "2012-10-17", "Statement": [statement]})
    };
    let level = |line: &Value| {
        assert_eq!(line["key"], "object key", "{lines}");
        json!([policy(json!({line["operator"].as_str().unwrap(): {"s3:prefix": line["values"]}}))])
    };
    let request = json!({
        "CallerArn": "arn:aws:iam::111111111111:role/reader",
        "ActionNames": ["s3:ListBucket"],
        "ResourceArns": ["arn:aws:s3:::data"],
        "PolicyInputList": [policy(json!({}))],
        "ServiceControlPolicyInputList": lines.as_array().unwrap().iter().map(level).collect::<Vec<_>>(),
        "ContextEntries": [{"ContextKeyName": "s3:prefix", "ContextKeyValues": [key]}],
    });
    let mut output = Vec::new();
    simulate::run(&mut request.to_string().as_bytes(), &mut output).unwrap();
    let answer: Value = serde_json::from_slice(&output).unwrap();
    answer["EvaluationResults"][0]["EvalDecision"].as_str().unwrap() == "allowed"
}

/// What is wrong with the parts by key: every example is in exactly one of them, and none is without an example.
fn parts(wanted: &toml::Value, answer: &Value) -> Option<String> {
    let parts = answer["by_key"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut met = vec![false; parts.len()];
    for wanted in wanted.as_array().unwrap() {
        let (example, verdict) = (wanted["example"].as_str().unwrap(), wanted["verdict"].as_str().unwrap());
        let found: Vec<usize> = (0..parts.len()).filter(|at| fits(&parts[*at]["keys"], example)).collect();
        let [only] = found.as_slice() else {
            return Some(format!("{example} is in {} parts of {}", found.len(), answer["by_key"]));
        };
        if parts[*only]["verdict"] != verdict {
            return Some(format!("wanted {example} {verdict}, got {}", parts[*only]));
        }
        met[*only] = true;
    }
    for (at, part) in parts.iter().enumerate() {
        if !met[at] || !fits(&part["keys"], part["example"].as_str().unwrap()) {
            return Some(format!("nobody expected {part}"));
        }
    }
    None
}

/// What is wrong with the witnesses: each is a request that, asked about as it stands, has the answer it stands for.
fn witnesses(folder: &Path, args: &[String], answer: &Value) -> Option<String> {
    for verdict in ["allowed", "denied"] {
        let witness = &answer["witness"][verdict];
        let Some(keys) = witness.as_object() else { return Some(format!("no witness that is {verdict}")) };
        let mut args = args.to_vec();
        for (key, values) in keys {
            let Some(values) = values.as_array() else {
                args.extend(["--absent".to_owned(), key.clone()]);
                continue;
            };
            let texts = values.iter().map(|v| v.as_str().unwrap().to_owned());
            match key.as_str() {
                "object key" => {
                    let bucket = args[1].strip_prefix("s3://").unwrap().split('/').next().unwrap().to_owned();
                    args[1] = format!("s3://{bucket}/{}", values[0].as_str().unwrap());
                }
                "sts:RoleSessionName" => {
                    args.extend(["--session-name".to_owned()].into_iter().chain(texts));
                }
                _ => args.extend(texts.flat_map(|text| ["--context".to_owned(), format!("{key}={text}")])),
            }
        }
        let output = can(folder, &args);
        let again: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        if again["verdict"] != verdict {
            return Some(format!("the witness {witness} is {}, not {verdict}", again["verdict"]));
        }
    }
    None
}

/// What is wrong with the answer to one question; nothing when all is as expected.
fn ask(folder: &Path, question: &toml::Table) -> Option<String> {
    let args = texts(&question["args"]);
    let output = can(folder, &args);
    let code = output.status.code();
    let shown = format!(
        "  args {args:?}\n  exit {code:?}\n  {}\n  {}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let fail = |what: String| Some(format!("  {what}\n{shown}"));
    let Ok(answer) = serde_json::from_slice::<Value>(&output.stdout) else { return fail("no JSON".into()) };
    let text = |name: &str| question.get(name).and_then(toml::Value::as_str);
    if answer["verdict"].as_str() != text("verdict") {
        return fail(format!("wanted {:?}, got {}", text("verdict"), answer["verdict"]));
    }
    if let Some(denial) = text("denial")
        && answer["denial"].as_str() != Some(denial)
    {
        return fail(format!("wanted a denial that is {denial}, got {}", answer["denial"]));
    }
    if let Some(wanted) = question.get("exit").and_then(toml::Value::as_integer)
        && code.map(i64::from) != Some(wanted)
    {
        return fail(format!("wanted exit code {wanted}"));
    }
    if let Some(name) = text("leg") {
        let legs = answer["legs"].as_array().unwrap();
        let Some(leg) = legs.iter().find(|l| l["action"].as_str() == Some(name)) else {
            return fail(format!("there is no leg {name}"));
        };
        if let Some(wanted) = text("leg_verdict")
            && leg["verdict"].as_str() != Some(wanted)
        {
            return fail(format!("wanted the leg {name} {wanted}, got {}", leg["verdict"]));
        }
        if let Some(gate) = text("gate") {
            let found =
                leg["gates"].as_array().unwrap().iter().find(|g| g["gate"].as_str() == Some(gate)).unwrap();
            let allowed_by_grant = gate == "grant" && found["verdict"] == "allowed";
            if !allowed_by_grant && matches!(found["verdict"].as_str(), Some("allowed" | "not_applicable")) {
                return fail(format!("wanted the gate {gate} of {name} closed, got {}", found["verdict"]));
            }
        }
    }
    let of_legs = |member: &str| -> Vec<String> {
        let legs = answer["legs"].as_array().unwrap().iter();
        legs.map(|leg| leg[member].as_str().unwrap().to_owned()).collect()
    };
    for (name, member) in [("legs", "action"), ("resources", "resource")] {
        if let Some(wanted) = question.get(name).map(texts)
            && of_legs(member) != wanted
        {
            return fail(format!("wanted the {name} {wanted:?}, got {:?}", of_legs(member)));
        }
    }
    for action in question.get("advice").map(texts).unwrap_or_default() {
        if !answer["advice"].as_array().unwrap().iter().any(|a| a["action"].as_str() == Some(&action)) {
            return fail(format!("wanted advice on {action}, got {}", answer["advice"]));
        }
    }
    for name in question.get("depends_on").map(texts).unwrap_or_default() {
        if !answer["depends_on"].as_array().unwrap().iter().any(|d| d["name"].as_str() == Some(&name)) {
            return fail(format!("wanted it to depend on {name}, got {}", answer["depends_on"]));
        }
    }
    let wants_witnesses = question.get("witness").and_then(toml::Value::as_bool) == Some(true);
    question
        .get("conditions")
        .and_then(|wanted| conditions(wanted, &answer))
        .or_else(|| parts(question.get("by_key")?, &answer))
        .or_else(|| if wants_witnesses { witnesses(folder, &args, &answer) } else { None })
        .and_then(fail)
}

pub(crate) fn judge(scenario: &toml::Table) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let put = |files: &toml::Table| {
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text.as_str().unwrap()).unwrap();
        }
    };
    let wrong = questions(scenario).iter().filter_map(|question| {
        let question = question.as_table().unwrap();
        put(scenario["files"].as_table().unwrap());
        // What is different for this question.
        question.get("files").into_iter().for_each(|files| put(files.as_table().unwrap()));
        let what = ask(folder.path(), question)?;
        Some(format!("{}\n{what}", scenario["title"].as_str().unwrap()))
    });
    wrong.collect()
}

pub(crate) fn questions(scenario: &toml::Table) -> &[toml::Value] {
    scenario["question"].as_array().unwrap()
}

/// A test for each scenario, by the name of its file.
pub(crate) fn trials() -> Vec<Trial> {
    let (mut trials, mut count) = (Vec::new(), 0);
    for (name, scenario) in data::scenarios("reads") {
        count += questions(&scenario).len();
        trials.push(data::trial(format!("reads::{name}"), move || judge(&scenario)));
    }
    assert!(count > 150, "only {count} questions found");
    trials
}
