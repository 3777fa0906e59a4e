//! Comma-separated values, for spreadsheets: one line a cell of a matrix (RFC 4180).

use std::io;

use super::{Draws, Format, Style};
use crate::finding::Report;
use crate::source::SourceMap;

pub(super) static FORMAT: Format =
    Format { name: "csv", summary: "one line for each cell of a matrix", draws: Draws::Tables, render };

fn render(report: &Report, _: &SourceMap, _: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let Some(matrix) = &report.matrix else {
        return Err(io::Error::other("there is no table to write"));
    };
    writeln!(out, "principal,operation,target,verdict,gate,action,condition\r")?;
    for cell in &matrix.cells {
        let condition = cell.conditions.as_ref().map_or_else(String::new, |any| {
            let all = |lines: &Vec<crate::ask::ConditionLine>| {
                let lines = lines
                    .iter()
                    .map(|line| format!("{} {} {}", line.key, line.operator, line.values.join(" or ")));
                lines.collect::<Vec<_>>().join(" and ")
            };
            any.iter().map(all).collect::<Vec<_>>().join("; or ")
        });
        let gate = cell.gate.map_or("", |gate| gate.as_str());
        let action = cell.leg.as_deref().unwrap_or_default();
        let cells =
            [&cell.principal, &cell.operation, &cell.target, cell.verdict.as_str(), gate, action, &condition];
        writeln!(out, "{}\r", cells.map(field).join(","))?;
    }
    Ok(())
}

/// A field that holds a separator is quoted, and what a spreadsheet would take for a formula is text.
fn field(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}
