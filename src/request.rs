//! One request as the estate tells it: who asks, what its context keys hold, and which policies apply.
//!
//! Whoever asks a question, about a read or about who can become a role, prepares its requests here, so that the same
//! principal looks the same in all of them.

mod asker;
mod assumed;
pub(crate) mod call;
mod circumstances;
pub(crate) mod guardrails;
pub(crate) mod keys;
pub(crate) mod sts;

pub(crate) use asker::Asker;
pub(crate) use assumed::Assumed;
pub use assumed::Assumption;
pub use circumstances::{Circumstances, Given, Network, Session};
