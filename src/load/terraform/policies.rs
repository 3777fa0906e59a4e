//! The policies that attributes hold: known documents, rebuilt ones, and those that stay open.

use std::sync::Arc;

use super::model::{Block, Held, Resource};
use super::names::{AFTER_APPLY, Names};
use super::reference::Referent;
use super::source;
use super::statements::{self, Open, is_document};
use crate::estate::SharedPolicy;
use crate::json::{self, Node};
use crate::load::Intake;
use crate::load::made::owned;
use crate::policy::{self, PolicyKind};
use crate::source::Span;

/// Attributes that are other attributes.
const MAX_DEPTH: usize = 16;

/// A document before it is read as a policy of some kind.
#[derive(Debug)]
pub(super) enum Document<'s> {
    /// An object, or a string that holds one.
    Known(Node<'s>),
    Open(Open),
}

/// The document an attribute holds; `None` where the attribute is not set.
pub(super) fn document<'s>(
    names: &Names<'_, 's>,
    intake: &mut Intake,
    resource: &Resource<'s>,
    (block, name, path): (&Block<'_, 's>, &str, &str),
) -> Option<Document<'s>> {
    found(names, intake, resource, (block, name, path), MAX_DEPTH)
}

fn found<'s>(
    names: &Names<'_, 's>,
    intake: &mut Intake,
    resource: &Resource<'s>,
    (block, name, path): (&Block<'_, 's>, &str, &str),
    depth: usize,
) -> Option<Document<'s>> {
    let at = match block.held(name) {
        Held::Unset => return None,
        Held::Known(node) => {
            let says_something =
                node.is_object() || node.as_str().is_some_and(|text| !text.trim().is_empty());
            return says_something.then(|| Document::Known(node.clone()));
        }
        Held::Unknown(at) => at,
    };
    if let Some(symbol) = block.symbol(name) {
        let name = symbol.value.trim_matches(['«', '»']).to_owned();
        return Some(Document::Open(Open { name, at: symbol.span }));
    }
    let open = || Open { name: format!("{}.{path}", resource.address.value), at };
    if let Some(node) = source::beside::policy(names, intake, resource, path) {
        return Some(Document::Known(node));
    }
    let Some(expression) = block.expression(name) else {
        // Where the configuration is there and has no such argument, it is computed: nobody set it.
        let is_set = block.config.is_none();
        return is_set.then(|| Document::Open(open()));
    };
    let Some(depth) = depth.checked_sub(1) else { return Some(Document::Open(open())) };
    let mut only: Option<(usize, String)> = None;
    for found in names.world.follow(names.world.scope(resource), expression) {
        // Were it a constant, it would be known; what is hidden is a condition, or else nothing else is found.
        let Referent::Resource { index, path } = found else { continue };
        let other = names.world.get(index)?;
        // A known value can only be a condition, too.
        if !path.is_empty() && names.world.block(other).text(&path).is_some() {
            continue;
        }
        let holds = is_document(other) || is_policy_attribute(&path);
        if !holds || only.as_ref().is_some_and(|(known, _)| *known != index) {
            return Some(Document::Open(open()));
        }
        only = Some((index, path.into_owned()));
    }
    let Some((other, path)) = only.and_then(|(index, path)| Some((names.world.get(index)?, path))) else {
        return Some(Document::Open(open()));
    };
    if is_document(other) {
        return Some(match statements::document(names, &mut intake.sources, other) {
            Ok(node) => Document::Known(node),
            Err(open) => Document::Open(open),
        });
    }
    let block = names.world.block(other);
    let document = found(names, intake, other, (&block, &path, &path), depth);
    document.or_else(|| Some(Document::Open(open())))
}

fn is_policy_attribute(path: &str) -> bool {
    matches!(path, "policy" | "assume_role_policy" | "content")
}

/// The policy of an attribute; `None` where the attribute is not set.
pub(super) fn policy<'s>(
    names: &Names<'_, 's>,
    intake: &mut Intake,
    resource: &Resource<'s>,
    name: &str,
    kind: PolicyKind,
) -> Option<SharedPolicy> {
    let block = names.world.block(resource);
    policy_in(names, intake, resource, (&block, name, name), kind)
}

/// The same for a block inside a resource.
pub(super) fn policy_in<'s>(
    names: &Names<'_, 's>,
    intake: &mut Intake,
    resource: &Resource<'s>,
    place: (&Block<'_, 's>, &str, &str),
    kind: PolicyKind,
) -> Option<SharedPolicy> {
    let document = document(names, intake, resource, place)?;
    Some(lowered(intake, resource, &document, place.2, kind))
}

/// A document read as a policy of a kind. One that is no policy may say anything; what is wrong with it was told.
pub(super) fn lowered(
    intake: &mut Intake,
    resource: &Resource<'_>,
    document: &Document<'_>,
    path: &str,
    kind: PolicyKind,
) -> SharedPolicy {
    match document {
        Document::Known(node) if is_evaluated(node, resource) => {
            let policy = intake.made_policy(node, kind, &format!("{}.{path}", resource.pointer), "");
            guarded_by(policy, resource, node.span)
        }
        Document::Known(node) => {
            let pointer = format!("{}/{}", resource.pointer, path.replace(['.', '['], "/").replace(']', ""));
            intake.policy(node, kind, &pointer).unwrap_or_else(|| {
                let name = format!("{}.{path}", resource.address.value);
                intake.unknown_policy(&name, kind, node.span, "it cannot be read")
            })
        }
        Document::Open(open) => intake.unknown_policy(&open.name, kind, open.at, AFTER_APPLY),
    }
}

/// Whether a document was evaluated from source, so that one place may stand for several documents.
fn is_evaluated(node: &Node<'_>, resource: &Resource<'_>) -> bool {
    let elsewhere = node.span.source != resource.address.span.source;
    node.is_object() && (resource.expressions.is_some() || elsewhere)
}

/// A policy that counts only where its resource is there.
pub(super) fn guarded_by(policy: SharedPolicy, resource: &Resource<'_>, at: Span) -> SharedPolicy {
    if resource.guards.is_empty() {
        return policy;
    }
    Arc::new(policy::guarded(&policy, &resource.guards, at))
}

/// A policy that counts only if an owner that is open is the one it is given to.
pub(super) fn guarded<'s>(
    intake: &mut Intake,
    resource: &Resource<'s>,
    document: &Document<'s>,
    (path, owner): (&str, &str),
    at: Span,
    kind: PolicyKind,
) -> SharedPolicy {
    let switch = format!("{}.{owner}", resource.address.value);
    intake.symbol(&switch, AFTER_APPLY, at);
    let Document::Known(node) = document else { return lowered(intake, resource, document, path, kind) };
    let tree = match node.as_str() {
        None => Some(statements::guarded(node, &switch, at)),
        Some(_) => json::embed(&mut intake.sources, node, path).and_then(|embedding| {
            let parsed = json::parse(embedding.source, &embedding.text);
            let root = parsed.root.filter(Node::is_object)?;
            // Its place is the open owner: the same text is read as it is elsewhere.
            Some(statements::guarded(&owned(&root), &switch, at))
        }),
    };
    let guarded = tree.and_then(|tree| intake.policy(&tree, kind, &format!("{}/{path}", resource.pointer)));
    guarded.unwrap_or_else(|| {
        let name = format!("{}.{path}", resource.address.value);
        intake.unknown_policy(&name, kind, at, AFTER_APPLY)
    })
}
