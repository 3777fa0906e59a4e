//! Wildcards and variables in values that AWS assigns, or with nearly nothing in front of them.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::name::keys::{self, Origin, Subject};
use crate::name::{ConditionKey, KeyType, has_variable, symbol};
use crate::operator::Family;
use crate::policy::{Policy, PolicyKind, Test, TestValue};

/// Fewer characters before a wildcard say next to nothing of a value.
const LEAST: usize = 6;

pub(super) fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    // What an endpoint refuses is an error of its own.
    if policy.kind == PolicyKind::Endpoint {
        return;
    }
    for test in policy.statements.iter().flat_map(|statement| &statement.tests) {
        let wild = test.operator.name.ends_with("Like") || test.operator.family == Family::Arn;
        for value in test.values.iter() {
            let text = value.text();
            if text == "*" || text.is_empty() || symbol::is_unknown_in(text) || test.key.value.is_guard() {
                continue;
            }
            if wild && text.contains(['*', '?']) {
                wildcard(test, value, tell);
            }
            if test.operator.family == Family::String && has_variable(text) {
                variable(test, value, tell);
            }
        }
    }
}

/// Whether the values of a key are ids of which one is meant.
fn is_sensitive(key: &ConditionKey) -> bool {
    key.facts().is_some_and(|facts| facts.origin == Origin::Identifier)
}

/// Whether a key says who the caller is, so that a short start of its value lets others in.
fn tells_callers(key: &ConditionKey) -> bool {
    let of_caller = |subject| matches!(subject, Subject::Identity | Subject::Principal | Subject::Source);
    let facts = key.facts().filter(|facts| of_caller(facts.subject) && !facts.is_family());
    facts.is_some_and(|facts| matches!(facts.value_type, KeyType::Arn | KeyType::Text))
        || (keys::is_of_provider(key) && key.folded().ends_with(":sub"))
}

fn wildcard(test: &Test, value: &TestValue, tell: &mut dyn FnMut(Diagnostic)) {
    let (key, text) = (&test.key.value, value.text());
    let before = text.find(['*', '?']).unwrap_or(text.len());
    let message = if key.folded() == "aws:userid" {
        // `AROA…:*` is every session of one role.
        if text.find(':').is_some_and(|colon| colon < before) {
            return;
        }
        format!("a wildcard before the colon of `{key}` fits other principals as well")
    } else if is_sensitive(key) {
        format!(
            "a wildcard in `{key}` fits ids of others: AWS assigns them, and no part of one says whose it is"
        )
    } else if tells_callers(key) && before < LEAST {
        format!(
            "`{text}` has fewer than {LEAST} characters before its wildcard, so that it fits nearly every `{key}`"
        )
    } else {
        return;
    };
    let finding = Diagnostic::new(Code::WildcardUsageTooPermissive, value.span, message);
    tell(finding.help("write the value out, or more of it"));
}

fn variable(test: &Test, value: &TestValue, tell: &mut dyn FnMut(Diagnostic)) {
    let (key, text) = (&test.key.value, value.text());
    let Some(before) = text.find("${") else { return };
    let names = |inside: &str| {
        let name = inside.split(['}', ',']).next().unwrap_or_default();
        // A name without a service is one of a template, and no policy variable.
        if !name.contains(':') {
            return true;
        }
        // A value of the request that AWS sets is no more open than the key itself.
        ConditionKey::new(name.trim()).facts().is_some_and(|facts| facts.origin != Origin::Customer)
    };
    // In front of its colon stands the id of a role or a user, which no variable holds but the key itself.
    let in_id = key.folded() == "aws:userid"
        && text.find(':').is_none_or(|colon| before < colon || text.find('}').is_some_and(|end| colon < end))
        && text
            .split("${")
            .skip(1)
            .any(|inside| inside.split('}').next().is_some_and(|name| name.contains(':')))
        && !text.contains("${aws:userid}");
    if !in_id && text.split("${").skip(1).all(|inside| names(inside) || inside.starts_with(['*', '?', '$'])) {
        return;
    }
    let like = test.operator.name.ends_with("Like");
    let (message, level) = if key.folded() == "aws:userid"
        && text.find(':').is_none_or(|colon| before < colon)
    {
        (format!("a variable before the colon of `{key}` can stand for other principals"), Severity::Warning)
    } else if is_sensitive(key) && key.folded() != "aws:userid" {
        (format!("the principal that sets the variable chooses what `{key}` may be"), Severity::Warning)
    } else if like && tells_callers(key) && before < LEAST {
        (
            format!("`{text}` begins with a variable, whose value may hold wildcards of its own"),
            Severity::Warning,
        )
    } else {
        return;
    };
    tell(
        Diagnostic::new(Code::VariableUsageTooPermissive, value.span, message)
            .level(level)
            .help("write the value out, or compare it with a variable that AWS sets"),
    );
}
