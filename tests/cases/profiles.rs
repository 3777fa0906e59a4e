//! Product profiles: what a profile requires is judged, action by action, what it advises is not, and encryption it does not
//! support is answered with its reason.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails loudly")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::Trial;
use serde_json::{Value, json};

const ROLE: &str = "arn:aws:iam::111111111111:role/IAM_CLUSTER";
const KEY: &str = "arn:aws:kms:us-east-1:111111111111:key/1a2b3c4d-0001-4001-8001-0000000000aa";

/// A role that may do these actions, with an object of this encryption in its own account.
fn estate(folder: &Path, actions: &[String], encryption: &str) {
    let kind = if encryption == "none" || encryption == "SSE-S3" { "AES256" } else { encryption };
    let kind = match kind {
        "SSE-KMS" => "aws:kms",
        "DSSE-KMS" => "aws:kms:dsse",
        other => other,
    };
    let key = if kind.starts_with("aws:kms") { format!(", key = \"{KEY}\"") } else { String::new() };
    let manifest = format!(
        r#"version = 1
[[account]]
id = "111111111111"
organization = "none"
public_access_block = "none"
[[role]]
arn = "{ROLE}"
policies = ["identity.json"]
boundary = "none"
[[key]]
arn = "{KEY}"
manager = "customer"
state = "Enabled"
policy = "default"
grants = "none"
[[bucket]]
name = "lake"
account = "111111111111"
region = "us-east-1"
policy = "none"
ownership = "BucketOwnerEnforced"
requester_pays = false
[[object]]
uri = "s3://lake/*"
encryption = {{ type = "{kind}"{key} }}
storage_class = "STANDARD"
"#
    );
    fs::write(folder.join("decryptable.toml"), manifest).unwrap();
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}],
    });
    fs::write(folder.join("identity.json"), policy.to_string()).unwrap();
}

fn ask(folder: &Path, profile: &str) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_decryptable"))
        .arg("-C")
        .arg(folder)
        .args(["can", ROLE, "s3://lake/x", "--profile", profile, "--format", "json"])
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{profile}: {}", String::from_utf8_lossy(&output.stderr)))
}

fn legs(answer: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    answer["legs"].as_array().unwrap().iter().map(|l| (text(&l["action"]), text(&l["verdict"]))).collect()
}

fn judge(path: &Path) {
    let profile: toml::Table = fs::read_to_string(path).unwrap().parse().unwrap();
    let name = profile["name"].as_str().unwrap();
    assert_eq!(path.file_stem().unwrap(), name, "a profile is in a file of its name");
    let required: Vec<String> = profile["require"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["action"].as_str().unwrap().to_owned())
        .collect();
    assert!(!required.is_empty());
    let folder = tempfile::tempdir().unwrap();

    estate(folder.path(), &required, "SSE-KMS");
    let answer = ask(folder.path(), name);
    assert_eq!(answer["verdict"], "allowed", "{name} with all that it requires: {answer}");
    let judged = legs(&answer);
    for action in &required {
        assert!(
            judged.iter().any(|(a, verdict)| a == action && verdict == "allowed"),
            "{name}: {action} is judged"
        );
    }

    for left_out in &required {
        let others: Vec<String> = required.iter().filter(|a| *a != left_out).cloned().collect();
        estate(folder.path(), &others, "SSE-KMS");
        let answer = ask(folder.path(), name);
        assert_eq!(answer["verdict"], "denied", "{name} without {left_out}: {answer}");
        let denied: Vec<String> =
            legs(&answer).into_iter().filter(|(_, verdict)| verdict == "denied").map(|(a, _)| a).collect();
        assert_eq!(denied, [left_out.as_str()], "{name}: {left_out} is what is missing");
    }

    let supported: Vec<&str> = profile["encryption"]["supported"]
        .as_array()
        .unwrap()
        .iter()
        .map(|value| value.as_str().unwrap())
        .collect();
    for encryption in ["SSE-S3", "SSE-KMS", "DSSE-KMS", "SSE-C", "CSE-KMS", "CSE-C"] {
        estate(folder.path(), &required, encryption);
        let answer = ask(folder.path(), name);
        let verdict = answer["verdict"].as_str().unwrap();
        assert_eq!(
            verdict != "unsupported",
            supported.contains(&encryption),
            "{name}: {encryption}: {answer}"
        );
        if let Some(reason) =
            profile["encryption"].get("unsupported").and_then(|reasons| reasons.get(encryption))
        {
            let text = answer.to_string();
            assert!(text.contains(reason.as_str().unwrap()), "{name}: {encryption} has its reason: {text}");
        }
    }
}

pub(crate) fn trials() -> Vec<Trial> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/profiles");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            Trial::test(format!("profiles::{name}"), move || {
                judge(&path);
                Ok(())
            })
        })
        .collect()
}
