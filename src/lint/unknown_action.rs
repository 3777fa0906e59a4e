use super::Lint;
use crate::diagnostic::{Code, Diagnostic};
use crate::name::near::near_action;
use crate::name::{ActionName, reference};
use crate::policy::Policy;

pub(super) static LINT: Lint = Lint { code: Code::UnknownAction, check };

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

/// Services that are decided on here, so that a name that does not exist matters.
const SERVICES: &[&str] = &["iam", "kms", "s3", "sts"];

fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    for action in policy.statements.iter().flat_map(|statement| statement.actions.listed()) {
        let pattern = &action.value;
        let Some(service) = pattern.service().filter(|service| SERVICES.contains(service)) else { continue };
        let Some(known) = reference::service(service) else { continue };
        let is_name = pattern.folded().chars().all(|c| c.is_ascii_alphanumeric() || "-:*?".contains(c));
        if pattern.is_symbolic() || !is_name {
            continue;
        }
        let exists = known.actions.iter().any(|action| {
            let name = ActionName::new(&format!("{service}:{}", action.name));
            name.is_some_and(|name| pattern.covers(&name) != Some(false))
        });
        if exists {
            continue;
        }
        let written = pattern.folded();
        let name = written.split_once(':').map_or("", |(_, name)| name);
        let meant = MEANT.iter().find(|(of, operation, _)| *of == service && *operation == name);
        let near = || ActionName::new(written).and_then(|name| near_action(&name));
        let help = match meant {
            Some((.., meant)) => {
                format!("an operation of the API is allowed by an action of another name: {meant}")
            }
            None => match near() {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the service reference of {} lists no such action", reference::date()),
            },
        };
        let what = if pattern.has_wildcard() { "no action fits" } else { "there is no action" };
        tell(LINT.says(action.span, format!("{what} `{written}`, so this speaks of no request"), help));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_no_action_has_them() {
        assert!(MEANT.is_sorted_by_key(|(service, name, _)| (*service, *name)));
        for (service, name, _) in MEANT {
            assert!(reference::action(service, name).is_none(), "{service} {name}");
        }
    }
}
