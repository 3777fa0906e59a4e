//! Roles that may be passed without a limit, and service-linked roles that may be made so.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html>

use crate::diagnostic::{Code, Diagnostic};
use crate::lint::allows;
use crate::policy::{Policy, PolicyKind, Scope, Statement, Test};
use crate::source::Span;

/// An action that is to be limited, and the codes for the ways not to.
struct Power {
    action: &'static str,
    what: &'static str,
    /// The key that limits it as well.
    key: &'static str,
    help: &'static str,
    not_resource: [Code; 3],
    star: [Code; 3],
}

static PASS: Power = Power {
    action: "iam:passrole",
    what: "pass any role",
    key: "iam:passedtoservice",
    help: "name the roles in `Resource`, and test `iam:PassedToService`",
    not_resource: [
        Code::PassRoleWithNotResource,
        Code::PassRoleWithStarInActionAndNotResource,
        Code::PassRoleWithNotActionAndNotResource,
    ],
    star: [
        Code::PassRoleWithStarInResource,
        Code::PassRoleWithStarInActionAndResource,
        Code::PassRoleWithStarInResourceAndNotAction,
    ],
};

static LINKED: Power = Power {
    action: "iam:createservicelinkedrole",
    what: "make service-linked roles of any service",
    key: "iam:awsservicename",
    help: "name the roles below `aws-service-role/SERVICE/` in `Resource`, or test `iam:AWSServiceName`",
    not_resource: [
        Code::CreateSlrWithNotResource,
        Code::CreateSlrWithStarInActionAndNotResource,
        Code::CreateSlrWithNotActionAndNotResource,
    ],
    star: [
        Code::CreateSlrWithStarInResource,
        Code::CreateSlrWithStarInActionAndResource,
        Code::CreateSlrWithStarInResourceAndNotAction,
    ],
};

pub(super) fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    // What only limits gives nobody a role to pass.
    if !matches!(policy.kind, PolicyKind::Identity | PolicyKind::Permissions) {
        return;
    }
    for statement in allows(policy) {
        for power in [&PASS, &LINKED] {
            power.check(statement, tell);
        }
    }
}

impl Power {
    fn check(&self, statement: &Statement, tell: &mut dyn FnMut(Diagnostic)) {
        let Some((way, at)) = self.given(statement) else { return };
        let (codes, resource) = match &statement.resources {
            Some(Scope::NotIn(_)) => (&self.not_resource, "`NotResource` names only what is left out"),
            Some(Scope::In(listed)) if listed.iter().any(|r| is_any_role(r.value.as_str())) => {
                (&self.star, "`Resource` names every role")
            }
            Some(Scope::In(_)) | None => return,
        };
        let limits = |test: &Test| {
            test.key.value.folded() == self.key && !test.values.iter().any(|value| value.text() == "*")
        };
        if statement.tests.iter().any(limits) {
            return;
        }
        let [named, star, not_action] = codes;
        let code = match way {
            Way::Named => named,
            Way::Star => star,
            Way::NotAction => not_action,
        };
        tell(
            Diagnostic::new(*code, at, format!("this lets its holder {}: {resource}", self.what))
                .help(self.help),
        );
    }

    /// How a statement gives the action, and where.
    fn given(&self, statement: &Statement) -> Option<(Way, Span)> {
        match &statement.actions {
            Scope::NotIn(listed) => {
                let left_out =
                    listed.iter().any(|action| action.value.covers_folded(self.action) != Some(false));
                let at = listed.first().map_or(statement.span, |first| first.span);
                (!left_out).then_some((Way::NotAction, at))
            }
            Scope::In(listed) => {
                let mut covering = listed.iter().filter(|a| a.value.covers_folded(self.action) == Some(true));
                let first = covering.next()?;
                // One that is written out is the one that is meant.
                let exact =
                    std::iter::once(first).chain(covering).find(|action| !action.value.has_wildcard());
                Some(exact.map_or((Way::Star, first.span), |exact| (Way::Named, exact.span)))
            }
        }
    }
}

#[derive(Copy, Clone)]
enum Way {
    Named,
    Star,
    NotAction,
}

/// Whether a pattern names every role of an account.
pub(super) fn is_any_role(resource: &str) -> bool {
    if resource == "*" {
        return true;
    }
    let mut parts = resource.splitn(6, ':').skip(2);
    let (Some("iam" | "*"), Some(_), Some(_), Some(role)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    matches!(role, "*" | "role/*" | "role*")
}
