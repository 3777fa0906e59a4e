//! Actions that give more than they seem to: permissions, credentials, data.

use super::escalation;
use crate::diagnostic::{Code, Diagnostic};
use crate::lint::allows;
use crate::name::reference::{self, Level};
use crate::policy::{Effect, Policy, PolicyKind, Scope, Statement};

pub(super) fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    if !matches!(policy.kind, PolicyKind::Identity | PolicyKind::Permissions) {
        return;
    }
    bucket_settings(policy, tell);
    for statement in allows(policy) {
        let (Scope::In(actions), Some(Scope::In(resources))) = (&statement.actions, &statement.resources)
        else {
            continue;
        };
        let everywhere = |text: &str| matches!(text, "*" | "arn:aws:s3:::*" | "arn:aws:s3:::*/*");
        if !resources.iter().any(|resource| everywhere(resource.value.as_str()))
            || !statement.tests.is_empty()
        {
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
            let found = if of(CREDENTIALS) {
                (0, Code::CredentialsExposure, "answers with credentials, of everything")
            } else if of(DATA) {
                (1, Code::DataExposure, "reads data of every resource, future ones included")
            } else if !escalation::is_told(&action.value) && manages() {
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
    }
}

/// Settings of a bucket that decide over its objects, and what they decide.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-management.html>
const SETTINGS: &[(&str, &[&str])] = &[
    ("s3:putbucketpolicy", &["s3:getobject", "s3:putobject", "s3:deleteobject"]),
    ("s3:putbucketacl", &["s3:getobject", "s3:putobject", "s3:deleteobject"]),
    ("s3:putlifecycleconfiguration", &["s3:deleteobject"]),
];

/// A setting of a bucket that may be changed by those who may not do all that it decides over.
fn bucket_settings(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    let covers = |statement: &Statement, folded: &str| {
        let listed =
            statement.actions.listed().iter().any(|action| action.value.covers_folded(folded) == Some(true));
        listed != statement.actions.is_negated()
    };
    let is_denied = |folded: &str| {
        policy.statements.iter().any(|statement| {
            let everything = match &statement.resources {
                Some(Scope::In(listed)) => listed.iter().any(|resource| resource.value.is_everything()),
                Some(Scope::NotIn(_)) | None => false,
            };
            statement.effect.value == Effect::Deny
                && statement.tests.is_empty()
                && everything
                && covers(statement, folded)
        })
    };
    for statement in allows(policy).filter(|statement| statement.tests.is_empty()) {
        let Scope::In(actions) = &statement.actions else { continue };
        for (setting, over) in SETTINGS {
            let Some(action) =
                actions.iter().find(|action| action.value.covers_folded(setting) == Some(true))
            else {
                continue;
            };
            let given = |folded: &&&str| allows(policy).any(|s| covers(s, folded)) && !is_denied(folded);
            if is_denied(setting) || over.iter().all(|folded| given(&folded)) {
                continue;
            }
            let message = format!(
                "{} decides over the objects of the bucket, which the policy does not allow to read, write and delete",
                action.value.written()
            );
            tell(
                Diagnostic::new(Code::ResourcePolicyPrivilegeEscalation, action.span, message)
                    .help("leave the settings to those who administer the bucket"),
            );
            return;
        }
    }
}

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

/// Actions that answer with what is kept: objects, secrets and parameters.
///
/// Sources: the pages of Amazon S3, AWS Secrets Manager and AWS Systems Manager in the Service Authorization Reference.
const DATA: &[&str] = &[
    "s3:getobject",
    "s3:getobjectversion",
    "secretsmanager:batchgetsecretvalue",
    "secretsmanager:getsecretvalue",
    "ssm:getparameter",
    "ssm:getparameterhistory",
    "ssm:getparameters",
    "ssm:getparametersbypath",
];
