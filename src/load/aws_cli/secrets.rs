//! `aws secretsmanager …`

use crate::estate::{PlacedArn, StoreKind};
use crate::json::Node;
use crate::load::fields::{tags, text};
use crate::load::{InputDocument, Intake, stores};
use crate::policy::PolicyKind;
use crate::source::Spanned;

pub(super) fn describe_secret(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(arn) = arn_of(input.root()) else { return };
    tell(input.root(), &arn, intake);
    intake.contributes(input.source, "describe-secret", format!("key of {}", arn.value));
}

pub(super) fn list_secrets(input: &InputDocument<'_>, intake: &mut Intake) {
    let list = input.root().get("SecretList").map(Node::elements).unwrap_or_default();
    let mut count = 0;
    for secret in list {
        let Some(arn) = arn_of(secret) else { continue };
        tell(secret, &arn, intake);
        count += 1;
    }
    intake.contributes(input.source, "", format!("{count} secret{}", if count == 1 { "" } else { "s" }));
}

/// A secret under the AWS managed key is described without a key.
///
/// Source: <https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html>
fn tell(secret: &Node<'_>, arn: &PlacedArn, intake: &mut Intake) {
    intake.store(arn, |_| ());
    let key = text(secret, "KmsKeyId");
    let at = key.map_or(arn.span, |key| key.span);
    let named = stores::key_named(StoreKind::Secret, key.map(|key| key.value));
    intake.store_key(arn, Spanned::new(named, at));
    if let Some(list) = secret.get("Tags") {
        intake.store_tags(arn, tags(list, "Key", "Value"));
    }
}

/// Without a policy the answer is the name and the ARN alone.
pub(super) fn get_resource_policy(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(arn) = arn_of(input.root()) else { return };
    intake.store(&arn, |_| ());
    intake.contributes(input.source, "get-resource-policy", format!("policy of {}", arn.value));
    match input.root().get("ResourcePolicy") {
        None => intake.store_policy(&arn, arn.span, None),
        Some(node) => {
            if let Some(policy) = intake.policy(node, PolicyKind::Resource, "/ResourcePolicy") {
                intake.store_policy(&arn, policy.span, Some(policy));
            }
        }
    }
}

fn arn_of(secret: &Node<'_>) -> Option<PlacedArn> {
    let arn = text(secret, "ARN")?;
    let parsed = arn.value.parse().ok().filter(|arn| StoreKind::of(arn) == Some(StoreKind::Secret))?;
    Some(Spanned::new(parsed, arn.span))
}
