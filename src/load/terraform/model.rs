//! The resources of one plan or state, whatever form they were written in.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::address;
use super::configuration::Configuration;
use super::types::Type;
use crate::json::{Node, Value};
use crate::source::{Span, Spanned};

/// One instance of a resource or data source.
#[derive(Clone, Debug)]
pub(super) struct Resource<'s> {
    pub(super) address: Spanned<String>,
    /// The module instance it lies in.
    pub(super) module: String,
    pub(super) data: bool,
    pub(super) kind: &'static Type,
    /// `type.name`, or `data.type.name`: what the configuration of its module calls it.
    pub(super) local: String,
    /// What stands between the brackets of its address.
    pub(super) key: Option<String>,
    /// The configuration of its provider.
    pub(super) provider: String,
    /// The JSON pointer of its values.
    pub(super) pointer: String,
    pub(super) values: Node<'s>,
    pub(super) unknown: Option<Node<'s>>,
    /// Values before the plan is applied, kept where they tell what it takes away.
    pub(super) before: Option<Node<'s>>,
    /// The plan destroys or forgets it: only `before` counts.
    pub(super) gone: bool,
    /// The plan creates it, so that it has what AWS gives to new ones.
    pub(super) created: bool,
    /// Tests that decide whether it is there, by the names of their symbols, and the side on which it is.
    pub(super) guards: Vec<(String, bool)>,
    /// The arguments that its block sets, where the configuration itself was read.
    pub(super) expressions: Option<Node<'s>>,
}

/// A value of a resource, as far as the file tells it.
#[derive(Copy, Clone, Debug)]
pub(super) enum Held<'a, 's> {
    Unset,
    Known(&'a Node<'s>),
    /// Known after apply; the place is the one that says so.
    Unknown(Span),
}

/// A resource or a block inside one: values, which of them are open, and the expressions they come from.
#[derive(Copy, Clone, Debug)]
pub(super) struct Block<'a, 's> {
    pub(super) values: &'a Node<'s>,
    pub(super) unknown: Option<&'a Node<'s>>,
    pub(super) config: Option<&'a Node<'s>>,
}

impl<'a, 's> Block<'a, 's> {
    pub(super) fn held(&self, name: &str) -> Held<'a, 's> {
        if let Some(unknown) = self.unknown.and_then(|unknown| unknown.get(name))
            && (unknown.as_bool() == Some(true) || unknown.as_str().is_some())
        {
            return Held::Unknown(unknown.span);
        }
        match self.values.get(name) {
            Some(node) if !is_null(node) => Held::Known(node),
            Some(_) | None => Held::Unset,
        }
    }

    /// The symbol of an argument that is open, where the configuration says what it is.
    pub(super) fn symbol(&self, name: &str) -> Option<Spanned<&'a str>> {
        let unknown = self.unknown?.get(name)?;
        Some(Spanned::new(unknown.as_str()?, unknown.span))
    }

    pub(super) fn is_unknown(&self, name: &str) -> bool {
        matches!(self.held(name), Held::Unknown(_))
    }

    pub(super) fn known(&self, name: &str) -> Option<&'a Node<'s>> {
        if let Held::Known(node) = self.held(name) { Some(node) } else { None }
    }

    /// A string that is there and says something.
    pub(super) fn text(&self, name: &str) -> Option<Spanned<&'a str>> {
        let node = self.known(name)?;
        let text = node.as_str().filter(|text| !text.is_empty())?;
        Some(Spanned::new(text, node.span))
    }

    /// A boolean; the flat states of old hold it as a string.
    pub(super) fn flag(&self, name: &str) -> Option<Spanned<bool>> {
        let node = self.known(name)?;
        let on = node.as_bool().or_else(|| node.as_str()?.parse().ok())?;
        Some(Spanned::new(on, node.span))
    }

    pub(super) fn expression(&self, name: &str) -> Option<&'a Node<'s>> {
        self.config.and_then(|config| config.get(name))
    }

    /// The blocks of one name, each with what is open in it.
    pub(super) fn blocks(&self, name: &str) -> Vec<Block<'a, 's>> {
        let Some(node) = self.values.get(name) else { return Vec::new() };
        let unknown = self.unknown.and_then(|unknown| unknown.get(name));
        let list = if node.is_object() { std::slice::from_ref(node) } else { node.elements() };
        let expressions = self.expression(name);
        list.iter()
            .enumerate()
            .filter(|(_, values)| values.is_object())
            .map(|(at, values)| {
                let unknown = match unknown {
                    Some(unknown) if unknown.is_object() => Some(unknown),
                    Some(unknown) => unknown.elements().get(at),
                    None => None,
                };
                let config = expressions.and_then(|e| expressions_of(e, list, at));
                Block { values, unknown, config }
            })
            .collect()
    }

    /// The first block of one name, for blocks there can be only one of.
    pub(super) fn block(&self, name: &str) -> Option<Block<'a, 's>> {
        self.blocks(name).into_iter().next()
    }
}

/// The expressions of the block at a position. Blocks that are sets are in another order than in the files, so
/// that constants have to say which is which.
fn expressions_of<'a, 's>(expressions: &'a Node<'s>, list: &[Node<'s>], at: usize) -> Option<&'a Node<'s>> {
    if expressions.is_object() {
        return (list.len() == 1).then_some(expressions);
    }
    let written = expressions.elements();
    if written.len() != list.len() {
        return None;
    }
    if let [only] = written {
        return Some(only);
    }
    let values = list.get(at)?;
    let mut fitting = written.iter().filter(|one| fits(one, values));
    match (fitting.next(), fitting.next()) {
        (Some(only), None) => Some(only),
        // Where several fit, a list has kept its order; in a set it makes no difference which is which only
        // when they are the same.
        (Some(_), Some(_)) => written.get(at).filter(|one| {
            fits(one, values) && list.iter().zip(written).all(|(values, one)| fits(one, values))
        }),
        (None, _) => None,
    }
}

/// Whether the constants of a block's expressions are the values of a block.
fn fits(expressions: &Node<'_>, values: &Node<'_>) -> bool {
    expressions.members().iter().all(|member| match member.value.get("constant_value") {
        Some(constant) => values.get(&member.key.value).is_none_or(|value| same(constant, value)),
        None => true,
    })
}

/// Equal but for places, and for the order of elements, which sets lose.
fn same(a: &Node<'_>, b: &Node<'_>) -> bool {
    let (left, right) = (a.elements(), b.elements());
    if left.is_empty() && right.is_empty() {
        return a.kind() == b.kind() && a.as_str() == b.as_str() && a.as_bool() == b.as_bool();
    }
    left.len() == right.len() && left.iter().all(|l| right.iter().any(|r| same(l, r)))
}

/// The key of an instance, as it stands between the brackets of its address.
pub(super) fn key_of(node: &Node<'_>) -> Option<String> {
    match &node.value {
        Value::Number(number) => Some(number.clone().into_owned()),
        Value::String(text) => Some(address::quoted(text)),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) | Value::Invalid => None,
    }
}

pub(super) fn is_null(node: &Node<'_>) -> bool {
    matches!(node.value, Value::Null | Value::Invalid)
}

/// What one file tells.
#[derive(Debug, Default)]
pub(super) struct Module<'s> {
    /// Its values were evaluated, so that one place may stand for several of them.
    pub(super) made: bool,
    pub(super) resources: Vec<Resource<'s>>,
    /// By module instance and local name, in the order of the file.
    instances: FxHashMap<(String, String), Vec<usize>>,
    /// Addresses of module instances, by the instance that calls them and the name it calls them by.
    modules: FxHashMap<(String, String), Vec<String>>,
    pub(super) configuration: Configuration<'s>,
    /// Values of the variables of the root module.
    pub(super) variables: BTreeMap<String, Node<'s>>,
}

impl<'s> Module<'s> {
    pub(super) fn of(resources: Vec<Resource<'s>>) -> Self {
        let mut world = Self::default();
        resources.into_iter().for_each(|resource| world.add(resource));
        world
    }

    pub(super) fn add(&mut self, resource: Resource<'s>) {
        if !resource.gone {
            if self.resources.last().is_none_or(|last| last.module != resource.module) {
                self.enter(&resource.module);
            }
            let name = (resource.module.clone(), resource.local.clone());
            self.instances.entry(name).or_default().push(self.resources.len());
        }
        self.resources.push(resource);
    }

    /// The instances of a resource in one instance of a module.
    pub(super) fn instances(&self, module: &str, local: &str) -> &[usize] {
        // A pair of borrowed strings is no key of this map, and there are few lookups.
        self.instances.get(&(module.to_owned(), local.to_owned())).map_or(&[], Vec::as_slice)
    }

    /// The instances of a module that are called from another one, by their addresses.
    pub(super) fn modules_called(&self, caller: &str, call: &str) -> &[String] {
        self.modules.get(&(caller.to_owned(), call.to_owned())).map_or(&[], Vec::as_slice)
    }

    /// Notes the modules on the way to one that holds a resource.
    fn enter(&mut self, module: &str) {
        let mut inner = module;
        while let Some((caller, step)) = address::parent(inner) {
            let instances = self.modules.entry((caller.to_owned(), step.call.to_owned())).or_default();
            if instances.iter().any(|known| known == inner) {
                break;
            }
            instances.push(inner.to_owned());
            inner = caller;
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<&Resource<'s>> {
        self.resources.get(index)
    }

    /// Whether the provider of a resource adds tags to it.
    pub(super) fn has_default_tags(&self, resource: &Resource<'s>) -> bool {
        let provider = self.configuration.providers.get(&resource.provider);
        let expressions = provider.and_then(|provider| provider.get("expressions"));
        expressions.is_some_and(|expressions| expressions.get("default_tags").is_some())
    }

    /// The values of a resource beside the expressions they come from.
    pub(super) fn block<'a>(&'a self, resource: &'a Resource<'s>) -> Block<'a, 's> {
        let config = self.configuration.resource(&resource.module, &resource.local);
        Block {
            values: &resource.values,
            unknown: resource.unknown.as_ref(),
            config: resource.expressions.as_ref().or(config.map(|config| &config.expressions)),
        }
    }
}
