//! A decision about a request that is known in full allocates nothing.

#![allow(clippy::unwrap_used, reason = "a test fails loudly")]

use std::alloc::System;
use std::hint::black_box;
use std::sync::Arc;

use decryptable::estate::{Known, Level, SharedPolicy};
use decryptable::eval::{
    Applicable, Caller, Concrete, Context, Levels, Limit, Request, ResourceSide, Side, Slot, decide,
};
use decryptable::json;
use decryptable::name::ActionName;
use decryptable::policy::{PolicyKind, lower};
use decryptable::source::SourceId;
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

#[test]
fn a_concrete_decision_allocates_nothing() {
    let mut context = Context::new("kms", Slot::Absent);
    for (key, value) in [
        ("aws:PrincipalArn", ROLE),
        ("aws:PrincipalOrgID", "o-exampleorg"),
        ("aws:RequestedRegion", "us-east-1"),
        ("aws:SecureTransport", "true"),
        ("aws:SourceIp", "203.0.113.7"),
        ("kms:EncryptionContext:aws:s3:arn", "arn:aws:s3:::lake/curated/part-0.parquet"),
        ("kms:ViaService", "s3.us-east-1.amazonaws.com"),
    ] {
        context.set(key, Slot::one(value));
    }
    let identity = [policy(IDENTITY, PolicyKind::Identity)];
    let key = [policy(KEY_POLICY, PolicyKind::Key)];
    let scp = policy(SCP, PolicyKind::Scp);
    let level =
        |target: &str| Level { target: target.to_owned(), policies: Known::Told(vec![Arc::clone(&scp)]) };
    let scps = [level("r-ab12"), level("111111111111")];
    let applicable = Applicable {
        identity: Side::Policies(&identity),
        boundary: Limit::None,
        session: Limit::None,
        scps: Levels::Levels(&scps),
        rcps: Levels::None,
        resource: ResourceSide::anchored(Side::Policies(&key)),
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

    // The counter sees all threads, and the harness allocates now and then in its own: one undisturbed round is
    // proof enough, since a decision that allocates does so in every round.
    let rounds = (0..20).map(|_| {
        let region = Region::new(ALLOCATOR);
        for _ in 0..1_000 {
            assert!(decide(black_box(&applicable), black_box(&request), &mut Concrete).allowed);
        }
        let change = region.change();
        change.allocations + change.reallocations
    });
    assert_eq!(rounds.min(), Some(0));
}
