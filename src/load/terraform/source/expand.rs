//! Instances of resources and modules, and the blocks that `dynamic` makes.

use std::rc::Rc;

use super::choice::{instance_key, unwrapped};
use super::fault::{Fault, Read, fault};
use super::machine::{Each, Frame, Machine, Scope};
use super::number::Number;
use super::operate;
use super::show;
use super::syntax::{Block, Body, Expr};
use super::value::{InstanceKey, Map, Maybe, V, Val};
use crate::source::Span;

/// Instances of one resource or module.
const MAX_INSTANCES: usize = 2_000;

/// Attributes of every block that are for Terraform itself.
pub(super) const META: &[&str] =
    &["count", "for_each", "provider", "providers", "depends_on", "source", "version"];

/// One of the instances.
#[derive(Clone, Debug)]
pub(super) struct InstanceOf {
    pub(super) key: Option<InstanceKey>,
    pub(super) each: Option<Each>,
    /// The tests that decide whether it is there.
    pub(super) guards: Vec<(Rc<str>, bool)>,
}

/// The instances that `count` or `for_each` makes.
pub(super) fn instances(
    graph: &dyn Machine,
    module: usize,
    name: &str,
    body: &Body,
) -> Result<Vec<InstanceOf>, Fault> {
    let scope = Scope::of(module);
    if let Some(count) = body.get("count") {
        let value = graph.eval(count, scope)?.settled();
        return counted(graph, name, &value, count.at, &[]);
    }
    if let Some(each) = body.get("for_each") {
        let value = graph.eval(each, scope)?.settled();
        return keyed(graph, name, &value, each.at, &[]);
    }
    if let Some(enabled) = enabled(body) {
        let value = graph.eval(enabled, scope)?.settled();
        return switched(graph, name, &value, enabled.at, &[]);
    }
    Ok(vec![InstanceOf { key: None, each: None, guards: Vec::new() }])
}

/// Whether there is one at all, which OpenTofu lets a block say of itself.
///
/// Source: <https://opentofu.org/docs/language/meta-arguments/enabled/>
pub(super) fn enabled(body: &Body) -> Option<&Expr> {
    body.blocks("lifecycle").find_map(|lifecycle| lifecycle.body.get("enabled"))
}

/// The only instance, or none.
fn switched(
    graph: &dyn Machine,
    name: &str,
    value: &Val,
    at: Span,
    guards: &[(Rc<str>, bool)],
) -> Result<Vec<InstanceOf>, Fault> {
    let only = |guards: Vec<(Rc<str>, bool)>| InstanceOf { key: None, each: None, guards };
    if let V::Choice(choice) = &value.v {
        let side = |value: &Val, side: bool| {
            let guards: Vec<_> = guards.iter().cloned().chain([(Rc::clone(&choice.test), side)]).collect();
            switched(graph, name, &value.clone().settled(), at, &guards)
        };
        if guards.len() <= 4 {
            return Ok(united(side(&choice.yes, true)?, side(&choice.no, false)?, &choice.test));
        }
    }
    match operate::to_bool(value, at)?.v {
        V::Bool(true) => Ok(vec![only(guards.to_vec())]),
        V::Bool(false) => Ok(Vec::new()),
        V::Null => fault("`enabled` must not be null", at),
        _open => {
            let test: Rc<str> = show::shortened(format!("{name} is enabled")).into();
            if let Some(hole) = value.first_hole() {
                graph.hole(Rc::clone(&test), format!("{} is not known: {}", hole.name, hole.why), at);
            }
            Ok(vec![only(guards.iter().cloned().chain([(test, true)]).collect())])
        }
    }
}

fn counted(
    graph: &dyn Machine,
    name: &str,
    value: &Val,
    at: Span,
    guards: &[(Rc<str>, bool)],
) -> Result<Vec<InstanceOf>, Fault> {
    if let V::Choice(choice) = &value.v {
        let side = |value: &Val, side: bool| {
            let guards: Vec<_> = guards.iter().cloned().chain([(Rc::clone(&choice.test), side)]).collect();
            counted(graph, name, &value.clone().settled(), at, &guards)
        };
        if guards.len() > 4 {
            return Ok(vec![open(graph, name, value, at, guards, true)]);
        }
        return Ok(united(side(&choice.yes, true)?, side(&choice.no, false)?, &choice.test));
    }
    let number = operate::to_number(value, at)?;
    match &number.v {
        V::Num(number) => match number.to_usize() {
            Some(count) if count <= MAX_INSTANCES => Ok((0..count)
                .map(|index| InstanceOf {
                    key: Some(InstanceKey::Number(index)),
                    each: Some(Each::Count(Val::new(V::Num(Number::from(index)), at))),
                    guards: guards.to_vec(),
                })
                .collect()),
            Some(count) => fault(format!("{count} instances are too many: the limit is {MAX_INSTANCES}"), at),
            None => fault("`count` must be a whole number that is not negative", at),
        },
        V::Null => fault("`count` must not be null", at),
        _open => Ok(vec![open(graph, name, value, at, guards, true)]),
    }
}

/// The one instance that stands for all where their number is not known.
fn open(
    graph: &dyn Machine,
    name: &str,
    value: &Val,
    at: Span,
    guards: &[(Rc<str>, bool)],
    is_count: bool,
) -> InstanceOf {
    let shown = show::short(value);
    let test: Rc<str> = show::shortened(format!("{name} has instances")).into();
    if let Some(hole) = value.first_hole() {
        graph.hole(Rc::clone(&test), format!("{} is not known: {}", hole.name, hole.why), at);
    }
    let part = |what: &str| {
        graph.hole(show::shortened(format!("{shown}[*]{what}")), "the collection is not known", at)
    };
    let each = if is_count {
        Each::Count(part(".index"))
    } else {
        Each::Pair { key: part(".key"), value: part("") }
    };
    let guards = guards.iter().cloned().chain([(test, true)]).collect();
    InstanceOf { key: Some(InstanceKey::Open(shown.into())), each: Some(each), guards }
}

fn keyed(
    graph: &dyn Machine,
    name: &str,
    value: &Val,
    at: Span,
    guards: &[(Rc<str>, bool)],
) -> Result<Vec<InstanceOf>, Fault> {
    match &value.v {
        V::Choice(choice) => {
            if guards.len() > 4 {
                return Ok(vec![open(graph, name, value, at, guards, false)]);
            }
            let side = |value: &Val, side: bool| {
                let guards: Vec<_> =
                    guards.iter().cloned().chain([(Rc::clone(&choice.test), side)]).collect();
                keyed(graph, name, &value.clone().settled(), at, &guards)
            };
            Ok(united(side(&choice.yes, true)?, side(&choice.no, false)?, &choice.test))
        }
        V::Map(_) | V::Set(_) | V::List(_) => {
            let is_map = matches!(value.v, V::Map(_));
            let pairs = graph.pairs(value, at)?.unwrap_or_default();
            if pairs.len() > MAX_INSTANCES {
                return fault(
                    format!("{} instances are too many: the limit is {MAX_INSTANCES}", pairs.len()),
                    at,
                );
            }
            let made = pairs.into_iter().map(|(key, value)| {
                let (value, tests) = unwrapped(value);
                let key = if is_map { key } else { operate::to_text(&value, at).unwrap_or(key) };
                let tests = tests.into_iter().map(|test| (test.test, test.side));
                InstanceOf {
                    key: Some(instance_key(&key)),
                    each: Some(Each::Pair { key, value }),
                    guards: guards.iter().cloned().chain(tests).collect(),
                }
            });
            Ok(made.collect())
        }
        V::Null => fault("`for_each` must not be null", at),
        V::Hole(_) | V::Rest(_) | V::Maybe(_) | V::Json(_) | V::Resource(_) => {
            Ok(vec![open(graph, name, value, at, guards, false)])
        }
        V::Refused(refused) => Err((**refused).clone()),
        V::Bool(_) | V::Num(_) | V::Str(_) => fault("`for_each` goes over a set of strings or a map", at),
    }
}

/// The instances of both sides; one of the same key is there on both.
fn united(yes: Vec<InstanceOf>, no: Vec<InstanceOf>, test: &Rc<str>) -> Vec<InstanceOf> {
    let mut out = yes;
    for of in no {
        let Some(known) = out.iter_mut().find(|known| known.key == of.key) else {
            out.push(of);
            continue;
        };
        known.guards.retain(|(own, _)| own != test);
        if let (Some(Each::Pair { value, .. }), Some(Each::Pair { value: other, .. })) =
            (&mut known.each, &of.each)
            && let Ok(both) = super::choice::one_of(test, Ok(value.clone()), Ok(other.clone()), value.at)
        {
            *value = both;
        }
    }
    out
}

/// The instances as one value: a list by `count`, a map by `for_each`.
pub(super) fn collected(all: &[InstanceOf], at: Span, value: impl Fn(&InstanceOf) -> Read) -> Read {
    let is_list = all.iter().all(|of| matches!(of.each, None | Some(Each::Count(_))));
    let mut map = Map::default();
    let mut list = Vec::new();
    for of in all {
        let inner = value(of)?;
        let guarded = of.guards.iter().rev().fold(inner, |value, (test, side)| {
            Val::new(V::Maybe(Rc::new(Maybe { test: Rc::clone(test), side: *side, value })), at)
        });
        match (&of.key, is_list) {
            (Some(InstanceKey::Text(key)), false) => {
                // Of a map, the members are there or not; who names one of them has a reason to.
                map.members.insert(Rc::clone(key), (at, unwrapped(guarded).0));
            }
            (Some(InstanceKey::Open(_)), false) => {
                let (_, guards) = unwrapped(guarded);
                let name = guards.first().map_or("instances".into(), |guard| Rc::clone(&guard.test));
                let hole =
                    super::value::Hole { name, why: "which instances there are is not known".into(), at };
                map.rest = map.rest.or(Some(Rc::new(hole)));
            }
            (_, _) => list.push(guarded),
        }
    }
    Ok(if is_list { Val::list(list, at) } else { Val::new(V::Map(Rc::new(map)), at) })
}

/// What a block says of an attribute, or of the blocks of that name in it.
pub(super) fn written(
    graph: &dyn Machine,
    body: &Body,
    name: &str,
    scope: Scope<'_>,
) -> Result<Option<Val>, Fault> {
    if META.contains(&name) {
        return Ok(None);
    }
    if let Some(expr) = body.get(name) {
        return graph.eval_in(expr, scope).map(Some);
    }
    if let Some(broken) = body.get("*") {
        return graph.eval_in(broken, scope).map(Some);
    }
    let is_there = |block: &Block| &*block.kind == name || is_dynamic(block, name);
    if !body.blocks.iter().any(is_there) {
        return Ok(None);
    }
    let mut out = Vec::new();
    for block in body.blocks.iter().filter(|block| is_there(block)) {
        blocks_of(graph, block, scope, &mut out)?;
    }
    let at = body.blocks.iter().find(|block| is_there(block)).map(|block| block.at);
    Ok(at.map(|at| Val::list(out, at)))
}

fn is_dynamic(block: &Block, name: &str) -> bool {
    &*block.kind == "dynamic" && block.labels.first().is_some_and(|label| &**label == name)
}

/// The objects of a block; a `dynamic` one may be many.
fn blocks_of(graph: &dyn Machine, block: &Block, scope: Scope<'_>, out: &mut Vec<Val>) -> Result<(), Fault> {
    if &*block.kind != "dynamic" {
        out.push(object_of(graph, &block.body, scope, block.at)?);
        return Ok(());
    }
    let Some(label) = block.labels.first() else { return Ok(()) };
    let Some(content) = block.body.blocks("content").next() else { return Ok(()) };
    let Some(each) = block.body.get("for_each") else {
        return fault("`dynamic` needs `for_each`", block.head);
    };
    let collection = graph.eval_in(each, scope)?;
    let iterator: Rc<str> = match block.body.get("iterator").map(|iterator| &iterator.kind) {
        Some(super::syntax::Kind::Name(name)) => Rc::clone(name),
        _default => Rc::clone(label),
    };
    each_block(graph, (&collection, each.at), &iterator, content, scope, &[], out)
}

fn each_block(
    graph: &dyn Machine,
    (collection, at): (&Val, Span),
    iterator: &Rc<str>,
    content: &Block,
    scope: Scope<'_>,
    guards: &[(Rc<str>, bool)],
    out: &mut Vec<Val>,
) -> Result<(), Fault> {
    if let V::Choice(choice) = &collection.v
        && guards.len() < 5
    {
        for (value, side) in [(&choice.yes, true), (&choice.no, false)] {
            let guards: Vec<_> = guards.iter().cloned().chain([(Rc::clone(&choice.test), side)]).collect();
            if !matches!(value.v, V::Refused(_)) {
                each_block(graph, (value, at), iterator, content, scope, &guards, out)?;
            }
        }
        return Ok(());
    }
    let collection = operate::collapsed(collection);
    let Some(pairs) = graph.pairs(&collection, at)? else {
        return fault("`for_each` goes over a list, a set or a map", at);
    };
    for (key, value) in pairs {
        let (value, tests) = unwrapped(value);
        let members = [(Rc::from("key"), key), (Rc::from("value"), value)];
        let frame = Frame { name: Rc::clone(iterator), value: Val::map(members, at), outer: scope.names };
        let object = object_of(graph, &content.body, Scope { names: Some(&frame), ..scope }, content.at)?;
        let tests = guards.iter().cloned().chain(tests.into_iter().map(|test| (test.test, test.side)));
        let tests: Vec<(Rc<str>, bool)> = tests.collect();
        out.push(tests.into_iter().rev().fold(object, |value, (test, side)| {
            let at = value.at;
            Val::new(V::Maybe(Rc::new(Maybe { test, side, value })), at)
        }));
        if out.len() > super::value::MAX_NODES {
            return fault("there are too many blocks", at);
        }
    }
    Ok(())
}

/// What a block says, as an object: attributes, and lists of the blocks in it.
pub(super) fn object_of(graph: &dyn Machine, body: &Body, scope: Scope<'_>, at: Span) -> Read {
    let mut map = Map::default();
    for attribute in &body.attributes {
        let value = graph.eval_in(&attribute.value, scope)?;
        map.members.insert(Rc::clone(&attribute.name), (attribute.name_at, value));
    }
    let mut kinds: Vec<&str> = Vec::new();
    for block in &body.blocks {
        let kind =
            if &*block.kind == "dynamic" { block.labels.first().map(|l| &**l) } else { Some(&*block.kind) };
        kinds.extend(kind.filter(|kind| !kinds.contains(kind)));
    }
    for kind in kinds {
        if let Some(value) = written(graph, body, kind, scope)? {
            map.members.insert(kind.into(), (value.at, value));
        }
    }
    Ok(Val::new(V::Map(Rc::new(map)), at))
}
