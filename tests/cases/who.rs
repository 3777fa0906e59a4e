//! Every question of `tests/scenarios/who`, asked of the binary: who can do something, and who can become a role.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails loudly")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::data;

fn texts(value: &toml::Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect()
}

/// The first principal of each way, with everything that its ways say.
fn starts(graph: &Value) -> BTreeMap<String, Vec<&Value>> {
    let mut found: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for path in graph["paths"].as_array().unwrap() {
        found.entry(path["nodes"][0].as_str().unwrap().to_owned()).or_default().push(path);
    }
    found
}

/// What is wrong with the answer to one question.
fn ask(folder: &Path, question: &toml::Table) -> Option<String> {
    let args = texts(&question["args"]);
    let output = Command::new(env!("CARGO_BIN_EXE_decryptable"))
        .arg("-C")
        .arg(folder)
        .args(&args)
        .args(["--format", "json"])
        .output()
        .unwrap();
    let code = output.status.code();
    let shown = format!(
        "  args {args:?}\n  exit {code:?}\n  {}\n  {}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let fail = |what: String| Some(format!("  {what}\n{shown}"));
    let Ok(graph) = serde_json::from_slice::<Value>(&output.stdout) else { return fail("no JSON".into()) };
    let found = starts(&graph);
    let wanted = question.get("exit").map_or(0, |exit| exit.as_integer().unwrap());
    if code.map(i64::from) != Some(wanted) {
        return fail(format!("wanted exit code {wanted}"));
    }
    let names: Vec<&String> = found.keys().collect();
    let list = |name: &str| question.get(name).map(texts).unwrap_or_default();
    if question.contains_key("all") {
        let mut all = list("all");
        all.sort();
        if names != all.iter().collect::<Vec<_>>() {
            return fail(format!("wanted exactly {all:?}, got {names:?}"));
        }
    }
    for id in list("lists") {
        if !found.contains_key(&id) {
            return fail(format!("wanted {id}, got {names:?}"));
        }
    }
    for id in list("lists_not") {
        if found.contains_key(&id) {
            return fail(format!("wanted nobody called {id}"));
        }
    }
    for id in list("firm") {
        let firm = |paths: &Vec<&Value>| paths.iter().any(|path| path["verdict"] == "allowed");
        if !found.get(&id).is_some_and(firm) {
            return fail(format!("wanted {id} allowed"));
        }
    }
    for id in list("conditional") {
        let open = |paths: &Vec<&Value>| paths.iter().all(|path| path["verdict"] == "conditional");
        if !found.get(&id).is_some_and(open) {
            return fail(format!("wanted {id} conditionally"));
        }
    }
    for (id, lines) in question.get("when").and_then(toml::Value::as_table).into_iter().flatten() {
        let Some(path) = found.get(id).and_then(|paths| paths.first()) else {
            return fail(format!("wanted {id}, got {names:?}"));
        };
        let line = |l: &Value| json!([l["key"], l["operator"], l["values"]]);
        let printed = path["conditions"].as_array().into_iter().flatten();
        let printed: Vec<Vec<Value>> =
            printed.map(|lines| lines.as_array().unwrap().iter().map(line).collect()).collect();
        if serde_json::to_value(lines).unwrap() != json!(printed) {
            return fail(format!("wanted {id} when {lines:?}, got {}", json!(printed)));
        }
    }
    for (id, standing) in question.get("standing").and_then(toml::Value::as_table).into_iter().flatten() {
        let mut nodes = graph["nodes"].as_array().unwrap().iter();
        let node = nodes.find(|node| node["id"].as_str() == Some(id));
        if node.map(|node| &node["standing"]) != Some(&json!(standing.as_str().unwrap())) {
            return fail(format!("wanted {id} to be {standing:?}, got {node:?}"));
        }
    }
    for (id, organization) in
        question.get("organization").and_then(toml::Value::as_table).into_iter().flatten()
    {
        let mut nodes = graph["nodes"].as_array().unwrap().iter();
        let node = nodes.find(|node| node["id"].as_str() == Some(id));
        if node.map(|node| &node["organization"]) != Some(&json!(organization.as_str().unwrap())) {
            return fail(format!("wanted {id} of {organization:?}, got {node:?}"));
        }
    }
    None
}

fn judge(scenario: &toml::Table) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in scenario["files"].as_table().unwrap() {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text.as_str().unwrap()).unwrap();
    }
    let questions = scenario["question"].as_array().unwrap();
    questions.iter().filter_map(|question| ask(folder.path(), question.as_table().unwrap())).collect()
}

/// A test for each scenario.
pub(crate) fn trials() -> Vec<Trial> {
    let scenarios = data::scenarios("who").into_iter();
    scenarios.map(|(name, scenario)| data::trial(format!("who::{name}"), move || judge(&scenario))).collect()
}
