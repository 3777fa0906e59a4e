//! An edit in memory says what the edited file says.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may fail loudly, their helpers too"
)]

use std::fs;
use std::path::{Path, PathBuf};

use decryptable::ask::{self, ConditionLine, Verdict};
use decryptable::config::{self, Config};
use decryptable::load::Intake;
use decryptable::what_if::{self, Edit};
use serde_json::{Value, json};

use crate::cli::{in_dir, with_files};

fn open(estate: &Path) -> (Intake, Config) {
    let mut intake = Intake::new();
    let config = config::load(&estate.join("decryptable.toml"), &mut intake);
    config.gather(&mut intake, &[]);
    (intake, config)
}

type Said = Vec<Option<(Verdict, Option<Vec<Vec<ConditionLine>>>)>>;

/// What every row is answered with.
fn said((intake, config): &(Intake, Config)) -> Said {
    let rows = config.expects.iter().map(|row| ask::answer(&intake.estate, &row.question).ok());
    rows.map(|answer| answer.map(|answer| (answer.verdict, answer.conditions))).collect()
}

/// A worked estate whose manifest names plain policy files.
pub(crate) fn estates() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let mut found: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.join("decryptable.toml").is_file());
    found.sort();
    found
}

fn files_below(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files_below(&path, found) } else { found.push(path) }
    }
    found.sort();
}

/// The estate with one file of another content, in a directory of its own.
pub(crate) fn copy(estate: &Path, changed: &Path, text: &str) -> tempfile::TempDir {
    let to = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    files_below(estate, &mut files);
    for file in files {
        let target = to.path().join(file.strip_prefix(estate).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        let text = if file == changed { text.as_bytes().to_vec() } else { fs::read(&file).unwrap() };
        fs::write(target, text).unwrap();
    }
    to
}

#[test]
fn an_edit_says_what_the_edited_file_says() {
    let (mut compared, mut different, mut refused) = (0, 0, String::new());
    for estate in estates() {
        let before = said(&open(&estate));
        if before.is_empty() {
            continue;
        }
        let mut files = Vec::new();
        files_below(&estate, &mut files);
        for file in files.iter().filter(|file| file.extension().is_some_and(|e| e == "json")) {
            let Ok(policy) = serde_json::from_str::<Value>(&fs::read_to_string(file).unwrap()) else {
                continue;
            };
            let Some(statements) = policy["Statement"].as_array() else { continue };
            // Reports name files from where the manifest lies.
            let name = file.strip_prefix(&estate).unwrap().display().to_string();
            for at in 0..statements.len() {
                for more in [None, Some("Allow"), Some("Deny")] {
                    let mut edited = policy.clone();
                    let list = edited["Statement"].as_array_mut().unwrap();
                    let line = match more {
                        None => {
                            list.remove(at);
                            format!("drop {name}#{}", at + 1)
                        }
                        Some(effect) => {
                            let mut statement = list[at].clone();
                            statement["Sid"] = json!("WhatIf");
                            statement["Effect"] = json!(effect);
                            statement.as_object_mut().unwrap().remove("Condition");
                            list.push(statement.clone());
                            format!("add {name} {statement}")
                        }
                    };
                    let mut here = open(&estate);
                    if let Err(error) = what_if::apply(&mut here.0, &Edit::parse(&line).unwrap()) {
                        // The file is no input of the manifest, or AWS would refuse what came of it.
                        refused = format!("{error}: {}", error.help);
                        continue;
                    }
                    let there = copy(&estate, file, &edited.to_string());
                    let after = said(&here);
                    assert_eq!(after, said(&open(there.path())), "{line}");
                    compared += 1;
                    different += usize::from(after != before);
                }
            }
        }
    }
    assert!(
        compared > 100 && different > 50,
        "{compared} edits, of which {different} changed an answer; {refused}"
    );
}

#[test]
fn what_cannot_be_edited_is_said_and_changes_nothing() {
    let estate = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/cross-account");
    for (line, message, help) in [
        ("drop kms/lake.jsn#1", "no policy is in `kms/lake.jsn`", "did you mean `kms/lake.json`?"),
        ("drop kms/lake.json#Lake reader", "has no statement", "did you mean `Lake readers`?"),
        ("drop kms/lake.json#9", "has no statement", "its statements are"),
        ("add kms/lake.json {\"Effect\": \"Allow\"}", "the statement is in error", ""),
        ("add kms/lake.json {", "the statement is in error", ""),
        ("replace kms/lake.json with nothing.json", "nothing.json", ""),
        ("attach IAM_CLUSTR arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess", "IAM_CLUSTR", "IAM_CLUSTER"),
        ("attach IAM_CLUSTER arn:aws:iam::aws:policy/Nothing", "is not known", "name a file"),
        ("detach IAM_CLUSTER iam/x.json", "has no policy", "it has iam/"),
        ("state alias/lak Disabled", "no key is called", ""),
        ("grant IAM_CLUSTER on alias/nothing Decrypt", "no key is called", ""),
        ("encrypt lake/* with AES256", "is not an object", "write s3://BUCKET/KEY"),
    ] {
        let run = in_dir(
            &estate,
            &["can", "IAM_CLUSTER", "s3://lake/curated/day=1/part-0.parquet", "--what-if", line],
        )
        .exits(2);
        assert!(run.stderr.contains(message) && run.stderr.contains(help), "{line}\n{}", run.stderr);
        assert_eq!(run.stdout, "", "{line}");
    }
}

const OBJECT: &str = "s3://lake/curated/day=1/part-0.parquet";

#[test]
fn every_edit_reaches_the_answer() {
    let estate = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/cross-account");
    let verdict = |edits: &[&str]| {
        let mut arguments = vec!["can", "IAM_CLUSTER", OBJECT, "--format", "json", "--exit-zero"];
        edits.iter().for_each(|edit| arguments.extend(["--what-if", edit]));
        let run = in_dir(&estate, &arguments);
        run.json()["verdict"].as_str().unwrap_or_else(|| panic!("{}", run.stderr)).to_owned()
    };
    assert_eq!(verdict(&[]), "allowed");
    let dropped = "drop kms/lake.json#Lake readers";
    assert_eq!(verdict(&[dropped]), "denied");
    // What one edit takes, another gives.
    assert_eq!(verdict(&[dropped, "grant IAM_CLUSTER on alias/lake Decrypt"]), "allowed");
    assert_eq!(verdict(&[dropped, &format!("encrypt {OBJECT} with AES256")]), "allowed");
    assert_eq!(verdict(&["state alias/lake Disabled"]), "blocked");
    assert_eq!(verdict(&["detach IAM_CLUSTER iam/cluster-s3.json"]), "denied");
    let aws = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
    let attached = format!("attach IAM_CLUSTER {aws}");
    assert_eq!(verdict(&["detach IAM_CLUSTER iam/cluster-s3.json", &attached]), "allowed");
    let detached = format!("detach IAM_CLUSTER {aws}");
    assert_eq!(verdict(&["detach IAM_CLUSTER iam/cluster-s3.json", &attached, &detached]), "denied");
    assert_eq!(verdict(&["replace kms/lake.json with s3/lake.json"]), "denied");
    let deny = r#"add s3://lake {"Sid": "No", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::lake/*"}"#;
    assert_eq!(verdict(&[deny]), "denied");
}

#[test]
fn evidence_of_an_edit_is_the_edit() {
    let estate = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/cross-account");
    let deny = r#"add s3://lake {"Sid": "No", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::lake/*"}"#;
    let run = in_dir(&estate, &["can", "IAM_CLUSTER", OBJECT, "--what-if", deny]).exits(1);
    assert!(run.stdout.contains("what-if:1") && run.stdout.contains("\"Sid\": \"No\""), "{}", run.stdout);
}

#[test]
fn all_questions_take_edits() {
    let estate = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/cross-account");
    let edit = ["--what-if", "drop kms/lake.json#Lake readers"];
    let run = in_dir(&estate, &[&["check"][..], &edit].concat()).exits(1);
    assert!(run.stdout.contains("DENIED"), "{}", run.stdout);
    let who = |more: &[&str]| {
        in_dir(&estate, &[&["who", OBJECT, "--format", "json"][..], more].concat()).exits(0).stdout
    };
    assert_ne!(who(&[]), who(&edit));
    let matrix = |more: &[&str]| in_dir(&estate, &[&["matrix", "--format", "csv"][..], more].concat()).stdout;
    assert_ne!(matrix(&[]), matrix(&["--what-if", "detach IAM_CLUSTER iam/cluster-s3.json"]));
    let trust = |more: &[&str]| {
        in_dir(&estate, &[&["trust", "IAM_CLUSTER", "--format", "json"][..], more].concat()).stdout
    };
    let added = ["--what-if", r#"replace iam/trust.json with iam/trust.json"#];
    assert!(in_dir(&estate, &[&["trust", "IAM_CLUSTER"][..], &added].concat()).stderr.contains("no policy"));
    assert_eq!(trust(&[]), trust(&edit));
    let nothing = with_files(&[], &["check", "--what-if", "drop a#1"]).exits(3);
    assert!(nothing.stderr.contains("nothing to read"), "{}", nothing.stderr);
}
