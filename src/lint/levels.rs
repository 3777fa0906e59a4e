//! `[lint]` of a manifest: which findings are left out, and how much the others matter: everywhere, in policies of a kind, or in
//! some files.

use std::path::Path;

use crate::diagnostic::{Code, Diagnostic, Severity, did_you_mean};
use crate::estate::SharedPolicy;
use crate::json::{Node, Reader};
use crate::load::PathPattern;
use crate::policy::PolicyKind;
use crate::source::{SourceMap, Span};

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
    kinds: Vec<(PolicyKind, Vec<Row>)>,
    paths: Vec<(PathPattern, Vec<Row>)>,
}

impl Levels {
    /// Reads the table. What does not fit is left out, and a problem says so.
    pub fn read(node: &Node<'_>, dir: &Path, problems: &mut Vec<Diagnostic>) -> Self {
        let mut levels = Self::default();
        let Some(mut table) = Reader::strict(problems).object(node, "the lint", &["kind", "levels", "path"])
        else {
            return levels;
        };
        let general = table.table("levels");
        let kinds = table.tables("kind").unwrap_or_default();
        let paths = table.tables("path").unwrap_or_default();
        if let Some(general) = general {
            levels.general = rows(general, problems);
        }
        for kind in kinds {
            let Some(mut table) =
                Reader::strict(problems).object(kind, "a kind of the lint", &["kind", "levels"])
            else {
                continue;
            };
            let (name, of) = (table.required_text("kind"), table.required_table("levels"));
            let (Some(name), Some(of)) = (name, of) else { continue };
            match PolicyKind::parse(name.value) {
                Some(kind) => levels.kinds.push((kind, rows(of, problems))),
                None => {
                    let problem = Diagnostic::new(
                        Code::InvalidValue,
                        name.span,
                        format!("`{}` is not a kind of policy", name.value),
                    );
                    problems.push(problem.help(format!("kinds are {}", PolicyKind::NAMES.join(", "))));
                }
            }
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

    /// All findings at the levels that hold for their files and for the kinds of their policies.
    pub fn apply_all(&self, findings: &mut Vec<Diagnostic>, sources: &SourceMap, policies: &[SharedPolicy]) {
        if self.general.is_empty() && self.kinds.is_empty() && self.paths.is_empty() {
            return;
        }
        let kinds = if self.kinds.is_empty() { Kinds::default() } else { Kinds::of(policies) };
        let of = |finding: Diagnostic| match finding.span {
            Some(span) => {
                let kind = kinds.at(span);
                match self.level(finding.code, kind, Path::new(&sources.place(span).document)) {
                    None => Some(finding),
                    Some(Level::Off) => None,
                    Some(Level::At(severity)) => Some(finding.level(severity)),
                }
            }
            None => Some(finding),
        };
        *findings = std::mem::take(findings).into_iter().filter_map(of).collect();
    }

    /// Whether findings with a code are left out of a file, in policies of a kind.
    pub fn is_off(&self, code: Code, kind: Option<PolicyKind>, file: &Path) -> bool {
        self.level(code, kind, file) == Some(Level::Off)
    }

    /// The level that holds. The last table that names a file and the code counts, then the last one of the kind, then what holds
    /// everywhere.
    fn level(&self, code: Code, kind: Option<PolicyKind>, file: &Path) -> Option<Level> {
        let of = |rows: &[Row]| rows.iter().find(|(name, _)| code.is_called(name)).map(|(_, level)| *level);
        let mut here = self.paths.iter().rev().filter(|(path, _)| path.matches_file(file));
        let mut of_kind = self.kinds.iter().rev().filter(|(of, _)| Some(*of) == kind);
        here.find_map(|(_, rows)| of(rows))
            .or_else(|| of_kind.find_map(|(_, rows)| of(rows)))
            .or_else(|| of(&self.general))
    }
}

/// The kinds of policies by their places, in order.
#[derive(Default)]
struct Kinds(Vec<(Span, PolicyKind)>);

impl Kinds {
    fn of(policies: &[SharedPolicy]) -> Self {
        let mut all: Vec<(Span, PolicyKind)> =
            policies.iter().map(|policy| (policy.span, policy.kind)).collect();
        all.sort_by_key(|(span, _)| (span.source, span.start));
        Self(all)
    }

    /// The kind of the policy that a place lies in.
    fn at(&self, span: Span) -> Option<PolicyKind> {
        let behind = self.0.partition_point(|(of, _)| (of.source, of.start) <= (span.source, span.start));
        let (of, kind) = self.0.get(behind.checked_sub(1)?)?;
        (of.source == span.source && span.end <= of.end).then_some(*kind)
    }
}

fn rows(node: &Node<'_>, problems: &mut Vec<Diagnostic>) -> Vec<Row> {
    let mut rows = Vec::new();
    for member in node.members() {
        let name = &*member.key.value;
        if Code::from_name(name).is_none() {
            let near = did_you_mean(name, Code::ALL.iter().map(|code| code.as_str()));
            let problem =
                Diagnostic::new(Code::InvalidValue, member.key.span, format!("`{name}` is not a code"));
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
