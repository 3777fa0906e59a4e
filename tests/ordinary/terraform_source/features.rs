//! Small root modules, one for each feature of the language and for each kind of resource: each question has the verdict
//! that the configuration means, and the evidence is the line that a person would edit.
#![allow(clippy::indexing_slicing, reason = "answers have their members")]

mod buckets;
mod documents;
mod expressions;
mod keys;
mod modules;
mod resources;
mod terragrunt;
mod values;

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::binary;

/// A configuration, and what is asked of it.
struct Case {
    name: &'static str,
    /// `#base` stands for a provider, a role and a bucket, `#provider` for the provider.
    files: &'static [(&'static str, &'static str)],
    /// What stands behind `can`, the verdict, and where evidence has to be: a file and the beginning of its line.
    asks: &'static [(&'static str, &'static str, &'static str, &'static str)],
}

const PROVIDER: &str = r#"provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["123456789012"]
}
"#;

const BASE: &str = r#"resource "aws_iam_role" "reader" {
  name               = "reader"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
resource "aws_s3_bucket" "lake" {
  bucket = "acme-lake"
}
"#;

fn whole(text: &str) -> String {
    if let Some(rest) = text.strip_prefix("#base\n") {
        return format!("{PROVIDER}{BASE}{rest}");
    }
    text.strip_prefix("#provider\n").map_or_else(|| text.to_owned(), |rest| format!("{PROVIDER}{rest}"))
}

fn lay_out(dir: &Path, case: &Case) {
    fs::create_dir(dir.join(".git")).unwrap();
    for (name, text) in case.files {
        let path = dir.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, whole(text)).unwrap();
    }
}

/// Whether some evidence begins on a line of a file that begins so.
fn is_shown(answer: &Value, dir: &Path, file: &str, beginning: &str) -> bool {
    let text = fs::read_to_string(dir.join(file)).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let legs = answer["legs"].as_array().unwrap().iter();
    let gates = legs.flat_map(|leg| leg["gates"].as_array().unwrap());
    let mut evidence = gates.flat_map(|gate| gate["evidence"].as_array().unwrap());
    evidence.any(|statement| {
        let line = usize::try_from(statement["start"]["line"].as_u64().unwrap()).unwrap();
        statement["document"] == file && lines[line - 1].trim().starts_with(beginning)
    })
}

fn judge(cases: &[Case]) {
    let mut wrong = Vec::new();
    for case in cases {
        let dir = tempfile::tempdir().unwrap();
        lay_out(dir.path(), case);
        let has_manifest = case.files.iter().any(|(name, _)| *name == "decryptable.toml");
        for (question, verdict, file, beginning) in case.asks {
            let mut line = vec!["can"];
            line.extend(question.split(' '));
            if !has_manifest {
                line.extend(["--input", ".", "--isolated"]);
            }
            line.extend(["--format", "json"]);
            let output = binary::run(dir.path(), &line, "");
            let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
            if answer["verdict"] != *verdict {
                wrong.push(format!("{}: {question}: {} instead of {verdict}", case.name, answer["verdict"]));
            } else if !file.is_empty() && !is_shown(&answer, dir.path(), file, beginning) {
                wrong.push(format!("{}: {question}: no evidence at `{beginning}` of {file}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn expressions_in_policies() {
    judge(expressions::CASES);
}

#[test]
fn documents_however_they_are_written() {
    judge(documents::CASES);
}

#[test]
fn identities_and_their_policies() {
    judge(resources::CASES);
}

#[test]
fn keys_and_what_lets_into_them() {
    judge(keys::CASES);
}

#[test]
fn buckets_and_what_stands_around_them() {
    judge(buckets::CASES);
}

#[test]
fn modules_and_instances() {
    judge(modules::CASES);
}

#[test]
fn units_of_terragrunt() {
    judge(terragrunt::CASES);
}

#[test]
fn where_values_come_from() {
    judge(values::CASES);
}
