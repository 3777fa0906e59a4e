//! A read that depends on how the object is encrypted, taken for an object that is encrypted as the bucket's default says.
//!
//! Most objects are, and a refusal under the default key is what people come with (R105).

use super::judge::judge;
use super::{ResolvedRead, find_profile};
use crate::ask::{Answer, DoesQuestion, Verdict};
use crate::estate::{Estate, Known, Object, object_pattern};
use crate::logic::{Cond, FactId};
use crate::source::Spanned;

/// The answer for such an object, where it is refused.
pub(in crate::ask) fn as_default(
    estate: &Estate,
    question: &DoesQuestion,
    answer: &Answer,
) -> Option<Answer> {
    let is_open = answer
        .depends_on
        .iter()
        .filter_map(|unknown| unknown.fact.as_ref())
        .any(|fact| matches!(fact, FactId::ObjectEncryption(_) | FactId::ObjectKey(_)));
    if answer.verdict != Verdict::Conditional || !is_open || question.doing.to.is_some() {
        return None;
    }
    let profile = find_profile(question).ok()?;
    let read = ResolvedRead::find(estate, question).ok()?;
    let default = read.target.bucket.encryption.provided()?;
    // Of many objects that are told apart each has its own answer.
    if !default.kind.uses_kms() || (read.within().is_some() && !estate.objects_among(&read.uri).is_empty()) {
        return None;
    }
    let object =
        Object { as_default: true, ..read.object().cloned().unwrap_or_else(|| unknown(&read, default.span)) };
    let found = judge(&read.of_object(Some(&object), Cond::Known(true)), profile).answer;
    (found.verdict == Verdict::Denied).then_some(found)
}

fn unknown(read: &ResolvedRead<'_>, at: crate::source::Span) -> Object {
    Object {
        uri: Spanned::new(object_pattern(&read.uri.to_string()), at),
        encryption: None,
        as_default: true,
        owner: None,
        acl_read: Known::NotProvided,
        tags: Known::NotProvided,
        storage_class: None,
        restored: None,
    }
}
