//! States: the trees of values of `show -json`, and the files of versions 3 and 4.

use std::borrow::Cow;

use super::address;
use super::configuration::Configuration;
use super::flat;
use super::model::{self, Module, Resource};
use super::text::Text;
use super::types::{self, Type};
use crate::json::Node;
use crate::source::{Span, Spanned};

/// Modules in modules that are gone into.
const MAX_MODULES: usize = 64;

/// The resources of a tree of values, from its root module on.
pub(super) fn values<'s>(
    text: Text<'s>,
    root: Span,
    configuration: &Configuration<'s>,
    pointer: &str,
) -> Vec<Resource<'s>> {
    let mut out = Vec::new();
    let mut open = vec![(root, String::new(), pointer.to_owned(), 0)];
    while let Some((module, mut address, pointer, depth)) = open.pop() {
        let mut resources = None;
        let mut children = None;
        for (member, value) in text.members(module) {
            match &*member {
                "address" => address = text.string(value).unwrap_or_default().into_owned(),
                "resources" => resources = Some(value),
                "child_modules" => children = Some(value),
                _ => {}
            }
        }
        let resources = resources.into_iter().flat_map(|at| text.elements(at));
        for (index, element) in resources.enumerate() {
            let pointer = format!("{pointer}/resources/{index}/values");
            out.extend(read_values(text, element, &address, configuration, pointer));
        }
        let children: Vec<_> = children.into_iter().flat_map(|at| text.elements(at)).collect();
        if depth < MAX_MODULES {
            // Popped from the end, so that modules come in the order of the file.
            open.extend(children.into_iter().enumerate().rev().map(|(index, child)| {
                (child, address.clone(), format!("{pointer}/child_modules/{index}"), depth + 1)
            }));
        }
    }
    out
}

/// What a plan and `show -json` say of each resource: which one it is.
pub(super) struct Header {
    pub(super) address: Spanned<String>,
    pub(super) data: bool,
    pub(super) kind: &'static Type,
    pub(super) local: String,
    pub(super) key: Option<String>,
}

impl Header {
    /// Reads the header of a resource, and lends all other members. `None` where its type tells nothing.
    pub(super) fn read<'s>(text: Text<'s>, at: Span, mut other: impl FnMut(&str, Span)) -> Option<Self> {
        let mut address = None;
        let mut mode = None;
        let mut kind = None;
        let mut name = None;
        let mut key = None;
        for (member, value) in text.members(at) {
            match &*member {
                "address" => {
                    address = text.string(value).map(|text| Spanned::new(text.into_owned(), value));
                }
                "mode" => mode = text.string(value),
                "type" => kind = Some(types::find(&text.string(value)?)?),
                "name" => name = text.string(value),
                "index" => key = text.node(value).as_ref().and_then(model::key_of),
                member => other(member, value),
            }
        }
        let (kind, name): (&'static Type, _) = (kind?, name?);
        let data = mode.as_deref() == Some("data");
        let local = address::local_name(data, kind.name, &name);
        let address = address.unwrap_or_else(|| Spanned::new(local.clone(), at));
        Some(Self { address, data, kind, local, key })
    }
}

fn read_values<'s>(
    text: Text<'s>,
    at: Span,
    module: &str,
    configuration: &Configuration<'s>,
    pointer: String,
) -> Option<Resource<'s>> {
    let mut values = None;
    let Header { address, data, kind, local, key } = Header::read(text, at, |member, value| {
        if member == "values" {
            values = Some(value);
        }
    })?;
    // Terraform 0.12 left the module out of addresses here.
    let address = match address::module_of(&address.value) {
        "" if !module.is_empty() => address.map(|local| format!("{module}.{local}")),
        _ => address,
    };
    let module = address::module_of(&address.value).to_owned();
    let provider = configuration.provider_of(&module, &local);
    let values = text.node(values?)?;
    Some(Resource {
        address,
        module,
        data,
        kind,
        local,
        key,
        provider,
        pointer,
        values,
        unknown: None,
        before: None,
        gone: false,
        created: false,
        guards: Vec::new(),
        expressions: None,
    })
}

/// `resources` of a state file of version 4.
pub(super) fn read_v4<'s>(text: Text<'s>, resources: Span) -> Module<'s> {
    let mut world = Module::default();
    for (index, element) in text.elements(resources).enumerate() {
        read_v4_resource(text, element, &format!("/resources/{index}"), &mut world);
    }
    world
}

fn read_v4_resource<'s>(text: Text<'s>, at: Span, pointer: &str, world: &mut Module<'s>) {
    let mut module = None;
    let mut mode = None;
    let mut kind = None;
    let mut name = None;
    let mut provider = None;
    let mut instances = None;
    for (member, value) in text.members(at) {
        match &*member {
            "module" => module = text.string(value),
            "mode" => mode = text.string(value),
            "type" => match text.string(value).and_then(|name| types::find(&name)) {
                Some(known) => kind = Some(known),
                None => return,
            },
            "name" => name = text.string(value).map(|name| (name, value)),
            "provider" => provider = text.string(value),
            "instances" => instances = Some(value),
            _ => {}
        }
    }
    let (Some(kind), Some((name, named))) = (kind, name) else { return };
    let module = module.map_or_else(String::new, Cow::into_owned);
    let provider = provider.map_or_else(String::new, Cow::into_owned);
    let data = mode.as_deref() == Some("data");
    let local = address::local_name(data, kind.name, &name);
    for (index, instance) in instances.into_iter().flat_map(|at| text.elements(at)).enumerate() {
        let mut key = None;
        let mut attributes = None;
        let mut deposed = false;
        for (member, value) in text.members(instance) {
            match &*member {
                "index_key" => key = text.node(value).as_ref().and_then(model::key_of),
                "attributes" => attributes = text.node(value),
                "attributes_flat" => attributes = text.node(value).map(|flat| flat::unfold(&flat)),
                "deposed" => deposed = true,
                _ => {}
            }
        }
        let (Some(values), false) = (attributes, deposed) else { continue };
        world.add(Resource {
            address: Spanned::new(address::address_of(&module, &local, key.as_deref()), named),
            module: module.clone(),
            data,
            kind,
            local: local.clone(),
            key,
            provider: provider.clone(),
            pointer: format!("{pointer}/instances/{index}/attributes"),
            values,
            unknown: None,
            before: None,
            gone: false,
            created: false,
            guards: Vec::new(),
            expressions: None,
        });
    }
}

/// `modules` of a state file of version 3 or less.
pub(super) fn read_v3<'s>(text: Text<'s>, modules: Span) -> Module<'s> {
    let mut world = Module::default();
    for (index, module) in text.elements(modules).enumerate() {
        let path = text.member(module, "path").and_then(|at| text.node(at));
        let calls = path.iter().flat_map(|path| path.elements()).filter_map(Node::as_str).skip(1);
        let address = calls.map(|call| format!("module.{call}")).collect::<Vec<_>>().join(".");
        let resources = text.member(module, "resources");
        for (name, resource) in resources.into_iter().flat_map(|at| text.members(at)) {
            if let Some(resource) = read_v3_resource(text, &address, &name, resource, index) {
                world.add(resource);
            }
        }
    }
    world
}

fn read_v3_resource<'s>(
    text: Text<'s>,
    module: &str,
    name: &str,
    at: Span,
    index: usize,
) -> Option<Resource<'s>> {
    let mut kind = None;
    let mut provider = None;
    let mut primary = None;
    for (member, value) in text.members(at) {
        match &*member {
            "type" => kind = Some(types::find(&text.string(value)?)?),
            "provider" => provider = text.string(value),
            "primary" => primary = Some(value),
            _ => {}
        }
    }
    let kind = kind?;
    let data = name.starts_with("data.");
    // `aws_iam_role.reader.0` is an instance of a resource with a count.
    let tail = name.strip_prefix("data.").unwrap_or(name).strip_prefix(kind.name)?.strip_prefix('.')?;
    let (own, key) = match tail.rsplit_once('.') {
        Some((own, number)) if number.bytes().all(|b| b.is_ascii_digit()) => (own, Some(number.to_owned())),
        Some(_) | None => (tail, None),
    };
    let local = address::local_name(data, kind.name, own);
    let attributes = text.member(primary?, "attributes")?;
    Some(Resource {
        address: Spanned::new(address::address_of(module, &local, key.as_deref()), attributes),
        module: module.to_owned(),
        data,
        kind,
        local,
        key,
        provider: provider.map_or_else(String::new, Cow::into_owned),
        pointer: format!("/modules/{index}/resources/{name}/primary/attributes"),
        values: flat::unfold(&text.node(attributes)?),
        unknown: None,
        before: None,
        gone: false,
        created: false,
        guards: Vec::new(),
        expressions: None,
    })
}
