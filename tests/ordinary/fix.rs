//! Every `fix` is carried out, and the question asked again: a proposed statement must open what it says it opens.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails loudly")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

/// More rounds than any chain of a Deny before a missing Allow needs.
const ROUNDS: usize = 3;

fn ask(folder: &Path, args: &[String]) -> Option<Value> {
    let output = Command::new(env!("CARGO_BIN_EXE_decryptable"))
        .arg("-C")
        .arg(folder)
        .arg("can")
        .args(args)
        .args(["--format", "json"])
        .output()
        .unwrap();
    serde_json::from_slice::<Value>(&output.stdout).ok().filter(|answer| answer["verdict"].is_string())
}

/// Where a pointer goes on inside a string that holds JSON: the string, and the rest of the pointer.
fn string_on_the_way<'p>(document: &Value, pointer: &'p str) -> Option<(&'p str, &'p str)> {
    let cuts = pointer.match_indices('/').map(|(at, _)| pointer.split_at(at)).skip(1);
    cuts.into_iter().find(|(before, _)| document.pointer(before).is_some_and(Value::is_string))
}

/// Put a statement where it belongs. False where the document is not in the file: a plan that leaves it to apply shows only
/// what it is made of.
fn apply(document: &mut Value, fix: &Value, pointer: &str) -> bool {
    if let Some((holder, rest)) = string_on_the_way(document, pointer) {
        let text = document.pointer_mut(holder).unwrap();
        let mut inner: Value = serde_json::from_str(text.as_str().unwrap()).unwrap();
        let done = apply(&mut inner, fix, rest);
        *text = Value::String(inner.to_string());
        return done;
    }
    let statement = fix["statement"].clone();
    if fix["kind"] == "add_statement" {
        let holder = pointer.strip_suffix("/Statement").unwrap();
        let Some(policy) = document.pointer_mut(holder).filter(|policy| policy.is_object()) else {
            return false;
        };
        let statements = &mut policy["Statement"];
        if !statements.is_array() {
            *statements = json!([statements.clone()]);
        }
        statements.as_array_mut().unwrap().push(statement);
        return true;
    }
    match document.pointer_mut(pointer).filter(|there| there.is_object()) {
        Some(there) => {
            *there = statement;
            true
        }
        None => false,
    }
}

/// Where the manifest says that there is no policy, the statement is a policy of its own.
fn write_anew(folder: &Path, name: &str, add: &Value) -> bool {
    let Some(bucket) = name.strip_prefix("bucket policy of ") else { return false };
    let manifest = folder.join("decryptable.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    let Some(at) = text.find(&format!("name = \"{bucket}\"")) else { return false };
    let (before, after) = text.split_at(at);
    fs::write(
        manifest,
        format!("{before}{}", after.replacen("policy = \"none\"", "policy = \"new.json\"", 1)),
    )
    .unwrap();
    let policy = json!({"Version": "2012-10-17", "Statement": [add]});
    fs::write(folder.join("new.json"), policy.to_string()).unwrap();
    true
}

/// A restriction is never dropped: what would meet it is said.
fn keeps_a_restriction(answer: &Value) -> bool {
    let fixes = answer["fix"].as_array().unwrap();
    let limits = |fix: &Value| {
        fix["kind"] == "elsewhere" && fix["why"].as_str().unwrap().contains("this is a restriction")
    };
    fixes.iter().any(limits)
}

/// Carries out what can be carried out; false when something is left for people to do.
fn carry_out(folder: &Path, answer: &Value) -> bool {
    let fixes = answer["fix"].as_array().unwrap();
    let mut all = !fixes.is_empty();
    for fix in fixes {
        let (name, statement) = (fix["document"].as_str().unwrap(), &fix["statement"]);
        let path = folder.join(name);
        if statement.is_null() {
            all = false;
        } else if path.is_file() {
            let text = fs::read_to_string(&path).unwrap();
            // Templates in YAML are for people.
            let Ok(mut document) = serde_json::from_str::<Value>(&text) else { return false };
            all &= apply(&mut document, fix, fix["pointer"].as_str().unwrap());
            fs::write(path, document.to_string()).unwrap();
        } else {
            all &= write_anew(folder, name, statement);
        }
    }
    all
}

/// What became of a denial once its fixes were carried out.
enum Outcome {
    NotDenied,
    Restricted,
    ForPeople,
    Opened,
    StillClosed(Value),
}

fn mend(folder: &Path, args: &[String]) -> Outcome {
    let Some(mut answer) = ask(folder, args).filter(|answer| answer["verdict"] == "denied") else {
        return Outcome::NotDenied;
    };
    for _ in 0..ROUNDS {
        if keeps_a_restriction(&answer) {
            return Outcome::Restricted;
        }
        if !carry_out(folder, &answer) {
            return Outcome::ForPeople;
        }
        answer = ask(folder, args).unwrap();
        if answer["verdict"] != "denied" {
            return Outcome::Opened;
        }
    }
    Outcome::StillClosed(answer)
}

/// A Deny that only a network meets, facts of S3, and fixed policies are no matter of a statement. Where the conditions of
/// several statements contradict each other, which of them gives way is for people to say.
fn is_for_people(name: &str) -> bool {
    [
        "access-point-public-policy",
        "access-point-vpc-",
        "access-point-policy-silent",
        "access-point-set-public",
        "access-point-third-account",
        "aws-s3-cross-account",
        "owner-",
        "partition",
        "restrict-public-",
        "cover-",
        "endpoint-in-condition-",
        "keys-legs-disagree",
        "leg-",
        "network-kms-",
        "related-",
        "world-",
        // policies/
        "aws-managed-key-cross-account",
        "object-writer-ownership",
        "opentofu-module-readers",
        "sam-policy-templates",
        // HCL, and this test writes JSON.
        "terraform-source-",
    ]
    .iter()
    .any(|start| name.starts_with(start))
}

fn judge(name: &str, outcome: Outcome, opened: &mut usize, wrong: &mut Vec<String>) {
    match outcome {
        Outcome::NotDenied | Outcome::Restricted => {}
        Outcome::Opened => *opened += 1,
        Outcome::ForPeople if is_for_people(name) => {}
        Outcome::ForPeople => wrong.push(format!("{name}: nothing that a program could carry out")),
        Outcome::StillClosed(answer) => wrong.push(format!("{name}: still closed\n{answer:#}")),
    }
}

fn files_of(folder: &Path, into: &Path) {
    for entry in fs::read_dir(folder).unwrap().map(|e| e.unwrap()) {
        let to = into.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir_all(&to).unwrap();
            files_of(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn texts(value: &toml::Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect()
}

fn sorted(folder: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut all: Vec<_> = fs::read_dir(root).unwrap().map(|e| e.unwrap().path()).collect();
    all.sort();
    all
}

#[test]
fn fixes_open_the_scenarios() {
    let (mut opened, mut wrong) = (0, Vec::new());
    for file in sorted("tests/scenarios/reads") {
        let scenario: toml::Table = toml::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        for question in scenario["question"].as_array().unwrap() {
            let folder = tempfile::tempdir().unwrap();
            for (name, text) in scenario["files"].as_table().unwrap() {
                let path = folder.path().join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text.as_str().unwrap()).unwrap();
            }
            let args = texts(&question.as_table().unwrap()["args"]);
            judge(&name, mend(folder.path(), &args), &mut opened, &mut wrong);
        }
    }
    assert!(opened > 100, "only {opened} denials were opened");
    assert!(wrong.is_empty(), "{} fixes fail\n\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn fixes_open_the_worked_estates() {
    let (mut opened, mut wrong) = (0, Vec::new());
    for estate in sorted("policies").into_iter().filter(|p| p.join("case.toml").exists()) {
        let case: toml::Table =
            toml::from_str(&fs::read_to_string(estate.join("case.toml")).unwrap()).unwrap();
        let name = estate.file_name().unwrap().to_string_lossy().into_owned();
        for question in case["question"].as_array().unwrap() {
            let text = |name: &str| question.get(name).and_then(toml::Value::as_str);
            // The others are asked with circumstances, and answered in the scenarios.
            if ["from", "session", "context"].iter().any(|member| question.get(member).is_some()) {
                continue;
            }
            let (Some(role), Some(read)) = (text("role"), text("read")) else { continue };
            let mut args = vec![role.to_owned(), read.to_owned()];
            for (member, option) in
                [("profile", "--profile"), ("version_id", "--version-id"), ("access_point", "--access-point")]
            {
                if let Some(value) = text(member) {
                    args.extend([option.to_owned(), value.to_owned()]);
                }
            }
            let folder = tempfile::tempdir().unwrap();
            files_of(&estate, folder.path());
            judge(&name, mend(folder.path(), &args), &mut opened, &mut wrong);
        }
    }
    assert!(opened > 5, "only {opened} denials were opened");
    assert!(wrong.is_empty(), "{} fixes fail\n\n{}", wrong.len(), wrong.join("\n"));
}

/// A Deny of services that stands in the way of both requests, and is attached at two levels, is one statement to change.
/// AWS: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples_general.html
#[test]
fn a_statement_changes_once() {
    let files = [
        (
            "reader.json",
            json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": ["s3:GetObject", "kms:Decrypt"], "Resource": "*"}}),
        ),
        (
            "key.json",
            json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"}, "Action": "kms:*", "Resource": "*"}}),
        ),
        (
            "everything.json",
            json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}),
        ),
        (
            "regions.json",
            json!({"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Action": "*", "Resource": "*"},
                {"Sid": "HomeRegions", "Effect": "Deny", "NotAction": ["iam:*", "sts:*"], "Resource": "*",
                 "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["eu-north-1"]}}},
            ]}),
        ),
    ];
    for root in ["everything.json", "regions.json"] {
        let folder = tempfile::tempdir().unwrap();
        for (name, policy) in &files {
            fs::write(folder.path().join(name), serde_json::to_string_pretty(policy).unwrap()).unwrap();
        }
        let key = "arn:aws:kms:ap-south-1:444455556666:key/5a5a5a5a-5a5a-4a5a-8a5a-5a5a5a5a5a5a";
        let manifest = format!(
            r#"version = 1
account = [{{ id = "444455556666", organization = "o-homeregions" }}]
role = [{{ arn = "arn:aws:iam::444455556666:role/reader", policies = ["reader.json"] }}]
key = [{{ arn = "{key}", policy = "key.json" }}]
bucket = [{{ name = "far-away", account = "444455556666", region = "ap-south-1", policy = "none" }}]
object = [{{ uri = "s3://far-away/*", encryption = {{ type = "aws:kms", key = "{key}" }} }}]

[[organization]]
id = "o-homeregions"
management_account = "777788889999"
target = [
    {{ id = "r-home", scps = ["{root}"], rcps = "none" }},
    {{ id = "444455556666", parent = "r-home", scps = ["regions.json"] }},
]
"#
        );
        fs::write(folder.path().join("decryptable.toml"), manifest).unwrap();

        let answer = ask(folder.path(), &["reader".to_owned(), "s3://far-away/a".to_owned()]).unwrap();
        assert_eq!(answer["verdict"], "denied", "{answer}");
        let changes = answer["fix"].as_array().unwrap();
        let places: Vec<&Value> = changes.iter().map(|fix| &fix["pointer"]).collect();
        assert_eq!(places, [&json!("/Statement/1")], "{root}: {answer}");
        let condition = &changes[0]["statement"]["Condition"];
        assert_eq!(condition["StringNotEquals"]["aws:RequestedRegion"], "eu-north-1", "{root}");
        assert_eq!(
            condition["ArnNotEquals"]["aws:PrincipalArn"], "arn:aws:iam::444455556666:role/reader",
            "{root}"
        );
    }
}
