//! Under which key an object will be that the operation makes: as the request says, else as the bucket's default does
//! (R88, R90, R145).
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>

use super::encryption::{Candidate, Facts, managed, named_by, unresolved};
use super::target::{ResolvedRead, Standing};
use crate::estate::{Assumed, Encryption, EncryptionType, KeyReference, Known, Ownership};
use crate::eval::Given;
use crate::name::AccountId;
use crate::service::{Block, Blocked};

const ALGORITHM: &str = "x-amz-server-side-encryption";
const KEY_ID: &str = "x-amz-server-side-encryption-aws-kms-key-id";
const CUSTOMER: &str = "x-amz-server-side-encryption-customer-algorithm";
const ACL: &str = "x-amz-acl";
/// ACLs that let others in; a bucket without ACLs takes none but bucket-owner-full-control.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-ownership-error-responses.html>
const OPEN_ACLS: [&str; 4] = ["authenticated-read", "aws-exec-read", "public-read", "public-read-write"];
const BUCKET_KEY: &str = "x-amz-server-side-encryption-bucket-key-enabled";

/// An object that the requester uploads or copies.
pub(super) fn made<'e>(read: &ResolvedRead<'e>, assumed: &mut Assumed) -> Facts<'e> {
    let default = read.target.bucket.encryption.provided();
    let flag = match value(read, BUCKET_KEY) {
        Some(flag) => Some(flag.eq_ignore_ascii_case("true")),
        // The setting of the bucket counts for requests that do not say.
        None => match default {
            Some(default) if default.kind.uses_kms() => default.bucket_key,
            Some(default) => Some(default.bucket_key.unwrap_or(false)),
            None => None,
        },
    };
    let writer = writer(read);
    match (value(read, ALGORITHM), value(read, KEY_ID)) {
        (Some(algorithm), key) => match EncryptionType::parse(algorithm) {
            Some(kind) if kind.uses_kms() => with_key(read, kind, key, writer, flag),
            Some(kind) => Facts::Without(kind),
            None => Facts::NotProvided,
        },
        (None, Some(key)) => with_key(read, EncryptionType::SseKms, Some(key), writer, flag),
        (None, None) if value(read, CUSTOMER).is_some() => Facts::Without(EncryptionType::SseC),
        (None, None) => {
            let Some(default) = default else { return Facts::NotProvided };
            as_default(read, default, writer, flag, assumed)
        }
    }
}

/// Whether the question tells how the request asks for the object to be encrypted, or that it does not ask.
pub(super) fn is_told(read: &ResolvedRead<'_>) -> bool {
    [ALGORITHM, KEY_ID, CUSTOMER].into_iter().any(|header| given(read, header).is_some())
}

/// What is taken for granted where the question does not tell, and no policy asks.
pub(super) fn assume_default(read: &ResolvedRead<'_>, assumed: &mut Assumed) {
    if read.target.bucket.encryption.provided().is_some_and(|default| default.kind.uses_kms()) {
        assumed.note(
            format!("the bucket's default encrypts {}", read.asked),
            "no x-amz-server-side-encryption header was given",
        );
    }
}

/// The bucket takes no object so encrypted.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/blocking-unblocking-s3-c-encryption-gpb.html>
pub(super) fn blocked(read: &ResolvedRead<'_>, facts: &Facts<'_>) -> Option<Blocked> {
    let kind = facts.kind().filter(|_| read.standing == Standing::Made)?;
    let bucket = read.target.bucket;
    if let Some(acl) = value(read, ACL).filter(|acl| OPEN_ACLS.contains(acl))
        && bucket.ownership == Known::Provided(Ownership::BucketOwnerEnforced)
    {
        let why = format!(
            "ACLs are off in {}: S3 answers AccessControlListNotSupported to an upload with the ACL {acl}",
            bucket.name
        );
        return Some(Blocked { by: Block::Acl, why });
    }
    let blocks = bucket.blocked_encryption.provided().is_some_and(|kinds| kinds.contains(&kind));
    blocks.then(|| Blocked {
        by: Block::Encryption,
        why: format!("{} takes no uploads with {}: S3 answers AccessDenied", bucket.name, kind.as_str()),
    })
}

/// Whose aliases and whose aws/s3 a request means.
fn writer(read: &ResolvedRead<'_>) -> Option<AccountId> {
    read.caller().account.or(read.bucket_account())
}

/// As the bucket's default says.
pub(super) fn as_default<'e>(
    read: &ResolvedRead<'e>,
    default: &Encryption,
    writer: Option<AccountId>,
    flag: Option<bool>,
    assumed: &mut Assumed,
) -> Facts<'e> {
    read.ctx.estate.granted.within(default.span).for_each(|assumption| assumed.granted(assumption));
    if !default.kind.uses_kms() {
        return Facts::Without(default.kind);
    }
    under(read, default.kind, default.key.as_ref(), writer, flag)
}

fn with_key<'e>(
    read: &ResolvedRead<'e>,
    kind: EncryptionType,
    key: Option<&str>,
    writer: Option<AccountId>,
    flag: Option<bool>,
) -> Facts<'e> {
    under(read, kind, key.map(KeyReference::parse).as_ref(), writer, flag)
}

/// Under the key of this name; without one, under aws/s3 of the account that writes.
pub(super) fn under<'e>(
    read: &ResolvedRead<'e>,
    kind: EncryptionType,
    key: Option<&KeyReference>,
    writer: Option<AccountId>,
    flag: Option<bool>,
) -> Facts<'e> {
    let mut keys: Vec<Candidate<'e>> = match key {
        Some(KeyReference::Alias(alias)) if alias == "alias/aws/s3" => {
            managed(read, writer).into_iter().collect()
        }
        Some(reference) => named_by(read, reference, writer),
        None => managed(read, writer).into_iter().collect(),
    };
    // An alias or a bare id is one of the account that writes, also where the bucket's default holds it (R88).
    if matches!(key, Some(KeyReference::Alias(_) | KeyReference::Id(_))) && writer.is_some() {
        keys.retain(|candidate| candidate.key.arn.account() == writer);
    }
    if let (true, Some(reference)) = (keys.is_empty(), key) {
        keys.extend(unresolved(read, reference, writer));
    }
    let why = match keys.len() {
        0 | 1 => "whether a Bucket Key is used for the object is not known",
        _ => "the name of the key leads to several keys",
    };
    Facts::one_of(kind, keys, flag, None, why)
}

/// What the request says in a header, by the header or by its context key.
fn value<'q>(read: &'q ResolvedRead<'_>, header: &str) -> Option<&'q str> {
    match given(read, header)? {
        Given::Values(values) => values.first().map(String::as_str),
        Given::Absent => None,
    }
}

fn given<'q>(read: &'q ResolvedRead<'_>, header: &str) -> Option<&'q Given> {
    let circumstances = &read.question.circumstances;
    let is_key = |folded: &str| folded.strip_prefix("s3:") == Some(header);
    let by_key = circumstances.context.iter().rev().find(|(key, _)| is_key(key.folded()));
    by_key.map(|(_, given)| given).or_else(|| circumstances.header(header))
}
