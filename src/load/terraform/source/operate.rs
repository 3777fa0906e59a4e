//! Operators and conversions between types.

use std::rc::Rc;

use super::choice::{derived, on_both};
use super::fault::{Fault, Read, fault};
use super::number::Number;
use super::show;
use super::syntax::Operator;
use super::value::{Text, V, Val};
use crate::name::symbol;
use crate::source::Span;

/// A value as a text; what is not a scalar is refused.
pub(super) fn to_text(value: &Val, at: Span) -> Read {
    let v = match &value.v {
        V::Null | V::Str(_) | V::Hole(_) => return Ok(value.clone()),
        V::Bool(value) => V::Str(Text::plain(if *value { "true" } else { "false" })),
        V::Num(number) => V::Str(Text::plain(number.to_string())),
        V::Json(inner) => V::Str(Text::plain(show::json(inner))),
        V::Rest(hole) => V::Hole(Rc::clone(hole)),
        V::Choice(_) | V::Maybe(_) => return to_text(&collapsed(value), at),
        V::Refused(refused) => return Err((**refused).clone()),
        V::List(_) | V::Set(_) => return fault("a list is not a string", at),
        V::Map(_) | V::Resource(_) => return fault("an object is not a string", at),
    };
    Ok(Val::new(v, value.at))
}

/// A value as a number.
pub(super) fn to_number(value: &Val, at: Span) -> Read {
    match &value.v {
        V::Num(_) | V::Null | V::Hole(_) => Ok(value.clone()),
        V::Str(text) if text.is_open() => Ok(derived(format!("tonumber({})", show::short(value)), value, at)),
        V::Str(text) => match Number::parse(&text.text) {
            Some(number) if !text.text.contains(' ') => Ok(Val::new(V::Num(number), value.at)),
            Some(_) | None => {
                fault(format!("`{}` is not a number", show::shortened(text.text.to_string())), at)
            }
        },
        V::Rest(_) | V::Choice(_) | V::Maybe(_) => Ok(collapsed(value)),
        V::Refused(refused) => Err((**refused).clone()),
        V::Bool(_) | V::List(_) | V::Set(_) | V::Map(_) | V::Json(_) | V::Resource(_) => {
            fault("this value is not a number", at)
        }
    }
}

/// A value as true or false.
pub(super) fn to_bool(value: &Val, at: Span) -> Read {
    match &value.v {
        V::Bool(_) | V::Null | V::Hole(_) => Ok(value.clone()),
        V::Str(text) if text.is_open() => Ok(derived(format!("tobool({})", show::short(value)), value, at)),
        V::Str(text) => match &*text.text {
            "true" | "1" => Ok(Val::bool(true, value.at)),
            "false" | "0" => Ok(Val::bool(false, value.at)),
            other => fault(format!("`{}` is not true or false", show::shortened(other.to_owned())), at),
        },
        V::Rest(_) | V::Choice(_) | V::Maybe(_) => Ok(collapsed(value)),
        V::Refused(refused) => Err((**refused).clone()),
        V::Json(inner) if inner.is_known() => to_bool(&Val::text(show::json(inner), value.at), at),
        V::Num(_) | V::List(_) | V::Set(_) | V::Map(_) | V::Json(_) | V::Resource(_) => {
            fault("this value is not true or false", at)
        }
    }
}

/// What is open in the shape of a value, as one hole.
pub(super) fn collapsed(value: &Val) -> Val {
    if matches!(value.v, V::Rest(_) | V::Choice(_) | V::Maybe(_)) {
        return derived(show::short(value), value, value.at);
    }
    value.clone()
}

pub(super) fn not(value: &Val, at: Span) -> Read {
    let value = to_bool(value, at)?;
    match &value.v {
        V::Bool(value) => Ok(Val::bool(!value, at)),
        V::Hole(hole) => {
            let name = match hole.name.strip_prefix('!') {
                Some(inner) => inner.to_owned(),
                None => format!("!{}", hole.name),
            };
            Ok(Val::hole(name, Rc::clone(&hole.why), at))
        }
        _other => fault("`!` is for true and false", at),
    }
}

pub(super) fn negative(value: &Val, at: Span) -> Read {
    let value = to_number(value, at)?;
    match &value.v {
        V::Num(number) => Ok(Val::new(V::Num(number.clone().negated()), at)),
        V::Hole(hole) => Ok(Val::hole(format!("-{}", hole.name), Rc::clone(&hole.why), at)),
        _other => fault("`-` is for numbers", at),
    }
}

/// An operation on two sides; `&&` and `||` need only one of them where it decides.
pub(super) fn binary(operator: Operator, left: Read, right: Read, at: Span) -> Read {
    let (left, right) = (left?, right?);
    on_both(&left, 0, &|left, tests| on_both(&right, tests, &|right, _| apply(operator, left, right, at)))
}

fn apply(operator: Operator, left: &Val, right: &Val, at: Span) -> Read {
    let open = |sign: &str| {
        let from = if left.first_hole().is_some() { left } else { right };
        Ok(derived(format!("{} {sign} {}", show::short(left), show::short(right)), from, at))
    };
    match operator {
        Operator::Equal => Ok(match equal(left, right) {
            Some(is) => Val::bool(is, at),
            None => return open("=="),
        }),
        Operator::NotEqual => match equal(left, right) {
            Some(is) => Ok(Val::bool(!is, at)),
            None => {
                let Val { v: V::Hole(hole), .. } = open("==")? else { return open("!=") };
                Ok(Val::hole(format!("!{}", hole.name), Rc::clone(&hole.why), at))
            }
        },
        Operator::And | Operator::Or => {
            let decides = operator == Operator::Or;
            let (left, right) = (to_bool(left, at)?, to_bool(right, at)?);
            match (&left.v, &right.v) {
                (V::Null, _) => fault("`&&` and `||` are for true and false", at),
                (V::Bool(a), V::Bool(b)) => Ok(Val::bool(if decides { *a || *b } else { *a && *b }, at)),
                (V::Bool(known), _) | (_, V::Bool(known)) if *known == decides => Ok(Val::bool(decides, at)),
                (V::Bool(_), V::Hole(_)) => Ok(right),
                (V::Hole(_), V::Bool(_)) => Ok(left),
                (V::Hole(_), V::Hole(_)) => open(if decides { "||" } else { "&&" }),
                (_, _) => fault("`&&` and `||` are for true and false", at),
            }
        }
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
            let (a, b) = (to_number(left, at)?, to_number(right, at)?);
            let (V::Num(a), V::Num(b)) = (&a.v, &b.v) else {
                return refuse_null(left, right, at).and_then(|()| open(sign(operator)));
            };
            Ok(Val::bool(
                match operator {
                    Operator::Less => a < b,
                    Operator::LessOrEqual => a <= b,
                    Operator::Greater => a > b,
                    _ => a >= b,
                },
                at,
            ))
        }
        Operator::Add | Operator::Subtract | Operator::Multiply | Operator::Divide | Operator::Modulo => {
            let (a, b) = (to_number(left, at)?, to_number(right, at)?);
            let (V::Num(a), V::Num(b)) = (&a.v, &b.v) else {
                return refuse_null(left, right, at).and_then(|()| open(sign(operator)));
            };
            let result = match operator {
                Operator::Add => a.add(b),
                Operator::Subtract => a.subtract(b),
                Operator::Multiply => a.multiply(b),
                Operator::Divide => a.divide(b),
                _ => a.modulo(b),
            };
            match result {
                Some(number) => Ok(Val::new(V::Num(number), at)),
                None => fault("this division by zero, or a number of this size, has no result", at),
            }
        }
    }
}

fn refuse_null(left: &Val, right: &Val, at: Span) -> Result<(), Fault> {
    if left.is_null() || right.is_null() { fault("null is not a number", at) } else { Ok(()) }
}

fn sign(operator: Operator) -> &'static str {
    match operator {
        Operator::Or => "||",
        Operator::And => "&&",
        Operator::Equal => "==",
        Operator::NotEqual => "!=",
        Operator::Less => "<",
        Operator::LessOrEqual => "<=",
        Operator::Greater => ">",
        Operator::GreaterOrEqual => ">=",
        Operator::Add => "+",
        Operator::Subtract => "-",
        Operator::Multiply => "*",
        Operator::Divide => "/",
        Operator::Modulo => "%",
    }
}

/// Whether two values are one; `None` where that is open.
pub(super) fn equal(a: &Val, b: &Val) -> Option<bool> {
    let all = |pairs: &mut dyn Iterator<Item = (&Val, &Val)>| {
        let mut result = Some(true);
        for (a, b) in pairs {
            match equal(a, b) {
                Some(false) => return Some(false),
                Some(true) => {}
                None => result = None,
            }
        }
        result
    };
    match (&a.v, &b.v) {
        (V::Hole(a), V::Hole(b)) if a.name == b.name => Some(true),
        (V::Hole(_) | V::Choice(_) | V::Rest(_) | V::Maybe(_) | V::Refused(_), _)
        | (_, V::Hole(_) | V::Choice(_) | V::Rest(_) | V::Maybe(_) | V::Refused(_)) => None,
        (V::Null, V::Null) => Some(true),
        (V::Null, _) | (_, V::Null) => Some(false),
        (V::Bool(a), V::Bool(b)) => Some(a == b),
        (V::Num(a), V::Num(b)) => Some(a == b),
        (V::Str(a), V::Str(b)) => {
            if a.text == b.text {
                Some(true)
            } else if !a.is_open() && !b.is_open() || !symbol::may_match(&a.text, false, &b.text) {
                Some(false)
            } else {
                None
            }
        }
        (V::Json(a), V::Json(b)) => match equal(a, b) {
            Some(true) => Some(true),
            // The texts of two documents that differ in a hole may be one.
            other => other.filter(|_| a.is_known() && b.is_known()),
        },
        (V::Json(json), V::Str(text)) | (V::Str(text), V::Json(json)) => {
            json.is_known().then(|| *show::json(json) == *text.text)
        }
        (V::List(a), V::List(b)) | (V::Set(a), V::Set(b)) => {
            let is_open = |list: &[Val]| list.iter().any(|e| matches!(e.v, V::Rest(_) | V::Maybe(_)));
            if is_open(a) || is_open(b) {
                return None;
            }
            if a.len() != b.len() { Some(false) } else { all(&mut a.iter().zip(b.iter())) }
        }
        (V::Map(a), V::Map(b)) => {
            if a.rest.is_some() || b.rest.is_some() {
                return None;
            }
            if !a.members.keys().eq(b.members.keys()) {
                return Some(false);
            }
            let values = a.members.values().map(|(_, v)| v).zip(b.members.values().map(|(_, v)| v));
            all(&mut values.into_iter())
        }
        (V::Resource(a), V::Resource(b)) => (a == b).then_some(true),
        (_, _) => Some(false),
    }
}

/// Whether two values are the same, holes included.
pub(super) fn same(a: &Val, b: &Val) -> bool {
    equal(a, b) == Some(true)
}

/// A scalar as the type that it has beside another one.
pub(super) fn unified(value: Val, other: &Val) -> Val {
    if matches!(
        (&value.v, &other.v),
        (V::Num(_) | V::Bool(_), V::Str(_)) | (V::Num(_), V::Bool(_)) | (V::Bool(_), V::Num(_))
    ) && let Ok(text) = to_text(&value, value.at)
    {
        return text;
    }
    value
}

/// The order of elements of a set: true behind false, numbers by size, texts by their bytes.
pub(super) fn order(a: &Val, b: &Val) -> std::cmp::Ordering {
    match (&a.v, &b.v) {
        (V::Num(a), V::Num(b)) => a.cmp(b),
        (V::Bool(a), V::Bool(b)) => a.cmp(b),
        (V::Str(a), V::Str(b)) => a.text.cmp(&b.text),
        (_, _) => rank(a).cmp(&rank(b)).then_with(|| show::json(a).cmp(&show::json(b))),
    }
}

fn rank(value: &Val) -> u8 {
    match &value.v {
        V::Bool(_) => 0,
        V::Num(_) => 1,
        V::Str(_) | V::Json(_) => 2,
        V::List(_) | V::Set(_) => 3,
        V::Map(_) => 4,
        V::Null => 5,
        V::Hole(_) | V::Choice(_) | V::Maybe(_) | V::Rest(_) | V::Resource(_) | V::Refused(_) => 6,
    }
}

/// The elements of a set: of one type, sorted, each once.
pub(super) fn set(elements: Vec<Val>, at: Span) -> Val {
    let mut elements = unify_all(elements);
    elements.sort_by(order);
    elements.dedup_by(|next, one| same(one, next));
    Val::new(V::Set(Rc::new(elements)), at)
}

/// Elements of one list have one type: texts, where some are.
pub(super) fn unify_all(elements: Vec<Val>) -> Vec<Val> {
    let has = |is: fn(&V) -> bool| elements.iter().any(|element| is(&element.v));
    let (text, number, bool) = (
        has(|v| matches!(v, V::Str(_) | V::Json(_))),
        has(|v| matches!(v, V::Num(_))),
        has(|v| matches!(v, V::Bool(_))),
    );
    if !(text || number && bool) {
        return elements;
    }
    let as_text = |element: Val| match &element.v {
        V::Num(_) | V::Bool(_) => to_text(&element, element.at).unwrap_or(element),
        _other => element,
    };
    elements.into_iter().map(as_text).collect()
}
