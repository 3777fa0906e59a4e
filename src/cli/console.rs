//! The terminal: who may be written to in colour, and how much.

use std::env;
use std::ffi::OsStr;
use std::io::{self, IsTerminal as _, Write as _};

use clap::ValueEnum;

use super::Failure;
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
    pub(super) quiet: bool,
    pub(super) verbose: bool,
}

impl Console {
    pub(super) fn new(colour: Colour, quiet: bool, verbose: bool) -> Self {
        let wanted = |terminal: bool| match colour {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => colour_by(|name| env::var_os(name), terminal),
        };
        Self {
            stdout_colour: wanted(io::stdout().is_terminal()),
            stderr_colour: wanted(io::stderr().is_terminal()),
            quiet,
            verbose,
        }
    }

    pub(super) fn style(&self, color: bool, shape: Shape) -> Style {
        let default = Style::default();
        Style { color, shape, unicode: unicode(), width: columns().unwrap_or(default.width) }
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

/// Columns of the terminal, where the environment tells.
pub(super) fn columns() -> Option<usize> {
    env::var("COLUMNS").ok()?.parse().ok().filter(|columns| *columns >= 40)
}

/// Whether the locale can show more than ASCII; a missing locale is no reason to doubt it.
fn unicode() -> bool {
    let locale =
        ["LC_ALL", "LC_CTYPE", "LANG"].iter().filter_map(|name| env::var(name).ok()).find(|v| !v.is_empty());
    !matches!(locale.as_deref(), Some("C" | "POSIX"))
}

/// The conventions of `NO_COLOR`, `CLICOLOR_FORCE` and `FORCE_COLOR`, in the order people expect them to win.
fn colour_by<V: AsRef<OsStr>>(variable: impl Fn(&str) -> Option<V>, terminal: bool) -> bool {
    let set = |name: &str| variable(name).is_some_and(|value| !value.as_ref().is_empty());
    let on = |name: &str| set(name) && variable(name).is_some_and(|value| value.as_ref() != "0");
    if set("NO_COLOR") {
        return false;
    }
    if on("CLICOLOR_FORCE") || on("FORCE_COLOR") {
        return true;
    }
    let dumb = variable("TERM").is_some_and(|value| value.as_ref() == "dumb");
    let off = variable("CLICOLOR").is_some_and(|value| value.as_ref() == "0");
    terminal && !dumb && !off
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colour(variables: &[(&str, &str)], terminal: bool) -> bool {
        colour_by(
            |name| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned()),
            terminal,
        )
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
