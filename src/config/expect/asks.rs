//! What a row asks, other than about assuming a role: operations, and single actions.

use super::{is_action, sent};
use crate::ask::{ActsQuestion, Circumstances, DoesQuestion, Doing, Made, Question};
use crate::diagnostic::Diagnostic;
use crate::estate::ObjectUri;
use crate::json::Members;
use crate::load::fields::{ROLE, arn_of, invalid};
use crate::load::manifest::field;
use crate::name::{Arn, is_origin_access_identity};
use crate::operation::{self, AwsService};
use crate::source::{Span, Spanned};

/// The members that ask something.
pub(super) const NAMES: &[&str] =
    &["read", "write", "list", "delete", "multipart", "copy", "replicate", "deliver", "action"];

/// The questions of a row, and the place of the principal that is asked about.
pub(super) fn questions(
    t: &mut Members<'_, '_, '_>,
    profile: &str,
    circumstances: &Circumstances,
    strict: bool,
) -> Option<(Vec<Question>, Span)> {
    let does = |role: &str, object, doing, circumstances: &Circumstances| {
        Question::Does(DoesQuestion {
            role: role.to_owned(),
            doing,
            object,
            version_id: None,
            access_point: None,
            profile: profile.to_owned(),
            circumstances: circumstances.clone(),
            strict,
        })
    };
    let (mut questions, mut at, mut is_whole) = (Vec::new(), None, true);
    if let Some(Delivery { service, doing, object, circumstances }) = delivery(t, circumstances) {
        at = Some(service.span);
        questions.push(does(service.value, object, doing, &circumstances));
    }
    let is_only_delivery = at.is_some() && !t.all().iter().any(|m| m.key.value == "role");
    if !is_only_delivery {
        let named = t.required_text("role").filter(|role| is_principal(*role, t.problems()));
        at = named.map(|role| role.span);
        let role = named.map_or("", |role| role.value);
        for name in operation::names().filter(|name| *name != operation::DELIVER) {
            // Only the rows of operations that are asked for are worth reading.
            if !t.all().iter().any(|member| *member.key.value == *name) {
                continue;
            }
            let Some(row) = operation::find(name) else { continue };
            let doing = |to| Doing { operation: name.to_owned(), to, reads: false };
            if row.has_two_targets() {
                let objects = both(t, name);
                is_whole &= objects.is_some();
                questions.extend(objects.map(|(from, to)| does(role, from, doing(Some(to)), circumstances)));
                continue;
            }
            let targets = field::list(t, name).map(|list| list.value).unwrap_or_default();
            for target in targets {
                let object = object(target, row.is_of_bucket(), t);
                is_whole &= object.is_some();
                questions.extend(object.map(|object| does(role, object, doing(None), circumstances)));
            }
        }
        if t.all().iter().any(|m| m.key.value == "action" || m.key.value == "on") {
            let action = t.required_text("action").filter(|action| is_action(*action, t.problems()));
            let on = t.required_text("on");
            is_whole &= action.is_some() && on.is_some();
            questions.extend(action.zip(on).map(|(action, on)| {
                Question::Acts(ActsQuestion {
                    by: role.to_owned(),
                    action: action.value.to_owned(),
                    resource: on.value.to_owned(),
                    made: Made::Somehow,
                    circumstances: circumstances.clone(),
                    strict,
                })
            }));
        }
    }
    for question in &mut questions {
        if let Question::Does(question) = question {
            question.version_id = t.text("version_id").map(|version| version.value.to_owned());
            question.access_point = t.text("access_point").map(|point| point.value.to_owned());
        }
    }
    (is_whole && !questions.is_empty()).then_some((questions, at?))
}

/// What a service does.
struct Delivery<'n> {
    service: Spanned<&'n str>,
    doing: Doing,
    object: ObjectUri,
    circumstances: Circumstances,
}

fn delivery<'n>(t: &mut Members<'n, '_, '_>, circumstances: &Circumstances) -> Option<Delivery<'n>> {
    const KNOWN: &[&str] = &["service", "read", "write", "source_arn", "source_account"];
    let node = t.table(operation::DELIVER)?;
    let mut t = t.child(node, "what a service delivers", KNOWN)?;
    let service = t.required_text("service")?;
    let mut circumstances = circumstances.clone();
    sent::source(&mut t, &mut circumstances);
    let (read, write) = (t.text("read"), t.text("write"));
    let (target, reads) = match (read, write) {
        (Some(read), None) => (read, true),
        (None, Some(write)) => (write, false),
        (Some(both), Some(_)) => {
            t.problems().push(invalid(both.span, "a service reads, or it writes", "make two rows of it"));
            return None;
        }
        (None, None) => {
            t.required_text(if reads_first(service.value) { "read" } else { "write" });
            return None;
        }
    };
    let object = object(target, false, &mut t)?;
    let doing = Doing { operation: operation::DELIVER.to_owned(), to: None, reads };
    Some(Delivery { service, doing, object, circumstances })
}

fn reads_first(service: &str) -> bool {
    AwsService::find(service).is_some_and(AwsService::reads_first)
}

/// `{ from = "s3://…", to = "s3://…" }`.
fn both(t: &mut Members<'_, '_, '_>, name: &str) -> Option<(ObjectUri, ObjectUri)> {
    let node = t.table(name)?;
    let mut t = t.child(node, "two objects", &["from", "to"])?;
    let (from, to) = (t.required_text("from"), t.required_text("to"));
    let from = from.and_then(|from| object(from, false, &mut t));
    let to = to.and_then(|to| object(to, false, &mut t));
    Some((from?, to?))
}

fn object(uri: Spanned<&str>, is_of_bucket: bool, t: &mut Members<'_, '_, '_>) -> Option<ObjectUri> {
    match operation::target(uri.value, is_of_bucket) {
        Ok(object) => Some(object),
        Err(error) => {
            let message = format!("`{}`: {error}", uri.value);
            t.problems().push(invalid(
                uri.span,
                message,
                "write s3://BUCKET/KEY; a `*` in the key asks about every key that fits",
            ));
            None
        }
    }
}

/// The principal is named by ARN, by name, or by a glob of either.
fn is_principal(role: Spanned<&str>, problems: &mut Vec<Diagnostic>) -> bool {
    let arn = role.value.parse::<Arn>().ok();
    let is_other = |kind| arn.as_ref().is_some_and(|arn| arn.resource_of(kind).is_some());
    if is_other("user") || is_other("assumed-role") || is_origin_access_identity(role.value) {
        return true;
    }
    if role.value.starts_with("arn:") && !role.value.contains(['*', '?']) {
        return arn_of(role, ROLE, problems).is_some();
    }
    if role.value.is_empty() {
        problems.push(invalid(role.span, "this names no role", "write its ARN"));
    }
    !role.value.is_empty()
}
