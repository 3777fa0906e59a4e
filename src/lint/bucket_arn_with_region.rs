use super::Lint;
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::Policy;

pub(super) static LINT: Lint = Lint { code: Code::BucketArnWithRegion, check };

/// What S3 names with a Region and an account, by the beginning of the resource.
const REGIONAL: &[&str] =
    &["*", "?", "$", "access-grants", "accesspoint", "async-request", "bucket/", "job/", "storage-lens"];

fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    for resource in policy.statements.iter().filter_map(|s| s.resources.as_ref()).flat_map(|r| r.listed()) {
        let text = resource.value.as_str();
        let mut parts = text.splitn(6, ':');
        let (Some("arn"), Some(partition), Some("s3"), Some(region), Some(account), Some(name)) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            continue;
        };
        let is_written = |part: &str| part.starts_with(|c: char| c.is_ascii_alphanumeric());
        if (is_written(region) || is_written(account))
            && !REGIONAL.iter().any(|start| name.starts_with(start))
        {
            let message =
                "the ARN of a bucket or an object has neither Region nor account, so this matches none";
            tell(LINT.says(resource.span, message, format!("write `arn:{partition}:s3:::{name}`")));
        }
    }
}
