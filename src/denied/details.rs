//! What `aws iam-toolbox get-request-authorization-details` answers: how AWS decided a refused request, with its context.
//!
//! Sources: <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied-authorization-id.html>,
//! <https://docs.aws.amazon.com/iam-toolbox/latest/APIReference/API_GetRequestAuthorizationDetails.html>

use serde_json::{Map, Value};

use super::refusal::{Reason, Refusal};
use super::services;
use crate::eval::Gate;

/// The types of policies, in the order that an implicit denial is laid at their door.
const TYPES: [(&str, Gate); 7] = [
    ("IDENTITY_BASED_POLICY", Gate::Identity),
    ("RESOURCE_BASED_POLICY", Gate::Resource),
    ("PERMISSIONS_BOUNDARY", Gate::Boundary),
    ("SESSION_POLICY", Gate::Session),
    ("SERVICE_CONTROL_POLICY", Gate::Scp),
    ("RESOURCE_CONTROL_POLICY", Gate::Rcp),
    ("VPC_ENDPOINT_POLICY", Gate::Endpoint),
];

/// The evaluations that denied; `None` where the document is no such answer.
pub(super) fn read(document: &Value) -> Option<Vec<Refusal>> {
    let evaluations = document.get("evaluations")?.as_array()?;
    let shared = document.get("requestContext").and_then(Value::as_object);
    let policies = document.get("policies").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    Some(evaluations.iter().filter_map(|evaluation| refusal(evaluation, shared, policies)).collect())
}

fn refusal(evaluation: &Value, shared: Option<&Map<String, Value>>, policies: &[Value]) -> Option<Refusal> {
    let text = |name: &str| evaluation.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let effect = text("evaluatedEffect")?;
    let gate_of = |uri: &str| {
        let policy = policies.iter().find(|policy| policy.get("uri").and_then(Value::as_str) == Some(uri))?;
        gate(policy.get("type").and_then(Value::as_str)?)
    };
    let matched = evaluation.get("matchedPolicies").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let uris = || matched.iter().filter_map(|policy| policy.get("uri").and_then(Value::as_str));
    let (reason, policy) = match effect {
        "EXPLICIT_DENY" => {
            let denies = matched.iter().find(|policy| denies(policy)).or_else(|| matched.first());
            let uri = denies.and_then(|policy| policy.get("uri")).and_then(Value::as_str);
            let arn = uri.filter(|uri| uri.starts_with("arn:") && uri.contains(":policy/"));
            (Reason::Explicit(uri.and_then(gate_of)), arn.map(str::to_owned))
        }
        "IMPLICIT_DENY" => {
            let allowing: Vec<Gate> = uris().filter_map(gate_of).collect();
            let listed: Vec<Gate> = policies
                .iter()
                .filter_map(|policy| gate(policy.get("type").and_then(Value::as_str)?))
                .collect();
            (shut(&allowing, &listed).map_or(Reason::NotSaid, Reason::Missing), None)
        }
        _ => return None,
    };
    let own = evaluation.get("context").and_then(Value::as_object);
    let told: Vec<(String, Vec<String>)> =
        shared.into_iter().chain(own).flatten().map(|(key, value)| (key.clone(), values(value))).collect();
    let one = |name: &str| {
        let found = told.iter().rev().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.and_then(|(_, values)| values.first()).cloned()
    };
    let principal = one("aws:PrincipalArn");
    let mut refusal = Refusal {
        role: principal.clone().filter(|arn| arn.contains(":role/")),
        principal,
        action: text("action").map(str::to_owned),
        resource: text("resource").map(str::to_owned),
        reason,
        policy,
        ..Refusal::default()
    };
    let via = one("kms:ViaService").or_else(|| one("aws:CalledViaLast"));
    refusal.request.service =
        via.and_then(|host| services::of_sdk(host.split('.').next()?)).map(str::to_owned);
    refusal.key = refusal.resource.clone().filter(|arn| arn.contains(":kms:"));
    let pair = |(key, values): &(String, Vec<String>)| {
        let name = key.strip_prefix("kms:EncryptionContext:")?;
        Some((name.to_owned(), values.first()?.clone()))
    };
    refusal.request.encryption_context = told.iter().filter_map(pair).collect();
    refusal.request.is_whole = true;
    refusal.request.told = told.into_iter().map(|(key, values)| (key, Some(values))).collect();
    Some(refusal)
}

fn gate(kind: &str) -> Option<Gate> {
    TYPES.iter().find(|(name, _)| *name == kind).map(|(_, gate)| *gate)
}

fn denies(policy: &Value) -> bool {
    let statements = policy.get("matchedStatements").and_then(Value::as_array);
    let effect =
        |statement: &Value| statement.get("evaluatedEffect").and_then(Value::as_str).map(str::to_owned);
    statements.into_iter().flatten().filter_map(effect).any(|effect| effect.contains("DENY"))
}

/// The type that did not allow: neither side, else a limit that was asked and did not match.
fn shut(allowing: &[Gate], listed: &[Gate]) -> Option<Gate> {
    if !allowing.iter().any(|gate| matches!(gate, Gate::Identity | Gate::Resource)) {
        return Some(Gate::Identity);
    }
    let limits = TYPES.iter().map(|(_, gate)| *gate).skip(2);
    limits.into_iter().find(|gate| listed.contains(gate) && !allowing.contains(gate))
}

fn values(value: &Value) -> Vec<String> {
    match value {
        Value::Array(elements) => elements.iter().flat_map(values).collect(),
        Value::String(text) => vec![text.clone()],
        Value::Null | Value::Object(_) => Vec::new(),
        Value::Bool(_) | Value::Number(_) => vec![value.to_string()],
    }
}
