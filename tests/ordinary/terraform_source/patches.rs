//! Patches of Terraform source: `git apply` takes them, and the question is allowed after it.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::binary;

const PROVIDER: &str = "provider \"aws\" {\n  region              = \"eu-west-1\"\n  allowed_account_ids = [\"123456789012\"]\n}\n";

const OTHER: &str = "provider \"aws\" {\n  alias               = \"data\"\n  region              = \"eu-west-1\"\n  allowed_account_ids = [\"210987654321\"]\n}\n";

const ROLE: &str = "resource \"aws_iam_role\" \"reader\" {\n  name               = \"reader\"\n  assume_role_policy = jsonencode({ Version = \"2012-10-17\", Statement = [] })\n}\n";

const BUCKET: &str = "resource \"aws_s3_bucket\" \"lake\" {\n  bucket = \"acme-lake\"\n}\n";

const ENCRYPTED: &str = "resource \"aws_s3_bucket_server_side_encryption_configuration\" \"lake\" {\n  bucket = aws_s3_bucket.lake.id\n  rule {\n    apply_server_side_encryption_by_default {\n      sse_algorithm     = \"aws:kms\"\n      kms_master_key_id = aws_kms_key.lake.arn\n    }\n  }\n}\n";

/// A role with a policy, and a bucket.
fn with_policy(policy: &str) -> String {
    format!(
        "{PROVIDER}{ROLE}{BUCKET}resource \"aws_iam_role_policy\" \"p\" {{\n  role = aws_iam_role.reader.name\n  policy = {policy}\n}}\n"
    )
}

fn object(action: &str, resource: &str) -> String {
    format!(
        "jsonencode({{\n    Version = \"2012-10-17\"\n    Statement = [{{\n      Effect   = \"Allow\"\n      Action   = {action}\n      Resource = {resource}\n    }}]\n  }})"
    )
}

fn lay_out(dir: &Path, files: &[(&str, String)]) {
    fs::create_dir(dir.join(".git")).unwrap();
    for (name, text) in files {
        let path = dir.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn apply(dir: &Path, patch: &[u8]) {
    let mut git = Command::new("git");
    git.args(["apply", "-"]).current_dir(dir).env("GIT_CEILING_DIRECTORIES", dir.parent().unwrap());
    let mut git = git.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    git.stdin.take().unwrap().write_all(patch).unwrap();
    let said = git.wait_with_output().unwrap();
    let shown = String::from_utf8_lossy(patch);
    assert!(said.status.success(), "{}\n{shown}", String::from_utf8_lossy(&said.stderr));
}

fn ask(dir: &Path, line: &[&str], format: &str) -> Output {
    binary::run(dir, &[line, &["--format", format]].concat(), "")
}

/// The lines that a patch adds, once it was applied and the question is allowed.
fn mended(files: &[(&str, String)], object: &str) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    lay_out(dir.path(), files);
    let line = ["can", "reader", object, "--input", ".", "--isolated"];
    let before = ask(dir.path(), &line, "patch");
    let patch = String::from_utf8_lossy(&before.stdout).into_owned();
    assert_eq!(before.status.code(), Some(1), "{patch}{}", String::from_utf8_lossy(&before.stderr));
    assert!(patch.contains("\n+++ "), "{patch}");
    fs::remove_dir(dir.path().join(".git")).unwrap();
    apply(dir.path(), &before.stdout);
    let after = ask(dir.path(), &line, "human");
    assert_eq!(after.status.code(), Some(0), "{patch}\n{}", String::from_utf8_lossy(&after.stdout));
    let added = patch.lines().filter(|line| line.starts_with('+') && !line.starts_with("+++"));
    added.map(|line| line.get(1..).unwrap_or_default().trim_end().to_owned()).collect()
}

/// One file and one question, and the lines that its patch adds.
fn adds(text: String, question: &str, wanted: &[&str]) {
    assert_eq!(mended(&[("main.tf", text)], question), wanted);
}

const STATEMENT: &[&str] = &[
    "{",
    "  Effect   = \"Allow\"",
    "  Action   = \"s3:GetObject\"",
    "  Resource = \"${aws_s3_bucket.lake.arn}/a\"",
];

#[test]
fn statements_are_added_to_lists_however_they_are_written() {
    let element = "{\n        Effect   = \"Allow\"\n        Action   = \"s3:ListBucket\"\n        Resource = \"*\"\n      }";
    let documents = [
        format!(
            "jsonencode({{\n    Version = \"2012-10-17\"\n    Statement = [\n      {element},\n    ]\n  }})"
        ),
        format!(
            "jsonencode({{\n    Version = \"2012-10-17\"\n    Statement = concat([\n      {element},\n    ], [])\n  }})"
        ),
        format!(
            "jsonencode({{\n    Version = \"2012-10-17\"\n    Statement = [\n      {element}\n    ]\n  }})"
        ),
        format!("jsonencode({{\n    Version = \"2012-10-17\"\n    Statement = {element}\n  }})"),
        "jsonencode({\n    Version   = \"2012-10-17\"\n    Statement = []\n  })".to_owned(),
        "jsonencode({\n    Version   = \"2012-10-17\"\n    Statement = local.statements\n  })".to_owned(),
    ];
    for document in documents {
        let is_local = document.contains("local.");
        let mut text = with_policy(&document);
        if is_local {
            text.push_str(&format!("locals {{\n  statements = [\n    {element},\n  ]\n}}\n"));
        }
        let added = mended(&[("main.tf", text.clone())], "s3://acme-lake/a");
        let added: Vec<&str> = added.iter().map(|line| line.trim()).collect();
        for line in STATEMENT.iter().skip(1) {
            assert!(added.contains(&line.trim()), "{text}\n{added:?}");
        }
        // The same with the ends of lines that another system has.
        let added = mended(&[("main.tf", text.replace('\n', "\r\n"))], "s3://acme-lake/a");
        assert!(added.contains(&"      Effect   = \"Allow\"".to_owned()) || added.len() > 3, "{added:?}");
    }
}

#[test]
fn json_in_a_heredoc_stays_json() {
    for (dash, marker) in [("-", "  EOT"), ("", "EOT")] {
        let document = |action: &str| {
            format!(
                "<<{dash}EOT\n{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {{\n      \"Effect\": \"Allow\",\n      \"Action\": \"{action}\",\n      \"Resource\": \"${{aws_s3_bucket.lake.arn}}/*\"\n    }}\n  ]\n}}\n{marker}"
            )
        };
        adds(
            with_policy(&document("s3:GetObjekt")),
            "s3://acme-lake/a",
            &["      \"Action\": \"s3:GetObject\","],
        );
        adds(
            with_policy(&document("s3:ListBucket")),
            "s3://acme-lake/a",
            &[
                "    },",
                "    {",
                "      \"Effect\": \"Allow\",",
                "      \"Action\": \"s3:GetObject\",",
                "      \"Resource\": \"${aws_s3_bucket.lake.arn}/a\"",
            ],
        );
    }
}

#[test]
fn documents_in_files_of_their_own_are_changed_there() {
    let json = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Effect\": \"Allow\",\n      \"Action\": \"s3:ListBucket\",\n      \"Resource\": \"*\"\n    }\n  ]\n}\n";
    for (name, read) in [
        ("policy.json", "file(\"${path.module}/policy.json\")"),
        ("policy.json.tpl", "templatefile(\"${path.module}/policy.json.tpl\", { a = 1 })"),
    ] {
        let files = [("main.tf", with_policy(read)), (name, json.to_owned())];
        let added = mended(&files, "s3://acme-lake/a");
        assert!(added.contains(&"      \"Resource\": \"arn:aws:s3:::acme-lake/a\"".to_owned()), "{added:?}");
    }
}

#[test]
fn one_value_is_put_right_where_it_stands() {
    let resource = "\"${aws_s3_bucket.lake.arn}/*\"";
    adds(
        with_policy(&object("[\"s3:GetObjekt\"]", resource)),
        "s3://acme-lake/a",
        &["      Action   = [\"s3:GetObject\"]"],
    );
    adds(
        with_policy(&object("\"s3:GetObject\"", "aws_s3_bucket.lake.arn")),
        "s3://acme-lake/a",
        &["      Resource = [aws_s3_bucket.lake.arn, \"${aws_s3_bucket.lake.arn}/*\"]"],
    );
}

const ALL: &str = "[\"s3:GetObject\", \"kms:Decrypt\"]";

/// A key whose policy has a condition, as a data source and as an object.
fn keys(operator: &str, key: &str, value: &str, principal: &str) -> [String; 2] {
    let block = format!(
        "resource \"aws_kms_key\" \"lake\" {{\n  policy = data.aws_iam_policy_document.key.json\n}}\ndata \"aws_iam_policy_document\" \"key\" {{\n  statement {{\n    actions   = [\"kms:Decrypt\"]\n    resources = [\"*\"]\n    principals {{\n      type        = \"AWS\"\n      identifiers = [{principal}]\n    }}\n    condition {{\n      test     = \"{operator}\"\n      variable = \"{key}\"\n      values   = [\"{value}\"]\n    }}\n  }}\n}}\n"
    );
    let object = format!(
        "resource \"aws_kms_key\" \"lake\" {{\n  policy = jsonencode({{\n    Version = \"2012-10-17\"\n    Statement = [\n      {{\n        Effect    = \"Allow\"\n        Action    = \"kms:Decrypt\"\n        Resource  = \"*\"\n        Principal = {{ AWS = {principal} }}\n        Condition = {{\n          {operator} = {{\n            \"{key}\" = \"{value}\"\n          }}\n        }}\n      }},\n    ]\n  }})\n}}\n"
    );
    [block, object].map(|key| format!("{}{key}{ENCRYPTED}", with_policy(&object_of_all())))
}

fn object_of_all() -> String {
    object(ALL, "\"*\"")
}

#[test]
fn conditions_and_principals_are_put_right_in_both_forms() {
    let role = "aws_iam_role.reader.arn";
    let here = "s3.eu-west-1.amazonaws.com";
    let [block, object] = keys("StringEquals", "kms:ViaService", "s3.us-west-2.amazonaws.com", role);
    adds(block, "s3://acme-lake/a", &["      values   = [\"s3.eu-west-1.amazonaws.com\"]"]);
    adds(object, "s3://acme-lake/a", &["            \"kms:ViaService\" = \"s3.eu-west-1.amazonaws.com\""]);
    let [block, object] = keys("StringEquals", "kms:ViaService", "s3.*.amazonaws.com", role);
    adds(block, "s3://acme-lake/a", &["      test     = \"StringLike\""]);
    adds(object, "s3://acme-lake/a", &["          StringLike = {"]);
    let [block, object] = keys("StringEquals", "kms:ViaServic", here, role);
    adds(block, "s3://acme-lake/a", &["      variable = \"kms:ViaService\""]);
    adds(object, "s3://acme-lake/a", &["            \"kms:ViaService\" = \"s3.eu-west-1.amazonaws.com\""]);
    let misspelt = "\"arn:aws:iam::123456789012:role/raeder\"";
    let [block, object] = keys("StringEquals", "kms:ViaService", here, misspelt);
    adds(block, "s3://acme-lake/a", &["      identifiers = [aws_iam_role.reader.arn]"]);
    adds(object, "s3://acme-lake/a", &["        Principal = { AWS = aws_iam_role.reader.arn }"]);
}

#[test]
fn a_statement_more_of_a_data_source_is_a_block() {
    let [block, _] =
        keys("StringEquals", "kms:CallerAccount", "210987654321", "\"arn:aws:iam::123456789012:role/other\"");
    let added = mended(
        &[("main.tf", block.replace("[\"kms:Decrypt\"]\n    resources", "[\"kms:Encrypt\"]\n    resources"))],
        "s3://acme-lake/a",
    );
    assert!(added.contains(&"  statement {".to_owned()), "{added:?}");
    assert!(added.contains(&"      identifiers = [aws_iam_role.reader.arn]".to_owned()), "{added:?}");
}

#[test]
fn a_policy_that_is_not_there_is_a_resource_beside_its_owner() {
    adds(
        format!("{PROVIDER}{ROLE}{BUCKET}"),
        "s3://acme-lake/a",
        &[
            "",
            "resource \"aws_iam_role_policy\" \"reader\" {",
            "  name = \"reader\"",
            "  role = aws_iam_role.reader.name",
            "  policy = jsonencode({",
            "    Version = \"2012-10-17\"",
            "    Statement = [",
            "      {",
            "        Effect   = \"Allow\"",
            "        Action   = \"s3:GetObject\"",
            "        Resource = \"${aws_s3_bucket.lake.arn}/a\"",
            "      },",
            "    ]",
            "  })",
            "}",
        ],
    );
    // A name that a resource of the type has, though it has no instance, is not taken twice.
    let none = format!(
        "{PROVIDER}{ROLE}{BUCKET}resource \"aws_iam_role_policy\" \"reader\" {{\n  count  = 0\n  role   = aws_iam_role.reader.name\n  policy = {}\n}}\n",
        object_of_all()
    );
    let added = mended(&[("main.tf", none)], "s3://acme-lake/a");
    assert!(added.contains(&"resource \"aws_iam_role_policy\" \"reader_more\" {".to_owned()), "{added:?}");
}

#[test]
fn policies_of_buckets_and_keys_are_of_the_provider_of_their_owner() {
    let there = |text: &str| text.replacen(" {\n", " {\n  provider = aws.data\n", 1);
    let own = with_policy(&object_of_all()).replace(BUCKET, "");
    let bucket = format!("{own}{OTHER}{}", there(BUCKET));
    let added = mended(&[("main.tf", bucket.clone())], "s3://acme-lake/a");
    for line in [
        "resource \"aws_s3_bucket_policy\" \"lake\" {",
        "  provider = aws.data",
        "  bucket   = aws_s3_bucket.lake.id",
        "          AWS = aws_iam_role.reader.arn",
    ] {
        assert!(added.contains(&line.to_owned()), "{added:?}");
    }
    let policy = "resource \"aws_s3_bucket_policy\" \"lake\" {\n  provider = aws.data\n  bucket   = aws_s3_bucket.lake.id\n  policy   = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Principal = { AWS = aws_iam_role.reader.arn }, Action = \"s3:*\", Resource = \"${aws_s3_bucket.lake.arn}/*\" }] })\n}\n";
    let key = "resource \"aws_kms_key\" \"lake\" {\n  description = \"lake\"\n}\n";
    let text = format!("{bucket}{policy}{}{}", there(key), there(ENCRYPTED));
    let added = mended(&[("main.tf", text)], "s3://acme-lake/a");
    for line in [
        "resource \"aws_kms_key_policy\" \"lake\" {",
        "  provider = aws.data",
        "  key_id   = aws_kms_key.lake.id",
        // What the policy of KMS allows stays.
        "          AWS = \"arn:aws:iam::210987654321:root\"",
        "          AWS = aws_iam_role.reader.arn",
    ] {
        assert!(added.contains(&line.to_owned()), "{added:?}");
    }
}

#[test]
fn references_are_those_that_the_module_has() {
    let key = "resource \"aws_kms_key\" \"k\" {}\noutput \"arn\" {\n  value = aws_kms_key.k.arn\n}\n";
    let root = format!(
        "{}module \"key\" {{\n  source = \"./key\"\n}}\n{}",
        with_policy(&object("\"s3:GetObject\"", "\"*\"")),
        ENCRYPTED.replace("aws_kms_key.lake.arn", "module.key.arn")
    );
    let added = mended(&[("main.tf", root), ("key/main.tf", key.to_owned())], "s3://acme-lake/a");
    assert!(added.contains(&"      Resource = module.key.arn".to_owned()), "{added:?}");
    // The bucket is not of the module, which was given its ARN.
    let root = format!(
        "{PROVIDER}{BUCKET}module \"reader\" {{\n  source = \"./reader\"\n  bucket = aws_s3_bucket.lake.arn\n}}\n"
    );
    let module = format!(
        "variable \"bucket\" {{\n  type = string\n}}\n{ROLE}resource \"aws_iam_role_policy\" \"p\" {{\n  role = aws_iam_role.reader.name\n  policy = {}\n}}\n",
        object("\"s3:GetObject\"", "\"${var.bucket}/b/*\"")
    );
    let added = mended(&[("main.tf", root), ("reader/main.tf", module)], "s3://acme-lake/a");
    assert!(added.contains(&"      Resource = \"${var.bucket}/a\"".to_owned()), "{added:?}");
}

/// Copies an estate, and asks each of its questions, and what it answers with no for other objects.
#[test]
fn every_proposal_of_the_estates_in_source_opens_what_it_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let mut estates: Vec<_> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    estates.retain(|path| path.file_name().unwrap().to_string_lossy().starts_with("terraform-source-"));
    estates.sort();
    let (mut applied, mut by_people) = (0, 0);
    for estate in estates {
        let case: toml::Table =
            toml::from_str(&fs::read_to_string(estate.join("case.toml")).unwrap()).unwrap();
        for question in case.get("question").and_then(toml::Value::as_array).into_iter().flatten() {
            let text = |name: &str| question.get(name).and_then(toml::Value::as_str);
            let (Some(role), Some(object)) = (text("role"), text("read")) else { continue };
            let other = format!("{object}.other/x");
            for object in [object, other.as_str()] {
                let dir = tempfile::tempdir().unwrap();
                copy(&estate, dir.path());
                let line = ["can", role, object];
                let json = ask(dir.path(), &line, "json");
                let answer: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
                if answer.get("verdict").and_then(serde_json::Value::as_str) != Some("denied") {
                    continue;
                }
                let fixes = answer.get("fix").and_then(serde_json::Value::as_array).unwrap();
                if fixes.iter().any(|fix| fix.get("kind").unwrap() == "elsewhere") {
                    by_people += 1;
                    continue;
                }
                let patch = ask(dir.path(), &line, "patch");
                apply(dir.path(), &patch.stdout);
                let after = ask(dir.path(), &line, "human");
                let shown =
                    [&patch.stdout, &after.stdout].map(|text| String::from_utf8_lossy(text).into_owned());
                assert_eq!(
                    after.status.code(),
                    Some(0),
                    "{}: {line:?}\n{}",
                    estate.display(),
                    shown.concat()
                );
                applied += 1;
            }
        }
    }
    println!("{applied} applied, {by_people} for people to decide");
    assert!(applied >= 8, "{applied} applied, {by_people} for people to decide");
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            fs::create_dir(&target).unwrap();
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// A bucket in a loop, whose reference has quotation marks.
const KEYED: &str = "resource \"aws_s3_bucket\" \"all\" {\n  for_each = toset([\"eu\"])\n  bucket   = \"acme-${each.key}\"\n}\n";

const ESCAPED: &str = r#""{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"s3:GetObject\", \"Resource\": \"@/*\"}]}""#;

#[test]
fn policies_in_quotation_marks_stay_there() {
    let policy = ESCAPED.replace('@', r#"${aws_s3_bucket.all["eu"].arn}"#);
    let files = [("main.tf", with_policy(&policy)), ("all.tf", KEYED.to_owned())];
    let old = policy.strip_suffix("]}\"").unwrap();
    let new = r#", {\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"${aws_s3_bucket.lake.arn}/x\"}]}""#;
    assert_eq!(mended(&files, "s3://acme-lake/x"), [format!("  policy = {old}{new}")]);
}

#[test]
fn heredocs_take_references_with_quotation_marks() {
    let policy = "<<-EOT\n  {\n    \"Version\": \"2012-10-17\",\n    \"Statement\": [{\"Effect\": \"Deny\", \"Action\": \"s3:PutObject\", \"Resource\": \"${aws_s3_bucket.all[\"eu\"].arn}/*\"}]\n  }\n  EOT";
    let files = [("main.tf", with_policy(policy)), ("all.tf", KEYED.to_owned())];
    let added = mended(&files, "s3://acme-lake/x");
    let wanted = r#", {"Effect":"Allow","Action":"s3:GetObject","Resource":"${aws_s3_bucket.lake.arn}/x"}]"#;
    assert!(added.first().unwrap().ends_with(wanted), "{added:?}");
}

/// A file in Terraform's syntax in JSON beside the role and its bucket.
fn in_json(text: &str) -> Vec<String> {
    let main = format!("{PROVIDER}{ROLE}{BUCKET}");
    mended(&[("main.tf", main), ("policy.tf.json", text.to_owned())], "s3://acme-lake/x")
}

#[test]
fn syntax_in_json_gets_blocks_objects_and_texts() {
    let policy = |value: &str| {
        format!(
            "{{\"resource\": {{\"aws_iam_role_policy\": {{\"p\": {{\"role\": \"${{aws_iam_role.reader.name}}\", \"policy\": {value}}}}}}}}}"
        )
    };
    let text = policy(&ESCAPED.replace('@', "arn:aws:s3:::other"));
    let wanted = r#", {\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"${aws_s3_bucket.lake.arn}/x\"}]}"}}}}"#;
    assert!(in_json(&text).first().unwrap().ends_with(wanted));

    let block = "{\n  \"data\": {\"aws_iam_policy_document\": {\"d\": {\n    \"statement\": [\n      {\"actions\": [\"s3:GetObject\"], \"resources\": [\"arn:aws:s3:::other/*\"]}\n    ]\n  }}},\n  \"resource\": {\"aws_iam_role_policy\": {\"p\": {\n    \"role\": \"${aws_iam_role.reader.name}\",\n    \"policy\": \"${data.aws_iam_policy_document.d.json}\"\n  }}}\n}\n";
    let added = in_json(block);
    assert_eq!(added.last().map(String::as_str), Some("      }"));
    assert!(added.contains(&"          \"${aws_s3_bucket.lake.arn}/x\"".to_owned()), "{added:?}");

    let local = "{\n  \"locals\": {\"policy\": {\"Version\": \"2012-10-17\", \"Statement\": [\n    {\"Effect\": \"Allow\", \"Action\": \"s3:GetObject\", \"Resource\": \"arn:aws:s3:::other/$${aws:username}/*\"}\n  ]}},\n  \"resource\": {\"aws_iam_role_policy\": {\"p\": {\n    \"role\": \"${aws_iam_role.reader.name}\",\n    \"policy\": \"${jsonencode(local.policy)}\"\n  }}}\n}\n";
    let added = in_json(local);
    assert!(added.contains(&"      \"Resource\": \"${aws_s3_bucket.lake.arn}/x\"".to_owned()), "{added:?}");
}
