//! Small random estates as people write them: a manifest and its policy files, the same for the same seed.

mod dice;
mod documents;
mod parts;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

pub(crate) use parts::estate;

/// A table of the manifest; values are TOML.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) fields: Vec<(&'static str, String)>,
}

/// An estate in files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Made {
    pub(crate) tables: Vec<Table>,
    pub(crate) files: BTreeMap<String, Value>,
}

impl Made {
    pub(crate) fn manifest(&self) -> String {
        let mut out = "version = 1\n".to_owned();
        for table in &self.tables {
            let _ = writeln!(out, "\n[[{}]]", table.name);
            for (name, value) in &table.fields {
                let _ = writeln!(out, "{name} = {value}");
            }
        }
        out
    }

    pub(crate) fn write(&self, dir: &Path) -> PathBuf {
        for (name, value) in &self.files {
            fs::write(dir.join(name), serde_json::to_string_pretty(value).unwrap()).unwrap();
        }
        let manifest = dir.join("decryptable.toml");
        fs::write(&manifest, self.manifest()).unwrap();
        manifest
    }

    /// Manifest and files, to be looked at.
    pub(crate) fn shown(&self) -> String {
        let mut out = self.manifest();
        for (name, value) in &self.files {
            if out.contains(&format!("\"{name}\"")) {
                let _ = writeln!(out, "\n# {name}\n{value}");
            }
        }
        out
    }

    /// The estate without its `at`th part: a table, a field, a file of a list, a statement or a condition.
    pub(crate) fn without(&self, at: usize) -> Option<Self> {
        let mut at = at;
        // The last tables first: the questions, then what others may refer to.
        for table in (0..self.tables.len()).rev() {
            if at == 0 {
                let mut small = self.clone();
                small.tables.remove(table);
                return Some(small);
            }
            at -= 1;
        }
        for (index, table) in self.tables.iter().enumerate() {
            for field in 0..table.fields.len() {
                if at == 0 {
                    let mut small = self.clone();
                    small.tables[index].fields.remove(field);
                    return Some(small);
                }
                at -= 1;
            }
        }
        for (name, file) in &self.files {
            for list in ["Statement", "Grants"] {
                let Some(statements) = file[list].as_array() else { continue };
                for (index, statement) in statements.iter().enumerate() {
                    if at == 0 {
                        let mut small = self.clone();
                        small.files.get_mut(name)?[list].as_array_mut()?.remove(index);
                        return Some(small);
                    }
                    at -= 1;
                    if statement.get("Condition").is_some() {
                        if at == 0 {
                            let mut small = self.clone();
                            small.files.get_mut(name)?[list][index].as_object_mut()?.remove("Condition");
                            return Some(small);
                        }
                        at -= 1;
                    }
                }
            }
        }
        None
    }
}
