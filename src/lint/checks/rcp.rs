//! What resource control policies need besides, so that they do not shut out AWS services.
//!
//! Source: <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_examples.html>

use crate::diagnostic::{Code, Diagnostic};
use crate::name::keys::Subject;
use crate::operator::Family;
use crate::policy::{Effect, Policy, PolicyKind, Scope, Statement, Test};

pub(super) fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    if policy.kind != PolicyKind::Rcp {
        return;
    }
    for statement in policy.statements.iter().filter(|s| s.effect.value == Effect::Deny) {
        services(statement, tell);
        related(statement, tell);
    }
}

/// The services whose resources RCPs limit.
///
/// Source: <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html>
const SUPPORTED: &[&str] =
    &["aoss", "cognito-idp", "dynamodb", "ecr", "kms", "logs", "s3", "secretsmanager", "sqs", "sts"];

fn services(statement: &Statement, tell: &mut dyn FnMut(Diagnostic)) {
    let Scope::In(actions) = &statement.actions else { return };
    for action in actions {
        let Some(service) = action.value.service().filter(|service| !SUPPORTED.contains(service)) else {
            continue;
        };
        let message = format!("resource control policies do not reach {service}, so this denies nothing");
        let help = format!("they reach {}", SUPPORTED.join(", "));
        tell(
            Diagnostic::new(Code::RcpSyntaxErrorAction, action.span, message)
                .help(help)
                .level(crate::diagnostic::Severity::Warning),
        );
    }
}

fn of_subject(test: &Test, wanted: Subject) -> bool {
    test.key.value.facts().is_some_and(|facts| facts.subject == wanted)
}

fn related(statement: &Statement, tell: &mut dyn FnMut(Diagnostic)) {
    let tests = &statement.tests;
    let restricts = |test: &&Test| test.operator.negated && test.operator.family != Family::Null;
    let says = |code, test: &Test, message: String, help: &str| {
        Diagnostic::new(code, test.key.span, message).help(help)
    };
    let for_services = |value: &str| {
        tests.iter().any(|test| {
            let key = test.key.value.folded();
            (key == "aws:principalisawsservice"
                && test.values.iter().any(|v| v.text().eq_ignore_ascii_case(value)))
                || (value == "false"
                    && matches!(key, "aws:principalservicename" | "aws:principalservicenameslist"))
        })
    };
    let principal = tests.iter().filter(restricts).find(|test| {
        of_subject(test, Subject::Identity) && !test.key.value.folded().starts_with("aws:principaltag/")
    });
    if let Some(test) = principal
        && !for_services("false")
    {
        let message = format!("services have no `{}`, so this denies their requests as well", test.key.value);
        let help = "add {\"BoolIfExists\": {\"aws:PrincipalIsAWSService\": \"false\"}}";
        tell(says(Code::RcpMissingRelatedPrincipalConditionKey, test, message, help));
    }
    let source = tests.iter().filter(restricts).find(|test| of_subject(test, Subject::Source));
    if let Some(test) = source {
        if !for_services("true") {
            let message =
                format!("only services have `{}`, so this denies all other callers", test.key.value);
            let help = "add {\"Bool\": {\"aws:PrincipalIsAWSService\": \"true\"}}";
            tell(says(Code::RcpMissingRelatedServicePrincipalConditionKey, test, message, help));
        }
        let checks = tests.iter().any(|other| {
            other.operator.family == Family::Null
                && matches!(
                    other.key.value.folded(),
                    "aws:sourceaccount" | "aws:sourcearn" | "aws:sourceowner"
                )
        });
        // With `IfExists` or without, a Deny that compares with `Not…` fires where the key is absent.
        if !checks {
            let message =
                format!("services make requests without `{}` too, and this denies them", test.key.value);
            let help = "add {\"Null\": {\"aws:SourceAccount\": \"false\"}}";
            tell(says(Code::RcpMissingServiceConditionKeyNullCheck, test, message, help));
        }
    }
}
