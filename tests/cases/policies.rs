//! Every worked estate under `policies/`: through the binary as a reader would ask, and `check` as CI would.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails loudly")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use libtest_mimic::Trial;
use serde_json::Value;

use crate::data;

fn estates() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let mut all: Vec<_> = fs::read_dir(root).unwrap().map(|e| e.unwrap().path()).collect();
    all.retain(|p| p.join("case.toml").exists());
    all.sort();
    assert!(all.len() >= 12, "only {} estates found", all.len());
    all
}

fn run(folder: &Path, args: &[String]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_decryptable")).arg("-C").arg(folder).args(args).output().unwrap()
}

/// The options of `can` that say what a row of the case says.
fn options(question: &toml::Table) -> Vec<String> {
    let mut out = Vec::new();
    let mut push = |flag: &str, value: &str| out.extend([flag.to_owned(), value.to_owned()]);
    for (name, flag) in [
        ("profile", "--profile"),
        ("version_id", "--version-id"),
        ("access_point", "--access-point"),
        ("source_arn", "--source-arn"),
    ] {
        if let Some(value) = question.get(name).and_then(toml::Value::as_str) {
            push(flag, value);
        }
    }
    for header in question.get("headers").and_then(toml::Value::as_array).into_iter().flatten() {
        push("--header", header.as_str().unwrap());
    }
    if let Some(from) = question.get("from").and_then(toml::Value::as_table) {
        for (name, flag) in [
            ("source_ip", "--from-ip"),
            ("endpoint", "--from-endpoint"),
            ("vpc", "--from-vpc"),
            ("private_ip", "--from-private-ip"),
        ] {
            if let Some(value) = from.get(name).and_then(toml::Value::as_str) {
                push(flag, value);
            }
        }
    }
    if let Some(session) = question.get("session").and_then(toml::Value::as_table) {
        if let Some(name) = session.get("name").and_then(toml::Value::as_str) {
            push("--session-name", name);
        }
        for policy in session.get("policies").and_then(toml::Value::as_array).into_iter().flatten() {
            push("--session-policy", policy.as_str().unwrap());
        }
        for (key, value) in session.get("tags").and_then(toml::Value::as_table).into_iter().flatten() {
            push("--session-tag", &format!("{key}={}", value.as_str().unwrap()));
        }
    }
    for (key, value) in question.get("context").and_then(toml::Value::as_table).into_iter().flatten() {
        match value.as_str() {
            Some("<absent>") => push("--absent", key),
            Some(value) => push("--context", &format!("{key}={value}")),
            None => panic!("context values of cases are strings"),
        }
    }
    out
}

/// The object of a read, or an operation and its targets.
fn asked(question: &toml::Table) -> Vec<String> {
    let text = |name: &str| Some(question.get(name)?.as_str()?.to_owned());
    if let (Some(action), Some(on)) = (text("action"), text("on")) {
        return vec![action, on];
    }
    let operations = ["write", "multipart", "list", "delete", "copy", "replicate", "deliver"];
    let Some(operation) = operations.into_iter().find(|name| question.contains_key(*name)) else {
        return vec![question["read"].as_str().unwrap().to_owned()];
    };
    let named = &question[operation];
    let targets = match named.as_array() {
        Some(both) => both.iter().map(|one| one.as_str().unwrap().to_owned()).collect(),
        None => vec![named.as_str().unwrap().to_owned()],
    };
    [vec![operation.to_owned()], targets].concat()
}

fn ask(folder: &Path, question: &toml::Table) -> Vec<String> {
    let text = |name: &str| question.get(name).and_then(toml::Value::as_str);
    let mut args = vec!["can".to_owned(), text("role").unwrap().to_owned()];
    args.extend(asked(question));
    args.extend(options(question));
    args.extend(["--format".to_owned(), "json".to_owned()]);
    let output = run(folder, &args);
    let Ok(answer) = serde_json::from_slice::<Value>(&output.stdout) else {
        return vec![format!("no JSON: {}", String::from_utf8_lossy(&output.stderr))];
    };
    let mut wrong = Vec::new();
    for name in ["verdict", "denial", "blocked_by"] {
        if text(name).is_some() && answer[name].as_str() != text(name) {
            wrong.push(format!("{name}: wanted {:?}, got {}", text(name), answer[name]));
        }
    }
    if let (Some(leg), Some(gate)) = (text("leg"), text("gate")) {
        let legs = answer["legs"].as_array().unwrap();
        let leg = legs.iter().find(|l| l["action"].as_str() == Some(leg));
        let reading = leg
            .and_then(|l| l["gates"].as_array().unwrap().iter().find(|g| g["gate"].as_str() == Some(gate)));
        match reading {
            None => wrong.push(format!("there is no gate {gate}")),
            Some(reading) if matches!(reading["verdict"].as_str(), Some("allowed" | "not_applicable")) => {
                wrong.push(format!("the gate {gate} is {}", reading["verdict"]));
            }
            Some(_) => {}
        }
        // Nothing else may be closed in the legs, or the case does not show what it says.
        let closed = answer["legs"].as_array().unwrap().iter().flat_map(|l| l["gates"].as_array().unwrap());
        let others: Vec<_> = closed
            .filter(|g| g["verdict"] == "denied" && g["gate"].as_str() != Some(gate) && g["gate"] != "grant")
            .map(|g| g["gate"].clone())
            .collect();
        if !others.is_empty() && answer["verdict"] == "denied" {
            wrong.push(format!("other gates are closed too: {others:?}"));
        }
    }
    for name in question.get("depends_on").and_then(toml::Value::as_array).into_iter().flatten() {
        if !answer["depends_on"].as_array().unwrap().iter().any(|d| d["name"] == name.as_str().unwrap()) {
            wrong.push(format!("it should depend on {name:?}, got {}", answer["depends_on"]));
        }
    }
    if !wrong.is_empty() {
        wrong.push(format!("args {args:?}\n{answer}"));
    }
    wrong
}

/// The ways of an answer: `start > role > role`, with a question mark where it depends on something, and the changes
/// that it begins with.
fn ways(map: &Value) -> Vec<String> {
    let name = |id: &str| match id.strip_prefix("arn:aws:iam::").and_then(|rest| rest.split_once(':')) {
        Some((account, what)) => format!("{account}/{}", what.rsplit('/').next().unwrap()),
        None => id.to_owned(),
    };
    let edges = map["edges"].as_array().unwrap();
    let of = |path: &Value| {
        let steps: Vec<&Value> = path["edges"]
            .as_array()
            .unwrap()
            .iter()
            .map(|at| &edges[usize::try_from(at.as_u64().unwrap()).unwrap()])
            .collect();
        let mut names: Vec<String> = steps.iter().map(|edge| name(edge["from"].as_str().unwrap())).collect();
        names.push(name(steps.last().unwrap()["to"].as_str().unwrap()));
        let open = if path["verdict"] == "conditional" { " ?" } else { "" };
        let changes: Vec<&str> =
            steps.iter().filter(|e| e["layer"] == "could").map(|e| e["way"].as_str().unwrap()).collect();
        let by = if changes.is_empty() { String::new() } else { format!(" by {}", changes.join(", ")) };
        format!("{}{open}{by}", names.join(" > "))
    };
    map["paths"].as_array().unwrap().iter().map(of).collect()
}

/// Asks who can become a role, or who can read: exactly the ways that the case tells, no more and no less.
fn ask_who(folder: &Path, question: &toml::Table) -> Vec<String> {
    let text = |name: &str| question.get(name).and_then(toml::Value::as_str);
    let mut args = match (text("role"), text("who")) {
        (Some(role), None) => vec!["trust".to_owned(), role.to_owned()],
        (None, Some(read)) => vec!["who".to_owned(), read.to_owned()],
        (_, _) => panic!("a [[trust]] table has `role` or `who`"),
    };
    args.extend(options(question));
    if question.get("could").and_then(toml::Value::as_bool) == Some(true) {
        args.push("--could".to_owned());
    }
    args.extend(["--format".to_owned(), "json".to_owned()]);
    let output = run(folder, &args);
    let Ok(map) = serde_json::from_slice::<Value>(&output.stdout) else {
        return vec![format!("no JSON: {}", String::from_utf8_lossy(&output.stderr))];
    };
    let (mut found, wanted) = (ways(&map), question["ways"].as_array().unwrap());
    let mut wanted: Vec<&str> = wanted.iter().map(|way| way.as_str().unwrap()).collect();
    found.sort_unstable();
    wanted.sort_unstable();
    if found == wanted { Vec::new() } else { vec![format!("{args:?}: wanted {wanted:#?}, got {found:#?}")] }
}

/// What a case says, asked.
fn judge_case(folder: &Path) -> Vec<String> {
    let case: toml::Table = toml::from_str(&fs::read_to_string(folder.join("case.toml")).unwrap()).unwrap();
    let tables = |name: &str| case.get(name).and_then(toml::Value::as_array).into_iter().flatten();
    let reads = tables("question").map(|table| (table, ask as fn(&Path, &toml::Table) -> Vec<String>));
    let all: Vec<_> = reads.chain(tables("trust").map(|table| (table, ask_who as _))).collect();
    assert!(!all.is_empty(), "{}: no question", folder.display());
    let wrong = all.into_iter().flat_map(|(question, ask)| {
        let question = question.as_table().unwrap();
        assert!(!question["aws"].as_array().unwrap().is_empty(), "{}: no AWS page", folder.display());
        ask(folder, question)
    });
    wrong.collect()
}

/// What its manifest expects, checked.
fn judge_check(folder: &Path) -> Vec<String> {
    let output = run(folder, &["check".to_owned()]);
    if output.status.code() == Some(0) {
        return Vec::new();
    }
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    vec![format!("exit code {:?}\n{}", output.status.code(), said.concat())]
}

/// Two tests for each estate, by the name of its folder.
pub(crate) fn trials() -> Vec<Trial> {
    let of = |folder: PathBuf| {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let again = folder.clone();
        [
            data::trial(format!("policies::{name}::case"), move || judge_case(&folder)),
            data::trial(format!("policies::{name}::check"), move || judge_check(&again)),
        ]
    };
    estates().into_iter().flat_map(of).collect()
}
