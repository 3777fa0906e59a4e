//! What becomes of the edits of a session: a patch, or the files themselves.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _};
use std::path::Path;

use super::super::super::output::{self, Stored};
use super::super::super::session::Loaded;
use super::super::super::{Exit, Failure};
use super::super::written::{Inputs, Written, written};
use super::{Session, say};
use crate::load::disk;
use crate::report;

const NONE: &str = "there are no edits\n";

/// How a file is stored that a session has read.
fn stored(name: &str, text: &str) -> Result<Stored, Failure> {
    match output::stored(Path::new(name), text)? {
        Stored::Otherwise => Err(Failure::new(format!("{name} changed since it was read"))
            .help("`reload` reads it again; your edits are kept")),
        how @ (Stored::Plain | Stored::Marked | Stored::Encoded) => Ok(how),
    }
}

/// Edits were tried on the files as they were read. Not every text of the map is one.
fn unchanged(base: &Loaded) -> Result<(), Failure> {
    let map = &base.intake.sources;
    for (id, name) in map.files().filter(|(_, name)| disk::is_file(Path::new(name))) {
        if let Some(text) = map.source_text(id) {
            stored(name, text)?;
        }
    }
    Ok(())
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

impl Session<'_> {
    fn written(&self) -> Result<Written, Failure> {
        unchanged(&self.base)?;
        let inputs = Inputs { run: self.run, paths: &self.paths, more: &self.more };
        let mut written = written(&inputs, &self.base, &self.made)?;
        let mut kept = Vec::new();
        for file in written.files {
            match stored(&file.name, &file.old)? {
                Stored::Encoded => {
                    let why = "it is not stored as UTF-8, or is compressed".to_owned();
                    written.left.push((format!("the edits of {}", file.name), why));
                }
                Stored::Plain | Stored::Marked | Stored::Otherwise => kept.push(file),
            }
        }
        written.files = kept;
        Ok(written)
    }

    /// A unified diff of all edits, on standard output or in a file of its own.
    pub(super) fn patch(&self, file: Option<&str>) -> Result<Exit, Failure> {
        if self.made.is_empty() {
            return say(NONE);
        }
        let Written { files, left } = self.written()?;
        let mut text = Vec::new();
        for (edit, why) in &left {
            // What stands in front of a diff is for people; `git apply` passes over it.
            text.extend_from_slice(
                format!("# not in this patch: {}: {why}\n", edit.replace('\n', " ")).as_bytes(),
            );
        }
        for file in &files {
            let mark = if stored(&file.name, &file.old)? == Stored::Marked { "\u{feff}" } else { "" };
            let (old, new) = (format!("{mark}{}", file.old), format!("{mark}{}", file.new));
            report::file_diff(&file.name, &old, &new, &mut text)
                .map_err(|error| Failure::writing("the patch", &error))?;
        }
        let exit = if left.is_empty() { Exit::Ok } else { Exit::Failed };
        match file {
            Some(file) => {
                output::to_file(Path::new(file), |out| out.write_all(&text))?;
                let what = counted(files.len(), "file");
                say(&format!("{file} changes {what}; `git apply {file}` makes the changes\n"))?;
                let left: String =
                    left.iter().map(|(edit, why)| format!("not in it: {edit}: {why}\n")).collect();
                say(&left)?;
            }
            None if io::stdout().is_terminal() => _ = say(&String::from_utf8_lossy(&text))?,
            None => output::to_stdout(|out| out.write_all(&text))?,
        }
        Ok(exit)
    }

    /// Writes the edits into the files, all of them or none; without `now` it only says what it would write.
    pub(super) fn save(&mut self, now: bool) -> Result<Exit, Failure> {
        if self.made.is_empty() {
            return say(NONE);
        }
        let Written { files, left } = self.written()?;
        if let Some((edit, why)) = left.first() {
            let more = match left.len() {
                1 => String::new(),
                count => format!("; and {} more", counted(count - 1, "edit")),
            };
            return Err(Failure::new(format!("`{edit}` cannot be written: {why}{more}"))
                .help("nothing was written: `undo` takes edits back, and `patch` shows the others"));
        }
        if !now {
            let mut text = String::new();
            for file in &files {
                let (more, less) = report::changed_lines(&file.old, &file.new);
                _ = writeln!(text, "{}  +{more} -{less}", file.name);
            }
            let what = counted(files.len(), "file");
            _ = writeln!(text, "`save now` writes {what}; `patch` shows the changes");
            return say(&text);
        }
        let texts: Vec<(&Path, &str, &str)> =
            files.iter().map(|file| (file.path.as_path(), file.old.as_str(), file.new.as_str())).collect();
        output::replace_all(&texts)?;
        let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
        say(&format!("written: {}\n", names.join(", ")))?;
        self.made.clear();
        self.undone.clear();
        self.reload(None)
    }
}
