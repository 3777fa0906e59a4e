//! More facts never make an answer less firm: every question of `tests/scenarios/reads` with a firm answer is asked again with one
//! fact of the request more, and answered the same.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails loudly")]

use std::fs;
use std::path::Path;
use std::process::Command;

use libtest_mimic::Trial;
use serde_json::Value;

use crate::data;

/// What a request may have beside what a question tells; no firm answer rests on its being otherwise.
const MORE: &[(&str, &str)] = &[
    ("--context", "aws:UserAgent=spark"),
    ("--context", "aws:CurrentTime=2026-06-01T00:00:00Z"),
    ("--session-name", "s-1"),
    ("--parameter", "AWS::Region=us-east-1"),
];

fn ask(folder: &Path, args: &[String]) -> Option<Value> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_decryptable"));
    let output =
        command.arg("-C").arg(folder).arg("can").args(args).args(["--format", "json"]).output().unwrap();
    serde_json::from_slice::<Value>(&output.stdout).ok().filter(|answer| answer["verdict"].is_string())
}

/// The key or flag that a fact is about.
fn about(fact: (&str, &str)) -> String {
    let (flag, value) = fact;
    let key = if flag == "--context" { value.split('=').next().unwrap() } else { value };
    if flag == "--session-name" { "session".to_owned() } else { key.to_lowercase() }
}

fn judge(scenario: &toml::Table) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in scenario["files"].as_table().unwrap() {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text.as_str().unwrap()).unwrap();
    }
    let mut wrong = Vec::new();
    for question in scenario["question"].as_array().unwrap() {
        let args: Vec<String> =
            question["args"].as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect();
        let Some(before) = ask(folder.path(), &args) else { continue };
        if before["verdict"] == "conditional" {
            continue;
        }
        let told = args.join(" ").to_lowercase();
        for fact in MORE.iter().filter(|fact| !told.contains(&about(**fact))) {
            let more: Vec<String> =
                args.iter().cloned().chain([fact.0.to_owned(), fact.1.to_owned()]).collect();
            // What contradicts the question is refused.
            let Some(after) = ask(folder.path(), &more) else { continue };
            // By which kind of denial may come out only when more is known.
            if after["verdict"] != before["verdict"] {
                wrong.push(format!(
                    "{args:?} {}, with {fact:?} {}: {}",
                    before["verdict"], after["verdict"], after["reason"]
                ));
            }
        }
    }
    wrong
}

pub(crate) fn trials() -> Vec<Trial> {
    let scenarios = data::scenarios("reads").into_iter();
    scenarios.map(|(name, scenario)| data::trial(format!("more::{name}"), move || judge(&scenario))).collect()
}
