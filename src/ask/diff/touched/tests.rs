use super::*;
use crate::load::{self, Intake};
use crate::source::decode;

const ROLE: &str = r#"{"Role":{"RoleName":"reader","RoleId":"AROAEXAMPLE","Arn":"arn:aws:iam::111111111111:role/reader","AssumeRolePolicyDocument":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}}}"#;
const KEY: &str = r#"{"KeyMetadata":{"AWSAccountId":"111111111111","KeyId":"00000000-0000-4000-8000-000000000001","Arn":"arn:aws:kms:eu-west-1:111111111111:key/00000000-0000-4000-8000-000000000001","KeyState":"Enabled","KeyManager":"CUSTOMER"},"Policy":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111111111111:root\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}]}","Grants":[],"Aliases":[]}"#;
const ORGANIZATION: &str = r#"{"Organization":{"Id":"o-example1234","MasterAccountId":"999999999999"},"Roots":[{"Id":"r-root","Name":"Root","PolicyTypes":[]}],"OrganizationalUnits":[{"Id":"ou-root-a","Name":"A","ParentId":"r-root"}],"Accounts":[{"Id":"111111111111","Name":"one","ParentId":"ou-root-a"},{"Id":"222222222222","Name":"two","ParentId":"r-root"}],"Policies":[],"Attachments":{}}"#;

fn bucket(name: &str, account: &str, region: &str) -> String {
    format!(
        r#"{{"Name":"{name}","Account":"{account}","Region":"{region}","Policy":null,"ServerSideEncryptionConfiguration":{{"Rules":[]}}}}"#
    )
}

/// One role and one key of account 1 in Ireland, with a bucket of its own, one of another account, and one elsewhere.
fn estate(change: impl Fn(&str) -> String) -> Intake {
    let mut intake = Intake::new();
    let files = [
        ("role.json", ROLE.to_owned()),
        ("key.json", KEY.to_owned()),
        ("org.json", ORGANIZATION.to_owned()),
        ("near.json", bucket("near", "111111111111", "eu-west-1")),
        ("foreign.json", bucket("foreign", "222222222222", "eu-west-1")),
        ("far.json", bucket("far", "222222222222", "us-east-1")),
    ];
    for (name, text) in files {
        let decoded = decode(change(&text).into_bytes()).unwrap();
        load::read_text(&mut intake, name, decoded, false);
    }
    load::finish(&mut intake);
    assert!(!intake.has_errors(), "{:?}", intake.problems);
    assert_eq!((intake.estate.roles.len(), intake.estate.keys.len()), (1, 1));
    intake
}

/// What is asked about where one text stands in the place of another: whether it is the role's, and of which buckets.
#[track_caller]
fn asked(from: &str, to: &str) -> (bool, Vec<String>) {
    let old = estate(str::to_owned);
    let new = estate(|text| text.replace(from, to));
    let touched = Touched::between(&old.estate, &new.estate);
    assert!(!touched.everything, "{from}");
    (!touched.roles.is_empty(), touched.buckets.iter().map(|name| (*name).to_owned()).collect())
}

#[test]
fn what_differs_is_asked_with_what_depends_on_it() {
    let all = ["far", "foreign", "near"].map(str::to_owned).to_vec();
    let [far, foreign, near] = ["far", "foreign", "near"].map(str::to_owned);
    let here = || vec![foreign.clone(), near.clone()];
    for (from, to, expected) in [
        ("one", "another name of the account", (false, vec![])),
        ("AROAEXAMPLE", "AROAANOTHER", (true, vec![])),
        ("ec2.amazonaws.com", "lambda.amazonaws.com", (true, vec![])),
        // Any object of the Region may be under the key.
        ("kms:*", "kms:Decrypt", (false, here())),
        (r#""Enabled""#, r#""Disabled""#, (false, here())),
        (r#""Aliases":[]"#, r#""Aliases":[{"AliasName":"alias/lake"}]"#, (false, here())),
        (
            r#""us-east-1","Policy":null"#,
            r#""us-east-1","Policy":"{\"Version\":\"2012-10-17\",\"Statement\":[]}""#,
            (false, vec![far.clone()]),
        ),
        // All that one account has: the role, the key and with it the Region.
        (r#""ParentId":"ou-root-a"}"#, r#""ParentId":"r-root"}"#, (true, here())),
        (
            r#""Name":"two","ParentId":"r-root""#,
            r#""Name":"two","ParentId":"ou-root-a""#,
            (false, vec![far.clone(), foreign.clone()]),
        ),
        // The organization is another one for everyone.
        ("o-example1234", "o-example5678", (true, all.clone())),
    ] {
        assert_eq!(asked(from, to), expected, "{from}");
    }
}

#[test]
fn pairs_are_those_of_what_differs() {
    let (roles, buckets) = (BTreeSet::from(["a", "b", "c"]), BTreeSet::from(["x", "y"]));
    let pairs = |touched: &Touched<'_>| {
        touched.pairs(&roles, &buckets).map(|(r, b)| format!("{r}{b}")).collect::<Vec<_>>()
    };
    let touched = Touched { everything: false, roles: BTreeSet::from(["b"]), buckets: BTreeSet::from(["y"]) };
    assert_eq!(pairs(&touched), ["ay", "bx", "by", "cy"]);
    assert!(pairs(&Touched::default()).is_empty());
    assert_eq!(pairs(&Touched { everything: true, ..Touched::default() }).len(), 6);
}
