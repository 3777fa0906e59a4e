//! `replication` and `blocked_encryption` of a `[[bucket]]`.

use super::field::{self, NONE};
use super::storage::is_bucket_name;
use crate::estate::{EncryptionType, Replication};
use crate::json::Members;
use crate::load::fields::{ROLE, invalid};
use crate::source::Spanned;

const NAMES: &[&str] = &["to", "prefix", "tags", "role", "sse_kms_objects", "key", "owner_override"];

/// A list of rules; `"none"` and an empty list say that nothing is replicated.
pub(super) fn read(t: &mut Members<'_, '_, '_>) -> Option<Spanned<Vec<Replication>>> {
    let node = t.node("replication")?;
    if node.as_str() == Some(NONE) {
        return Some(Spanned::new(Vec::new(), node.span));
    }
    let mut rules = Vec::new();
    for table in t.tables("replication")? {
        let Some(mut rule) = t.child(table, "a replication rule", NAMES) else { continue };
        let to = rule.required_text("to");
        if let Some(to) = to.filter(|to| !is_bucket_name(to.value)) {
            let message = format!("`{}` is not a bucket name", to.value);
            let help = "write the name alone, without s3:// and without keys";
            rule.problems().push(invalid(to.span, message, help));
        }
        let prefix = rule.text("prefix").map_or_else(String::new, |prefix| prefix.value.to_owned());
        let tags = field::tags(&mut rule, "tags").map(|tags| tags.value).unwrap_or_default();
        let role = field::arn(&mut rule, "role", ROLE);
        let sse_kms_objects = rule.boolean("sse_kms_objects");
        let key = rule.text("key").and_then(|key| field::key_reference(key, rule.problems()));
        let owner_override = rule.boolean("owner_override");
        let Some(to) = to else { continue };
        rules.push(Replication {
            to: to.value.to_owned(),
            prefix,
            tags,
            excludes: false,
            sse_kms_objects: sse_kms_objects.map(|on| on.value),
            key: key.map(|key| key.value),
            role: role.map(|role| role.value),
            owner_override: owner_override.map(|on| on.value),
        });
    }
    Some(Spanned::new(rules, node.span))
}

/// Kinds of encryption that uploads must not ask for; `"none"` and an empty list say that all are taken.
pub(super) fn blocked_encryption(t: &mut Members<'_, '_, '_>) -> Option<Spanned<Vec<EncryptionType>>> {
    let names = field::list(t, "blocked_encryption")?;
    let mut kinds = Vec::new();
    for name in names.value {
        match EncryptionType::parse(name.value) {
            Some(kind) => kinds.push(kind),
            None => {
                let message = format!("`{}` is not a kind of encryption", name.value);
                t.problems().push(invalid(name.span, message, "S3 blocks SSE-C"));
            }
        }
    }
    Some(Spanned::new(kinds, names.span))
}
