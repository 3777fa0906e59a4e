//! Texts that an editor holds and has not saved. They are read in place of the files, whichever document names these.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, Ordering};

use super::identity;
use crate::source::Text;

static TEXTS: RwLock<BTreeMap<PathBuf, Text>> = RwLock::new(BTreeMap::new());

/// Whether there are any: no other run asks the system for the one name of every file.
static ARE_ANY: AtomicBool = AtomicBool::new(false);

/// Holds a text in place of the file's, until it is let go of.
pub fn hold(path: &Path, text: Text) {
    if let Ok(mut texts) = TEXTS.write() {
        texts.insert(identity(path), text);
        ARE_ANY.store(true, Ordering::Release);
    }
}

/// The file speaks for itself again.
pub fn release(path: &Path) {
    if let Ok(mut texts) = TEXTS.write() {
        texts.remove(&identity(path));
    }
}

/// What an editor holds of a file.
pub(super) fn text(path: &Path) -> Option<Text> {
    if !ARE_ANY.load(Ordering::Acquire) {
        return None;
    }
    TEXTS.read().ok()?.get(&identity(path)).cloned()
}
