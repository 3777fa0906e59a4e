//! The questions people come with, and their answers as data.

mod acts;
mod answer;
mod assume;
mod confirm;
pub mod diff;
mod does;
mod error;
mod exact;
mod fix;
pub mod gaps;
mod leg;
mod legs;
mod map;
pub mod profile;
mod question;
mod reasons;
mod scope;
pub mod simulate;
mod symbols;
mod trust;
mod who;

use crate::estate::Estate;
pub use crate::eval::{Circumstances, Given, Network, Session};
pub use crate::operation::{On, When};
pub use crate::service::Block;
pub use acts::{ActsQuestion, Made, acts};
pub use answer::{
    Advice, Answer, Assumption, ConditionLine, Denial, Evidence, Fix, GateReading, GateVerdict, Leg, Subject,
    Verdict, Witness,
};
pub use assume::assume;
pub use does::{OBJECT_KEY, read};
pub use error::AskError;
pub use exact::{
    Absent, Difference, ExactError, Exactly, Exactness, Fit, Wanted, exactness_of_assume, exactness_of_read,
};
pub use map::{Layer, Map, MapCall, MapEdge, MapNode, MapNote, MapPath, MapSubject, NodeKind, Standing};
pub use profile::{Advised, Confidence, Omitted, Profile};
pub use question::{BecomesQuestion, DoesQuestion, Question};
pub use scope::{scope, scope_of_all, scope_of_map};
pub use trust::{TrustQuestion, trust, trust_each};
pub use who::{WhoDoes, WhoQuestion, who};

/// Answer a question of either kind.
pub fn answer(estate: &Estate, question: &Question) -> Result<Answer, AskError> {
    match question {
        Question::Does(question) => read(estate, question),
        Question::Becomes(question) => assume(estate, question),
    }
}
