//! The context keys of a request to S3 that its bucket, its object and its operation settle (R46, R55).
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html>

use super::{Asked, Target};
use crate::estate::Known;
use crate::eval::{CallerKind, Context, ContextValue, Given, OpenKey};
use crate::logic::{FactId, Unknown};
use crate::name::ConditionKey;
use crate::service::facts::{among, not_told, open, tags_family};

pub(super) fn add(target: &Target<'_>, c: &mut Context, asked: &Asked<'_>) {
    match target.bucket_account() {
        Some(account) => c.set("s3:ResourceAccount", ContextValue::one(account.to_string())),
        None => c.set(
            "s3:ResourceAccount",
            not_told(false, FactId::BucketAccount(bucket_name(target)), "the bucket's account is not known"),
        ),
    }
    tags(target, c);
    transport(target, c, asked);
    c.set(
        "s3:authType",
        among(
            &[Some("REST-HEADER"), Some("REST-QUERY-STRING")],
            "REST-HEADER, or REST-QUERY-STRING for a presigned URL",
        ),
    );
    c.set("s3:signatureAge", signature_age(asked));
    c.set("s3:TlsVersion", among(&[Some("1.2"), Some("1.3")], "1.2 or 1.3, as client and S3 agree"));
    version(target, c, asked);
    access_point(target, c);
}

/// S3 takes plain HTTP and older signatures; what is encrypted under KMS asks for TLS and signature version 4.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html>
fn transport(target: &Target<'_>, c: &mut Context, asked: &Asked<'_>) {
    let encryption = target.told().and_then(|object| object.encryption.as_ref());
    if encryption.is_some_and(|encryption| encryption.kind.uses_kms()) {
        for (key, slot) in of_kms_object() {
            c.set(key, slot);
        }
        return;
    }
    let tls =
        among(&[Some("true"), Some("false")], "S3 takes plain HTTP too, but for objects under a KMS key");
    c.set("aws:SecureTransport", tls);
    let signature = match asked.caller.kind {
        CallerKind::Anonymous => ContextValue::Absent,
        CallerKind::Role
        | CallerKind::User
        | CallerKind::Root
        | CallerKind::FederatedUser
        | CallerKind::Service
        | CallerKind::KnownToS3
        | CallerKind::Federated => among(
            &[Some("AWS4-HMAC-SHA256"), Some("AWS")],
            "S3 takes signature version 2 too, but for objects under a KMS key",
        ),
    };
    c.set("s3:signatureversion", signature);
}

/// Whether a key is about the encryption of the connection.
pub(crate) fn is_about_tls(key: &ConditionKey) -> bool {
    ["aws:SecureTransport", "s3:TlsVersion"].iter().any(|name| *key == ConditionKey::new(name))
}

/// What a request for an object under a KMS key is known to hold.
pub(crate) fn of_kms_object() -> [(&'static str, ContextValue); 2] {
    [
        ("aws:SecureTransport", ContextValue::one("true")),
        ("s3:signatureversion", ContextValue::one("AWS4-HMAC-SHA256")),
    ]
}

/// Requests for a version name it; which keys the other operations have is in the table of keys (R55).
fn version(target: &Target<'_>, c: &mut Context, asked: &Asked<'_>) {
    match &target.version_id {
        Some(version) => c.set("s3:versionid", ContextValue::one(version.as_str())),
        None if asked.action.folded().contains("version") => {
            c.set("s3:versionid", open(false, "it depends on the request"));
        }
        None => c.set("s3:versionid", ContextValue::Absent),
    }
}

fn bucket_name(target: &Target<'_>) -> Box<str> {
    target.bucket.name.as_str().into()
}

fn tags(target: &Target<'_>, c: &mut Context) {
    const WHY: &str = "the bucket's tags are not known";
    let bucket = target.bucket;
    let fact = || FactId::BucketTags(bucket_name(target));
    let others = match &bucket.abac {
        Known::Provided(true) => {
            tags_family(c, "s3:BucketTag/", &bucket.tags, fact, WHY);
            tags_family(c, "aws:ResourceTag/", &bucket.tags, fact, WHY)
        }
        Known::Provided(false) => ContextValue::Absent,
        Known::NotProvided => unless_abac(target, c),
    };
    c.set_family("aws:ResourceTag/", others.clone());
    c.set_family("s3:BucketTag/", others);
    let object_tags = target.told().map_or(&Known::NotProvided, |o| &o.tags);
    let family = match &target.object {
        Some(object) => tags_family(
            c,
            "s3:ExistingObjectTag/",
            object_tags,
            || FactId::ObjectTags(object.uri.id()),
            "the object's tags are not known",
        ),
        None => ContextValue::Absent,
    };
    c.set_family("s3:ExistingObjectTag/", family);
}

/// Bucket tags where it is not known whether ABAC is enabled: there, or not.
fn unless_abac(target: &Target<'_>, c: &mut Context) -> ContextValue {
    const WHY: &str = "bucket tags count only when ABAC is enabled for the bucket, which is not known";
    let Known::Provided(tags) = &target.bucket.tags else {
        return not_told(true, FactId::BucketTags(bucket_name(target)), WHY);
    };
    for (key, value) in tags {
        for start in ["aws:ResourceTag/", "s3:BucketTag/"] {
            let because = Unknown::missing_value(FactId::BucketTags(bucket_name(target)), WHY);
            let perhaps = OpenKey::one_of([None, Some(value.as_str())], because);
            c.set(format!("{start}{key}"), ContextValue::Open(perhaps));
        }
    }
    ContextValue::Absent
}

/// Only presigned URLs have an age.
fn signature_age(asked: &Asked<'_>) -> ContextValue {
    let kind = asked.circumstances.context.iter().find_map(|(key, value)| match value {
        Given::Values(values) if key.folded() == "s3:authtype" => values.first(),
        Given::Values(_) | Given::Absent => None,
    });
    match kind.map(String::as_str) {
        Some("REST-HEADER") => ContextValue::Absent,
        Some("REST-QUERY-STRING") => open(false, "it is the age of the presigned URL"),
        Some(_) | None => open(true, "only presigned URLs have it"),
    }
}

fn access_point(target: &Target<'_>, c: &mut Context) {
    match &target.through {
        Some(through) => {
            let point = through.point;
            c.set("s3:DataAccessPointArn", ContextValue::one(&*through.arn));
            c.set("s3:DataAccessPointAccount", ContextValue::one(point.account.to_string()));
            let origin = match &point.vpc {
                Known::Provided(Some(_)) => ContextValue::one("VPC"),
                Known::Provided(None) => ContextValue::one("Internet"),
                Known::NotProvided => among(
                    &[Some("Internet"), Some("VPC")],
                    "the network origin of the access point is not known",
                ),
            };
            c.set("s3:AccessPointNetworkOrigin", origin);
        }
        None => {
            for key in ["s3:DataAccessPointArn", "s3:DataAccessPointAccount", "s3:AccessPointNetworkOrigin"] {
                c.set(key, ContextValue::Absent);
            }
        }
    }
}
