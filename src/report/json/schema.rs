//! The schema of `json` and `jsonl`, from the types that are written.

use schemars::{Schema, SchemaGenerator};

use super::v1::{Answer, Inputs, Line, Matrix, MatrixCell, Refusals, Report, Settings, all_pairs, diff, map};

/// Whatever these formats may print: objects of `json` and lines of `jsonl`, then those of commands with a form of their
/// own.
pub(in crate::report) fn schemas(generator: &mut SchemaGenerator) -> Vec<Schema> {
    vec![
        generator.subschema_for::<Answer<'_>>(),
        generator.subschema_for::<Report<'_>>(),
        generator.subschema_for::<diff::Report<'_>>(),
        generator.subschema_for::<map::Report<'_>>(),
        generator.subschema_for::<Matrix<'_>>(),
        generator.subschema_for::<Line<'_>>(),
        generator.subschema_for::<MatrixCell<'_>>(),
        generator.subschema_for::<all_pairs::PairLine<'_>>(),
        generator.subschema_for::<diff::Line<'_>>(),
        generator.subschema_for::<map::Line<'_>>(),
        generator.subschema_for::<Inputs<'_>>(),
        generator.subschema_for::<Refusals<'_>>(),
        generator.subschema_for::<Settings>(),
    ]
}
