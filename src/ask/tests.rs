//! What a question costs in an estate of any size: questions and legs are counted, and no clock is looked at.

use std::fmt::Write as _;

use super::diff::{self, Diff};
use super::{Circumstances, DoesQuestion, Doing, TrustQuestion, WhoDoes, WhoQuestion, read, trust, who};
use crate::estate::{Estate, ObjectUri};
use crate::load::{self, Intake};
use crate::source::decode;
use crate::work::steps_of;

/// An organization of any number of roles, keys and buckets, ten roles, five keys and two buckets an account.
#[derive(Copy, Clone)]
struct Sizes {
    accounts: usize,
    /// In how many accounts the first role may read another bucket.
    changed: usize,
}

fn account(at: usize) -> String {
    format!("1000{at:08}")
}

fn role(account: &str, at: usize, statements: &str) -> String {
    format!(
        r#"{{"Path":"/","RoleName":"worker-{at}","RoleId":"AROA{account}{at:03}","Arn":"arn:aws:iam::{account}:role/worker-{at}","AssumeRolePolicyDocument":{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"ec2.amazonaws.com"}},"Action":"sts:AssumeRole"}}]}},"InstanceProfileList":[],"RolePolicyList":[{{"PolicyName":"p","PolicyDocument":{{"Version":"2012-10-17","Statement":[{statements}]}}}}],"AttachedManagedPolicies":[],"Tags":[]}}"#
    )
}

/// Everyone but the first role of an account does other things than read.
fn roles(at: usize, is_changed: bool) -> String {
    let own = account(at);
    let bucket = if is_changed { "other" } else { "lake" };
    let reads = format!(
        r#"{{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::{bucket}-{own}/*"}},{{"Effect":"Allow","Action":"kms:Decrypt","Resource":"arn:aws:kms:us-east-1:{own}:key/*"}}"#
    );
    let mut list = role(&own, 0, &reads);
    for at in 1..10 {
        let _ = write!(
            list,
            ",{}",
            role(&own, at, r#"{"Effect":"Allow","Action":"ec2:DescribeInstances","Resource":"*"}"#)
        );
    }
    format!(r#"{{"UserDetailList":[],"GroupDetailList":[],"Policies":[],"RoleDetailList":[{list}]}}"#)
}

fn key(account: &str, at: usize) -> String {
    let id = format!("{at:08}-0000-4000-8000-{account}");
    format!(
        r#"{{"KeyMetadata":{{"AWSAccountId":"{account}","KeyId":"{id}","Arn":"arn:aws:kms:us-east-1:{account}:key/{id}","KeyUsage":"ENCRYPT_DECRYPT","KeyState":"Enabled","Origin":"AWS_KMS","KeyManager":"CUSTOMER","KeySpec":"SYMMETRIC_DEFAULT","MultiRegion":false}},"PolicyName":"default","Policy":"{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Allow\",\"Principal\":{{\"AWS\":\"arn:aws:iam::{account}:root\"}},\"Action\":\"kms:*\",\"Resource\":\"*\"}}]}}","Grants":[],"Aliases":[]}}"#
    )
}

fn bucket(account: &str, name: &str) -> String {
    format!(
        r#"{{"Name":"{name}-{account}","Account":"{account}","Region":"us-east-1","Policy":null,"ServerSideEncryptionConfiguration":{{"Rules":[{{"ApplyServerSideEncryptionByDefault":{{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"arn:aws:kms:us-east-1:{account}:key/00000000-0000-4000-8000-{account}"}},"BucketKeyEnabled":true}}]}},"OwnershipControls":{{"Rules":[{{"ObjectOwnership":"BucketOwnerEnforced"}}]}},"PublicAccessBlockConfiguration":{{"BlockPublicAcls":true,"IgnorePublicAcls":true,"BlockPublicPolicy":true,"RestrictPublicBuckets":true}}}}"#
    )
}

fn organization(accounts: usize) -> String {
    let mut list = String::new();
    for at in 0..accounts {
        let comma = if at == 0 { "" } else { "," };
        let _ = write!(list, r#"{comma}{{"Id":"{}","Name":"a{at}","ParentId":"r-root"}}"#, account(at));
    }
    format!(
        r#"{{"Organization":{{"Id":"o-example1234","MasterAccountId":"999999999999"}},"Roots":[{{"Id":"r-root","Name":"Root","PolicyTypes":[]}}],"OrganizationalUnits":[],"Accounts":[{list}],"Policies":[],"Attachments":{{}}}}"#
    )
}

fn estate(sizes: Sizes) -> Intake {
    let mut intake = Intake::new();
    let mut read = |name: String, text: String| {
        let decoded = decode(text.into_bytes()).unwrap();
        load::read_text(&mut intake, &name, decoded, false);
    };
    read("org.json".to_owned(), organization(sizes.accounts));
    for at in 0..sizes.accounts {
        let own = account(at);
        read(format!("accounts/{own}/gaad.json"), roles(at, at < sizes.changed));
        for key_at in 0..5 {
            read(format!("accounts/{own}/kms/{key_at}.json"), key(&own, key_at));
        }
        for name in ["lake", "other"] {
            read(format!("accounts/{own}/s3/{name}.json"), bucket(&own, name));
        }
    }
    load::finish(&mut intake);
    assert!(!intake.has_errors(), "{:?}", intake.problems);
    assert_eq!(intake.estate.roles.len(), 10 * sizes.accounts);
    assert_eq!(intake.estate.keys.len(), 5 * sizes.accounts);
    assert_eq!(intake.estate.buckets.len(), 2 * sizes.accounts);
    intake
}

fn plain(accounts: usize) -> Intake {
    estate(Sizes { accounts, changed: 0 })
}

fn compare(old: &Estate, new: &Intake) -> Diff {
    diff::estates(old, &new.estate, &new.sources)
}

#[test]
fn two_estates_that_are_the_same_are_not_asked() {
    let steps = |accounts: usize| {
        let (old, new) = (plain(accounts), plain(accounts));
        let mut found = Diff::default();
        let steps = steps_of(|| found = compare(&old.estate, &new));
        assert!(found.gained.is_empty() && found.lost.is_empty(), "{found:#?}");
        assert_eq!(found.compared.reads, 10 * accounts * 2 * accounts);
        steps
    };
    let (few, many) = (steps(2), steps(16));
    // Each policy is looked at twice at most: for the reads, and for itself.
    assert!(few > 0 && many <= 8 * few + 16, "{few} {many}");
}

#[test]
fn roles_that_differ_are_asked_about_what_lets_them_in() {
    let steps = |accounts: usize, changed: usize| {
        let (old, new) = (plain(accounts), estate(Sizes { accounts, changed }));
        let mut found = Diff::default();
        let steps = steps_of(|| found = compare(&old.estate, &new));
        let reads = |changes: &[super::diff::Change]| {
            changes
                .iter()
                .filter(|change| matches!(change.subject, super::diff::Subject::Read { .. }))
                .count()
        };
        // Every role that differs reads another bucket of its account than before.
        assert_eq!((reads(&found.gained), reads(&found.lost)), (changed, changed), "{found:#?}");
        steps
    };
    let none = steps(8, 0);
    let (one, two) = (steps(8, 1) - none, steps(8, 2) - none);
    assert!(two <= 2 * one + 16, "{none} {one} {two}");
    // Beside the policies of the estate, a role costs a look at each bucket, and a question where it may get in.
    let more = steps(32, 1) - steps(32, 0);
    assert!(more <= 4 * one + 2_000, "{one} {more}");
}

fn can(estate: &Estate, at: usize) -> super::Answer {
    let own = account(at);
    let question = DoesQuestion {
        doing: Doing::default(),
        role: format!("arn:aws:iam::{own}:role/worker-0"),
        object: ObjectUri::of(format!("lake-{own}"), "a/b"),
        version_id: None,
        access_point: None,
        profile: "s3-read".to_owned(),
        circumstances: Circumstances::default(),
        strict: false,
    };
    read(estate, &question).unwrap()
}

/// The same object in every account is told, with its key.
fn told(accounts: usize) -> Intake {
    let mut intake = plain(accounts);
    for at in 0..accounts {
        let own = account(at);
        let object = crate::estate::Object {
            uri: crate::source::Spanned::new(
                crate::estate::object_pattern(&format!("s3://lake-{own}/a/*")),
                crate::source::Span::new(crate::source::SourceId::LONE, 0, 0),
            ),
            encryption: None,
            as_default: true,
            owner: None,
            acl_read: crate::estate::Known::NotProvided,
            tags: crate::estate::Known::NotProvided,
            storage_class: None,
            restored: None,
        };
        intake.estate.objects.push(object);
    }
    intake
}

#[test]
fn many_questions_do_not_go_through_the_estate_each() {
    let steps = |accounts: usize| {
        let intake = told(accounts);
        let ask = |at: usize| assert_eq!(can(&intake.estate, at).verdict, super::Verdict::Allowed);
        // The names are gathered by then.
        (0..40).for_each(|at| ask(at % accounts));
        steps_of(|| (0..40).for_each(|at| ask(at % accounts)))
    };
    let (few, many) = (steps(20), steps(160));
    assert!(few > 0 && many <= few + few / 4 + 100, "{few} {many}");
}

fn trusts(estate: &Estate, at: usize) -> usize {
    let role = Some(format!("arn:aws:iam::{}:role/worker-0", account(at)));
    trust(estate, &TrustQuestion { role, ..TrustQuestion::default() }).unwrap().paths.len()
}

#[test]
fn who_becomes_one_role_does_not_go_through_the_policies_of_all() {
    let steps = |accounts: usize| {
        let intake = plain(accounts);
        (0..40).for_each(|at| assert_eq!(trusts(&intake.estate, at % accounts), 1));
        steps_of(|| trusts(&intake.estate, 3))
    };
    let (few, many) = (steps(20), steps(160));
    // An answer tells what is taken for granted of every account; ten roles, five keys and their policies are more.
    assert!(many <= few + 8 * 140, "{few} {many}");
}

#[test]
fn who_uses_one_key_looks_at_its_own_account() {
    let steps = |accounts: usize| {
        let intake = plain(accounts);
        let own = account(3);
        let ask = || {
            let question = WhoQuestion {
                what: WhoDoes::Action {
                    action: "kms:Decrypt".to_owned(),
                    resource: format!("arn:aws:kms:us-east-1:{own}:key/00000001-0000-4000-8000-{own}"),
                },
                ways_of_one: 1,
                direct: true,
                escalation: false,
                circumstances: Circumstances::default(),
                strict: false,
            };
            who(&intake.estate, &question).unwrap().paths.len()
        };
        (0..40).for_each(|_| assert!(ask() > 0));
        steps_of(ask)
    };
    let (few, many) = (steps(20), steps(160));
    // An answer tells what is taken for granted of every account; ten roles, five keys and their policies are more.
    assert!(many <= few + 8 * 140, "{few} {many}");
}
