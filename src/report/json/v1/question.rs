//! What was asked.

#[cfg(feature = "cli")]
use schemars::JsonSchema;
use serde::Serialize;

use crate::ask;

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(untagged)]
pub(crate) enum Question<'a> {
    Plain(PlainQuestion<'a>),
    Operation(OperationQuestion<'a>),
}

/// An operation of the table other than a read.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(crate) struct OperationQuestion<'a> {
    /// The name of the operation: `list`, `write`, `multipart`, `delete`, `copy`, `replicate`, `deliver`.
    pub(crate) kind: &'a str,
    pub(crate) principal: &'a str,
    pub(crate) operation: &'a str,
    pub(crate) targets: &'a [String],
    /// Only of an operation with two objects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) to: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum PlainQuestion<'a> {
    Read {
        role: &'a str,
        object: String,
        profile: &'a str,
    },
    Assume {
        role: &'a str,
        by: &'a str,
    },
    /// One action on one resource.
    Action {
        principal: &'a str,
        operation: &'a str,
        on: &'a str,
    },
}

impl<'a> Question<'a> {
    pub(super) fn new(subject: &'a ask::Subject) -> Self {
        Self::Plain(match subject {
            ask::Subject::Read { role, object, profile } => {
                PlainQuestion::Read { role, object: object.to_string(), profile }
            }
            ask::Subject::Assume { role, by } => PlainQuestion::Assume { role, by },
            ask::Subject::Action { by, action, resource } => {
                PlainQuestion::Action { principal: by, operation: action, on: resource }
            }
            ask::Subject::Operation { by, operation, targets } => {
                let (from, to) = match targets.as_slice() {
                    [from, to] => (Some(from.as_str()), Some(to.as_str())),
                    _ => (None, None),
                };
                let kind = operation.as_str();
                return Self::Operation(OperationQuestion {
                    kind,
                    principal: by,
                    operation,
                    targets,
                    from,
                    to,
                });
            }
        })
    }
}
