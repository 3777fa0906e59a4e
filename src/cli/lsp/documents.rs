//! The texts that the editor holds.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::position::{Encoding, Lines};
use super::uri;
use crate::load::disk::{self, unsaved};

/// A text, and what the editor calls it.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) uri: String,
    pub(super) text: String,
    pub(super) version: Value,
}

/// Open documents, by the canonical path of their file. Documents without a file are ignored.
#[derive(Debug, Default)]
pub(super) struct Documents {
    open: BTreeMap<PathBuf, Document>,
}

impl Documents {
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Path, &Document)> {
        self.open.iter().map(|(path, document)| (path.as_path(), document))
    }

    /// The document of a message, with its path.
    pub(super) fn of(&self, parameters: &Value) -> Option<(PathBuf, &Document)> {
        let path = path_of(parameters)?;
        let document = self.open.get(&path)?;
        Some((path, document))
    }

    pub(super) fn get(&self, path: &Path) -> Option<&Document> {
        self.open.get(path)
    }

    pub(super) fn open(&mut self, parameters: &Value) {
        let member = |name: &str| parameters.pointer(&format!("/textDocument/{name}"));
        let (Some(path), Some(text)) = (path_of(parameters), member("text").and_then(Value::as_str)) else {
            return;
        };
        let uri = member("uri").and_then(Value::as_str).unwrap_or_default().to_owned();
        let document = Document { uri, text: text.to_owned(), version: version(parameters) };
        unsaved::hold(&path, document.text.as_str().into());
        self.open.insert(path, document);
    }

    pub(super) fn change(&mut self, parameters: &Value, encoding: Encoding) {
        let Some(path) = path_of(parameters) else { return };
        let Some(document) = self.open.get_mut(&path) else { return };
        let changes = parameters.get("contentChanges").and_then(Value::as_array);
        for change in changes.into_iter().flatten() {
            let new = change.get("text").and_then(Value::as_str).unwrap_or_default();
            let Some(range) = change.get("range") else {
                new.clone_into(&mut document.text);
                continue;
            };
            let lines = Lines::new(&document.text, encoding);
            let at = |name: &str| range.get(name).map_or(0, |at| lines.offset(at));
            let (start, end) = (at("start"), at("end"));
            // Both are boundaries of characters.
            document.text.replace_range(start..end.max(start), new);
        }
        document.version = version(parameters);
        unsaved::hold(&path, document.text.as_str().into());
    }

    /// Lets go of a document, and gives its path.
    pub(super) fn close(&mut self, parameters: &Value) -> Option<PathBuf> {
        let path = path_of(parameters)?;
        self.open.remove(&path)?;
        unsaved::release(&path);
        Some(path)
    }
}

fn version(parameters: &Value) -> Value {
    parameters.pointer("/textDocument/version").cloned().unwrap_or_default()
}

fn path_of(parameters: &Value) -> Option<PathBuf> {
    let uri = parameters.pointer("/textDocument/uri").and_then(Value::as_str)?;
    uri::path(uri).map(|path| disk::identity(&path))
}
