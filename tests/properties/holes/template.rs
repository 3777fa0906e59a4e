//! Templates with holes: small worlds of one role, one bucket and one key, where any leaf may be a parameter.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Given, Tape};

const ACCOUNTS: &[&str] = &["111111111111", "222222222222"];
const REGIONS: &[&str] = &["us-east-1", "eu-west-1"];
const OUTER_KEY: &str = "arn:aws:kms:us-east-1:111111111111:key/0a1b2c3d-1111-4222-8333-444455556666";

/// What a leaf is, and so what it may be filled in with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Principal,
    Action,
    Resource,
    Account,
    Region,
    Arn,
    Text,
    Flag,
    Address,
    Number,
    Key,
    Policy,
    Name,
    Bucket,
    Switch,
    Prefix,
}

impl Kind {
    fn pool(self) -> &'static [&'static str] {
        match self {
            Self::Principal => &[
                "arn:aws:iam::111111111111:role/reader",
                "arn:aws:iam::111111111111:root",
                "111111111111",
                "*",
                "arn:aws:iam::111111111111:role/other",
                "arn:aws:iam::222222222222:root",
                "arn:aws:iam::111111111111:role/caller",
                "arn:aws:sts::111111111111:assumed-role/reader/me",
                "arn:aws:iam::222222222222:role/reader",
            ],
            Self::Action => &[
                "s3:GetObject",
                "kms:Decrypt",
                "*",
                "s3:*",
                "kms:*",
                "s3:Get*",
                "sts:AssumeRole",
                "s3:PutObject",
                "sts:*",
            ],
            Self::Resource => &[
                "*",
                "arn:aws:s3:::lake/*",
                "arn:aws:s3:::lake/a/x",
                "arn:aws:s3:::other/*",
                "arn:aws:s3:::lake/${aws:PrincipalTag/team}/*",
                "arn:aws:s3:::lake/b/*",
                "arn:aws:kms:us-east-1:111111111111:key/*",
                "arn:aws:kms:*:*:key/*",
                OUTER_KEY,
                "arn:aws:iam::111111111111:role/*",
            ],
            Self::Account => ACCOUNTS,
            Self::Region => &["us-east-1", "eu-west-1", "*"],
            Self::Arn => &[
                "arn:aws:iam::111111111111:role/reader",
                "arn:aws:iam::*:role/*",
                "*",
                "arn:aws:iam::111111111111:role/other",
                "arn:aws:iam::111111111111:role/re*",
            ],
            Self::Text => &["a", "b", "*", "", "A", "a*", "s3.us-east-1.amazonaws.com", "o-abc", "true"],
            Self::Flag => &["true", "false"],
            Self::Address => &["10.0.0.0/8", "203.0.113.0/24", "0.0.0.0/0"],
            Self::Number => &["0", "100"],
            Self::Key => &[
                OUTER_KEY,
                "arn:aws:kms:us-east-1:222222222222:key/0a1b2c3d-1111-4222-8333-444455556666",
                "0a1b2c3d-1111-4222-8333-444455556666",
                "alias/aws/s3",
                "alias/own",
                "alias/none",
                "",
            ],
            Self::Policy => &[
                "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
                "arn:aws:iam::aws:policy/AdministratorAccess",
                "arn:aws:iam::aws:policy/AWSDenyAll",
            ],
            Self::Name => &["reader", "caller", "other"],
            Self::Bucket => &["lake", "other"],
            Self::Switch => &["yes", "no"],
            Self::Prefix => &["a", "b", "*", "a/x"],
        }
    }
}

#[derive(Debug)]
pub(crate) struct Template {
    pub text: Value,
    parameters: Vec<Kind>,
}

struct Maker<'a, 't> {
    tape: &'a mut Tape<'t>,
    parameters: Vec<Kind>,
    conditions: Vec<Value>,
}

pub(crate) fn outer_key() -> String {
    json!({"KeyMetadata": {
        "AWSAccountId": "111111111111", "Arn": OUTER_KEY, "KeyId": "0a1b2c3d-1111-4222-8333-444455556666",
        "KeyState": "Enabled", "KeyManager": "CUSTOMER", "KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT",
        "Origin": "AWS_KMS", "Enabled": true, "MultiRegion": false
    }})
    .to_string()
}

impl Template {
    pub(crate) fn made(tape: &mut Tape<'_>) -> Self {
        let mut maker = Maker { tape, parameters: Vec::new(), conditions: Vec::new() };
        let text = maker.template();
        Self { text, parameters: maker.parameters }
    }

    pub(crate) fn given_when_open(&self, tape: &mut Tape<'_>) -> Given {
        let mut given = BTreeMap::new();
        if !tape.rarely(4) {
            given.insert("AWS::AccountId".to_owned(), ACCOUNTS[0].to_owned());
        }
        if !tape.rarely(4) {
            given.insert("AWS::Region".to_owned(), REGIONS[0].to_owned());
        }
        given
    }

    pub(crate) fn given_when_closed(&self, open: &Given, tape: &mut Tape<'_>) -> Given {
        let mut given = open.clone();
        for (name, pool) in [("AWS::AccountId", ACCOUNTS), ("AWS::Region", REGIONS)] {
            given.entry(name.to_owned()).or_insert_with(|| tape.of(pool).to_owned());
        }
        for (index, kind) in self.parameters.iter().enumerate() {
            given.insert(format!("P{index}"), tape.of(kind.pool()).to_owned());
        }
        given
    }
}

impl Maker<'_, '_> {
    fn parameter(&mut self, kind: Kind) -> Value {
        let same: Vec<usize> = (0..self.parameters.len()).filter(|i| self.parameters[*i] == kind).collect();
        let index = if !same.is_empty() && self.tape.below(3) > 0 {
            self.tape.of(&same)
        } else {
            self.parameters.push(kind);
            self.parameters.len() - 1
        };
        json!({"Ref": format!("P{index}")})
    }

    fn name_of(&mut self, kind: Kind) -> String {
        self.parameter(kind)["Ref"].as_str().unwrap().to_owned()
    }

    fn condition(&mut self) -> String {
        if !self.conditions.is_empty() && self.tape.below(3) > 0 {
            return format!("C{}", self.tape.below(self.conditions.len()));
        }
        let made = match self.tape.below(5) {
            0 | 1 => json!({"Fn::Equals": [self.parameter(Kind::Switch), "yes"]}),
            2 => json!({"Fn::Equals": [self.parameter(Kind::Prefix), "a"]}),
            3 if !self.conditions.is_empty() => {
                let other = format!("C{}", self.tape.below(self.conditions.len()));
                json!({"Fn::Not": [{"Condition": other}]})
            }
            4 if !self.conditions.is_empty() => {
                let one = format!("C{}", self.tape.below(self.conditions.len()));
                let inner = json!({"Fn::Equals": [self.parameter(Kind::Switch), "no"]});
                json!({self.tape.of(&["Fn::And", "Fn::Or"]): [{"Condition": one}, inner]})
            }
            _ => json!({"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}),
        };
        self.conditions.push(made);
        format!("C{}", self.conditions.len() - 1)
    }

    fn either(&mut self, yes: Value, no: Value) -> Value {
        json!({"Fn::If": [self.condition(), yes, no]})
    }

    /// One value, perhaps open.
    fn leaf(&mut self, kind: Kind) -> Value {
        match self.tape.below(12) {
            0..=4 => self.tape.of(kind.pool()).into(),
            5..=8 => self.parameter(kind),
            9 => {
                let (yes, no) = (self.leaf(kind), self.leaf(kind));
                self.either(yes, no)
            }
            _ => self.composed(kind),
        }
    }

    fn composed(&mut self, kind: Kind) -> Value {
        match kind {
            Kind::Principal => match self.tape.below(5) {
                0 => json!({"Fn::GetAtt": ["Reader", "Arn"]}),
                1 => json!({"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}),
                2 => json!({"Fn::Sub": format!("arn:aws:iam::${{{}}}:root", self.name_of(Kind::Account))}),
                3 => {
                    json!({"Fn::Sub": format!("arn:aws:iam::${{AWS::AccountId}}:role/${{{}}}", self.name_of(Kind::Name))})
                }
                _ => json!({"Ref": "AWS::AccountId"}),
            },
            Kind::Arn => match self.tape.below(4) {
                0 => json!({"Fn::GetAtt": ["Reader", "Arn"]}),
                1 => json!({"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/*"}),
                2 => json!({"Fn::Sub": format!("arn:aws:iam::${{{}}}:role/*", self.name_of(Kind::Account))}),
                _ => {
                    json!({"Fn::Sub": format!("arn:aws:iam::111111111111:role/${{{}}}", self.name_of(Kind::Name))})
                }
            },
            Kind::Resource => match self.tape.below(9) {
                0 => json!({"Fn::Sub": "${Lake.Arn}/*"}),
                1 => json!({"Fn::GetAtt": ["Key", "Arn"]}),
                2 => json!({"Fn::Sub": format!("arn:aws:s3:::${{{}}}/*", self.name_of(Kind::Bucket))}),
                3 => json!({"Fn::Sub": format!("arn:aws:s3:::lake/${{{}}}/*", self.name_of(Kind::Prefix))}),
                4 => {
                    json!({"Fn::Sub": format!("arn:aws:s3:::${{{}}}/${{!aws:PrincipalTag/team}}/*", self.name_of(Kind::Bucket))})
                }
                5 => json!({"Fn::Sub": "arn:aws:kms:${AWS::Region}:${AWS::AccountId}:key/*"}),
                6 => {
                    json!({"Fn::Sub": format!("arn:aws:kms:${{{}}}:${{AWS::AccountId}}:key/*", self.name_of(Kind::Region))})
                }
                7 => json!({"Fn::Sub": format!("${{Lake.Arn}}/${{{}}}*", self.name_of(Kind::Prefix))}),
                _ => {
                    json!({"Fn::Sub": format!("arn:aws:s3:::lake/a/${{!aws:PrincipalTag/team}}${{{}}}", self.name_of(Kind::Prefix))})
                }
            },
            Kind::Account => json!({"Ref": "AWS::AccountId"}),
            Kind::Region => json!({"Ref": "AWS::Region"}),
            Kind::Key => match self.tape.below(3) {
                0 => json!({"Fn::GetAtt": ["Key", "Arn"]}),
                1 => json!({"Ref": "Key"}),
                _ => {
                    json!({"Fn::Sub": format!("arn:aws:kms:${{{}}}:111111111111:key/0a1b2c3d-1111-4222-8333-444455556666", self.name_of(Kind::Region))})
                }
            },
            Kind::Text => match self.tape.below(3) {
                0 => json!({"Fn::Sub": "s3.${AWS::Region}.amazonaws.com"}),
                1 => json!({"Fn::Sub": format!("s3.${{{}}}.amazonaws.com", self.name_of(Kind::Region))}),
                _ => {
                    json!({"Fn::Sub": format!("${{{}}}${{!aws:PrincipalTag/team}}", self.name_of(Kind::Prefix))})
                }
            },
            Kind::Policy => json!({"Ref": "Extra"}),
            Kind::Action
            | Kind::Flag
            | Kind::Address
            | Kind::Number
            | Kind::Name
            | Kind::Bucket
            | Kind::Switch
            | Kind::Prefix => self.parameter(kind),
        }
    }

    /// One value or a list of them, elements of which may be left out.
    fn list(&mut self, kind: Kind) -> Value {
        match self.tape.below(4) {
            0 | 1 => self.leaf(kind),
            2 => json!([self.leaf(kind), self.leaf(kind)]),
            _ => {
                let (first, second) = (self.leaf(kind), self.leaf(kind));
                let second = self.either(second, json!({"Ref": "AWS::NoValue"}));
                json!([first, second])
            }
        }
    }

    fn line(&mut self) -> (&'static str, &'static str, Value) {
        let text = [
            "StringEquals",
            "StringNotEquals",
            "StringLike",
            "StringNotLike",
            "StringEqualsIfExists",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIfExists",
        ];
        let arn = ["ArnLike", "ArnEquals", "ArnNotLike", "StringLike", "StringEquals", "StringNotEquals"];
        match self.tape.below(22) {
            0 => (self.tape.of(&text), "aws:PrincipalAccount", self.list(Kind::Account)),
            1 => (self.tape.of(&arn), "aws:PrincipalArn", self.list(Kind::Arn)),
            2 => (self.tape.of(&text), "aws:PrincipalOrgID", self.list(Kind::Text)),
            3 => (self.tape.of(&text), "kms:ViaService", self.list(Kind::Text)),
            4 => ("Bool", "aws:SecureTransport", self.list(Kind::Flag)),
            5 => ("Null", "aws:SourceVpce", self.list(Kind::Flag)),
            6 => (self.tape.of(&text), "aws:SourceVpce", self.list(Kind::Text)),
            7 => (
                self.tape.of(&["IpAddress", "NotIpAddress", "IpAddressIfExists"]),
                "aws:SourceIp",
                self.list(Kind::Address),
            ),
            8 => (
                self.tape.of(&[
                    "ForAnyValue:StringEquals",
                    "ForAllValues:StringEquals",
                    "ForAnyValue:StringLike",
                    "ForAllValues:StringNotEquals",
                ]),
                "aws:TagKeys",
                self.list(Kind::Text),
            ),
            9 => (self.tape.of(&arn), "kms:EncryptionContext:aws:s3:arn", self.list(Kind::Resource)),
            10 => (
                self.tape.of(&["NumericLessThan", "NumericGreaterThan", "NumericEqualsIfExists"]),
                "s3:signatureAge",
                self.list(Kind::Number),
            ),
            11 | 12 => (self.tape.of(&text), "aws:ResourceAccount", self.list(Kind::Account)),
            13 => (self.tape.of(&text), "aws:RequestedRegion", self.list(Kind::Region)),
            14 => (self.tape.of(&text), "aws:PrincipalTag/team", self.list(Kind::Text)),
            15 => (
                self.tape.of(&[
                    "ForAnyValue:StringEquals",
                    "ForAllValues:StringLike",
                    "ForAnyValue:StringNotLike",
                ]),
                "aws:PrincipalArn",
                self.list(Kind::Arn),
            ),
            16 => (self.tape.of(&text), "kms:CallerAccount", self.list(Kind::Account)),
            17 => (self.tape.of(&text), "sts:ExternalId", self.list(Kind::Text)),
            18 => ("Bool", "aws:ViaAWSService", self.list(Kind::Flag)),
            19 => (self.tape.of(&text), "aws:userid", self.list(Kind::Text)),
            20 => (
                self.tape.of(&[
                    "ForAnyValue:StringEquals",
                    "ForAnyValue:StringLike",
                    "ForAllValues:StringNotEquals",
                ]),
                "kms:ResourceAliases",
                self.list(Kind::Key),
            ),
            _ => ("DateLessThan", "aws:CurrentTime", self.list(Kind::Text)),
        }
    }

    fn statement(&mut self, principals: bool, own: &'static [&'static str]) -> Value {
        let mut statement = Map::new();
        let deny = self.tape.rarely(2);
        let effect = if self.tape.rarely(24) {
            self.either("Allow".into(), "Deny".into())
        } else {
            json!(if deny { "Deny" } else { "Allow" })
        };
        statement.insert("Effect".into(), effect);
        let action = if self.tape.below(3) < 2 { json!(own[0]) } else { self.list(Kind::Action) };
        let name = if self.tape.rarely(10) { "NotAction" } else { "Action" };
        statement.insert(name.into(), action);
        if own[0] != "sts:AssumeRole" || !principals {
            let resource = if self.tape.below(2) == 0 || (principals && own[0].starts_with("kms")) {
                json!("*")
            } else {
                self.list(Kind::Resource)
            };
            let name = if self.tape.rarely(10) && resource != "*" { "NotResource" } else { "Resource" };
            statement.insert(name.into(), resource);
        }
        if principals {
            let name = if deny && self.tape.rarely(6) { "NotPrincipal" } else { "Principal" };
            let principal = match self.tape.below(8) {
                0 => json!("*"),
                1 => json!({"AWS": {"Fn::GetAtt": ["Reader", "Arn"]}}),
                2 => json!({"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}}),
                _ => json!({"AWS": self.list(Kind::Principal)}),
            };
            statement.insert(name.into(), principal);
        }
        let mut block = Map::new();
        for _ in 0..self.tape.of(&[0, 0, 1, 1, 2]) {
            let (operator, key, value) = self.line();
            let keys = block.entry(operator).or_insert_with(|| json!({}));
            keys.as_object_mut().unwrap().insert(key.to_owned(), value);
        }
        if !block.is_empty() {
            statement.insert("Condition".into(), block.into());
        }
        statement.into()
    }

    fn document(&mut self, principals: bool, own: &'static [&'static str]) -> Value {
        let mut list = Vec::new();
        if self.tape.below(4) > 0 {
            // What lets most requests pass, so that what else there is decides.
            let mut plain = json!({"Effect": "Allow", "Action": own});
            if own[0] != "sts:AssumeRole" || !principals {
                plain["Resource"] = "*".into();
            }
            if principals {
                plain["Principal"] = json!({"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}});
            }
            list.push(plain);
        }
        for _ in list.len()..self.tape.of(&[1, 1, 2, 3]) {
            let own = if own.len() > 1 && self.tape.rarely(2) { &own[1..] } else { own };
            let statement = self.statement(principals, own);
            list.push(match self.tape.below(9) {
                7 => {
                    let nothing = json!({"Ref": "AWS::NoValue"});
                    self.either(statement, nothing)
                }
                8 => {
                    let other = self.statement(principals, own);
                    self.either(statement, other)
                }
                _ => statement,
            });
        }
        json!({"Version": "2012-10-17", "Statement": list})
    }

    fn policy(&mut self, own: &'static [&'static str]) -> Value {
        let document = self.document(false, own);
        let name = format!("p{}", self.tape.below(1000));
        let policy = json!({"PolicyName": name, "PolicyDocument": document});
        if self.tape.rarely(8) { self.either(policy, json!({"Ref": "AWS::NoValue"})) } else { policy }
    }

    fn template(&mut self) -> Value {
        let mut resources = Map::new();
        let read: &[&str] = &["s3:GetObject", "kms:Decrypt"];
        let mut reader = json!({"RoleName": "reader", "AssumeRolePolicyDocument": self.document(true, &["sts:AssumeRole"])});
        reader["Policies"] = json!([self.policy(read), self.policy(read)]);
        if self.tape.rarely(3) {
            reader["Tags"] = json!([{"Key": "team", "Value": self.leaf(Kind::Prefix)}]);
        }
        if self.tape.rarely(4) {
            reader["ManagedPolicyArns"] = json!([self.leaf(Kind::Policy)]);
        }
        if self.tape.rarely(5) {
            let boundary = self.leaf(Kind::Policy);
            let nothing = json!({"Ref": "AWS::NoValue"});
            reader["PermissionsBoundary"] =
                if self.tape.rarely(3) { self.either(boundary, nothing) } else { boundary };
        }
        resources.insert("Reader".into(), json!({"Type": "AWS::IAM::Role", "Properties": reader}));
        let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
        let caller = json!({"RoleName": "caller", "AssumeRolePolicyDocument": trust, "Policies": [self.policy(&["sts:AssumeRole"])]});
        resources.insert("Caller".into(), json!({"Type": "AWS::IAM::Role", "Properties": caller}));
        if self.tape.rarely(3) {
            let kind = if self.tape.rarely(2) { "AWS::IAM::Policy" } else { "AWS::IAM::ManagedPolicy" };
            let roles = match self.tape.below(4) {
                0 | 1 => json!([{"Ref": "Reader"}]),
                2 => json!([self.leaf(Kind::Name)]),
                _ => json!(["reader"]),
            };
            let mut extra = json!({"Type": kind, "Properties": {"PolicyDocument": self.document(false, read), "Roles": roles}});
            if kind == "AWS::IAM::Policy" {
                extra["Properties"]["PolicyName"] = "extra".into();
            }
            if self.tape.rarely(3) {
                extra["Condition"] = self.condition().into();
            }
            resources.insert("More".into(), extra);
        }
        resources.insert("Extra".into(), json!({"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": self.document(false, read)}}));
        let key_policy = self.document(true, &["kms:Decrypt"]);
        let mut key = json!({"KeyPolicy": key_policy});
        if self.tape.rarely(8) {
            key["Enabled"] = self.leaf(Kind::Flag);
        }
        resources.insert("Key".into(), json!({"Type": "AWS::KMS::Key", "Properties": key}));
        if self.tape.rarely(3) {
            resources.insert("Alias".into(), json!({"Type": "AWS::KMS::Alias", "Properties": {"AliasName": "alias/own", "TargetKeyId": {"Ref": "Key"}}}));
        }
        let name = if self.tape.rarely(4) { self.leaf(Kind::Bucket) } else { json!("lake") };
        let mut lake = json!({"BucketName": name});
        match self.tape.below(6) {
            0 => {}
            at => {
                let by = if at < 3 { json!({"Fn::GetAtt": ["Key", "Arn"]}) } else { self.leaf(Kind::Key) };
                let mut rule = json!({"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": by}});
                if self.tape.rarely(3) {
                    rule["BucketKeyEnabled"] = self.leaf(Kind::Flag);
                }
                let rule = json!({"ServerSideEncryptionConfiguration": [rule]});
                lake["BucketEncryption"] = if self.tape.rarely(8) {
                    self.either(rule, json!({"Ref": "AWS::NoValue"}))
                } else {
                    rule
                };
            }
        }
        if self.tape.rarely(5) {
            lake["PublicAccessBlockConfiguration"] = json!({"RestrictPublicBuckets": self.leaf(Kind::Flag)});
        }
        resources.insert("Lake".into(), json!({"Type": "AWS::S3::Bucket", "Properties": lake}));
        if self.tape.rarely(2) {
            let bucket = if self.tape.rarely(6) { self.leaf(Kind::Bucket) } else { json!({"Ref": "Lake"}) };
            let mut policy = json!({"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": bucket, "PolicyDocument": self.document(true, &["s3:GetObject"])}});
            if self.tape.rarely(6) {
                policy["Condition"] = self.condition().into();
            }
            resources.insert("BucketPolicy".into(), policy);
        }
        let parameters: Map<String, Value> =
            (0..self.parameters.len()).map(|i| (format!("P{i}"), json!({"Type": "String"}))).collect();
        let conditions: Map<String, Value> =
            self.conditions.iter().enumerate().map(|(i, c)| (format!("C{i}"), c.clone())).collect();
        let mut template = json!({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources});
        if !parameters.is_empty() {
            template["Parameters"] = parameters.into();
        }
        if !conditions.is_empty() {
            template["Conditions"] = conditions.into();
        }
        template
    }
}
