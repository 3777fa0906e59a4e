//! Operations besides reading: rows of several, jobs, tables, and who can do them.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails loudly")]

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::binary::run;

const ROLE: &str = "arn:aws:iam::111111111111:role/etl";

/// One account: a role that reads `raw/`, lists the bucket and writes `out/`, and nothing more.
fn estate(rows: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let manifest = format!(
        "version = 1\n[[role]]\narn = \"{ROLE}\"\npolicies = [\"role.json\"]\nboundary = \"none\"\n\
         [[bucket]]\nname = \"lake\"\naccount = \"111111111111\"\nregion = \"eu-west-1\"\npolicy = \"none\"\n\
         encryption = {{ type = \"AES256\" }}\n\
         [[object]]\nuri = \"s3://lake/*\"\nencryption = {{ type = \"AES256\" }}\n{rows}"
    );
    let policy = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/raw/*"},
        {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::lake/out/*"},
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::lake"}]}"#;
    fs::write(dir.path().join("decryptable.toml"), manifest).unwrap();
    fs::write(dir.path().join("role.json"), policy).unwrap();
    dir
}

/// What is printed; and what is complained of.
fn out(dir: &Path, args: &[&str], exit: i32) -> (String, String) {
    let output = run(dir, args, "");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (printed, complained) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(exit), "{args:?}\n{printed}\n{complained}");
    (printed, complained)
}

fn json(dir: &Path, args: &[&str], exit: i32) -> Value {
    serde_json::from_str(&out(dir, args, exit).0).unwrap()
}

fn verdicts(checked: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let answers = checked["answers"].as_array().unwrap().iter();
    answers.map(|a| (text(&a["question"]["kind"]), text(&a["verdict"]))).collect()
}

#[test]
fn a_row_of_several_operations_holds_where_all_do() {
    let row = |writes: &str| {
        format!(
            "[[expect]]\nrole = \"etl\"\nread = \"s3://lake/raw/*\"\nlist = \"s3://lake\"\nwrite = {writes}\nverdict = \"allowed\"\n"
        )
    };
    let good = estate(&row("[\"s3://lake/out/a\", \"s3://lake/out/b\"]"));
    let checked = json(good.path(), &["check", "--format", "json"], 0);
    let kinds: Vec<String> = verdicts(&checked).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["list", "read", "write", "write"]);
    let bad = estate(&row("\"s3://lake/raw/a\""));
    let checked = json(bad.path(), &["check", "--format", "json"], 1);
    assert!(verdicts(&checked).contains(&("write".to_owned(), "denied".to_owned())));
    assert_eq!(checked["summary"]["held"], 2);
}

#[test]
fn a_job_is_short_for_rows_and_a_product_adds_what_it_does() {
    let job = "[[job]]\nname = \"nightly\"\nrole = \"etl\"\nreads = [\"s3://lake/raw/*\"]\nwrites = [\"s3://lake/out/*\"]\n";
    let checked = json(estate(job).path(), &["check", "--format", "json"], 0);
    assert_eq!(verdicts(&checked).len(), 2);
    let by_product = format!("{job}profile = \"hadoop-s3a\"\n");
    let checked = json(estate(&by_product).path(), &["check", "--format", "json"], 1);
    // It deletes where it writes, which this role may not.
    let denied: Vec<String> =
        verdicts(&checked).into_iter().filter(|(_, v)| v == "denied").map(|(kind, _)| kind).collect();
    assert_eq!(denied, ["delete"]);
}

#[test]
fn each_product_adds_what_its_own_pages_say() {
    let added: [(&str, &[&str]); 9] = [
        ("athena", &["multipart", "list"]),
        ("databricks-unity-catalog", &["delete", "list"]),
        ("dbt-athena", &["multipart", "delete", "list"]),
        ("emrfs", &["multipart", "delete", "list"]),
        ("hadoop-s3a", &["multipart", "delete", "list"]),
        ("iceberg-maintenance", &["multipart", "delete", "list"]),
        ("s3-read", &[]),
        ("snowflake-storage-integration", &["list"]),
        ("trino", &["multipart"]),
    ];
    for (product, more) in added {
        let job =
            format!("[[job]]\nrole = \"etl\"\nwrites = [\"s3://lake/out/*\"]\nprofile = \"{product}\"\n");
        let exit = i32::from(more.contains(&"delete"));
        let checked = json(estate(&job).path(), &["check", "--format", "json"], exit);
        let kinds: Vec<String> = verdicts(&checked).into_iter().map(|(kind, _)| kind).collect();
        assert_eq!(kinds[0], "write", "{product}");
        assert_eq!(kinds[1..], *more, "{product}");
    }
}

#[test]
fn every_cell_of_a_table_is_the_answer_of_can() {
    let dir = estate("");
    let table = json(
        dir.path(),
        &["matrix", "--target", "s3://lake/raw/x", "--target", "s3://lake/out/x", "--format", "json"],
        0,
    );
    let cells = table["cells"].as_array().unwrap();
    assert_eq!(cells.len(), 8);
    for cell in cells {
        let (operation, target) = (cell["operation"].as_str().unwrap(), cell["target"].as_str().unwrap());
        let verdict = cell["verdict"].as_str().unwrap();
        let exit = i32::from(verdict == "denied");
        let answer = json(dir.path(), &["can", ROLE, operation, target, "--format", "json"], exit);
        assert_eq!(answer["verdict"], cell["verdict"], "{operation} {target}");
        assert_eq!(cell["gate"].is_null(), verdict == "allowed", "{cell}");
    }
    let (csv, _) = out(dir.path(), &["matrix", "--format", "csv"], 0);
    assert!(
        csv.contains("role/etl,write,s3://lake/*,conditional,identity,s3:PutObject,object key "),
        "{csv}"
    );
}

#[test]
fn who_can_overwrite_and_delete() {
    let dir = estate("");
    let who =
        |operation: &str, target: &str| json(dir.path(), &["who", operation, target, "--format", "json"], 0);
    let names = |map: &Value| map["nodes"].to_string().contains(ROLE);
    assert!(names(&who("write", "s3://lake/out/x")));
    assert!(names(&who("list", "s3://lake")));
    assert!(!names(&who("delete", "s3://lake/out/x")));
    let question = who("write", "s3://lake/out/x")["question"].clone();
    assert_eq!(
        (&question["operation"], &question["targets"][0]),
        (&"write".into(), &"s3://lake/out/x".into())
    );
}

#[test]
fn words_that_are_no_operation() {
    let dir = estate("");
    let can = |args: &[&str], says: &[&str]| {
        let (printed, complained) = out(dir.path(), &[&["can", "etl"], args].concat(), 2);
        assert!(printed.is_empty(), "{printed}");
        assert!(says.iter().all(|says| complained.contains(says)), "{complained}");
    };
    can(&["wirte", "s3://lake/x"], &["`wirte` is not an operation", "did you mean `write`?"]);
    can(&["PutObject", "s3://lake/x"], &["`PutObject` is not an operation", "`write`", "s3:PutObject"]);
    can(&["UploadPart", "s3://lake/x"], &["`write`", "s3:PutObject"]);
    can(&["Decrypt", "s3://lake/x"], &["ask about the action kms:Decrypt"]);
    can(&["write"], &["write what?"]);
    can(&["copy", "s3://lake/x"], &["takes two objects"]);
    can(&["kms:Decrypt"], &["on which resource?"]);
    can(&["write", "s3://lake/x", "--header", "a b=c"], &["is not a header"]);
}

#[test]
fn several_targets_have_an_answer_each() {
    let args = ["can", "etl", "read", "s3://lake/raw/a", "s3://lake/raw/b"];
    let dir = estate("");
    let answers = json(dir.path(), &[&args[..], &["--format", "json"]].concat(), 0);
    assert_eq!(answers.as_array().unwrap().len(), 2);
    let (lines, _) = out(dir.path(), &[&args[..], &["--format", "jsonl"]].concat(), 0);
    assert_eq!(lines.lines().count(), 2);
}

#[test]
fn a_service_that_writes_is_led_to_deliveries() {
    let dir = estate("");
    let (_, said) = out(dir.path(), &["can", "service:cloudtrail.amazonaws.com", "write", "s3://lake/x"], 1);
    assert!(
        said.contains("can service:cloudtrail.amazonaws.com deliver s3://lake/x --source-arn ARN"),
        "{said}"
    );
}

/// A Deny of every action that asks for the header of uploads refuses reads too. To leave the role out of it opens uploads
/// without the header as well. AWS: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
#[test]
fn a_change_says_what_it_opens_of_other_operations() {
    let dir = estate("");
    let policy = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::lake/*"},
        {"Sid": "NeedsHeader", "Effect": "Deny", "Action": "s3:*", "Resource": "*",
         "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}}]}"#;
    fs::write(dir.path().join("role.json"), policy).unwrap();
    let answer = json(dir.path(), &["can", "etl", "s3://lake/raw/a", "--format", "json"], 1);
    let fix = &answer["fix"][0];
    assert_eq!(fix["compared"], serde_json::json!(["read", "delete", "list", "write"]));
    assert_eq!(fix["covers_more"], true);
    let opened: Vec<&Value> =
        fix["opens"].as_array().unwrap().iter().map(|change| &change["subject"]["operation"]).collect();
    assert_eq!(opened, ["write"], "{fix:#}");
    let (shown, _) = out(dir.path(), &["can", "etl", "s3://lake/raw/a"], 1);
    let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(shown.contains("more opens"), "{shown}");
    assert!(shown.contains("other actions of the statement were not compared"), "{shown}");
    // A statement that names the refused action alone opens nothing else.
    let policy = r#"{"Version": "2012-10-17", "Statement": []}"#;
    fs::write(
        dir.path().join("role.json"),
        policy.replace("[]", r#"[{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}]"#),
    )
    .unwrap();
    let answer = json(dir.path(), &["can", "etl", "s3://lake/raw/a", "--format", "json"], 1);
    assert_eq!(answer["fix"][0]["compared"], serde_json::json!(["read"]));
    assert_eq!(answer["fix"][0]["covers_more"], false);
}

/// What is known of a key is shown, and never an ARN that nobody has.
#[test]
fn a_key_that_nobody_knows_is_called_by_its_alias() {
    let dir = estate("");
    let path = dir.path().join("decryptable.toml");
    let text = fs::read_to_string(&path).unwrap();
    let alias = r#"{ type = "aws:kms", key = "alias/unheard", bucket_key = true }"#;
    fs::write(&path, text.replacen(r#"{ type = "AES256" }"#, alias, 1)).unwrap();
    let (shown, _) = out(dir.path(), &["can", "etl", "write", "s3://lake/out/x"], 4);
    assert!(shown.contains("arn:aws:kms:eu-west-1:111111111111:alias/unheard"), "{shown}");
    assert!(!shown.contains("00000000"), "{shown}");
}

/// A slip in what a Deny spares is put right there; a restriction is named, and the Deny keeps it.
/// AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
#[test]
fn a_slip_in_what_a_deny_spares_is_put_right() {
    let dir = estate("");
    let ask = |condition: &str| {
        let policy = format!(
            r#"{{"Version": "2012-10-17", "Statement": [
                {{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}},
                {{"Sid": "Only", "Effect": "Deny", "Action": "s3:GetObject", "Resource": "*", "Condition": {condition}}}]}}"#
        );
        fs::write(dir.path().join("role.json"), policy).unwrap();
        let args = ["can", "etl", "s3://lake/raw/a", "--from-ip", "203.0.113.7", "--format", "json"];
        json(dir.path(), &args, 1)["fix"][0].clone()
    };
    for (condition, mended) in [
        (
            r#"{"ArnNotLike": {"aws:PrincipalArn": "arn:aws:sts::111111111111:assumed-role/etl/*"}}"#,
            r#"{"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::111111111111:role/etl"}}"#,
        ),
        (
            r#"{"StringNotEquals": {"aws:PrincipalArn": "arn:aws:iam::111111111111:role/et*"}}"#,
            r#"{"StringNotLike": {"aws:PrincipalArn": "arn:aws:iam::111111111111:role/et*"}}"#,
        ),
        (
            r#"{"StringNotEquals": {"aws:SourceIp": "203.0.113.0/24"}}"#,
            r#"{"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}"#,
        ),
    ] {
        let fix = ask(condition);
        assert_eq!(fix["statement"]["Condition"], serde_json::from_str::<Value>(mended).unwrap(), "{fix:#}");
        assert_eq!(fix["after"], "allowed", "{fix:#}");
    }
    let fix = ask(r#"{"NotIpAddress": {"aws:SourceIp": "198.51.100.0/24"}}"#);
    let why = fix["why"].as_str().unwrap();
    assert!(why.contains("198.51.100.0/24") && why.contains("203.0.113.7"), "{why}");
    assert!(fix["statement"]["Condition"]["NotIpAddress"].is_object(), "{fix:#}");
}
