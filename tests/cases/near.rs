//! Statements that were meant to let a request pass and do not fit, each put into one estate in the place of the statement
//! that does: the answer names it, what of it does not fit and why, and a change that works and drops no restriction.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails loudly")]

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use decryptable::diagnostic::Cause;
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::data;

const ROLE: &str = "arn:aws:iam::111111111111:role/data/reader";
const KEY: &str = "arn:aws:kms:us-east-1:222222222222:key/25252525-2525-4525-8525-252525252525";

/// The documents of the estate in which everything is allowed, and the gate that each stands behind.
fn documents() -> Vec<(&'static str, &'static str, Value)> {
    let reader = json!({"AWS": ROLE});
    let allow =
        |action: &str, resource: &str| json!({"Effect": "Allow", "Action": action, "Resource": resource});
    let within = |principal: Value, mut statement: Value| {
        statement["Principal"] = principal;
        statement
    };
    let everything = allow("*", "*");
    vec![
        ("identity", "identity", json!([allow("s3:Get*", "*"), allow("kms:Decrypt", "*")])),
        ("boundary", "boundary", json!([everything.clone()])),
        ("scp", "scp", json!([everything.clone()])),
        (
            "bucket",
            "resource",
            json!([
                within(reader.clone(), allow("s3:Get*", "arn:aws:s3:::acme-lake/*")),
                within(reader.clone(), allow("s3:ListBucket", "arn:aws:s3:::acme-lake")),
            ]),
        ),
        ("key", "resource", json!([within(reader, allow("kms:Decrypt", "*"))])),
        ("endpoint", "endpoint", json!([within(json!("*"), everything)])),
        ("trust", "resource", json!([])),
    ]
}

fn manifest(key: &str) -> String {
    format!(
        r#"version = 1
[[account]]
id = "111111111111"
[[account]]
id = "222222222222"
[[organization]]
id = "o-acmeexample"
s3_policy = "none"
[[organization.target]]
id = "r-ab12"
scps = "scp.json"
rcps = "none"
[[organization.target]]
id = "111111111111"
parent = "r-ab12"
scps = "full.json"
rcps = "none"
[[organization.target]]
id = "222222222222"
parent = "r-ab12"
scps = "full.json"
rcps = "none"
[[role]]
arn = "{ROLE}"
id = "AROAEXAMPLEEXAMPLEEX1"
policies = "identity.json"
boundary = "boundary.json"
trust = "trust.json"
tags = {{ team = "lake" }}
[[role]]
arn = "arn:aws:iam::333333333333:role/partner"
policies = "partner.json"
boundary = "none"
[[role]]
arn = "arn:aws:iam::111111111111:role/data/readers"
policies = "none"
boundary = "none"
[[bucket]]
name = "acme-lake"
account = "222222222222"
region = "us-east-1"
policy = "bucket.json"
ownership = "BucketOwnerEnforced"
public_access_block = "none"
[[key]]
arn = "{key}"
policy = "key.json"
[[key]]
arn = "arn:aws:kms:us-east-1:222222222222:key/36363636-3636-4636-8636-363636363636"
[[object]]
uri = "s3://acme-lake/curated/x"
encryption = {{ type = "aws:kms", key = "{key}", bucket_key = true }}
[[object]]
uri = "s3://acme-lake/plain/x"
encryption = {{ type = "aws:kms", key = "{key}", bucket_key = false }}
[[object]]
uri = "s3://acme-lake/open/x"
encryption = {{ type = "AES256" }}
[[access_point]]
name = "analytics"
account = "222222222222"
region = "us-east-1"
bucket = "acme-lake"
policy = "point.json"
public_access_block = "none"
vpc = "none"
[[endpoint]]
id = "vpce-0a1b2c3d4e5f60718"
type = "gateway"
policy = "endpoint.json"
"#
    )
}

fn text<'c>(case: &'c toml::Table, member: &str) -> Option<&'c str> {
    case.get(member).and_then(toml::Value::as_str)
}

fn texts(case: &toml::Table, member: &str) -> Vec<String> {
    let list = case.get(member).and_then(toml::Value::as_array);
    list.into_iter().flatten().map(|v| v.as_str().unwrap().to_owned()).collect()
}

fn write(folder: &Path, name: &str, statements: &Value) {
    let policy = json!({"Version": "2012-10-17", "Statement": statements});
    fs::write(folder.join(format!("{name}.json")), serde_json::to_string_pretty(&policy).unwrap()).unwrap();
}

/// The estate with the statement of the case.
fn lay_out(folder: &Path, document: &str, case: &toml::Table) {
    let read = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
    for (name, _, statements) in documents() {
        let mut statements = statements;
        if name == document {
            let also = text(case, "also").map(read);
            statements = also.into_iter().chain([read(text(case, "statement").unwrap())]).collect();
        }
        if name == "bucket"
            && let Some(more) = text(case, "bucket")
        {
            statements.as_array_mut().unwrap().push(read(more));
        }
        write(folder, name, &statements);
    }
    write(folder, "full", &json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]));
    let point = "arn:aws:s3:us-east-1:222222222222:accesspoint/analytics/object/*";
    write(
        folder,
        "point",
        &json!([{"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "s3:GetObject", "Resource": point}]),
    );
    write(folder, "partner", &json!([{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]));
    let mut manifest = manifest(text(case, "key").unwrap_or(KEY));
    if let Some(by) = text(case, "by") {
        let context = case["context"].as_table().unwrap().iter();
        let context: Vec<String> = context
            .map(|(key, values)| format!("{key:?} = {}", serde_json::to_string(values).unwrap()))
            .collect();
        manifest += &format!(
            "[[expect]]\nassume = {ROLE:?}\nby = {by:?}\nverdict = \"allowed\"\ncontext = {{ {} }}\n",
            context.join(", ")
        );
    }
    fs::write(folder.join("decryptable.toml"), manifest).unwrap();
}

fn run(folder: &Path, case: &toml::Table, format: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_decryptable"));
    command.arg("-C").arg(folder);
    if case.contains_key("by") {
        command.arg("check");
    } else {
        let object = text(case, "object").unwrap_or("s3://acme-lake/curated/x");
        command.args(["can", ROLE]).args(text(case, "operation")).arg(object).args(texts(case, "args"));
    }
    command.args(["--format", format]).output().unwrap()
}

fn ask(folder: &Path, case: &toml::Table) -> Value {
    let output = run(folder, case, "json");
    let answer: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    if case.contains_key("by") { answer["answers"][0].clone() } else { answer }
}

/// The condition keys of a statement, in lower case.
fn keys(statement: &Value) -> BTreeSet<String> {
    let blocks = statement["Condition"].as_object().into_iter().flat_map(serde_json::Map::values);
    blocks.flat_map(|block| block.as_object().unwrap().keys()).map(|key| key.to_ascii_lowercase()).collect()
}

/// Whether a value stands somewhere in another one.
fn holds(value: &Value, text: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| holds(item, text)),
        Value::Object(members) => members.values().any(|member| holds(member, text)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value == text,
    }
}

/// The same change as a patch, which `git apply` takes.
fn patched(document: &str, case: &toml::Table) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    lay_out(folder, document, case);
    let output = run(folder, case, "patch");
    let mut git = Command::new("git");
    git.args(["apply", "-"]).current_dir(folder).stdin(Stdio::piped()).stderr(Stdio::piped());
    // A folder inside a repository is not to be looked at as one.
    let mut git = git.env("GIT_CEILING_DIRECTORIES", folder.parent().unwrap()).spawn().unwrap();
    git.stdin.take().unwrap().write_all(&output.stdout).unwrap();
    let said = git.wait_with_output().unwrap();
    let patch = String::from_utf8_lossy(&output.stdout).into_owned();
    if !said.status.success() {
        return Some(format!("git apply: {}\n{patch}", String::from_utf8_lossy(&said.stderr)));
    }
    let after = ask(folder, case);
    (after["verdict"] != "allowed").then(|| format!("still not allowed after\n{patch}"))
}

fn carry_out(folder: &Path, fix: &Value) {
    let path = folder.join(fix["document"].as_str().unwrap());
    let mut policy: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let statement = fix["statement"].clone();
    match fix["kind"].as_str().unwrap() {
        "add_statement" => {
            assert_eq!(fix["add"], statement, "{fix}");
            policy["Statement"].as_array_mut().unwrap().push(statement);
        }
        "replace_statement" => *policy.pointer_mut(fix["pointer"].as_str().unwrap()).unwrap() = statement,
        other => panic!("{other} cannot be carried out: {fix}"),
    }
    fs::write(path, policy.to_string()).unwrap();
}

fn judge(document: &str, case: &toml::Table) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    lay_out(folder, document, case);
    let answer = ask(folder, case);
    let mut wrong = Vec::new();
    let gate = documents().iter().find(|(name, ..)| *name == document).unwrap().1;
    let gates: Vec<&Value> =
        answer["legs"].as_array().unwrap().iter().flat_map(|l| l["gates"].as_array().unwrap()).collect();
    let shut: Vec<&&Value> = gates.iter().filter(|g| g["verdict"] == "denied").collect();
    if answer["verdict"] != "denied" || shut.is_empty() || !shut.iter().all(|g| g["gate"] == gate) {
        return vec![format!("wanted denied at {gate} alone, got {answer:#}")];
    }
    let near = shut[0]["near"].as_array().unwrap();
    let Some(first) = near.first().filter(|near| near["sid"] == "Meant") else {
        return vec![format!("wanted the statement Meant first, got {near:#?}")];
    };
    let misses = first["misses"].as_array().unwrap();
    let causes: Vec<&str> = misses.iter().map(|m| m["cause"].as_str().unwrap_or("")).collect();
    if causes != texts(case, "causes") {
        wrong.push(format!("wanted the causes {:?}, got {misses:#?}", texts(case, "causes")));
    }
    for miss in misses {
        let why = miss["why"].as_str().unwrap();
        // The message holds what is written and what the request has.
        let told = |values: &Value| {
            values
                .as_array()
                .is_none_or(|l| l.is_empty() || l.iter().any(|v| why.contains(v.as_str().unwrap().trim())))
        };
        if !told(&miss["written"]) || miss["element"] == "condition" && !told(&miss["request"]) {
            wrong.push(format!("says too little: {miss:#}"));
        }
    }
    let fixes = answer["fix"].as_array().unwrap();
    let [fix] = fixes.as_slice() else {
        wrong.push(format!("wanted one change, got {fixes:#?}"));
        return wrong;
    };
    if fix["kind"].as_str() != text(case, "fix") {
        wrong.push(format!("wanted {:?}, got {fix:#}", text(case, "fix")));
        return wrong;
    }
    if fix["kind"] == "elsewhere" {
        if !fix["statement"].is_null() {
            wrong.push(format!("nothing is to be changed here: {fix:#}"));
        }
        return wrong;
    }
    let nothing_else = fix["opens"] == json!([]) || text(case, "opens") == Some("unknown");
    if fix["leaves"] != json!([]) || !nothing_else {
        wrong.push(format!("wanted a change that opens this and nothing else, got {fix:#}"));
    }
    if fix["kind"] == "replace_statement" {
        let old: Value = serde_json::from_str(text(case, "statement").unwrap()).unwrap();
        let (old, new) = (keys(&old), keys(&fix["statement"]));
        if old.len() > new.len()
            || old.iter().filter(|key| !new.contains(*key)).count() > usize::from(causes == ["key-misspelt"])
        {
            wrong.push(format!("a restriction is dropped: {fix:#}"));
        }
    }
    if let Some(key) = text(case, "keeps")
        && !keys(&fix["statement"]).contains(&key.to_ascii_lowercase())
    {
        wrong.push(format!("the new statement lacks {key}: {fix:#}"));
    }
    wrong.extend(patched(document, case));
    // What may be right for other requests stays.
    if case.contains_key("beside") && !misses.iter().all(|miss| holds(&fix["statement"], &miss["written"][0]))
    {
        wrong.push(format!("a value that others use is taken away: {fix:#}"));
    }
    carry_out(folder, fix);
    let after = ask(folder, case);
    if after["verdict"] != "allowed" {
        wrong.push(format!("still not allowed after {fix:#}\n{after:#}"));
    }
    wrong
}

/// Every cause is met by one of the cases.
fn causes_are_met(cases: &[(String, toml::Table)]) -> Vec<String> {
    let met: BTreeSet<String> = cases.iter().flat_map(|(_, case)| texts(case, "causes")).collect();
    let unmet = Cause::ALL.iter().map(|cause| cause.as_str()).filter(|cause| !met.contains(*cause));
    unmet.map(|cause| format!("no case has the cause {cause}")).collect()
}

pub(crate) fn trials() -> Vec<Trial> {
    let files = data::scenarios("near");
    let mut cases: Vec<(String, toml::Table)> = Vec::new();
    for (document, table) in files {
        for case in table["case"].as_array().unwrap() {
            cases.push((document.clone(), case.as_table().unwrap().clone()));
        }
    }
    let unmet = causes_are_met(&cases);
    let trial = |(document, case): (String, toml::Table)| {
        let name = text(&case, "name").unwrap().replace(' ', "-");
        data::trial(format!("near::{document}::{name}"), move || judge(&document, &case))
    };
    let mut trials: Vec<Trial> = cases.into_iter().map(trial).collect();
    trials.push(data::trial("near::every-cause-has-a-case".to_owned(), move || unmet));
    trials
}
