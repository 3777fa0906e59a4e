//! Public policies of AWS for data perimeters, beside full access: what is said of them is what they do.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::ask::{ROLE, Random, contradiction, decision, is_too_complex, open, policy};

const FOLDERS: [&str; 3] = [
    "aws-samples+data-perimeter-policy-examples",
    "aws-samples+resource-control-policy-examples",
    "aws-samples+service-control-policy-examples",
];

fn files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/E_policies");
    let mut todo: Vec<PathBuf> = FOLDERS.iter().map(|f| root.join(f)).collect();
    let mut out = Vec::new();
    while let Some(path) = todo.pop() {
        if path.is_dir() {
            todo.extend(fs::read_dir(path).unwrap().map(|e| e.unwrap().path()));
        } else if path.extension().is_some_and(|e| e == "json") {
            out.push(path);
        }
    }
    out.sort();
    out
}

/// The text with values in the holes that its authors left: each hole its own, of the type that belongs there.
fn filled(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        let Some((name, behind)) = after.split_once('>') else { break };
        out.push_str(before);
        let number: u32 = name.bytes().map(u32::from).sum();
        out.push_str(&if name.contains("cidr") {
            "203.0.113.0/24".to_owned()
        } else if name.contains("region") && !name.contains("vpc-in") {
            if name.ends_with('2') { "us-west-2".to_owned() } else { "us-east-1".to_owned() }
        } else if name.contains("account") {
            format!("{:012}", 333_333_000_000_u64 + u64::from(number))
        } else if name.contains("my-vpc") {
            format!("vpc-{number:08x}")
        } else if name == "my-org-id" {
            "o-a1b2c3d4e5".to_owned()
        } else {
            name.to_owned()
        });
        rest = behind;
    }
    out + rest
}

/// The policy as one of a kind, and also for every action and resource, so that its conditions decide.
fn variants(document: &Value) -> Vec<(&'static str, Value)> {
    let written = &document["Statement"];
    let statements = written.as_array().map_or(std::slice::from_ref(written), Vec::as_slice);
    let shaped = |named: bool, widened: bool| -> Vec<Value> {
        let shape = |statement: &Value| {
            let mut statement = statement.clone();
            let members = statement.as_object_mut().unwrap();
            members.remove("Principal");
            if widened {
                for member in ["Action", "NotAction", "Resource", "NotResource"] {
                    members.remove(member);
                }
                members.insert("Action".into(), json!(["s3:*", "kms:*"]));
                members.insert("Resource".into(), "*".into());
            }
            if named {
                members.insert("Principal".into(), "*".into());
            }
            statement
        };
        statements.iter().map(shape).collect()
    };
    let full = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let beside = |named: bool, widened: bool| {
        let mut allow = full.clone();
        if named {
            allow["Principal"] = "*".into();
        }
        policy(&std::iter::once(allow).chain(shaped(named, widened)).collect::<Vec<_>>())
    };
    let mut out = Vec::new();
    for widened in [false, true] {
        out.push(("ServiceControlPolicyInputList", json!([[beside(false, widened)]])));
        out.push(("ResourceControlPolicyInputList", json!([[policy(&shaped(true, widened))]])));
        out.push(("ResourcePolicy", beside(true, widened)));
    }
    out
}

#[test]
#[ignore = "needs ../shared"]
fn perimeters_are_answered_exactly() {
    let files = files();
    let (mut count, mut refused, mut open_ones, mut written) = (0, 0, 0, 0);
    let mut random = Random(1);
    let mut wrong = Vec::new();
    for file in &files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let document: Value = serde_json::from_str(&filled(&fs::read_to_string(file).unwrap())).unwrap();
        for (member, value) in variants(&document) {
            for (action, resource) in [
                ("s3:GetObject", "arn:aws:s3:::data/x"),
                ("kms:Decrypt", "arn:aws:kms:us-east-1:111111111111:key/k"),
            ] {
                let mut request = json!({
                    "CallerArn": ROLE,
                    "ActionNames": [action],
                    "ResourceArns": [resource],
                    "ResourceOwner": "arn:aws:iam::111111111111:root",
                    "PolicyInputList": [policy(&[json!({"Effect": "Allow", "Action": "*", "Resource": "*"})])],
                });
                request[member] = value.clone();
                let answer = open(&request);
                if answer.is_null() {
                    // Such as a resource control policy that names actions by NotAction.
                    refused += 1;
                    continue;
                }
                count += 1;
                if decision(&answer) == "conditional" {
                    open_ones += 1;
                    written += usize::from(!answer["Conditions"].is_null());
                }
                if is_too_complex(&answer) {
                    wrong.push(format!("{name} as {member}, {action}: too complex"));
                }
                if let Some(what) = contradiction(&request, &answer, 40, &mut random) {
                    wrong.push(format!("{name} as {member}, {action}: {what}"));
                }
            }
        }
    }
    println!(
        "{} policies, {count} answers ({refused} refused), {open_ones} conditional, {written} with conditions",
        files.len()
    );
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 400 && written > 50, "{count} answers, {written} with conditions");
}
