use super::{Lint, allows};
use crate::finding::Finding;
use crate::policy::{Policy, PolicyKind, Scope};

pub(super) static LINT: Lint = Lint { id: "allow-not-action", check };

fn check(policy: &Policy, tell: &mut dyn FnMut(Finding)) {
    // Boundaries and the like only limit; there a short list of exceptions is a sound way to write.
    let gives = !matches!(
        policy.kind,
        PolicyKind::Boundary | PolicyKind::Session | PolicyKind::Scp | PolicyKind::Rcp | PolicyKind::Endpoint
    );
    for statement in allows(policy).filter(|_| gives) {
        if let Scope::NotIn(listed) = &statement.actions {
            let at = listed.first().map_or(statement.span, |first| first.span);
            let message = "this allows every action but those listed, future ones included";
            tell(LINT.warn(at, message, "list what is meant under `Action`"));
        }
    }
}
