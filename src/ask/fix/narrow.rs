//! A Deny is not opened by adding a statement: it has to leave the request out.

use serde_json::{Map, Value, json};

use super::{Asked, elsewhere, repair};
use crate::ask::answer::{Change, Edit};
use crate::ask::{Fix, GateReading};
use crate::diagnostic::Cause;
use crate::eval::Gate;
use crate::policy::{Effect, Statement, Test, render};
use crate::source::SourceId;

pub(super) fn narrow(asked: &Asked<'_>, reading: &GateReading) -> Vec<Fix> {
    let (documents, leg) = (asked.documents, &asked.decided.leg);
    if reading.gate == Gate::PublicAccess {
        let written = documents.resource.filter(|p| p.span.source != SourceId::LONE);
        let mut fix = elsewhere(
            documents.resource_name.clone(),
            "name the principals of every Allow, or pin it with aws:PrincipalOrgID or aws:SourceVpce: while one statement is open to all, RestrictPublicBuckets shuts every other account out",
        );
        fix.document = written.map(|p| p.span);
        fix.pointer = written.map_or_else(String::new, |p| format!("{}/Statement", p.pointer));
        return vec![fix];
    }
    let denies = reading.evidence.iter().filter(|e| e.effect == Effect::Deny && e.when.is_none());
    denies
        // Nobody can leave the read out of a Deny that AWS wrote.
        .filter(|e| documents.by_aws(e.span).is_none())
        .filter_map(|deny| {
            let policy = documents.holding(deny.span)?;
            let statement = policy.statements.iter().find(|s| s.span == deny.span)?;
            let exception = reading.exceptions.iter().find(|near| near.span == deny.span);
            if let Some(repaired) = exception.and_then(|near| repair::one_of(asked, near)) {
                return Some(repaired);
            }
            let by_network = leg.action.starts_with("kms:") && names_client_network(statement);
            let (operator, key, value, why) = if by_network {
                let why = "the client's network never shows in the request S3 makes to KMS: leave requests made through AWS services out of this Deny".to_owned();
                ("BoolIfExists", "aws:ViaAWSService", "false", why)
            } else {
                let spares = exception.and_then(|near| near.misses.first()).map_or_else(String::new, |miss| format!(" ({})", miss.why));
                let why = format!("this Deny refuses {}{spares}: leave the role out of it, if that is what you want", leg.action);
                ("ArnNotEquals", "aws:PrincipalArn", &*documents.role, why)
            };
            let condition = json!({operator: {key: value}});
            let merged = merged(statement, operator, key, value);
            Some(Fix {
                change: Change::Replace { statement: merged, edits: vec![Edit::Condition(condition)] },
                document: Some(deny.span),
                document_name: String::new(),
                pointer: deny.pointer.clone(),
                why,
                gate: None,
                is_bound: false,
                after: None,
        leaves: Vec::new(),
                opens: None,
                compared: Vec::new(),
                covers_more: false,
            })
        })
        .collect()
}

/// The statement with a line more; where there is such a line, with a value more, which a negated operator leaves out too.
fn merged(statement: &Statement, operator: &str, key: &str, value: &str) -> Value {
    let mut whole = render(statement, &());
    let Some(members) = whole.as_object_mut() else { return whole };
    let condition = members.entry("Condition").or_insert_with(|| json!({}));
    let Some(blocks) = condition.as_object_mut() else { return whole };
    let block = blocks.entry(operator).or_insert_with(|| Value::Object(Map::new()));
    let Some(keys) = block.as_object_mut() else { return whole };
    let name = keys.keys().find(|name| name.eq_ignore_ascii_case(key)).cloned();
    match name.and_then(|name| keys.get_mut(&name)) {
        Some(Value::Array(values)) => values.push(json!(value)),
        Some(there) => *there = json!([there.take(), value]),
        None => {
            keys.insert(key.to_owned(), json!(value));
        }
    }
    whole
}

/// Keys of the client's network never hold in the request S3 makes to KMS (R50, R51).
fn names_client_network(statement: &Statement) -> bool {
    let limits = |test: &Test| test.key.value.facts().and_then(|facts| facts.limit);
    statement.tests.iter().any(|test| limits(test) == Some(Cause::Network))
}
