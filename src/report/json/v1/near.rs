//! Statements that were meant for a request and do not fit.

#[cfg(feature = "cli")]
use schemars::JsonSchema;
use serde::Serialize;

use super::{PlaceJson, Position};
use crate::ask::near;
use crate::diagnostic::Cause;
use crate::source::SourceMap;

/// An Allow statement that comes near to letting the request pass; closest first.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(crate) struct Near<'a> {
    pub(crate) document: String,
    pub(crate) pointer: &'a str,
    pub(crate) sid: Option<&'a str>,
    pub(crate) start: Position,
    pub(crate) end: Position,
    pub(crate) bytes: [u32; 2],
    /// The elements that do not fit; all others do.
    pub(crate) misses: Vec<Miss<'a>>,
}

/// An element that does not fit.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(crate) struct Miss<'a> {
    pub(crate) element: Element,
    /// Of a condition.
    pub(crate) key: Option<&'a str>,
    /// Of a condition, with its prefix and suffix.
    pub(crate) operator: Option<&'a str>,
    pub(crate) written: &'a [String],
    /// What the request has; null where it has nothing.
    pub(crate) request: Option<&'a [String]>,
    /// The known cause, which has a page: `decryptable explain CAUSE`.
    pub(crate) cause: Option<&'static str>,
    /// The place of the value that does not fit.
    pub(crate) start: Position,
    pub(crate) end: Position,
    pub(crate) why: &'a str,
}

#[derive(Copy, Clone, Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[cfg_attr(feature = "cli", schemars(rename = "MissedElement"))]
#[serde(rename_all = "snake_case")]
pub(crate) enum Element {
    Principal,
    Action,
    Resource,
    Condition,
}

impl<'a> Near<'a> {
    pub(super) fn new(near: &'a near::Near, map: &SourceMap) -> Self {
        let PlaceJson { document, start, end, bytes } = PlaceJson::new(near.span, map);
        Self {
            document,
            pointer: &near.pointer,
            sid: near.sid.as_deref(),
            start,
            end,
            bytes,
            misses: near.misses.iter().map(|miss| Miss::new(miss, map)).collect(),
        }
    }
}

impl<'a> Miss<'a> {
    fn new(miss: &'a near::Miss, map: &SourceMap) -> Self {
        let PlaceJson { start, end, .. } = PlaceJson::new(miss.at, map);
        Self {
            element: match miss.element {
                near::MissedElement::Principal => Element::Principal,
                near::MissedElement::Action => Element::Action,
                near::MissedElement::Resource => Element::Resource,
                near::MissedElement::Condition => Element::Condition,
            },
            key: miss.key.as_deref(),
            operator: miss.operator.as_deref(),
            written: &miss.written,
            request: miss.request.as_deref(),
            cause: miss.cause.map(Cause::as_str),
            start,
            end,
            why: &miss.why,
        }
    }
}
