//! One request as the estate tells it: who asks, what its context keys hold, and which policies apply.
//!
//! Every question prepares its requests with `call::Call::build`, so that the same request looks the same in all of
//! them.

pub(crate) mod call;
mod context;
mod credentials;
mod decision_context;
pub(crate) mod forwarded;
mod guardrails;
pub(crate) mod headers;
pub(crate) mod keys;
mod leg;
mod requester;
pub(crate) mod sts;

pub use decision_context::DecisionContext;
pub(crate) use forwarded::Forwarded;
pub(crate) use guardrails::Guardrail;
pub(crate) use leg::{Leg, Way};
pub(crate) use requester::{Inherited, Requester};
