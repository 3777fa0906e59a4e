//! Holes are sound: whatever value a variable without one gets, an answer that was firm stays as it was.
#![allow(clippy::indexing_slicing, reason = "answers have their members")]

use std::fs;
use std::path::Path;

use crate::{binary, budget};

/// A variable without a value, and what it may be.
type Variable = (&'static str, &'static [&'static str]);

/// Configurations whose variables have no values.
const MODULES: &[(&str, &[Variable])] = &[
    (
        r#"
variable "prefix" { type = string }
variable "open" { type = bool }
resource "aws_iam_role_policy" "p" {
  role = aws_iam_role.reader.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.lake.arn}/${var.prefix}/*" }],
      var.open ? [{ Effect = "Allow", Action = "s3:Get*", Resource = "${aws_s3_bucket.lake.arn}/open/*" }] : [],
    )
  })
}
"#,
        &[("prefix", &["a", "raw", "*", "open"]), ("open", &["true", "false"])],
    ),
    (
        r#"
variable "denied" { type = list(string) }
variable "write" { type = bool }
data "aws_iam_policy_document" "d" {
  statement {
    actions   = var.write ? ["s3:GetObject", "s3:PutObject"] : ["s3:GetObject"]
    resources = ["${aws_s3_bucket.lake.arn}/*"]
  }
  dynamic "statement" {
    for_each = var.denied
    content {
      effect    = "Deny"
      actions   = ["s3:*"]
      resources = ["${aws_s3_bucket.lake.arn}/${statement.value}/*"]
    }
  }
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.reader.name
  policy = data.aws_iam_policy_document.d.json
}
"#,
        &[
            ("denied", &["[]", "[\"raw\"]", "[\"a\", \"raw\", \"open\"]", "[\"z\"]"]),
            ("write", &["true", "false"]),
        ],
    ),
    (
        r#"
variable "make" { type = bool }
variable "arn" { type = string }
resource "aws_iam_policy" "p" {
  count  = var.make ? 1 : 0
  name   = "p"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = var.arn }] })
}
resource "aws_iam_role_policy_attachment" "p" {
  count      = var.make ? 1 : 0
  role       = aws_iam_role.reader.name
  policy_arn = aws_iam_policy.p[0].arn
}
resource "aws_iam_role_policy" "q" {
  role   = aws_iam_role.reader.name
  policy = <<-EOT
    {
      "Version": "2012-10-17",
      "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-lake/raw/*"}]
    }
  EOT
}
"#,
        &[("make", &["true", "false"]), ("arn", &["arn:aws:s3:::acme-lake/*", "arn:aws:s3:::other/*", "*"])],
    ),
];

const AROUND: &str = r#"
provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["123456789012"]
}
resource "aws_s3_bucket" "lake" { bucket = "acme-lake" }
resource "aws_iam_role" "reader" {
  name = "reader"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
"#;

fn verdict(dir: &Path, object: &str, vars: &[(&str, &str)]) -> String {
    let mut line = vec!["can", "reader", object, "--input", ".", "--isolated", "--format", "json"];
    let given: Vec<String> = vars.iter().map(|(name, value)| format!("{name}={value}")).collect();
    for value in &given {
        line.extend(["--var", value]);
    }
    let output = binary::run(dir, &line, "");
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{line:?}: {}", String::from_utf8_lossy(&output.stderr)));
    answer["verdict"].as_str().unwrap().to_owned()
}

/// Every way to choose one value for each variable.
fn fillings<'v>(variables: &[(&'v str, &'v [&'v str])]) -> Vec<Vec<(&'v str, &'v str)>> {
    let Some(((name, values), others)) = variables.split_first() else { return vec![Vec::new()] };
    let rest = fillings(others);
    let with = |value: &&'v str| {
        let value = *value;
        rest.iter().map(move |more| [&[(*name, value)], more.as_slice()].concat()).collect::<Vec<_>>()
    };
    values.iter().flat_map(with).collect()
}

#[test]
fn what_is_firm_stays_so() {
    let (mut firm, mut open) = (0, 0);
    for (text, variables) in MODULES {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join(".git")).unwrap();
        fs::write(dir.path().join("main.tf"), format!("{AROUND}{text}")).unwrap();
        for object in ["s3://acme-lake/raw/x", "s3://acme-lake/open/x", "s3://acme-lake/z/x"] {
            let before = verdict(dir.path(), object, &[]);
            let after: Vec<String> =
                fillings(variables).iter().map(|filling| verdict(dir.path(), object, filling)).collect();
            if before == "conditional" {
                open += 1;
                // It depends on something: some values allow it and some do not.
                assert!(
                    after.iter().any(|a| a == "allowed") && after.iter().any(|a| a == "denied"),
                    "{text}{object} {after:?}"
                );
            } else {
                firm += 1;
                assert!(
                    after.iter().all(|after| *after == before),
                    "{text}{object}: {before}, then {after:?}"
                );
            }
        }
    }
    assert!(firm >= 1 && open >= 4, "{firm} firm, {open} open");
}

/// Numbers without a pattern, the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most as u64).unwrap()
    }

    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.below(of.len())]
    }

    /// A statement with parts that variables decide.
    fn statement(&mut self) -> String {
        let effect = self.one(&["\"Allow\"", "\"Allow\"", "\"Deny\"", "var.flag ? \"Allow\" : \"Deny\""]);
        let action = self.one(&[
            "\"s3:GetObject\"",
            "var.flag ? \"s3:Get*\" : \"s3:Put*\"",
            "[\"s3:*\"]",
            "var.actions",
        ]);
        let resource = self.one(&[
            "\"${aws_s3_bucket.lake.arn}/*\"",
            "\"${aws_s3_bucket.lake.arn}/${var.prefix}/*\"",
            "\"arn:aws:s3:::${var.prefix}/*\"",
            "[for p in var.list : \"${aws_s3_bucket.lake.arn}/${p}/*\"]",
            "concat([\"${aws_s3_bucket.lake.arn}/raw/*\"], var.flag ? [\"${aws_s3_bucket.lake.arn}/z/*\"] : [])",
            "format(\"%s/%s*\", aws_s3_bucket.lake.arn, try(var.list[0], \"open/\"))",
        ]);
        let condition = self.one(&[
            "",
            "",
            ", Condition = { StringEquals = { \"aws:PrincipalTag/team\" = var.prefix } }",
            ", Condition = { StringLike = { \"aws:PrincipalTag/team\" = [\"r*\", var.prefix] } }",
        ]);
        format!("{{ Effect = {effect}, Action = {action}, Resource = {resource}{condition} }}")
    }

    /// Statements, each there or not in one of the ways to write that.
    fn statements(&mut self) -> String {
        let parts: Vec<String> = (0..1 + self.below(3))
            .map(|_| {
                let statement = self.statement();
                match self.below(4) {
                    0 => format!("var.flag ? [{statement}] : []"),
                    1 => format!("[for p in var.list : {statement} if p != \"\"]"),
                    2 => format!("length(var.list) > 0 ? [{statement}] : []"),
                    _ => format!("[{statement}]"),
                }
            })
            .collect();
        format!("concat({}, [])", parts.join(", "))
    }

    fn module(&mut self) -> String {
        let count = self.one(&["", "  count = var.flag ? 1 : 0\n", "  for_each = toset(var.list)\n"]);
        format!(
            "{AROUND}variable \"flag\" {{\n  type = bool\n}}\nvariable \"prefix\" {{\n  type = string\n}}\nvariable \"list\" {{\n  type = list(string)\n}}\nvariable \"actions\" {{\n  type = list(string)\n}}\nresource \"aws_iam_role_policy\" \"p\" {{\n{count}  name = \"p\"\n  role = aws_iam_role.reader.name\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = {} }})\n}}\nresource \"aws_iam_role_policy\" \"q\" {{\n  role = aws_iam_role.reader.name\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = {} }})\n}}\n",
            self.statements(),
            self.statements()
        )
    }
}

const VALUES: &[Variable] = &[
    ("flag", &["true", "false"]),
    ("prefix", &["raw", "*", "acme-lake", "z"]),
    ("list", &["[]", "[\"raw\"]", "[\"z\", \"open\"]", "[\"*\"]"]),
    ("actions", &["[\"s3:PutObject\"]", "[\"s3:GetObject\", \"s3:ListBucket\"]"]),
];

/// Modules at random, and values at random for all that has none: what was firm stays so.
#[test]
fn generated_modules_are_sound() {
    let mut dice = Dice(0x0dd_ba11);
    let (mut firm, mut open, mut wrong) = (0, 0, Vec::new());
    for _ in 0..budget::cases(24) {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join(".git")).unwrap();
        let text = dice.module();
        fs::write(dir.path().join("main.tf"), &text).unwrap();
        let object = dice.one(&["s3://acme-lake/raw/x", "s3://acme-lake/open/x", "s3://acme-lake/z/x"]);
        let before = verdict(dir.path(), object, &[]);
        if before == "conditional" {
            open += 1;
            continue;
        }
        firm += 1;
        for _ in 0..6 {
            let filling: Vec<(&str, &str)> =
                VALUES.iter().map(|(name, values)| (*name, dice.one(values))).collect();
            let after = verdict(dir.path(), object, &filling);
            if after != before {
                wrong.push(format!("{text}{object}: {before}, with {filling:?} {after}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(firm >= 2 && open >= 2, "{firm} firm, {open} open");
}
