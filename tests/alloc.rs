//! What is allocated, counted: nothing for a decision about a request that is known in full, and for files in proportion to
//! them.
//!
//! The counter sees the whole process, so these tests run one after the other, in its first thread.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails loudly")]

use std::alloc::System;
use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use decryptable::estate::{Known, Level, SharedPolicy};
use decryptable::eval::{
    Applicable, Caller, Concrete, Context, ContextValue, ControlPolicies, Limit, Request, ResourceSide, Side,
    decide,
};
use decryptable::json;
use decryptable::load::{self, Input, Intake};
use decryptable::name::ActionName;
use decryptable::policy::{PolicyKind, lower};
use decryptable::source::SourceId;
use libtest_mimic::{Arguments, Trial};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const ROLE: &str = "arn:aws:iam::111111111111:role/reader";
const KEY: &str = "arn:aws:kms:us-east-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab";

const IDENTITY: &str = r#"{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": ["kms:De*", "kms:Describe?ey"], "Resource": "arn:aws:kms:*:222222222222:key/*",
   "Condition": {"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}, "Bool": {"aws:SecureTransport": "true"}}}]}"#;

const KEY_POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::111111111111:root", "arn:aws:iam::333333333333:role/x"]},
   "Action": "kms:*", "Resource": "*",
   "Condition": {"ArnLike": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::lake/*"}}},
  {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*",
   "Condition": {"StringNotEqualsIgnoreCase": {"aws:PrincipalOrgID": "o-exampleorg"},
                 "NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"},
                 "NumericGreaterThan": {"aws:MultiFactorAuthAge": "3600"}}}]}"#;

const SCP: &str = r#"{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": "*", "Resource": "*"},
  {"Effect": "Deny", "NotAction": ["iam:*", "sts:*"], "Resource": "*",
   "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["us-east-1", "eu-west-1"]}}}]}"#;

fn policy(text: &str, kind: PolicyKind) -> SharedPolicy {
    let parsed = json::parse(SourceId::LONE, text);
    let mut problems = parsed.problems;
    let policy = lower(&parsed.root.unwrap(), kind, "", &mut problems);
    assert_eq!(problems, []);
    Arc::new(policy)
}

fn a_concrete_decision_allocates_nothing() {
    let mut context = Context::new("kms", ContextValue::Absent);
    for (key, value) in [
        ("aws:PrincipalArn", ROLE),
        ("aws:PrincipalOrgID", "o-exampleorg"),
        ("aws:RequestedRegion", "us-east-1"),
        ("aws:SecureTransport", "true"),
        ("aws:SourceIp", "203.0.113.7"),
        ("kms:EncryptionContext:aws:s3:arn", "arn:aws:s3:::lake/curated/part-0.parquet"),
        ("kms:ViaService", "s3.us-east-1.amazonaws.com"),
    ] {
        context.set(key, ContextValue::one(value));
    }
    let identity = [policy(IDENTITY, PolicyKind::Identity)];
    let key = [policy(KEY_POLICY, PolicyKind::Key)];
    let scp = policy(SCP, PolicyKind::Scp);
    let level = |target: &str| Level {
        target: target.to_owned(),
        is_above: false,
        policies: Known::Provided(vec![Arc::clone(&scp)]),
    };
    let scps = [level("r-ab12"), level("111111111111")];
    let applicable = Applicable {
        identity: Side::Policies(&identity),
        boundary: Limit::None,
        session: Limit::None,
        scps: ControlPolicies::Known(&scps),
        rcps: ControlPolicies::None,
        resource: ResourceSide::requires_resource_policy(Side::Policies(&key)),
        ..Applicable::default()
    };
    let (caller, action) = (Caller::parse(ROLE).unwrap(), ActionName::new("kms:Decrypt").unwrap());
    let request = Request {
        caller: &caller,
        action: &action,
        resource: KEY,
        within: None,
        resource_account: Some("222222222222".parse().unwrap()),
        context: &context,
    };

    let region = Region::new(ALLOCATOR);
    for _ in 0..1_000 {
        assert!(decide(black_box(&applicable), black_box(&request), &mut Concrete).allowed);
    }
    let change = region.change();
    assert_eq!(change.allocations + change.reallocations, 0);
}

/// What is allocated for reading a file, in bytes and in pieces.
fn reading(name: &str, text: &str, check: impl FnOnce(&Intake)) -> (usize, usize) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(name), text).unwrap();
    let region = Region::new(ALLOCATOR);
    let mut intake = Intake::new();
    load::read_inputs(&mut intake, Path::new(""), &[Input::from(&*dir.path().to_string_lossy())], &[]);
    load::finish(&mut intake);
    let change = region.change();
    check(&intake);
    (change.bytes_allocated, change.allocations + change.reallocations)
}

/// Eight times the input takes eight times the memory, and not 64 times.
fn assert_linear(what: &str, size: usize, read: impl Fn(usize) -> (usize, usize)) {
    let (few, many) = (read(size), read(8 * size));
    assert!(
        many.0 <= 10 * few.0 && many.1 <= 10 * few.1,
        "{what}: bytes and pieces are {few:?} for {size}, {many:?} for {}",
        8 * size
    );
}

fn large_dumps_take_linear_memory() {
    let dump = |roles: usize| {
        let mut list = String::new();
        for at in 0..roles {
            let role = format!(r#""RoleName": "r{at}", "Arn": "arn:aws:iam::111111111111:role/app/r{at}""#);
            write!(
                list,
                r#"{}{{"Path": "/app/", {role}, "RoleId": "AROA{at}", "InstanceProfileList":
                [{{"InstanceProfileName": "p{at}", "Roles": [{{{role}, "AssumeRolePolicyDocument": "not what counts"}}]}}],
                "AssumeRolePolicyDocument": {{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow",
                "Principal": {{"Service": "ec2.amazonaws.com"}}, "Action": "sts:AssumeRole"}}]}},
                "RolePolicyList": [{{"PolicyName": "inline", "PolicyDocument": {{"Version": "2012-10-17", "Statement":
                [{{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}]}}}}],
                "AttachedManagedPolicies": [], "RoleLastUsed": {{}}}}"#,
                if at == 0 { "" } else { "," }
            )
            .unwrap();
        }
        format!(
            r#"{{"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [{list}], "Policies": []}}"#
        )
    };
    assert_linear("a dump", 100, |roles| {
        reading("dump.json", &dump(roles), |intake| assert_eq!(intake.estate.roles.len(), roles))
    });
}

/// Each name is twice the one before it, and each condition asks the one before it twice: written out they would be
/// longer than any memory. Twice the height takes no more than the third power of that.
fn towers_of_names_and_conditions_end() {
    let tower = |height: usize| {
        let mut resources = r#""B0":{"Type":"AWS::S3::Bucket","Properties":{"BucketName":"b"}}"#.to_owned();
        let mut conditions = r#""C0":{"Fn::Equals":[{"Ref":"P"},"a"]}"#.to_owned();
        for at in 1..height {
            let before = at - 1;
            write!(
                resources,
                r#","B{at}":{{"Type":"AWS::S3::Bucket","Condition":"C{at}","Properties":
                {{"BucketName":{{"Fn::Sub":"${{B{before}}}${{B{before}}}"}}}}}}"#
            )
            .unwrap();
            write!(
                conditions,
                r#","C{at}":{{"Fn::And":[{{"Condition":"C{before}"}},{{"Condition":"C{before}"}}]}}"#
            )
            .unwrap();
        }
        format!(
            r#"{{"Parameters":{{"P":{{"Type":"String"}}}},"Conditions":{{{conditions}}},"Resources":{{{resources}}}}}"#
        )
    };
    let read = |height| {
        reading("t.json", &tower(height), |intake| assert!(intake.estate.buckets.len() > height / 4))
    };
    // Heights at which names are cut off already.
    let (low, high) = (read(100), read(200));
    let most = 2_usize.pow(3);
    assert!(
        high.0 <= most * low.0 && high.1 <= most * low.1,
        "bytes and pieces grow from {low:?} to {high:?}"
    );
}

fn main() -> ExitCode {
    let arguments = Arguments { test_threads: Some(1), ..Arguments::from_args() };
    let tests: [(&str, fn()); 3] = [
        ("a_concrete_decision_allocates_nothing", a_concrete_decision_allocates_nothing),
        ("large_dumps_take_linear_memory", large_dumps_take_linear_memory),
        ("towers_of_names_and_conditions_end", towers_of_names_and_conditions_end),
    ];
    let trial = |(name, test): (&str, fn())| {
        Trial::test(name, move || {
            test();
            Ok(())
        })
    };
    libtest_mimic::run(&arguments, tests.map(trial).into()).exit_code()
}
