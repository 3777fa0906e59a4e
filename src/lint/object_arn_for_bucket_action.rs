use super::{Lint, allows};
use crate::diagnostic::{Code, Diagnostic};
use crate::name::{reference, symbol};
use crate::policy::{Policy, Scope};

pub(super) static LINT: Lint = Lint { code: Code::ObjectArnForBucketAction, check };

/// Whether an action of S3 is asked on buckets, and never on objects.
fn is_of_buckets(folded: &str) -> bool {
    let Some(name) = folded.strip_prefix("s3:") else { return false };
    let Some(service) = reference::service("s3") else { return false };
    let Some(action) = service.action(name) else { return false };
    let kinds = || action.resources().filter_map(|on| service.resource(&on)).map(|kind| kind.name);
    kinds().any(|kind| kind == "bucket") && !kinds().any(|kind| kind.starts_with("object"))
}

/// Whether a pattern names objects, and no bucket.
fn is_of_objects(text: &str) -> bool {
    let name = text.splitn(6, ':').nth(5).unwrap_or_default();
    let bucket = name.split('/').next().unwrap_or_default();
    text.contains(":s3:::") && name.contains('/') && !bucket.contains('*') && !symbol::is_unknown_in(text)
}

fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    for statement in allows(policy) {
        let (Scope::In(actions), Some(Scope::In(resources))) = (&statement.actions, &statement.resources)
        else {
            continue;
        };
        let Some(action) = actions.iter().find(|action| is_of_buckets(action.value.folded())) else {
            continue;
        };
        if let Some(first) = resources.first()
            && resources.iter().all(|resource| is_of_objects(resource.value.as_str()))
        {
            let bucket = first.value.as_str().split('/').next().unwrap_or_default();
            let message =
                format!("`{}` is decided on the bucket, and this names objects only", action.value.folded());
            tell(LINT.says(first.span, message, format!("add \"{bucket}\" to `Resource`")));
        }
    }
}
