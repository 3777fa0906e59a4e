//! The questions people come with, and their answers as data.

mod access_graph;
mod acts;
mod all_pairs;
mod answer;
mod assume;
mod carry_out;
mod confirm;
pub mod diff;
mod does;
mod error;
mod exact;
mod fix;
mod gained;
pub mod gaps;
mod instead;
mod leg;
mod legs;
mod matrix;
pub mod near;
mod principal;
pub mod profile;
mod question;
mod reasons;
mod resource;
mod rules;
mod scope;
mod short_answer;
pub mod simulate;
mod symbols;
#[cfg(test)]
mod tests;
mod trust;
mod who;

use crate::estate::Estate;
pub use crate::eval::{Circumstances, Given, Network, Session};
pub use crate::operation::{On, When};
pub use crate::service::Block;
pub use access_graph::{
    AccessCall, AccessEdge, AccessGraph, AccessNode, AccessNote, AccessPath, AccessSubject, Layer, NodeKind,
    Standing,
};
pub use acts::{ActsQuestion, Made};
pub use all_pairs::{AllPairs, AllPairsQuestion, Class, Pair, PairCondition, all_pairs};
pub use answer::{
    Advice, Answer, Assumption, Change, ConditionLine, Denial, Edit, Evidence, Fix, GateReading, GateVerdict,
    Holder, Leg, Subject, Verdict, Witness,
};
pub use carry_out::changed as carried_out;
pub use does::OBJECT_KEY;
pub use error::AskError;
pub use exact::{
    Absent, Difference, ExactError, Exactly, Exactness, Fit, Wanted, exactness_of_assume, exactness_of_read,
};
pub use matrix::{Cell, Matrix, MatrixQuestion, matrix};
pub use profile::{Advised, Confidence, Omitted, Profile};
pub use question::{BecomesQuestion, DoesQuestion, Doing, Question};
pub use rules::rules;
pub use scope::{scope, scope_of_all, scope_of_map};
pub use trust::{TrustQuestion, trust, trust_each};
pub use who::{WhoDoes, WhoQuestion, who};

/// Answer a question of either kind.
pub fn answer(estate: &Estate, question: &Question) -> Result<Answer, AskError> {
    match question {
        Question::Does(question) => read(estate, question),
        Question::Becomes(question) => assume(estate, question),
        Question::Acts(question) => {
            principal::find(estate, &question.by, &question.circumstances.session)?;
            acts(estate, question)
        }
    }
}

/// Can this role read this object? Every change that the answer proposes was made in a copy of the estate and asked about
/// again.
pub fn read(estate: &Estate, question: &DoesQuestion) -> Result<Answer, AskError> {
    let with_untold = does::WithUntold::of(estate, question);
    let estate = with_untold.as_ref().map_or(estate, |with| &with.estate);
    let mut answer = does::read(estate, question)?;
    answer.assumptions.extend(with_untold.as_ref().map(does::WithUntold::assumption));
    carry_out::of_read(estate, question, &mut answer);
    instead::tell(estate, question, &mut answer);
    if let Some(mut refused) = does::as_default(estate, question, &answer) {
        carry_out::of_read(estate, question, &mut refused);
        answer.as_default = Some(Box::new(refused));
    }
    Ok(answer)
}

/// May this principal do this? Every change that the answer proposes was made in a copy of the estate and asked about again.
pub fn acts(estate: &Estate, question: &ActsQuestion) -> Result<Answer, AskError> {
    let mut answer = acts::acts(estate, question)?;
    carry_out::of_action(estate, question, &mut answer);
    Ok(answer)
}

/// Can this principal become this role? Every change that the answer proposes was made in a copy of the estate and asked
/// about again.
pub fn assume(estate: &Estate, question: &BecomesQuestion) -> Result<Answer, AskError> {
    let mut answer = assume::assume(estate, question)?;
    carry_out::of_assume(estate, question, &mut answer);
    Ok(answer)
}
