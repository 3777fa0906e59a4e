//! A question and its verdict as a row of the manifest.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::super::Failure;
use super::super::output::to_file;
use super::circumstances::InForce;
use crate::ask::{Answer, Question, Verdict};
use crate::config;
use crate::load::disk;

/// The row; none of questions that rows cannot ask as they are.
fn row(question: &Question, answer: &Answer, circumstances: &InForce) -> Option<String> {
    let verdict = match answer.verdict {
        Verdict::Allowed => "allowed",
        Verdict::Denied | Verdict::Blocked => "denied",
        Verdict::Conditional => "conditional",
        Verdict::Unsupported => return None,
    };
    // A text of TOML may be written as one of JSON.
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let mut row = format!("[[expect]]\nrole = {}\n", quoted(question.role()));
    match question {
        Question::Does(does) => {
            let operation = &does.doing.operation;
            _ = match &does.doing.to {
                Some(to) => writeln!(
                    row,
                    "{operation} = {{ from = {}, to = {} }}",
                    quoted(&does.object.to_string()),
                    quoted(&to.to_string())
                ),
                None if operation == crate::operation::DELIVER => return None,
                None => writeln!(row, "{operation} = {}", quoted(&does.object.to_string())),
            };
        }
        Question::Acts(acts) => {
            _ = writeln!(row, "action = {}\non = {}", quoted(&acts.action), quoted(&acts.resource));
        }
        Question::Becomes(_) => return None,
    }
    for line in circumstances.row()? {
        _ = writeln!(row, "{line}");
    }
    _ = writeln!(row, "verdict = {}", quoted(verdict));
    Some(row)
}

/// Appends the row; what is there keeps its comments and its order. Gives the file and the row.
pub(super) fn record(
    manifest: Option<&Path>,
    question: &Question,
    answer: &Answer,
    circumstances: &InForce,
) -> Result<(PathBuf, String), Failure> {
    let row = row(question, answer, circumstances).ok_or_else(|| {
        Failure::new("a row cannot ask this as it is").help("write the row by hand: docs/manifest.md")
    })?;
    let file = manifest.map_or_else(|| PathBuf::from(config::FILE_NAME), Path::to_owned);
    let before = if disk::is_something(&file) {
        let text = disk::read(&file).map_err(|_| {
            Failure::new(format!("cannot read {}", file.display())).help("the row was not recorded")
        })?;
        text.text.to_string()
    } else {
        "version = 1\n".to_owned()
    };
    let gap = if before.ends_with('\n') { "\n" } else { "\n\n" };
    to_file(&file, |out| write!(out, "{before}{gap}{row}"))?;
    Ok((file, row))
}
