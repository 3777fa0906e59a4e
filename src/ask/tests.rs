//! What a question costs in an estate of any size: questions and legs are counted, and no clock is looked at.

use std::fmt::Write as _;

use super::diff::{self, Diff};
use crate::estate::Estate;
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
