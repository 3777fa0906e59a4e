//! What we have to say before anyone decides how to show it.

use crate::ask::{Answer, Verdict};
use crate::problem::{Problem, Severity};
use crate::source::Span;

/// A place and what to say about it.
#[derive(Clone, Debug)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

/// Something a lint, an expectation or a suppression has to say.
#[derive(Clone, Debug)]
pub struct Finding {
    /// In kebab case; Access Analyzer's code where the check is the same.
    pub rule: &'static str,
    pub severity: Severity,
    pub message: String,
    pub primary: Label,
    pub related: Vec<Label>,
    pub help: Option<String>,
}

impl Finding {
    pub fn at(rule: &'static str, severity: Severity, span: Span, message: impl Into<String>) -> Self {
        Self {
            rule,
            severity,
            message: message.into(),
            primary: Label { span, text: String::new() },
            related: Vec::new(),
            help: None,
        }
    }
}

/// An answer and what the manifest expected of it.
#[derive(Clone, Debug)]
pub struct Checked {
    pub answer: Answer,
    /// None for a question asked on the command line.
    pub expected: Option<Verdict>,
    /// The row in the manifest.
    pub row: Option<Span>,
}

/// Everything one run has to say, already filtered.
#[derive(Debug, Default)]
pub struct Report {
    pub answers: Vec<Checked>,
    pub findings: Vec<Finding>,
    pub problems: Vec<Problem>,
    /// Suppressed by `[[ignore]]`, kept so that nothing disappears silently.
    pub suppressed: usize,
}
