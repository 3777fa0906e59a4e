//! Type constraints of variables: values become what their variable says, with the defaults of optional attributes.

use std::rc::Rc;

use super::choice::on_both;
use super::fault::{Read, fault};
use super::machine::{Machine, Scope};
use super::operate;
use super::syntax::{Expr, Key, Kind};
use super::value::{Handle, Map, V, Val};
use crate::source::Span;

/// Types in types.
const MAX_DEPTH: usize = 32;

/// The value as the type says; where nothing is known of the value, it stays so.
pub(super) fn convert(graph: &dyn Machine, value: &Val, constraint: &Expr, scope: Scope<'_>) -> Read {
    within(graph, value, constraint, scope, MAX_DEPTH)
}

fn within(graph: &dyn Machine, value: &Val, constraint: &Expr, scope: Scope<'_>, depth: usize) -> Read {
    let Some(depth) = depth.checked_sub(1) else { return Ok(value.clone()) };
    on_both(value, 0, &|value, _| one(graph, value, constraint, scope, depth))
}

fn one(graph: &dyn Machine, value: &Val, constraint: &Expr, scope: Scope<'_>, depth: usize) -> Read {
    let at = value.at;
    if value.is_null() || matches!(value.v, V::Hole(_)) {
        return Ok(value.clone());
    }
    let (name, inner) = match &constraint.kind {
        Kind::Name(name) => (&**name, &[][..]),
        Kind::Text(name) => (&**name, &[][..]),
        Kind::Call(call) => (&*call.name, call.arguments.as_slice()),
        _other => return Ok(value.clone()),
    };
    let each = |elements: &[Val], inner: Option<&Expr>| -> Result<Vec<Val>, super::fault::Fault> {
        let Some(inner) = inner else { return Ok(elements.to_vec()) };
        elements.iter().map(|element| element_as(graph, element, inner, scope, depth)).collect()
    };
    match name {
        "string" => operate::to_text(value, at),
        "number" => operate::to_number(value, at),
        "bool" => operate::to_bool(value, at),
        "list" | "set" => {
            let Some(elements) = value.elements() else { return fault(format!("a {name} is required"), at) };
            let elements = each(elements, inner.first())?;
            Ok(if name == "set" { operate::set(elements, at) } else { Val::list(elements, at) })
        }
        "tuple" => Ok(value.clone()),
        "map" => {
            let Some(map) = value.as_map() else { return fault("a map is required", at) };
            let mut out = Map { members: Default::default(), rest: map.rest.clone() };
            for (key, (key_at, member)) in &map.members {
                let member = match inner.first() {
                    Some(inner) => within(graph, member, inner, scope, depth)?,
                    None => member.clone(),
                };
                out.members.insert(Rc::clone(key), (*key_at, member));
            }
            Ok(Val::new(V::Map(Rc::new(out)), at))
        }
        "object" => {
            let Some(Expr { kind: Kind::Object(attributes), .. }) = inner.first() else {
                return Ok(value.clone());
            };
            // Of a resource that is passed on, the attributes that the type names are asked for.
            let asked;
            let map = match &value.v {
                V::Map(map) => map,
                V::Resource(handle) => {
                    asked = Rc::new(attributes_of(graph, handle, attributes, at)?);
                    &asked
                }
                _other => return fault("an object is required", at),
            };
            let mut out = Map { members: Default::default(), rest: map.rest.clone() };
            for (key, wanted) in attributes {
                let Some(name) = name_of(key) else { continue };
                let (wanted, default) = optional(wanted);
                let given = map.members.get(&name).filter(|(_, member)| !member.is_null());
                let (key_at, member) = match (given, default) {
                    (Some((key_at, member)), _) => (*key_at, within(graph, member, wanted, scope, depth)?),
                    (None, Some(Some(default))) => {
                        let default = graph.eval(default, scope)?;
                        (at, within(graph, &default, wanted, scope, depth)?)
                    }
                    (None, Some(None)) => (at, Val::null(at)),
                    (None, None) if map.members.contains_key(&name) => (at, Val::null(at)),
                    (None, None) if map.rest.is_some() => continue,
                    (None, None) => return fault(format!("the attribute `{name}` is required"), at),
                };
                out.members.insert(name, (key_at, member));
            }
            Ok(Val::new(V::Map(Rc::new(out)), at))
        }
        _any => Ok(value.clone()),
    }
}

fn name_of(key: &Key) -> Option<Rc<str>> {
    match key {
        Key::Name(name, _) | Key::Computed(Expr { kind: Kind::Text(name), .. }) => Some(Rc::clone(name)),
        Key::Computed(_) => None,
    }
}

/// The attributes of a resource that a type names.
fn attributes_of(
    graph: &dyn Machine,
    handle: &Handle,
    attributes: &[(Key, Expr)],
    at: Span,
) -> Result<Map, super::fault::Fault> {
    let mut map = Map::default();
    for name in attributes.iter().filter_map(|(key, _)| name_of(key)) {
        let value = graph.resource_attribute(handle, &name, at)?;
        map.members.insert(name, (at, value));
    }
    Ok(map)
}

fn element_as(graph: &dyn Machine, element: &Val, inner: &Expr, scope: Scope<'_>, depth: usize) -> Read {
    match &element.v {
        V::Maybe(maybe) => {
            let value = within(graph, &maybe.value, inner, scope, depth)?;
            Ok(Val::new(V::Maybe(Rc::new(super::value::Maybe { value, ..(**maybe).clone() })), element.at))
        }
        V::Rest(_) => Ok(element.clone()),
        _known => within(graph, element, inner, scope, depth),
    }
}

/// `optional(type, default)`: the type, and the default where the attribute need not be there.
fn optional(wanted: &Expr) -> (&Expr, Option<Option<&Expr>>) {
    if let Kind::Call(call) = &wanted.kind
        && &*call.name == "optional"
        && let [inner, default @ ..] = call.arguments.as_slice()
    {
        return (inner, Some(default.first()));
    }
    (wanted, None)
}

/// Whether a value that is written as text is meant as text.
pub(super) fn is_text(constraint: Option<&Expr>) -> bool {
    match constraint.map(|constraint| &constraint.kind) {
        None => true,
        Some(Kind::Name(name) | Kind::Text(name)) => matches!(&**name, "string"),
        Some(_) => false,
    }
}
