//! Files that expressions read: below the configuration, and no larger than a text may be.

use std::path::{Path, PathBuf};

use super::fault::{Read, fault};
use super::graph::Graph;
use super::modules::name_in;
use super::value::{MAX_TEXT, Piece, Text, V, Val};
use crate::load::{FoundFile, Intake, disk};
use crate::source::Span;

/// Names that one pattern may find.
const MAX_FOUND: usize = 10_000;

/// The files of a configuration.
pub(super) struct Files<'a> {
    pub(super) intake: &'a mut Intake,
    /// The directory of the root module.
    pub(super) root: PathBuf,
    /// The directories of all modules, links resolved.
    pub(super) allowed: Vec<PathBuf>,
}

impl Files<'_> {
    /// The path of a file; none where it lies outside.
    fn path(&self, written: &str) -> Option<PathBuf> {
        let path = self.root.join(written);
        let real = disk::identity(&path);
        // What is not there cannot be resolved, so that its directory is looked at.
        let inside = |real: &Path| self.allowed.iter().any(|dir| real.starts_with(dir));
        if disk::exists(&path) {
            return inside(&real).then_some(path);
        }
        let is_tame = !Path::new(written).has_root() && !written.split(['/', '\\']).any(|part| part == "..");
        is_tame.then_some(path)
    }

    pub(super) fn exists(&self, written: &str) -> Option<bool> {
        Some(disk::is_file(&self.path(written)?))
    }

    /// The names of files below a directory that match.
    pub(super) fn matching(&self, dir: &str, pattern: &str) -> Option<Vec<String>> {
        let dir = self.path(dir)?;
        if pattern.split('/').any(|part| part == "..") {
            return None;
        }
        // Braces are alternatives, which globs here do not have.
        let patterns = braces(pattern);
        let mut names = Vec::new();
        for pattern in patterns {
            let found = disk::expand(&dir, &pattern).unwrap_or_default();
            for found in found.into_iter().filter(|found| disk::is_file(&found.path)).take(MAX_FOUND) {
                if self.allowed.iter().any(|allowed| disk::identity(&found.path).starts_with(allowed)) {
                    names.push(found.name);
                }
            }
        }
        names.sort();
        names.dedup();
        Some(names)
    }
}

/// The patterns that one with `{a,b}` stands for.
fn braces(pattern: &str) -> Vec<String> {
    let Some((before, rest)) = pattern.split_once('{') else { return vec![pattern.to_owned()] };
    let Some((inside, behind)) = rest.split_once('}') else { return vec![pattern.to_owned()] };
    let made = inside.split(',').take(50).flat_map(|choice| braces(&format!("{before}{choice}{behind}")));
    made.take(200).collect()
}

impl Graph<'_> {
    /// The text of a file.
    pub(super) fn text_of_file(&self, written: &str, at: Span) -> Read {
        if crate::name::symbol::is_in(written) {
            return Ok(Val::hole(format!("file({written})"), "which file it is is not known", at));
        }
        let mut files = self.files.borrow_mut();
        let Some(path) = files.path(written) else {
            let message = format!("`{written}` lies outside the configuration, and is not read");
            self.complain(&message, at);
            return Ok(Val::hole(format!("file(\"{written}\")"), message, at));
        };
        if !disk::is_file(&path) {
            return fault(format!("there is no file `{written}`"), at);
        }
        if disk::size(&path).is_none_or(|size| size > MAX_TEXT as u64) {
            let message = format!("`{written}` is larger than {} MiB, and is not read", MAX_TEXT >> 20);
            self.complain(&message, at);
            return Ok(Val::hole(format!("file(\"{written}\")"), message, at));
        }
        let root = self.config(0).map_or(".", |config| config.name.as_str());
        let found = FoundFile { name: name_in(root, written), path };
        let Some(source) = files.intake.open(&found, Some(at)) else {
            return Ok(Val::hole(format!("file(\"{written}\")"), "the file cannot be read", at));
        };
        files.intake.read_as(source, "terraform file");
        let text = files.intake.sources.source_text(source).cloned().unwrap_or_default();
        let span = Span::new(source, 0, text.len() as u32);
        let piece = Piece { end: text.len(), at: span, exact: true };
        let text = Text { text: (*text).into(), pieces: Some([piece].into()) };
        Ok(Val::new(V::Str(text), span))
    }
}
