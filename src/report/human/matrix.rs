//! A table for each target: a principal a line, an operation a column.

use textwrap::core::display_width;

use super::answer::look;
use super::page::{Page, Tint, padded};
use crate::ask::{Cell, Matrix, Verdict};

pub(super) fn draw(page: &Page, matrix: &Matrix) -> Vec<String> {
    let mut targets: Vec<&str> = Vec::new();
    for cell in &matrix.cells {
        if !targets.contains(&cell.target.as_str()) {
            targets.push(&cell.target);
        }
    }
    targets.into_iter().map(|target| table(page, matrix, target)).collect()
}

fn table(page: &Page, matrix: &Matrix, target: &str) -> String {
    let cells: Vec<&Cell> = matrix.cells.iter().filter(|cell| cell.target == target).collect();
    let (mut operations, mut principals): (Vec<&str>, Vec<&str>) = Default::default();
    for cell in &cells {
        if !operations.contains(&cell.operation.as_str()) {
            operations.push(&cell.operation);
        }
        if !principals.contains(&cell.principal.as_str()) {
            principals.push(&cell.principal);
        }
    }
    let names: Vec<String> = principals.iter().map(|principal| page.clean(short(principal))).collect();
    let first = names.iter().map(|name| display_width(name)).max().unwrap_or(0);
    let widths: Vec<usize> = operations
        .iter()
        .map(|operation| {
            let own = cells.iter().filter(|cell| cell.operation == **operation);
            let widest = own.map(|cell| display_width(&shown(page, cell))).max().unwrap_or(0);
            widest.max(display_width(operation))
        })
        .collect();
    let mut text = format!("{}\n", page.paint(Tint::Title, &page.clean(target)));
    let heads = operations.iter().zip(&widths).map(|(operation, width)| padded(operation, *width));
    text += &line(&format!("  {}", " ".repeat(first)), heads.map(|head| page.dim(&head)));
    for (principal, name) in principals.iter().zip(&names) {
        let row = operations.iter().zip(&widths).map(|(operation, width)| {
            let cell = cells.iter().find(|c| c.principal == **principal && c.operation == **operation);
            cell.map_or_else(String::new, |cell| {
                page.paint(look(cell.verdict).1, &padded(&shown(page, cell), *width))
            })
        });
        text += &line(&format!("  {}", padded(name, first)), row);
    }
    text
}

fn line(head: &str, cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<String> = cells.collect();
    format!("{}\n", format!("{head}  {}", cells.join("  ")).trim_end())
}

/// A sign, the verdict, and the gate that decides.
fn shown(page: &Page, cell: &Cell) -> String {
    let sign = page.sign(look(cell.verdict).0);
    match (cell.verdict, cell.gate) {
        (Verdict::Allowed, _) | (_, None) => format!("{sign} {}", cell.verdict.as_str()),
        (_, Some(gate)) => {
            let action = cell.leg.as_deref().unwrap_or_default();
            format!("{sign} {} ({action}, {})", cell.verdict.as_str(), gate.as_str())
        }
    }
}

/// The name of a role or user, with its account where several have it told by the ARN alone.
fn short(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
