//! The answer above each row of the manifest.

use std::path::Path;

use serde_json::{Value, json};

use super::position::Encoding;
use super::publish::first_line;
use super::world::{World, file_of};
use crate::finding::Outcome;
use crate::report::sentence;

pub(super) fn lenses(world: &World, path: &Path, encoding: Encoding) -> Vec<Value> {
    let rows = world.report.answers.iter().filter_map(|checked| {
        let row = checked.row.filter(|row| file_of(&world.map, *row) == path)?;
        let outcome = match checked.outcome()? {
            Outcome::Held => "holds",
            Outcome::Failed => "fails",
            Outcome::Open => "open",
        };
        let title = format!("{outcome}: {}", sentence(&checked.answer));
        // Nothing is done on a click: an editor shows a command without a name as text.
        let command = json!({"title": title, "command": ""});
        Some(json!({"range": first_line(&world.map, row, encoding), "command": command}))
    });
    rows.collect()
}
