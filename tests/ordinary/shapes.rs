//! The shapes that files have after tools went over them: lists of documents, parts of plans, stacks without resources.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests may fail loudly")]
#![cfg(feature = "cli")]

use std::fs;

use serde_json::{Value, json};

use crate::binary;

#[track_caller]
fn ends(files: &[(&str, String)], line: &str, code: i32, says: &[&str]) -> String {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join(".git")).unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let arguments: Vec<&str> = line.split(' ').collect();
    let output = binary::run(dir.path(), &arguments, "");
    let text = [output.stdout, output.stderr].map(|stream| String::from_utf8(stream).unwrap()).concat();
    assert_eq!(output.status.code(), Some(code), "{line}\n{text}");
    for part in says {
        assert!(text.contains(part), "`{part}` after `{line}`\n{text}");
    }
    text
}

fn plan() -> Value {
    let reads = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}).to_string();
    let role = json!({"name": "job", "path": "/", "inline_policy": [{"name": "p", "policy": reads}]});
    let change = |kind: &str, after: &Value| json!({"address": format!("{kind}.a"), "mode": "managed", "type": kind, "name": "a", "change": {"actions": ["create"], "before": null, "after": after, "after_unknown": {}}});
    let planned = |kind: &str, values: &Value| json!({"address": format!("{kind}.a"), "mode": "managed", "type": kind, "name": "a", "values": values});
    let bucket = json!({"bucket": "data"});
    json!({
        "format_version": "1.2",
        "resource_changes": [change("aws_iam_role", &role), change("aws_s3_bucket", &bucket)],
        "planned_values": {"root_module": {"resources": [planned("aws_iam_role", &role), planned("aws_s3_bucket", &bucket)]}},
    })
}

#[test]
fn parts_of_a_plan_are_read() {
    let plan = plan();
    let mut of_old = plan.clone();
    of_old["format_version"] = "0.1".into();
    let changes = plan["resource_changes"].clone();
    for (text, code) in [
        (plan.clone(), 0),
        (of_old, 0),
        (json!({"resource_changes": changes}), 0),
        (changes, 0),
        // Whether the bucket is new, only the changes say.
        (json!({"planned_values": plan["planned_values"]}), 4),
    ] {
        let files = [("plan.json", text.to_string())];
        ends(&files, "can job s3://data/x --isolated --input plan.json", code, &["aws_iam_role.a"]);
    }
}

#[test]
fn documents_in_a_list_are_read_one_by_one() {
    let item = |name: &str| {
        json!({"configurationItemVersion": "1.3", "configurationItemStatus": "OK", "configurationItemCaptureTime": "2026-01-01T00:00:00.000Z",
            "awsAccountId": "111111111111", "resourceType": "AWS::IAM::Role", "resourceId": name, "resourceName": name,
            "ARN": format!("arn:aws:iam::111111111111:role/{name}"),
            "configuration": {"roleName": name, "arn": format!("arn:aws:iam::111111111111:role/{name}"), "path": "/", "rolePolicyList": [], "attachedManagedPolicies": []}})
    };
    let list = json!([item("one"), item("two")]).to_string();
    ends(&[("items.json", list)], "inputs --isolated items.json", 0, &["role/one", "role/two"]);
    let other = json!([{"a": 1}]).to_string();
    ends(&[("other.json", other)], "inputs --isolated other.json", 2, &["unknown-input"]);
}

#[test]
fn a_stack_of_the_cdk_may_make_nothing() {
    let manifest = json!({"version": "36.0.0", "artifacts": {"Empty": {"type": "aws:cloudformation:stack", "environment": "aws://111111111111/eu-west-1", "properties": {"templateFile": "Empty.template.json"}}}}).to_string();
    let template =
        json!({"Parameters": {"BootstrapVersion": {"Type": "String", "Default": "1"}}}).to_string();
    let files = [("cdk.out/manifest.json", manifest), ("cdk.out/Empty.template.json", template)];
    let text = ends(&files, "inputs --isolated cdk.out", 0, &["no resources"]);
    assert!(!text.contains("add it to the run"), "{text}");
}

#[test]
fn pseudo_parameters_are_given_to_every_template() {
    let template = |name: &str| {
        format!(
            "Resources:\n  {name}:\n    Type: AWS::IAM::Role\n    Properties:\n      RoleName: !Sub '{name}-${{AWS::Partition}}'\n      AssumeRolePolicyDocument: {{Version: '2012-10-17', Statement: [{{Effect: Allow, Principal: {{Service: ec2.amazonaws.com}}, Action: sts:AssumeRole}}]}}\n"
        )
    };
    let files = [("a.yaml", template("A")), ("b.yaml", template("B"))];
    for role in ["A-aws-cn", "B-aws-cn"] {
        let line = format!("trust {role} --isolated --input . --parameter AWS::Partition=aws-cn");
        ends(&files, &line, 0, &[role, "ec2.amazonaws.com"]);
    }
}

#[test]
fn an_organization_is_proposed_where_its_policies_are() {
    let scp = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}]}).to_string();
    let says = ["# [[organization]]", "# scps = [\"scps/deny.json\"]"];
    ends(&[("scps/deny.json", scp.clone())], "init --isolated --stdout", 0, &says);
    let text = ends(&[("policies/deny.json", scp)], "init --isolated --stdout", 0, &[]);
    assert!(!text.contains("[[organization]]"), "{text}");
}

#[test]
fn groups_that_a_manifest_leaves_out_are_listed() {
    let user = json!({"UserDetailList": [{"UserName": "ann", "Path": "/", "UserId": "AIDAEXAMPLE", "Arn": "arn:aws:iam::111111111111:user/ann", "GroupList": ["readers"], "AttachedManagedPolicies": []}], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}).to_string();
    ends(&[("dump.json", user)], "inputs --isolated -v dump.json", 0, &["policies of its groups"]);
}
