//! Keys that the actions of a statement never have, and keys that need an action which is not there.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::name::{ActionName, ConditionKey, keys, reference};
use crate::operator::Family;
use crate::policy::{Effect, Policy, PolicyKind, Scope, Statement, Test};

pub(super) fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    for statement in policy.statements.iter().filter(|statement| !statement.tests.is_empty()) {
        let actions = named(statement);
        for test in &statement.tests {
            let key = &test.key.value;
            if key.is_guard() || keys::is_of_provider(key) || !keys::exists(key) {
                continue;
            }
            if let Some(missing) = missing_action(test, statement, policy.kind) {
                tell(missing);
            } else if let Some(finding) = tags(test, statement) {
                tell(finding);
            } else if let Some(finding) = unsupported(test, statement, &actions) {
                tell(finding);
            }
            scattered(test, statement, tell);
        }
    }
}

/// The actions that a statement names one by one.
fn named(statement: &Statement) -> Vec<ActionName> {
    match &statement.actions {
        Scope::In(listed) => {
            listed.iter().filter_map(|action| ActionName::new(action.value.folded())).collect()
        }
        Scope::NotIn(_) => Vec::new(),
    }
}

/// Keys that only requests for one action have.
///
/// Sources: the pages of IAM, STS and EC2 in the Service Authorization Reference.
const NEEDED: &[(&str, &str, &str)] = &[
    ("ec2:createaction", "ec2:createtags", "ec2:CreateTags"),
    ("iam:associatedresourcearn", "iam:passrole", "iam:PassRole"),
    ("iam:passedtoservice", "iam:passrole", "iam:PassRole"),
    ("sts:transitivetagkeys", "sts:tagsession", "sts:TagSession"),
    ("sts:sourceidentity", "sts:setsourceidentity", "sts:SetSourceIdentity"),
];

fn missing_action(test: &Test, statement: &Statement, kind: PolicyKind) -> Option<Diagnostic> {
    let key = test.key.value.folded();
    let of_session =
        kind == PolicyKind::Trust && (key.starts_with("aws:requesttag/") || key == "aws:tagkeys");
    let (_, folded, written) = NEEDED.iter().find(|(of, ..)| *of == key).or(of_session.then_some(&(
        "",
        "sts:tagsession",
        "sts:TagSession",
    )))?;
    let listed =
        statement.actions.listed().iter().any(|action| action.value.covers_folded(folded) != Some(false));
    if statement.effect.value == Effect::Deny || listed != statement.actions.is_negated() {
        return None;
    }
    let message =
        format!("requests have `{}` only together with {written}, which is not here", test.key.value);
    let finding = Diagnostic::new(Code::MissingActionForConditionKey, test.key.span, message);
    Some(finding.help(format!("add {written} to `Action`")))
}

/// What a tag is of.
fn tag_key(key: &ConditionKey) -> Option<&'static str> {
    let folded = key.folded();
    if folded.starts_with("aws:resourcetag/") {
        Some("aws:resourcetag/x")
    } else if folded.starts_with("aws:requesttag/") {
        Some("aws:requesttag/x")
    } else {
        None
    }
}

/// Services that never set a tag in their requests.
fn tags(test: &Test, statement: &Statement) -> Option<Diagnostic> {
    let key = tag_key(&test.key.value)?;
    let denies = statement.effect.value == Effect::Deny;
    if statement.actions.is_negated() {
        let (code, message, level) = if denies {
            (
                Code::DenyNotactionWithUnsupportedTagConditionKeyForService,
                "services that do not set this tag are not denied",
                Severity::Warning,
            )
        } else {
            (
                Code::AllowNotactionWithUnsupportedTagConditionKeyForService,
                "of all other actions this allows only those of services that set this tag",
                Severity::Note,
            )
        };
        let finding = Diagnostic::new(code, test.key.span, message).level(level);
        return Some(finding.help("list the actions of services that set it"));
    }
    // Where the key is absent, other lines and operators decide.
    if test.operator.negated || test.if_exists || test.operator.family == Family::Null {
        return None;
    }
    let sets = |service: &reference::Service| service.key(key).is_some();
    let without = statement.actions.listed().iter().find(|action| {
        let service = action.value.service().and_then(reference::service);
        service.is_some_and(|service| !sets(service))
    })?;
    let service = without.value.service().unwrap_or_default();
    let (code, message, level) = if denies {
        (
            Code::DenyWithUnsupportedTagConditionKeyForService,
            format!("{service} never sets `{}`, so this denies nothing there", test.key.value),
            Severity::Warning,
        )
    } else {
        (
            Code::AllowWithUnsupportedTagConditionKeyForService,
            format!("{service} never sets `{}`, so this allows nothing there", test.key.value),
            Severity::Note,
        )
    };
    let finding = Diagnostic::new(code, test.key.span, message).level(level);
    Some(finding.because(without.span, "an action of this service").help("test another key for it"))
}

/// Actions that a statement names and whose requests do not have a key.
fn unsupported(test: &Test, statement: &Statement, actions: &[ActionName]) -> Option<Diagnostic> {
    let key = &test.key.value;
    // Only where a line does not hold without its key does the statement depend on it.
    let asks_absence = test.operator.family == Family::Null && test.values.iter().all(|v| v.text() == "true");
    if test.if_exists || test.operator.negated || asks_absence {
        return of_other_service(test, statement);
    }
    if actions.is_empty() {
        return none_of(test, statement);
    }
    let lacks = |action: &&ActionName| {
        reference::action(action.service(), action.name()).is_some() && !keys::can_be_in(key, action)
    };
    // Which resources can have tags of their own is not told action by action.
    if key.folded().contains("resourcetag/") {
        return None;
    }
    let first = actions.iter().find(lacks)?;
    let all =
        actions.iter().all(|action| lacks(&action)) && actions.len() == statement.actions.listed().len();
    let verb = if statement.effect.value == Effect::Deny { "denies" } else { "allows" };
    let at = statement.actions.listed().iter().find(|action| action.value.folded() == first.folded());
    let first = at.map_or_else(|| first.to_string(), |at| at.value.written());
    let message = format!("requests for {first} never have `{key}`, so this {verb} none of them");
    let finding = Diagnostic::new(Code::UnsupportedActionForConditionKey, test.key.span, message);
    let finding = if all { finding } else { finding.level(Severity::Note) };
    let finding = match at {
        Some(at) => finding.because(at.span, "the action"),
        None => finding,
    };
    Some(finding.help("give the actions that have the key a statement of their own"))
}

/// A line that holds where its key is missing, about a key of a service that the statement is not about.
fn of_other_service(test: &Test, statement: &Statement) -> Option<Diagnostic> {
    let key = &test.key.value;
    let own = key.service().filter(|service| *service != "aws")?;
    let Scope::In(listed) = &statement.actions else { return None };
    let lacks = |prefix: &str| {
        prefix != own && reference::service(prefix).is_some_and(|s| s.key(key.folded()).is_none())
    };
    let all = listed.iter().all(|action| action.value.service().is_some_and(lacks));
    let first = listed.first().filter(|_| all)?;
    let message =
        format!("requests for {} never have `{key}`, so this line always holds", first.value.written());
    let finding = Diagnostic::new(Code::UnsupportedActionForConditionKey, test.key.span, message);
    let help = format!("test a key that these actions have, or keep the line for actions of {own}");
    Some(finding.level(Severity::Note).because(first.span, "the actions").help(help))
}

/// Actions that a statement names by wildcards, and of which none has a key of their service.
fn none_of(test: &Test, statement: &Statement) -> Option<Diagnostic> {
    let key = &test.key.value;
    let own = key.service().filter(|service| *service != "aws")?;
    let Scope::In(listed) = &statement.actions else { return None };
    if key.folded().contains("resourcetag/") {
        return None;
    }
    let lacks = |pattern: &str| {
        let (prefix, name) = pattern.split_once(':')?;
        let service = reference::service(prefix).filter(|_| prefix == own)?;
        let mut actions = service.actions_like(name).peekable();
        actions.peek()?;
        let has = |name: &str| {
            ActionName::new(&format!("{prefix}:{name}")).is_none_or(|action| keys::can_be_in(key, &action))
        };
        Some(!actions.any(|action| has(action.name)))
    };
    let all = !listed.is_empty() && listed.iter().all(|action| lacks(action.value.folded()) == Some(true));
    let first = listed.first().filter(|_| all)?;
    let verb = if statement.effect.value == Effect::Deny { "denies" } else { "allows" };
    let message =
        format!("requests for {} never have `{key}`, so this {verb} none of them", first.value.written());
    let finding = Diagnostic::new(Code::UnsupportedActionForConditionKey, test.key.span, message);
    Some(
        finding
            .because(first.span, "the actions")
            .help("give the actions that have the key a statement of their own"),
    )
}

/// Keys of VPC endpoints that only some services set.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-vpceaccount>
const OF_SOME_SERVICES: &[&str] =
    &["aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths", "aws:sourcevpcarn"];

fn scattered(test: &Test, statement: &Statement, tell: &mut dyn FnMut(Diagnostic)) {
    if !OF_SOME_SERVICES.contains(&test.key.value.folded()) || test.operator.family == Family::Null {
        return;
    }
    let every = statement.actions.is_negated()
        || statement.actions.listed().iter().any(|action| action.value.is_everything());
    if every {
        let message = format!("only some services set `{}`, and this is about all of them", test.key.value);
        tell(
            Diagnostic::new(Code::UseConditionKeyOnlyWithSupportedServices, test.key.span, message)
                .help("list the actions of the services that set it"),
        );
    }
}
