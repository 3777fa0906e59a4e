//! JSON Lines: one object a line, each saying what it is in `type`.

use std::io;

use serde::Serialize;

use super::json::v1;
use super::{Draws, Format, Shape, Style};
use crate::finding::Report;
use crate::source::SourceMap;

pub(super) static FORMAT: Format = Format {
    name: "jsonl",
    summary: "one JSON object a line: answers, findings, problems",
    draws: Draws::Reports,
    render,
};

fn render(report: &Report, map: &SourceMap, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    if let Some(compared) = &report.diff {
        return v1::diff::lines(compared, map).iter().try_for_each(|line| write_line(line, out));
    }
    if let Some(asked) = &report.map {
        return v1::map::lines(asked, report, map).try_for_each(|line| write_line(&line, out));
    }
    if let Some(asked) = &report.matrix {
        return v1::Matrix::new(asked).cells.iter().try_for_each(|cell| write_line(cell, out));
    }
    if let Some(asked) = &report.all_pairs {
        return v1::all_pairs::lines(asked).try_for_each(|line| write_line(&line, out));
    }
    let mut line = |line: &v1::Line<'_>| -> io::Result<()> { write_line(line, out) };
    for checked in &report.answers {
        let answer = match style.shape {
            Shape::Answer => v1::Answer::asked(checked, map),
            Shape::Check => v1::Answer::checked(checked, map).with_schema(),
        };
        line(&v1::Line::Answer(Box::new(answer)))?;
    }
    for finding in &report.findings {
        line(&v1::Line::Finding(v1::Finding::new(finding, map)))?;
    }
    for problem in &report.problems {
        line(&v1::Line::Problem(v1::Problem::new(problem, map)))?;
    }
    for suppressed in &report.suppressed {
        line(&v1::Line::Suppressed(v1::Suppressed::new(suppressed, map)))?;
    }
    match style.shape {
        Shape::Answer => Ok(()),
        Shape::Check => line(&v1::Line::Summary(v1::Summary::new(report))),
    }
}

fn write_line(value: &impl Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    writeln!(out)
}
