//! Settings of buckets, keys and VPC endpoints in the words of AWS's APIs, whichever file holds them.

use std::cmp::Reverse;

use super::Intake;
use super::facts::PublicAccess;
use super::fields::{flag, text, unexpected};
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::estate::{
    Encryption, EncryptionType, EndpointType, KeyManager, KeyReference, KeyState, Ownership, PlacedArn,
    Replication, Tags,
};
use crate::json::Node;
use crate::name::Arn;
use crate::source::Spanned;

/// An encryption out of the members that hold its parts.
pub(super) fn encryption(
    node: &Node<'_>,
    algorithm: &str,
    key: &str,
    flags: &Node<'_>,
    intake: &mut Intake,
) -> Option<Encryption> {
    let written = text(node, algorithm)?;
    let Some(kind) = EncryptionType::parse(written.value) else {
        let message =
            format!("the encryption `{}` is not known, so it counts as not provided", written.value);
        intake.problems.push(Diagnostic::new(Code::UnknownEncryption, written.span, message));
        return None;
    };
    let key = text(node, key).filter(|key| !key.value.is_empty()).map(|key| KeyReference::parse(key.value));
    let bucket_key = flag(flags, "BucketKeyEnabled")
        .or_else(|| flag(flags, "bucketKeyEnabled"))
        .map(|on| on.value)
        .or(kind.uses_kms().then_some(false));
    Some(Encryption { kind, key, bucket_key, span: node.span })
}

/// The rules of a replication configuration that are switched on.
pub(super) fn replication(configuration: &Node<'_>) -> Spanned<Vec<Replication>> {
    let role = text(configuration, "Role").and_then(|role| role.value.parse::<Arn>().ok());
    let is_on = |node: &Node<'_>| text(node, "Status").is_some_and(|status| status.value == "Enabled");
    let rules = configuration.get("Rules").map_or(&[][..], Node::elements).iter().filter(|rule| is_on(rule));
    let mut rules: Vec<&Node<'_>> = rules.collect();
    // The rule of the highest priority decides.
    // Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-add-config.html>
    rules.sort_by_key(|rule| Reverse(rule.get("Priority").and_then(Node::as_integer).unwrap_or(0)));
    let rules = rules.into_iter().filter_map(|rule| {
        let destination = rule.get("Destination")?;
        let to = text(destination, "Bucket")?;
        let opted_in = rule.get("SourceSelectionCriteria").and_then(|c| c.get("SseKmsEncryptedObjects"));
        let key = destination.get("EncryptionConfiguration").and_then(|e| text(e, "ReplicaKmsKeyID"));
        Some(Replication {
            to: bucket_named(to.value).to_owned(),
            prefix: replicated_prefix(rule),
            tags: replicated_tags(rule),
            excludes: filters(rule).any(|filter| filter.get("Not").is_some()),
            sse_kms_objects: Some(opted_in.is_some_and(is_on)),
            key: key.map(|key| KeyReference::parse(key.value)),
            role: role.clone(),
            owner_override: Some(is_given_away(destination)),
        })
    });
    Spanned::new(rules.collect(), configuration.span)
}

/// The replicas belong to the account of their bucket.
fn is_given_away(destination: &Node<'_>) -> bool {
    let translation = destination.get("AccessControlTranslation");
    translation.and_then(|translation| text(translation, "Owner")).is_some_and(|to| to.value == "Destination")
}

/// Where the filter of a rule is written: in itself, or in what joins a prefix and tags.
fn filters<'n, 's>(rule: &'n Node<'s>) -> impl Iterator<Item = &'n Node<'s>> {
    let filter = rule.get("Filter");
    filter.into_iter().chain(filter.and_then(|filter| filter.get("And")))
}

fn replicated_prefix(rule: &Node<'_>) -> String {
    let of_filter = filters(rule).find_map(|filter| text(filter, "Prefix"));
    // The first version of the configuration has no filters.
    let prefix = of_filter.or_else(|| text(rule, "Prefix"));
    prefix.map_or_else(String::new, |prefix| prefix.value.to_owned())
}

/// `Tag` and `Tags` in answers of S3, `TagFilter` and `TagFilters` in templates.
fn replicated_tags(rule: &Node<'_>) -> Tags {
    let mut found = Tags::new();
    for filter in filters(rule) {
        let one = ["Tag", "TagFilter"].into_iter().filter_map(|name| filter.get(name));
        let several = ["Tags", "TagFilters"].into_iter().filter_map(|name| filter.get(name));
        for tag in one.chain(several.flat_map(Node::elements)) {
            if let Some((key, value)) = text(tag, "Key").zip(text(tag, "Value")) {
                found.insert(key.value.to_owned(), value.value.to_owned());
            }
        }
    }
    found
}

/// The kinds of encryption that a rule of the default encryption blocks.
pub(super) fn blocked_encryption(rule: &Node<'_>) -> Option<Spanned<Vec<EncryptionType>>> {
    let list = rule.get("BlockedEncryptionTypes")?.get("EncryptionType")?;
    let kinds = list.elements().iter().filter_map(Node::as_str);
    let kinds = kinds.filter(|kind| *kind != "NONE").filter_map(EncryptionType::parse);
    Some(Spanned::new(kinds.collect(), list.span))
}

/// The bucket that an ARN names.
pub(super) fn bucket_named(arn: &str) -> &str {
    arn.rsplit(":::").next().unwrap_or(arn)
}

/// The object ownership that a word stands for; whether it stands for one.
pub(super) fn ownership(written: Spanned<&str>, bucket: &str, intake: &mut Intake) -> bool {
    let known = Ownership::parse(written.value);
    match known {
        Some(ownership) => intake.bucket_ownership(bucket, Spanned::new(ownership, written.span)),
        None => {
            let message = format!("`{}` is not an object ownership", written.value);
            let help = did_you_mean(written.value, Ownership::NAMES.iter().copied());
            intake.problems.push(unexpected(written.span, message).maybe_help(help));
        }
    }
    known.is_some()
}

/// The Block Public Access settings at a node.
pub(super) fn public_access(block: &Node<'_>) -> PublicAccess {
    let on = |name: &str| flag(block, name).map(|on| on.value);
    PublicAccess {
        restrict_public_buckets: on("RestrictPublicBuckets"),
        ignore_public_acls: on("IgnorePublicAcls"),
    }
}

/// Who manages a key: AWS, or the customer.
pub(super) fn key_manager(written: Spanned<&str>, key: &PlacedArn, intake: &mut Intake) {
    let aws = written.value.eq_ignore_ascii_case("AWS");
    intake.key_manager(key, written.map(|_| if aws { KeyManager::Aws } else { KeyManager::Customer }));
}

/// The state of a key. One that this program does not know is told as a warning.
pub(super) fn key_state(written: Spanned<&str>, key: &PlacedArn, intake: &mut Intake) {
    match KeyState::parse(written.value) {
        Some(known) => intake.key_state(key, Spanned::new(known, written.span)),
        None => {
            let message = format!("`{}` is not a key state this program knows", written.value);
            let help = did_you_mean(written.value, KeyState::NAMES.iter().copied());
            let problem = Diagnostic::new(Code::UnknownKeyState, written.span, message).maybe_help(help);
            intake.problems.push(problem);
        }
    }
}

/// Only endpoints for S3 stand in the way of a read: S3 calls KMS by itself.
pub(super) fn is_s3_service(name: &str) -> bool {
    matches!(name.rsplit('.').next(), Some("s3" | "accesspoint"))
}

/// The types of endpoints that S3 has.
pub(super) fn endpoint_type(written: &str) -> Option<EndpointType> {
    match written.to_ascii_lowercase().as_str() {
        "gateway" => Some(EndpointType::Gateway),
        "interface" => Some(EndpointType::Interface),
        _ => None,
    }
}
