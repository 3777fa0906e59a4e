use super::{Lint, allows};
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::{Policy, PolicyKind, Test};

pub(super) static LINT: Lint = Lint { code: Code::BroadOidcSubject, check };

fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    if policy.kind != PolicyKind::Trust {
        return;
    }
    for statement in allows(policy) {
        let subjects: Vec<&Test> =
            statement.tests.iter().filter(|test| test.key.value.folded().ends_with(":sub")).collect();
        // Of GitHub's subjects more is known.
        if subjects
            .iter()
            .any(|test| test.key.value.folded().starts_with("token.actions.githubusercontent.com"))
        {
            continue;
        }
        // Another test of the subject may be the narrow one.
        let [subject] = subjects.as_slice() else { continue };
        if !subject.operator.name.ends_with("Like") || subject.operator.negated {
            continue;
        }
        for value in subject.values.iter() {
            let Some(who) = lets_in(value.text()) else { continue };
            let message = format!("{who} can assume the role");
            let help = "name the subject up to what may vary: system:serviceaccount:NAMESPACE:NAME, repo:OWNER/REPOSITORY:…";
            tell(LINT.says(value.span, message, help));
        }
    }
}

/// Whom a pattern lets in, where that is more than one namespace or one repository.
fn lets_in(pattern: &str) -> Option<String> {
    let known = pattern.split(['*', '?']).next().filter(|start| start.len() < pattern.len())?;
    if let Some(rest) = known.strip_prefix("system:serviceaccount:") {
        return (!rest.contains(':')).then(|| "a service account of any namespace that fits".to_owned());
    }
    if let Some(rest) = known.strip_prefix("repo:") {
        return match rest.split_once('/') {
            None => Some("a repository of any owner whose name matches".to_owned()),
            Some((owner, repository)) if !repository.contains(':') => {
                Some(format!("any repository of {owner} that fits"))
            }
            Some(_) => None,
        };
    }
    if let Some(path) = known.strip_prefix("project_path:").filter(|path| path.contains('/')) {
        return (!path.contains(':')).then(|| format!("every project below {path}"));
    }
    // What follows a first word such as `project_path:` may be anybody's.
    let first_word = known.strip_suffix(':').is_some_and(|word| !word.contains(':'));
    let anybody = first_word || "system:serviceaccount:".starts_with(known) || "repo:".starts_with(known);
    anybody.then(|| "every identity of the provider".to_owned())
}
