//! What exactness costs: one cross-account read judged by ten documents, with every fact of the request known, and
//! with none of the network's, the session's and the object's.
//!
//! `concrete` is the bool walk. `formula` walks with unknown keys, `verdict` also solves what came out, and `answer` also
//! writes the conditions and finds both witnesses. The ratios between them are what `tests` may not grow silently.

#![allow(clippy::expect_used, reason = "a bench with broken input must stop")]

use std::hint::black_box;
use std::sync::Arc;

use decryptable::estate::{Known, Level, SharedPolicy};
use decryptable::eval::{
    Applicable, Caller, Concrete, Context, ContextValue, ControlPolicies, Decision, Limit, OpenKey, Request,
    ResourceSide, Side, Symbolic, decide,
};
use decryptable::json;
use decryptable::logic::{Cond, Solver, Unknown, UnknownKind};
use decryptable::name::ActionName;
use decryptable::policy::{PolicyKind, lower};
use decryptable::source::SourceId;

const READ: &str = r#"{"Version":"2012-10-17","Statement":[
 {"Sid":"List","Effect":"Allow","Action":["s3:ListBucket","s3:GetBucketLocation"],"Resource":"arn:aws:s3:::lake"},
 {"Sid":"Read","Effect":"Allow","Action":["s3:GetObject","s3:GetObjectVersion"],"Resource":"arn:aws:s3:::lake/curated/*"},
 {"Sid":"Tagged","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::lake/*",
  "Condition":{"StringEquals":{"s3:ExistingObjectTag/class":["public","internal"]}}}]}"#;
const WORK: &str = r#"{"Version":"2012-10-17","Statement":[
 {"Sid":"Logs","Effect":"Allow","Action":"logs:*","Resource":"*"},
 {"Sid":"NoMfa","Effect":"Deny","Action":"s3:*","Resource":"*",
  "Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"},"StringNotEqualsIfExists":{"aws:PrincipalTag/kind":"service"}}}]}"#;
const BOUNDARY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*","kms:*","logs:*"],"Resource":"*"}]}"#;
const SESSION: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::lake/*"}]}"#;
const FULL: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const REGIONS: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Regions","Effect":"Deny",
 "NotAction":["iam:*","sts:*","organizations:*"],"Resource":"*",
 "Condition":{"StringNotEquals":{"aws:RequestedRegion":["us-east-1","eu-west-1"]}}}]}"#;
const PERIMETER: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Network","Effect":"Deny","Principal":"*",
 "Action":"s3:*","Resource":"*","Condition":{
  "NotIpAddressIfExists":{"aws:SourceIp":["203.0.113.0/24","198.51.100.0/24"]},
  "StringNotEqualsIfExists":{"aws:SourceVpc":["vpc-1","vpc-2"]},
  "BoolIfExists":{"aws:ViaAWSService":"false"}}}]}"#;
const BUCKET: &str = r#"{"Version":"2012-10-17","Statement":[
 {"Sid":"Workers","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:role/IAM_CLUSTER"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::lake/*"},
 {"Sid":"Tls","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}},
 {"Sid":"Endpoint","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*",
  "Condition":{"StringNotEquals":{"aws:SourceVpce":["vpce-1","vpce-2","vpce-3"]}}}]}"#;
const ENDPOINT: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*",
 "Resource":["arn:aws:s3:::lake","arn:aws:s3:::lake/*"],"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-exampleorg"}}}]}"#;

fn policy(text: &str, kind: PolicyKind) -> SharedPolicy {
    let parsed = json::parse(SourceId::LONE, text);
    let mut problems = parsed.problems;
    let root = parsed.root.expect("a document");
    let policy = lower(&root, kind, "", &mut problems);
    assert!(!problems.iter().any(decryptable::diagnostic::Diagnostic::is_error), "{problems:?}");
    Arc::new(policy)
}

struct Setting {
    caller: Caller,
    action: ActionName,
    known: Context,
    unknown: Context,
    identity: Vec<SharedPolicy>,
    boundary: Vec<SharedPolicy>,
    session: Vec<SharedPolicy>,
    scps: Vec<Level>,
    rcps: Vec<Level>,
    bucket: Vec<SharedPolicy>,
    endpoint: Vec<SharedPolicy>,
}

impl Setting {
    fn new() -> Self {
        let mut known = Context::new("s3", ContextValue::Absent);
        let because = Unknown::new(UnknownKind::ContextKey, "", "it depends on the request");
        let open = OpenKey::any(true, because);
        let mut unknown = Context::new("s3", ContextValue::Open(open));
        for (key, value) in [
            ("aws:PrincipalArn", "arn:aws:iam::111111111111:role/IAM_CLUSTER"),
            ("aws:PrincipalAccount", "111111111111"),
            ("aws:PrincipalIsAWSService", "false"),
            ("aws:ViaAWSService", "false"),
            ("aws:SecureTransport", "true"),
            ("aws:RequestedRegion", "us-east-1"),
            ("aws:ResourceAccount", "222222222222"),
        ] {
            known.set(key, ContextValue::one(value));
            unknown.set(key, ContextValue::one(value));
        }
        for (key, value) in [
            ("aws:PrincipalOrgID", "o-exampleorg"),
            ("aws:SourceVpce", "vpce-1"),
            ("aws:SourceVpc", "vpc-1"),
            ("aws:MultiFactorAuthPresent", "true"),
            ("s3:ExistingObjectTag/class", "public"),
        ] {
            known.set(key, ContextValue::one(value));
        }
        let level = |target: &str, texts: &[&str], kind| Level {
            target: target.to_owned(),
            is_above: false,
            policies: Known::Provided(texts.iter().map(|t| policy(t, kind)).collect()),
        };
        Self {
            caller: Caller::parse("arn:aws:iam::111111111111:role/IAM_CLUSTER").expect("a role"),
            action: ActionName::new("s3:GetObject").expect("an action"),
            known,
            unknown,
            identity: vec![policy(READ, PolicyKind::Identity), policy(WORK, PolicyKind::Identity)],
            boundary: vec![policy(BOUNDARY, PolicyKind::Boundary)],
            session: vec![policy(SESSION, PolicyKind::Session)],
            scps: vec![
                level("r-ab12", &[FULL, REGIONS], PolicyKind::Scp),
                level("111111111111", &[FULL], PolicyKind::Scp),
            ],
            rcps: vec![level("r-ab12", &[PERIMETER], PolicyKind::Rcp)],
            bucket: vec![policy(BUCKET, PolicyKind::Bucket)],
            endpoint: vec![policy(ENDPOINT, PolicyKind::Endpoint)],
        }
    }

    fn applicable(&self) -> Applicable<'_> {
        Applicable {
            identity: Side::Policies(&self.identity),
            boundary: Limit::Policies(&self.boundary),
            session: Limit::Policies(&self.session),
            scps: ControlPolicies::Known(&self.scps),
            rcps: ControlPolicies::Known(&self.rcps),
            resource: ResourceSide {
                anchored: false,
                ..ResourceSide::requires_resource_policy(Side::Policies(&self.bucket))
            },
            endpoint: Limit::Policies(&self.endpoint),
            endpoint_is_gateway: Some(true),
            named_endpoints: &[],
        }
    }

    fn request<'r>(&'r self, context: &'r Context) -> Request<'r> {
        Request {
            caller: &self.caller,
            action: &self.action,
            resource: "arn:aws:s3:::lake/curated/part-0.parquet",
            within: None,
            resource_account: Some("222222222222".parse().expect("an account")),
            context,
        }
    }
}

fn main() {
    divan::main();
}

#[divan::bench]
fn concrete(bencher: divan::Bencher) {
    let setting = Setting::new();
    let (applicable, request) = (setting.applicable(), setting.request(&setting.known));
    assert!(decide(&applicable, &request, &mut Concrete).allowed);
    bencher.bench_local(|| decide(black_box(&applicable), black_box(&request), &mut Concrete).allowed);
}

fn formula_of(applicable: &Applicable<'_>, request: &Request<'_>) -> Decision<Cond> {
    decide(black_box(applicable), black_box(request), &mut Symbolic)
}

#[divan::bench]
fn formula(bencher: divan::Bencher) {
    let setting = Setting::new();
    let (applicable, request) = (setting.applicable(), setting.request(&setting.unknown));
    bencher.bench_local(|| formula_of(&applicable, &request).allowed);
}

#[divan::bench]
fn verdict(bencher: divan::Bencher) {
    let setting = Setting::new();
    let (applicable, request) = (setting.applicable(), setting.request(&setting.unknown));
    bencher.bench_local(|| {
        let allowed = formula_of(&applicable, &request).allowed;
        Solver::new([&allowed]).decided(&allowed)
    });
}

#[divan::bench]
fn answer(bencher: divan::Bencher) {
    let setting = Setting::new();
    let (applicable, request) = (setting.applicable(), setting.request(&setting.unknown));
    let allowed = formula_of(&applicable, &request).allowed;
    let mut solver = Solver::new([&allowed]);
    assert!(solver.decided(&allowed).is_none() && solver.conditions(&allowed).is_some());
    bencher.bench_local(|| {
        let allowed = formula_of(&applicable, &request).allowed;
        let mut solver = Solver::new([&allowed]);
        (solver.decided(&allowed), solver.conditions(&allowed), solver.witness(&allowed))
    });
}
