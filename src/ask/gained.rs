//! Access that one side of a comparison gives and the other does not.

use super::{ConditionLine, Evidence};
use crate::logic::{Assignment, Unknown};

/// Access that one side gives and the other does not.
#[derive(Clone, Debug)]
pub struct Change {
    /// Who gained or lost what.
    pub subject: Subject,
    /// A request shows it. Otherwise it depends on something that nobody knows.
    pub certain: bool,
    /// Which requests: any of these lists holds in full, and an empty list is every request. `None` when that is too
    /// large to write out, or depends on something that is not a context key.
    pub conditions: Option<Vec<Vec<ConditionLine>>>,
    /// A request that the one side allows and the other denies.
    pub witness: Option<Example>,
    /// The statements that give the access, and the Deny of the other side that takes it.
    pub evidence: Vec<Evidence>,
    /// What the difference depends on.
    pub depends_on: Vec<Unknown>,
    /// What the side without the access says, for a read or another operation.
    pub reason: Option<String>,
}

/// What a change is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// Two documents that were named.
    Documents,
    /// A role reading the objects of a bucket.
    Read {
        /// The ARN of the role.
        role: String,
        /// The name of the bucket.
        bucket: String,
    },
    /// A role doing something else with the objects of a bucket.
    Operation {
        /// The ARN of the role.
        role: String,
        /// The name of the operation.
        operation: String,
        /// The name of the bucket.
        bucket: String,
    },
    /// The policies of this kind of a principal or a resource.
    Policies {
        /// The kind of the policies, as it is called in text.
        kind: &'static str,
        /// What they belong to.
        of: String,
    },
}

/// One request, named in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// An ARN, the name of a service or provider, or `anonymous`; none where the policies belong to the caller.
    pub principal: Option<String>,
    /// The action, as `service:Name`.
    pub action: String,
    /// The ARN of the resource.
    pub resource: String,
    /// A key that is `None`, and every key that is not listed, is absent from the request.
    pub context: Assignment,
}
