//! Units of Terragrunt.

use super::Case;

const ROLE: &str = r#"variable "name" { type = string }
variable "buckets" { type = map(string) }
resource "aws_iam_role" "this" {
  name               = var.name
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
resource "aws_iam_role_policy" "read" {
  for_each = var.buckets
  role     = aws_iam_role.this.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = "s3:GetObject", Resource = "${each.value}/*" }
  ] })
}
"#;

const BUCKET: &str = r#"variable "name" { type = string }
resource "aws_s3_bucket" "this" {
  bucket = var.name
}
output "arn" { value = aws_s3_bucket.this.arn }
"#;

const ROOT: &str = r#"locals {
  account = read_terragrunt_config(find_in_parent_folders("account.hcl"))
  name    = local.account.locals.name
}
generate "provider" {
  path      = "provider.tf"
  if_exists = "overwrite_terragrunt"
  contents  = <<EOF
provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["${local.account.locals.id}"]
}
EOF
}
inputs = {
  name = "${local.name}-${basename(path_relative_to_include())}"
}
"#;

const LAKE: &str = r#"include "root" {
  path = find_in_parent_folders("root.hcl")
}
terraform {
  source = "${get_repo_root()}/modules//bucket"
}
"#;

const READER: &str = r#"include {
  path = find_in_parent_folders("root.hcl")
}
terraform {
  source = "../../../modules//role"
}
dependency "lake" {
  config_path  = "../lake"
  mock_outputs = { arn = "arn:aws:s3:::nothing-of-this" }
}
inputs = {
  buckets = { lake = dependency.lake.outputs.arn }
}
"#;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "what is included, generated and depended on, in two accounts",
        files: &[
            ("modules/role/main.tf", ROLE),
            ("modules/bucket/main.tf", BUCKET),
            ("live/root.hcl", ROOT),
            ("live/prod/account.hcl", "locals {\n  id   = \"111111111111\"\n  name = \"prod\"\n}\n"),
            ("live/prod/lake/terragrunt.hcl", LAKE),
            ("live/prod/reader/terragrunt.hcl", READER),
            ("live/dev/account.hcl", "locals {\n  id   = \"222222222222\"\n  name = \"dev\"\n}\n"),
            ("live/dev/lake/terragrunt.hcl", LAKE),
            ("live/dev/reader/terragrunt.hcl", READER),
        ],
        asks: &[
            (
                "arn:aws:iam::111111111111:role/prod-reader s3://prod-lake/x",
                "allowed",
                "modules/role/main.tf",
                "{ Effect",
            ),
            (
                "arn:aws:iam::222222222222:role/dev-reader s3://dev-lake/x",
                "allowed",
                "modules/role/main.tf",
                "{ Effect",
            ),
            ("arn:aws:iam::222222222222:role/dev-reader s3://prod-lake/x", "denied", "", ""),
        ],
    },
    Case {
        name: "deep merges, exposed values, files of values, and a module beside its unit",
        files: &[
            ("common/main.tf", ROLE),
            ("common/provider.tf", "#provider\n"),
            (
                "terragrunt.hcl",
                "locals {\n  prefix = \"arn:aws:s3\"\n}\ninputs = {\n  buckets = { one = \"${local.prefix}:::acme-one\" }\n}\n",
            ),
            (
                "reader/terragrunt.hcl",
                r#"include "above" {
  path           = find_in_parent_folders()
  expose         = true
  merge_strategy = "deep"
}
terraform {
  source = "../common"
  extra_arguments "values" {
    commands           = ["plan"]
    required_var_files = ["${get_terragrunt_dir()}/name.tfvars"]
    optional_var_files = ["${get_terragrunt_dir()}/not-there.tfvars"]
  }
}
inputs = {
  name    = "overridden by the file"
  buckets = { two = "${include.above.locals.prefix}:::${get_env("BUCKET", "acme-two")}" }
}
"#,
            ),
            ("reader/name.tfvars", "name = \"reader\"\n"),
            ("buckets/terragrunt.hcl", "inputs = {\n  names = [\"acme-one\", \"acme-two\"]\n}\n"),
            (
                "buckets/main.tf",
                "#provider\nvariable \"names\" { type = set(string) }\nresource \"aws_s3_bucket\" \"b\" {\n  for_each = var.names\n  bucket   = each.key\n}\n",
            ),
        ],
        asks: &[
            ("reader s3://acme-one/x", "allowed", "common/main.tf", "{ Effect"),
            ("reader s3://acme-two/x", "allowed", "common/main.tf", "{ Effect"),
        ],
    },
    Case {
        name: "a row of the manifest names a unit, and says what Terragrunt would ask the environment for",
        files: &[
            (
                "decryptable.toml",
                "version = 1\n[[terraform]]\ndir = \"unit\"\nvars = { buckets = { a = \"arn:aws:s3:::acme-a\" } }\n[[bucket]]\nname = \"acme-a\"\naccount = \"123456789012\"\n[[object]]\nuri = \"s3://acme-a/*\"\nencryption = { type = \"SSE-S3\" }\n",
            ),
            (
                "unit/terragrunt.hcl",
                "terraform {\n  source = \"..//module?ref=ignored\"\n}\ninputs = {\n  name    = \"reader\"\n  buckets = { a = get_env(\"BUCKET_ARN\") }\n}\n",
            ),
            ("module/main.tf", ROLE),
            ("module/provider.tf", "#provider\n"),
        ],
        asks: &[("reader s3://acme-a/x", "allowed", "module/main.tf", "{ Effect")],
    },
    Case {
        name: "what is generated takes the place of a file of the module, or leaves it as it is",
        files: &[
            (
                "unit/terragrunt.hcl",
                r#"terraform {
  source = "..//module"
}
feature "team" {
  default = "a"
}
generate "provider" {
  path      = "provider.tf"
  if_exists = "overwrite"
  contents  = <<EOF
provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["123456789012"]
}
EOF
}
generate "bucket" {
  path      = "bucket.tf"
  if_exists = "skip"
  contents  = "resource \"aws_s3_bucket\" \"lake\" {\n  bucket = \"acme-other\"\n}\n"
}
generate "more" {
  path     = "more.tf"
  disable  = true
  contents = "resource \"aws_s3_bucket\" \"lake\" {\n  bucket = \"acme-more\"\n}\n"
}
inputs = {
  name    = "reader"
  buckets = { lake = "arn:aws:s3:::${get_env("BUCKET", "acme-lake")}/${feature.team.value}" }
}
"#,
            ),
            ("module/main.tf", ROLE),
            ("module/bucket.tf", "resource \"aws_s3_bucket\" \"lake\" {\n  bucket = \"acme-lake\"\n}\n"),
            (
                "module/provider.tf",
                r#"provider "aws" {
  region = "eu-west-1"
  assume_role { role_arn = "arn:aws:iam::210987654321:role/deploy" }
}
resource "aws_iam_role_policy" "more" {
  role   = aws_iam_role.this.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}
"#,
            ),
        ],
        asks: &[
            ("reader s3://acme-lake/a/x", "allowed", "module/main.tf", "{ Effect"),
            ("reader s3://acme-lake/b/x", "denied", "", ""),
            ("reader s3://acme-lake/a/x --strict", "conditional", "", ""),
        ],
    },
    Case {
        name: "a stack of units, and a stack in it",
        files: &[
            (
                "modules/role/main.tf",
                r#"variable "name" {}
variable "path" {}
variable "bucket" {}
resource "aws_iam_role" "r" {
  name               = var.name
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
resource "aws_iam_role_policy" "p" {
  role = aws_iam_role.r.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::${var.bucket}-${var.name}/${var.path}/*" },
    ]
  })
}
resource "aws_s3_bucket" "own" {
  bucket = "${var.bucket}-${var.name}"
}
"#,
            ),
            (
                "units/role/terragrunt.hcl",
                r#"include "root" {
  path = find_in_parent_folders("root.hcl")
}
terraform {
  source = "${get_repo_root()}//modules/role"
}
inputs = {
  name = values.name
  path = values.path
}
"#,
            ),
            (
                "live/root.hcl",
                r#"generate "provider" {
  path      = "provider.tf"
  if_exists = "overwrite"
  contents  = <<EOF
provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["123456789012"]
}
EOF
}
inputs = {
  bucket = "acme-lake"
}
"#,
            ),
            (
                "live/prod/terragrunt.stack.hcl",
                r#"locals {
  env = "prod"
}
unit "reader" {
  source = "${get_repo_root()}/units/role"
  path   = "reader"
  values = {
    name = "reader-${local.env}"
    path = "ok"
  }
}
stack "more" {
  source = "${get_repo_root()}/stacks/writers"
  path   = "more"
  values = { env = local.env }
}
"#,
            ),
            (
                "stacks/writers/terragrunt.stack.hcl",
                r#"unit "writer" {
  source = "${get_repo_root()}/units/role"
  path   = "writer"
  values = {
    name = "writer-${values.env}"
    path = "no"
  }
}
"#,
            ),
        ],
        asks: &[
            (
                r#"reader-prod s3://acme-lake-reader-prod/ok/x"#,
                "allowed",
                "modules/role/main.tf",
                r#"{ Effect = "Allow""#,
            ),
            (r#"writer-prod s3://acme-lake-writer-prod/ok/x"#, "denied", "", ""),
        ],
    },
];
