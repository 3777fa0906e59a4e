//! `aws s3api …`

use crate::diagnostic::{Code, Diagnostic};
use crate::estate::{Encryption, EncryptionType, ObjectUri, object_pattern};
use crate::json::{Node, Value};
use crate::load::fields::{tags, text, unexpected};
use crate::load::{InputDocument, Intake, settings};
use crate::name::AccountId;
use crate::policy::PolicyKind;
use crate::source::Spanned;

const NO_OWNER: &str = "which bucket it belongs to: add [[bind]] with bucket = \"…\", or put it in a directory named as the bucket";

/// The bucket a file is about: bound, or named by its directory.
fn bucket_of(input: &InputDocument<'_>, intake: &mut Intake) -> Option<String> {
    let owner = intake.owner_of(input.source);
    let directory = intake.directory_of(input.source).filter(|name| is_bucket_name(name));
    let bucket = owner.bucket.map(|bucket| bucket.value).or(directory);
    match &bucket {
        Some(bucket) => {
            intake.bucket(bucket, input.root().span, |_| ());
            if let Some(account) = intake.account_of(input.source) {
                intake.bucket_account(bucket, account);
            }
        }
        None => intake.misses(input.source, NO_OWNER),
    }
    bucket
}

fn is_bucket_name(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-');
    let account = text.parse::<AccountId>().is_ok();
    (3..=63).contains(&text.len()) && text.bytes().all(fits) && !text.starts_with(['.', '-']) && !account
}

fn said(input: &InputDocument<'_>, intake: &mut Intake, what: &str, bucket: &str) {
    intake.contributes(input.source, "", format!("{what} of bucket {bucket}"));
}

pub(super) fn get_bucket_policy(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(node) = input.root().get("Policy") else { return };
    let Some(policy) = intake.policy(node, PolicyKind::Bucket, "/Policy") else { return };
    let Some(bucket) = bucket_of(input, intake) else { return };
    intake.bucket_policy(&bucket, policy.span, Some(policy));
    said(input, intake, "bucket policy", &bucket);
}

/// Whether AWS calls the bucket public, which its policy says as well.
pub(super) fn policy_status(input: &InputDocument<'_>, intake: &mut Intake) {
    if let Some(bucket) = bucket_of(input, intake) {
        said(input, intake, "existence", &bucket);
    }
}

pub(super) fn list_buckets(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(list) = input.root().get("Buckets") else { return };
    let account = intake.account_of(input.source);
    for node in list.elements() {
        let Some(name) = text(node, "Name") else { continue };
        intake.bucket(name.value, node.span, |_| ());
        if let Some(account) = account {
            intake.bucket_account(name.value, account);
        }
        if let Some(region) = text(node, "BucketRegion") {
            intake.bucket_region(name.value, region);
        }
    }
    if account.is_none() && !list.elements().is_empty() {
        let missing = "which account they are in: put get-caller-identity.json beside it, name its directory as the account, or add [[bind]] with account = \"…\"";
        intake.misses(input.source, missing);
    }
    intake.contributes(input.source, "", format!("{} buckets", list.elements().len()));
}

pub(super) fn get_encryption(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(bucket) = bucket_of(input, intake) else { return };
    if encryption(input.root(), &bucket, intake) {
        said(input, intake, "default encryption", &bucket);
    }
}

/// The default encryption in an answer; whether there is one.
pub(super) fn encryption(root: &Node<'_>, bucket: &str, intake: &mut Intake) -> bool {
    let rules = root.get("ServerSideEncryptionConfiguration").and_then(|c| c.get("Rules"));
    let Some(rule) = rules.and_then(|rules| rules.elements().first()) else { return false };
    if let Some(blocked) = settings::blocked_encryption(rule) {
        intake.bucket_blocked_encryption(bucket, blocked);
    }
    let Some(default) = rule.get("ApplyServerSideEncryptionByDefault") else { return false };
    let encryption = settings::encryption(default, "SSEAlgorithm", "KMSMasterKeyID", rule, intake);
    if let Some(encryption) = &encryption {
        intake.bucket_encryption(bucket, encryption);
    }
    encryption.is_some()
}

pub(super) fn location(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(node) = input.root().get("LocationConstraint") else { return };
    let Some(bucket) = bucket_of(input, intake) else { return };
    // S3 is older than Regions: the first one has no name here, and the second an old one.
    let region = match node.as_str() {
        None if node.value == Value::Null => "us-east-1",
        None => {
            intake
                .problems
                .push(unexpected(node.span, format!("a location is a string; this is {}", node.kind())));
            return;
        }
        Some("") => "us-east-1",
        Some("EU") => "eu-west-1",
        Some(region) => region,
    };
    intake.bucket_region(&bucket, Spanned::new(region, node.span));
    said(input, intake, "Region", &bucket);
}

pub(super) fn get_ownership(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(bucket) = bucket_of(input, intake) else { return };
    if ownership(input.root(), &bucket, intake) {
        said(input, intake, "object ownership", &bucket);
    }
}

/// The object ownership in an answer; whether there is one.
pub(super) fn ownership(root: &Node<'_>, bucket: &str, intake: &mut Intake) -> bool {
    let rules = root.get("OwnershipControls").and_then(|controls| controls.get("Rules"));
    let rule = rules.and_then(|rules| rules.elements().first());
    let written = rule.and_then(|rule| text(rule, "ObjectOwnership"));
    written.is_some_and(|written| settings::ownership(written, bucket, intake))
}

pub(super) fn get_public_access(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(block) = input.root().get("PublicAccessBlockConfiguration") else { return };
    let settings = settings::public_access(block);
    // The command of the same name in `aws s3control` answers for an account.
    let owner = intake.owner_of(input.source);
    let directory = intake.directory_of(input.source).and_then(|name| name.parse::<AccountId>().ok());
    let account = owner.account.map(|account| account.value).filter(|_| owner.bucket.is_none());
    if let Some(account) = account.or(directory.filter(|_| owner.bucket.is_none())) {
        intake.account_public_access(account, block.span, &settings);
        intake.contributes(input.source, "", format!("public access block of account {account}"));
        return;
    }
    let Some(bucket) = bucket_of(input, intake) else { return };
    intake.bucket_public_access(&bucket, block.span, &settings);
    said(input, intake, "public access block", &bucket);
}

pub(super) fn abac(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(bucket) = bucket_of(input, intake) else { return };
    let Some(status) = input.root().get("AbacStatus").and_then(|status| text(status, "Status")) else {
        return;
    };
    intake.bucket_abac(&bucket, status.map(|status| status.eq_ignore_ascii_case("Enabled")));
    said(input, intake, "ABAC setting", &bucket);
}

pub(super) fn replication(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(configuration) = input.root().get("ReplicationConfiguration") else { return };
    let Some(bucket) = bucket_of(input, intake) else { return };
    intake.bucket_replication(&bucket, settings::replication(configuration));
    said(input, intake, "replication configuration", &bucket);
}

pub(super) fn tagging(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(list) = input.root().get("TagSet") else { return };
    let Some(bucket) = bucket_of(input, intake) else { return };
    intake.bucket_tags(&bucket, tags(list, "Key", "Value"));
    said(input, intake, "tags", &bucket);
}

pub(super) fn request_payment(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(payer) = text(input.root(), "Payer") else { return };
    let Some(bucket) = bucket_of(input, intake) else { return };
    intake.bucket_requester_pays(&bucket, payer.map(|payer| payer.eq_ignore_ascii_case("Requester")));
    said(input, intake, "requester-pays setting", &bucket);
}

pub(super) fn head_object(input: &InputDocument<'_>, intake: &mut Intake) {
    let root = input.root();
    // A script that gathers answers writes into them what they are about.
    let named = text(root, "Bucket").zip(text(root, "Key"));
    let named =
        named.map(|(bucket, key)| Spanned::new(ObjectUri::of(bucket.value, key.value).to_string(), key.span));
    let Some(uri) = intake.owner_of(input.source).object.or(named) else {
        intake.misses(
            input.source,
            "which object it describes: add [[bind]] with object = \"s3://BUCKET/KEY\"",
        );
        return;
    };
    if let Err(error) = uri.value.parse::<ObjectUri>() {
        let problem = Diagnostic::new(Code::InvalidValue, uri.span, format!("`{}`: {error}", uri.value));
        intake.problems.push(problem.help("write s3://BUCKET/KEY"));
        return;
    }
    // What HeadObject says of a key is about that key, so a star in it is one.
    let uri = uri.map(|text| object_pattern(&text));
    let encryption = if text(root, "SSECustomerAlgorithm").is_some() {
        let span = root.span;
        Some(Encryption { kind: EncryptionType::SseC, key: None, bucket_key: None, span })
    } else {
        settings::encryption(root, "ServerSideEncryption", "SSEKMSKeyId", root, intake)
    };
    if let Some(encryption) = encryption {
        intake.object_encryption(&uri, &encryption);
    }
    // HeadObject leaves out the class of objects in S3 Standard.
    // Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html>
    let class = text(root, "StorageClass").unwrap_or(Spanned::new("STANDARD", root.span));
    intake.object_storage_class(&uri, class);
    if let Some(restore) = text(root, "Restore") {
        intake.object(&uri, |object| {
            object.restored = Some(restore.value.contains("ongoing-request=\"false\""))
        });
    }
    intake.object(&uri, |_| ());
    intake.contributes(input.source, "", format!("encryption of {}", uri.value.as_str()));
}
