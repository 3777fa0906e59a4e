//! SARIF 2.1.0, which code scanning reads.
//!
//! Sources: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>,
//! <https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>

mod log;

use std::collections::BTreeMap;
use std::io;

use log::{
    ArtifactChange, ArtifactLocation, CodeFlow, Configuration, Driver, Finding, Fingerprints, Fix, Help,
    Invocation, Location, Log, LogicalLocation, Message, PhysicalLocation, Properties, Region, Replacement,
    Rule, Run, Step, Suppression, Text, ThreadFlow, Tool,
};

use super::edit::replacements;
use super::results::{self, Reported, fingerprints, results};
use super::tree::{Pointed, Trees};
use super::wording;
use super::{Draws, Format, Style};
use crate::diagnostic::{Code, Severity};
use crate::explain;
use crate::finding::{Report, Suppressed, SuppressedBy};
use crate::source::{SourceMap, Span};

pub(super) static FORMAT: Format =
    Format { name: "sarif", summary: "SARIF 2.1.0, for code scanning", draws: Draws::Results, render };

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// How GitHub is told that a rule is no matter of security.
const NO_SECURITY: &str = "0.0";

fn render(report: &Report, map: &SourceMap, _: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let mut all = results(report);
    let counted = all.len();
    all.extend(results::suppressed(report));
    // Rules by id, each once.
    let mut codes: BTreeMap<Code, usize> = all.iter().map(|result| (result.code, 0)).collect();
    for (at, index) in codes.values_mut().enumerate() {
        *index = at;
    }
    let mut writer = Writer { map, trees: Trees::new(map) };
    let results = all
        .iter()
        .zip(fingerprints(&all, map))
        .enumerate()
        .map(|(nth, (result, fingerprint))| {
            let why = nth.checked_sub(counted).and_then(|nth| report.suppressed.get(nth));
            let index = codes.get(&result.code).copied().unwrap_or_default();
            writer.result(result, index, fingerprint, why)
        })
        .collect();
    let failed = all.iter().any(|result| result.is_problem() && result.severity == Severity::Error);
    let home = env!("CARGO_PKG_REPOSITORY");
    let driver = Driver {
        name: "decryptable",
        semantic_version: env!("CARGO_PKG_VERSION"),
        information_uri: (!home.is_empty()).then_some(home),
        rules: codes.keys().map(|code| rule(*code)).collect(),
    };
    let run = Run {
        tool: Tool { driver },
        column_kind: "unicodeCodePoints",
        invocations: [Invocation { execution_successful: !failed }],
        results,
    };
    serde_json::to_writer_pretty(&mut *out, &Log { schema: SCHEMA, version: "2.1.0", runs: [run] })?;
    writeln!(out)
}

/// What a code means, from its page.
fn rule(code: Code) -> Rule<'static> {
    let page = code.page();
    let security = explain::security_severity(page);
    Rule {
        id: code.as_str(),
        name: code.as_str().split('-').map(capitalized).collect(),
        short_description: Text { text: explain::summary(page) },
        full_description: Text { text: explain::overview(page) },
        default_configuration: Configuration { level: level(code.level()) },
        help_uri: explain::source(page),
        help: Help { text: page, markdown: page },
        properties: Properties {
            tags: [if security.is_some() { "security" } else { "correctness" }, "aws"],
            security_severity: security.unwrap_or(NO_SECURITY),
        },
    }
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn suppression(why: &Suppressed) -> Suppression<'_> {
    let kind = match why.by {
        SuppressedBy::Template => "inSource",
        SuppressedBy::Manifest | SuppressedBy::Baseline => "external",
    };
    Suppression { kind, status: "accepted", justification: &why.reason }
}

struct Writer<'m> {
    map: &'m SourceMap,
    trees: Trees<'m>,
}

impl Writer<'_> {
    fn result<'a>(
        &mut self,
        result: &Reported<'a>,
        rule_index: usize,
        fingerprint: String,
        why: Option<&'a Suppressed>,
    ) -> Finding<'a> {
        let at = match result.span {
            Some(at) => self.location(at, None),
            None => self.somewhere(),
        };
        let related =
            result.related.iter().map(|label| self.location(label.span, Some(&label.text))).collect();
        let flow: Vec<Step> = result
            .evidence()
            .iter()
            .map(|(span, text)| Step { location: self.location(*span, Some(text)) })
            .collect();
        let flow = (!flow.is_empty()).then_some(CodeFlow { thread_flows: [ThreadFlow { locations: flow }] });
        Finding {
            rule_id: result.code.as_str(),
            rule_index,
            level: level(result.severity),
            message: Message { text: results::advice(result, self.map) },
            locations: [at],
            related_locations: related,
            partial_fingerprints: Fingerprints { v1: fingerprint },
            code_flows: flow.into_iter().collect(),
            fixes: self.fix(result).into_iter().collect(),
            suppressions: why.map(suppression).into_iter().collect(),
        }
    }

    /// All changes together, since each alone opens one gate of several; none where one of them cannot be written.
    fn fix(&mut self, result: &Reported<'_>) -> Option<Fix> {
        let mut edits = Vec::new();
        for change in result.changes() {
            edits.extend(replacements((change.document, &change.change), self.map, &mut self.trees)?);
        }
        let taken_twice = |nth: usize, at: Span| {
            let others = edits.iter().skip(nth + 1).map(|edit| edit.at);
            others.into_iter().any(|other| {
                other.source == at.source && other.start < at.end.max(at.start + 1) && at.start < other.end
            })
        };
        if edits.iter().enumerate().any(|(nth, edit)| taken_twice(nth, edit.at)) {
            return None;
        }
        let mut changes: Vec<ArtifactChange> = Vec::new();
        for edit in edits {
            let place = self.map.place(edit.at);
            let artifact_location = artifact(&place.path());
            let replacement = Replacement {
                deleted_region: self.region(edit.at),
                inserted_content: Message { text: edit.text },
            };
            match changes.iter_mut().find(|change| change.artifact_location == artifact_location) {
                Some(change) => change.replacements.push(replacement),
                None => changes.push(ArtifactChange { artifact_location, replacements: vec![replacement] }),
            }
        }
        let text = result.changes().iter().map(|change| change.why.as_str()).collect::<Vec<_>>().join("; ");
        let description = Message { text };
        (!changes.is_empty()).then_some(Fix { description, artifact_changes: changes })
    }

    fn region(&self, span: Span) -> Region {
        let place = self.map.place(span);
        Region {
            start_line: place.start.line,
            start_column: place.start.column,
            end_line: place.end.line,
            end_column: place.end.column,
        }
    }

    fn location(&mut self, span: Span, message: Option<&str>) -> Location {
        let path = self.map.place(span).path();
        let logical = match self.trees.pointed(span) {
            Some(Pointed { pointer, name, kind }) => {
                LogicalLocation { name, fully_qualified_name: pointer, kind }
            }
            None => whole(&path),
        };
        Location {
            physical_location: PhysicalLocation {
                artifact_location: artifact(&path),
                region: self.region(span),
            },
            logical_locations: [logical],
            message: message.map(|text| Message { text: text.to_owned() }),
        }
    }

    /// For what has no place in any text: code scanning shows nothing without one.
    fn somewhere(&self) -> Location {
        let region = Region { start_line: 1, start_column: 1, end_line: 1, end_column: 1 };
        let path = wording::somewhere(self.map);
        Location {
            physical_location: PhysicalLocation { artifact_location: artifact(&path), region },
            logical_locations: [whole(&path)],
            message: None,
        }
    }
}

/// The whole of a file.
fn whole(path: &str) -> LogicalLocation {
    let name = path.rsplit('/').next().unwrap_or(path).to_owned();
    LogicalLocation { name, fully_qualified_name: path.to_owned(), kind: "module" }
}

/// A path relative to where the program ran is relative to the root of the sources; an absolute one is a URI of its own.
fn artifact(path: &str) -> ArtifactLocation {
    let encoded = encoded(path);
    if path.starts_with('/') {
        ArtifactLocation { uri: format!("file://{encoded}"), uri_base_id: None }
    } else {
        ArtifactLocation { uri: encoded, uri_base_id: Some("%SRCROOT%") }
    }
}

/// Percent-encoded, but for what paths are made of (RFC 3986).
fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte))
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
