//! Modules in the style of public registries: switches, lists of objects, statements that are merged.

use std::fs;
use std::path::Path;

use crate::binary;

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

const ROOT: &str = r#"
provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["123456789012"]
}

module "key" {
  source = "acme/kms/aws"

  key_owners = ["arn:aws:iam::123456789012:root"]
  key_users  = [module.role.arn]
  aliases    = ["lake"]
}

module "bucket" {
  source = "acme/s3-bucket/aws"

  bucket                                = "acme-lake"
  attach_deny_insecure_transport_policy = true
  attach_policy                         = true
  policy                                = data.aws_iam_policy_document.closed.json
  kms_master_key_id                     = module.key.arn
}

data "aws_iam_policy_document" "closed" {
  statement {
    sid       = "Closed"
    effect    = "Deny"
    actions   = ["s3:GetObject"]
    resources = ["${module.bucket.arn}/closed/*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
  }
}

module "role" {
  source = "acme/iam-role-oidc/aws"

  name                  = "worker"
  oidc_provider_url     = "https://oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF0123456789ABCDEF0123456789"
  oidc_subjects         = ["system:serviceaccount:jobs:worker"]
  role_policy_documents = [jsonencode({
    Version = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::acme-lake/*" }]
  })]
}
"#;

const KMS: &str = r#"
variable "key_owners" {
  type    = list(string)
  default = []
}
variable "key_users" {
  type    = list(string)
  default = []
}
variable "aliases" {
  type    = list(string)
  default = []
}
variable "create" {
  type    = bool
  default = true
}

data "aws_iam_policy_document" "this" {
  count = var.create ? 1 : 0

  dynamic "statement" {
    for_each = length(var.key_owners) > 0 ? [1] : []
    content {
      sid       = "KeyOwner"
      actions   = ["kms:*"]
      resources = ["*"]
      principals {
        type        = "AWS"
        identifiers = var.key_owners
      }
    }
  }

  dynamic "statement" {
    for_each = length(var.key_users) > 0 ? [1] : []
    content {
      sid       = "KeyUsage"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
      resources = ["*"]
      principals {
        type        = "AWS"
        identifiers = var.key_users
      }
    }
  }
}

resource "aws_kms_key" "this" {
  count  = var.create ? 1 : 0
  policy = try(data.aws_iam_policy_document.this[0].json, null)
}

resource "aws_kms_alias" "this" {
  for_each      = { for alias in toset(var.aliases) : alias => { name = alias } if var.create }
  name          = "alias/${each.value.name}"
  target_key_id = aws_kms_key.this[0].key_id
}

output "arn" {
  value = try(aws_kms_key.this[0].arn, null)
}
"#;

const BUCKET: &str = r#"
variable "bucket" {
  type    = string
  default = null
}
variable "attach_policy" {
  type    = bool
  default = false
}
variable "attach_deny_insecure_transport_policy" {
  type    = bool
  default = false
}
variable "policy" {
  type    = string
  default = null
}
variable "kms_master_key_id" {
  type    = string
  default = null
}

locals {
  attach_policy = var.attach_deny_insecure_transport_policy || var.attach_policy
}

resource "aws_s3_bucket" "this" {
  bucket = var.bucket
}

resource "aws_s3_bucket_policy" "this" {
  count  = local.attach_policy ? 1 : 0
  bucket = aws_s3_bucket.this.id
  policy = data.aws_iam_policy_document.combined[0].json
}

data "aws_iam_policy_document" "combined" {
  count = local.attach_policy ? 1 : 0

  source_policy_documents = compact([
    var.attach_deny_insecure_transport_policy ? data.aws_iam_policy_document.deny_insecure_transport[0].json : "",
    var.attach_policy ? var.policy : "",
  ])
}

data "aws_iam_policy_document" "deny_insecure_transport" {
  count = var.attach_deny_insecure_transport_policy ? 1 : 0

  statement {
    sid       = "denyInsecureTransport"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.this.arn, "${aws_s3_bucket.this.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  count  = var.kms_master_key_id != null ? 1 : 0
  bucket = aws_s3_bucket.this.id

  dynamic "rule" {
    for_each = [{ key = var.kms_master_key_id }]
    content {
      apply_server_side_encryption_by_default {
        sse_algorithm     = "aws:kms"
        kms_master_key_id = rule.value.key
      }
    }
  }
}

output "arn" {
  value = try(aws_s3_bucket.this.arn, "")
}
"#;

const ROLE: &str = r#"
variable "name" { type = string }
variable "oidc_provider_url" { type = string }
variable "oidc_subjects" { type = set(string) }
variable "role_policy_documents" {
  type    = list(string)
  default = []
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  host = replace(var.oidc_provider_url, "https://", "")
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = ["arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:oidc-provider/${local.host}"]
    }

    dynamic "condition" {
      for_each = length(var.oidc_subjects) > 0 ? [1] : []
      content {
        test     = "StringEquals"
        variable = "${local.host}:sub"
        values   = var.oidc_subjects
      }
    }
  }
}

resource "aws_iam_role" "this" {
  name               = var.name
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "this" {
  count  = length(var.role_policy_documents)
  name   = "policy-${count.index}"
  role   = aws_iam_role.this.name
  policy = var.role_policy_documents[count.index]
}

output "arn" {
  value = aws_iam_role.this.arn
}
"#;

const DOWNLOADED: &str = r#"{"Modules":[
  {"Key":"","Source":"","Dir":"."},
  {"Key":"key","Source":"registry.example/acme/kms/aws","Dir":".terraform/modules/key"},
  {"Key":"bucket","Source":"registry.example/acme/s3-bucket/aws","Dir":".terraform/modules/bucket"},
  {"Key":"role","Source":"registry.example/acme/iam-role-oidc/aws","Dir":".terraform/modules/role"}
]}"#;

#[test]
fn modules_that_were_downloaded_are_evaluated() {
    let files = [
        ("main.tf", ROOT),
        (".terraform/modules/modules.json", DOWNLOADED),
        (".terraform/modules/key/main.tf", KMS),
        (".terraform/modules/bucket/main.tf", BUCKET),
        (".terraform/modules/role/main.tf", ROLE),
    ];
    let (code, out) = prints(&files, "can worker s3://acme-lake/raw/x --input . --isolated");
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains("key policy allowed .terraform/modules/key/main.tf"), "{out}");
    let (code, out) = prints(&files, "can worker s3://acme-lake/closed/x --input . --isolated");
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains("main.tf:") && out.contains("#Closed"), "{out}");
    let (_, out) = prints(&files, "trust worker --input . --isolated");
    assert!(out.contains("system:serviceaccount:jobs:worker") || out.contains("oidc.eks.eu-west-1"), "{out}");
}

#[test]
fn json_and_override_files_are_the_same_language() {
    let json = r#"{
  "provider": {"aws": {"region": "eu-west-1", "allowed_account_ids": ["123456789012"]}},
  "variable": {"bucket": {"type": "string", "default": "acme-lake"}},
  "resource": {
    "aws_s3_bucket": {"lake": {"bucket": "${var.bucket}"}},
    "aws_iam_role": {"reader": {"name": "reader", "assume_role_policy": "{\"Version\":\"2012-10-17\",\"Statement\":[]}"}},
    "aws_iam_role_policy": {"read": {
      "role": "${aws_iam_role.reader.name}",
      "policy": "${jsonencode({Version = \"2012-10-17\", Statement = [{Effect = \"Allow\", Action = \"s3:GetObject\", Resource = \"${aws_s3_bucket.lake.arn}/*\"}]})}"
    }}
  }
}"#;
    let (code, out) = prints(&[("main.tf.json", json)], "can reader s3://acme-lake/x --input . --isolated");
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains("main.tf.json:"), "{out}");
    let over = "resource \"aws_s3_bucket\" \"lake\" {\n  bucket = \"acme-other\"\n}\n";
    let files = [("main.tf.json", json), ("site_override.tf", over)];
    let (code, out) = prints(&files, "can reader s3://acme-other/x --input . --isolated");
    assert_eq!(code, Some(0), "{out}");
}

#[test]
fn a_comment_keeps_a_finding_back() {
    let policy = |comment: &str| {
        format!(
            "resource \"aws_iam_policy\" \"p\" {{\n  name = \"p\"\n  policy = jsonencode({{\n    Version = \"2012-10-17\"\n    {comment}\n    Statement = [{{\n      Effect = \"Allow\"\n      NotAction = \"iam:*\"\n      Resource = \"*\"\n    }}]\n  }})\n}}\n"
        )
    };
    let (_, out) = prints(&[("main.tf", &policy(""))], "lint . --isolated");
    assert!(out.contains("allow-not-action"), "{out}");
    let comment = "# decryptable:ignore[allow-not-action] INC-42, goes with the old cluster";
    let (_, out) = prints(&[("main.tf", &policy(comment))], "lint . --isolated");
    assert!(!out.contains("warning[allow-not-action]"), "{out}");
    let (_, out) =
        prints(&[("main.tf", &policy("# decryptable:ignore[allow-not-action]"))], "lint . --isolated");
    assert!(out.contains("needs a reason"), "{out}");
}

#[test]
fn a_plan_takes_from_its_source_what_it_does_not_show() {
    let source = "provider \"aws\" {\n  region = \"eu-west-1\"\n}\nresource \"aws_kms_key\" \"k\" {}\nresource \"aws_iam_role\" \"reader\" {\n  name = \"reader\"\n  assume_role_policy = jsonencode({ Version = \"2012-10-17\", Statement = [] })\n}\nresource \"aws_iam_role_policy\" \"p\" {\n  role = aws_iam_role.reader.name\n  policy = jsonencode({\n    Version = \"2012-10-17\"\n    Statement = [{ Effect = \"Allow\", Action = [\"s3:GetObject\"], Resource = \"arn:aws:s3:::acme-lake/*\" }, { Effect = \"Allow\", Action = \"kms:Decrypt\", Resource = aws_kms_key.k.arn }]\n  })\n}\nresource \"aws_s3_bucket\" \"lake\" {\n  bucket = \"acme-lake\"\n}\n";
    let change = |address: &str, after: &str, unknown: &str| {
        let (kind, name) = address.split_once('.').unwrap();
        format!(
            r#"{{"address":"{address}","mode":"managed","type":"{kind}","name":"{name}","provider_name":"registry.terraform.io/hashicorp/aws","change":{{"actions":["create"],"before":null,"after":{after},"after_unknown":{unknown}}}}}"#
        )
    };
    let plan = format!(
        r#"{{"format_version":"1.2","resource_changes":[{},{},{},{}],"configuration":{{"provider_config":{{"aws":{{"name":"aws","expressions":{{"region":{{"constant_value":"eu-west-1"}},"allowed_account_ids":{{"constant_value":["123456789012"]}}}}}}}},"root_module":{{"resources":[{{"address":"aws_iam_role_policy.p","mode":"managed","type":"aws_iam_role_policy","name":"p","provider_config_key":"aws","expressions":{{"policy":{{"references":["aws_kms_key.k.arn","aws_kms_key.k"]}},"role":{{"references":["aws_iam_role.reader.name","aws_iam_role.reader"]}}}}}}]}}}}}}"#,
        change("aws_kms_key.k", "{}", r#"{"arn":true,"id":true,"key_id":true,"policy":true}"#),
        change(
            "aws_iam_role.reader",
            r#"{"name":"reader","assume_role_policy":"{\"Version\":\"2012-10-17\",\"Statement\":[]}"}"#,
            r#"{"arn":true,"id":true}"#
        ),
        change("aws_iam_role_policy.p", r#"{"role":"reader"}"#, r#"{"policy":true,"id":true}"#),
        change("aws_s3_bucket.lake", r#"{"bucket":"acme-lake"}"#, r#"{"arn":true,"id":true}"#),
    );
    let ask = "can reader s3://acme-lake/x --input . --isolated";
    let (_, out) = prints(&[("plan.json", &plan)], ask);
    assert!(out.contains("CONDITIONAL"), "{out}");
    let (code, out) = prints(&[("plan.json", &plan), ("main.tf", source)], ask);
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains("main.tf:"), "{out}");
}

#[test]
fn values_are_linted_with_the_module_that_they_lie_in() {
    let source = "variable \"actions\" {\n  type = list(string)\n}\nresource \"aws_iam_policy\" \"p\" {\n  name = \"p\"\n  policy = jsonencode({\n    Version = \"2012-10-17\"\n    Statement = [{ Effect = \"Allow\", Action = var.actions, Resource = \"*\" }]\n  })\n}\n";
    let files = [
        ("main.tf", source),
        ("terraform.tfvars", "actions = [\"s3:GetObjekt\"]\n"),
        ("other/x.tfvars", "a = 1\n"),
    ];
    let (_, out) = prints(&files, "lint terraform.tfvars --isolated");
    assert!(out.contains("invalid-action") && out.contains("terraform.tfvars:1"), "{out}");
    let (code, out) = prints(&files, "lint other/x.tfvars --skip-others --isolated");
    assert_eq!(code, Some(0), "{out}");
}

#[test]
fn source_on_standard_input_is_told_to_be_a_module() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join(".git")).unwrap();
    let source = "resource \"aws_iam_policy\" \"p\" {\n  name   = \"p\"\n  policy = jsonencode({})\n}\n";
    let output = binary::run(dir.path(), &["lint", "-"], source);
    let out = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    let out = out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(output.status.code(), Some(2), "{out}");
    assert!(
        out.contains("is Terraform source") && out.contains("name the directory of its root module"),
        "{out}"
    );
}

#[test]
fn what_an_object_holds_is_no_policy() {
    let module = r#"
resource "aws_s3_object" "page" {
  bucket  = "acme-site"
  key     = "index.html"
  content = "<!DOCTYPE html>"
}
resource "aws_s3_object" "rules" {
  bucket  = "acme-site"
  key     = "rules.json"
  content = jsonencode({ Statement = [{ Effect = "Maybe" }] })
}
"#;
    let (code, printed) = prints(&[("main.tf", module)], "lint . --isolated");
    assert_eq!((code, printed.as_str()), (Some(0), "nothing to report"));
}
