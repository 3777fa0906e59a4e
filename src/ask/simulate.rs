//! Batches of requests with their policies inline: the request shape of `SimulateCustomPolicy`, one a line.
//!
//! Source of the shape: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html>

mod answer;
mod context;
mod fixed;
mod line;
mod lines;
mod memo;
mod request;

use std::io::{self, BufRead, Write};

use crate::json;
use crate::source::{Position, SourceId};

/// Schemas of the lines that are written.
#[cfg(feature = "cli")]
pub(crate) fn schemas(generator: &mut schemars::SchemaGenerator) -> [schemars::Schema; 2] {
    line::schemas(generator)
}

/// What a run came to.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Requests that were read.
    pub lines: u64,
    /// Requests that got an `Error` in place of a decision.
    pub errors: u64,
}

/// Why a line got no decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What could not be read or written.
    pub message: String,
    /// Where: in the policy the message names, or in the line.
    pub position: Option<Position>,
}

/// Answer every request of `input`, in order. Memory is bounded by the longest line.
pub fn run(input: &mut dyn BufRead, output: &mut dyn Write) -> io::Result<Summary> {
    let mut summary = Summary::default();
    let mut reader = lines::Lines::new(input);
    let mut out = Vec::with_capacity(4096);
    let mut memo = memo::Memo::new();
    while let Some(line) = reader.next()? {
        summary.lines += 1;
        out.clear();
        let refused = match line.text {
            Ok(text) => one(text, line.number, &mut memo, &mut out),
            Err(refusal) => {
                line::write_error(&mut out, None, &refusal);
                true
            }
        };
        summary.errors += u64::from(refused);
        output.write_all(&out)?;
    }
    output.flush()?;
    Ok(summary)
}

/// Answer one request; true when it could not be understood.
fn one(text: &str, number: u32, memo: &mut memo::Memo, out: &mut Vec<u8>) -> bool {
    let parsed = json::parse(SourceId::LONE, text);
    let id = parsed.root.as_ref().and_then(|r| r.get("Id"));
    let result = match (&parsed.root, parsed.problems.iter().find(|p| p.is_error())) {
        (_, Some(problem)) => Err(lines::refuse(problem, text, number)),
        (Some(root), None) => {
            request::Simulation::read(root, text, number, memo).map(|s| answer::write(out, id, &s))
        }
        (None, None) => Err(Refusal { message: "there is no request here".to_owned(), position: None }),
    };
    match result {
        Ok(()) => false,
        Err(refusal) => {
            line::write_error(out, id, &refusal);
            true
        }
    }
}
