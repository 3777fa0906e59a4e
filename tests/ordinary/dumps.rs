//! Account dumps, list answers and estate directories: what is read, what is missing, and what disagrees.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests may fail loudly, their helpers too"
)]

mod needs_shared;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use decryptable::ask::{self, Circumstances, DoesQuestion};
use decryptable::config;
use decryptable::diagnostic::{Code, Diagnostic};
use decryptable::estate::{Attached, Estate, Known, Ownership};
use decryptable::load::{self, Input, Intake};
use decryptable::policy::PolicyKind;
use serde_json::{Value, json};

const ROLE: &str = "arn:aws:iam::111111111111:role/app/reader";
const KEY: &str = "arn:aws:kms:eu-west-1:111111111111:key/0a1b2c3d-1111-4222-8333-444455556666";

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn allow(action: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})
}

fn trust() -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
}

/// A role of a dump with one inline policy.
fn role(name: &str, action: &str) -> Value {
    json!({"Path": "/app/", "RoleName": name, "RoleId": format!("AROA{name}"),
        "Arn": format!("arn:aws:iam::111111111111:role/app/{name}"), "AssumeRolePolicyDocument": trust(),
        "InstanceProfileList": [{"InstanceProfileName": format!("{name}-profile"), "Roles": [
            {"RoleName": name, "Arn": format!("arn:aws:iam::111111111111:role/app/{name}"),
             "AssumeRolePolicyDocument": "not what counts"}]}],
        "RolePolicyList": [{"PolicyName": "inline", "PolicyDocument": allow(action)}],
        "AttachedManagedPolicies": [], "RoleLastUsed": {}})
}

fn dump(roles: &[Value]) -> Value {
    json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": []})
}

fn read(files: &[(&str, String)]) -> Intake {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    read_directory(dir.path())
}

fn read_directory(dir: &Path) -> Intake {
    let mut intake = Intake::new();
    load::read_inputs(&mut intake, Path::new(""), &[Input::from(dir.to_str().unwrap())], &[]);
    load::finish(&mut intake);
    intake
}

fn read_one(text: &Value) -> Intake {
    read(&[("dump.json", text.to_string())])
}

fn shown(intake: &Intake, problem: &Diagnostic) -> String {
    match problem.span {
        Some(span) => {
            let text = intake.sources.text(span);
            format!("{}: {}", problem.code, text.chars().take(60).collect::<String>())
        }
        None => format!("{}: -", problem.code),
    }
}

fn told(intake: &Intake) -> Vec<String> {
    intake.problems.iter().map(|problem| shown(intake, problem)).collect()
}

fn codes(intake: &Intake) -> Vec<Code> {
    intake.problems.iter().map(|problem| problem.code).collect()
}

fn assert_clean(intake: &Intake, what: &str) {
    let problems: Vec<_> = intake.problems.iter().filter(|p| p.is_error()).collect();
    assert!(problems.is_empty(), "{what}: {:#?} {problems:#?}", told(intake));
}

/// How many policies a role has.
fn policies(estate: &Estate, role: &str) -> usize {
    estate.role(role).unwrap().policies.provided().unwrap().len()
}

#[test]
fn a_role_that_is_shown_is_shown_in_full() {
    let intake = read_one(&dump(&[role("reader", "s3:GetObject")]));
    assert_eq!(told(&intake), [] as [&str; 0]);
    let role = intake.estate.role(ROLE).unwrap();
    assert!(matches!(role.boundary, Known::Provided(None)));
    assert!(role.tags.provided().unwrap().is_empty());
    assert_eq!(role.instance_profile.as_deref(), Some("reader-profile"));
    assert_eq!(
        role.policies.provided().unwrap()[0].pointer.as_ref(),
        "/RoleDetailList/0/RolePolicyList/0/PolicyDocument"
    );
    assert_eq!(intake.estate.accounts.len(), 1);
    assert_eq!(intake.files[0].kind, "get-account-authorization-details");
    assert_eq!(intake.files[0].contributed, ["account 111111111111", "1 role"]);
}

#[test]
fn users_have_what_their_groups_have() {
    let attached =
        json!([{"PolicyName": "ReadOnlyAccess", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}]);
    let intake = read_one(&json!({
        "UserDetailList": [
            {"UserName": "ann", "UserId": "AIDA1", "Arn": "arn:aws:iam::111111111111:user/ann", "GroupList": ["devs"],
             "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": allow("s3:*")}], "AttachedManagedPolicies": []},
            // AWS leaves out lists that are empty.
            {"UserName": "bob", "UserId": "AIDA2", "Arn": "arn:aws:iam::111111111111:user/bob", "GroupList": []},
            {"UserName": "cem", "UserId": "AIDA3", "Arn": "arn:aws:iam::111111111111:user/cem", "GroupList": ["gone"]}],
        "GroupDetailList": [{"GroupName": "devs", "Arn": "arn:aws:iam::111111111111:group/teams/devs",
            "GroupPolicyList": [{"PolicyName": "g", "PolicyDocument": allow("sqs:*")}],
            "AttachedManagedPolicies": attached}]}));
    assert_eq!(told(&intake), [] as [&str; 0]);
    let count = |name: &str| {
        let arn = format!("arn:aws:iam::111111111111:user/{name}");
        intake.estate.user(&arn).unwrap().policies.provided().unwrap().len()
    };
    assert_eq!([count("ann"), count("bob")], [3, 0]);
    assert_eq!(count("cem"), 1, "a group that is not here may allow anything");
    assert!(intake.estate.symbols.values().any(|symbol| symbol.is_missing));
}

#[test]
fn only_the_version_in_force_counts() {
    let version = |id: &str, default: bool, action: &str| json!({"VersionId": id, "IsDefaultVersion": default, "Document": allow(action)});
    let mut with = role("reader", "s3:GetObject");
    with["AttachedManagedPolicies"] = json!([
        {"PolicyName": "two", "PolicyArn": "arn:aws:iam::111111111111:policy/two"},
        {"PolicyName": "none", "PolicyArn": "arn:aws:iam::111111111111:policy/none"}]);
    let mut dump = dump(&[with]);
    dump["Policies"] = json!([
        {"PolicyName": "two", "Arn": "arn:aws:iam::111111111111:policy/two", "DefaultVersionId": "v1",
         "PolicyVersionList": [{"VersionId": "v2", "IsDefaultVersion": false, "Document": {"Version": 7}}, version("v1", true, "kms:Decrypt")]},
        {"PolicyName": "none", "Arn": "arn:aws:iam::111111111111:policy/none", "DefaultVersionId": "v9",
         "PolicyVersionList": [version("v1", false, "kms:*")]}]);
    let intake = read_one(&dump);
    // What is wrong in a version that is not in force is nobody's concern.
    assert_eq!(codes(&intake), [Code::UnexpectedAnswer, Code::MissingPolicy]);
    let role = intake.estate.role(ROLE).unwrap();
    let policies = role.policies.provided().unwrap();
    assert_eq!(policies.len(), 3);
    assert_eq!(policies[1].pointer.as_ref(), "/Policies/0/PolicyVersionList/1/Document");
    assert!(intake.estate.symbols.values().any(|symbol| symbol.is_missing));
}

/// AWS changes its policies for everybody, so two dumps of different days do not disagree.
#[test]
fn the_newest_version_that_aws_published_counts() {
    let at = |account: &str, version: &str, action: &str| {
        let arn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
        json!({"RoleDetailList": [{"RoleName": "r", "Arn": format!("arn:aws:iam::{account}:role/r"), "RolePolicyList": [],
                "AttachedManagedPolicies": [{"PolicyArn": arn}]}],
            "Policies": [{"Arn": arn, "DefaultVersionId": version, "PolicyVersionList": [
                {"VersionId": version, "IsDefaultVersion": true, "Document": allow(action)}]}]})
        .to_string()
    };
    let intake = read(&[
        ("a.json", at("111111111111", "v9", "s3:Get*")),
        ("b.json", at("222222222222", "v10", "s3:List*")),
        ("c.json", at("333333333333", "v2", "s3:*")),
    ]);
    assert_eq!(told(&intake), [] as [&str; 0]);
    for role in &intake.estate.roles {
        let policy = &role.policies.provided().unwrap()[0];
        assert!(intake.sources.text(policy.span).contains("s3:List*"), "{:?}", role.arn.value);
    }
}

#[test]
fn pages_in_one_file_and_in_many() {
    let page = |roles: &[Value], more: bool| {
        let mut page = dump(roles);
        page["IsTruncated"] = json!(more);
        if more {
            page["Marker"] = json!("AAAA");
        }
        page.to_string()
    };
    let (one, two) = (role("one", "s3:*"), role("two", "kms:*"));
    let together =
        format!("{}\n{}\n", page(std::slice::from_ref(&one), true), page(&[one.clone(), two.clone()], false));
    let intake = read(&[("pages.json", together)]);
    assert_eq!(told(&intake), [] as [&str; 0], "the last page was there, and pages that overlap agree");
    assert_eq!(intake.estate.roles.len(), 2);
    assert_eq!(policies(&intake.estate, "one"), 1);
    let apart = [("1.json", page(std::slice::from_ref(&one), true)), ("2.json", page(&[two], false))];
    assert_eq!(told(&read(&apart)), [] as [&str; 0]);
    let intake = read(&[("1.json", page(&[one], true))]);
    assert_eq!(told(&intake), ["truncated-input: true"]);
    assert_eq!(policies(&intake.estate, "one"), 1, "a role that is shown is shown in full");
}

#[test]
fn what_disagrees_names_both_places() {
    let first = role("reader", "s3:GetObject");
    let with = |change: fn(&mut Value)| {
        let mut other = first.clone();
        change(&mut other);
        let intake = read(&[
            ("a.json", dump(std::slice::from_ref(&first)).to_string()),
            ("b.json", dump(&[other]).to_string()),
        ]);
        assert!(intake.problems.iter().all(|problem| !problem.related.is_empty()), "{:?}", told(&intake));
        codes(&intake).len()
    };
    assert_eq!(with(|_| ()), 0, "the same twice");
    assert_eq!(with(|role| role["RoleId"] = json!("AROAother")), 1);
    assert_eq!(with(|role| role["RolePolicyList"][0]["PolicyDocument"] = allow("s3:*")), 1);
    assert_eq!(with(|role| role["RolePolicyList"] = json!([])), 1, "one policy less");
    assert_eq!(
        with(|role| role["AttachedManagedPolicies"] =
            json!([{"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}])),
        1
    );
    let boundary = |role: &mut Value| {
        role["PermissionsBoundary"] =
            json!({"PermissionsBoundaryArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"});
    };
    assert_eq!(with(boundary), 1, "a boundary, and none");
    assert_eq!(with(|role| role["Tags"] = json!([{"Key": "a", "Value": "b"}])), 1);

    // A dump beside single answers about the same role.
    let answer = |name: &str, action: &str| {
        json!({"RoleName": "reader", "PolicyName": name, "PolicyDocument": allow(action)}).to_string()
    };
    let beside = |name: &str, action: &str| {
        read(&[
            ("gaad.json", dump(std::slice::from_ref(&first)).to_string()),
            ("get-role-policy.json", answer(name, action)),
        ])
    };
    assert_eq!(told(&beside("inline", "s3:GetObject")), [] as [&str; 0]);
    assert_eq!(codes(&beside("inline", "s3:*")), [Code::ConflictingFacts]);
    assert_eq!(codes(&beside("another", "s3:*")), [Code::ConflictingFacts]);
}

#[test]
fn dumps_that_were_cut_down_are_read_as_far_as_they_go() {
    let cut = |text: Value| read_one(&text);
    // Not all lists, and no members.
    let intake = cut(json!({"RoleDetailList": [{"Arn": ROLE}]}));
    assert_eq!(told(&intake), [] as [&str; 0]);
    let known = intake.estate.role(ROLE).unwrap();
    assert!(!known.policies.is_provided() && !known.boundary.is_provided() && !known.trust.is_provided());
    // Without an ARN there may be another way to tell.
    let intake = cut(json!({"RoleDetailList": [role("one", "s3:*"), {"RoleName": "two", "Path": "/x/"}]}));
    assert_eq!(told(&intake), [] as [&str; 0]);
    assert!(intake.estate.role("arn:aws:iam::111111111111:role/x/two").is_ok());
    let intake =
        read(&[("111111111111/gaad.json", json!({"RoleDetailList": [{"RoleName": "two"}]}).to_string())]);
    assert!(intake.estate.role("arn:aws:iam::111111111111:role/two").is_ok());
    let intake = cut(
        json!({"RoleDetailList": [{"RoleName": "two"}, 7, null, {}], "UserDetailList": 3, "Policies": null}),
    );
    assert_eq!(codes(&intake), [Code::UnexpectedAnswer; 5]);
    assert!(intake.problems.iter().all(|problem| !problem.is_error() && problem.span.is_some()));
    // Documents that are none.
    let mut odd = role("reader", "s3:*");
    odd["RolePolicyList"] =
        json!([{"PolicyName": "inline", "PolicyDocument": null}, {"PolicyName": "x"}, {}]);
    odd["AttachedManagedPolicies"] = json!([{"PolicyName": "no ARN"}]);
    odd["AssumeRolePolicyDocument"] = json!(null);
    let intake = cut(dump(&[odd]));
    assert_eq!(
        codes(&intake),
        [Code::UnexpectedAnswer, Code::UnexpectedAnswer, Code::MissingPolicy, Code::MissingPolicy]
    );
    assert_eq!(policies(&intake.estate, ROLE), 2, "policies that are named and not shown may say anything");
    // Everything may be empty.
    assert_eq!(told(&cut(dump(&[]))), [] as [&str; 0]);
}

/// Whatever is cut off or put in, something is said, and nothing breaks.
#[test]
fn broken_dumps_are_survived() {
    let whole = dump(&[role("reader", "s3:GetObject"), role("writer", "s3:PutObject")]).to_string();
    let (mut said, mut step) = (0, 1);
    let mut at = 1;
    while at < whole.len() {
        let intake = read(&[("dump.json", whole.get(..at).unwrap_or_default().to_owned())]);
        assert!(!intake.problems.is_empty(), "cut at {at}");
        for put in ["{", "]", "\"", ",", "\u{0}"] {
            let broken = format!("{}{put}{}", &whole[..at], &whole[at..]);
            said += usize::from(!read(&[("dump.json", broken)]).problems.is_empty());
        }
        at += step;
        step = (step % 13) + 5;
    }
    assert!(said > 200, "{said}");
}

/// A directory for each thing, with the answers of the commands about it.
#[test]
fn answers_in_directories() {
    let attached = "arn:aws:iam::111111111111:policy/lake-extra";
    let version = |id: &str| json!({"PolicyVersion": {"VersionId": id, "Document": allow("kms:Decrypt")}});
    let files: Vec<(&str, Value)> = vec![
        (
            "get-caller-identity.json",
            json!({"UserId": "AIDA", "Account": "111111111111", "Arn": "arn:aws:iam::111111111111:user/me"}),
        ),
        (
            "list-roles.json",
            json!({"Roles": [
            {"RoleName": "reader", "RoleId": "AROA1", "Path": "/app/", "Arn": ROLE, "AssumeRolePolicyDocument": trust()},
            {"RoleName": "idle", "RoleId": "AROA2", "Path": "/", "Arn": "arn:aws:iam::111111111111:role/idle", "AssumeRolePolicyDocument": trust()}]}),
        ),
        ("roles/reader/list-role-policies.json", json!({"PolicyNames": ["inline"]})),
        (
            "roles/reader/inline.json",
            json!({"RoleName": "reader", "PolicyName": "inline", "PolicyDocument": allow("s3:GetObject")}),
        ),
        (
            "roles/reader/list-attached-role-policies.json",
            json!({"AttachedPolicies": [{"PolicyName": "lake-extra", "PolicyArn": attached}]}),
        ),
        (
            "policies/lake-extra/get-policy.json",
            json!({"Policy": {"PolicyName": "lake-extra", "Arn": attached, "DefaultVersionId": "v2"}}),
        ),
        ("policies/lake-extra/v1.json", version("v1")),
        ("policies/lake-extra/v2.json", version("v2")),
        (
            "users/ann/get-user.json",
            json!({"User": {"UserName": "ann", "UserId": "AIDA1", "Arn": "arn:aws:iam::111111111111:user/ann", "Tags": [{"Key": "a", "Value": "b"}]}}),
        ),
        ("users/ann/list-user-policies.json", json!({"PolicyNames": []})),
        ("users/ann/list-attached-user-policies.json", json!({"AttachedPolicies": []})),
        (
            "users/ann/list-groups-for-user.json",
            json!({"Groups": [{"GroupName": "ops", "Arn": "arn:aws:iam::111111111111:group/ops"}]}),
        ),
        (
            "groups/devs/get-group.json",
            json!({"Group": {"GroupName": "devs", "Arn": "arn:aws:iam::111111111111:group/devs"},
            "Users": [{"UserName": "ann", "UserId": "AIDA1", "Arn": "arn:aws:iam::111111111111:user/ann"}]}),
        ),
        (
            "groups/devs/list-attached-group-policies.json",
            json!({"AttachedPolicies": [{"PolicyName": "ReadOnlyAccess", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}]}),
        ),
        ("groups/devs/list-group-policies.json", json!({"PolicyNames": []})),
        (
            "list-instance-profiles.json",
            json!({"InstanceProfiles": [{"InstanceProfileName": "web", "Roles": [
            {"RoleName": "idle", "Arn": "arn:aws:iam::111111111111:role/idle", "AssumeRolePolicyDocument": trust()}]}]}),
        ),
        (
            "list-buckets.json",
            json!({"Buckets": [{"Name": "acme-lake", "BucketRegion": "eu-west-1"}], "Owner": {"ID": "f00"}}),
        ),
        ("acme-lake/get-bucket-policy-status.json", json!({"PolicyStatus": {"IsPublic": false}})),
        ("list-keys.json", json!({"Keys": [{"KeyId": KEY.rsplit('/').next(), "KeyArn": KEY}]})),
        (
            "0a1b2c3d-1111-4222-8333-444455556666/get-key-policy.json",
            json!({"PolicyName": "default", "Policy":
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"kms:*","Resource":"*"}]}"#}),
        ),
    ];
    let files: Vec<(&str, String)> = files.into_iter().map(|(name, text)| (name, text.to_string())).collect();
    let intake = read(&files);
    assert_eq!(told(&intake), ["not-default-version: \"v1\""]);
    for file in &intake.files {
        assert!(file.kind != "unknown", "{}", file.path);
        assert!(
            file.missing.is_empty() || file.path.ends_with("v1.json"),
            "{}: {:?}",
            file.path,
            file.missing
        );
    }
    let estate = &intake.estate;
    assert_eq!(policies(estate, "reader"), 2);
    assert!(!estate.role("idle").unwrap().policies.is_provided());
    assert_eq!(estate.role("idle").unwrap().instance_profile.as_deref(), Some("web"));
    let ann = estate.user("arn:aws:iam::111111111111:user/ann").unwrap();
    assert_eq!((ann.policies.provided().unwrap().len(), ann.tags.provided().unwrap().len()), (2, 1));
    let bucket = estate.bucket("acme-lake").unwrap();
    assert_eq!(bucket.account.provided().unwrap().to_string(), "111111111111");
    assert_eq!(bucket.region.provided().map(String::as_str), Some("eu-west-1"));
    assert!(estate.keys[0].policy.is_provided());
}

#[test]
fn policies_that_a_list_names_are_asked_for() {
    let files = [
        (
            "reader/get-role.json",
            json!({"Role": {"RoleName": "reader", "Arn": ROLE, "AssumeRolePolicyDocument": trust(), "RoleLastUsed": {}}}),
        ),
        ("reader/list-role-policies.json", json!({"PolicyNames": ["inline"]})),
        (
            "reader/list-attached-role-policies.json",
            json!({"AttachedPolicies": [{"PolicyArn": "arn:aws:iam::111111111111:policy/extra"}]}),
        ),
        // Called as its directory, but policies of this name are many.
        (
            "other/get-policy-version.json",
            json!({"PolicyVersion": {"VersionId": "v1", "IsDefaultVersion": true, "Document": allow("s3:*")}}),
        ),
    ];
    let intake = read(&files.map(|(name, text)| (name, text.to_string())));
    assert_eq!(codes(&intake), [Code::MissingPolicy, Code::MissingPolicy]);
    assert!(
        intake.problems[0]
            .help
            .as_deref()
            .unwrap()
            .contains("aws iam get-role-policy --role-name reader --policy-name inline")
    );
    assert_eq!(policies(&intake.estate, ROLE), 2, "both may say anything");
    let file = intake.files.iter().find(|file| file.path.ends_with("get-policy-version.json")).unwrap();
    assert!(file.missing[0].contains("which policy"));
}

/// An account says where it is: <https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html>
#[test]
fn the_paths_of_accounts() {
    let arn = |rest: &str| format!("arn:aws:organizations::999999999999:{rest}");
    let account = |id: &str, path: &str| json!({"Id": id, "Arn": arn(&format!("account/o-abc/{id}")), "Name": id, "Paths": [path]});
    let files = [
        (
            "list-accounts.json",
            json!({"Accounts": [
                account("111111111111", "o-abc/r-ab12/ou-ab12-x/ou-ab12-y/111111111111/"),
                account("222222222222", "o-abc/r-ab12/222222222222/"),
            ]}),
        ),
        (
            "describe-organizational-unit.json",
            json!({"OrganizationalUnit": {"Id": "ou-ab12-z", "Arn": arn("ou/o-abc/ou-ab12-z"),
                "Path": "o-abc/r-ab12/ou-ab12-x/ou-ab12-z/"}}),
        ),
        // Said twice, it is said once.
        ("r-ab12/list-children.json", json!({"Children": [{"Id": "222222222222", "Type": "ACCOUNT"}]})),
    ];
    let intake = read(&files.map(|(name, text)| (name, text.to_string())));
    assert_eq!(told(&intake), [] as [&str; 0]);
    let organization = &intake.estate.organizations[0];
    let path = |id: &str| organization.org_path(id.parse().unwrap());
    assert_eq!(path("111111111111").as_deref(), Some("o-abc/r-ab12/ou-ab12-x/ou-ab12-y/"));
    assert_eq!(path("222222222222").as_deref(), Some("o-abc/r-ab12/"));
    let unit = organization.target("ou-ab12-z").unwrap();
    assert_eq!(unit.parent.as_deref(), Some("ou-ab12-x"));
}

#[test]
fn the_tree_of_an_organization_from_the_top() {
    let arn = |rest: &str| format!("arn:aws:organizations::999999999999:{rest}");
    let account = |id: &str| json!({"Id": id, "Arn": arn(&format!("account/o-abc/{id}")), "Name": id});
    let files = [
        (
            "list-roots.json",
            json!({"Roots": [{"Id": "r-ab12", "Arn": arn("root/o-abc/r-ab12"), "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]}]}),
        ),
        (
            "r-ab12/list-organizational-units-for-parent.json",
            json!({"OrganizationalUnits": [{"Id": "ou-ab12-x", "Arn": arn("ou/o-abc/ou-ab12-x"), "Name": "X"}]}),
        ),
        ("ou-ab12-x/list-accounts-for-parent.json", json!({"Accounts": [account("111111111111")]})),
        (
            "ou-ab12-x/describe-organizational-unit.json",
            json!({"OrganizationalUnit": {"Id": "ou-ab12-x", "Arn": arn("ou/o-abc/ou-ab12-x")}}),
        ),
        ("r-ab12/list-children.json", json!({"Children": [{"Id": "222222222222", "Type": "ACCOUNT"}]})),
        ("describe-account.json", json!({"Account": account("222222222222")})),
        (
            "effective.json",
            json!({"EffectivePolicy": {"PolicyContent": "{}", "PolicyType": "TAG_POLICY", "TargetId": "111111111111"}}),
        ),
    ];
    let intake = read(&files.map(|(name, text)| (name, text.to_string())));
    assert_eq!(told(&intake), [] as [&str; 0]);
    let organization = &intake.estate.organizations[0];
    let path = |id: &str| organization.org_path(id.parse().unwrap());
    assert_eq!(path("111111111111").as_deref(), Some("o-abc/r-ab12/ou-ab12-x/"));
    assert_eq!(path("222222222222").as_deref(), Some("o-abc/r-ab12/"));
    assert_eq!(organization.management_account.unwrap().to_string(), "999999999999");
    for target in &organization.targets {
        assert!(
            matches!(target.rcps, Known::Provided(Attached::Off)),
            "{}: the type is not enabled",
            target.id
        );
        assert!(!target.scps.is_provided());
    }
}

#[test]
fn what_an_estate_says_has_none_of() {
    let bucket = json!({"Name": "acme-lake", "Account": "111111111111", "Region": "eu-west-1", "Policy": null,
        "OwnershipControls": null, "PublicAccessBlockConfiguration": null});
    let intake = read(&[("accounts/111111111111/s3/acme-lake.json", bucket.to_string())]);
    assert_eq!(told(&intake), [] as [&str; 0]);
    let bucket = intake.estate.bucket("acme-lake").unwrap();
    assert!(matches!(bucket.policy, Known::Provided(None)));
    assert_eq!(bucket.ownership.provided(), Some(&Ownership::ObjectWriter));
    assert!(!bucket.public_access_block.provided().unwrap().restrict_public_buckets);
    assert!(!bucket.encryption.is_provided());
}

/// An estate is an input like any other: named by a manifest, with `[[bind]]` beside it.
#[test]
fn bindings_beside_a_dump() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| fs::write(dir.path().join(name), text).unwrap();
    write("gaad.json", dump(&[role("reader", "s3:GetObject")]).to_string());
    write("names.json", json!({"PolicyNames": ["inline"]}).to_string());
    write("buckets.json", json!({"Buckets": [{"Name": "acme-lake"}]}).to_string());
    let manifest = format!(
        "version = 1\n[analysis]\ninputs = [\"gaad.json\"]\n[[bind]]\nfile = \"names.json\"\nrole = \"{ROLE}\"\n[[bind]]\nfile = \"buckets.json\"\naccount = \"111111111111\"\n"
    );
    write("decryptable.toml", manifest);
    let mut intake = Intake::new();
    config::load(&dir.path().join("decryptable.toml"), &mut intake).gather(&mut intake, &[]);
    assert_eq!(told(&intake), [] as [&str; 0]);
    assert_eq!(policies(&intake.estate, ROLE), 1);
    assert!(intake.estate.bucket("acme-lake").unwrap().account.is_provided());
}

#[test]
fn what_runs_with_which_role() {
    let account = "111111111111";
    let profile = format!("arn:aws:iam::{account}:instance-profile/web");
    let with_profile = json!([{"Arn": profile, "InstanceProfileName": "web", "Roles": []}]);
    let mut reader = role("reader", "s3:GetObject");
    reader["InstanceProfileList"] = with_profile;
    let function = json!({"FunctionArn": "arn:aws:lambda:eu-west-1:111111111111:function:f", "Role": ROLE});
    let instance = |id: &str, state: &str, profile: &str| json!({"InstanceId": id, "State": {"Name": state}, "IamInstanceProfile": {"Arn": profile}});
    let other = format!("arn:aws:iam::{account}:instance-profile/other");
    let task = "arn:aws:ecs:eu-west-1:111111111111:task-definition/t:1";
    let emr = "arn:aws:elasticmapreduce:eu-west-1:111111111111:cluster/j-1";
    let file = |name: &'static str, answer: Value| (name, answer.to_string());
    let intake = read(&[
        file("functions.json", json!({"Functions": [function]})),
        file("function.json", json!({"Configuration": function, "Code": {}, "Tags": {}})),
        file(
            "instances.json",
            json!({"Reservations": [{"OwnerId": account, "Instances": [
                instance("i-1", "running", &profile), instance("i-2", "terminated", &profile),
                instance("i-3", "running", &other), {"InstanceId": "i-4"}]}]}),
        ),
        file(
            "task.json",
            json!({"taskDefinition": {"taskDefinitionArn": task, "taskRoleArn": ROLE, "executionRoleArn": ROLE}}),
        ),
        file("job.json", json!({"Job": {"Name": "j", "Role": "reader"}})),
        file("jobs.json", json!({"Jobs": [{"Name": "k", "Role": ROLE}]})),
        file("crawler.json", json!({"Crawler": {"Name": "c", "Role": "nobody"}})),
        file(
            "emr.json",
            json!({"Cluster": {"Id": "j-1", "ClusterArn": emr, "ServiceRole": "EMR_DefaultRole",
                "Ec2InstanceAttributes": {"IamInstanceProfile": "web"}}}),
        ),
        file("run.json", json!({"jobRun": {"arn": "run", "executionRole": ROLE}})),
        file("notebook.json", json!({"NotebookInstanceArn": "notebook", "RoleArn": ROLE})),
        file(
            "projects.json",
            json!({"projects": [{"arn": "project", "serviceRole": ROLE}], "projectsNotFound": []}),
        ),
        file("machine.json", json!({"stateMachineArn": "machine", "roleArn": ROLE, "definition": "{}"})),
        file(
            "saml.json",
            json!({"SAMLProviderList": [{"Arn": "arn:aws:iam::111111111111:saml-provider/idp"}]}),
        ),
        file("dump.json", dump(&[reader])),
    ]);
    assert_eq!(told(&intake), Vec::<String>::new());
    let estate = &intake.estate;
    let all = estate.workloads.iter();
    let mut all: Vec<String> =
        all.map(|w| format!("{} {}", w.described(), w.role.value.resource())).collect();
    all.sort();
    assert_eq!(
        all,
        [
            "CodeBuild project project role/app/reader".to_owned(),
            "EC2 instance i-1 role/app/reader".to_owned(),
            format!("ECS agent of task definition {task} role/app/reader"),
            format!("ECS task definition {task} role/app/reader"),
            "EMR Serverless job run run role/app/reader".to_owned(),
            format!("EMR cluster {emr} role/EMR_DefaultRole"),
            "Glue job j role/app/reader".to_owned(),
            "Glue job k role/app/reader".to_owned(),
            "Lambda function arn:aws:lambda:eu-west-1:111111111111:function:f role/app/reader".to_owned(),
            "SageMaker notebook instance notebook role/app/reader".to_owned(),
            format!("instances of EMR cluster {emr} role/app/reader"),
            "state machine machine role/app/reader".to_owned(),
        ]
    );
    assert_eq!(estate.instance_profiles.len(), 1);
    assert_eq!(estate.instance_profiles[0].role.as_ref().unwrap().value.as_str(), ROLE);
    assert_eq!(estate.saml_providers.len(), 1);
    let file = |name: &str| intake.files.iter().find(|file| file.path.ends_with(name)).unwrap();
    assert_eq!(file("instances.json").contributed, [format!("EC2 instance i-1 runs with {ROLE}")]);
    assert!(file("instances.json").missing[0].starts_with("the role of instance profile other: aws iam"));
    assert!(file("crawler.json").missing[0].starts_with("the account of role nobody"));
}
