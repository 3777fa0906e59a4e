//! Code Quality reports of GitLab.
//!
//! Source: <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>

use std::io;

use serde::Serialize;

use super::results::{self, fingerprints, results};
use super::wording;
use super::{Draws, Format, Style};
use crate::diagnostic::Severity;
use crate::finding::Report;
use crate::source::SourceMap;

pub(super) static FORMAT: Format =
    Format { name: "gitlab", summary: "a Code Quality report of GitLab", draws: Draws::Results, render };

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

fn render(report: &Report, map: &SourceMap, _: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let all = results(report);
    let issues: Vec<Issue<'_>> = all
        .iter()
        .zip(fingerprints(&all, map))
        .map(|(result, fingerprint)| {
            let place = result.span.map(|at| map.place(at));
            Issue {
                description: results::advice(result, map),
                check_name: result.code.as_str(),
                fingerprint,
                severity: match result.severity {
                    Severity::Error => "major",
                    Severity::Warning => "minor",
                    Severity::Note => "info",
                },
                location: Location {
                    path: place.as_ref().map_or_else(|| wording::somewhere(map), |p| p.path()),
                    lines: Lines {
                        begin: place.as_ref().map_or(1, |p| p.start.line),
                        end: place.as_ref().map_or(1, |p| p.end.line),
                    },
                },
            }
        })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &issues)?;
    writeln!(out)
}
