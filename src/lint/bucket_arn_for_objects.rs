use super::{Lint, allows};
use crate::diagnostic::{Code, Diagnostic};
use crate::name::{ActionName, symbol};
use crate::policy::{Policy, Scope};

pub(super) static LINT: Lint = Lint { code: Code::BucketArnForObjects, check };

fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    let get = ActionName::of("s3", "GetObject");
    for statement in allows(policy) {
        let (Scope::In(actions), Some(Scope::In(resources))) = (&statement.actions, &statement.resources)
        else {
            continue;
        };
        // `s3:*` on a bucket may well be about the bucket.
        let wanted =
            actions.iter().find(|a| a.value.covers(&get) == Some(true) && !a.value.folded().ends_with(":*"));
        let Some(action) = wanted.filter(|a| !a.value.is_everything()) else { continue };
        let is_bucket = |text: &str| {
            text.splitn(6, ':').nth(5).is_some_and(|name| !name.contains(['/', '*', '?', '$']))
                && text.contains(":s3:::")
                // What the input leaves open may go on with a key.
                && !symbol::is_unknown_in(text)
        };
        if let Some(first) = resources.first()
            && resources.iter().all(|r| is_bucket(r.value.as_str()))
        {
            let bucket = first.value.as_str();
            let message =
                format!("`{}` is decided on objects, and this names the bucket only", action.value.folded());
            let help = format!("add \"{bucket}/*\" to `Resource`");
            tell(LINT.says(first.span, message, help));
        }
    }
}
