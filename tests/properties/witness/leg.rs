//! What one leg of a read is about: its circumstances, and the resource's side in the words of `simulate`.

use decryptable::ask::{DoesQuestion, GateVerdict, Leg};
use decryptable::estate::{Identity, Known};
use decryptable::eval::Gate;
use decryptable::name::{Arn, partition};

use super::held::{Kms, LegScene};
use super::loaded::Loaded;
use super::simulated::{self, Document, Side};

/// What a leg is about, where that is one resource for certain.
pub(crate) fn scene<'s>(
    loaded: &'s Loaded,
    arn: &Arn,
    question: &'s DoesQuestion,
    leg: &Leg,
) -> Result<LegScene<'s>, &'static str> {
    let estate = &loaded.intake.estate;
    if question.object.key.contains(['*', '?']) {
        return Err("a question about many objects");
    }
    if question.access_point.is_some()
        || estate.access_points.iter().any(|p| p.alias.as_ref() == Some(&question.object.bucket))
    {
        return Err("a request through an access point");
    }
    let identity = match (estate.role(arn.as_str()), estate.user(arn.as_str())) {
        (Ok(role), _) => Identity::Role(role),
        (Err(_), Some(user)) => Identity::User(user),
        (Err(_), None) => return Err("a principal that the estate does not hold"),
    };
    let bucket =
        estate.bucket(&question.object.bucket).map_err(|_| "a bucket that the estate does not hold")?;
    let region = bucket.region.provided().map(String::as_str);
    if leg.action != "kms:Decrypt" {
        let owner = bucket.account.provided().copied();
        return Ok(LegScene { estate, question, identity, kms: None, becomes: None, owner, region });
    }
    let key: Arn = leg.resource.parse().map_err(|_| "a key without an ARN")?;
    if partition::via_services("s3", region.unwrap_or(key.region())).len() > 1 {
        return Err("a partition of which no page says how it names S3 in kms:ViaService");
    }
    let encryption = estate.object(&question.object).and_then(|object| object.encryption.as_ref());
    let settled = encryption.is_some_and(|e| {
        e.bucket_key.is_some()
            && e.key.as_ref().is_some_and(|k| matches!(k, decryptable::estate::KeyReference::Arn(_)))
    });
    if !settled {
        return Err("an object that may be under several keys, or in several ways");
    }
    let bucket_key = encryption.and_then(|e| e.bucket_key) == Some(true);
    let context = match bucket_key {
        true => format!("arn:{}:s3:::{}", key.partition(), bucket.name),
        false => format!("arn:{}:s3:::{}/{}", key.partition(), bucket.name, question.object.key),
    };
    let owner = key.account();
    let kms = Kms { key: estate.key(&key), arn: key, encryption_context: context };
    Ok(LegScene { estate, question, identity, kms: Some(kms), becomes: None, owner, region })
}

/// The resource's side of a leg in the words of `simulate`.
pub(crate) fn side<'s>(
    loaded: &'s Loaded,
    scene: &LegScene<'s>,
    leg: &Leg,
) -> Result<Side<'s>, &'static str> {
    let estate = scene.estate;
    if scene.owner.is_none() {
        return Err("a resource whose account was not told");
    }
    if let Some(kms) = &scene.kms {
        let Some(key) = kms.key else { return Err("a key that the estate does not hold") };
        let account = kms.arn.account_text();
        let partition = kms.arn.partition();
        let (policy, rcps) = match key.policy.provided() {
            _ if key.is_aws_managed() => {
                let region = kms.arn.region();
                let text = format!(
                    r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"*"}},"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:DescribeKey"],"Resource":"*","Condition":{{"StringEquals":{{"kms:CallerAccount":"{account}","kms:ViaService":"s3.{region}.amazonaws.com"}}}}}}]}}"#
                );
                (Document::Fixed(text), false)
            }
            Some(policy) if loaded.text(policy).is_some() => (Document::Told(policy), true),
            Some(_) => {
                let text = format!(
                    r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:{partition}:iam::{account}:root"}},"Action":"kms:*","Resource":"*"}}]}}"#
                );
                (Document::Fixed(text), true)
            }
            None => return Err("a key policy that was not told"),
        };
        let grants = key.grants.provided().map_or(&[][..], Vec::as_slice);
        return Ok(Side { policy: Some(policy), grants, restrict_public: false, endpoint: None, rcps });
    }
    let object = estate.object(&scene.question.object);
    if object.is_some_and(|o| {
        o.owner.is_some() || matches!(&o.acl_read, Known::Provided(list) if !list.is_empty())
    }) {
        return Err("an object with an owner or an ACL");
    }
    let public = leg.gates.iter().find(|gate| gate.gate == Gate::PublicAccess);
    if public.is_some_and(|gate| gate.verdict == GateVerdict::Conditional) {
        return Err("a setting of Block Public Access that was not told");
    }
    let ownership = leg.gates.iter().find(|gate| gate.gate == Gate::Ownership);
    if ownership.is_some_and(|gate| gate.verdict != GateVerdict::NotApplicable) {
        return Err("who owns the object");
    }
    let bucket =
        estate.bucket(&scene.question.object.bucket).map_err(|_| "a bucket that the estate does not hold")?;
    let policy = match &bucket.policy {
        Known::Provided(policy) => policy.as_ref().map(Document::Told),
        Known::NotProvided => return Err("a bucket policy that was not told"),
    };
    let network = scene.question.circumstances.whole_network();
    if network.vpc.is_some() && network.endpoint.is_none() {
        return Err("an endpoint that is only likely");
    }
    let endpoint =
        network.endpoint.as_deref().and_then(|id| estate.endpoint(id)).and_then(|e| e.policy.provided());
    Ok(Side {
        policy,
        grants: &[],
        restrict_public: simulated::restricts_public(estate, &bucket.name),
        endpoint: endpoint.and_then(Option::as_ref),
        rcps: true,
    })
}
