use super::ActsQuestion;
use crate::estate::ObjectUri;
use crate::eval::Circumstances;
use crate::operation::{self, Operation};

/// A question about one principal.
#[derive(Clone, Debug)]
pub enum Question {
    /// Can it do this?
    Does(DoesQuestion),
    /// Can it become this role?
    Becomes(BecomesQuestion),
    /// May it do one thing?
    Acts(ActsQuestion),
}

impl Question {
    /// The same question, with nothing assumed.
    #[must_use]
    pub fn strict(self) -> Self {
        match self {
            Self::Does(question) => Self::Does(DoesQuestion { strict: true, ..question }),
            Self::Becomes(question) => Self::Becomes(BecomesQuestion { strict: true, ..question }),
            Self::Acts(question) => Self::Acts(ActsQuestion { strict: true, ..question }),
        }
    }

    /// What is known of the request.
    pub fn circumstances_mut(&mut self) -> &mut Circumstances {
        match self {
            Self::Does(question) => &mut question.circumstances,
            Self::Becomes(question) => &mut question.circumstances,
            Self::Acts(question) => &mut question.circumstances,
        }
    }

    /// The role that is asked about: that does something, or that somebody becomes.
    pub fn role(&self) -> &str {
        match self {
            Self::Does(question) => &question.role,
            Self::Becomes(question) => &question.role,
            Self::Acts(question) => &question.by,
        }
    }
}

/// Can this role read this object, or do something else with it?
#[derive(Clone, Debug)]
pub struct DoesQuestion {
    /// The role's ARN, or its name where only one role has it; a user, a session, `service:NAME` or `anonymous`.
    pub role: String,
    /// What the principal does.
    pub doing: Doing,
    /// A `*` or `?` in the key asks about every key that fits.
    pub object: ObjectUri,
    /// The version that is read; `None` for the current one.
    pub version_id: Option<String>,
    /// ARN or alias of the access point the request goes through.
    pub access_point: Option<String>,
    /// Name of the requirement profile.
    pub profile: String,
    /// Network, session and context keys.
    pub circumstances: Circumstances,
    /// What was not supplied makes the answer conditional instead of an assumption.
    pub strict: bool,
}

/// What is done with an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doing {
    /// The name of the operation.
    pub operation: String,
    /// Where it goes, for an operation with two objects.
    pub to: Option<ObjectUri>,
    /// A service reads, where the operation is one of services.
    pub reads: bool,
}

impl Default for Doing {
    fn default() -> Self {
        Self { operation: operation::READ.to_owned(), to: None, reads: false }
    }
}

impl Doing {
    /// Whether it is the operation that questions ask about by default.
    pub fn is_read(&self) -> bool {
        self.operation == operation::READ
    }

    /// What it is about: an object, and where that goes.
    pub fn targets(&self, object: &ObjectUri) -> Vec<String> {
        let is_of_bucket = self.row().is_some_and(Operation::is_of_bucket);
        let shown = |uri: &ObjectUri| match uri.key.as_str() {
            "*" if is_of_bucket => format!("s3://{}", uri.bucket),
            _ => uri.to_string(),
        };
        std::iter::once(object).chain(&self.to).map(shown).collect()
    }

    /// A service does it as itself.
    pub fn is_delivery(&self) -> bool {
        self.operation == operation::DELIVER
    }

    /// The row of the operation.
    pub fn row(&self) -> Option<&'static Operation> {
        operation::find(if self.is_delivery() && self.reads { operation::READ } else { &self.operation })
    }
}

/// Can this principal become this role?
#[derive(Clone, Debug)]
pub struct BecomesQuestion {
    /// The ARN or name of the role to assume.
    pub role: String,
    /// ARN of a role, user or session; `service:NAME`; `federated:ARN`.
    pub by: String,
    /// Left out, it follows from `by`.
    pub action: Option<String>,
    /// Further permissions the call needs.
    pub also: Vec<String>,
    /// Network, session and context keys.
    pub circumstances: Circumstances,
    /// Whether what is not provided makes the answer conditional.
    pub strict: bool,
}
