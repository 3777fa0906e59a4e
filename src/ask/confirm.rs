//! A witness is asked about as a question of its own before anybody sees it.

use super::{Circumstances, Given};
use crate::logic::{Assignment, Cond, Solver, Witness};
use crate::name::ConditionKey;

/// The sides of a witness that hold when they are asked about: `works` tells when the access works in the request
/// of a side, which must then be settled.
pub(super) fn confirmed(witness: Witness, works: &dyn Fn(&Assignment) -> Option<Cond>) -> Witness {
    let holds = |keys: &Assignment, wanted: bool| {
        works(keys).is_some_and(|cond| Solver::new([&cond]).decided(&cond) == Some(wanted))
    };
    Witness {
        allowed: witness.allowed.filter(|keys| holds(keys, true)),
        denied: witness.denied.filter(|keys| holds(keys, false)),
    }
}

/// The circumstances of a question with the keys of a witness told as well.
pub(super) fn told(circumstances: &Circumstances, keys: &Assignment) -> Circumstances {
    let mut told = circumstances.clone();
    for (key, values) in keys {
        if key == "sts:RoleSessionName" {
            told.session.name = values.as_ref().and_then(|v| v.first().cloned());
        }
        let given = values.as_ref().map_or(Given::Absent, |values| Given::Values(values.clone()));
        told.context.push((ConditionKey::new(key), given));
    }
    told
}
