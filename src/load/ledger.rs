//! Who told a fact first, so that whoever tells it again can be compared with them.

use std::collections::BTreeMap;

use super::Intake;
use crate::json::{self, Node, Value, canonical_number};
use crate::problem::Problem;
use crate::source::{SourceId, Span, Spanned};

/// What was told so far, by what it is about.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    told: BTreeMap<(String, &'static str), Spanned<Saying>>,
    /// Manifest tables by their subject.
    tables: BTreeMap<String, Span>,
    /// Positions of resources in the lists of the estate.
    pub(super) roles: Positions,
    pub(super) users: Positions,
    pub(super) keys: Positions,
    pub(super) buckets: Positions,
    pub(super) objects: Positions,
    pub(super) endpoints: Positions,
    pub(super) organizations: Positions,
    pub(super) targets: Positions,
    pub(super) aws: super::aws_cli::Notes,
}

pub(super) type Positions = BTreeMap<String, usize>;

/// A fact in the form it is compared in.
#[derive(Clone, Debug)]
pub(super) enum Saying {
    Text(String),
    /// Policies, compared by what they say and in any order.
    Documents(Vec<Span>),
}

impl Saying {
    pub(super) fn text(value: impl Into<String>) -> Self {
        Self::Text(value.into())
    }
}

impl Intake {
    /// Whether a fact is told for the first time. When it was told before, and differently, that is a problem.
    pub(super) fn tell(&mut self, subject: &str, fact: &'static str, at: Span, saying: Saying) -> bool {
        let entry = (subject.to_owned(), fact);
        let Some(first) = self.ledger.told.get(&entry).cloned() else {
            self.ledger.told.insert(entry, Spanned::new(saying, at));
            return true;
        };
        if !self.agree(&first.value, &saying) {
            let [here, there] = [&saying, &first.value].map(|saying| match saying {
                Saying::Text(text) if text.is_empty() => "none".to_owned(),
                Saying::Text(text) => format!("`{text}`"),
                Saying::Documents(list) if list.is_empty() => "none".to_owned(),
                Saying::Documents(_) => "another document".to_owned(),
            });
            let message = format!("{fact} of {subject} is told twice, and differently: {here} here");
            let problem = Problem::error("conflicting-facts", at, message)
                .because(first.span, format!("{there} here"))
                .help("leave one of them out, or correct it");
            self.problems.push(problem);
        }
        false
    }

    /// Whether this is the first manifest table about its subject.
    pub(super) fn is_first_table(&mut self, subject: &str, at: Span) -> bool {
        if let Some(first) = self.ledger.tables.get(subject) {
            let message = format!("{subject} has a table of its own already");
            let problem = Problem::error("duplicate-table", at, message).because(*first, "the first table");
            self.problems.push(problem.help("say everything about it in one table"));
            return false;
        }
        self.ledger.tables.insert(subject.to_owned(), at);
        true
    }

    /// Where a fact was told first.
    pub(super) fn place_told(&self, subject: &str, fact: &'static str) -> Option<Span> {
        self.ledger.told.get(&(subject.to_owned(), fact)).map(|saying| saying.span)
    }

    /// Whether a document says the same as one of a list.
    pub(super) fn is_among(&self, document: Span, list: &[Span]) -> bool {
        list.contains(&document)
            || self.documents_mean(&[document]).iter().all(|m| self.documents_mean(list).contains(m))
    }

    fn agree(&self, one: &Saying, other: &Saying) -> bool {
        match (one, other) {
            (Saying::Text(one), Saying::Text(other)) => one == other,
            (Saying::Documents(one), Saying::Documents(other)) => {
                one == other || self.documents_mean(one) == self.documents_mean(other)
            }
            (Saying::Text(_), Saying::Documents(_)) | (Saying::Documents(_), Saying::Text(_)) => false,
        }
    }

    fn documents_mean(&self, spans: &[Span]) -> Vec<String> {
        let mut meanings: Vec<String> = spans
            .iter()
            .map(|span| {
                let mut meaning = String::new();
                if let Some(root) = json::parse(SourceId::LONE, self.sources.text(*span)).root {
                    canonical(&root, &mut meaning);
                }
                meaning
            })
            .collect();
        meanings.sort_unstable();
        meanings.dedup();
        meanings
    }
}

/// One text for all spellings of the same JSON value: without spaces, members sorted, numbers in one form.
fn canonical(node: &Node<'_>, out: &mut String) {
    match &node.value {
        Value::Null | Value::Invalid => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&canonical_number(number)),
        Value::String(text) => {
            out.push_str(&format!("{text:?}"));
        }
        Value::Array(elements) => {
            out.push('[');
            for element in elements {
                canonical(element, out);
                out.push(',');
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by(|a, b| a.key.value.cmp(&b.key.value));
            out.push('{');
            for member in sorted {
                out.push_str(&format!("{:?}:", member.key.value));
                canonical(&member.value, out);
                out.push(',');
            }
            out.push('}');
        }
    }
}
