//! From the evaluated configuration to the resources that a plan has.

use std::borrow::Cow;
use std::rc::Rc;

use super::config::Resource;
use super::expand::{self, InstanceOf};
use super::fault::Fault;
use super::graph::Graph;
use super::machine::Scope;
use super::providers;
use super::syntax::{Block, Body};
use super::tree::{self, Held, Shape};
use super::value::{Handle, Val};
use crate::json::{Member, Node, Value};
use crate::load::terraform::model;
use crate::load::terraform::types::{self, BucketSetting, S3, Tells, Type};
use crate::source::Spanned;

/// Blocks that are for Terraform itself.
const META_BLOCKS: &[&str] = &["lifecycle", "provisioner", "connection", "timeouts"];

/// The resources of all modules, in the order of the files.
pub(super) fn resources(graph: &Graph<'_>) -> Vec<model::Resource<'static>> {
    let mut out = Vec::new();
    let mut open = vec![0];
    while let Some(module) = open.pop() {
        own_resources(graph, module, &mut out);
        let mut inner = called(graph, module);
        inner.reverse();
        open.extend(inner);
    }
    out
}

/// The instances of the modules that a module calls.
fn called(graph: &Graph<'_>, module: usize) -> Vec<usize> {
    let Some(config) = graph.config(module) else { return Vec::new() };
    let mut out = Vec::new();
    for (name, call) in config.calls.iter().filter(|(_, call)| call.config.is_some()) {
        let local: Rc<str> = format!("module.{name}").into();
        match graph.expansion(module, &local, &call.block.body, call.block.head) {
            Ok(all) => out.extend(all.iter().filter_map(|of| graph.module_instance(module, name, of))),
            Err(refused) => graph.complain(&refused.message, refused.at),
        }
    }
    out
}

fn own_resources(graph: &Graph<'_>, module: usize, out: &mut Vec<model::Resource<'static>>) {
    let Some(config) = graph.config(module) else { return };
    let outer =
        graph.instance(module).and_then(|instance| instance.parent.as_ref().map(|p| p.guards.clone()));
    for local in &config.order {
        let Some(resource) = config.resources.get(local) else { continue };
        let Some(kind) = types::find(&resource.kind).filter(|_| !resource.data) else { continue };
        let all = match graph.expansion(module, local, &resource.block.body, resource.block.head) {
            Ok(all) => all,
            Err(refused) => {
                graph.complain(&refused.message, refused.at);
                continue;
            }
        };
        for of in all.iter() {
            let handle = Handle { module, local: Rc::clone(local), key: of.key.clone() };
            let guards = outer.iter().flatten().chain(&of.guards).cloned().collect();
            out.push(instance(graph, &handle, resource, kind, of, guards));
        }
    }
}

fn instance(
    graph: &Graph<'_>,
    handle: &Handle,
    resource: &Resource,
    kind: &'static Type,
    of: &InstanceOf,
    guards: Vec<(Rc<str>, bool)>,
) -> model::Resource<'static> {
    let scope = Scope { each: of.each.as_ref(), own: Some(handle), ..Scope::of(handle.module) };
    let body = &resource.block.body;
    let (mut members, mut masks) = (Vec::new(), Vec::new());
    let shape = shape_of(&resource.kind);
    for name in names_of(body) {
        let at = resource.block.head;
        let value = match expand::written(graph, body, name, scope) {
            Ok(Some(value)) => value,
            Ok(None) => continue,
            Err(refused) => refused_value(graph, refused, &graph.address(handle), name),
        };
        let shape = if name == "assume_role_policy" {
            Shape { principal: true, resource: false, ..shape }
        } else {
            shape
        };
        let key = Spanned::new(Cow::Owned(name.to_owned()), at);
        // A setting that may not be there says nothing for certain.
        let value = match guards.first() {
            Some((test, _)) if is_setting(kind) && name != "bucket" => {
                graph.hole(Rc::clone(test), "whether the resource is there is not known", at)
            }
            _there => value,
        };
        match tree::attribute(graph, name, &value, shape) {
            Held::Unset => {}
            Held::Open(node) => masks.push(Member { key, value: node }),
            Held::Known { value, mask } => {
                masks.extend(mask.map(|value| Member { key: key.clone(), value }));
                members.push(Member { key, value });
            }
        }
    }
    if let Some(tags) = graph.all_tags(handle.module, resource, scope) {
        let key = Spanned::new(Cow::Borrowed("tags_all"), tags.at);
        match tree::attribute(graph, "tags_all", &tags, shape) {
            Held::Unset => {}
            Held::Open(node) => masks.push(Member { key, value: node }),
            Held::Known { value, mask } => {
                masks.extend(mask.map(|value| Member { key: key.clone(), value }));
                members.push(Member { key, value });
            }
        }
    }
    if body.get("*").is_some() {
        let hole = graph.hole(graph.address(handle), "its block cannot be read", resource.block.head);
        if let Held::Open(node) = tree::attribute(graph, "policy", &hole, shape) {
            for name in BROKEN {
                let key = Spanned::new(Cow::Borrowed(*name), node.span);
                masks.push(Member { key, value: node.clone() });
            }
        }
    }
    let span = resource.block.at;
    let expressions = members.iter().chain(&masks).map(|member| Member {
        key: member.key.clone(),
        value: Node { span: member.value.span, value: Value::Object(Vec::new()) },
    });
    let expressions = Node { span, value: Value::Object(expressions.collect()) };
    let mut made = graph.bare(handle, resource, kind, Node { span, value: Value::Object(members) });
    made.unknown = (!masks.is_empty()).then_some(Node { span, value: Value::Object(masks) });
    made.expressions = Some(expressions);
    made.guards = guards.into_iter().map(|(test, side)| (test.to_string(), side)).collect();
    made
}

/// Whether a resource is a setting of another one, and holds no policy.
fn is_setting(kind: &Type) -> bool {
    matches!(kind.tells, Tells::S3(S3::Setting(setting)) if setting != BucketSetting::Policy)
        || matches!(kind.tells, Tells::S3(S3::AccountBlock))
}

/// What is open of a resource whose block cannot be read.
const BROKEN: &[&str] = &["policy", "assume_role_policy", "inline_policy", "content", "name", "bucket"];

/// Names of arguments and blocks, in the order in which they are written.
fn names_of(body: &Body) -> Vec<&str> {
    let mut names: Vec<&str> = body.attributes.iter().map(|attribute| &*attribute.name).collect();
    names.retain(|name| !expand::META.contains(name) && *name != "*");
    for block in &body.blocks {
        let name = name_of(block);
        if !META_BLOCKS.contains(&name) && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn name_of(block: &Block) -> &str {
    match block.labels.first() {
        Some(label) if &*block.kind == "dynamic" => label,
        _plain => &block.kind,
    }
}

/// What an argument is that Terraform would refuse: told once, and not known.
fn refused_value(graph: &Graph<'_>, refused: Fault, address: &str, name: &str) -> Val {
    graph.complain(&refused.message, refused.at);
    graph.hole(format!("{address}.{name}"), refused.message, refused.at)
}

/// Which elements the statements of a policy have that a resource of a type holds.
fn shape_of(kind: &str) -> Shape {
    let is_of_organization = kind == "aws_organizations_policy";
    let is_identity = kind.starts_with("aws_iam_") || is_of_organization;
    Shape { principal: !is_identity, resource: true, content: is_of_organization }
}

/// Resources without values, for the accounts that their providers are of.
pub(super) fn outlines(graph: &Graph<'_>) -> Vec<model::Resource<'static>> {
    let mut out = Vec::new();
    let Some(config) = graph.config(0) else { return out };
    for local in &config.order {
        let Some(resource) = config.resources.get(local) else { continue };
        let Some(kind) = types::find(&resource.kind) else { continue };
        if kind.tells == Tells::PolicyDocument {
            continue;
        }
        let handle = Handle { module: 0, local: Rc::clone(local), key: None };
        let values = Node { span: resource.block.head, value: Value::Object(Vec::new()) };
        out.push(graph.bare(&handle, resource, kind, values));
    }
    // Modules are of the provider that they are given.
    for call in config.calls.values() {
        let Some(kind) = types::find("aws_arn") else { continue };
        let values = Node { span: call.block.head, value: Value::Object(Vec::new()) };
        out.push(model::Resource {
            address: Spanned::new(String::new(), call.block.head),
            module: String::new(),
            data: false,
            kind,
            local: String::new(),
            key: None,
            provider: providers::passed(call, "aws").unwrap_or_else(|| "aws".to_owned()),
            pointer: String::new(),
            values,
            unknown: None,
            before: None,
            gone: false,
            created: false,
            guards: Vec::new(),
            expressions: None,
        });
    }
    out
}
