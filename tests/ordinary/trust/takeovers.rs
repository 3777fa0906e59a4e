//! Who could take a role or user over, or open what is asked about: the recipes of `src/trust/escalation` and of `who --could`.

use super::*;

const EC2: &str = r#"{"Service": "ec2.amazonaws.com"}"#;
const RUN: &str = r#"{"Effect": "Allow", "Action": "ec2:RunInstances", "Resource": "*"}"#;

fn pass(resource: &str, service: &str) -> String {
    format!(
        r#"{{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "{resource}", "Condition": {{"StringEquals": {{"iam:PassedToService": "{service}"}}}}}}"#
    )
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html>
#[test]
fn a_role_is_passed_to_a_service_it_trusts() {
    const READER: &str = "arn:aws:iam::111111111111:role/reader";
    let world =
        |own: &str| World::new().user("1/ann", own).role("1/reader", &trusts(EC2), "").could("1/reader");
    let both = |resource: &str, service: &str| format!("{}, {RUN}", pass(resource, service));
    let taken = ["1/ann > 1/reader by pass-role-ec2"];
    assert_eq!(world(&both(READER, "ec2.amazonaws.com")), taken);
    assert_eq!(world(&both("*", "ec2.amazonaws.com")), taken);
    // Every part is needed (R128).
    for closed in [
        both(READER, "lambda.amazonaws.com"),
        both("arn:aws:iam::111111111111:role/other", "ec2.amazonaws.com"),
        pass(READER, "ec2.amazonaws.com"),
        RUN.to_owned(),
        format!(
            r#"{}, {{"Effect": "Deny", "Action": "ec2:*", "Resource": "*"}}"#,
            both(READER, "ec2.amazonaws.com")
        ),
    ] {
        assert!(world(&closed).is_empty(), "{closed}");
    }
    // The role must trust the service, and be in the same account.
    let own = both("*", "ec2.amazonaws.com");
    let lambda = trusts(r#"{"Service": "lambda.amazonaws.com"}"#);
    assert!(World::new().user("1/ann", &own).role("1/reader", &lambda, "").could("1/reader").is_empty());
    assert!(World::new().user("2/ann", &own).role("1/reader", &trusts(EC2), "").could("1/reader").is_empty());
    // Only instances of some names: it depends on the name.
    let named = r#"{"Effect": "Allow", "Action": "lambda:*", "Resource": "arn:aws:lambda:*:111111111111:function:etl-*"}"#;
    let own = format!("{}, {named}", pass("*", "lambda.amazonaws.com"));
    let could = World::new().user("1/ann", &own).role("1/reader", &lambda, "").could("1/reader");
    assert_eq!(could, ["1/ann > 1/reader ? by pass-role-lambda"]);
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html>
#[test]
fn roles_are_passed_to_services_that_few_people_think_of() {
    let services = [
        ("tasks.apprunner", "pass-role-app-runner", "apprunner:CreateService"),
        (
            "ec2",
            "pass-role-auto-scaling",
            "autoscaling:CreateLaunchConfiguration autoscaling:CreateAutoScalingGroup",
        ),
        ("ecs-tasks", "pass-role-batch", "batch:RegisterJobDefinition batch:SubmitJob"),
        ("braket", "pass-role-braket", "braket:CreateJob"),
        (
            "cloudformation",
            "pass-role-change-set",
            "cloudformation:CreateChangeSet cloudformation:ExecuteChangeSet",
        ),
        (
            "bedrock-agentcore",
            "pass-role-code-interpreter",
            "bedrock-agentcore:CreateCodeInterpreter bedrock-agentcore:StartCodeInterpreterSession bedrock-agentcore:InvokeCodeInterpreter",
        ),
        ("codebuild", "pass-role-codebuild-update", "codebuild:UpdateProject codebuild:StartBuild"),
        ("ec2", "pass-role-ec2-spot", "ec2:RequestSpotInstances"),
        ("ecs-tasks", "pass-role-ecs-service", "ecs:RegisterTaskDefinition ecs:CreateService"),
        ("ecs-tasks", "pass-role-ecs-start", "ecs:RegisterTaskDefinition ecs:StartTask"),
        (
            "gamelift",
            "pass-role-gamelift",
            "gamelift:CreateBuild gamelift:RequestUploadCredentials gamelift:CreateFleet",
        ),
        ("glue", "pass-role-glue-endpoint", "glue:CreateDevEndpoint"),
        ("sagemaker", "pass-role-sagemaker-processing", "sagemaker:CreateProcessingJob"),
        ("ssm", "pass-role-ssm-automation", "ssm:StartAutomationExecution"),
        (
            "cloudformation",
            "pass-role-stack-set",
            "cloudformation:CreateStackSet cloudformation:CreateStackInstances",
        ),
    ];
    for (service, path, actions) in services {
        let trust = trusts(&format!(r#"{{"Service": "{service}.amazonaws.com"}}"#));
        let could = |actions: &[&str]| {
            let own = format!(r#"{{"Effect": "Allow", "Action": {actions:?}, "Resource": "*"}}"#);
            World::new().user("1/ann", &own).role("1/reader", &trust, "").could("1/reader")
        };
        let mut all: Vec<&str> = actions.split(' ').chain(["iam:PassRole"]).collect();
        assert_eq!(could(&all), [format!("1/ann > 1/reader by {path}")]);
        all.pop();
        assert!(could(&all).is_empty(), "{path}");
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principaltag>
#[test]
fn one_session_makes_all_calls_of_a_takeover() {
    let if_tag = |action: &str, value: &str| {
        format!(
            r#"{{"Effect": "Allow", "Action": "{action}", "Resource": "*", "Condition": {{"StringEquals": {{"aws:PrincipalTag/team": "{value}"}}}}}}"#
        )
    };
    // The tags of ann were not told, and they are the same in both calls.
    let world = |second: &str| {
        let own = format!("{}, {}", if_tag("iam:PassRole", "a"), if_tag("ec2:RunInstances", second));
        World::new().user("1/ann", &own).role("1/reader", &trusts(EC2), "").could("1/reader")
    };
    assert_eq!(world("a"), ["1/ann > 1/reader ? by pass-role-ec2"]);
    assert!(world("b").is_empty());
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html>
#[test]
fn trust_policies_users_and_workloads_are_taken_over() {
    let trust = format!(
        "{}, {}",
        may("iam:UpdateAssumeRolePolicy", "arn:aws:iam::111111111111:role/*"),
        may("sts:AssumeRole", "*")
    );
    let world = World::new().user("1/ann", &trust).role("1/reader", &trusts(EC2), "");
    assert_eq!(world.could("1/reader"), ["1/ann > 1/reader by trust-policy"]);
    // Service-linked roles belong to their service (R86).
    let linked = World::new().user("1/ann", &trust).role(
        "1/aws-service-role/ec2.amazonaws.com/reader",
        &trusts(EC2),
        "",
    );
    assert!(linked.could("1/aws-service-role/ec2.amazonaws.com/reader").is_empty());
    // A user who may assume the role, and somebody who may become that user.
    let ann = r#"{"AWS": "arn:aws:iam::111111111111:user/ann"}"#;
    let world = World::new()
        .user("1/ann", "")
        .user("1/bob", &may("iam:CreateAccessKey", "arn:aws:iam::111111111111:user/ann"))
        .role("1/reader", &trusts(ann), "");
    assert_eq!(world.could("1/reader"), ["1/bob > 1/ann > 1/reader by access-key-of-user"]);
    // A function that runs with the role.
    let function = "arn:aws:lambda:us-east-1:111111111111:function:etl";
    let table = format!(
        "[[workload]]\nservice = \"lambda.amazonaws.com\"\nname = \"{function}\"\nrole = \"arn:aws:iam::111111111111:role/reader\"\n"
    );
    let lambda = trusts(r#"{"Service": "lambda.amazonaws.com"}"#);
    let world = |resource: &str| {
        World::new()
            .user("1/ann", &may("lambda:UpdateFunctionCode", resource))
            .role("1/reader", &lambda, "")
            .with(&table, &[])
            .could("1/reader")
    };
    assert_eq!(world(function), ["1/ann > 1/reader by change-function-code"]);
    assert!(world(&format!("{function}-2")).is_empty());
    // Who can today needs no takeover.
    let world = World::new().user("1/ann", r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#).role(
        "1/reader",
        &trusts(ann),
        "",
    );
    assert!(world.could("1/reader").is_empty());
}

const OBJECT: &str = "s3://lake/a";
const READ: &str = r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*"}"#;

/// A bucket and a key of account 2, with what their policies say.
fn lake(world: World, bucket: &str, key: &str) -> World {
    let told = |text: &str, file: &str| match text {
        "" => "none".to_owned(),
        "default" => "default".to_owned(),
        _ => file.to_owned(),
    };
    let table = format!(
        "[[bucket]]\nname = \"lake\"\naccount = \"222222222222\"\nregion = \"us-east-1\"\npolicy = \"{}\"\nownership = \"BucketOwnerEnforced\"\npublic_access_block = {{ restrict_public_buckets = true }}\n[[key]]\narn = \"{KEY}\"\npolicy = \"{}\"\nstate = \"Enabled\"\ngrants = \"none\"\ntags = {{}}\naliases = []\n[[object]]\nuri = \"s3://lake/*\"\nencryption = {{ type = \"aws:kms\", key = \"{KEY}\", bucket_key = false }}\nowner = \"222222222222\"\n",
        told(bucket, "bucket.json"),
        told(key, "key.json"),
    );
    let files = [("bucket.json", document(bucket)), ("key.json", document(key))];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    world.with(&table, &files)
}

fn key_lets(principal: &str, action: &str, condition: &str) -> String {
    format!(
        r#"{{"Effect": "Allow", "Principal": {{"AWS": "{principal}"}}, "Action": "{action}", "Resource": "*"{condition}}}"#
    )
}

/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html>
#[test]
fn a_key_policy_is_rewritten_by_those_who_may() {
    const ANN: &str = "arn:aws:iam::222222222222:user/ann";
    let both = |more: &str| format!("{READ}, {}", may(more, KEY));
    let root = key_lets("arn:aws:iam::222222222222:root", "kms:PutKeyPolicy", "");
    let could = |own: &str, key: &str| lake(World::new().user("2/ann", own), "", key).could_read(OBJECT);
    let rewritten = [format!("2/ann > {OBJECT} by key-policy")];
    assert_eq!(could(&both("kms:PutKeyPolicy"), &root), rewritten);
    assert_eq!(could(READ, &key_lets(ANN, "kms:PutKeyPolicy", "")), rewritten);
    // The S3 leg is not opened by a key policy, nor is the change allowed by one side of KMS alone (R67).
    assert!(could(&may("kms:PutKeyPolicy", KEY), &root).is_empty());
    assert!(could(READ, &root).is_empty());
    // A denial of the user's own stays.
    let denied = format!(
        r#"{}, {{"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*"}}"#,
        both("kms:PutKeyPolicy")
    );
    assert!(could(&denied, &root).is_empty());
    // PutKeyPolicy works in the key's own account only.
    let foreign = lake(
        World::new().user("1/ann", &both("kms:PutKeyPolicy")),
        r#"{"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*"}"#,
        &key_lets("arn:aws:iam::111111111111:root", "kms:PutKeyPolicy", ""),
    );
    assert!(foreign.could_read(OBJECT).is_empty());
}

/// <https://docs.aws.amazon.com/kms/latest/developerguide/create-grant-authorization.html>
#[test]
fn grants_open_a_key_unless_narrowed() {
    const ANN: &str = "arn:aws:iam::222222222222:user/ann";
    let could = |condition: &str| {
        let condition = match condition {
            "" => String::new(),
            condition => format!(r#", "Condition": {condition}"#),
        };
        let key = key_lets(ANN, "kms:CreateGrant", &condition);
        lake(World::new().user("2/ann", READ), "", &key).could_read(OBJECT)
    };
    let granted = [format!("2/ann > {OBJECT} by grant-of-key")];
    assert_eq!(could(""), granted);
    assert_eq!(
        could(r#"{"ForAllValues:StringEquals": {"kms:GrantOperations": ["Decrypt", "Encrypt"]}}"#),
        granted
    );
    assert_eq!(could(&format!(r#"{{"StringEquals": {{"kms:GranteePrincipal": "{ANN}"}}}}"#)), granted);
    // Only for services of AWS, only for others, only to encrypt, only through another service.
    for narrowed in [
        r#"{"Bool": {"kms:GrantIsForAWSResource": "true"}}"#,
        r#"{"StringEquals": {"kms:GranteePrincipal": "arn:aws:iam::222222222222:role/other"}}"#,
        r#"{"ForAllValues:StringEquals": {"kms:GrantOperations": ["Encrypt"]}}"#,
        r#"{"StringEquals": {"kms:ViaService": "ec2.us-east-1.amazonaws.com"}}"#,
        r#"{"StringEquals": {"kms:GrantConstraintType": "EncryptionContextEquals"}}"#,
    ] {
        assert!(could(narrowed).is_empty(), "{narrowed}");
    }
    // From another account, where both sides let it (R84).
    let own = format!("{READ}, {}", may("kms:CreateGrant", KEY));
    let foreign = |own: &str| {
        lake(
            World::new().user("1/ann", own),
            r#"{"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*"}"#,
            &key_lets("arn:aws:iam::111111111111:root", "kms:CreateGrant", ""),
        )
        .could_read(OBJECT)
    };
    assert_eq!(foreign(&own), [format!("1/ann > {OBJECT} by grant-of-key")]);
    assert!(foreign(READ).is_empty());
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html>,
/// <https://docs.aws.amazon.com/kms/latest/developerguide/abac.html>
#[test]
fn bucket_policies_and_tags_are_changed_by_those_who_may() {
    const LAKE: &str = "arn:aws:s3:::lake";
    let could =
        |own: &str, bucket: &str| lake(World::new().user("2/ann", own), bucket, "default").could_read(OBJECT);
    let decrypt = may("kms:Decrypt", KEY);
    let put = format!("{decrypt}, {}", may("s3:PutBucketPolicy", LAKE));
    assert_eq!(could(&put, ""), [format!("2/ann > {OBJECT} by bucket-policy")]);
    assert!(could(&may("s3:PutBucketPolicy", LAKE), "").is_empty(), "nothing opens the key");
    // Deleting a policy that keeps somebody out.
    let deny = r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*"}"#;
    let delete = format!("{READ}, {decrypt}, {}", may("s3:DeleteBucketPolicy", LAKE));
    assert_eq!(could(&delete, deny), [format!("2/ann > {OBJECT} by bucket-policy-deleted")]);
    let without = format!("{READ}, {}", may("s3:DeleteBucketPolicy", LAKE));
    assert!(could(&without, deny).is_empty());
    // A tag that a policy asks for.
    let tagged = r#"{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/team": "lake"}}}"#;
    let own = format!("{READ}, {tagged}, {}", may("kms:TagResource", KEY));
    assert_eq!(could(&own, ""), [format!("2/ann > {OBJECT} ? by tags-of-key")]);
    assert!(could(&format!("{READ}, {tagged}"), "").is_empty());
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>
#[test]
fn policies_of_identities_are_changed_by_those_who_may() {
    const OWN: &str = "arn:aws:iam::222222222222:role/worker";
    let could = |own: &str| lake(World::new().role("2/worker", &trusts(EC2), own), "", "default");
    let by = |how: &str| {
        vec![
            format!("2/worker > {OBJECT} by {how}"),
            format!("service:ec2.amazonaws.com > 2/worker > {OBJECT} by {how}"),
        ]
    };
    assert_eq!(could(&may("iam:PutRolePolicy", OWN)).could_read(OBJECT), by("policy-of-role"));
    assert_eq!(could(&may("iam:AttachRolePolicy", OWN)).could_read(OBJECT), by("policy-attached-to-role"));
    assert!(
        could(&may("iam:PutRolePolicy", "arn:aws:iam::222222222222:role/other"))
            .could_read(OBJECT)
            .is_empty()
    );
    // Only some policies can be attached: it depends on which.
    let some = format!(
        r#"{{"Effect": "Allow", "Action": "iam:AttachRolePolicy", "Resource": "{OWN}", "Condition": {{"ArnLike": {{"iam:PolicyARN": "arn:aws:iam::aws:policy/Amazon*"}}}}}}"#
    );
    let open: Vec<String> =
        by("policy-attached-to-role").iter().map(|way| way.replace(" by", " ? by")).collect();
    assert_eq!(could(&some).could_read(OBJECT), open);
    // A denial stays with a policy more, and goes with the policy that holds it, if that is an inline one.
    let deny = r#"{"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*"}"#;
    let all = format!("{READ}, {}", may("kms:Decrypt", "*"));
    assert!(
        could(&format!("{all}, {deny}, {}", may("iam:PutRolePolicy", OWN))).could_read(OBJECT).is_empty()
    );
    // Another role's policies help whoever can become that role.
    let ann = r#"{"AWS": "arn:aws:iam::222222222222:user/ann"}"#;
    let world = |trust: &str| {
        let own = may("iam:PutRolePolicy", OWN);
        lake(World::new().user("2/ann", &own).role("2/worker", &trusts(trust), ""), "", "default")
            .could_read(OBJECT)
    };
    assert_eq!(world(ann), [format!("2/ann > {OBJECT} by policy-of-role")]);
    assert!(world(EC2).is_empty());
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePermissionsBoundary.html>
#[test]
fn a_boundary_is_removed_by_those_who_may() {
    let own = format!(
        "{READ}, {}, {}",
        may("kms:Decrypt", "*"),
        may("iam:DeleteRolePermissionsBoundary", "arn:aws:iam::222222222222:role/worker")
    );
    let could = |boundary: &str| {
        let files = [
            ("own.json", document(&own)),
            ("trust.json", document(&trusts(EC2))),
            ("boundary.json", document(boundary)),
        ];
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let table = "[[role]]\narn = \"arn:aws:iam::222222222222:role/worker\"\ntrust = \"trust.json\"\npolicies = [\"own.json\"]\nboundary = \"boundary.json\"\n";
        let ways = lake(World::new().with(table, &files), "", "default").could_read(OBJECT);
        ways.into_iter().next()
    };
    let removed = format!("2/worker > {OBJECT} by boundary-of-role");
    let iam = r#"{"Effect": "Allow", "Action": ["iam:*", "s3:*"], "Resource": "*"}"#;
    assert_eq!(could(iam), Some(removed));
    // A boundary that does not let itself be removed.
    assert_eq!(could(READ), None);
}

#[test]
fn every_takeover_is_in_order_and_described() {
    let ids: Vec<&str> = decryptable::trust::escalation::ALL.iter().map(|recipe| recipe.id).collect();
    assert!(ids.is_sorted_by(|one, next| one < next), "{ids:?}");
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/trust.md")).unwrap();
    for id in ids {
        let family = if id.starts_with("pass-role-") { "pass-role-…" } else { id };
        assert!(page.contains(&format!("`{family}`")), "docs/trust.md does not tell of {id}");
    }
}

/// An action without resource types is allowed by `*` alone.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticmapreduce.html>
#[test]
fn a_narrow_resource_allows_no_action_without_resource_types() {
    let trust = trusts(r#"{"Service": "ec2.amazonaws.com"}"#);
    let could = |on: &str| {
        let pass = may("iam:PassRole", "*");
        let own = format!("{pass}, {}", may("elasticmapreduce:RunJobFlow", on));
        World::new().user("1/ann", &own).role("1/reader", &trust, "").could("1/reader")
    };
    assert_eq!(could("*"), ["1/ann > 1/reader by pass-role-emr"]);
    assert!(could("arn:aws:elasticmapreduce:*:111111111111:cluster/*").is_empty());
}

#[test]
fn takeovers_of_every_role_and_user() {
    let world = World::new()
        .user("1/admin", &format!("{}, {ASSUME_ANY}", may("iam:UpdateAssumeRolePolicy", "*")))
        .user("1/keys", &may("iam:CreateAccessKey", "*"))
        .role("1/target", &trusts(r#"{"Service": "ec2.amazonaws.com"}"#), "");
    let question = TrustQuestion { escalation: true, ..TrustQuestion::default() };
    let found = changing(ask::trust(&world.load().estate, &question).unwrap());
    assert_eq!(found, ["1/admin > 1/target by trust-policy", "1/keys > 1/admin by access-key-of-user"]);
    let text = printed(&world, &["trust", "--could"]);
    assert!(text.contains("Could be taken over"), "{text}");
}
