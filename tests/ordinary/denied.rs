//! Refusals of AWS and what the files say of them: the messages that AWS would write for the worked estates lead back
//! to the gates that deny there.
#![allow(clippy::panic, clippy::unwrap_used, reason = "tests may fail loudly")]
#![cfg(feature = "cli")]

mod compared;

use std::fs;
use std::path::{Path, PathBuf};

use crate::binary::run;
use serde_json::Value;

fn json(dir: &Path, arguments: &[&str], stdin: &str) -> Value {
    let output = run(dir, arguments, stdin);
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

/// The words of AWS for a gate that is shut (R135). Grants, ownership and Block Public Access have none.
fn words(gate: &str) -> Option<&'static str> {
    Some(match gate {
        "identity" => "identity-based policy",
        "boundary" => "permissions boundary",
        "session" => "session policy",
        "scp" => "service control policy",
        "rcp" => "resource control policy",
        "resource" => "resource-based policy",
        "endpoint" => "VPC endpoint policy",
        _ => return None,
    })
}

/// A refused upload of a worked estate leads to the whole operation.
#[test]
fn one_authorization_leads_to_the_whole_operation() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/velero-encrypt-only");
    let message = "An error occurred (AccessDenied) when calling the PutObject operation: User: \
        arn:aws:sts::222222222222:assumed-role/velero/i-0abc is not authorized to perform: s3:PutObject on resource: \
        \"arn:aws:s3:::lake/backups/x\" because no identity-based policy allows the s3:PutObject action";
    let told = json(&dir, &["explain", "--denied", message, "--format", "json"], "");
    let told = &list(&told["denied"])[0];
    assert_eq!(told["answer"]["question"]["kind"], "action");
    assert_eq!(told["whole"], "decryptable can velero write s3://lake/backups/x");
}

/// Services that keep data under keys do not name them: the secret or queue does.
#[test]
fn refusals_of_secrets_and_queues_lead_to_them() {
    let policies = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let message = "An error occurred (KMS.AccessDeniedException) when calling the SendMessage operation: User is not \
        authorized to perform: kms:Decrypt because no identity-based policy allows the kms:Decrypt action";
    let arguments = ["explain", "--role", "producer", "--denied", message, "--format", "json"];
    let told = json(&policies.join("queue-producer"), &arguments, "");
    let answer = &list(&told["denied"])[0]["answer"];
    assert_eq!(answer["question"]["operation"], "sqs:SendMessage", "{told}");
    assert_eq!(answer["verdict"], "denied");
    let message = "An error occurred (AccessDeniedException) when calling the GetSecretValue operation: User: \
        arn:aws:sts::111111111111:assumed-role/reporting/s is not authorized to perform: \
        secretsmanager:GetSecretValue on resource: prod/db because no resource-based policy allows the \
        secretsmanager:GetSecretValue action";
    let told = json(
        &policies.join("secret-of-another-account"),
        &["explain", "--denied", message, "--format", "json"],
        "",
    );
    let answer = &list(&told["denied"])[0]["answer"];
    let secret = "arn:aws:secretsmanager:us-east-1:222222222222:secret:prod/db-AbCdEf";
    assert_eq!(answer["question"]["on"], secret, "{told}");
    assert_eq!(list(&answer["legs"]).len(), 2);
}

fn estates() -> Vec<PathBuf> {
    let policies = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let mut found: Vec<PathBuf> = fs::read_dir(policies)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("decryptable.toml").is_file())
        .collect();
    found.sort();
    found
}

/// The message for a leg that is denied at a gate.
fn message(leg: &Value, gate: &Value, role: &str) -> Option<String> {
    let kind = words(text(&gate["gate"]))?;
    let (arn, name) = role.split_once(":role/")?;
    let account = arn.rsplit(':').next()?;
    let session = format!("arn:aws:sts::{account}:assumed-role/{}/i-0abc", name.rsplit('/').next()?);
    let action = text(&leg["action"]);
    let resource = text(&leg["resource"]);
    let reason = if leg["denial"] == "explicit" {
        format!("with an explicit deny in a {kind}")
    } else {
        format!("because no {kind} allows the {action} action")
    };
    Some(format!(
        "User: {session} is not authorized to perform: {action} on resource: \"{resource}\" {reason}"
    ))
}

#[test]
fn messages_of_the_worked_estates_lead_back_to_what_denies() {
    let mut tried = 0;
    for estate in estates() {
        let report = json(&estate, &["check", "--format", "json"], "");
        for answer in list(&report["answers"]) {
            let question = &answer["question"];
            if answer["verdict"] != "denied" || question["kind"] != "read" {
                continue;
            }
            let object = text(&question["object"]);
            // Circumstances are no part of a message: what depends on them is tried with records below.
            let plain = json(&estate, &["can", text(&question["role"]), object, "--format", "json"], "");
            if plain["verdict"] != "denied" {
                continue;
            }
            for leg in list(&plain["legs"]).iter().filter(|leg| leg["verdict"] == "denied") {
                for gate in list(&leg["gates"]).iter().filter(|gate| gate["verdict"] == "denied") {
                    let Some(message) = message(leg, gate, text(&question["role"])) else { continue };
                    let told = json(
                        &estate,
                        &["explain", "--denied", &message, "--object", object, "--format", "json"],
                        "",
                    );
                    let refusal = &told["denied"][0];
                    let shown = format!("{}: {message}\n{refusal:#}", estate.display());
                    assert_eq!(refusal["agreement"], "same", "{shown}");
                    assert_eq!(refusal["gate"], gate["gate"], "{shown}");
                    assert_eq!(refusal["denial"], leg["denial"], "{shown}");
                    assert_eq!(refusal["answer"]["fix"], plain["fix"], "{shown}");
                    tried += 1;
                }
            }
        }
    }
    assert!(tried >= 12, "only {tried} messages were tried");
}

#[test]
fn a_record_tells_role_object_and_network() {
    let estate = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/data-perimeter");
    let record = |ip: &str| {
        format!(
            r#"{{"Records": [{{"eventSource": "s3.amazonaws.com", "eventName": "GetObject", "errorCode": "AccessDenied",
            "errorMessage": "Access Denied", "sourceIPAddress": "{ip}", "requestParameters": {{"bucketName": "lake", "key": "curated/a"}},
            "userIdentity": {{"arn": "arn:aws:sts::111111111111:assumed-role/IAM_CLUSTER/s", "sessionContext": {{"sessionIssuer":
            {{"type": "Role", "arn": "arn:aws:iam::111111111111:role/IAM_CLUSTER"}}}}}}}}]}}"#
        )
    };
    let outside = json(&estate, &["explain", "--denied", "-", "--format", "json"], &record("198.51.100.7"));
    assert_eq!(outside["denied"][0]["agreement"], "same", "{outside:#}");
    assert_eq!(outside["denied"][0]["answer"]["question"]["object"], "s3://lake/curated/a");
    // From inside the perimeter the files allow it: what they say is not what AWS had.
    let inside = json(&estate, &["explain", "--denied", "-", "--format", "json"], &record("203.0.113.9"));
    assert_eq!(inside["denied"][0]["agreement"], "allowed", "{inside:#}");
}

/// Where the files leave open more than the request, a refusal proves nothing about it.
#[test]
fn what_nobody_told_is_not_laid_at_the_door_of_the_request() {
    let estate = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/cross-account");
    let dir = tempfile::tempdir().unwrap();
    let manifest = fs::read_to_string(estate.join("decryptable.toml")).unwrap();
    let manifest = manifest.replace("\"iam/", &format!("\"{}/iam/", estate.display()));
    let manifest = manifest.replace("\"kms/", &format!("\"{}/kms/", estate.display()));
    let manifest = manifest.replace("\"s3/", &format!("\"{}/s3/", estate.display()));
    fs::write(dir.path().join("decryptable.toml"), format!("{manifest}\n[analysis]\nstrict = true\n"))
        .unwrap();
    let message = "User: arn:aws:sts::111111111111:assumed-role/IAM_CLUSTER/s is not authorized to perform: s3:GetObject on \
        resource: \"arn:aws:s3:::lake/curated/a\" with an explicit deny in a session policy";
    let told = json(dir.path(), &["explain", "--denied", message, "--format", "json"], "");
    assert_eq!(told["denied"][0]["agreement"], "open", "{told:#}");
    assert!(text(&told["denied"][0]["compared"]).starts_with("the files do not decide it"), "{told:#}");
}

#[test]
fn assuming_a_role_is_a_question_of_its_own() {
    let estate = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/external-id-vendor");
    let manifest = fs::read_to_string(estate.join("decryptable.toml")).unwrap();
    let role = manifest.lines().find_map(|line| line.strip_prefix("arn = \"")?.strip_suffix('"')).unwrap();
    let message = format!(
        "User: arn:aws:iam::999999999999:role/nobody is not authorized to perform: sts:AssumeRole on resource: {role}"
    );
    let told = json(&estate, &["explain", "--denied", &message, "--format", "json"], "");
    assert_eq!(told["denied"][0]["leg"], "role");
    assert_eq!(told["denied"][0]["agreement"], "same", "{told:#}");
}

#[test]
fn what_no_file_is_asked_about_says_so() {
    let estate = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/cross-account");
    let told = |message: &str| {
        let told = json(&estate, &["explain", "--denied", message, "--format", "json"], "");
        let refusal = &told["denied"][0];
        assert_eq!(refusal["agreement"], Value::Null, "{told:#}");
        text(&refusal["compared"]).to_owned()
    };
    let start = "User: arn:aws:sts::111111111111:assumed-role/IAM_CLUSTER/s is not authorized to perform:";
    for (message, why) in [
        (format!("{start} s3:PutObject because no identity-based policy allows the s3:PutObject action"), "--object s3://BUCKET/KEY"),
        (format!("{start} kms:Decrypt on the resource associated with this ciphertext because no identity-based policy allows the \
          kms:Decrypt action. Caused by: UploadPart"), "--object s3://BUCKET/KEY"),
        ("Access Denied".to_owned(), "--role"),
        ("AccessDeniedException: Insufficient Lake Formation permission(s): Required Select on t".to_owned(), "in no file"),
        ("An error occurred (ExpiredToken) when calling the GetObject operation: The provided token has expired.".to_owned(), "no policy was asked"),
        ("User: arn:aws:sts::111111111111:assumed-role/other/s is not authorized to perform: s3:GetObject on resource: \
          \"arn:aws:s3:::lake/a\"".to_owned(), "no input describes the role other of account 111111111111"),
        ("User: arn:aws:iam::111111111111:user/ann is not authorized to perform: s3:GetObject on resource: \
          \"arn:aws:s3:::lake/a\"".to_owned(), "no input describes the user"),
        ("An error occurred (AccessDenied) when calling the CopyObject operation: Access Denied".to_owned(), "CopyObject"),
        (
            format!(
                "An error occurred (AccessDenied) when calling the UploadPart operation: {start} kms:Decrypt on the resource \
                 associated with this ciphertext because the resource does not exist in this Region, no resource-based policies allow \
                 access, or a resource-based policy explicitly denies access"
            ),
            "does not name the key",
        ),
    ] {
        let said = told(&message);
        assert!(said.contains(why), "{message}: {said}");
    }
}

#[test]
fn a_log_counts_what_is_repeated_and_shows_the_most_frequent_first() {
    let event = |key: &str, session: &str| {
        format!(
            r#"{{"eventSource": "s3.amazonaws.com", "eventName": "GetObject", "errorCode": "AccessDenied",
            "errorMessage": "User: arn:aws:sts::111111111111:assumed-role/r/{session} is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::b/{key}\" because no identity-based policy allows the s3:GetObject action",
            "userIdentity": {{"sessionContext": {{"sessionIssuer": {{"type": "Role", "arn": "arn:aws:iam::111111111111:role/r"}}}}}}}}"#
        )
    };
    let fine = r#"{"eventSource": "s3.amazonaws.com", "eventName": "GetObject"}"#;
    let log =
        format!("{{\"Records\": [{}, {fine}, {}, {}]}}", event("a", "1"), event("b", "1"), event("b", "2"));
    let empty = tempfile::tempdir().unwrap();
    let told = json(empty.path(), &["explain", "--denied", "-", "--format", "json"], &log);
    let rows: Vec<(u64, &str)> = list(&told["denied"])
        .iter()
        .map(|row| (row["times"].as_u64().unwrap(), text(&row["resource"])))
        .collect();
    assert_eq!(rows, [(2, "arn:aws:s3:::b/b"), (1, "arn:aws:s3:::b/a")]);
}

#[test]
fn text_without_a_refusal_and_broken_files_end_with_two() {
    let empty = tempfile::tempdir().unwrap();
    let nothing = run(empty.path(), &["explain", "--denied", "all is well"], "");
    assert_eq!(nothing.status.code(), Some(2));
    assert!(nothing.stdout.is_empty());
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("there is no refusal of AWS in this text"));

    let missing =
        run(empty.path(), &["explain", "--denied", "NoSuchKey: The specified key does not exist."], "");
    assert_eq!(missing.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("the object does not exist"));

    fs::write(empty.path().join("event.json"), "{}").unwrap();
    let named = run(empty.path(), &["explain", "--denied", "event.json"], "");
    assert_eq!(named.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&named.stderr).contains("decryptable explain --denied - < event.json"));

    fs::write(empty.path().join("decryptable.toml"), "version = 1\n[[role]]\nan = 1\n").unwrap();
    let broken = run(empty.path(), &["explain", "--denied", "Access Denied"], "");
    assert_eq!(broken.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&broken.stdout).contains("says neither who refused nor why"));
    assert!(String::from_utf8_lossy(&broken.stderr).contains("decryptable.toml:3:1"));

    let missing = run(
        empty.path(),
        &["--isolated", "explain", "--denied", "Access Denied", "--input", "none.json"],
        "",
    );
    assert_eq!(missing.status.code(), Some(2));
}

#[test]
fn text_from_outside_cannot_harm_a_terminal() {
    let empty = tempfile::tempdir().unwrap();
    let message = "User: \u{1b}[31mx is not authorized to perform: s3:\u{7}Get on resource: \"arn:aws:s3:::b/\u{9b}k\u{202e}\"";
    let told = run(empty.path(), &["explain", "--denied", message], "");
    let stdout = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(!stdout.contains(['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}']), "{stdout:?}");
}

/// Random pieces of messages in random order: whatever comes out, nothing breaks, and the same text says the same.
#[test]
fn any_text_is_read() {
    use proptest::prelude::*;
    let piece = prop_oneof![
        Just("User: ".to_owned()),
        Just("arn:aws:sts::111111111111:assumed-role/r/s".to_owned()),
        Just(" is not authorized to perform: ".to_owned()),
        Just("kms:Decrypt".to_owned()),
        Just(" on resource: \"".to_owned()),
        Just("arn:aws:s3:::lake/k".to_owned()),
        Just("\" because no ".to_owned()),
        Just("resource-based policy".to_owned()),
        Just(" with an explicit deny in a ".to_owned()),
        Just("&quot;".to_owned()),
        Just("{\"errorCode\": \"AccessDenied\", \"errorMessage\": \"".to_owned()),
        Just("s3a://".to_owned()),
        Just("An error occurred (AccessDenied) when calling the ".to_owned()),
        Just("operation error S3: ".to_owned()),
        Just("Caused by: ".to_owned()),
        Just("(Service: AWSKMS; ".to_owned()),
        Just("\", \"eventSource\": \"kms.amazonaws.com\", \"eventName\": \"Decrypt\"}".to_owned()),
        Just("{\"evaluations\": [{\"evaluatedEffect\": \"EXPLICIT_DENY\"}]}".to_owned()),
        Just(": arn:aws:iam::111111111111:policy/p".to_owned()),
        Just("\u{1b}[".to_owned()),
        any::<String>(),
    ];
    let texts = proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat());
    let mut runner = proptest::test_runner::TestRunner::new(crate::budget::config(256));
    runner
        .run(&texts, |text| {
            let found = decryptable::denied::read(&text);
            prop_assert_eq!(&found, &decryptable::denied::read(&text));
            for (refusal, times) in found {
                prop_assert!(times > 0);
                prop_assert!(!refusal.meaning().says.is_empty());
            }
            Ok(())
        })
        .unwrap();
}

/// Tests about public files that are not part of the repository.
mod needs_shared {
    use super::*;

    #[test]
    #[ignore = "needs ../shared"]
    fn the_shared_record_is_understood() {
        let example = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../shared/examples/i-eks/cloudtrail-access-denied.json");
        let record = fs::read_to_string(&example).unwrap();
        let empty = tempfile::tempdir().unwrap();
        let told = json(empty.path(), &["explain", "--denied", "-", "--format", "json"], &record);
        let refusal = &told["denied"][0];
        assert_eq!(refusal["leg"], "kms");
        assert_eq!(refusal["gate"], "resource");
        assert_eq!(refusal["role"], "arn:aws:iam::111111111111:role/eks/app-reader");
        assert_eq!(refusal["object"], "s3://acme-lake/curated/x.parquet");
    }
}
