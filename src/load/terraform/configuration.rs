//! `configuration`: the expressions values come from, as far as the JSON keeps them, which is their constants
//! and the names they refer to.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::address;
use super::text::Text;
use super::types;
use crate::json::{Node, Value};
use crate::source::Span;

/// Modules in modules that are gone into; Terraform's own limits are far below.
const MAX_MODULES: usize = 64;

/// The provider of resources that name none.
const DEFAULT_PROVIDER: &str = "aws";

/// The configuration of a plan; empty where a file has none.
#[derive(Debug, Default)]
pub(super) struct Configuration<'s> {
    pub(super) told: bool,
    root: Module<'s>,
    /// `provider_config`, by key.
    pub(super) providers: BTreeMap<String, Node<'s>>,
}

#[derive(Debug, Default)]
pub(super) struct Module<'s> {
    resources: FxHashMap<String, ResourceConfig<'s>>,
    calls: BTreeMap<String, Call<'s>>,
    outputs: BTreeMap<String, Node<'s>>,
    defaults: BTreeMap<String, Node<'s>>,
    /// Providers of resources that are not read, where they are not the default one.
    others: FxHashMap<String, String>,
}

#[derive(Debug)]
pub(super) struct ResourceConfig<'s> {
    pub(super) provider: String,
    pub(super) expressions: Node<'s>,
    pub(super) for_each: Option<Node<'s>>,
}

#[derive(Debug)]
pub(super) struct Call<'s> {
    pub(super) expressions: Option<Node<'s>>,
    pub(super) for_each: Option<Node<'s>>,
    module: Module<'s>,
}

impl<'s> Configuration<'s> {
    pub(super) fn read(text: Text<'s>, at: Span) -> Self {
        let mut out = Self { told: true, ..Self::default() };
        for (name, value) in text.members(at) {
            match &*name {
                "provider_config" => {
                    for (key, config) in text.members(value) {
                        out.providers.extend(text.node(config).map(|node| (key.into_owned(), node)));
                    }
                }
                "root_module" => out.root = Module::read(text, value, MAX_MODULES),
                _ => {}
            }
        }
        out
    }

    /// The configuration of a module instance.
    fn module(&self, instance: &str) -> Option<&Module<'s>> {
        address::steps(instance)
            .into_iter()
            .try_fold(&self.root, |module, step| module.calls.get(step.call).map(|call| &call.module))
    }

    pub(super) fn resource(&self, instance: &str, local: &str) -> Option<&ResourceConfig<'s>> {
        self.module(instance)?.resources.get(local)
    }

    /// The key of the provider configuration of a resource.
    pub(super) fn provider_of(&self, instance: &str, local: &str) -> String {
        let module = self.module(instance);
        let key = module.and_then(|module| {
            let other = || module.others.get(local).map(String::as_str);
            module.resources.get(local).map(|config| config.provider.as_str()).or_else(other)
        });
        let mut key = key.filter(|key| !key.is_empty()).unwrap_or(DEFAULT_PROVIDER);
        // Terraform 1.0 and before named the provider as the module does, which may have it from its caller.
        while !self.providers.contains_key(key) {
            let Some((_, own)) = key.split_once(':') else { break };
            key = own;
        }
        key.to_owned()
    }

    /// How a module instance is called from the one around it.
    pub(super) fn call(&self, caller: &str, call: &str) -> Option<&Call<'s>> {
        self.module(caller)?.calls.get(call)
    }

    /// The expression of an output.
    pub(super) fn output(&self, instance: &str, name: &str) -> Option<&Node<'s>> {
        self.module(instance)?.outputs.get(name)
    }

    /// What a variable is when its module is not given it.
    pub(super) fn variable_default(&self, instance: &str, name: &str) -> Option<&Node<'s>> {
        self.module(instance)?.defaults.get(name)
    }
}

impl<'s> Module<'s> {
    fn read(text: Text<'s>, at: Span, depth: usize) -> Self {
        let mut out = Self::default();
        let Some(depth) = depth.checked_sub(1) else { return out };
        for (name, value) in text.members(at) {
            match &*name {
                "resources" => {
                    for resource in text.elements(value) {
                        read_resource(text, resource, &mut out);
                    }
                }
                "module_calls" => {
                    for (name, call) in text.members(value) {
                        let expression = |member| text.member(call, member).and_then(|at| text.node(at));
                        let inner = text.member(call, "module");
                        let read = Call {
                            expressions: expression("expressions"),
                            for_each: expression("for_each_expression"),
                            module: inner.map(|at| Self::read(text, at, depth)).unwrap_or_default(),
                        };
                        out.calls.insert(name.into_owned(), read);
                    }
                }
                "outputs" => {
                    for (name, output) in text.members(value) {
                        let expression = text.member(output, "expression").and_then(|at| text.node(at));
                        out.outputs.extend(expression.map(|node| (name.into_owned(), node)));
                    }
                }
                "variables" => {
                    for (name, variable) in text.members(value) {
                        let default = text.member(variable, "default").and_then(|at| text.node(at));
                        out.defaults.extend(default.map(|node| (name.into_owned(), node)));
                    }
                }
                _ => {}
            }
        }
        out
    }
}

fn read_resource<'s>(text: Text<'s>, at: Span, out: &mut Module<'s>) {
    let mut mode = None;
    let mut kind = None;
    let mut name = None;
    let mut provider = None;
    let mut expressions = None;
    let mut for_each = None;
    for (member, value) in text.members(at) {
        match &*member {
            "mode" => mode = text.string(value),
            "type" => kind = text.string(value),
            "name" => name = text.string(value),
            "provider_config_key" => provider = text.string(value),
            "expressions" => expressions = Some(value),
            "for_each_expression" => for_each = Some(value),
            _ => {}
        }
    }
    let (Some(kind), Some(name)) = (kind, name) else { return };
    let local = address::local_name(mode.as_deref() == Some("data"), &kind, &name);
    let provider = provider.map_or_else(String::new, std::borrow::Cow::into_owned);
    if types::find(&kind).is_none() {
        if kind.starts_with("aws_") && provider != DEFAULT_PROVIDER {
            out.others.insert(local, provider);
        }
        return;
    }
    let expressions = expressions.and_then(|at| text.node(at));
    let expressions = expressions.unwrap_or(Node { span: at, value: Value::Object(Vec::new()) });
    let for_each = for_each.and_then(|at| text.node(at));
    out.resources.insert(local, ResourceConfig { provider, expressions, for_each });
}
