//! Files of tools that are not read get the command that makes something readable of them, and no advice about JSON.
#![allow(clippy::panic, clippy::unwrap_used, reason = "tests may fail loudly")]
#![cfg(feature = "cli")]

use std::fs;

use crate::binary;

/// What a command line in a directory with these files prints, on one line, and how it ends.
fn ends(files: &[(&str, &str)], line: &str) -> (Option<i32>, String) {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join(".git")).unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let arguments: Vec<&str> = line.split(' ').collect();
    let output = binary::run(dir.path(), &arguments, "");
    let streams = [&output.stdout, &output.stderr].map(|stream| String::from_utf8_lossy(stream).into_owned());
    (output.status.code(), streams.concat().split_whitespace().collect::<Vec<_>>().join(" "))
}

#[test]
fn source_of_other_tools_is_led_on() {
    for (name, text, help) in [
        ("terragrunt.hcl", "terraform {\n}\n", "terragrunt show -json plan.bin > plan.json"),
        (
            "serverless.yml",
            "service: x\nprovider: {name: aws}\n",
            ".serverless/cloudformation-template-update-stack.json",
        ),
        ("Pulumi.yaml", "name: x\nruntime: yaml\n", "which is not read"),
        ("chart/sa.yaml", "kind: {{ .Values.kind }}\n", "helm template"),
    ] {
        for command in ["lint", "inputs"] {
            let (code, text) = ends(&[(name, text)], &format!("{command} --isolated {name}"));
            assert_eq!(code, Some(2), "{command} {name}: {text}");
            assert!(text.contains(help), "{command} {name}: {text}");
            assert!(!text.contains("json-syntax-error") && !text.contains("double quotes"), "{text}");
        }
    }
    let (code, text) = ends(&[("infra/terragrunt.hcl", "")], "inputs --isolated infra");
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("only Terragrunt source") && text.contains("terragrunt plan"), "{text}");
}

#[test]
fn placeholders_are_named() {
    for text in [
        "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": ${ACTIONS}, \"Resource\": \"*\"}]}",
        "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"s3:GetObject\", \"Resource\": \"{{bucket_arn}}\"}]}",
    ] {
        let (_, text) = ends(&[("p.json", text)], "lint --isolated p.json");
        assert!(text.contains("fill the placeholder in"), "{text}");
    }
    let function = "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"s3:GetObject\", \"Resource\": {\"Fn::Sub\": \"${B.Arn}/*\"}}]}";
    let (_, text) = ends(&[("p.json", function)], "check --isolated .");
    assert!(text.contains("name the template that it is from"), "{text}");
}

#[test]
fn lint_reads_yaml() {
    let template = "  Resources:\n    P:\n      Type: AWS::IAM::ManagedPolicy\n      Properties: {PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, NotAction: 'iam:*', Resource: '*'}]}}\n";
    let (code, text) = ends(&[("t.yaml", template)], "lint --isolated t.yaml");
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("allow-not-action"), "{text}");
    let account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, annotations: {eks.amazonaws.com/role-arn: 'arn:aws:iam::111111111111:role/a'}}\n";
    let (code, text) = ends(&[("sa.yaml", account)], "lint --isolated sa.yaml");
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("a manifest of Kubernetes, and no policy was found"), "{text}");
}
