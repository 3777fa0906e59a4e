//! Operators that do not fit the type of their key, and sets of values that do not fit the operator.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::name::{KeyType, keys};
use crate::operator::{Family, Operand, Quantifier};
use crate::policy::{Policy, PolicyKind, Test};

pub(super) fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    for test in policy.statements.iter().flat_map(|statement| &statement.tests) {
        if test.key.value.is_guard() {
            continue;
        }
        // What an endpoint refuses is an error of its own.
        if policy.kind != PolicyKind::Endpoint {
            types(test, tell);
        }
        several_flags(test, tell);
        implied_bound(test, tell);
        epoch(test, tell);
        audience(test, policy.kind, tell);
    }
}

fn types(test: &Test, tell: &mut dyn FnMut(Diagnostic)) {
    let key = &test.key.value;
    let family = test.operator.family;
    if family == Family::Null || keys::is_of_provider(key) || !keys::exists(key) || keys::is_unlisted(key) {
        return;
    }
    let value_type = key.value_type();
    // The time since 1970 is compared as a date and as a number.
    // A tag, or the context of an encryption, may hold an ARN.
    let as_arn = family == Family::Arn && test.values.iter().any(|value| value.text().starts_with("arn:"));
    let is_epoch = key.folded() == "aws:epochtime" && matches!(family, Family::Date | Family::Numeric);
    let (fits, wanted) = match value_type {
        KeyType::Arn => (matches!(family, Family::Arn | Family::String), "ArnLike"),
        KeyType::Text => {
            (matches!(family, Family::String | Family::Binary) || is_epoch || as_arn, "StringEquals")
        }
        KeyType::Number => (family == Family::Numeric, "NumericEquals"),
        KeyType::Date => (family == Family::Date, "DateGreaterThan"),
        KeyType::Flag => (family == Family::Bool, "Bool"),
        KeyType::Address => (family == Family::IpAddress, "IpAddress"),
    };
    if !fits {
        let what = match value_type {
            KeyType::Arn => "an ARN",
            KeyType::Text => "text",
            KeyType::Number => "a number",
            KeyType::Date => "a date",
            KeyType::Flag => "`true` or `false`",
            KeyType::Address => "an address",
        };
        let message = format!("`{key}` is {what}, which `{}` does not compare", test.operator.name);
        // Flags are compared as text all over, and that works.
        let works = family == Family::String && !test.operator.name.ends_with("Like");
        let finding = Diagnostic::new(Code::TypeMismatch, test.key.span, message)
            .help(format!("operators such as `{wanted}` fit the key"));
        tell(if works && value_type == KeyType::Flag { finding.level(Severity::Note) } else { finding });
    } else if value_type == KeyType::Arn && test.operator.name.ends_with("Like") && family == Family::String {
        let message = format!(
            "a wildcard of `{}` also crosses the colons of `{key}`, which is an ARN",
            test.operator.name
        );
        let like = if test.operator.negated { "ArnNotLike" } else { "ArnLike" };
        tell(
            Diagnostic::new(Code::StringLikeOperatorWithArnConditionKeys, test.key.span, message)
                .help(format!("write `{like}`, which compares part by part")),
        );
    }
}

fn several_flags(test: &Test, tell: &mut dyn FnMut(Diagnostic)) {
    let is_flag = matches!(test.operator.family, Family::Bool | Family::Null);
    if is_flag && test.values.len() > 1 && test.quantifier == Quantifier::One {
        let message = format!("`{}` is compared with several Boolean values", test.key.value);
        tell(
            Diagnostic::new(Code::InvalidConditionMultipleBoolean, test.key.span, message)
                .help("write one of `true` and `false`; both together restrict nothing"),
        );
    }
}

/// Of several bounds one decides: a list holds where one of its values fits.
fn implied_bound(test: &Test, tell: &mut dyn FnMut(Diagnostic)) {
    let is_order = test.operator.name.contains("Than") && test.operator.family == Family::Numeric;
    if !is_order || test.values.len() < 2 {
        return;
    }
    let numbers: Vec<f64> = test
        .values
        .iter()
        .filter_map(|value| if let Operand::Number(number) = value.operand { Some(number) } else { None })
        .collect();
    let less = test.operator.name.contains("Less");
    let decides = numbers.iter().copied().reduce(|a, b| if (a > b) == less { a } else { b });
    if let Some(decides) = decides.filter(|_| numbers.len() == test.values.len()) {
        let message = format!("of these bounds only {decides} counts: one that fits is enough");
        tell(
            Diagnostic::new(Code::RedundantConditionValueNum, test.key.span, message)
                .help(format!("write {decides} alone")),
        );
    }
}

fn epoch(test: &Test, tell: &mut dyn FnMut(Diagnostic)) {
    if test.operator.family != Family::Date || test.key.value.folded() == "aws:epochtime" {
        return;
    }
    for value in test.values.iter() {
        let text = value.text();
        if text.len() > 4 && text.bytes().all(|b| b.is_ascii_digit()) {
            let message = format!("`{text}` counts seconds since 1970, which says no date to a reader");
            tell(
                Diagnostic::new(Code::InvalidDateValue, value.span, message)
                    .help("write a date such as 2026-12-31T00:00:00Z"),
            );
        }
    }
}

/// The audience of a token is one value with most providers.
fn audience(test: &Test, kind: PolicyKind, tell: &mut dyn FnMut(Diagnostic)) {
    let key = &test.key.value;
    let is_audience = keys::is_of_provider(key) && key.folded().ends_with(":aud");
    if !is_audience
        || test.quantifier == Quantifier::One
        || !matches!(kind, PolicyKind::Trust | PolicyKind::Rcp)
    {
        return;
    }
    if test.quantifier == Quantifier::Any {
        let message = format!("`{key}` has one value, to which `ForAnyValue` does not belong");
        tell(
            Diagnostic::new(Code::ForanyvalueWithAudienceClaimType, test.key.span, message)
                .help("drop the prefix, unless the tokens of this provider list several audiences"),
        );
    } else {
        let message = format!("`ForAllValues` also holds where a token has no `{key}`");
        tell(Diagnostic::new(Code::ConfirmAudienceClaimType, test.key.span, message).help(
            "find out whether the tokens of this provider list several audiences; if not, drop the prefix",
        ));
    }
}
