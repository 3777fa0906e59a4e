//! Paths of the manifest: from what is written to the policies in the files.

use std::path::Path;

use super::field::NONE;
use crate::diagnostic::{Code, Diagnostic};
use crate::estate::SharedPolicy;
use crate::json::Members;
use crate::load::{FoundFile, Intake, disk};
use crate::policy::PolicyKind;
use crate::source::{SourceId, Span, Spanned};

/// A member that is a path, a glob for one file, or a word.
pub(super) fn one<'n>(t: &mut Members<'n, '_, '_>, name: &str) -> Option<Spanned<&'n str>> {
    t.text(name)
}

/// Whose policy it is, for the list of files: “bucket policy of lake”.
#[derive(Copy, Clone)]
pub(super) struct Use<'a> {
    pub(super) kind: PolicyKind,
    pub(super) owner: &'a str,
}

/// The one file a path stands for.
pub(super) fn open_one(intake: &mut Intake, dir: &Path, written: Spanned<&str>) -> Option<SourceId> {
    let found = expand(intake, dir, written);
    match found.as_slice() {
        [only] => intake.open(only, Some(written.span)),
        [first, second, ..] => {
            let message =
                format!("`{}` matches {} files, and one is expected here", written.value, found.len());
            let help = format!("it matches `{}` and `{}`", first.name, second.name);
            intake.problems.push(Diagnostic::new(Code::AmbiguousPath, written.span, message).help(help));
            None
        }
        [] => None,
    }
}

pub(super) fn policy(
    intake: &mut Intake,
    dir: &Path,
    written: Spanned<&str>,
    of: Use<'_>,
) -> Option<SharedPolicy> {
    let source = open_one(intake, dir, written)?;
    read(intake, source, of)
}

/// The policies of a list of paths and globs, each file once. A file that `caught` names is left out where a
/// glob matches it, and kept where it is named.
pub(super) fn policies(
    intake: &mut Intake,
    dir: &Path,
    list: &[Spanned<&str>],
    of: Use<'_>,
    caught: &[SourceId],
) -> Vec<SharedPolicy> {
    let mut sources: Vec<SourceId> = Vec::new();
    for written in list {
        let is_pattern = disk::is_pattern(dir, written.value);
        for found in expand(intake, dir, *written) {
            let Some(source) = intake.open(&found, Some(written.span)) else { continue };
            let left_out = is_pattern && caught.contains(&source);
            if !left_out && !sources.contains(&source) {
                sources.push(source);
            }
        }
    }
    sources.into_iter().filter_map(|source| read(intake, source, of)).collect()
}

pub(super) fn read(intake: &mut Intake, source: SourceId, of: Use<'_>) -> Option<SharedPolicy> {
    let policy = intake.policy_of(source, of.kind);
    intake.contributes(source, of.kind.describe(), format!("{} of {}", of.kind.describe(), of.owner));
    policy
}

fn expand(intake: &mut Intake, dir: &Path, written: Spanned<&str>) -> Vec<FoundFile> {
    if written.value.is_empty() {
        let problem = Diagnostic::new(Code::InvalidValue, written.span, "this names no file");
        intake.problems.push(problem.help(format!("write a path, or \"{NONE}\" where there is none")));
        return Vec::new();
    }
    match disk::expand(dir, written.value) {
        Ok(found) => found,
        Err(error) => {
            intake.problems.push(error.problem(written.value, Some(written.span)));
            Vec::new()
        }
    }
}

/// Where a list or a word stands.
pub(super) fn place(t: &mut Members<'_, '_, '_>, name: &str) -> Option<Span> {
    t.node(name).map(|node| node.span)
}
