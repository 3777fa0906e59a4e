use super::{Lint, allows};
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::{Policy, PolicyKind, Scope};

pub(super) static LINT: Lint = Lint { code: Code::AllowNotAction, check };

fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    // Boundaries and the like only limit; there a short list of exceptions is a sound way to write.
    let gives = !matches!(
        policy.kind,
        PolicyKind::Boundary | PolicyKind::Session | PolicyKind::Scp | PolicyKind::Rcp | PolicyKind::Endpoint
    );
    for statement in allows(policy).filter(|_| gives) {
        if let Scope::NotIn(listed) = &statement.actions {
            let at = listed.first().map_or(statement.span, |first| first.span);
            let message = "this allows every action but those listed, future ones included";
            tell(LINT.says(at, message, "list what is meant under `Action`"));
        }
    }
}
