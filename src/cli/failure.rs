use std::io;

use super::Exit;
use crate::diagnostic::did_you_mean;

/// Why nothing was decided: one message, and the way out.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) message: String,
    pub(super) help: Option<String>,
    pub(super) exit: Exit,
}

impl Failure {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, exit: Exit::Error }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(super) fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    /// There was nothing to look at.
    pub(super) fn no_inputs(mut self) -> Self {
        self.exit = Exit::NoInputs;
        self
    }

    /// Where the known names are listed, when none is near.
    pub(super) fn help_list(self, command: &str) -> Self {
        match &self.help {
            Some(help) if help.starts_with("did you mean") => self,
            Some(_) | None => self.help(format!("`{command}` lists them")),
        }
    }

    /// A name that is none of the known ones.
    pub(super) fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str> + Clone) -> Self {
        let listed = || {
            let names: Vec<&str> = known.clone().collect();
            (!names.is_empty()).then(|| format!("there are {}", names.join(", ")))
        };
        let help = did_you_mean(name, known.clone()).or_else(listed);
        Self::new(format!("there is no {what} `{name}`")).maybe_help(help)
    }

    /// A file or stream that could not be written.
    pub(super) fn writing(what: &str, error: &io::Error) -> Self {
        let failure = Self::new(format!("cannot write {what}: {error}"));
        let kind = error.kind();
        if kind == io::ErrorKind::NotFound {
            failure.help("make its directory first")
        } else if kind == io::ErrorKind::IsADirectory {
            failure.help("name a file in that directory")
        } else {
            failure
        }
    }
}
