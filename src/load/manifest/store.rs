//! `[[secret]]` and `[[queue]]`.

use std::path::Path;

use super::field::{self, NONE};
use super::file::{self, Use};
use crate::diagnostic::{Code, Diagnostic};
use crate::estate::StoreKind;
use crate::json::{Node, Reader};
use crate::load::{Intake, stores};
use crate::name::Arn;
use crate::policy::PolicyKind;
use crate::source::Spanned;

pub(super) fn secret(node: &Node<'_>, dir: &Path, intake: &mut Intake) {
    store(node, dir, intake, StoreKind::Secret);
}

pub(super) fn queue(node: &Node<'_>, dir: &Path, intake: &mut Intake) {
    store(node, dir, intake, StoreKind::Queue);
}

fn store(node: &Node<'_>, dir: &Path, intake: &mut Intake, kind: StoreKind) {
    const NAMES: &[&str] = &["arn", "policy", "key", "tags", "override"];
    let what = match kind {
        StoreKind::Secret => "a secret",
        StoreKind::Queue => "a queue",
    };
    let mut problems = Vec::new();
    let Some(mut t) = Reader::strict(&mut problems).object(node, what, NAMES) else {
        intake.problems.append(&mut problems);
        return;
    };
    let arn = t.required_text("arn").and_then(|text| arn_of(text, kind, t.problems()));
    let policy = file::one(&mut t, "policy");
    let key = t.text("key");
    let tags = field::tags(&mut t, "tags");
    intake.problems.append(&mut problems);
    let Some(arn) = arn else { return };
    if !intake.is_first_table(&format!("{} {}", kind.word(), arn.value), arn.span) {
        return;
    }
    intake.store(&arn, |_| ());
    match policy {
        None => {}
        Some(policy) if policy.value == NONE => intake.store_policy(&arn, policy.span, None),
        Some(written) => {
            let of = Use { kind: PolicyKind::Resource, owner: arn.value.as_str() };
            if let Some(policy) = file::policy(intake, dir, written, of) {
                intake.store_policy(&arn, written.span, Some(policy));
            }
        }
    }
    if let Some(key) = key {
        let named = Some(key.value).filter(|key| *key != NONE);
        intake.store_key(&arn, key.map(|_| stores::key_named(kind, named)));
    }
    if let Some(tags) = tags {
        intake.store_tags(&arn, tags);
    }
}

/// The ARN of a secret or a queue; what is wrong with another one is told.
pub(super) fn arn_of(
    text: Spanned<&str>,
    kind: StoreKind,
    problems: &mut Vec<Diagnostic>,
) -> Option<Spanned<Arn>> {
    let word = kind.word();
    let help = match kind {
        StoreKind::Secret => {
            "the ARN of a secret is arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-SUFFIX"
        }
        StoreKind::Queue => "the ARN of a queue is arn:aws:sqs:REGION:ACCOUNT:NAME",
    };
    let arn = text.value.parse::<Arn>().ok();
    let whole =
        |arn: &Arn| StoreKind::of(arn) == Some(kind) && arn.account().is_some() && !arn.region().is_empty();
    match arn.filter(whole) {
        Some(arn) => Some(Spanned::new(arn, text.span)),
        None => {
            let message = format!("`{}` is not the ARN of a {word}", text.value);
            problems.push(Diagnostic::new(Code::InvalidArn, text.span, message).help(help));
            None
        }
    }
}
