//! Changes that open what is shut.

#[cfg(feature = "cli")]
use schemars::JsonSchema;
use serde::Serialize;

use super::{GateName, Verdict, diff};
use crate::ask;
use crate::source::SourceMap;

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(crate) struct Fix<'a> {
    pub(crate) document: String,
    /// The statement to add; null for any other kind of change.
    pub(crate) add: Option<&'a serde_json::Value>,
    pub(crate) why: &'a str,
    pub(crate) pointer: &'a str,
    #[cfg_attr(feature = "cli", schemars(extend("enum" = ["add_statement", "replace_statement", "create_document", "elsewhere"])))]
    pub(crate) kind: &'static str,
    /// The whole statement as it should stand; null where the change is to be made elsewhere.
    pub(crate) statement: Option<&'a serde_json::Value>,
    /// The address or logical id of the resource in a plan or template.
    pub(crate) address: Option<String>,
    /// What else all changes of the answer open; null where that was not compared.
    pub(crate) opens: Option<Vec<diff::Changed<'a>>>,
    /// The operations that were compared for `opens`.
    pub(crate) compared: &'a [&'static str],
    /// A statement that changes also covers actions that none of these operations asks for, and they were not compared.
    pub(crate) covers_more: bool,
    /// The gates that stay shut when all changes of the answer are made.
    pub(crate) leaves: Vec<GateName>,
    /// The answer when all changes of it are made; null where they were not made.
    pub(crate) after: Option<Verdict>,
}

impl<'a> Fix<'a> {
    pub(super) fn new(fix: &'a ask::Fix, map: &SourceMap) -> Self {
        Self {
            document: fix.document.map_or_else(|| fix.document_name.clone(), |at| map.place(at).document),
            add: match &fix.change {
                ask::Change::Add(statement) => Some(statement),
                ask::Change::Replace { .. } | ask::Change::Create { .. } | ask::Change::Elsewhere => None,
            },
            why: &fix.why,
            pointer: &fix.pointer,
            kind: fix.change.kind(),
            statement: fix.change.statement(),
            address: fix.document.and_then(|at| map.called(at)).map(str::to_owned),
            opens: fix.opens.as_ref().map(|list| list.iter().map(|c| diff::Changed::new(c, map)).collect()),
            compared: &fix.compared,
            covers_more: fix.covers_more,
            leaves: fix.leaves.iter().map(|gate| (*gate).into()).collect(),
            after: fix.after.map(Verdict::from),
        }
    }
}
