//! One request against the policies that apply to it, gate by gate; the only copy of AWS's order.
//!
//! [`decide`] is written over any [`World`]: the same walk answers with a bool, with “open”, or with the formula
//! of everything the answer depends on.
//!
//! Sources: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html>

mod becoming;
mod caller;
mod circumstances;
mod context;
mod decide;
pub mod document;
mod elements;
mod endpoint;
mod gate;
mod grants;
mod owner;
mod principals;
mod public;
mod reach;
mod statement;
mod within;
mod world;

pub(crate) use caller::CANONICAL;
pub use caller::{Caller, CallerError, CallerKind, SessionName, is_web_provider};
pub use circumstances::{Circumstances, Given, Network, Session};
pub use context::{Context, Either, OpenKey, Same, Slot};
pub use decide::{Applicable, Decision, Levels, Limit, Reading, ResourceSide, Side, Target, decide};
pub use elements::{Element, Place, unmet};
pub use endpoint::NamedEndpoint;
pub use gate::Gate;
pub use owner::Ownership;
pub use public::is_public;
pub(crate) use statement::is_of_key_aliases;
pub use statement::{Request, condition};
pub use within::{Rest, Within};
pub use world::{Concrete, Explained, Kleene, Spoken, Symbolic, World};
