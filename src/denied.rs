//! AccessDenied messages: what one says, which leg and gate refused, and what the files say of it (R135–R138).

mod adopt;
mod agreement;
mod around;
mod codes;
mod details;
mod known;
mod meaning;
mod message;
mod operations;
mod question;
mod record;
mod refusal;
mod services;
mod setups;
mod text;

pub use adopt::adopt;
pub use agreement::{Agreement, compare};
pub use codes::hint;
pub use known::{Proved, Workbench};
pub use meaning::Meaning;
pub use question::{Asked, NamedFacts, object_of, question, whole};
pub use refusal::{Leg, Obstacle, OperationKind, PublicAccessSetting, Reason, Refusal, Request};
pub use setups::{Setup, SetupStep};

/// Every refusal in a text, each different one once with how often it occurs: a message however it was wrapped and
/// quoted, an error document, or CloudTrail records.
pub fn read(text: &str) -> Vec<(Refusal, usize)> {
    let mut found: Vec<(Refusal, usize)> = Vec::new();
    let mut at: std::collections::HashMap<Key, usize, rustc_hash::FxBuildHasher> = Default::default();
    let documents = record::read(text);
    // A document of another shape may quote a message; words alone are no refusal there.
    let quoted =
        || message::read_all(text).into_iter().filter(|refusal| refusal.principal.is_some()).collect();
    let refusals: Vec<Refusal> = match documents {
        Some(found) if found.is_empty() => quoted(),
        Some(found) => found,
        None => message::read_all(text),
    };
    for refusal in refusals {
        let key = key(&refusal);
        match at.get(&key).and_then(|index| found.get_mut(*index)) {
            Some((_, times)) => *times += 1,
            None => {
                at.insert(key, found.len());
                found.push((refusal, 1));
            }
        }
    }
    found
}

/// What makes two refusals the same complaint; sessions of one role come and go.
type Key = (Option<String>, Option<String>, Option<String>, String, Option<String>);

fn key(refusal: &Refusal) -> Key {
    let who = refusal.role.clone().or_else(|| refusal.principal.clone());
    (
        who,
        refusal.action.clone(),
        refusal.resource.clone(),
        format!("{:?} {:?}", refusal.reason, refusal.request.operation),
        refusal.object.clone(),
    )
}
