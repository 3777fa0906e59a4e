//! Where the data of the cases is, and what makes a test of each piece of it.

#![allow(clippy::unwrap_used, reason = "a test fails loudly")]

use std::fs;
use std::path::Path;

use libtest_mimic::{Failed, Trial};

/// The files of a folder that have this extension: their names without it, and what they hold, by name.
pub(crate) fn files(folder: &str, extension: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut all: Vec<_> = fs::read_dir(root).unwrap().map(|e| e.unwrap().path()).collect();
    all.retain(|path| path.extension().is_some_and(|e| e == extension));
    all.sort();
    let read = |path: &std::path::PathBuf| {
        (path.file_stem().unwrap().to_string_lossy().into_owned(), fs::read_to_string(path).unwrap())
    };
    all.iter().map(read).collect()
}

/// The scenarios of a kind that are one file each, by the name of the file.
pub(crate) fn scenarios(kind: &str) -> Vec<(String, toml::Table)> {
    let files = files(&format!("tests/scenarios/{kind}"), "toml");
    files.into_iter().map(|(name, text)| (name, toml::from_str(&text).unwrap())).collect()
}

/// A test that fails with everything that is wrong.
pub(crate) fn trial(name: String, judge: impl FnOnce() -> Vec<String> + Send + 'static) -> Trial {
    Trial::test(name, move || {
        let wrong = judge();
        if wrong.is_empty() { Ok(()) } else { Err(Failed::from(wrong.join("\n"))) }
    })
}
