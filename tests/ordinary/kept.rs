//! `patch` and `save`: what the edits of a session are in the files, with git as the judge.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests may fail loudly"
)]

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use decryptable::config;
use decryptable::load::Intake;
use serde_json::Value;

use crate::budget;
use crate::cli::in_dir;
use crate::shell::{Said, estate, shell};
use crate::what_if::{copy, estates};

/// An estate in a directory of its own.
fn copied(estate: &Path) -> tempfile::TempDir {
    copy(estate, Path::new(""), "")
}

fn git_apply(dir: &Path, patch: &Path) {
    let mut git = Command::new("git");
    git.arg("apply").arg(patch).current_dir(dir).env("GIT_CEILING_DIRECTORIES", dir.parent().unwrap());
    let said = git.output().unwrap();
    let shown = fs::read_to_string(patch).unwrap();
    assert!(said.status.success(), "{}\n{shown}", String::from_utf8_lossy(&said.stderr));
}

/// What every row of the manifest is answered with.
fn verdicts(report: &Value) -> Vec<String> {
    let rows = report["answers"].as_array().unwrap_or_else(|| panic!("{report:#}"));
    rows.iter().map(|row| format!("{} {}", row["question"], row["verdict"])).collect()
}

/// The report of `check` at the end of a session.
fn checked(dir: &Path, edits: &[String]) -> (Value, Said) {
    let lines: String = edits.iter().map(|edit| format!("what-if {edit}\n")).collect();
    let said = shell(dir, &[], &format!("{lines}check --format json\npatch edits.patch\n"));
    let json = said.out.find("\n{\n").map_or(&*said.out, |at| &said.out[at..]);
    let mut documents = serde_json::Deserializer::from_str(json).into_iter::<Value>();
    let report = documents.next().unwrap_or_else(|| panic!("{}\n{}", said.out, said.errors)).unwrap();
    (report, said)
}

/// Each document as an edit names it: its file and the line that it begins on.
fn documents(estate: &Path) -> Vec<String> {
    let mut intake = Intake::new();
    let config = config::load(&estate.join("decryptable.toml"), &mut intake);
    config.gather(&mut intake, &[]);
    let places = intake.policies().iter().map(|policy| intake.sources.place(policy.span));
    let mut named: Vec<(String, u32)> = places.map(|place| (place.path(), place.start.line)).collect();
    named.sort();
    named.dedup();
    named.iter().map(|(file, line)| format!("{file}:{line}")).collect()
}

/// The edits that a patch leaves out.
fn left(said: &Said) -> Vec<String> {
    said.out.lines().filter_map(|line| line.strip_prefix("not in it: ")).map(str::to_owned).collect()
}

/// Edits of every document in turn: a statement less, or one more.
fn edits_of(dir: &Path, first: usize) -> Vec<String> {
    let here = format!("{}/", dir.display());
    let of = |(nth, document): (usize, &String)| {
        let named = document.strip_prefix(&here).unwrap_or(document);
        match (nth + first) % 2 {
            0 => format!("drop {named}#1"),
            _ => format!(
                r#"add {named} {{"Sid": "Added{nth}", "Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}}"#
            ),
        }
    };
    let most = budget::cases(5) as usize;
    documents(dir).iter().enumerate().take(most).map(of).collect()
}

#[test]
fn a_patch_says_what_the_session_said_of_every_estate() {
    let (mut written, mut formats) = (0, BTreeSet::new());
    for (nth, estate) in estates().iter().enumerate() {
        let dir = copied(estate);
        let mut edits = edits_of(dir.path(), nth);
        let (mut report, mut said) = checked(dir.path(), &edits);
        // Without those that no file can be given, the session says what the patch says.
        while !left(&said).is_empty() {
            let before = edits.len();
            edits.retain(|edit| !left(&said).iter().any(|line| line.starts_with(edit.as_str())));
            assert!(edits.len() < before, "{:?}", left(&said));
            (report, said) = checked(dir.path(), &edits);
        }
        let patch = dir.path().join("edits.patch");
        if !patch.is_file() {
            continue;
        }
        git_apply(dir.path(), &patch);
        let after = in_dir(dir.path(), &["check", "--format", "json"]);
        assert_eq!(verdicts(&after.json()), verdicts(&report), "{}: {edits:#?}", estate.display());
        written += edits.len();
        formats.extend(edits.iter().filter_map(|edit| {
            let file = edit.split([' ', ':']).nth(1)?;
            Path::new(file).extension().map(|end| end.to_string_lossy().into_owned())
        }));
    }
    assert!(written > 100, "{written} edits were written");
    assert!(["json", "tf", "yaml"].iter().all(|end| formats.contains(*end)), "{formats:?}");
}

const OBJECT: &str = "s3://lake/curated/day=1/part-0.parquet";

/// Every kind of edit that a file can be given.
const EDITS: &[&str] = &[
    "drop kms/lake.json#Lake readers",
    r#"add s3://lake {"Sid": "No", "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}"#,
    "drop s3/lake.json#No",
    "state alias/lake Disabled",
    "encrypt s3://lake/curated/* with AES256",
    "encrypt s3://lake/new/* with alias/lake",
    "detach IAM_CLUSTER iam/cluster-kms.json",
    "attach IAM_CLUSTER kept/more.json",
    r#"add kept/more.json {"Sid": "Also", "Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}"#,
    "replace iam/cluster-s3.json with kept/more.json",
];

const MORE: &str = "{\"Version\": \"2012-10-17\",\n \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"s3:*\", \"Resource\": \"*\"}]}\n";

fn lake() -> tempfile::TempDir {
    let dir = copied(&estate("cross-account"));
    fs::create_dir(dir.path().join("kept")).unwrap();
    fs::write(dir.path().join("kept/more.json"), MORE).unwrap();
    dir
}

fn verdict(dir: &Path, question: &[&str]) -> String {
    let run = in_dir(dir, &[&["can"][..], question, &["--format", "json", "--exit-zero"]].concat());
    run.json()["verdict"].as_str().unwrap_or_else(|| panic!("{}", run.stderr)).to_owned()
}

#[test]
fn every_kind_of_edit_is_written() {
    for count in 1..=EDITS.len() {
        let dir = lake();
        let edits: String = EDITS[..count].iter().map(|edit| format!("what-if {edit}\n")).collect();
        let questions = [
            vec!["IAM_CLUSTER", OBJECT],
            vec!["IAM_CLUSTER", "write", OBJECT],
            vec!["IAM_CLUSTER", "s3://lake/new/x"],
            vec!["IAM_CLUSTER", "kms:DescribeKey", "alias/lake"],
        ];
        let mut script = edits.clone();
        for question in &questions {
            script.push_str(&format!("can {} --format jsonl\n", question.join(" ")));
        }
        let said = shell(dir.path(), &[], &format!("{script}patch edits.patch\nsave\n"));
        assert!(said.out.contains("`save now` writes"), "{}\n{}", said.out, said.errors);
        let in_session: Vec<String> = said
            .out
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter_map(|line| Some(line.get("verdict")?.as_str()?.to_owned()))
            .collect();
        assert_eq!(in_session.len(), questions.len(), "{}", said.out);
        // `save` alone writes nothing.
        assert_eq!(fs::read_to_string(dir.path().join("kept/more.json")).unwrap(), MORE);
        let saved = lake();
        let kept = shell(saved.path(), &[], &format!("{edits}save now\nedits\n"));
        assert!(kept.out.contains("written: ") && kept.out.ends_with("there are no edits\n"), "{}", kept.out);
        git_apply(dir.path(), &dir.path().join("edits.patch"));
        for (question, expected) in questions.iter().zip(&in_session) {
            let after = verdict(dir.path(), question);
            assert_eq!(
                (&after, &verdict(saved.path(), question)),
                (expected, expected),
                "{question:?}\n{edits}"
            );
        }
    }
}

#[test]
fn a_proposed_change_is_written() {
    let dir = copied(&estate("cross-account-key-policy-missing"));
    let script = "can IAM_CLUSTER s3://lake/curated/x --format concise\nfix 1\n\
                  what-if add kms/lake.json {\"Sid\": \"x\", \"Effect\": \"Deny\", \"Principal\": \"*\", \"Action\": \"kms:Encrypt\", \"Resource\": \"*\"}\n\
                  patch edits.patch\n";
    let said = shell(dir.path(), &[], script);
    assert!(said.out.contains("DENIED → ALLOWED"), "{}{}", said.out, said.errors);
    git_apply(dir.path(), &dir.path().join("edits.patch"));
    assert_eq!(verdict(dir.path(), &["IAM_CLUSTER", "s3://lake/curated/x"]), "allowed");
    assert_eq!(verdict(dir.path(), &["IAM_CLUSTER", "kms:Encrypt", "alias/lake"]), "denied");
}

#[test]
fn what_no_file_can_be_given_is_said_and_saves_nothing() {
    let dir = lake();
    let aws = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
    let script = format!(
        "patch\nsave\nwhat-if state alias/lake Disabled\nwhat-if attach IAM_CLUSTER {aws}\n\
         what-if grant IAM_CLUSTER on alias/lake Decrypt\npatch\nsave now\n"
    );
    let said = shell(dir.path(), &[], &script);
    assert!(said.out.starts_with("there are no edits\nthere are no edits\n"), "{}", said.out);
    for part in [
        &*format!("# not in this patch: attach IAM_CLUSTER {aws}: the manifest names files"),
        "# not in this patch: grant IAM_CLUSTER on alias/lake Decrypt: no answer of list-grants was read",
        "+state = \"Disabled\"\n",
    ] {
        assert!(said.out.contains(part), "{part}\n{}", said.out);
    }
    assert!(
        said.errors.contains("cannot be written") && said.errors.contains("nothing was written"),
        "{}",
        said.errors
    );
    assert!(fs::read_to_string(dir.path().join("decryptable.toml")).unwrap().contains("state = \"Enabled\""));
}

#[test]
fn files_that_changed_meanwhile_are_left_alone() {
    let dir = lake();
    let (kms, s3) = (dir.path().join("kms/lake.json"), dir.path().join("s3/lake.json"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_decryptable"));
    command.arg("shell").current_dir(dir.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut session = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = session.stdin.take().unwrap();
    let mut answers = BufReader::new(session.stdout.take().unwrap()).lines();
    lines
        .write_all(b"what-if drop kms/lake.json#Lake readers\nwhat-if drop s3/lake.json#1\nedits\n")
        .unwrap();
    assert!(answers.any(|line| line.unwrap() == "drop s3/lake.json#1"));
    // The session has read the files now.
    let other = fs::read_to_string(&s3).unwrap() + "\n";
    let before = fs::read_to_string(&kms).unwrap();
    fs::write(&s3, &other).unwrap();
    lines.write_all(b"save now\n").unwrap();
    drop(lines);
    let said = session.wait_with_output().unwrap();
    let errors = String::from_utf8(said.stderr).unwrap();
    assert!(
        errors.contains("s3/lake.json changed since it was read") && errors.contains("reload"),
        "{errors}"
    );
    assert_eq!((fs::read_to_string(&kms).unwrap(), fs::read_to_string(&s3).unwrap()), (before, other));
}

#[test]
fn bytes_that_are_no_part_of_the_text_stay() {
    let dir = lake();
    let file = dir.path().join("kms/lake.json");
    let text = fs::read_to_string(&file).unwrap().replace('\n', "\r\n");
    fs::write(&file, format!("\u{feff}{text}")).unwrap();
    let add = r#"what-if add kms/lake.json {"Sid": "x", "Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"}"#;
    shell(dir.path(), &[], &format!("{add}\npatch edits.patch\n"));
    let saved = copied(dir.path());
    git_apply(dir.path(), &dir.path().join("edits.patch"));
    shell(saved.path(), &[], &format!("{add}\nsave now\n"));
    let after = fs::read_to_string(&file).unwrap();
    assert_eq!(after, fs::read_to_string(saved.path().join("kms/lake.json")).unwrap());
    assert!(
        after.starts_with("\u{feff}{\r\n") && after.matches('\n').count() == after.matches("\r\n").count()
    );
    assert_eq!(verdict(dir.path(), &["IAM_CLUSTER", OBJECT]), "denied");
}
