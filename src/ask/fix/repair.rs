//! A statement with a slip, put right where it stands.

use super::Asked;
use crate::ask::Fix;
use crate::ask::answer::{Change, Edit};
use crate::ask::near::{Miss, Near, Repair};
use crate::policy::{Changes, render};
use crate::source::Span;

/// The statement as it was meant, where every element that does not fit is a slip.
pub(super) fn repair(asked: &Asked<'_>, near: &Near) -> Option<Fix> {
    if !near.is_repairable() {
        return None;
    }
    let policy = asked.documents.holding(near.span)?;
    if asked.documents.by_aws(policy.span).is_some() {
        return None;
    }
    let statement = policy.statements.iter().find(|s| s.span == near.span)?;
    let edits: Vec<Edit> = near.misses.iter().filter_map(|miss| edit(miss, statement)).collect();
    if edits.len() != near.misses.len() {
        return None;
    }
    let why = near.misses.iter().map(|miss| miss.why.as_str()).collect::<Vec<_>>().join("; ");
    Some(Fix {
        change: Change::Replace { statement: render(statement, &Edits(&edits)), edits },
        document: Some(near.span),
        document_name: String::new(),
        pointer: near.pointer.clone(),
        why,
        gate: None,
        is_bound: false,
        after: None,
        leaves: Vec::new(),
        opens: None,
    })
}

fn edit(miss: &Miss, statement: &crate::policy::Statement) -> Option<Edit> {
    // A change of a line is found by its key; the miss may point to a value.
    let key = || {
        let of = |test: &&crate::policy::Test| {
            test.key.span == miss.at || test.values.iter().any(|value| value.span == miss.at)
        };
        statement.tests.iter().find(of).map(|test| test.key.span)
    };
    Some(match miss.repair.as_ref()? {
        Repair::Value(text) => Edit::Value { at: miss.at, text: text.clone() },
        Repair::Key(text) => Edit::Key { at: key()?, text: text.clone() },
        Repair::Operator(text) => Edit::Operator { key: key()?, text: text.clone() },
    })
}

struct Edits<'e>(&'e [Edit]);

impl Changes for Edits<'_> {
    fn value(&self, place: Span) -> Option<String> {
        self.0.iter().find_map(|edit| {
            if let Edit::Value { at, text } = edit
                && *at == place
            {
                Some(text.clone())
            } else {
                None
            }
        })
    }

    fn operator(&self, place: Span) -> Option<String> {
        self.0.iter().find_map(|edit| {
            if let Edit::Operator { key, text } = edit
                && *key == place
            {
                Some(text.clone())
            } else {
                None
            }
        })
    }

    fn key(&self, place: Span) -> Option<String> {
        self.0.iter().find_map(|edit| {
            if let Edit::Key { at, text } = edit
                && *at == place
            {
                Some(text.clone())
            } else {
                None
            }
        })
    }
}
