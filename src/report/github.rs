//! Workflow commands of GitHub Actions, which become annotations.
//!
//! Sources: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>

use std::io;

use super::results::{self, Reported, results};
use super::wording::count;
use super::{Draws, Format, Style};
use crate::diagnostic::Severity;
use crate::finding::Report;
use crate::source::SourceMap;

pub(super) static FORMAT: Format = Format {
    name: "github",
    summary: "annotations of GitHub Actions, as many as it shows",
    draws: Draws::Results,
    render,
};

/// How many annotations of one kind GitHub shows for a step.
const SHOWN: usize = 10;

fn render(report: &Report, map: &SourceMap, _: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let all = results(report);
    let mut hidden = Vec::new();
    for (severity, command) in
        [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "notice")]
    {
        let of_kind: Vec<&Reported<'_>> = all.iter().filter(|result| result.severity == severity).collect();
        // One notice is kept for what is left out.
        let most = if severity == Severity::Note { SHOWN - 1 } else { SHOWN };
        for result in of_kind.iter().take(most) {
            annotation(command, result, map, out)?;
        }
        if of_kind.len() > most {
            hidden.push(count(of_kind.len() - most, command));
        }
    }
    if !hidden.is_empty() {
        let text = format!("{} more; the log and the other formats list them", hidden.join(", "));
        writeln!(out, "::notice title=decryptable::{}", data(&text))?;
    }
    Ok(())
}

fn annotation(
    command: &str,
    result: &Reported<'_>,
    map: &SourceMap,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut properties = vec![format!("title={}", property(result.code.as_str()))];
    if let Some(at) = result.span {
        let place = map.place(at);
        properties.push(format!("file={}", property(&place.path())));
        properties.push(format!("line={}", place.start.line));
        // Columns count for places within one line only.
        if place.start.line == place.end.line {
            properties.push(format!("col={},endColumn={}", place.start.column, place.end.column));
        } else {
            properties.push(format!("endLine={}", place.end.line));
        }
    }
    writeln!(out, "::{command} {}::{}", properties.join(","), data(&results::advice(result, map)))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
