//! Small configurations, asked through the binary.

use std::fs;
use std::path::Path;

use crate::binary;

/// A configuration, a command line in it, and what is printed, on one line.
fn prints(files: &[(&str, &str)], line: &str) -> (Option<i32>, String) {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join(".git")).unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap_or(Path::new(""))).unwrap();
        fs::write(path, text).unwrap();
    }
    let arguments: Vec<&str> = line.split(' ').collect();
    let output = binary::run(dir.path(), &arguments, "");
    let streams = [&output.stdout, &output.stderr].map(|stream| String::from_utf8_lossy(stream).into_owned());
    (output.status.code(), streams.concat().split_whitespace().collect::<Vec<_>>().join(" "))
}

const PROVIDER: &str =
    "provider \"aws\" {\n  region = \"eu-west-1\"\n  allowed_account_ids = [\"123456789012\"]\n}\n";

const ROLE: &str = "resource \"aws_iam_role\" \"reader\" {\n  name = \"reader\"\n  assume_role_policy = jsonencode({\n    Version = \"2012-10-17\"\n    Statement = [{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = { Service = \"glue.amazonaws.com\" } }]\n  })\n}\n";

fn bucket_and_policy(action: &str, resource: &str) -> String {
    format!(
        "{PROVIDER}{ROLE}\nresource \"aws_s3_bucket\" \"lake\" {{\n  bucket = \"acme-lake\"\n}}\nresource \"aws_iam_role_policy\" \"read\" {{\n  role = aws_iam_role.reader.name\n  policy = jsonencode({{\n    Version = \"2012-10-17\"\n    Statement = [\n      {{\n        Effect = \"Allow\"\n        Action = {action}\n        Resource = {resource}\n      }},\n    ]\n  }})\n}}\n"
    )
}

#[test]
fn a_reference_is_what_it_names() {
    let text = bucket_and_policy("\"s3:GetObject\"", "\"${aws_s3_bucket.lake.arn}/raw/*\"");
    let (code, out) = prints(&[("main.tf", &text)], "can reader s3://acme-lake/raw/x --input . --isolated");
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains("ALLOWED") && out.contains("main.tf:"), "{out}");
    let (code, out) = prints(&[("main.tf", &text)], "can reader s3://acme-lake/other --input . --isolated");
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains("DENIED"), "{out}");
}

#[test]
fn one_leaf_that_is_not_known_leaves_the_others() {
    let text = format!(
        "{}variable \"more\" {{\n  type = string\n}}\n",
        bucket_and_policy(
            "\"s3:GetObject\"",
            "[\"arn:aws:s3:::acme-lake/a/*\", \"arn:aws:s3:::${var.more}/*\"]"
        )
    );
    let (_, out) = prints(&[("main.tf", &text)], "can reader s3://acme-lake/a/x --input . --isolated");
    assert!(out.contains("ALLOWED"), "{out}");
    let (_, out) = prints(&[("main.tf", &text)], "can reader s3://acme-lake/b/x --input . --isolated");
    assert!(out.contains("CONDITIONAL") && out.contains("var.more"), "{out}");
    let (_, out) =
        prints(&[("main.tf", &text)], "can reader s3://acme-lake/b/x --input . --isolated --var more=other");
    assert!(out.contains("DENIED"), "{out}");
    let (_, out) = prints(
        &[("main.tf", &text)],
        "can reader s3://acme-lake/b/x --input . --isolated --var more=acme-lake",
    );
    assert!(out.contains("ALLOWED"), "{out}");
}

#[test]
fn a_block_that_cannot_be_read_costs_one_block() {
    let text = format!(
        "{}\nresource \"aws_iam_role\" \"broken\" {{\n  name = = 1\n}}\n",
        bucket_and_policy("\"s3:GetObject\"", "\"*\"")
    );
    let (code, out) = prints(&[("main.tf", &text)], "inputs . --isolated");
    assert!(out.contains("terraform-syntax"), "{out}");
    assert!(out.contains("2 roles, 1 bucket"), "{code:?} {out}");
}

#[test]
fn names_of_functions_and_modules_that_are_not_there_are_told() {
    let text = format!(
        "{PROVIDER}module \"far\" {{\n  source = \"acme/roles/aws\"\n}}\n{ROLE}resource \"aws_iam_role_policy_attachment\" \"a\" {{\n  role = aws_iam_role.reader.name\n  policy_arn = module.far.arn\n}}\n"
    );
    let (_, out) = prints(&[("main.tf", &text)], "lint .");
    assert!(out.contains("terraform-module") && out.contains("terraform get"), "{out}");
}
