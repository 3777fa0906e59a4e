//! What `--fix` writes: files that are one policy each, with the changes that leave no doubt.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Choice, Lint};
use crate::cli::{Failure, output};
use crate::diagnostic::Code;
use crate::lint::{self, Levels};
use crate::policy::PolicyKind;
use crate::source::SourceId;

/// The new text of a file.
pub(super) struct Rewrite {
    pub(super) source: SourceId,
    pub(super) text: String,
    path: PathBuf,
    /// How many findings are put right.
    count: usize,
}

impl Lint<'_> {
    /// The files with changes, in the order of their names. What is suppressed in a file stays in all of it.
    pub(super) fn rewrites(&self, choice: &Choice<'_>, levels: &Levels) -> Vec<Rewrite> {
        let found: BTreeSet<SourceId> =
            self.report.findings.iter().filter_map(|finding| Some(finding.span?.source)).collect();
        let mut suppressed: BTreeMap<SourceId, BTreeSet<Code>> = BTreeMap::new();
        for kept in &self.report.suppressed {
            if let Some(span) = kept.finding.span {
                suppressed.entry(span.source).or_default().insert(kept.finding.code);
            }
        }
        let kinds: BTreeMap<SourceId, PolicyKind> =
            self.shared.iter().map(|policy| (policy.span.source, policy.kind)).collect();
        let of = |(source, path): &(SourceId, PathBuf)| {
            let text = self.sources.source_text(*source).filter(|_| found.contains(source))?;
            let (kept, kind) = (suppressed.get(source), kinds.get(source).copied());
            let name = Path::new(self.sources.name(*source));
            let wanted = |code: Code| {
                choice.takes(code)
                    && !kept.is_some_and(|codes| codes.contains(&code))
                    && !levels.is_off(code, kind, name)
            };
            let fixed = lint::fix(text, self.kind, &wanted)?;
            Some(Rewrite { source: *source, text: fixed.text, path: path.clone(), count: fixed.count })
        };
        let mut rewrites: Vec<Rewrite> = self.alone.iter().filter_map(of).collect();
        rewrites.sort_by(|a, b| a.path.cmp(&b.path));
        // A file that was named twice is written once.
        rewrites.dedup_by(|a, b| a.path == b.path);
        rewrites
    }

    /// Writes the files with changes.
    pub(super) fn put_right(mut self, choice: &Choice<'_>) -> Result<(), Failure> {
        let levels = self.settle(choice)?;
        let (mut files, mut count) = (0, 0);
        for rewrite in self.rewrites(choice, &levels) {
            let Some(old) = self.sources.source_text(rewrite.source) else { continue };
            if !output::replace_text(&rewrite.path, old, &rewrite.text)? {
                let shown = rewrite.path.display();
                self.run.console.warn(&format!("{shown} is not changed: it is not plain UTF-8"));
                continue;
            }
            files += 1;
            count += rewrite.count;
        }
        if files > 0 {
            let (findings, of) =
                (if count == 1 { "finding" } else { "findings" }, if files == 1 { "file" } else { "files" });
            self.run.console.note(&format!("{count} {findings} put right in {files} {of}"));
        }
        Ok(())
    }
}
