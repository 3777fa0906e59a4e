//! Patches of templates in YAML: `git apply` takes them, the question is allowed after it, and everything else stays as it was.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests may fail loudly")]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const TEMPLATE: &str = r#"# who reads the lake
Resources:
  Key:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          # the administrators
          - Sid: Admins
            Effect: Allow
            Principal: {AWS: "arn:aws:iam::111111111111:root"}
            Action: [kms:Describe*, kms:Put*]
            Resource: "*"
"#;

const SLIP: &str = r#"          - Sid: Reader
            Effect: Allow
            Principal:
              AWS: arn:aws:iam::111111111111:role/reader
            Action: kms:Decrypt
            Resource: "*"
            Condition:
              StringEquals:
                kms:ViaService: s3.us-west-2.amazonaws.com # where S3 is
"#;

const MANIFEST: &str = r#"version = 1
[analysis]
inputs = ["template.yaml"]
[[role]]
arn = "arn:aws:iam::111111111111:role/reader"
policies = "role.json"
boundary = "none"
[[bucket]]
name = "lake"
account = "111111111111"
region = "us-east-1"
[[object]]
uri = "s3://lake/*"
encryption = { type = "aws:kms", key = "Key", bucket_key = true }
"#;

const ROLE: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject", "kms:Decrypt"], "Resource": "*"}]}"#;

fn lay_out(template: &str, manifest: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("template.yaml", template), ("decryptable.toml", manifest), ("role.json", ROLE)] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn ask(folder: &Path, format: &str) -> Output {
    let told = ["--parameter", "AWS::AccountId=111111111111", "--parameter", "AWS::Region=us-east-1"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_decryptable"));
    command.arg("-C").arg(folder).args(["can", "reader", "s3://lake/x"]).args(told);
    command.args(["--format", format]).output().unwrap()
}

/// The template once the patch was applied.
fn patched(template: &str) -> String {
    patched_with(template, MANIFEST)
}

fn patched_with(template: &str, manifest: &str) -> String {
    let folder = lay_out(template, manifest);
    let folder = folder.path();
    let before = ask(folder, "patch");
    assert_eq!(before.status.code(), Some(1), "{}", String::from_utf8_lossy(&before.stderr));
    let mut git = Command::new("git");
    git.args(["apply", "-"]).current_dir(folder).env("GIT_CEILING_DIRECTORIES", folder.parent().unwrap());
    let mut git = git.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    git.stdin.take().unwrap().write_all(&before.stdout).unwrap();
    let said = git.wait_with_output().unwrap();
    let patch = String::from_utf8_lossy(&before.stdout);
    assert!(said.status.success(), "{}\n{patch}", String::from_utf8_lossy(&said.stderr));
    let after = ask(folder, "human");
    assert_eq!(after.status.code(), Some(0), "{patch}\n{}", String::from_utf8_lossy(&after.stdout));
    fs::read_to_string(folder.join("template.yaml")).unwrap()
}

#[test]
fn a_value_of_a_template_is_put_right() {
    let template = format!("{TEMPLATE}{SLIP}");
    let wanted = template.replace("s3.us-west-2.amazonaws.com", "\"s3.us-east-1.amazonaws.com\"");
    assert_eq!(patched(&template), wanted);
}

#[test]
fn a_statement_more_in_a_template() {
    let after = patched(TEMPLATE);
    let added = after.strip_prefix(TEMPLATE.trim_end()).unwrap();
    assert!(added.starts_with("\n          - Effect: \"Allow\"\n            Principal:\n"), "{added}");
}

/// The statement that was meant, in other words.
fn with_slip(from: &str, to: &str) -> String {
    let template = format!("{TEMPLATE}{SLIP}")
        .replace("s3.us-west-2.amazonaws.com # where S3 is", "s3.us-east-1.amazonaws.com");
    assert!(template.contains(from));
    template.replace(from, to)
}

#[test]
fn a_value_beside_another() {
    let with_other = MANIFEST.to_owned()
        + "[[bucket]]\nname = \"west\"\naccount = \"111111111111\"\nregion = \"us-west-2\"\n";
    let written = [
        // One value, a list in brackets, a list of lines.
        (
            "kms:ViaService: s3.us-west-2.amazonaws.com # where S3 is",
            "kms:ViaService: [s3.us-west-2.amazonaws.com, \"s3.us-east-1.amazonaws.com\"] # where S3 is",
        ),
        (
            "kms:ViaService: [s3.us-west-2.amazonaws.com] # where S3 is",
            "kms:ViaService: [s3.us-west-2.amazonaws.com, \"s3.us-east-1.amazonaws.com\"] # where S3 is",
        ),
        (
            "kms:ViaService:\n                  - s3.us-west-2.amazonaws.com # where S3 is",
            "kms:ViaService:\n                  - s3.us-west-2.amazonaws.com\n                  - \"s3.us-east-1.amazonaws.com\" # where S3 is",
        ),
    ];
    for (line, wanted) in written {
        let template = format!("{TEMPLATE}{SLIP}")
            .replace("kms:ViaService: s3.us-west-2.amazonaws.com # where S3 is", line);
        assert_eq!(patched_with(&template, &with_other), template.replace(line, wanted));
    }
}

#[test]
fn a_statement_beside_the_only_one() {
    let template = "Resources:\n  Key:\n    Type: AWS::KMS::Key\n    Properties:\n      KeyPolicy:\n        Version: \"2012-10-17\"\n        Statement:\n          Sid: Admins # the administrators\n          Effect: Allow\n          Principal: {AWS: \"arn:aws:iam::111111111111:root\"}\n          Action: [kms:Describe*, kms:Put*]\n          Resource: \"*\"\n";
    let after = patched(template);
    assert!(
        after.contains("          - Sid: Admins # the administrators\n            Effect: Allow\n"),
        "{after}"
    );
    assert!(after.contains("\n          - Effect: \"Allow\"\n"), "{after}");
}

#[test]
fn an_operator_is_put_right_with_its_statement() {
    let template = with_slip(
        "StringEquals:\n                kms:ViaService: s3.us-east-1.amazonaws.com",
        "StringEquals:\n                kms:ViaService: s3.*.amazonaws.com",
    );
    let after = patched(&template);
    assert!(after.starts_with(TEMPLATE), "{after}");
    assert!(after.contains("s3.us-east-1.amazonaws.com") || after.contains("StringLike"), "{after}");
}
