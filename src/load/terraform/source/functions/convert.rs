//! Conversions between types, and functions whose results are not known before Terraform runs.

use std::rc::Rc;

use super::super::fault::Read;
use super::super::operate;
use super::super::value::{V, Val};
use super::Context;

pub(super) fn unknown(context: &Context<'_>, arguments: &[Val]) -> Read {
    Ok(context.open(arguments, "its result is known when Terraform runs"))
}

pub(super) fn same(context: &Context<'_>, arguments: &[Val]) -> Read {
    arguments.first().cloned().map_or_else(|| context.refuse("an argument is missing"), Ok)
}

/// Values do not keep the mark of being sensitive.
pub(super) fn is_sensitive(context: &Context<'_>, arguments: &[Val]) -> Read {
    Ok(context.open(arguments, "whether a value is sensitive is known when Terraform runs"))
}

fn scalar(context: &Context<'_>, arguments: &[Val], to: fn(&Val, crate::source::Span) -> Read) -> Read {
    match arguments.first() {
        Some(value) => to(value, value.at),
        None => context.refuse("an argument is missing"),
    }
}

pub(super) fn to_bool(context: &Context<'_>, arguments: &[Val]) -> Read {
    scalar(context, arguments, operate::to_bool)
}

pub(super) fn to_number(context: &Context<'_>, arguments: &[Val]) -> Read {
    scalar(context, arguments, operate::to_number)
}

pub(super) fn to_string(context: &Context<'_>, arguments: &[Val]) -> Read {
    scalar(context, arguments, operate::to_text)
}

pub(super) fn to_list(context: &Context<'_>, arguments: &[Val]) -> Read {
    let Some(value) = arguments.first().filter(|value| !matches!(value.v, V::Hole(_)) && !value.is_null())
    else {
        return same(context, arguments);
    };
    let elements = context.elements(std::slice::from_ref(value), 0)?;
    Ok(Val::list(operate::unify_all(elements.to_vec()), value.at))
}

pub(super) fn to_set(context: &Context<'_>, arguments: &[Val]) -> Read {
    let Some(value) = arguments.first().filter(|value| !matches!(value.v, V::Hole(_)) && !value.is_null())
    else {
        return same(context, arguments);
    };
    let elements = context.elements(std::slice::from_ref(value), 0)?;
    Ok(operate::set(elements.to_vec(), value.at))
}

pub(super) fn to_map(context: &Context<'_>, arguments: &[Val]) -> Read {
    let Some(value) = arguments.first().filter(|value| !matches!(value.v, V::Hole(_)) && !value.is_null())
    else {
        return same(context, arguments);
    };
    let map = context.members(std::slice::from_ref(value), 0)?;
    let values: Vec<Val> = map.members.values().map(|(_, value)| value.clone()).collect();
    let values = operate::unify_all(values);
    let mut out = (*map).clone();
    for ((_, slot), value) in out.members.values_mut().zip(values) {
        *slot = value;
    }
    Ok(Val::new(V::Map(Rc::new(out)), value.at))
}
