//! What we have to say before anyone decides how to show it.

mod fingerprint;

use crate::ask::diff::Diff;
use crate::ask::{AccessGraph, AllPairs, Answer, Exactness, Fit, Matrix, Verdict};
use crate::diagnostic::Diagnostic;
use crate::policy::PolicyKind;
use crate::source::{SourceId, Span};

pub use fingerprint::{Identity, fingerprints, packed};

/// An answer and what the manifest expected of it.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The answer to the question of the row.
    pub answer: Answer,
    /// None for a question asked on the command line.
    pub expected: Option<Verdict>,
    /// The row in the manifest.
    pub row: Option<Span>,
    /// What tells the question from another one about the same principals; empty for nothing.
    pub circumstances: String,
    /// How the real condition compares with the one the row names.
    pub exactness: Option<Exactness>,
}

/// How an answer compares with what was expected of it.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The answer is the expected one.
    Held,
    /// The answer is another one.
    Failed,
    /// The answer is conditional where a firm one was asked for, or its condition could not be compared with the
    /// one that was: neither kept nor broken.
    Open,
}

impl Checked {
    /// A question asked on the command line.
    pub fn asked(answer: Answer) -> Self {
        Self { answer, expected: None, row: None, circumstances: String::new(), exactness: None }
    }

    /// None where nothing was expected.
    pub fn outcome(&self) -> Option<Outcome> {
        let expected = self.expected?;
        Some(if self.answer.verdict.meets(expected) {
            match self.exactness.as_ref().map(Exactness::fit) {
                Some(Fit::Exact) | None => Outcome::Held,
                Some(Fit::Differs) => Outcome::Failed,
                Some(Fit::Open) => Outcome::Open,
            }
        } else if self.answer.verdict == Verdict::Conditional {
            Outcome::Open
        } else {
            Outcome::Failed
        })
    }
}

/// A finding that somebody decided to live with.
#[derive(Clone, Debug)]
pub struct Suppressed {
    /// What was found.
    pub finding: Diagnostic,
    /// What suppresses it.
    pub by: SuppressedBy,
    /// Why it is all right, as they wrote it.
    pub reason: String,
}

/// Where that was decided.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum SuppressedBy {
    /// `[[ignore]]` of the manifest.
    Manifest,
    /// `Metadata` of the resource, in the template itself.
    Template,
    /// A file of findings that were there before.
    Baseline,
}

/// Everything one run has to say, already filtered.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The answers, in the order of the questions.
    pub answers: Vec<Checked>,
    /// What was found in policies and about roles.
    pub findings: Vec<Diagnostic>,
    /// What is wrong with the input.
    pub problems: Vec<Diagnostic>,
    /// Kept so that nothing disappears silently.
    pub suppressed: Vec<Suppressed>,
    /// What was compared, in a run that compares and does nothing else.
    pub diff: Option<Diff>,
    /// Who can become a role, or who can read, in a run that asks that.
    pub map: Option<AccessGraph>,
    /// Many questions in a table, in a run that asks them.
    pub matrix: Option<Matrix>,
    /// Everybody and everything, in a run that asks for all pairs.
    pub all_pairs: Option<AllPairs>,
    /// Policies whose kind was guessed by what they say, in a run that looks at policies alone.
    pub guessed: Vec<(Span, PolicyKind)>,
    /// New texts of files, in a run that puts findings right.
    pub rewritten: Vec<(SourceId, String)>,
}
