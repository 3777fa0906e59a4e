//! Statements that no request can meet, and Allows that a Deny undoes.

use std::collections::BTreeMap;

use super::arn_forms;
use super::ranges::apart;
use super::redundant::{MOST, covers_statement};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::allows;
use crate::name::reference::{self, Action, Service};
use crate::name::{ActionPattern, Lookup, ResourcePattern, symbol};
use crate::operator::{Actual, Family, Operand, Outcome, Quantifier};
use crate::policy::{Effect, Policy, PolicyKind, Scope, Statement, Test};
use crate::source::Spanned;

pub(super) fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    for statement in &policy.statements {
        contradictions(statement, tell);
    }
    let denies = |s: &&Statement| s.effect.value == Effect::Deny && s.tests.is_empty();
    // Each Allow is held against each Deny: a policy that is not a person's work is not gone over.
    let denies: Vec<&Statement> = match policy.statements.len() {
        ..=MOST => policy.statements.iter().filter(denies).collect(),
        _ => Vec::new(),
    };
    if (2..=MOST).contains(&policy.statements.len()) {
        between_them(policy, tell);
    }
    for statement in allows(policy) {
        undone(statement, &denies, tell);
        if matches!(policy.kind, PolicyKind::Identity | PolicyKind::Permissions | PolicyKind::Boundary) {
            resources(statement, tell);
        }
    }
}

/// Two lines about one key that no value satisfies, as the operators compare them.
fn contradictions(statement: &Statement, tell: &mut dyn FnMut(Diagnostic)) {
    // Lines about one key are few: an operator has one each.
    let mut of_key: BTreeMap<&str, Vec<&Test>> = BTreeMap::new();
    for test in &statement.tests {
        if test.key.value.is_guard() || test.key.value.is_multivalued() {
            continue;
        }
        of_key.entry(test.key.value.folded()).or_default().push(test);
    }
    for tests in of_key.into_values() {
        if pair(&tests, tell) {
            return;
        }
    }
}

/// Tells of two lines of one key; whether there were any.
fn pair(tests: &[&Test], tell: &mut dyn FnMut(Diagnostic)) -> bool {
    for (at, test) in tests.iter().enumerate() {
        for other in tests.iter().skip(at + 1) {
            if excludes(test, other) || excludes(other, test) || apart(test, other) {
                let message =
                    format!("no `{}` satisfies this line and another one of the condition", test.key.value);
                tell(Diagnostic::new(Code::ContradictoryCondition, other.key.span, message)
                    .because(test.key.span, "the other line")
                    .help("all lines of a condition have to hold: put the values into one list, or remove a line"));
                return true;
            }
        }
    }
    false
}

/// Whether a line that holds for listed values alone leaves none that another line holds for.
fn excludes(listed: &Test, other: &Test) -> bool {
    let is_plain = |test: &Test| test.quantifier == Quantifier::One && !test.if_exists;
    if !is_plain(listed) || !is_plain(other) || listed.operator.negated || listed.values.is_empty() {
        return false;
    }
    // Any comparison that is no negation needs the key.
    let asks_absence = other.operator.family == Family::Null
        && other.values.iter().all(|v| v.operand == Operand::Flag(true));
    if asks_absence && listed.operator.family != Family::Null {
        return true;
    }
    if other.operator.family == Family::Null || listed.operator.name != "StringEquals" {
        return false;
    }
    if other.values.is_empty()
        || other.values.iter().any(|v| v.operand.has_variables() || symbol::is_in(v.text()))
    {
        return false;
    }
    listed.values.iter().all(|value| {
        let exact =
            value.operand.as_text().is_some_and(|text| text.is_exact()) && !symbol::is_in(value.text());
        let items = [Box::from(value.text())];
        let actual = Actual::Values { items: &items, multivalued: false };
        exact && other.condition().apply(actual, &|_| Lookup::Absent) == Outcome::False
    })
}

/// A Deny without conditions that covers all of an Allow.
fn undone(statement: &Statement, denies: &[&Statement], tell: &mut dyn FnMut(Diagnostic)) {
    for deny in denies {
        if covers_statement(deny, statement) {
            let message = "a Deny of the same policy covers all of this, so it allows nothing";
            tell(
                Diagnostic::new(Code::AllowUndoneByDeny, statement.span, message)
                    .because(deny.span, "the Deny")
                    .help("remove the one that is not meant"),
            );
            return;
        }
    }
}

/// Denies that are held against each other.
const MOST_DENIES: usize = 32;

/// Two Denies of which one always fires, and an Allow that both cover.
fn between_them(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    let denies = policy.statements.iter().filter(|s| s.effect.value == Effect::Deny);
    let lone: Vec<(&Statement, &Test)> = denies
        .filter_map(|statement| match &*statement.tests {
            [only] if !only.key.value.is_guard() && !only.key.value.is_multivalued() => {
                Some((statement, only))
            }
            _ => None,
        })
        .take(MOST_DENIES)
        .collect();
    let bare = |statement: &Statement| Statement { tests: Box::default(), ..statement.clone() };
    for (at, (one, test)) in lone.iter().enumerate() {
        for (other, against) in lone.iter().skip(at + 1) {
            if test.key.value.folded() != against.key.value.folded() || !one_holds(test, against) {
                continue;
            }
            let (first, second) = (bare(one), bare(other));
            for statement in allows(policy) {
                if covers_statement(&first, statement) && covers_statement(&second, statement) {
                    let message =
                        "two Denies cover all of this, and one of them always holds, so it allows nothing";
                    tell(
                        Diagnostic::new(Code::AllowUndoneByDeny, statement.span, message)
                            .because(one.span, "a Deny")
                            .because(other.span, "the other Deny, which holds where the first does not")
                            .help("remove the one that is not meant"),
                    );
                    return;
                }
            }
        }
    }
}

/// Whether, whatever the value of their key, one of two lines holds. Only what can be tried out value by value is looked at.
fn one_holds(test: &Test, other: &Test) -> bool {
    let mut values: Vec<Box<str>> = match (test.operator.family, other.operator.family) {
        (Family::Bool | Family::Null, Family::Bool | Family::Null) => vec!["true".into(), "false".into()],
        (Family::String | Family::Null, Family::String | Family::Null) => vec!["\u{1}".into()],
        _ => return false,
    };
    for line in [test, other] {
        if line.quantifier != Quantifier::One || line.values.is_empty() {
            return false;
        }
        for value in &*line.values {
            let is_plain = match value.operand.as_text() {
                Some(text) => text.is_exact(),
                None => matches!(value.operand, Operand::Flag(_)),
            };
            if !is_plain || value.operand.has_variables() || symbol::is_in(value.text()) {
                return false;
            }
            values.push(value.text().into());
        }
    }
    let holds = |actual: Actual<'_>| {
        [test, other].iter().any(|line| line.condition().apply(actual, &|_| Lookup::Absent) == Outcome::True)
    };
    let is_always_there = test.key.value.facts().is_some_and(|facts| facts.ordinary.is_some());
    let present = values
        .iter()
        .all(|value| holds(Actual::Values { items: std::slice::from_ref(value), multivalued: false }));
    present && (is_always_there || holds(Actual::Absent))
}

/// Actions that are never asked on what a statement names, and wide resources where narrow ones would do.
fn resources(statement: &Statement, tell: &mut dyn FnMut(Diagnostic)) {
    let (Scope::In(actions), Some(Scope::In(listed))) = (&statement.actions, &statement.resources) else {
        return;
    };
    let everything = listed.iter().find(|resource| resource.value.is_everything());
    let mut narrow: Option<String> = None;
    // Of each resource, whether it is told already for what it is: the same for every action.
    let mut told: Option<Vec<bool>> = None;
    let mut mismatched: Vec<(&Spanned<ActionPattern>, &Action)> = Vec::new();
    for action in actions {
        let written = action.value.folded();
        let Some((service, name)) = written.split_once(':') else { continue };
        let Some(known) = reference::service(service) else { continue };
        let Some(found) = known.action(name).filter(|_| !action.value.has_wildcard()) else { continue };
        if everything.is_some() {
            let told_elsewhere =
                matches!(written, "iam:passrole" | "iam:createservicelinkedrole" | "kms:decrypt");
            let changes = !matches!(found.level, reference::Level::List | reference::Level::Read);
            if changes
                && !told_elsewhere
                && statement.tests.is_empty()
                && found.resources().any(|on| on.is_required)
            {
                narrow.get_or_insert_with(|| action.value.written());
            }
            continue;
        }
        let others = |text: &str| {
            let of = text.split(':').nth(2).unwrap_or_default().to_ascii_lowercase();
            !of.is_empty()
                && !of.starts_with("s3")
                && !of.contains(['*', '?', '$'])
                && !symbol::is_unknown_in(text)
        };
        // Buckets and objects that are taken for each other are told on their own.
        if listed.is_empty() || (service == "s3" && !listed.iter().all(|r| others(r.value.as_str()))) {
            continue;
        }
        let told = told.get_or_insert_with(|| listed.iter().map(|r| is_told(r.value.as_str())).collect());
        let can_be = |(told, resource): (&bool, &Spanned<ResourcePattern>)| {
            *told || can_be_on(known, found, resource.value.as_str())
        };
        if service == "s3" || !told.iter().zip(listed).any(can_be) {
            mismatched.push((action, found));
        }
    }
    mismatch(&mismatched, actions.len(), listed, tell);
    if let (Some(action), Some(everything)) = (narrow, everything) {
        let message = format!("{action} can be limited to resources, and this names all of them");
        tell(
            Diagnostic::new(Code::ResourceStar, everything.span, message)
                .help("name the resources that are meant"),
        );
    }
}

/// One finding for the actions of a statement that do not apply to its resources. Reads among others that do are a note: most often a
/// list of what a console asks for.
fn mismatch(
    actions: &[(&Spanned<ActionPattern>, &Action)],
    of: usize,
    listed: &[Spanned<ResourcePattern>],
    tell: &mut dyn FnMut(Diagnostic),
) {
    let changes = |action: &Action| !matches!(action.level, reference::Level::List | reference::Level::Read);
    let Some((action, found)) = actions.iter().find(|(_, found)| changes(found)).or(actions.first()) else {
        return;
    };
    let also = match actions.len() - 1 {
        0 => String::new(),
        1 => ", like another action,".to_owned(),
        others => format!(", like {others} other actions,"),
    };
    let written = action.value.written();
    let message = if found.has_no_resources() {
        format!("{written}{also} applies to `*` only, and this names other resources")
    } else {
        format!("{written}{also} does not apply to these resources, so this does not allow it")
    };
    let service = action.value.service().and_then(reference::service);
    let arns = found.resources().filter_map(|on| Some(service?.resource(&on)?.arn));
    let kinds: Vec<&str> = arns.collect();
    let help = if kinds.is_empty() {
        "give it a statement with \"Resource\": \"*\"".to_owned()
    } else {
        format!("its resources are {}", kinds.join(", "))
    };
    let finding = Diagnostic::new(Code::ResourceMismatch, action.span, message).help(help);
    let matters = actions.len() == of || changes(found);
    let finding = if matters { finding } else { finding.level(Severity::Note) };
    tell(match listed.first() {
        Some(first) => finding.because(first.span, "what it names"),
        None => finding,
    });
}

/// An ARN that fits nothing at all is told as such, and so is the alias of a key. What is not known is told nowhere, and
/// nothing is said of it here either.
fn is_told(pattern: &str) -> bool {
    if symbol::is_unknown_in(pattern) || pattern.starts_with('$') {
        return true;
    }
    let mut parts = pattern.splitn(6, ':').skip(2);
    let (Some(service), Some(resource)) = (parts.next(), parts.nth(2)) else { return true };
    (service == "kms" && resource.starts_with("alias/"))
        || arn_forms::forms(service, resource).is_none_or(|forms| forms.is_empty())
}

/// Whether a request for an action can be about what a pattern names.
fn can_be_on(service: &Service, action: &Action, pattern: &str) -> bool {
    if action.has_no_resources() {
        return pattern.bytes().all(|b| b == b'*');
    }
    action
        .resources()
        .filter_map(|on| service.resource(&on))
        .any(|kind| kind.form().is_none_or(|form| form.overlaps(pattern)))
}
