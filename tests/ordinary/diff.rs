//! What changes between two policies, and between two estates. Expectations are written by hand from what AWS says of
//! policies; random policies are judged by `simulate`, one request at a time.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails loudly"
)]

use std::fs;
use std::path::{Path, PathBuf};

use decryptable::ask::diff::{self, Change, Diff, Example, Outcome};
use decryptable::ask::{ConditionLine, simulate};
use decryptable::estate::SharedPolicy;
use decryptable::policy::{PolicyKind, guess_kind, lower};
use decryptable::source::{Origin, SourceMap};
use decryptable::{diagnostic::Diagnostic, json};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::budget::config;

/// Reads documents into one map of sources.
#[derive(Default)]
struct Room {
    map: SourceMap,
}

impl Room {
    fn read(&mut self, text: &str, kind: Option<PolicyKind>) -> SharedPolicy {
        let id = self.map.add("policy.json", text.into(), Origin::Stdin { bytes: Default::default() });
        let root = json::parse(id, text).root.unwrap();
        let mut problems = Vec::new();
        let policy = lower(&root, kind.unwrap_or_else(|| guess_kind(&root)), "", &mut problems);
        let errors: Vec<&Diagnostic> = problems.iter().filter(|p| p.is_error()).collect();
        assert!(errors.is_empty(), "{errors:?}\n{text}");
        policy.into()
    }

    fn policy(&mut self, statements: &Value, kind: Option<PolicyKind>) -> SharedPolicy {
        self.read(&json!({"Version": "2012-10-17", "Statement": statements}).to_string(), kind)
    }
}

#[track_caller]
fn compare(old: &Value, new: &Value) -> Diff {
    let mut room = Room::default();
    let (old, new) = (room.policy(old, None), room.policy(new, None));
    diff::policies(&[old], &[new], &room.map)
}

/// Nothing is gained, and nothing is lost.
#[track_caller]
fn same(old: &Value, new: &Value) {
    let found = compare(old, new);
    assert_eq!(found.outcome(), Outcome::NothingNew, "{found:#?}");
    assert!(found.gained.is_empty() && found.lost.is_empty(), "{found:#?}");
}

/// Something is lost and nothing gained.
#[track_caller]
fn narrower(old: &Value, new: &Value) -> Change {
    let mut found = compare(old, new);
    assert_eq!(found.outcome(), Outcome::NothingNew, "{found:#?}");
    assert_eq!(found.lost.len(), 1, "{found:#?}");
    found.lost.remove(0)
}

/// Something is gained; the witness is given back.
#[track_caller]
fn wider(old: &Value, new: &Value) -> (Change, Example) {
    let mut found = compare(old, new);
    assert_eq!(found.outcome(), Outcome::Gained, "{found:#?}");
    let change = found.gained.remove(0);
    let witness = change.witness.clone().unwrap();
    (change, witness)
}

fn allow(action: &str, resource: &str) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

fn with(mut statement: Value, member: &str, value: Value) -> Value {
    statement[member] = value;
    statement
}

fn line(key: &str, operator: &str, values: &[&str]) -> ConditionLine {
    let values = values.iter().map(|v| (*v).to_owned()).collect();
    ConditionLine { key: key.to_owned(), operator: operator.to_owned(), values }
}

const LAKE: &str = "arn:aws:s3:::lake/*";

#[test]
fn an_action_with_a_wildcard_is_more_than_the_action() {
    let (change, witness) = wider(&json!([allow("s3:GetObject", LAKE)]), &json!([allow("s3:Get*", LAKE)]));
    assert_eq!((witness.action.as_str(), witness.principal), ("s3:GetObjectVersion", None));
    assert_eq!(witness.resource, "arn:aws:s3:::lake/example");
    assert_eq!(
        change.conditions.unwrap(),
        [[
            line("action", "StringLike", &["s3:Get*"]),
            line("action", "StringNotEquals", &["s3:GetObject"]),
            line("resource", "StringLike", &[LAKE]),
        ]]
    );
    assert_eq!(change.evidence.len(), 1);
    narrower(&json!([allow("s3:Get*", LAKE)]), &json!([allow("s3:GetObject", LAKE)]));
}

#[test]
fn a_resource_with_a_wildcard_is_more_than_the_resource() {
    let (_, witness) =
        wider(&json!([allow("s3:GetObject", LAKE)]), &json!([allow("s3:GetObject", "arn:aws:s3:::la*")]));
    assert!(
        witness.resource.starts_with("arn:aws:s3:::la")
            && !witness.resource.starts_with("arn:aws:s3:::lake/")
    );
    same(
        &json!([{"Effect": "Allow", "Action": "s3:GetObject", "Resource": [LAKE, "arn:aws:s3:::lake/curated/*"]}]),
        &json!([allow("s3:GetObject", LAKE)]),
    );
}

#[test]
fn not_action_grants_all_others() {
    let not = |action: &str| json!([{"Effect": "Allow", "NotAction": action, "Resource": "*"}]);
    let (_, witness) = wider(&json!([allow("s3:*", "*")]), &not("iam:*"));
    assert!(!witness.action.starts_with("iam:") && !witness.action.starts_with("s3:"), "{}", witness.action);
    narrower(&not("iam:CreateUser"), &not("iam:*"));
    same(&not("IAM:*"), &not("iam:*"));
}

#[test]
fn not_resource_grants_all_others() {
    let not = json!([{"Effect": "Allow", "Action": "s3:GetObject", "NotResource": LAKE}]);
    let deny = json!([
        allow("s3:GetObject", "*"),
        {"Effect": "Deny", "Action": "s3:GetObject", "Resource": LAKE},
    ]);
    same(&not, &deny);
    wider(&not, &json!([allow("s3:GetObject", "*")]));
}

#[test]
fn a_deny_that_is_gone_gives_access() {
    let deny = json!({"Sid": "No", "Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"});
    let (change, witness) = wider(&json!([allow("s3:*", LAKE), deny]), &json!([allow("s3:*", LAKE)]));
    assert_eq!(witness.action, "s3:DeleteObject");
    let sids: Vec<Option<&str>> = change.evidence.iter().map(|e| e.sid.as_deref()).collect();
    assert_eq!(sids, [None, Some("No")], "the Allow of the one side and the Deny of the other");
    // A Deny of what nothing allows takes nothing away.
    same(&json!([allow("kms:*", "*"), deny]), &json!([allow("kms:*", "*")]));
}

#[test]
fn conditions_relaxed_and_tightened() {
    let from = |vpce: Value| {
        json!([with(
            allow("s3:GetObject", LAKE),
            "Condition",
            json!({"StringEquals": {"aws:SourceVpce": vpce}})
        )])
    };
    let (change, witness) = wider(&from(json!("vpce-1")), &from(json!(["vpce-1", "vpce-2"])));
    assert_eq!(witness.context, [("aws:SourceVpce".to_owned(), Some(vec!["vpce-2".to_owned()]))]);
    assert!(change.conditions.unwrap()[0].contains(&line("aws:SourceVpce", "StringEquals", &["vpce-2"])));
    narrower(&from(json!(["vpce-1", "vpce-2"])), &from(json!("vpce-1")));
    narrower(&json!([allow("s3:GetObject", LAKE)]), &from(json!("vpce-1")));
    let (_, witness) = wider(&from(json!("vpce-1")), &json!([allow("s3:GetObject", LAKE)]));
    assert!(witness.context.iter().all(|(_, values)| values.is_none()), "absent is the simplest request");
}

#[test]
fn the_same_in_other_words() {
    let both = json!([{"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": LAKE}]);
    let split = json!([allow("s3:PutObject", LAKE), allow("s3:GetObject", LAKE)]);
    same(&both, &split);
    // Letters of actions have no case; Sids mean nothing.
    same(
        &split,
        &json!([with(allow("S3:PUTOBJECT", LAKE), "Sid", json!("Put")), allow("s3:getobject", LAKE)]),
    );
    // Two halves of a condition are the whole.
    let tls = |value: &str| {
        with(allow("s3:GetObject", LAKE), "Condition", json!({"Bool": {"aws:SecureTransport": value}}))
    };
    same(&json!([allow("s3:GetObject", LAKE)]), &json!([tls("true"), tls("false")]));
    // Allowed where, or denied where not.
    let denied = json!({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}});
    same(&json!([tls("true")]), &json!([allow("s3:GetObject", LAKE), denied]));
}

#[test]
fn conditions_that_contradict_each_other_grant_nothing() {
    let never = with(
        allow("s3:*", "*"),
        "Condition",
        json!({"StringEquals": {"aws:SourceVpce": "vpce-1"}, "StringNotEquals": {"aws:SourceVpce": "vpce-1"}}),
    );
    same(&json!([allow("s3:GetObject", LAKE)]), &json!([allow("s3:GetObject", LAKE), never]));
    let empty = with(
        allow("s3:*", "*"),
        "Condition",
        json!({"NumericLessThan": {"s3:max-keys": "1"}, "NumericGreaterThan": {"s3:max-keys": "5"}}),
    );
    same(&json!([]), &json!([empty]));
}

#[test]
fn everyone_of_an_organization_is_less_than_everyone() {
    let open = json!([{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": LAKE}]);
    let organization = json!([with(
        open[0].clone(),
        "Condition",
        json!({"StringEquals": {"aws:PrincipalOrgID": "o-example"}})
    )]);
    narrower(&open, &organization);
    let (_, witness) = wider(&organization, &open);
    assert_eq!(witness.principal.as_deref(), Some("anonymous"));
    // Whoever is in an organization has an identity.
    let (_, witness) = wider(&json!([]), &organization);
    assert!(witness.principal.unwrap().starts_with("arn:aws:iam::"));
}

#[test]
fn a_principal_and_its_arn_in_a_condition_are_one_thing() {
    let role = "arn:aws:iam::111111111111:role/reader";
    let statement = |principal: Value, condition: Value| {
        let open =
            json!({"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": LAKE});
        json!([with(open, "Condition", condition)])
    };
    let by_name = statement(json!({"AWS": role}), json!({}));
    same(&by_name, &statement(json!("*"), json!({"ArnEquals": {"aws:PrincipalArn": role}})));
    let by_account = statement(json!({"AWS": "111111111111"}), json!({}));
    same(
        &by_account,
        &statement(json!("*"), json!({"StringEquals": {"aws:PrincipalAccount": "111111111111"}})),
    );
    same(&by_account, &statement(json!({"AWS": ["111111111111", role]}), json!({})));
    narrower(&by_account, &by_name);
    let (_, witness) = wider(&by_name, &by_account);
    let principal = witness.principal.unwrap();
    assert!(principal.starts_with("arn:aws:iam::111111111111:") && principal != role, "{principal}");
}

#[test]
fn an_account_is_in_one_partition() {
    let by = |arn: &str| json!([{"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "s3:GetObject", "Resource": "arn:aws-cn:s3:::lake/*"}]);
    same(&by("arn:aws-cn:iam::111111111111:root"), &by("111111111111"));
    let (_, witness) =
        wider(&by("arn:aws-cn:iam::111111111111:root"), &by("arn:aws-cn:iam::222222222222:root"));
    assert!(witness.principal.unwrap().starts_with("arn:aws-cn:iam::222222222222:"));
}

#[test]
fn accounts_by_pattern() {
    let statement = |pattern: &str| {
        let open = json!({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": LAKE});
        json!([with(open, "Condition", json!({"StringLike": {"aws:PrincipalAccount": pattern}}))])
    };
    let (_, witness) = wider(&statement("12*"), &statement("1*"));
    let principal = witness.principal.unwrap();
    assert!(
        principal.starts_with("arn:aws:iam::1") && !principal.starts_with("arn:aws:iam::12"),
        "{principal}"
    );
}

#[test]
fn a_role_covers_its_sessions() {
    let by = |arn: &str| json!([{"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "s3:GetObject", "Resource": LAKE}]);
    let role = by("arn:aws:iam::111111111111:role/app/reader");
    let session = by("arn:aws:sts::111111111111:assumed-role/reader/monday");
    // The ARN of a session lacks the path of its role, so other roles of that name have such sessions too.
    let (_, witness) = wider(&by("arn:aws:iam::111111111111:role/other"), &session);
    let of_role = vec!["arn:aws:iam::111111111111:role/reader".to_owned()];
    assert_eq!(witness.context, [("aws:PrincipalArn".to_owned(), Some(of_role))]);
    assert_eq!(witness.principal.as_deref(), Some("arn:aws:sts::111111111111:assumed-role/reader/monday"));
    wider(&session, &role);
    narrower(&by("111111111111"), &session);
}

#[test]
fn a_trust_policy_that_adds_an_account() {
    let trust =
        |principal: Value| json!([{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]);
    let service = json!({"Service": "ec2.amazonaws.com"});
    let (_, witness) = wider(
        &trust(service.clone()),
        &trust(json!({"Service": "ec2.amazonaws.com", "AWS": "333333333333"})),
    );
    assert_eq!(witness.action, "sts:AssumeRole");
    assert!(witness.principal.unwrap().contains("::333333333333:"));
    let (_, witness) = wider(&trust(json!({"AWS": "333333333333"})), &trust(service.clone()));
    assert_eq!(witness.principal.as_deref(), Some("ec2.amazonaws.com"));
    // STS knows its callers: nobody is anonymous.
    let (_, witness) = wider(&trust(service), &trust(json!("*")));
    assert!(witness.principal.unwrap().starts_with("arn:"));
}

#[test]
fn not_principal_exempts_whom_it_lists_in_full() {
    let root = "arn:aws:iam::111111111111:root";
    let user = "arn:aws:iam::111111111111:user/admin";
    let open = json!({"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": LAKE});
    let except =
        json!({"Effect": "Deny", "NotPrincipal": {"AWS": [root, user]}, "Action": "s3:*", "Resource": LAKE});
    let found = narrower(&json!([open]), &json!([open, except]));
    assert_eq!(found.witness.unwrap().principal.as_deref(), Some("anonymous"));
    let (_, witness) = wider(&json!([]), &json!([open, except]));
    assert!([user, root].contains(&witness.principal.unwrap().as_str()));
    same(
        &json!([open, except]),
        &json!([{"Effect": "Allow", "Principal": {"AWS": [user]}, "Action": "s3:*", "Resource": LAKE},
            with(open.clone(), "Condition", json!({"ArnEquals": {"aws:PrincipalArn": root}}))]),
    );
}

#[test]
fn variables_are_tried_with_a_value() {
    let home = |folder: &str| json!([allow("s3:GetObject", &format!("arn:aws:s3:::home/{folder}"))]);
    let (change, witness) = wider(&json!([]), &home("${aws:username}/*"));
    assert_eq!(witness.resource, "arn:aws:s3:::home/example/example");
    assert_eq!(witness.context, [("aws:username".to_owned(), Some(vec!["example".to_owned()]))]);
    assert!(change.certain);
    same(&home("${aws:username}/*"), &home("${aws:username}/*"));
    let (_, witness) = wider(&home("${aws:username}/*"), &home("*"));
    assert!(!witness.resource.is_empty());
}

#[test]
fn what_aws_does_not_say_is_not_decided() {
    let found = compare(&json!([]), &json!([allow("s*:GetObject", LAKE)]));
    assert_eq!(found.outcome(), Outcome::Undecided);
    let change = &found.gained[0];
    assert!(!change.certain && change.witness.is_none());
    assert!(change.depends_on.iter().any(|u| u.name.contains("s*:getobject")), "{:?}", change.depends_on);
    same(&json!([allow("s*:GetObject", LAKE)]), &json!([allow("S*:GetObject", LAKE)]));
    // A star in the middle of an ARN part that would have to run over a colon.
    let star = |arn: &str| json!([allow("kms:Decrypt", arn)]);
    let found =
        compare(&star("arn:aws:kms:us-*-1:111111111111:key/k"), &star("arn:aws:kms:us*1:111111111111:key/k"));
    assert_eq!(found.outcome(), Outcome::Gained, "us1 and us-east-1 stay within the part: {found:#?}");
}

#[test]
fn limits_are_compared_by_what_they_deny() {
    let deny = |action: &str| json!([{"Effect": "Deny", "Action": action, "Resource": "*"}]);
    let found = compare(&deny("kms:*"), &deny("kms:Decrypt"));
    assert_eq!(found.outcome(), Outcome::Gained);
    assert_eq!(found.assumptions.len(), 1);
    same(&deny("kms:*"), &deny("KMS:*"));
}

fn granted(statements: &Value, action: &str, resource: &str) -> (Option<bool>, Option<Example>) {
    let mut room = Room::default();
    let policy = room.policy(statements, None);
    let check = diff::not_granted(&[policy], action, resource, &room.map);
    assert_eq!(check.evidence.is_empty(), check.witness.is_none());
    (check.holds, check.witness)
}

#[test]
fn access_that_must_not_be_granted() {
    let policy = json!([
        allow("s3:Get*", LAKE),
        {"Effect": "Deny", "Action": "s3:GetObjectAcl", "Resource": "*"},
    ]);
    assert_eq!(granted(&policy, "s3:PutObject", "*").0, Some(true));
    assert_eq!(granted(&policy, "s3:GetObjectAcl", "*").0, Some(true));
    assert_eq!(granted(&policy, "s3:GetObject", "arn:aws:s3:::pond/*").0, Some(true));
    let (holds, witness) = granted(&policy, "s3:*Object", "arn:aws:s3:::lake/secret/*");
    let witness = witness.unwrap();
    assert_eq!((holds, witness.action.as_str()), (Some(false), "s3:GetObject"));
    assert!(witness.resource.starts_with("arn:aws:s3:::lake/secret/"), "{}", witness.resource);
    assert_eq!(granted(&json!([allow("*", "*")]), "iam:PassRole", "*").0, Some(false));
}

fn public(statements: &Value) -> (Option<bool>, Option<Example>) {
    let mut room = Room::default();
    let policy = room.policy(statements, None);
    let check = diff::not_public(&[policy], &room.map);
    (check.holds.map(|holds| !holds), check.witness)
}

#[test]
fn public_and_not() {
    let open = json!({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": LAKE});
    let when = |condition: Value| json!([with(open.clone(), "Condition", condition)]);
    let (is_public, witness) = public(&json!([open]));
    assert_eq!((is_public, witness.unwrap().principal.as_deref()), (Some(true), Some("anonymous")));
    let closed = [
        json!({"StringEquals": {"aws:PrincipalOrgID": "o-example"}}),
        json!({"StringEquals": {"aws:PrincipalAccount": "111111111111"}}),
        json!({"StringEquals": {"aws:SourceVpce": ["vpce-1", "vpce-2"]}}),
        json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111111111111:role/*"}}),
        json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
    ];
    for condition in closed {
        assert_eq!(public(&when(condition.clone())).0, Some(false), "{condition}");
    }
    let still_open = [
        json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-example"}}),
        json!({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-example"}}),
        json!({"StringLike": {"aws:PrincipalArn": "*"}}),
        json!({"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}),
        json!({"Bool": {"aws:SecureTransport": "true"}}),
        json!({"StringEquals": {"aws:UserAgent": "spark"}}),
    ];
    for condition in still_open {
        assert_eq!(public(&when(condition.clone())).0, Some(true), "{condition}");
    }
    // A Deny that takes everything away from strangers counts.
    let fence = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-example"}}});
    assert_eq!(public(&json!([open, fence])).0, Some(false));
    let account = json!([{"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "s3:*", "Resource": LAKE}]);
    assert_eq!(public(&account).0, Some(false));
    // Nobody calls KMS without a name.
    let key = json!([{"Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"}]);
    assert!(public(&key).1.unwrap().principal.unwrap().starts_with("arn:aws:iam::"));
}

// Two estates, and the program.

#[cfg(feature = "cli")]
mod program {
    use std::process::{Command, Stdio};

    use super::*;

    pub(super) fn run(dir: &Path, arguments: &[&str]) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_decryptable"));
        command.args(arguments).current_dir(dir).env_clear().env("LC_ALL", "C.UTF-8").stdin(Stdio::null());
        let output = command.output().unwrap();
        let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        (output.status.code().unwrap(), stdout, stderr)
    }

    fn policies() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("policies")
    }

    fn with_files(files: &[(&str, &Value)], arguments: &[&str]) -> (i32, String, String) {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join(".git")).unwrap();
        for (name, statements) in files {
            let policy = json!({"Version": "2012-10-17", "Statement": statements});
            fs::write(dir.path().join(name), policy.to_string()).unwrap();
        }
        run(dir.path(), arguments)
    }

    #[test]
    fn both_legs_of_a_read_count() {
        let dir = policies();
        let (code, out, _) =
            run(&dir, &["diff", "cross-account", "cross-account-key-policy-missing", "--format", "json"]);
        let report: Value = serde_json::from_str(&out).unwrap();
        // The role's own policy allows a little more there, the key's nothing.
        assert_eq!((code, &report["verdict"]), (1, &json!("gained")));
        let lost = report["lost"].as_array().unwrap();
        let read = lost.iter().find(|l| l["subject"]["kind"] == "read").unwrap();
        assert_eq!(read["subject"]["bucket"], "lake");
        assert_eq!(read["certain"], true);
        assert!(read["reason"].as_str().unwrap().contains("key policy"));
        assert_eq!(read["evidence"][0]["document"], "cross-account/kms/lake.json");
        assert!(lost.iter().any(|l| l["subject"]["policies"] == "key policy"));
        let (code, out, _) = run(&dir, &["diff", "cross-account-key-policy-missing", "cross-account"]);
        assert_eq!(code, 1);
        assert!(out.contains("IAM_CLUSTER can now read s3://lake"), "{out}");
    }

    #[test]
    fn an_estate_is_itself() {
        for case in ["cross-account", "data-perimeter", "mixed-keys", "grant", "exact-perimeter"] {
            let (code, out, err) = run(&policies(), &["diff", case, case]);
            assert_eq!(code, 0, "{out}{err}");
            assert!(out.contains("grants nothing new and takes nothing away: proved"), "{out}");
        }
    }

    #[test]
    fn exit_codes() {
        let get = json!([allow("s3:GetObject", LAKE)]);
        let more = json!([allow("s3:Get*", LAKE)]);
        let odd = json!([allow("s*:GetObject", LAKE)]);
        let wrong = json!([{"Effect": "allow", "Action": "s3:GetObject", "Resource": LAKE}]);
        let files = [("get.json", &get), ("more.json", &more), ("odd.json", &odd), ("wrong.json", &wrong)];
        let code = |arguments: &[&str]| {
            let (code, out, err) = with_files(&files, arguments);
            (code, out + &err)
        };
        let is = |expected: i32, arguments: &[&str]| {
            let (code, text) = code(arguments);
            assert_eq!(code, expected, "{arguments:?}\n{text}");
            text
        };
        is(0, &["diff", "--policy", "get.json", "get.json"]);
        assert!(is(0, &["diff", "--policy", "more.json", "get.json"]).contains("LOST"));
        is(1, &["diff", "--policy", "get.json", "more.json"]);
        is(0, &["diff", "--policy", "get.json", "more.json", "--exit-zero"]);
        is(4, &["diff", "--policy", "get.json", "odd.json"]);
        is(0, &["diff", "--policy", "get.json", "odd.json", "--unknown", "warn"]);
        assert!(is(2, &["diff", "--policy", "get.json", "wrong.json"]).contains("invalid-effect"));
        is(2, &["diff", "--policy", "get.json"]);
        is(2, &["diff", "--policy", "get.json", "none.json"]);
        is(2, &["diff", "get.json"]);
        is(2, &["diff"]);
        is(2, &["diff", "get.json", "more.json", "--not-public"]);
        is(0, &["diff", "--policy", "get.json", "--not-granted", "s3:Put*", "*"]);
        is(
            1,
            &[
                "diff",
                "--policy",
                "get.json",
                "--not-granted",
                "s3:Put*",
                "*",
                "--not-granted",
                "s3:Get*",
                "*",
            ],
        );
        is(2, &["diff", "--policy", "get.json", "--not-public"]);
        is(0, &["diff", "--policy", "more.json", "get.json", "--not-granted", "s3:PutObject", "*"]);
    }

    #[test]
    fn machine_formats() {
        let get = json!([allow("s3:GetObject", LAKE)]);
        let more = json!([with(allow("s3:Get*", LAKE), "Sid", json!("More"))]);
        let files = [("get.json", &get), ("more.json", &more)];
        let (_, out, _) =
            with_files(&files, &["diff", "--policy", "get.json", "more.json", "--format", "json"]);
        let report: Value = serde_json::from_str(&out).unwrap();
        assert_eq!((&report["schema"], &report["kind"]), (&json!("decryptable/1"), &json!("diff")));
        let gained = &report["gained"][0];
        assert_eq!(gained["subject"], json!({"kind": "documents"}));
        assert_eq!(gained["witness"]["action"], "s3:GetObjectVersion");
        let evidence = &gained["evidence"][0];
        assert_eq!((&evidence["document"], &evidence["sid"]), (&json!("more.json"), &json!("More")));
        assert_eq!(evidence["start"]["line"], 1);
        let (_, out, _) =
            with_files(&files, &["diff", "--policy", "get.json", "more.json", "--format", "jsonl"]);
        let kinds: Vec<Value> =
            out.lines().map(|l| serde_json::from_str::<Value>(l).unwrap()["type"].clone()).collect();
        assert_eq!(kinds, ["gained", "summary"]);
    }

    #[test]
    fn roles_and_buckets_of_one_side() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        fs::create_dir(dir.path().join(".git")).unwrap();
        let policy = json!({"Version": "2012-10-17", "Statement": [allow("s3:GetObject", LAKE)]}).to_string();
        let bucket = "[[bucket]]\nname = \"lake\"\naccount = \"111111111111\"\npolicy = \"none\"\nencryption = { type = \"AES256\" }\n";
        let role = |name: &str| {
            format!("[[role]]\narn = \"arn:aws:iam::111111111111:role/{name}\"\npolicies = [\"read.json\"]\n")
        };
        for side in ["old", "new"] {
            write(&format!("{side}/read.json"), &policy);
        }
        write("old/decryptable.toml", &format!("version = 1\n{bucket}{}", role("a")));
        write(
            "new/decryptable.toml",
            &format!("version = 1\n{bucket}{}{}{}", role("a"), role("b"), role("c")),
        );
        let (code, out, err) = run(dir.path(), &["diff", "old", "new"]);
        assert_eq!(code, 1, "{out}{err}");
        assert!(out.contains("b, c can now read s3://lake"), "one finding for both: {out}");
        let (code, out, _) = run(dir.path(), &["diff", "new", "old"]);
        assert_eq!(code, 0, "{out}");
        assert!(out.contains("b, c can no longer read s3://lake"), "{out}");
    }
}

// Random policies.

fn condition() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => Just(json!({})),
        2 => (prop::sample::select(vec!["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIfExists"]),
            prop::sample::select(vec!["a", "b", "a*"]))
            .prop_map(|(o, v)| json!({o: {"aws:UserAgent": v}})),
        1 => (prop::sample::select(vec!["NumericLessThan", "NumericGreaterThanEquals"]), prop::sample::select(vec!["1", "5"]))
            .prop_map(|(o, v)| json!({o: {"s3:max-keys": v}})),
        1 => any::<bool>().prop_map(|v| json!({"Null": {"aws:UserAgent": v.to_string()}})),
    ]
}

const ACTIONS: &[&str] =
    &["s3:GetObject", "s3:Get*", "s3:*", "*", "s3:PutObject", "kms:Decrypt", "S3:?etObject", "s3:*Object"];
const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:s3:::lake/*",
    "arn:aws:s3:::lake/a",
    "arn:aws:s3:::*",
    "arn:aws:s3:::lake/*.parquet",
    "arn:aws:s3",
];

fn statement() -> impl Strategy<Value = Value> {
    let lists = |from: &'static [&'static str]| prop::sample::subsequence(from, 1..3);
    (
        prop::bool::weighted(0.7),
        lists(ACTIONS),
        lists(RESOURCES),
        prop::bool::weighted(0.1),
        prop::bool::weighted(0.1),
        condition(),
    )
        .prop_map(|(allow, actions, resources, not_action, not_resource, condition)| {
            json!({
                "Effect": if allow { "Allow" } else { "Deny" },
                if not_action { "NotAction" } else { "Action" }: actions,
                if not_resource { "NotResource" } else { "Resource" }: resources,
                "Condition": condition,
            })
        })
}

fn statements() -> impl Strategy<Value = Vec<Value>> {
    proptest::collection::vec(statement(), 0..4)
}

/// Whether a policy lets a request pass, by `simulate`.
fn allowed(
    statements: &[Value],
    action: &str,
    resource: &str,
    context: &[(String, Option<Vec<String>>)],
) -> bool {
    let entries: Vec<Value> = context
        .iter()
        .filter_map(|(key, values)| {
            Some(json!({"ContextKeyName": key, "ContextKeyValues": values.as_ref()?}))
        })
        .collect();
    let request = json!({
        "CallerArn": "arn:aws:iam::111111111111:role/reader",
        "PolicyInputList": [{"Version": "2012-10-17", "Statement": statements}],
        "ActionNames": [action],
        "ResourceArns": [resource],
        "ContextEntries": entries,
    });
    is_allowed(&request)
}

/// What `simulate` decides.
fn is_allowed(request: &Value) -> bool {
    let mut input = serde_json::to_vec(request).unwrap();
    input.push(b'\n');
    let mut output = Vec::new();
    simulate::run(&mut input.as_slice(), &mut output).unwrap();
    let answer: Value = serde_json::from_slice(&output).unwrap();
    match answer["EvaluationResults"][0]["EvalDecision"].as_str() {
        Some(decision) => decision == "allowed",
        None => panic!("{answer}"),
    }
}

proptest! {
    #![proptest_config(config(50))]

    #[test]
    fn a_witness_is_allowed_by_one_side_and_not_by_the_other(old in statements(), new in statements()) {
        // Documents of nothing but denials would be compared as limits.
        let [old, new] = [old, new].map(|s| [s, vec![allow("none:None", "arn:aws:none:::none")]].concat());
        let mut room = Room::default();
        let kind = Some(PolicyKind::Identity);
        let documents = [&old, &new].map(|s| room.policy(&json!(s), kind));
        let [a, b] = &documents;
        let found = diff::policies(std::slice::from_ref(a), std::slice::from_ref(b), &room.map);
        for (changes, yes, no) in [(&found.gained, &new, &old), (&found.lost, &old, &new)] {
            for change in changes {
                prop_assert!(change.certain, "{change:#?}\n{yes:?}\n{no:?}");
                let w = change.witness.as_ref().unwrap();
                prop_assert!(allowed(yes, &w.action, &w.resource, &w.context), "{w:?}\n{yes:?}");
                prop_assert!(!allowed(no, &w.action, &w.resource, &w.context), "{w:?}\n{no:?}");
            }
        }
        // What a request shows must have been found.
        for action in ["s3:GetObject", "s3:PutObject", "s3:GetObjectAcl", "kms:Decrypt", "ec2:RunInstances"] {
            for resource in ["arn:aws:s3:::lake/a", "arn:aws:s3:::lake/x.parquet", "arn:aws:s3:::pond/b", "arn:aws:kms:us-east-1:111111111111:key/k", "*"] {
                for (agent, keys) in [(None, None), (Some("a"), Some("0")), (Some("b"), None), (Some("ab"), Some("3")), (Some("z"), Some("9"))] {
                    let value = |v: Option<&str>| v.map(|v| vec![v.to_owned()]);
                    let context = [("aws:UserAgent".to_owned(), value(agent)), ("s3:max-keys".to_owned(), value(keys))];
                    let by = |s: &[Value]| allowed(s, action, resource, &context);
                    let (before, after) = (by(&old), by(&new));
                    prop_assert!(!after || before || !found.gained.is_empty(), "{action} {resource} {context:?}\n{old:?}\n{new:?}");
                    prop_assert!(!before || after || !found.lost.is_empty(), "{action} {resource} {context:?}\n{old:?}\n{new:?}");
                }
            }
        }
    }
}

const PRINCIPALS: &[&str] = &[
    "111111111111",
    "arn:aws:iam::111111111111:root",
    "arn:aws:iam::222222222222:root",
    "arn:aws:iam::111111111111:role/reader",
    "arn:aws:iam::111111111111:role/app/writer",
    "arn:aws:iam::222222222222:user/admin",
    "arn:aws:sts::111111111111:assumed-role/writer/monday",
];

fn by_principal() -> impl Strategy<Value = Value> {
    let principal = prop_oneof![
        1 => Just(json!("*")),
        4 => prop::sample::subsequence(PRINCIPALS, 1..3).prop_map(|p| json!({"AWS": p})),
        1 => Just(json!({"Service": "logs.amazonaws.com"})),
    ];
    let condition = prop_oneof![
        3 => Just(json!({})),
        1 => prop::sample::select(vec!["ArnLike", "ArnNotLike", "StringEqualsIfExists"]).prop_map(|o| {
            let value = if o.starts_with("Arn") { "arn:aws:iam::111111111111:role/*" } else { PRINCIPALS[3] };
            json!({o: {"aws:PrincipalArn": value}})
        }),
        1 => prop::sample::select(vec!["StringEquals", "StringNotEquals"])
            .prop_map(|o| json!({o: {"aws:PrincipalAccount": "222222222222"}})),
    ];
    let actions = prop::sample::select(vec!["s3:GetObject", "s3:Get*", "s3:PutObject"]);
    (prop::bool::weighted(0.7), principal, actions, condition).prop_map(
        |(allow, principal, action, condition)| {
            json!({
                "Effect": if allow { "Allow" } else { "Deny" },
                "Principal": principal,
                "Action": action,
                "Resource": LAKE,
                "Condition": condition,
            })
        },
    )
}

/// Whether a bucket policy of a third account lets somebody in who may do everything at home, by `simulate`.
fn lets_in(statements: &[Value], caller: &str, action: &str, role: Option<&str>) -> bool {
    let entries: Vec<Value> =
        role.iter().map(|r| json!({"ContextKeyName": "aws:PrincipalArn", "ContextKeyValues": [r]})).collect();
    let request = json!({
        "CallerArn": caller,
        "PolicyInputList": [{"Version": "2012-10-17", "Statement": [allow("*", "*")]}],
        "ResourcePolicy": {"Version": "2012-10-17", "Statement": statements},
        "ResourceOwner": "arn:aws:iam::555555555555:root",
        "ActionNames": [action],
        "ResourceArns": ["arn:aws:s3:::lake/example"],
        "ContextEntries": entries,
    });
    is_allowed(&request)
}

proptest! {
    #![proptest_config(config(20))]

    #[test]
    fn whoever_gains_is_let_in_by_one_side_and_not_by_the_other(
        old in proptest::collection::vec(by_principal(), 1..4),
        new in proptest::collection::vec(by_principal(), 1..4),
    ) {
        let filler = json!({"Effect": "Allow", "Principal": {"AWS": "121212121212"}, "Action": "s3:GetObject", "Resource": LAKE});
        let [old, new] = [old, new].map(|s| [s, vec![filler.clone()]].concat());
        let mut room = Room::default();
        let kind = Some(PolicyKind::Bucket);
        let [a, b] = [&old, &new].map(|s| room.policy(&json!(s), kind));
        let found = diff::policies(std::slice::from_ref(&a), std::slice::from_ref(&b), &room.map);
        for (changes, yes, no) in [(&found.gained, &new, &old), (&found.lost, &old, &new)] {
            for change in changes {
                prop_assert!(change.certain, "{change:#?}\n{yes:?}\n{no:?}");
                let w = change.witness.as_ref().unwrap();
                let caller = w.principal.as_ref().unwrap();
                // The ARN of a session lacks the path of its role.
                let role = w.context.iter().find(|(key, _)| key == "aws:PrincipalArn");
                let role = role.and_then(|(_, values)| values.as_ref()).map(|v| v[0].as_str());
                prop_assert!(lets_in(yes, caller, &w.action, role), "{w:?}\n{yes:?}");
                prop_assert!(!lets_in(no, caller, &w.action, role), "{w:?}\n{no:?}");
            }
        }
        for caller in [
            "anonymous",
            "logs.amazonaws.com",
            "arn:aws:iam::111111111111:root",
            "arn:aws:iam::111111111111:role/reader",
            "arn:aws:iam::222222222222:user/admin",
            "arn:aws:iam::222222222222:role/other",
            "arn:aws:iam::333333333333:role/stranger",
        ] {
            for action in ["s3:GetObject", "s3:GetObjectAcl", "s3:PutObject"] {
                let (before, after) = (lets_in(&old, caller, action, None), lets_in(&new, caller, action, None));
                prop_assert!(!after || before || !found.gained.is_empty(), "{caller} {action}\n{old:?}\n{new:?}");
                prop_assert!(!before || after || !found.lost.is_empty(), "{caller} {action}\n{old:?}\n{new:?}");
            }
        }
    }
}

// Real policies.

/// A policy of the corpus, in several forms.
struct Real {
    own: SharedPolicy,
    /// The same in other words: lists of actions in two halves, in capitals, the last statement first.
    reworded: SharedPolicy,
    /// With one statement more.
    more: SharedPolicy,
}

fn reworded(document: &Value) -> Value {
    let mut statements = Vec::new();
    for statement in document["Statement"].as_array().unwrap() {
        let actions = statement["Action"].as_array().filter(|a| a.len() > 1);
        let Some(actions) = actions else {
            statements.insert(0, statement.clone());
            continue;
        };
        for half in actions.chunks(actions.len().div_ceil(2)) {
            let half: Vec<String> = half.iter().map(|a| a.as_str().unwrap().to_uppercase()).collect();
            let mut statement = with(statement.clone(), "Action", json!(half));
            statement.as_object_mut().unwrap().remove("Sid");
            statements.insert(0, statement);
        }
    }
    with(document.clone(), "Statement", json!(statements))
}

fn with_more(document: &Value, kind: PolicyKind) -> Value {
    let mut more = allow("never:HeardOf", "arn:aws:never:::heard-of");
    if kind.has_principals() {
        more["Principal"] = json!({"AWS": "121212121212"});
    }
    if kind == PolicyKind::Trust {
        more.as_object_mut().unwrap().remove("Resource");
        more["Action"] = json!("sts:AssumeRole");
    }
    let mut document = document.clone();
    document["Statement"].as_array_mut().unwrap().insert(0, more);
    document
}

fn real(room: &mut Room, file: &Path) -> Option<Real> {
    let value: Value = serde_json::from_str(&fs::read_to_string(file).ok()?).ok()?;
    let documents = [&value["document"], &value["PolicyDocument"], &value];
    let document = documents.into_iter().find(|v| v["Statement"].is_array())?;
    let mut read = |document: &Value| {
        let text = document.to_string();
        let id =
            room.map.add("policy.json", text.as_str().into(), Origin::Stdin { bytes: Default::default() });
        let root = json::parse(id, &text).root?;
        let mut problems = Vec::new();
        let policy = lower(&root, guess_kind(&root), "", &mut problems);
        (!problems.iter().any(Diagnostic::is_error)).then(|| SharedPolicy::from(policy))
    };
    let own = read(document)?;
    let more = read(&with_more(document, own.kind))?;
    Some(Real { reworded: read(&reworded(document))?, own, more })
}

/// Tests about public files that are not part of the repository.
mod needs_shared {
    use super::*;

    fn corpus(folder: &str) -> Vec<PathBuf> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus").join(folder);
        let mut todo = vec![root];
        let mut files = Vec::new();
        while let Some(path) = todo.pop() {
            if path.is_dir() {
                todo.extend(fs::read_dir(path).unwrap().map(|e| e.unwrap().path()));
            } else if path.extension().is_some_and(|e| e == "json") {
                files.push(path);
            }
        }
        files.sort();
        files
    }

    #[test]
    #[ignore = "needs ../shared"]
    fn real_policies_grant_nothing_beyond_themselves() {
        let mut count = 0;
        let mut open: Vec<(&str, String)> = Vec::new();
        let mut before: Option<SharedPolicy> = None;
        for folder in ["A_managed_policies", "E_policies"] {
            for file in corpus(folder) {
                let mut room = Room::default();
                let Some(Real { own, reworded, more }) = real(&mut room, &file) else { continue };
                let name = file.file_name().unwrap().to_string_lossy().into_owned();
                count += 1;
                // Policies that have nothing in common take their time in a debug build.
                let wanted = !cfg!(debug_assertions) || count % 20 == 0;
                let neighbour = before.replace(own.clone()).filter(|b| wanted && b.kind == own.kind);
                let neighbour = neighbour.unwrap_or(own.clone());
                for (what, other) in
                    [("itself", &own), ("reworded", &reworded), ("more", &more), ("neighbour", &neighbour)]
                {
                    let found =
                        diff::policies(std::slice::from_ref(&own), std::slice::from_ref(other), &room.map);
                    match found.outcome() {
                        Outcome::Undecided => open.push((what, name.clone())),
                        Outcome::Gained => {
                            assert!(["more", "neighbour"].contains(&what), "{what} {name}: {found:#?}")
                        }
                        Outcome::NothingNew => {}
                    }
                    let may_lose = what == "neighbour" || what == "more" && own.kind == PolicyKind::Rcp;
                    assert!(may_lose || found.lost.iter().all(|l| !l.certain), "{what} {name}: {found:#?}");
                    assert!(
                        what != "itself" || found.outcome() == Outcome::NothingNew && found.lost.is_empty()
                    );
                }
            }
        }
        println!("{count} policies; {} comparisons undecided: {open:?}", open.len());
        assert!(count > 500);
    }
}
