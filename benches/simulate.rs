//! How many request lines a second `simulate` answers, policies and all.

#![allow(clippy::unwrap_used, reason = "a benchmark may fail loudly")]

use std::io;

use decryptable::ask::simulate;
use divan::counter::{BytesCount, ItemsCount};
use divan::{AllocProfiler, Bencher, black_box};
use serde_json::{Value, json};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// Lines in a batch.
const LINES: usize = 1_000;

/// What the lines of a batch have in common.
const BATCHES: &[&str] = &["distinct", "distinct_objects", "common_scps", "repeated"];

/// A request of about 2.6 kB whose policies are made from `seed`, the SCPs from `scps`.
fn request(seed: usize, scps: usize, written: fn(Value) -> Value) -> String {
    let account = format!("{:012}", seed * 7919 + 111_111_111_111);
    let key = format!("arn:aws:kms:us-east-1:222222222222:key/{seed:08x}-12ab-34cd-56ef-1234567890ab");
    let policy = |id: String, statements: Value| {
        written(json!({"Version": "2012-10-17", "Id": id, "Statement": statements}))
    };
    let full = |id: String| policy(id, json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]));
    let context = |name: &str, value: &str| json!({"ContextKeyName": name, "ContextKeyValues": [value], "ContextKeyType": "string"});
    json!({
        "Id": seed,
        "CallerArn": format!("arn:aws:iam::{account}:role/IAM_CLUSTER"),
        "PolicyInputList": [policy(format!("identity{seed}"), json!([
            {"Sid": "List", "Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketLocation"],
             "Resource": format!("arn:aws:s3:::lake-{seed}")},
            {"Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjectVersion"],
             "Resource": format!("arn:aws:s3:::lake-{seed}/curated/*")},
            {"Sid": "Logs", "Effect": "Allow", "Action": "logs:*", "Resource": "*"},
            {"Sid": "Decrypt", "Effect": "Allow", "Action": ["kms:Decrypt", "kms:DescribeKey"], "Resource": key,
             "Condition": {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}}
        ]))],
        "ActionNames": ["kms:Decrypt"],
        "ResourceArns": [key],
        "ResourcePolicy": policy(format!("key{seed}"), json!([
            {"Sid": "Admin", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::222222222222:root"},
             "Action": "kms:*", "Resource": "*"},
            {"Sid": "Workers", "Effect": "Allow",
             "Principal": {"AWS": format!("arn:aws:iam::{account}:role/IAM_CLUSTER")},
             "Action": ["kms:Decrypt", "kms:DescribeKey"], "Resource": "*",
             "Condition": {"StringLike": {"kms:EncryptionContext:aws:s3:arn":
                [format!("arn:aws:s3:::lake-{seed}"), format!("arn:aws:s3:::lake-{seed}/*")]}}}
        ])),
        "ServiceControlPolicyInputList": [
            [policy(format!("regions{scps}"), json!([
                {"Sid": "Regions", "Effect": "Deny", "NotAction": ["iam:*", "sts:*", "organizations:*"],
                 "Resource": "*",
                 "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["us-east-1", "eu-west-1"]}}},
                {"Effect": "Allow", "Action": "*", "Resource": "*"}
            ]))],
            [full(format!("unit{scps}"))],
            [full(format!("account{scps}"))]
        ],
        "ContextEntries": [
            context("kms:ViaService", "s3.us-east-1.amazonaws.com"),
            context("aws:RequestedRegion", "us-east-1"),
            context("aws:SecureTransport", "true"),
            context("kms:EncryptionContext:aws:s3:arn", &format!("arn:aws:s3:::lake-{seed}/x"))
        ]
    })
    .to_string()
}

/// The lines of a batch. In the distinct ones no policy text comes twice.
fn batch(name: &str) -> String {
    let text = |policy: Value| Value::String(policy.to_string());
    let object = |policy| policy;
    let line = |i: usize| match name {
        "distinct" => request(i, i, text),
        "distinct_objects" => request(i, i, object),
        "common_scps" => request(i, 0, text),
        _ => request(i % 50, i % 50, text),
    };
    (0..LINES).map(|i| line(i) + "\n").collect()
}

#[divan::bench(args = BATCHES)]
fn lines(bencher: Bencher<'_, '_>, name: &str) {
    let input = batch(name);
    let answered = simulate::run(&mut input.as_bytes(), &mut io::sink()).unwrap();
    assert_eq!((answered.lines, answered.errors), (LINES as u64, 0));
    bencher
        .counter(ItemsCount::new(LINES))
        .counter(BytesCount::of_str(&input))
        .bench_local(|| simulate::run(&mut black_box(input.as_bytes()), &mut io::sink()).unwrap());
}
