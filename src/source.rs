//! Where text comes from, and the way back from any place to the bytes a person can open.
//!
//! A place is three numbers ([`Span`]); text is looked up in the [`SourceMap`], never carried. A policy that
//! is a JSON string inside another document is a source of its own whose origin remembers its host, so that
//! [`SourceMap::host`] can climb from any depth to the file on disk.

mod called;
mod decode;
mod hash;
mod offsets;
mod text;

use std::fmt;
use std::sync::{Arc, OnceLock};

pub(crate) use called::Declaration;
pub use called::Reference;
pub use decode::{DecodeError, Decoded, Malformed, decode};
pub(crate) use hash::hash;
pub use offsets::OffsetMap;
pub use text::Text;

/// One text in a [`SourceMap`].
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(u32);

impl SourceId {
    /// For text that belongs to no map, such as a single policy a library user parses.
    pub const LONE: Self = Self(u32::MAX);
}

/// A place: byte offsets into the decoded text of one source.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The text it is in.
    pub source: SourceId,
    /// The first byte.
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
}

impl Span {
    /// The bytes from `start` up to `end` of a text.
    pub fn new(source: SourceId, start: u32, end: u32) -> Self {
        Self { source, start, end: end.max(start) }
    }

    /// From the start of this place to the end of the other one (which lies in the same source).
    pub fn to(self, other: Self) -> Self {
        Self::new(self.source, self.start.min(other.start), self.end.max(other.end))
    }

    /// The place just behind this one, where something is missing.
    pub fn after(self) -> Self {
        Self::new(self.source, self.end, self.end)
    }

    /// The number of bytes.
    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether it has no bytes.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// A value and the place it was read from. Two are equal when the values are.
#[derive(Copy, Clone)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// A value and its place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    /// The same place with another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned::new(f(self.value), self.span)
    }

    /// A reference to the value, with its place.
    pub fn as_ref(&self) -> Spanned<&T> {
        Spanned::new(&self.value, self.span)
    }
}

impl<T: fmt::Debug> fmt::Debug for Spanned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Spanned<T> {}

/// Where a source came from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A file; the map leads from the decoded text to the bytes on disk (BOM, UTF-16).
    File {
        /// From the text to the bytes on disk.
        bytes: OffsetMap,
    },
    /// Standard input.
    Stdin {
        /// From the text to the bytes that were read.
        bytes: OffsetMap,
    },
    /// A document inside another one: a JSON string in JSON, a percent-encoded policy.
    Embedded {
        /// The string it stands in.
        host: Span,
        /// From the text to that string.
        offsets: OffsetMap,
    },
}

#[derive(Clone, Debug)]
struct Source {
    name: String,
    text: Text,
    origin: Origin,
    /// Made when the first place is asked for.
    index: OnceLock<Index>,
}

/// A line and a column, both counted from 1; the column counts characters.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

/// A place as people and machines are told it: in the file on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The name of the document.
    pub document: String,
    /// The first character.
    pub start: Position,
    /// The character after the last one.
    pub end: Position,
    /// Byte offsets into the file on disk.
    pub bytes: [u32; 2],
}

impl Place {
    /// The document as pipelines write paths.
    pub fn path(&self) -> String {
        path_of(&self.document)
    }
}

fn path_of(name: &str) -> String {
    let path = name.replace('\\', "/");
    path.strip_prefix("./").unwrap_or(&path).to_owned()
}

/// All texts of one run.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    /// Copies share what they have in common.
    sources: Vec<Arc<Source>>,
    called: called::Called,
}

impl SourceMap {
    /// A map of no texts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text under a name.
    pub fn add(&mut self, name: impl Into<String>, text: Text, origin: Origin) -> SourceId {
        let id = SourceId(u32::try_from(self.sources.len()).unwrap_or(u32::MAX - 1));
        self.sources.push(Arc::new(Source { name: name.into(), text, origin, index: OnceLock::new() }));
        id
    }

    /// How many sources there are.
    pub fn len(&self) -> usize {
        self.sources.len()
    }

    /// Whether it has no texts.
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// Calls all sources from the `from`th on by their names below a directory, where their names do not say so.
    pub fn place_below(&mut self, from: usize, directory: &str) {
        for source in self.sources.iter_mut().skip(from) {
            let is_below = source.name.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'));
            if !is_below {
                let name = format!("{directory}/{}", source.name);
                Arc::make_mut(source).name = name;
            }
        }
    }

    fn get(&self, id: SourceId) -> Option<&Source> {
        self.sources.get(id.0 as usize).map(Arc::as_ref)
    }

    /// The name of a source: a path, or `path › member` for an embedded document.
    /// The files of the run, as pipelines write their paths.
    pub fn paths(&self) -> impl Iterator<Item = String> {
        let files = self.sources.iter().filter(|source| !matches!(source.origin, Origin::Embedded { .. }));
        files.map(|source| path_of(&source.name))
    }

    /// The texts that are files, with their names.
    pub fn files(&self) -> impl Iterator<Item = (SourceId, &str)> {
        let numbered = (0..).map(SourceId).zip(&self.sources);
        let files = numbered.filter(|(_, source)| matches!(source.origin, Origin::File { .. }));
        files.map(|(id, source)| (id, source.name.as_str()))
    }

    /// The name of a text.
    pub fn name(&self, id: SourceId) -> &str {
        self.get(id).map_or("<input>", |s| s.name.as_str())
    }

    /// A text, where the id is one of this map.
    pub fn source_text(&self, id: SourceId) -> Option<&Text> {
        self.get(id).map(|s| &s.text)
    }

    /// The text at a place; empty when the place lies outside its source.
    pub fn text(&self, span: Span) -> &str {
        self.get(span.source).and_then(|s| s.text.get(span.start as usize..span.end as usize)).unwrap_or("")
    }

    /// The first character of a source that is not white space: the place of what is wrong with the whole of it.
    pub fn first_character(&self, id: SourceId) -> Span {
        let text = self.get(id).map_or("", |source| &*source.text);
        let start = text.find(|c: char| !c.is_whitespace()).unwrap_or(0);
        let width = text.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        Span::new(id, start as u32, (start + width) as u32)
    }

    /// Whether the source is a document inside another one.
    pub fn is_embedded(&self, id: SourceId) -> bool {
        matches!(self.get(id).map(|s| &s.origin), Some(Origin::Embedded { .. }))
    }

    /// The string that an embedded document is, in its host; none for a file.
    pub fn container(&self, id: SourceId) -> Option<Span> {
        match self.get(id).map(|source| &source.origin) {
            Some(Origin::Embedded { host, .. }) => Some(*host),
            Some(Origin::File { .. } | Origin::Stdin { .. }) | None => None,
        }
    }

    /// A place of an embedded document in the document around it; none for a file.
    pub fn within_container(&self, span: Span) -> Option<Span> {
        match self.get(span.source).map(|source| &source.origin) {
            Some(Origin::Embedded { host, offsets }) => {
                Some(Span::new(host.source, offsets.map(span.start), offsets.map(span.end)))
            }
            Some(Origin::File { .. } | Origin::Stdin { .. }) | None => None,
        }
    }

    /// Climb from an embedded document to the file a person can open.
    pub fn host(&self, span: Span) -> Span {
        let mut span = span;
        // A source is always added after its host, so the climb gets shorter with every step.
        while let Some(outer) = self.within_container(span) {
            span = outer;
        }
        span
    }

    /// Line and column of an offset in one source's own text.
    pub fn position(&self, id: SourceId, offset: u32) -> Position {
        let Some(source) = self.get(id) else { return Position { line: 1, column: 1 } };
        let index = source.index.get_or_init(|| Index::new(&source.text));
        let start = index.line_start(offset);
        let column = if source.text.is_char_boundary(offset as usize) {
            index.characters(&source.text, offset) - index.characters(&source.text, start) + 1
        } else {
            1
        };
        Position { line: index.line(offset), column }
    }

    /// Where the line of an offset starts, and where the next one does.
    pub fn line_around(&self, id: SourceId, offset: u32) -> (u32, u32) {
        let Some(source) = self.get(id) else { return (0, 0) };
        let index = source.index.get_or_init(|| Index::new(&source.text));
        let line = index.line(offset) as usize;
        let next = index.lines.get(line).copied().unwrap_or(source.text.len() as u32);
        (index.line_start(offset), next)
    }

    /// The place in the file on disk, as every machine format prints it.
    pub fn place(&self, span: Span) -> Place {
        let host = self.host(span);
        let bytes = match self.get(host.source).map(|s| &s.origin) {
            Some(Origin::File { bytes } | Origin::Stdin { bytes }) => {
                [bytes.map(host.start), bytes.map(host.end)]
            }
            Some(Origin::Embedded { .. }) | None => [host.start, host.end],
        };
        Place {
            document: self.name(host.source).to_owned(),
            start: self.position(host.source, host.start),
            end: self.position(host.source, host.end),
            bytes,
        }
    }
}

/// Line and column of an offset in a text that belongs to no map.
pub fn position_in(text: &str, offset: u32) -> Position {
    let before = text.get(..offset as usize).unwrap_or(text);
    let line = before.matches('\n').count() as u32 + 1;
    let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) as u32 + 1;
    Position { line, column }
}

/// The way from offsets to lines and columns, however long the text and its lines are.
#[derive(Clone, Debug)]
struct Index {
    /// Start offset of every line.
    lines: Vec<u32>,
    /// How many characters stand before every multiple of [`Index::STEP`] bytes.
    characters: Vec<u32>,
}

impl Index {
    const STEP: usize = 4096;

    fn new(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i as u32 + 1);
        let lines = std::iter::once(0).chain(breaks).collect();
        let mut before = 0;
        let steps = text.as_bytes().chunks(Self::STEP).map(|step| {
            before += begun(step);
            before
        });
        let characters = std::iter::once(0).chain(steps).collect();
        Self { lines, characters }
    }

    fn line(&self, offset: u32) -> u32 {
        self.lines.partition_point(|&start| start <= offset).max(1) as u32
    }

    fn line_start(&self, offset: u32) -> u32 {
        self.lines.get(self.line(offset) as usize - 1).copied().unwrap_or(0)
    }

    /// How many characters stand before an offset.
    fn characters(&self, text: &str, offset: u32) -> u32 {
        let step = offset as usize / Self::STEP;
        let rest = text.as_bytes().get(step * Self::STEP..offset as usize).unwrap_or_default();
        self.characters.get(step).copied().unwrap_or(0) + begun(rest)
    }
}

/// How many characters begin in a piece of UTF-8.
fn begun(bytes: &[u8]) -> u32 {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count() as u32
}
