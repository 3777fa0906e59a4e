//! Names of findings that stay the same when lines move, for code scanning and baselines.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{SourceMap, Span, hash};

/// What a finding is, apart from where in its document it stands.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The code of the finding.
    pub code: Code,
    /// The place it is about.
    pub at: Option<Span>,
    /// What it is about: the same as long as nobody changes it.
    pub subject: String,
}

impl Diagnostic {
    /// What it is about is the text at its place, or its message where it has none.
    pub fn identity(&self, map: &SourceMap) -> Identity {
        let subject = self.span.map_or_else(|| self.message.clone(), |at| packed(map.text(at)));
        Identity { code: self.code, at: self.span, subject }
    }
}

/// A name for each, from its code, its document and what it is about. The same thing said twice of one document is
/// counted.
pub fn fingerprints(all: impl IntoIterator<Item = Identity>, map: &SourceMap) -> Vec<String> {
    let mut seen: BTreeMap<u64, u64> = BTreeMap::new();
    let of = |one: Identity| {
        let document = one.at.map_or_else(String::new, |at| map.place(at).path());
        let base = hash(&[one.code.as_str(), &document, &one.subject]);
        let count = seen.entry(base).or_insert(0);
        *count += 1;
        format!("{:016x}", hash(&[&base.to_string(), &count.to_string()]))
    };
    all.into_iter().map(of).collect()
}

/// A text without what editors change: blanks and line breaks.
pub fn packed(text: &str) -> String {
    text.split_whitespace().collect()
}
