//! Exit codes, and what is said on which stream. The environment is scrubbed, so that a run is the same anywhere.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests may fail loudly")]
#![cfg(feature = "cli")]

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use snapbox::{assert_data_eq, str};

pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// On standard error, in this order.
    #[track_caller]
    pub(crate) fn complains(self, parts: &[&str]) -> Self {
        contains("stderr", &self.stderr, parts);
        self
    }

    #[track_caller]
    fn says(self, parts: &[&str]) -> Self {
        contains("stdout", &self.stdout, parts);
        self
    }

    #[track_caller]
    fn silent(self) -> Self {
        assert_eq!(self.stdout, "");
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}:\n{}", self.stdout))
    }
}

#[track_caller]
fn contains(stream: &str, text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => panic!("`{part}` is not (or not in this order) on {stream}:\n{text}"),
        }
    }
}

fn command(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_decryptable"));
    command.args(arguments).current_dir(dir).env_clear().env("LC_ALL", "C.UTF-8");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn outcome(mut command: Command, stdin: Option<&str>) -> Outcome {
    if stdin.is_some() {
        command.stdin(Stdio::piped());
    }
    let mut child = command.spawn().unwrap();
    if let (Some(text), Some(mut pipe)) = (stdin, child.stdin.take()) {
        pipe.write_all(text.as_bytes()).unwrap();
    }
    let output = child.wait_with_output().unwrap();
    Outcome {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn example(name: &str) -> std::path::PathBuf {
    root().join("policies").join(name)
}

pub(crate) fn in_dir(dir: &Path, arguments: &[&str]) -> Outcome {
    outcome(command(dir, arguments), None)
}

/// In a directory that holds nothing but these files, and is no part of a repository.
pub(crate) fn with_files(files: &[(&str, &str)], arguments: &[&str]) -> Outcome {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join(".git")).unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    in_dir(dir.path(), arguments)
}

pub(crate) fn with_stdin(stdin: &str, arguments: &[&str]) -> Outcome {
    outcome(command(root(), arguments), Some(stdin))
}

const GOOD: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*"}]}"#;
const BAD: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*"}]}"#;
const WARNED: &str =
    r#"{"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*"}]}"#;
const OBJECT: &str = "s3://lake/curated/day=1/part-0.parquet";
const ROLE: &str = "arn:aws:iam::111111111111:role/IAM_CLUSTER";

#[test]
fn wrong_usage() {
    in_dir(root(), &[]).exits(2).silent().complains(&["Usage: decryptable"]);
    in_dir(root(), &["cann"]).exits(2).silent().complains(&["unrecognized subcommand 'cann'", "'can'"]);
    in_dir(root(), &["can", "reader", "lake/x"]).exits(2).silent().complains(&["s3://BUCKET/KEY"]);
    in_dir(root(), &["lint", "--kind", "keyy", "x"]).exits(2).complains(&["keyy", "similar", "'key'"]);
    in_dir(root(), &["check", "--format", "jsn"]).exits(2).complains(&["jsn", "similar", "'json'"]);
    in_dir(root(), &["check", "--isolated", "--config", "x.toml"])
        .exits(2)
        .complains(&["cannot be used with"]);
    in_dir(root(), &["check", "-C", "no-such-directory"]).exits(2).complains(&["no-such-directory"]);
    in_dir(root(), &["shel"]).exits(2).complains(&["unrecognized subcommand", "'shell'"]);
    in_dir(root(), &["generate"]).exits(2).complains(&["completions", "man"]);
}

#[test]
fn help_and_version() {
    in_dir(root(), &["--version"]).exits(0).says(&["decryptable 0."]);
    for command in ["can", "check", "collect", "diff", "explain", "inputs", "lint", "simulate"] {
        in_dir(root(), &["--help"]).exits(0).says(&[command, "Examples:", "Exit codes:"]);
        in_dir(root(), &[command, "--help"]).exits(0).says(&["Usage:", "Examples:"]);
    }
}

#[test]
fn no_inputs() {
    for command in ["check", "lint", "inputs"] {
        with_files(&[], &[command]).exits(3).silent().complains(&["error: ", "help: "]);
    }
    with_files(&[("notes.json", "{}")], &["lint"]).exits(3).silent();
    with_files(&[], &["can", "reader", "s3://lake/x"]).exits(3).silent();
}

#[test]
fn lint_of_one_file() {
    with_files(&[("p.json", GOOD)], &["lint", "p.json"]).exits(0);
    with_files(&[("p.json", GOOD)], &["lint", "-q", "p.json"]).exits(0).silent();
    with_files(&[("p.json", BAD)], &["lint", "p.json"]).exits(1).says(&[
        "invalid-effect",
        "`Effect` is `allow`",
        "p.json:1:52",
        "did you mean `Allow`?",
    ]);
    with_files(&[("p.json", BAD)], &["lint", "--exit-zero", "p.json"]).exits(0).says(&["invalid-effect"]);
    with_files(&[("p.json", BAD)], &["lint", "--fail-on", "never", "p.json"]).exits(0);
    with_files(&[("p.json", WARNED)], &["lint", "p.json"]).exits(0).says(&["missing-version"]);
    with_files(&[("p.json", WARNED)], &["lint", "--fail-on", "warning", "p.json"]).exits(1);
}

#[test]
fn lint_of_what_is_no_policy() {
    with_files(&[("p.json", "{\"Version\": 1,")], &["lint", "p.json"])
        .exits(2)
        .silent()
        .complains(&["json-syntax-error", "p.json:1:"]);
    with_files(&[("p.json", "{\"Version\": 1,")], &["lint", "--exit-zero", "p.json"]).exits(2);
    with_files(&[("p.json", "{\"a\": 1}")], &["lint", "p.json"]).exits(2).complains(&["no-policy", "p.json"]);
    with_files(&[("polcy.json", GOOD)], &["lint", "policy.json"])
        .exits(2)
        .complains(&["there is no file `policy.json`", "did you mean `polcy.json`?"]);
}

#[test]
fn lint_of_a_directory() {
    let files = [("a/p.json", BAD), ("a/notes.json", "{}"), ("b/p.json", GOOD), ("b/other.txt", BAD)];
    with_files(&files, &["lint"]).exits(1).says(&["a/p.json"]);
    with_files(&files, &["lint", "b"]).exits(0);
    with_files(&files, &["lint", "-v", "a"]).exits(1).complains(&["a/notes.json is skipped"]);
    with_files(&files, &["lint", "*/p.json"]).exits(1);
}

#[test]
fn lint_of_documents_that_hold_policies() {
    let answer = serde_json::json!({ "Policy": BAD }).to_string();
    with_files(&[("key.json", &answer)], &["lint", "key.json"]).exits(1).says(&[
        "invalid-effect",
        "key.json:1:",
        "› Policy",
    ]);
    let trust = r#"{"Role": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "s3:GetObject"}}}}"#;
    with_files(&[("role.json", trust)], &["lint", "role.json"])
        .exits(1)
        .says(&["unsupported-action-in-policy"]);
}

#[test]
fn lint_of_standard_input() {
    with_stdin(GOOD, &["lint", "-"]).exits(0);
    with_stdin(BAD, &["lint", "--stdin-filename", "lake.json", "-"]).exits(1).says(&["lake.json:1:52"]);
    with_stdin(GOOD, &["lint", "--kind", "bucket", "-"]).exits(1).says(&["missing-principal"]);
    with_stdin("", &["lint", "-"]).exits(2).complains(&["json-empty"]);
}

#[test]
fn machine_formats() {
    let run = with_stdin(BAD, &["lint", "-", "--format", "json"]).exits(1);
    let report = run.json();
    assert_eq!(report["schema"], "decryptable/1");
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    // A machine gets its answer where it waits for it, whatever the exit code.
    let run = with_stdin("{", &["lint", "-", "--format", "json"]).exits(2);
    assert!(!run.json()["problems"].as_array().unwrap().is_empty());
}

#[test]
fn formats_and_files() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("p.json"), BAD).unwrap();
    let arguments = ["lint", "p.json", "--format", "human", "--format", "json", "--output", "report.json"];
    in_dir(dir.path(), &arguments).exits(1).says(&["invalid-effect"]);
    let written = fs::read_to_string(dir.path().join("report.json")).unwrap();
    assert!(serde_json::from_str::<serde_json::Value>(&written).is_ok());
    let mut names: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["p.json", "report.json"]);
    let twice = ["lint", "p.json", "--format", "human", "--format", "json"];
    in_dir(dir.path(), &twice).exits(2).complains(&["same place"]);
    let nowhere = ["lint", "p.json", "--format", "json", "--output", "no/such/report.json"];
    in_dir(dir.path(), &nowhere).exits(2).complains(&["cannot write no/such/report.json"]);
}

#[test]
fn check_of_an_example() {
    in_dir(&example("okera-same-account"), &["check"]).exits(0);
    let dir = example("okera-same-account");
    in_dir(root(), &["-C", dir.to_str().unwrap(), "check"]).exits(0);
    in_dir(root(), &["check", "policies/okera-same-account"]).exits(0);
    let run = in_dir(&dir, &["check", "--format", "json"]).exits(0);
    let report = run.json();
    assert_eq!(report["answers"].as_array().unwrap().len(), 4);
    for line in in_dir(&dir, &["check", "--format", "jsonl"]).exits(0).stdout.lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "{line}");
    }
}

/// A manifest with the role and the object of an example, and other expectations.
fn expecting(example_name: &str, rows: &str, arguments: &[&str]) -> Outcome {
    let source = example(example_name);
    let manifest = fs::read_to_string(source.join("decryptable.toml")).unwrap();
    let facts = manifest.split("[[expect]]").next().unwrap();
    let mut files = vec![("decryptable.toml".to_owned(), format!("{facts}\n{rows}"))];
    for folder in ["iam", "kms", "s3", "org", "net"] {
        let Ok(entries) = fs::read_dir(source.join(folder)) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            let name = format!("{folder}/{}", path.file_name().unwrap().to_str().unwrap());
            files.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    with_files(&files, arguments)
}

fn row(role: &str, verdict: &str) -> String {
    format!("[[expect]]\nrole = \"{role}\"\nread = \"{OBJECT}\"\nverdict = \"{verdict}\"\n")
}

#[test]
fn expectations() {
    let fails = row(ROLE, "denied");
    expecting("okera-same-account", &fails, &["check"]).exits(1);
    expecting("okera-same-account", &fails, &["check", "--exit-zero"]).exits(0);
    let unknown_role = row("arn:aws:iam::111111111111:role/IAM_CLUSTR", "allowed");
    expecting("okera-same-account", &unknown_role, &["check"]).exits(2).silent().complains(&[
        "IAM_CLUSTR",
        "decryptable.toml:",
        "did you mean",
    ]);
    let unknown_profile = row(ROLE, "allowed") + "profile = \"okra\"\n";
    expecting("okera-same-account", &unknown_profile, &["check"])
        .exits(2)
        .complains(&["okra", "did you mean `okera`?"]);
}

#[test]
fn conditional_where_a_firm_answer_was_asked_for() {
    let open = row(ROLE, "allowed");
    expecting("key-policy-source-ip", &open, &["check"]).exits(4);
    expecting("key-policy-source-ip", &open, &["check", "--unknown", "warn"]).exits(0);
    expecting("key-policy-source-ip", &open, &["check", "--unknown", "allow"]).exits(0);
    expecting("key-policy-source-ip", &open, &["check", "--exit-zero"]).exits(0);
    expecting("key-policy-source-ip", &row(ROLE, "conditional"), &["check"]).exits(0);
}

#[test]
fn a_policy_that_aws_would_refuse_decides_nothing() {
    let manifest = fs::read_to_string(example("okera-same-account").join("decryptable.toml")).unwrap();
    let files = [
        ("decryptable.toml", manifest.as_str()),
        ("iam/trust.json", GOOD),
        ("iam/cluster-s3.json", BAD),
        ("iam/cluster-kms.json", "{"),
        ("kms/lake.json", GOOD),
    ];
    with_files(&files, &["check"])
        .exits(2)
        .silent()
        .complains(&["iam/cluster-s3.json:1:52", "iam/cluster-kms.json:1:"]);
    with_files(&files, &["can", "IAM_CLUSTER", OBJECT])
        .exits(2)
        .silent()
        .complains(&["iam/cluster-kms.json:1:"]);
    let wrong_key = [("decryptable.toml", "version = 1\n\n[analysis]\ninput = []\n")];
    with_files(&wrong_key, &["check"])
        .exits(2)
        .silent()
        .complains(&["decryptable.toml:4:1", "did you mean `inputs`?"]);
}

#[test]
fn can() {
    let dir = example("okera-same-account");
    in_dir(&dir, &["can", "IAM_CLUSTER", OBJECT]).exits(0).says(&["ALLOWED"]);
    in_dir(&dir, &["can", ROLE, OBJECT, "--profile", "okera"]).exits(0);
    in_dir(&dir, &["can", ROLE, OBJECT, "--profile", "okra"])
        .exits(2)
        .silent()
        .complains(&["there is no profile `okra`", "did you mean `okera`?"]);
    in_dir(&dir, &["can", "IAM_CLUSTR", OBJECT]).exits(2).silent().complains(&["IAM_CLUSTR", "IAM_CLUSTER"]);
    in_dir(&dir, &["can", "IAM_CLUSTER", "s3://lakes/x"])
        .exits(2)
        .complains(&["lakes", "did you mean `lake`?"]);
    let run = in_dir(&dir, &["can", "IAM_CLUSTER", OBJECT, "--format", "json"]).exits(0);
    let answer = run.json();
    assert_eq!(answer["verdict"], "allowed");
    assert_eq!(answer["legs"][1]["action"], "kms:Decrypt");
}

#[test]
fn can_is_denied() {
    let dir = example("cross-account-identity-missing");
    in_dir(&dir, &["can", "IAM_CLUSTER", OBJECT]).exits(1).says(&["DENIED"]);
    in_dir(&dir, &["can", "IAM_CLUSTER", OBJECT, "--exit-zero"]).exits(0).says(&["DENIED"]);
    in_dir(&example("key-disabled"), &["can", "IAM_CLUSTER", "s3://lake/2024/part-0.parquet"])
        .exits(1)
        .says(&["BLOCKED"]);
}

#[test]
fn can_is_conditional() {
    let dir = example("data-perimeter");
    in_dir(&dir, &["can", "IAM_CLUSTER", OBJECT]).exits(4).says(&["CONDITIONAL"]);
    in_dir(&dir, &["can", "IAM_CLUSTER", OBJECT, "--unknown", "warn"]).exits(0);
    in_dir(&dir, &["can", "IAM_CLUSTER", OBJECT, "--exit-zero"]).exits(0);
}

#[test]
fn circumstances() {
    let dir = example("okera-same-account");
    let wrong: [(&[&str], &str); 5] = [
        (&["--context", "aws:UserAgent"], "KEY=VALUE"),
        (&["--context", "UserAgent=spark"], "is not a condition key"),
        (&["--context", "aws:UserAgent=spark", "--absent", "aws:useragent"], "absent"),
        (&["--from-ip", "203.0.113.300"], "203.0.113.300"),
        (&["--from-ip", "203.0.113.9", "--from-endpoint", "vpce-0a1b"], "cannot be used with"),
    ];
    for (flags, part) in wrong {
        let arguments = [&["can", "IAM_CLUSTER", OBJECT], flags].concat();
        in_dir(&dir, &arguments).exits(2).silent().complains(&[part]);
    }
    let fine = ["can", "IAM_CLUSTER", OBJECT, "--context", "aws:UserAgent=a", "--context", "aws:useragent=b"];
    in_dir(&dir, &[fine.as_slice(), &["--from-ip", "203.0.113.9", "--session-name", "i-0abc"]].concat())
        .exits(0);
    let policy = example("session-policy-without-kms").join("iam/session-s3.json");
    let policy = policy.to_str().unwrap();
    in_dir(&dir, &["can", "IAM_CLUSTER", OBJECT, "--session-policy", policy]).exits(1).says(&["DENIED"]);
    in_dir(&dir, &["can", "IAM_CLUSTER", OBJECT, "--session-policy", "none.json"])
        .exits(2)
        .complains(&["none.json"]);
}

/// An action that AWS does not list is named, with the one that was meant, whichever command asks about it.
#[test]
fn actions_that_do_not_exist() {
    let asked = |arguments: &[&str]| in_dir(&example("okera-same-account"), arguments);
    asked(&["can", "IAM_CLUSTER", "s3:GetObjekt", "arn:aws:s3:::lake/x"]).says(&[
        "invalid-action",
        "s3:GetObjekt",
        "did you mean `s3:GetObject`?",
    ]);
    // Nothing is changed by allowing it.
    let wrong = asked(&["can", "IAM_CLUSTER", "s3:GetObjekt", "arn:aws:s3:::lake/x", "--format", "json"]);
    assert!(wrong.stdout.contains("\"fix\": []"), "{}", wrong.stdout);
    asked(&["who", "--action", "s3:GetObjekt", "arn:aws:s3:::lake/x"])
        .says(&["did you mean `s3:GetObject`?"]);
    asked(&["matrix", "--operation", "s3:GetObjekt", "--target", "arn:aws:s3:::lake/x"])
        .says(&["did you mean `s3:GetObject`?"]);
    let right = asked(&["can", "IAM_CLUSTER", "s3:GetObject", "arn:aws:s3:::lake/x"]);
    assert!(!right.stdout.contains("invalid-action"), "{}", right.stdout);
}

/// A key that no request has is named, with the one that was meant: after `--context`, in a manifest, and in a policy.
#[test]
fn keys_that_do_not_exist() {
    let told = |key: &str| {
        let context = format!("{key}=x");
        in_dir(&example("okera-same-account"), &["can", "IAM_CLUSTER", OBJECT, "--context", &context])
    };
    told("kms:ViaServices").says(&["invalid-service-condition-key", "kms:ViaServices", "`kms:ViaService`"]);
    told("aws:PrincipleOrgID").says(&["invalid-global-condition-key", "`aws:PrincipalOrgID`"]);
    assert!(!told("aws:UserAgent").stdout.contains("condition-key"));
    let arguments = ["can", "IAM_CLUSTER", OBJECT, "--absent", "ksm:ViaService", "--format", "json"];
    let answer = in_dir(&example("okera-same-account"), &arguments)
        .exits(0)
        .complains(&["invalid-service", "`kms:ViaService`"]);
    assert_eq!(answer.json()["verdict"], "allowed");
    let policy = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipleTag/Team": "a", "ec2:Vpcs": "b", "saml:sub": "c"}}}]}"#;
    let linted = with_files(&[("policy.json", policy)], &["lint", "policy.json", "--format", "json"])
        .json()
        .to_string();
    for (written, meant) in [("aws:PrincipleTag/Team", "aws:PrincipalTag/Team"), ("ec2:Vpcs", "ec2:Vpc")] {
        assert!(
            linted.contains(&format!("`{written}`")) && linted.contains(&format!("`{meant}`?")),
            "{linted}"
        );
    }
    assert!(!linted.contains("`saml:sub`"), "{linted}");
}

/// A boundary that only its ARN tells: AWS wrote it, so the snapshot has it, and says so.
#[test]
fn aws_managed_boundary() {
    let role = |boundary: &str| {
        format!(
            r#"{{"Role": {{"Arn": "{ROLE}", "PermissionsBoundary": {{"PermissionsBoundaryArn": "{boundary}"}}}}}}"#
        )
    };
    let manifest = fs::read_to_string(example("okera-same-account").join("decryptable.toml")).unwrap();
    let manifest = manifest.replace("boundary = \"none\"\n", "");
    let manifest =
        manifest.replacen("version = 1\n", "version = 1\n[analysis]\ninputs = [\"role.json\"]\n", 1);
    let read = |name: &str| fs::read_to_string(example("okera-same-account").join(name)).unwrap();
    let files = ["iam/cluster-s3.json", "iam/cluster-kms.json", "iam/trust.json", "kms/lake.json"];
    let run = |boundary: &str, arguments: &[&str]| {
        let (role, texts) = (role(boundary), files.map(read));
        let mut all: Vec<(&str, &str)> =
            files.iter().copied().zip(texts.iter().map(String::as_str)).collect();
        all.extend([("decryptable.toml", &*manifest), ("role.json", &*role)]);
        with_files(&all, arguments)
    };
    const READ_ONLY: &str = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
    const POWER: &str = "arn:aws:iam::aws:policy/PowerUserAccess";

    run(READ_ONLY, &["can", "IAM_CLUSTER", OBJECT, "--verbose"]).exits(1).says(&[
        "AmazonS3ReadOnlyAccess (v3, snapshot of ",
        "would allow kms:Decrypt, but it lets s3:Get*",
        "assumptions",
        "AmazonS3ReadOnlyAccess (v3, snapshot of ",
        "AWS may have changed it since",
    ]);
    let answer = run(READ_ONLY, &["can", "IAM_CLUSTER", OBJECT, "--format", "json"]).exits(1).stdout;
    contains(
        "stdout",
        &answer,
        &["a boundary of your own in place of arn:aws:iam::aws:policy/AmazonS3ReadOnly"],
    );
    run(POWER, &["can", "IAM_CLUSTER", OBJECT]).exits(0).says(&["ALLOWED"]);
    run(POWER, &["inputs"]).exits(0).says(&["AWS managed policies from the snapshot of ", POWER]);
    let listed = run(POWER, &["inputs", "--format", "json"]).exits(0).json();
    assert_eq!(listed["snapshot"]["policies"][0]["arn"], POWER);
    // Another account's policy is nobody's to know, and lint is about documents that somebody here wrote.
    let other = "arn:aws:iam::111111111111:policy/PowerUserAccess";
    let listed = run(other, &["inputs", "--format", "json"]).exits(0).json();
    assert!(listed.get("snapshot").is_none());
    let linted = run(READ_ONLY, &["check", "--format", "json"]).json().to_string();
    assert!(!linted.split("\"findings\"").nth(1).unwrap().contains("iam::aws:policy"), "{linted}");
}

#[test]
fn inputs() {
    let dir = example("okera-same-account");
    in_dir(&dir, &["inputs"]).exits(0).says(&["decryptable.toml", "iam/trust.json", "key policy"]);
    let run = in_dir(&dir, &["inputs", "--format", "json"]).exits(0);
    assert!(run.json()["inputs"].as_array().unwrap().len() >= 5);
    in_dir(&dir, &["inputs", "--format", "jsonl"]).exits(2).complains(&["cannot write jsonl"]);
}

#[test]
fn explain() {
    in_dir(root(), &["explain", "r52"]).exits(0).says(&[
        "## R52 ",
        "Bucket Key",
        "https://docs.aws.amazon.com/",
    ]);
    in_dir(root(), &["explain", "MISSING-VERSION"]).exits(0).says(&["# missing-version", "```json"]);
    in_dir(root(), &["explain", "Legs"]).exits(0).says(&["# leg", "kms:Decrypt"]);
    in_dir(root(), &["explain", "bucket", "key"]).exits(0).says(&["These speak of it", "R52 "]);
    in_dir(root(), &["explain"]).exits(0).says(&["R1 ", "R138 ", "json-trailing-comma"]);
    let unknown = in_dir(root(), &["explain", "misssing-version"]).exits(2).silent();
    assert_data_eq!(
        unknown.stderr,
        str![[r#"
error: there is no rule `misssing-version`
  help: did you mean `missing-version`?

"#]]
    );
    in_dir(root(), &["explain", "xyzzy-plugh"]).exits(2).complains(&["decryptable explain"]);
}

#[test]
fn simulate() {
    let good = serde_json::json!({
        "Id": "one", "CallerArn": ROLE, "ActionNames": ["s3:GetObject"], "ResourceArns": ["arn:aws:s3:::lake/a"],
        "PolicyInputList": [GOOD],
    });
    let run = with_stdin(&format!("{good}\n"), &["simulate"]).exits(0);
    assert_eq!(run.json()["EvaluationResults"][0]["EvalDecision"], "allowed");
    let run = with_stdin(&format!("{good}\n{{\n{good}\n"), &["simulate", "-"]).exits(2);
    assert_eq!(run.stdout.lines().count(), 3);
    assert!(run.stdout.lines().nth(1).unwrap().contains("\"Error\""), "{}", run.stdout);
    in_dir(root(), &["simulate", "no-such-file.jsonl"]).exits(2).complains(&["no-such-file.jsonl"]);
    with_stdin("", &["simulate", "--format", "json"]).exits(2).complains(&["one form of output"]);
}

#[test]
fn colours() {
    let coloured = |variables: &[(&str, &str)], arguments: &[&str]| {
        let mut command = command(root(), &[&["lint", "-"], arguments].concat());
        command.envs(variables.iter().copied());
        outcome(command, Some(BAD)).exits(1).stdout.contains('\x1b')
    };
    assert!(!coloured(&[], &[]), "a pipe gets no colours");
    assert!(coloured(&[], &["--color", "always"]));
    assert!(coloured(&[("FORCE_COLOR", "1")], &[]));
    assert!(coloured(&[("CLICOLOR_FORCE", "1")], &[]));
    assert!(!coloured(&[("FORCE_COLOR", "1"), ("NO_COLOR", "1")], &[]));
    assert!(coloured(&[("NO_COLOR", "1")], &["--color=always"]));
    assert!(!coloured(&[("FORCE_COLOR", "1")], &["--color=never"]));
    assert!(!coloured(&[("FORCE_COLOR", "1")], &["--format", "json"]));
}

/// `decryptable … | head` ends without a word about it.
#[test]
fn a_reader_that_leaves() {
    let mut command = command(root(), &["explain"]);
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(stderr, "");
}

#[test]
fn suppressions() {
    // What is denied there stays so; without a row nothing would be asked.
    let row = format!("[[expect]]\nrole = \"{ROLE}\"\nread = \"{OBJECT}\"\nverdict = \"denied\"\n");
    let run = |rows: &str| {
        expecting("bucket-arn-for-objects", &(rows.to_owned() + &row), &["check", "--fail-on", "warning"])
    };
    let ignore = |more: &str| {
        run(&format!(
            "[[ignore]]\nrule = \"bucket-arn-for-objects\"\nreason = \"shown on purpose\"\n{more}\n"
        ))
    };
    run("").exits(1).says(&["bucket-arn-for-objects"]);
    ignore("").exits(0);
    ignore("file = \"iam/*.json\"").exits(0);
    ignore("arn = \"arn:aws:iam::111111111111:role/IAM_CLUSTER\"\nuntil = 2999-12-31").exits(0);
    ignore("file = \"kms/*.json\"").exits(1).says(&["unused-ignore", "shown on purpose"]);
    ignore("arn = \"arn:aws:iam::111111111111:role/OTHER\"").exits(1).says(&["unused-ignore"]);
    ignore("sid = \"NoSuchStatement\"").exits(1).says(&["unused-ignore"]);
    ignore("until = 2020-01-01").exits(1).says(&["expired-ignore", "2020-01-01"]);
}

#[test]
fn an_object_of_no_bucket_is_told() {
    let row = format!("[[expect]]\nrole = \"{ROLE}\"\nread = \"{OBJECT}\"\nverdict = \"denied\"\n");
    let run = |uri: &str| {
        let object = format!("[[object]]\nuri = \"{uri}\"\nencryption = {{ type = \"AES256\" }}\n");
        expecting(
            "bucket-arn-for-objects",
            &(object + &row),
            &["check", "--fail-on", "warning", "--format", "json"],
        )
    };
    run("s3://lakee/new/*").exits(1).says(&["unused-object", "lakee", "did you mean `lake`?"]);
    assert!(!run("s3://lake/new/*").stdout.contains("unused-object"));
}

/// The files for a shell and for `man` name every command and every one of its flags.
#[test]
fn generated_files_know_every_command() {
    let commands =
        ["can", "check", "diff", "explain", "generate", "inputs", "lint", "simulate", "trust", "who"];
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let made = in_dir(root(), &["generate", "completions", shell]).exits(0);
        for word in commands.into_iter().chain(["fail-on", "write-baseline", "from-endpoint"]) {
            assert!(made.stdout.contains(word), "{shell} does not know {word}");
        }
    }
    let page = in_dir(root(), &["generate", "man"]).exits(0).stdout;
    assert!(page.contains(".TH decryptable 1"));
    commands.into_iter().for_each(|command| assert!(page.contains(command), "{command}"));
    let page = in_dir(root(), &["generate", "man", "can"]).exits(0).stdout;
    assert!(page.contains("decryptable\\-can") && page.contains("from\\-endpoint"), "{page}");
    in_dir(root(), &["generate", "man", "chek"]).exits(2).complains(&["no command `chek`", "`check`"]);
    in_dir(root(), &["generate", "completions", "tcsh"]).exits(2).complains(&["powershell"]);
}

/// What a shell proposes comes out of the estate of the directory, of the tables and of the reference of services.
#[test]
fn completions_know_the_estate() {
    let proposed = |dir: &Path, words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_decryptable"));
        command.current_dir(dir).env("COMPLETE", "bash").env("_CLAP_IFS", "\n");
        command.env("_CLAP_COMPLETE_INDEX", words.len().to_string()).env("_CLAP_COMPLETE_COMP_TYPE", "9");
        let output = command.args(["--", "decryptable"]).args(words).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let estate = root().join("policies/cross-account");
    assert_eq!(proposed(&estate, &["can", "IAM"]), ["IAM_CLUSTER"]);
    assert_eq!(proposed(&estate, &["can", "IAM_CLUSTER", "s3:/"]), ["s3://lake/"]);
    assert_eq!(proposed(&estate, &["who", "alias/"]), ["alias/lake"]);
    assert_eq!(proposed(&estate, &["can", "IAM_CLUSTER", "mul"]), ["multipart"]);
    assert_eq!(proposed(&estate, &["who", "--action", "kms:DescribeK"]), ["kms:DescribeKey"]);
    assert_eq!(proposed(&estate, &["can", "--profile", "oke"]), ["okera"]);
    assert!(proposed(&estate, &["explain", "r10"]).contains(&"R105".to_owned()));
    let from_above = proposed(root(), &["-C", "policies/cross-account", "trust", "I"]);
    assert_eq!(from_above, ["IAM_CLUSTER"]);
    // Without an estate there are the words of the program.
    assert_eq!(proposed(root(), &["can", "anon"]), ["anonymous"]);
}

/// A hook hands over every JSON file of a change; those that hold no policy are nobody's mistake there.
#[test]
fn files_without_a_policy_in_a_hook() {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("skip-others");
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join("package.json"), "{\"name\": \"x\"}").unwrap();
    let wide = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]}"#;
    fs::write(dir.join("wide.json"), wide).unwrap();
    let lint = |arguments: &[&str]| in_dir(&dir, &[&["lint", "--isolated"], arguments].concat());
    lint(&["package.json"]).exits(2);
    lint(&["--skip-others", "package.json"]).exits(0);
    lint(&["--skip-others", "package.json", "wide.json", "--fail-on", "note"])
        .exits(1)
        .says(&["allow-not-action"]);
    lint(&["--skip-others", "none.json"]).exits(2).complains(&["none.json"]);
}

/// What is wrong on the command line is told before anything is read, with the right way to write it.
#[test]
fn values_that_cannot_be() {
    let dir = example("okera-same-account");
    let can =
        |flags: &[&str]| in_dir(&dir, &[&["can", "IAM_CLUSTER", OBJECT], flags].concat()).exits(2).silent();
    can(&["--from-ip", "10.0.0.0/8"]).complains(&["write one address"]);
    can(&["--from-endpoint", "vpc-1"]).complains(&["vpce-…"]);
    can(&["--from-vpc", "vpce-1"]).complains(&["vpc-…"]);
    can(&["--session-name", "a b"]).complains(&["up to 64 letters"]);
    can(&["--version-id", ""]).complains(&["--version-id"]);
    can(&["--session-tag", "a=b", "--session-tag", "a=c"]).complains(&["`a` is given twice"]);
    can(&["--from-ip", "203.0.113.9", "--context", "aws:SourceIp=203.0.113.10"])
        .complains(&["leave out one"]);
    can(&["--access-point", "nope"]).complains(&["no access point `nope`", "help: "]);
    let object = |uri: &str| in_dir(&dir, &["can", "IAM_CLUSTER", uri]).exits(2).silent();
    object("s3a://lake/x").complains(&["did you mean s3://lake/x?"]);
    object("S3://lake/x").complains(&["did you mean s3://lake/x?"]);
    object("arn:aws:s3:::lake/x").complains(&["did you mean s3://lake/x?"]);
    object("https://lake.s3.eu-west-1.amazonaws.com/a/b").complains(&["did you mean s3://lake/a/b?"]);
    object("https://s3.amazonaws.com/lake/a/b").complains(&["did you mean s3://lake/a/b?"]);
    object("s3://lake").complains(&["did you mean s3://lake/*?"]);
    let session = "arn:aws:sts::111111111111:assumed-role/IAM_CLUSTER/i-0abc";
    in_dir(&dir, &["can", session, OBJECT]).exits(0);
    let session = session.replace("IAM_CLUSTER", "NOBODY");
    in_dir(&dir, &["can", &session, OBJECT]).exits(2).complains(&["no input describes its role, NOBODY"]);
}

#[test]
fn messages_cannot_harm_a_terminal() {
    let dir = example("okera-same-account");
    let run = in_dir(&dir, &["can", "\x1b[31mx\u{202e}", OBJECT]).exits(2);
    assert!(!run.stderr.contains(['\x1b', '\u{202e}']), "{:?}", run.stderr);
    let run = with_files(&[("a/\x1b[31mx.json", GOOD)], &["inputs", "a"]).exits(0);
    assert!(!run.stdout.contains('\x1b'), "{:?}", run.stdout);
}

/// A file that was read as a manifest is no policy when it is named as one.
#[test]
fn a_manifest_is_no_session_policy() {
    in_dir(&example("okera-same-account"), &["can", ROLE, OBJECT, "--session-policy", "decryptable.toml"])
        .exits(2)
        .silent()
        .complains(&["json-syntax-error", "decryptable.toml:"]);
}

/// Somebody who puts a manifest where it cannot be read wants to be told.
#[test]
#[cfg(unix)]
fn a_manifest_that_cannot_be_read() {
    let make = |then: fn(&Path)| {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join(".git")).unwrap();
        then(&dir.path().join("decryptable.toml"));
        in_dir(dir.path(), &["check"]).exits(2).silent()
    };
    make(|path| fs::create_dir(path).unwrap()).complains(&["`decryptable.toml` is a directory"]);
    make(|path| std::os::unix::fs::symlink("nowhere", path).unwrap())
        .complains(&["a link to a file that is not there"]);
    make(|path| std::os::unix::fs::symlink("decryptable.toml", path).unwrap())
        .complains(&["cannot be read", "help: "]);
}

/// `--output` writes files and leaves everything else where it is.
#[test]
#[cfg(unix)]
fn outputs_that_are_no_files() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("p.json"), BAD).unwrap();
    let lint = |output: &str| in_dir(dir.path(), &["lint", "p.json", "--format", "json", "--output", output]);
    // A link to a device stays one.
    symlink("/dev/stdout", dir.path().join("out")).unwrap();
    assert_eq!(lint("out").exits(1).json()["schema"], "decryptable/1");
    assert!(dir.path().join("out").is_symlink());
    assert_eq!(lint("-").exits(1).json()["schema"], "decryptable/1");
    assert!(!dir.path().join("-").exists());
    symlink("/dev/full", dir.path().join("full")).unwrap();
    lint("full").exits(2).complains(&["cannot write full"]);
    // A link to a file stays one, and the file keeps its permissions.
    fs::write(dir.path().join("report.json"), "").unwrap();
    fs::set_permissions(dir.path().join("report.json"), fs::Permissions::from_mode(0o600)).unwrap();
    symlink("report.json", dir.path().join("link")).unwrap();
    lint("link").exits(1).silent();
    assert!(dir.path().join("link").is_symlink());
    let metadata = fs::metadata(dir.path().join("report.json")).unwrap();
    assert!(metadata.len() > 0 && metadata.permissions().mode() & 0o777 == 0o600);
    lint(".").exits(2).complains(&["cannot write", "help: "]);
}

/// One line of a million mistakes is told in the time of reading it.
#[test]
fn many_mistakes_on_one_line() {
    let statements = vec!["{}"; 5_000].join(",");
    let policy = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
    let run = with_stdin(&policy, &["lint", "-"]).exits(1);
    assert!(run.stdout.len() < 2_000_000, "{}", run.stdout.len());
    assert!(run.stdout.contains("findings more; --format json lists them"));
    let run = with_stdin(&policy, &["lint", "-", "--format", "json"]).exits(1);
    assert!(run.json()["findings"].as_array().unwrap().len() >= 5_000);
    let nothing = with_files(&[("x.json", "{\"a\": 1}")], &["lint", "x.json", "--format", "json"]).exits(2);
    assert_eq!(nothing.json()["problems"][0]["start"]["line"], 1, "{}", nothing.stdout);
}

#[test]
fn simulate_goes_on() {
    let request = |more: serde_json::Value| {
        let mut request = serde_json::json!({
            "CallerArn": ROLE, "ActionNames": ["s3:GetObject"], "ResourceArns": ["arn:aws:s3:::lake/a"],
            "PolicyInputList": [GOOD],
        });
        let (Some(members), Some(more)) = (request.as_object_mut(), more.as_object()) else { panic!() };
        members.extend(more.clone());
        request
    };
    let good = request(serde_json::json!({}));
    // A first line that is cut off is one mistake, and no request spread over the lines behind it.
    for broken in ["{", "[", "{\"Id\": \"a\", \"ActionNames\": [\"s3:GetObject\"", "[[[[[["] {
        let run = with_stdin(&format!("{broken}\n{good}\n{good}\n"), &["simulate"]).exits(2);
        let errors = run.stdout.lines().filter(|line| line.contains("\"Error\"")).count();
        assert_eq!((run.stdout.lines().count(), errors), (3, 1), "{broken}\n{}", run.stdout);
    }
    for whole in [serde_json::to_string_pretty(&good).unwrap(), format!("\u{feff}\r\n{good}\r\n\r\n")] {
        assert_eq!(with_stdin(&whole, &["simulate"]).exits(0).stdout.lines().count(), 1);
    }
    // What cannot be understood is never decided.
    let wrong = [
        (serde_json::json!({"ResourceArns": true}), "not an array"),
        (serde_json::json!({"ResourceArns": {}}), "not a string"),
        (serde_json::json!({"ResourceArns": [""]}), "is not a resource"),
        (serde_json::json!({"ResourceArns": "s3://lake/a"}), "is not a resource"),
        (
            serde_json::json!({"Grants": [{"GranteePrincipal": ROLE, "Operations": ["Decrypt"], "Constraint": {}}]}),
            "did you mean `Constraints`?",
        ),
        (
            serde_json::json!({"Grants": [{"GranteePrincipal": ROLE, "Operations": ["Decrypt"], "Constraints": "x"}]}),
            "is an object",
        ),
        (
            serde_json::json!({"Grants": [{"GranteePrincipal": ROLE, "Operations": ["Decrypt"], "Constraints": {"EncryptionContextEquals": []}}]}),
            "not an object",
        ),
        (
            serde_json::json!({"Grants": [{"GranteePrincipal": ROLE, "Operations": ["Decrypt"], "KeyId": "1234abcd"}]}),
            "ARN of the key",
        ),
        (
            serde_json::json!({"ContextEntries": [{"ContextKeyName": "aws:x", "ContextKeyValue": ["y"]}]}),
            "did you mean `ContextKeyValues`?",
        ),
        (
            serde_json::json!({"ContextEntries": [{"ContextKeyName": "aws:x", "ContextKeyValues": ["y"], "ContextKeyType": "sting"}]}),
            "did you mean `string`?",
        ),
    ];
    for (more, part) in wrong {
        let run = with_stdin(&request(more).to_string(), &["simulate"]).exits(2);
        let answer = run.json();
        assert!(answer["Error"]["Message"].as_str().unwrap().contains(part), "{part}: {answer}");
        assert_eq!(answer["Error"]["Position"]["Line"], 1, "{answer}");
    }
    in_dir(root(), &["simulate", "src"]).exits(2).silent().complains(&["`src` is a directory"]);
    in_dir(root(), &["simulate", "Cargo.tml"]).exits(2).silent().complains(&["did you mean `Cargo.toml`?"]);
}

#[test]
fn small_things_are_small() {
    let empty_sid = GOOD.replace("\"Effect\"", "\"Sid\": \"\", \"Effect\"");
    with_stdin(&empty_sid, &["lint", "-", "--fail-on", "warning"]).exits(0).says(&["note[empty-sid-value]"]);
    // What is no JSON has no wrong type beside.
    for broken in ["{\"StringEquals\": {\"aws:x\": }}", "{\"StringEquals\": }", ""] {
        let policy = GOOD.replace("\"Effect\"", &format!("\"Condition\": {broken}, \"Effect\""));
        let run = with_stdin(&policy, &["lint", "-", "--format", "json"]).exits(2);
        assert!(!run.stdout.contains("data-type-mismatch"), "{broken}: {}", run.stdout);
    }
}

#[test]
fn help_that_leads_to_a_command() {
    let help = in_dir(root(), &["--help"]).exits(0).says(&[
        "Ask:",
        "can",
        "Hold,",
        "check",
        "Bring the facts",
        "Examples:",
    ]);
    assert_eq!(help.stderr, "");
    let lines = help.stdout.lines().count();
    assert!(lines < 60, "{lines} lines are more than a screen");
    assert_eq!(in_dir(root(), &["-h"]).exits(0).stdout.lines().next(), help.stdout.lines().next());
    // After a command, every value of every option is told.
    in_dir(root(), &["can", "--help"]).exits(0).says(&["Network:", "for reading: verdicts", "Examples:"]);
    in_dir(root(), &["config", "--help"]).exits(0).says(&["show"]);
    let coloured = in_dir(root(), &["--color", "always", "--help"]).exits(0);
    assert!(coloured.stdout.contains("\u{1b}[1m"), "{}", coloured.stdout);
    assert!(!help.stdout.contains('\u{1b}'));
}

#[test]
fn settings_and_where_they_come_from() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = scratch.path();
    let manifest = "version = 1\n\n[analysis]\ninputs = [\"plan.json\"]\nstrict = true\n\n[[expect]]\nrole = \"r\"\nread = \"s3://b/k\"\nverdict = \"denied\"\n";
    fs::write(dir.join("decryptable.toml"), manifest).unwrap();
    let shown =
        in_dir(dir, &["config", "show", "--format", "json", "--parameter", "Stage=prod"]).exits(0).json();
    let setting = |name: &str| {
        let all = shown["settings"].as_array().unwrap();
        let found = all.iter().find(|setting| setting["name"] == name).unwrap_or_else(|| panic!("{name}"));
        (found["value"].clone(), found["from"].as_str().unwrap().to_owned())
    };
    assert_eq!(setting("manifest"), ("decryptable.toml".into(), "found in the directory".into()));
    assert_eq!(setting("inputs"), (vec!["plan.json"].into(), "decryptable.toml:4:10".into()));
    assert_eq!(setting("strict"), (true.into(), "decryptable.toml:5:10".into()));
    assert_eq!(setting("profile"), ("s3-read".into(), "default".into()));
    assert_eq!(setting("expectations"), (1.into(), "decryptable.toml:7:1".into()));
    assert_eq!(setting("parameters"), (vec!["Stage=prod"].into(), "--parameter".into()));
    assert_eq!(setting("colour"), ("no".into(), "no terminal".into()));

    fs::create_dir(dir.join("below")).unwrap();
    let below = in_dir(&dir.join("below"), &["config", "show"]).exits(0);
    below.says(&["manifest", "../decryptable.toml", "found above the directory"]);
    in_dir(dir, &["--isolated", "--color", "always", "config", "show"]).exits(0).says(&[
        "none",
        "--isolated",
        "colour",
        "yes",
        "--color",
    ]);

    fs::write(dir.join("decryptable.toml"), "version = 1\n[analysis\n").unwrap();
    in_dir(dir, &["config", "show"]).exits(2).complains(&["decryptable.toml:2:"]);
    fs::write(dir.join("decryptable.toml"), "version = 1\n[analysis]\nprofile = \"s3-reed\"\n").unwrap();
    in_dir(dir, &["config", "show"]).exits(2).complains(&["did you mean `s3-read`"]);
}

const BROKEN: &str =
    r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject",]}"#;

/// `lint dir > report` is what people read later.
#[test]
fn findings_go_to_stdout_beside_a_file_in_error() {
    let files = [("policies/a.json", WARNED), ("policies/b.json", BROKEN), ("policies/c.json", BAD)];
    for format in ["human", "narrated"] {
        let outcome = with_files(&files, &["lint", "policies", "--format", format]).exits(2);
        let outcome = outcome.says(&[
            "missing-version",
            "policies/a.json",
            "invalid-effect",
            "policies/c.json",
            "2 findings",
        ]);
        assert!(!outcome.stdout.contains("json-syntax-error"), "{}", outcome.stdout);
        let outcome = outcome.complains(&["json-syntax-error", "policies/b.json", "error"]);
        assert!(!outcome.stderr.contains("missing-version"), "{}", outcome.stderr);
    }
    // Machines find all of it in one place.
    for (format, parts) in [
        ("json", ["\"rule\": \"missing-version\"", "\"code\": \"json-syntax-error\""]),
        ("jsonl", ["\"rule\":\"missing-version\"", "\"code\":\"json-syntax-error\""]),
        ("github", ["title=json-syntax-error", "title=missing-version"]),
        ("gitlab", ["missing-version", "json-syntax-error"]),
        ("junit", ["missing-version", "json-syntax-error"]),
        ("markdown", ["json-syntax-error", "missing-version"]),
        ("sarif", ["missing-version", "\"executionSuccessful\": false"]),
    ] {
        let outcome = with_files(&files, &["lint", "policies", "--format", format]).exits(2);
        assert_eq!(outcome.stderr, "", "{format}");
        for part in parts {
            assert!(outcome.stdout.contains(part), "{format} lacks {part}: {}", outcome.stdout);
        }
    }
    // Where there are only errors there is no report.
    with_files(&files[1..2], &["lint", "policies"]).exits(2).silent().complains(&["json-syntax-error"]);
}

const TWO_ROWS: &str = r#"version = 1
[[role]]
arn = "arn:aws:iam::111111111111:role/r"
policies = ["p.json"]
boundary = "none"
trust = "trust.json"
[[bucket]]
name = "lake"
account = "111111111111"
region = "us-east-1"
policy = "none"
encryption = { type = "AES256" }
ownership = "BucketOwnerEnforced"
[[object]]
uri = "s3://lake/*"
encryption = "default"
[[expect]]
role = "arn:aws:iam::111111111111:role/r"
read = "s3://lake/kept"
verdict = "allowed"
[[expect]]
role = "arn:aws:iam::111111111111:role/r"
read = "s3://lake/broken"
verdict = "denied"
"#;

#[test]
fn quiet_prints_only_what_failed() {
    let trust = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#;
    let files = [("decryptable.toml", TWO_ROWS), ("p.json", WARNED), ("trust.json", trust)];
    for format in ["human", "narrated"] {
        let loud = with_files(&files, &["check", "--format", format]).exits(1);
        loud.says(&["s3://lake/broken", "s3://lake/kept", "missing-version"]);
        let quiet = with_files(&files, &["-q", "check", "--format", format]).exits(1);
        let quiet = quiet.says(&["FAILS", "s3://lake/broken"]);
        for part in ["s3://lake/kept", "missing-version", "HOLDS", "expectation"] {
            assert!(!quiet.stdout.contains(&format!("{part} ")), "{part}: {}", quiet.stdout);
        }
        assert!(
            !quiet.stdout.contains("s3://lake/kept") && !quiet.stdout.contains("missing-version"),
            "{}",
            quiet.stdout
        );
        assert_eq!(quiet.stderr, "");
        // A warning fails where somebody says so, and then it is printed.
        with_files(&files, &["-q", "check", "--fail-on", "warning", "--format", format])
            .exits(1)
            .says(&["s3://lake/broken", "missing-version"]);
        let lint = [("a.json", WARNED), ("b.json", BAD)];
        let outcome = with_files(&lint, &["-q", "lint", ".", "--format", format]).exits(1).says(&["b.json"]);
        assert!(!outcome.stdout.contains("a.json"), "{}", outcome.stdout);
    }
    // Nothing failed, so there is nothing to print.
    with_files(&[("a.json", WARNED)], &["-q", "lint", "."]).exits(0).silent();
    // Machines get the whole, whoever listens.
    for format in ["json", "jsonl", "github", "gitlab", "junit", "markdown", "sarif"] {
        let loud = with_files(&files, &["check", "--format", format]);
        assert_eq!(loud.stdout, with_files(&files, &["-q", "check", "--format", format]).stdout, "{format}");
    }
}

#[test]
fn a_check_without_rows_says_that_nothing_was_asked() {
    let files =
        [("decryptable.toml", "version = 1\n[analysis]\ninputs = [\"p.json\"]\n"), ("p.json", WARNED)];
    let outcome = with_files(&files, &["check"]).exits(3);
    outcome.says(&["missing-version"]).complains(&["nothing was asked", "[[expect]]"]);
    with_files(&files, &["-q", "check"]).exits(3).silent().complains(&["nothing was asked"]);
    with_files(&files[1..], &["check", "p.json"]).exits(3).complains(&["nothing was asked"]);
    for format in ["narrated", "json", "jsonl", "github", "gitlab", "junit", "markdown", "sarif"] {
        let outcome = with_files(&files, &["check", "--format", format]).exits(3);
        let all = outcome.stdout + &outcome.stderr;
        assert!(all.contains("nothing was asked"), "{format}: {all}");
    }
    // Findings that fail the run are worse, and it is told beside them.
    with_files(&files, &["check", "--fail-on", "warning"])
        .exits(1)
        .says(&["missing-version", "nothing was asked"]);
    // It is neither a finding nor an open answer.
    with_files(&files, &["check", "--exit-zero"]).exits(3);
}

#[test]
fn simulate_without_requests_says_that_nothing_was_asked() {
    for nothing in ["", "\n", " \n\t\n", "\u{feff}"] {
        with_stdin(nothing, &["simulate"]).exits(3).silent().complains(&["nothing was asked"]);
    }
    with_files(&[("requests.jsonl", "")], &["simulate", "requests.jsonl"])
        .exits(3)
        .complains(&["nothing was asked"]);
    // A line that cannot be understood was asked.
    with_stdin("{}\n", &["simulate"]).exits(2);
}
