//! Services that read or write objects as themselves, and origin access identities: what they send, and what they cannot
//! do (R142, R143, R148).

use std::borrow::Cow;

use super::encryption::Facts;
use super::target::ResolvedRead;
use crate::eval::{CallerKind, ContextValue};
use crate::logic::Unknown;
use crate::operation::{AwsService, Support};
use crate::service::open;

/// The row of the service that asks.
pub(super) fn service(read: &ResolvedRead<'_>) -> Option<&'static AwsService> {
    let caller = read.caller();
    (caller.kind == CallerKind::Service).then(|| AwsService::find(&caller.name)).flatten()
}

/// A context key, and what is known of it.
pub(super) type KnownKey = (Cow<'static, str>, ContextValue);

/// Headers that it always sends, as context keys.
pub(super) fn headers(read: &ResolvedRead<'_>) -> impl Iterator<Item = KnownKey> {
    let sent = service(read).map(|service| &service.headers).into_iter().flatten();
    sent.map(|(name, value)| (format!("s3:{name}").into(), ContextValue::one(value.as_str())))
}

/// The pair that it adds to the encryption context.
pub(super) fn pair(read: &ResolvedRead<'_>) -> Option<KnownKey> {
    let name = service(read)?.encryption_context.as_ref()?;
    let slot = match read.question.circumstances.source_arn() {
        Some(arn) => ContextValue::one(arn),
        None => open(false, "it is the ARN of what the service works for"),
    };
    Some((format!("kms:EncryptionContext:{name}").into(), slot))
}

/// Why policies do not decide for this caller.
pub(super) fn unsupported(read: &ResolvedRead<'_>, facts: &Facts<'_>) -> Option<String> {
    if !facts.is_under_kms() {
        return None;
    }
    if read.caller().kind == CallerKind::KnownToS3
        && crate::name::is_origin_access_identity(&read.caller().name)
    {
        return Some(
            "an origin access identity cannot read or write objects under SSE-KMS: CloudFront does so with origin access \
             control, as cloudfront.amazonaws.com"
                .to_owned(),
        );
    }
    let service = service(read).filter(|service| service.sse_kms == Support::No)?;
    let why = service.why.as_deref().unwrap_or("it does not work with SSE-KMS");
    Some(format!("{}: {why}", service.title))
}

/// What AWS does not say of the service and objects under KMS keys.
pub(super) fn undocumented(read: &ResolvedRead<'_>, facts: &Facts<'_>) -> Option<Unknown> {
    let service = service(read).filter(|service| service.sse_kms == Support::Undocumented)?;
    if !facts.kind().is_some_and(|kind| kind.uses_kms()) {
        return None;
    }
    let why = service.why.clone().unwrap_or_default();
    Some(Unknown::undocumented(format!("{} and SSE-KMS", service.name), why))
}
