//! Every question of `tests/scenarios/assumes`, as a row of the manifest that `check` answers.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails loudly")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

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

#[test]
fn every_scenario_is_answered_as_documented() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/assumes");
    let mut files: Vec<_> = fs::read_dir(&root).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "toml"));
    files.sort();
    let (mut count, mut faults) = (0, Vec::new());
    for file in &files {
        let name = file.file_stem().unwrap().to_string_lossy();
        let scenario: toml::Table = toml::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        let questions: Vec<&toml::Table> =
            scenario["question"].as_array().unwrap().iter().map(|q| q.as_table().unwrap()).collect();
        count += questions.len();
        let is_error = |question: &toml::Table| question["verdict"].as_str() == Some("error");
        assert!(
            questions.iter().all(|q| is_error(q) == is_error(questions[0])),
            "{name}: errors stand alone"
        );
        let output = check(&scenario, &questions);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let problems = list(&report["problems"]);
        let said = || {
            let messages = problems.iter().map(|p| format!("    {}\n", p["message"]));
            messages.collect::<String>() + &String::from_utf8_lossy(&output.stderr)
        };
        if is_error(questions[0]) {
            if output.status.code() != Some(2) {
                faults.push(format!("{name}: wanted an error, got {:?}\n{}", output.status.code(), said()));
            }
            continue;
        }
        let answers = list(&report["answers"]);
        if answers.len() != questions.len() {
            faults.push(format!(
                "{name}: {} answers to {} questions\n{}",
                answers.len(),
                questions.len(),
                said()
            ));
            continue;
        }
        for (at, (question, answer)) in questions.iter().zip(answers).enumerate() {
            if let Some(what) = wrong(question, answer) {
                let by = question["by"].as_str().unwrap();
                faults.push(format!("{name} {}: {by}: {what}\n    {}", at + 1, answer["reason"]));
            }
        }
    }
    assert!(count > 500, "only {count} questions found");
    assert!(faults.is_empty(), "{} of {count} wrong\n\n{}", faults.len(), faults.join("\n"));
}
