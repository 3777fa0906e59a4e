//! Files become sources, each read once, and lend out their documents.
//!
//! Files found by a walk are read, decoded and indexed on all cores. Their facts are added to the estate in the order of the
//! files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::disk::{self, FoundFile, ReadError};
use super::{InputDocument, InputFile, Intake, Opened, Syntax, input_document};
use crate::diagnostic::{Code, Diagnostic};
use crate::json::skim;
use crate::parallel;
use crate::source::{Decoded, Malformed, Origin, SourceId, Span};

/// How many files are read ahead of the one whose facts are added to the estate.
pub(super) const PIECE: usize = 256;

/// Fewer bytes than this are read on one thread: starting others would take longer.
const WORTH_THREADS: u64 = 1 << 20;

/// A file that was read before its turn.
#[derive(Debug)]
pub(super) struct Ahead {
    read: Result<Decoded, ReadError>,
    /// The place of the JSON document, where the file holds only one. The file is no source yet, so the place has no source id.
    only: Option<(Span, skim::Ends)>,
}

impl Ahead {
    fn of(found: &FoundFile) -> Self {
        let read = disk::read(&found.path);
        let text = read.as_ref().ok().map(|decoded| &*decoded.text);
        let json = text.filter(|text| input_document::syntax_of(&found.name, text) == Syntax::Json);
        let only = json.and_then(|text| skim::only(SourceId::LONE, text));
        Self { read, only }
    }
}

/// The contents of the files, in their order; none for Terraform source, which is read module by module.
pub(super) fn read_ahead(found: &[FoundFile]) -> Vec<Option<Ahead>> {
    let bytes = found.iter().filter_map(|found| disk::size(&found.path)).fold(0, u64::saturating_add);
    let read = |found: &FoundFile| (!super::is_terraform_source(found)).then(|| Ahead::of(found));
    parallel::map_if(found.len() > 1 && bytes > WORTH_THREADS, found, read)
}

impl Intake {
    /// Reads a file once, however often it is named.
    pub(super) fn open(&mut self, found: &FoundFile, at: Option<Span>) -> Option<SourceId> {
        let path = disk::identity(&found.path);
        if let Some(source) = self.opened.get(&path) {
            return Some(*source);
        }
        self.opens(found, path, disk::read(&found.path), at)
    }

    /// The same for a file that a walk met and that was read ahead.
    pub(super) fn open_ahead(
        &mut self,
        found: &FoundFile,
        ahead: Ahead,
        at: Option<Span>,
    ) -> Option<SourceId> {
        let path = self.identity_of_walked(&found.path);
        if let Some(source) = self.opened.get(&path) {
            return Some(*source);
        }
        let source = self.opens(found, path, ahead.read, at)?;
        if let Some((place, ends)) = ahead.only {
            let place = Span { source, ..place };
            self.places.insert((source, Syntax::Json), vec![place]);
            self.ends = Some((place, Arc::new(ends)));
        }
        Some(source)
    }

    /// The canonical path of a file that a walk found. A walk skips symbolic links and takes names from the directory, so only
    /// the path of the directory has to be resolved, once for all files in it.
    fn identity_of_walked(&mut self, path: &Path) -> PathBuf {
        let (Some(dir), Some(name)) = (path.parent(), path.file_name()) else { return disk::identity(path) };
        if let Some(dir) = self.directories.get(dir) {
            return dir.join(name);
        }
        let identity = disk::identity(dir);
        let path = identity.join(name);
        self.directories.insert(dir.to_owned(), identity);
        path
    }

    fn opens(
        &mut self,
        found: &FoundFile,
        path: PathBuf,
        read: Result<Decoded, ReadError>,
        at: Option<Span>,
    ) -> Option<SourceId> {
        match read {
            Ok(decoded) => {
                let origin = Origin::File { bytes: decoded.bytes };
                let source = self.sources.add(found.name.clone(), decoded.text, origin);
                let dir = found.path.parent().unwrap_or(Path::new("")).to_owned();
                self.register(source, path, dir, &found.name, decoded.problem);
                Some(source)
            }
            Err(error) => {
                if self.unopened.insert((path, at)) {
                    self.problems.push(error.problem(&found.name, at));
                }
                None
            }
        }
    }

    pub(super) fn open_stdin(&mut self) -> Option<SourceId> {
        let path = PathBuf::from("-");
        if let Some(source) = self.opened.get(&path) {
            return Some(*source);
        }
        match disk::stdin() {
            Ok(decoded) => {
                let origin = Origin::Stdin { bytes: decoded.bytes };
                let source = self.sources.add("<stdin>", decoded.text, origin);
                self.register(source, path, PathBuf::new(), "-", decoded.problem);
                Some(source)
            }
            Err(error) => {
                self.problems.push(error.problem("-", None));
                None
            }
        }
    }

    pub(super) fn register(
        &mut self,
        source: SourceId,
        path: PathBuf,
        dir: PathBuf,
        name: &str,
        malformed: Option<Malformed>,
    ) {
        if let Some(malformed) = malformed {
            let at = Span::new(
                source,
                malformed.text,
                malformed.text + char::REPLACEMENT_CHARACTER.len_utf8() as u32,
            );
            let problem = Diagnostic::new(Code::InvalidEncoding, at, malformed.to_string());
            self.problems.push(problem.help("store the file as UTF-8 or UTF-16"));
        }
        self.files.push(InputFile {
            path: name.to_owned(),
            kind: String::new(),
            loader: None,
            contributed: Vec::new(),
            missing: Vec::new(),
            source: Some(source),
        });
        let file = self.files.len() - 1;
        self.opened.insert(path.clone(), source);
        self.paths.insert(source, Opened { path, dir, file });
    }

    /// Lends out the only document of a file, or its first.
    pub(super) fn with_offer<T>(
        &mut self,
        source: SourceId,
        syntax: Syntax,
        read: impl FnOnce(&InputDocument<'_>, &mut Self) -> T,
    ) -> Option<T> {
        self.with_document(source, syntax, 0, read)
    }

    /// Lends out a document of a file.
    pub(super) fn with_document<T>(
        &mut self,
        source: SourceId,
        syntax: Syntax,
        index: usize,
        read: impl FnOnce(&InputDocument<'_>, &mut Self) -> T,
    ) -> Option<T> {
        let at = *self.places(source, syntax)?.get(index)?;
        let text = self.sources.source_text(source)?.clone();
        let Opened { path, dir, .. } = self.paths.get(&source)?.clone();
        let ends = self.ends(syntax, &text, at);
        let offer = InputDocument::of((&path, &dir), syntax, &text, at, index).indexed(ends.as_deref());
        Some(read(&offer, self))
    }

    /// The ends of the brackets of a document: looked for once while it is read, and not kept for long.
    fn ends(&mut self, syntax: Syntax, text: &str, at: Span) -> Option<Arc<skim::Ends>> {
        if syntax != Syntax::Json {
            return None;
        }
        if self.ends.as_ref().is_none_or(|(known, _)| *known != at) {
            self.ends = skim::Ends::of(text, at).map(|ends| (at, Arc::new(ends)));
        }
        self.ends.as_ref().map(|(_, ends)| Arc::clone(ends))
    }

    pub(super) fn places(&mut self, source: SourceId, syntax: Syntax) -> Option<&[Span]> {
        let text = self.sources.source_text(source)?;
        let found = self.places.entry((source, syntax)).or_insert_with(|| {
            match skim::only(source, text).filter(|_| syntax == Syntax::Json) {
                Some((at, ends)) => {
                    self.ends = Some((at, Arc::new(ends)));
                    vec![at]
                }
                None => input_document::places(source, syntax, text),
            }
        });
        Some(found)
    }
}
