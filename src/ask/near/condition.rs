//! A line of a condition block that a request does not meet.

use super::compare::{self, ComparedPart};
use super::view::View;
use super::{Miss, MissedElement, Repair, listed, value};
use crate::diagnostic::Cause;
use crate::eval::{ContextValue, is_of_key_aliases};
use crate::logic::DomainValues;
use crate::name::keys::{self, Subject};
use crate::name::{Arn, near};
use crate::operator::Family;
use crate::policy::{Test, TestValue};
use crate::source::Span;

/// What is wrong with a line.
struct Cast {
    cause: Option<Cause>,
    /// Which value it is about, if one.
    at: Option<Span>,
    /// What to say behind what is written and what the request has.
    more: String,
    repair: Option<Repair>,
}

impl Cast {
    fn because(cause: Cause, more: impl Into<String>) -> Self {
        Self { cause: Some(cause), at: None, more: more.into(), repair: None }
    }
}

pub(super) fn miss(test: &Test, view: &View<'_>) -> Miss {
    let written: Vec<String> = test.values.iter().map(|value| value.text().to_owned()).collect();
    let request = held(view.request.context.get(&test.key.value));
    let cast =
        by_key(test, view, request.as_deref()).unwrap_or_else(|| by_value(test, view, request.as_deref()));
    let why = sentence(test, &written, request.as_deref(), &cast.more);
    Miss {
        element: MissedElement::Condition,
        key: Some(test.key.value.as_str().to_owned()),
        operator: Some(test.written().spelling()),
        at: cast.at.or_else(|| test.values.first().map(|v| v.span)).unwrap_or(test.key.span),
        written,
        request,
        cause: cast.cause,
        why,
        repair: cast.repair,
    }
}

/// What the request has for a key; `None` where it has nothing.
fn held(slot: &ContextValue) -> Option<Vec<String>> {
    match slot {
        ContextValue::Known { items, .. } => Some(items.iter().map(ToString::to_string).collect()),
        ContextValue::Prefix(within) => Some(vec![format!("{}*", within.known)]),
        ContextValue::Open(open) => match &open.domain.values {
            DomainValues::OneOf(items) | DomainValues::Superset(items) => {
                Some(items.iter().map(ToString::to_string).collect())
            }
            DomainValues::Matching(like) => Some(vec![like.as_str().to_owned()]),
            DomainValues::Any => None,
        },
        ContextValue::Absent | ContextValue::Inherited(_) | ContextValue::Choice(_) => None,
    }
}

fn sentence(test: &Test, written: &[String], request: Option<&[String]>, more: &str) -> String {
    let key = test.key.value.as_str();
    let wanted = match (test.operator.family, test.operator.negated) {
        (Family::Null, _) if written.iter().any(|value| value.eq_ignore_ascii_case("true")) => {
            format!("asks for a request without {key}")
        }
        (Family::Null, _) => format!("asks for {key}"),
        (_, true) => format!("is not for {key} {}", listed(written)),
        (Family::Date | Family::Numeric, false) => {
            format!("asks for {key} {} {}", test.operator.name, listed(written))
        }
        (_, false) => format!("asks for {key} {}", listed(written)),
    };
    let has = match request {
        Some([]) | None => format!("the request has no {key}"),
        Some(values) => format!("the request has {}", listed(values)),
    };
    let more = if more.is_empty() { String::new() } else { format!(": {more}") };
    format!("it {wanted}, and {has}{more}")
}

/// Causes that the key itself tells.
fn by_key(test: &Test, view: &View<'_>, request: Option<&[String]>) -> Option<Cast> {
    let key = &test.key.value;
    let action = view.request.action;
    if view.is_resource_policy() && is_of_key_aliases(test, view.request) {
        return Some(Cast::because(Cause::AliasInKeyPolicy, "this key works in IAM policies alone"));
    }
    if request.is_some() {
        return None;
    }
    let at_key = |cause, more: String| Some(Cast { at: Some(test.key.span), ..Cast::because(cause, more) });
    if !keys::exists(key) {
        let meant = near::near_key(key);
        let more = match &meant {
            Some(meant) => format!("there is no such key; {meant} was meant"),
            None => "there is no such key".to_owned(),
        };
        let repair = meant.filter(|meant| !meant.ends_with('…')).map(Repair::Key);
        return Some(Cast { at: Some(test.key.span), repair, ..Cast::because(Cause::KeyMisspelt, more) });
    }
    let subject = key.facts().map(|facts| facts.subject);
    if subject == Some(Subject::Source) {
        let more =
            "services send it when they call for themselves, and this call is the principal's own".to_owned();
        return at_key(Cause::SourceOfService, more);
    }
    if view.via.is_some() && subject == Some(Subject::Network) {
        return at_key(
            Cause::KeyAbsentInLeg,
            format!("S3 makes the request for {action}, and not the client's network"),
        );
    }
    if !keys::can_be_in(key, action) {
        return at_key(Cause::KeyOfAnotherAction, format!("no request for {action} has it"));
    }
    None
}

/// Causes that a value tells, the likeliest of several.
fn by_value(test: &Test, view: &View<'_>, request: Option<&[String]>) -> Cast {
    let restricted = restriction(test, request);
    let Some([has]) = request else {
        return Cast { cause: restricted, at: None, more: String::new(), repair: None };
    };
    let found = test.values.iter().find_map(|value| {
        let mut cast = slip(test, value, has).or_else(|| special(test, view, value, has))?;
        cast.at = cast.at.or(Some(value.span));
        Some(cast)
    });
    found.unwrap_or(Cast { cause: restricted, at: None, more: String::new(), repair: None })
}

/// A slip of the pen, whatever the key.
fn slip(test: &Test, value: &TestValue, has: &str) -> Option<Cast> {
    let slip = value::slip(test.operator, value.text(), has)?;
    Some(Cast { repair: Some(slip.repair), ..Cast::because(slip.cause, slip.why) })
}

/// What a key limits, where it limits on purpose.
fn restriction(test: &Test, request: Option<&[String]>) -> Option<Cause> {
    let folded = test.key.value.folded();
    match test.key.value.facts().and_then(|facts| facts.limit) {
        Some(Cause::TagValue) if request.is_none() => Some(Cause::TagAbsent),
        Some(limit) => Some(limit),
        // Claims of identity providers have their names in front.
        None if folded.ends_with(":sub") => Some(Cause::Subject),
        None if folded.ends_with(":aud") => Some(Cause::Audience),
        None => None,
    }
}

/// Causes of keys with values that AWS makes in a known form.
fn special(test: &Test, view: &View<'_>, value: &TestValue, has: &str) -> Option<Cast> {
    if test.operator.negated {
        return None;
    }
    let written = value.text();
    let repaired = |cause, more: String, text: String| {
        Some(Cast { repair: Some(Repair::Value(text)), ..Cast::because(cause, more) })
    };
    if test.key.value.facts().is_some_and(|facts| facts.limit == Some(Cause::ViaServiceOther)) {
        return via_service(written, has, view);
    }
    let is_account = |text: &str| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    if is_account(has) && compare::in_a_digit(written, has) {
        return repaired(Cause::AccountDigit, "a digit differs".to_owned(), has.to_owned());
    }
    let caller = view.request.caller.account.map(|account| account.to_string());
    let owner = view.request.resource_account.map(|account| account.to_string());
    if is_account(has) && caller.as_deref() == Some(has) && owner.as_deref() == Some(written) {
        let more = format!("that is the account of the resource, and the caller is in {has}");
        return repaired(Cause::CallerAccountOfKey, more, has.to_owned());
    }
    context_of_s3(test, written, has).or_else(|| principal_arn(written, has))
}

fn via_service(written: &str, has: &str, view: &View<'_>) -> Option<Cast> {
    let repaired = |cause, more: String| {
        Some(Cast { repair: Some(Repair::Value(has.to_owned())), ..Cast::because(cause, more) })
    };
    let (service, rest) = has.split_once('.')?;
    let region = view.region().unwrap_or_default();
    let mut pieces = written.split('.');
    match (pieces.next()?, pieces.next()) {
        (own, _) if own != service => None,
        (_, Some(own)) if own != region && rest.starts_with(region) && written.matches('.').count() >= 3 => {
            repaired(Cause::ViaServiceRegion, format!("the bucket is in {region}"))
        }
        (_, _) if !written.contains(region) => {
            repaired(Cause::ViaServiceWithoutRegion, "KMS compares the service with its Region".to_owned())
        }
        (_, _) => None,
    }
}

/// With a Bucket Key S3 sends the ARN of the bucket, else that of the object (R52).
fn context_of_s3(test: &Test, written: &str, has: &str) -> Option<Cast> {
    let repaired = |cause, more: &str, text: String| {
        Some(Cast { repair: Some(Repair::Value(text)), ..Cast::because(cause, more) })
    };
    let is_bucket = |text: &str| text.split(':').nth(2) == Some("s3");
    if !is_bucket(written) || !is_bucket(has) {
        return None;
    }
    match has.split_once('/') {
        None if written.contains('/') && value::fits(written.split('/').next().unwrap_or_default(), has) => {
            repaired(Cause::BucketContext, "with a Bucket Key S3 sends the ARN of the bucket", has.to_owned())
        }
        Some((bucket, _)) if !written.contains('/') && value::fits(written, bucket) => {
            let is_pattern = test.operator.family == Family::Arn || test.operator.name.ends_with("Like");
            let repair = if is_pattern { format!("{bucket}/*") } else { has.to_owned() };
            repaired(Cause::ObjectContext, "without a Bucket Key S3 sends the ARN of the object", repair)
        }
        Some(_) | None => in_another_bucket(written, has),
    }
}

/// The name of the bucket is a slip away.
fn in_another_bucket(written: &str, has: &str) -> Option<Cast> {
    let parts = |text: &str| match text.split_once('/') {
        Some((bucket, key)) => (bucket.to_owned(), Some(key.to_owned())),
        None => (text.to_owned(), None),
    };
    let ((own, key), (meant, _)) = (parts(written), parts(has));
    let text = key.map_or_else(|| meant.clone(), |key| format!("{meant}/{key}"));
    (compare::misspelt(&own, &meant) && value::fits(&text, has)).then(|| Cast {
        repair: Some(Repair::Value(text)),
        ..Cast::because(Cause::NameMisspelt, "the names of the buckets are a slip apart")
    })
}

fn principal_arn(written: &str, has: &str) -> Option<Cast> {
    let (own, asked) = (written.parse::<Arn>().ok()?, has.parse::<Arn>().ok()?);
    if asked.service() != "iam" {
        return None;
    }
    let repaired = |cause, more: &str| {
        Some(Cast { repair: Some(Repair::Value(has.to_owned())), ..Cast::because(cause, more) })
    };
    if own.service() == "sts"
        && let Some(session) = own.resource_of("assumed-role")
    {
        let role = session.split('/').next().unwrap_or_default();
        let same = own.account_text() == asked.account_text() && role == compare::short_name(&asked);
        return if same {
            repaired(Cause::SessionArn, "the key holds the ARN of the role, also for its sessions")
        } else {
            None
        };
    }
    let (own_name, asked_name) = (compare::short_name(&own), compare::short_name(&asked));
    match compare::only_part(written, has)? {
        ComparedPart::Partition => repaired(Cause::Partition, "the partition is another one"),
        ComparedPart::Account if compare::in_a_digit(own.account_text(), asked.account_text()) => {
            repaired(Cause::AccountDigit, "a digit of the account differs")
        }
        ComparedPart::Resource if own_name == asked_name => {
            repaired(Cause::RolePath, "the ARN has the path of the role")
        }
        ComparedPart::Resource if compare::misspelt(own_name, asked_name) => {
            repaired(Cause::NameMisspelt, "the names are a slip apart")
        }
        ComparedPart::Account | ComparedPart::Resource | ComparedPart::Service | ComparedPart::Region => None,
    }
}
