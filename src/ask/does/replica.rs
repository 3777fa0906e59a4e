//! Replicas: what the replication configuration of the source bucket says of them (R112).
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html>

use super::encryption::Facts;
use super::new_object::{as_default, under};
use super::target::ResolvedRead;
use crate::estate::{Assumed, EncryptionType, Known, Replication};
use crate::service::{Block, Blocked};

/// The rule that leads to the destination: not known, none, or this one.
fn rule<'e>(read: &ResolvedRead<'e>) -> Known<Option<&'e Replication>> {
    match read.from.map(|source| &source.replication) {
        Some(Known::Provided(rules)) => {
            Known::Provided(rules.iter().find(|rule| rule.to == read.target.bucket.name))
        }
        Some(Known::NotProvided) | None => Known::NotProvided,
    }
}

/// Under the key that the configuration names where its source was under a KMS key, else as the bucket's default says.
pub(super) fn encryption<'e>(
    read: &ResolvedRead<'e>,
    source: Option<EncryptionType>,
    assumed: &mut Assumed,
) -> Facts<'e> {
    let default = read.target.bucket.encryption.provided();
    let owner = read.bucket_account();
    let key = rule(read).provided().copied().flatten().and_then(|rule| rule.key.as_ref());
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
            blocked(format!("no rule of the replication configuration of {from} leads to {to}"))
        }
        Known::Provided(Some(rule)) if uses_kms && rule.sse_kms_objects == Some(false) => blocked(format!(
            "the replication configuration of {from} does not opt in for SSE-KMS objects, so they stay behind"
        )),
        Known::Provided(Some(rule)) if !uses_kms || rule.sse_kms_objects == Some(true) => None,
        Known::Provided(Some(_)) | Known::NotProvided => {
            let opts_in = if uses_kms { ", and opts in for SSE-KMS objects" } else { "" };
            assumed.note(
                format!("a rule of {from} replicates to {to}{opts_in}"),
                "the replication configuration is not known",
            );
            None
        }
    }
}
