//! Names out of what was loaded, for the word that is being written.

use super::session::Session;
use super::verbs;
use crate::cli::complete;
use crate::what_if;

/// What a word may become, sorted, and where it begins in the line.
pub(super) fn candidates(session: &Session<'_>, line: &str) -> (usize, Vec<String>) {
    let start = line.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let written = line.get(start..).unwrap_or_default();
    let mut all: Vec<String> = Vec::new();
    if start == 0 {
        all.extend(verbs::names().map(str::to_owned));
        let commands = ["who", "trust", "matrix", "check", "lint", "diff", "explain", "inputs"];
        all.extend(commands.iter().map(|name| (*name).to_owned()));
        all.extend(crate::operation::names().map(str::to_owned));
    } else {
        let estate = &session.now.intake.estate;
        if line.trim_start().starts_with("what-if") {
            all.extend(what_if::verbs().map(str::to_owned));
        }
        all.extend(complete::principals(estate));
        all.extend(complete::targets(estate));
        all.extend(crate::operation::names().map(str::to_owned));
        all.extend(crate::name::keys::all().map(|key| key.name.to_owned()));
        let mut files: Vec<String> = session.now.intake.files.iter().map(|file| file.path.clone()).collect();
        all.append(&mut files);
    }
    all.retain(|name| name.starts_with(written));
    all.sort();
    all.dedup();
    (start, all)
}
