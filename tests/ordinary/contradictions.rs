//! Facts that contradict each other, grants that nearly fit, and many rows that do not hold.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests may fail loudly")]

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::binary;

fn lay_out(files: &[(&str, String)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn out(folder: &Path, arguments: &[&str]) -> String {
    String::from_utf8(binary::run(folder, arguments, "").stdout).unwrap()
}

fn template(service: &str) -> String {
    format!(
        "Resources:\n  Role:\n    Type: AWS::IAM::Role\n    Properties:\n      RoleName: job\n      AssumeRolePolicyDocument:\n        \
         Version: \"2012-10-17\"\n        Statement:\n          - Effect: Allow\n            Principal: {{Service: {service}}}\n            \
         Action: sts:AssumeRole\n  Run:\n    Type: AWS::StepFunctions::StateMachine\n    Properties:\n      StateMachineName: nightly\n      \
         RoleArn: !GetAtt Role.Arn\n      DefinitionString: \"{{}}\"\n"
    )
}

/// A service may be named as it is called in one Region.
#[test]
fn a_workload_that_its_role_keeps_out() {
    for (service, is_shut) in [
        ("ec2.amazonaws.com", true),
        ("states.amazonaws.com", false),
        ("states.us-east-1.amazonaws.com", false),
        ("!Sub \"states.${AWS::Region}.amazonaws.com\"", false),
    ] {
        let folder = lay_out(&[("t.yaml", template(service))]);
        let found = out(folder.path(), &["--isolated", "check", "t.yaml", "--format", "json"]);
        assert_eq!(found.contains("workload-cannot-assume"), is_shut, "{service}: {found}");
    }
}

const KEY: &str = "arn:aws:kms:us-east-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const ROLE: &str = "arn:aws:iam::111111111111:role/app/reader";

/// An estate whose key lets the reader in by a grant alone, and 12 rows about it.
fn granted(grantee: &str, operations: &[&str], constraints: &Value) -> TempDir {
    let mut manifest = format!(
        "version = 1\n[[account]]\nid = \"111111111111\"\norganization = \"none\"\n[[role]]\narn = \"{ROLE}\"\npolicies = \"id.json\"\nboundary = \
         \"none\"\n[[key]]\narn = \"{KEY}\"\nmanager = \"customer\"\nstate = \"Enabled\"\npolicy = \"default\"\ngrants = \
         \"grants.json\"\n[[bucket]]\nname = \"lake\"\naccount = \"222222222222\"\nregion = \"us-east-1\"\npolicy = \"bucket.json\"\nownership = \
         \"BucketOwnerEnforced\"\npublic_access_block = \"none\"\n[[object]]\nuri = \"s3://lake/*\"\nencryption = {{ type = \"aws:kms\", key = \
         \"{KEY}\", bucket_key = true }}\nstorage_class = \"STANDARD\"\n"
    );
    for row in 0..12 {
        manifest +=
            &format!("[[expect]]\nrole = \"{ROLE}\"\nread = \"s3://lake/{row}\"\nverdict = \"allowed\"\n");
    }
    let policy = |statement: Value| json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    let grant = json!({
        "KeyId": KEY, "GrantId": "one", "GranteePrincipal": grantee, "Operations": operations, "Constraints": constraints,
        "IssuingAccount": "arn:aws:iam::222222222222:root",
    });
    lay_out(&[
        ("decryptable.toml", manifest),
        (
            "id.json",
            policy(json!({"Effect": "Allow", "Action": ["s3:GetObject", "kms:Decrypt"], "Resource": "*"})),
        ),
        (
            "bucket.json",
            policy(
                json!({"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*"}),
            ),
        ),
        ("grants.json", json!({"Grants": [grant]}).to_string()),
    ])
}

/// The elements and causes of the nearest grant.
fn nearest(folder: &Path) -> Vec<(String, String)> {
    let answer: Value =
        serde_json::from_str(&out(folder, &["can", ROLE, "s3://lake/0", "--format", "json"])).unwrap();
    let gates = answer["legs"].as_array().unwrap().iter().flat_map(|leg| leg["gates"].as_array().unwrap());
    let near: Vec<&Value> = gates.flat_map(|gate| gate["near"].as_array().into_iter().flatten()).collect();
    let Some(first) = near.iter().find(|near| near["document"] == "grants.json") else { return Vec::new() };
    let text = |miss: &Value, member: &str| miss[member].as_str().unwrap_or_default().to_owned();
    first["misses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|miss| (text(miss, "element"), text(miss, "cause")))
        .collect()
}

#[test]
fn a_grant_that_nearly_fits() {
    let pair = |element: &str, cause: &str| vec![(element.to_owned(), cause.to_owned())];
    let object = json!({"EncryptionContextSubset": {"aws:s3:arn": "arn:aws:s3:::lake/0"}});
    for (grantee, operations, constraints, wanted) in [
        (ROLE, &["Decrypt"][..], &object, pair("condition", "bucket-context")),
        (ROLE, &["Encrypt", "DescribeKey"], &json!({}), pair("action", "")),
        ("arn:aws:iam::111111111111:role/reader", &["Decrypt"], &json!({}), pair("principal", "role-path")),
        ("arn:aws:iam::111111111111:role/somebody", &["Decrypt"], &json!({}), Vec::new()),
    ] {
        let folder = granted(grantee, operations, constraints);
        assert_eq!(nearest(folder.path()), wanted, "{grantee} {operations:?}");
    }
}

/// The first row of a cause is told, the others are counted, and the failures come last.
#[test]
fn many_rows_are_grouped() {
    let folder = granted(ROLE, &["Encrypt"], &json!({}));
    let text = out(folder.path(), &["check"]);
    assert_eq!(text.matches("FAILS").count(), 1, "{text}");
    assert!(text.contains("11 more with the same cause"), "{text}");
    let (summary, failure) = (text.find("0 of 12").unwrap(), text.find("FAILS").unwrap());
    assert!(summary < failure, "{text}");
    let all = out(folder.path(), &["check", "--verbose"]);
    assert_eq!(all.matches("FAILS").count(), 12, "{all}");
}
