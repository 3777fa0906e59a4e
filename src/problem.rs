//! Input that is wrong somewhere a finger can point.

use crate::source::Span;

/// How much a problem matters.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; nothing is decided differently.
    Note,
    /// Probably not what was meant; the document still counts as AWS would count it.
    Warning,
    /// AWS would refuse the document, or it cannot be read: nothing may be decided from it.
    Error,
}

/// One mistake in the input: what is wrong, where, and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// A stable id in kebab case, the Access Analyzer code where the check is the same.
    pub code: &'static str,
    pub severity: Severity,
    pub message: String,
    /// Missing only when the input has no text at all, such as a file that does not exist.
    pub span: Option<Span>,
    pub help: Option<String>,
    pub related: Vec<(Span, String)>,
}

impl Problem {
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, Some(span), message.into())
    }

    pub fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, Some(span), message.into())
    }

    /// About an input that has no text to point into.
    pub fn placeless(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, None, message.into())
    }

    fn new(code: &'static str, severity: Severity, span: Option<Span>, message: String) -> Self {
        Self { code, severity, message, span, help: None, related: Vec::new() }
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    #[must_use]
    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    #[must_use]
    pub fn because(mut self, span: Span, what: impl Into<String>) -> Self {
        self.related.push((span, what.into()));
        self
    }

    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Longer than any ARN that somebody might mistype.
const LONGEST_WORD: usize = 512;

/// The known word nearest to what was written, when it is near enough to be a slip or begins the same way.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A slip is as long as what was meant; the comparison costs the product of both lengths.
    if written.len() > LONGEST_WORD {
        return None;
    }
    let folded = written.to_ascii_lowercase();
    let rate = |word: &'a str| {
        let candidate = word.to_ascii_lowercase();
        let begun = folded.len() >= 3 && candidate.starts_with(&folded);
        let distance = strsim::damerau_levenshtein(&folded, &candidate);
        let near = begun || distance <= (word.len().max(written.len()) / 3).clamp(1, 4);
        near.then_some((!begun, distance, word))
    };
    known.into_iter().filter_map(rate).min().map(|(_, _, word)| word)
}

/// “did you mean …?” for a word that is not known.
pub fn did_you_mean<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(written, known).map(|word| format!("did you mean `{word}`?"))
}
