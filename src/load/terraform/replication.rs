//! `aws_s3_bucket_replication_configuration`, and what buckets block.

use std::cmp::Reverse;

use super::model::{Block, Resource};
use super::names::Names;
use super::types::Want;
use crate::estate::{EncryptionType, KeyReference, Replication, Tags};
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
    let mut enabled: Vec<_> = block.blocks("rule").into_iter().enumerate().collect();
    enabled.retain(|(_, rule)| is_on(rule));
    // The rule of the highest priority decides.
    // Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-add-config.html>
    enabled.sort_by_key(|(_, rule)| Reverse(rule.known("priority").and_then(Node::as_integer).unwrap_or(0)));
    let mut rules = Vec::new();
    for (at, rule) in enabled {
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
        let given_to = destination.block("access_control_translation").and_then(|to| to.text("owner"));
        let (prefix, tags) = filter(&rule)?;
        rules.push(Replication {
            to: bucket_named(&to.value).to_owned(),
            prefix,
            tags,
            excludes: false,
            sse_kms_objects: Some(opted_in.is_some_and(|objects| is_on(&objects))),
            key: key.map(|key| KeyReference::parse(&key.value)),
            role: role.clone(),
            owner_override: Some(given_to.is_some_and(|owner| owner.value == "Destination")),
        });
    }
    Some(Spanned::new(rules, resource.address.span))
}

/// The prefix and the tags of the objects that a rule replicates; nothing where they are not known yet.
fn filter(rule: &Block<'_, '_>) -> Option<(String, Tags)> {
    let mut prefix = rule.text("prefix").map_or_else(String::new, |prefix| prefix.value.to_owned());
    let mut tags = Tags::new();
    let filter = rule.block("filter");
    let joined = filter.as_ref().and_then(|filter| filter.block("and"));
    for part in filter.iter().chain(&joined) {
        if ["prefix", "tag", "tags"].iter().any(|name| part.is_unknown(name)) {
            return None;
        }
        if let Some(written) = part.text("prefix") {
            written.value.clone_into(&mut prefix);
        }
        if let Some((key, value)) = part.block("tag").and_then(|tag| tag.text("key").zip(tag.text("value"))) {
            tags.insert(key.value.to_owned(), value.value.to_owned());
        }
        for tag in part.known("tags").map_or(&[][..], Node::members) {
            tags.insert(tag.key.value.to_string(), tag.value.as_str()?.to_owned());
        }
    }
    Some((prefix, tags))
}

/// The kinds of encryption that a rule of the default encryption blocks.
pub(super) fn blocked_encryption(rule: &Block<'_, '_>) -> Option<Spanned<Vec<EncryptionType>>> {
    let list = rule.known("blocked_encryption_types")?;
    let kinds = list.elements().iter().filter_map(Node::as_str);
    let kinds = kinds.filter(|kind| *kind != "NONE").filter_map(EncryptionType::parse);
    Some(Spanned::new(kinds.collect(), list.span))
}
