//! What loaders keep for themselves while files are read. Each keeps it under a type of its own, which nobody else can
//! name, so that a format has no field in the [`Intake`].

use std::any::{Any, TypeId};
use std::collections::BTreeMap;

use super::Intake;

/// The notes of all loaders, by their types.
#[derive(Debug, Default)]
pub(super) struct Notebook {
    pages: BTreeMap<TypeId, Box<dyn Any + Send + Sync>>,
}

/// What was read can be copied; what loaders noted on the way to it is of no use behind the last file.
impl Clone for Notebook {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Intake {
    /// The notes of a loader, to write in; empty at first.
    pub(super) fn notes<N: Any + Default + Send + Sync>(&mut self) -> &mut N {
        let page = self.notebook.pages.entry(TypeId::of::<N>()).or_insert_with(|| Box::<N>::default());
        match page.downcast_mut() {
            Some(page) => page,
            // A page is filed under its own type, so there is always one.
            None => Box::leak(Box::default()),
        }
    }

    /// The notes of a loader, to read in; none where nothing was noted.
    pub(super) fn noted<N: Any>(&self) -> Option<&N> {
        self.notebook.pages.get(&TypeId::of::<N>())?.downcast_ref()
    }

    /// The notes of a loader, taken out of the book.
    pub(super) fn take_notes<N: Any + Default>(&mut self) -> N {
        let page = self.notebook.pages.remove(&TypeId::of::<N>());
        page.and_then(|page| page.downcast().ok()).map(|page| *page).unwrap_or_default()
    }
}
