//! Buckets, access points, organizations and names.

use super::Case;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "settings inside the bucket",
        files: &[(
            "main.tf",
            r#"#provider
resource "aws_iam_role" "reader" {
  name               = "reader"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
resource "aws_kms_key" "k" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "kms:*", Resource = "*", Principal = { AWS = "arn:aws:iam::123456789012:role/other" } }] })
}
resource "aws_s3_bucket" "lake" {
  bucket = "acme-lake"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Deny", Principal = "*", Action = "s3:GetObject", Resource = "arn:aws:s3:::acme-lake/b/*" }] })
  server_side_encryption_configuration {
    rule {
      apply_server_side_encryption_by_default {
        sse_algorithm     = "aws:kms"
        kms_master_key_id = aws_kms_key.k.arn
      }
    }
  }
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}
"#,
        )],
        asks: &[
            (r#"reader s3://acme-lake/a/x"#, "denied", r#""#, r#""#),
            (
                r#"reader s3://acme-lake/b/x"#,
                "denied",
                r#"main.tf"#,
                r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
            ),
        ],
    },
    Case {
        name: "a public policy that is blocked",
        files: &[(
            "main.tf",
            r#"#provider
data "aws_iam_policy_document" "pub" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.lake.arn}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}
resource "aws_s3_bucket" "lake" {
  bucket = "acme-lake"
}
resource "aws_iam_role" "reader" {
  name               = "reader"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.lake.id
  policy = data.aws_iam_policy_document.pub.json
}
resource "aws_s3_bucket_public_access_block" "p" {
  bucket                  = aws_s3_bucket.lake.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
"#,
        )],
        asks: &[
            (r#"anonymous s3://acme-lake/a/x"#, "denied", r#""#, r#""#),
            (r#"reader s3://acme-lake/a/x"#, "allowed", r#"main.tf"#, r#"statement {"#),
        ],
    },
    Case {
        name: "an access point with a policy",
        files: &[(
            "main.tf",
            r#"#base
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}
resource "aws_s3_access_point" "ap" {
  bucket = aws_s3_bucket.lake.id
  name   = "ap"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Deny", Principal = "*", Action = "s3:GetObject", Resource = "arn:aws:s3:eu-west-1:123456789012:accesspoint/ap/object/b/*" }] })
}
"#,
        )],
        asks: &[
            (
                r#"reader s3://acme-lake/a/x --access-point arn:aws:s3:eu-west-1:123456789012:accesspoint/ap"#,
                "allowed",
                r#"main.tf"#,
                r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
            ),
            (
                r#"reader s3://acme-lake/b/x --access-point arn:aws:s3:eu-west-1:123456789012:accesspoint/ap"#,
                "denied",
                r#"main.tf"#,
                r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
            ),
        ],
    },
    Case {
        name: "the policy of an access point by itself",
        files: &[(
            "main.tf",
            r#"#base
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}
resource "aws_s3_access_point" "ap" {
  bucket = aws_s3_bucket.lake.id
  name   = "ap"
}
resource "aws_s3control_access_point_policy" "app" {
  access_point_arn = aws_s3_access_point.ap.arn
  policy           = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Deny", Principal = "*", Action = "s3:GetObject", Resource = "${aws_s3_access_point.ap.arn}/object/b/*" }] })
}
"#,
        )],
        asks: &[
            (
                r#"reader s3://acme-lake/a/x --access-point arn:aws:s3:eu-west-1:123456789012:accesspoint/ap"#,
                "allowed",
                r#"main.tf"#,
                r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
            ),
            (
                r#"reader s3://acme-lake/b/x --access-point arn:aws:s3:eu-west-1:123456789012:accesspoint/ap"#,
                "denied",
                r#"main.tf"#,
                r#"policy           = jsonencode({ Version = "2012-10-17", Stat"#,
            ),
        ],
    },
    Case {
        name: "a service control policy of an account",
        files: &[(
            "main.tf",
            r#"provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["999999999999"]
}
provider "aws" {
  alias               = "data"
  region              = "eu-west-1"
  allowed_account_ids = ["123456789012"]
}
resource "aws_iam_role" "reader" {
  provider           = aws.data
  name               = "reader"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
resource "aws_s3_bucket" "lake" {
  provider = aws.data
  bucket   = "acme-lake"
}
resource "aws_iam_role_policy" "p" {
  provider = aws.data
  role     = aws_iam_role.reader.name
  policy   = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}
resource "aws_organizations_organization" "o" {
  feature_set          = "ALL"
  enabled_policy_types = ["SERVICE_CONTROL_POLICY"]
}
resource "aws_organizations_organizational_unit" "ou" {
  name      = "data"
  parent_id = aws_organizations_organization.o.roots[0].id
}
resource "aws_organizations_policy" "deny" {
  name    = "deny"
  type    = "SERVICE_CONTROL_POLICY"
  content = data.aws_iam_policy_document.scp.json
}
data "aws_iam_policy_document" "scp" {
  statement {
    effect    = "Deny"
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::acme-lake/b/*"]
  }
}
resource "aws_organizations_policy_attachment" "x" {
  policy_id = aws_organizations_policy.deny.id
  target_id = "123456789012"
}
"#,
        )],
        asks: &[
            (r#"reader s3://acme-lake/b/x"#, "denied", r#"main.tf"#, r#"statement {"#),
            (
                r#"reader s3://acme-lake/a/x"#,
                "allowed",
                r#"main.tf"#,
                r#"policy   = jsonencode({ Version = "2012-10-17", Statement = "#,
            ),
        ],
    },
    Case {
        name: "an endpoint with a policy",
        files: &[(
            "main.tf",
            r#"#base
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}
resource "aws_vpc" "v" {
  cidr_block = "10.0.0.0/16"
}
resource "aws_vpc_endpoint" "s3" {
  vpc_id       = aws_vpc.v.id
  service_name = "com.amazonaws.eu-west-1.s3"
  policy       = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/a/*" }] })
}
"#,
        )],
        asks: &[(
            r#"reader s3://acme-lake/b/x"#,
            "allowed",
            r#"main.tf"#,
            r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
        )],
    },
    Case {
        name: "a bucket with a prefix",
        files: &[(
            "main.tf",
            r#"#provider
resource "aws_iam_role" "reader" {
  name               = "reader"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
resource "aws_s3_bucket" "lake" {
  bucket_prefix = "acme-"
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/a/*" }] })
}
"#,
        )],
        asks: &[
            (
                r#"reader s3://aws_s3_bucket.lake/a/x"#,
                "allowed",
                r#"main.tf"#,
                r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
            ),
            (r#"reader s3://aws_s3_bucket.lake/b/x"#, "denied", r#""#, r#""#),
        ],
    },
    Case {
        name: "a bucket with a random name",
        files: &[(
            "main.tf",
            r#"#provider
resource "aws_iam_role" "reader" {
  name               = "reader"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
resource "random_id" "s" {
  byte_length = 4
}
resource "aws_s3_bucket" "lake" {
  bucket = "acme-${random_id.s.hex}"
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/a/*" }] })
}
"#,
        )],
        asks: &[
            (
                r#"reader s3://aws_s3_bucket.lake/a/x"#,
                "allowed",
                r#"main.tf"#,
                r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
            ),
            (r#"reader s3://aws_s3_bucket.lake/b/x"#, "denied", r#""#, r#""#),
        ],
    },
    Case {
        name: "tags of a role",
        files: &[(
            "main.tf",
            r#"#provider
resource "aws_s3_bucket" "lake" {
  bucket = "acme-lake"
}
resource "aws_iam_role" "reader" {
  name               = "reader"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
  tags               = merge({ team = "a" }, var.more)
}
variable "more" { default = {} }
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/$${aws:PrincipalTag/team}/*" }] })
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
        name: "tags of the provider",
        files: &[(
            "main.tf",
            r#"provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["123456789012"]
  default_tags {
    tags = { team = "a" }
  }
}
resource "aws_s3_bucket" "lake" {
  bucket = "acme-lake"
}
resource "aws_iam_role" "reader" {
  name               = "reader"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/$${aws:PrincipalTag/team}/*" }] })
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
        name: "a role that a data source finds",
        files: &[(
            "main.tf",
            r#"#base
data "aws_iam_role" "x" {
  name = "reader"
}
resource "aws_s3_bucket_policy" "b" {
  bucket = "acme-lake"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = data.aws_iam_role.x.arn }, Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/a/*" }] })
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
        name: "an OpenID Connect provider",
        files: &[(
            "main.tf",
            r#"#provider
resource "aws_s3_bucket" "lake" {
  bucket = "acme-lake"
}
resource "aws_iam_openid_connect_provider" "gh" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}
data "aws_iam_policy_document" "t" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.gh.arn]
    }
    condition {
      test     = "StringLike"
      variable = "${aws_iam_openid_connect_provider.gh.url}:sub"
      values   = ["repo:acme/app:*"]
    }
  }
}
resource "aws_iam_role" "ci" {
  name               = "ci"
  assume_role_policy = data.aws_iam_policy_document.t.json
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.ci.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}
"#,
        )],
        asks: &[(
            r#"ci s3://acme-lake/a/x"#,
            "allowed",
            r#"main.tf"#,
            r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
        )],
    },
];
