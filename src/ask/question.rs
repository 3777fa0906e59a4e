use crate::estate::ObjectUri;
use crate::eval::Circumstances;

/// A question about one principal.
#[derive(Clone, Debug)]
pub enum Question {
    /// Can it do this?
    Does(DoesQuestion),
    /// Can it become this role?
    Becomes(BecomesQuestion),
}

impl Question {
    /// The same question, with nothing assumed.
    #[must_use]
    pub fn strict(self) -> Self {
        match self {
            Self::Does(question) => Self::Does(DoesQuestion { strict: true, ..question }),
            Self::Becomes(question) => Self::Becomes(BecomesQuestion { strict: true, ..question }),
        }
    }

    /// The role that is asked about: that does something, or that somebody becomes.
    pub fn role(&self) -> &str {
        match self {
            Self::Does(question) => &question.role,
            Self::Becomes(question) => &question.role,
        }
    }
}

/// Can this role read this object?
#[derive(Clone, Debug)]
pub struct DoesQuestion {
    /// The role's ARN, or its name where only one role has it.
    pub role: String,
    /// A `*` or `?` in the key asks about every key that fits.
    pub object: ObjectUri,
    pub version_id: Option<String>,
    /// ARN or alias of the access point the request goes through.
    pub access_point: Option<String>,
    /// Name of the requirement profile.
    pub profile: String,
    pub circumstances: Circumstances,
    /// What was not supplied makes the answer conditional instead of an assumption.
    pub strict: bool,
}

/// Can this principal become this role?
#[derive(Clone, Debug)]
pub struct BecomesQuestion {
    pub role: String,
    /// ARN of a role, user or session; `service:NAME`; `federated:ARN`.
    pub by: String,
    /// Left out, it follows from `by`.
    pub action: Option<String>,
    /// Further permissions the call needs.
    pub also: Vec<String>,
    pub circumstances: Circumstances,
    pub strict: bool,
}
