//! Provider configurations: which one a resource uses, and what it says of its account and Region.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::config::{Call, Resource};
use super::expand;
use super::graph::Graph;
use super::machine::{Machine, Scope};
use super::syntax::{Expr, Key, Kind, Step};
use super::tree;
use super::value::{V, Val};
use crate::json::{Member, Node, Value};
use crate::load::root_modules::Stated;
use crate::source::{Span, Spanned};

/// The provider of resources that name none.
const DEFAULT: &str = "aws";

/// Modules in modules through which a provider is passed on.
const MAX_DEPTH: usize = 64;

/// `aws.data` as a key.
fn key_of(expr: &Expr) -> Option<String> {
    match &expr.kind {
        Kind::Name(name) => Some(name.to_string()),
        Kind::Traversal(base, steps) => match (&base.kind, steps.as_slice()) {
            (Kind::Name(name), [Step::Attribute(alias, _), ..]) => Some(format!("{name}.{alias}")),
            (_, _) => None,
        },
        Kind::Text(text) => Some(text.to_string()),
        Kind::Template(_)
        | Kind::Null
        | Kind::Bool(_)
        | Kind::Number(_)
        | Kind::List(_)
        | Kind::Object(_)
        | Kind::Conditional(_)
        | Kind::Call(_)
        | Kind::Not(_)
        | Kind::Negative(_)
        | Kind::Binary(..)
        | Kind::For(_)
        | Kind::Broken => None,
    }
}

/// The configuration that a call passes for a key of its module.
pub(super) fn passed(call: &Call, key: &str) -> Option<String> {
    let Kind::Object(items) = &call.block.body.get("providers")?.kind else { return None };
    items.iter().find_map(|(own, outer)| {
        let own = match own {
            Key::Name(name, _) => name.to_string(),
            Key::Computed(expr) => key_of(expr)?,
        };
        (own == key).then(|| key_of(outer)).flatten()
    })
}

impl Graph<'_> {
    /// The key of the provider configuration that a resource uses, as the root module calls it.
    pub(super) fn provider_of(&self, module: usize, resource: &Resource) -> String {
        let key = resource.block.body.get("provider").and_then(key_of).unwrap_or_else(|| {
            let name = resource.kind.split('_').next().unwrap_or(DEFAULT);
            name.to_owned()
        });
        self.resolved(module, key)
    }

    /// The tags of a resource with those that its provider adds; none where it adds none.
    pub(super) fn all_tags(&self, module: usize, resource: &Resource, scope: Scope<'_>) -> Option<Val> {
        let provider = self.config(0)?.providers.get(self.provider_of(module, resource).as_str())?;
        let block = provider.body.blocks("default_tags").next()?;
        let added = self.eval(block.body.get("tags")?, Scope::of(0)).ok()?.settled();
        let own = match expand::written(self, &resource.block.body, "tags", scope) {
            Ok(own) => own.filter(|own| !own.is_null()),
            Err(_) => {
                return Some(self.hole(
                    format!("{}.tags_all", resource.kind),
                    "its tags cannot be read",
                    block.head,
                ));
            }
        };
        let Some(own) = own else { return Some(added) };
        match (&added.v, &own.v) {
            (V::Map(added_map), V::Map(own_map)) => {
                let mut all = (**added_map).clone();
                all.members.extend(own_map.members.iter().map(|(name, tag)| (Rc::clone(name), tag.clone())));
                all.rest = all.rest.or_else(|| own_map.rest.clone());
                Some(Val::new(V::Map(Rc::new(all)), own.at))
            }
            (V::Map(_), _) => Some(own),
            (_, _) => Some(added),
        }
    }

    fn resolved(&self, module: usize, key: String) -> String {
        let (mut module, mut key) = (module, key);
        for _ in 0..MAX_DEPTH {
            let Some(instance) = self.instance(module) else { return key };
            let Some(parent) = &instance.parent else { return key };
            let call = self.config(parent.module).and_then(|config| config.calls.get(&parent.call));
            match call.and_then(|call| passed(call, &key)) {
                Some(outer) => key = outer,
                // A module of old may configure a provider itself.
                None if self.config(module).is_some_and(|config| config.providers.contains_key(&*key)) => {
                    return format!("{}:{key}", instance.address);
                }
                None => {}
            }
            module = parent.module;
        }
        key
    }

    /// The configurations as a plan has them, with what a person said in their place.
    pub(super) fn provider_nodes(
        &self,
        stated: &BTreeMap<String, Stated>,
    ) -> BTreeMap<String, Node<'static>> {
        let mut out = BTreeMap::new();
        let mut keys: Vec<Rc<str>> =
            self.config(0).map_or_else(Vec::new, |config| config.providers.keys().cloned().collect());
        keys.extend(stated.keys().map(|key| Rc::from(key.as_str())));
        keys.push(DEFAULT.into());
        for key in keys {
            let block = self.config(0).and_then(|config| config.providers.get(&key));
            let node = self.provider_node(
                block.map(|block| &block.body),
                0,
                stated.get(&*key),
                block.map(|b| b.head),
            );
            out.entry(key.to_string()).or_insert(node);
        }
        out
    }

    fn provider_node(
        &self,
        body: Option<&super::syntax::Body>,
        module: usize,
        stated: Option<&Stated>,
        at: Option<Span>,
    ) -> Node<'static> {
        let scope = Scope::of(module);
        let at = at.or(self.config(module).and_then(|config| config.at));
        let at = at.unwrap_or(Span::new(crate::source::SourceId::LONE, 0, 0));
        let mut expressions: Vec<Member<'static>> = Vec::new();
        let constant = |node: Node<'static>| object(node.span, vec![("constant_value", node)]);
        let mut put = |name: &str, node: Node<'static>| {
            expressions.retain(|member| member.key.value != name);
            expressions
                .push(Member { key: Spanned::new(Cow::Owned(name.to_owned()), node.span), value: node });
        };
        for attribute in body.map_or(&[][..], |body| &body.attributes) {
            if &*attribute.name == "alias" || &*attribute.name == "version" {
                continue;
            }
            let value = self.eval(&attribute.value, scope).map(Val::settled);
            let Ok(value) = value else { continue };
            put(&attribute.name, constant(self.constant_node(&value)));
        }
        for block in body.map_or(&[][..], |body| &body.blocks) {
            let members = block.body.attributes.iter().filter_map(|attribute| {
                let value = self.eval(&attribute.value, scope).ok()?.settled();
                let node = constant(self.constant_node(&value));
                Some(Member {
                    key: Spanned::new(Cow::Owned(attribute.name.to_string()), node.span),
                    value: node,
                })
            });
            let object = Node { span: block.at, value: Value::Object(members.collect()) };
            put(&block.kind, Node { span: block.at, value: Value::Array(vec![object]) });
        }
        if let Some(stated) = stated {
            let text = |text: &Spanned<String>| Node {
                span: text.span,
                value: Value::String(Cow::Owned(text.value.clone())),
            };
            if let Some(account) = &stated.account {
                let list = Node { span: account.span, value: Value::Array(vec![text(account)]) };
                put("allowed_account_ids", constant(list));
            }
            if let Some(region) = &stated.region {
                put("region", constant(text(region)));
            }
        }
        let expressions = Node { span: at, value: Value::Object(expressions) };
        object(at, vec![("expressions", expressions)])
    }

    fn constant_node(&self, value: &Val) -> Node<'static> {
        match &value.v {
            V::List(elements) | V::Set(elements) => {
                let elements = elements.iter().map(|element| tree::scalar(self, element)).collect();
                Node { span: value.at, value: Value::Array(elements) }
            }
            _scalar => tree::scalar(self, value),
        }
    }
}

fn object(at: Span, members: Vec<(&'static str, Node<'static>)>) -> Node<'static> {
    let members = members
        .into_iter()
        .map(|(name, value)| Member { key: Spanned::new(Cow::Borrowed(name), value.span), value });
    Node { span: at, value: Value::Object(members.collect()) }
}
