//! Decisions a second: one request, an identity policy, a key policy and three SCP levels, policies parsed.
//!
//! `bool` is the concrete walk (nothing is allocated), `open` the three-valued one, `formula` the one that keeps
//! what the answer depends on.

#![allow(clippy::expect_used, reason = "a bench with broken input must stop")]

use std::hint::black_box;
use std::sync::Arc;

use decryptable::estate::{Known, Level, SharedPolicy};
use decryptable::eval::{
    Applicable, Caller, Concrete, Context, ContextValue, ControlPolicies, Kleene, Limit, Request,
    ResourceSide, Side, Symbolic, decide,
};
use decryptable::json;
use decryptable::logic::Truth;
use decryptable::name::ActionName;
use decryptable::policy::{PolicyKind, lower};
use decryptable::source::SourceId;
use divan::counter::ItemsCount;

const KEY: &str = "arn:aws:kms:us-east-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab";

const IDENTITY: &str = r#"{"Version":"2012-10-17","Statement":[
 {"Sid":"List","Effect":"Allow","Action":["s3:ListBucket","s3:GetBucketLocation"],"Resource":"arn:aws:s3:::lake"},
 {"Sid":"Read","Effect":"Allow","Action":["s3:GetObject","s3:GetObjectVersion"],"Resource":"arn:aws:s3:::lake/curated/*"},
 {"Sid":"Logs","Effect":"Allow","Action":"logs:*","Resource":"*"},
 {"Sid":"Decrypt","Effect":"Allow","Action":["kms:Decrypt","kms:DescribeKey"],
  "Resource":"arn:aws:kms:us-east-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab",
  "Condition":{"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}}}]}"#;

const KEY_POLICY: &str = r#"{"Version":"2012-10-17","Statement":[
 {"Sid":"Admin","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:root"},"Action":"kms:*","Resource":"*"},
 {"Sid":"Workers","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:role/IAM_CLUSTER"},
  "Action":["kms:Decrypt","kms:DescribeKey"],"Resource":"*",
  "Condition":{"StringLike":{"kms:EncryptionContext:aws:s3:arn":["arn:aws:s3:::lake","arn:aws:s3:::lake/*"]}}},
 {"Sid":"Org","Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*",
  "Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-exampleorg"}}}]}"#;

const FULL: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const REGIONS: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Regions","Effect":"Deny",
 "NotAction":["iam:*","sts:*","organizations:*"],"Resource":"*",
 "Condition":{"StringNotEquals":{"aws:RequestedRegion":["us-east-1","eu-west-1"]}}}]}"#;

fn policy(text: &str, kind: PolicyKind) -> SharedPolicy {
    let parsed = json::parse(SourceId::LONE, text);
    let mut problems = parsed.problems;
    let root = parsed.root.expect("a document");
    let policy = lower(&root, kind, "", &mut problems);
    assert!(problems.is_empty(), "{problems:?}");
    Arc::new(policy)
}

struct Setting {
    caller: Caller,
    action: ActionName,
    context: Context,
    identity: Vec<SharedPolicy>,
    key: Vec<SharedPolicy>,
    scps: Vec<Level>,
}

impl Setting {
    fn new() -> Self {
        let mut context = Context::new("kms", ContextValue::Absent);
        for (key, value) in [
            ("aws:PrincipalArn", "arn:aws:iam::111111111111:role/IAM_CLUSTER"),
            ("aws:PrincipalAccount", "111111111111"),
            ("aws:PrincipalOrgID", "o-exampleorg"),
            ("aws:PrincipalIsAWSService", "false"),
            ("aws:ViaAWSService", "true"),
            ("aws:SecureTransport", "true"),
            ("aws:RequestedRegion", "us-east-1"),
            ("aws:ResourceAccount", "222222222222"),
            ("kms:CallerAccount", "111111111111"),
            ("kms:ViaService", "s3.us-east-1.amazonaws.com"),
            ("kms:EncryptionContext:aws:s3:arn", "arn:aws:s3:::lake/curated/part-0.parquet"),
        ] {
            context.set(key, ContextValue::one(value));
        }
        let level = |target: &str, texts: &[&str]| Level {
            target: target.to_owned(),
            is_above: false,
            policies: Known::Provided(texts.iter().map(|t| policy(t, PolicyKind::Scp)).collect()),
        };
        Self {
            caller: Caller::parse("arn:aws:iam::111111111111:role/IAM_CLUSTER").expect("a role"),
            action: ActionName::new("kms:Decrypt").expect("an action"),
            context,
            identity: vec![policy(IDENTITY, PolicyKind::Identity)],
            key: vec![policy(KEY_POLICY, PolicyKind::Key)],
            scps: vec![
                level("r-ab12", &[FULL, REGIONS]),
                level("ou-ab12-apps", &[FULL]),
                level("111111111111", &[FULL]),
            ],
        }
    }

    fn applicable(&self) -> Applicable<'_> {
        Applicable {
            identity: Side::Policies(&self.identity),
            boundary: Limit::None,
            session: Limit::None,
            scps: ControlPolicies::Known(&self.scps),
            rcps: ControlPolicies::None,
            resource: ResourceSide::requires_resource_policy(Side::Policies(&self.key)),
            ..Applicable::default()
        }
    }

    fn request(&self) -> Request<'_> {
        Request {
            caller: &self.caller,
            action: &self.action,
            resource: KEY,
            within: None,
            resource_account: Some("222222222222".parse().expect("an account")),
            context: &self.context,
        }
    }
}

fn main() {
    divan::main();
}

#[divan::bench]
fn decide_bool(bencher: divan::Bencher) {
    let setting = Setting::new();
    let (applicable, request) = (setting.applicable(), setting.request());
    assert!(decide(&applicable, &request, &mut Concrete).allowed);
    bencher
        .counter(ItemsCount::new(1_usize))
        .bench_local(|| decide(black_box(&applicable), black_box(&request), &mut Concrete).allowed);
}

#[divan::bench]
fn decide_open(bencher: divan::Bencher) {
    let setting = Setting::new();
    let (applicable, request) = (setting.applicable(), setting.request());
    bencher
        .counter(ItemsCount::new(1_usize))
        .bench_local(|| decide(black_box(&applicable), black_box(&request), &mut Kleene).allowed.is_true());
}

#[divan::bench]
fn decide_formula(bencher: divan::Bencher) {
    let setting = Setting::new();
    let (applicable, request) = (setting.applicable(), setting.request());
    bencher
        .counter(ItemsCount::new(1_usize))
        .bench_local(|| decide(black_box(&applicable), black_box(&request), &mut Symbolic).allowed.is_true());
}
