//! Proposed changes as a unified diff that `git apply` takes.

use std::collections::BTreeMap;
use std::io;

#[cfg(feature = "cli")]
use similar::ChangeTag;
use similar::TextDiff;

use super::edit::{Replacement, applied, replacements};
use super::tree::Trees;
use super::wording::in_one_line;
use super::{Draws, Format, Style};
use crate::finding::{Outcome, Report};
use crate::source::{SourceId, SourceMap};

pub(super) static FORMAT: Format = Format {
    name: "patch",
    summary: "the changes to make as a unified diff, for `git apply`",
    draws: Draws::Results,
    render,
};

/// Lines of context around a change.
const CONTEXT: usize = 3;

fn render(report: &Report, map: &SourceMap, _: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let mut trees = Trees::new(map);
    let mut files: BTreeMap<SourceId, Vec<Replacement>> = BTreeMap::new();
    let failed = report.answers.iter().filter(|checked| checked.outcome() != Some(Outcome::Held));
    for fix in failed.flat_map(|checked| checked.answer.changes()) {
        let Some(wanted) = replacements((fix.document, &fix.change), map, &mut trees) else {
            // What stands in front of a diff is for people; `git apply` passes over it.
            let document = fix.document.map_or_else(|| fix.document_name.clone(), |at| map.place(at).path());
            writeln!(out, "# {}", in_one_line(&format!("{document}: {}", fix.why)))?;
            continue;
        };
        for replacement in wanted {
            let list = files.entry(replacement.at.source).or_default();
            if !list.contains(&replacement) {
                list.push(replacement);
            }
        }
    }
    for (id, new) in &report.rewritten {
        if let Some(old) = map.source_text(*id) {
            diff(map.name(*id), old, new, out)?;
        }
    }
    // Files in the order of their names.
    let mut named: Vec<(String, SourceId)> = files.keys().map(|id| (map.name(*id).to_owned(), *id)).collect();
    named.sort();
    for (name, id) in named {
        let (Some(old), Some(list)) = (map.source_text(id), files.get_mut(&id)) else { continue };
        let Some(new) = applied(old, list) else {
            writeln!(
                out,
                "# {}",
                in_one_line(&format!("{name}: these changes meet in one place, make them by hand"))
            )?;
            continue;
        };
        diff(&name, old, &new, out)?;
    }
    Ok(())
}

/// The change of one file.
pub(crate) fn diff(name: &str, old: &str, new: &str, out: &mut dyn io::Write) -> io::Result<()> {
    let diff = TextDiff::from_lines(old, new);
    let (from, to) = (format!("a/{name}"), format!("b/{name}"));
    write!(out, "{}", diff.unified_diff().context_radius(CONTEXT).header(&from, &to))
}

/// How many lines a file gets, and how many it loses.
#[cfg(feature = "cli")]
pub(crate) fn changed_lines(old: &str, new: &str) -> (usize, usize) {
    let diff = TextDiff::from_lines(old, new);
    let count = |tag| diff.iter_all_changes().filter(|change| change.tag() == tag).count();
    (count(ChangeTag::Insert), count(ChangeTag::Delete))
}
