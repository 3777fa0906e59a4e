//! The schema of `json` and `jsonl`, from the types that are written.

use schemars::{Schema, SchemaGenerator};

use super::v1::{Answer, Line, Report, diff, map};

/// Whatever these formats may print: objects of `json`, then lines of `jsonl`.
pub(in crate::report) fn schemas(generator: &mut SchemaGenerator) -> Vec<Schema> {
    vec![
        generator.subschema_for::<Answer<'_>>(),
        generator.subschema_for::<Report<'_>>(),
        generator.subschema_for::<diff::Report<'_>>(),
        generator.subschema_for::<map::Report<'_>>(),
        generator.subschema_for::<Line<'_>>(),
        generator.subschema_for::<diff::Line<'_>>(),
        generator.subschema_for::<map::Line<'_>>(),
    ]
}
