//! `[[bucket]]`, `[[object]]`, `[[endpoint]]` and `[[access_point]]`.

use std::path::Path;

use super::field::{self, NONE};
use super::file::{self, Use};
use super::replication;
use crate::estate::{
    AccessPoint, Acl, EndpointType, Known, ObjectUri, Ownership, PublicAccessBlock, SharedPolicy,
    object_pattern,
};
use crate::json::{Node, Reader};
use crate::load::Intake;
use crate::load::fields::{account_id, invalid};
use crate::policy::PolicyKind;
use crate::source::Spanned;

/// The word for full access.
const DEFAULT: &str = "default";

pub(super) fn bucket(node: &Node<'_>, dir: &Path, intake: &mut Intake) {
    const NAMES: &[&str] = &[
        "name",
        "account",
        "region",
        "policy",
        "encryption",
        "ownership",
        "public_access_block",
        "requester_pays",
        "abac",
        "tags",
        "replication",
        "blocked_encryption",
        "override",
    ];
    let mut problems = Vec::new();
    let Some(mut t) = Reader::strict(&mut problems).object(node, "a bucket", NAMES) else {
        intake.problems.append(&mut problems);
        return;
    };
    let name = t.required_text("name");
    let account = field::account(&mut t, "account");
    let region = t.text("region");
    let policy = file::one(&mut t, "policy");
    let encryption = field::encryption(&mut t);
    let ownership = field::choice(&mut t, "ownership", Ownership::NAMES, Ownership::parse);
    let block = field::public_access(&mut t, "public_access_block");
    let requester_pays = t.boolean("requester_pays");
    let abac = t.boolean("abac");
    let tags = field::tags(&mut t, "tags");
    let replication = replication::read(&mut t);
    let blocked = replication::blocked_encryption(&mut t);
    if let Some(region) = region.filter(|region| !is_region(region.value)) {
        let message = format!("`{}` is not a Region", region.value);
        t.problems().push(invalid(region.span, message, "write its code, such as eu-west-1"));
    }
    if let Some(name) = name.filter(|name| !is_bucket_name(name.value)) {
        let message = format!("`{}` is not a bucket name", name.value);
        t.problems().push(invalid(
            name.span,
            message,
            "write the name alone, without s3:// and without keys",
        ));
    }
    intake.problems.append(&mut problems);
    let Some(name) = name else { return };
    if !intake.is_first_table(&format!("bucket {}", name.value), name.span) {
        return;
    }
    let bucket = name.value;
    intake.bucket(bucket, node.span, |_| ());
    if let Some(account) = account {
        intake.bucket_account(bucket, account);
    }
    if let Some(region) = region {
        intake.bucket_region(bucket, region);
    }
    match policy {
        None => {}
        Some(policy) if policy.value == NONE => intake.bucket_policy(bucket, policy.span, None),
        Some(written) => {
            let of = Use { kind: PolicyKind::Bucket, owner: bucket };
            if let Some(policy) = file::policy(intake, dir, written, of) {
                intake.bucket_policy(bucket, written.span, Some(policy));
            }
        }
    }
    if let Some(encryption) = encryption {
        intake.bucket_encryption(bucket, &encryption);
    }
    if let Some(ownership) = ownership {
        intake.bucket_ownership(bucket, ownership);
    }
    if let Some(block) = block {
        intake.bucket_public_access(bucket, block.span, &block.value);
    }
    if let Some(on) = requester_pays {
        intake.bucket_requester_pays(bucket, on);
    }
    if let Some(on) = abac {
        intake.bucket_abac(bucket, on);
    }
    if let Some(tags) = tags {
        intake.bucket_tags(bucket, tags);
    }
    if let Some(blocked) = blocked {
        intake.bucket_blocked_encryption(bucket, blocked);
    }
    if let Some(rules) = replication {
        intake.bucket_replication(bucket, rules);
    }
}

/// Whether this may be the code of a Region; which Regions there are changes.
pub(super) fn is_region(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

pub(crate) fn is_bucket_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'))
}

pub(super) fn object(node: &Node<'_>, _dir: &Path, intake: &mut Intake) {
    const NAMES: &[&str] = &["uri", "encryption", "owner", "acl_read", "tags", "storage_class", "override"];
    let mut problems = Vec::new();
    let Some(mut t) = Reader::strict(&mut problems).object(node, "an object", NAMES) else {
        intake.problems.append(&mut problems);
        return;
    };
    let uri = t.required_text("uri");
    let encryption = field::object_encryption(&mut t);
    let owner = field::account(&mut t, "owner");
    let acl_read = field::list(&mut t, "acl_read");
    let tags = field::tags(&mut t, "tags");
    let storage_class = t.text("storage_class");
    let uri = uri.filter(|uri| {
        let parsed = uri.value.parse::<ObjectUri>();
        if let Err(error) = &parsed {
            let help = "write s3://BUCKET/KEY; `*` and `?` stand for many objects";
            t.problems().push(invalid(uri.span, format!("`{}`: {error}", uri.value), help));
        }
        parsed.is_ok()
    });
    let acl_read = acl_read.map(|list| {
        let readers = list.value.iter().filter_map(|reader| {
            if reader.value == "everyone" {
                return Some(Acl::Everyone);
            }
            account_id(*reader, t.problems()).map(|account| Acl::Account(account.value))
        });
        readers.collect::<Vec<_>>()
    });
    intake.problems.append(&mut problems);
    let Some(uri) = uri else { return };
    if !intake.is_first_table(&format!("object {}", uri.value), uri.span) {
        return;
    }
    let uri = uri.map(object_pattern);
    intake.object(&uri, |object| {
        object.owner = owner.map(|owner| owner.value);
        object.acl_read = acl_read.into();
        object.tags = tags.map(|tags| tags.value).into();
    });
    match encryption {
        Some(Ok(encryption)) => intake.object_encryption(&uri, &encryption),
        Some(Err(_)) => intake.object(&uri, |object| object.as_default = true),
        None => {}
    }
    if let Some(class) = storage_class {
        intake.object_storage_class(&uri, class);
    }
}

pub(super) fn endpoint(node: &Node<'_>, dir: &Path, intake: &mut Intake) {
    const NAMES: &[&str] = &["id", "type", "vpc", "account", "policy", "override"];
    let mut problems = Vec::new();
    let Some(mut t) = Reader::strict(&mut problems).object(node, "an endpoint", NAMES) else {
        intake.problems.append(&mut problems);
        return;
    };
    let id = t.required_text("id");
    let kind = field::choice(&mut t, "type", &["gateway", "interface"], |text| {
        [("gateway", EndpointType::Gateway), ("interface", EndpointType::Interface)]
            .into_iter()
            .find_map(|(name, kind)| (name == text).then_some(kind))
    });
    let vpc = field::id_or_none(&mut t, "vpc", "vpc-");
    let account = field::account(&mut t, "account");
    let policy = file::one(&mut t, "policy");
    if let Some(id) = id.filter(|id| !id.value.starts_with("vpce-")) {
        let message = format!("`{}` is not an endpoint id", id.value);
        t.problems().push(invalid(id.span, message, "the id of a VPC endpoint is vpce-…"));
    }
    intake.problems.append(&mut problems);
    let Some(id) = id else { return };
    if !intake.is_first_table(&format!("endpoint {}", id.value), id.span) {
        return;
    }
    intake.endpoint(id.value, node.span, |_| ());
    if let Some(kind) = kind {
        intake.endpoint_type(id.value, kind);
    }
    if let Some(Spanned { value: Some(vpc), span }) = vpc {
        intake.endpoint_vpc(id.value, Spanned::new(vpc, span));
    }
    if let Some(account) = account {
        intake.endpoint_account(id.value, account);
    }
    if let Some(written) = policy {
        let of = Use { kind: PolicyKind::Endpoint, owner: id.value };
        if let Known::Provided(told) = policy_or_word(intake, dir, written, &[DEFAULT, NONE], of) {
            intake.endpoint_policy(id.value, written.span, told);
        }
    }
}

pub(super) fn access_point(node: &Node<'_>, dir: &Path, intake: &mut Intake) {
    const NAMES: &[&str] =
        &["name", "account", "bucket", "region", "policy", "alias", "vpc", "public_access_block"];
    let mut problems = Vec::new();
    let Some(mut t) = Reader::strict(&mut problems).object(node, "an access point", NAMES) else {
        intake.problems.append(&mut problems);
        return;
    };
    let name = t.required_text("name");
    let account = t.required_text("account").and_then(|text| account_id(text, t.problems()));
    let bucket = t.required_text("bucket");
    let region = t.text("region");
    let policy = file::one(&mut t, "policy");
    let alias = t.text("alias").filter(|alias| alias.value != NONE);
    let vpc = field::id_or_none(&mut t, "vpc", "vpc-");
    let block = field::public_access(&mut t, "public_access_block");
    intake.problems.append(&mut problems);
    let (Some(name), Some(account), Some(bucket)) = (name, account, bucket) else { return };
    let region_part = region.map_or("", |region| region.value);
    let subject = format!("access point {} of {}", name.value, account.value);
    // Names are unique within an account and a Region.
    let subject = if region_part.is_empty() { subject } else { format!("{subject} in {region_part}") };
    if !intake.is_first_table(&subject, name.span) {
        return;
    }
    let policy = match policy {
        None => Known::NotProvided,
        Some(written) => {
            let of = Use { kind: PolicyKind::AccessPoint, owner: name.value };
            policy_or_word(intake, dir, written, &[NONE], of)
        }
    };
    let owned = |text: Spanned<&str>| text.value.to_owned();
    intake.estate.access_points.push(AccessPoint {
        name: name.value.to_owned(),
        account: account.value,
        bucket: bucket.value.to_owned(),
        region: region.map(owned),
        policy,
        alias: alias.map(owned),
        vpc: vpc.map(|vpc| vpc.value.map(str::to_owned)).into(),
        public_access_block: block
            .map(|block| PublicAccessBlock {
                restrict_public_buckets: block.value.restrict_public_buckets.unwrap_or_default(),
                ignore_public_acls: block.value.ignore_public_acls.unwrap_or_default(),
            })
            .into(),
        span: node.span,
    });
}

/// A policy, or one of the words that say that there is none of one's own.
fn policy_or_word(
    intake: &mut Intake,
    dir: &Path,
    written: Spanned<&str>,
    words: &[&str],
    of: Use<'_>,
) -> Known<Option<SharedPolicy>> {
    if words.contains(&written.value) {
        return Known::Provided(None);
    }
    file::policy(intake, dir, written, of).map(Some).into()
}
