//! Plans and states: what the estate holds, where names lead, and which holes stay.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::string_slice,
    reason = "tests may fail loudly, their helpers too"
)]

use std::path::Path;

use decryptable::ask::{self, Answer, Circumstances, DoesQuestion};
use decryptable::diagnostic::Code;
use decryptable::estate::{Bucket, EncryptionType, Key, KeyReference, KeyState, Known, Ownership, Role};
use decryptable::load::{self, Input, Intake};
use serde_json::{Value, json};

const ACCOUNT: &str = "111111111111";

/// Reads a file of this content.
fn load_bytes(name: &str, bytes: &[u8]) -> Intake {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let mut intake = Intake::new();
    load::read_inputs(&mut intake, Path::new(""), &[Input::from(&*path.to_string_lossy())], &[]);
    load::finish(&mut intake);
    intake
}

fn load_sound(document: &Value) -> Intake {
    let intake = load_bytes("plan.json", document.to_string().as_bytes());
    let errors: Vec<_> = intake.problems.iter().filter(|problem| problem.is_error()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    intake
}

/// An element of `resource_changes`; `data.…` is read, everything else created.
fn change(address: &str, after: Value, unknown: Value) -> Value {
    let action = if address.contains("data.") { "read" } else { "create" };
    changed(address, &[action], Value::Null, after, unknown)
}

fn changed(address: &str, actions: &[&str], before: Value, after: Value, unknown: Value) -> Value {
    let (module, local) = match address.rfind("module.") {
        Some(last) => {
            let inside = &address[last..];
            // The call, its key in brackets, a dot.
            let key = inside.find('[').filter(|at| inside["module.".len()..*at].find('.').is_none());
            let dot = match key {
                Some(at) => at + inside[at..].find("].").unwrap() + 1,
                None => "module.".len() + inside["module.".len()..].find('.').unwrap(),
            };
            (Some(&address[..last + dot]), &inside[dot + 1..])
        }
        None => (None, address),
    };
    let data = local.starts_with("data.");
    let (kind, rest) = local.trim_start_matches("data.").split_once('.').unwrap();
    let (name, index) = match rest.split_once('[') {
        Some((name, index)) => (name, serde_json::from_str(index.trim_end_matches(']')).unwrap()),
        None => (rest, Value::Null),
    };
    let mut out = json!({
        "address": address, "mode": if data { "data" } else { "managed" }, "type": kind, "name": name,
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {"actions": actions, "before": before, "after": after, "after_unknown": unknown},
    });
    if let Some(module) = module {
        out["module_address"] = module.into();
    }
    if !index.is_null() {
        out["index"] = index;
    }
    out
}

/// A resource of a configuration, of the default provider.
fn config(local: &str, expressions: Value) -> Value {
    let data = local.starts_with("data.");
    let (kind, name) = local.trim_start_matches("data.").split_once('.').unwrap();
    json!({
        "address": local, "mode": if data { "data" } else { "managed" }, "type": kind, "name": name,
        "provider_config_key": "aws", "expressions": expressions,
    })
}

/// References to an attribute, as Terraform writes them.
fn refer(to: &[&str]) -> Value {
    let mut list = Vec::new();
    for one in to {
        let mut rest = *one;
        loop {
            list.push(rest.to_owned());
            match rest.rsplit_once(['.', '[']) {
                Some((shorter, _)) if shorter.trim_start_matches("data.").contains('.') => rest = shorter,
                Some((shorter, _)) if rest.starts_with("module.") && shorter != "module" => rest = shorter,
                _ => break,
            }
        }
    }
    json!({"references": list})
}

fn provider() -> Value {
    json!({"aws": {"name": "aws", "full_name": "registry.terraform.io/hashicorp/aws", "expressions": {
        "region": {"constant_value": "eu-west-1"}, "allowed_account_ids": {"constant_value": [ACCOUNT]},
    }}})
}

fn plan(changes: Vec<Value>, root: Value) -> Value {
    json!({
        "format_version": "1.2", "terraform_version": "1.11.4", "planned_values": {"root_module": {}},
        "resource_changes": changes, "configuration": {"provider_config": provider(), "root_module": root},
        "applyable": true, "complete": true, "errored": false,
    })
}

fn trust() -> String {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ]})
    .to_string()
}

fn allow(actions: &[&str], resource: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": actions, "Resource": resource},
    ]})
    .to_string()
}

fn role_after(name: &str) -> Value {
    json!({"name": name, "path": "/", "assume_role_policy": trust(), "permissions_boundary": null, "tags": null})
}

fn role_unknown() -> Value {
    json!({"arn": true, "id": true, "unique_id": true, "inline_policy": true, "managed_policy_arns": true, "tags_all": true})
}

fn role<'i>(intake: &'i Intake, name: &str) -> &'i Role {
    intake.estate.role(name).unwrap_or_else(|error| panic!("{error}"))
}

fn bucket<'i>(intake: &'i Intake, name: &str) -> &'i Bucket {
    intake.estate.bucket(name).unwrap_or_else(|error| panic!("{error}"))
}

fn key<'i>(intake: &'i Intake, arn: &str) -> &'i Key {
    intake.estate.key(&arn.parse().unwrap()).unwrap_or_else(|| panic!("{arn}: {:?}", intake.estate.keys))
}

fn sids(role: &Role) -> Vec<String> {
    let policies = role.policies.provided().expect("all its policies");
    policies.iter().flat_map(|policy| policy.statements.iter().map(|s| format!("{s:?}"))).collect()
}

fn ask(intake: &Intake, role: &str, object: &str) -> Answer {
    let question = DoesQuestion {
        doing: ask::Doing::default(),
        role: role.to_owned(),
        object: object.parse().unwrap(),
        profile: "s3-read".to_owned(),
        version_id: None,
        access_point: None,
        circumstances: Circumstances::default(),
        strict: false,
    };
    ask::read(&intake.estate, &question).unwrap_or_else(|error| panic!("{error}"))
}

fn verdict(intake: &Intake, role: &str, object: &str) -> &'static str {
    ask(intake, role, object).verdict.as_str()
}

/// A role, its inline policy and a bucket encrypted with SSE-S3.
fn simple(policy: &str) -> Value {
    plan(
        vec![
            change("aws_iam_role.reader", role_after("reader"), role_unknown()),
            change(
                "aws_iam_role_policy.read",
                json!({"name": "read", "policy": policy}),
                json!({"role": true}),
            ),
            change(
                "aws_s3_bucket.lake",
                json!({"bucket": "lake"}),
                json!({"id": true, "arn": true, "policy": true}),
            ),
        ],
        json!({"resources": [
            config("aws_iam_role.reader", json!({})),
            config("aws_iam_role_policy.read", json!({"policy": {}, "role": refer(&["aws_iam_role.reader.id"])})),
            config("aws_s3_bucket.lake", json!({"bucket": {"constant_value": "lake"}})),
        ]}),
    )
}

#[test]
fn a_role_its_policy_and_a_bucket() {
    let intake = load_sound(&simple(&allow(&["s3:GetObject"], "arn:aws:s3:::lake/*")));
    let reader = role(&intake, "aws_iam_role.reader");
    assert_eq!(reader.arn.value.as_str(), "arn:aws:iam::111111111111:role/reader");
    assert!(reader.trust.is_provided());
    assert!(matches!(reader.boundary, Known::Provided(None)));
    let lake = bucket(&intake, "lake");
    assert_eq!(lake.account.provided().unwrap().to_string(), ACCOUNT);
    assert_eq!(lake.region.provided().unwrap(), "eu-west-1");
    assert!(matches!(lake.policy, Known::Provided(None)));
    assert_eq!(lake.encryption.provided().unwrap().kind, EncryptionType::SseS3);
    assert_eq!(lake.ownership.provided(), Some(&Ownership::BucketOwnerEnforced));
    assert!(lake.public_access_block.provided().unwrap().restrict_public_buckets);
    assert_eq!(verdict(&intake, "aws_iam_role.reader", "s3://lake/a"), "allowed");
    // The policy is the string at its place in the file.
    let policy = &reader.policies.provided().unwrap()[0];
    let host = intake.sources.host(policy.span);
    assert_eq!(intake.sources.text(host).chars().next(), Some('{'));
    assert!(intake.sources.name(host.source).ends_with("plan.json"));
}

#[test]
fn keys_that_are_new_equal_only_themselves() {
    let rule = json!([{"apply_server_side_encryption_by_default": [{"sse_algorithm": "aws:kms"}]}]);
    let mask = json!([{"apply_server_side_encryption_by_default": [{"kms_master_key_id": true}]}]);
    let sse = "aws_s3_bucket_server_side_encryption_configuration.lake";
    let mut document = simple(&allow(&["s3:GetObject", "kms:Decrypt"], "*"));
    let changes = document["resource_changes"].as_array_mut().unwrap();
    let unset = json!({"arn": true, "key_id": true, "id": true, "policy": true, "multi_region": true});
    changes.push(change(
        "aws_kms_key.lake",
        json!({"is_enabled": true, "key_usage": "ENCRYPT_DECRYPT"}),
        unset,
    ));
    changes.push(change(sse, json!({"rule": rule}), json!({"bucket": true, "rule": mask})));
    let alias = json!({"target_key_id": true, "target_key_arn": true});
    changes.push(change("aws_kms_alias.lake", json!({"name": "alias/lake"}), alias));
    let resources = document["configuration"]["root_module"]["resources"].as_array_mut().unwrap();
    resources.push(config("aws_kms_key.lake", json!({})));
    resources
        .push(config("aws_kms_alias.lake", json!({"target_key_id": refer(&["aws_kms_key.lake.key_id"])})));
    let master = json!([{"apply_server_side_encryption_by_default": [
        {"kms_master_key_id": refer(&["aws_kms_key.lake.arn"]), "sse_algorithm": {"constant_value": "aws:kms"}},
    ]}]);
    resources.push(config(sse, json!({"bucket": refer(&["aws_s3_bucket.lake.id"]), "rule": master})));
    let intake = load_sound(&document);
    let arn = "arn:aws:kms:eu-west-1:111111111111:key/‹aws_kms_key.lake›";
    let lake = key(&intake, arn);
    assert_eq!(lake.state.provided().unwrap().value, KeyState::Enabled);
    assert_eq!(lake.aliases.provided().unwrap(), &["alias/lake"]);
    assert!(lake.policy.is_provided(), "unset is the default policy");
    assert!(!lake.grants.is_provided(), "services may have made some");
    let encryption = bucket(&intake, "lake").encryption.provided().unwrap();
    assert_eq!(encryption.key, Some(KeyReference::Arn(arn.parse().unwrap())));
    let answer = ask(&intake, "reader", "s3://lake/a");
    assert_eq!(answer.verdict.as_str(), "allowed", "{:?}", answer.depends_on);
    // A key whose id somebody wrote down is another one.
    let other = "arn:aws:kms:eu-west-1:111111111111:key/0a1b2c3d-1111-4222-8333-444455556666";
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"},
        {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": other},
    ]});
    document["resource_changes"][1]["change"]["after"]["policy"] = policy.to_string().into();
    assert_eq!(verdict(&load_sound(&document), "reader", "s3://lake/a"), "denied");
}

/// Two root modules call their keys alike: they are two keys, and what one says of its own says nothing of the other.
#[test]
fn plans_that_call_things_alike_are_two_worlds() {
    let dir = tempfile::tempdir().unwrap();
    let key = |sid: &str| {
        let statement =
            json!({"Sid": sid, "Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*"});
        let policy = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
        let unknown = json!({"arn": true, "key_id": true});
        plan(vec![change("aws_kms_key.this", json!({"policy": policy}), unknown)], json!({}))
    };
    let names = ["one.json", "two.json"];
    let inputs = names.map(|name| {
        let path = dir.path().join(name);
        std::fs::write(&path, key(name).to_string()).unwrap();
        Input::from(&*path.to_string_lossy())
    });
    let mut intake = Intake::new();
    load::read_inputs(&mut intake, Path::new(""), &inputs, &[]);
    load::finish(&mut intake);
    let said: Vec<_> =
        intake.estate.keys.iter().map(|key| key.policy.provided().unwrap().statements.len()).collect();
    assert_eq!(said, [1, 1]);
    let [first, second] = *intake.estate.keys.iter().collect::<Vec<_>>() else {
        panic!("{:?}", intake.estate.keys)
    };
    assert_ne!(first.arn.value, second.arn.value);
    assert!(second.arn.value.as_str().contains("two.json"), "{}", second.arn.value);
}

#[test]
fn unresolved_only_where_a_value_matters() {
    let document = |actions: &[&str]| {
        let statement = json!([{"actions": actions, "resources": [null], "effect": null, "principals": []}]);
        let mask = json!([{"actions": [false], "resources": [true], "principals": []}]);
        let mut document = simple("");
        let changes = document["resource_changes"].as_array_mut().unwrap();
        changes[1] = change(
            "aws_iam_role_policy.read",
            json!({"name": "read"}),
            json!({"role": true, "policy": true}),
        );
        changes.push(change(
            "data.aws_iam_policy_document.read",
            json!({"statement": statement, "version": null}),
            json!({"json": true, "id": true, "statement": mask}),
        ));
        let resources = document["configuration"]["root_module"]["resources"].as_array_mut().unwrap();
        resources[1] = config(
            "aws_iam_role_policy.read",
            json!({
                "policy": refer(&["data.aws_iam_policy_document.read.json"]),
                "role": refer(&["aws_iam_role.reader.id"]),
            }),
        );
        let blocks = json!([{"actions": {"constant_value": actions}, "resources": refer(&["aws_s3_bucket.lake.arn"])}]);
        resources.push(config("data.aws_iam_policy_document.read", json!({"statement": blocks})));
        load_sound(&document)
    };
    let intake = document(&["s3:GetObject"]);
    let answer = ask(&intake, "aws_iam_role.reader", "s3://lake/a");
    assert_eq!(answer.verdict.as_str(), "conditional");
    let open: Vec<_> =
        answer.depends_on.iter().map(|unknown| (unknown.kind.as_str(), &*unknown.name)).collect();
    assert_eq!(open, [("unresolved", "data.aws_iam_policy_document.read.statement[0].resources[0]")]);
    // Whatever follows the ARN of this bucket, it is no other one.
    let mut intake = intake;
    let another = Bucket { name: "lagoon".into(), ..bucket(&intake, "lake").clone() };
    intake.estate.buckets.push(another);
    assert_eq!(verdict(&intake, "aws_iam_role.reader", "s3://lagoon/a"), "denied");
    assert_eq!(verdict(&document(&["s3:PutObject"]), "aws_iam_role.reader", "s3://lake/a"), "denied");
}

#[test]
fn deferred_documents_are_merged_as_the_provider_does() {
    let base = json!({"Version": "2008-10-17", "Statement": [
        {"Sid": "Same", "Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Sid": "Kept", "Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/secret/&{aws:username}"},
    ]});
    let over = json!({"Version": "2012-10-17", "Statement": {"Sid": "Mine", "Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/mine/*"}});
    let statement = json!([
        {"sid": "Same", "actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::lake/*"], "effect": "Allow",
         "condition": [
            {"test": "StringLike", "variable": "aws:PrincipalArn", "values": ["a*"]},
            {"test": "StringLike", "variable": "aws:PrincipalArn", "values": ["arn:aws:iam::*:role/&{aws:PrincipalTag/x}", "*"]},
         ]},
        {"sid": "Mine", "actions": ["s3:GetObject"], "resources": [null], "effect": "Allow"},
    ]);
    let mask = json!([{"resources": [false]}, {"resources": [true]}]);
    let mut document = simple("");
    let changes = document["resource_changes"].as_array_mut().unwrap();
    changes[1] =
        change("aws_iam_role_policy.read", json!({"name": "read"}), json!({"role": true, "policy": true}));
    changes.push(change(
        "data.aws_iam_policy_document.read",
        json!({"statement": statement, "source_policy_documents": [base.to_string()], "override_policy_documents": [over.to_string()]}),
        json!({"json": true, "statement": mask}),
    ));
    let resources = document["configuration"]["root_module"]["resources"].as_array_mut().unwrap();
    resources[1] = config(
        "aws_iam_role_policy.read",
        json!({"policy": refer(&["data.aws_iam_policy_document.read.json"]), "role": refer(&["aws_iam_role.reader.name"])}),
    );
    resources.push(config("data.aws_iam_policy_document.read", json!({"statement": [
        {"sid": {"constant_value": "Same"}}, {"sid": {"constant_value": "Mine"}, "resources": refer(&["aws_kms_key.gone.arn"])},
    ]})));
    let intake = load_sound(&document);
    let statements = sids(role(&intake, "reader"));
    assert_eq!(statements.len(), 3, "Same and Mine were replaced: {statements:#?}");
    assert_eq!(verdict(&intake, "reader", "s3://lake/a"), "allowed");
    assert_eq!(verdict(&intake, "reader", "s3://lake/mine/a"), "denied");
}

#[test]
fn modules_carry_references_in_and_out() {
    // root: bucket and role; module.store["x"]: policy of the bucket it is given, output of its key.
    let deny = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/secret/*"},
    ]})
    .to_string();
    let unset = json!({"arn": true, "key_id": true, "id": true, "policy": true});
    let mut document = simple(&allow(&["s3:GetObject"], "arn:aws:s3:::*"));
    let changes = document["resource_changes"].as_array_mut().unwrap();
    changes.push(change(
        "module.store[\"x\"].aws_s3_bucket_policy.this",
        json!({"policy": deny}),
        json!({"bucket": true}),
    ));
    changes.push(change("module.store[\"x\"].aws_kms_key.this", json!({"is_enabled": true}), unset.clone()));
    changes.push(change("module.store[\"y\"].aws_kms_key.this", json!({"is_enabled": false}), unset));
    let alias = json!({"target_key_id": true, "target_key_arn": true});
    changes.push(change("aws_kms_alias.x", json!({"name": "alias/x"}), alias));
    let root = &mut document["configuration"]["root_module"];
    let exported = refer(&["module.store[\"x\"].key_id"]);
    root["resources"]
        .as_array_mut()
        .unwrap()
        .push(config("aws_kms_alias.x", json!({"target_key_id": exported})));
    root["module_calls"] = json!({"store": {
        "source": "./store", "for_each_expression": {"constant_value": ["x", "y"]},
        "expressions": {"bucket": refer(&["aws_s3_bucket.lake.id"])},
        "module": {
            "variables": {"bucket": {}},
            "outputs": {"key_id": {"expression": refer(&["aws_kms_key.this.key_id"])}},
            "resources": [
                config("aws_s3_bucket_policy.this", json!({"bucket": refer(&["var.bucket"]), "policy": {}})),
                config("aws_kms_key.this", json!({})),
            ],
        },
    }});
    let intake = load_sound(&document);
    assert!(bucket(&intake, "lake").policy.provided().unwrap().is_some());
    assert_eq!(verdict(&intake, "reader", "s3://lake/secret/a"), "denied");
    assert_eq!(verdict(&intake, "reader", "s3://lake/a"), "allowed");
    let x = key(&intake, "arn:aws:kms:eu-west-1:111111111111:key/‹module.store[\"x\"].aws_kms_key.this›");
    assert_eq!(x.aliases.provided().unwrap(), &["alias/x"]);
    let y = key(&intake, "arn:aws:kms:eu-west-1:111111111111:key/‹module.store[\"y\"].aws_kms_key.this›");
    assert_eq!(y.state.provided().unwrap().value, KeyState::Disabled);
    assert!(!y.aliases.is_provided());
}

#[test]
fn instances_meet_instances_of_the_same_key() {
    let mut changes = Vec::new();
    for each in ["a", "b"] {
        changes.push(change(
            &format!("aws_iam_role.r[\"{each}\"]"),
            role_after(&format!("reader-{each}")),
            role_unknown(),
        ));
        let policy = allow(&["s3:GetObject"], &format!("arn:aws:s3:::{each}/*"));
        changes.push(change(
            &format!("aws_iam_role_policy.p[\"{each}\"]"),
            json!({"name": "p", "policy": policy}),
            json!({"role": true}),
        ));
        changes.push(change(
            &format!("aws_s3_bucket.b[\"{each}\"]"),
            json!({"bucket": each.repeat(3)}),
            json!({"id": true}),
        ));
        let encryption =
            json!([{"object_ownership": if each == "a" { "ObjectWriter" } else { "BucketOwnerPreferred" }}]);
        changes.push(change(
            &format!("aws_s3_bucket_ownership_controls.o[\"{each}\"]"),
            json!({"rule": encryption}),
            json!({"bucket": true}),
        ));
    }
    let each_of = |resource: &str| json!({"references": [resource, "each.key"]});
    let mut controls = config(
        "aws_s3_bucket_ownership_controls.o",
        json!({"bucket": {"references": ["each.value.id", "each.value"]}}),
    );
    controls["for_each_expression"] = json!({"references": ["aws_s3_bucket.b"]});
    let root = json!({"resources": [
        config("aws_iam_role.r", json!({})),
        config("aws_iam_role_policy.p", json!({"policy": {}, "role": each_of("aws_iam_role.r")})),
        config("aws_s3_bucket.b", json!({})),
        controls,
    ]});
    let intake = load_sound(&plan(changes, root));
    for (each, ownership) in [("a", Ownership::ObjectWriter), ("b", Ownership::BucketOwnerPreferred)] {
        let own = role(&intake, &format!("aws_iam_role.r[\"{each}\"]"));
        assert!(own.arn.value.as_str().ends_with(&format!("reader-{each}")));
        let statements = sids(own);
        assert_eq!(statements.len(), 1, "only its own policy");
        assert!(statements[0].contains(&format!("s3:::{each}/")), "{statements:?}");
        assert_eq!(bucket(&intake, &each.repeat(3)).ownership.provided(), Some(&ownership));
    }
}

#[test]
fn what_a_plan_destroys_is_gone() {
    let mut document = simple(&allow(&["s3:GetObject"], "arn:aws:s3:::lake/*"));
    let deny = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::lake/*"}]}).to_string();
    let changes = document["resource_changes"].as_array_mut().unwrap();
    // A bucket that was there, whose policy was read back from it, and goes.
    changes[2] = changed(
        "aws_s3_bucket.lake",
        &["no-op"],
        json!({"bucket": "lake", "id": "lake", "policy": deny}),
        json!({"bucket": "lake", "id": "lake", "policy": deny}),
        json!({}),
    );
    let old = json!({"bucket": "lake", "policy": deny});
    changes.push(changed("aws_s3_bucket_policy.old", &["delete"], old, Value::Null, json!({})));
    // A managed policy that AWS lists for the role, and which is detached.
    changes[0] = changed(
        "aws_iam_role.reader",
        &["update"],
        Value::Null,
        json!({"name": "reader", "path": "/", "arn": "arn:aws:iam::111111111111:role/reader", "assume_role_policy": trust(),
               "managed_policy_arns": ["arn:aws:iam::111111111111:policy/kept", "arn:aws:iam::111111111111:policy/gone"]}),
        json!({}),
    );
    let gone = json!({"role": "reader", "policy_arn": "arn:aws:iam::111111111111:policy/gone"});
    changes.push(changed("aws_iam_role_policy_attachment.gone", &["delete"], gone, Value::Null, json!({})));
    changes.push(changed("aws_iam_role.old", &["forget"], role_after("old"), Value::Null, json!({})));
    let mut deposed = change("aws_iam_role.deposed", role_after("deposed"), role_unknown());
    deposed["deposed"] = "0a1b2c3d".into();
    changes.push(deposed);
    let kept = json!({"name": "kept", "arn": "arn:aws:iam::111111111111:policy/kept", "policy": allow(&["s3:ListBucket"], "*")});
    changes.push(changed("aws_iam_policy.kept", &["create", "delete"], Value::Null, kept, json!({})));
    let intake = load_sound(&document);
    assert!(matches!(bucket(&intake, "lake").policy, Known::Provided(None)));
    assert_eq!(intake.estate.roles.len(), 1);
    assert_eq!(sids(role(&intake, "reader")).len(), 2, "inline and kept");
    // Nobody says how objects are encrypted that were there before (R105).
    let answer = ask(&intake, "reader", "s3://lake/a");
    assert_eq!(answer.legs[0].verdict.as_str(), "allowed");
    assert_eq!(answer.verdict.as_str(), "conditional");
    assert_eq!(bucket(&intake, "lake").ownership, Known::NotProvided, "older buckets may have ACLs");
}

#[test]
fn owners_that_stay_open_may_be_anybody() {
    let mut document = simple(&allow(&["s3:GetObject"], "arn:aws:s3:::lake/*"));
    let root = &mut document["configuration"]["root_module"]["resources"];
    root[1] =
        config("aws_iam_role_policy.read", json!({"policy": {}, "role": {"references": ["local.role"]}}));
    let intake = load_sound(&document);
    let answer = ask(&intake, "reader", "s3://lake/a");
    assert_eq!(answer.verdict.as_str(), "conditional");
    let open: Vec<_> =
        answer.depends_on.iter().map(|unknown| (unknown.kind.as_str(), &*unknown.name)).collect();
    assert_eq!(open, [("unresolved", "aws_iam_role_policy.read.role")]);
    // What it would allow does not matter elsewhere.
    let mut intake = intake;
    let another = Bucket { name: "other".into(), ..bucket(&intake, "lake").clone() };
    intake.estate.buckets.push(another);
    assert_eq!(verdict(&intake, "reader", "s3://other/a"), "denied");
}

#[test]
fn a_local_beside_a_resource_is_a_condition() {
    let mut document = simple(&allow(&["s3:GetObject"], "*"));
    let deny = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}]}).to_string();
    let changes = document["resource_changes"].as_array_mut().unwrap();
    changes.push(change(
        "aws_s3_bucket_policy.this[0]",
        json!({"policy": deny}),
        json!({"bucket": true, "id": true}),
    ));
    changes.push(change(
        "aws_s3_bucket_public_access_block.this",
        json!({"restrict_public_buckets": false, "ignore_public_acls": true}),
        json!({"bucket": true}),
    ));
    let resources = document["configuration"]["root_module"]["resources"].as_array_mut().unwrap();
    resources.push(config(
        "aws_s3_bucket_policy.this",
        json!({"bucket": refer(&["aws_s3_bucket.lake.id"]), "policy": {}}),
    ));
    let chained = refer(&["local.attach", "aws_s3_bucket_policy.this[0].id", "aws_s3_bucket.lake.id"]);
    resources.push(config("aws_s3_bucket_public_access_block.this", json!({"bucket": chained})));
    let intake = load_sound(&document);
    let block = bucket(&intake, "lake").public_access_block.provided().unwrap();
    assert!(!block.restrict_public_buckets && block.ignore_public_acls);
    assert_eq!(verdict(&intake, "reader", "s3://lake/a"), "denied");
}

#[test]
fn accounts_by_provider() {
    let mut document = simple(&allow(&["s3:GetObject"], "*"));
    for (name, provider) in [("same", "aws.us"), ("assumed", "aws.other"), ("untold", "aws.unknown")] {
        let address = format!("aws_s3_bucket.{name}");
        let mut resource = config(&address, json!({}));
        resource["provider_config_key"] = provider.into();
        document["configuration"]["root_module"]["resources"].as_array_mut().unwrap().push(resource);
        let created = change(&address, json!({"bucket": name}), json!({}));
        document["resource_changes"].as_array_mut().unwrap().push(created);
    }
    document["variables"] = json!({"region": {"value": "us-east-1"}});
    let providers = &mut document["configuration"]["provider_config"];
    providers["aws.us"] =
        json!({"name": "aws", "alias": "us", "expressions": {"region": {"references": ["var.region"]}}});
    providers["aws.other"] = json!({"name": "aws", "alias": "other", "expressions": {
        "region": {"constant_value": "cn-north-1"},
        "assume_role": [{"role_arn": {"constant_value": "arn:aws:iam::222222222222:role/deploy"}}],
    }});
    providers["aws.unknown"] = json!({"name": "aws", "alias": "unknown", "expressions": {
        "region": {"references": ["local.region"]}, "profile": {"constant_value": "elsewhere"},
    }});
    let intake = load_sound(&document);
    let place = |name: &str| {
        let bucket = bucket(&intake, name);
        (bucket.account.provided().map(ToString::to_string), bucket.region.provided().cloned())
    };
    assert_eq!(place("same"), (Some(ACCOUNT.into()), Some("us-east-1".into())));
    assert_eq!(place("assumed"), (Some("222222222222".into()), Some("cn-north-1".into())));
    assert_eq!(place("untold"), (Some(decryptable::name::AccountId::UNKNOWN.to_string()), None));
}

#[test]
fn states_of_every_version() {
    let attributes = json!({"arn": "arn:aws:iam::111111111111:role/x/reader", "name": "reader", "path": "/x/", "assume_role_policy": trust(), "inline_policy": [{"name": "in", "policy": allow(&["s3:GetObject"], "*")}]});
    let v4 = json!({"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "l", "resources": [
        {"module": "module.app[0]", "mode": "managed", "type": "aws_iam_role", "name": "reader", "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
         "instances": [{"index_key": "k", "attributes": attributes}, {"deposed": "1", "attributes": {"name": "old"}}]},
        {"mode": "managed", "type": "aws_s3_bucket", "name": "lake", "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
         "instances": [{"attributes": {"bucket": "lake", "region": "eu-west-1", "policy": ""}}]},
    ]});
    let shown = json!({"format_version": "1.0", "terraform_version": "1.11.4", "values": {"root_module": {"child_modules": [
        {"address": "module.app[0]", "resources": [{"address": "module.app[0].aws_iam_role.reader[\"k\"]", "mode": "managed", "type": "aws_iam_role", "name": "reader", "index": "k", "values": attributes}]},
    ], "resources": [{"address": "aws_s3_bucket.lake", "mode": "managed", "type": "aws_s3_bucket", "name": "lake", "values": {"bucket": "lake"}}]}}});
    let v3 = json!({"version": 3, "terraform_version": "0.11.14", "serial": 1, "lineage": "l", "modules": [
        {"path": ["root"], "outputs": {}, "resources": {
            "aws_iam_role.reader.0": {"type": "aws_iam_role", "primary": {"id": "reader", "attributes": {"arn": "arn:aws:iam::111111111111:role/x/reader", "name": "reader", "path": "/x/", "assume_role_policy": trust()}}, "provider": "provider.aws"},
            "aws_iam_role_policy.p": {"type": "aws_iam_role_policy", "primary": {"id": "reader:p", "attributes": {"name": "p", "role": "reader", "policy": allow(&["s3:GetObject"], "*")}}, "provider": "provider.aws"},
            "aws_s3_bucket.lake": {"type": "aws_s3_bucket", "primary": {"id": "lake", "attributes": {"bucket": "lake", "server_side_encryption_configuration.#": "1", "server_side_encryption_configuration.0.rule.#": "1", "server_side_encryption_configuration.0.rule.0.apply_server_side_encryption_by_default.#": "1", "server_side_encryption_configuration.0.rule.0.apply_server_side_encryption_by_default.0.sse_algorithm": "AES256"}}, "provider": "provider.aws"},
        }},
    ]});
    for (document, address) in [
        (v4, "module.app[0].aws_iam_role.reader[\"k\"]"),
        (shown, "module.app[0].aws_iam_role.reader[\"k\"]"),
        (v3, "aws_iam_role.reader[0]"),
    ] {
        let intake = load_sound(&document);
        assert_eq!(intake.estate.roles.len(), 1);
        assert_eq!(role(&intake, address).arn.value.resource(), "role/x/reader");
        // Objects that were there before may have any encryption (R105).
        let answer = ask(&intake, address, "s3://lake/a");
        assert_eq!(answer.legs[0].verdict.as_str(), "allowed", "{document}");
        assert_eq!(answer.verdict.as_str(), "conditional", "{document}");
    }
}

#[test]
fn versions_and_parts_that_are_missing() {
    let codes = |document: &Value| {
        let intake = load_bytes("plan.json", document.to_string().as_bytes());
        intake.problems.iter().map(|problem| problem.code).collect::<Vec<_>>()
    };
    let mut document = simple(&allow(&["s3:GetObject"], "*"));
    document["format_version"] = "2.0".into();
    assert_eq!(codes(&document), [Code::UnknownVersion]);
    document["format_version"] = "0.1".into();
    assert_eq!(codes(&document), []);
    document["errored"] = true.into();
    document["complete"] = false.into();
    assert_eq!(codes(&document), [Code::IncompletePlan, Code::IncompletePlan]);
    document["deferred_changes"] = json!([{"reason": "provider_config_unknown", "resource_change": {}}]);
    assert_eq!(codes(&document), [Code::IncompletePlan, Code::IncompletePlan]);
    document.as_object_mut().unwrap().remove("configuration");
    assert!(codes(&document).contains(&Code::IncompletePlan));
}

#[test]
fn files_that_need_one_command_first() {
    for (text, command) in [
        ("PK\u{3}\u{4}tfplan", "terraform show -json"),
        (
            "{\"@level\":\"info\",\"@message\":\"Terraform 1.11.4\",\"type\":\"version\"}\n{\"@level\":\"info\"}\n",
            "terraform show -json",
        ),
        (
            "{\"serial\":1,\"lineage\":\"l\",\"meta\":{},\"encrypted_data\":\"AAAA\",\"encryption_version\":\"v0\"}",
            "tofu state pull",
        ),
    ] {
        let intake = load_bytes("plan.out", text.as_bytes());
        let told: Vec<_> = intake.problems.iter().filter_map(|problem| problem.help.as_deref()).collect();
        assert!(told.iter().any(|help| help.contains(command)), "{text}: {:?}", intake.problems);
        assert!(intake.has_errors());
    }
}

#[test]
fn however_the_json_was_written() {
    let document = simple(&allow(&["s3:GetObject"], "arn:aws:s3:::lake/*"));
    let pretty = serde_json::to_string_pretty(&document).unwrap();
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(pretty.replace('\n', "\r\n").encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let logged = format!("Acquiring state lock. This may take a few moments...\n{document}\n");
    for bytes in [pretty.into_bytes(), utf16, logged.into_bytes()] {
        let intake = load_bytes("plan.json", &bytes);
        assert!(!intake.has_errors(), "{:?}", intake.problems);
        assert_eq!(verdict(&intake, "aws_iam_role.reader", "s3://lake/a"), "allowed");
    }
}

/// What every workload is, and its role.
fn workloads(intake: &Intake) -> Vec<String> {
    let all = intake.estate.workloads.iter();
    all.map(|workload| format!("{} {}", workload.described(), workload.role.value.resource())).collect()
}

#[test]
fn what_runs_with_which_role() {
    let nothing = json!({});
    let role = json!({"role": true});
    let role_arn = json!({"role_arn": true});
    let arn = "arn:aws:iam::111111111111:role/known";
    let issuer = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE";
    let mut document = simple(&allow(&["s3:GetObject"], "*"));
    let changes = document["resource_changes"].as_array_mut().unwrap();
    changes.extend([
        change("aws_iam_instance_profile.web", json!({"name": "web"}), json!({"arn": true, "role": true})),
        change("aws_instance.web", nothing.clone(), json!({"iam_instance_profile": true})),
        change("aws_instance.named", json!({"iam_instance_profile": "web"}), nothing.clone()),
        change("aws_instance.bare", nothing.clone(), json!({"arn": true})),
        change("aws_instance.other", json!({"iam_instance_profile": "elsewhere"}), nothing.clone()),
        change("aws_launch_template.web", json!({"iam_instance_profile": [{"arn": null}]}), json!({"iam_instance_profile": [{"name": true}]})),
        change("aws_lambda_function.f", nothing.clone(), role.clone()),
        change("aws_lambda_function.open", nothing.clone(), role),
        change("aws_glue_job.j", json!({"role_arn": arn}), nothing.clone()),
        change("aws_glue_crawler.c", json!({"role": "reader"}), nothing.clone()),
        change("aws_ecs_task_definition.t", json!({"execution_role_arn": arn}), json!({"task_role_arn": true})),
        change("aws_emr_cluster.e", json!({"service_role": arn, "ec2_attributes": [{"instance_profile": "web"}]}), nothing.clone()),
        change(
            "aws_eks_pod_identity_association.p",
            json!({"cluster_name": "prod", "namespace": "analytics", "service_account": "reader", "target_role_arn": arn}),
            role_arn,
        ),
        change("aws_eks_cluster.prod", json!({"name": "prod", "identity": [{"oidc": [{"issuer": format!("https://{issuer}")}]}]}), json!({"arn": true})),
        change("aws_iam_openid_connect_provider.prod", json!({"url": format!("https://{issuer}"), "client_id_list": ["sts.amazonaws.com"]}), json!({"arn": true})),
        change("aws_iam_saml_provider.idp", json!({"name": "idp"}), json!({"arn": true})),
        change(
            "kubernetes_service_account.s",
            json!({"metadata": [{"name": "writer", "namespace": "analytics", "annotations": {"a": "b"}}]}),
            json!({"metadata": [{"annotations": {"eks.amazonaws.com/role-arn": true}}]}),
        ),
        change(
            "kubernetes_service_account_v1.known",
            json!({"metadata": [{"name": "known", "annotations": {"eks.amazonaws.com/role-arn": arn}}]}),
            nothing.clone(),
        ),
    ]);
    let reader = refer(&["aws_iam_role.reader.arn"]);
    let resources = document["configuration"]["root_module"]["resources"].as_array_mut().unwrap();
    resources.extend([
        config(
            "aws_iam_instance_profile.web",
            json!({"name": {}, "role": refer(&["aws_iam_role.reader.name"])}),
        ),
        config(
            "aws_instance.web",
            json!({"iam_instance_profile": refer(&["aws_iam_instance_profile.web.name"])}),
        ),
        config(
            "aws_launch_template.web",
            json!({"iam_instance_profile": [{"name": refer(&["aws_iam_instance_profile.web.name"])}]}),
        ),
        config("aws_lambda_function.f", json!({"role": reader})),
        config("aws_lambda_function.open", json!({"role": refer(&["var.role"])})),
        config("aws_ecs_task_definition.t", json!({"task_role_arn": reader})),
        config("aws_eks_pod_identity_association.p", json!({"role_arn": reader})),
        config("kubernetes_service_account.s", json!({"metadata": [{"annotations": reader}]})),
    ]);
    let intake = load_sound(&document);
    let mut all = workloads(&intake);
    all.sort();
    assert_eq!(
        all,
        [
            "EC2 instance aws_instance.named role/reader",
            "EC2 instance aws_instance.web role/reader",
            "ECS agent of task definition aws_ecs_task_definition.t role/known",
            "ECS task definition aws_ecs_task_definition.t role/reader",
            "EMR cluster aws_emr_cluster.e role/known",
            "Glue crawler aws_glue_crawler.c role/reader",
            "Glue job aws_glue_job.j role/known",
            "Lambda function aws_lambda_function.f role/reader",
            "Lambda function aws_lambda_function.open role/«aws_lambda_function.open.role»",
            "instances of EMR cluster aws_emr_cluster.e role/reader",
            "launch template aws_launch_template.web role/reader",
            "service account analytics/reader role/reader",
            "service account analytics/writer role/reader",
            "service account default/known role/known",
        ]
    );
    let estate = &intake.estate;
    let cluster = "arn:aws:eks:eu-west-1:111111111111:cluster/prod";
    let pod = estate.workloads.iter().find(|workload| workload.name() == "analytics/reader").unwrap();
    assert_eq!(pod.service_account().unwrap().cluster.as_deref(), Some(cluster));
    assert_eq!(estate.clusters[0].arn.value.as_str(), cluster);
    assert_eq!(estate.clusters[0].issuer.as_ref().unwrap().value, issuer);
    let [provider] = estate.oidc_providers.as_slice() else { panic!("{:?}", estate.oidc_providers) };
    assert_eq!(
        provider.arn.as_ref().unwrap().value.as_str(),
        format!("arn:aws:iam::111111111111:oidc-provider/{issuer}")
    );
    assert_eq!(provider.client_ids, Known::Provided(vec!["sts.amazonaws.com".to_owned()]));
    assert_eq!(estate.saml_providers[0].arn.value.as_str(), "arn:aws:iam::111111111111:saml-provider/idp");
    let [profile] = estate.instance_profiles.as_slice() else { panic!("{:?}", estate.instance_profiles) };
    assert_eq!((profile.name(), profile.role.as_ref().unwrap().value.resource()), ("web", "role/reader"));
    let file = &intake.files[0];
    assert_eq!(
        file.contributed,
        ["1 role, 1 bucket, 1 instance profile, 1 OpenID Connect provider, 1 SAML provider, 15 workloads"]
    );
    assert!(
        file.missing
            .iter()
            .any(|missing| missing.starts_with("the role of instance profile elsewhere: aws iam")),
        "{:?}",
        file.missing
    );
    assert!(!file.missing.iter().any(|missing| missing.contains('«')), "{:?}", file.missing);
}

/// Tests about public files that are not part of the repository.
mod needs_shared {
    use super::*;

    #[test]
    #[ignore = "needs ../shared"]
    fn every_file_of_the_corpus_is_read_or_refused_at_a_place() {
        let root = Path::new("../shared/corpus");
        let counts = std::fs::read_to_string("tests/scenarios/inputs/counts-terraform-dumps.tsv").unwrap();
        let mut read = 0;
        for line in counts.lines().filter(|line| line.starts_with("B_terraform/")) {
            let columns: Vec<&str> = line.split('\t').collect();
            let [file, is_read, roles, users, keys, buckets, policies, ..] = columns[..] else {
                panic!("{line}")
            };
            let mut intake = Intake::new();
            let path = root.join(file);
            load::read_inputs(&mut intake, Path::new(""), &[Input::from(&*path.to_string_lossy())], &[]);
            load::finish(&mut intake);
            if is_read != "yes" {
                let unclear = columns.last().is_some_and(|note| note.starts_with("unclear"));
                assert!(unclear || intake.problems.iter().any(|problem| problem.span.is_some()), "{file}");
                continue;
            }
            read += 1;
            let mut expected = Vec::new();
            for (count, one, many) in [
                (roles, "role", "roles"),
                (users, "user", "users"),
                (keys, "key", "keys"),
                (buckets, "bucket", "buckets"),
                (policies, "managed policy", "managed policies"),
            ] {
                match count {
                    "0" => {}
                    "1" => expected.push(format!("1 {one}")),
                    count => expected.push(format!("{count} {many}")),
                }
            }
            let told = &intake.files[0].contributed[0];
            let told = told.replace("no role, key or bucket", "");
            // Nobody counted these.
            let is_counted = |part: &str| {
                !["endpoint", "profile", "provider", "queue", "secret", "workload"]
                    .iter()
                    .any(|noun| part.contains(noun))
            };
            let told: Vec<&str> =
                told.split(", ").filter(|part| is_counted(part) && !part.is_empty()).collect();
            assert_eq!(told, expected, "{file}");
        }
        assert!(read > 70, "{read}");
    }
}
