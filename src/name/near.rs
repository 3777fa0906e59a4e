//! The name that was meant.

use std::cell::RefCell;
use std::collections::HashMap;

use super::reference::{self, compare, has_keys_of, prefixes, service};
use super::{ActionName, ConditionKey, keys};
use crate::diagnostic::nearest;

/// More answers are not kept.
const MOST_KEPT: usize = 256;

thread_local! {
    /// What was asked before: one name is compared with hundreds, and policies of one input make the same slip many times.
    static KEPT: RefCell<HashMap<Box<str>, Option<String>>> = RefCell::default();
}

/// The key that a name was meant to be, where no key has it.
pub fn near_key(key: &ConditionKey) -> Option<String> {
    if let Some(known) = KEPT.with_borrow(|kept| kept.get(key.as_str()).cloned()) {
        return known;
    }
    let meant = meant(key);
    KEPT.with_borrow_mut(|kept| {
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(key.as_str().into(), meant.clone());
    });
    meant
}

fn meant(key: &ConditionKey) -> Option<String> {
    let (prefix, rest) = key.as_str().split_once(':')?;
    let folded = prefix.to_ascii_lowercase();
    let of = |prefix: &str| Names::of(prefix).meant(rest);
    let prefixed = |prefix: &str, name: String| format!("{prefix}:{name}");
    if prefix == "aws" || has_keys_of(&folded) {
        // The right name behind another prefix is no slip of letters.
        let elsewhere = ["aws", "s3", "kms", "sts", "iam"]
            .into_iter()
            .filter(|other| *other != folded)
            .find_map(|other| Some(prefixed(other, Names::of(other).same(rest)?)));
        return elsewhere.or_else(|| of(&folded).map(|name| prefixed(&folded, name)));
    }
    let meant = nearest(&folded, ["aws"].into_iter().chain(prefixes()))?;
    of(meant).map(|name| prefixed(meant, name))
}

/// The action that a name was meant to be, where no action has it.
pub fn near_action(name: &ActionName) -> Option<String> {
    if reference::action(name.service(), name.name()).is_some() {
        return None;
    }
    let prefix = match service(name.service()) {
        Some(known) => known.prefix,
        None => nearest(name.service(), prefixes())?,
    };
    let known = service(prefix)?;
    let meant = nearest(name.name(), known.actions.iter().map(|action| action.name))?;
    Some(format!("{prefix}:{meant}"))
}

/// The action that allows an operation of S3, where the two are called differently. Policies with the operation's name allow nothing.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>
const OPERATIONS: &[(&str, &str)] = &[
    ("CompleteMultipartUpload", "PutObject"),
    ("CopyObject", "PutObject"),
    ("CreateMultipartUpload", "PutObject"),
    ("DeleteObjects", "DeleteObject"),
    ("GetBucketEncryption", "GetEncryptionConfiguration"),
    ("HeadBucket", "ListBucket"),
    ("HeadObject", "GetObject"),
    ("ListBuckets", "ListAllMyBuckets"),
    ("ListMultipartUploads", "ListBucketMultipartUploads"),
    ("ListObjectVersions", "ListBucketVersions"),
    ("ListObjects", "ListBucket"),
    ("ListObjectsV2", "ListBucket"),
    ("ListParts", "ListMultipartUploadParts"),
    ("SelectObjectContent", "GetObject"),
    ("UploadPart", "PutObject"),
];

/// The actions of a service, where it is known.
pub fn service_of(prefix: &str) -> Option<impl Iterator<Item = ActionName>> {
    let known = service(prefix)?;
    Some(known.actions.iter().map(|action| ActionName::of(known.prefix, action.name)))
}

/// The action that allows the operation of this name.
pub fn action_of_operation(name: &ActionName) -> Option<String> {
    let row = OPERATIONS.iter().find(|(operation, _)| operation.eq_ignore_ascii_case(name.name()))?;
    (name.service() == "s3").then(|| format!("s3:{}", row.1))
}

/// The action that allows a call for several messages at once: calls of a batch have no action of their own.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-batch-api.html>
pub fn action_of_batch(name: &ActionName) -> Option<String> {
    let one = name.name().strip_suffix("batch").filter(|_| name.service() == "sqs")?;
    Some(format!("sqs:{}", reference::action("sqs", one)?.name))
}

/// The names of keys behind a prefix.
struct Names(Vec<&'static str>);

impl Names {
    fn of(prefix: &str) -> Self {
        let behind = |name: &'static str| {
            let (own, rest) = name.split_once(':')?;
            own.eq_ignore_ascii_case(prefix).then_some(rest)
        };
        let listed = service(prefix).into_iter().flat_map(|service| &service.keys).map(|key| key.name);
        let mut names: Vec<_> = keys::all().map(|row| row.name).chain(listed).filter_map(behind).collect();
        names.sort_unstable();
        names.dedup();
        Self(names)
    }

    /// The same name, as AWS spells it.
    fn same(&self, rest: &str) -> Option<String> {
        let folded = rest.to_ascii_lowercase();
        let (start, chosen) = split(&folded, rest);
        let name = self.0.iter().find(|name| compare(name, start).is_eq())?;
        Some(format!("{name}{chosen}"))
    }

    /// The nearest name; what customers choose of it stays as it was written.
    fn meant(&self, rest: &str) -> Option<String> {
        let (start, chosen) = split(rest, rest);
        if let Some(family) = nearest(start, self.0.iter().copied().filter(|name| name.ends_with(['/', ':'])))
            .filter(|_| !chosen.is_empty())
        {
            return Some(format!("{family}{chosen}"));
        }
        nearest(rest, self.0.iter().copied()).map(|name| match name.ends_with(['/', ':']) {
            true => format!("{name}…"),
            false => name.to_owned(),
        })
    }
}

/// The part of a name up to its first separator, and from `of` what lies behind it.
fn split<'a, 'b>(name: &'a str, of: &'b str) -> (&'a str, &'b str) {
    match name.find(['/', ':']) {
        Some(at) => (name.get(..=at).unwrap_or(name), of.get(at + 1..).unwrap_or_default()),
        None => (name, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_were_meant() {
        for (written, meant) in [
            ("kms:ViaServices", Some("kms:ViaService")),
            ("aws:PrincipleOrgID", Some("aws:PrincipalOrgID")),
            ("aws:PrincipleTag/team", Some("aws:PrincipalTag/team")),
            ("aws:PrincipalTags/Team/A", Some("aws:PrincipalTag/Team/A")),
            ("kms:EncryptionContexts:aws:s3:arn", Some("kms:EncryptionContext:aws:s3:arn")),
            ("ksm:ViaService", Some("kms:ViaService")),
            ("s3:SourceIp", Some("aws:SourceIp")),
            ("aws:ViaService", Some("kms:ViaService")),
            ("aws:ResourceTag", Some("aws:ResourceTag/…")),
            ("dynamodb:LeadingKey", Some("dynamodb:LeadingKeys")),
            ("aws:Unheard", None),
            ("kms", None),
        ] {
            assert_eq!(near_key(&ConditionKey::new(written)).as_deref(), meant, "{written}");
        }
        for (written, meant) in [
            ("s3:GetObjects", Some("s3:GetObject")),
            ("ksm:Decrypt", Some("kms:Decrypt")),
            ("s3:GetObject", None),
            ("s3:Elephant", None),
        ] {
            assert_eq!(near_action(&ActionName::new(written).unwrap()).as_deref(), meant, "{written}");
        }
    }
}
