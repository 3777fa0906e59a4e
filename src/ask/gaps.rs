//! Facts that questions would use and nobody told.
//!
//! Nothing is judged here a second time: what a question reaches is looked up as an answer looks it up, and whether
//! a missing fact decides is read off the answer.

mod command;
mod fact;
mod find;
mod row;

use std::collections::{BTreeMap, BTreeSet};

use super::{Answer, AskError, Question};
use crate::estate::Estate;

pub use command::{Command, Word, command};
pub use fact::{BucketFact, KeyFact, MissingFact, RoleFact, RowFact};
pub use find::everything;
pub use row::row;

/// One missing fact.
#[derive(Clone, Debug)]
pub struct Gap {
    /// The fact that is missing.
    pub fact: MissingFact,
    /// The questions that use it: their places in the list.
    pub needed_by: BTreeSet<usize>,
    /// A question has no firm answer for want of it; else something is assumed in its place.
    pub decides: bool,
}

/// What the questions miss.
#[derive(Debug, Default)]
pub struct Gaps {
    /// In the order of their facts, each once.
    pub gaps: Vec<Gap>,
    /// Questions that cannot be asked, for a reason that no AWS command mends.
    pub unasked: Vec<(usize, AskError)>,
}

/// The facts that these questions would use and nobody told.
pub fn of(estate: &Estate, questions: &[Question]) -> Gaps {
    let mut found: BTreeMap<MissingFact, Gap> = BTreeMap::new();
    let mut unasked = Vec::new();
    for (index, question) in questions.iter().enumerate() {
        let answers = answers(estate, question);
        let facts = match &answers {
            Ok((answer, strict)) => find::needed(estate, question, answer, strict),
            Err(error) => {
                let facts = find::absent(estate, question);
                if facts.is_empty() {
                    unasked.push((index, error.clone()));
                }
                facts
            }
        };
        for fact in facts {
            // Without the role or the bucket there is no answer at all.
            let decides = answers.as_ref().map_or(true, |(answer, _)| depends_on(answer, &fact));
            let new = || Gap { fact: fact.clone(), needed_by: BTreeSet::new(), decides: false };
            let gap = found.entry(fact.clone()).or_insert_with(new);
            gap.needed_by.insert(index);
            gap.decides |= decides;
        }
    }
    Gaps { gaps: found.into_values().collect(), unasked }
}

/// The answer, and the one where nothing is assumed.
fn answers(estate: &Estate, question: &Question) -> Result<(Answer, Answer), AskError> {
    Ok((super::answer(estate, question)?, super::answer(estate, &question.clone().strict())?))
}

/// Whether an answer depends on a fact.
fn depends_on(answer: &Answer, fact: &MissingFact) -> bool {
    answer.depends_on.iter().filter_map(|unknown| unknown.fact.as_ref()).any(|id| fact.settles(id))
}
