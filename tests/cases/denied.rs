//! Refusals of AWS, each read for all that it tells: `tests/scenarios/denied`, one test a message.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails loudly")]

use decryptable::denied::{self, Reason, Refusal};
use decryptable::explain;
use libtest_mimic::Trial;
use toml::{Table, Value};

use crate::data;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for (file, table) in data::scenarios("denied") {
        let sources = table["sources"].as_array().unwrap();
        assert!(!sources.is_empty() && !table["about"].as_str().unwrap().is_empty(), "{file}");
        for message in table["message"].as_array().unwrap() {
            let message = message.as_table().unwrap().clone();
            let name = format!("denied::{file}::{}", message["name"].as_str().unwrap());
            trials.push(data::trial(name, move || judge(&message)));
        }
    }
    // A zoo is not one of a kind.
    assert!(trials.len() >= 120, "{} messages", trials.len());
    trials
}

fn judge(message: &Table) -> Vec<String> {
    let text = message["text"].as_str().unwrap();
    let found = denied::read(text);
    let [(refusal, times)] = found.as_slice() else {
        return vec![format!("{} refusals: {found:#?}", found.len())];
    };
    let mut wrong = Vec::new();
    let said = told(refusal);
    for (name, value) in &said {
        // What a message does not list it does not tell.
        let expected = message.get(*name).and_then(Value::as_str);
        if value.as_deref() != expected {
            wrong.push(format!("{name}: {value:?}, expected {expected:?}"));
        }
    }
    let context = message.get("context").and_then(Value::as_table).cloned().unwrap_or_default();
    let pairs: Table = refusal
        .request
        .encryption_context
        .iter()
        .map(|(name, value)| (name.clone(), Value::String(value.clone())))
        .collect();
    if pairs != context {
        wrong.push(format!("context: {pairs:?}, expected {context:?}"));
    }
    let expected = message.get("times").and_then(Value::as_integer).unwrap_or(1);
    if i64::try_from(*times).unwrap() != expected {
        wrong.push(format!("{times} times, expected {expected}"));
    }
    let meaning = refusal.meaning();
    let means = message.get("means").and_then(Value::as_str).unwrap_or_default();
    if meaning.head.is_empty() || meaning.look.is_empty() || !meaning.says.contains(means) {
        wrong.push(format!("means: {meaning:?}, expected {means:?}"));
    }
    wrong.extend(
        meaning
            .rules
            .iter()
            .filter(|rule| explain::find(rule).is_none())
            .map(|rule| format!("no page {rule}")),
    );
    if !wrong.is_empty() {
        wrong.push(format!("{text}\n{refusal:#?}"));
    }
    wrong
}

fn told(refusal: &Refusal) -> Vec<(&'static str, Option<String>)> {
    let reason = match refusal.reason {
        Reason::Missing(_) | Reason::Explicit(_) | Reason::PublicAccessBlock(_) => None,
        Reason::NotSaid | Reason::Bare => None,
        Reason::Setup(_) => Some("Setup".to_owned()),
        Reason::Other(obstacle) => Some(format!("{obstacle:?}")),
        Reason::KeyOutOfSight | Reason::NoAccessGrant | Reason::LakeFormation => {
            Some(format!("{:?}", refusal.reason))
        }
    };
    vec![
        ("principal", refusal.principal.clone()),
        ("role", refusal.role.clone()),
        ("action", refusal.action.clone()),
        ("resource", refusal.resource.clone()),
        ("object", refusal.object.clone()),
        ("key", refusal.key.clone()),
        ("leg", refusal.leg().map(|leg| leg.as_str().to_owned())),
        ("gate", refusal.reason.gate().map(|gate| gate.as_str().to_owned())),
        ("denial", refusal.reason.denial().map(|denial| denial.as_str().to_owned())),
        ("policy", refusal.policy.clone()),
        ("operation", refusal.request.operation.clone()),
        ("service", refusal.service().map(str::to_owned)),
        ("kind", refusal.kind().map(|kind| kind.as_str().to_owned())),
        ("because", reason),
        ("authorization_id", refusal.request.authorization_id.clone()),
    ]
}
