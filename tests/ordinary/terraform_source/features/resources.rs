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
];
