//! Functions of lists, sets, maps and objects.

use std::rc::Rc;

use super::super::choice::one_of;
use super::super::fault::Read;
use super::super::number::Number;
use super::super::operate;
use super::super::show;
use super::super::value::{Hole, MAX_NODES, Map, Maybe, V, Val};
use super::{Context, each_side, inner, is_hole, is_open_list};

fn hole_of(value: &Val) -> Rc<Hole> {
    value.first_hole().unwrap_or_else(|| {
        Rc::new(Hole { name: show::short(value).into(), why: "it is not known".into(), at: value.at })
    })
}

/// The elements of an argument, one that stands for any number of them where nothing is known of it.
pub(super) fn open_elements(context: &Context<'_>, value: &Val) -> Result<Vec<Val>, super::Fault> {
    match &value.v {
        V::Hole(hole) | V::Rest(hole) => Ok(vec![Val::new(V::Rest(Rc::clone(hole)), value.at)]),
        V::Maybe(maybe) => {
            let elements = open_elements(context, &maybe.value)?;
            let guarded = elements.into_iter().map(|element| {
                let at = element.at;
                Val::new(V::Maybe(Rc::new(Maybe { value: element, ..(**maybe).clone() })), at)
            });
            Ok(guarded.collect())
        }
        V::Choice(choice) => {
            let mut out = Vec::new();
            for (side_value, side) in [(&choice.yes, true), (&choice.no, false)] {
                if matches!(side_value.v, V::Refused(_)) {
                    continue;
                }
                for element in open_elements(context, side_value)? {
                    let (at, test) = (element.at, Rc::clone(&choice.test));
                    out.push(Val::new(V::Maybe(Rc::new(Maybe { test, side, value: element })), at));
                }
            }
            Ok(out)
        }
        _known => Ok(context.elements(std::slice::from_ref(value), 0)?.to_vec()),
    }
}

pub(super) fn all_true(context: &Context<'_>, arguments: &[Val]) -> Read {
    quantified(context, arguments, false)
}

pub(super) fn any_true(context: &Context<'_>, arguments: &[Val]) -> Read {
    quantified(context, arguments, true)
}

fn quantified(context: &Context<'_>, arguments: &[Val], decides: bool) -> Read {
    if arguments.first().is_some_and(is_hole) {
        return Ok(context.open(arguments, ""));
    }
    let elements = context.elements(arguments, 0)?;
    let mut open = false;
    for element in elements.iter() {
        if is_hole(element) {
            open = true;
            continue;
        }
        match operate::to_bool(element, element.at)?.v {
            V::Bool(value) if value == decides => return context.bool(decides),
            V::Bool(_) => {}
            V::Null if !decides => return context.bool(false),
            V::Null => {}
            _open => open = true,
        }
    }
    if open { Ok(context.open(arguments, "")) } else { context.bool(!decides) }
}

pub(super) fn chunk_list(context: &Context<'_>, arguments: &[Val]) -> Read {
    if arguments.iter().any(is_hole) {
        return Ok(context.open(arguments, ""));
    }
    let (elements, size) = (context.elements(arguments, 0)?, context.integer(arguments, 1)?);
    if is_open_list(&elements) {
        return Ok(context.open(arguments, ""));
    }
    let Ok(size) = usize::try_from(size) else { return context.refuse("the size must not be negative") };
    let size = if size == 0 { elements.len().max(1) } else { size };
    let chunks = elements.chunks(size).map(|chunk| Val::list(chunk.to_vec(), context.at));
    Ok(Val::list(chunks.collect(), context.at))
}

pub(super) fn coalesce(context: &Context<'_>, arguments: &[Val]) -> Read {
    let unify = |value: &Val| {
        let text = arguments.iter().any(|argument| matches!(argument.v, V::Str(_)));
        if text { operate::to_text(value, value.at).unwrap_or_else(|_| value.clone()) } else { value.clone() }
    };
    for argument in arguments {
        match &argument.v {
            V::Null => {}
            V::Str(text) if text.text.is_empty() => {}
            // It may be null or empty.
            V::Hole(_) | V::Rest(_) | V::Maybe(_) => return Ok(context.open(arguments, "")),
            V::Bool(_)
            | V::Num(_)
            | V::Str(_)
            | V::List(_)
            | V::Set(_)
            | V::Map(_)
            | V::Json(_)
            | V::Choice(_)
            | V::Refused(_)
            | V::Resource(_) => return Ok(unify(argument)),
        }
    }
    context.refuse("no argument is there")
}

pub(super) fn coalesce_list(context: &Context<'_>, arguments: &[Val]) -> Read {
    for argument in arguments {
        if is_hole(argument) {
            return Ok(context.open(arguments, ""));
        }
        if argument.is_null() {
            continue;
        }
        let elements = context.elements(std::slice::from_ref(argument), 0)?;
        if is_open_list(&elements) {
            return Ok(context.open(arguments, ""));
        }
        if !elements.is_empty() {
            return Ok(argument.clone());
        }
    }
    context.refuse("no list has elements")
}

pub(super) fn compact(context: &Context<'_>, arguments: &[Val]) -> Read {
    let Some(list) = arguments.first() else { return context.refuse("a list is missing") };
    let mut out = Vec::new();
    for element in open_elements(context, list)? {
        match &inner(&element).v {
            V::Null => {}
            V::Str(text) if text.text.is_empty() => {}
            // An empty text is not an element.
            V::Hole(hole) => out.push(super::super::choice::maybe(hole, inner(&element), element.at)),
            V::Choice(choice) => {
                for (value, side) in [(&choice.yes, true), (&choice.no, false)] {
                    let is_empty =
                        value.is_null() || matches!(&value.v, V::Str(text) if text.text.is_empty());
                    if !is_empty && !matches!(value.v, V::Refused(_)) {
                        let test = Rc::clone(&choice.test);
                        out.push(Val::new(
                            V::Maybe(Rc::new(Maybe { test, side, value: value.clone() })),
                            value.at,
                        ));
                    }
                }
            }
            V::Str(_)
            | V::Json(_)
            | V::Bool(_)
            | V::Num(_)
            | V::Rest(_)
            | V::Maybe(_)
            | V::Resource(_)
            | V::List(_)
            | V::Set(_)
            | V::Map(_)
            | V::Refused(_) => out.push(element),
        }
    }
    Ok(Val::list(out, list.at))
}

pub(super) fn concat(context: &Context<'_>, arguments: &[Val]) -> Read {
    let mut out = Vec::new();
    for argument in arguments {
        out.extend(open_elements(context, argument)?);
        if out.len() > MAX_NODES {
            return Ok(Val::hole("concat", "its result has too many elements", context.at));
        }
    }
    Ok(Val::list(out, context.at))
}

pub(super) fn contains(context: &Context<'_>, arguments: &[Val]) -> Read {
    let [list, wanted] = arguments else { return context.refuse("an argument is missing") };
    if is_hole(list) {
        return Ok(context.open(arguments, ""));
    }
    let elements = context.elements(arguments, 0)?;
    // Elements of a list have one type, and so has what is looked for.
    let is_text = |v: &Val| matches!(v.v, V::Str(_));
    let all_text = !elements.is_empty() && elements.iter().all(|e| is_text(&inner(e)));
    let wanted = if all_text && !is_text(wanted) && matches!(list.v, V::Set(_)) {
        operate::to_text(wanted, wanted.at)?
    } else {
        wanted.clone()
    };
    let mut open = false;
    for element in elements.iter() {
        let is_there = !matches!(element.v, V::Maybe(_) | V::Rest(_));
        match operate::equal(&inner(element), &wanted) {
            Some(true) if is_there => return context.bool(true),
            Some(false) => {}
            Some(true) | None => open = true,
        }
    }
    if open { Ok(context.open(arguments, "")) } else { context.bool(false) }
}

pub(super) fn distinct(context: &Context<'_>, arguments: &[Val]) -> Read {
    let Some(list) = arguments.first() else { return context.refuse("a list is missing") };
    if is_hole(list) {
        return Ok(list.clone());
    }
    let mut out: Vec<Val> = Vec::new();
    for element in context.elements(arguments, 0)?.iter() {
        if out.len() > 5_000 {
            return Ok(context.open(arguments, "the list is too long"));
        }
        if !out.iter().any(|known| operate::same(known, element)) {
            out.push(element.clone());
        }
    }
    Ok(Val::list(out, list.at))
}

pub(super) fn element(context: &Context<'_>, arguments: &[Val]) -> Read {
    if arguments.iter().any(is_hole) {
        return Ok(context.open(arguments, ""));
    }
    let (elements, index) = (context.elements(arguments, 0)?, context.integer(arguments, 1)?);
    if is_open_list(&elements) {
        return Ok(context.open(arguments, ""));
    }
    if elements.is_empty() {
        return context.refuse("the list is empty");
    }
    let index = index.rem_euclid(elements.len() as i64);
    match usize::try_from(index).ok().and_then(|index| elements.get(index)) {
        Some(element) => Ok(element.clone()),
        None => context.refuse("the list has no such element"),
    }
}

pub(super) fn flatten(context: &Context<'_>, arguments: &[Val]) -> Read {
    fn into(value: &Val, out: &mut Vec<Val>, depth: usize) {
        if depth > 200 || out.len() > MAX_NODES {
            return;
        }
        match &value.v {
            V::List(elements) | V::Set(elements) => {
                elements.iter().for_each(|element| into(element, out, depth + 1));
            }
            // It may be a list.
            V::Hole(hole) => out.push(Val::new(V::Rest(Rc::clone(hole)), value.at)),
            V::Maybe(maybe) => {
                let mut inside = Vec::new();
                into(&maybe.value, &mut inside, depth + 1);
                out.extend(inside.into_iter().map(|element| {
                    let at = element.at;
                    Val::new(V::Maybe(Rc::new(Maybe { value: element, ..(**maybe).clone() })), at)
                }));
            }
            V::Choice(choice) => {
                for (side_value, side) in [(&choice.yes, true), (&choice.no, false)] {
                    let test = Rc::clone(&choice.test);
                    let value = side_value.clone();
                    if !matches!(value.v, V::Refused(_)) {
                        into(
                            &Val::new(V::Maybe(Rc::new(Maybe { test, side, value })), side_value.at),
                            out,
                            depth + 1,
                        );
                    }
                }
            }
            V::Null
            | V::Bool(_)
            | V::Num(_)
            | V::Str(_)
            | V::Map(_)
            | V::Json(_)
            | V::Rest(_)
            | V::Resource(_)
            | V::Refused(_) => out.push(value.clone()),
        }
    }
    let Some(list) = arguments.first() else { return context.refuse("a list is missing") };
    if list.elements().is_none() && !is_hole(list) {
        return context.refuse("`flatten` needs a list");
    }
    let mut out = Vec::new();
    into(list, &mut out, 0);
    Ok(Val::list(out, list.at))
}

pub(super) fn index(context: &Context<'_>, arguments: &[Val]) -> Read {
    let elements = context.elements(arguments, 0)?;
    let wanted = arguments.get(1);
    let found =
        elements.iter().position(|element| wanted.is_some_and(|wanted| operate::same(element, wanted)));
    found
        .map_or_else(|| context.refuse("the list does not hold it"), |index| context.num(Number::from(index)))
}

pub(super) fn keys(context: &Context<'_>, arguments: &[Val]) -> Read {
    if arguments.first().is_some_and(is_hole) {
        return Ok(context.open(arguments, ""));
    }
    let map = context.members(arguments, 0)?;
    let mut keys: Vec<Val> =
        map.members.iter().map(|(key, (at, _))| Val::text(Rc::clone(key), *at)).collect();
    keys.extend(map.rest.iter().map(|hole| Val::new(V::Rest(Rc::clone(hole)), context.at)));
    Ok(Val::list(keys, context.at))
}

pub(super) fn values(context: &Context<'_>, arguments: &[Val]) -> Read {
    if arguments.first().is_some_and(is_hole) {
        return Ok(context.open(arguments, ""));
    }
    let map = context.members(arguments, 0)?;
    let mut values: Vec<Val> = map.members.values().map(|(_, value)| value.clone()).collect();
    values.extend(map.rest.iter().map(|hole| Val::new(V::Rest(Rc::clone(hole)), context.at)));
    Ok(Val::list(values, context.at))
}

pub(super) fn length(context: &Context<'_>, arguments: &[Val]) -> Read {
    let Some(value) = arguments.first() else { return context.refuse("an argument is missing") };
    let known = |len: usize| context.num(Number::from(len));
    match &value.v {
        V::List(elements) | V::Set(elements) if !is_open_list(elements) => known(elements.len()),
        V::Map(map) if map.rest.is_none() => known(map.members.len()),
        V::Str(text) if !text.is_open() => known(graphemes(&text.text)),
        V::Json(inner) if inner.is_known() => known(graphemes(&super::super::show::json(inner))),
        V::Null | V::Bool(_) | V::Num(_) => context.refuse("this value has no length"),
        // What is there on one side of a test alone makes the length one of two.
        V::List(elements) => {
            let test = elements.iter().find_map(|element| match &element.v {
                V::Maybe(maybe) => Some(Rc::clone(&maybe.test)),
                _other => None,
            });
            match test {
                Some(test) => {
                    let side = |side: bool| length(context, &[value.on_side(&test, side)]);
                    one_of(&test, side(true), side(false), context.at)
                }
                None => Ok(context.open(arguments, "")),
            }
        }
        V::Set(_)
        | V::Map(_)
        | V::Str(_)
        | V::Json(_)
        | V::Hole(_)
        | V::Rest(_)
        | V::Maybe(_)
        | V::Choice(_)
        | V::Refused(_)
        | V::Resource(_) => Ok(context.open(arguments, "")),
    }
}

/// Characters as people see them, as far as marks that combine go.
pub(super) fn graphemes(text: &str) -> usize {
    let combines = |c: &char| matches!(*c as u32, 0x300..=0x36f | 0x200d | 0xfe00..=0xfe0f);
    text.chars().filter(|c| !combines(c)).count()
}

pub(super) fn list(context: &Context<'_>, arguments: &[Val]) -> Read {
    Ok(Val::list(arguments.to_vec(), context.at))
}

pub(super) fn map(context: &Context<'_>, arguments: &[Val]) -> Read {
    let mut out = Map::default();
    for pair in arguments.chunks(2) {
        let [key, value] = pair else { return context.refuse("a value is missing") };
        let key_text = context.text(std::slice::from_ref(key), 0)?;
        out.members.insert(key_text, (key.at, value.clone()));
    }
    Ok(Val::new(V::Map(Rc::new(out)), context.at))
}

pub(super) fn lookup(context: &Context<'_>, arguments: &[Val]) -> Read {
    let (Some(map), Some(key)) = (arguments.first(), arguments.get(1)) else {
        return context.refuse("an argument is missing");
    };
    let Some(members) = map.as_map() else {
        if is_hole(map) || matches!(map.v, V::Resource(_)) {
            return Ok(context.open(arguments, ""));
        }
        return context.refuse("`lookup` needs a map");
    };
    let V::Str(key_text) = operate::to_text(key, key.at)?.v else { return Ok(context.open(arguments, "")) };
    if let Some((_, value)) = members.members.get(&key_text.text) {
        return Ok(value.clone());
    }
    if members.rest.is_some() || key_text.is_open() {
        return Ok(context.open(arguments, ""));
    }
    match arguments.get(2) {
        Some(default) => Ok(default.clone()),
        None => context.refuse(format!("the map has no element `{}`", key_text.text)),
    }
}

pub(super) fn match_keys(context: &Context<'_>, arguments: &[Val]) -> Read {
    let (values, keys, wanted) =
        (context.elements(arguments, 0)?, context.elements(arguments, 1)?, context.elements(arguments, 2)?);
    if values.len() != keys.len() {
        return context.refuse("there must be as many keys as values");
    }
    let is_wanted = |key: &Val| wanted.iter().any(|wanted| operate::same(key, wanted));
    let found =
        values.iter().zip(keys.iter()).filter(|(_, key)| is_wanted(key)).map(|(value, _)| value.clone());
    Ok(Val::list(found.collect(), context.at))
}

pub(super) fn merge(context: &Context<'_>, arguments: &[Val]) -> Read {
    let mut out = Map::default();
    for argument in arguments {
        match &argument.v {
            V::Null => {}
            V::Map(map) => {
                if let Some(hole) = &map.rest {
                    unsure(&mut out, hole);
                }
                out.members.extend(map.members.iter().map(|(key, value)| (Rc::clone(key), value.clone())));
            }
            V::Hole(hole) | V::Rest(hole) => unsure(&mut out, hole),
            V::Maybe(_) | V::Choice(_) | V::Resource(_) => unsure(&mut out, &hole_of(argument)),
            V::Bool(_) | V::Num(_) | V::Str(_) | V::List(_) | V::Set(_) | V::Json(_) | V::Refused(_) => {
                return context.refuse("`merge` needs maps or objects");
            }
        }
    }
    Ok(Val::new(V::Map(Rc::new(out)), context.at))
}

/// Members that a later map may set again are not known.
fn unsure(map: &mut Map, hole: &Rc<Hole>) {
    for (key, (_, value)) in &mut map.members {
        let name = show::shortened(format!("{}.{key} or {}", hole.name, show::short(value)));
        *value = Val::hole(name, Rc::clone(&hole.why), value.at);
    }
    map.rest = Some(Rc::clone(hole));
}

pub(super) fn one(context: &Context<'_>, arguments: &[Val]) -> Read {
    let Some(list) = arguments.first() else { return context.refuse("an argument is missing") };
    if is_hole(list) {
        return Ok(context.open(arguments, ""));
    }
    if list.is_null() {
        return Ok(Val::null(context.at));
    }
    let elements = context.elements(arguments, 0)?;
    if let Some(test) = list.first_test().filter(|_| elements.iter().any(|e| matches!(e.v, V::Maybe(_)))) {
        let side = |side: bool| one(context, &[list.on_side(&test, side)]);
        return one_of(&test, side(true), side(false), context.at);
    }
    match elements.as_slice() {
        [] => Ok(Val::null(context.at)),
        [only] if !is_hole(only) => Ok(only.clone()),
        [only] if matches!(only.v, V::Hole(_)) => Ok(only.clone()),
        [_] => Ok(context.open(arguments, "")),
        _several => context.refuse("`one` needs a list of no more than one element"),
    }
}

pub(super) fn range(context: &Context<'_>, arguments: &[Val]) -> Read {
    let number = |index: usize| context.number(arguments, index);
    let zero = Number::from(0_u64);
    let (start, end) = match arguments.len() {
        1 => (zero.clone(), number(0)?),
        _more => (number(0)?, number(1)?),
    };
    let down = end < start;
    let step = match arguments.len() {
        3 => number(2)?,
        _fewer => Number::from(if down { -1_i64 } else { 1 }),
    };
    if step.is_zero() || step.is_negative() != down && start != end {
        return context.refuse("this step does not lead to the end");
    }
    let mut out = Vec::new();
    let mut at = start;
    while if down { at > end } else { at < end } {
        if out.len() >= 1024 {
            return context
                .refuse("more than 1024 values were generated, which is Terraform's limit of `range`");
        }
        out.push(Val::new(V::Num(at.clone()), context.at));
        let Some(next) = at.add(&step) else { return context.refuse("the range is too large") };
        at = next;
    }
    Ok(Val::list(out, context.at))
}

pub(super) fn reverse(context: &Context<'_>, arguments: &[Val]) -> Read {
    if arguments.first().is_some_and(is_hole) {
        return Ok(context.open(arguments, ""));
    }
    let elements = context.elements(arguments, 0)?;
    Ok(Val::list(elements.iter().rev().cloned().collect(), context.at))
}

pub(super) fn slice(context: &Context<'_>, arguments: &[Val]) -> Read {
    if arguments.iter().any(is_hole) {
        return Ok(context.open(arguments, ""));
    }
    let elements = context.elements(arguments, 0)?;
    if is_open_list(&elements) {
        return Ok(context.open(arguments, ""));
    }
    let (start, end) = (context.integer(arguments, 1)?, context.integer(arguments, 2)?);
    let part =
        usize::try_from(start).ok().zip(usize::try_from(end).ok()).and_then(|(a, b)| elements.get(a..b));
    part.map_or_else(
        || context.refuse("the list has no such part"),
        |part| Ok(Val::list(part.to_vec(), context.at)),
    )
}

pub(super) fn sort(context: &Context<'_>, arguments: &[Val]) -> Read {
    let elements = context.elements(arguments, 0)?;
    let mut texts = elements
        .iter()
        .map(|element| operate::to_text(element, element.at))
        .collect::<Result<Vec<Val>, super::Fault>>()?;
    texts.sort_by(operate::order);
    Ok(Val::list(texts, context.at))
}

pub(super) fn transpose(context: &Context<'_>, arguments: &[Val]) -> Read {
    let mut out: std::collections::BTreeMap<Rc<str>, Vec<Val>> = Default::default();
    for (key, (at, list)) in &context.members(arguments, 0)?.members {
        for element in context.elements(std::slice::from_ref(list), 0)?.iter() {
            let text = context.text(std::slice::from_ref(element), 0)?;
            out.entry(text).or_default().push(Val::text(Rc::clone(key), *at));
        }
    }
    let members = out.into_iter().map(|(key, keys)| (key, Val::list(keys, context.at)));
    Ok(Val::map(members, context.at))
}

pub(super) fn zip_map(context: &Context<'_>, arguments: &[Val]) -> Read {
    if arguments.iter().any(is_hole) {
        return Ok(context.open(arguments, ""));
    }
    let (keys, values) = (context.elements(arguments, 0)?, context.elements(arguments, 1)?);
    if is_open_list(&keys) || is_open_list(&values) {
        return Ok(context.open(arguments, ""));
    }
    if keys.len() != values.len() {
        return context.refuse("there must be as many values as keys");
    }
    let mut out = Map::default();
    for (key, value) in keys.iter().zip(values.iter()) {
        match operate::to_text(key, key.at)?.v {
            V::Str(text) => drop(out.members.insert(text.text, (key.at, value.clone()))),
            _open => out.rest = out.rest.or_else(|| key.first_hole()),
        }
    }
    Ok(Val::new(V::Map(Rc::new(out)), context.at))
}

/// A list of which every element is made from an element of another.
pub(super) fn mapped(context: &Context<'_>, elements: &[Val], f: &dyn Fn(&Val) -> Read) -> Read {
    let mut out = Vec::with_capacity(elements.len());
    for element in elements {
        let made = match &element.v {
            V::Maybe(maybe) => {
                let value = each_side(&maybe.value, f)?;
                Val::new(V::Maybe(Rc::new(Maybe { value, ..(**maybe).clone() })), element.at)
            }
            V::Rest(hole) => {
                let name = format!("{}[*]", hole.name);
                let value = f(&Val::hole(name, Rc::clone(&hole.why), element.at))?;
                super::super::choice::maybe(hole, value, element.at)
            }
            _known => each_side(element, f)?,
        };
        out.push(made);
    }
    Ok(Val::list(out, context.at))
}
