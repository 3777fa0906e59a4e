//! `aws_iam_policy_document`, as the provider makes it of its arguments.

use std::rc::Rc;

use super::choice::unwrapped;
use super::config::Resource;
use super::decode;
use super::expand;
use super::fault::{Fault, Read, fault};
use super::machine::{Machine, Scope};
use super::operate;
use super::value::{Hole, Map, Maybe, Text, V, Val};
use crate::source::Span;

/// The version that a document has where nothing says another.
const VERSION: &str = "2012-10-17";

/// A document as the provider puts it together: of statements with one Sid, the last counts.
struct Merged {
    id: Option<Val>,
    version: Option<Val>,
    statements: Vec<Val>,
}

/// The JSON of a data source.
pub(super) fn of(graph: &dyn Machine, resource: &Resource, scope: Scope<'_>) -> Read {
    let body = &resource.block.body;
    let at = resource.block.head;
    let argument = |name: &str| expand::written(graph, body, name, scope);
    let mut merged = Merged { id: None, version: None, statements: Vec::new() };
    for name in ["source_json", "source_policy_documents"] {
        merged.merge_all(argument(name)?, at)?;
    }
    let mut own = Merged {
        id: argument("policy_id")?.filter(|id| !id.is_null()),
        version: Some(argument("version")?.filter(|v| !v.is_null()).unwrap_or(Val::text(VERSION, at))),
        statements: Vec::new(),
    };
    if let Some(list) = argument("statement")? {
        let V::List(elements) = &list.v else { return Ok(list) };
        own.statements =
            elements.iter().map(|element| inside(element, &statement)).collect::<Result<Vec<_>, Fault>>()?;
    }
    merged.merge(own);
    for name in ["override_json", "override_policy_documents"] {
        merged.merge_all(argument(name)?, at)?;
    }
    Ok(Val::new(V::Json(Rc::new(merged.value(at))), at))
}

/// Does something to a value that may be there.
fn inside(value: &Val, f: &dyn Fn(&Val) -> Read) -> Read {
    match &value.v {
        V::Maybe(maybe) => {
            let inner = inside(&maybe.value, f)?;
            Ok(Val::new(V::Maybe(Rc::new(Maybe { value: inner, ..(**maybe).clone() })), value.at))
        }
        V::Choice(_) => super::choice::on_both(value, 0, &|value, _| f(value)),
        V::Rest(_) => Ok(value.clone()),
        _known => f(value),
    }
}

fn statement(block: &Val) -> Read {
    let Some(map) = block.as_map() else { return Ok(block.clone()) };
    let at = block.at;
    let mut out = Map::default();
    let mut put = |name: &str, value: Val| {
        out.members.insert(name.into(), (value.at, value));
    };
    let get = |name: &str| map.members.get(name).map(|(_, value)| value).filter(|value| !value.is_null());
    if let Some(sid) = get("sid").filter(|sid| !is_empty_text(sid)) {
        put("Sid", sid.clone());
    }
    put("Effect", get("effect").filter(|e| !is_empty_text(e)).cloned().unwrap_or(Val::text("Allow", at)));
    let elements = [
        ("actions", "Action", false),
        ("not_actions", "NotAction", false),
        ("resources", "Resource", true),
        ("not_resources", "NotResource", true),
    ];
    for (argument, element, has_variables) in elements {
        if let Some(list) = get(argument)
            && let Some(list) = strings(list, has_variables)?
        {
            put(element, list);
        }
    }
    for (argument, element) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
        if let Some(blocks) = get(argument)
            && let Some(principals) = principals(blocks)?
        {
            put(element, principals);
        }
    }
    if let Some(blocks) = get("condition")
        && let Some(condition) = conditions(blocks)?
    {
        put("Condition", condition);
    }
    Ok(Val::new(V::Map(Rc::new(out)), at))
}

fn is_empty_text(value: &Val) -> bool {
    matches!(&value.v, V::Str(text) if text.text.is_empty())
}

/// A list of strings; one string where there is one, and `None` where there is none.
fn strings(list: &Val, has_variables: bool) -> Result<Option<Val>, Fault> {
    let list = &list.clone().settled();
    if let V::Choice(_) = &list.v {
        return super::choice::on_both(list, 0, &|list, _| {
            Ok(strings(list, has_variables)?.unwrap_or(Val::list(Vec::new(), list.at)))
        })
        .map(Some);
    }
    let Some(elements) = list.elements() else { return Ok(Some(list.clone())) };
    if elements.is_empty() {
        return Ok(None);
    }
    let mut out = Vec::with_capacity(elements.len());
    for element in elements.iter().filter(|element| !element.is_null()) {
        out.push(inside(element, &|element| {
            let text = operate::to_text(element, element.at)?;
            Ok(if has_variables { with_variables(text) } else { text })
        })?);
    }
    if let [only] = out.as_slice()
        && !matches!(only.v, V::Maybe(_) | V::Rest(_))
    {
        return Ok(Some(only.clone()));
    }
    // The provider sorts them, the last first.
    out.sort_by(|a, b| operate::order(&unwrapped(b.clone()).0, &unwrapped(a.clone()).0));
    Ok(Some(Val::list(out, list.at)))
}

/// `&{aws:username}` is how the configuration writes `${aws:username}`.
fn with_variables(value: Val) -> Val {
    match &value.v {
        V::Str(text) if text.text.contains("&{") => {
            let replaced = Text { text: text.text.replace("&{", "${").into(), pieces: text.pieces.clone() };
            Val::new(V::Str(replaced), value.at)
        }
        _other => value,
    }
}

/// The blocks of a name, those that may be there among them, each as an object.
fn blocks(value: &Val) -> Result<Vec<Val>, Fault> {
    let Some(elements) = value.elements() else { return fault("blocks are required", value.at) };
    Ok(elements.iter().map(|element| unwrapped(element.clone()).0).collect())
}

/// Whether some block may be there or not, or is not known.
fn open_block(value: &Val) -> Option<Rc<Hole>> {
    if let V::Hole(hole) = &value.v {
        return Some(Rc::clone(hole));
    }
    let elements = value.elements()?;
    elements.iter().find(|e| !matches!(e.v, V::Map(_))).and_then(Val::first_hole)
}

fn open_choice(value: &Val, f: fn(&Val) -> Result<Option<Val>, Fault>) -> Option<Result<Option<Val>, Fault>> {
    let test = value.elements()?.iter().find_map(|element| match &element.v {
        V::Maybe(maybe) => Some(Rc::clone(&maybe.test)),
        V::Choice(choice) => Some(Rc::clone(&choice.test)),
        _other => None,
    })?;
    let side = |side: bool| -> Read { Ok(f(&value.on_side(&test, side))?.unwrap_or(Val::null(value.at))) };
    Some(super::choice::one_of(&test, side(true), side(false), value.at).map(Some))
}

fn principals(value: &Val) -> Result<Option<Val>, Fault> {
    if let Some(open) = open_choice(value, principals) {
        return open;
    }
    if let Some(hole) = open_block(value) {
        return Ok(Some(Val::new(V::Hole(hole), value.at)));
    }
    let mut map = Map::default();
    for block in blocks(value)? {
        let Some(kind) = block.member("type") else { continue };
        let V::Str(kind_text) = &kind.v else { return Ok(Some(kind.clone())) };
        let Some(list) = block.member("identifiers") else { continue };
        if &*kind_text.text == "*" {
            return Ok(Some(Val::text("*", kind.at)));
        }
        if let Some(list) = strings(list, true)? {
            add(&mut map, &kind_text.text, kind.at, list);
        }
    }
    Ok((!map.members.is_empty()).then(|| Val::new(V::Map(Rc::new(map)), value.at)))
}

fn conditions(value: &Val) -> Result<Option<Val>, Fault> {
    if let Some(open) = open_choice(value, conditions) {
        return open;
    }
    if let Some(hole) = open_block(value) {
        return Ok(Some(Val::new(V::Hole(hole), value.at)));
    }
    let mut map = Map::default();
    for block in blocks(value)? {
        let (Some(test), Some(variable)) = (block.member("test"), block.member("variable")) else { continue };
        let (V::Str(operator), V::Str(key)) = (&test.v, &variable.v) else {
            let open = if matches!(test.v, V::Str(_)) { variable } else { test };
            return Ok(Some(open.clone()));
        };
        let values = match block.member("values") {
            Some(values) => strings(values, true)?.unwrap_or(Val::list(Vec::new(), values.at)),
            None => Val::list(Vec::new(), block.at),
        };
        let (_, lines) = map
            .members
            .entry(Rc::clone(&operator.text))
            .or_insert_with(|| (test.at, Val::new(V::Map(Rc::new(Map::default())), block.at)));
        if let V::Map(lines) = &mut lines.v {
            add(Rc::make_mut(lines), &key.text, variable.at, values);
        }
    }
    Ok((!map.members.is_empty()).then(|| Val::new(V::Map(Rc::new(map)), value.at)))
}

/// Adds a list to the list of the same name.
fn add(map: &mut Map, name: &Rc<str>, at: Span, list: Val) {
    let Some((_, old)) = map.members.get_mut(name) else {
        map.members.insert(Rc::clone(name), (at, list));
        return;
    };
    let all = [&*old, &list].into_iter().flat_map(|value| match value.elements() {
        Some(elements) => elements.to_vec(),
        None => vec![value.clone()],
    });
    *old = Val::list(all.collect(), old.at);
}

impl Merged {
    /// Merges the documents that an argument holds.
    fn merge_all(&mut self, argument: Option<Val>, at: Span) -> Result<(), Fault> {
        let Some(value) = argument.filter(|value| !value.is_null()) else { return Ok(()) };
        match value.elements() {
            Some(elements) => {
                for element in elements.iter() {
                    self.merge_one(element, at)?;
                }
            }
            None => self.merge_one(&value, at)?,
        }
        Ok(())
    }

    fn merge_one(&mut self, value: &Val, at: Span) -> Result<(), Fault> {
        let (value, guards) = unwrapped(value.clone());
        match &value.v {
            V::Null => {}
            V::Str(text) if text.text.trim().is_empty() => {}
            V::Str(text) => self.merge_guarded(&decode::value(text, value.at)?, &guards),
            V::Json(inner) => self.merge_guarded(inner, &guards),
            V::Choice(choice) => {
                for (side_value, side) in [(&choice.yes, true), (&choice.no, false)] {
                    let mut only = Self { id: None, version: None, statements: Vec::new() };
                    only.merge_one(side_value, at)?;
                    let guard = Maybe { test: Rc::clone(&choice.test), side, value: Val::null(at) };
                    let guards: Vec<Maybe> = guards.iter().cloned().chain([guard]).collect();
                    let Self { id, version, statements } = only;
                    self.merge(Self { id, version, statements: guarded(statements, &guards) });
                }
            }
            _open => {
                if let Some(hole) = value.first_hole() {
                    self.statements.push(Val::new(V::Rest(hole), value.at));
                }
            }
        }
        Ok(())
    }

    fn merge_guarded(&mut self, document: &Val, guards: &[Maybe]) {
        let Some(map) = document.as_map() else {
            if let Some(hole) = document.first_hole() {
                self.statements.push(Val::new(V::Rest(hole), document.at));
            }
            return;
        };
        let get = |name: &str| map.members.get(name).map(|(_, value)| value.clone());
        let statements = match get("Statement") {
            Some(list) => match list.elements() {
                Some(elements) => elements.to_vec(),
                None => vec![list],
            },
            None => Vec::new(),
        };
        self.merge(Self { id: get("Id"), version: get("Version"), statements: guarded(statements, guards) });
    }

    fn merge(&mut self, other: Self) {
        self.id = other.id.or(self.id.take());
        let text = |value: &Option<Val>| match value {
            Some(Val { v: V::Str(text), .. }) => Rc::clone(&text.text),
            _other => "".into(),
        };
        if text(&other.version) > text(&self.version) {
            self.version = other.version;
        }
        for new in other.statements {
            let (inner, guards) = unwrapped(new.clone());
            let own = sid(&inner);
            let same = own.and_then(|own| {
                self.statements.iter().position(|old| sid(&unwrapped(old.clone()).0).as_ref() == Some(&own))
            });
            match same.and_then(|index| self.statements.get_mut(index)) {
                Some(old) if guards.is_empty() => *old = new,
                // It takes the place of the old one where it is there.
                Some(old) => {
                    if let [guard] = guards.as_slice() {
                        let other =
                            Maybe { side: !guard.side, value: old.clone(), test: Rc::clone(&guard.test) };
                        *old = Val::new(V::Maybe(Rc::new(other)), old.at);
                    }
                    self.statements.push(new);
                }
                None => self.statements.push(new),
            }
        }
    }

    fn value(self, at: Span) -> Val {
        let statements = Val::list(self.statements, at);
        let members = [("Version", self.version), ("Id", self.id), ("Statement", Some(statements))];
        Val::map(members.into_iter().filter_map(|(name, value)| Some((Rc::from(name), value?))), at)
    }
}

fn guarded(statements: Vec<Val>, guards: &[Maybe]) -> Vec<Val> {
    let wrap = |statement: Val| {
        guards.iter().rev().fold(statement, |value, guard| {
            let at = value.at;
            Val::new(V::Maybe(Rc::new(Maybe { value, ..guard.clone() })), at)
        })
    };
    statements.into_iter().map(wrap).collect()
}

fn sid(statement: &Val) -> Option<Rc<str>> {
    match &statement.member("Sid")?.v {
        V::Str(text) if !text.text.is_empty() => Some(Rc::clone(&text.text)),
        _other => None,
    }
}
