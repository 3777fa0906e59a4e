//! Who told a fact first, so that whoever tells it again can be compared with them.

use std::collections::BTreeSet;

use super::{Hashed, Intake};
use crate::diagnostic::{Code, Diagnostic};
use crate::estate::SharedPolicy;
use crate::source::{Span, Spanned};

/// What was told so far, by what it is about.
#[derive(Clone, Debug, Default)]
pub(super) struct FactLog {
    told: Hashed<String, Vec<(&'static str, LoggedFact)>>,
    /// The table that is being read overrides what files say.
    pub(super) overriding: bool,
    /// Manifest tables by their subject.
    tables: Hashed<String, Span>,
    /// Positions of resources in the lists of the estate.
    pub(super) roles: Positions,
    pub(super) users: Positions,
    pub(super) keys: Positions,
    pub(super) buckets: Positions,
    pub(super) objects: Positions,
    pub(super) stores: Positions,
    pub(super) endpoints: Positions,
    pub(super) organizations: Positions,
    pub(super) targets: Positions,
    pub(super) instance_profiles: Positions,
}

#[derive(Clone, Debug)]
struct LoggedFact {
    saying: Spanned<Saying>,
    /// Nobody who says otherwise is heard.
    overrides: bool,
}

pub(super) type Positions = Hashed<String, usize>;

/// A fact in the form it is compared in.
#[derive(Clone, Debug)]
pub(super) enum Saying {
    Text(String),
    /// Policies, compared by what they say and in any order.
    Documents(Vec<SharedPolicy>),
}

impl Saying {
    pub(super) fn text(value: impl Into<String>) -> Self {
        Self::Text(value.into())
    }
}

impl Intake {
    /// Whether a fact is told for the first time. When it was told before, and differently, that is a problem.
    pub(super) fn record(&mut self, subject: &str, fact: &'static str, at: Span, saying: Saying) -> bool {
        let overrides = self.fact_log.overriding;
        let told = match self.fact_log.told.get_mut(subject) {
            Some(told) => told,
            None => self.fact_log.told.entry(subject.to_owned()).or_default(),
        };
        let logged = |saying| LoggedFact { saying: Spanned::new(saying, at), overrides };
        let Some((_, first)) = told.iter_mut().find(|(known, _)| *known == fact) else {
            told.push((fact, logged(saying)));
            return true;
        };
        if overrides && !first.overrides {
            *first = logged(saying);
            return true;
        }
        let is_heard = overrides || !first.overrides;
        if is_heard && !first.saying.value.agrees(&saying) {
            let first = first.saying.clone();
            let [here, there] = [&saying, &first.value].map(|saying| match saying {
                Saying::Text(text) if text.is_empty() => "none".to_owned(),
                Saying::Text(text) => format!("`{text}`"),
                Saying::Documents(list) if list.is_empty() => "none".to_owned(),
                Saying::Documents(_) => "another document".to_owned(),
            });
            let message = format!("{fact} of {subject} has conflicting values: {here} here");
            let problem = Diagnostic::new(Code::ConflictingFacts, at, message)
                .because(first.span, format!("{there} here"))
                .help(self.way_out(at, first.span));
            self.problems.push(problem);
        }
        false
    }

    /// What to do about two places that disagree.
    fn way_out(&self, one: Span, other: Span) -> String {
        let file = |span: Span| {
            let source = self.sources.host(span).source;
            let deploys = self.files.iter().any(|file| {
                file.source == Some(source)
                    && file.loader.is_some_and(|name| ["cloudformation", "terraform"].contains(&name))
            });
            deploys.then(|| self.sources.name(source))
        };
        match (file(one), file(other)) {
            (Some(one), Some(other)) if one != other => format!(
                "leave one of them out; where they are deployed to two accounts, say so for each file: [[bind]] with file = \"{one}\" and account = \"…\""
            ),
            (_, _) => "leave one of them out, or correct it".to_owned(),
        }
    }

    /// Whether this is the first manifest table about its subject.
    pub(super) fn is_first_table(&mut self, subject: &str, at: Span) -> bool {
        // A second table may override the first on purpose.
        if let Some(first) = self.fact_log.tables.get(subject).filter(|_| !self.fact_log.overriding) {
            let message = format!("{subject} has a table of its own already");
            let problem =
                Diagnostic::new(Code::DuplicateTable, at, message).because(*first, "the first table");
            self.problems.push(problem.help("say everything about it in one table"));
            return false;
        }
        self.fact_log.tables.insert(subject.to_owned(), at);
        true
    }

    /// Where a fact was told first.
    pub(super) fn place_told(&self, subject: &str, fact: &'static str) -> Option<Span> {
        self.logged(subject, fact).map(|told| told.saying.span)
    }

    fn logged(&self, subject: &str, fact: &'static str) -> Option<&LoggedFact> {
        self.fact_log.told.get(subject)?.iter().find_map(|(known, told)| (*known == fact).then_some(told))
    }

    /// What the facts are about that were told first in certain places, in no order.
    pub(super) fn subjects_told_in(&self, holds: impl Fn(Span) -> bool) -> impl Iterator<Item = &str> {
        let holds = move |told: &Vec<(_, LoggedFact)>| told.iter().any(|(_, told)| holds(told.saying.span));
        self.fact_log.told.iter().filter(move |(_, told)| holds(told)).map(|(subject, _)| subject.as_str())
    }

    /// Whether the manifest told a fact on purpose, against whatever files say.
    pub(super) fn is_overridden(&self, subject: &str, fact: &'static str) -> bool {
        self.logged(subject, fact).is_some_and(|told| told.overrides)
    }
}

/// Whether a policy says the same as one of a list.
pub(super) fn is_among(policy: &SharedPolicy, list: &[SharedPolicy]) -> bool {
    list.iter().any(|other| other.span == policy.span)
        || list.iter().any(|other| other.meaning() == policy.meaning())
}

impl Saying {
    fn agrees(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(one), Self::Text(other)) => one == other,
            (Self::Documents(one), Self::Documents(other)) => {
                let same = one.len() == other.len() && one.iter().zip(other).all(|(a, b)| a.span == b.span);
                same || meanings(one) == meanings(other)
            }
            (Self::Text(_), Self::Documents(_)) | (Self::Documents(_), Self::Text(_)) => false,
        }
    }
}

fn meanings(policies: &[SharedPolicy]) -> BTreeSet<String> {
    policies.iter().map(|policy| policy.meaning()).collect()
}
