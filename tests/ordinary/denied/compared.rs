//! What a refusal proves is used: with the role's file alone, for users, for writes, and from records.

#![allow(clippy::indexing_slicing, reason = "a test fails loudly")]

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{json as answer, list, text};

const KEY: &str = "arn:aws:kms:eu-west-1:111111111111:key/5d4c3b2a-1f0e-4d9c-8b7a-695847362514";

/// A directory with these files.
fn estate(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

fn denied(dir: &TempDir, message: &str, more: &[&str]) -> Value {
    let mut arguments = vec!["explain", "--denied", "-", "--format", "json"];
    arguments.extend(more);
    answer(dir.path(), &arguments, message)["denied"][0].clone()
}

fn refused(who: &str, action: &str, on: &str, reason: &str) -> String {
    format!("User: {who} is not authorized to perform: {action} on resource: {on} {reason}")
}

const ROLE: &str = r#"version = 1
[[role]]
arn = "arn:aws:iam::111111111111:role/app/etl"
policies = ["role.json"]
"#;
const SESSION: &str = "arn:aws:sts::111111111111:assumed-role/etl/run";
const READS: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*"}]}"#;

/// The key's policy, the bucket and the object are in no file: the message tells enough of them (R67, R136).
#[test]
fn the_file_of_the_role_is_enough_for_a_refusal_by_its_policies() {
    let dir = estate(&[("decryptable.toml", ROLE), ("role.json", READS)]);
    let message = refused(
        SESSION,
        "kms:Decrypt",
        KEY,
        "because no identity-based policy allows the kms:Decrypt action",
    );
    let row = denied(&dir, &message, &[]);
    assert_eq!(row["agreement"], "same", "{row:#}");
    let found = &row["answer"];
    assert_eq!((text(&found["verdict"]), text(&found["denial"])), ("denied", "implicit"), "{row:#}");
    assert_eq!(
        found["question"],
        json!({"kind": "action", "principal": "arn:aws:iam::111111111111:role/app/etl",
        "operation": "kms:Decrypt", "on": KEY})
    );
    let fix = &list(&found["fix"])[0];
    assert_eq!(fix["document"], "role.json");
    assert_eq!(
        fix["add"],
        json!({"Effect": "Allow", "Action": "kms:Decrypt", "Resource": KEY,
        "Condition": {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}})
    );
    let assumed: Vec<&str> = list(&found["assumptions"]).iter().map(|one| text(&one["what"])).collect();
    assert!(
        assumed.iter().any(|what| what.contains("leaves it to the policies of account 111111111111")),
        "{assumed:?}"
    );

    // The proposed statement opens what was refused.
    let mended = READS.replace("]}", &format!(", {}]}}", fix["add"]));
    fs::write(dir.path().join("role.json"), mended).unwrap();
    let row = denied(&dir, &message, &[]);
    assert_eq!(row["agreement"], "allowed", "{row:#}");

    // S3 likewise: inside one account the bucket policy would have been enough (R66).
    let message = refused(
        SESSION,
        "s3:GetObject",
        "\"arn:aws:s3:::other/a\"",
        "because no identity-based policy allows the s3:GetObject action",
    );
    let row = denied(&dir, &message, &[]);
    assert_eq!((text(&row["agreement"]), text(&row["answer"]["verdict"])), ("same", "denied"), "{row:#}");
}

/// A Deny names its gate, which is shut whatever the files leave open.
#[test]
fn a_gate_that_is_shut_is_confirmed_though_the_rest_is_open() {
    let deny = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Sid": "Never", "Effect": "Deny", "Action": "s3:Put*", "Resource": "*"}]}"#;
    let dir = estate(&[("decryptable.toml", ROLE), ("role.json", deny)]);
    let message = refused(
        SESSION,
        "s3:PutObject",
        "\"arn:aws:s3:::lake/in/a\"",
        "with an explicit deny in an identity-based policy",
    );
    let row = denied(&dir, &message, &[]);
    assert_eq!((text(&row["agreement"]), text(&row["answer"]["denial"])), ("same", "explicit"), "{row:#}");
    let identity = &list(&row["answer"]["legs"][0]["gates"])[0];
    assert!(list(&identity["evidence"]).iter().any(|one| one["sid"] == "Never"), "{row:#}");
}

const BUCKET: &str = r#"
[[bucket]]
name = "lake"
account = "111111111111"
region = "eu-west-1"
policy = "none"
public_access_block = "none"
"#;

fn key_row() -> String {
    format!("[[key]]\narn = \"{KEY}\"\npolicy = \"default\"\nstate = \"Enabled\"\ngrants = \"none\"\n")
}

/// Users, and actions other than a read, are asked about as they are named.
#[test]
fn users_write_list_and_delete() {
    let manifest = format!(
        "version = 1\n[[user]]\narn = \"arn:aws:iam::111111111111:user/lite\"\npolicies = [\"user.json\"]\n{BUCKET}{}",
        key_row()
    );
    let policy = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::lake/db/*"}]}"#;
    let dir = estate(&[("decryptable.toml", &manifest), ("user.json", policy)]);
    let user = "arn:aws:iam::111111111111:user/lite";
    let missing = |action: &str| format!("because no identity-based policy allows the {action} action");
    for (action, on, kind, agreement) in [
        ("s3:PutObject", "arn:aws:s3:::lake/in/a", "write", "same"),
        ("s3:PutObject", "arn:aws:s3:::lake/db/a", "write", "allowed"),
        ("s3:DeleteObject", "arn:aws:s3:::lake/db/a", "delete", "same"),
        ("s3:ListBucket", "arn:aws:s3:::lake", "list", "same"),
        ("s3:GetObject", "arn:aws:s3:::lake/in/a", "read", "same"),
        ("kms:GenerateDataKey", KEY, "write", "same"),
    ] {
        let row = denied(&dir, &refused(user, action, on, &missing(action)), &[]);
        assert_eq!((text(&row["kind"]), text(&row["agreement"])), (kind, agreement), "{row:#}");
        assert_eq!(row["answer"]["legs"][0]["action"], action, "{row:#}");
    }
    // The object is named beside a message that names none.
    let bare = format!("User: {user} is not authorized to perform: s3:PutObject {}", missing("s3:PutObject"));
    let row = denied(&dir, &bare, &["--object", "s3://lake/in/a"]);
    assert_eq!(
        (text(&row["agreement"]), text(&row["answer"]["question"]["on"])),
        ("same", "arn:aws:s3:::lake/in/a"),
        "{row:#}"
    );
    // A listing is asked on the bucket.
    let list = "An error occurred (AccessDenied) when calling the ListObjectsV2 operation: Access Denied";
    let row = denied(&dir, list, &["--object", "s3://lake/in/a", "--role", user]);
    assert_eq!(row["answer"]["question"]["on"], "arn:aws:s3:::lake", "{row:#}");
}

/// The record of KMS has the context of the request: of the bucket, with a Bucket Key (R52).
#[test]
fn a_record_with_key_and_context_is_answered_firmly() {
    let manifest = format!("{ROLE}{BUCKET}{}", key_row());
    let policy = format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "{KEY}",
        "Condition": {{"StringLike": {{"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::lake/*"}}}}}}]}}"#
    );
    let dir = estate(&[("decryptable.toml", &manifest), ("role.json", &policy)]);
    let message = refused(
        SESSION,
        "kms:Decrypt",
        KEY,
        "because no identity-based policy allows the kms:Decrypt action",
    );
    let record = |context: &str| {
        json!({"eventSource": "kms.amazonaws.com", "eventName": "Decrypt", "errorCode": "AccessDenied", "errorMessage": message,
            "userIdentity": {"type": "AssumedRole", "arn": SESSION, "invokedBy": "s3.amazonaws.com",
                "sessionContext": {"sessionIssuer": {"type": "Role", "arn": "arn:aws:iam::111111111111:role/app/etl"}}},
            "sourceIPAddress": "s3.amazonaws.com", "requestParameters": {"encryptionContext": {"aws:s3:arn": context}}})
        .to_string()
    };
    let open = denied(&dir, &message, &[]);
    assert_eq!(
        (text(&open["agreement"]), text(&open["answer"]["verdict"])),
        ("open", "conditional"),
        "{open:#}"
    );
    let with_bucket_key = denied(&dir, &record("arn:aws:s3:::lake"), &[]);
    assert_eq!(with_bucket_key["agreement"], "same", "{with_bucket_key:#}");
    assert_eq!(with_bucket_key["answer"]["verdict"], "denied");
    assert!(list(&with_bucket_key["proves"]).iter().any(|one| text(one).starts_with("a Bucket Key is used")));
    let without = denied(&dir, &record("arn:aws:s3:::lake/curated/x"), &[]);
    assert_eq!(without["agreement"], "elsewhere", "S3 denies it by these files: {without:#}");
    assert!(text(&without["compared"]).contains("KMS is asked only when S3 has said yes"), "{without:#}");

    // A default with a Bucket Key stands in for the record, and is named as an assumption.
    let default = format!("{manifest}\n[[object]]\nuri = \"s3://elsewhere/*\"\n").replace(
        "public_access_block = \"none\"\n",
        &format!("public_access_block = \"none\"\nencryption = {{ type = \"aws:kms\", key = \"{KEY}\", bucket_key = true }}\n"),
    );
    fs::write(dir.path().join("decryptable.toml"), default).unwrap();
    let row = denied(&dir, &message, &[]);
    assert_eq!((text(&row["agreement"]), text(&row["answer"]["verdict"])), ("same", "denied"), "{row:#}");
    let assumed = list(&row["answer"]["assumptions"]);
    assert!(
        assumed.iter().any(|one| text(&one["what"]) == "the encryption context is arn:aws:s3:::lake"),
        "{row:#}"
    );
}

/// The record of a call to STS has the external id.
#[test]
fn a_record_of_sts_tells_the_external_id() {
    let manifest =
        "version = 1\n[[role]]\narn = \"arn:aws:iam::111111111111:role/stage\"\ntrust = \"trust.json\"\n";
    let trust = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"AWS": "arn:aws:iam::333333333333:user/vendor"},
        "Condition": {"StringEquals": {"sts:ExternalId": "the-new-one"}}}]}"#;
    let dir = estate(&[("decryptable.toml", manifest), ("trust.json", trust)]);
    let vendor = "arn:aws:iam::333333333333:user/vendor";
    let role = "arn:aws:iam::111111111111:role/stage";
    let record = json!({"eventSource": "sts.amazonaws.com", "eventName": "AssumeRole", "errorCode": "AccessDenied",
        "errorMessage": format!("User: {vendor} is not authorized to perform: sts:AssumeRole on resource: {role}"),
        "userIdentity": {"type": "AWSAccount", "accountId": "333333333333"},
        "requestParameters": {"roleArn": role, "roleSessionName": "s", "externalId": "the-old-one"}});
    let row = denied(&dir, &record.to_string(), &[]);
    assert_eq!((text(&row["agreement"]), text(&row["answer"]["verdict"])), ("same", "denied"), "{row:#}");
    let message = format!("User: {vendor} is not authorized to perform: sts:AssumeRole on resource: {role}");
    assert_eq!(denied(&dir, &message, &[])["agreement"], "open");
}

/// Refusals of other services are theirs, and are compared where the files hold the caller.
#[test]
fn other_services_are_asked_about_as_themselves() {
    let dir = estate(&[("decryptable.toml", ROLE), ("role.json", READS)]);
    let secret = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:db-AbCdEf";
    let message = refused(
        SESSION,
        "secretsmanager:GetSecretValue",
        secret,
        "because no identity-based policy allows the secretsmanager:GetSecretValue action",
    );
    let row = denied(&dir, &message, &[]);
    assert_eq!(
        (text(&row["leg"]), text(&row["service"]), text(&row["agreement"])),
        ("other", "secretsmanager", "same"),
        "{row:#}"
    );
    // KMS is asked through the service that was called.
    let message = format!(
        "An error occurred (KMS.AccessDeniedException) when calling the SendMessage operation: {}",
        refused(
            SESSION,
            "kms:GenerateDataKey",
            KEY,
            "because no identity-based policy allows the kms:GenerateDataKey action"
        )
    );
    let row = denied(&dir, &message, &[]);
    assert_eq!(
        (text(&row["leg"]), text(&row["service"]), text(&row["agreement"])),
        ("kms", "sqs", "same"),
        "{row:#}"
    );
    assert_eq!(
        row["answer"]["fix"][0]["add"]["Condition"],
        json!({"StringEquals": {"kms:ViaService": "sqs.eu-west-1.amazonaws.com"}}),
        "{row:#}"
    );
}

/// How AWS decided has the context of the request: nothing is left open.
#[test]
fn how_aws_decided_is_answered_in_its_context() {
    let policy = format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "{KEY}",
        "Condition": {{"StringEquals": {{"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::lake", "aws:PrincipalTag/team": "data"}}}}}}]}}"#
    );
    let manifest = format!("{ROLE}{BUCKET}{}", key_row());
    let dir = estate(&[("decryptable.toml", &manifest), ("role.json", &policy)]);
    let decided = |team: &str| {
        json!({"requestContext": {"aws:PrincipalArn": "arn:aws:iam::111111111111:role/app/etl", "aws:PrincipalTag/team": team},
            "evaluations": [{"action": "kms:Decrypt", "resource": KEY, "evaluatedEffect": "IMPLICIT_DENY", "matchedPolicies": [],
                "context": {"kms:ViaService": "s3.eu-west-1.amazonaws.com", "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::lake"}}],
            "policies": [{"uri": "u", "type": "IDENTITY_BASED_POLICY", "inline": true}]})
        .to_string()
    };
    let row = denied(&dir, &decided("web"), &[]);
    assert_eq!((text(&row["agreement"]), text(&row["answer"]["verdict"])), ("same", "denied"), "{row:#}");
    let row = denied(&dir, &decided("data"), &[]);
    assert_eq!(row["agreement"], "allowed", "the file is another one than AWS had: {row:#}");
}

/// What one refusal of a log proves does not count for the next.
#[test]
fn each_refusal_is_asked_about_by_itself() {
    let dir = estate(&[("decryptable.toml", ROLE), ("role.json", READS)]);
    let by_identity = refused(
        SESSION,
        "kms:Decrypt",
        KEY,
        "because no identity-based policy allows the kms:Decrypt action",
    );
    let by_key = refused(
        SESSION,
        "kms:Decrypt",
        KEY,
        "because no resource-based policy allows the kms:Decrypt action",
    );
    let log = format!("{by_identity}\n{by_key}\n{by_identity}");
    let told = answer(dir.path(), &["explain", "--denied", "-", "--format", "json"], &log);
    let rows = list(&told["denied"]);
    let all = |row: &Value| {
        (
            row["times"].as_u64().unwrap(),
            text(&row["agreement"]).to_owned(),
            text(&row["answer"]["verdict"]).to_owned(),
        )
    };
    assert_eq!(all(&rows[0]), (2, "same".to_owned(), "denied".to_owned()), "{told:#}");
    // The key policy is in no file, and this message does not say that it leaves it to the account.
    assert_eq!(all(&rows[1]), (1, "open".to_owned(), "conditional".to_owned()), "{told:#}");
}

/// Policies that lie alone in a file belong to what the message names.
#[test]
fn policies_alone_belong_to_whom_the_message_names() {
    let key_policy = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*",
        "Principal": {"AWS": "arn:aws:iam::111111111111:root"}}]}"#;
    let dir = estate(&[("role.json", READS), ("key.json", key_policy)]);
    let message = refused(
        SESSION,
        "kms:Decrypt",
        KEY,
        "because no identity-based policy allows the kms:Decrypt action",
    );
    for more in [&["--input", "role.json"][..], &["--input", "role.json", "--input", "key.json"]] {
        let row = denied(&dir, &message, more);
        assert_eq!((text(&row["agreement"]), text(&row["answer"]["verdict"])), ("same", "denied"), "{row:#}");
        assert_eq!(list(&row["answer"]["fix"])[0]["document"], "role.json");
        let assumed = list(&row["answer"]["assumptions"]);
        let says = "role.json is a policy of arn:aws:iam::111111111111:role/etl";
        assert!(assumed.iter().any(|one| text(&one["what"]) == says), "{row:#}");
    }
    // Those of a directory may be anybody's.
    assert_eq!(denied(&dir, &message, &["--input", "."])["answer"], Value::Null);
    // Refusals of two callers do not say whose it is.
    let other = refused(
        "arn:aws:iam::111111111111:user/ann",
        "kms:Decrypt",
        KEY,
        "with an explicit deny in a session policy",
    );
    let row = denied(&dir, &format!("{message}\n{other}"), &["--input", "role.json"]);
    assert_eq!(row["answer"], Value::Null, "{row:#}");

    let trust = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"AWS": "arn:aws:iam::222222222222:role/job"}}]}"#;
    let dir = estate(&[("trust.json", trust)]);
    let message = "User: arn:aws:iam::333333333333:user/vendor is not authorized to perform: sts:AssumeRole on resource: \
        arn:aws:iam::111111111111:role/stage";
    let row = denied(&dir, message, &["--input", "trust.json"]);
    assert_eq!(row["agreement"], "same", "{row:#}");
}

/// Who has no policies of its own is asked about, too.
#[test]
fn requests_without_credentials_are_asked_about() {
    let dir = estate(&[("decryptable.toml", &format!("version = 1\n{BUCKET}"))]);
    let message = refused(
        "anonymous",
        "s3:GetObject",
        "\"arn:aws:s3:::lake/x\"",
        "because no resource-based policy allows the s3:GetObject action",
    );
    let row = denied(&dir, &message, &[]);
    assert_eq!((text(&row["agreement"]), text(&row["answer"]["verdict"])), ("same", "denied"), "{row:#}");
}

/// A write that names no key takes the bucket's default.
#[test]
fn a_write_takes_the_key_of_the_bucket() {
    let encryption = format!("encryption = {{ type = \"aws:kms\", key = \"{KEY}\", bucket_key = false }}\n");
    let manifest = format!("{ROLE}{BUCKET}{encryption}{}", key_row());
    let policy = format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "kms:GenerateDataKey", "Resource": "{KEY}",
        "Condition": {{"StringLike": {{"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::lake/out/*"}}}}}}]}}"#
    );
    let dir = estate(&[("decryptable.toml", &manifest), ("role.json", &policy)]);
    let hidden = format!(
        "User: {SESSION} is not authorized to perform: kms:GenerateDataKey on this resource because the resource does not exist in \
         this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access"
    );
    let upload = |to: &str| {
        format!(
            "upload failed: ./a to {to} An error occurred (AccessDenied) when calling the PutObject operation: {hidden}"
        )
    };
    let row = denied(&dir, &upload("s3://lake/in/a"), &[]);
    assert_eq!((text(&row["agreement"]), text(&row["answer"]["question"]["on"])), ("same", KEY), "{row:#}");
    assert_eq!(row["key"], Value::Null, "the message has none: {row:#}");
    assert_eq!(denied(&dir, &upload("s3://lake/out/a"), &[])["agreement"], "allowed");
}
