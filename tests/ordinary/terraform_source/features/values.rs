//! Where values come from.

use super::Case;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "a file of OpenTofu beside one of Terraform",
        files: &[
            (
                "main.tf",
                r#"#base
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/a/*" }] })
}
"#,
            ),
            (
                "main.tofu",
                r#"#base
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/b/*" }] })
}
"#,
            ),
        ],
        asks: &[
            (
                r#"reader s3://acme-lake/b/x"#,
                "allowed",
                r#"main.tofu"#,
                r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
            ),
            (r#"reader s3://acme-lake/a/x"#, "denied", r#""#, r#""#),
        ],
    },
    Case {
        name: "an override file",
        files: &[
            (
                "main.tf",
                r#"#base
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/a/*" }] })
}
"#,
            ),
            (
                "override.tf",
                r#"resource "aws_iam_role_policy" "p" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/b/*" }] })
}
"#,
            ),
        ],
        asks: &[
            (
                r#"reader s3://acme-lake/b/x"#,
                "allowed",
                r#"override.tf"#,
                r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
            ),
            (r#"reader s3://acme-lake/a/x"#, "denied", r#""#, r#""#),
        ],
    },
    Case {
        name: "the default workspace",
        files: &[(
            "main.tf",
            r#"#base
locals {
  p = { default = "a", prod = "b" }[terraform.workspace]
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/${local.p}/*" }] })
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
            (r#"reader s3://acme-lake/b/x"#, "denied", r#""#, r#""#),
        ],
    },
    Case {
        name: "another workspace",
        files: &[(
            "main.tf",
            r#"#base
locals {
  p = lookup({ default = "a", prod = "b" }, terraform.workspace, "z")
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/${local.p}/*" }] })
}
"#,
        )],
        asks: &[
            (r#"reader s3://acme-lake/a/x --workspace prod"#, "denied", r#""#, r#""#),
            (
                r#"reader s3://acme-lake/b/x --workspace prod"#,
                "allowed",
                r#"main.tf"#,
                r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
            ),
        ],
    },
    Case {
        name: "account, partition and Region",
        files: &[(
            "main.tf",
            r#"#provider
data "aws_caller_identity" "me" {}
data "aws_partition" "p" {}
data "aws_region" "r" {}
resource "aws_iam_role" "reader" {
  name               = "reader"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
resource "aws_s3_bucket" "lake" {
  bucket = "lake-${data.aws_caller_identity.me.account_id}-${data.aws_region.r.name}"
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:${data.aws_partition.p.partition}:s3:::lake-123456789012-eu-west-1/*" }] })
}
"#,
        )],
        asks: &[(
            r#"reader s3://lake-123456789012-eu-west-1/x"#,
            "allowed",
            r#"main.tf"#,
            r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
        )],
    },
    Case {
        name: "JSON",
        files: &[(
            "main.tf.json",
            r#"{"provider":{"aws":{"region":"eu-west-1","allowed_account_ids":["123456789012"]}},"locals":{"ps":["a","c"]},"resource":{"aws_iam_role":{"reader":{"name":"reader","assume_role_policy":"${jsonencode({Version=\"2012-10-17\",Statement=[]})}"}},"aws_s3_bucket":{"lake":{"bucket":"acme-lake"}},"aws_iam_role_policy":{"p":{"for_each":"${toset(local.ps)}","role":"${aws_iam_role.reader.name}","policy":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"${aws_s3_bucket.lake.arn}/${each.key}/*\"}]}"}}},"data":{"aws_iam_policy_document":{"d":{"statement":[{"actions":["s3:GetObject"],"resources":["*"]}]}}}}"#,
        )],
        asks: &[
            (
                r#"reader s3://acme-lake/a/x"#,
                "allowed",
                r#"main.tf.json"#,
                r#"{"provider":{"aws":{"region":"eu-west-1","allowed_account_id"#,
            ),
            (r#"reader s3://acme-lake/b/x"#, "denied", r#""#, r#""#),
        ],
    },
    Case {
        name: "dynamic blocks in JSON",
        files: &[(
            "main.tf.json",
            r#"{"provider":{"aws":{"region":"eu-west-1","allowed_account_ids":["123456789012"]}},"resource":{"aws_iam_role":{"reader":{"name":"reader","assume_role_policy":"{}"}},"aws_s3_bucket":{"lake":{"bucket":"acme-lake"}},"aws_iam_role_policy":{"p":{"role":"${aws_iam_role.reader.name}","policy":"${data.aws_iam_policy_document.d.json}"}}},"data":{"aws_iam_policy_document":{"d":{"dynamic":{"statement":{"for_each":["a","c"],"content":{"actions":["s3:GetObject"],"resources":["${aws_s3_bucket.lake.arn}/${statement.value}/*"]}}}}}}}"#,
        )],
        asks: &[
            (
                r#"reader s3://acme-lake/a/x"#,
                "allowed",
                r#"main.tf.json"#,
                r#"{"provider":{"aws":{"region":"eu-west-1","allowed_account_id"#,
            ),
            (r#"reader s3://acme-lake/b/x"#, "denied", r#""#, r#""#),
        ],
    },
    Case {
        name: "values in JSON",
        files: &[
            (
                "main.tf",
                r#"#base
variable "ps" { type = list(string) }
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = [for p in var.ps : "${aws_s3_bucket.lake.arn}/${p}/*"] }] })
}
"#,
            ),
            ("terraform.tfvars.json", r#"{"ps": ["a"]}"#),
        ],
        asks: &[
            (
                r#"reader s3://acme-lake/a/x"#,
                "allowed",
                r#"main.tf"#,
                r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
            ),
            (r#"reader s3://acme-lake/b/x"#, "denied", r#""#, r#""#),
        ],
    },
    Case {
        name: "the order of files of values",
        files: &[
            (
                "main.tf",
                r#"#base
variable "p" { default = "z" }
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/${var.p}/*" }] })
}
"#,
            ),
            (
                "terraform.tfvars",
                r#"p = "b"
"#,
            ),
            (
                "a.auto.tfvars",
                r#"p = "c"
"#,
            ),
            (
                "b.auto.tfvars",
                r#"p = "a"
"#,
            ),
        ],
        asks: &[
            (
                r#"reader s3://acme-lake/a/x"#,
                "allowed",
                r#"main.tf"#,
                r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
            ),
            (r#"reader s3://acme-lake/b/x"#, "denied", r#""#, r#""#),
        ],
    },
    Case {
        name: "values of the manifest",
        files: &[
            (
                "infra/main.tf",
                r#"#base
variable "ps" { type = list(string) }
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = [for p in var.ps : "${aws_s3_bucket.lake.arn}/${p}/*"] }] })
}
"#,
            ),
            (
                "decryptable.toml",
                r#"version = 1
[[terraform]]
dir = "infra"
vars = { ps = ["a"] }
"#,
            ),
        ],
        asks: &[
            (
                r#"reader s3://acme-lake/a/x"#,
                "allowed",
                r#"infra/main.tf"#,
                r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
            ),
            (r#"reader s3://acme-lake/b/x"#, "denied", r#""#, r#""#),
        ],
    },
    Case {
        name: "a remote state of another root module",
        files: &[
            (
                "core/main.tf",
                r#"#provider
resource "aws_s3_bucket" "lake" {
  bucket = "acme-lake"
}
resource "aws_kms_key" "k" {}
output "bucket_arn" {
  value = aws_s3_bucket.lake.arn
}
output "key" {
  value = { arn = aws_kms_key.k.arn }
}
"#,
            ),
            (
                "app/main.tf",
                r#"#provider
data "terraform_remote_state" "core" {
  backend = "s3"
  config = {
    bucket = "state"
    key    = "core"
    region = "eu-west-1"
  }
}
resource "aws_iam_role" "reader" {
  name               = "reader"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["s3:GetObject"], Resource = "${data.terraform_remote_state.core.outputs.bucket_arn}/a/*" }] })
}
"#,
            ),
            (
                "decryptable.toml",
                r#"version = 1
[[terraform]]
dir = "app"
remote_state = { core = { dir = "core" } }
[[terraform]]
dir = "core"
"#,
            ),
        ],
        asks: &[
            (
                r#"reader s3://acme-lake/a/x"#,
                "allowed",
                r#"app/main.tf"#,
                r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
            ),
            (r#"reader s3://acme-lake/b/x"#, "denied", r#""#, r#""#),
        ],
    },
    Case {
        name: "a remote state of a file",
        files: &[
            (
                "app/main.tf",
                r#"#provider
data "terraform_remote_state" "core" {
  backend = "local"
  config = {
    path = "../core.tfstate"
  }
}
resource "aws_iam_role" "reader" {
  name               = "reader"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
resource "aws_s3_bucket" "lake" {
  bucket = "acme-lake"
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["s3:GetObject"], Resource = "${data.terraform_remote_state.core.outputs.bucket_arn}/a/*" }] })
}
"#,
            ),
            (
                "core.tfstate",
                r#"{"version":4,"terraform_version":"1.9.0","serial":3,"lineage":"x","outputs":{"bucket_arn":{"value":"arn:aws:s3:::acme-lake","type":"string"}},"resources":[]}"#,
            ),
            (
                "decryptable.toml",
                r#"version = 1
[[terraform]]
dir = "app"
remote_state = { core = { file = "core.tfstate" } }
"#,
            ),
        ],
        asks: &[
            (
                r#"reader s3://acme-lake/a/x"#,
                "allowed",
                r#"app/main.tf"#,
                r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
            ),
            (r#"reader s3://acme-lake/b/x"#, "denied", r#""#, r#""#),
        ],
    },
    Case {
        name: "a provider with variables",
        files: &[
            (
                "main.tf",
                r#"variable "region" { default = "eu-west-1" }
provider "aws" {
  region              = var.region
  allowed_account_ids = [var.acct]
}
variable "acct" {}
resource "aws_iam_role" "reader" {
  name               = "reader"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
resource "aws_s3_bucket" "lake" {
  bucket = "acme-lake"
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/a/*" }] })
}
"#,
            ),
            (
                "x.auto.tfvars",
                r#"acct = "123456789012"
"#,
            ),
        ],
        asks: &[(
            r#"arn:aws:iam::123456789012:role/reader s3://acme-lake/a/x"#,
            "allowed",
            r#"main.tf"#,
            r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
        )],
    },
    Case {
        name: "the account of an assumed role",
        files: &[(
            "main.tf",
            r#"provider "aws" {
  region = "eu-west-1"
  assume_role {
    role_arn = "arn:aws:iam::${local.acct}:role/deploy"
  }
}
locals { acct = { default = "123456789012" }[terraform.workspace] }
resource "aws_iam_role" "reader" {
  name               = "reader"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
resource "aws_s3_bucket" "lake" {
  bucket = "acme-lake"
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/a/*" }] })
}
"#,
        )],
        asks: &[(
            r#"arn:aws:iam::123456789012:role/reader s3://acme-lake/a/x"#,
            "allowed",
            r#"main.tf"#,
            r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
        )],
    },
    Case {
        name: "a list with open elements",
        files: &[(
            "main.tf",
            r#"#base
variable "bs" { type = list(string) }
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = concat([for b in var.bs : "arn:aws:s3:::${b}/*"], ["${aws_s3_bucket.lake.arn}/a/*"]) }] })
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
        name: "Denies that are not known",
        files: &[(
            "main.tf",
            r#"#base
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = concat([{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }], [for p in var.closed : { Effect = "Deny", Action = "s3:*", Resource = "${aws_s3_bucket.lake.arn}/${p}/*" }]) })
}
variable "closed" { type = list(string) }
"#,
        )],
        asks: &[(
            r#"reader s3://acme-lake/a/x"#,
            "conditional",
            r#"main.tf"#,
            r#"policy = jsonencode({ Version = "2012-10-17", Statement = co"#,
        )],
    },
    Case {
        name: "a parameter of SSM",
        files: &[(
            "main.tf",
            r#"#base
data "aws_ssm_parameter" "arn" {
  name = "/key"
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = [data.aws_ssm_parameter.arn.value, "${aws_s3_bucket.lake.arn}/a/*"] }] })
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
        name: "a sensitive variable",
        files: &[(
            "main.tf",
            r#"#base
variable "p" {
  type      = string
  sensitive = true
  default   = "a"
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/${var.p}/*" }] })
}
"#,
        )],
        asks: &[(
            r#"reader s3://acme-lake/a/x"#,
            "conditional",
            r#"main.tf"#,
            r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
        )],
    },
    Case {
        name: "a file of the repository beside the root module",
        files: &[
            (
                "envs/prod/main.tf",
                r#"#base
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = file("${path.module}/../../policies/p.json")
}
"#,
            ),
            (
                "policies/p.json",
                r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-lake/a/*"}
  ]
}
"#,
            ),
        ],
        asks: &[
            ("reader s3://acme-lake/a/x", "allowed", "policies/p.json", r#"{"Effect": "Allow""#),
            ("reader s3://acme-lake/b/x", "denied", "", ""),
        ],
    },
];
