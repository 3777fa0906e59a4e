//! Values that are one of two, by a test that is open, and elements that are there or not.

use std::rc::Rc;

use super::fault::{Fault, Read};
use super::operate;
use super::show;
use super::value::{Choice, Hole, InstanceKey, MAX_NODES, Maybe, V, Val};
use crate::source::Span;

/// Tests of one value that are followed on both sides.
const MAX_TESTS: usize = 6;

/// A hole that follows from others; its name says how, so that what is made alike is called alike.
pub(super) fn derived(name: String, from: &Val, at: Span) -> Val {
    let why = from
        .first_hole()
        .map_or_else(|| Rc::from("it is not known"), |hole| -> Rc<str> { Rc::clone(&hole.why) });
    Val::hole(show::shortened(name), why, at)
}

/// Does something to a value, on both sides where it is a choice.
pub(super) fn on_both(value: &Val, tests: usize, f: &dyn Fn(&Val, usize) -> Read) -> Read {
    let choice = match &value.v {
        V::Choice(choice) => choice,
        V::Refused(refused) => return Err((**refused).clone()),
        _known => return f(value, tests),
    };
    if tests >= MAX_TESTS {
        return Ok(derived(show::short(value), value, value.at));
    }
    let yes = on_both(&choice.yes.on_side(&choice.test, true), tests + 1, f);
    let no = on_both(&choice.no.on_side(&choice.test, false), tests + 1, f);
    one_of(&choice.test, yes, no, value.at)
}

/// The value of a choice: where one side is refused, the value can only be the other.
pub(super) fn one_of(test: &Rc<str>, yes: Read, no: Read, at: Span) -> Read {
    match (yes, no) {
        (Ok(yes), Ok(no)) if operate::same(&yes, &no) => Ok(yes),
        (Ok(yes), Ok(no)) => {
            let yes = yes.on_side(test, true);
            let no = no.on_side(test, false);
            let choice = Val::new(V::Choice(Rc::new(Choice { test: Rc::clone(test), yes, no })), at);
            // What is too large to be followed on both sides is not known.
            Ok(if choice.size(MAX_NODES) > MAX_NODES {
                derived(test.to_string(), &choice, at)
            } else {
                choice
            })
        }
        (Ok(value), Err(refused)) => Ok(half(test, value, refused, true, at)),
        (Err(refused), Ok(value)) => Ok(half(test, value, refused, false, at)),
        (Err(refused), Err(_)) => Err(refused),
    }
}

/// A choice of which one side is refused: `try` has another value for it.
fn half(test: &Rc<str>, value: Val, refused: Fault, side: bool, at: Span) -> Val {
    let refused = Val::new(V::Refused(Rc::new(refused)), at);
    let (yes, no) = if side { (value, refused) } else { (refused, value) };
    Val::new(V::Choice(Rc::new(Choice { test: Rc::clone(test), yes, no })), at)
}

/// An element of a collection that may be empty.
pub(super) fn maybe(hole: &Rc<Hole>, value: Val, at: Span) -> Val {
    let test = show::shortened(format!("{} has elements", hole.name));
    Val::new(V::Maybe(Rc::new(Maybe { test: test.into(), side: true, value })), at)
}

/// An element without the tests that decide whether it is there.
pub(super) fn unwrapped(value: Val) -> (Val, Vec<Maybe>) {
    let mut guards = Vec::new();
    let mut value = value;
    while let V::Maybe(inner) = &value.v {
        let next = inner.value.clone();
        guards.push(Maybe { value: Val::null(value.at), ..(**inner).clone() });
        value = next;
    }
    if let V::Rest(hole) = &value.v {
        let at = value.at;
        let V::Maybe(inner) =
            maybe(hole, Val::hole(format!("{}[*]", hole.name), Rc::clone(&hole.why), at), at).v
        else {
            return (value, guards);
        };
        guards.push(Maybe { value: Val::null(at), ..(*inner).clone() });
        value = inner.value.clone();
    }
    (value, guards)
}

/// The key of an instance by the value of `count.index` or `each.key`.
pub(super) fn instance_key(value: &Val) -> InstanceKey {
    match &value.v {
        V::Num(number) => number
            .to_usize()
            .map_or_else(|| InstanceKey::Open(number.to_string().into()), InstanceKey::Number),
        V::Str(text) => InstanceKey::Text(Rc::clone(&text.text)),
        _other => InstanceKey::Open(show::short(value).into()),
    }
}
