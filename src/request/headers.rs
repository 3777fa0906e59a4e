//! Headers of a request to S3, as the context keys that they fill.
//!
//! Sources: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html>

use crate::eval::{Circumstances, Context, ContextValue, Given};
use crate::name::{ActionName, ConditionKey, keys};

const ALGORITHM: &str = "x-amz-server-side-encryption";
const TAGGING: &str = "x-amz-tagging";
const TAG_KEYS: &str = "s3:RequestObjectTagKeys";

/// Whether a text is a name of a header.
pub(crate) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
}

/// What is told of headers, in the keys that requests for the action can have.
pub(crate) fn add(c: &mut Context, action: &ActionName, circumstances: &Circumstances) {
    for (name, given) in &circumstances.headers {
        let Some(key) = key_of(name, action) else { continue };
        match given {
            Given::Values(values) if name == TAGGING => tags(c, values),
            Given::Absent if name == TAGGING => {
                c.set(TAG_KEYS, ContextValue::Absent);
                c.set_family("s3:RequestObjectTag/", ContextValue::Absent);
            }
            Given::Values(values) => {
                c.insert(key, ContextValue::one(values.last().map_or("", String::as_str)));
            }
            Given::Absent => c.insert(key, ContextValue::Absent),
        }
        // Only requests for SSE-KMS name a key.
        let is_kms = |values: &[String]| values.last().is_some_and(|value| value.starts_with("aws:kms"));
        let without_key = match given {
            Given::Values(values) => !is_kms(values),
            Given::Absent => true,
        };
        if name == ALGORITHM && without_key {
            c.set("s3:x-amz-server-side-encryption-aws-kms-key-id", ContextValue::Absent);
        }
    }
}

/// The key that a header fills in requests for an action.
fn key_of(name: &str, action: &ActionName) -> Option<ConditionKey> {
    if name == TAGGING {
        return keys::can_be_in(&ConditionKey::new(TAG_KEYS), action).then(|| ConditionKey::new(TAG_KEYS));
    }
    let short = name.strip_prefix("x-amz-").unwrap_or(name);
    let global = name.replace('-', "");
    let called = [format!("s3:{name}"), format!("s3:{short}"), format!("aws:{global}")];
    let known = called.iter().filter(|key| keys::find(key).is_some()).map(|key| ConditionKey::new(key));
    known.into_iter().find(|key| keys::can_be_in(key, action))
}

/// `a=b&c=d`.
fn tags(c: &mut Context, values: &[String]) {
    let pairs: Vec<(&str, &str)> = values
        .iter()
        .flat_map(|value| value.split('&'))
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .collect();
    c.set_family("s3:RequestObjectTag/", ContextValue::Absent);
    for (tag, value) in &pairs {
        c.set(format!("s3:RequestObjectTag/{tag}"), ContextValue::one(*value));
    }
    c.set(TAG_KEYS, ContextValue::many(pairs.iter().map(|(tag, _)| *tag)));
}
