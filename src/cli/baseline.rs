//! `--baseline`: findings that were there before, so that only new ones fail. The file names each by its fingerprint; what
//! it names and nobody finds any more is a finding.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;

use super::{Failure, output};
use crate::diagnostic::{Code, Diagnostic};
use crate::finding::{Report, Suppressed, SuppressedBy, fingerprints};
use crate::json;
use crate::load::disk;
use crate::source::{Origin, SourceMap, Span};

const SCHEMA: &str = "decryptable-baseline/1";

#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Baseline")]
pub(super) struct BaselineArgs {
    /// Findings that this file names do not count; new ones do
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,

    /// Write the findings of this run to FILE (or to that of --baseline) and let them not count
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    #[expect(clippy::option_option, reason = "clap tells a flag without a value from no flag")]
    write_baseline: Option<Option<PathBuf>>,
}

/// One finding that was there before.
struct Known {
    document: String,
    rule: String,
    fingerprint: String,
    at: Span,
}

/// Findings that were there before. Every member is written; the message is for people.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Baseline")]
struct Written<'a> {
    #[schemars(extend("const" = SCHEMA))]
    schema: &'static str,
    findings: Vec<BaselineRow<'a>>,
}

#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(rename = "KnownFinding")]
struct BaselineRow<'a> {
    document: String,
    rule: &'a str,
    fingerprint: String,
    /// For people; nothing is read from it.
    message: &'a str,
}

/// The schema of the file.
pub(super) fn schema(generator: SchemaGenerator) -> Schema {
    generator.into_root_schema_for::<Written<'_>>()
}

impl BaselineArgs {
    /// Takes out what was there before. Called when everything else was filtered.
    ///
    /// Errs with a problem where the baseline itself is wrong.
    pub(super) fn apply(
        &self,
        sources: &mut SourceMap,
        report: &mut Report,
    ) -> Result<Result<(), Vec<Diagnostic>>, Failure> {
        if let Some(file) = &self.write_baseline {
            let Some(file) = file.as_ref().or(self.baseline.as_ref()) else {
                return Err(Failure::new("`--write-baseline` needs a file")
                    .help("write `--write-baseline decryptable-baseline.json`"));
            };
            write(file, report, sources)?;
            keep_back(report, |_| true, "written to the baseline in this run");
            return Ok(Ok(()));
        }
        let Some(file) = &self.baseline else { return Ok(Ok(())) };
        let known = match read(file, sources) {
            Ok(known) => known,
            Err(problems) => return Ok(Err(problems)),
        };
        let mut open: BTreeMap<&str, &Known> =
            known.iter().map(|known| (known.fingerprint.as_str(), known)).collect();
        let prints = fingerprints(report.findings.iter().map(|f| f.identity(sources)), sources);
        let old: Vec<bool> = prints.iter().map(|print| open.remove(print.as_str()).is_some()).collect();
        let reason = format!("in the baseline {}", file.display());
        keep_back(report, |nth| old.get(nth) == Some(&true), &reason);
        // Of documents that were not read nobody knows what became.
        let read: BTreeSet<String> = sources.paths().collect();
        let gone =
            known.iter().filter(|k| open.contains_key(k.fingerprint.as_str()) && read.contains(&k.document));
        report.findings.extend(gone.map(|known| {
            let message = format!(
                "the baseline names a finding of `{}` in {} that is gone",
                known.rule, known.document
            );
            Diagnostic::new(Code::UnusedBaseline, known.at, message)
                .help("remove it, or write the baseline again with --write-baseline")
        }));
        Ok(Ok(()))
    }
}

fn keep_back(report: &mut Report, is_old: impl Fn(usize) -> bool, reason: &str) {
    for (nth, finding) in std::mem::take(&mut report.findings).into_iter().enumerate() {
        if is_old(nth) {
            let by = SuppressedBy::Baseline;
            report.suppressed.push(Suppressed { finding, by, reason: reason.to_owned() });
        } else {
            report.findings.push(finding);
        }
    }
}

fn write(file: &Path, report: &Report, sources: &SourceMap) -> Result<(), Failure> {
    let prints = fingerprints(report.findings.iter().map(|f| f.identity(sources)), sources);
    let rows = report.findings.iter().zip(prints).map(|(finding, fingerprint)| BaselineRow {
        document: finding.span.map_or_else(String::new, |span| sources.place(span).path()),
        rule: finding.code.as_str(),
        fingerprint,
        message: &finding.message,
    });
    let mut findings: Vec<BaselineRow<'_>> = rows.collect();
    findings.sort();
    let written = Written { schema: SCHEMA, findings };
    output::to_file(file, |out| {
        serde_json::to_writer_pretty(&mut *out, &written).map_err(io::Error::from)?;
        writeln!(out)
    })
}

fn read(file: &Path, sources: &mut SourceMap) -> Result<Vec<Known>, Vec<Diagnostic>> {
    let name = disk::shown(file);
    let decoded = disk::read(file).map_err(|error| vec![error.problem(&name, None)])?;
    let text = decoded.text.clone();
    let source = sources.add(name, decoded.text, Origin::File { bytes: decoded.bytes });
    let parsed = json::parse(source, &text);
    let help = "write it again with --write-baseline";
    if parsed.problems.iter().any(Diagnostic::is_error) {
        return Err(parsed.problems);
    }
    let wrong = |at: Span, what: &str| vec![Diagnostic::new(Code::InvalidValue, at, what).help(help)];
    let Some(root) = parsed.root else {
        return Err(wrong(sources.first_character(source), "this is not a baseline"));
    };
    let schema = root.get("schema").and_then(json::Node::as_str);
    if schema != Some(SCHEMA) {
        return Err(wrong(root.span, "this is not a baseline, or one of another version"));
    }
    let mut known = Vec::new();
    for row in root.get("findings").map_or(&[][..], json::Node::elements) {
        let text = |name: &str| row.get(name).and_then(json::Node::as_str).map(str::to_owned);
        let (Some(document), Some(rule), Some(fingerprint)) =
            (text("document"), text("rule"), text("fingerprint"))
        else {
            return Err(wrong(row.span, "a finding of a baseline has `document`, `rule` and `fingerprint`"));
        };
        known.push(Known { document, rule, fingerprint, at: row.span });
    }
    Ok(known)
}
