//! How fast policies are read, beside `serde_json` on the same text in the same run.

#![allow(clippy::unwrap_used, reason = "a benchmark may fail loudly")]

use std::fmt::Write as _;

use decryptable::json::parse;
use decryptable::source::SourceId;
use divan::counter::BytesCount;
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

/// The shapes policies come in.
const SHAPES: &[&str] = &["compact", "pretty", "embedded"];

/// About a megabyte of statements: compact, pretty, or as strings inside a document.
fn document(shape: &str) -> String {
    let mut statements = Vec::new();
    let mut size = 0;
    for i in 0.. {
        let statement = serde_json::json!({
            "Sid": format!("AllowUseOfTheKey{i}"),
            "Effect": if i % 7 == 0 { "Deny" } else { "Allow" },
            "Principal": {"AWS": [format!("arn:aws:iam::{:012}:role/team-{i}/reader", i * 7919 % 1_000_000)]},
            "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey*", "s3:GetObject"],
            "Resource": [format!("arn:aws:s3:::lake-{}/raw/year=2026/*", i % 100), "*"],
            "Condition": {
                "StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com", "aws:PrincipalOrgID": "o-a1b2c3d4e5"},
                "Bool": {"aws:SecureTransport": true},
                "NumericLessThan": {"aws:MultiFactorAuthAge": 3600}
            }
        });
        size += statement.to_string().len();
        statements.push(statement);
        if size > 1_000_000 {
            break;
        }
    }
    let policy = |statements: &[serde_json::Value]| serde_json::json!({"Version": "2012-10-17", "Statement": statements});
    match shape {
        "compact" => policy(&statements).to_string(),
        "pretty" => serde_json::to_string_pretty(&policy(&statements)).unwrap(),
        _ => {
            let mut lines = String::from("[");
            for (i, few) in statements.chunks(4).enumerate() {
                let comma = if i == 0 { "" } else { "," };
                let inside = serde_json::Value::String(policy(few).to_string());
                write!(lines, "{comma}{{\"PolicyName\":\"p{i}\",\"PolicyDocument\":{inside}}}").unwrap();
            }
            lines + "]"
        }
    }
}

fn bench<R>(bencher: Bencher<'_, '_>, shape: &str, read: impl Fn(&str) -> R + Sync) {
    let text = document(shape);
    bencher.counter(BytesCount::of_str(&text)).bench(|| read(black_box(&text)));
}

#[divan::bench(args = SHAPES)]
fn ours(bencher: Bencher<'_, '_>, shape: &str) {
    let text = document(shape);
    bencher.counter(BytesCount::of_str(&text)).bench(|| parse(SourceId::LONE, black_box(&text)));
}

#[divan::bench(args = SHAPES)]
fn serde_json_value(bencher: Bencher<'_, '_>, shape: &str) {
    bench(bencher, shape, |text| serde_json::from_str::<serde_json::Value>(text).unwrap());
}

#[divan::bench(args = SHAPES)]
fn serde_json_ignored(bencher: Bencher<'_, '_>, shape: &str) {
    bench(bencher, shape, |text| serde_json::from_str::<serde::de::IgnoredAny>(text).unwrap());
}
