//! Policy documents: statements that people write, right and wrong.

use serde_json::{Map, Value, json};

use super::dice::Dice;

pub(super) const WORKERS: &str = "111111111111";
pub(super) const DATA: &str = "222222222222";
pub(super) const PARTNER: &str = "333333333333";
pub(super) const ORGANIZATION: &str = "o-exampleorg";
pub(super) const VPC: &str = "vpc-0f1e2d3c4b5a69788";
pub(super) const ENDPOINT: &str = "vpce-0a1b2c3d4e5f60718";

/// The names that documents use.
pub(super) struct Names {
    pub(super) partition: &'static str,
    pub(super) region: &'static str,
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) principals: Vec<String>,
}

/// Which requests a condition is about.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(super) enum About {
    S3,
    Kms,
    Any,
}

fn list(one: &str, dice: &mut Dice) -> Value {
    if dice.chance(1, 2) { json!(one) } else { json!([one]) }
}

fn line(dice: &mut Dice, names: &Names, about: About) -> (&'static str, String, Value) {
    let account = *dice.pick(&[WORKERS, DATA, DATA, PARTNER]);
    let common = 24;
    let many = match about {
        About::S3 => common + 11,
        About::Kms => common + 12,
        About::Any => common,
    };
    let negate = dice.chance(1, 4);
    let equals = if negate { "StringNotEquals" } else { "StringEquals" };
    let own = |operator, key: &str, value: Value| (operator, key.to_owned(), value);
    match (dice.below(many), about) {
        (0, _) => own(equals, "aws:PrincipalOrgID", json!(ORGANIZATION)),
        (1, _) => own(equals, "aws:PrincipalTag/team", json!("lake")),
        (2, _) => own(
            if negate { "ArnNotLike" } else { "ArnLike" },
            "aws:PrincipalArn",
            json!(dice.pick(&names.principals)),
        ),
        (3, _) => own("Bool", "aws:SecureTransport", json!(if negate { "false" } else { "true" })),
        (4, _) => own(equals, "aws:ResourceAccount", json!(account)),
        (5, _) => own(equals, "aws:ResourceOrgID", json!(ORGANIZATION)),
        (6, _) => {
            own(if negate { "NotIpAddress" } else { "IpAddress" }, "aws:SourceIp", json!("203.0.113.0/24"))
        }
        (7, _) => own(equals, "aws:SourceVpce", json!(ENDPOINT)),
        (8, _) => own(
            if negate { "StringNotEqualsIfExists" } else { "StringEqualsIfExists" },
            "aws:SourceVpc",
            json!(VPC),
        ),
        (9, _) => own(equals, "aws:RequestedRegion", json!(dice.pick(&[names.region, "eu-west-1"]))),
        (10, _) => own(
            if negate { "BoolIfExists" } else { "Bool" },
            "aws:MultiFactorAuthPresent",
            json!(if negate { "false" } else { "true" }),
        ),
        (11, _) => own("Null", "aws:PrincipalTag/team", json!(if negate { "true" } else { "false" })),
        (12, _) => own("StringLike", "aws:userid", json!("AROAREADER:*")),
        (13, _) => own(equals, "aws:PrincipalAccount", json!(account)),
        (14, _) => own("Bool", "aws:ViaAWSService", json!(if negate { "true" } else { "false" })),
        (15, _) => own(equals, "aws:PrincipalType", json!(dice.pick(&["AssumedRole", "User"]))),
        (16, _) => own("DateLessThan", "aws:CurrentTime", json!("2030-01-01T00:00:00Z")),
        (17, _) => own(equals, "aws:SourceAccount", json!(account)),
        (18, _) => own(
            if negate { "ForAllValues:StringEquals" } else { "ForAnyValue:StringEquals" },
            "aws:CalledVia",
            json!(["s3.amazonaws.com"]),
        ),
        (19, _) => own(equals, "aws:PrincipalTag/team", json!("${aws:ResourceTag/team}")),
        (20, _) => own("Bool", "aws:PrincipalIsAWSService", json!(if negate { "true" } else { "false" })),
        (21, _) => {
            own("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", json!([format!("{ORGANIZATION}/*")]))
        }
        (22, _) => own("StringLike", "aws:UserAgent", json!("spark*")),
        (23, _) => own(equals, "aws:ResourceTag/team", json!("lake")),
        (24, About::S3) => own(equals, "s3:ResourceAccount", json!(account)),
        (25, About::S3) => own(equals, "s3:ExistingObjectTag/class", json!("public")),
        (26, About::S3) => own("NumericLessThan", "s3:TlsVersion", json!("1.2")),
        (27, About::S3) => own(equals, "s3:authType", json!("REST-HEADER")),
        (28, About::S3) => own(equals, "s3:signatureversion", json!("AWS4-HMAC-SHA256")),
        (29, About::S3) => own(equals, "s3:DataAccessPointAccount", json!(account)),
        (30, About::S3) => {
            own("Null", "s3:x-amz-server-side-encryption", json!(if negate { "false" } else { "true" }))
        }
        (31, About::S3) => own(equals, "s3:versionid", json!("v1")),
        (32, About::S3) => own("StringLike", "s3:prefix", json!("curated/*")),
        (33, About::S3) => own("NumericLessThan", "s3:signatureAge", json!("600000")),
        (34, About::S3) => own("Null", "kms:ViaService", json!(if negate { "false" } else { "true" })),
        (24 | 25, About::Kms) => {
            own(equals, "kms:ViaService", json!(format!("s3.{}.amazonaws.com", names.region)))
        }
        (26, About::Kms) => own(equals, "kms:CallerAccount", json!(account)),
        (27 | 28, About::Kms) => {
            let arn = format!("arn:{}:s3:::{}", names.partition, names.bucket);
            let arns = json!([arn.clone(), format!("{arn}/*")]);
            own("StringLike", "kms:EncryptionContext:aws:s3:arn", arns)
        }
        (29, About::Kms) => {
            own("ForAnyValue:StringEquals", "kms:EncryptionContextKeys", json!(["aws:s3:arn"]))
        }
        (30, About::Kms) => own("ForAnyValue:StringEquals", "kms:ResourceAliases", json!(["alias/lake"])),
        (31, About::Kms) => own(equals, "kms:KeySpec", json!("SYMMETRIC_DEFAULT")),
        (32, About::Kms) => own(equals, "kms:EncryptionAlgorithm", json!("SYMMETRIC_DEFAULT")),
        (33, About::Kms) => own("Bool", "kms:MultiRegion", json!("false")),
        (34, About::Kms) => own("Bool", "kms:GrantIsForAWSResource", json!("true")),
        (_, About::Kms) => own("Null", "s3:ResourceAccount", json!(if negate { "false" } else { "true" })),
        (_, _) => own(equals, "kms:KeyOrigin", json!("AWS_KMS")),
    }
}

fn conditions(dice: &mut Dice, names: &Names, about: About, often: usize, statement: &mut Value) {
    if !dice.chance(often, 10) {
        return;
    }
    let mut block = Map::new();
    for _ in 0..=dice.below(2) {
        let (operator, key, value) = line(dice, names, about);
        let operators = block.entry(operator).or_insert_with(|| json!({}));
        operators.as_object_mut().unwrap().insert(key, value);
    }
    statement["Condition"] = Value::Object(block);
}

fn about_of(action: &str) -> About {
    match action.split(':').next() {
        Some("s3") => About::S3,
        Some("kms") => About::Kms,
        Some(_) | None => About::Any,
    }
}

fn document(statements: Vec<Value>) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// What is attached to a role or a user, or limits it.
pub(super) fn identity(dice: &mut Dice, names: &Names, generous: bool) -> Value {
    let bucket = format!("arn:{}:s3:::{}", names.partition, names.bucket);
    let mut statements = Vec::new();
    for _ in 0..=dice.below(3) {
        let action = *dice.pick(&[
            "s3:GetObject",
            "s3:Get*",
            "s3:*",
            "kms:Decrypt",
            "kms:*",
            "*",
            "sts:AssumeRole",
            "s3:GetObjectVersion",
        ]);
        let resource = match about_of(action) {
            About::S3 => dice
                .pick(&[format!("{bucket}/*"), format!("{bucket}/curated/*"), bucket.clone(), "*".to_owned()])
                .clone(),
            About::Kms => dice
                .pick(&[
                    names.key.clone(),
                    "*".to_owned(),
                    format!("arn:{}:kms:*:{DATA}:key/*", names.partition),
                ])
                .clone(),
            About::Any => "*".to_owned(),
        };
        let deny = dice.chance(1, 6);
        let mut statement = json!({"Effect": if deny { "Deny" } else { "Allow" }, "Action": list(action, dice), "Resource": list(&resource, dice)});
        if deny && dice.chance(1, 4) {
            statement.as_object_mut().unwrap().remove("Action");
            statement["NotAction"] = json!(["s3:*", "kms:*"]);
        }
        conditions(dice, names, about_of(action), if deny { 8 } else { 3 }, &mut statement);
        statements.push(statement);
    }
    if generous || dice.chance(1, 2) {
        statements.push(json!({"Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjectVersion", "kms:Decrypt", "sts:AssumeRole"], "Resource": "*"}));
    }
    document(statements)
}

fn principal(dice: &mut Dice, names: &Names, partition: &str) -> Value {
    let account = *dice.pick(&[WORKERS, WORKERS, DATA, PARTNER]);
    match dice.below(8) {
        0 => json!("*"),
        1 => json!({"AWS": "*"}),
        2 => json!({"AWS": account}),
        3 | 4 => json!({"AWS": format!("arn:{partition}:iam::{account}:root")}),
        5 | 6 => json!({"AWS": dice.pick(&names.principals)}),
        _ => json!({"AWS": [dice.pick(&names.principals), format!("arn:{partition}:iam::{DATA}:root")]}),
    }
}

/// A bucket policy, or an access point's.
pub(super) fn bucket(dice: &mut Dice, names: &Names, resource: &str, below: &str) -> Value {
    let mut statements = Vec::new();
    for _ in 0..=dice.below(3) {
        let deny = dice.chance(1, 4);
        let action = *dice.pick(&["s3:GetObject", "s3:GetObject", "s3:*", "s3:GetObjectVersion"]);
        let of =
            dice.pick(&[format!("{below}/*"), format!("{below}/curated/*"), resource.to_owned()]).clone();
        let mut statement = json!({"Effect": if deny { "Deny" } else { "Allow" }, "Action": action, "Resource": [of, format!("{below}/*")]});
        if deny && dice.chance(1, 4) {
            statement["NotPrincipal"] = json!({"AWS": [dice.pick(&names.principals)]});
        } else if deny {
            statement["Principal"] = json!("*");
        } else {
            statement["Principal"] = principal(dice, names, names.partition);
        }
        if dice.chance(1, 3) {
            statement["Resource"] = json!([format!("{below}/*")]);
        }
        conditions(dice, names, About::S3, if deny { 9 } else { 4 }, &mut statement);
        statements.push(statement);
    }
    document(statements)
}

pub(super) fn key(dice: &mut Dice, names: &Names) -> Value {
    let mut statements = Vec::new();
    let root = |account: &str| format!("arn:{}:iam::{account}:root", names.partition);
    if dice.chance(3, 4) {
        statements.push(
            json!({"Effect": "Allow", "Principal": {"AWS": root(DATA)}, "Action": "kms:*", "Resource": "*"}),
        );
    }
    for _ in 0..=dice.below(2) {
        let deny = dice.chance(1, 5);
        let action = *dice.pick(&["kms:Decrypt", "kms:*", "kms:De*"]);
        let mut statement =
            json!({"Effect": if deny { "Deny" } else { "Allow" }, "Action": action, "Resource": "*"});
        statement["Principal"] = if deny { json!("*") } else { principal(dice, names, names.partition) };
        conditions(dice, names, About::Kms, if deny { 9 } else { 5 }, &mut statement);
        statements.push(statement);
    }
    document(statements)
}

pub(super) fn endpoint(dice: &mut Dice, names: &Names) -> Value {
    let mut statement = json!({"Effect": "Allow", "Principal": "*", "Action": dice.pick(&["*", "s3:*", "s3:GetObject"]), "Resource": "*"});
    if dice.chance(1, 2) {
        statement["Resource"] = json!([format!("arn:{}:s3:::{}/*", names.partition, names.bucket)]);
    }
    conditions(dice, names, About::S3, 4, &mut statement);
    let mut statements = vec![statement];
    if dice.chance(1, 3) {
        let mut deny = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"});
        conditions(dice, names, About::S3, 10, &mut deny);
        statements.push(deny);
    }
    document(statements)
}

pub(super) fn guardrail(dice: &mut Dice, names: &Names, resource: bool) -> Value {
    let mut statements = Vec::new();
    if resource {
        if dice.chance(1, 2) {
            statements.push(json!({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}));
        }
    } else {
        let action =
            dice.pick(&[json!("*"), json!("*"), json!(["s3:*", "kms:*"]), json!(["s3:*", "sts:*"])]).clone();
        statements.push(json!({"Effect": "Allow", "Action": action, "Resource": "*"}));
    }
    if statements.is_empty() || dice.chance(1, 2) {
        let action = *dice.pick(&["s3:*", "kms:*", "s3:GetObject", "kms:Decrypt", "sts:AssumeRole"]);
        let mut deny = json!({"Effect": "Deny", "Action": action, "Resource": "*"});
        if resource {
            deny["Principal"] = json!("*");
        }
        conditions(dice, names, about_of(action), 10, &mut deny);
        statements.push(deny);
    }
    document(statements)
}

pub(super) fn trust(dice: &mut Dice, names: &Names) -> Value {
    let mut statements = vec![
        json!({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}),
    ];
    for _ in 0..dice.below(3) {
        let mut statement = json!({"Effect": "Allow", "Principal": principal(dice, names, names.partition), "Action": "sts:AssumeRole"});
        if dice.chance(1, 5) {
            statement["Condition"] = json!({"StringEquals": {"sts:ExternalId": "cust-7"}});
        } else {
            conditions(dice, names, About::Any, 3, &mut statement);
        }
        statements.push(statement);
    }
    document(statements)
}
