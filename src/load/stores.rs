//! The facts of secrets and queues, one setter each, as [`super::facts`] has them for everything else; and what several
//! formats tell of them alike.

use super::Intake;
use super::fact_log::Saying;
use super::facts::{change, span_of, tags_text};
use crate::estate::{Called, KeyReference, Known, PlacedArn, SharedPolicy, Store, StoreKind, Tags};
use crate::source::{Span, Spanned};

impl Intake {
    /// A secret or queue; an ARN of another service tells nothing.
    pub(super) fn store(&mut self, arn: &PlacedArn, then: impl FnOnce(&mut Store)) {
        let Some(kind) = StoreKind::of(&arn.value) else { return };
        let new = || Store {
            kind,
            arn: arn.clone(),
            policy: Known::NotProvided,
            key: Known::NotProvided,
            tags: Known::NotProvided,
        };
        change(&mut self.fact_log.stores, &mut self.estate.stores, arn.value.as_str(), new, then);
    }

    /// `None`: it has no policy of its own.
    pub(super) fn store_policy(&mut self, arn: &PlacedArn, at: Span, policy: Option<SharedPolicy>) {
        let fact = StoreKind::of(&arn.value).map_or("the policy", StoreKind::policy);
        if self.record(&subject(arn), fact, at, span_of(policy.as_ref())) {
            self.store(arn, |store| store.policy = Known::Provided(policy));
        }
    }

    /// `None`: what it keeps is under no KMS key.
    pub(super) fn store_key(&mut self, arn: &PlacedArn, key: Spanned<Option<KeyReference>>) {
        let text = key.value.as_ref().map_or("", KeyReference::as_str);
        if self.record(&subject(arn), "the key", key.span, Saying::text(text)) {
            self.store(arn, |store| store.key = Known::Provided(key.value));
        }
    }

    pub(super) fn store_tags(&mut self, arn: &PlacedArn, tags: Spanned<Tags>) {
        if self.record(&subject(arn), "the list of tags", tags.span, tags_text(&tags.value)) {
            self.store(arn, |store| store.tags = Known::Provided(tags.value));
        }
    }

    /// What a file calls it.
    pub(super) fn store_called(&mut self, name: &str, arn: &PlacedArn) {
        self.called(name, Called::Store(arn.value.clone()));
    }
}

/// The key of a store by the text of a setting; a secret that names none is under the key that AWS manages, and a queue
/// under none of KMS.
///
/// Sources: <https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html>,
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html>
pub(super) fn key_named(kind: StoreKind, text: Option<&str>) -> Option<KeyReference> {
    match (text.filter(|text| !text.is_empty()), kind) {
        (Some(text), _) => Some(KeyReference::parse(text)),
        (None, StoreKind::Secret) => Some(KeyReference::parse(kind.managed_key())),
        (None, StoreKind::Queue) => None,
    }
}

fn subject(arn: &PlacedArn) -> String {
    let word = StoreKind::of(&arn.value).map_or("resource", StoreKind::word);
    format!("{word} {}", arn.value)
}
