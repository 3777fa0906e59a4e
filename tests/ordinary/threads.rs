//! The same bytes on one thread and on many.
#![allow(clippy::unwrap_used, reason = "a test fails loudly")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

const ACCOUNT: &str = "111122223333";

/// A dump that is large enough to be parsed on all cores, with mistakes here and there whose order shows.
fn dump(roles: usize) -> String {
    let mut text = String::from("{\"UserDetailList\": [], \"GroupDetailList\": [], \"RoleDetailList\": [");
    for role in 0..roles {
        let comma = if role == 0 { "" } else { "," };
        let action = if role % 97 == 5 { "s3:GetObjekt" } else { "s3:GetObject" };
        write!(
            text,
            r#"{comma}{{"RoleName": "r{role}", "Arn": "arn:aws:iam::{ACCOUNT}:role/r{role}", "AssumeRolePolicyDocument": {{"Version": "2012-10-17",
            "Statement": [{{"Effect": "Allow", "Principal": {{"Service": "ec2.amazonaws.com"}}, "Action": "sts:AssumeRole"}}]}},
            "RolePolicyList": [{{"PolicyName": "read", "PolicyDocument": {{"Version": "2012-10-17", "Statement": [
            {{"Effect": "Allow", "Action": "{action}", "Resource": "arn:aws:s3:::lake-{}/*"}},
            {{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}}]}}}}], "AttachedManagedPolicies": []}}"#,
            role % 13
        )
        .unwrap();
    }
    text.push_str("], \"Policies\": []}");
    text
}

/// More bytes than are read on one thread, in a file of its own each.
fn buckets(dir: &Path) {
    for bucket in 0..24 {
        let blank = " ".repeat(60_000);
        let text = format!(
            "{{\"Name\": \"lake-{bucket}\", \"Account\": \"{ACCOUNT}\", \"Region\": \"us-east-1\",{blank}\"Policy\": null}}"
        );
        fs::write(dir.join(format!("bucket-{bucket}.json")), text).unwrap();
    }
}

fn run(dir: &Path, threads: &str, args: &[&str]) -> (Option<i32>, Vec<u8>, Vec<u8>) {
    let out = Command::new(env!("CARGO_BIN_EXE_decryptable"))
        .args(args)
        .current_dir(dir)
        .env("RAYON_NUM_THREADS", threads)
        .output()
        .unwrap();
    (out.status.code(), out.stdout, out.stderr)
}

#[test]
fn one_thread_and_sixteen_say_the_same() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("estate")).unwrap();
    fs::write(dir.path().join("estate/dump.json"), dump(1_500)).unwrap();
    buckets(&dir.path().join("estate"));
    let role = format!("arn:aws:iam::{ACCOUNT}:role/r20");
    for args in [
        &["inputs", "estate"][..],
        &["lint", "estate"],
        &["can", &role, "s3://lake-7/x", "--input", "estate"],
        &["who", "s3://lake-7/x", "--input", "estate", "--direct"],
        &["matrix", "--all", "--operation", "read", "estate"],
    ] {
        let one = run(dir.path(), "1", args);
        assert!(!one.1.is_empty(), "{args:?}: {}", String::from_utf8_lossy(&one.2));
        assert_eq!(one, run(dir.path(), "16", args), "{args:?}");
    }
}
