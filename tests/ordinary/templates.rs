//! What templates leave to their deployment, and what is taken for granted of it.
#![allow(clippy::panic, clippy::unwrap_used, reason = "tests may fail loudly")]
#![cfg(feature = "cli")]

use std::fs;

use crate::binary;

const TRUST: &str = "{Version: '2012-10-17', Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: sts:AssumeRole}]}";

/// Writes these files (`TRUST` stands for a trust policy), runs a command line there and compares how it ends.
#[track_caller]
fn ends(files: &[(&str, &str)], line: &str, code: i32, says: &[&str]) -> String {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join(".git")).unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text.replace("TRUST", TRUST)).unwrap();
    }
    let arguments: Vec<&str> = line.split(' ').collect();
    let output = binary::run(dir.path(), &arguments, "");
    let streams = [&output.stdout, &output.stderr].map(|stream| String::from_utf8_lossy(stream).into_owned());
    // Lines are wrapped.
    let text = streams.concat().split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(output.status.code(), Some(code), "{line}\n{}", streams.concat());
    for part in says {
        assert!(text.contains(part), "`{part}` after `{line}`\n{}", streams.concat());
    }
    text
}

/// The policy that SAM's transform writes for a connector allows what its page says, on the bucket and its objects.
///
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/reference-sam-connector.html>
#[test]
fn connectors_of_sam_give_permissions() {
    let head = "Transform: AWS::Serverless-2016-10-31\nResources:\n  Lake: {Type: AWS::S3::Bucket}\n  Queue: {Type: AWS::SQS::Queue}\n";
    let function = "  Load: {Type: AWS::Serverless::Function, Properties: {Handler: a.b}}\n";
    let connector = |permissions: &str, to: &str| {
        format!(
            "{head}{function}  C: {{Type: AWS::Serverless::Connector, Properties: {{Source: {{Id: Load}}, Destination: {{Id: {to}}}, Permissions: [{permissions}]}}}}\n"
        )
    };
    let can = "can LoadRole s3://Lake/x --isolated --input t.yaml";
    ends(&[("t.yaml", &connector("Read", "Lake"))], can, 0, &["ALLOWED"]);
    ends(&[("t.yaml", &connector("Read, Write", "Lake"))], can, 0, &["ALLOWED"]);
    ends(&[("t.yaml", &connector("Write", "Lake"))], can, 1, &["DENIED"]);
    ends(&[("t.yaml", &connector("Read", "Queue"))], can, 1, &["DENIED"]);
    // What the destination is, nobody says here.
    ends(&[("t.yaml", &connector("Read", "Elsewhere"))], can, 4, &["transform of SAM"]);
    let embedded = format!(
        "{head}  Load: {{Type: AWS::Serverless::Function, Connectors: {{C: {{Properties: {{Destination: [{{Id: Queue}}, {{Id: Lake}}], Permissions: [Read]}}}}}}, Properties: {{Handler: a.b}}}}\n"
    );
    ends(&[("t.yaml", &embedded)], can, 0, &["ALLOWED"]);
    // A function with a role of its own.
    let own = format!(
        "{head}  Own: {{Type: AWS::IAM::Role, Properties: {{RoleName: own, AssumeRolePolicyDocument: TRUST}}}}\n  Load: {{Type: AWS::Lambda::Function, Connectors: {{C: {{Properties: {{Destination: {{Id: Lake}}, Permissions: [Read]}}}}}}, Properties: {{Role: !GetAtt Own.Arn}}}}\n"
    );
    ends(&[("t.yaml", &own)], "can own s3://Lake/x --isolated --input t.yaml", 0, &["ALLOWED"]);
}

/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html>
#[test]
fn globals_of_sam_hold_for_all_functions() {
    let text = "Transform: AWS::Serverless-2016-10-31\nGlobals: {Function: {RolePath: /jobs/}}\nResources:\n  Lake: {Type: AWS::S3::Bucket, Properties: {BucketName: lake}}\n  Load: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Policies: [S3ReadPolicy: {BucketName: lake}]}}\n  Policy:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: lake\n      PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Deny, Principal: '*', Action: 's3:*', Resource: 'arn:aws:s3:::lake/*', Condition: {ArnNotLike: {'aws:PrincipalArn': 'arn:aws:iam::*:role/jobs/*'}}}]}\n";
    ends(&[("t.yaml", text)], "can LoadRole s3://lake/x --isolated --input t.yaml", 0, &["ALLOWED"]);
    let without = text.replace("Globals: {Function: {RolePath: /jobs/}}\n", "");
    ends(&[("t.yaml", &without)], "can LoadRole s3://lake/x --isolated --input t.yaml", 1, &["DENIED"]);
}

#[test]
fn nested_stacks_are_found_by_the_end_of_their_url() {
    let child = "Parameters:\n  From: {Type: String, Default: nothing}\nResources:\n  Reader: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: TRUST, Policies: [{PolicyName: p, PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: s3:GetObject, Resource: !Sub 'arn:aws:s3:::${From}/*'}]}}]}}\n";
    let parent = |url: &str| {
        format!(
            "Parameters:\n  Home: {{Type: String}}\nResources:\n  Lake: {{Type: AWS::S3::Bucket, Properties: {{BucketName: lake}}}}\n  Iam: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {url}, Parameters: {{From: !Ref Lake}}}}}}\n"
        )
    };
    let can = "can Reader s3://lake/x --isolated --input .";
    for url in [
        "!Sub 'https://${Home}.s3.amazonaws.com/iam.yaml'",
        "!Sub ['https://${B}/${Home}templates/iam.yaml', {B: x}]",
        "!Join ['/', ['https:/', !Ref Home, iam.yaml]]",
        "https://example.s3.amazonaws.com/v1/iam.yaml?versionId=3",
    ] {
        let files = [("top.yaml", &*parent(url)), ("templates/iam.yaml", child)];
        ends(&files, can, 0, &["ALLOWED", "iam.yaml is the template of the nested stack top.yaml/Iam"]);
    }
    // More of the path fits one of them better; where nothing does, none is taken.
    let other = "Resources:\n  Other: {Type: AWS::SQS::Queue}\n";
    let url = parent("!Sub 'https://${Home}/templates/iam.yaml'");
    let files = [("top/top.yaml", &*url), ("templates/iam.yaml", child), ("old/iam.yaml", other)];
    ends(&files, can, 0, &["ALLOWED"]);
    let url = parent("!Sub 'https://${Home}/iam.yaml'");
    let files = [("top/top.yaml", &*url), ("a/iam.yaml", child), ("b/iam.yaml", other)];
    let text = ends(&files, can, 1, &["DENIED", "parameter From of a/iam.yaml has its default `nothing`"]);
    assert!(!text.contains("nested stack top"), "{text}");
}

#[test]
fn defaults_that_policies_use_are_assumptions() {
    let text = "Parameters:\n  From: {Type: String, Default: lake}\n  Note: {Type: String, Default: unused}\nResources:\n  Lake: {Type: AWS::S3::Bucket, Properties: {BucketName: lake, Tags: [{Key: a, Value: !Ref Note}]}}\n  Reader: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: TRUST, Policies: [{PolicyName: p, PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: s3:GetObject, Resource: !Sub 'arn:aws:s3:::${From}/*'}]}}]}}\n";
    let can = "can Reader s3://lake/x --isolated --input t.yaml";
    let says = ["ALLOWED", "parameter From of t.yaml has its default `lake`", "--parameter From=…"];
    let shown = ends(&[("t.yaml", text)], can, 0, &says);
    assert!(!shown.contains("parameter Note"), "{shown}");
    let given = format!("{can} --parameter From=lake");
    assert!(!ends(&[("t.yaml", text)], &given, 0, &["ALLOWED"]).contains("parameter From"));
}

#[test]
fn the_only_export_that_fits_is_an_assumption() {
    let keys = "Resources:\n  Key: {Type: AWS::KMS::Key}\nOutputs:\n  Arn: {Value: !GetAtt Key.Arn, Export: {Name: !Sub '${AWS::StackName}-Key'}}\n";
    let data = "Parameters: {Keys: {Type: String}}\nResources:\n  Lake: {Type: AWS::S3::Bucket, Properties: {BucketEncryption: {ServerSideEncryptionConfiguration: [{ServerSideEncryptionByDefault: {SSEAlgorithm: 'aws:kms', KMSMasterKeyID: KEY}}]}}}\n  Reader: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: TRUST, Policies: [{PolicyName: p, PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: [s3:GetObject, kms:Decrypt], Resource: '*'}]}}]}}\n";
    let import = data.replace("KEY", "{'Fn::ImportValue': !Sub '${Keys}-Key'}");
    let can = "can Reader s3://Lake/x --isolated --input .";
    let files = [("keys.yaml", keys), ("data.yaml", &*import)];
    ends(&files, can, 0, &["ALLOWED", "is what keys.yaml exports", "no other export fits"]);
    ends(&files, "inputs --isolated .", 0, &["is taken for the export"]);
    // A key that nobody names may be any, and not only the one that is here.
    let files = [("keys.yaml", keys), ("data.yaml", &*data.replace("KEY", "!Ref Keys"))];
    ends(&files, can, 4, &["which KMS key encrypts"]);
}

#[test]
fn what_a_condition_leaves_out_is_listed_and_linted() {
    let text = "Parameters: {Env: {Type: String, Default: dev}}\nConditions: {Live: !Equals [!Ref Env, prod], Both: !And [!Condition Live, !Not [!Equals [!Ref Env, x]]]}\nResources:\n  Lake: {Type: AWS::S3::Bucket}\n  Reader: {Type: AWS::IAM::Role, Condition: Both, Properties: {RoleName: reader, AssumeRolePolicyDocument: TRUST, Policies: [{PolicyName: p, PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: allow, Action: 's3:Get Object', Resource: lake}, !If [Live, {Effect: Allow, NotAction: 'iam:*', Resource: '*'}, !Ref AWS::NoValue]]}}]}}\n";
    let files = [("t.yaml", text)];
    let why = "under condition Both, which is false with Env = dev (default): give --parameter Env=…";
    ends(&files, "inputs --isolated t.yaml", 0, &[why]);
    for role in ["Reader", "reader", "t.yaml.Reader"] {
        let can = format!("can {role} s3://Lake/x --isolated --input t.yaml");
        ends(&files, &can, 2, &["no role", "Reader is declared in t.yaml", why]);
    }
    let found = ["invalid-effect", "invalid-action", "invalid-arn-prefix", "allow-not-action"];
    ends(&files, "lint --isolated t.yaml", 0, &found);
    ends(&files, "lint --isolated t.yaml --parameter Env=prod", 0, &found);
}

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-macros.html>
#[test]
fn what_writes_into_a_template_is_said() {
    let body = "Resources:\n  Lake: {Type: AWS::S3::Bucket}\n  Reader: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: TRUST, Policies: [{PolicyName: p, PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: s3:GetObject, Resource: '*'}]}}]}}\n";
    let module = "  More: {Type: 'Acme::S3::Things::MODULE'}\n";
    let include = "  Fn::Transform: {Name: AWS::Include, Parameters: {Location: 's3://x/y.yaml'}}\n";
    let can = "can Reader s3://Lake/x --isolated --input t.yaml";
    for (text, name) in [
        (format!("Transform: [AWS::LanguageExtensions, Hardener]\n{body}"), "Hardener"),
        (format!("{body}{module}"), "Acme::S3::Things::MODULE"),
        (format!("{body}{include}"), "AWS::Include"),
    ] {
        let files = [("t.yaml", &*text)];
        ends(&files, can, 0, &[&format!("what {name} writes into t.yaml changes nothing here")]);
        ends(&files, "inputs --isolated t.yaml", 0, &[&format!("what {name} makes of the template")]);
        ends(&files, &format!("{can} --strict"), 4, &[&format!("what {name} writes into t.yaml")]);
    }
    let plain = format!("Transform: AWS::LanguageExtensions\n{body}");
    assert!(!ends(&[("t.yaml", &plain)], can, 0, &[]).contains("writes into"));
}

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-stackset.html>
#[test]
fn a_template_inside_a_stack_set_is_read() {
    let text = "Resources:\n  Lake: {Type: AWS::S3::Bucket, Properties: {BucketName: lake}}\n  Everywhere:\n    Type: AWS::CloudFormation::StackSet\n    Properties:\n      StackSetName: everywhere\n      PermissionModel: SERVICE_MANAGED\n      TemplateBody: |\n        Resources:\n          Copy: {Type: AWS::S3::Bucket, Properties: {BucketName: copy}}\n          Reader:\n            Type: AWS::IAM::Role\n            Properties:\n              RoleName: reader\n              AssumeRolePolicyDocument: TRUST\n              Policies: [{PolicyName: p, PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: s3:GetObject, Resource: '*'}]}}]\n";
    let files = [("t.yaml", text)];
    let shown = ends(&files, "inputs --isolated t.yaml", 0, &["1 role, 2 buckets"]);
    assert!(!shown.contains("what stack set"), "{shown}");
    ends(&files, "can reader s3://copy/x --isolated --input t.yaml", 0, &["same account"]);
    // The stack set's own account may be another one.
    ends(&files, "can reader s3://lake/x --isolated --input t.yaml", 4, &["«account 2»"]);
}
