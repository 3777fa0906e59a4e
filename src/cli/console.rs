//! The terminal: who may be written to in colour, and how much.

use std::env;
use std::ffi::OsStr;
use std::io::{self, IsTerminal as _, Write as _};

use clap::ValueEnum;
use terminal_size::{Width, terminal_size_of};

use super::Failure;
use super::progress::Busy;
use crate::report::{self, Shape, Style};

/// When to write colours.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Colour {
    /// On a terminal, unless the environment says otherwise
    #[default]
    Auto,
    Always,
    Never,
}

/// The two streams and how talkative we are.
#[derive(Debug)]
pub(super) struct Console {
    pub(super) stdout_colour: bool,
    pub(super) stderr_colour: bool,
    /// Why, for both streams in turn.
    why: [&'static str; 2],
    pub(super) quiet: bool,
    pub(super) verbose: bool,
    /// Whether progress may be shown.
    progress: bool,
}

impl Console {
    pub(super) fn new(colour: Colour, quiet: bool, verbose: bool, progress: bool) -> Self {
        let wanted = |terminal: bool| match colour {
            Colour::Always | Colour::Never => (colour == Colour::Always, "--color"),
            Colour::Auto => colour_by(|name| env::var_os(name), terminal),
        };
        let (stdout_colour, out) = wanted(io::stdout().is_terminal());
        let (stderr_colour, errors) = wanted(io::stderr().is_terminal());
        let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
        let progress = progress && !quiet && !dumb && io::stderr().is_terminal();
        Self { stdout_colour, stderr_colour, why: [out, errors], quiet, verbose, progress }
    }

    /// As another one: a line of a session is written as the session is.
    pub(super) fn follow(&mut self, other: &Self) {
        (self.stdout_colour, self.stderr_colour) = (other.stdout_colour, other.stderr_colour);
        self.progress = other.progress;
    }

    /// Whether results are coloured, and who says so.
    pub(super) fn stdout_colour_by(&self) -> (bool, &'static str) {
        (self.stdout_colour, self.why[0])
    }

    pub(super) fn stderr_colour_by(&self) -> (bool, &'static str) {
        (self.stderr_colour, self.why[1])
    }

    /// Where prose is wrapped.
    pub(super) fn width_by(&self) -> (usize, &'static str) {
        width()
    }

    /// Whether more than ASCII is written.
    pub(super) fn unicode_by(&self) -> (bool, String) {
        (unicode(), locale().map_or_else(|| "default".to_owned(), |(name, value)| format!("{name}={value}")))
    }

    pub(super) fn style(&self, color: bool, shape: Shape) -> Style {
        let default = Style::default();
        Style { color, shape, unicode: unicode(), width: columns(), verbose: self.verbose, ..default }
    }

    pub(super) fn error(&self, failure: &Failure) {
        self.say("error", "1;31", &failure.message);
        if let Some(help) = &failure.help {
            self.say("  help", "36", help);
        }
    }

    pub(super) fn warn(&self, text: &str) {
        if !self.quiet {
            self.say("warning", "1;33", text);
        }
    }

    pub(super) fn note(&self, text: &str) {
        if !self.quiet {
            self.say("note", "1;34", text);
        }
    }

    /// Shows that something takes its time, as long as what this gives lives.
    pub(super) fn busy(&self, what: &'static str) -> Busy {
        Busy::with(what, self.progress)
    }

    /// Only with `-v`.
    pub(super) fn detail(&self, text: impl FnOnce() -> String) {
        if self.verbose && !self.quiet {
            self.say("note", "1;34", &text());
        }
    }

    fn say(&self, label: &str, style: &str, text: &str) {
        // Names of files and of what was asked about come from outside.
        let text = report::harmless(text);
        let mut stderr = io::stderr().lock();
        // Nobody is left to be told when this fails.
        let _ = if self.stderr_colour {
            writeln!(stderr, "\x1b[{style}m{label}\x1b[0m: {text}")
        } else {
            writeln!(stderr, "{label}: {text}")
        };
    }
}

/// Lines longer than this are hard to read, however wide the window is.
const WIDEST: usize = 120;

/// Where prose is wrapped, and who says so: the environment, else the terminal that results go to.
fn width() -> (usize, &'static str) {
    let fits = |columns: &usize| *columns >= 40;
    if let Some(columns) = env::var("COLUMNS").ok().and_then(|text| text.parse().ok()).filter(fits) {
        return (columns, "COLUMNS");
    }
    let terminal = terminal_size_of(io::stdout()).map(|(Width(columns), _)| usize::from(columns));
    match terminal.filter(fits) {
        Some(columns) => (columns.min(WIDEST), "the terminal"),
        None => (Style::default().width, "default"),
    }
}

/// Columns to write prose in.
pub(super) fn columns() -> usize {
    width().0
}

/// Whether the locale can show more than ASCII; a missing locale is no reason to doubt it.
fn unicode() -> bool {
    !locale().is_some_and(|(_, value)| value == "C" || value == "POSIX")
}

/// The variable that names the locale.
fn locale() -> Option<(&'static str, String)> {
    ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(|name| Some((name, env::var(name).ok()?)))
        .find(|(_, value)| !value.is_empty())
}

/// The conventions of `NO_COLOR`, `CLICOLOR_FORCE` and `FORCE_COLOR`, in the order people expect them to win.
fn colour_by<V: AsRef<OsStr>>(variable: impl Fn(&str) -> Option<V>, terminal: bool) -> (bool, &'static str) {
    let set = |name: &str| variable(name).is_some_and(|value| !value.as_ref().is_empty());
    let on = |name: &str| set(name) && variable(name).is_some_and(|value| value.as_ref() != "0");
    if set("NO_COLOR") {
        return (false, "NO_COLOR");
    }
    for name in ["CLICOLOR_FORCE", "FORCE_COLOR"] {
        if on(name) {
            return (true, name);
        }
    }
    if !terminal {
        return (false, "no terminal");
    }
    if variable("TERM").is_some_and(|value| value.as_ref() == "dumb") {
        return (false, "TERM=dumb");
    }
    if variable("CLICOLOR").is_some_and(|value| value.as_ref() == "0") {
        return (false, "CLICOLOR=0");
    }
    (true, "a terminal")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colour(variables: &[(&str, &str)], terminal: bool) -> bool {
        colour_by(
            |name| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned()),
            terminal,
        )
        .0
    }

    #[test]
    fn the_environment_decides_when_the_flag_does_not() {
        assert!(colour(&[], true));
        assert!(!colour(&[], false));
        assert!(!colour(&[("NO_COLOR", "1")], true));
        assert!(colour(&[("NO_COLOR", "")], true));
        assert!(colour(&[("FORCE_COLOR", "1")], false));
        assert!(colour(&[("CLICOLOR_FORCE", "1")], false));
        assert!(!colour(&[("FORCE_COLOR", "0")], false));
        assert!(!colour(&[("NO_COLOR", "1"), ("FORCE_COLOR", "1")], true));
        assert!(!colour(&[("TERM", "dumb")], true));
        assert!(!colour(&[("CLICOLOR", "0")], true));
    }
}
