//! Identities and their policies.

use super::Case;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "an AWS managed policy by name",
        files: &[(
            "main.tf",
            r#"#base
data "aws_iam_policy" "ro" {
  name = "AmazonS3ReadOnlyAccess"
}
resource "aws_iam_role_policy_attachment" "a" {
  role       = aws_iam_role.reader.name
  policy_arn = data.aws_iam_policy.ro.arn
}
"#,
        )],
        asks: &[(r#"reader s3://acme-lake/a/x"#, "allowed", r#""#, r#""#)],
    },
    Case {
        name: "managed_policy_arns",
        files: &[(
            "main.tf",
            r#"#provider
resource "aws_s3_bucket" "lake" {
  bucket = "acme-lake"
}
resource "aws_iam_role" "reader" {
  name                = "reader"
  assume_role_policy  = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
  managed_policy_arns = ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]
}
"#,
        )],
        asks: &[(r#"reader s3://acme-lake/a/x"#, "allowed", r#""#, r#""#)],
    },
    Case {
        name: "inline_policy",
        files: &[(
            "main.tf",
            r#"#provider
resource "aws_s3_bucket" "lake" {
  bucket = "acme-lake"
}
resource "aws_iam_role" "reader" {
  name               = "reader"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
  inline_policy {
    name   = "x"
    policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/a/*" }] })
  }
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
        name: "aws_iam_policy_attachment",
        files: &[(
            "main.tf",
            r#"#base
resource "aws_iam_policy" "p" {
  name   = "p"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/a/*" }] })
}
resource "aws_iam_policy_attachment" "a" {
  name       = "a"
  roles      = [aws_iam_role.reader.name]
  policy_arn = aws_iam_policy.p.arn
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
        name: "exclusive attachments",
        files: &[(
            "main.tf",
            r#"#base
resource "aws_iam_policy" "p" {
  name   = "p"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/a/*" }] })
}
resource "aws_iam_role_policy_attachments_exclusive" "a" {
  role_name   = aws_iam_role.reader.name
  policy_arns = [aws_iam_policy.p.arn]
}
resource "aws_iam_role_policies_exclusive" "i" {
  role_name    = aws_iam_role.reader.name
  policy_names = []
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
        name: "policies of a user",
        files: &[(
            "main.tf",
            r#"#provider
resource "aws_s3_bucket" "lake" {
  bucket = "acme-lake"
}
resource "aws_iam_user" "u" {
  name = "ann"
}
resource "aws_iam_user_policy_attachment" "x" {
  user       = aws_iam_user.u.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
}
resource "aws_iam_user_policy" "d" {
  user   = aws_iam_user.u.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Deny", Action = "s3:*", Resource = "${aws_s3_bucket.lake.arn}/b/*" }] })
}
"#,
        )],
        asks: &[
            (r#"aws_iam_user.u s3://acme-lake/a/x"#, "allowed", r#""#, r#""#),
            (
                r#"aws_iam_user.u s3://acme-lake/b/x"#,
                "denied",
                r#"main.tf"#,
                r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
            ),
        ],
    },
    Case {
        name: "a user in a group",
        files: &[(
            "main.tf",
            r#"#provider
resource "aws_s3_bucket" "lake" {
  bucket = "acme-lake"
}
resource "aws_iam_user" "u" {
  name = "ann"
}
resource "aws_iam_group" "g" {
  name = "g"
}
resource "aws_iam_group_membership" "m" {
  name  = "m"
  users = [aws_iam_user.u.name]
  group = aws_iam_group.g.name
}
resource "aws_iam_group_policy" "p" {
  group  = aws_iam_group.g.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/a/*" }] })
}
"#,
        )],
        asks: &[
            (
                r#"aws_iam_user.u s3://acme-lake/a/x"#,
                "allowed",
                r#"main.tf"#,
                r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
            ),
            (r#"aws_iam_user.u s3://acme-lake/b/x"#, "denied", r#""#, r#""#),
        ],
    },
    Case {
        name: "a permissions boundary",
        files: &[(
            "main.tf",
            r#"#provider
resource "aws_s3_bucket" "lake" {
  bucket = "acme-lake"
}
resource "aws_iam_role" "reader" {
  name                 = "reader"
  assume_role_policy   = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
  permissions_boundary = aws_iam_policy.b.arn
}
resource "aws_iam_policy" "b" {
  name   = "b"
  path   = "/bound/"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/a/*" }] })
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
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
        name: "names that begin with a value that is not known",
        files: &[(
            "main.tf",
            r#"#provider
variable "env" { type = string }
resource "aws_s3_bucket" "b" {
  bucket = "${var.env}-lake"
}
resource "aws_s3_bucket_server_side_encryption_configuration" "e" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.k.arn
    }
  }
}
resource "aws_kms_key" "k" {
  policy = data.aws_iam_policy_document.k.json
}
data "aws_iam_policy_document" "k" {
  statement {
    actions   = ["kms:*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::123456789012:root"]
    }
  }
}
resource "aws_iam_role" "reader" {
  name = "${var.env}-reader"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
resource "aws_iam_role" "half" {
  name = "${var.env}-half"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
resource "aws_iam_policy" "r" {
  name   = "${var.env}-r"
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.b.arn}/*" },
  ] })
}
resource "aws_iam_role_policy_attachment" "r" {
  for_each   = { reader = aws_iam_role.reader.name, half = aws_iam_role.half.name }
  role       = each.value
  policy_arn = aws_iam_policy.r.arn
}
resource "aws_iam_role_policy" "k" {
  role   = aws_iam_role.reader.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = "kms:Decrypt", Resource = aws_kms_key.k.arn },
  ] })
}
"#,
        )],
        asks: &[
            (
                r#"aws_iam_role.reader s3://aws_s3_bucket.b/x"#,
                "allowed",
                "main.tf",
                r#"{ Effect = "Allow", Action = "kms:Decrypt""#,
            ),
            (r#"aws_iam_role.half s3://aws_s3_bucket.b/x"#, "denied", "", r#""#),
        ],
    },
    Case {
        name: "names with quotation marks in a policy of text",
        files: &[(
            "main.tf",
            r#"#base
variable "e" { type = string }
resource "aws_kms_key" "k" {
  for_each = toset(["eu"])
}
resource "aws_s3_bucket" "b" {
  bucket = "x-${replace(var.e, "_", "-")}"
}
resource "aws_s3_bucket_server_side_encryption_configuration" "e" {
  bucket = aws_s3_bucket.lake.bucket
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.k["eu"].arn
    }
  }
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = <<EOF
{ "Version": "2012-10-17",
  "Statement": [
    { "Effect": "Allow", "Action": "s3:GetObject", "Resource": ["${aws_s3_bucket.lake.arn}/*", "${aws_s3_bucket.b.arn}/*"] },
    { "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "${aws_kms_key.k["eu"].arn}" },
    { "Effect": "Allow", "Action": "kms:Decrypt", "Resource": ${jsonencode(values(aws_kms_key.k)[*].arn)} }
  ] }
EOF

}
"#,
        )],
        asks: &[
            (
                r#"aws_iam_role.reader s3://acme-lake/x"#,
                "allowed",
                "main.tf",
                r#"{ "Effect": "Allow", "Action": "kms:Decrypt""#,
            ),
            (r#"aws_iam_role.reader s3://aws_s3_bucket.b/x"#, "allowed", "", r#""#),
        ],
    },
    Case {
        name: "two values that differ in a character that no name has",
        files: &[(
            "main.tf",
            r#"#base
variable "e" { type = string }
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/${replace(var.e, ":", "-")}/*" }, { Effect = "Deny", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/${replace(var.e, "/", "-")}/*" }] })
}
"#,
        )],
        asks: &[(r#"aws_iam_role.reader s3://acme-lake/x/y"#, "conditional", "", r#""#)],
    },
    Case {
        name: "a bucket and its encryption by one variable",
        files: &[(
            "main.tf",
            r#"#provider
variable "bucket" { type = string }
resource "aws_iam_role" "reader" {
  name = "reader"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
resource "aws_s3_bucket" "lake" {
  bucket = var.bucket
}
resource "aws_kms_key" "k" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::123456789012:role/x" }, Action = "kms:*", Resource = "*" }] })
}
resource "aws_s3_bucket_server_side_encryption_configuration" "e" {
  bucket = var.bucket
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.k.arn
    }
  }
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/*" }] })
}
"#,
        )],
        asks: &[(r#"aws_iam_role.reader s3://aws_s3_bucket.lake/x"#, "denied", "", r#""#)],
    },
    Case {
        name: "an encryption of a bucket that may be this one",
        files: &[(
            "main.tf",
            r#"#base
variable "bucket" { type = string }
resource "aws_kms_key" "k" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::123456789012:role/x" }, Action = "kms:*", Resource = "*" }] })
}
resource "aws_s3_bucket_server_side_encryption_configuration" "e" {
  bucket = var.bucket
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.k.arn
    }
  }
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/*" }] })
}
"#,
        )],
        asks: &[(r#"aws_iam_role.reader s3://acme-lake/x"#, "conditional", "", r#""#)],
    },
    Case {
        name: "parts of an ARN",
        files: &[(
            "main.tf",
            r#"#base
data "aws_arn" "a" {
  arn = aws_s3_bucket.lake.arn
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:${data.aws_arn.a.partition}:${data.aws_arn.a.service}:::${data.aws_arn.a.resource}/ok/*" }] })
}
"#,
        )],
        asks: &[(r#"aws_iam_role.reader s3://acme-lake/ok/x"#, "allowed", "", r#""#)],
    },
    Case {
        name: "values decoded by the provider that is built in",
        files: &[(
            "main.tf",
            r#"#base
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = "${aws_s3_bucket.lake.arn}/${provider::terraform::decode_tfvars("path = \"ok\"\n").path}/*"
    }]
  })
}
"#,
        )],
        asks: &[
            (r#"aws_iam_role.reader s3://acme-lake/ok/x"#, "allowed", "main.tf", r#"Statement = [{"#),
            (r#"aws_iam_role.reader s3://acme-lake/no/x"#, "denied", "", r#""#),
        ],
    },
    Case {
        name: "whether a value is sensitive",
        files: &[(
            "main.tf",
            r#"#base
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = "${aws_s3_bucket.lake.arn}/${issensitive(sensitive("x")) ? "ok" : "no"}/*"
    }]
  })
}
"#,
        )],
        asks: &[
            (r#"aws_iam_role.reader s3://acme-lake/ok/x"#, "conditional", "", r#""#),
            (r#"aws_iam_role.reader s3://acme-lake/no/x"#, "conditional", "", r#""#),
        ],
    },
];
