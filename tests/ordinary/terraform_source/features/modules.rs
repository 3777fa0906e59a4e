//! Modules and instances.

use super::Case;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "providers passed through two modules",
        files: &[
            (
                "main.tf",
                r#"#provider
provider "aws" {
  alias               = "data"
  region              = "eu-west-1"
  allowed_account_ids = ["210987654321"]
}
resource "aws_iam_role" "reader" {
  name               = "reader"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }] })
}
module "outer" {
  source    = "./outer"
  providers = { aws.store = aws.data }
  reader    = aws_iam_role.reader.arn
}
"#,
            ),
            (
                "outer/main.tf",
                r#"terraform {
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      configuration_aliases = [aws.store]
    }
  }
}
variable "reader" {}
module "inner" {
  source    = "./inner"
  providers = { aws = aws.store }
  reader    = var.reader
}
"#,
            ),
            (
                "outer/inner/main.tf",
                r#"variable "reader" {}
data "aws_caller_identity" "me" {}
resource "aws_s3_bucket" "b" {
  bucket = "acme-${data.aws_caller_identity.me.account_id}"
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = var.reader }, Action = "s3:GetObject", Resource = "${aws_s3_bucket.b.arn}/a/*" }] })
}
"#,
            ),
        ],
        asks: &[
            (
                r#"reader s3://acme-210987654321/a/x"#,
                "allowed",
                r#"main.tf"#,
                r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
            ),
            (r#"reader s3://acme-210987654321/b/x"#, "denied", r#""#, r#""#),
        ],
    },
    Case {
        name: "a module for each team",
        files: &[
            (
                "main.tf",
                r#"#provider
resource "aws_s3_bucket" "lake" {
  bucket = "acme-lake"
}
locals {
  teams = { a = { prefixes = ["a"] }, b = { prefixes = ["b"], extra = true } }
}
module "t" {
  for_each = local.teams
  source   = "./t"
  name     = each.key
  prefixes = each.value.prefixes
  extra    = try(each.value.extra, false)
  bucket   = aws_s3_bucket.lake
}
"#,
            ),
            (
                "t/main.tf",
                r#"variable "name" { type = string }
variable "prefixes" { type = list(string) }
variable "extra" {
  type    = bool
  default = false
}
variable "bucket" {
  type = object({ arn = string, id = string })
}
resource "aws_iam_role" "r" {
  name               = var.name
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.r.id
  policy = data.aws_iam_policy_document.d.json
}
data "aws_iam_policy_document" "d" {
  statement {
    actions   = ["s3:GetObject"]
    resources = formatlist("%s/%s/*", var.bucket.arn, var.prefixes)
  }
  dynamic "statement" {
    for_each = var.extra[*] == [true] ? ["c"] : []
    content {
      actions   = ["s3:GetObject"]
      resources = ["${var.bucket.arn}/${statement.value}/*"]
    }
  }
}
"#,
            ),
        ],
        asks: &[
            (
                r#"module.t["a"].aws_iam_role.r s3://acme-lake/a/x"#,
                "allowed",
                r#"t/main.tf"#,
                r#"statement {"#,
            ),
            (r#"module.t["a"].aws_iam_role.r s3://acme-lake/c/x"#, "denied", r#""#, r#""#),
            (r#"module.t["b"].aws_iam_role.r s3://acme-lake/c/x"#, "allowed", r#"t/main.tf"#, r#"content {"#),
            (r#"module.t["b"].aws_iam_role.r s3://acme-lake/a/x"#, "denied", r#""#, r#""#),
        ],
    },
    Case {
        name: "a switch that is off",
        files: &[(
            "main.tf",
            r#"#base
variable "attach" { default = false }
resource "aws_iam_policy" "p" {
  count  = var.attach ? 1 : 0
  name   = "p"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}
resource "aws_iam_role_policy_attachment" "a" {
  count      = var.attach ? 1 : 0
  role       = aws_iam_role.reader.name
  policy_arn = aws_iam_policy.p[0].arn
}
"#,
        )],
        asks: &[(r#"reader s3://acme-lake/a/x"#, "denied", r#""#, r#""#)],
    },
    Case {
        name: "a switch that is on",
        files: &[
            (
                "main.tf",
                r#"#base
variable "attach" { default = false }
resource "aws_iam_policy" "p" {
  count  = var.attach ? 1 : 0
  name   = "p"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}
resource "aws_iam_role_policy_attachment" "a" {
  count      = var.attach ? 1 : 0
  role       = aws_iam_role.reader.name
  policy_arn = aws_iam_policy.p[0].arn
}
"#,
            ),
            (
                "x.auto.tfvars",
                r#"attach = true
"#,
            ),
        ],
        asks: &[(
            r#"reader s3://acme-lake/a/x"#,
            "allowed",
            r#"main.tf"#,
            r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
        )],
    },
    Case {
        name: "for_each over a set",
        files: &[(
            "main.tf",
            r#"#provider
resource "aws_s3_bucket" "lake" {
  bucket = "acme-lake"
}
resource "aws_iam_role" "r" {
  for_each           = toset(["x", "y"])
  name               = "r-${each.value}"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
resource "aws_iam_role_policy" "p" {
  for_each = { for k, r in aws_iam_role.r : k => r if k == "x" }
  role     = each.value.id
  policy   = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/*" }] })
}
"#,
        )],
        asks: &[
            (
                r#"aws_iam_role.r["x"] s3://acme-lake/a/x"#,
                "allowed",
                r#"main.tf"#,
                r#"policy   = jsonencode({ Version = "2012-10-17", Statement = "#,
            ),
            (r#"aws_iam_role.r["y"] s3://acme-lake/a/x"#, "denied", r#""#, r#""#),
        ],
    },
    Case {
        name: "for_each over resources",
        files: &[(
            "main.tf",
            r#"#provider
resource "aws_s3_bucket" "lake" {
  bucket = "acme-lake"
}
resource "aws_iam_role" "r" {
  for_each           = toset(["x", "y"])
  name               = "r-${each.value}"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
resource "aws_iam_role_policy" "p" {
  for_each = aws_iam_role.r
  role     = each.value.name
  policy   = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/${each.key}/*" }] })
}
"#,
        )],
        asks: &[
            (
                r#"aws_iam_role.r["x"] s3://acme-lake/x/1"#,
                "allowed",
                r#"main.tf"#,
                r#"policy   = jsonencode({ Version = "2012-10-17", Statement = "#,
            ),
            (r#"aws_iam_role.r["y"] s3://acme-lake/x/1"#, "denied", r#""#, r#""#),
        ],
    },
    Case {
        name: "attachments of each policy",
        files: &[(
            "main.tf",
            r#"#base
resource "aws_iam_policy" "p" {
  for_each = { a = "a/*", c = "c/*" }
  name     = "p-${each.key}"
  policy   = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/${each.value}" }] })
}
resource "aws_iam_role_policy_attachment" "x" {
  for_each   = { for k, p in aws_iam_policy.p : k => p.arn }
  role       = aws_iam_role.reader.name
  policy_arn = each.value
}
"#,
        )],
        asks: &[
            (
                r#"reader s3://acme-lake/a/x"#,
                "allowed",
                r#"main.tf"#,
                r#"policy   = jsonencode({ Version = "2012-10-17", Statement = "#,
            ),
            (r#"reader s3://acme-lake/b/x"#, "denied", r#""#, r#""#),
            (
                r#"reader s3://acme-lake/c/1"#,
                "allowed",
                r#"main.tf"#,
                r#"policy   = jsonencode({ Version = "2012-10-17", Statement = "#,
            ),
        ],
    },
    Case {
        name: "values() of resources",
        files: &[(
            "main.tf",
            r#"#base
resource "aws_iam_policy" "p" {
  for_each = toset(["a", "c"])
  name     = "p-${each.key}"
  policy   = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/${each.value}/*" }] })
}
resource "aws_iam_role_policy_attachment" "x" {
  count      = length(values(aws_iam_policy.p)[*].arn)
  role       = aws_iam_role.reader.name
  policy_arn = values(aws_iam_policy.p)[count.index].arn
}
"#,
        )],
        asks: &[
            (
                r#"reader s3://acme-lake/a/x"#,
                "allowed",
                r#"main.tf"#,
                r#"policy   = jsonencode({ Version = "2012-10-17", Statement = "#,
            ),
            (r#"reader s3://acme-lake/b/x"#, "denied", r#""#, r#""#),
        ],
    },
    Case {
        name: "a module that is not there",
        files: &[(
            "main.tf",
            r#"#base
module "far" {
  source = "acme/x/aws"
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/a/*" }, { Effect = "Allow", Action = "s3:GetObject", Resource = module.far.arn }] })
}
"#,
        )],
        asks: &[
            (
                r#"reader s3://acme-lake/a/x"#,
                "allowed",
                r#"main.tf"#,
                r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
            ),
            (
                r#"reader s3://acme-lake/b/x"#,
                "conditional",
                r#"main.tf"#,
                r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
            ),
        ],
    },
    Case {
        name: "moved, import, removed and check",
        files: &[(
            "main.tf",
            r#"#base
moved {
  from = aws_iam_role.old
  to   = aws_iam_role.reader
}
import {
  to = aws_iam_role.reader
  id = "reader"
}
removed {
  from = aws_iam_role.gone
  lifecycle {
    destroy = false
  }
}
check "x" {
  data "aws_s3_bucket" "q" {
    bucket = "acme-lake"
  }
  assert {
    condition     = data.aws_s3_bucket.q.id != ""
    error_message = "x"
  }
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/a/*" }] })
}
"#,
        )],
        asks: &[(
            r#"reader s3://acme-lake/a/x"#,
            "allowed",
            r#"main.tf"#,
            r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
        )],
    },
    Case {
        name: "two root modules",
        files: &[
            (
                "a/main.tf",
                r#"#provider
resource "aws_iam_role" "ra" {
  name               = "ra"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
resource "aws_s3_bucket" "lake" {
  bucket = "acme-a"
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.ra.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/a/*" }] })
}
"#,
            ),
            (
                "b/main.tf",
                r#"#provider
resource "aws_iam_role" "rb" {
  name               = "rb"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
resource "aws_s3_bucket" "lake" {
  bucket = "acme-b"
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.rb.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/b/*" }] })
}
"#,
            ),
        ],
        asks: &[
            (
                r#"ra s3://acme-a/a/x"#,
                "allowed",
                r#"a/main.tf"#,
                r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
            ),
            (
                r#"rb s3://acme-b/b/x"#,
                "allowed",
                r#"b/main.tf"#,
                r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
            ),
            (r#"rb s3://acme-b/a/x"#, "denied", r#""#, r#""#),
        ],
    },
    Case {
        name: "attributes of other resources",
        files: &[(
            "main.tf",
            r#"#base
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}
resource "aws_iam_role" "copy" {
  name               = "copy"
  assume_role_policy = aws_iam_role.reader.assume_role_policy
}
resource "aws_iam_role_policy" "c" {
  role   = "copy"
  policy = aws_iam_role_policy.p.policy
}
"#,
        )],
        asks: &[(
            r#"copy s3://acme-lake/a/x"#,
            "allowed",
            r#"main.tf"#,
            r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
        )],
    },
    Case {
        name: "for_each over what is not known",
        files: &[(
            "main.tf",
            r#"#base
variable "names" { type = set(string) }
resource "aws_iam_role_policy" "p" {
  for_each = var.names
  role     = aws_iam_role.reader.name
  policy   = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/${each.key}/*" }] })
}
"#,
        )],
        asks: &[(
            r#"reader s3://acme-lake/a/x"#,
            "conditional",
            r#"main.tf"#,
            r#"policy   = jsonencode({ Version = "2012-10-17", Statement = "#,
        )],
    },
    Case {
        name: "a resource and a module that are switched off, and one that may be on",
        files: &[
            (
                "main.tofu",
                r#"#base
variable "on" { type = bool }
resource "aws_iam_role_policy" "off" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
  lifecycle {
    enabled = false
  }
}
resource "aws_iam_role_policy" "maybe" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/b/*" }] })
  lifecycle {
    enabled = var.on
  }
}
module "off" {
  source = "./m"
  role   = aws_iam_role.reader.name
  lifecycle {
    enabled = false
  }
}
resource "aws_iam_role_policy" "on" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = module.off == null ? "${aws_s3_bucket.lake.arn}/a/*" : "*" }] })
  lifecycle {
    enabled = aws_iam_role_policy.off == null
  }
}
"#,
            ),
            (
                "m/main.tf",
                r#"variable "role" {}
resource "aws_iam_role_policy" "p" {
  role   = var.role
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}
"#,
            ),
        ],
        asks: &[
            ("reader s3://acme-lake/a/x", "allowed", "main.tofu", "policy = jsonencode({"),
            ("reader s3://acme-lake/b/x", "conditional", "main.tofu", "policy = jsonencode({"),
            ("reader s3://acme-lake/c/x", "denied", "", ""),
        ],
    },
    Case {
        name: "the source of a module is put together of a variable and a local value",
        files: &[
            (
                "main.tofu",
                r#"#base
variable "kind" { default = "other" }
locals { dir = "./${var.kind}" }
module "m" {
  source = "${local.dir}/policy"
  role   = aws_iam_role.reader.name
}
"#,
            ),
            ("terraform.tfvars", "kind = \"read\"\n"),
            (
                "read/policy/main.tf",
                r#"variable "role" {}
resource "aws_iam_role_policy" "p" {
  role   = var.role
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::acme-lake/a/*" }] })
}
"#,
            ),
        ],
        asks: &[
            ("reader s3://acme-lake/a/x", "allowed", "read/policy/main.tf", "policy = jsonencode({"),
            ("reader s3://acme-lake/b/x", "denied", "", ""),
        ],
    },
    Case {
        name: "a module that is not here may change what is declared beside it",
        files: &[(
            "main.tf",
            r#"#base
module "more" {
  source = "git::https://example.com/policies.git"
  role   = aws_iam_role.reader.name
}
"#,
        )],
        asks: &[
            ("reader s3://acme-lake/a/x", "denied", "", ""),
            ("reader s3://acme-lake/a/x --strict", "conditional", "", ""),
        ],
    },
];
