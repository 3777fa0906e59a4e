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
    pub subject: Subject,
    pub verdict: Verdict,
    /// Only when denied.
    pub denial: Option<Denial>,
    /// Only when blocked.
    pub blocked_by: Option<Block>,
    /// One sentence on what decides, for people.
    pub reason: String,
    pub legs: Vec<Leg>,
    /// The access exists exactly when one of these lists holds in full. `None` when the answer is firm, or when
    /// the condition is too large to write out.
    pub conditions: Option<Vec<Vec<ConditionLine>>>,
    pub witness: Witness,
    pub depends_on: Vec<Unknown>,
    pub assumptions: Vec<Assumption>,
    /// Where the question left the object's key open and the answer differs by key: the kinds of keys.
    pub by_key: Vec<crate::logic::Subdomain>,
    pub fix: Vec<Fix>,
    /// What the profile asks for beyond, or short of, what AWS checks.
    pub advice: Vec<Advice>,
}

#[derive(Clone, Debug)]
pub enum Subject {
    Read {
        role: String,
        object: ObjectUri,
        profile: String,
    },
    Assume {
        role: String,
        by: String,
    },
    Action {
        by: String,
        action: String,
        resource: String,
    },
    /// An operation other than a read, and what it is about: from where and to where, for two.
    Operation {
        by: String,
        operation: String,
        targets: Vec<String>,
    },
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    Allowed,
    Denied,
    Conditional,
    /// Authorized, but a fact that is no policy stops it.
    Blocked,
    /// No IAM question at all for this kind of encryption or storage.
    Unsupported,
}

impl Verdict {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::Conditional => "conditional",
            Self::Blocked => "blocked",
            Self::Unsupported => "unsupported",
        }
    }

    pub const NAMES: &'static [&'static str] =
        &["allowed", "denied", "conditional", "blocked", "unsupported"];

    /// Whether an answer is what was expected. Who expects a denial is content with a read that is blocked: it
    /// does not work either.
    pub fn meets(self, expected: Self) -> bool {
        self == expected || (self == Self::Blocked && expected == Self::Denied)
    }

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

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Denial {
    /// A Deny statement matched.
    Explicit,
    /// Nothing allows it where something must.
    Implicit,
}

impl Denial {
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
    pub action: String,
    pub resource: String,
    pub verdict: Verdict,
    pub denial: Option<Denial>,
    pub same_account: bool,
    pub gates: Vec<GateReading>,
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

#[derive(Clone, Debug)]
pub struct GateReading {
    pub gate: Gate,
    pub verdict: GateVerdict,
    pub denial: Option<Denial>,
    pub evidence: Vec<Evidence>,
    /// What the reading means where no statement speaks.
    pub note: Option<String>,
    /// Statements that were meant to let this request pass and do not fit, the nearest first.
    pub near: Vec<Near>,
    /// No statement of the gate allows the request; a Deny and other gates are not counted.
    pub is_silent: bool,
    /// The same, and no other gate makes this one unnecessary.
    pub is_shut: bool,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum GateVerdict {
    Allowed,
    Denied,
    Conditional,
    NotApplicable,
}

impl GateVerdict {
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
    pub effect: Effect,
    /// The statement; its file and bytes are looked up in the source map.
    pub span: Span,
    pub pointer: String,
    pub sid: Option<String>,
    /// When it speaks; `None` for always.
    pub when: Option<Vec<Vec<ConditionLine>>>,
}

/// A change that opens one closed gate.
#[derive(Clone, Debug)]
pub struct Fix {
    pub change: Change,
    /// The document that grows, or the statement that changes, as a place to look up; none when the estate has no such
    /// document.
    pub document: Option<Span>,
    /// What to call the document when it does not exist yet.
    pub document_name: String,
    /// JSON pointer of what changes: the statement list that grows, or the statement.
    pub pointer: String,
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
}

/// What is done.
#[derive(Clone, Debug)]
pub enum Change {
    /// A statement more.
    Add(Value),
    /// A statement as it should stand, and what that takes in its text.
    Replace { statement: Value, edits: Vec<Edit> },
    /// A policy with this statement, where there is none.
    Create { statement: Value, holder: Holder },
    /// It cannot be made in the document of the gate, or is for people to decide.
    Elsewhere,
}

/// A change in the text of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// The value at a place.
    Value { at: Span, text: String },
    /// A value more, behind the one at a place.
    Also { at: Span, text: String },
    /// The name of the condition key at a place.
    Key { at: Span, text: String },
    /// The operator of the line whose key is at a place.
    Operator { key: Span, text: String },
    /// One more line of the condition block: `{OPERATOR: {KEY: VALUES}}`.
    Condition(Value),
}

/// Who or what has a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// Identity-based policies of a role or user, by its ARN.
    Identity(String),
    Bucket(String),
    AccessPoint(String),
    /// Nothing of the estate: a session policy, a boundary, a control policy, a key.
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
    pub action: String,
    pub text: String,
}
