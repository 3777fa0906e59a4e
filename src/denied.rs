//! AccessDenied messages: what one says, which leg and gate refused, and what the files say of it (R135–R138).

mod agreement;
mod meaning;
mod message;
mod question;
mod record;

use crate::ask::Denial;
use crate::eval::Gate;

pub use agreement::{Agreement, compare};
pub use meaning::{Leg, Meaning};
pub use question::{Named, question};

/// A refused request, as far as a message or a record of it tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// Who was refused, as the message has it: a session's ARN, which lacks the role's path.
    pub principal: Option<String>,
    /// The role's ARN, which only records have.
    pub role: Option<String>,
    pub action: Option<String>,
    pub resource: Option<String>,
    pub reason: Reason,
    /// The ARN of the policy that refused.
    pub policy: Option<String>,
    /// The object, where something beside the resource names it.
    pub object: Option<String>,
    pub request: Request,
}

/// What a record tells of the request beside who, what and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The API call, such as `GetObject`.
    pub operation: Option<String>,
    pub source_ip: Option<String>,
    pub endpoint: Option<String>,
    pub version_id: Option<String>,
    /// The Bucket Key's encryption context names this bucket, and no object (R52).
    pub bucket_context: Option<String>,
}

/// Why, in the words of AWS.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Reason {
    /// `because no <type> allows …`
    Missing(Gate),
    /// `with an explicit deny in a <type>`; `None` where the type is not named.
    Explicit(Option<Gate>),
    /// The key is out of the caller's sight: forms (c) and (d) of R136.
    KeyOutOfSight,
    PublicAccessBlock,
    /// The call is named, and no reason is.
    #[default]
    NotSaid,
    /// `Access Denied`, and nothing more (R137).
    Bare,
    /// Refused for something other than permissions (R138).
    Other(Obstacle),
}

/// What refuses a request that permissions do not.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    KeyDisabled,
    KeyState,
    KeyNotFound,
    Archived,
    /// The request was not signed with Signature Version 4, or carries encryption headers that reads must not.
    Signature,
    CustomerKey,
    Credentials,
    /// `Encoded authorization failure message`
    Encoded,
}

impl Reason {
    /// The gate that refused, where the message names it.
    pub fn gate(self) -> Option<Gate> {
        match self {
            Self::Missing(gate) | Self::Explicit(Some(gate)) => Some(gate),
            Self::PublicAccessBlock => Some(Gate::PublicAccess),
            Self::Explicit(None) | Self::KeyOutOfSight | Self::NotSaid | Self::Bare | Self::Other(_) => None,
        }
    }

    pub fn denial(self) -> Option<Denial> {
        match self {
            Self::Missing(_) => Some(Denial::Implicit),
            Self::Explicit(_) => Some(Denial::Explicit),
            Self::KeyOutOfSight | Self::PublicAccessBlock | Self::NotSaid | Self::Bare | Self::Other(_) => {
                None
            }
        }
    }
}

/// Every refusal in a text, each different one once with how often it occurs: a message however it was wrapped and
/// quoted, an error document, or CloudTrail records.
pub fn read(text: &str) -> Vec<(Refusal, usize)> {
    let mut found: Vec<(Refusal, usize)> = Vec::new();
    let mut at: std::collections::HashMap<Key, usize, rustc_hash::FxBuildHasher> = Default::default();
    for refusal in record::read(text).unwrap_or_else(|| message::read_all(text)) {
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
        format!("{:?}", refusal.reason),
        refusal.object.clone(),
    )
}
