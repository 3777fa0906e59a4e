//! `aws kms …`

use std::collections::BTreeMap;
use std::path::Path;

use crate::estate::{Grant, KeyManager, PlacedArn, SharedPolicy};
use crate::load::fields::{KEY, arn_of, flag, tags, text, unexpected};
use crate::load::{InputDocument, Intake, grants, settings};
use crate::name::Arn;
use crate::policy::PolicyKind;
use crate::source::{SourceId, Spanned};

const NO_OWNER: &str =
    "which key it belongs to: add [[bind]] with key = \"arn:…\", or put it beside describe-key.json";

pub(super) fn describe_key(input: &InputDocument<'_>, intake: &mut Intake) {
    tell_key(input, intake);
}

/// What KeyMetadata says, and the key it is about.
pub(super) fn tell_key(input: &InputDocument<'_>, intake: &mut Intake) -> Option<PlacedArn> {
    let key = input.root().get("KeyMetadata")?;
    let Some(arn) = text(key, "Arn").and_then(|arn| arn_of(arn, KEY, &mut intake.problems)) else {
        intake.misses(input.source, "the ARN of the key");
        return None;
    };
    intake.describes_key(input, &arn);
    let owned = |name: &str| text(key, name).map(|text| text.value.to_owned());
    let multi_region_type = key.get("MultiRegionConfiguration").and_then(|c| text(c, "MultiRegionKeyType"));
    intake.key(&arn, |known| {
        known.spec = owned("KeySpec").or_else(|| owned("CustomerMasterKeySpec"));
        known.usage = owned("KeyUsage");
        known.origin = owned("Origin");
        known.multi_region = flag(key, "MultiRegion").map(|on| on.value);
        known.multi_region_type = multi_region_type.map(|text| text.value.to_owned());
    });
    if let Some(manager) = text(key, "KeyManager") {
        settings::key_manager(manager, &arn, intake);
    }
    if let Some(state) = text(key, "KeyState") {
        settings::key_state(state, &arn, intake);
    }
    intake.contributes(input.source, "describe-key", format!("state of {}", arn.value));
    Some(arn)
}

pub(super) fn list_keys(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(list) = input.root().get("Keys") else { return };
    let mut count = 0;
    for key in list.elements() {
        let arn = text(key, "KeyArn").and_then(|arn| arn_of(arn, KEY, &mut intake.problems));
        if let Some(arn) = arn {
            intake.key(&arn, |_| ());
            count += 1;
        }
    }
    intake.contributes(input.source, "", format!("{count} keys"));
}

pub(super) fn list_aliases(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(list) = input.root().get("Aliases") else { return };
    let mut by_key: BTreeMap<String, (PlacedArn, Vec<String>)> = BTreeMap::new();
    for alias in list.elements() {
        let (Some(name), Some(arn)) = (text(alias, "AliasName"), text(alias, "AliasArn")) else { continue };
        // The aliases of AWS managed keys that were never used lead to no key.
        let Some(target) = text(alias, "TargetKeyId") else { continue };
        let Ok(alias_arn) = arn.value.parse::<Arn>() else {
            let message = format!("`{}` is not an ARN", arn.value);
            intake.problems.push(unexpected(arn.span, message));
            continue;
        };
        let resource = format!("key/{}", target.value);
        let key =
            Arn::of(alias_arn.partition(), "kms", alias_arn.region(), alias_arn.account_text(), &resource);
        let entry = by_key.entry(key.to_string()).or_insert((Spanned::new(key, target.span), Vec::new()));
        entry.1.push(name.value.to_owned());
    }
    for (key, aliases) in by_key.into_values() {
        let what = format!("aliases of {}", key.value);
        if aliases.iter().any(|alias| alias.starts_with("alias/aws/")) {
            intake.key_manager(&key, Spanned::new(KeyManager::Aws, key.span));
        }
        intake.key_aliases(&key, Spanned::new(aliases, list.span));
        intake.contributes(input.source, "list-aliases", what);
    }
}

pub(super) fn get_key_policy(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(policy) = policy_in(input, intake) else { return };
    let Some(key) = key_of(input.source, intake) else {
        intake.misses(input.source, NO_OWNER);
        return;
    };
    intake.contributes(input.source, "get-key-policy", format!("key policy of {}", key.value));
    intake.key_policy(&key, policy.span, policy);
}

/// The key policy of an answer.
pub(super) fn policy_in(input: &InputDocument<'_>, intake: &mut Intake) -> Option<SharedPolicy> {
    intake.policy(input.root().get("Policy")?, PolicyKind::Key, "/Policy")
}

pub(super) fn list_grants(input: &InputDocument<'_>, intake: &mut Intake) {
    let list = grants::grants(input.root(), &mut intake.problems);
    let place = input.root().get("Grants").map_or(input.root().span, |grants| grants.span);
    let mut by_key: BTreeMap<String, (PlacedArn, Vec<Grant>)> = BTreeMap::new();
    let mut ownerless = Vec::new();
    for grant in list {
        match grant.key.clone() {
            Some(key) => {
                let entry =
                    by_key.entry(key.to_string()).or_insert((Spanned::new(key, grant.span), Vec::new()));
                entry.1.push(grant);
            }
            None => ownerless.push(grant),
        }
    }
    // An empty list, and grants that name no key, belong to the key the file belongs to.
    if by_key.is_empty() || !ownerless.is_empty() {
        match key_of(input.source, intake) {
            Some(key) => {
                by_key.entry(key.value.to_string()).or_insert((key, Vec::new())).1.append(&mut ownerless)
            }
            None => intake.misses(input.source, NO_OWNER),
        }
    }
    for (key, grants) in by_key.into_values() {
        let what = format!("{} on {}", grants::counted(grants.len()), key.value);
        intake.contributes(input.source, "list-grants", what);
        intake.key_grants(&key, place, grants);
    }
}

pub(super) fn list_resource_tags(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(list) = input.root().get("Tags") else { return };
    let Some(key) = key_of(input.source, intake) else {
        intake.misses(input.source, NO_OWNER);
        return;
    };
    intake.contributes(input.source, "list-resource-tags", format!("tags of {}", key.value));
    intake.key_tags(&key, tags(list, "TagKey", "TagValue"));
}

/// The key a file is about: bound, named by its directory, or described by a file beside it.
fn key_of(source: SourceId, intake: &mut Intake) -> Option<PlacedArn> {
    if let Some(key) = intake.owner_of(source).key {
        return Some(key);
    }
    let path = intake.paths.get(&source)?.path.clone();
    let dir = path.parent()?;
    let place = crate::source::Span::new(source, 0, 0);
    if let Some(id) = dir.file_name().and_then(|name| name.to_str()).filter(|name| is_key_id(name)) {
        // `arn:aws:kms:REGION:ACCOUNT:key/ID` makes two directories.
        let above = dir.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        if let Some(arn) = above.and_then(|above| format!("{above}/{id}").parse::<Arn>().ok()) {
            return Some(Spanned::new(arn, place));
        }
        return intake.key_called(id);
    }
    intake.key_beside(dir)
}

fn is_key_id(text: &str) -> bool {
    let hex = text.strip_prefix("mrk-").unwrap_or(text);
    hex.len() >= 32 && hex.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}
