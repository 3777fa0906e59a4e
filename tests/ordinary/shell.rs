//! Lines in, answers out: a session says what the commands say.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may fail loudly")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::cli::in_dir;

const OBJECT: &str = "s3://lake/curated/day=1/part-0.parquet";

pub(crate) fn estate(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("policies").join(name)
}

pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) errors: String,
}

pub(crate) fn shell(dir: &Path, arguments: &[&str], script: &str) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_decryptable"));
    command.arg("shell").args(arguments).current_dir(dir).env_clear().env("LC_ALL", "C.UTF-8");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    Said {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        errors: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn lines_say_what_the_commands_say() {
    for name in ["cross-account", "cross-account-key-policy-missing", "version-read"] {
        let dir = estate(name);
        for line in [
            format!("can IAM_CLUSTER {OBJECT} --format json"),
            format!("can IAM_CLUSTER write {OBJECT} --format jsonl"),
            "can IAM_CLUSTER kms:DescribeKey alias/lake --format concise".to_owned(),
            format!("who {OBJECT} --format json"),
            format!("who {OBJECT} --format concise"),
            "trust IAM_CLUSTER --format json".to_owned(),
            "matrix --format csv".to_owned(),
            "check --format json".to_owned(),
            "inputs".to_owned(),
            "explain R52".to_owned(),
        ] {
            let words: Vec<&str> = line.split(' ').collect();
            let command = in_dir(&dir, &words);
            let session = shell(&dir, &[], &line);
            assert_eq!(session.out, command.stdout, "{name}: {line}\n{}", session.errors);
            assert!(!session.out.is_empty(), "{name}: {line}");
            assert_eq!(session.code, in_dir(&dir, &words).code, "{name}: {line}");
        }
    }
}

/// One script for each estate, against the commands by themselves: what they say, in which stream, and the worst exit code.
#[test]
fn scripts_say_what_the_commands_say_of_every_estate() {
    let always = [
        "check --format json",
        "matrix --format csv",
        "trust --format json",
        "lint . --format json",
        "inputs",
    ];
    let mut asked = 0;
    for (nth, dir) in crate::what_if::estates().iter().enumerate() {
        let report = in_dir(dir, &["check", "--format", "json"]);
        let rows = serde_json::from_str::<serde_json::Value>(&report.stdout).unwrap_or_default();
        let question = &rows["answers"][nth % rows["answers"].as_array().map_or(1, |rows| rows.len().max(1))]
            ["question"];
        let mut lines = vec![always[nth % always.len()].to_owned()];
        if let (Some(role), Some(object)) = (question["role"].as_str(), question["read"].as_str()) {
            lines.push(format!("can {role} {object} --format json"));
            lines.push(format!("who {object} --format concise"));
        }
        let session = shell(dir, &[], &lines.join("\n"));
        let (mut out, mut errors, mut codes) = (String::new(), String::new(), Vec::new());
        for line in &lines {
            let run = in_dir(dir, &line.split(' ').collect::<Vec<_>>());
            out.push_str(&run.stdout);
            errors.push_str(&run.stderr);
            codes.push(run.code);
        }
        assert_eq!((session.out, session.errors), (out, errors), "{}: {lines:#?}", dir.display());
        assert!(codes.contains(&session.code), "{}: {codes:?} {:?}", dir.display(), session.code);
        asked += lines.len();
    }
    assert!(asked > 50, "{asked} lines");
}

#[test]
fn an_edit_says_what_the_flag_says() {
    let dir = estate("cross-account");
    for edit in [
        "drop kms/lake.json#Lake readers",
        "state alias/lake Disabled",
        "detach IAM_CLUSTER iam/cluster-s3.json",
        "encrypt s3://lake/curated/* with AES256",
        r#"add s3://lake {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}"#,
    ] {
        let line = format!("can IAM_CLUSTER {OBJECT} --format json");
        let words: Vec<&str> = line.split(' ').collect();
        let flag = in_dir(&dir, &[&words[..], &["--what-if", edit]].concat());
        let session = shell(&dir, &[], &format!("what-if {edit}\n{line}\n"));
        let answer = session.out.find('{').and_then(|at| session.out.get(at..)).unwrap_or_default();
        assert_eq!(answer, flag.stdout, "{edit}\n{}", session.errors);
    }
}

/// `text` holds these parts, in this order.
fn in_order(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => panic!("`{part}` is not (or not in this order) in:\n{text}"),
        }
    }
}

#[test]
fn edits_are_taken_back_and_made_again() {
    let script = format!(
        "can IAM_CLUSTER {OBJECT} --format concise\n\
         what-if drop kms/lake.json#Lake readers\nedits\nundo\nedits\nredo\nundo\nundo\n"
    );
    let said = shell(&estate("cross-account"), &[], &script);
    in_order(
        &said.out,
        &[
            "allowed: IAM_CLUSTER can read",
            "ALLOWED → DENIED  ",
            "LOST  IAM_CLUSTER can no longer read s3://lake",
            "drop kms/lake.json#Lake readers\n",
            "DENIED → ALLOWED\n",
            "GAINED",
            "there are no edits\n",
            "ALLOWED → DENIED",
            "DENIED → ALLOWED",
        ],
    );
    assert!(said.errors.contains("there is no edit to take back"), "{}", said.errors);
    assert_eq!(said.code, Some(2));
}

#[test]
fn a_proposed_change_is_tried() {
    let script = "can IAM_CLUSTER s3://lake/curated/x --format concise\nfix\nwhat-if fix 1\nfix 7\n";
    let said = shell(&estate("cross-account-key-policy-missing"), &[], script);
    in_order(
        &said.out,
        &["  1  kms/lake.json:1  a statement more: ", "DENIED → ALLOWED\n", "GAINED  IAM_CLUSTER"],
    );
    assert!(said.errors.contains("there is no change 7"), "{}", said.errors);
}

#[test]
fn circumstances_are_asked_with() {
    let deny = r#"what-if add s3://lake {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::lake/*", "Condition": {"StringEquals": {"aws:UserAgent": "curl"}}}"#;
    let script = format!(
        "can IAM_CLUSTER {OBJECT} --format concise\n{deny}\nset aws:UserAgent curl\nctx\n\
         set aws:useragent spark\nwrite --format concise\nread --format concise\nabsent aws:UserAgent\n\
         as IAM_CLUSTR\nunset all\nunset x:y\n"
    );
    let said = shell(&estate("cross-account"), &[], &script);
    in_order(
        &said.out,
        &[
            "can read",
            "ALLOWED → CONDITIONAL",
            "CONDITIONAL → DENIED  ",
            "set aws:UserAgent curl\n",
            "DENIED → ALLOWED\n",
            "cannot write",
            "can read",
            "ALLOWED as before\n",
            "ALLOWED → CONDITIONAL",
        ],
    );
    in_order(
        &said.errors,
        &["did you mean `arn:aws:iam::111111111111:role/IAM_CLUSTER`?", "`x:y` is not set"],
    );
}

#[test]
fn evidence_is_walked_along() {
    let script =
        format!("can IAM_CLUSTER {OBJECT} --format concise\nwhy decrypt\nopen 1\nnext\nback\nback\n");
    let said = shell(&estate("cross-account"), &[], &script);
    in_order(
        &said.out,
        &[
            "  1  kms:Decrypt  identity  allowed  iam/cluster-kms.json:4 #DecryptLake  allows\n",
            "  2  kms:Decrypt  resource  allowed  kms/lake.json:14 #Lake readers  allows\n",
            "iam/cluster-kms.json:4\n    4 │     {\n",
            "kms/lake.json:14\n   14 │     {\n",
            "iam/cluster-kms.json:4\n",
        ],
    );
    assert!(said.errors.contains("write a number from 1 to 2"), "{}", said.errors);
}

#[test]
fn need_shows_the_requests() {
    let dir = estate("cross-account");
    let of = |line: &str, need: &str| shell(&dir, &[], &format!("{line}\nneed {need}\n")).out;
    let allowed = format!("can IAM_CLUSTER {OBJECT} --format concise");
    assert!(of(&allowed, "allow").contains("nothing: it is allowed in every case\n"));
    assert!(of(&allowed, "deny").contains("no request is denied: "));
    let open = "can IAM_CLUSTER s3://lake/* --format concise";
    let shown = of(open, "allow");
    assert!(shown.contains("set ") || shown.contains("absent "), "{shown}");
}

#[test]
fn a_row_is_recorded() {
    let dir = tempfile::tempdir().unwrap();
    let estate = estate("cross-account");
    for folder in ["iam", "kms", "s3"] {
        fs::create_dir(dir.path().join(folder)).unwrap();
        for file in fs::read_dir(estate.join(folder)).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), dir.path().join(folder).join(file.file_name())).unwrap();
        }
    }
    let before = fs::read_to_string(estate.join("decryptable.toml")).unwrap();
    fs::write(dir.path().join("decryptable.toml"), &before).unwrap();
    let script = format!(
        "can IAM_CLUSTER {OBJECT} --format concise\nset aws:UserAgent spark\nfrom-ip 203.0.113.9\nrecord\n\
         can IAM_CLUSTER kms:DescribeKey alias/lake --format concise\nunset all\nrecord\n\
         what-if state alias/lake Disabled\nrecord\n"
    );
    let said = shell(dir.path(), &[], &script);
    let after = fs::read_to_string(dir.path().join("decryptable.toml")).unwrap();
    assert!(after.starts_with(&before), "{after}");
    in_order(
        after.get(before.len()..).unwrap(),
        &[
            "[[expect]]\n",
            &format!("read = \"{OBJECT}\"\n"),
            "from = { source_ip = \"203.0.113.9\" }\n",
            "context = { \"aws:UserAgent\" = \"spark\" }\n",
            "verdict = \"allowed\"\n",
            "action = \"kms:DescribeKey\"\n",
        ],
    );
    assert!(said.errors.contains("the verdict is that of edits"), "{}", said.errors);
    let rows = in_dir(dir.path(), &["check", "--format", "json"]).json();
    assert_eq!(rows["summary"]["failed"], 0, "{rows:#}");
}

#[test]
fn mistakes_have_a_way_out_and_end_nothing() {
    let dir = estate("cross-account");
    let script = format!(
        "bogus\nagain\nopen 3\nneed x\nset\ncann IAM_CLUSTER {OBJECT}\nsimulate\ncan IAM_CLUSTER {OBJECT} --isolated\ncan IAM_CLUSTER {OBJECT} --input x.json\ncan IAM_CLUSTER {OBJECT} --format concise\n"
    );
    let said = shell(&dir, &[], &script);
    in_order(
        &said.errors,
        &[
            "`bogus` is neither a command nor a verb",
            "nothing was asked yet",
            "`why` lists what an answer rests on",
            "write need allow|deny",
            "write set KEY VALUE",
            "did you mean `can`?",
            "run decryptable simulate outside of the session",
            "what is read is told when the session starts",
            "`load FILE` reads it too",
        ],
    );
    assert!(said.out.contains("allowed: IAM_CLUSTER can read"), "{}", said.out);
    assert_eq!(said.code, Some(2));
    // With -e nothing is asked behind the first mistake.
    let stopped = shell(&dir, &["-e"], &script);
    assert_eq!((stopped.code, stopped.out.as_str()), (Some(2), ""));
}

#[test]
fn files_are_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let policy = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}"#;
    fs::write(dir.path().join("a.json"), policy).unwrap();
    let manifest = "version = 1\n[[role]]\narn = \"arn:aws:iam::111111111111:role/r\"\npolicies = [\"a.json\"]\nboundary = \"none\"\n[[bucket]]\nname = \"b\"\naccount = \"111111111111\"\npolicy = \"none\"\n";
    fs::write(dir.path().join("decryptable.toml"), manifest).unwrap();
    let said = shell(
        dir.path(),
        &[],
        "can r s3:GetObject arn:aws:s3:::b/x --format concise\nload more.json\nreload\nquit\ncan r\n",
    );
    assert!(said.out.contains("1 role · 1 bucket · 0 keys\n"), "{}\n{}", said.out, said.errors);
    assert!(said.errors.contains("more.json"), "{}", said.errors);
    assert!(!said.errors.contains("Usage"), "what stands behind `quit` is not asked: {}", said.errors);
}
