//! `only_when` and `never_when`: rows whose condition is met, too wide, too narrow, or not to be compared.
//!
//! Each case is a small estate, asked through the binary as CI would.
#![cfg(feature = "cli")]
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "tests may fail loudly"
)]

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

/// A role of the account that owns the bucket; its one policy decides.
const ESTATE: &str = r#"version = 1

[[account]]
id = "111111111111"
organization = "none"
public_access_block = "none"

[[role]]
arn = "arn:aws:iam::111111111111:role/reader"
id = "AROAEXAMPLEID"
policies = ["iam/reader.json"]
boundary = "none"
TAGS

[[bucket]]
name = "lake"
account = "111111111111"
region = "us-east-1"
policy = "none"
encryption = { type = "AES256" }
ownership = "BucketOwnerEnforced"
public_access_block = "none"
requester_pays = false
abac = false

[[object]]
uri = "s3://lake/*"
encryption = { type = "AES256" }
"#;

const READ: &str = "[[expect]]\nrole = \"reader\"\nread = \"s3://lake/x\"\nverdict = \"conditional\"\n";
const TAGS: &str = "tags = \"none\"";

struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Run {
    /// The one answer of a check.
    fn answer(&self) -> Value {
        let report: Value = serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.stdout, self.stderr));
        report["answers"][0].clone()
    }

    /// On both streams.
    fn said(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    #[track_caller]
    fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    fn is(&self, code: i32, fit: &str, wider: &Value, narrower: &Value) -> &Self {
        self.exits(code);
        let answer = self.answer();
        let exactness = &answer["exactness"];
        assert_eq!(exactness["fit"], fit, "{answer:#}");
        assert_eq!((&exactness["wider"], &exactness["narrower"]), (wider, narrower), "{answer:#}");
        self
    }

    #[track_caller]
    fn is_exact(&self) -> &Self {
        self.is(0, "exact", &Value::Null, &Value::Null);
        let answer = self.answer();
        assert_eq!((&answer["holds"], &answer["verdict"]), (&json!(true), &json!("conditional")));
        self
    }
}

fn run(manifest: &str, policies: &[(&str, &str)], arguments: &[&str]) -> Run {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join(".git")).unwrap();
    fs::write(dir.path().join("decryptable.toml"), manifest).unwrap();
    fs::create_dir(dir.path().join("iam")).unwrap();
    for (name, text) in policies {
        fs::write(dir.path().join("iam").join(name), text).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_decryptable"));
    command.arg("check").args(arguments).current_dir(dir.path()).env_clear().env("LC_ALL", "C.UTF-8");
    let output = command.output().unwrap();
    Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn policy(statements: &str) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#)
}

/// An Allow of the read under a condition block.
fn allow(condition: &str) -> String {
    format!(
        r#"{{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*", "Condition": {condition}}}"#
    )
}

fn deny(condition: &str) -> String {
    allow(condition).replace("Allow", "Deny")
}

fn check(statements: &str, row: &str) -> Run {
    let manifest = format!("{}\n{READ}{row}\n", ESTATE.replace("TAGS", TAGS));
    run(&manifest, &[("reader.json", &policy(statements))], &["--format", "json"])
}

/// A write is compared by the request that uploads.
#[test]
fn of_another_operation() {
    let statement = r#"{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::lake/*", "Condition": {"StringEquals": {"s3:x-amz-storage-class": "GLACIER"}}}"#;
    let row = |condition: &str| {
        let row = READ.replace("read =", "write =");
        let manifest = format!("{}\n{row}{condition}\n", ESTATE.replace("TAGS", TAGS));
        run(&manifest, &[("reader.json", &policy(statement))], &["--format", "json"])
    };
    row(r#"only_when = { "s3:x-amz-storage-class" = "GLACIER" }"#).is_exact();
    let wider = row(r#"only_when = { "s3:x-amz-storage-class" = "STANDARD" }"#);
    assert_eq!(wider.exits(1).answer()["exactness"]["fit"], "differs");
}

const ENDPOINTS: &str = r#"{"StringEquals": {"aws:SourceVpce": ["vpce-1", "vpce-2"]}}"#;
const NULL: Value = Value::Null;

#[test]
fn as_expected() {
    let cases = [
        // Values alone are compared as their key's type asks for.
        (allow(ENDPOINTS), r#"only_when = { "aws:SourceVpce" = ["vpce-2", "vpce-1"] }"#),
        (
            allow(r#"{"StringLike": {"aws:SourceVpce": "vpce-*"}}"#),
            r#"only_when = { "AWS:SourceVPCE" = "vpce-*" }"#,
        ),
        (
            allow(r#"{"IpAddress": {"aws:SourceIp": ["203.0.113.0/25", "203.0.113.128/25"]}}"#),
            r#"only_when = { "aws:SourceIp" = "203.0.113.0/24" }"#,
        ),
        (
            allow(r#"{"DateEquals": {"aws:CurrentTime": "2027-01-01"}}"#),
            r#"only_when = { "aws:CurrentTime" = "2027-01-01T00:00:00Z" }"#,
        ),
        (
            allow(r#"{"ArnEquals": {"aws:SourceVpcArn": "arn:aws:ec2:*:111111111111:vpc/vpc-1"}}"#),
            r#"only_when = { "aws:SourceVpcArn" = "arn:aws:ec2:*:111111111111:vpc/vpc-1" }"#,
        ),
        (
            allow(r#"{"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#),
            r#"only_when = { "aws:MultiFactorAuthPresent" = true }"#,
        ),
        (
            allow(r#"{"NumericEquals": {"s3:signatureAge": ["1000", "2000.0"]}}"#),
            r#"only_when = { "s3:signatureAge" = [1000, 2000] }"#,
        ),
        // A key that is always so adds nothing.
        (
            allow(ENDPOINTS),
            r#"only_when = { "aws:SourceVpce" = ["vpce-1", "vpce-2"], "aws:ViaAWSService" = "false" }"#,
        ),
        // Missing keys.
        (
            allow(r#"{"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}"#),
            r#"only_when = { "aws:SourceVpce" = ["<absent>", "vpce-1"] }"#,
        ),
        (
            allow(r#"{"Null": {"aws:SourceVpce": "true"}}"#),
            r#"only_when = { "aws:SourceVpce" = "<absent>" }"#,
        ),
        (
            allow(r#"{"StringLikeIfExists": {"aws:UserAgent": "?*"}}"#),
            r#"only_when = { "aws:UserAgent" = ["<absent>", "?*"] }"#,
        ),
        (
            allow(r#"{"Null": {"aws:SourceVpce": "false"}}"#),
            r#"never_when = { "aws:SourceVpce" = "<absent>" }"#,
        ),
        // Operators by name.
        (
            allow(r#"{"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}"#),
            r#"only_when = { "aws:MultiFactorAuthAge" = { NumericLessThan = 3600 } }"#,
        ),
        (
            allow(r#"{"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}"#),
            r#"never_when = { "aws:MultiFactorAuthAge" = { NumericGreaterThanEqualsIfExists = "3600" } }"#,
        ),
        (
            allow(
                r#"{"DateGreaterThan": {"aws:CurrentTime": "2027-01-01"}, "DateLessThan": {"aws:CurrentTime": "2028-01-01"}}"#,
            ),
            r#"only_when = { "aws:CurrentTime" = { DateGreaterThan = "2027-01-01", DateLessThan = "2028-01-01" } }"#,
        ),
        (
            allow(r#"{"StringEqualsIgnoreCase": {"aws:UserAgent": "spark"}}"#),
            r#"only_when = { "aws:UserAgent" = { StringEqualsIgnoreCase = "SPARK" } }"#,
        ),
        // What must not be.
        (
            format!("{}, {}", allow("{}"), deny(r#"{"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}"#)),
            r#"never_when = { "aws:SourceIp" = "203.0.113.0/24" }"#,
        ),
        (
            format!("{}, {}", allow(ENDPOINTS), deny(r#"{"StringLike": {"aws:UserAgent": "curl*"}}"#)),
            "only_when = { \"aws:SourceVpce\" = [\"vpce-1\", \"vpce-2\"] }\nnever_when = { \"aws:UserAgent\" = \"curl*\" }",
        ),
        // Several keys of never_when have to hold together.
        (
            format!(
                "{}, {}",
                allow("{}"),
                deny(
                    r#"{"StringEquals": {"aws:SourceVpc": "vpc-1"}, "StringLike": {"aws:UserAgent": "curl*"}}"#
                )
            ),
            r#"never_when = { "aws:SourceVpc" = "vpc-1", "aws:UserAgent" = "curl*" }"#,
        ),
        // Two statements, one condition.
        (
            format!(
                "{}, {}",
                allow(r#"{"StringEquals": {"aws:SourceVpce": "vpce-1"}}"#),
                allow(r#"{"StringEquals": {"aws:SourceVpce": "vpce-2"}}"#)
            ),
            r#"only_when = { "aws:SourceVpce" = ["vpce-1", "vpce-2"] }"#,
        ),
    ];
    for (statements, row) in cases {
        let run = check(&statements, row);
        assert_eq!(run.code, Some(0), "{row}\n{statements}\n{}\n{}", run.stdout, run.stderr);
        run.is_exact();
    }
}

#[test]
fn wider_and_narrower() {
    let endpoints = allow(ENDPOINTS);
    check(&endpoints, r#"only_when = { "aws:SourceVpce" = "vpce-1" }"#).is(
        1,
        "differs",
        &json!({"aws:SourceVpce": ["vpce-2"]}),
        &NULL,
    );
    check(&endpoints, r#"only_when = { "aws:SourceVpce" = ["vpce-1", "vpce-2", "vpce-3"] }"#).is(
        1,
        "differs",
        &NULL,
        &json!({"aws:SourceVpce": ["vpce-3"]}),
    );
    let both = check(&endpoints, r#"only_when = { "aws:SourceVpce" = ["vpce-1", "<absent>"] }"#);
    both.is(1, "differs", &json!({"aws:SourceVpce": ["vpce-2"]}), &json!({"aws:SourceVpce": null}));
    assert_eq!(both.answer()["holds"], false);
    assert_eq!(both.answer()["conditions"][0][0]["values"], json!(["vpce-1", "vpce-2"]));

    // Half of a network is let in that should be kept out.
    let half = deny(r#"{"IpAddress": {"aws:SourceIp": "203.0.113.0/25"}}"#);
    let run =
        check(&format!("{}, {half}", allow("{}")), r#"never_when = { "aws:SourceIp" = "203.0.113.0/24" }"#);
    run.exits(1);
    let answer = run.answer();
    let address = answer["exactness"]["wider"]["aws:SourceIp"][0].as_str().unwrap();
    let last: u8 = address.strip_prefix("203.0.113.").unwrap().parse().unwrap();
    assert!(last >= 128, "{address}");
    assert_eq!(answer["exactness"]["narrower"], NULL);

    // A number on the wrong side of the limit.
    let hour = allow(r#"{"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}"#);
    let run = check(&hour, r#"only_when = { "aws:MultiFactorAuthAge" = { NumericLessThan = 1800 } }"#);
    run.exits(1);
    let answer = run.answer();
    let age: f64 =
        answer["exactness"]["wider"]["aws:MultiFactorAuthAge"][0].as_str().unwrap().parse().unwrap();
    assert!((1800.0..3600.0).contains(&age), "{age}");
}

#[test]
fn a_key_that_the_other_side_ignores() {
    // Nobody looks at the agent, so any other one is let in.
    let row = r#"only_when = { "aws:SourceVpce" = ["vpce-1", "vpce-2"], "aws:UserAgent" = "spark" }"#;
    let run = check(&allow(ENDPOINTS), row);
    run.exits(1);
    let wider = &run.answer()["exactness"]["wider"];
    assert_ne!(wider["aws:UserAgent"], json!(["spark"]));
    assert!(wider.as_object().unwrap().contains_key("aws:UserAgent"), "{wider}");
    // Nobody expects the agent to matter.
    let two = allow(r#"{"StringEquals": {"aws:SourceVpce": "vpce-1", "aws:UserAgent": "spark"}}"#);
    let run = check(&two, r#"only_when = { "aws:SourceVpce" = "vpce-1" }"#);
    run.exits(1);
    let narrower = &run.answer()["exactness"]["narrower"];
    assert_eq!(narrower["aws:SourceVpce"], json!(["vpce-1"]));
    assert_ne!(narrower["aws:UserAgent"], json!(["spark"]));
}

#[test]
fn an_answer_that_is_firm_shows_the_difference_too() {
    let row = r#"only_when = { "aws:SourceVpce" = "vpce-1" }"#;
    let run = check(&allow("{}"), row);
    run.exits(1);
    let answer = run.answer();
    assert_eq!((&answer["verdict"], &answer["holds"]), (&json!("allowed"), &json!(false)));
    assert_eq!(answer["exactness"]["fit"], "differs");
    assert_ne!(answer["exactness"]["wider"]["aws:SourceVpce"], json!(["vpce-1"]));
    let run = check(&deny("{}"), row);
    assert_eq!(run.answer()["exactness"]["narrower"], json!({"aws:SourceVpce": ["vpce-1"]}));
    // Of a read that is blocked policies do not decide.
    let manifest = format!("{}storage_class = \"GLACIER\"\n\n{READ}{row}\n", ESTATE.replace("TAGS", TAGS));
    let run = run_json(&manifest, &allow("{}"));
    run.exits(1);
    assert_eq!((&run.answer()["verdict"], &run.answer()["exactness"]), (&json!("blocked"), &NULL));
}

fn run_json(manifest: &str, statements: &str) -> Run {
    run(manifest, &[("reader.json", &policy(statements))], &["--format", "json"])
}

#[test]
fn people_read_which_request_it_is() {
    let manifest = format!(
        "{}\n{READ}only_when = {{ \"aws:SourceVpce\" = [\"vpce-1\", \"vpce-3\"] }}\n",
        ESTATE.replace("TAGS", TAGS)
    );
    let run = run(&manifest, &[("reader.json", &policy(&allow(ENDPOINTS)))], &[]);
    run.exits(1);
    let mut rest = run.stdout.as_str();
    for part in [
        "FAILS  expected conditional",
        "decryptable.toml:",
        "wider than expected  allowed, and should not be: aws:SourceVpce = \"vpce-2\"",
        "narrower than expected  denied, and should be allowed: aws:SourceVpce = \"vpce-3\"",
        "CONDITIONAL",
        "when aws:SourceVpce StringEquals [\"vpce-1\", \"vpce-2\"]",
        "0 of 1 expectation holds; 1 fails",
    ] {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => panic!("no `{part}` (or not in this order) in\n{}", run.stdout),
        }
    }
}

#[test]
fn keys_of_objects() {
    let statements =
        r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/curated/a*"}"#;
    let of = |row: &str| {
        let row = format!("{}{row}\n", READ.replace("lake/x", "lake/curated/*"));
        run_json(&format!("{}\n{row}", ESTATE.replace("TAGS", TAGS)), statements)
    };
    of(r#"only_when = { "object key" = "curated/a*" }"#).is_exact();
    let run = of(r#"only_when = { "object key" = "curated/ab*" }"#);
    run.exits(1);
    let key = run.answer()["exactness"]["wider"]["object key"][0].as_str().unwrap().to_owned();
    assert!(key.starts_with("curated/a") && !key.starts_with("curated/ab"), "{key}");
    // A key outside of the question is none of it.
    let run = of(r#"only_when = { "object key" = "raw/*" }"#);
    assert!(run.exits(2).said().contains("always fits `curated/*`"), "{}", run.said());
    let run = check(statements, r#"only_when = { "object key" = "x" }"#);
    assert!(run.exits(2).said().contains("asks about one object"), "{}", run.said());
}

#[test]
fn keys_that_hold_a_set() {
    let manifest = |row: &str| {
        let estate = ESTATE.replace("organization = \"none\"\n", "").replace("TAGS", TAGS);
        format!("{estate}\n{READ}{row}\n")
    };
    let any = allow(r#"{"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a/r-b/*"}}"#);
    let all = allow(r#"{"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "o-a/r-b/*"}}"#);
    let plain = r#"only_when = { "aws:PrincipalOrgPaths" = "o-a/r-b/*" }"#;
    run_json(&manifest(plain), &any).is_exact();
    let named = r#"only_when = { "aws:PrincipalOrgPaths" = { "ForAllValues:StringLike" = "o-a/r-b/*" } }"#;
    run_json(&manifest(named), &all).is_exact();
    // A missing key is no value outside of the list.
    let run = run_json(&manifest(plain), &all);
    run.is(1, "differs", &json!({"aws:PrincipalOrgPaths": null}), &run.answer()["exactness"]["narrower"]);
    assert_eq!(run.answer()["exactness"]["narrower"]["aws:PrincipalOrgPaths"].as_array().unwrap().len(), 2);
}

#[test]
fn a_policy_variable_means_what_it_means_in_a_policy() {
    let statements = allow(r#"{"StringEquals": {"aws:SourceIdentity": "${aws:UserAgent}"}}"#);
    check(&statements, r#"only_when = { "aws:SourceIdentity" = { StringEquals = "${aws:UserAgent}" } }"#)
        .is_exact();
    // A value that is known is put in.
    let statements = allow(r#"{"StringEquals": {"aws:SourceIdentity": "${aws:PrincipalAccount}"}}"#);
    check(&statements, r#"only_when = { "aws:SourceIdentity" = "111111111111" }"#).is_exact();
}

#[test]
fn what_is_no_key_of_the_request_leaves_it_open() {
    let tagged = allow(ENDPOINTS).replace("lake/*", "lake/${aws:PrincipalTag/team}");
    let untold = |statements: &str, row: &str, arguments: &[&str]| {
        let manifest = format!("{}\n{READ}{row}\n", ESTATE.replace("TAGS", ""));
        run(&manifest, &[("reader.json", &policy(statements))], arguments)
    };
    let json = ["--format", "json"];
    let exact = r#"only_when = { "aws:SourceVpce" = ["vpce-1", "vpce-2"] }"#;
    let run = untold(&tagged, exact, &json);
    run.is(4, "open", &NULL, &NULL);
    let answer = run.answer();
    assert_eq!(answer["holds"], false);
    assert_eq!(answer["exactness"]["depends_on"][0]["name"], "aws:PrincipalTag/team", "{answer:#}");
    untold(&tagged, exact, &["--unknown", "warn"]).exits(0);
    untold(&tagged, exact, &["--unknown", "allow"]).exits(0);
    let run = untold(&tagged, exact, &[]);
    assert!(run.stdout.contains("OPEN  expected conditional"), "{}", run.stdout);
    assert!(run.stdout.contains("not known  whether less is allowed than expected"), "{}", run.stdout);

    // Whatever the tag is, the third endpoint is shut.
    let row = r#"only_when = { "aws:SourceVpce" = ["vpce-1", "vpce-2", "vpce-3"] }"#;
    untold(&tagged, row, &json).is(1, "differs", &NULL, &json!({"aws:SourceVpce": ["vpce-3"]}));

    // The same where the tag is tested by a condition, unless the row speaks of it.
    let tested = allow(r#"{"StringEquals": {"aws:SourceVpce": "vpce-1", "aws:PrincipalTag/team": "lake"}}"#);
    let run = untold(&tested, r#"only_when = { "aws:SourceVpce" = "vpce-1" }"#, &json);
    run.is(4, "open", &NULL, &NULL);
    assert_eq!(run.answer()["exactness"]["depends_on"][0]["kind"], "not_supplied");
    let row = r#"only_when = { "aws:SourceVpce" = "vpce-1", "aws:PrincipalTag/team" = "lake" }"#;
    untold(&tested, row, &json).is_exact();
}

#[test]
fn what_aws_contradicts_itself_on_leaves_it_open() {
    // Whether KMS sees the client's address is documented both ways.
    let key = "arn:aws:kms:us-east-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let estate = ESTATE.replace("TAGS", TAGS).replace(
        "{ type = \"AES256\" }",
        &format!("{{ type = \"aws:kms\", key = \"{key}\", bucket_key = true }}"),
    );
    let estate = format!(
        "{estate}\n[[key]]\narn = \"{key}\"\nmanager = \"customer\"\nstate = \"Enabled\"\npolicy = \"default\"\ngrants = \"none\"\n"
    );
    let decrypt = r#"{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", "Condition": CONDITION}"#;
    let of = |s3: &str, kms: &str, row: &str| {
        let statements = format!("{}, {}", allow(s3), decrypt.replace("CONDITION", kms));
        run_json(&format!("{estate}\n{READ}{row}\n"), &statements)
    };
    let spark = r#"{"StringEquals": {"aws:UserAgent": "spark"}}"#;
    let row = r#"only_when = { "aws:UserAgent" = "spark" }"#;
    of(spark, "{}", row).is_exact();
    let by_address = r#"{"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}"#;
    for row in [row, r#"only_when = { "aws:UserAgent" = "spark", "aws:SourceIp" = "203.0.113.0/24" }"#] {
        let run = of(spark, by_address, row);
        run.is(4, "open", &NULL, &NULL);
        assert_eq!(run.answer()["exactness"]["depends_on"][0]["kind"], "undocumented", "{}", run.said());
    }
    // Behind an endpoint there is no address, whoever looks for it.
    let row = r#"only_when = { "aws:SourceVpce" = ["vpce-1", "vpce-2"] }"#;
    of(ENDPOINTS, r#"{"Null": {"aws:SourceIp": "true"}}"#, row).is_exact();
    // Keys of the request to KMS are those of that request.
    let pair = r#"{"StringEquals": {"kms:EncryptionContext:team": "lake"}}"#;
    let row = format!("{}, \"kms:EncryptionContext:team\" = \"lake\" }}", row.trim_end_matches(" }"));
    of(ENDPOINTS, pair, &row).is_exact();
}

#[test]
fn what_the_row_settles_is_no_condition() {
    let statements = allow(r#"{"StringEquals": {"aws:UserAgent": "spark"}}"#);
    for (row, what) in [
        (
            "context = { \"aws:UserAgent\" = \"spark\" }\nonly_when = { \"aws:UserAgent\" = \"spark\" }",
            "`context`",
        ),
        (
            "context = { \"aws:UserAgent\" = \"<absent>\" }\nnever_when = { \"aws:useragent\" = \"curl\" }",
            "`context`",
        ),
        (
            "from = { source_ip = \"203.0.113.9\" }\nonly_when = { \"aws:SourceIp\" = \"203.0.113.0/24\" }",
            "where the request comes from was given",
        ),
        (
            "from = { source_ip = \"203.0.113.9\" }\nnever_when = { \"aws:SourceVpce\" = \"vpce-1\" }",
            "where the request comes from was given",
        ),
    ] {
        let run = check(&statements, row);
        run.exits(2);
        assert!(run.said().contains("the row settles") && run.said().contains(what), "{}", run.said());
    }
    // An endpoint leaves the address behind it open.
    let inside = allow(r#"{"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}}"#);
    check(&inside, "from = { vpc = \"vpc-1\" }\nonly_when = { \"aws:VpcSourceIp\" = \"10.0.0.0/8\" }")
        .is_exact();
}

#[test]
fn what_makes_no_condition() {
    for (row, what) in [
        (r#"only_when = { "aws:ViaAWSService" = true }"#, "is always `false` in this request"),
        (r#"never_when = { "aws:ViaAWSService" = true }"#, "so this keeps nothing out"),
        (r#"only_when = { "s3:prefix" = "a" }"#, "is never in this request"),
        (r#"only_when = { "s3:TlsVersion" = 1.1 }"#, "is one of `1.2`, `1.3` in this request"),
        (r#"only_when = { "aws:ViaAWSService" = false }"#, "expects every request to be allowed"),
        (r#"never_when = { "aws:ViaAWSService" = false }"#, "expects no request to be allowed"),
        (r#"only_when = { "aws:SourceVpce" = ["*", "<absent>"] }"#, "expects every request to be allowed"),
    ] {
        let run = check(&allow(ENDPOINTS), row);
        run.exits(2);
        assert!(run.said().contains(what), "{row}\n{}", run.said());
    }
}

#[test]
fn mistakes_have_a_place_and_a_way_out() {
    for (row, code, at, help) in [
        ("only_when = {}", "invalid-value", "{}", "name a key"),
        ("only_when = \"vpce-1\"", "data-type-mismatch", "\"vpce-1\"", ""),
        ("only_when = { UserAgent = \"x\" }", "invalid-value", "UserAgent", "a key has a prefix"),
        ("only_when = { \"aws:UserAgent\" = [] }", "invalid-value", "[]", "<absent>"),
        ("only_when = { \"aws:UserAgent\" = {} }", "invalid-value", "{}", "StringEquals"),
        ("only_when = { \"aws:UserAgent\" = [[1]] }", "data-type-mismatch", "[1]", ""),
        (
            "only_when = { \"aws:UserAgent\" = \"x\", \"aws:useragent\" = \"y\" }",
            "invalid-value",
            "\"aws:useragent\"",
            "as a list",
        ),
        (
            "only_when = { \"aws:UserAgent\" = { StringEqual = \"x\" } }",
            "invalid-condition-operator",
            "StringEqual",
            "did you mean `StringEquals`?",
        ),
        (
            "only_when = { \"aws:SourceIp\" = { NumericLessThan = 1 } }",
            "invalid-value",
            "NumericLessThan",
            "IpAddress, NotIpAddress",
        ),
        (
            "only_when = { \"aws:SourceIp\" = \"203.0.113.0/33\" }",
            "type-mismatch-ip-range",
            "\"203.0.113.0/33\"",
            "IpAddress",
        ),
        (
            "only_when = { \"aws:MultiFactorAuthAge\" = { NumericLessThan = \"1h\" } }",
            "type-mismatch-number",
            "\"1h\"",
            "NumericLessThan",
        ),
        ("only_when = { \"aws:CurrentTime\" = \"soon\" }", "type-mismatch-date", "\"soon\"", "DateEquals"),
        ("only_when = { \"aws:SourceVpcArn\" = \"vpc-1\" }", "invalid-value", "\"vpc-1\"", "six parts"),
        (
            "only_when = { \"aws:UserAgent\" = \"${aws:x\" }",
            "missing-brace-in-variable",
            "\"${aws:x\"",
            "close it",
        ),
        (
            "only_when = { \"aws:PrincipalOrgPaths\" = { StringLike = \"o-*\" } }",
            "invalid-value",
            "StringLike",
            "ForAnyValue:StringLike",
        ),
        (
            "only_when = { \"aws:UserAgent\" = { NullIfExists = true } }",
            "null-with-if-exists",
            "NullIfExists",
            "Null",
        ),
        (
            "only_when = { \"aws:UserAgent\" = { StringEquals = \"<absent>\" } }",
            "invalid-value",
            "\"<absent>\"",
            "Null = true",
        ),
    ] {
        let run = check(&allow(ENDPOINTS), row);
        run.exits(2);
        let problems: Value = serde_json::from_str(&run.stdout).unwrap_or_default();
        let shown = format!("{row}\n{}\n{}", run.stdout, run.stderr);
        let found = problems["problems"].as_array().unwrap_or_else(|| panic!("{shown}"));
        assert_eq!(found.len(), 1, "{shown}");
        assert_eq!(found[0]["code"], code, "{shown}");
        assert!(found[0]["help"].as_str().unwrap_or("").contains(help), "{shown}");
        let manifest = format!("{}\n{READ}{row}\n", ESTATE.replace("TAGS", TAGS));
        let bytes = |i: usize| usize::try_from(found[0]["bytes"][i].as_u64().unwrap()).unwrap();
        assert_eq!(&manifest[bytes(0)..bytes(1)], at, "{shown}");
    }
}

#[test]
fn only_with_a_conditional_answer() {
    for table in ["only_when", "never_when"] {
        let manifest = format!(
            "{}\n{}{table} = {{ \"aws:SourceVpce\" = \"vpce-1\" }}\n",
            ESTATE.replace("TAGS", TAGS),
            READ.replace("conditional", "allowed")
        );
        let run = run(&manifest, &[("reader.json", &policy(&allow(ENDPOINTS)))], &[]);
        run.exits(2);
        assert!(run.said().contains("write verdict = \"conditional\""), "{}", run.said());
    }
}

#[test]
fn every_role_of_a_glob_is_compared() {
    let role = "\n[[role]]\narn = \"arn:aws:iam::111111111111:role/reader2\"\npolicies = [\"iam/second.json\"]\nboundary = \"none\"\ntags = \"none\"\n";
    let row = READ.replace("\"reader\"", "\"reader*\"");
    let manifest = format!(
        "{}{role}\n{row}only_when = {{ \"aws:SourceVpce\" = [\"vpce-1\", \"vpce-2\"] }}\n",
        ESTATE.replace("TAGS", TAGS)
    );
    let second = policy(&allow(r#"{"StringEquals": {"aws:SourceVpce": "vpce-1"}}"#));
    let policies = [("reader.json", &*policy(&allow(ENDPOINTS))), ("second.json", &*second)];
    let run = run(&manifest, &policies, &["--format", "json"]);
    run.exits(1);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let fits: Vec<&Value> =
        report["answers"].as_array().unwrap().iter().map(|a| &a["exactness"]["fit"]).collect();
    assert_eq!(fits, ["exact", "differs"]);
    assert_eq!((&report["summary"]["held"], &report["summary"]["failed"]), (&json!(1), &json!(1)));
}

#[test]
fn becoming_a_role() {
    let trust = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"AWS": "arn:aws:iam::222222222222:role/partner"},
        "Condition": {"StringEquals": {"sts:ExternalId": "cust-7"}}}]}"#;
    let partner = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]}"#;
    let of = |row: &str| {
        let manifest = format!(
            "{}\n[[role]]\narn = \"arn:aws:iam::222222222222:role/partner\"\npolicies = [\"iam/partner.json\"]\nboundary = \"none\"\n\n\
             [[expect]]\nassume = \"reader\"\nby = \"arn:aws:iam::222222222222:role/partner\"\nverdict = \"conditional\"\n{row}\n",
            ESTATE.replace("TAGS", "tags = \"none\"\ntrust = \"iam/trust.json\"")
        );
        let reader = policy(&allow("{}"));
        run(
            &manifest,
            &[("reader.json", &reader), ("trust.json", trust), ("partner.json", partner)],
            &["--format", "json"],
        )
    };
    of(r#"only_when = { "sts:ExternalId" = "cust-7" }"#).is_exact();
    of(r#"only_when = { "sts:ExternalId" = ["cust-7", "cust-8"] }"#).is(
        1,
        "differs",
        &NULL,
        &json!({"sts:ExternalId": ["cust-8"]}),
    );
    let run =
        of("context = { \"sts:ExternalId\" = \"cust-7\" }\nonly_when = { \"sts:ExternalId\" = \"cust-7\" }");
    assert!(run.exits(2).said().contains("the row settles"), "{}", run.said());
}
