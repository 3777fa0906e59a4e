//! JSON Schemas of what is read and written.
//!
//! Those of output come from the types that are serialized. The manifest and the requests of `simulate` are read member
//! by member, so that every mistake has its place; their schemas are data, which tests hold against the readers.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::baseline;
use crate::ask::simulate;
use crate::report::{self, output::SCHEMA};

const MANIFEST: &str = include_str!("../../docs/schemas/manifest.json");
const REQUEST: &str = include_str!("../../docs/schemas/request.json");

/// The dialect of all of them.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

pub(super) fn manifest() -> serde_json::Result<Value> {
    serde_json::from_str(MANIFEST)
}

/// Everything that `json` and `jsonl` print.
pub(super) fn output() -> Value {
    let mut generator = generator();
    let all: Vec<Value> = report::schemas(&mut generator).into_iter().map(Value::from).collect();
    json!({
        "$schema": DIALECT,
        "title": SCHEMA,
        "description": "What --format json and --format jsonl print. Members may be added.",
        "anyOf": all,
        "$defs": definitions(&mut generator),
    })
}

/// The file of `--baseline`.
pub(super) fn baseline() -> Value {
    baseline::schema(generator()).into()
}

/// Lines of `simulate`, in and out.
pub(super) fn simulate() -> serde_json::Result<Value> {
    let mut generator = generator();
    let mut any = vec![json!({"$ref": "#/$defs/Request"})];
    any.extend(simulate::schemas(&mut generator).into_iter().map(Value::from));
    let mut defs: Map<String, Value> = serde_json::from_str(REQUEST)?;
    defs.extend(definitions(&mut generator));
    Ok(json!({
        "$schema": DIALECT,
        "title": "decryptable simulate",
        "description": "A line of input ($defs/Request), or a line of output",
        "anyOf": any,
        "$defs": defs,
    }))
}

fn generator() -> SchemaGenerator {
    SchemaSettings::draft2020_12().for_serialize().into_generator()
}

fn definitions(generator: &mut SchemaGenerator) -> Map<String, Value> {
    generator.take_definitions(true)
}
