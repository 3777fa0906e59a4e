use crate::estate::Missing;

/// A question that cannot be asked of this estate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    #[error(transparent)]
    Missing(#[from] Missing),
    #[error("there is no profile `{name}`")]
    Profile { name: String, near: Option<String> },
    #[error("{message}")]
    Invalid { message: String, help: Option<String> },
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
