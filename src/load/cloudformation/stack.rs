//! Templates and the stacks that are made of them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;

use super::types::{self, Tells, Thing};
use crate::json::{Member, Node};
use crate::name::partition;
use crate::source::{SourceId, Span};

/// A template of the run.
#[derive(Debug)]
pub(super) struct Template<'t> {
    pub(super) source: SourceId,
    /// As the file system knows it.
    pub(super) path: PathBuf,
    /// What people call it, unique in the run.
    pub(super) label: String,
    pub(super) root: &'t Node<'t>,
}

/// A template deployed once.
#[derive(Debug)]
pub(super) struct Stack<'t> {
    pub(super) template: usize,
    pub(super) name: Option<String>,
    /// What names made for this stack begin with.
    pub(super) label: String,
    pub(super) source: SourceId,
    pub(super) root: &'t Node<'t>,
    /// Twelve digits, or the symbol of the account nobody told.
    pub(super) account: String,
    pub(super) region: String,
    /// The stack it is nested in, and as which resource.
    pub(super) parent: Option<(usize, String)>,
    /// Parameters that the tool that deploys it is told to use.
    pub(super) given: BTreeMap<String, String>,
    pub(super) resources: Vec<Entry<'t>>,
    pub(super) conditions: Vec<Entry<'t>>,
    pub(super) outputs: Vec<Entry<'t>>,
    /// Positions in `resources`.
    pub(super) by_id: BTreeMap<String, usize>,
    /// Positions in `conditions`.
    pub(super) by_name: BTreeMap<String, usize>,
    /// Nested stacks by the resource that declares them.
    pub(super) nested: BTreeMap<String, usize>,
}

/// A named entry of a section, after loops were written out.
#[derive(Clone, Debug)]
pub(super) struct Entry<'t> {
    pub(super) id: Cow<'t, str>,
    pub(super) key: Span,
    pub(super) node: &'t Node<'t>,
    pub(super) bindings: Bindings<'t>,
}

/// Loop variables and what they hold here.
pub(super) type Bindings<'t> = Rc<Vec<(Cow<'t, str>, Node<'t>)>>;

impl Entry<'_> {
    /// The resource type.
    pub(super) fn kind(&self) -> &str {
        self.node.get("Type").and_then(Node::as_str).unwrap_or("")
    }

    /// What resources of its type tell.
    pub(super) fn tells(&self) -> Tells {
        types::find(self.kind()).map_or(Tells::Nothing, |known| known.tells)
    }

    /// Whether SAM writes a role `<id>Role` for it.
    pub(super) fn has_implied_role(&self) -> bool {
        matches!(self.tells(), Tells::Thing(Thing::Serverless(_)))
            && self.node.get("Properties").is_none_or(|properties| properties.get("Role").is_none())
    }
}

impl<'t> Stack<'t> {
    pub(super) fn section(&self, name: &str) -> &'t [Member<'t>] {
        self.root.get(name).map(Node::members).unwrap_or_default()
    }

    pub(super) fn resource(&self, id: &str) -> Option<&Entry<'t>> {
        self.resources.get(*self.by_id.get(id)?)
    }

    pub(super) fn condition(&self, name: &str) -> Option<&Entry<'t>> {
        self.conditions.get(*self.by_name.get(name)?)
    }

    /// `aws`, or the partition that the Region is in.
    pub(super) fn partition(&self) -> &'static str {
        partition::of_region(&self.region).id
    }

    pub(super) fn url_suffix(&self) -> &'static str {
        partition::of_region(&self.region).dns_suffix
    }

    /// A name for something of this stack, as it stands in symbols.
    pub(super) fn called(&self, what: &str) -> String {
        format!("{}/{what}", self.label)
    }
}

/// The name of a file without what follows its first dot: `s3` of `s3.template.json`.
pub(super) fn stem(label: &str) -> &str {
    let name = label.rsplit(['/', '\\']).next().unwrap_or(label);
    name.split_once('.').map_or(name, |(stem, _)| stem)
}
