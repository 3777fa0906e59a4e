//! What a VPC endpoint policy may not say in its conditions (R44).
//!
//! Source: <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html>

use super::{Statement, Test};
use crate::diagnostic::{Code, Diagnostic};
use crate::name::ConditionKey;
use crate::name::keys::Origin;
use crate::operator::Family;

/// Whether the values of a key are identifiers that AWS assigns.
fn is_identifier(key: &ConditionKey) -> bool {
    key.facts().is_some_and(|facts| facts.origin == Origin::Identifier)
}

pub(super) fn check(statement: &Statement, problems: &mut Vec<Diagnostic>) {
    for test in &statement.tests {
        if is_identifier(&test.key.value) && test.operator.family == Family::Numeric {
            problems.push(
                Diagnostic::new(
                    Code::EndpointPolicyNumericId,
                    test.key.span,
                    format!("an endpoint policy cannot compare `{}` as a number", test.key.value),
                )
                .help("use StringEquals"),
            );
        }
        check_values(test, problems);
    }
}

fn check_values(test: &Test, problems: &mut Vec<Diagnostic>) {
    let takes_wildcards = test.operator.name.ends_with("Like") || test.operator.family == Family::Arn;
    if !takes_wildcards {
        return;
    }
    for value in &*test.values {
        let text = value.text();
        if !text.contains(['*', '?']) {
            continue;
        }
        if is_identifier(&test.key.value) {
            problems.push(
                Diagnostic::new(
                    Code::EndpointPolicyWildcardId,
                    value.span,
                    format!("an endpoint policy takes no wildcard in `{}`", test.key.value),
                )
                .help("list the ids"),
            );
        } else if test.operator.family == Family::String
            && text.chars().filter(|c| !matches!(c, '*' | '?')).count() < 6
        {
            problems.push(
                Diagnostic::new(
                    Code::EndpointPolicyShortPattern,
                    value.span,
                    "an endpoint policy needs at least six characters beside a wildcard",
                )
                .help("write out more of the value"),
            );
        } else if test.operator.family == Family::Arn {
            let account = text.split(':').nth(4).unwrap_or("");
            if account.contains(['*', '?']) && account != "*" {
                problems.push(
                    Diagnostic::new(
                        Code::EndpointPolicyPartialAccount,
                        value.span,
                        "in an endpoint policy the account of an ARN is an id or `*`",
                    )
                    .help("write the twelve digits"),
                );
            }
        }
    }
}
