//! `[lint]` of a manifest: which findings are not told, and how much the others matter, everywhere or in some files.

use std::path::Path;

use crate::diagnostic::{Code, Diagnostic, Severity, did_you_mean};
use crate::json::{Node, Reader};
use crate::load::PathPattern;
use crate::source::SourceMap;

/// What a manifest says of the findings with one code.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Level {
    Off,
    At(Severity),
}

/// A code, as the manifest names it, and its level.
type Row = (String, Level);

/// The levels of a manifest.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    general: Vec<Row>,
    paths: Vec<(PathPattern, Vec<Row>)>,
}

impl Levels {
    /// Reads the table. What does not fit is left out, and a problem says so.
    pub fn read(node: &Node<'_>, dir: &Path, problems: &mut Vec<Diagnostic>) -> Self {
        let mut levels = Self::default();
        let Some(mut table) = Reader::strict(problems).object(node, "the lint", &["levels", "path"]) else {
            return levels;
        };
        let general = table.table("levels");
        let paths = table.tables("path").unwrap_or_default();
        if let Some(general) = general {
            levels.general = rows(general, problems);
        }
        for path in paths {
            let Some(mut table) =
                Reader::strict(problems).object(path, "a path of the lint", &["path", "levels"])
            else {
                continue;
            };
            let (pattern, of) = (table.required_text("path"), table.required_table("levels"));
            let (Some(pattern), Some(of)) = (pattern, of) else { continue };
            match PathPattern::new(dir, pattern.value) {
                Ok(found) => levels.paths.push((found, rows(of, problems))),
                Err(error) => problems.push(error.problem(pattern.value, Some(pattern.span))),
            }
        }
        levels
    }

    /// All findings at the levels that hold for their files.
    pub fn apply_all(&self, findings: &mut Vec<Diagnostic>, sources: &SourceMap) {
        if self.general.is_empty() && self.paths.is_empty() {
            return;
        }
        let of = |finding: Diagnostic| match finding.span {
            Some(span) => self.apply(finding, Path::new(&sources.place(span).document)),
            None => Some(finding),
        };
        *findings = std::mem::take(findings).into_iter().filter_map(of).collect();
    }

    /// The finding at the level that holds for its file; none where it is off. The last table that names a file and the code
    /// counts, then what holds everywhere.
    fn apply(&self, finding: Diagnostic, file: &Path) -> Option<Diagnostic> {
        let of = |rows: &[Row]| {
            rows.iter().find(|(name, _)| finding.code.is_called(name)).map(|(_, level)| *level)
        };
        let here = self
            .paths
            .iter()
            .rev()
            .filter(|(path, _)| path.matches_file(file))
            .find_map(|(_, rows)| of(rows));
        match here.or_else(|| of(&self.general)) {
            None => Some(finding),
            Some(Level::Off) => None,
            Some(Level::At(severity)) => Some(finding.level(severity)),
        }
    }
}

fn rows(node: &Node<'_>, problems: &mut Vec<Diagnostic>) -> Vec<Row> {
    let mut rows = Vec::new();
    for member in node.members() {
        let name = &*member.key.value;
        if Code::from_name(name).is_none() {
            let near = did_you_mean(name, Code::ALL.iter().map(|code| code.as_str()));
            let problem =
                Diagnostic::new(Code::InvalidValue, member.key.span, format!("there is no code `{name}`"));
            problems
                .push(problem.help(near.unwrap_or_else(|| "`decryptable explain` lists them".to_owned())));
            continue;
        }
        let level = match member.value.as_str() {
            Some("off") => Level::Off,
            Some("note") => Level::At(Severity::Note),
            Some("warning") => Level::At(Severity::Warning),
            Some("error") => Level::At(Severity::Error),
            Some(_) | None => {
                let problem = Diagnostic::new(
                    Code::InvalidValue,
                    member.value.span,
                    format!("`{name}` has no such level"),
                );
                problems.push(problem.help("levels are off, note, warning and error"));
                continue;
            }
        };
        rows.push((name.to_owned(), level));
    }
    rows
}
