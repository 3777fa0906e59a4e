//! Keys, their policies and grants.

use super::Case;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "aws_kms_key_policy",
        files: &[(
            "main.tf",
            r#"#base
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}
resource "aws_kms_key" "k" {
}
resource "aws_s3_bucket_server_side_encryption_configuration" "e" {
  bucket = aws_s3_bucket.lake.bucket
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.k.arn
    }
    bucket_key_enabled = true
  }
}
resource "aws_kms_key_policy" "kp" {
  key_id = aws_kms_key.k.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "kms:Decrypt", Resource = "*", Principal = { AWS = aws_iam_role.reader.arn } }] })
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
        name: "the policy that KMS writes",
        files: &[(
            "main.tf",
            r#"#base
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}
resource "aws_kms_key" "k" {
}
resource "aws_s3_bucket_server_side_encryption_configuration" "e" {
  bucket = aws_s3_bucket.lake.bucket
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.k.arn
    }
    bucket_key_enabled = true
  }
}
"#,
        )],
        asks: &[(r#"reader s3://acme-lake/a/x"#, "denied", r#""#, r#""#)],
    },
    Case {
        name: "a bucket whose key is an alias",
        files: &[(
            "main.tf",
            r#"#base
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["s3:GetObject", "kms:Decrypt"], Resource = "*" }] })
}
resource "aws_kms_key" "k" {
}
resource "aws_s3_bucket_server_side_encryption_configuration" "e" {
  bucket = aws_s3_bucket.lake.bucket
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_alias.a.arn
    }
    bucket_key_enabled = true
  }
}
resource "aws_kms_alias" "a" {
  name          = "alias/lake"
  target_key_id = aws_kms_key.k.key_id
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
        name: "aws_kms_grant",
        files: &[(
            "main.tf",
            r#"#base
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}
resource "aws_kms_key" "k" {
}
resource "aws_s3_bucket_server_side_encryption_configuration" "e" {
  bucket = aws_s3_bucket.lake.bucket
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.k.arn
    }
    bucket_key_enabled = true
  }
}
resource "aws_kms_grant" "g" {
  name              = "g"
  key_id            = aws_kms_key.k.key_id
  grantee_principal = aws_iam_role.reader.arn
  operations        = ["Decrypt"]
}
"#,
        )],
        asks: &[(
            r#"reader s3://acme-lake/a/x"#,
            "allowed",
            r#"main.tf"#,
            r#"resource "aws_kms_grant" "g" {"#,
        )],
    },
    Case {
        name: "the encryption context",
        files: &[(
            "main.tf",
            r#"#base
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}
resource "aws_kms_key" "k" {
  policy = data.aws_iam_policy_document.k.json
}
data "aws_caller_identity" "me" {}
data "aws_iam_policy_document" "k" {
  statement {
    actions   = ["kms:*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${data.aws_caller_identity.me.account_id}:role/admin"]
    }
  }
  statement {
    actions   = ["kms:Decrypt"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
    condition {
      test     = "StringEquals"
      variable = "kms:CallerAccount"
      values   = [data.aws_caller_identity.me.account_id]
    }
    condition {
      test     = "StringLike"
      variable = "kms:EncryptionContext:aws:s3:arn"
      values   = [aws_s3_bucket.lake.arn, "${aws_s3_bucket.lake.arn}/a/*"]
    }
  }
}
resource "aws_s3_bucket_server_side_encryption_configuration" "e" {
  bucket = aws_s3_bucket.lake.id
  rule {
    bucket_key_enabled = false
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.k.arn
    }
  }
}
"#,
        )],
        asks: &[
            (r#"reader s3://acme-lake/a/x"#, "allowed", r#"main.tf"#, r#"statement {"#),
            (r#"reader s3://acme-lake/b/x"#, "denied", r#""#, r#""#),
        ],
    },
    Case {
        name: "a replica key",
        files: &[(
            "main.tf",
            r#"#base
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}
provider "aws" {
  alias               = "us"
  region              = "us-east-1"
  allowed_account_ids = ["123456789012"]
}
resource "aws_kms_key" "p" {
  provider     = aws.us
  multi_region = true
}
resource "aws_kms_replica_key" "r" {
  primary_key_arn = aws_kms_key.p.arn
  policy          = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "kms:Decrypt", Resource = "*", Principal = { AWS = aws_iam_role.reader.arn } }] })
}
resource "aws_s3_bucket_server_side_encryption_configuration" "e" {
  bucket = aws_s3_bucket.lake.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_replica_key.r.arn
    }
  }
}
"#,
        )],
        asks: &[(
            r#"reader s3://acme-lake/a/x"#,
            "allowed",
            r#"main.tf"#,
            r#"policy          = jsonencode({ Version = "2012-10-17", State"#,
        )],
    },
    Case {
        name: "an alias that a data source finds",
        files: &[(
            "main.tf",
            r#"#base
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}
data "aws_kms_alias" "s3" {
  name = "alias/lake"
}
resource "aws_kms_key" "k" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "kms:*", Resource = "*", Principal = { AWS = aws_iam_role.reader.arn } }] })
}
resource "aws_kms_alias" "l" {
  name          = "alias/lake"
  target_key_id = aws_kms_key.k.id
}
resource "aws_s3_bucket_server_side_encryption_configuration" "e" {
  bucket = aws_s3_bucket.lake.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = data.aws_kms_alias.s3.target_key_arn
    }
  }
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
        name: "the Region of a resource",
        files: &[(
            "main.tf",
            r#"provider "aws" {
  region              = "us-east-1"
  allowed_account_ids = ["123456789012"]
}
resource "aws_iam_role" "reader" {
  name               = "reader"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
resource "aws_s3_bucket" "lake" {
  region = "eu-west-1"
  bucket = "acme-lake"
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["s3:GetObject", "kms:Decrypt"], Resource = "*", Condition = { StringEqualsIfExists = { "kms:ViaService" = "s3.eu-west-1.amazonaws.com" } } }] })
}
resource "aws_kms_key" "k" {
  region = "eu-west-1"
}
resource "aws_s3_bucket_server_side_encryption_configuration" "e" {
  bucket = aws_s3_bucket.lake.id
  region = "eu-west-1"
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.k.arn
    }
  }
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
];
