//! Expressions in policies.

use super::Case;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "a splat over counted buckets",
        files: &[(
            "main.tf",
            r#"#base
resource "aws_s3_bucket" "more" {
  count  = 2
  bucket = "acme-${count.index}"
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = [for a in aws_s3_bucket.more[*].arn : "${a}/*"] }] })
}
"#,
        )],
        asks: &[
            (
                r#"reader s3://acme-1/x"#,
                "allowed",
                r#"main.tf"#,
                r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
            ),
            (r#"reader s3://acme-lake/x"#, "denied", r#""#, r#""#),
        ],
    },
    Case {
        name: "a splat of old",
        files: &[(
            "main.tf",
            r#"#base
resource "aws_s3_bucket" "more" {
  count  = 2
  bucket = "acme-${count.index}"
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = formatlist("%s/*", aws_s3_bucket.more.*.arn) }] })
}
"#,
        )],
        asks: &[
            (
                r#"reader s3://acme-0/x"#,
                "allowed",
                r#"main.tf"#,
                r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
            ),
            (r#"reader s3://acme-lake/x"#, "denied", r#""#, r#""#),
        ],
    },
    Case {
        name: "a for that groups",
        files: &[(
            "main.tf",
            r#"#base
locals {
  rows = [{ p = "a", t = "r" }, { p = "b", t = "s" }, { p = "c", t = "r" }]
  by   = { for r in local.rows : r.t => r.p... }
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = [for p in local.by["r"] : "${aws_s3_bucket.lake.arn}/${p}/*"] }] })
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
            (
                r#"reader s3://acme-lake/c/x"#,
                "allowed",
                r#"main.tf"#,
                r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
            ),
        ],
    },
    Case {
        name: "one() and coalesce()",
        files: &[(
            "main.tf",
            r#"#base
resource "aws_iam_policy" "p" {
  count  = 1
  name   = "p"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/a/*" }] })
}
resource "aws_iam_role_policy_attachment" "a" {
  role       = aws_iam_role.reader.name
  policy_arn = coalesce(one(aws_iam_policy.p[*].arn), "arn:aws:iam::aws:policy/ReadOnlyAccess")
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
        name: "try() and can()",
        files: &[(
            "main.tf",
            r#"#base
locals {
  cfg = { prefixes = ["a"] }
  p   = try(local.cfg.wrong, local.cfg.prefixes, [])
  c   = can(local.cfg.nothing) ? "all" : "some"
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = local.c == "some" ? "Allow" : "Deny", Action = "s3:GetObject", Resource = [for x in local.p : "${aws_s3_bucket.lake.arn}/${x}/*"] }] })
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
        name: "directives in a heredoc",
        files: &[(
            "main.tf",
            r#"#base
locals { ps = ["a", "c"] }
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = <<-EOT
    {
      "Version": "2012-10-17",
      "Statement": [
        %{for i, p in local.ps~}
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "${aws_s3_bucket.lake.arn}/${p}/*"}%{if i < length(local.ps) - 1},%{endif}
        %{endfor~}
      ]
    }
  EOT
}
"#,
        )],
        asks: &[
            (
                r#"reader s3://acme-lake/a/x"#,
                "allowed",
                r#"main.tf"#,
                r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "$"#,
            ),
            (r#"reader s3://acme-lake/b/x"#, "denied", r#""#, r#""#),
            (
                r#"reader s3://acme-lake/c/x"#,
                "allowed",
                r#"main.tf"#,
                r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "$"#,
            ),
        ],
    },
    Case {
        name: "statements of merge() and flatten()",
        files: &[(
            "main.tf",
            r#"#base
locals {
  base = { Effect = "Allow", Action = "s3:GetObject" }
  sts  = flatten([[for p in ["a"] : merge(local.base, { Resource = "${aws_s3_bucket.lake.arn}/${p}/*" })], [[merge(local.base, { Resource = "arn:aws:s3:::other/*" }, { Effect = "Deny" })]]])
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = concat(local.sts, []) })
}
"#,
        )],
        asks: &[
            (
                r#"reader s3://acme-lake/a/x"#,
                "allowed",
                r#"main.tf"#,
                r#"sts  = flatten([[for p in ["a"] : merge(local.base, { Resour"#,
            ),
            (r#"reader s3://acme-lake/b/x"#, "denied", r#""#, r#""#),
        ],
    },
    Case {
        name: "optional attributes with defaults",
        files: &[(
            "main.tf",
            r#"#base
variable "grants" {
  type    = map(object({ actions = optional(list(string), ["s3:GetObject"]), prefix = string, deny = optional(bool) }))
  default = { a = { prefix = "a" }, b = { prefix = "b", deny = true, actions = ["s3:*"] } }
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [for k, g in var.grants : { Sid = k, Effect = coalesce(g.deny, false) ? "Deny" : "Allow", Action = g.actions, Resource = "${aws_s3_bucket.lake.arn}/${g.prefix}/*" }] })
}
"#,
        )],
        asks: &[
            (
                r#"reader s3://acme-lake/a/x"#,
                "allowed",
                r#"main.tf"#,
                r#"policy = jsonencode({ Version = "2012-10-17", Statement = [f"#,
            ),
            (
                r#"reader s3://acme-lake/b/x"#,
                "denied",
                r#"main.tf"#,
                r#"policy = jsonencode({ Version = "2012-10-17", Statement = [f"#,
            ),
        ],
    },
    Case {
        name: "keys of setproduct()",
        files: &[(
            "main.tf",
            r#"#base
locals {
  pairs = { for p in setproduct(["a"], ["x", "y"]) : "${p[0]}-${p[1]}" => { a = p[0], b = p[1] } }
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [for k, v in local.pairs : { Sid = title(replace(k, "-", "")), Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/${v.a}/${v.b}" }] })
}
"#,
        )],
        asks: &[
            (
                r#"reader s3://acme-lake/a/x"#,
                "allowed",
                r#"main.tf"#,
                r#"policy = jsonencode({ Version = "2012-10-17", Statement = [f"#,
            ),
            (r#"reader s3://acme-lake/a/z"#, "denied", r#""#, r#""#),
        ],
    },
    Case {
        name: "names by count.index",
        files: &[(
            "main.tf",
            r#"#provider
resource "aws_s3_bucket" "lake" {
  bucket = "acme-lake"
}
variable "n" { default = 3 }
resource "aws_iam_role" "r" {
  count              = var.n
  name               = format("r-%02d", count.index + 1)
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
resource "aws_iam_role_policy" "p" {
  count  = var.n
  role   = aws_iam_role.r[count.index].id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/${element(["a", "b"], count.index)}/*" }] })
}
"#,
        )],
        asks: &[
            (
                r#"aws_iam_role.r[0] s3://acme-lake/a/x"#,
                "allowed",
                r#"main.tf"#,
                r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
            ),
            (
                r#"aws_iam_role.r[1] s3://acme-lake/b/x"#,
                "allowed",
                r#"main.tf"#,
                r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
            ),
            (
                r#"aws_iam_role.r[2] s3://acme-lake/a/x"#,
                "allowed",
                r#"main.tf"#,
                r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
            ),
            (r#"aws_iam_role.r[2] s3://acme-lake/b/x"#, "denied", r#""#, r#""#),
            (r#"arn:aws:iam::123456789012:role/r-02 s3://acme-lake/a/x"#, "denied", r#""#, r#""#),
        ],
    },
    Case {
        name: "a default that is null",
        files: &[(
            "main.tf",
            r#"#base
variable "p" {
  type    = string
  default = null
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [for s in [var.p == null ? null : { Effect = "Allow", Action = "s3:GetObject", Resource = "*" }, { Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/a/*" }] : s if s != null] })
}
"#,
        )],
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
        name: "numbers and booleans in conditions",
        files: &[(
            "main.tf",
            r#"#base
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/*", Condition = { NumericLessThan = { "aws:MultiFactorAuthAge" = 3600 }, Bool = { "aws:SecureTransport" = true } } }] })
}
"#,
        )],
        asks: &[(
            r#"reader s3://acme-lake/a/x --context aws:MultiFactorAuthAge=100 --context aws:SecureTransport=true"#,
            "allowed",
            r#"main.tf"#,
            r#"policy = jsonencode({ Version = "2012-10-17", Statement = [{"#,
        )],
    },
    Case {
        name: "format() with an open value",
        files: &[(
            "main.tf",
            r#"#base
variable "b" { type = string }
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = format("arn:aws:s3:::%s/*", var.b) }] })
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
        name: "a function of the provider",
        files: &[(
            "main.tf",
            r#"#base
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::${provider::aws::arn_parse(aws_s3_bucket.lake.arn).resource}/a/*" }] })
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
        name: "a variable that is validated",
        files: &[(
            "main.tf",
            r#"#base
variable "p" {
  type    = string
  default = "a"
  validation {
    condition     = length(var.p) > 0
    error_message = "x"
  }
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/${var.p}/*" }] })
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
        name: "the output of terraform_data",
        files: &[(
            "main.tf",
            r#"#base
resource "terraform_data" "d" {
  input = { prefix = "a" }
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/${terraform_data.d.output.prefix}/*" }] })
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
        name: "a cycle of local values",
        files: &[(
            "main.tf",
            r#"#base
locals {
  a = local.b
  b = local.a
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/${local.a}/*" }] })
}
"#,
        )],
        asks: &[(r#"reader s3://acme-lake/a/x"#, "conditional", r#"main.tf"#, r#"a = local.b"#)],
    },
    Case {
        name: "a value that is converted to a type",
        files: &[(
            "main.tf",
            r#"#base
locals {
  shares = convert({ a = { prefix = "a" }, b = { prefix = "b", open = false } }, map(object({ prefix = string, open = optional(bool, true) })))
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = [for s in local.shares : "${aws_s3_bucket.lake.arn}/${s.prefix}/*" if s.open] }] })
}
"#,
        )],
        asks: &[
            ("reader s3://acme-lake/a/x", "allowed", "main.tf", "policy = jsonencode({"),
            ("reader s3://acme-lake/b/x", "denied", "", ""),
        ],
    },
];
