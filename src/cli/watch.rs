//! `--watch`: asks again whenever a file was saved, and shows first what the answers changed in.
//!
//! Files are looked at by the walk that reads directories, which knows what git ignores: a watcher of the system would
//! wake for every file of a build.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use clap::Args as ClapArgs;

use super::console::columns;
use super::{Exit, Failure, Run};
use crate::config;
use crate::load::{Intake, disk};

/// Between two looks at the files.
const PAUSE: Duration = Duration::from_millis(250);

/// Changed lines that are shown before the whole answer.
const MOST: usize = 20;

/// Endings of files that answers may depend on.
const ENDINGS: &[&str] = &[
    ".json",
    ".yaml",
    ".yml",
    ".template",
    ".tf",
    ".tofu",
    ".tfvars",
    ".hcl",
    ".tftpl",
    ".tfstate",
    ".toml",
];

/// For commands that can ask again.
#[derive(Debug, Default, ClapArgs)]
pub(super) struct WatchArgs {
    /// Ask again whenever a file was saved, and show first what changed in the answer; Ctrl-C ends
    #[arg(long)]
    pub(super) watch: bool,
}

/// When a file was written, and how long it is.
type State = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

/// Runs the command line without the flag, over and over. `named` are the paths on it.
pub(super) fn run(run: &Run, arguments: &[OsString], named: &[PathBuf]) -> Result<Exit, Failure> {
    if named.iter().any(|path| path.as_os_str() == "-") {
        return Err(Failure::new("standard input cannot be watched").help("name the file"));
    }
    let program = std::env::current_exe()
        .map_err(|error| Failure::new(format!("this program does not know where it is: {error}")))?;
    let words: Vec<&OsString> = arguments.iter().skip(1).filter(|word| *word != "--watch").collect();
    let is_seen = io::stdout().is_terminal();
    let mut before: Option<String> = None;
    loop {
        let state = look(run, named);
        let mut command = Command::new(&program);
        command.args(&words).stdin(Stdio::null()).stderr(Stdio::inherit());
        // The working directory is the one of `-C` already.
        command.current_dir(run.started.as_deref().unwrap_or(Path::new(".")));
        if is_seen {
            command.env("COLUMNS", columns().to_string());
            if run.console.stdout_colour {
                command.env("CLICOLOR_FORCE", "1");
            }
        }
        let output = command
            .output()
            .map_err(|error| Failure::new(format!("{} cannot be run: {error}", program.display())))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        show(is_seen, before.as_deref().filter(|_| run.outputs.is_for_people()), &text)?;
        run.console.note(&format!("watching {} files; Ctrl-C ends", state.len()));
        before = Some(text);
        wait(run, named, &state);
    }
}

/// Waits until some file is another one, and then until nothing more changes.
fn wait(run: &Run, named: &[PathBuf], state: &State) {
    let mut last = state.clone();
    loop {
        sleep(PAUSE);
        let now = look(run, named);
        if now != *state && now == last {
            return;
        }
        last = now;
    }
}

/// The files that answers may depend on: those below the manifest, those it lists, and those that are named.
fn look(run: &Run, named: &[PathBuf]) -> State {
    let mut state = State::new();
    let mut add = |path: PathBuf| {
        let data = path.metadata().ok();
        let at = data.as_ref().and_then(|data| data.modified().ok());
        state.insert(path, (at, data.map_or(0, |data| data.len())));
    };
    let manifest = match (&run.config, run.isolated) {
        (Some(path), _) => Some(path.clone()),
        (None, false) => config::find(Path::new("")),
        (None, true) => None,
    };
    if let Some(path) = manifest {
        let root = path.parent().map_or_else(PathBuf::new, Path::to_owned);
        disk::below(&root, ENDINGS).into_iter().for_each(|found| add(found.path));
        let listed = config::load(&path, &mut Intake::new());
        for input in &listed.analysis.inputs {
            found(&listed.root, &input.written).into_iter().for_each(&mut add);
        }
        add(path);
    }
    for path in named {
        if path.is_dir() {
            disk::below(path, ENDINGS).into_iter().for_each(|found| add(found.path));
        }
        found(Path::new(""), &path.to_string_lossy()).into_iter().for_each(&mut add);
    }
    for file in &run.terraform.var_files {
        add(PathBuf::from(&file.0));
    }
    state
}

fn found(root: &Path, written: &str) -> Vec<PathBuf> {
    match disk::find(root, written, &[]) {
        Ok(disk::Finding::Named(found)) => vec![found.path],
        Ok(disk::Finding::Walked(walked)) => walked.found.into_iter().map(|found| found.path).collect(),
        Err(_) => Vec::new(),
    }
}

fn show(is_seen: bool, before: Option<&str>, text: &str) -> Result<(), Failure> {
    let mut whole = String::new();
    if is_seen {
        // Clear, and begin at the top.
        whole.push_str("\u{1b}[2J\u{1b}[H");
    }
    if let Some(before) = before {
        whole.push_str(&changes(before, text));
    }
    whole.push_str(text);
    let mut out = io::stdout().lock();
    out.write_all(whole.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| Failure::new(format!("standard output cannot be written: {error}")))
}

/// The lines that went and came.
fn changes(before: &str, after: &str) -> String {
    let gone = missing(before, after).map(|line| format!("- {line}\n"));
    let come = missing(after, before).map(|line| format!("+ {line}\n"));
    let all: Vec<String> = gone.chain(come).collect();
    if all.is_empty() {
        return "nothing changed since the last time\n\n".to_owned();
    }
    let more = all.len().saturating_sub(MOST);
    let mut text =
        format!("changed since the last time:\n{}", all.iter().take(MOST).cloned().collect::<String>());
    if more > 0 {
        text.push_str(&format!("and {more} lines more\n"));
    }
    text + "\n"
}

/// The lines of a text that another one does not have, as often as it does not.
fn missing<'t>(of: &'t str, from: &'t str) -> impl Iterator<Item = &'t str> {
    let mut there: BTreeMap<&str, usize> = BTreeMap::new();
    for line in from.lines() {
        *there.entry(line).or_default() += 1;
    }
    of.lines().filter(move |line| match there.get_mut(line) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        Some(_) | None => !line.trim().is_empty(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_lines_that_went_and_came() {
        let before = "a\nb\nb\n\nc\n";
        assert_eq!(changes(before, before), "nothing changed since the last time\n\n");
        let text = changes(before, "a\nb\nd\n");
        assert_eq!(text, "changed since the last time:\n- b\n- c\n+ d\n\n");
        let many: String = (0..30).map(|line| format!("{line}\n")).collect();
        assert!(changes("", &many).ends_with("+ 19\nand 10 lines more\n\n"));
    }
}
