//! Every question of `tests/scenarios/reads`, asked of the binary: a folder of files in, JSON and an exit code out.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails loudly")]

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

fn texts(value: &toml::Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect()
}

/// What is wrong with the answer to one question; nothing when all is as expected.
fn ask(folder: &Path, question: &toml::Table) -> Option<String> {
    let args = texts(&question["args"]);
    let output = Command::new(env!("CARGO_BIN_EXE_decryptable"))
        .arg("-C")
        .arg(folder)
        .arg("can")
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
    for name in question.get("depends_on").map(texts).unwrap_or_default() {
        if !answer["depends_on"].as_array().unwrap().iter().any(|d| d["name"].as_str() == Some(&name)) {
            return fail(format!("wanted it to depend on {name}, got {}", answer["depends_on"]));
        }
    }
    None
}

#[test]
fn every_scenario_is_answered_as_documented() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/reads");
    let mut files: Vec<_> = fs::read_dir(&root).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "toml"));
    files.sort();
    let (mut count, mut wrong) = (0, Vec::new());
    for file in &files {
        let scenario: toml::Table = toml::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in scenario["files"].as_table().unwrap() {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text.as_str().unwrap()).unwrap();
        }
        for question in scenario["question"].as_array().unwrap() {
            count += 1;
            if let Some(what) = ask(folder.path(), question.as_table().unwrap()) {
                wrong.push(format!(
                    "{}: {:?}\n{what}",
                    file.file_name().unwrap().to_string_lossy(),
                    scenario["title"]
                ));
            }
        }
    }
    assert!(count > 150, "only {count} questions found");
    assert!(wrong.is_empty(), "{} of {count} wrong\n\n{}", wrong.len(), wrong.join("\n"));
}
