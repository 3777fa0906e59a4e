use serde_json::Value;

use super::near::Near;
pub use crate::estate::Assumption;
use crate::estate::ObjectUri;
use crate::eval::Gate;
use crate::logic::Unknown;
pub use crate::logic::{ConditionLine, Witness};
use crate::policy::Effect;
use crate::service::Block;
use crate::source::Span;

/// The answer to one question.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What was asked.
    pub subject: Subject,
    /// The worst verdict of the legs, or what blocks the read.
    pub verdict: Verdict,
    /// Only when denied.
    pub denial: Option<Denial>,
    /// Only when blocked.
    pub blocked_by: Option<Block>,
    /// One sentence on what decides, for people.
    pub reason: String,
    /// The authorizations it takes, in the order AWS checks them.
    pub legs: Vec<Leg>,
    /// The access exists exactly when one of these lists holds in full. `None` when the answer is firm, or when
    /// the condition is too large to write out.
    pub conditions: Option<Vec<Vec<ConditionLine>>>,
    /// One request that is allowed, and one that is denied.
    pub witness: Witness,
    /// What the verdict depends on, where it is conditional.
    pub depends_on: Vec<Unknown>,
    /// What was assumed because no input says it, each once.
    pub assumptions: Vec<Assumption>,
    /// Where the question left the object's key open and the answer differs by key: the kinds of keys.
    pub by_key: Vec<crate::logic::Subdomain>,
    /// Changes that make an allowed answer of a denied one.
    pub fix: Vec<Fix>,
    /// What the profile asks for beyond, or short of, what AWS checks.
    pub advice: Vec<Advice>,
    /// The answer for an object that is encrypted as the bucket's default says, where that is not known and it is refused.
    pub as_default: Option<Box<Answer>>,
}

impl Answer {
    /// The changes to make, be they for objects that are encrypted as the bucket's default says.
    pub fn changes(&self) -> &[Fix] {
        match &self.as_default {
            Some(refused) if self.fix.is_empty() => &refused.fix,
            Some(_) | None => &self.fix,
        }
    }
}

/// What an answer is about.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Subject {
    /// A read of an object, or of all objects under a prefix.
    Read {
        /// The ARN of the principal that reads.
        role: String,
        /// The object, or the prefix of a set of objects.
        object: ObjectUri,
        /// The name of the profile the read is judged by.
        profile: String,
    },
    /// One step of assuming a role.
    Assume {
        /// The ARN of the role to assume.
        role: String,
        /// The principal that assumes it.
        by: String,
    },
    /// One action on one resource.
    Action {
        /// The principal that asks.
        by: String,
        /// The action, as `service:Name`.
        action: String,
        /// The ARN of the resource.
        resource: String,
    },
    /// An operation other than a read, and what it is about: from where and to where, for two.
    Operation {
        /// The principal that asks.
        by: String,
        /// The name of the operation, such as `write`.
        operation: String,
        /// The objects or buckets, as URIs.
        targets: Vec<String>,
    },
}

/// What comes of a question.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Every request that fits the question is allowed.
    Allowed,
    /// Every request that fits the question is denied.
    Denied,
    /// Some requests are allowed and some are denied.
    Conditional,
    /// Authorized, but a fact that is no policy stops it.
    Blocked,
    /// No IAM question at all for this kind of encryption or storage.
    Unsupported,
}

impl Verdict {
    /// The word used in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::Conditional => "conditional",
            Self::Blocked => "blocked",
            Self::Unsupported => "unsupported",
        }
    }

    /// The words of [`Verdict::parse`], in the order of the variants.
    pub const NAMES: &'static [&'static str] =
        &["allowed", "denied", "conditional", "blocked", "unsupported"];

    /// Whether an answer is what was expected. Who expects a denial is content with a read that is blocked: it
    /// does not work either.
    pub fn meets(self, expected: Self) -> bool {
        self == expected || (self == Self::Blocked && expected == Self::Denied)
    }

    /// The verdict a word stands for; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "allowed" => Self::Allowed,
            "denied" => Self::Denied,
            "conditional" => Self::Conditional,
            "blocked" => Self::Blocked,
            "unsupported" => Self::Unsupported,
            _ => return None,
        })
    }
}

/// How a request is denied.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Denial {
    /// A Deny statement matched.
    Explicit,
    /// Nothing allows it where something must.
    Implicit,
}

impl Denial {
    /// The word used in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Explicit => "explicit",
            Self::Implicit => "implicit",
        }
    }
}

/// One authorization of the read: the S3 request, or the KMS request made on its behalf (R1).
#[derive(Clone, Debug)]
pub struct Leg {
    /// The action, as `service:Name`.
    pub action: String,
    /// The ARN of the resource.
    pub resource: String,
    /// What the gates come to together.
    pub verdict: Verdict,
    /// How it is denied, where it is.
    pub denial: Option<Denial>,
    /// Whether principal and resource are in one account.
    pub same_account: bool,
    /// Every gate that applies, in AWS's order of evaluation.
    pub gates: Vec<GateReading>,
    /// The service that makes the request with the principal's permissions, as `s3.amazonaws.com`.
    pub on_behalf_of: Option<String>,
}

impl Leg {
    /// The gates at which nothing allows the request, and each of which has to be opened. In the account of a key, a key
    /// policy that names the caller needs no identity-based policy beside it.
    pub fn shut(&self) -> impl Iterator<Item = &GateReading> {
        let is_shut = |reading: &&GateReading| reading.denial == Some(Denial::Implicit);
        let by_resource = self.gates.iter().filter(is_shut).any(|reading| reading.gate == Gate::Resource);
        let spared = self.same_account && self.action.starts_with("kms:") && by_resource;
        self.gates.iter().filter(is_shut).filter(move |reading| !(spared && reading.gate == Gate::Identity))
    }
}

/// One gate of a leg.
#[derive(Clone, Debug)]
pub struct GateReading {
    /// Which gate it is.
    pub gate: Gate,
    /// What the gate comes to by itself.
    pub verdict: GateVerdict,
    /// How it denies, where it does.
    pub denial: Option<Denial>,
    /// The statements that matched.
    pub evidence: Vec<Evidence>,
    /// What the reading means where no statement speaks.
    pub note: Option<String>,
    /// Statements that were meant to let this request pass and do not fit, the nearest first.
    pub near: Vec<Near>,
    /// What the Denies that refuse the request spare, where something keeps the request from it.
    pub exceptions: Vec<Near>,
    /// No statement of the gate allows the request; a Deny and other gates are not counted.
    pub is_silent: bool,
    /// The same, and no other gate makes this one unnecessary.
    pub is_shut: bool,
}

/// What one gate comes to.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum GateVerdict {
    /// It allows every request that fits the question.
    Allowed,
    /// It denies every request that fits the question.
    Denied,
    /// It depends on the request, or on something unknown.
    Conditional,
    /// It has no say in this request.
    NotApplicable,
}

impl GateVerdict {
    /// The word used in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::Conditional => "conditional",
            Self::NotApplicable => "not_applicable",
        }
    }
}

/// A statement, or a grant, that speaks to the request.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// Allow or Deny.
    pub effect: Effect,
    /// The statement; its file and bytes are looked up in the source map.
    pub span: Span,
    /// The JSON pointer of the statement in its document.
    pub pointer: String,
    /// The Sid, where the statement has one.
    pub sid: Option<String>,
    /// When it speaks; `None` for always.
    pub when: Option<Vec<Vec<ConditionLine>>>,
}

/// A change that opens one closed gate.
#[derive(Clone, Debug)]
pub struct Fix {
    /// What to change.
    pub change: Change,
    /// The document that grows, or the statement that changes, as a place to look up; none when the estate has no such
    /// document.
    pub document: Option<Span>,
    /// What to call the document when it does not exist yet.
    pub document_name: String,
    /// JSON pointer of what changes: the statement list that grows, or the statement.
    pub pointer: String,
    /// One sentence on why this helps.
    pub why: String,
    /// The gate that it opens.
    pub gate: Option<Gate>,
    /// It keeps to what restricts other statements, which the request may not meet.
    pub is_bound: bool,
    /// The answer when all changes of it are made; `None` where they were not made.
    pub after: Option<Verdict>,
    /// The gates that stay shut then.
    pub leaves: Vec<Gate>,
    /// What else opens then; `None` where that was not compared.
    pub opens: Option<Vec<super::gained::Change>>,
    /// The operations that were compared for that.
    pub compared: Vec<&'static str>,
    /// A statement that changes covers actions that none of these operations asks for.
    pub covers_more: bool,
}

/// What is done.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Change {
    /// A statement more.
    Add(Value),
    /// A statement as it should stand, and what that takes in its text.
    Replace {
        /// The whole statement as it should stand.
        statement: Value,
        /// The smallest edits that make it of the present one.
        edits: Vec<Edit>,
    },
    /// A policy with this statement, where there is none.
    Create {
        /// The only statement of the new document.
        statement: Value,
        /// What the document belongs to.
        holder: Holder,
    },
    /// It cannot be made in the document of the gate, or is for people to decide.
    Elsewhere,
}

/// A change in the text of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Edit {
    /// The value at a place.
    Value {
        /// The value to replace.
        at: Span,
        /// What to write in its place, as the text of the value.
        text: String,
    },
    /// A value more, behind the one at a place.
    Also {
        /// The value beside which the new one goes.
        at: Span,
        /// What to add, as the text of the value.
        text: String,
    },
    /// The name of the condition key at a place.
    Key {
        /// The condition key to replace.
        at: Span,
        /// The name of the key to write in its place.
        text: String,
    },
    /// The operator of the line whose key is at a place.
    Operator {
        /// The condition key whose operator changes.
        key: Span,
        /// The operator to write.
        text: String,
    },
    /// One more line of the condition block: `{OPERATOR: {KEY: VALUES}}`.
    Condition(Value),
}

impl Edit {
    /// The same edit of a text in which the places are others; none where one of them is not there any more.
    #[cfg(feature = "cli")]
    pub(crate) fn moved(&self, to: &dyn Fn(Span) -> Option<Span>) -> Option<Self> {
        Some(match self {
            Self::Value { at, text } => Self::Value { at: to(*at)?, text: text.clone() },
            Self::Also { at, text } => Self::Also { at: to(*at)?, text: text.clone() },
            Self::Key { at, text } => Self::Key { at: to(*at)?, text: text.clone() },
            Self::Operator { key, text } => Self::Operator { key: to(*key)?, text: text.clone() },
            Self::Condition(added) => Self::Condition(added.clone()),
        })
    }
}

/// Who or what has a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Holder {
    /// Identity-based policies of a role or user, by its ARN.
    Identity(String),
    /// The name of the bucket.
    Bucket(String),
    /// The ARN of the access point.
    AccessPoint(String),
    /// The ARN of the secret or queue.
    Store(String),
    /// The ARN of the key, which has the policy that KMS writes.
    Key(String),
    /// Nothing of the estate: a session policy, a boundary, a control policy.
    Other,
}

impl Change {
    /// The name in machine output.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Add(_) => "add_statement",
            Self::Replace { .. } => "replace_statement",
            Self::Create { .. } => "create_document",
            Self::Elsewhere => "elsewhere",
        }
    }

    /// The whole statement as it should stand.
    pub fn statement(&self) -> Option<&Value> {
        match self {
            Self::Add(statement) | Self::Replace { statement, .. } | Self::Create { statement, .. } => {
                Some(statement)
            }
            Self::Elsewhere => None,
        }
    }
}

/// What a profile's documentation asks for that AWS does not need, or fails to ask for.
#[derive(Clone, Debug)]
pub struct Advice {
    /// The action the product asks for.
    pub action: String,
    /// One sentence on it.
    pub text: String,
}
