//! KMS keys, their aliases, and buckets.

use super::Notes;
use super::identity::document;
use super::item::{ConfigFact, Item, as_switch, list, switch, tags_in};
use crate::estate::Encryption;
use crate::json::{Node, Value};
use crate::load::facts::PublicAccess;
use crate::load::fields::{KEY, text, unexpected};
use crate::load::{Intake, settings};
use crate::name::Arn;
use crate::policy::PolicyKind;
use crate::source::Spanned;

pub(super) fn key(item: &Item<'_>, _: &mut ConfigFact, intake: &mut Intake) {
    item.configuration(intake, &mut |configuration, intake| {
        let Some(arn) = item.arn(configuration, KEY, intake) else { return };
        let owned = |name: &str| text(configuration, name).map(|text| text.value.to_owned());
        let multi_region = configuration.get("multiRegionConfiguration");
        intake.key(&arn, |key| {
            key.spec = owned("keySpec").or_else(|| owned("customerMasterKeySpec"));
            key.usage = owned("keyUsage");
            key.origin = owned("origin");
            key.multi_region = switch(configuration, "multiRegion").map(|on| on.value);
            key.multi_region_type =
                multi_region.and_then(|m| text(m, "multiRegionKeyType")).map(|text| text.value.to_owned());
        });
        if let Some(manager) = text(configuration, "keyManager") {
            settings::key_manager(manager, &arn, intake);
        }
        if let Some(state) = text(configuration, "keyState") {
            settings::key_state(state, &arn, intake);
        }
        let mut policy = None;
        item.supplement("Policy", intake, &mut |node, intake| {
            policy = document(node, PolicyKind::Key, "/supplementaryConfiguration/Policy", intake);
        });
        if let Some(policy) = policy {
            intake.key_policy(&arn, policy.span, policy);
        }
        let mut tags = item.tags();
        item.supplement("Tags", intake, &mut |node, _| tags = tags.take().or_else(|| tags_in(node)));
        if let Some(tags) = tags {
            intake.key_tags(&arn, tags);
        }
        intake.notes::<Notes>().keys.push((arn.value.clone(), item.file));
        intake.contributes(item.file, "", format!("key {}", arn.value));
    });
}

pub(super) fn alias(item: &Item<'_>, told: &mut ConfigFact, intake: &mut Intake) {
    item.configuration(intake, &mut |configuration, intake| {
        // This type came late, and is spelled as in CloudFormation.
        let any = |names: [&str; 2]| names.iter().find_map(|name| text(configuration, name));
        let Some(target) = any(["TargetKeyId", "targetKeyId"]) else { return };
        let Some(name) = any(["AliasName", "aliasName"]).or_else(|| item.name()) else { return };
        let key = match target.value.parse::<Arn>() {
            Ok(arn) => arn,
            Err(_) => {
                let account = item.account_id(intake);
                let (Some(account), Some(region)) = (account, item.region()) else { return };
                let partition = item.written_arn().and_then(|arn| arn.value.parse::<Arn>().ok());
                let partition = partition.as_ref().map_or("aws", Arn::partition);
                let resource = format!("key/{}", target.value);
                Arn::of(partition, "kms", region.value, &account.value.to_string(), &resource)
            }
        };
        let entry = told.aliases.entry(key.to_string());
        let entry = entry.or_insert_with(|| (Spanned::new(key, target.span), item.file, Vec::new()));
        entry.2.push(name.map(str::to_owned));
    });
}

/// The aliases of each key, when all items were read.
pub(super) fn aliases(told: ConfigFact, intake: &mut Intake) {
    for (key, file, names) in told.aliases.into_values() {
        let at = names.first().map_or(key.span, |name| name.span);
        let mut names: Vec<String> = names.into_iter().map(|name| name.value).collect();
        // Two captures of one alias name it twice.
        names.sort();
        names.dedup();
        intake.key_aliases(&key, Spanned::new(names, at));
        intake.contributes(file, "", format!("aliases of {}", key.value));
    }
}

fn public_access(node: &Node<'_>) -> PublicAccess {
    let on = |name: &str| switch(node, name).map(|on| on.value);
    PublicAccess {
        restrict_public_buckets: on("restrictPublicBuckets"),
        ignore_public_acls: on("ignorePublicAcls"),
    }
}

pub(super) fn account_block(item: &Item<'_>, _: &mut ConfigFact, intake: &mut Intake) {
    item.configuration(intake, &mut |configuration, intake| {
        let Some(account) = item.account_id(intake) else { return };
        intake.account_public_access(account.value, configuration.span, &public_access(configuration));
        intake.contributes(item.file, "", format!("public access block of account {}", account.value));
    });
}

pub(super) fn bucket(item: &Item<'_>, _: &mut ConfigFact, intake: &mut Intake) {
    let Some(name) = item.name() else { return };
    let (bucket, at) = (name.value, name.span);
    intake.bucket(bucket, at, |_| ());
    if let Some(account) = item.account_id(intake) {
        intake.bucket_account(bucket, account);
    }
    if let Some(region) = item.region() {
        intake.bucket_region(bucket, region);
    }
    policy(item, bucket, intake);
    item.supplement("ServerSideEncryptionConfiguration", intake, &mut |node, intake| {
        if let Some(encryption) = encryption(node, intake) {
            intake.bucket_encryption(bucket, &encryption);
        }
    });
    item.supplement("PublicAccessBlockConfiguration", intake, &mut |node, intake| {
        if node.is_object() {
            intake.bucket_public_access(bucket, node.span, &public_access(node));
        }
    });
    for spelling in ["OwnershipControls", "BucketOwnershipControls"] {
        item.supplement(spelling, intake, &mut |node, intake| ownership(node, bucket, intake));
    }
    item.supplement("IsRequesterPaysEnabled", intake, &mut |node, intake| {
        if let Some(on) = as_switch(node) {
            intake.bucket_requester_pays(bucket, on);
        }
    });
    let mut tags = item.tags();
    item.supplement("BucketTaggingConfiguration", intake, &mut |node, _| {
        let sets = list(node, "tagSets").and_then(|(sets, _)| sets.first()?.get("tags"));
        tags = tags.take().or_else(|| sets.and_then(tags_in));
    });
    if let Some(tags) = tags {
        intake.bucket_tags(bucket, tags);
    }
    intake.contributes(item.file, "", format!("bucket {bucket}"));
    intake.notes::<Notes>().buckets.push((bucket.to_owned(), item.file));
}

/// What Config does not record, where no other file told it.
pub(super) fn settle(intake: &mut Intake) {
    let Notes { keys, buckets, .. } = intake.take_notes();
    for (arn, file) in keys {
        let known = intake.estate.key(&arn);
        let wanted = [
            (known.is_some_and(|key| !key.policy.is_provided()), "the key policy", "get-key-policy"),
            (known.is_some_and(|key| !key.grants.is_provided()), "the grants", "list-grants"),
        ];
        for (_, what, command) in wanted.into_iter().filter(|(wanted, ..)| *wanted) {
            intake.misses(file, format!("{what} of {arn}: aws kms {command}"));
        }
    }
    for (bucket, file) in buckets {
        let known = intake.estate.bucket(&bucket).ok();
        let wanted = [
            (known.is_some_and(|b| !b.policy.is_provided()), "get-bucket-policy"),
            (known.is_some_and(|b| !b.encryption.is_provided()), "get-bucket-encryption"),
            (known.is_some_and(|b| !b.public_access_block.is_provided()), "get-public-access-block"),
            (known.is_some_and(|b| !b.ownership.is_provided()), "get-bucket-ownership-controls"),
        ];
        for (_, command) in wanted.into_iter().filter(|(wanted, _)| *wanted) {
            intake.misses(file, format!("what aws s3api {command} answers for bucket {bucket}"));
        }
    }
}

/// `{"policyText": null}` says that there is none; an item without the member says nothing.
fn policy(item: &Item<'_>, bucket: &str, intake: &mut Intake) {
    const POINTER: &str = "/supplementaryConfiguration/BucketPolicy/policyText";
    item.supplement("BucketPolicy", intake, &mut |node, intake| {
        let Some(text) = node.get("policyText") else { return };
        if text.value == Value::Null || text.as_str() == Some("") {
            intake.bucket_policy(bucket, text.span, None);
        } else if let Some(policy) = document(text, PolicyKind::Bucket, POINTER, intake) {
            intake.bucket_policy(bucket, policy.span, Some(policy));
        } else if !text.is_object() && text.as_str().is_none() {
            let message = format!("`policyText` is a policy as a string; this is {}", text.kind());
            intake.problems.push(unexpected(text.span, message));
        }
    });
}

fn encryption(node: &Node<'_>, intake: &mut Intake) -> Option<Encryption> {
    let (rules, _) = list(node, "rules")?;
    let rule = rules.first()?;
    let default = rule.get("applyServerSideEncryptionByDefault")?;
    settings::encryption(default, "sseAlgorithm", "kmsMasterKeyID", rule, intake)
}

fn ownership(node: &Node<'_>, bucket: &str, intake: &mut Intake) {
    let rule = list(node, "rules").and_then(|(rules, _)| rules.first());
    let Some(written) = rule.and_then(|rule| text(rule, "objectOwnership")) else { return };
    settings::ownership(written, bucket, intake);
}
