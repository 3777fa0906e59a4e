//! What is wrong with the input, or worth knowing about it: one type for loaders, checks, lints and reports.

mod cause;
mod code;
mod nearest;
mod peers;

use crate::source::Span;

pub use cause::{Cause, Class};
pub use code::Code;
pub use nearest::{did_you_mean, nearest};
pub use peers::AnalyzerClass;

/// How much a message matters.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; nothing is decided differently.
    Note,
    /// Probably not what was meant; the document still counts as AWS would count it.
    Warning,
    /// AWS would refuse the document, or it cannot be read: nothing may be decided from it.
    Error,
}

/// Another place that has to do with a message, and what it has to do with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The bytes in question.
    pub span: Span,
    /// What they have to do with the message; drawn beside them.
    pub text: String,
}

/// One message about the input: what is wrong, where, and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// What it is about.
    pub code: Code,
    /// The level of the code, but where this case is better or worse than most.
    pub severity: Severity,
    /// One sentence without a full stop.
    pub message: String,
    /// Missing only when the input has no text at all, such as a file that does not exist.
    pub span: Option<Span>,
    /// The way out.
    pub help: Option<String>,
    /// Other places, in the order they are shown.
    pub related: Vec<Label>,
}

impl Diagnostic {
    /// At the level of its code.
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { span: Some(span), ..Self::placeless(code, message) }
    }

    /// About an input that has no text to point into.
    pub fn placeless(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.level(),
            message: message.into(),
            span: None,
            help: None,
            related: Vec::new(),
        }
    }

    /// The same with another severity than most with its code.
    #[must_use]
    pub fn level(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// The same with a way out.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same with a way out, where there is one.
    #[must_use]
    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    /// The same with one more place that has to do with it.
    #[must_use]
    pub fn because(mut self, span: Span, what: impl Into<String>) -> Self {
        self.related.push(Label { span, text: what.into() });
        self
    }

    /// The same, at this place where it has none of its own.
    #[must_use]
    pub fn or_at(mut self, span: Span) -> Self {
        self.span = self.span.or(Some(span));
        self
    }

    /// The same, at a place where there is one.
    #[must_use]
    pub fn maybe_at(mut self, span: Option<Span>) -> Self {
        self.span = span.or(self.span);
        self
    }

    /// Whether nothing may be decided from the document it is about.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
