//! Actions and services that do not exist, with the name that was meant.

use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::name::near::near_action;
use crate::name::{ActionName, ActionPattern, reference};
use crate::policy::Policy;
use crate::source::Span;

/// Names of API operations, headers and older pages that no policy can use, and what allows the operation.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>
const MEANT: &[(&str, &str, &str)] = &[
    ("kms", "reencrypt", "kms:ReEncryptFrom and kms:ReEncryptTo"),
    ("s3", "completemultipartupload", "s3:PutObject"),
    ("s3", "copyobject", "s3:GetObject on the source and s3:PutObject on the destination"),
    ("s3", "createmultipartupload", "s3:PutObject"),
    ("s3", "deletebucketencryption", "s3:PutEncryptionConfiguration"),
    ("s3", "deletebucketlifecycle", "s3:PutLifecycleConfiguration"),
    ("s3", "deleteobjects", "s3:DeleteObject"),
    ("s3", "getbucketaccelerateconfiguration", "s3:GetAccelerateConfiguration"),
    ("s3", "getbucketencryption", "s3:GetEncryptionConfiguration"),
    ("s3", "getbucketlifecycle", "s3:GetLifecycleConfiguration"),
    ("s3", "getbucketlifecycleconfiguration", "s3:GetLifecycleConfiguration"),
    ("s3", "getbucketreplication", "s3:GetReplicationConfiguration"),
    ("s3", "getpublicaccessblock", "s3:GetBucketPublicAccessBlock"),
    ("s3", "headbucket", "s3:ListBucket"),
    ("s3", "headobject", "s3:GetObject"),
    ("s3", "initiatemultipartupload", "s3:PutObject"),
    ("s3", "listbuckets", "s3:ListAllMyBuckets"),
    ("s3", "listmultipartuploads", "s3:ListBucketMultipartUploads"),
    ("s3", "listobjects", "s3:ListBucket"),
    ("s3", "listobjectsv2", "s3:ListBucket"),
    ("s3", "listobjectversions", "s3:ListBucketVersions"),
    ("s3", "listparts", "s3:ListMultipartUploadParts"),
    ("s3", "putbucketencryption", "s3:PutEncryptionConfiguration"),
    ("s3", "putbucketlifecycle", "s3:PutLifecycleConfiguration"),
    ("s3", "putbucketlifecycleconfiguration", "s3:PutLifecycleConfiguration"),
    ("s3", "putbucketreplication", "s3:PutReplicationConfiguration"),
    ("s3", "putpublicaccessblock", "s3:PutBucketPublicAccessBlock"),
    ("s3", "uploadpart", "s3:PutObject"),
];

/// Services that are no more, and whose names policies still have.
const RETIRED: &[&str] = &[
    "a4b",
    "alexaforbusiness",
    "aws-portal",
    "awsbillingconsole",
    "builderid",
    "codestar",
    "deepcomposer",
    "deepracer",
    "elastic-inference",
    "evidently",
    "honeycode",
    "iot1click",
    "iotanalytics",
    "iotevents",
    "iotroborunner",
    "lookoutequipment",
    "lookoutmetrics",
    "lookoutvision",
    "machinelearning",
    "macie",
    "mobilehub",
    "nimble",
    "opsworks",
    "opsworks-cm",
    "qldb",
    "robomaker",
    "sagemaker-groundtruth-synthetic",
    "sdb",
    "sumerian",
    "workdocs",
    "worklink",
];

/// Wrong names that a policy gets the nearest name for. A search for one reads all names; a policy of a person never has so
/// many wrong ones.
const SEARCHED: usize = 256;

pub(super) fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    let mut found = 0;
    for action in policy.statements.iter().flat_map(|statement| statement.actions.listed()) {
        if let Some(finding) = wrong(&action.value, action.span, found < SEARCHED) {
            found += 1;
            tell(finding);
        }
    }
}

fn wrong(pattern: &ActionPattern, at: Span, search: bool) -> Option<Diagnostic> {
    let prefix = pattern.service()?;
    let written = pattern.folded();
    let (_, name) = written.split_once(':')?;
    // What is not even the form of an action is told where the policy is read.
    let is_form = |c: char| c.is_ascii_alphanumeric() || "-_.*?".contains(c);
    if prefix.is_empty() || name.is_empty() || !prefix.chars().all(is_form) || !name.chars().all(is_form) {
        return None;
    }
    if RETIRED.contains(&prefix) && reference::service(prefix).is_none() {
        return None;
    }
    let date = reference::date();
    let Some(service) = reference::service(prefix) else {
        let message = format!("no service has the prefix `{prefix}`, so this matches no request");
        return Some(match search.then(|| nearest(prefix, reference::prefixes())).flatten() {
            Some(near) => Diagnostic::new(Code::InvalidServiceInAction, at, message)
                .help(format!("did you mean `{near}`? services are known as of {date}")),
            None => Diagnostic::new(Code::InvalidService, at, message)
                .help(format!("services are known as of {date}")),
        });
    };
    if service.has_action_like(name) {
        return None;
    }
    let meant = MEANT.iter().find(|(of, operation, _)| *of == prefix && *operation == name);
    let near = || search.then(|| ActionName::new(written)).flatten().and_then(|name| near_action(&name));
    let help = match meant {
        Some((.., meant)) => {
            format!("an operation of the API is allowed by an action of another name: {meant}")
        }
        None => match near() {
            Some(near) => format!("did you mean `{near}`? actions are known as of {date}"),
            None => format!("the service reference of {date} lists no such action"),
        },
    };
    let written = pattern.written();
    let message = if pattern.has_wildcard() {
        format!("no action matches `{written}`, so this matches no request")
    } else {
        format!("the action `{written}` does not exist, so this matches no request")
    };
    Some(Diagnostic::new(Code::InvalidAction, at, message).help(help))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceId;

    #[test]
    fn names_are_sorted_and_no_action_has_them() {
        assert!(RETIRED.is_sorted());
        assert!(MEANT.is_sorted_by_key(|(service, name, _)| (*service, *name)));
        for (service, name, _) in MEANT {
            assert!(reference::action(service, name).is_none(), "{service} {name}");
        }
    }

    #[test]
    fn names_with_wildcards_exist_where_one_action_fits() {
        let at = Span::new(SourceId::LONE, 0, 0);
        let finds = |text: &str| wrong(&ActionPattern::new(text), at, true).is_none();
        for known in
            ["s3:*", "s3:Get*", "s3:*Object", "S3:GETOBJECT", "ec2:Describe*s", "iam:*Role*", "kms:Decryp?"]
        {
            assert!(finds(known), "{known}");
        }
        for unknown in ["s3:Gett*", "s3:*Objekt", "s3:GetObject?Version", "ec2:DescribeInstance?x*", "ss3:*"]
        {
            assert!(!finds(unknown), "{unknown}");
        }
    }
}
