//! What `explain --denied` prints.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Answer, Denial, GateName, SCHEMA};

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Refusals<'l> {
    #[schemars(extend("const" = SCHEMA))]
    pub(crate) schema: &'static str,
    pub(crate) denied: Vec<Refusal<'l>>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Refusal<'l> {
    pub(crate) times: usize,
    pub(crate) principal: Option<&'l str>,
    pub(crate) role: Option<&'l str>,
    pub(crate) action: Option<&'l str>,
    pub(crate) resource: Option<&'l str>,
    pub(crate) object: Option<&'l str>,
    /// Null where the message does not tell.
    pub(crate) leg: Option<RefusedLeg>,
    pub(crate) gate: Option<GateName>,
    pub(crate) denial: Option<Denial>,
    pub(crate) policy: Option<&'l str>,
    pub(crate) means: &'l str,
    pub(crate) look: &'l [String],
    pub(crate) rules: &'static [&'static str],
    /// How the files compare; null where none were asked.
    pub(crate) agreement: Option<Agreement>,
    pub(crate) compared: Option<&'l str>,
    pub(crate) answer: Option<Answer<'l>>,
    /// The API call.
    pub(crate) operation: Option<&'l str>,
    /// The service that was called, by the prefix of its actions.
    pub(crate) service: Option<&'l str>,
    /// What the call does; null where the text does not tell.
    pub(crate) kind: Option<RefusedDeed>,
    /// The ARN of the KMS key.
    pub(crate) key: Option<&'l str>,
    pub(crate) encryption_context: BTreeMap<&'l str, &'l str>,
    /// By which AWS keeps how it decided the request.
    pub(crate) authorization_id: Option<&'l str>,
    /// What the refusal itself proves.
    pub(crate) proves: &'l [String],
    /// The command that asks about the whole operation, where the answer is about one authorization of it.
    pub(crate) whole: Option<&'l str>,
}

#[derive(Copy, Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefusedLeg {
    S3,
    Kms,
    /// Becoming the role.
    Role,
    Other,
}

#[derive(Copy, Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Agreement {
    Same,
    Elsewhere,
    Blocked,
    Open,
    Allowed,
    Unsupported,
}

#[derive(Copy, Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefusedDeed {
    Read,
    Write,
    Multipart,
    Copy,
    Delete,
    List,
    Replicate,
    Assume,
    Action,
}
