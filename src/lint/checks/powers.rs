//! Actions that give more than they seem to: permissions, credentials, other identities.

use crate::diagnostic::{Code, Diagnostic};
use crate::lint::allows;
use crate::name::reference::{self, Level};
use crate::policy::{Policy, PolicyKind, Scope, Statement};

pub(super) fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    if !matches!(policy.kind, PolicyKind::Identity | PolicyKind::Permissions) {
        return;
    }
    for statement in allows(policy) {
        let (Scope::In(actions), Some(Scope::In(resources))) = (&statement.actions, &statement.resources)
        else {
            continue;
        };
        if !resources.iter().any(|resource| resource.value.is_everything()) || !statement.tests.is_empty() {
            continue;
        }
        let mut told = [false; 3];
        for action in actions.iter().filter(|action| !action.value.is_everything()) {
            let Some((service, name)) = action.value.folded().split_once(':') else { continue };
            // All of a service is told as such.
            if name == "*" {
                continue;
            }
            let Some(known) = reference::service(service) else { continue };
            let of =
                |list: &[&str]| list.iter().any(|folded| action.value.covers_folded(folded) == Some(true));
            let manages = || known.actions_like(name).any(|found| found.level == Level::Permissions);
            let found = if of(ESCALATING) {
                (
                    0,
                    Code::PrivilegeEscalation,
                    "gives other rights to its holder, on every identity or workload",
                )
            } else if of(CREDENTIALS) {
                (1, Code::CredentialsExposure, "answers with credentials, of everything")
            } else if manages() {
                (2, Code::PermissionsManagement, "changes who may do what, on every resource")
            } else {
                continue;
            };
            let (at, code, what) = found;
            if let Some(told) = told.get_mut(at)
                && !*told
            {
                *told = true;
                let message = format!("{} {what}", action.value.written());
                tell(Diagnostic::new(code, action.span, message).help("name the resources in `Resource`"));
            }
        }
        together(statement, tell);
    }
}

/// Actions with which an identity raises its own rights, without another one.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html> and the actions of IAM, AWS Lambda
/// and AWS Glue in the Service Authorization Reference.
const ESCALATING: &[&str] = &[
    "glue:updatedevendpoint",
    "iam:addusertogroup",
    "iam:attachgrouppolicy",
    "iam:attachrolepolicy",
    "iam:attachuserpolicy",
    "iam:createpolicyversion",
    "iam:putgrouppolicy",
    "iam:putrolepolicy",
    "iam:putuserpolicy",
    "iam:setdefaultpolicyversion",
    "iam:updateassumerolepolicy",
    "iam:updateloginprofile",
    "lambda:updatefunctioncode",
];

/// Actions that hand out credentials.
const CREDENTIALS: &[&str] = &[
    "cognito-identity:getcredentialsforidentity",
    "cognito-identity:getopenidtoken",
    "cognito-identity:getopenidtokenfordeveloperidentity",
    "connect:getfederationtoken",
    "ecr:getauthorizationtoken",
    "gamelift:requestuploadcredentials",
    "iam:createaccesskey",
    "iam:createloginprofile",
    "iam:createservicespecificcredential",
    "iam:resetservicespecificcredential",
    "lightsail:getinstanceaccessdetails",
    "lightsail:getrelationaldatabasemasteruserpassword",
    "rds-db:connect",
    "redshift:getclustercredentials",
    "sso:getrolecredentials",
    "sts:assumerole",
    "sts:getfederationtoken",
];

/// Services that run code with a role that is passed to them, and the action that starts it.
const STARTS: &[&str] = &[
    "cloudformation:createstack",
    "datapipeline:createpipeline",
    "ec2:runinstances",
    "ecs:runtask",
    "glue:createdevendpoint",
    "lambda:createfunction",
    "sagemaker:createnotebookinstance",
];

fn together(statement: &Statement, tell: &mut dyn FnMut(Diagnostic)) {
    let exact =
        |folded: &str| statement.actions.listed().iter().find(|action| action.value.folded() == folded);
    if let Some(pass) = exact("iam:passrole")
        && let Some(start) = STARTS.iter().find_map(|start| exact(start))
    {
        let message = format!(
            "with {} this runs code with any role that may be passed, and so with its rights",
            start.value.written()
        );
        tell(
            Diagnostic::new(Code::PrivilegeEscalation, pass.span, message)
                .because(start.span, "what starts the code")
                .help("name the roles that may be passed"),
        );
    }
}
