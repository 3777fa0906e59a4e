//! A matrix: a row for each principal, a column for each thing that may be done.

use std::collections::BTreeMap;
use std::io;

use super::escaped;
use crate::ask::{Cell, Matrix, Verdict};

pub(super) fn write(matrix: &Matrix, out: &mut dyn io::Write) -> io::Result<()> {
    // Columns and rows in the order in which they were asked.
    let mut columns: Vec<(&str, &str)> = Vec::new();
    let mut rows: Vec<(&str, BTreeMap<usize, &Cell>)> = Vec::new();
    let mut places: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for cell in &matrix.cells {
        let column = *places.entry((&cell.target, &cell.operation)).or_insert_with(|| {
            columns.push((&cell.target, &cell.operation));
            columns.len() - 1
        });
        if rows.last().is_none_or(|(principal, _)| *principal != cell.principal) {
            rows.push((&cell.principal, BTreeMap::new()));
        }
        if let Some((_, cells)) = rows.last_mut() {
            cells.insert(column, cell);
        }
    }
    writeln!(
        out,
        "<section>\n<h2>Matrix</h2>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Matrix\">"
    )?;
    writeln!(out, "<table>\n<thead><tr><th scope=\"col\">principal</th>")?;
    for (target, operation) in &columns {
        writeln!(out, "<th scope=\"col\">{} {}</th>", escaped(operation), escaped(target))?;
    }
    writeln!(out, "</tr></thead>\n<tbody>")?;
    for (principal, cells) in &rows {
        write!(out, "<tr><th scope=\"row\">{}</th>", escaped(principal))?;
        for column in 0..columns.len() {
            match cells.get(&column) {
                Some(cell) => write!(out, "<td class=\"{}\">{}</td>", class(cell.verdict), text(cell))?,
                None => write!(out, "<td></td>")?,
            }
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</tbody>\n</table>\n</div>\n</section>")
}

fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allowed => "good",
        Verdict::Conditional => "open",
        Verdict::Denied | Verdict::Blocked | Verdict::Unsupported => "bad",
    }
}

fn text(cell: &Cell) -> String {
    let at = match (cell.gate, cell.leg.as_deref()) {
        (Some(gate), Some(leg)) => format!("{}, {leg}", gate.as_str()),
        (Some(gate), None) => gate.as_str().to_owned(),
        (None, _) => return cell.verdict.as_str().to_owned(),
    };
    format!("{} <span class=\"quiet\">{}</span>", cell.verdict.as_str(), escaped(&at))
}
