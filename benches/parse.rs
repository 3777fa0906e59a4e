//! How fast policies are read, beside `serde_json` on the same text in the same run.

#![allow(clippy::unwrap_used, reason = "a benchmark may fail loudly")]

use std::fmt::Write as _;

use decryptable::json::{parse, parse_at, skim};
use decryptable::source::SourceId;
use decryptable::yaml;
use divan::counter::BytesCount;
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

/// The shapes policies come in.
const SHAPES: &[&str] = &["compact", "pretty", "embedded"];

/// About a megabyte of statements: compact, pretty, or as strings inside a document.
fn document(shape: &str) -> String {
    let mut statements = Vec::new();
    let mut size = 0;
    for i in 0.. {
        let statement = serde_json::json!({
            "Sid": format!("AllowUseOfTheKey{i}"),
            "Effect": if i % 7 == 0 { "Deny" } else { "Allow" },
            "Principal": {"AWS": [format!("arn:aws:iam::{:012}:role/team-{i}/reader", i * 7919 % 1_000_000)]},
            "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey*", "s3:GetObject"],
            "Resource": [format!("arn:aws:s3:::lake-{}/raw/year=2026/*", i % 100), "*"],
            "Condition": {
                "StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com", "aws:PrincipalOrgID": "o-a1b2c3d4e5"},
                "Bool": {"aws:SecureTransport": true},
                "NumericLessThan": {"aws:MultiFactorAuthAge": 3600}
            }
        });
        size += statement.to_string().len();
        statements.push(statement);
        if size > 1_000_000 {
            break;
        }
    }
    let policy = |statements: &[serde_json::Value]| serde_json::json!({"Version": "2012-10-17", "Statement": statements});
    match shape {
        "compact" => policy(&statements).to_string(),
        "pretty" => serde_json::to_string_pretty(&policy(&statements)).unwrap(),
        _ => {
            let mut lines = String::from("[");
            for (i, few) in statements.chunks(4).enumerate() {
                let comma = if i == 0 { "" } else { "," };
                let inside = serde_json::Value::String(policy(few).to_string());
                write!(lines, "{comma}{{\"PolicyName\":\"p{i}\",\"PolicyDocument\":{inside}}}").unwrap();
            }
            lines + "]"
        }
    }
}

fn bench<R>(bencher: Bencher<'_, '_>, shape: &str, read: impl Fn(&str) -> R + Sync) {
    let text = document(shape);
    bencher.counter(BytesCount::of_str(&text)).bench(|| read(black_box(&text)));
}

#[divan::bench(args = SHAPES)]
fn ours(bencher: Bencher<'_, '_>, shape: &str) {
    let text = document(shape);
    bencher.counter(BytesCount::of_str(&text)).bench(|| parse(SourceId::LONE, black_box(&text)));
}

#[divan::bench(args = SHAPES)]
fn serde_json_value(bencher: Bencher<'_, '_>, shape: &str) {
    bench(bencher, shape, |text| serde_json::from_str::<serde_json::Value>(text).unwrap());
}

#[divan::bench(args = SHAPES)]
fn serde_json_ignored(bencher: Bencher<'_, '_>, shape: &str) {
    bench(bencher, shape, |text| serde_json::from_str::<serde::de::IgnoredAny>(text).unwrap());
}

/// About four megabytes of a plan: pretty or on one line, little of it about AWS IAM.
fn plan(shape: &str) -> String {
    let resource = |i: usize| {
        let role = i.is_multiple_of(20);
        let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;
        let values = if role {
            serde_json::json!({"name": format!("reader-{i}"), "assume_role_policy": policy, "path": "/"})
        } else {
            serde_json::json!({
                "ami": "ami-0123456789abcdef0", "instance_type": "m7g.large", "ebs_optimized": true, "hibernation": null,
                "tags": {"Name": format!("worker-{i}"), "Team": "data \"lake\""}, "user_data_replace_on_change": false,
                "root_block_device": [{"volume_size": 100, "volume_type": "gp3", "encrypted": true, "tags": {}}],
                "vpc_security_group_ids": ["sg-0123456789abcdef0", "sg-0fedcba9876543210"]
            })
        };
        let kind = if role { "aws_iam_role" } else { "aws_instance" };
        serde_json::json!({
            "address": format!("module.m{}.{kind}.r{i}", i % 40), "mode": "managed", "type": kind, "name": format!("r{i}"),
            "provider_name": "registry.terraform.io/hashicorp/aws", "change": {"actions": ["create"], "before": null,
            "after": values, "after_unknown": {"id": true, "arn": true, "tags_all": {}}, "before_sensitive": false}
        })
    };
    let changes: Vec<_> = (0..4000).map(resource).collect();
    let plan = serde_json::json!({"format_version": "1.2", "terraform_version": "1.9.8", "resource_changes": changes});
    if shape == "compact" { plan.to_string() } else { serde_json::to_string_pretty(&plan).unwrap() }
}

const PLANS: &[&str] = &["compact", "pretty"];

fn bench_plan<R>(bencher: Bencher<'_, '_>, shape: &str, read: impl Fn(&str) -> R + Sync) {
    let text = plan(shape);
    bencher.counter(BytesCount::of_str(&text)).bench(|| read(black_box(&text)));
}

/// Over all of it.
#[divan::bench(args = PLANS)]
fn plan_skimmed(bencher: Bencher<'_, '_>, shape: &str) {
    bench_plan(bencher, shape, |text| {
        let root = skim::root(SourceId::LONE, text).unwrap();
        skim::pick(text, root, ["format_version", "resource_changes"]).unwrap()
    });
}

/// The type of every resource looked at, and what is about roles read.
#[divan::bench(args = PLANS)]
fn plan_picked(bencher: Bencher<'_, '_>, shape: &str) {
    bench_plan(bencher, shape, |text| {
        let root = skim::root(SourceId::LONE, text).unwrap();
        let changes = skim::member(text, root, "resource_changes").unwrap();
        let mut read = 0;
        for change in skim::elements(text, changes).unwrap() {
            let change = change.unwrap();
            let kind = skim::member(text, change, "type").and_then(|at| skim::string(text, at));
            if kind.as_deref() == Some("aws_iam_role") {
                read += usize::from(parse_at(text, change).problems.is_empty());
            }
        }
        assert_eq!(read, 200);
    });
}

#[divan::bench(args = PLANS)]
fn plan_ours(bencher: Bencher<'_, '_>, shape: &str) {
    let text = plan(shape);
    bencher.counter(BytesCount::of_str(&text)).bench(|| parse(SourceId::LONE, black_box(&text)));
}

#[divan::bench(args = PLANS)]
fn plan_serde_json_ignored(bencher: Bencher<'_, '_>, shape: &str) {
    bench_plan(bencher, shape, |text| serde_json::from_str::<serde::de::IgnoredAny>(text).unwrap());
}

/// About a megabyte of a CloudFormation template: roles with their policies, encrypted buckets and keys.
fn template() -> String {
    let mut text = String::from("AWSTemplateFormatVersion: '2010-09-09'\nResources:\n");
    for i in 0.. {
        write!(
            text,
            r#"  # what team {i} reads
  ReaderRole{i}:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Sub "${{AWS::StackName}}-reader-{i}"
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {{Service: lambda.amazonaws.com}}
            Action: sts:AssumeRole
      ManagedPolicyArns:
        - !Sub arn:${{AWS::Partition}}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole
      Policies:
        - PolicyName: read-lake
          PolicyDocument:
            Version: '2012-10-17'
            Statement:
              - Sid: ReadObjects
                Effect: Allow
                Action: [s3:GetObject, s3:GetObjectVersion]
                Resource: !Join ['', ['arn:aws:s3:::', !Ref LakeBucket{i}, /raw/*]]
              - Sid: Decrypt
                Effect: Allow
                Action:
                  - kms:Decrypt
                  - kms:DescribeKey
                Resource: !GetAtt LakeKey{i}.Arn
                Condition:
                  StringEquals:
                    kms:ViaService: !Sub s3.${{AWS::Region}}.amazonaws.com
  LakeBucket{i}:
    Type: AWS::S3::Bucket
    DeletionPolicy: Retain
    Properties:
      BucketName: !If [HasName, !Ref Name, !Ref "AWS::NoValue"]
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - BucketKeyEnabled: true
            ServerSideEncryptionByDefault:
              SSEAlgorithm: aws:kms
              KMSMasterKeyID: !GetAtt LakeKey{i}.Arn
"#
        )
        .unwrap();
        if text.len() > 1_000_000 {
            return text;
        }
    }
    text
}

#[divan::bench]
fn yaml_template(bencher: Bencher<'_, '_>) {
    let text = template();
    assert_eq!(yaml::parse(SourceId::LONE, &text).problems, []);
    bencher.counter(BytesCount::of_str(&text)).bench(|| yaml::parse(SourceId::LONE, black_box(&text)));
}

/// The same with one character that is not ASCII, so that marks and bytes differ.
#[divan::bench]
fn yaml_template_with_an_accent(bencher: Bencher<'_, '_>) {
    let text = template().replacen("what", "où", 1);
    bencher.counter(BytesCount::of_str(&text)).bench(|| yaml::parse(SourceId::LONE, black_box(&text)));
}

/// What the library that reads the text takes of it.
#[divan::bench]
fn yaml_events_alone(bencher: Bencher<'_, '_>) {
    let text = template();
    bencher.counter(BytesCount::of_str(&text)).bench(|| {
        let events = saphyr_parser::Parser::new_from_str(black_box(&text));
        events.map(|event| black_box(event).is_ok()).filter(|good| *good).count()
    });
}
