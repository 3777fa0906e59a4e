//! What `inputs` prints.

use schemars::JsonSchema;
use serde::Serialize;

use super::SCHEMA;

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Inputs<'l> {
    #[schemars(extend("const" = SCHEMA))]
    pub(crate) schema: &'static str,
    pub(crate) inputs: Vec<InputFile<'l>>,
    /// What the questions miss.
    pub(crate) missing: Vec<Missing>,
    pub(crate) not_told: Vec<NotTold>,
    /// The AWS managed policies that no input held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) snapshot: Option<Snapshot>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct InputFile<'l> {
    pub(crate) path: &'l str,
    pub(crate) kind: &'l str,
    pub(crate) contributed: &'l [String],
    pub(crate) missing: &'l [String],
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Snapshot {
    pub(crate) date: &'static str,
    pub(crate) release: &'static str,
    pub(crate) policies: Vec<ManagedPolicy>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ManagedPolicy {
    pub(crate) arn: String,
    pub(crate) version: &'static str,
}

/// A fact that questions use and nobody told.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Missing {
    pub(crate) what: &'static str,
    pub(crate) subject: String,
    pub(crate) needed_by: Vec<String>,
    pub(crate) decides: bool,
    pub(crate) account: Option<String>,
    pub(crate) command: Option<String>,
    /// What to write into `decryptable.toml` where no command answers, and where it is so.
    pub(crate) row: Option<String>,
}

/// Facts about one resource that nobody told.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct NotTold {
    pub(crate) resource: String,
    pub(crate) facts: Vec<&'static str>,
}
