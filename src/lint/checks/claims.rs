//! What a trust policy must say of the tokens of GitHub Actions.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html>

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::allows;
use crate::operator::Family;
use crate::policy::{Policy, PolicyKind, PrincipalKind, Scope, Test};

pub(super) fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    if policy.kind != PolicyKind::Trust {
        return;
    }
    for statement in allows(policy) {
        let Some(Scope::In(principals)) = &statement.principals else { continue };
        let of_github = |text: &str| text.contains("token.actions.githubusercontent.com");
        let Some(provider) =
            principals.iter().find(|p| p.value.kind == PrincipalKind::Federated && of_github(&p.value.text))
        else {
            continue;
        };
        if !statement.tests.iter().any(names_repository) {
            let message = "a workflow of any repository on GitHub can assume the role";
            tell(Diagnostic::new(Code::MissingGithubRepoConditionKey, provider.span, message)
                .help("test token.actions.githubusercontent.com:sub, such as repo:OWNER/REPOSITORY:ref:refs/heads/main"));
        }
        for test in statement.tests.iter().filter(|test| is_subject(test)) {
            for value in test.values.iter() {
                if let Some((what, level)) = too_wide(value.text()) {
                    tell(Diagnostic::new(Code::SpecificGithubRepoAndBranchRecommended, value.span, what)
                        .level(level)
                        .help("name the repository and the branch or environment: repo:OWNER/REPOSITORY:ref:refs/heads/main"));
                }
            }
        }
    }
}

/// Claims that say which repository a workflow belongs to.
const REPOSITORY: &[&str] =
    &["sub", "repository", "repository_id", "job_workflow_ref", "environment_node_id"];

fn claim(test: &Test) -> Option<&str> {
    test.key.value.folded().strip_prefix("token.actions.githubusercontent.com")?.rsplit(':').next()
}

fn names_repository(test: &Test) -> bool {
    let names = claim(test).is_some_and(|claim| REPOSITORY.contains(&claim));
    names && !test.operator.negated && !test.if_exists && test.operator.family != Family::Null
}

fn is_subject(test: &Test) -> bool {
    claim(test) == Some("sub") && test.operator.name == "StringLike"
}

/// What a pattern of subjects leaves open.
fn too_wide(pattern: &str) -> Option<(&'static str, Severity)> {
    let known = pattern.split(['*', '?']).next().filter(|known| known.len() < pattern.len())?;
    let Some(rest) = known.strip_prefix("repo:") else {
        return Some(("the subject is open: a workflow of any repository fits", Severity::Warning));
    };
    let names_branch = rest.split_once('/').is_some_and(|(_, rest)| rest.contains(':'));
    if names_branch {
        Some(("every branch, tag, environment or pull request that fits can assume the role", Severity::Note))
    } else {
        Some(("every repository that fits can assume the role", Severity::Warning))
    }
}
