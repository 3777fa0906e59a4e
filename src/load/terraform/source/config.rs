//! The modules of a configuration: what the files of a directory declare.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::rc::Rc;

use super::syntax::{Attribute, Block, Body, Expr};
use crate::source::{SourceId, Span};

/// One directory of files.
#[derive(Clone, Debug, Default)]
pub(super) struct Config {
    pub(super) dir: PathBuf,
    /// As people write it.
    pub(super) name: String,
    pub(super) variables: BTreeMap<Rc<str>, Block>,
    pub(super) locals: BTreeMap<Rc<str>, Attribute>,
    pub(super) outputs: BTreeMap<Rc<str>, Block>,
    /// Resources and data sources, by what their module calls them.
    pub(super) resources: BTreeMap<Rc<str>, Resource>,
    /// In the order of the files.
    pub(super) order: Vec<Rc<str>>,
    pub(super) calls: BTreeMap<Rc<str>, Call>,
    /// Configurations of providers, by `name` or `name.alias`.
    pub(super) providers: BTreeMap<Rc<str>, Block>,
    /// It says where its state is kept, as only a root module does.
    pub(super) has_backend: bool,
    /// A place to name the module by.
    pub(super) at: Option<Span>,
    /// A file of it cannot be read.
    pub(super) broken: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Resource {
    pub(super) block: Block,
    pub(super) kind: Rc<str>,
    pub(super) data: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) block: Block,
    /// The index of the module that is called.
    pub(super) config: Option<usize>,
    /// Why there is none.
    pub(super) missing: Option<Rc<str>>,
}

impl Config {
    /// Adds the blocks of a file.
    pub(super) fn add(&mut self, body: Body) {
        for block in body.blocks {
            self.at = self.at.or(Some(block.head));
            self.add_block(block);
        }
    }

    fn add_block(&mut self, block: Block) {
        let labels: Vec<Rc<str>> = block.labels.clone();
        match (&*block.kind, labels.as_slice()) {
            ("variable", [name]) => drop(self.variables.insert(Rc::clone(name), block)),
            ("output", [name]) => drop(self.outputs.insert(Rc::clone(name), block)),
            ("locals", _) => {
                self.locals.extend(block.body.attributes.into_iter().map(|a| (Rc::clone(&a.name), a)));
            }
            ("resource" | "data" | "ephemeral", [kind, name]) => {
                let data = &*block.kind == "data";
                let local: Rc<str> = match &*block.kind {
                    "resource" => format!("{kind}.{name}").into(),
                    prefix => format!("{prefix}.{kind}.{name}").into(),
                };
                let kind = Rc::clone(kind);
                if self.resources.insert(Rc::clone(&local), Resource { block, kind, data }).is_none() {
                    self.order.push(local);
                }
            }
            ("module", [name]) => {
                self.calls.insert(Rc::clone(name), Call { block, config: None, missing: None });
            }
            ("provider", [name]) => {
                let alias = block.body.get("alias").and_then(Expr::literal);
                let key = alias.map_or_else(|| name.to_string(), |alias| format!("{name}.{alias}"));
                self.providers.insert(key.into(), block);
            }
            ("terraform", _) => {
                let backend = block.body.blocks.iter().any(|b| matches!(&*b.kind, "backend" | "cloud"));
                self.has_backend |= backend;
            }
            (_, _) => {}
        }
    }

    /// Takes away what a file declares.
    pub(super) fn forget(&mut self, file: SourceId) {
        let stays = |block: &Block| block.head.source != file;
        self.variables.retain(|_, block| stays(block));
        self.locals.retain(|_, local| local.name_at.source != file);
        self.outputs.retain(|_, block| stays(block));
        self.resources.retain(|_, resource| stays(&resource.block));
        self.order.retain(|local| self.resources.contains_key(local));
        self.calls.retain(|_, call| stays(&call.block));
        self.providers.retain(|_, block| stays(block));
    }

    /// The files that declare its resources and its calls.
    pub(super) fn sources(&self) -> BTreeSet<SourceId> {
        let resources = self.resources.values().map(|resource| resource.block.head.source);
        resources.chain(self.calls.values().map(|call| call.block.head.source)).collect()
    }

    /// Merges the blocks of an override file into those that are there.
    pub(super) fn override_with(&mut self, body: Body) {
        for block in body.blocks {
            let labels = block.labels.clone();
            let existing = match (&*block.kind, labels.as_slice()) {
                ("variable", [name]) => self.variables.get_mut(name),
                ("output", [name]) => self.outputs.get_mut(name),
                ("resource", [kind, name]) => {
                    self.resources.get_mut(&*format!("{kind}.{name}")).map(|r| &mut r.block)
                }
                ("data", [kind, name]) => {
                    self.resources.get_mut(&*format!("data.{kind}.{name}")).map(|r| &mut r.block)
                }
                ("module", [name]) => self.calls.get_mut(name).map(|call| &mut call.block),
                ("provider", [name]) => {
                    let alias = block.body.get("alias").and_then(Expr::literal);
                    let key = alias.map_or_else(|| name.to_string(), |alias| format!("{name}.{alias}"));
                    self.providers.get_mut(&*key)
                }
                (_, _) => None,
            };
            match existing {
                Some(old) => merge(&mut old.body, block.body),
                None => self.add_block(block),
            }
        }
    }
}

/// Attributes take the place of those of their name, and blocks that of all blocks of their type.
fn merge(old: &mut Body, new: Body) {
    for attribute in new.attributes {
        old.attributes.retain(|known| known.name != attribute.name);
        old.attributes.push(attribute);
    }
    let kinds: Vec<Rc<str>> = new.blocks.iter().map(|block| Rc::clone(&block.kind)).collect();
    old.blocks.retain(|block| !kinds.contains(&block.kind));
    old.blocks.extend(new.blocks);
}
