//! The table of `matrix`.

#[cfg(feature = "cli")]
use schemars::JsonSchema;
use serde::Serialize;

use super::{Condition, GateName, SCHEMA, Verdict, conditions};
use crate::ask;

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(crate) struct Matrix<'a> {
    #[cfg_attr(feature = "cli", schemars(extend("const" = SCHEMA)))]
    pub(crate) schema: &'static str,
    pub(crate) cells: Vec<MatrixCell<'a>>,
}

/// One answer; a line of `jsonl` by itself.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(crate) struct MatrixCell<'a> {
    pub(crate) principal: &'a str,
    pub(crate) operation: &'a str,
    pub(crate) target: &'a str,
    pub(crate) verdict: Verdict,
    /// The gate that decides; null where everything is allowed.
    pub(crate) gate: Option<GateName>,
    /// Any of these lists has to hold in full; null when the answer is firm or the condition too large.
    pub(crate) condition: Option<Vec<Vec<Condition<'a>>>>,
    /// The action of the leg whose gate it is.
    pub(crate) action: Option<&'a str>,
}

impl<'a> Matrix<'a> {
    pub(crate) fn new(matrix: &'a ask::Matrix) -> Self {
        let cell = |cell: &'a ask::Cell| MatrixCell {
            principal: &cell.principal,
            operation: &cell.operation,
            target: &cell.target,
            verdict: cell.verdict.into(),
            gate: cell.gate.map(GateName::from),
            condition: cell.conditions.as_deref().map(conditions),
            action: cell.leg.as_deref(),
        };
        Self { schema: SCHEMA, cells: matrix.cells.iter().map(cell).collect() }
    }
}
