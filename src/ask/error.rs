use crate::estate::Missing;

/// A question that cannot be asked of this estate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// The estate does not contain what was asked about.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// No profile has this name.
    #[error("there is no profile `{name}`")]
    Profile {
        /// The name that was given.
        name: String,
        /// The nearest name of a profile.
        near: Option<String>,
    },
    /// The question cannot be asked as it stands.
    #[error("{message}")]
    Invalid {
        /// What is wrong with it.
        message: String,
        /// What to do instead.
        help: Option<String>,
    },
}

impl AskError {
    /// The way out.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Missing(missing) => missing.near.clone(),
            Self::Profile { near, .. } => near.clone(),
            Self::Invalid { help, .. } => help.clone(),
        }
    }
}
