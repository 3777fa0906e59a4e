//! JSON for scripts: one object, schema `decryptable/1`.

#[cfg(feature = "cli")]
mod schema;
pub(crate) mod v1;

#[cfg(feature = "cli")]
pub(super) use schema::schemas;

use std::io;

use serde::Serialize;

use super::{Draws, Format, Shape, Style};
use crate::finding::Report;
use crate::source::SourceMap;

pub(super) static FORMAT: Format =
    Format { name: "json", summary: "one JSON object, schema decryptable/1", draws: Draws::Reports, render };

fn render(report: &Report, map: &SourceMap, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    if let Some(diff) = &report.diff {
        return write_pretty(&v1::diff::Report::new(diff, map), out);
    }
    if let Some(asked) = &report.map {
        return write_pretty(&v1::map::Report::new(asked, report, map), out);
    }
    if let Some(asked) = &report.matrix {
        return write_pretty(&v1::Matrix::new(asked), out);
    }
    match (style.shape, report.answers.as_slice()) {
        (Shape::Answer, [only]) => write_pretty(&v1::Answer::asked(only, map), out),
        (Shape::Answer, [_, _, ..]) => {
            let answers = report.answers.iter().map(|checked| v1::Answer::asked(checked, map));
            write_pretty(&answers.collect::<Vec<_>>(), out)
        }
        (Shape::Answer | Shape::Check, _) => write_pretty(&v1::Report::new(report, map), out),
    }
}

fn write_pretty(value: &impl Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}
