//! A plan: what will be when it is applied.

use rustc_hash::FxHashSet;

use super::address;
use super::configuration::Configuration;
use super::model::{Module, Resource};
use super::state::{self, Header};
use super::text::Text;
use crate::json::{Node, Value};
use crate::source::Span;

/// The parts of a plan that are read.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) resource_changes: Option<Span>,
    pub(super) planned_values: Option<Span>,
    pub(super) prior_state: Option<Span>,
    pub(super) configuration: Option<Span>,
    pub(super) variables: Option<Span>,
}

pub(super) fn read<'s>(text: Text<'s>, parts: &Parts) -> Module<'s> {
    let mut world = Module::default();
    if let Some(at) = parts.configuration {
        world.configuration = Configuration::read(text, at);
    }
    for (name, variable) in parts.variables.into_iter().flat_map(|at| text.members(at)) {
        let value = text.member(variable, "value").and_then(|at| text.node(at));
        world.variables.extend(value.map(|node| (name.into_owned(), node)));
    }
    let mut changed = FxHashSet::default();
    let changes = parts.resource_changes.into_iter().flat_map(|at| text.elements(at));
    for (index, element) in changes.enumerate() {
        let pointer = format!("/resource_changes/{index}/change/after");
        if let Some(resource) = read_change(text, element, &world.configuration, pointer) {
            changed.insert(resource.address.value.clone());
            world.add(resource);
        }
    }
    if parts.resource_changes.is_none()
        && let Some(root) = parts.planned_values.and_then(|at| text.member(at, "root_module"))
    {
        for resource in state::values(text, root, &world.configuration, "/planned_values/root_module") {
            changed.insert(resource.address.value.clone());
            world.add(resource);
        }
    }
    // Data sources that could be read are here alone; so is what `-target` leaves out of the plan.
    let prior = parts.prior_state.and_then(|at| text.member(at, "values"));
    if let Some(root) = prior.and_then(|values| text.member(values, "root_module")) {
        for resource in state::values(text, root, &world.configuration, "/prior_state/values/root_module") {
            if !changed.contains(&resource.address.value) {
                world.add(resource);
            }
        }
    }
    world
}

/// An element of `resource_changes`.
fn read_change<'s>(
    text: Text<'s>,
    at: Span,
    configuration: &Configuration<'s>,
    pointer: String,
) -> Option<Resource<'s>> {
    let mut change = None;
    let mut deposed = false;
    let Header { address, data, kind, local, key } = Header::read(text, at, |member, value| match member {
        "change" => change = Some(value),
        // An object that waits for its destruction after a failed replacement.
        "deposed" => deposed = true,
        _ => {}
    })?;
    if deposed {
        return None;
    }
    let module = address::module_of(&address.value).to_owned();
    let provider = configuration.provider_of(&module, &local);

    let mut actions = None;
    let mut before = None;
    let mut after = None;
    let mut unknown = None;
    for (member, value) in text.members(change?) {
        match &*member {
            "actions" => actions = text.node(value),
            "before" => before = Some(value),
            "after" => after = Some(value),
            "after_unknown" => unknown = Some(value),
            _ => {}
        }
    }
    let drops = |action: &Node<'_>| matches!(action.as_str(), Some("delete" | "forget"));
    let dropped =
        actions.as_ref().is_some_and(|a| !a.elements().is_empty() && a.elements().iter().all(drops));
    let creates = |action: &Node<'_>| action.as_str() == Some("create");
    let created = actions.as_ref().is_some_and(|a| a.elements().iter().any(creates));
    let after = after.filter(|at| !dropped && !text.is_null(*at)).and_then(|at| text.node(at));
    let gone = dropped || (after.is_none() && !data);
    let keeps_before = gone || kind.keeps_before;
    let before = before.filter(|at| keeps_before && !text.is_null(*at)).and_then(|at| text.node(at));
    let values = after.unwrap_or(Node { span: address.span, value: Value::Object(Vec::new()) });
    let unknown = unknown.filter(|_| !gone).and_then(|at| text.node(at));
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
        unknown,
        before,
        gone,
        created,
        guards: Vec::new(),
        expressions: None,
    })
}
