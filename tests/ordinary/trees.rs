//! Trees of iam-collect, AWS Config, Kubernetes manifests and answers of EKS: facts, places and verdicts.
#![cfg(feature = "cli")]
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests may fail loudly, their helpers too"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

use decryptable::diagnostic::{Code, Diagnostic};
use decryptable::estate::{Attached, Known, WorkloadKind};
use decryptable::load::{self, Input, Intake};
use serde_json::{Value, json};

const ROLE: &str = "arn:aws:iam::111111111111:role/Apps/Reader";
const KEY: &str = "arn:aws:kms:eu-west-1:111111111111:key/0a1b2c3d-1111-4222-8333-444455556666";
const OBJECT: &str = "s3://lake/curated/x";

fn allow(actions: &[&str]) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]})
}

fn deny(action: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": action, "Resource": "*"}]})
}

fn trust() -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
}

fn key_policy() -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111111111111:root"}, "Action": "kms:*", "Resource": "*"}]})
}

fn bucket_policy() -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::lake/secret/*"}]})
}

/// A directory of files, and what was read from all of it.
struct Read {
    dir: tempfile::TempDir,
    intake: Intake,
}

fn read(files: &[(String, String)]) -> Read {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let intake = read_directory(dir.path());
    Read { dir, intake }
}

fn read_directory(dir: &Path) -> Intake {
    let mut intake = Intake::new();
    load::read_inputs(&mut intake, dir, &[Input::from(".")], &[]);
    load::finish(&mut intake);
    intake
}

fn files<const N: usize>(list: [(&str, Value); N]) -> Vec<(String, String)> {
    list.into_iter().map(|(name, value)| (name.to_owned(), format!("{value:#}"))).collect()
}

impl Read {
    fn errors(&self) -> Vec<String> {
        self.intake.problems.iter().filter(|p| p.is_error()).map(|p| self.shown(p)).collect()
    }

    /// `code: FILE: text`
    fn shown(&self, problem: &Diagnostic) -> String {
        let span = problem.span.unwrap();
        let file = self.intake.sources.name(self.intake.sources.host(span).source);
        format!("{}: {file}: {}", problem.code, self.intake.sources.text(span))
    }

    fn file(&self, end: &str) -> &load::InputFile {
        let found = self.intake.files.iter().find(|file| file.path.ends_with(end));
        found.unwrap_or_else(|| panic!("{end} was not read"))
    }

    /// The verdict of the program on the whole directory.
    fn verdict(&self, role: &str, object: &str) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_decryptable"))
            .args(["can", role, object, "--input", ".", "--format", "json", "--isolated"])
            .current_dir(self.dir.path())
            .env_clear()
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let answer: Value = serde_json::from_str(&text)
            .unwrap_or_else(|_| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)));
        answer["verdict"].as_str().unwrap_or_else(|| panic!("{answer:#}")).to_owned()
    }
}

const HEAD: &str = "tree/aws/aws/accounts/111111111111/";

/// A role that may read, a key and a bucket, as iam-collect writes them: below `head`.
fn tree(head: &str) -> Vec<(String, String)> {
    let role = "iam/role/apps%2freader/";
    let key = "kms/eu-west-1/key/0a1b2c3d-1111-4222-8333-444455556666/";
    let list = [
        (
            format!("{role}metadata.json"),
            json!({"arn": ROLE, "name": "Reader", "id": "AROAEXAMPLE", "path": "/Apps/"}),
        ),
        (format!("{role}trust-policy.json"), trust()),
        (
            format!("{role}inline-policies.json"),
            json!([{"PolicyName": "read", "PolicyDocument": allow(&["kms:Decrypt", "s3:GetObject"])}]),
        ),
        (format!("{key}metadata.json"), json!({"arn": KEY, "id": "0a1b2c3d-1111-4222-8333-444455556666"})),
        (format!("{key}policy.json"), key_policy()),
        (
            "s3/lake/metadata.json".into(),
            json!({"arn": "arn:aws:s3:::lake", "name": "lake", "region": "eu-west-1"}),
        ),
        (
            "s3/lake/encryption.json".into(),
            json!([{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY},
                "BucketKeyEnabled": false}]),
        ),
    ];
    list.into_iter().map(|(name, value)| (format!("{head}{name}"), format!("{value:#}"))).collect()
}

fn with(mut list: Vec<(String, String)>, name: &str, value: &Value) -> Vec<(String, String)> {
    list.retain(|(known, _)| known != name);
    list.push((name.to_owned(), format!("{value:#}")));
    list
}

#[test]
fn a_tree_is_read_and_decides() {
    let read = read(&tree(HEAD));
    assert_eq!(read.errors(), Vec::<String>::new());
    let estate = &read.intake.estate;
    // Names come from the metadata: paths have them in lower case.
    let role = estate.role("Reader").unwrap();
    assert_eq!((role.arn.value.as_str(), role.id.as_deref()), (ROLE, Some("AROAEXAMPLE")));
    assert_eq!(read.intake.sources.text(role.arn.span), format!("{ROLE:?}"));
    assert!(role.trust.is_provided());
    assert_eq!(role.policies.provided().unwrap().len(), 1);
    // Files that are not there say that there is none.
    assert!(matches!(role.boundary, Known::Provided(None)));
    assert_eq!(role.tags.provided().unwrap().len(), 0);
    let bucket = estate.bucket("lake").unwrap();
    assert_eq!(bucket.account.provided().unwrap().to_string(), "111111111111");
    assert_eq!(bucket.region.provided().unwrap(), "eu-west-1");
    assert!(matches!(bucket.policy, Known::Provided(None)));
    let block = bucket.public_access_block.provided().unwrap();
    assert!(!block.restrict_public_buckets && !block.ignore_public_acls);
    assert!(estate.accounts.values().next().unwrap().public_access_block.is_provided());
    assert!(estate.keys[0].policy.is_provided());
    assert_eq!(
        read.file("444455556666/metadata.json").missing,
        [
            "its state: aws kms describe-key",
            "its aliases: aws kms list-aliases",
            "its grants: aws kms list-grants"
        ]
    );
    // The order of statements is said to be another one, once.
    let notes = read.intake.problems.iter().filter(|p| p.code == Code::SortedStatements).count();
    assert_eq!(notes, 1);
    assert_eq!(read.verdict(ROLE, OBJECT), "allowed");
}

#[test]
fn policies_boundaries_and_groups_of_a_tree() {
    let boundary = "arn:aws:iam::111111111111:policy/Bound";
    let published = "arn:aws:iam::aws:policy/Example";
    let mut list = tree(HEAD);
    let metadata = json!({"arn": ROLE, "name": "Reader", "path": "/Apps/", "permissionBoundary": boundary});
    list = with(list, &format!("{HEAD}iam/role/apps%2freader/metadata.json"), &metadata);
    let more = |name: &str, value: Value| (format!("{HEAD}iam/{name}"), value.to_string());
    let user = "arn:aws:iam::111111111111:user/Ann";
    let group = "arn:aws:iam::111111111111:group/Staff/Team";
    list.extend([
        more(
            "policy/bound/metadata.json",
            json!({"arn": boundary, "name": "Bound", "defaultVersionId": "v2"}),
        ),
        more("policy/bound/current-policy.json", allow(&["s3:*"])),
        more("aws/policy/example/metadata.json", json!({"arn": published, "defaultVersionId": "v9"})),
        more("aws/policy/example/current-policy.json", deny("s3:GetObject")),
        more("user/ann/metadata.json", json!({"arn": user, "id": "AIDA"})),
        more("user/ann/groups.json", json!([group])),
        more("user/ann/managed-policies.json", json!([published])),
        more("group/staff%2fteam/metadata.json", json!({"arn": group})),
        more(
            "group/staff%2fteam/inline-policies.json",
            json!([{"PolicyName": "g", "PolicyDocument": allow(&["s3:Get*"])}]),
        ),
    ]);
    // Another account still has an older version of the policy of AWS.
    let other = HEAD.replace("111111111111", "222222222222");
    list.push((
        format!("{other}iam/aws/policy/example/metadata.json"),
        json!({"arn": published, "defaultVersionId": "v8"}).to_string(),
    ));
    list.push((format!("{other}iam/aws/policy/example/current-policy.json"), allow(&["s3:*"]).to_string()));
    let read = read(&list);
    assert_eq!(read.errors(), Vec::<String>::new());
    let role = read.intake.estate.role("Reader").unwrap();
    assert!(
        matches!(&role.boundary, Known::Provided(Some(policy)) if read.intake.sources.text(policy.span).contains("s3:*"))
    );
    // The boundary does not let it decrypt.
    assert_ne!(read.verdict(ROLE, OBJECT), "allowed");
    let user = read.intake.estate.user(user).unwrap();
    let policies = user.policies.provided().unwrap();
    assert_eq!(policies.len(), 2, "{policies:#?}");
    let texts: Vec<&str> = policies.iter().map(|policy| read.intake.sources.text(policy.span)).collect();
    assert!(texts.iter().any(|text| text.contains("Deny")), "{texts:?}");
    assert!(texts.iter().any(|text| text.contains("s3:Get*")), "{texts:?}");
}

#[test]
fn parts_that_were_left_out_are_not_taken_for_none() {
    let list = with(
        tree(HEAD),
        &format!("{HEAD}iam/role/apps%2freader/managed-policies.json"),
        &json!(["arn:aws:iam::111111111111:policy/Other"]),
    );
    let read = read(&list);
    // The same directory, of which one file is excluded.
    let mut intake = Intake::new();
    let dir = read.dir.path();
    let exclude = load::PathPattern::new(dir, "**/managed-policies.json").unwrap();
    load::read_inputs(&mut intake, dir, &[Input::from(".")], &[exclude]);
    load::finish(&mut intake);
    let file = intake.files.iter().find(|file| file.path.ends_with("apps%2freader/metadata.json")).unwrap();
    assert_eq!(file.missing, ["managed-policies.json of the same directory, which was left out"]);
    // A bucket whose encryption was not written was not written to its end.
    let mut list = tree(HEAD);
    list.retain(|(name, _)| !name.ends_with("encryption.json"));
    let read = self::read(&list);
    let bucket = read.intake.estate.bucket("lake").unwrap();
    assert!(!bucket.policy.is_provided() && !bucket.public_access_block.is_provided());
    assert!(!read.intake.estate.accounts.values().any(|account| account.public_access_block.is_provided()));
}

#[test]
fn a_tree_without_its_head() {
    let read = read(&tree("accounts/111111111111/"));
    assert_eq!(read.errors(), Vec::<String>::new());
    assert_eq!(read.verdict(ROLE, OBJECT), "allowed");
    // An answer of the AWS CLI in a directory of that name stays one.
    let answer = json!({"Policy": bucket_policy().to_string()});
    let read = self::read(&files([("accounts/111111111111/s3/lake/policy.json", answer)]));
    assert_eq!(read.file("policy.json").kind, "get-bucket-policy");
    assert!(matches!(read.intake.estate.bucket("lake").unwrap().policy, Known::Provided(Some(_))));
}

#[test]
fn the_organization_of_a_tree() {
    let full = "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess";
    let full_rcp = "arn:aws:organizations::aws:policy/resource_control_policy/p-RCPFullAWSAccess";
    let own = "arn:aws:organizations::999999999999:policy/o-example/service_control_policy/p-NoKms";
    let at = |name: &str, value: Value| {
        (format!("tree/aws/aws/organizations/o-example/{name}"), value.to_string())
    };
    let organization = |scps: Value| {
        vec![
            at(
                "metadata.json",
                json!({"id": "o-example", "rootOu": "r-abcd", "rootAccountId": "999999999999"}),
            ),
            at(
                "accounts.json",
                json!({"111111111111": {"ou": "ou-abcd-1", "scps": scps, "rcps": [full_rcp]},
                    "999999999999": {"ou": "r-abcd", "scps": [full], "rcps": [full_rcp]}}),
            ),
            at(
                "ous.json",
                json!({"r-abcd": {"scps": [full], "rcps": [full_rcp]},
                    "ou-abcd-1": {"parent": "r-abcd", "scps": [full], "rcps": [full_rcp]}}),
            ),
            at(
                "structure.json",
                json!({"r-abcd": {"accounts": ["arn:aws:organizations::999999999999:account/o-example/999999999999"],
                    "children": {"ou-abcd-1": {"accounts":
                        ["arn:aws:organizations::999999999999:account/o-example/111111111111"]}}}}),
            ),
        ]
    };
    let document = [
        at("scps/p-nokms/metadata.json", json!({"arn": own, "name": "No KMS", "awsManaged": false})),
        at("scps/p-nokms/policy.json", deny("kms:Decrypt")),
    ];
    let mut list = tree(HEAD);
    list.extend(organization(json!([full, own])));
    list.extend(document.clone());
    let read = read(&list);
    assert_eq!(read.errors(), Vec::<String>::new());
    let organization_read = &read.intake.estate.organizations[0];
    assert_eq!(organization_read.management_account.unwrap().to_string(), "999999999999");
    let account = organization_read.targets.iter().find(|target| target.id == "111111111111").unwrap();
    assert_eq!(account.parent.as_deref(), Some("ou-abcd-1"));
    assert!(matches!(account.scps.provided(), Some(Attached::Policies(list)) if list.len() == 2));
    // Objects that need no key could be read all the same (R105).
    assert_eq!(read.verdict(ROLE, OBJECT), "conditional");

    // The same without the policy: whatever it says, the answer depends on it.
    let mut list = tree(HEAD);
    list.extend(organization(json!([full, own])));
    let read = self::read(&list);
    assert!(
        read.file("accounts.json").missing.iter().any(|missing| missing.contains("p-NoKms")),
        "{:?}",
        read.file("accounts.json")
    );
    assert_eq!(read.verdict(ROLE, OBJECT), "conditional");

    let mut list = tree(HEAD);
    list.extend(organization(json!([full])));
    assert_eq!(self::read(&list).verdict(ROLE, OBJECT), "allowed");
}

#[test]
fn endpoints_and_indexes_of_a_tree() {
    let id = "vpce-0123456789abcdef0";
    let endpoint = |id: &str, service: &str| {
        json!({"arn": format!("arn:aws:ec2:eu-west-1:111111111111:vpc-endpoint/{id}"), "id": id, "type": "Gateway",
            "vpc": "arn:aws:ec2:eu-west-1:111111111111:vpc/vpc-1", "serviceName": service})
    };
    let at = |name: &str, value: Value| (format!("tree/aws/aws/{name}"), value.to_string());
    let read = read(&[
        at(
            &format!("accounts/111111111111/ec2/eu-west-1/vpc-endpoint/{id}/metadata.json"),
            endpoint(id, "com.amazonaws.eu-west-1.s3"),
        ),
        at(
            &format!("accounts/111111111111/ec2/eu-west-1/vpc-endpoint/{id}/endpoint-policy.json"),
            json!({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}),
        ),
        at(
            "accounts/111111111111/ec2/eu-west-1/vpc-endpoint/vpce-1/metadata.json",
            endpoint("vpce-1", "com.amazonaws.eu-west-1.dynamodb"),
        ),
        at("indexes/accounts-to-orgs.json", json!({"111111111111": "o-example"})),
        at(
            "indexes/buckets-to-accounts.json",
            json!({"far": {"accountId": "222222222222", "region": "eu-west-2"}}),
        ),
        at(
            "accounts/111111111111/lambda/eu-west-1/function/f/metadata.json",
            json!({"arn": "arn:aws:lambda"}),
        ),
    ]);
    assert_eq!(read.errors(), Vec::<String>::new());
    let [endpoint] = *read.intake.estate.endpoints.iter().collect::<Vec<_>>() else {
        panic!("{:?}", read.intake.estate.endpoints)
    };
    assert_eq!((endpoint.id.as_str(), endpoint.vpc.as_deref()), (id, Some("vpc-1")));
    assert!(matches!(endpoint.policy, Known::Provided(Some(_))));
    let bucket = read.intake.estate.bucket("far").unwrap();
    assert_eq!(bucket.account.provided().unwrap().to_string(), "222222222222");
    let account = read.intake.estate.accounts.values().next().unwrap();
    assert_eq!(account.organization, Known::Provided(Some("o-example".to_owned())));
}

#[test]
fn mistakes_in_a_tree_have_one_problem_with_a_place() {
    let role = format!("{HEAD}iam/role/apps%2freader/");
    for (file, text, expected) in [
        ("metadata.json", json!({"name": "Reader"}), "unexpected-answer: "),
        ("metadata.json", json!({"arn": "Reader"}), "invalid-arn: "),
        ("managed-policies.json", json!([1]), "unexpected-answer: "),
        ("managed-policies.json", json!("x"), "unexpected-answer: "),
        ("inline-policies.json", json!([{"PolicyName": "x"}]), "unexpected-answer: "),
    ] {
        let name = format!("{role}{file}");
        let read = read(&with(tree(HEAD), &name, &text));
        let errors = read.errors();
        assert!(
            matches!(errors.as_slice(), [one] if one.starts_with(&format!("{expected}{name}"))),
            "{errors:?}"
        );
    }
    let mut list = tree(HEAD);
    list.retain(|(name, _)| !name.ends_with("inline-policies.json"));
    list.push((format!("{role}inline-policies.json"), "[{\"PolicyName\": \"x\"".to_owned()));
    let errors = read(&list).errors();
    assert!(matches!(errors.as_slice(), [one] if one.starts_with("json-syntax-error")), "{errors:?}");
}

/// A role as delivered items have it.
fn role_item(time: &str, action: &str) -> Value {
    json!({
        "configurationItemVersion": "1.3", "configurationItemCaptureTime": time, "configurationItemStatus": "OK",
        "awsAccountId": "111111111111", "awsRegion": "global", "resourceType": "AWS::IAM::Role",
        "resourceId": "AROAEXAMPLE", "resourceName": "Reader", "ARN": ROLE,
        "configuration": {
            "path": "/Apps/", "roleName": "Reader", "roleId": "AROAEXAMPLE", "arn": ROLE,
            "assumeRolePolicyDocument": percent(&trust().to_string()),
            "rolePolicyList": [{"policyName": "read", "policyDocument": percent(&allow(&["s3:GetObject", action]).to_string())}],
            "attachedManagedPolicies": [],
            "instanceProfileList": [{"instanceProfileName": "web", "arn": "arn:aws:iam::111111111111:instance-profile/web"}],
            "tags": [{"key": "team", "value": "a"}],
        },
        "supplementaryConfiguration": {},
    })
}

fn key_item() -> Value {
    json!({
        "configurationItemStatus": "OK", "awsAccountId": "111111111111", "awsRegion": "eu-west-1",
        "configurationItemCaptureTime": "2026-01-01T00:00:00.000Z", "resourceType": "AWS::KMS::Key",
        "resourceId": "0a1b2c3d-1111-4222-8333-444455556666", "ARN": KEY,
        "configuration": {"keyId": "0a1b2c3d-1111-4222-8333-444455556666", "arn": KEY, "keyState": "Enabled",
            "enabled": true, "keyManager": "CUSTOMER"},
        "supplementaryConfiguration": {"Policy": key_policy().to_string(), "Tags": [{"tagKey": "a", "tagValue": "b"}]},
    })
}

fn bucket_item(policy: &Value) -> Value {
    json!({
        "configurationItemStatus": "OK", "awsAccountId": "111111111111", "awsRegion": "eu-west-1",
        "configurationItemCaptureTime": "2026-01-01T00:00:00.000Z", "resourceType": "AWS::S3::Bucket",
        "resourceId": "lake", "resourceName": "lake", "ARN": "arn:aws:s3:::lake", "configuration": {"name": "lake"},
        "supplementaryConfiguration": {
            "BucketPolicy": {"policyText": policy},
            "ServerSideEncryptionConfiguration": {"rules": [{"applyServerSideEncryptionByDefault":
                {"sseAlgorithm": "aws:kms", "kmsMasterKeyID": KEY}, "bucketKeyEnabled": true}]},
            "PublicAccessBlockConfiguration": {"blockPublicAcls": true, "ignorePublicAcls": true,
                "blockPublicPolicy": true, "restrictPublicBuckets": true},
            "OwnershipControls": {"rules": [{"objectOwnership": "BucketOwnerEnforced"}]},
            "IsRequesterPaysEnabled": "false",
        },
    })
}

fn percent(text: &str) -> String {
    let safe = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
    text.bytes().map(|b| if safe(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// The same item as the API answers it: other names, and every value as a string.
fn as_api(item: &Value) -> Value {
    let mut item = item.clone();
    let object = item.as_object_mut().unwrap();
    for (from, to) in [("awsAccountId", "accountId"), ("ARN", "arn"), ("configurationItemVersion", "version")]
    {
        if let Some(value) = object.remove(from) {
            object.insert(to.to_owned(), value);
        }
    }
    object["configuration"] = json!(object["configuration"].to_string());
    for value in object["supplementaryConfiguration"].as_object_mut().unwrap().values_mut() {
        *value = json!(value.to_string());
    }
    item
}

const EARLY: &str = "2026-01-01T00:00:00.000Z";

#[test]
fn a_snapshot_in_both_dialects() {
    let items =
        [role_item(EARLY, "kms:Decrypt"), key_item(), bucket_item(&json!(bucket_policy().to_string()))];
    let other = json!({"resourceType": "AWS::EC2::Instance", "configuration": {}});
    let api: Vec<Value> = items.iter().map(as_api).collect();
    let strings: Vec<Value> = api.iter().map(|item| json!(item.to_string())).collect();
    for (name, text) in [
        (
            "delivered",
            json!({"fileVersion": "1.0", "configurationItems": [other, items[0], items[1], items[2]]}),
        ),
        ("history", json!({"configurationItems": api})),
        ("batch", json!({"baseConfigurationItems": api, "unprocessedResourceKeys": []})),
        ("query", json!({"Results": strings, "QueryInfo": {"SelectFields": []}})),
    ] {
        let read = read(&files([("config.json", text)]));
        assert_eq!(read.errors(), Vec::<String>::new(), "{name}");
        let estate = &read.intake.estate;
        let role = estate.role(ROLE).unwrap();
        assert!(role.trust.is_provided() && matches!(role.boundary, Known::Provided(None)), "{name}");
        assert_eq!(role.policies.provided().unwrap().len(), 1, "{name}");
        let profile = &estate.instance_profiles[0];
        assert_eq!((profile.name(), profile.role.as_ref().unwrap().value.as_str()), ("web", ROLE), "{name}");
        let bucket = estate.bucket("lake").unwrap();
        let policy = bucket.policy.provided().unwrap().as_ref().unwrap();
        // Every statement leads back to the file on disk.
        let host = read.intake.sources.host(policy.statements[0].span);
        assert_eq!(read.intake.sources.name(host.source), "config.json", "{name}");
        assert!(read.intake.sources.text(host).contains("lake/secret"), "{name}");
        assert_eq!(bucket.requester_pays, Known::Provided(false), "{name}");
        assert!(bucket.public_access_block.provided().unwrap().restrict_public_buckets, "{name}");
        assert!(bucket.ownership.is_provided() && bucket.encryption.is_provided(), "{name}");
        assert_eq!(estate.keys[0].tags.provided().unwrap().get("a").map(String::as_str), Some("b"), "{name}");
        assert_eq!(read.verdict(ROLE, OBJECT), "allowed", "{name}");
        assert_eq!(read.verdict(ROLE, "s3://lake/secret/x"), "denied", "{name}");
    }
}

#[test]
fn the_latest_capture_counts() {
    let late = "2026-02-01T00:00:00.000Z";
    let rest = [key_item(), bucket_item(&Value::Null)];
    let snapshot = |roles: &[Value]| {
        let items: Vec<&Value> = roles.iter().chain(&rest).collect();
        files([("config.json", json!({"configurationItems": items}))])
    };
    let [can, cannot] = ["kms:Decrypt", "kms:Encrypt"];
    for (roles, expected) in [
        ([role_item(EARLY, cannot), role_item(late, can)], "allowed"),
        ([role_item(late, can), role_item(EARLY, cannot)], "allowed"),
        // Without kms:Decrypt only objects that need no key could be read (R105).
        ([role_item(late, cannot), role_item(EARLY, can)], "conditional"),
    ] {
        let read = read(&snapshot(&roles));
        assert_eq!(read.errors(), Vec::<String>::new());
        assert!(matches!(read.intake.estate.bucket("lake").unwrap().policy, Known::Provided(None)));
        assert_eq!(read.verdict(ROLE, OBJECT), expected);
    }
    let mut deleted = role_item(late, can);
    deleted["configurationItemStatus"] = json!("ResourceDeleted");
    let read = read(&snapshot(&[deleted, role_item(EARLY, can)]));
    assert!(read.intake.estate.role(ROLE).is_err(), "it does not exist any more");
}

#[test]
fn users_groups_policies_and_the_rest_of_config() {
    let item = |kind: &str, id: &str, arn: &str, configuration: Value| {
        json!({"configurationItemStatus": "OK", "awsAccountId": "111111111111", "awsRegion": "eu-west-1",
            "resourceType": kind, "resourceId": id, "resourceName": id, "ARN": arn, "configuration": configuration})
    };
    let [user, group, policy] = ["user/Ann", "group/Staff/Team", "policy/More"]
        .map(|resource| format!("arn:aws:iam::111111111111:{resource}"));
    let documents = json!([
        {"versionId": "v1", "isDefaultVersion": false, "document": percent(&deny("*").to_string())},
        {"versionId": "v2", "isDefaultVersion": true, "document": percent(&allow(&["s3:Get*"]).to_string())},
    ]);
    let read = read(&files([(
        "config.json",
        json!({"configurationItems": [
            item("AWS::IAM::User", "AIDA", &user, json!({"arn": user, "userName": "Ann", "userId": "AIDA",
                "userPolicyList": [], "attachedManagedPolicies": [{"policyName": "More", "policyArn": policy}],
                "groupList": ["Team"]})),
            item("AWS::IAM::Group", "AGPA", &group, json!({"arn": group, "groupName": "Team", "attachedManagedPolicies": [],
                "groupPolicyList": [{"policyName": "g", "policyDocument": percent(&allow(&["s3:List*"]).to_string())}]})),
            item("AWS::IAM::Policy", "ANPA", &policy, json!({"arn": policy, "policyVersionList": documents})),
            item("AWS::S3::AccountPublicAccessBlock", "111111111111", "", json!({"restrictPublicBuckets": true,
                "ignorePublicAcls": false})),
            item("AWS::EC2::VPCEndpoint", "vpce-1", "", json!({"vpcEndpointId": "vpce-1", "vpcId": "vpc-1",
                "vpcEndpointType": "Gateway", "serviceName": "com.amazonaws.eu-west-1.s3",
                "policyDocument": allow(&["*"]).to_string().replace("\"Action\"", "\"Principal\":\"*\",\"Action\"")})),
            item("AWS::KMS::Alias", "alias/lake", "", json!({"AliasName": "alias/lake",
                "TargetKeyId": "0a1b2c3d-1111-4222-8333-444455556666"})),
        ]}),
    )]));
    assert_eq!(read.errors(), Vec::<String>::new());
    let estate = &read.intake.estate;
    let known = estate.user(&user).unwrap();
    let texts: Vec<&str> = known
        .policies
        .provided()
        .unwrap()
        .iter()
        .map(|policy| read.intake.sources.text(policy.span))
        .collect();
    assert_eq!(texts.len(), 2);
    assert!(
        texts.iter().any(|text| text.contains("s3:Get*"))
            && texts.iter().any(|text| text.contains("s3:List*"))
    );
    let block = estate.accounts.values().next().unwrap().public_access_block.provided().unwrap();
    assert!(block.restrict_public_buckets && !block.ignore_public_acls);
    assert!(matches!(estate.endpoints[0].policy, Known::Provided(Some(_))));
    assert_eq!(estate.keys[0].arn.value.as_str(), KEY);
    assert_eq!(estate.keys[0].aliases.provided().unwrap(), &["alias/lake"]);
}

#[test]
fn what_config_did_not_record_is_not_told() {
    let mut role = role_item(EARLY, "kms:Decrypt");
    role["configuration"].as_object_mut().unwrap().remove("attachedManagedPolicies");
    let mut bucket = bucket_item(&Value::Null);
    bucket["supplementaryConfiguration"].as_object_mut().unwrap().remove("BucketPolicy");
    let read = read(&files([("config.json", json!({"configurationItems": [role, bucket]}))]));
    assert_eq!(read.errors(), Vec::<String>::new());
    assert!(!read.intake.estate.bucket("lake").unwrap().policy.is_provided());
    assert!(!read.intake.estate.role(ROLE).unwrap().boundary.is_provided());
    let missing = &read.file("config.json").missing;
    assert!(missing.iter().any(|m| m.contains("get-bucket-policy")), "{missing:?}");
    assert!(missing.iter().any(|m| m.contains("whole list of policies")), "{missing:?}");
}

#[test]
fn notifications_and_single_items() {
    let item = role_item(EARLY, "kms:Decrypt");
    let message = json!({"configurationItem": item, "messageType": "ConfigurationItemChangeNotification"});
    for text in [
        item.clone(),
        as_api(&item),
        message.clone(),
        json!({"Type": "Notification", "Message": message.to_string()}),
        json!({"invokingEvent": message.to_string(), "ruleParameters": "{}"}),
    ] {
        let read = read(&files([("item.json", text.clone())]));
        assert_eq!(read.errors(), Vec::<String>::new(), "{text}");
        assert_eq!(
            read.intake.estate.role(ROLE).unwrap().policies.provided().map(Vec::len),
            Some(1),
            "{text}"
        );
    }
}

#[test]
fn mistakes_in_config_have_one_problem_with_a_place() {
    let snapshot = |item: Value| json!({"configurationItems": [item]});
    let mut no_arn = role_item(EARLY, "kms:Decrypt");
    no_arn["ARN"] = json!("Reader");
    let mut number = role_item(EARLY, "kms:Decrypt");
    number["configuration"] = json!(7);
    let mut text = as_api(&role_item(EARLY, "kms:Decrypt"));
    text["configuration"] = json!("{\"arn\": ");
    let mut policy = key_item();
    policy["supplementaryConfiguration"]["Policy"] = json!("{\"Statement\": [}");
    for (file, expected) in [
        (snapshot(no_arn), "invalid-arn"),
        (snapshot(number), "unexpected-answer"),
        (snapshot(text), "json-syntax-error"),
        (snapshot(policy), "json-syntax-error"),
        (json!({"configurationItems": {}}), "unexpected-answer"),
    ] {
        let read = read(&files([("config.json", file)]));
        let errors = read.errors();
        assert!(
            matches!(errors.as_slice(), [one] if one.starts_with(&format!("{expected}: config.json"))),
            "{errors:?}"
        );
    }
    // Cut off in the middle of an item.
    let whole = snapshot(role_item(EARLY, "kms:Decrypt")).to_string();
    let read = read(&[("config.json".to_owned(), whole[..whole.len() - 20].to_owned())]);
    assert_eq!(read.errors().len(), 1, "{:?}", read.errors());
}

#[test]
fn service_accounts_of_manifests() {
    let manifest = format!(
        "# of the team\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: analytics\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: reader\n  namespace: analytics\n  annotations:\n    eks.amazonaws.com/role-arn: {ROLE}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app\n  namespace: analytics\nspec:\n  template:\n    spec:\n      serviceAccountName: reader\n"
    );
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "other", "namespace": "analytics",
            "annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::222222222222:role/Far",
                "eks.amazonaws.com/audience": "own"}}}]});
    let mut all = tree(HEAD);
    all.push(("k8s/app.yaml".to_owned(), manifest));
    all.push(("k8s/list.json".to_owned(), list.to_string()));
    let read = read(&all);
    assert_eq!(read.errors(), Vec::<String>::new());
    let [first, second] = *read.intake.estate.workloads.iter().collect::<Vec<_>>() else {
        panic!("{:?}", read.intake.estate.workloads)
    };
    assert_eq!((first.name().as_str(), first.role.value.as_str()), ("analytics/reader", ROLE));
    assert!(matches!(&first.kind, WorkloadKind::Irsa { audience, .. } if audience == "sts.amazonaws.com"));
    assert_eq!(read.intake.sources.text(first.role.span), ROLE);
    assert!(matches!(&second.kind, WorkloadKind::Irsa { audience, .. } if audience == "own"));
    let file = read.file("k8s/app.yaml");
    assert_eq!(
        file.contributed,
        [
            format!("service account analytics/reader may assume {ROLE}"),
            "Deployment app runs as service account analytics/reader".to_owned()
        ]
    );
    assert_eq!(file.missing, Vec::<String>::new());
    assert_eq!(
        read.file("k8s/list.json").missing,
        ["the role arn:aws:iam::222222222222:role/Far: aws iam get-role"]
    );
    // Facts of other files still decide.
    assert_eq!(read.verdict(ROLE, OBJECT), "allowed");
}

#[test]
fn other_yaml_makes_no_noise() {
    let account = |role: &str| {
        format!(
            "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: a\n  annotations:\n    eks.amazonaws.com/role-arn: {role}\n"
        )
    };
    let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let read = read(&[
        file(
            "chart/templates/sa.yaml",
            &format!("{{{{- if .Values.on }}}}\n{}{{{{- end }}}}\n", account("{{ .Values.arn }}")),
        ),
        file("values.yaml", "image: {repository: x}\nserviceAccount:\n  create: true\n"),
        file("broken.yaml", "a: [\n b: }"),
        file("service.yaml", "apiVersion: v1\nkind: Service\nmetadata:\n  name: s\n"),
        file("quoted.yaml", &account("\"{{ .Values.arn }}\"")),
    ]);
    assert_eq!(read.intake.problems, []);
    assert!(read.intake.estate.workloads.is_empty());
    let missing = &read.file("quoted.yaml").missing;
    assert!(matches!(missing.as_slice(), [one] if one.contains("render the template")), "{missing:?}");

    let read = self::read(&[file("sa.yaml", &account("reader"))]);
    assert_eq!(read.errors(), ["invalid-arn: sa.yaml: reader"]);
}

#[test]
fn answers_of_eks() {
    let issuer = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE0123456789";
    let provider = format!("arn:aws:iam::111111111111:oidc-provider/{issuer}");
    let association = json!({"association": {"clusterName": "prod", "namespace": "analytics", "serviceAccount": "reader",
        "roleArn": ROLE, "associationArn": "arn:aws:eks:eu-west-1:111111111111:podidentityassociation/prod/a-1",
        "associationId": "a-1", "disableSessionTags": true, "targetRoleArn": "arn:aws:iam::222222222222:role/Far",
        "externalId": "x"}});
    let mut all = tree(HEAD);
    all.extend(files([
        ("association.json", association.clone()),
        (
            "associations.json",
            json!({"associations": [
                {"clusterName": "prod", "namespace": "analytics", "serviceAccount": "reader", "associationId": "a-1"},
                {"clusterName": "prod", "namespace": "analytics", "serviceAccount": "writer", "associationId": "a-2"}]}),
        ),
        (
            "cluster.json",
            json!({"cluster": {"name": "prod", "arn": "arn:aws:eks:eu-west-1:111111111111:cluster/prod",
                "identity": {"oidc": {"issuer": format!("https://{issuer}")}}}}),
        ),
        ("providers.json", json!({"OpenIDConnectProviderList": [{"Arn": provider}]})),
        ("provider.json", json!({"Url": issuer, "ClientIDList": ["sts.amazonaws.com"], "ThumbprintList": []})),
    ]));
    let read = read(&all);
    assert_eq!(read.errors(), Vec::<String>::new());
    let estate = &read.intake.estate;
    let [workload] = *estate.workloads.iter().collect::<Vec<_>>() else { panic!("{:?}", estate.workloads) };
    let WorkloadKind::PodIdentity { service_account, target, external_id, disable_session_tags, .. } =
        &workload.kind
    else {
        panic!()
    };
    assert_eq!(service_account.cluster.as_deref(), Some("arn:aws:eks:eu-west-1:111111111111:cluster/prod"));
    assert_eq!(target.as_ref().unwrap().value.as_str(), "arn:aws:iam::222222222222:role/Far");
    assert_eq!((external_id.as_deref(), *disable_session_tags), (Some("x"), true));
    assert_eq!(
        read.file("associations.json").missing,
        [
            "the role of service account analytics/writer: aws eks describe-pod-identity-association --association-id a-2"
        ]
    );
    let [known] = estate.oidc_providers.as_slice() else { panic!("{:?}", estate.oidc_providers) };
    assert_eq!((known.url.as_str(), known.arn.as_ref().unwrap().value.as_str()), (issuer, provider.as_str()));
    assert_eq!(known.client_ids, Known::Provided(vec!["sts.amazonaws.com".to_owned()]));
    assert_eq!(estate.clusters[0].issuer.as_ref().unwrap().value, issuer);

    let mut wrong = association;
    wrong["association"]["roleArn"] = json!("reader");
    let read = self::read(&files([("association.json", wrong)]));
    assert_eq!(read.errors(), ["invalid-arn: association.json: \"reader\""]);
}
