//! What the program says of the texts as they stand: `check` of the manifest, and `lint` of open files beside it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::documents::Documents;
use crate::cli::check;
use crate::cli::session::Loaded;
use crate::cli::{Run, lint};
use crate::config;
use crate::diagnostic::Diagnostic;
use crate::estate::{Estate, SharedPolicy};
use crate::finding::Report;
use crate::load::disk;
use crate::source::{SourceMap, Span};

/// Findings in one file, and the texts that they point into.
#[derive(Debug, Default)]
pub(super) struct InFile {
    pub(super) map: Rc<SourceMap>,
    pub(super) findings: Vec<Diagnostic>,
}

/// The state of everything that is open or that the manifest reads.
#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) map: Rc<SourceMap>,
    /// The rows of the manifest, answered.
    pub(super) report: Report,
    pub(super) estate: Estate,
    pub(super) policies: Vec<SharedPolicy>,
    pub(super) by_file: BTreeMap<PathBuf, InFile>,
}

impl World {
    pub(super) fn of(run: &Run, documents: &Documents) -> Self {
        let mut world = Self::default();
        if !run.isolated && (run.config.is_some() || config::find(Path::new("")).is_some()) {
            world.judge(run);
        }
        for (path, _) in documents.iter() {
            if world.by_file.contains_key(path) || path.file_name().is_some_and(|n| n == config::FILE_NAME) {
                continue;
            }
            let Ok((report, map)) = lint::of_file(run, &relative(path)) else { continue };
            let map = Rc::new(map);
            let found = report.findings.into_iter().chain(report.problems);
            world.add(found.collect(), &map, Some(path));
            world.by_file.entry(path.to_owned()).or_default();
        }
        world
    }

    fn judge(&mut self, run: &Run) {
        let Ok(loaded) = Loaded::open(run, &[], &[]) else { return };
        let refused = loaded.intake.has_general_errors();
        let judged = match refused {
            true => Err(Box::new(loaded)),
            false => check::Args::default().judge(loaded, None, run),
        };
        let (report, intake) = match judged {
            Ok(judged) => (judged.report, judged.intake),
            Err(loaded) => {
                let mut intake = loaded.intake;
                let report = Report { problems: std::mem::take(&mut intake.problems), ..Report::default() };
                (report, intake)
            }
        };
        self.policies = intake.policies().to_vec();
        self.map = Rc::new(intake.sources);
        self.estate = intake.estate;
        for path in self.map.paths() {
            self.by_file.entry(disk::identity(Path::new(&path))).or_default();
        }
        let found: Vec<Diagnostic> = report.findings.iter().chain(&report.problems).cloned().collect();
        self.report = report;
        let map = Rc::clone(&self.map);
        self.add(found, &map, None);
    }

    /// Sorts findings by the files that they lie in.
    fn add(&mut self, findings: Vec<Diagnostic>, map: &Rc<SourceMap>, only: Option<&Path>) {
        for finding in findings {
            let Some(path) = finding.span.map(|span| file_of(map, span)) else { continue };
            if only.is_some_and(|only| only != path) {
                continue;
            }
            let file = self.by_file.entry(path).or_default();
            file.map = Rc::clone(map);
            file.findings.push(finding);
        }
    }
}

/// The one name of the file that a place lies in.
pub(super) fn file_of(map: &SourceMap, span: Span) -> PathBuf {
    disk::identity(Path::new(map.name(map.host(span).source)))
}

/// A path as the reports write it.
fn relative(path: &Path) -> PathBuf {
    let here = std::env::current_dir().map(|here| disk::identity(&here)).unwrap_or_default();
    path.strip_prefix(&here).unwrap_or(path).to_owned()
}
