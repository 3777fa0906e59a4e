//! One request against the policies that apply to it, gate by gate; the only copy of AWS's order.
//!
//! [`decide`] is written over any [`Evaluation`]: the same walk answers with a bool, with “open”, or with the formula
//! of everything the answer depends on.
//!
//! Sources: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html>

mod applicable;
mod assume_role;
mod caller;
mod circumstances;
mod context;
mod cross_account;
mod decide;
mod elements;
mod endpoint;
mod evaluation;
mod gate;
mod grants;
mod owner;
pub mod policy_set;
mod prefix;
mod principals;
mod public;
mod statement;

pub use applicable::{Applicable, ControlPolicies, Limit, ResourceSide, Side, Target};
pub(crate) use caller::CANONICAL;
pub use caller::{Caller, CallerError, CallerKind, SessionName, is_web_provider};
pub use circumstances::{Circumstances, Given, Network, Session};
pub use context::{Choice, Context, ContextValue, InheritedValue, OpenKey};
pub use decide::{Decision, GateResult, decide};
pub use elements::{Element, PolicyPlace, unmet};
pub use endpoint::NamedEndpoint;
pub use evaluation::{Concrete, Evaluation, Explained, Kleene, Matched, Symbolic};
pub use gate::Gate;
pub use owner::Ownership;
pub use prefix::{KnownPrefix, Rest};
pub use public::is_public;
pub(crate) use statement::is_of_key_aliases;
pub use statement::{Request, condition};
