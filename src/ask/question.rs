use crate::estate::ObjectUri;
use crate::eval::Circumstances;

/// Can this role read this object?
#[derive(Clone, Debug)]
pub struct ReadQuestion {
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

/// Can somebody become this role?
#[derive(Clone, Debug)]
pub struct AssumeQuestion {
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
