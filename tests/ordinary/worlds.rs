//! Files that name alike things alike, and accounts that no file names: dev and prod are never taken for one.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests may fail loudly")]
#![cfg(feature = "cli")]

use std::fs;

use serde_json::{Value, json};

use crate::binary;

fn estate(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join(".git")).unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

/// How a command line ends, and all that it prints.
#[track_caller]
fn ends(dir: &tempfile::TempDir, arguments: &[&str], code: i32, says: &[&str]) -> String {
    let output = binary::run(dir.path(), arguments, "");
    let streams = [&output.stdout, &output.stderr].map(|stream| String::from_utf8_lossy(stream).into_owned());
    let text = streams.concat();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{text}");
    for part in says {
        assert!(text.contains(part), "`{part}` after {arguments:?}\n{text}");
    }
    text
}

fn template(stage: &str) -> String {
    format!(
        r#"
Resources:
  Job:
    Type: AWS::IAM::Role
    Properties:
      RoleName: job
      AssumeRolePolicyDocument: {{Version: "2012-10-17", Statement: [{{Effect: Allow, Principal: {{Service: ec2.amazonaws.com}}, Action: sts:AssumeRole}}]}}
      Policies: [{{PolicyName: p, PolicyDocument: {{Version: "2012-10-17", Statement: [{{Effect: Allow, Action: s3:GetObject, Resource: "arn:aws:s3:::*"}}]}}}}]
  Data: {{Type: AWS::S3::Bucket, Properties: {{BucketName: data-{stage}}}}}
"#
    )
}

#[test]
fn a_role_of_two_templates_is_two_roles() {
    let (dev, prod) = (template("dev"), template("prod"));
    let files = [("dev/iam.yaml", dev.as_str()), ("prod/iam.yaml", prod.as_str())];
    let dir = estate(&files);
    let text = ends(&dir, &["inputs", "--isolated", "."], 0, &["[[bind]] with file = \"dev/iam.yaml\""]);
    assert!(!text.contains("conflicting"), "{text}");
    let names = ["more than one role", "`dev/iam.yaml.Job` or `prod/iam.yaml.Job`", "[[bind]]"];
    ends(&dir, &["can", "job", "s3://data-dev/x", "--isolated", "--input", "."], 2, &names);
    let can = |role, object| ["can", role, object, "--isolated", "--input", "."];
    ends(&dir, &can("dev/iam.yaml.Job", "s3://data-dev/x"), 0, &["same account"]);
    ends(&dir, &can("prod/iam.yaml.Job", "s3://data-prod/x"), 0, &["same account"]);
    ends(&dir, &can("dev/iam.yaml.Job", "s3://data-prod/x"), 4, &["is not known: add [[bind]]"]);
    // Their accounts once said, nothing is open.
    let bind = |stage, account| format!("[[bind]]\nfile = \"{stage}/iam.yaml\"\naccount = \"{account}\"\n");
    let both = format!("version = 1\n{}{}", bind("dev", "111111111111"), bind("prod", "222222222222"));
    let dir = estate(&[files[0], files[1], ("decryptable.toml", &both)]);
    let dev = "arn:aws:iam::111111111111:role/job";
    ends(&dir, &["can", dev, "s3://data-dev/x"], 0, &["same account"]);
    ends(&dir, &["can", dev, "s3://data-prod/x"], 1, &["cross-account"]);
    // In one account there can be one of them, and that is said with the way out.
    let one = format!("version = 1\n{}{}", bind("dev", "111111111111"), bind("prod", "111111111111"));
    let dir = estate(&[files[0], files[1], ("decryptable.toml", &one)]);
    ends(&dir, &["can", dev, "s3://data-dev/x"], 2, &["conflicting", "deployed to two accounts", "[[bind]]"]);
}

#[test]
fn templates_that_share_no_name_are_of_one_account() {
    let role = template("dev");
    let bucket = "Resources:\n  Logs: {Type: AWS::S3::Bucket, Properties: {BucketName: logs}}\n";
    let dir = estate(&[("iam.yaml", &role), ("logs.yaml", bucket)]);
    ends(&dir, &["can", "job", "s3://logs/x", "--isolated", "--input", "."], 0, &["same account"]);
}

/// A plan that makes a role `NAME` that may read everything, and a bucket `NAME-data` with another provider if one is
/// given.
fn plan(name: &str, of_bucket: Option<Value>) -> String {
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}]}).to_string();
    let reads = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}).to_string();
    let bucket_provider = if of_bucket.is_some() { "aws.data" } else { "aws" };
    let resources = [
        (
            "aws_iam_role.job",
            "aws",
            json!({"name": name, "path": "/", "assume_role_policy": trust, "inline_policy": [{"name": "p", "policy": reads}]}),
        ),
        ("aws_s3_bucket.data", bucket_provider, json!({"bucket": format!("{name}-data")})),
    ];
    let provider = "registry.terraform.io/hashicorp/aws";
    let change = |(address, _, after): &(&str, &str, Value)| {
        let (kind, own) = address.split_once('.').unwrap();
        json!({"address": address, "mode": "managed", "type": kind, "name": own, "provider_name": provider,
            "change": {"actions": ["create"], "before": null, "after": after, "after_unknown": {"arn": true, "id": true}}})
    };
    let configured = |(address, key, _): &(&str, &str, Value)| {
        let (kind, own) = address.split_once('.').unwrap();
        json!({"address": address, "mode": "managed", "type": kind, "name": own, "provider_config_key": key, "expressions": {}})
    };
    let mut providers = json!({"aws": {"name": "aws", "full_name": provider, "expressions": {"region": {"constant_value": "eu-west-1"}}}});
    if let Some(expressions) = of_bucket {
        providers["aws.data"] =
            json!({"name": "aws", "alias": "data", "full_name": provider, "expressions": expressions});
    }
    json!({
        "format_version": "1.2",
        "resource_changes": resources.iter().map(change).collect::<Vec<_>>(),
        "configuration": {"provider_config": providers, "root_module": {"resources": resources.iter().map(configured).collect::<Vec<_>>()}},
    })
    .to_string()
}

#[test]
fn what_one_provider_makes_is_in_one_account() {
    let can = ["can", "job", "s3://job-data/x", "--isolated", "--input", "plan.json"];
    let dir = estate(&[("plan.json", &plan("job", None))]);
    ends(&dir, &can, 0, &["same account"]);
    let other_region = json!({"region": {"constant_value": "us-east-1"}});
    let dir = estate(&[("plan.json", &plan("job", Some(other_region)))]);
    ends(&dir, &can, 0, &["same account"]);
    // Other credentials may be of another account.
    let other = json!({"assume_role": [{"role_arn": {"references": ["var.role"]}}]});
    let dir = estate(&[("plan.json", &plan("job", Some(other)))]);
    ends(&dir, &can, 4, &["the account of provider aws.data in plan.json is not known", "[[bind]]"]);
}

#[test]
fn several_plans_are_of_several_accounts() {
    let dir = estate(&[("dev.json", &plan("job", None)), ("prod.json", &plan("etl", None))]);
    let can = |role, object| ["can", role, object, "--isolated", "--input", "."];
    ends(&dir, &can("job", "s3://job-data/x"), 0, &["same account"]);
    ends(&dir, &can("job", "s3://etl-data/x"), 4, &["[[bind]]"]);
    // Of one name they are two roles all the same.
    let dir = estate(&[("dev.json", &plan("job", None)), ("prod.json", &plan("job", None))]);
    ends(&dir, &can("job", "s3://job-data/x"), 2, &["more than one role is called `job`"]);
}
