use super::Forwarded;
use crate::eval::ContextValue;
use crate::name::ActionName;

/// One authorization that a question asks about.
#[derive(Clone, Debug)]
pub(crate) struct Leg<'q> {
    pub(crate) action: &'q ActionName,
    /// The name of the request among those of the question; empty where it is the only one.
    pub(crate) request: &'static str,
    pub(crate) way: Way,
    /// Context keys that the request is known to hold besides.
    pub(crate) known: &'q [(&'q str, ContextValue)],
}

/// How a request comes to its service.
#[derive(Clone, Debug)]
pub(crate) enum Way {
    /// Made by the principal itself.
    Direct,
    /// Made by a service, with the permissions of the principal that called it.
    Forwarded(Forwarded),
    /// Made in either way, unless the question tells by hand which.
    Any,
}

impl<'q> Leg<'q> {
    /// A request that is the only one of its question, in whichever way it is made.
    pub(crate) fn of(action: &'q ActionName) -> Self {
        Self { action, request: "", way: Way::Any, known: &[] }
    }
}
