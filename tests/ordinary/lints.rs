//! What `lint` finds beyond the example of each page: kinds that are guessed, what IAM stores, levels and choices.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests may fail loudly")]
#![cfg(feature = "cli")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::binary::run;
use serde_json::{Value, json};

fn scratch(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lints").join(name);
    let _ = fs::remove_dir_all(&dir);
    for (file, text) in files {
        let path = dir.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn report(dir: &Path, arguments: &[&str], stdin: &str) -> Value {
    let output = run(dir, &[&["lint", "--format", "json"], arguments].concat(), stdin);
    let out = String::from_utf8(output.stdout).unwrap();
    serde_json::from_str(&out)
        .unwrap_or_else(|e| panic!("{e}: {out}{}", String::from_utf8_lossy(&output.stderr)))
}

/// The findings of one statement, as their codes and levels.
fn found(kind: Option<&str>, statement: &Value) -> BTreeSet<(String, String)> {
    let text = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    let mut arguments = vec!["-"];
    arguments.extend(kind.iter().flat_map(|kind| ["--kind", kind]));
    let report = report(Path::new("."), &arguments, &text);
    let findings = report["findings"].as_array().unwrap().iter();
    let word = |finding: &Value, member: &str| finding[member].as_str().unwrap().to_owned();
    findings.map(|finding| (word(finding, "rule"), word(finding, "severity"))).collect()
}

#[track_caller]
fn finds(kind: Option<&str>, statement: &Value, expected: &[(&str, &str)]) {
    let expected: BTreeSet<(String, String)> =
        expected.iter().map(|(rule, level)| ((*rule).to_owned(), (*level).to_owned())).collect();
    assert_eq!(found(kind, statement), expected, "{statement}");
}

/// IAM looks at the form of a policy when it stores it, and not at whether what it names exists.
#[test]
fn an_error_is_what_iam_refuses_to_store() {
    let of =
        |action: &str, resource: &Value| json!({"Effect": "Allow", "Action": action, "Resource": resource});
    let lake = json!("arn:aws:s3:::lake/*");
    let refused = [
        (of("getobject", &lake), "invalid-action"),
        (of("s3:Get:Object", &lake), "invalid-action"),
        (of("s 3:GetObject", &lake), "invalid-action"),
        (of("s3:GetObject", &json!([])), "empty-array-resource"),
        (of("s3:GetObject", &json!("arn:amazon:s3:::lake/*")), "invalid-partition"),
        (of("s3:GetObject", &json!("arn:aws:s3:eu-west-1::lake/*")), "arn-region-not-allowed"),
        (of("s3:GetObject", &json!("arn:aws:s3::lake")), "missing-arn-field"),
        (of("iam:GetRole", &json!("arn:aws:iam::111111111111:reader")), "invalid-arn-resource"),
    ];
    for (statement, code) in &refused {
        assert!(
            found(Some("identity"), statement).contains(&((*code).into(), "error".into())),
            "{statement}"
        );
    }
    let date = |text: &str| {
        json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*",
            "Condition": {"DateLessThan": {"aws:CurrentTime": text}}})
    };
    finds(Some("identity"), &date("tomorrow"), &[("type-mismatch-date", "error")]);
    finds(Some("identity"), &date("03T"), &[("type-mismatch-date", "warning")]);
    let stored = [
        (of("s3:Get Object", &lake), "invalid-action"),
        (of("lake:GetObject", &lake), "invalid-service-in-action"),
        (of("s3:GetObject", &json!("arn:aws:s33:::lake/*")), "invalid-service"),
        (of("sqs:SendMessage", &json!("arn:aws:sqs:::jobs")), "missing-arn-region"),
    ];
    for (statement, code) in &stored {
        let told = found(Some("identity"), statement);
        assert!(told.iter().any(|(rule, _)| rule == code), "{statement}: {told:?}");
        assert!(told.iter().all(|(_, level)| level != "error"), "{statement}: {told:?}");
    }
}

#[test]
fn machine_output_has_the_class_of_access_analyzer() {
    let text = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObjekt",
        "Resource": "arn:aws:s3:::lake/*"}]}"#;
    let report = report(Path::new("."), &["-", "--kind", "identity"], text);
    let finding = &report["findings"][0];
    assert_eq!(finding["rule"], "invalid-action");
    assert_eq!(finding["severity"], "warning");
    assert_eq!(finding["access_analyzer"], "error");
    assert_eq!(finding["parliament"], "UNKNOWN_ACTION");
    assert!(finding["help"].as_str().unwrap().contains("s3:GetObject"), "{finding}");
}

/// Placeholders and variables of templates are no slips of ids, and stars stand for nothing as well.
#[test]
fn what_is_no_finding() {
    let with = |condition: Value| json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*", "Condition": condition});
    for condition in [
        json!({"StringEquals": {"aws:PrincipalOrgID": "${ORG_ID}"}}),
        json!({"StringEquals": {"aws:PrincipalAccount": "${aws:ResourceAccount}"}}),
        json!({"StringLike": {"aws:userid": "AROAEXAMPLEID:*"}}),
        json!({"ArnLike": {"aws:PrincipalTag/owner": "arn:aws:iam::111111111111:role/*"}}),
    ] {
        finds(Some("identity"), &with(condition), &[]);
    }
    let image =
        json!({"Effect": "Allow", "Action": "ec2:RunInstances", "Resource": "arn:aws:ec2:*:*:image/*"});
    finds(Some("identity"), &image, &[]);
    let parameter = json!({"Effect": "Allow", "Action": "ssm:GetParameter",
        "Resource": "arn:aws:ssm:*::parameter/aws/service/*"});
    finds(Some("identity"), &parameter, &[]);
    let logs = json!({"Effect": "Allow", "Principal": {"Service": "logs.eu-west-1.amazonaws.com"},
        "Action": "kms:Decrypt", "Resource": "*",
        "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:*:111111111111:*"}}});
    finds(Some("key"), &logs, &[("unmanageable-key", "warning")]);
}

#[test]
fn a_trust_policy_is_known_by_its_actions() {
    let statement =
        json!({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole", "Resource": "*"});
    let told = found(None, &statement);
    for rule in
        ["role-trust-policy-syntax-error-resource", "role-trust-policy-unsupported-wildcard-in-principal"]
    {
        assert!(told.iter().any(|(found, _)| found == rule), "{told:?}");
    }
}

const TWO: &str = r#"{"Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "arn:aws:sqs:eu-west-1:111111111111:jobs"}]}"#;

#[test]
fn findings_are_chosen_counted_and_levelled() {
    let dir = scratch(
        "levels",
        &[
            ("a.json", TWO),
            ("legacy/b.json", TWO),
            (
                "decryptable.toml",
                "version = 1\n[lint]\nlevels = { missing-version = \"off\", service-wildcard = \"error\" }\n\
                 [[lint.path]]\npath = \"legacy/**\"\nlevels = { service-wildcard = \"note\" }\n",
            ),
        ],
    );
    let told = |arguments: &[&str]| {
        let report = report(&dir, arguments, "");
        let findings = report["findings"].as_array().unwrap().clone();
        let shown = |f: &Value| format!("{} {} {}", f["document"], f["rule"], f["severity"]).replace('"', "");
        findings.iter().map(shown).collect::<Vec<_>>()
    };
    assert_eq!(
        told(&["a.json", "legacy/b.json"]),
        ["a.json service-wildcard error", "legacy/b.json service-wildcard note"]
    );
    assert_eq!(
        told(&["--isolated", "a.json", "--select", "missing-version"]),
        ["a.json missing-version warning"]
    );
    assert_eq!(
        told(&["--isolated", "a.json", "--ignore", "missing-version"]),
        ["a.json service-wildcard note"]
    );
    let statistics = run(&dir, &["lint", "--isolated", "--statistics", "a.json", "legacy/b.json"], "");
    let text = String::from_utf8(statistics.stdout).unwrap();
    assert_eq!(text, "      2  warning  missing-version\n      2  note     service-wildcard\n");
    let unknown = run(&dir, &["lint", "--select", "missing-versions", "a.json"], "");
    assert!(String::from_utf8(unknown.stderr).unwrap().contains("missing-version"));
}

/// A suppression goes on working that uses the name a code had before.
#[test]
fn names_of_before_still_suppress() {
    let dir = scratch(
        "former",
        &[
            (
                "a.json",
                r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:HeadObject",
                    "Resource": "arn:aws:s3:::lake/*"}]}"#,
            ),
            (
                "decryptable.toml",
                "version = 1\n[[ignore]]\nrule = \"unknown-action\"\nreason = \"read by the old client\"\n",
            ),
        ],
    );
    let report = report(&dir, &["a.json"], "");
    assert_eq!(report["findings"], json!([]), "{report}");
    assert_eq!(report["suppressed"][0]["rule"], "invalid-action");
}
/// A boundary, the policies of a unit and a Deny of another policy, each of which leaves nothing of a grant.
#[test]
fn grants_that_are_void_are_told_by_check() {
    let policy = |statement: Value| json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    let allow = |actions: Value, resource: &str| {
        policy(json!({"Effect": "Allow", "Action": actions, "Resource": resource}))
    };
    let dir = scratch(
        "void",
        &[
            (
                "queues.json",
                &allow(json!(["sqs:SendMessage", "sqs:Receive*"]), "arn:aws:sqs:eu-west-1:111111111111:jobs"),
            ),
            ("objects.json", &allow(json!("s3:GetObject"), "arn:aws:s3:::lake/*")),
            (
                "tables.json",
                &allow(json!("dynamodb:GetItem"), "arn:aws:dynamodb:eu-west-1:111111111111:table/orders"),
            ),
            ("boundary.json", &allow(json!(["s3:*", "dynamodb:*"]), "*")),
            ("unit.json", &allow(json!(["s3:*", "sqs:*", "dynamodb:*"]), "*")),
            ("deny.json", &policy(json!({"Effect": "Deny", "Action": "dynamodb:*", "Resource": "*"}))),
            (
                "decryptable.toml",
                "version = 1\n[[organization]]\nid = \"o-a1b2c3d4e5\"\nmanagement_account = \"999999999999\"\n\
                 [[organization.target]]\nid = \"r-ab12\"\nscps = [\"unit.json\"]\nrcps = \"none\"\n\
                 [[organization.target]]\nid = \"111111111111\"\nparent = \"r-ab12\"\nscps = [\"unit.json\"]\nrcps = \"none\"\n\
                 [[role]]\narn = \"arn:aws:iam::111111111111:role/etl\"\n\
                 policies = [\"queues.json\", \"objects.json\", \"tables.json\", \"deny.json\"]\nboundary = \"boundary.json\"\n",
            ),
        ],
    );
    let output = run(&dir, &["check", "--format", "json"], "");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap().iter();
    let void = findings.filter(|finding| finding["rule"] == "grant-made-void");
    let told: Vec<String> = void
        .map(|f| format!("{}: {}", f["document"].as_str().unwrap(), f["message"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            "queues.json: the permissions boundary allows none of this, so the grant is void",
            "tables.json: a Deny of another policy covers all of this, so the grant is void",
        ]
    );
}

/// Levels of a kind count where no table names the file.
#[test]
fn levels_of_a_kind() {
    let trust = r#"{"Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#;
    let dir = scratch(
        "kinds",
        &[
            ("a.json", TWO),
            ("trust.json", trust),
            (
                "decryptable.toml",
                "version = 1\n[lint]\nlevels = { missing-version = \"error\" }\n\
                 [[lint.kind]]\nkind = \"trust\"\nlevels = { missing-version = \"note\" }\n",
            ),
        ],
    );
    let report = report(&dir, &["--select", "missing-version", "a.json", "trust.json"], "");
    let findings = report["findings"].as_array().unwrap().iter();
    let levels: Vec<String> =
        findings.map(|f| format!("{} {}", f["document"], f["severity"]).replace('"', "")).collect();
    assert_eq!(levels, ["a.json error", "trust.json note"]);
}

/// Lines that no value satisfies, and entries that say nothing new.
#[test]
fn what_never_holds_and_what_is_there_twice() {
    let with = |condition: Value| json!({"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::lake", "Condition": condition});
    for condition in [
        json!({"NumericLessThan": {"s3:max-keys": "5"}, "NumericGreaterThan": {"s3:max-keys": "10"}}),
        json!({"StringLike": {"aws:PrincipalTag/team": "a*"}, "StringLikeIfExists": {"aws:PrincipalTag/team": "b*"}}),
    ] {
        finds(Some("identity"), &with(condition), &[("contradictory-condition", "warning")]);
    }
    let twice = json!({"StringLike": {"aws:PrincipalTag/team": ["a*", "ab"]}});
    finds(Some("identity"), &with(twice), &[("redundant-condition-value", "note")]);
    let key = "arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let on_key = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": key});
    finds(Some("identity"), &on_key, &[("resource-mismatch", "warning")]);
    let mixed = json!({"Effect": "Allow", "Action": ["sqs:SendMessage", "sqs:ListQueues"],
        "Resource": "arn:aws:sqs:eu-west-1:111111111111:jobs"});
    finds(Some("identity"), &mixed, &[("resource-mismatch", "note")]);
    let endpoint = json!({"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key,
        "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-0a1b2c3d4e5f60718"}}});
    finds(Some("identity"), &endpoint, &[("endpoint-key-in-key-policy", "warning")]);
}

/// What nobody told is said: of which kind a policy was taken to be, where something is found in it.
#[test]
fn a_guess_is_said() {
    let bucket = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*"}]}"#;
    let twice = r#"{"Version": "2012-10-17", "Statement": [
        {"Sid": "A b", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*"},
        {"Sid": "A b", "Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::lake/*"}]}"#;
    let dir = scratch(
        "guessed",
        &[("a.json", bucket), ("b.json", twice), ("c.json", "{\"Version\": \"2012-10-17\"}")],
    );
    let told = report(&dir, &["a.json", "b.json", "c.json"], "");
    let guessed = told["guessed"].as_array().unwrap().iter();
    let kinds: Vec<String> =
        guessed.map(|g| format!("{} {}", g["at"]["document"], g["kind"]).replace('"', "")).collect();
    assert_eq!(kinds, ["a.json bucket", "b.json identity", "c.json identity"]);
    let rules: Vec<&str> = told["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["rule"].as_str().unwrap())
        .collect();
    for rule in ["public-access", "unique-sids-required", "unsupported-sid", "missing-statement"] {
        assert!(rules.contains(&rule), "{rule} of {rules:?}");
    }
    let told = report(&dir, &["--kind", "bucket", "a.json"], "");
    assert!(told.get("guessed").is_none());
    let told = report(&dir, &["--ignore", "public-access", "a.json"], "");
    assert!(told.get("guessed").is_none(), "{told}");
}

/// What a tool wrote around a policy is no part of it, also where its kind is told; and AWS's own policies have no quota.
#[test]
fn what_is_around_a_policy() {
    let statements: Vec<Value> = (0..200)
        .map(|n| json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::lake-{n:03}-{}/*", "x".repeat(20))}))
        .collect();
    let wrapped =
        json!({"name": "x", "version": "v1", "document": {"Version": "2012-10-17", "Statement": statements}});
    let text = wrapped.to_string();
    let dir = scratch("around", &[("own.json", &text), ("ReadOnlyAccess.json", &text)]);
    let rules = |file: &str| -> Vec<String> {
        let told = report(&dir, &["--kind", "identity", file], "");
        told["findings"].as_array().unwrap().iter().map(|f| f["rule"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(rules("own.json"), ["policy-size-exceeds-identity-policy-quota"]);
    assert_eq!(rules("ReadOnlyAccess.json"), [""; 0]);
}
