//! A line of a condition block that a request does not meet.

use super::compare::{self, ComparedPart};
use super::view::View;
use super::{Miss, MissedElement, Repair, listed, value};
use crate::diagnostic::Cause;
use crate::eval::{ContextValue, is_of_key_aliases};
use crate::logic::DomainValues;
use crate::name::keys::{self, Subject};
use crate::name::{Arn, ConditionKey, near};
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
    if let Some(repaired) = claim_of_provider(test, view) {
        return Some(repaired);
    }
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

/// A claim of the provider that made the token, behind its name with a scheme or a slip.
fn claim_of_provider(test: &Test, view: &View<'_>) -> Option<Cast> {
    let host = view.request.caller.name.split_once(":oidc-provider/")?.1;
    let (written, claim) = test.key.value.as_str().rsplit_once(':')?;
    if written.eq_ignore_ascii_case(host) || keys::exists(&test.key.value) && test.key.value.facts().is_some()
    {
        return None;
    }
    let bare = written.split_once("://").map_or(written, |(_, rest)| rest).trim_end_matches('/');
    let meant = format!("{host}:{claim}");
    (bare.eq_ignore_ascii_case(host) || compare::misspelt(bare, host)).then(|| Cast {
        at: Some(test.key.span),
        repair: Some(Repair::Key(meant.clone())),
        ..Cast::because(
            Cause::KeyMisspelt,
            format!("the claims of this provider are behind its own name: {meant}"),
        )
    })
}

/// Causes that a value tells, the likeliest of several.
fn by_value(test: &Test, view: &View<'_>, request: Option<&[String]>) -> Cast {
    let restricted = restriction(test, request);
    let plain = |more: String| Cast { cause: restricted, at: None, more, repair: None };
    let Some([has]) = request else {
        return plain(hint(test, view).unwrap_or_default());
    };
    let found = test.values.iter().find_map(|value| {
        let mut cast = slip(test, value, has).or_else(|| special(test, view, value, has))?;
        cast.at = cast.at.or(Some(value.span));
        Some(cast)
    });
    let is_slip =
        || !has.contains('*') && test.values.iter().any(|value| compare::misspelt(value.text(), has));
    let apart = || is_slip().then(|| "they are a slip of the pen apart".to_owned());
    found.unwrap_or_else(|| plain(hint(test, view).or_else(apart).unwrap_or_default()))
}

/// What a value says of a restriction that it makes: it belongs to another key, or no request meets it.
fn hint(test: &Test, view: &View<'_>) -> Option<String> {
    if test.operator.negated {
        return None;
    }
    let begins = |start: &str| test.values.iter().any(|value| value.text().starts_with(start));
    let key = test.key.value.folded();
    match key {
        "aws:sourcevpce" if begins("vpc-") => Some(
            "the id of a VPC is compared with aws:SourceVpc, that of an endpoint with this key".to_owned(),
        ),
        "aws:sourcevpc" if begins("vpce-") => Some(
            "the id of an endpoint is compared with aws:SourceVpce, that of a VPC with this key".to_owned(),
        ),
        "aws:sourceip" if view.value("aws:VpcSourceIp").is_some() => {
            Some("a request through a VPC endpoint has its address in aws:VpcSourceIp".to_owned())
        }
        "aws:viaawsservice" if view.via.is_some() => {
            Some("S3 makes this request for the caller, so that it always has true".to_owned())
        }
        _ => None,
    }
}

/// A slip of the pen, whatever the key.
fn slip(test: &Test, value: &TestValue, has: &str) -> Option<Cast> {
    let slip = value::slip(test.operator, value.text(), has)?;
    Some(Cast { repair: Some(slip.repair), ..Cast::because(slip.cause, slip.why) })
}

/// What a key limits, where it limits on purpose.
fn restriction(test: &Test, request: Option<&[String]>) -> Option<Cause> {
    match limit_of(&test.key.value) {
        Some(Cause::TagValue) if request.is_none() => Some(Cause::TagAbsent),
        limit => limit,
    }
}

/// What a key limits, where people limit statements by it.
pub(in crate::ask) fn limit_of(key: &ConditionKey) -> Option<Cause> {
    match key.facts().and_then(|facts| facts.limit) {
        Some(limit) => Some(limit),
        // Claims of identity providers have their names in front.
        None if key.folded().ends_with(":sub") => Some(Cause::Subject),
        None if key.folded().ends_with(":aud") => Some(Cause::Audience),
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
    match test.key.value.folded() {
        "kms:resourcealiases" | "kms:requestalias" if is_alias_slip(written, has) => {
            let begins = written.starts_with("alias/");
            let more =
                if begins { "the names are a slip apart" } else { "names of aliases begin with alias/" };
            return repaired(Cause::NameMisspelt, more.to_owned(), has.to_owned());
        }
        "aws:userid" => return user_id(view, written, has),
        _ => {}
    }
    let is_account = |text: &str| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    if is_account(has) && compare::in_a_digit(written, has) {
        return repaired(Cause::AccountDigit, "a digit differs".to_owned(), has.to_owned());
    }
    let caller = view.request.caller.account.map(|account| account.to_string());
    let owner = view.request.resource_account.map(|account| account.to_string());
    let of_bucket = bucket_account(view);
    if is_account(has)
        && caller.as_deref() == Some(has)
        && [&owner, &of_bucket].into_iter().any(|account| account.as_deref() == Some(written))
    {
        let what = if owner.as_deref() == Some(written) { "resource" } else { "bucket" };
        let more = format!("{written} is the account of the {what}, and the caller is in {has}");
        return repaired(Cause::CallerAccountOfKey, more, has.to_owned());
    }
    context_of_s3(test, written, has).or_else(|| principal_arn(written, has))
}

/// The account of the bucket that S3 asks KMS for.
fn bucket_account(view: &View<'_>) -> Option<String> {
    let context = view.value("kms:EncryptionContext:aws:s3:arn")?;
    let name = context.rsplit_once(":::")?.1.split('/').next()?;
    let bucket = view.estate.buckets.iter().find(|bucket| bucket.name == name)?;
    bucket.account.provided().map(ToString::to_string)
}

fn is_alias_slip(written: &str, has: &str) -> bool {
    format!("alias/{written}") == has || compare::misspelt(written, has)
}

/// The id of a role that is none of the estate, in front of the name of a session.
fn user_id(view: &View<'_>, written: &str, has: &str) -> Option<Cast> {
    let (own, asked) = (written.split(':').next()?, has.split(':').next()?);
    let is_id = own.starts_with("AROA") && !own.contains(['*', '?']);
    let is_known = || view.estate.roles.iter().any(|role| role.id.as_deref() == Some(own));
    if own == asked || !is_id || is_known() {
        return None;
    }
    let rest = written.split_once(':').map_or("*", |(_, session)| session);
    Some(Cast {
        repair: Some(Repair::Value(format!("{asked}:{rest}"))),
        ..Cast::because(
            Cause::DeadUniqueId,
            format!(
                "the role has the id {asked}; {own} is that of another one, or of a role that was deleted"
            ),
        )
    })
}

fn via_service(written: &str, has: &str, view: &View<'_>) -> Option<Cast> {
    let repaired = |cause, more: String| {
        Some(Cast { repair: Some(Repair::Value(has.to_owned())), ..Cast::because(cause, more) })
    };
    let (service, rest) = has.split_once('.')?;
    let region = view.region().unwrap_or_default();
    let suffixed =
        |text: &str, other: &str| text.strip_prefix(other).is_some_and(|rest| rest.starts_with('.'));
    if suffixed(written, has) || suffixed(has, written) && written.contains(region) && !region.is_empty() {
        return repaired(Cause::Partition, "services of another partition have another suffix".to_owned());
    }
    let mut pieces = written.split('.');
    match (pieces.next()?, pieces.next()) {
        _ if compare::misspelt(written, has) && written.contains(region) => {
            repaired(Cause::NameMisspelt, "the names are a slip apart".to_owned())
        }
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
    // A pattern of the name, without the path.
    let of_any_account = own.account_text() == "*" && own_name == asked_name;
    let is_pattern = own_name != "*" && own_name.contains(['*', '?']);
    if of_any_account || is_pattern && value::fits(own_name, asked_name) {
        let path = asked.resource().strip_suffix(asked_name)?;
        let account = own.account_text();
        let is_without_path = own.resource() == format!("role/{own_name}") && path.len() > "role/".len();
        if is_without_path && (account == asked.account_text() || account == "*") {
            let meant = Arn::of(own.partition(), "iam", "", account, &format!("{path}{own_name}"));
            return Some(Cast {
                repair: Some(Repair::Value(meant.as_str().to_owned())),
                ..Cast::because(Cause::RolePath, "the ARN has the path of the role")
            });
        }
    }
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
