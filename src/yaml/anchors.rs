//! Anchors and aliases. An alias is a copy, so what all copies of a text may take is bounded: a few lines of
//! aliases of aliases could otherwise stand for more than any memory holds.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::json::{MAX_DEPTH, Node, Value};
use crate::work;

/// How many nodes may be copied for all anchors and aliases of a text.
const BUDGET: usize = 1 << 19;

/// So many bytes of text that is not borrowed count as one more node.
const NODE_BYTES: usize = 64;

#[derive(Debug)]
pub(super) struct Anchors<'s> {
    known: BTreeMap<usize, Option<Anchored<'s>>>,
    left: usize,
}

#[derive(Debug)]
struct Anchored<'s> {
    node: Node<'s>,
    size: Size,
}

#[derive(Copy, Clone, Debug, Default)]
struct Size {
    nodes: usize,
    /// Arrays and objects inside one another.
    depth: usize,
}

/// Why an alias stands for nothing.
#[derive(Copy, Clone, Debug, PartialEq)]
pub(super) enum Missing {
    /// What it names is not complete here, or belongs to another document.
    Unknown,
    TooMuch,
    TooDeep,
}

impl<'s> Anchors<'s> {
    pub(super) fn new() -> Self {
        Self { known: BTreeMap::new(), left: BUDGET }
    }

    /// Anchors hold for one document.
    pub(super) fn next_document(&mut self) {
        self.known.clear();
    }

    pub(super) fn name(&mut self, id: usize, node: &Node<'s>) {
        let mut size = Size::default();
        let fits = weigh(node, 0, self.left, &mut size);
        if fits {
            self.left -= size.nodes;
        }
        self.known.insert(id, fits.then(|| Anchored { node: node.clone(), size }));
    }

    /// A copy of what an anchor names, for a place inside `depth` arrays and objects.
    pub(super) fn copy(&mut self, id: usize, depth: usize) -> Result<Node<'s>, Missing> {
        let named = self.known.get(&id).ok_or(Missing::Unknown)?;
        let named = named.as_ref().filter(|named| named.size.nodes <= self.left).ok_or(Missing::TooMuch)?;
        if depth + named.size.depth >= MAX_DEPTH {
            return Err(Missing::TooDeep);
        }
        self.left -= named.size.nodes;
        Ok(named.node.clone())
    }

    /// The text of a scalar that an alias names.
    pub(super) fn text(&self, id: usize) -> Option<Cow<'s, str>> {
        match &self.known.get(&id)?.as_ref()?.node.value {
            Value::String(text) | Value::Number(text) => Some(text.clone()),
            Value::Bool(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
            Value::Null | Value::Array(_) | Value::Object(_) | Value::Invalid => None,
        }
    }
}

/// Adds up the size of a tree, which is never deeper than [`MAX_DEPTH`]; false once it is beyond `limit`.
fn weigh(node: &Node<'_>, depth: usize, limit: usize, size: &mut Size) -> bool {
    work::did(1);
    size.nodes += 1;
    match &node.value {
        Value::Number(text) | Value::String(text) => size.nodes += owned(text),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) | Value::Invalid => {}
    }
    if matches!(node.value, Value::Array(_) | Value::Object(_)) {
        size.depth = size.depth.max(depth + 1);
    }
    node.elements().iter().all(|element| weigh(element, depth + 1, limit, size))
        && node.members().iter().all(|member| {
            size.nodes += owned(&member.key.value);
            weigh(&member.value, depth + 1, limit, size)
        })
        && size.nodes <= limit
}

#[allow(clippy::ptr_arg, reason = "what is borrowed costs nothing")]
fn owned(text: &Cow<'_, str>) -> usize {
    match text {
        Cow::Borrowed(_) => 0,
        Cow::Owned(text) => text.len() / NODE_BYTES,
    }
}
