//! Findings about roles that are expected to read: who can become them, or could, and should not. Through the binary,
//! as CI would.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails loudly")]

use std::fmt::Write as _;
use std::process::Command;

use serde_json::Value;

const READER: &str = "arn:aws:iam::111111111111:role/reader";
const EC2: &str = r#"{"Service": "ec2.amazonaws.com"}"#;

/// Account 1 is in an organization, 2 too, 3 in none, and of 4 nothing was told.
const ACCOUNTS: &str = r#"version = 1
[[organization]]
id = "o-exampleorg"
management_account = "999999999999"
[[organization.target]]
id = "r-ab12"
scps = "none"
rcps = "none"
[[organization.target]]
id = "111111111111"
parent = "r-ab12"
[[organization.target]]
id = "222222222222"
parent = "r-ab12"
[[account]]
id = "333333333333"
organization = "none"
[[bucket]]
name = "lake"
account = "111111111111"
region = "us-east-1"
policy = "none"
encryption = { type = "AES256" }
ownership = "BucketOwnerEnforced"
"#;

struct Case {
    folder: tempfile::TempDir,
    manifest: String,
    files: usize,
}

impl Case {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), manifest: ACCOUNTS.to_owned(), files: 0 }
    }

    fn file(&mut self, statements: &str) -> String {
        self.files += 1;
        let name = format!("p{}.json", self.files);
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
        std::fs::write(self.folder.path().join(&name), text).unwrap();
        name
    }

    fn role(mut self, arn: &str, trust: &str, own: &str) -> Self {
        let (trust, own) = (self.file(trust), self.file(own));
        writeln!(
            self.manifest,
            "[[role]]\narn = \"{arn}\"\ntrust = \"{trust}\"\npolicies = [\"{own}\"]\nboundary = \"none\""
        )
        .unwrap();
        self
    }

    fn expect(mut self, role: &str, verdict: &str) -> Self {
        writeln!(
            self.manifest,
            "[[expect]]\nrole = \"{role}\"\nread = \"s3://lake/a\"\nverdict = \"{verdict}\""
        )
        .unwrap();
        self
    }

    fn with(mut self, table: &str) -> Self {
        writeln!(self.manifest, "{table}").unwrap();
        self
    }

    fn run(&self, args: &[&str]) -> Value {
        std::fs::write(self.folder.path().join("decryptable.toml"), &self.manifest).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_decryptable"))
            .arg("-C")
            .arg(self.folder.path())
            .args(args)
            .args(["--format", "json"])
            .output()
            .unwrap();
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
    }

    /// Codes of the findings about roles, each with its severity and whether it has a place.
    fn findings(&self, args: &[&str]) -> Vec<String> {
        const ABOUT_ROLES: [&str; 4] = [
            "role-reachable-from-outside",
            "unconditional-outside-trust",
            "unused-trusted-service",
            "reader-can-be-taken-over",
        ];
        let report = self.run(args);
        let all = report["findings"].as_array().unwrap_or_else(|| panic!("{report}"));
        let about = all.iter().filter(|finding| ABOUT_ROLES.contains(&finding["rule"].as_str().unwrap()));
        about
            .map(|finding| {
                assert!(finding["start"]["line"].as_u64().unwrap() > 0, "{finding}");
                format!("{} {}", finding["severity"].as_str().unwrap(), finding["rule"].as_str().unwrap())
            })
            .collect()
    }
}

fn trusts(principal: &str, condition: &str) -> String {
    let condition =
        if condition.is_empty() { String::new() } else { format!(r#", "Condition": {condition}"#) };
    format!(r#"{{"Effect": "Allow", "Principal": {principal}, "Action": "sts:AssumeRole"{condition}}}"#)
}

fn may(action: &str, resource: &str) -> String {
    format!(r#"{{"Effect": "Allow", "Action": "{action}", "Resource": "{resource}"}}"#)
}

fn reads() -> String {
    may("s3:GetObject", "arn:aws:s3:::lake/*")
}

fn account(digit: &str) -> String {
    format!(r#"{{"AWS": "{}"}}"#, digit.repeat(12))
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html>
#[test]
fn accounts_outside_the_organization_need_a_condition() {
    let found = |principal: &str, condition: &str| {
        Case::new()
            .role(READER, &trusts(principal, condition), &reads())
            .expect(READER, "allowed")
            .findings(&["check"])
    };
    assert_eq!(found(&account("3"), ""), ["warning unconditional-outside-trust"]);
    assert_eq!(found(r#""*""#, ""), ["error unconditional-outside-trust"]);
    // The external id is a condition that its caller meets.
    let vendor = r#"{"StringEquals": {"sts:ExternalId": "cust-7"}}"#;
    assert_eq!(found(&account("3"), vendor), ["note role-reachable-from-outside"]);
    // The own organization, by the account or by its id, is inside; and of account 4 nothing was told.
    assert!(found(&account("2"), "").is_empty());
    assert!(found(&account("4"), "").is_empty());
    let own = r#"{"StringEquals": {"aws:PrincipalOrgID": "o-exampleorg"}}"#;
    assert!(found(&account("3"), own).is_empty());
}

#[test]
fn ways_from_outside_are_found_over_other_roles() {
    const BROKER: &str = "arn:aws:iam::222222222222:role/broker";
    let broker = format!(r#"{{"AWS": "{BROKER}"}}"#);
    let found = |own: &str| {
        Case::new()
            .role(READER, &trusts(&broker, ""), &reads())
            .role(BROKER, &trusts(&account("3"), ""), own)
            .expect(READER, "allowed")
            .findings(&["check"])
    };
    // Whoever is in account 3 may: only its own policies, which were not told, stand in between.
    assert_eq!(found(&may("sts:AssumeRole", READER)), ["note role-reachable-from-outside"]);
    assert!(found(&reads()).is_empty(), "the broker may not assume the reader");
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html>
#[test]
fn services_that_run_nothing_are_told_where_workloads_are() {
    let function = |role: &str| {
        format!("[[workload]]\nservice = \"lambda.amazonaws.com\"\nname = \"etl\"\nrole = \"{role}\"")
    };
    let lambda = r#"{"Service": "lambda.amazonaws.com"}"#;
    let case = |trust: &str| Case::new().role(READER, &trusts(trust, ""), &reads()).expect(READER, "allowed");
    let other = "arn:aws:iam::111111111111:role/other";
    assert_eq!(case(lambda).with(&function(other)).findings(&["check"]), ["note unused-trusted-service"],);
    assert!(case(lambda).with(&function(READER)).findings(&["check"]).is_empty());
    assert!(case(lambda).findings(&["check"]).is_empty(), "no workloads were told");
    assert!(case(EC2).with(&function(other)).findings(&["check"]).is_empty(), "no instances were told");
    // `trust` tells of it, too.
    assert_eq!(
        case(lambda).with(&function(other)).findings(&["trust", "reader"]),
        ["note unused-trusted-service"],
    );
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html>
#[test]
fn a_role_that_must_not_read_must_not_become_one_that_does() {
    const DEV: &str = "arn:aws:iam::111111111111:role/dev";
    let case = |trust: &str, own: &str| {
        Case::new()
            .role(READER, trust, &reads())
            .role(DEV, &trusts(EC2, ""), own)
            .expect(READER, "allowed")
            .expect(DEV, "denied")
    };
    let lets_dev = trusts(&format!(r#"{{"AWS": "{DEV}"}}"#), "");
    assert_eq!(
        case(&lets_dev, &may("s3:PutObject", "*")).findings(&["check"]),
        ["warning reader-can-be-taken-over"]
    );
    let pass = format!("{}, {}", may("iam:PassRole", READER), may("ec2:RunInstances", "*"));
    let passed = case(&trusts(EC2, ""), &pass);
    assert_eq!(passed.findings(&["check"]), ["warning reader-can-be-taken-over"]);
    let report = passed.run(&["check"]);
    let finding = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["rule"] == "reader-can-be-taken-over")
        .unwrap();
    assert!(finding["message"].as_str().unwrap().contains("pass-role-ec2"), "{finding}");
    assert!(case(&trusts(EC2, ""), &may("iam:PassRole", READER)).findings(&["check"]).is_empty());
    // Nothing is expected of dev: it may become whom it likes.
    let free = Case::new()
        .role(READER, &lets_dev, &reads())
        .role(DEV, &trusts(EC2, ""), &may("s3:PutObject", "*"))
        .expect(READER, "allowed");
    assert!(free.findings(&["check"]).is_empty());
}
