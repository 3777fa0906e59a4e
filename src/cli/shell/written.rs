//! The edits of a session as text: what each takes in the files, read back, so that a patch says what the session said.

mod rows;
mod step;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::super::session::Loaded;
use super::super::{Failure, Run};
use super::session::Made;
use crate::estate::Same;
use crate::load::disk::{self, unsaved};
use crate::source::{SourceMap, Text};

/// A file with its edits.
pub(super) struct Rewritten {
    /// As reports name it.
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) old: String,
    pub(super) new: String,
}

/// What the edits of a session are in the files.
pub(super) struct Written {
    /// In the order of their names.
    pub(super) files: Vec<Rewritten>,
    /// Edits that no file can be given, and why.
    pub(super) left: Vec<(String, String)>,
}

/// Texts that are read in place of the files, until this is dropped.
#[derive(Default)]
struct Held(BTreeMap<String, Text>);

impl Held {
    fn hold(&mut self, name: &str, text: Text) {
        unsaved::hold(Path::new(name), text.clone());
        self.0.insert(name.to_owned(), text);
    }

    /// What was held before stands again.
    fn put_back(&mut self, before: BTreeMap<String, Text>) {
        for name in self.0.keys() {
            match before.get(name) {
                Some(text) => unsaved::hold(Path::new(name), text.clone()),
                None => unsaved::release(Path::new(name)),
            }
        }
        self.0 = before;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        for name in self.0.keys() {
            unsaved::release(Path::new(name));
        }
    }
}

/// What a session has read, and can read again.
pub(super) struct Inputs<'r> {
    pub(super) run: &'r Run,
    pub(super) paths: &'r [PathBuf],
    pub(super) more: &'r [PathBuf],
}

impl Inputs<'_> {
    pub(super) fn read(&self) -> Result<Loaded, Failure> {
        Loaded::beside(self.run, self.paths, self.more, SourceMap::new())
    }
}

const RESTS: &str = "it rests on an edit that is not in the patch";

/// Makes every edit in the texts of the files, one after the other. After each the texts are read, and an edit stays only if they
/// say what the session says.
pub(super) fn written(inputs: &Inputs<'_>, base: &Loaded, made: &[Made]) -> Result<Written, Failure> {
    let mut held = Held::default();
    let mut left: Vec<(String, String)> = Vec::new();
    let mut originals: BTreeMap<String, String> = BTreeMap::new();
    // In memory and in the texts: both with the edits that are written so far.
    let (mut here, mut there) = (base.clone(), base.clone());
    for edit in made {
        let mut leave = |why: String| left.push((edit.shown(), why));
        let mut next = here.clone();
        let is_known = edit.place().is_none_or(|at| base.intake.sources.source_text(at.source).is_some());
        if edit.apply(&mut next).is_err() || !is_known {
            leave(RESTS.to_owned());
            continue;
        }
        let before = held.0.clone();
        let texts = match step::texts(edit, (&here, &next), &there) {
            Ok(texts) => texts,
            Err(why) => {
                leave(why);
                continue;
            }
        };
        for text in texts {
            originals.entry(text.name.clone()).or_insert(text.old);
            held.hold(&text.name, text.new.as_str().into());
        }
        let read = inputs.read()?;
        if is_worse(&there, &read) || !Same::default().editable(&next.intake.estate, &read.intake.estate) {
            held.put_back(before);
            leave(differs(&there, &read));
            continue;
        }
        (here, there) = (next, read);
    }
    let files = held.0.iter().filter_map(|(name, new)| {
        let old = originals.get(name)?.clone();
        let new = new.to_string();
        (old != new).then(|| Rewritten { name: name.clone(), path: PathBuf::from(name), old, new })
    });
    Ok(Written { files: files.collect(), left })
}

fn errors(of: &Loaded) -> usize {
    of.intake.problems.iter().filter(|problem| problem.is_error()).count()
}

fn is_worse(before: &Loaded, after: &Loaded) -> bool {
    errors(after) > errors(before)
}

/// Why texts that were read back cannot stand.
fn differs(before: &Loaded, after: &Loaded) -> String {
    let known: Vec<&str> = before.intake.problems.iter().map(|problem| problem.message.as_str()).collect();
    let new = after.intake.problems.iter().find(|p| p.is_error() && !known.contains(&p.message.as_str()));
    match new {
        Some(problem) => format!("the files would be in error: {}", problem.message),
        None => "the file says this in more than one place, or makes it of something else: change it by hand"
            .to_owned(),
    }
}

/// The path of one file as another one in a directory names it.
fn relative(file: &Path, dir: &Path) -> String {
    let (file, dir) = (disk::identity(file), disk::identity(dir));
    let (mut of_file, mut of_dir) = (file.components().peekable(), dir.components().peekable());
    while of_file.peek().is_some() && of_file.peek() == of_dir.peek() {
        of_file.next();
        of_dir.next();
    }
    let up = of_dir.map(|_| "..".to_owned());
    let down = of_file.map(|part| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}
