//! Suppressions and baselines, through the binary: what is kept back is counted and listed, and what keeps nothing back
//! is a finding.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests may fail loudly")]
#![cfg(feature = "cli")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

fn scratch(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("suppress").join(name);
    let _ = fs::remove_dir_all(&dir);
    for (file, text) in files {
        let path = dir.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn run(dir: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_decryptable"));
    command.args(arguments).current_dir(dir).env_clear().env("LC_ALL", "C.UTF-8").stdin(Stdio::null());
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn report(dir: &Path, arguments: &[&str]) -> Value {
    let (_, out, error) = run(dir, &[arguments, &["--format", "json"]].concat());
    serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {out}{error}"))
}

/// Rules of the findings, and those of what is kept back with who says so.
fn told(report: &Value) -> (Vec<&str>, Vec<(&str, &str)>) {
    let findings = report["findings"].as_array().unwrap();
    let suppressed = report["suppressed"].as_array().unwrap();
    assert_eq!(report["summary"]["suppressed"], suppressed.len());
    (
        findings.iter().map(|row| row["rule"].as_str().unwrap()).collect(),
        suppressed
            .iter()
            .map(|row| (row["rule"].as_str().unwrap(), row["suppressed_by"].as_str().unwrap()))
            .collect(),
    )
}

/// A template with a role whose policy allows all but IAM.
fn template(metadata: &Value) -> Value {
    let document = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "Wide", "Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]});
    json!({"AWSTemplateFormatVersion": "2010-09-09", "Resources": {
        "Wide": {"Type": "AWS::IAM::ManagedPolicy", "Metadata": metadata, "Properties": {"PolicyDocument": document}},
        "Other": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document}}}})
}

fn ignoring(more: &Value) -> Value {
    let mut row = json!({"rule": "allow-not-action", "reason": "the platform team owns it"});
    row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"decryptable": {"ignore": [row]}})
}

#[test]
fn metadata_of_a_template_speaks_of_its_own_resource() {
    let lint = |name: &str, metadata: &Value| {
        let dir = scratch(name, &[("t.json", &serde_json::to_string_pretty(&template(metadata)).unwrap())]);
        report(&dir, &["lint", "--isolated", "t.json"])
    };
    let all = lint("meta-none", &json!({}));
    assert_eq!(told(&all), (vec!["allow-not-action"; 2], vec![]));
    let one = lint("meta-one", &ignoring(&json!({})));
    assert_eq!(told(&one), (vec!["allow-not-action"], vec![("allow-not-action", "template")]));
    assert_eq!(one["suppressed"][0]["reason"], "the platform team owns it");
    let sid = lint("meta-sid", &ignoring(&json!({"sid": "Wide"})));
    assert_eq!(told(&sid).1.len(), 1);
    let other = lint("meta-other", &ignoring(&json!({"sid": "Narrow"})));
    assert_eq!(told(&other).0, ["unused-ignore", "allow-not-action", "allow-not-action"]);
    let late = lint("meta-late", &ignoring(&json!({"until": "2020-01-01"})));
    assert_eq!(told(&late).0, ["expired-ignore", "allow-not-action", "allow-not-action"]);
    // A single row needs no list.
    let mut alone = ignoring(&json!({}));
    alone["decryptable"]["ignore"] = alone["decryptable"]["ignore"][0].clone();
    assert_eq!(told(&lint("meta-alone", &alone)).1.len(), 1);
}

#[test]
fn metadata_that_is_wrong_is_told_with_its_place() {
    let text = serde_json::to_string_pretty(&template(&json!({"decryptable": {"ignore": [{"rule": "x"}]}})))
        .unwrap();
    let dir = scratch("meta-wrong", &[("t.json", &text)]);
    let (code, out, error) = run(&dir, &["check", "--isolated", "t.json"]);
    assert_eq!(code, Some(2), "{out}{error}");
    for part in ["there is no rule `x`", "reason", "t.json:"] {
        assert!(error.contains(part), "{part}: {error}");
    }
}

const YAML: &str = "\
AWSTemplateFormatVersion: '2010-09-09'
Resources:
  Wide:
    Type: AWS::IAM::ManagedPolicy
    Metadata:
      decryptable:
        ignore:
          - rule: allow-not-action
            reason: the platform team owns it
    Properties:
      PolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            NotAction: 'iam:*'
            Resource: '*'
";

#[test]
fn yaml_templates_too() {
    let dir = scratch("yaml", &[("t.yaml", YAML)]);
    for command in ["lint", "check"] {
        let report = report(&dir, &[command, "--isolated", "t.yaml"]);
        assert_eq!(told(&report), (vec![], vec![("allow-not-action", "template")]), "{command}");
    }
}

fn state(address: &str) -> Value {
    let policy =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}]}"#;
    json!({"format_version": "1.0", "terraform_version": "1.9.0", "values": {"root_module": {"resources": [
        {"address": address, "mode": "managed", "type": "aws_iam_policy", "name": "wide",
         "provider_name": "registry.terraform.io/hashicorp/aws", "schema_version": 0,
         "values": {"arn": "arn:aws:iam::111111111111:policy/wide", "name": "wide", "policy": policy}}]}}})
}

#[test]
fn rows_name_terraform_addresses_and_logical_ids() {
    let row = |selector: &str| {
        format!(
            "version = 1\n[analysis]\ninputs = [\"state.json\", \"t.json\"]\n[[ignore]]\nrule = \"allow-not-action\"\nreason = \"known\"\n{selector}\n"
        )
    };
    let check = |name: &str, selector: &str| {
        let state = serde_json::to_string(&state("aws_iam_policy.wide")).unwrap();
        let t = template(&json!({})).to_string();
        let dir =
            scratch(name, &[("state.json", &state), ("t.json", &t), ("decryptable.toml", &row(selector))]);
        report(&dir, &["check"])
    };
    let address = check("address", "address = \"aws_iam_policy.wide\"");
    assert_eq!(address["suppressed"][0]["document"], "state.json");
    assert_eq!(told(&address).1.len(), 1);
    let logical = check("logical", "logical_id = \"Wide\"");
    assert_eq!(told(&logical).1.len(), 1);
    assert_eq!(logical["suppressed"][0]["document"], "t.json");
    for selector in
        ["address = \"Wide\"", "logical_id = \"aws_iam_policy.wide\"", "address = \"aws_iam_policy.x\""]
    {
        let none = check("neither", selector);
        assert_eq!(told(&none).1.len(), 0, "{selector}");
        assert!(told(&none).0.contains(&"unused-ignore"));
    }
}

const WIDE: &str = r#"{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}"#;

fn policy(statements: &[&str]) -> String {
    format!("{{\"Version\": \"2012-10-17\", \"Statement\": [\n{}\n]}}\n", statements.join(",\n"))
}

#[test]
fn lint_listens_to_rows_of_the_manifest() {
    let row = |selector: &str| {
        format!(
            "version = 1\n[[ignore]]\nrule = \"allow-not-action\"\nreason = \"known\"\n{selector}\n[[ignore]]\nrule = \"invalid-action\"\nreason = \"elsewhere\"\n"
        )
    };
    let wide = WIDE.replace("{\"Effect\"", "{\"Sid\": \"Wide\", \"Effect\"");
    let lint = |name: &str, selector: &str| {
        let files = [
            ("p/a.json", policy(&[&wide])),
            ("p/b.json", policy(&[WIDE])),
            ("decryptable.toml", row(selector)),
        ];
        let dir = scratch(name, &files.each_ref().map(|(file, text)| (*file, text.as_str())));
        report(&dir, &["lint", "p/a.json", "p/b.json"])
    };
    let kept = |report: &Value| {
        let rows = report["suppressed"].as_array().unwrap().iter();
        rows.map(|row| row["document"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    // A row that keeps nothing back here may keep something back elsewhere: `check` looks at all there is.
    let all = lint("lint-all", "");
    assert_eq!((kept(&all), told(&all).0), (vec!["p/a.json".to_owned(), "p/b.json".to_owned()], vec![]));
    assert_eq!(kept(&lint("lint-file", "file = \"p/b.json\"")), ["p/b.json"]);
    assert_eq!(kept(&lint("lint-sid", "sid = \"Wide\"")), ["p/a.json"]);
    let expired = lint("lint-expired", "until = 2020-01-01");
    assert_eq!((kept(&expired).len(), told(&expired).0.len()), (0, 2));
    // Whose policy a document is, `lint` does not know.
    assert!(kept(&lint("lint-arn", "arn = \"arn:aws:iam::111111111111:role/r\"")).is_empty());
    let isolated = {
        let files = [("a.json", policy(&[WIDE])), ("decryptable.toml", row(""))];
        let dir = scratch("lint-isolated", &files.each_ref().map(|(file, text)| (*file, text.as_str())));
        report(&dir, &["--isolated", "lint", "a.json"])
    };
    assert_eq!(told(&isolated).0, ["allow-not-action"]);
}

const STRICT: [&str; 5] = ["lint", "--isolated", "--fail-on", "note", "p"];

#[test]
fn a_baseline_lets_only_new_findings_fail() {
    let dir = scratch("baseline", &[("p/a.json", &policy(&[WIDE])), ("p/b.json", &policy(&[WIDE]))]);
    assert_eq!(run(&dir, &STRICT).0, Some(1));
    let write = [&STRICT[..], &["--write-baseline", "old.json"]].concat();
    let (code, out, _) = run(&dir, &write);
    assert_eq!(code, Some(0));
    assert!(out.contains("2 suppressed"), "{out}");
    let before = fs::read_to_string(dir.join("old.json")).unwrap();
    let with = [&STRICT[..], &["--baseline", "old.json"]].concat();
    let (code, out, _) = run(&dir, &with);
    assert_eq!((code, out.contains("2 suppressed")), (Some(0), true), "{out}");
    // Lines may move, and a second statement of the same words is new.
    fs::write(dir.join("p/a.json"), policy(&[&format!("\n\n  {WIDE}"), WIDE])).unwrap();
    let (code, _, _) = run(&dir, &with);
    assert_eq!(code, Some(1));
    let found = report(&dir, &with);
    let new = vec!["redundant-statement", "allow-not-action"];
    assert_eq!(told(&found), (new, vec![("allow-not-action", "baseline"); 2]));
    // The same file again, by way of `--baseline`.
    fs::write(dir.join("p/a.json"), policy(&[WIDE])).unwrap();
    assert_eq!(run(&dir, &[&with[..], &["--write-baseline"]].concat()).0, Some(0));
    assert_eq!(fs::read_to_string(dir.join("old.json")).unwrap(), before);
}

#[test]
fn what_a_baseline_names_in_vain_is_a_finding() {
    let dir = scratch("stale", &[("p/a.json", &policy(&[WIDE])), ("p/b.json", &policy(&[WIDE]))]);
    run(&dir, &[&STRICT[..], &["--write-baseline", "old.json"]].concat());
    let narrow = r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*"}"#;
    fs::write(dir.join("p/a.json"), policy(&[narrow])).unwrap();
    let stale = report(&dir, &[&STRICT[..], &["--baseline", "old.json"]].concat());
    assert_eq!(told(&stale).0, ["unused-baseline"]);
    assert_eq!(stale["findings"][0]["document"], "old.json");
    // Of a file that was not looked at nobody knows.
    let alone = report(&dir, &["lint", "--isolated", "p/b.json", "--baseline", "old.json"]);
    assert_eq!(told(&alone), (vec![], vec![("allow-not-action", "baseline")]));
}

#[test]
fn baselines_that_are_wrong() {
    let dir =
        scratch("wrong", &[("p/a.json", &policy(&[WIDE])), ("not.json", "{\"a\": 1}"), ("bad.json", "{")]);
    for (file, says) in
        [("not.json", "is not a baseline"), ("bad.json", "bad.json:1"), ("none.json", "none.json")]
    {
        let (code, out, error) = run(&dir, &[&STRICT[..], &["--baseline", file]].concat());
        assert_eq!(code, Some(2), "{out}{error}");
        assert!(error.contains(says), "{error}");
    }
    let (code, _, error) = run(&dir, &[&STRICT[..], &["--write-baseline"]].concat());
    assert_eq!(code, Some(2));
    assert!(error.contains("--write-baseline decryptable-baseline.json"), "{error}");
}

#[test]
fn sarif_lists_what_is_suppressed_and_why() {
    let dir = scratch("sarif", &[("t.yaml", YAML), ("p/a.json", &policy(&[WIDE]))]);
    let sarif = |arguments: &[&str]| -> Value {
        let (_, out, _) = run(&dir, &[arguments, &["--format", "sarif"]].concat());
        serde_json::from_str(&out).unwrap()
    };
    let log = sarif(&["lint", "--isolated", "t.yaml", "p"]);
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    assert_eq!(results[0]["suppressions"], json!([]));
    assert_eq!(
        results[1]["suppressions"],
        json!([{"kind": "inSource", "status": "accepted", "justification": "the platform team owns it"}])
    );
    run(&dir, &["lint", "--isolated", "p", "--write-baseline", "old.json"]);
    let log = sarif(&["lint", "--isolated", "p", "--baseline", "old.json"]);
    assert_eq!(log["runs"][0]["results"][0]["suppressions"][0]["kind"], "external");
}
