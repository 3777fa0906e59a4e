//! CloudFormation, CDK and SAM: every function, both sides of open conditions, and what stays open.

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

use decryptable::ask::{self, Answer, Circumstances, DoesQuestion};
use decryptable::diagnostic::Code;
use decryptable::estate::{Encryption, EncryptionType, KeyState, Known, Object, Ownership, Role};
use decryptable::load::{self, Input, Intake};
use decryptable::name::{Wild, symbol};
use decryptable::policy::{Policy, Scope};
use decryptable::source::Spanned;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

/// Loads files of one directory, the whole directory at once.
fn load(files: &[(&str, &str)], parameters: &[(&str, &str)]) -> Intake {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let mut intake = Intake::new();
    for (name, value) in parameters {
        intake.parameters.insert((*name).to_owned(), (*value).to_owned());
    }
    load::read_inputs(&mut intake, Path::new(""), &[Input::from(&*dir.path().to_string_lossy())], &[]);
    load::finish(&mut intake);
    intake
}

const PLACE: &[(&str, &str)] = &[("AWS::AccountId", "111111111111"), ("AWS::Region", "eu-west-1")];

fn role<'i>(intake: &'i Intake, name: &str) -> &'i Role {
    intake.estate.role(name).unwrap_or_else(|error| panic!("{error}: {:?}", intake.problems))
}

fn policies<'i>(intake: &'i Intake, name: &str) -> Vec<&'i Policy> {
    role(intake, name).policies.provided().unwrap().iter().map(|p| &**p).collect()
}

/// The resources of a role's only policy.
fn resources(intake: &Intake, name: &str) -> Vec<String> {
    let policies = policies(intake, name);
    assert_eq!(policies.len(), 1, "{policies:?}");
    let statements = policies[0].statements.iter();
    statements
        .flat_map(|s| match &s.resources {
            Some(Scope::In(list) | Scope::NotIn(list)) => list.iter(),
            None => panic!("no resources"),
        })
        .map(|r| r.value.as_str().to_owned())
        .collect()
}

/// A role `R` that may read what an expression gives, in a template with other sections.
fn evaluated(resource: &str, sections: &str, parameters: &[(&str, &str)]) -> Vec<String> {
    let template = format!(
        r#"{{"AWSTemplateFormatVersion":"2010-09-09",{sections}"Resources":{{"R":{{"Type":"AWS::IAM::Role","Properties":{{
        "AssumeRolePolicyDocument":{TRUST},"Policies":[{{"PolicyName":"p","PolicyDocument":{{"Version":"2012-10-17",
        "Statement":[{{"Effect":"Allow","Action":"s3:GetObject","Resource":{resource}}}]}}}}]}}}},
        "Key":{{"Type":"AWS::KMS::Key","Properties":{{}}}},
        "Bucket":{{"Type":"AWS::S3::Bucket"}}, "Named":{{"Type":"AWS::S3::Bucket","Properties":{{"BucketName":"lake"}}}}}}}}"#
    );
    let parameters: Vec<_> = PLACE.iter().chain(parameters).copied().collect();
    resources(&load(&[("t.json", &template)], &parameters), "R")
}

fn read(intake: &mut Intake, role: &str, object: &str) -> Answer {
    let uri: decryptable::estate::ObjectUri = object.parse().unwrap();
    let bucket = intake.estate.bucket(&uri.bucket).unwrap();
    // The object is stored as its bucket says.
    if let Known::Provided(encryption) = &bucket.encryption {
        let object = Object {
            uri: Spanned::new(Wild::glob(&format!("s3://{}/*", bucket.name), false), encryption.span),
            encryption: Some(Encryption {
                bucket_key: encryption.bucket_key.or(Some(false)),
                ..encryption.clone()
            }),
            as_default: false,
            owner: None,
            acl_read: Known::NotProvided,
            tags: Known::NotProvided,
            storage_class: None,
            restored: None,
        };
        intake.estate.objects.push(object);
    }
    let question = DoesQuestion {
        doing: ask::Doing::default(),
        role: role.to_owned(),
        object: uri,
        profile: "s3-read".to_owned(),
        version_id: None,
        access_point: None,
        circumstances: Circumstances::default(),
        strict: false,
    };
    ask::read(&intake.estate, &question).unwrap()
}

fn verdict(intake: &mut Intake, role: &str, object: &str) -> &'static str {
    read(intake, role, object).verdict.as_str()
}

#[test]
fn functions() {
    let bucket = symbol::identity("t.json/Bucket");
    let key = format!("arn:aws:kms:eu-west-1:111111111111:key/{}", symbol::identity("t.json/Key"));
    let mappings = r#""Mappings":{"M":{"eu-west-1":{"b":"mapped"}}},"#;
    let parameters = r#""Parameters":{"P":{"Type":"String","Default":"p1"},"L":{"Type":"CommaDelimitedList","Default":"a, b"},
        "Only":{"Type":"String","AllowedValues":["one"]},"N":{"Type":"Number","Default":7}},"#;
    let cases: &[(&str, &str, &[&str])] = &[
        (r#"{"Ref":"P"}"#, parameters, &["p1"]),
        (r#"{"Ref":"L"}"#, parameters, &["a", "b"]),
        (r#"{"Ref":"Only"}"#, parameters, &["one"]),
        (r#"{"Fn::Sub":"x-${N}"}"#, parameters, &["x-7"]),
        (r#"{"Ref":"Named"}"#, "", &["lake"]),
        (r#"{"Ref":"Bucket"}"#, "", &[&bucket]),
        (r#"{"Fn::GetAtt":["Named","Arn"]}"#, "", &["arn:aws:s3:::lake"]),
        (r#"{"Fn::GetAtt":"Named.Arn"}"#, "", &["arn:aws:s3:::lake"]),
        (r#"{"Fn::GetAtt":["Key","Arn"]}"#, "", &[&key]),
        (r#"{"Fn::GetAtt":["Named","DomainName"]}"#, "", &["lake.s3.amazonaws.com"]),
        (
            r#"{"Fn::Sub":"${AWS::Partition}:${AWS::AccountId}:${AWS::Region}:${AWS::URLSuffix}"}"#,
            "",
            &["aws:111111111111:eu-west-1:amazonaws.com"],
        ),
        (r#"{"Fn::Sub":"${Named.Arn}/${!aws:username}/*"}"#, "", &["arn:aws:s3:::lake/${aws:username}/*"]),
        (r#"{"Fn::Sub":["${A}/${ B }",{"A":{"Ref":"Named"},"B":"b"}]}"#, "", &["lake/b"]),
        (r#"{"Fn::Join":["/",["a",{"Ref":"Named"},{"Ref":"AWS::NoValue"},"c"]]}"#, "", &["a/lake/c"]),
        (r#"{"Fn::Join":["+",{"Ref":"L"}]}"#, parameters, &["a+b"]),
        (r#"{"Fn::Select":["1",{"Fn::Split":[":",{"Fn::GetAtt":["Key","Arn"]}]}]}"#, "", &["aws"]),
        (
            r#"{"Fn::Select":[5,{"Fn::Split":[":",{"Fn::GetAtt":["Key","Arn"]}]}]}"#,
            "",
            &[key.rsplit(':').next().unwrap()],
        ),
        (r#"{"Fn::Split":[",","a,b"]}"#, "", &["a", "b"]),
        (r#"{"Fn::FindInMap":["M",{"Ref":"AWS::Region"},"b"]}"#, mappings, &["mapped"]),
        (r#"{"Fn::FindInMap":["M","us-east-1","b",{"DefaultValue":"d"}]}"#, mappings, &["d"]),
        (r#"{"Fn::Base64":"abc"}"#, "", &["YWJj"]),
        (r#"{"Fn::Cidr":["10.0.0.0/24",2,4]}"#, "", &["10.0.0.0/28", "10.0.0.16/28"]),
        (r#"{"Fn::Sub":["${N}",{"N":{"Fn::Length":[1,2,3]}}]}"#, "", &["3"]),
        (r#"{"Fn::ToJsonString":{"a":[1,"b"]}}"#, "", &[r#"{"a":[1,"b"]}"#]),
        (
            r#"{"Fn::If":["C",{"Ref":"Named"},"no"]}"#,
            r#""Conditions":{"C":{"Fn::Equals":[{"Ref":"AWS::Region"},"eu-west-1"]}},"#,
            &["lake"],
        ),
        (
            r#"["a",{"Fn::If":["C","b",{"Ref":"AWS::NoValue"}]}]"#,
            r#""Conditions":{"A":{"Fn::Equals":["x","x"]},"B":{"Fn::Not":[{"Condition":"A"}]},"C":{"Fn::Or":[{"Condition":"B"},{"Fn::And":[{"Condition":"A"},{"Condition":"B"}]}]}},"#,
            &["a"],
        ),
    ];
    for (expression, sections, expected) in cases {
        assert_eq!(evaluated(expression, sections, &[]), *expected, "{expression}");
    }
}

/// The same template in each partition: what the pseudo parameters give, and a read that stays inside it.
#[test]
fn a_region_says_the_partition() {
    for (region, partition, suffix) in [
        ("us-east-1", "aws", "amazonaws.com"),
        ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
        ("us-iso-east-1", "aws-iso", "c2s.ic.gov"),
        ("us-isob-east-1", "aws-iso-b", "sc2s.sgov.gov"),
        ("eu-isoe-west-1", "aws-iso-e", "cloud.adc-e.uk"),
        ("us-isof-south-1", "aws-iso-f", "csp.hci.ic.gov"),
        ("eusc-de-east-1", "aws-eusc", "amazonaws.eu"),
    ] {
        let place = [("AWS::Region", region)];
        let names = evaluated(r#"{"Fn::Sub":"${AWS::Partition} ${AWS::URLSuffix}"}"#, "", &place);
        assert_eq!(names, [format!("{partition} {suffix}")], "{region}");
        let template = format!(
            r#"{{"AWSTemplateFormatVersion":"2010-09-09","Resources":{{
            "K":{{"Type":"AWS::KMS::Key","Properties":{{"KeyPolicy":{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",
                "Principal":{{"AWS":{{"Fn::Sub":"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:root"}}}},
                "Action":"kms:*","Resource":"*"}}]}}}}}},
            "B":{{"Type":"AWS::S3::Bucket","Properties":{{"BucketName":"lake","BucketEncryption":{{
                "ServerSideEncryptionConfiguration":[{{"ServerSideEncryptionByDefault":{{"SSEAlgorithm":"aws:kms",
                "KMSMasterKeyID":{{"Fn::GetAtt":["K","Arn"]}}}},"BucketKeyEnabled":true}}]}}}}}},
            "R":{{"Type":"AWS::IAM::Role","Properties":{{"RoleName":"reader","AssumeRolePolicyDocument":{TRUST},
                "Policies":[{{"PolicyName":"p","PolicyDocument":{{"Version":"2012-10-17","Statement":[
                {{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:{partition}:s3:::lake/*"}},
                {{"Effect":"Allow","Action":"kms:Decrypt","Resource":"arn:{partition}:kms:{region}:111111111111:key/*"}}]}}}}]}}}}
            }}}}"#
        );
        let mut intake = load(&[("t.json", &template)], &[("AWS::AccountId", "111111111111"), place[0]]);
        assert_eq!(verdict(&mut intake, "reader", "s3://lake/part-0"), "allowed", "{region}");
    }
}

#[test]
fn values_that_nobody_knows_say_why() {
    let cases = [
        (r#"{"Ref":"P"}"#, r#""Parameters":{"P":{"Type":"String"}},"#, "give --parameter P="),
        (r#"{"Fn::ImportValue":"nowhere"}"#, "", "no template of this run exports `nowhere`"),
        (r#""{{resolve:secretsmanager:s:SecretString}}""#, "", "looked up when the stack is deployed"),
        (r#""{{resolve:ssm:/a/b}}""#, "", "give --parameter ssm:/a/b="),
        (r#"{"Fn::Transform":{"Name":"AWS::Include"}}"#, "", "AWS::Include (Fn::Transform)"),
        (r#"{"Fn::GetAtt":["Bucket","Nothing"]}"#, "", "known when the stack is deployed"),
        (r#"{"Fn::Select":[0,{"Fn::GetAZs":""}]}"#, "", "differ from account to account"),
        (r#"{"Ref":"Bukcet"}"#, "", "no parameter and no resource `Bukcet`"),
        (
            r#"{"Ref":"S"}"#,
            r#""Parameters":{"S":{"Type":"AWS::SSM::Parameter::Value<String>","Default":"/x"}},"#,
            "give --parameter ssm:/x=",
        ),
    ];
    for (expression, sections, why) in cases {
        let template = format!(
            r#"{{{sections}"Resources":{{"Bucket":{{"Type":"AWS::S3::Bucket"}},"R":{{"Type":"AWS::IAM::Role","Properties":{{"AssumeRolePolicyDocument":{TRUST},
            "Policies":[{{"PolicyName":"p","PolicyDocument":{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"s3:GetObject","Resource":{expression}}}]}}}}]}}}}}}}}"#
        );
        let mut intake = load(&[("t.json", &template)], PLACE);
        let found = resources(&intake, "R");
        assert!(symbol::is_unknown_in(&found[0]), "{expression} {found:?}");
        let known = &intake.estate.symbols[symbol::first_in(&found[0]).unwrap()];
        assert!(known.why.contains(why), "{expression}: {}", known.why);
        assert_eq!(verdict(&mut intake, "R", "s3://Bucket/x"), "conditional", "{expression}");
    }
}

#[test]
fn given_values_come_before_files_and_defaults() {
    let sections = r#""Parameters":{"P":{"Type":"String","Default":"default"}},"#;
    let expression = r#"{"Ref":"P"}"#;
    assert_eq!(evaluated(expression, sections, &[("P", "given")]), ["given"]);
    assert_eq!(evaluated(expression, sections, &[("t.P", "given")]), ["given"]);
    assert_eq!(evaluated(expression, sections, &[("other.P", "given")]), ["default"]);
}

fn parameter_file(text: &str) -> Vec<String> {
    let template = format!(
        "Parameters: {{P: {{Type: String, Default: d}}}}\nResources:\n  R:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument: {TRUST}\n      Policies:\n      - PolicyName: p\n        PolicyDocument: {{Version: 2012-10-17, Statement: [{{Effect: Allow, Action: 's3:GetObject', Resource: !Ref P}}]}}\n"
    );
    resources(&load(&[("t.yaml", &template), ("values.json", text)], PLACE), "R")
}

#[test]
fn parameter_files() {
    assert_eq!(parameter_file(r#"[{"ParameterKey":"P","ParameterValue":"cli"}]"#), ["cli"]);
    assert_eq!(parameter_file(r#"{"Parameters":{"P":"pipeline"}}"#), ["pipeline"]);
}

const YAML: &str = r#"
AWSTemplateFormatVersion: 2010-09-09
Conditions:
  Here: !Equals [!Ref AWS::AccountId, 111111111111]
Resources:
  Lake:
    Type: AWS::S3::Bucket
    Properties:
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - BucketKeyEnabled: true
            ServerSideEncryptionByDefault: {SSEAlgorithm: aws:kms, KMSMasterKeyID: !GetAtt LakeKey.Arn}
  LakeKey:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Principal: {AWS: 111111111111}
            Action: kms:*
            Resource: '*'
  Reader:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement: {Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: sts:AssumeRole}
      ManagedPolicyArns: [!Ref Objects]
      Policies:
        - PolicyName: decrypt
          PolicyDocument: |
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}]}
  Objects:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: 2012-10-17
        Statement:
          - Effect: !If [Here, Allow, Deny]
            Action: s3:GetObject
            Resource: !Sub '${Lake.Arn}/*'
"#;

#[test]
fn a_template_in_yaml_is_answered() {
    let mut intake = load(&[("t.yaml", YAML)], PLACE);
    assert!(!intake.has_errors(), "{:?}", intake.problems);
    assert_eq!(verdict(&mut intake, "Reader", "s3://Lake/x"), "allowed");
    let key = &intake.estate.keys[0];
    assert_eq!(key.state.provided().unwrap().value, KeyState::Enabled);
    let bucket = intake.estate.bucket("Lake").unwrap();
    assert_eq!(bucket.ownership, Known::Provided(Ownership::BucketOwnerEnforced));
    assert!(matches!(bucket.policy, Known::Provided(None)));
    assert_eq!(bucket.region, Known::Provided("eu-west-1".to_owned()));
    // Every fact has its place in the file.
    let objects = policies(&intake, "Reader").into_iter().find(|p| p.pointer.contains("Objects")).unwrap();
    let text = intake.sources.text(objects.statements[0].span);
    assert!(text.contains("${Lake.Arn}/*"), "{text}");
    assert_eq!(intake.files[0].contributed, ["1 role, 1 key, 1 bucket, 4 policies"]);
}

#[test]
fn without_an_account_it_is_the_same_one_everywhere() {
    let template = YAML.replace("{AWS: 111111111111}", "{AWS: !Sub 'arn:aws:iam::${AWS::AccountId}:root'}");
    let template = template.replace("!If [Here, Allow, Deny]", "Allow");
    let mut intake = load(&[("t.yaml", &template)], &[]);
    assert_eq!(verdict(&mut intake, "Reader", "s3://Lake/x"), "allowed");
}

/// A role in a template with one undecided parameter `Env`.
fn undecided(properties: &str, more: &str) -> String {
    format!(
        "Parameters: {{Env: {{Type: String}}}}\nConditions:\n  Prod: !Equals [!Ref Env, prod]\n  Dev: !Equals [!Ref Env, dev]\n  NotProd: !Not [!Condition Prod]\nResources:\n  B: {{Type: AWS::S3::Bucket, Properties: {{BucketName: lake}}}}\n  R:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument: {TRUST}\n{properties}\n{more}"
    )
}

const ALLOW: &str = "{Effect: Allow, Action: 's3:GetObject', Resource: '*'}";
const DENY: &str = "{Effect: Deny, Action: 's3:GetObject', Resource: '*'}";

fn inline(statements: &str) -> String {
    format!(
        "      Policies: [{{PolicyName: p, PolicyDocument: {{Version: 2012-10-17, Statement: {statements}}}}}]"
    )
}

#[test]
fn both_ways_of_an_open_condition() {
    let cases = [
        // (the statements, without Env, with Env=prod, with Env=test)
        (format!("[!If [Prod, {ALLOW}, {DENY}]]"), "conditional", "allowed", "denied"),
        (format!("!If [Prod, [{ALLOW}], [{DENY}]]"), "conditional", "allowed", "denied"),
        (format!("[{ALLOW}, !If [Prod, {DENY}, !Ref 'AWS::NoValue']]"), "conditional", "denied", "allowed"),
        ("[{Effect: !If [Prod, Allow, Deny], Action: 's3:GetObject', Resource: '*'}]".to_owned(), "conditional", "allowed", "denied"),
        ("[{Effect: Allow, Action: !If [Prod, 's3:GetObject', 's3:PutObject'], Resource: '*'}]".to_owned(), "conditional", "allowed", "denied"),
        ("[{Effect: Allow, Action: 's3:GetObject', Resource: !Sub ['arn:aws:s3:::${B}/*', {B: !If [Prod, lake, other]}]}]".to_owned(), "conditional", "allowed", "denied"),
        // The same on both sides is no condition at all.
        ("[{Effect: Allow, Action: !If [Prod, 's3:GetObject', 's3:Get*'], Resource: '*'}]".to_owned(), "allowed", "allowed", "allowed"),
        (format!("[!If [Prod, {ALLOW}, !Ref 'AWS::NoValue'], !If [NotProd, {ALLOW}, !Ref 'AWS::NoValue']]"), "allowed", "allowed", "allowed"),
        // It cannot be both.
        (format!("[!If [Prod, !If [Dev, {ALLOW}, {DENY}], {DENY}]]"), "denied", "denied", "denied"),
    ];
    for (statements, open, prod, test) in cases {
        let template = undecided(&inline(&statements), "");
        for (env, expected) in [(None, open), (Some("prod"), prod), (Some("test"), test)] {
            let parameters: Vec<_> = PLACE.iter().copied().chain(env.map(|env| ("Env", env))).collect();
            let mut intake = load(&[("t.yaml", &template)], &parameters);
            assert!(!intake.has_errors(), "{:?}", intake.problems);
            assert_eq!(verdict(&mut intake, "R", "s3://lake/x"), expected, "{statements} {env:?}");
        }
    }
}

#[test]
fn an_open_switch_is_called_by_its_condition_and_says_what_decides_it() {
    let template = undecided(&inline(&format!("[!If [Prod, {ALLOW}, {DENY}]]")), "");
    let mut intake = load(&[("t.yaml", &template)], PLACE);
    let answer = read(&mut intake, "R", "s3://lake/x");
    let unknown = &answer.depends_on[0];
    assert!(unknown.name.contains("condition Prod"), "{}", unknown.name);
    let (_, symbol) = intake.estate.symbols.iter().find(|(name, _)| name.contains("condition Prod")).unwrap();
    assert!(symbol.why.contains("give --parameter Env="), "{}", symbol.why);
}

#[test]
fn open_conditions_of_whole_resources_and_lists() {
    let policy = |condition: &str| {
        format!(
            "  P:\n    Type: AWS::IAM::Policy\n    Condition: {condition}\n    Properties:\n      PolicyName: p\n      Roles: [!Ref R]\n      PolicyDocument: {{Version: 2012-10-17, Statement: [{ALLOW}]}}\n"
        )
    };
    let managed = format!(
        "  M:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      PolicyDocument: {{Version: 2012-10-17, Statement: [{ALLOW}]}}\n"
    );
    let cases = [
        ("".to_owned(), policy("Prod"), "conditional", "allowed", "denied"),
        ("      ManagedPolicyArns: [!If [Prod, !Ref M, !Ref 'AWS::NoValue']]".to_owned(), managed.clone(), "conditional", "allowed", "denied"),
        ("      ManagedPolicyArns: !If [Prod, [!Ref M], []]".to_owned(), managed.clone(), "conditional", "allowed", "denied"),
        ("      ManagedPolicyArns: !If [Prod, ['arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'], [!Ref M]]".to_owned(), managed, "conditional", "allowed", "allowed"),
    ];
    for (properties, more, open, prod, test) in cases {
        let template = undecided(&properties, &more);
        for (env, expected) in [(None, open), (Some("prod"), prod), (Some("test"), test)] {
            let parameters: Vec<_> = PLACE.iter().copied().chain(env.map(|env| ("Env", env))).collect();
            let mut intake = load(&[("t.yaml", &template)], &parameters);
            assert_eq!(verdict(&mut intake, "R", "s3://lake/x"), expected, "{properties} {env:?}");
        }
    }
    // Whoever asks about a role takes it for granted that it exists, and what exists only with it.
    let mut template = undecided(&inline("[]"), &policy("Prod"));
    template = template.replace("    Type: AWS::IAM::Role", "    Condition: Prod\n    Type: AWS::IAM::Role");
    template = template.replace(&inline("[]"), "");
    let mut intake = load(&[("t.yaml", &template)], PLACE);
    assert_eq!(verdict(&mut intake, "R", "s3://lake/x"), "allowed");
    assert!(intake.files[0].missing.iter().any(|m| m.contains("whether R exists")), "{:?}", intake.files);
    let mut away: Vec<_> = PLACE.to_vec();
    away.push(("Env", "test"));
    assert!(load(&[("t.yaml", &template)], &away).estate.roles.is_empty());
}

#[test]
fn exports_are_imported_whichever_file_comes_first() {
    let exporter = "Resources:\n  B: {Type: AWS::S3::Bucket}\nOutputs:\n  Arn: {Value: !GetAtt B.Arn, Export: {Name: !Sub '${AWS::Region}-lake'}}\n";
    let importer = format!(
        "Resources:\n  R:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument: {TRUST}\n{}",
        inline(
            "[{Effect: Allow, Action: 's3:GetObject', Resource: !Sub ['${A}/*', {A: !ImportValue eu-west-1-lake}]}]"
        )
    );
    for names in [["a.yaml", "b.yaml"], ["b.yaml", "a.yaml"]] {
        let mut intake = load(&[(names[0], exporter), (names[1], &importer)], PLACE);
        assert_eq!(verdict(&mut intake, "R", "s3://B/x"), "allowed");
    }
    // The name of a stack that nobody told is the one that fits.
    let by_stack = exporter.replace("${AWS::Region}-lake", "${AWS::StackName}-lake");
    let mut intake = load(&[("a.yaml", &importer), ("net.yaml", &by_stack)], PLACE);
    assert_eq!(verdict(&mut intake, "R", "s3://B/x"), "allowed");
    assert!(intake.files.iter().any(|f| f.missing.iter().any(|m| m.contains("AWS::StackName"))));
}

#[test]
fn nested_stacks_take_parameters_and_give_outputs() {
    let parent = format!(
        "Resources:\n  Data:\n    Type: AWS::CloudFormation::Stack\n    Properties: {{TemplateURL: ./data.yaml, Parameters: {{Name: lake}}}}\n  R:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument: {TRUST}\n{}",
        inline("[{Effect: Allow, Action: 's3:GetObject', Resource: !Sub '${Data.Outputs.Arn}/*'}]")
    );
    let child = "Parameters: {Name: {Type: String}}\nResources:\n  B: {Type: AWS::S3::Bucket, Properties: {BucketName: !Ref Name}}\nOutputs:\n  Arn: {Value: !GetAtt B.Arn}\n";
    let mut intake = load(&[("main.yaml", &parent), ("data.yaml", child)], PLACE);
    assert_eq!(intake.estate.buckets.len(), 1);
    assert_eq!(resources(&intake, "R"), ["arn:aws:s3:::lake/*"]);
    assert_eq!(verdict(&mut intake, "R", "s3://lake/x"), "allowed");
    let intake = load(&[("main.yaml", &parent)], PLACE);
    assert!(symbol::is_unknown_in(&resources(&intake, "R")[0]));
    assert!(intake.files[0].missing[0].contains("template of the nested stack Data"));
}

#[test]
fn an_assembly_says_where_its_templates_are_deployed() {
    let manifest = r#"{"version":"48.0.0","artifacts":{"Data":{"type":"aws:cloudformation:stack","environment":"aws://222222222222/eu-central-1",
        "properties":{"templateFile":"Data.template.json","stackName":"prod-data","parameters":{"P":"from-cdk"}}}}}"#;
    let template = format!(
        r#"{{"Parameters":{{"P":{{"Type":"String"}}}},"Resources":{{"R12":{{"Type":"AWS::IAM::Role","Metadata":{{"aws:cdk:path":"Data/Reader/Resource"}},
        "Properties":{{"RoleName":{{"Fn::Sub":"${{AWS::StackName}}-${{P}}"}},"AssumeRolePolicyDocument":{TRUST}}}}},"K":{{"Type":"AWS::KMS::Key"}}}}}}"#
    );
    for directory in ["", "cdk.out/"] {
        let files = [
            (format!("{directory}manifest.json"), manifest),
            (format!("{directory}Data.template.json"), &*template),
        ];
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (&**name, *text)).collect();
        let intake = load(&files, &[]);
        for name in ["R12", "prod-data.R12", "Data/Reader", "Data/Reader/Resource", "prod-data-from-cdk"] {
            let arn = role(&intake, name).arn.value.as_str();
            assert_eq!(arn, "arn:aws:iam::222222222222:role/prod-data-from-cdk", "{name}");
        }
        assert!(
            intake.estate.keys[0]
                .arn
                .value
                .as_str()
                .starts_with("arn:aws:kms:eu-central-1:222222222222:key/")
        );
        let policy = intake.estate.keys[0].policy.provided().unwrap();
        assert!(matches!(policy.statements.len(), 1));
    }
}

#[test]
fn sam_writes_roles() {
    let template = "Transform: AWS::Serverless-2016-10-31\nResources:\n  B: {Type: AWS::S3::Bucket, Properties: {BucketName: lake}}\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      Policies:\n      - S3ReadPolicy: {BucketName: !Ref B}\n      - SQSPollerPolicy: {QueueName: q}\n      - Version: 2012-10-17\n        Statement: [{Effect: Allow, Action: 'kms:Decrypt', Resource: '*'}]\n  Own:\n    Type: AWS::Serverless::Function\n    Properties: {Role: 'arn:aws:iam::111111111111:role/own'}\n";
    let mut intake = load(&[("t.yaml", template)], PLACE);
    assert!(!intake.has_errors(), "{:?}", intake.problems);
    assert_eq!(intake.estate.roles.len(), 1);
    for name in ["F", "FRole", "t.F"] {
        assert_eq!(verdict(&mut intake, name, "s3://lake/x"), "allowed");
    }
    let open = template
        .replace("SQSPollerPolicy", "SomethingNewPolicy")
        .replace("S3ReadPolicy", "SQSSendMessagePolicy");
    let mut intake = load(&[("t.yaml", &open)], PLACE);
    assert_eq!(verdict(&mut intake, "F", "s3://lake/x"), "conditional");
}

#[test]
fn two_resources_of_one_name_are_one_on_either_side() {
    let resource = |id: &str, condition: &str, statement: &str| {
        format!(
            "  {id}:\n    Type: AWS::IAM::Role\n    Condition: {condition}\n    Properties:\n      RoleName: reader\n      AssumeRolePolicyDocument: {TRUST}\n{}\n",
            inline(&format!("[{statement}]"))
        )
    };
    for (other, expected) in [(ALLOW, "allowed"), (DENY, "conditional")] {
        let more = resource("One", "Prod", ALLOW) + &resource("Two", "NotProd", other);
        let mut intake = load(&[("t.yaml", &undecided("", &more))], PLACE);
        assert!(!intake.has_errors(), "{:?}", intake.problems);
        assert_eq!(verdict(&mut intake, "reader", "s3://lake/x"), expected);
    }
}

#[test]
fn loops_are_written_out() {
    let template = format!(
        "Transform: AWS::LanguageExtensions\nResources:\n  'Fn::ForEach::Roles':\n  - Name\n  - [alpha, beta]\n  - 'Role${{Name}}':\n      Type: AWS::IAM::Role\n      Properties:\n        RoleName: !Sub 'r-${{Name}}'\n        AssumeRolePolicyDocument: {TRUST}\n"
    );
    let intake = load(&[("t.yaml", &template)], PLACE);
    let names: Vec<_> = intake.estate.roles.iter().map(|r| r.name()).collect();
    assert_eq!(names, ["r-alpha", "r-beta"]);
    assert_eq!(role(&intake, "Rolealpha").name(), "r-alpha");
}

#[test]
fn stored_parameters_of_the_run_are_read() {
    let writer = "Resources:\n  B: {Type: AWS::S3::Bucket, Properties: {BucketName: lake}}\n  P: {Type: AWS::SSM::Parameter, Properties: {Name: /lake/arn, Type: String, Value: !GetAtt B.Arn}}\n";
    let reader = format!(
        "Parameters: {{Arn: {{Type: 'AWS::SSM::Parameter::Value<String>', Default: /lake/arn}}}}\nResources:\n  R:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument: {TRUST}\n{}",
        inline(
            "[{Effect: Allow, Action: 's3:GetObject', Resource: [!Sub '${Arn}/*', '{{resolve:ssm:/lake/arn:1}}/b']}]"
        )
    );
    let intake = load(&[("a.yaml", &reader), ("b.yaml", writer)], PLACE);
    assert_eq!(resources(&intake, "R"), ["arn:aws:s3:::lake/*", "arn:aws:s3:::lake/b"]);
}

#[test]
fn keys_buckets_and_their_settings() {
    let template = "Resources:\n  K: {Type: AWS::KMS::Key, Properties: {Enabled: false, MultiRegion: true}}\n  A: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/lake, TargetKeyId: !Ref K}}\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketEncryption: {ServerSideEncryptionConfiguration: [{ServerSideEncryptionByDefault: {SSEAlgorithm: 'aws:kms', KMSMasterKeyID: !Ref K}}]}\n      OwnershipControls: {Rules: [{ObjectOwnership: ObjectWriter}]}\n      PublicAccessBlockConfiguration: {RestrictPublicBuckets: true}\n      Tags: [{Key: team, Value: lake}]\n  P: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: !Ref B, PolicyDocument: {Version: 2012-10-17, Statement: []}}}\n  E: {Type: AWS::EC2::VPCEndpoint, Properties: {VpcId: vpc-1, ServiceName: com.amazonaws.eu-west-1.s3}}\n";
    let intake = load(&[("t.yaml", template)], PLACE);
    let key = &intake.estate.keys[0];
    assert_eq!(key.state.provided().unwrap().value, KeyState::Disabled);
    assert_eq!(key.aliases, Known::Provided(vec!["alias/lake".to_owned()]));
    assert!(key.id().starts_with("mrk-"));
    let bucket = intake.estate.bucket("B").unwrap();
    let encryption = bucket.encryption.provided().unwrap();
    assert_eq!((encryption.kind, encryption.bucket_key), (EncryptionType::SseKms, Some(false)));
    assert_eq!(bucket.ownership, Known::Provided(Ownership::ObjectWriter));
    let block = bucket.public_access_block.provided().unwrap();
    assert!(block.restrict_public_buckets && !block.ignore_public_acls);
    assert_eq!(bucket.tags.provided().unwrap()["team"], "lake");
    assert!(bucket.policy.provided().unwrap().is_some());
    let endpoint = &intake.estate.endpoints[0];
    assert_eq!(endpoint.vpc.as_deref(), Some("vpc-1"));
    assert!(matches!(endpoint.policy, Known::Provided(None)));
}

#[test]
fn circles_end() {
    let circle = r#"{"Conditions":{"A":{"Condition":"B"},"B":{"Fn::Not":[{"Condition":"A"}]}},"Resources":{
        "X":{"Type":"AWS::S3::Bucket","Properties":{"BucketName":{"Ref":"Y"}}},"Y":{"Type":"AWS::S3::Bucket","Properties":{"BucketName":{"Fn::Sub":"${X}"}}},
        "Z":{"Type":"AWS::S3::Bucket","Condition":"A"}}}"#;
    let intake = load(&[("t.json", circle)], &[]);
    assert!(
        intake
            .problems
            .iter()
            .any(|p| p.code == Code::InvalidTemplate && p.message.contains("depends on itself"))
    );
}

#[test]
fn what_runs_with_which_role() {
    let template = format!(
        r"
AWSTemplateFormatVersion: 2010-09-09
Transform: AWS::Serverless-2016-10-31
Parameters: {{Given: {{Type: String}}}}
Resources:
  R: {{Type: AWS::IAM::Role, Properties: {{AssumeRolePolicyDocument: {TRUST}}}}}
  Named: {{Type: AWS::IAM::Role, Properties: {{RoleName: named, Path: /app/, AssumeRolePolicyDocument: {TRUST}}}}}
  Profile: {{Type: AWS::IAM::InstanceProfile, Properties: {{Roles: [!Ref R]}}}}
  Web: {{Type: AWS::EC2::Instance, Properties: {{IamInstanceProfile: !Ref Profile}}}}
  Bare: {{Type: AWS::EC2::Instance}}
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties: {{LaunchTemplateData: {{IamInstanceProfile: {{Arn: !GetAtt Profile.Arn}}}}}}
  Lambda: {{Type: AWS::Lambda::Function, Properties: {{Role: !GetAtt R.Arn}}}}
  Open: {{Type: AWS::Lambda::Function, Properties: {{Role: !Ref Given}}}}
  Sam: {{Type: AWS::Serverless::Function, Properties: {{}}}}
  Own: {{Type: AWS::Serverless::Function, Properties: {{Role: 'arn:aws:iam::111111111111:role/far'}}}}
  Job: {{Type: AWS::Glue::Job, Properties: {{Role: named}}}}
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties: {{TaskRoleArn: !GetAtt R.Arn, ExecutionRoleArn: !Sub 'arn:aws:iam::${{AWS::AccountId}}:role/exec'}}
  Emr: {{Type: AWS::EMR::Cluster, Properties: {{ServiceRole: named, JobFlowRole: !Ref Profile}}}}
  Notebook: {{Type: AWS::SageMaker::NotebookInstance, Properties: {{RoleArn: !GetAtt R.Arn}}}}
  Build: {{Type: AWS::CodeBuild::Project, Properties: {{ServiceRole: !Ref Named}}}}
  Steps: {{Type: AWS::StepFunctions::StateMachine, Properties: {{RoleArn: !GetAtt R.Arn}}}}
  Cluster: {{Type: AWS::EKS::Cluster, Properties: {{Name: prod}}}}
  Pods:
    Type: AWS::EKS::PodIdentityAssociation
    Properties: {{ClusterName: !Ref Cluster, Namespace: analytics, ServiceAccount: reader, RoleArn: !GetAtt R.Arn}}
  Oidc:
    Type: AWS::IAM::OIDCProvider
    Properties: {{Url: 'https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE', ClientIdList: [sts.amazonaws.com]}}
  Saml: {{Type: AWS::IAM::SAMLProvider, Properties: {{Name: idp, SamlMetadataDocument: x}}}}
"
    );
    let intake = load(&[("t.yaml", &template)], PLACE);
    assert!(!intake.has_errors(), "{:?}", intake.problems);
    let estate = &intake.estate;
    let all = estate.workloads.iter();
    let mut all: Vec<String> =
        all.map(|w| format!("{} {}", w.described(), w.role.value.resource())).collect();
    all.sort();
    assert_eq!(
        all,
        [
            "CodeBuild project Build role/app/named",
            "EC2 instance Web role/‹t.yaml.R›",
            "ECS agent of task definition Task role/exec",
            "ECS task definition Task role/‹t.yaml.R›",
            "EMR cluster Emr role/app/named",
            "Glue job Job role/app/named",
            "Lambda function Lambda role/‹t.yaml.R›",
            "Lambda function Open role/«t.yaml.Given»",
            "Lambda function Own role/far",
            "Lambda function Sam role/‹t.yaml.SamRole›",
            "SageMaker notebook instance Notebook role/‹t.yaml.R›",
            "instances of EMR cluster Emr role/‹t.yaml.R›",
            "launch template Template role/‹t.yaml.R›",
            "service account analytics/reader role/‹t.yaml.R›",
            "state machine Steps role/‹t.yaml.R›",
        ]
    );
    let cluster = "arn:aws:eks:eu-west-1:111111111111:cluster/prod";
    let pod = estate.workloads.iter().find_map(|workload| workload.service_account()).unwrap();
    assert_eq!(pod.cluster.as_deref(), Some(cluster));
    assert_eq!(estate.clusters[0].arn.value.as_str(), cluster);
    assert_eq!(estate.oidc_providers[0].url, "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE");
    assert_eq!(estate.saml_providers[0].arn.value.as_str(), "arn:aws:iam::111111111111:saml-provider/idp");
    assert_eq!(estate.instance_profiles[0].role.as_ref().unwrap().value, role(&intake, "R").arn.value);
    assert_eq!(
        intake.files[0].contributed,
        ["3 roles, 2 policies, 1 instance profile, 1 OpenID Connect provider, 1 SAML provider, 15 workloads"]
    );
}

/// Tests about public files that are not part of the repository.
mod needs_shared {
    use super::*;

    #[test]
    #[ignore = "needs ../shared"]
    fn every_public_template_is_read() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
        let table = fs::read_to_string("tests/scenarios/inputs/counts-cloudformation.tsv").unwrap();
        let mut lines = table.lines();
        let columns: Vec<&str> = lines.next().unwrap().split('\t').collect();
        let mut compared = 0;
        for line in lines {
            let cells: Vec<&str> = line.split('\t').collect();
            let cell = |name: &str| cells[columns.iter().position(|c| *c == name).unwrap()];
            let number = |name: &str| cell(name).parse::<usize>().unwrap_or_else(|_| panic!("{line}"));
            let mut intake = Intake::new();
            let path = root.join(cell("file"));
            load::read_inputs(&mut intake, Path::new(""), &[Input::from(&*path.to_string_lossy())], &[]);
            load::finish(&mut intake);
            let kind = &intake.files[0].kind;
            assert_eq!(kind == "cloudformation", cell("read") == "yes", "{line}");
            let syntax = intake.problems.iter().any(|p| p.is_error() && p.code.as_str().ends_with("-syntax"));
            if cell("read") != "yes" || syntax {
                // Whatever is wrong has a place.
                assert!(intake.problems.iter().all(|p| p.span.is_some()), "{line}");
                continue;
            }
            let estate = &intake.estate;
            let found = [estate.users.len(), estate.keys.len(), estate.roles.len(), estate.buckets.len()];
            let counted =
                [number("users"), number("keys"), number("roles") + number("sam_roles"), number("buckets")];
            // Conditions that defaults decide take some of them away, and a policy may be given to others.
            let gone: usize = counted.iter().sum::<usize>().saturating_sub(found.iter().sum());
            assert!(gone <= number("conditional"), "{line}: {found:?} {counted:?}");
            compared += usize::from(found == counted);
        }
        assert!(compared >= 120, "{compared}");
    }
}
