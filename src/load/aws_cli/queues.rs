//! `aws sqs …`

use crate::estate::{PlacedArn, StoreKind};
use crate::json::Node;
use crate::load::fields::text;
use crate::load::{InputDocument, Intake, stores};
use crate::policy::PolicyKind;
use crate::source::Spanned;

const NO_OWNER: &str =
    "which queue it belongs to: ask for `--attribute-names All`, or add [[bind]] with queue = \"arn:…\"";

/// What was not asked for is not answered: only an answer with all attributes tells that there is no policy and no key.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html>
pub(super) fn get_queue_attributes(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(attributes) = input.root().get("Attributes") else { return };
    let Some(arn) = arn_of(attributes).or_else(|| intake.owner_of(input.source).queue) else {
        intake.misses(input.source, NO_OWNER);
        return;
    };
    intake.store(&arn, |_| ());
    intake.contributes(input.source, "get-queue-attributes", format!("attributes of {}", arn.value));
    let is_whole =
        ["CreatedTimestamp", "VisibilityTimeout"].iter().all(|name| attributes.get(name).is_some());
    match attributes.get("Policy").filter(|node| node.as_str() != Some("")) {
        Some(node) => {
            if let Some(policy) = intake.policy(node, PolicyKind::Resource, "/Attributes/Policy") {
                intake.store_policy(&arn, policy.span, Some(policy));
            }
        }
        None if is_whole => intake.store_policy(&arn, attributes.span, None),
        None => {}
    }
    let key = text(attributes, "KmsMasterKeyId").filter(|key| !key.value.is_empty());
    let by_sqs = text(attributes, "SqsManagedSseEnabled").filter(|on| on.value == "true");
    let named = |key: Option<&str>| stores::key_named(StoreKind::Queue, key);
    match (key, by_sqs) {
        (Some(key), _) => intake.store_key(&arn, key.map(|key| named(Some(key)))),
        (None, Some(on)) => intake.store_key(&arn, Spanned::new(named(None), on.span)),
        (None, None) if is_whole => intake.store_key(&arn, Spanned::new(named(None), attributes.span)),
        (None, None) => {}
    }
}

fn arn_of(attributes: &Node<'_>) -> Option<PlacedArn> {
    let arn = text(attributes, "QueueArn")?;
    let parsed = arn.value.parse().ok().filter(|arn| StoreKind::of(arn) == Some(StoreKind::Queue))?;
    Some(Spanned::new(parsed, arn.span))
}
