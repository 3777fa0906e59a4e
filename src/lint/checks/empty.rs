//! Comparisons that only ask whether a key is there, and conditions that always or never hold.

use crate::diagnostic::{Code, Diagnostic};
use crate::operator::{Family, Quantifier};
use crate::policy::{Policy, Test};

pub(super) fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    for test in policy.statements.iter().flat_map(|statement| &statement.tests) {
        if test.key.value.is_guard() {
            continue;
        }
        if test.operator.family == Family::Null {
            quantified_null(test, tell);
        } else if is_any_text(test) {
            any_text(test, tell);
        }
    }
}

/// Whether the wildcards of a test leave every value in.
fn is_any_text(test: &Test) -> bool {
    let wild = test.operator.name.ends_with("Like") || test.operator.family == Family::Arn;
    let everything = |text: &str| {
        text == "*"
            || (test.operator.family == Family::Arn && text.split(':').skip(1).all(|part| part == "*"))
    };
    wild && test.values.iter().any(|value| !value.text().is_empty() && everything(value.text()))
}

fn any_text(test: &Test, tell: &mut dyn FnMut(Diagnostic)) {
    let key = &test.key.value;
    let (code, message, help) = match (test.quantifier, test.operator.negated, test.if_exists) {
        (Quantifier::All, false, _) | (_, false, true) => (
            Code::RedundantKeyDueToWildcardInCondition,
            format!("this holds with any `{key}`, and without it"),
            "remove the line, or write what the key must be".to_owned(),
        ),
        (Quantifier::Any, true, _) => (
            Code::RedundantStatementDueToWildcardInCondition,
            format!("no value of `{key}` differs from every value, so that this statement never applies"),
            "write what the key must not be".to_owned(),
        ),
        (Quantifier::One, true, _) if key.facts().is_some_and(|facts| facts.ordinary.is_some()) => (
            Code::RedundantStatementDueToWildcardInCondition,
            format!("every request has `{key}`, and this excludes every value: the statement never applies"),
            "write what the key must not be".to_owned(),
        ),
        (Quantifier::One | Quantifier::All, true, _) => (
            Code::EquivalentToNullTrue,
            format!("this holds only where a request has no `{key}`"),
            format!("write {{\"Null\": {{\"{key}\": \"true\"}}}}"),
        ),
        (Quantifier::One | Quantifier::Any, false, false) => (
            Code::EquivalentToNullFalse,
            format!("this only asks whether a request has `{key}`"),
            format!("write {{\"Null\": {{\"{key}\": \"false\"}}}}"),
        ),
    };
    tell(Diagnostic::new(code, test.key.span, message).help(help));
}

fn quantified_null(test: &Test, tell: &mut dyn FnMut(Diagnostic)) {
    let (result, prefix) = match test.quantifier {
        Quantifier::One => return,
        Quantifier::All => ("always holds", "ForAllValues:"),
        Quantifier::Any => ("never holds", "ForAnyValue:"),
    };
    let message = format!("`{prefix}Null` {result}, whether a request has `{}` or not", test.key.value);
    tell(
        Diagnostic::new(Code::NullWithQualifier, test.key.span, message)
            .help("write `Null` without a prefix"),
    );
}
