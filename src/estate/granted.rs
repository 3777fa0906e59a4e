//! What a loader took for granted where a file leaves it open: the answers that make use of it say so.

use std::collections::BTreeMap;

use super::Assumption;
use crate::source::{SourceId, Span};

/// Choices of the loaders, by the places that make use of them.
#[derive(Clone, Debug, Default)]
pub struct Granted {
    inside: BTreeMap<(SourceId, u32), Vec<Assumption>>,
    files: BTreeMap<SourceId, Vec<OfFile>>,
}

/// What holds for everything that a file declares.
#[derive(Clone, Debug)]
pub struct OfFile {
    /// What is taken for granted, and why.
    pub assumption: Assumption,
    /// A strict question does not take it for granted.
    pub is_open: bool,
}

impl Granted {
    /// Whether nothing was taken for granted.
    pub fn is_empty(&self) -> bool {
        self.inside.is_empty() && self.files.is_empty()
    }

    /// A value that was chosen for this place.
    pub fn note_at(&mut self, at: Span, what: impl Into<String>, because: impl Into<String>) {
        let list = self.inside.entry((at.source, at.start)).or_default();
        let assumption = Assumption { what: what.into(), because: because.into(), fact: None };
        if !list.contains(&assumption) {
            list.push(assumption);
        }
    }

    /// What was taken for granted of a whole file.
    pub fn note_file(
        &mut self,
        file: SourceId,
        what: impl Into<String>,
        because: impl Into<String>,
        is_open: bool,
    ) {
        let list = self.files.entry(file).or_default();
        let assumption = Assumption { what: what.into(), because: because.into(), fact: None };
        if list.iter().all(|known| known.assumption != assumption) {
            list.push(OfFile { assumption, is_open });
        }
    }

    /// The choices made for places inside this one.
    pub fn within(&self, place: Span) -> impl Iterator<Item = &Assumption> {
        let range = (place.source, place.start)..(place.source, place.end.max(place.start));
        self.inside.range(range).flat_map(|(_, list)| list)
    }

    /// What was taken for granted of a whole file.
    pub fn of_file(&self, file: SourceId) -> &[OfFile] {
        self.files.get(&file).map_or(&[], Vec::as_slice)
    }
}
