//! A document in error stops the answers that may rest on it, and no other.
#![allow(clippy::panic, clippy::unwrap_used, reason = "tests may fail loudly")]
#![cfg(feature = "cli")]

use std::fs;
use std::path::Path;

use crate::binary;

struct Estate(tempfile::TempDir);

impl Estate {
    fn of(files: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join(".git")).unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self(dir)
    }

    /// Runs a command line and compares how it ends; `warned` has to be in what it prints, as no more than a warning.
    #[track_caller]
    fn ends(&self, line: &str, code: i32, says: &[&str]) {
        let arguments: Vec<&str> = line.split(' ').collect();
        let output = binary::run(self.0.path(), &arguments, "");
        let text =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{line}\n{text}");
        for part in says {
            assert!(text.contains(part), "`{part}` after `{line}`\n{text}");
        }
        let level = if code == 2 { "error[" } else { "warning[" };
        assert!(text.contains(level), "{line}\n{text}");
        assert!(code == 2 || !text.contains("error["), "{line}\n{text}");
    }
}

/// A role `reader` that reads a bucket `tables`, both made by one template.
const TEMPLATE: &str = r#"
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Tables: {Type: AWS::S3::Bucket, Properties: {BucketName: tables}}
  Reader:
    Type: AWS::IAM::Role
    Properties:
      RoleName: reader
      AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: sts:AssumeRole}]}
      Policies: [{PolicyName: p, PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: s3:GetObject, Resource: "arn:aws:s3:::tables/*"}]}}]
"#;

const CAN: &str = "can reader s3://tables/x --isolated --input .";

#[test]
fn other_documents_of_the_run_are_warned_of() {
    let listener = "Resources:\n  L:\n    Type: AWS::ElasticLoadBalancingV2::Listener\n    Properties: {Port: 443, Protocol: TLS, Port: 80}\n";
    let estate = Estate::of(&[("a.yaml", TEMPLATE), ("lb.yaml", listener)]);
    estate.ends(CAN, 0, &["ALLOWED", "duplicate-key"]);
    estate.ends("inputs --isolated .", 0, &["duplicate-key"]);
    estate.ends("who s3://tables/x --isolated --input .", 0, &["reader"]);
    estate.ends("check --isolated .", 3, &["duplicate-key"]);
    let unbound = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "YOUR-BUCKET"}]}"#;
    Estate::of(&[("a.yaml", TEMPLATE), ("example.json", unbound)]).ends(CAN, 0, &["invalid-arn"]);
    let cut_off = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": ${ACTIONS}}]}"#;
    Estate::of(&[("a.yaml", TEMPLATE), ("example.json", cut_off)]).ends(CAN, 0, &["json-syntax-error"]);
    let dump = r#"{"RoleDetailList": [{"RoleName": "other", "Arn": "arn:aws:iam::111111111111:role/other" "Path": "/"}]}"#;
    Estate::of(&[("a.yaml", TEMPLATE), ("dump.json", dump)]).ends(CAN, 0, &["json-syntax-error"]);
}

#[test]
fn alone_such_a_document_is_an_error() {
    let estate = Estate::of(&[("dump.json", r#"{"RoleDetailList": [}"#)]);
    estate.ends("inputs --isolated .", 2, &["json-syntax-error"]);
    estate.ends("can reader s3://tables/x --isolated --input .", 2, &["json-syntax-error"]);
}

#[test]
fn a_template_in_error_may_say_anything_of_what_it_names() {
    let attached = "Resources:\n  P:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      Roles: [writer]\n      Roles: [reader]\n      PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Deny, Action: '*', Resource: '*'}]}\n";
    Estate::of(&[("a.yaml", TEMPLATE), ("b.yaml", attached)]).ends(CAN, 2, &["duplicate-key"]);
    let other = attached.replace("[reader]", "[auditor]");
    Estate::of(&[("a.yaml", TEMPLATE), ("b.yaml", &other)]).ends(CAN, 0, &["duplicate-key"]);
    let bucket = "Resources:\n  P:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: tables\n      PolicyDocument: {Statement: [}\n";
    Estate::of(&[("a.yaml", TEMPLATE), ("b.yaml", bucket)]).ends(CAN, 2, &["yaml-syntax"]);
    // In the template that declares it, a role goes by its logical id.
    let itself = format!(
        "{TEMPLATE}  P:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      Roles: [!Ref Reader]\n      Roles: []\n      PolicyDocument: {{Version: '2012-10-17', Statement: [{{Effect: Deny, Action: '*', Resource: '*'}}]}}\n"
    );
    Estate::of(&[("a.yaml", &itself)]).ends(CAN, 2, &["duplicate-key"]);
}

const MANIFEST: &str = r#"
version = 1
[[account]]
id = "111111111111"
organization = "none"
[[role]]
arn = "arn:aws:iam::111111111111:role/reader"
policies = ["reader.json"]
boundary = "none"
[[role]]
arn = "arn:aws:iam::111111111111:role/writer"
policies = ["writer.json"]
boundary = "none"
[[bucket]]
name = "tables"
account = "111111111111"
[[bucket]]
name = "logs"
account = "111111111111"
policy = "none"
[[key]]
arn = "arn:aws:kms:us-east-1:111111111111:key/11111111-2222-3333-4444-555555555555"
policy = "default"
manager = "customer"
state = "Enabled"
grants = "grants.json"
[[object]]
uri = "s3://*/plain/*"
encryption = { type = "AES256" }
[[object]]
uri = "s3://*/sealed/*"
encryption = { type = "aws:kms", key = "arn:aws:kms:us-east-1:111111111111:key/11111111-2222-3333-4444-555555555555", bucket_key = false }
[[bind]]
file = "s3/p.json"
bucket = "tables"
"#;

const READS: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}"#;
const SAYS_NOTHING: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::222222222222:root"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::tables/*"}]}"#;
const NO_GRANTS: &str = r#"{"Grants": []}"#;
const WRONG: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Permit", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]}"#;

fn told(reader: &str, writer: &str, bucket: &str, grants: &str) -> Estate {
    Estate::of(&[
        ("decryptable.toml", MANIFEST),
        ("reader.json", reader),
        ("writer.json", writer),
        ("s3/p.json", bucket),
        ("grants.json", grants),
    ])
}

#[test]
fn a_policy_in_error_may_allow_or_deny_anything() {
    let wrong = WRONG.replace(r#""Principal": "*", "#, "");
    let estate = told(READS, &wrong, SAYS_NOTHING, NO_GRANTS);
    estate.ends("can reader s3://tables/plain/x", 0, &["invalid-effect"]);
    estate.ends("can writer s3://tables/plain/x", 2, &["invalid-effect"]);
    estate.ends("who s3://tables/plain/x", 2, &["invalid-effect"]);
    // A bound bucket policy counts for its bucket.
    for bucket in [WRONG, "{", &SAYS_NOTHING.replace("\"Action\"", "\"Action\": \"s3:*\", \"Action\"")] {
        let estate = told(READS, READS, bucket, NO_GRANTS);
        estate.ends("can reader s3://logs/plain/x", 0, &[]);
        estate.ends("can reader s3://tables/plain/x", 2, &[]);
    }
    // Grants count for their key.
    let estate = told(READS, READS, SAYS_NOTHING, r#"{"Grants": ["#);
    estate.ends("can reader s3://logs/plain/x", 0, &[]);
    estate.ends("can reader s3://logs/sealed/x", 2, &[]);
}

#[test]
fn rows_that_rest_on_no_error_are_answered() {
    let row = |role: &str| {
        format!("[[expect]]\nrole = \"{role}\"\nread = \"s3://tables/plain/x\"\nverdict = \"allowed\"\n")
    };
    let files = |rows: &str| {
        let manifest = format!("{MANIFEST}{rows}");
        Estate::of(&[
            ("decryptable.toml", &manifest),
            ("reader.json", READS),
            ("writer.json", "{}"),
            ("s3/p.json", SAYS_NOTHING),
            ("grants.json", NO_GRANTS),
        ])
    };
    files(&row("reader")).ends("check", 0, &["1 expectation holds"]);
    files(&format!("{}{}", row("reader"), row("writer"))).ends(
        "check",
        2,
        &["missing-statement", "1 answer is not given"],
    );
    files(&format!("{}{}", row("reader"), row("writer"))).ends("inputs", 2, &["missing-statement"]);
}

#[test]
fn a_limit_of_an_account_counts_for_everyone_in_it() {
    let target = "[[organization]]\nid = \"o-exampleorg\"\nmanagement_account = \"999999999999\"\n[[organization.target]]\nid = \"r-ab12\"\nscps = [\"scp.json\"]\nrcps = \"none\"\n[[organization.target]]\nid = \"111111111111\"\nparent = \"r-ab12\"\nscps = [\"scp.json\"]\nrcps = \"none\"\n";
    let manifest = format!("{}{target}", MANIFEST.replace("organization = \"none\"\n", ""));
    let scp = WRONG.replace(r#""Principal": "*", "#, "");
    let files = |reader| {
        Estate::of(&[
            ("decryptable.toml", &manifest),
            ("reader.json", reader),
            ("writer.json", READS),
            ("s3/p.json", SAYS_NOTHING),
            ("grants.json", NO_GRANTS),
            ("scp.json", &scp),
        ])
    };
    files(READS).ends("can reader s3://tables/plain/x", 2, &["invalid-effect"]);
    // Whatever it says, a role without a permission has none.
    let nothing = READS.replace("s3:GetObject", "s3:PutObject");
    files(&nothing).ends("can reader s3://tables/plain/x", 1, &["DENIED", "invalid-effect"]);
}

#[test]
fn what_the_manifest_says_wrongly_stops_every_answer() {
    let estate =
        Estate::of(&[("decryptable.toml", "version = 1\n[[rol]]\narn = \"x\"\n"), ("a.yaml", TEMPLATE)]);
    estate.ends("can reader s3://tables/x --input a.yaml", 2, &["decryptable.toml:2"]);
}

#[test]
fn estates_are_compared_where_the_error_is_elsewhere() {
    let listener = "Resources:\n  L:\n    Type: AWS::ElasticLoadBalancingV2::Listener\n    Properties: {Port: 443, Port: 80}\n";
    let estate = Estate::of(&[("old/a.yaml", TEMPLATE), ("new/a.yaml", TEMPLATE), ("new/lb.yaml", listener)]);
    estate.ends("diff old new --isolated", 0, &["duplicate-key"]);
    let damaged = TEMPLATE.replace("RoleName: reader", "RoleName: [reader");
    let estate = Estate::of(&[("old/a.yaml", TEMPLATE), ("new/a.yaml", TEMPLATE), ("new/b.yaml", &damaged)]);
    estate.ends("diff old new --isolated", 2, &["yaml-syntax"]);
}

#[test]
fn the_library_gives_the_same_answers() {
    let estate = told(READS, "{}", SAYS_NOTHING, NO_GRANTS);
    let workspace = decryptable::workspace::Workspace::open(Path::new(estate.0.path())).unwrap();
    assert!(workspace.can("reader", "read", "s3://tables/plain/x").is_ok());
    assert!(workspace.can("writer", "read", "s3://tables/plain/x").is_err());
}
