//! A witness is asked about as a question of its own before anybody sees it.

use super::answer::Leg;
use super::{Circumstances, Given};
use crate::logic::{Assignment, Cond, Solver, Witness};
use crate::name::{ActionName, ConditionKey, keys};

/// The sides of a witness that hold when they are asked about: `works` tells when the access works in the request
/// of a side, which must then be settled. A side with a key that no request of the legs can have is none.
pub(super) fn confirmed(
    witness: Witness,
    legs: &[Leg],
    works: &dyn Fn(&Assignment) -> Option<Cond>,
) -> Witness {
    let actions: Vec<ActionName> = legs.iter().filter_map(|leg| ActionName::new(&leg.action)).collect();
    let holds = |keys: &Assignment, wanted: bool| {
        is_possible(keys, &actions)
            && works(keys).is_some_and(|cond| Solver::new([&cond]).decided(&cond) == Some(wanted))
    };
    Witness {
        allowed: witness.allowed.filter(|keys| holds(keys, true)),
        denied: witness.denied.filter(|keys| holds(keys, false)),
    }
}

/// Whether requests for these actions can have all keys of a witness. The session's name is left out: it is chosen in the
/// request to STS.
fn is_possible(keys: &Assignment, actions: &[ActionName]) -> bool {
    keys.iter().filter(|(name, values)| values.is_some() && name != "sts:RoleSessionName").all(|(name, _)| {
        let key = ConditionKey::new(name);
        actions.iter().any(|action| keys::can_be_in(&key, action))
    })
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
