//! Replicas: what the replication configuration of the source bucket says of them (R112).
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html>

use super::encryption::Facts;
use super::new_object::{as_default, under};
use super::target::ResolvedRead;
use crate::estate::{Assumed, EncryptionType, Estate, Known, ObjectUri, Ownership, Replication};
use crate::logic::{Unknown, UnknownKind};
use crate::service::{Block, Blocked};

/// The rule that replicates the object.
struct Leading<'e> {
    rule: &'e Replication,
    /// The object is known to be one that it replicates.
    certain: bool,
}

/// The rule that replicates the object to its destination: not known, none, or this one.
fn rule<'e>(read: &ResolvedRead<'e>) -> Known<Option<Leading<'e>>> {
    let Some(source) = read.from else { return Known::NotProvided };
    let Known::Provided(rules) = &source.replication else { return Known::NotProvided };
    // A replica keeps the name of its object.
    let uri = ObjectUri::of(&source.name, &read.asked.key);
    let mut certain = true;
    for rule in rules.iter().filter(|rule| rule.to == read.target.bucket.name) {
        match fits(rule, &uri, read.ctx.estate) {
            Some(true) => return Known::Provided(Some(Leading { rule, certain })),
            Some(false) => {}
            None => certain = false,
        }
    }
    let open = rules
        .iter()
        .find(|rule| rule.to == read.target.bucket.name && fits(rule, &uri, read.ctx.estate).is_none());
    Known::Provided(open.map(|rule| Leading { rule, certain: false }))
}

/// Whether a rule is about an object; nothing where that is open.
fn fits(rule: &Replication, uri: &ObjectUri, estate: &Estate) -> Option<bool> {
    let known = uri.key.split('*').next().unwrap_or_default();
    let is_open = known.len() < uri.key.len();
    if !known.starts_with(&rule.prefix) {
        let may_fit = is_open && rule.prefix.starts_with(known);
        return if may_fit { None } else { Some(false) };
    }
    if !rule.tags.is_empty() {
        let tags = estate.object(uri).and_then(|object| object.tags.provided())?;
        if !rule.tags.iter().all(|(key, value)| tags.get(key) == Some(value)) {
            return Some(false);
        }
    }
    (!rule.excludes).then_some(true)
}

/// The account of the replica's bucket comes to own it, which takes a permission where ACLs are not disabled.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-change-owner.html>
pub(super) fn changes_owner(read: &ResolvedRead<'_>) -> bool {
    let ownership = read.target.bucket.ownership.provided();
    let has_acls = ownership.is_some_and(|ownership| *ownership != Ownership::BucketOwnerEnforced);
    let Known::Provided(Some(leading)) = rule(read) else { return false };
    has_acls && leading.rule.owner_override == Some(true)
}

/// Under the key that the configuration names where its source was under a KMS key, else as the bucket's default says.
pub(super) fn encryption<'e>(
    read: &ResolvedRead<'e>,
    source: Option<EncryptionType>,
    assumed: &mut Assumed,
) -> Facts<'e> {
    let default = read.target.bucket.encryption.provided();
    let owner = read.bucket_account();
    let key = rule(read).provided().and_then(Option::as_ref).and_then(|leading| leading.rule.key.as_ref());
    let uses_kms = source.is_none_or(EncryptionType::uses_kms);
    match (key, default) {
        (Some(key), default) if uses_kms => {
            let flag = default.map(|default| default.bucket_key.unwrap_or(false));
            under(read, source.unwrap_or(EncryptionType::SseKms), Some(key), owner, flag)
        }
        (_, Some(default)) => {
            if uses_kms && default.kind.uses_kms() {
                assumed.note(
                    format!("the replica is encrypted as {} encrypts new objects", read.target.bucket.name),
                    "the key of replicas in the replication configuration is not known",
                );
            }
            as_default(read, default, owner, default.bucket_key, assumed)
        }
        (_, None) => Facts::NotProvided,
    }
}

/// What a strict question leaves open of the replication configuration.
pub(super) fn taken_for_granted(read: &ResolvedRead<'_>, source: Option<EncryptionType>) -> Vec<Unknown> {
    let mut assumed = Assumed::default();
    let _ = blocked(read, source, &mut assumed);
    let open = assumed.into_list().into_iter();
    open.map(|one| Unknown::new(UnknownKind::NotSupplied, one.what, one.because)).collect()
}

/// Why nothing is replicated even where policies allow it.
pub(super) fn blocked(
    read: &ResolvedRead<'_>,
    source: Option<EncryptionType>,
    assumed: &mut Assumed,
) -> Option<Blocked> {
    let to = &read.target.bucket.name;
    let from = read.from.map_or("the source", |bucket| bucket.name.as_str());
    let uses_kms = source.is_some_and(EncryptionType::uses_kms);
    let blocked = |why: String| Some(Blocked { by: Block::Replication, why });
    match rule(read) {
        Known::Provided(None) => {
            blocked(format!("no rule of the replication configuration of {from} leads this object to {to}"))
        }
        Known::Provided(Some(Leading { rule: Replication { role: Some(role), .. }, .. }))
            if role.as_str() != &*read.caller().name =>
        {
            blocked(format!(
                "the replication configuration of {from} has {role} replicate, and no other role"
            ))
        }
        Known::Provided(Some(Leading { rule, .. })) if uses_kms && rule.sse_kms_objects == Some(false) => {
            blocked(format!(
                "the replication configuration of {from} does not opt in for SSE-KMS objects, so they stay behind"
            ))
        }
        Known::Provided(Some(Leading { rule, certain }))
            if !uses_kms || rule.sse_kms_objects == Some(true) =>
        {
            if rule.owner_override == Some(true) && read.target.bucket.ownership.provided().is_none() {
                assumed.note(
                    format!("ACLs are disabled in {to}, so that its account owns replicas"),
                    "its object ownership is not known",
                );
            }
            if !certain {
                assumed.note(
                    format!("the rule of {from} that leads to {to} is about this object"),
                    "the prefix, the tags or the exceptions of the rule do not settle it",
                );
            }
            None
        }
        Known::Provided(Some(_)) | Known::NotProvided => {
            let opts_in = if uses_kms { ", and opts in for SSE-KMS objects" } else { "" };
            let has_acls = read.target.bucket.ownership != Known::Provided(Ownership::BucketOwnerEnforced);
            let keeps = if has_acls { ", and does not change the owner of replicas" } else { "" };
            assumed.note(
                format!("a rule of {from} replicates to {to}{opts_in}{keeps}"),
                "the replication configuration is not known",
            );
            None
        }
    }
}
