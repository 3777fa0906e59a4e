//! What a refusal proves by itself.

use crate::denied::refusal::{Leg, Obstacle, Reason, Refusal};
use crate::denied::services;
use crate::eval::Gate;
use crate::name::Arn;

pub(super) fn sentences(refusal: &Refusal) -> Vec<String> {
    let mut proves = Vec::new();
    if refusal.request.is_simulated
        || matches!(refusal.reason, Reason::Other(Obstacle::Policy) | Reason::Setup(_))
    {
        return proves;
    }
    if refusal.leg() == Some(Leg::Kms) {
        of_kms(refusal, &mut proves);
    }
    of_gate(refusal, &mut proves);
    proves
}

fn of_kms(refusal: &Refusal, proves: &mut Vec<String>) {
    match refusal.service() {
        None | Some("s3") => {
            let half = if refusal.is_write() { "the write" } else { "the request" };
            proves.push(format!("S3 had allowed {half}: it asks KMS only then"));
        }
        Some("kms") => {}
        Some(service) => {
            proves.push(format!("{} had allowed the call: it asks KMS only then", services::name(service)));
        }
    }
    if let Some(key) = refusal.key.as_ref().filter(|key| refusal.resource.as_ref() != Some(key)) {
        proves.push(format!("the key is {key}"));
    }
    if let Some(bucket) = refusal.bucket_in_context() {
        proves.push(format!(
            "a Bucket Key is used: the encryption context is the bucket's ARN, arn:aws:s3:::{bucket}, and no object's"
        ));
    } else if let Some(object) = refusal.object_in_context() {
        proves.push(format!(
            "no Bucket Key is used: the encryption context is the object's ARN, arn:aws:s3:::{object}"
        ));
    }
}

fn of_gate(refusal: &Refusal, proves: &mut Vec<String>) {
    let account = |text: &Option<String>| text.as_deref().and_then(|arn| arn.parse::<Arn>().ok()?.account());
    let own = account(&refusal.role.clone().or_else(|| refusal.principal.clone()));
    let is_inside = own.is_some() && own == account(&refusal.resource);
    let is_kms = refusal.leg() == Some(Leg::Kms);
    let is_s3 = refusal.leg() == Some(Leg::S3);
    let sentence = match refusal.reason {
        Reason::Missing(Gate::Identity) if is_kms => {
            "the key policy leaves it to the caller's own policies, and they have no Allow that fits"
        }
        Reason::Missing(Gate::Resource) if is_kms && is_inside => {
            "the key policy names neither the caller nor the account: a policy of IAM alone does not open the key"
        }
        Reason::Missing(Gate::Identity) if is_s3 => {
            "in the bucket's own account the bucket policy does not let the caller in either: one of the two is enough there"
        }
        Reason::Explicit(_) => "a Deny fits the request: no further Allow helps",
        Reason::Missing(_)
        | Reason::KeyOutOfSight
        | Reason::PublicAccessBlock(_)
        | Reason::NoAccessGrant
        | Reason::LakeFormation
        | Reason::NotSaid
        | Reason::Bare
        | Reason::Setup(_)
        | Reason::Other(_) => return,
    };
    proves.push(sentence.to_owned());
}
