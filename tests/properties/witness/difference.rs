//! What two voices say differently: kinds of differences, how often each occurs, and one example of each.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// One place where two voices part.
#[derive(Clone, Debug)]
pub(crate) struct Difference {
    /// The same for every difference with the same cause, as far as that can be told from outside.
    pub(crate) kind: String,
    /// Question and answers.
    pub(crate) detail: String,
}

/// What was compared, and what could not be.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) estates: usize,
    /// By name of the comparison.
    pub(crate) compared: BTreeMap<String, usize>,
    /// What a voice has no words for.
    pub(crate) skipped: BTreeMap<String, usize>,
    kinds: BTreeMap<String, Kind>,
}

struct Kind {
    count: usize,
    estates: usize,
    last: String,
    example: (String, String),
}

impl Tally {
    pub(crate) fn compared(&mut self, what: impl Into<String>) {
        *self.compared.entry(what.into()).or_default() += 1;
    }

    pub(crate) fn skipped(&mut self, what: impl Into<String>) {
        *self.skipped.entry(what.into()).or_default() += 1;
    }

    /// Whether this is the first one of its kind.
    pub(crate) fn add(&mut self, estate: &str, found: &Difference) -> bool {
        let known = self.kinds.contains_key(&found.kind);
        let kind = self.kinds.entry(found.kind.clone()).or_insert_with(|| Kind {
            count: 0,
            estates: 0,
            last: String::new(),
            example: (estate.to_owned(), found.detail.clone()),
        });
        kind.count += 1;
        if kind.last != estate {
            kind.estates += 1;
            estate.clone_into(&mut kind.last);
        }
        !known
    }

    /// Put a smaller estate in the place of the example.
    pub(crate) fn example(&mut self, kind: &str, estate: String, detail: String) {
        if let Some(kind) = self.kinds.get_mut(kind) {
            kind.example = (estate, detail);
        }
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.kinds.is_empty()
    }

    pub(crate) fn report(&self) -> String {
        let mut out = format!("{} estates\n", self.estates);
        for (what, count) in &self.compared {
            let _ = writeln!(out, "  compared {count:>7}  {what}");
        }
        for (what, count) in &self.skipped {
            let _ = writeln!(out, "  skipped  {count:>7}  {what}");
        }
        let mut kinds: Vec<_> = self.kinds.iter().collect();
        kinds.sort_by_key(|(_, kind)| std::cmp::Reverse(kind.count));
        let all: usize = kinds.iter().map(|(_, kind)| kind.count).sum();
        let _ = writeln!(out, "\n{all} differences of {} kinds", kinds.len());
        for (name, kind) in &kinds {
            let _ = writeln!(out, "{:>7} in {:>4} estates  {name}", kind.count, kind.estates);
        }
        for (name, kind) in kinds {
            let (estate, detail) = &kind.example;
            let _ = writeln!(out, "\n=== {name}\n{detail}\n--- {estate}");
        }
        out
    }
}
