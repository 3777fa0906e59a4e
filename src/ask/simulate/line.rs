//! A line of the answer: the members of `SimulateCustomPolicy`, and ours. Its JSON Schema is made from these types.

#[cfg(feature = "cli")]
use std::collections::BTreeMap;

#[cfg(feature = "cli")]
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::Refusal;
use crate::json::{Node, Value};
use crate::logic::Assignment;
use crate::source::Position;

#[derive(Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(feature = "cli", schemars(rename = "SimulateAnswer"))]
pub(super) struct RequestLine<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<Echo<'a>>,
    pub(super) evaluation_results: Vec<EvaluationResult<'a>>,
    /// What AWS would refuse the policies for, decided all the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) problems: Vec<PolicyProblem<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "PascalCase")]
pub(super) struct PolicyProblem<'a> {
    pub(super) source_policy_id: &'a str,
    pub(super) code: &'a str,
    pub(super) message: &'a str,
}

#[derive(Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "PascalCase")]
pub(super) struct EvaluationResult<'a> {
    pub(super) eval_action_name: &'a str,
    pub(super) eval_resource_name: &'a str,
    pub(super) eval_decision: Decision,
    pub(super) matched_statements: Vec<MatchedStatement>,
    pub(super) missing_context_values: Vec<String>,
    pub(super) conditions: Option<Vec<Vec<Test>>>,
    pub(super) witness: Option<Witness>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) depends_on: Vec<Open>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "PascalCase")]
pub(super) struct MatchedStatement {
    pub(super) source_policy_type: &'static str,
    pub(super) source_policy_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) start_position: Option<LineColumn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) end_position: Option<LineColumn>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "PascalCase")]
pub(super) struct LineColumn {
    pub(super) line: u32,
    pub(super) column: u32,
}

#[derive(Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(super) struct Test {
    pub(super) key: String,
    pub(super) operator: String,
    pub(super) values: Vec<String>,
}

/// In the words of `SimulateCustomPolicy`, and one of ours.
#[derive(Copy, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) enum Decision {
    Allowed,
    ExplicitDeny,
    ImplicitDeny,
    /// Only where keys are open.
    Conditional,
}

/// Requests that show both sides; a key that is null is absent from the request.
#[derive(Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[cfg_attr(feature = "cli", schemars(rename = "SimulateWitness"))]
pub(super) struct Witness {
    #[serde(serialize_with = "keys")]
    #[cfg_attr(feature = "cli", schemars(with = "Option<BTreeMap<String, Option<Vec<String>>>>"))]
    pub(super) allowed: Option<Assignment>,
    #[serde(serialize_with = "keys")]
    #[cfg_attr(feature = "cli", schemars(with = "Option<BTreeMap<String, Option<Vec<String>>>>"))]
    pub(super) denied: Option<Assignment>,
}

/// An object with a member for each key, in the order of the keys.
#[expect(clippy::ref_option, reason = "serde hands over the field as it is")]
fn keys<S: Serializer>(keys: &Option<Assignment>, serializer: S) -> Result<S::Ok, S::Error> {
    match keys {
        Some(keys) => serializer.collect_map(keys.iter().map(|(key, values)| (key, values))),
        None => serializer.serialize_none(),
    }
}

/// Something the decision is conditional on.
#[derive(PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[cfg_attr(feature = "cli", schemars(rename = "SimulateDependency"))]
pub(super) struct Open {
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) why: String,
}

#[derive(Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(feature = "cli", schemars(rename = "SimulateError"))]
pub(super) struct ErrorLine<'a> {
    pub(super) id: Option<Echo<'a>>,
    pub(super) error: ErrorBody<'a>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "PascalCase")]
pub(super) struct ErrorBody<'a> {
    pub(super) code: &'static str,
    pub(super) message: &'a str,
    pub(super) position: Option<LineColumn>,
}

/// The request's own `Id`, whatever simple value it is.
#[derive(Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(untagged)]
pub(super) enum Echo<'a> {
    Text(&'a str),
    Number(serde_json::Number),
    Flag(bool),
}

/// Schemas of the lines that are written: an answer, and why there is none.
#[cfg(feature = "cli")]
pub(super) fn schemas(generator: &mut schemars::SchemaGenerator) -> [schemars::Schema; 2] {
    [generator.subschema_for::<RequestLine<'_>>(), generator.subschema_for::<ErrorLine<'_>>()]
}

pub(super) fn echo<'a>(id: Option<&'a Node<'_>>) -> Option<Echo<'a>> {
    match &id?.value {
        Value::String(text) => Some(Echo::Text(text)),
        Value::Number(text) => text.parse().ok().map(Echo::Number),
        Value::Bool(flag) => Some(Echo::Flag(*flag)),
        Value::Null | Value::Array(_) | Value::Object(_) | Value::Invalid => None,
    }
}

impl From<Position> for LineColumn {
    fn from(p: Position) -> Self {
        Self { line: p.line, column: p.column }
    }
}

pub(super) fn write_error(out: &mut Vec<u8>, id: Option<&Node<'_>>, refusal: &Refusal) {
    let line = ErrorLine {
        id: echo(id),
        error: ErrorBody {
            code: "InvalidInput",
            message: &refusal.message,
            position: refusal.position.map(LineColumn::from),
        },
    };
    finish(out, &line);
}

pub(super) fn finish(out: &mut Vec<u8>, line: &impl Serialize) {
    // Writing plain data to memory cannot fail; a failure would leave the line out, never half of it.
    let start = out.len();
    if serde_json::to_writer(&mut *out, line).is_err() {
        out.truncate(start);
    }
    out.push(b'\n');
}
