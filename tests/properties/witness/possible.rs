//! A request that is shown holds no key that such a request cannot have, and nothing depends on one.
//!
//! The lists are written by hand, from the tables of the Service Authorization Reference for S3 and KMS and the page on
//! global keys: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>,
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html>.

use std::fs;

use decryptable::ask::{self, Question};
use decryptable::diagnostic::Diagnostic;

use super::loaded::Loaded;

/// Keys that a read of an SSE-KMS object may have in one of its requests, each with a value.
const POSSIBLE: &[(&str, &str)] = &[
    ("aws:SourceIp", "203.0.113.9/32"),
    ("aws:SourceVpce", "vpce-0a1b2c3d"),
    ("aws:UserAgent", "spark"),
    ("aws:SourceIdentity", "alice"),
    ("s3:ExistingObjectTag/class", "open"),
    ("s3:TlsVersion", "1.3"),
];

/// Names that none of them has: no key at all, or a key of other actions or services.
const IMPOSSIBLE: &[(&str, &str)] = &[
    ("aws:PrincipleOrgID", "o-abcd123456"),
    ("aws:RequestTag/team", "data"),
    ("aws:SourceVPCEndpoint", "vpce-0a1b2c3d"),
    ("aws:TagKeys", "team"),
    ("dynamodb:LeadingKeys", "a"),
    ("ec2:Vpc", "vpc-1"),
    ("iam:PassedToService", "ec2.amazonaws.com"),
    ("kms:EncapsulationAlgorithm", "ML_KEM_768"),
    ("kms:GrantOperations", "Decrypt"),
    ("kms:ViaServices", "s3.us-east-1.amazonaws.com"),
    ("ksm:ViaService", "s3.us-east-1.amazonaws.com"),
    ("lambda:FunctionArn", "arn:aws:lambda:us-east-1:111111111111:function:f"),
    ("s3:ResourceTag/class", "open"),
    ("s3:delimiter", "/"),
    ("s3:prefix", "a"),
    ("s3:versionid", "1"),
    ("s3:x-amz-acl", "public-read"),
    ("sns:Protocol", "https"),
    ("sts:ExternalId", "x"),
];

const MANIFEST: &str = r#"
version = 1

[[account]]
id = "111111111111"
organization = "none"
public_access_block = "none"

[[role]]
arn = "arn:aws:iam::111111111111:role/reader"
policies = ["identity.json"]
boundary = "none"
tags = {}

[[key]]
arn = "arn:aws:kms:us-east-1:111111111111:key/1a2b3c4d-0001-4001-8001-0000000000aa"
manager = "customer"
state = "Enabled"
policy = "default"
grants = "none"
aliases = []
tags = {}

[[bucket]]
name = "data"
account = "111111111111"
region = "us-east-1"
policy = "bucket.json"
encryption = { type = "aws:kms", key = "arn:aws:kms:us-east-1:111111111111:key/1a2b3c4d-0001-4001-8001-0000000000aa", bucket_key = false }
ownership = "BucketOwnerEnforced"
public_access_block = { restrict_public_buckets = false }
requester_pays = false
abac = false

[[object]]
uri = "s3://data/*"
encryption = { type = "aws:kms", key = "arn:aws:kms:us-east-1:111111111111:key/1a2b3c4d-0001-4001-8001-0000000000aa", bucket_key = false }

[[expect]]
role = "arn:aws:iam::111111111111:role/reader"
read = "s3://data/x"
verdict = "conditional"
"#;

/// Numbers that look random, the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, many: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % many
    }

    /// Tests of one or two keys, one of the two lists more often than not.
    fn condition(&mut self) -> serde_json::Value {
        let mut out = serde_json::Map::new();
        for _ in 0..=self.below(2) {
            let list = if self.below(3) == 0 { IMPOSSIBLE } else { POSSIBLE };
            let (key, value) = list[self.below(list.len())];
            let operators: &[&str] = match key {
                "aws:SourceIp" => &["IpAddress", "NotIpAddress", "IpAddressIfExists"],
                "s3:TlsVersion" => &["NumericEquals", "NumericNotEquals", "NumericEqualsIfExists"],
                _ => &["StringEquals", "StringNotEquals", "StringLikeIfExists", "ForAnyValue:StringLike"],
            };
            let operator = operators[self.below(operators.len())];
            out.entry(operator).or_insert_with(|| serde_json::json!({}))[key] = value.into();
        }
        out.into()
    }
}

fn policies(dice: &mut Dice) -> (String, String) {
    let mut identity = Vec::new();
    for action in ["s3:GetObject", "kms:Decrypt"] {
        for _ in 0..=dice.below(2) {
            identity.push(serde_json::json!({
                "Effect": "Allow", "Action": action, "Resource": "*", "Condition": dice.condition(),
            }));
        }
    }
    let mut bucket = vec![serde_json::json!({
        "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*",
        "Condition": dice.condition(),
    })];
    bucket.truncate(dice.below(2));
    bucket.push(serde_json::json!({
        "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:role/reader"}, "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::data/*", "Condition": dice.condition(),
    }));
    let text = |list: Vec<serde_json::Value>| {
        serde_json::json!({"Version": "2012-10-17", "Statement": list}).to_string()
    };
    (text(identity), text(bucket))
}

#[test]
fn no_request_that_is_shown_has_a_key_that_it_cannot_have() {
    let dir = tempfile::tempdir().unwrap();
    let manifest = dir.path().join("decryptable.toml");
    fs::write(&manifest, MANIFEST).unwrap();
    let (mut shown, mut warned) = (0, 0);
    for seed in 0..300 {
        let (identity, bucket) = policies(&mut Dice(seed));
        fs::write(dir.path().join("identity.json"), &identity).unwrap();
        fs::write(dir.path().join("bucket.json"), &bucket).unwrap();
        let loaded = Loaded::open(&manifest).unwrap_or_else(|| panic!("{:?}", Loaded::errors(&manifest)));
        let Question::Does(question) = &loaded.config.expects[0].question else { panic!("no read") };
        let answer = ask::read(&loaded.intake.estate, question).unwrap();
        let sides = [&answer.witness.allowed, &answer.witness.denied];
        shown += sides.iter().filter(|side| side.is_some()).count();
        let held = sides.into_iter().flatten().flatten().map(|(key, _)| key.clone());
        let tested = answer.conditions.iter().flatten().flatten().map(|line| line.key.clone());
        let open = answer.depends_on.iter().map(|unknown| unknown.name.to_string());
        for name in held.chain(tested).chain(open) {
            let impossible = IMPOSSIBLE.iter().any(|(key, _)| key.eq_ignore_ascii_case(&name));
            assert!(!impossible, "seed {seed}: {name}\n{identity}\n{bucket}");
        }
        let code = |d: &&Diagnostic| d.code.as_str().ends_with("condition-key");
        warned += loaded.intake.problems.iter().filter(code).count();
    }
    assert!(shown > 100, "{shown} requests were shown");
    assert!(warned > 100, "{warned} names were warned of");
}
