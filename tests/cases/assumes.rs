//! Every question of `tests/scenarios/assumes`, as a row of the manifest that `check` answers.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails loudly")]

use std::fs;
use std::process::{Command, Output};

use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::data;

/// What a question hands on to its row as it stands; `role` is the `assume` of the row.
const HANDED_ON: &[&str] = &["by", "action", "also", "session", "from", "context", "strict"];

/// What a question says about its answer, and to whoever reads it.
const ITS_OWN: &[&str] = &["why", "role", "verdict", "denial", "leg", "gate", "depends_on", "conditions"];

/// A value on one line of TOML.
fn inline(value: &toml::Value) -> String {
    match value {
        toml::Value::Table(table) => {
            let members: Vec<String> =
                table.iter().map(|(key, value)| format!("{} = {}", json!(key), inline(value))).collect();
            format!("{{ {} }}", members.join(", "))
        }
        toml::Value::Array(values) => {
            format!("[{}]", values.iter().map(inline).collect::<Vec<_>>().join(", "))
        }
        toml::Value::String(text) => json!(text).to_string(),
        toml::Value::Boolean(value) => value.to_string(),
        toml::Value::Integer(value) => value.to_string(),
        toml::Value::Float(_) | toml::Value::Datetime(_) => panic!("no row holds {value:?}"),
    }
}

/// The row of a question. One that is an error has a row all the same, and any verdict.
fn row(question: &toml::Table) -> String {
    let verdict = question["verdict"].as_str().unwrap();
    let verdict = if verdict == "error" { "denied" } else { verdict };
    let mut row =
        format!("\n[[expect]]\nassume = {}\nverdict = {}\n", inline(&question["role"]), json!(verdict));
    for (name, value) in question {
        assert!(HANDED_ON.contains(&name.as_str()) || ITS_OWN.contains(&name.as_str()), "{name}");
        if HANDED_ON.contains(&name.as_str()) {
            row.push_str(&format!("{name} = {}\n", inline(value)));
        }
    }
    row
}

/// `check` in a folder that holds the files of a scenario and these questions.
fn check(scenario: &toml::Table, questions: &[&toml::Table]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in scenario["files"].as_table().unwrap() {
        let mut text = text.as_str().unwrap().to_owned();
        if name == "decryptable.toml" {
            text.extend(questions.iter().map(|question| row(question)));
        }
        fs::write(folder.path().join(name), text).unwrap();
    }
    Command::new(env!("CARGO_BIN_EXE_decryptable"))
        .arg("-C")
        .arg(folder.path())
        .args(["check", "--format", "json"])
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

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// What is wrong with an answer; nothing when all is as expected.
fn wrong(question: &toml::Table, answer: &Value) -> Option<String> {
    let text = |name: &str| question.get(name).and_then(toml::Value::as_str);
    for name in ["verdict", "denial"] {
        if text(name).is_some() && answer[name].as_str() != text(name) {
            return Some(format!("wanted the {name} {:?}, got {}", text(name).unwrap(), answer[name]));
        }
    }
    let legs = list(&answer["legs"]);
    let leg = match text("leg") {
        Some(name) => legs.iter().find(|l| l["action"].as_str() == Some(name)),
        None => legs.first(),
    };
    let Some(leg) = leg else { return Some(format!("no leg {:?}", text("leg"))) };
    if text("leg").is_some() && leg["verdict"] != answer["verdict"] {
        return Some(format!("wanted the leg {} to decide, it is {}", leg["action"], leg["verdict"]));
    }
    if let Some(name) = text("gate") {
        let gate = list(&leg["gates"]).iter().find(|g| g["gate"].as_str() == Some(name));
        if gate.is_none_or(|g| matches!(g["verdict"].as_str(), Some("allowed" | "not_applicable"))) {
            return Some(format!("wanted the gate {name} of {} closed, got {gate:?}", leg["action"]));
        }
    }
    for name in question.get("depends_on").and_then(toml::Value::as_array).into_iter().flatten() {
        if !list(&answer["depends_on"]).iter().any(|d| d["name"].as_str() == name.as_str()) {
            return Some(format!("wanted it to depend on {name:?}, got {}", answer["depends_on"]));
        }
    }
    let wanted: Value = serde_json::to_value(question.get("conditions")?).unwrap();
    let wanted = sorted(list(&wanted).iter().map(|lines| list(lines).to_vec()));
    let line = |l: &Value| json!([l["key"], l["operator"], l["values"]]);
    let got = sorted(list(&answer["conditions"]).iter().map(|lines| list(lines).iter().map(line).collect()));
    (wanted != got).then(|| format!("wanted the conditions {wanted:?}, got {got:?}"))
}

/// Everything that is wrong with the answers to the questions of one scenario.
fn judge(scenario: &toml::Table) -> Vec<String> {
    let questions = questions(scenario);
    let is_error = |question: &toml::Table| question["verdict"].as_str() == Some("error");
    assert!(questions.iter().all(|q| is_error(q) == is_error(questions[0])), "errors stand alone");
    let output = check(scenario, &questions);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let said = || {
        let messages = list(&report["problems"]).iter().map(|p| format!("    {}\n", p["message"]));
        messages.collect::<String>() + &String::from_utf8_lossy(&output.stderr)
    };
    if is_error(questions[0]) {
        let code = output.status.code();
        return if code == Some(2) {
            Vec::new()
        } else {
            vec![format!("wanted an error, got {code:?}\n{}", said())]
        };
    }
    let answers = list(&report["answers"]);
    if answers.len() != questions.len() {
        return vec![format!("{} answers to {} questions\n{}", answers.len(), questions.len(), said())];
    }
    let judged = questions.iter().zip(answers).enumerate().filter_map(|(at, (question, answer))| {
        let (what, by) = (wrong(question, answer)?, question["by"].as_str().unwrap());
        Some(format!("{}: {by}: {what}\n    {}", at + 1, answer["reason"]))
    });
    judged.collect()
}

fn questions(scenario: &toml::Table) -> Vec<&toml::Table> {
    scenario["question"].as_array().unwrap().iter().map(|q| q.as_table().unwrap()).collect()
}

/// A test for each scenario, by the name of its file.
pub(crate) fn trials() -> Vec<Trial> {
    let (mut trials, mut count) = (Vec::new(), 0);
    for (name, scenario) in data::scenarios("assumes") {
        count += questions(&scenario).len();
        trials.push(data::trial(format!("assumes::{name}"), move || judge(&scenario)));
    }
    assert!(count > 500, "only {count} questions found");
    trials
}
