//! Documents, in every way to write one.

use super::Case;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "dynamic blocks with an iterator",
        files: &[(
            "main.tf",
            r#"#base
data "aws_iam_policy_document" "d" {
  dynamic "statement" {
    for_each = { one = ["a"], two = ["b"] }
    iterator = it
    content {
      sid       = it.key
      actions   = ["s3:GetObject"]
      resources = [for x in it.value : "${aws_s3_bucket.lake.arn}/${x}/*"]
      dynamic "condition" {
        for_each = it.key == "two" ? [1] : []
        content {
          test     = "Bool"
          variable = "aws:SecureTransport"
          values   = ["false"]
        }
      }
    }
  }
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = data.aws_iam_policy_document.d.json
}
"#,
        )],
        asks: &[
            (r#"reader s3://acme-lake/a/x"#, "allowed", r#"main.tf"#, r#"content {"#),
            (r#"reader s3://acme-lake/b/x"#, "conditional", r#"main.tf"#, r#"content {"#),
        ],
    },
    Case {
        name: "a Sid that is overridden",
        files: &[(
            "main.tf",
            r#"#base
data "aws_iam_policy_document" "s" {
  statement {
    sid       = "X"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.lake.arn}/*"]
  }
}
data "aws_iam_policy_document" "o" {
  statement {
    sid       = "X"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.lake.arn}/a/*"]
  }
}
data "aws_iam_policy_document" "d" {
  source_policy_documents   = [data.aws_iam_policy_document.s.json]
  override_policy_documents = [data.aws_iam_policy_document.o.json]
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = data.aws_iam_policy_document.d.json
}
"#,
        )],
        asks: &[
            (r#"reader s3://acme-lake/a/x"#, "allowed", r#"main.tf"#, r#"statement {"#),
            (r#"reader s3://acme-lake/b/x"#, "denied", r#""#, r#""#),
        ],
    },
    Case {
        name: "documents without Sids",
        files: &[(
            "main.tf",
            r#"#base
data "aws_iam_policy_document" "a" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.lake.arn}/a/*"]
  }
}
data "aws_iam_policy_document" "c" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.lake.arn}/c/*"]
  }
}
data "aws_iam_policy_document" "d" {
  source_policy_documents = [data.aws_iam_policy_document.a.json, data.aws_iam_policy_document.c.json, "", null]
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = data.aws_iam_policy_document.d.json
}
"#,
        )],
        asks: &[
            (r#"reader s3://acme-lake/a/x"#, "allowed", r#"main.tf"#, r#"statement {"#),
            (r#"reader s3://acme-lake/c/1"#, "allowed", r#"main.tf"#, r#"statement {"#),
            (r#"reader s3://acme-lake/b/x"#, "denied", r#""#, r#""#),
        ],
    },
    Case {
        name: "a template of a policy",
        files: &[
            (
                "main.tf",
                r#"#base
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = templatefile("${path.module}/tpl/p.json.tftpl", { bucket = aws_s3_bucket.lake.arn, prefixes = ["a", "c"] })
}
"#,
            ),
            (
                "tpl/p.json.tftpl",
                r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "s3:GetObject",
      "Resource": ${jsonencode([for p in prefixes : "${bucket}/${p}/*"])}
    }
  ]
}
"#,
            ),
        ],
        asks: &[
            (r#"reader s3://acme-lake/a/x"#, "allowed", r#"tpl/p.json.tftpl"#, r#"{"#),
            (r#"reader s3://acme-lake/b/x"#, "denied", r#""#, r#""#),
        ],
    },
    Case {
        name: "a policy of a file, changed",
        files: &[
            (
                "main.tf",
                r#"#base
locals { doc = jsondecode(file("${path.root}/p.json")) }
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode(merge(local.doc, { Statement = [for s in local.doc.Statement : merge(s, { Resource = "${aws_s3_bucket.lake.arn}/a/*" })] }))
}
"#,
            ),
            (
                "p.json",
                r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject"}]}"#,
            ),
        ],
        asks: &[
            (
                r#"reader s3://acme-lake/a/x"#,
                "allowed",
                r#"main.tf"#,
                r#"policy = jsonencode(merge(local.doc, { Statement = [for s in"#,
            ),
            (r#"reader s3://acme-lake/b/x"#, "denied", r#""#, r#""#),
        ],
    },
    Case {
        name: "statements of YAML",
        files: &[
            (
                "main.tf",
                r#"#base
locals { doc = yamldecode(file("p.yaml")) }
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [for k, v in local.doc.grants : { Sid = k, Effect = "Allow", Action = v.actions, Resource = [for p in v.prefixes : "${aws_s3_bucket.lake.arn}/${p}"] }] })
}
"#,
            ),
            (
                "p.yaml",
                r#"grants:
  Read:
    actions: ["s3:GetObject"]
    prefixes:
      - a/*
"#,
            ),
        ],
        asks: &[
            (
                r#"reader s3://acme-lake/a/x"#,
                "allowed",
                r#"main.tf"#,
                r#"policy = jsonencode({ Version = "2012-10-17", Statement = [f"#,
            ),
            (r#"reader s3://acme-lake/b/x"#, "denied", r#""#, r#""#),
        ],
    },
    Case {
        name: "one of two documents",
        files: &[(
            "main.tf",
            r#"#base
variable "strict" {
  type = bool
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = var.strict ? jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/a/*" }] }) : jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/*" }] })
}
"#,
        )],
        asks: &[
            (
                r#"reader s3://acme-lake/a/x"#,
                "allowed",
                r#"main.tf"#,
                r#"policy = var.strict ? jsonencode({ Version = "2012-10-17", S"#,
            ),
            (
                r#"reader s3://acme-lake/b/x"#,
                "conditional",
                r#"main.tf"#,
                r#"policy = var.strict ? jsonencode({ Version = "2012-10-17", S"#,
            ),
        ],
    },
    Case {
        name: "NotAction and NotResource",
        files: &[(
            "main.tf",
            r#"#base
data "aws_iam_policy_document" "d" {
  statement {
    actions   = ["s3:*"]
    resources = ["*"]
  }
  statement {
    effect      = "Deny"
    not_actions = ["s3:GetObject"]
    resources   = ["*"]
  }
  statement {
    effect        = "Deny"
    actions       = ["s3:*"]
    not_resources = ["${aws_s3_bucket.lake.arn}/a/*"]
  }
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = data.aws_iam_policy_document.d.json
}
"#,
        )],
        asks: &[
            (r#"reader s3://acme-lake/a/x"#, "allowed", r#"main.tf"#, r#"statement {"#),
            (r#"reader s3://acme-lake/b/x"#, "denied", r#"main.tf"#, r#"statement {"#),
        ],
    },
    Case {
        name: "variables of IAM in a data source",
        files: &[(
            "main.tf",
            r#"#base
data "aws_iam_policy_document" "d" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.lake.arn}/&{aws:PrincipalTag/team}/*"]
  }
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = data.aws_iam_policy_document.d.json
}
"#,
        )],
        asks: &[
            (r#"reader s3://acme-lake/a/x --session-tag team=a"#, "allowed", r#"main.tf"#, r#"statement {"#),
            (r#"reader s3://acme-lake/b/x --session-tag team=a"#, "denied", r#""#, r#""#),
        ],
    },
    Case {
        name: "variables of IAM in an object",
        files: &[(
            "main.tf",
            r#"#base
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/$${aws:PrincipalTag/team}/*" }] })
}
"#,
        )],
        asks: &[
            (
                r#"reader s3://acme-lake/a/x --session-tag team=a"#,
                "allowed",
                r#"main.tf"#,
                r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
            ),
            (r#"reader s3://acme-lake/b/x --session-tag team=a"#, "denied", r#""#, r#""#),
        ],
    },
    Case {
        name: "a source that may be empty",
        files: &[(
            "main.tf",
            r#"#base
variable "on" { type = bool }
data "aws_iam_policy_document" "x" {
  statement {
    sid       = "X"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.lake.arn}/b/*"]
  }
}
data "aws_iam_policy_document" "d" {
  source_policy_documents = compact([var.on ? data.aws_iam_policy_document.x.json : "", data.aws_iam_policy_document.y.json])
}
data "aws_iam_policy_document" "y" {
  statement {
    sid       = "Y"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.lake.arn}/a/*"]
  }
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = data.aws_iam_policy_document.d.json
}
"#,
        )],
        asks: &[
            (r#"reader s3://acme-lake/a/x"#, "allowed", r#"main.tf"#, r#"statement {"#),
            (r#"reader s3://acme-lake/b/x"#, "conditional", r#"main.tf"#, r#"statement {"#),
        ],
    },
    Case {
        name: "a data source that may not be there",
        files: &[(
            "main.tf",
            r#"#base
variable "on" { type = bool }
data "aws_iam_policy_document" "x" {
  count = var.on ? 1 : 0
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.lake.arn}/b/*"]
  }
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = try(data.aws_iam_policy_document.x[0].json, jsonencode({ Version = "2012-10-17", Statement = [] }))
}
"#,
        )],
        asks: &[
            (r#"reader s3://acme-lake/a/x"#, "denied", r#""#, r#""#),
            (r#"reader s3://acme-lake/b/x"#, "conditional", r#"main.tf"#, r#"statement {"#),
        ],
    },
    Case {
        name: "sources that are not known",
        files: &[(
            "main.tf",
            r#"#base
variable "docs" {
  type = list(string)
}
data "aws_iam_policy_document" "d" {
  source_policy_documents = var.docs
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.lake.arn}/a/*"]
  }
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = data.aws_iam_policy_document.d.json
}
"#,
        )],
        asks: &[
            (r#"reader s3://acme-lake/a/x"#, "conditional", r#"main.tf"#, r#"variable "docs" {"#),
            (r#"reader s3://acme-lake/b/x"#, "conditional", r#"main.tf"#, r#"variable "docs" {"#),
        ],
    },
    Case {
        name: "NotPrincipal",
        files: &[(
            "main.tf",
            r#"#base
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}
data "aws_iam_policy_document" "b" {
  statement {
    effect    = "Deny"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.lake.arn}/b/*"]
    not_principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:role/admin"]
    }
  }
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.lake.bucket
  policy = data.aws_iam_policy_document.b.json
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
            (r#"reader s3://acme-lake/b/x"#, "denied", r#"main.tf"#, r#"statement {"#),
        ],
    },
    Case {
        name: "minified_json",
        files: &[(
            "main.tf",
            r#"#base
data "aws_iam_policy_document" "d" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.lake.arn}/a/*"]
  }
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = data.aws_iam_policy_document.d.minified_json
}
"#,
        )],
        asks: &[
            (r#"reader s3://acme-lake/a/x"#, "allowed", r#"main.tf"#, r#"statement {"#),
            (r#"reader s3://acme-lake/b/x"#, "denied", r#""#, r#""#),
        ],
    },
    Case {
        name: "a heredoc with an open value",
        files: &[(
            "main.tf",
            r#"#base
variable "b" { type = string }
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = <<EOF
{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::${var.b}/*", "${aws_s3_bucket.lake.arn}/a/*"]}
  ]
}
EOF
}
"#,
        )],
        asks: &[
            (
                r#"reader s3://acme-lake/a/x"#,
                "allowed",
                r#"main.tf"#,
                r#"{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "#,
            ),
            (
                r#"reader s3://acme-lake/b/x"#,
                "conditional",
                r#"main.tf"#,
                r#"{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "#,
            ),
        ],
    },
    Case {
        name: "an effect that is not known",
        files: &[(
            "main.tf",
            r#"#base
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}
variable "deny" { type = bool }
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.lake.id
  policy = data.aws_iam_policy_document.b.json
}
data "aws_iam_policy_document" "b" {
  statement {
    effect    = var.deny ? "Deny" : "Allow"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.lake.arn}/a/*"]
    principals {
      type        = "AWS"
      identifiers = [aws_iam_role.reader.arn]
    }
  }
}
"#,
        )],
        asks: &[
            (
                r#"reader s3://acme-lake/a/x"#,
                "conditional",
                r#"main.tf"#,
                r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
            ),
            (
                r#"reader s3://acme-lake/b/x"#,
                "allowed",
                r#"main.tf"#,
                r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
            ),
        ],
    },
    Case {
        name: "an operator that is not known",
        files: &[(
            "main.tf",
            r#"#base
variable "op" { type = string }
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*", Condition = { (var.op) = { "aws:SourceIp" = "10.0.0.0/8" } } }] })
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
        name: "two conditions of one operator",
        files: &[(
            "main.tf",
            r#"#base
data "aws_iam_policy_document" "d" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.lake.arn}/*"]
    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalTag/team"
      values   = ["a"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalTag/env"
      values   = ["prod", "dev"]
    }
  }
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = data.aws_iam_policy_document.d.json
}
"#,
        )],
        asks: &[
            (
                r#"reader s3://acme-lake/a/x --session-tag team=a --session-tag env=dev"#,
                "allowed",
                r#"main.tf"#,
                r#"statement {"#,
            ),
            (r#"reader s3://acme-lake/a/x --session-tag team=a"#, "denied", r#""#, r#""#),
        ],
    },
];
