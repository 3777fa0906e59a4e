//! What a plan and a template call a place: nobody edits line 1 of a plan.
#![allow(clippy::panic, clippy::unwrap_used, reason = "tests may fail loudly")]
#![cfg(feature = "cli")]

use std::fs;

use serde_json::{Value, json};

use crate::binary;

fn can(name: &str, text: &str, role: &str, object: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join(".git")).unwrap();
    fs::write(dir.path().join(name), text).unwrap();
    let output = binary::run(dir.path(), &["can", role, object, "--isolated", "--input", name], "");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn document(statement: &Value) -> String {
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

#[test]
fn a_plan_is_told_by_addresses() {
    let provider = "registry.terraform.io/hashicorp/aws";
    let reads = document(&json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}));
    let trust = document(
        &json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}),
    );
    let of_key = json!([{"apply_server_side_encryption_by_default": [{"kms_master_key_id": {"references": ["aws_kms_key.own.arn", "aws_kms_key.own"]}, "sse_algorithm": {"constant_value": "aws:kms"}}]}]);
    let resources = [
        (
            "aws_iam_role.job",
            json!({"name": "job", "path": "/", "assume_role_policy": trust}),
            json!({}),
            json!({}),
        ),
        (
            "aws_iam_role_policy.reads",
            json!({"name": "reads", "role": "job", "policy": reads}),
            json!({}),
            json!({}),
        ),
        (
            "aws_kms_key.own",
            json!({"is_enabled": true}),
            json!({"arn": true, "key_id": true, "policy": true}),
            json!({}),
        ),
        ("aws_s3_bucket.data", json!({"bucket": "data"}), json!({}), json!({})),
        (
            "aws_s3_bucket_server_side_encryption_configuration.data",
            json!({"bucket": "data", "rule": [{"apply_server_side_encryption_by_default": [{"sse_algorithm": "aws:kms"}]}]}),
            json!({"rule": [{"apply_server_side_encryption_by_default": [{"kms_master_key_id": true}]}]}),
            json!({"rule": of_key}),
        ),
    ];
    let parts = |address: &str| {
        let (kind, name) = address.split_once('.').unwrap();
        (kind.to_owned(), name.to_owned())
    };
    let changes = resources.iter().map(|(address, after, unknown, _)| {
        let (kind, name) = parts(address);
        json!({"address": address, "mode": "managed", "type": kind, "name": name, "provider_name": provider,
            "change": {"actions": ["create"], "before": null, "after": after, "after_unknown": unknown}})
    });
    let configured = resources.iter().map(|(address, _, _, expressions)| {
        let (kind, name) = parts(address);
        json!({"address": address, "mode": "managed", "type": kind, "name": name, "provider_config_key": "aws", "expressions": expressions})
    });
    let plan = json!({
        "format_version": "1.2",
        "resource_changes": changes.collect::<Vec<_>>(),
        "configuration": {
            "provider_config": {"aws": {"name": "aws", "full_name": provider, "expressions": {"region": {"constant_value": "eu-west-1"}}}},
            "root_module": {"resources": configured.collect::<Vec<_>>()},
        },
    });
    let text = can("plan.json", &plan.to_string(), "aws_iam_role.job", "s3://data/x");
    let squeezed = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "s3:GetObject ✓ identity policy plan.json:1 › aws_iam_role_policy.reads /Statement/0",
        "aws_iam_role_policy.reads does not allow this kms:Decrypt",
        "add to aws_iam_role_policy.reads (plan.json):",
        "\"Resource\": \"${aws_kms_key.own.arn}\"",
    ] {
        assert!(squeezed.contains(part), "{part}\n{text}");
    }
    assert!(!text.contains("resource_changes"), "{text}");
}

#[test]
fn a_template_is_told_by_its_functions() {
    let template = "Resources:\n  Key: {Type: AWS::KMS::Key}\n  Data: {Type: AWS::S3::Bucket, Properties: {BucketEncryption: {ServerSideEncryptionConfiguration: [{ServerSideEncryptionByDefault: {SSEAlgorithm: 'aws:kms', KMSMasterKeyID: !Ref Key}}]}}}\n  Job: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: sts:AssumeRole}]}, Policies: [{PolicyName: p, PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: s3:ListBucket, Resource: '*'}]}}]}}\n";
    let text = can("t.yaml", template, "Job", "s3://Data/x");
    let squeezed = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(squeezed.contains("\"Resource\": {\"Fn::Sub\": \"${Data.Arn}/x\"}"), "{text}");
    let reads = template.replace("s3:ListBucket", "s3:GetObject");
    let text = can("t.yaml", &reads, "Job", "s3://Data/x");
    let squeezed = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(squeezed.contains("\"Resource\": {\"Fn::GetAtt\": [\"Key\", \"Arn\"]}"), "{text}");
}
