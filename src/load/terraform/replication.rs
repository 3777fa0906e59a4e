//! `aws_s3_bucket_replication_configuration`, and what buckets block.

use super::model::{Block, Resource};
use super::names::Names;
use super::types::Want;
use crate::estate::{EncryptionType, KeyReference, Replication};
use crate::json::Node;
use crate::load::settings::bucket_named;
use crate::source::Spanned;

/// The rules that are switched on; nothing where they are not known yet.
pub(super) fn rules<'s>(names: &Names<'_, 's>, resource: &Resource<'s>) -> Option<Spanned<Vec<Replication>>> {
    let block = names.world.block(resource);
    if block.is_unknown("rule") {
        return None;
    }
    let role = block.text("role").and_then(|role| role.value.parse().ok());
    let is_on = |rule: &Block<'_, 's>| rule.text("status").is_some_and(|status| status.value == "Enabled");
    let mut rules = Vec::new();
    for (at, rule) in block.blocks("rule").into_iter().enumerate().filter(|(_, rule)| is_on(rule)) {
        let destination = rule.block("destination")?;
        let path = format!("rule[{at}].destination[0]");
        let to =
            names.wanted_in(resource, &destination, "bucket", &format!("{path}.bucket"), Want::Bucket)?;
        let opted_in = rule.block("source_selection_criteria");
        let opted_in = opted_in.and_then(|criteria| criteria.block("sse_kms_encrypted_objects"));
        let key = destination.block("encryption_configuration").and_then(|encryption| {
            let path = format!("{path}.encryption_configuration[0].replica_kms_key_id");
            names.wanted_in(resource, &encryption, "replica_kms_key_id", &path, Want::Key)
        });
        rules.push(Replication {
            to: bucket_named(&to.value).to_owned(),
            sse_kms_objects: Some(opted_in.is_some_and(|objects| is_on(&objects))),
            key: key.map(|key| KeyReference::parse(&key.value)),
            role: role.clone(),
        });
    }
    Some(Spanned::new(rules, resource.address.span))
}

/// The kinds of encryption that a rule of the default encryption blocks.
pub(super) fn blocked_encryption(rule: &Block<'_, '_>) -> Option<Spanned<Vec<EncryptionType>>> {
    let list = rule.known("blocked_encryption_types")?;
    let kinds = list.elements().iter().filter_map(Node::as_str);
    let kinds = kinds.filter(|kind| *kind != "NONE").filter_map(EncryptionType::parse);
    Some(Spanned::new(kinds.collect(), list.span))
}
