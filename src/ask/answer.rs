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
    pub by_key: Vec<crate::logic::Part>,
    pub fix: Vec<Fix>,
    /// What the profile asks for beyond, or short of, what AWS checks.
    pub advice: Vec<Advice>,
}

#[derive(Clone, Debug)]
pub enum Subject {
    Read { role: String, object: ObjectUri, profile: String },
    Assume { role: String, by: String },
    Action { by: String, action: String, resource: String },
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

#[derive(Clone, Debug)]
pub struct GateReading {
    pub gate: Gate,
    pub verdict: GateVerdict,
    pub denial: Option<Denial>,
    pub evidence: Vec<Evidence>,
    /// What the reading means where no statement speaks.
    pub note: Option<String>,
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
    /// The file the change belongs in, as a place to look up; none when the estate has no such document.
    pub document: Option<Span>,
    /// What to call the document when it does not exist yet.
    pub document_name: String,
    /// JSON pointer of what changes: the statement list that grows, or the statement that is narrowed.
    pub pointer: String,
    pub add: serde_json::Value,
    pub why: String,
}

/// What a profile's documentation asks for that AWS does not need, or fails to ask for.
#[derive(Clone, Debug)]
pub struct Advice {
    pub action: String,
    pub text: String,
}
