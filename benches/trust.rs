//! The trust graph: what a step costs beside the concrete decision behind it, and the ways to one role.
//!
//! The organization is made here: accounts in a ring, each with a hub that trusts the hub before it, workers that trust
//! their account, EC2 or the hub, and an administrator in ten.

#![allow(clippy::expect_used, reason = "a bench with broken input must stop")]

use std::fmt::Write as _;

use decryptable::ask::{self, TrustQuestion, WhoDoes, WhoQuestion};
use decryptable::estate::Estate;
use decryptable::load::{self, Intake};
use decryptable::source::decode;
use decryptable::trust::TrustGraph;
use decryptable::trust::context::TrustContext;

const ACCOUNTS: usize = 10;
const WORKERS: usize = 100;
const KEY: &str = "arn:aws:kms:us-east-1:100000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn main() {
    divan::main();
}

fn account(at: usize) -> String {
    format!("1000000000{:02}", at % ACCOUNTS)
}

/// An answer of get-account-authorization-details.
fn dump(at: usize) -> String {
    let own = account(at);
    let role = |name: &str, trust: &str, policy: &str| {
        format!(
            r#"{{"Path":"/","RoleName":"{name}","RoleId":"AROA{own}{name}","Arn":"arn:aws:iam::{own}:role/{name}","AssumeRolePolicyDocument":{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{trust},"Action":"sts:AssumeRole"}}]}},"InstanceProfileList":[],"RolePolicyList":[{{"PolicyName":"p","PolicyDocument":{{"Version":"2012-10-17","Statement":[{policy}]}}}}],"AttachedManagedPolicies":[],"Tags":[]}}"#
        )
    };
    let next = account(at + 1);
    let hop = format!(
        r#"{{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::{next}:role/hub"}}"#
    );
    let before = account(at + ACCOUNTS - 1);
    let mut out = format!(
        r#"{{"UserDetailList":[],"GroupDetailList":[],"Policies":[],"RoleDetailList":[{}"#,
        role("hub", &format!(r#"{{"AWS":"arn:aws:iam::{before}:role/hub"}}"#), &hop)
    );
    for worker in 0..WORKERS {
        let trust = match worker % 3 {
            0 => r#"{"Service":"ec2.amazonaws.com"}"#.to_owned(),
            1 => format!(r#"{{"AWS":"arn:aws:iam::{own}:root"}}"#),
            _ => format!(r#"{{"AWS":"arn:aws:iam::{own}:role/hub"}}"#),
        };
        let policy = match worker % 10 {
            0 => r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#,
            _ => r#"{"Effect":"Allow","Action":["s3:GetObject","kms:Decrypt"],"Resource":"*"}"#,
        };
        let _ = write!(out, ",{}", role(&format!("worker-{worker}"), &trust, policy));
    }
    out.push_str("]}");
    out
}

fn organization() -> Intake {
    let mut intake = Intake::new();
    for at in 0..ACCOUNTS {
        let decoded = decode(dump(at).into_bytes()).expect("it is text");
        load::read_text(&mut intake, &format!("{at}.json"), decoded, false);
    }
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{}"}},"Action":"kms:*","Resource":"*"}}]}}"#,
        account(0)
    );
    let manifest = format!("version = 1\n[[key]]\narn = \"{KEY}\"\npolicy = \"key.json\"\n");
    let folder = tempfile::tempdir().expect("a place for the key");
    std::fs::write(folder.path().join("key.json"), policy).expect("it can be written");
    let file = folder.path().join("decryptable.toml");
    std::fs::write(&file, manifest).expect("it can be written");
    let config = decryptable::config::load(&file, &mut intake);
    config.gather(&mut intake, &[]);
    load::finish(&mut intake);
    assert!(!intake.has_errors(), "{:?}", intake.problems);
    intake
}

fn estate() -> &'static Estate {
    static MADE: std::sync::OnceLock<Intake> = std::sync::OnceLock::new();
    &MADE.get_or_init(organization).estate
}

/// Every step of the organization.
#[divan::bench]
fn graph(bencher: divan::Bencher<'_, '_>) {
    let estate = estate();
    bencher.bench(|| {
        let circumstances = ask::Circumstances::default();
        let trust_context = TrustContext::new(estate, &circumstances, false);
        let mut graph = TrustGraph::new(&trust_context);
        graph.decide_all();
        assert!(graph.edge_count() > ACCOUNTS * WORKERS, "the bench lost its steps");
        graph.edge_count()
    });
}

/// Everyone who can become the last role of the ring, steps included.
#[divan::bench]
fn ways_to_one_role(bencher: divan::Bencher<'_, '_>) {
    let estate = estate();
    let question = TrustQuestion {
        role: Some(format!("arn:aws:iam::{}:role/worker-2", account(0))),
        ..TrustQuestion::default()
    };
    bencher.bench(|| ask::trust(estate, &question).expect("the role is there").paths.len());
}

/// Who can use one key of an account.
#[divan::bench]
fn who_decrypts(bencher: divan::Bencher<'_, '_>) {
    let estate = estate();
    let what = WhoDoes::Action { action: "kms:Decrypt".to_owned(), resource: KEY.to_owned() };
    let question = WhoQuestion {
        what,
        ways_of_one: 1,
        direct: true,
        escalation: false,
        circumstances: ask::Circumstances::default(),
        strict: false,
    };
    bencher.bench(|| ask::who(estate, &question).expect("the key is there").paths.len());
}
