//! Functions of sets.

use std::rc::Rc;

use super::super::fault::Read;
use super::super::operate;
use super::super::value::{MAX_NODES, V, Val};
use super::collection::open_elements;
use super::{Context, is_hole, is_open_list};

fn as_sets(context: &Context<'_>, arguments: &[Val]) -> Result<Vec<Rc<Vec<Val>>>, super::Fault> {
    let all: Vec<Val> = (0..arguments.len())
        .map(|index| Ok(context.elements(arguments, index)?.to_vec()))
        .collect::<Result<Vec<_>, super::Fault>>()?
        .concat();
    let is_text = all.iter().any(|element| matches!(element.v, V::Str(_)));
    (0..arguments.len())
        .map(|index| {
            let mut elements = context.elements(arguments, index)?.to_vec();
            if is_text {
                elements.push(Val::text("", context.at));
                elements = operate::unify_all(elements);
                elements.pop();
            }
            Ok(operate::set(elements, context.at).elements().cloned().unwrap_or_default())
        })
        .collect()
}

pub(super) fn intersection(context: &Context<'_>, arguments: &[Val]) -> Read {
    let sets = as_sets(context, arguments)?;
    let Some((first, others)) = sets.split_first() else { return context.refuse("a set is missing") };
    let in_all =
        |element: &&Val| others.iter().all(|other| other.iter().any(|own| operate::same(own, element)));
    Ok(operate::set(first.iter().filter(in_all).cloned().collect(), context.at))
}

pub(super) fn subtract(context: &Context<'_>, arguments: &[Val]) -> Read {
    let sets = as_sets(context, arguments)?;
    let [from, others] = sets.as_slice() else { return context.refuse("a set is missing") };
    let is_left = |element: &&Val| !others.iter().any(|other| operate::same(other, element));
    Ok(operate::set(from.iter().filter(is_left).cloned().collect(), context.at))
}

pub(super) fn union(context: &Context<'_>, arguments: &[Val]) -> Read {
    let mut all = Vec::new();
    for argument in arguments {
        all.extend(open_elements(context, argument)?);
    }
    Ok(operate::set(all, context.at))
}

pub(super) fn product(context: &Context<'_>, arguments: &[Val]) -> Read {
    if arguments.iter().any(is_hole) {
        return Ok(context.open(arguments, ""));
    }
    let mut rows: Vec<Vec<Val>> = vec![Vec::new()];
    let mut sets = true;
    for (index, argument) in arguments.iter().enumerate() {
        let elements = context.elements(arguments, index)?;
        if is_open_list(&elements) {
            return Ok(context.open(arguments, ""));
        }
        sets &= matches!(argument.v, V::Set(_));
        if rows.len().saturating_mul(elements.len()) > MAX_NODES {
            return Ok(context.open(arguments, "its result has too many elements"));
        }
        rows = rows
            .iter()
            .flat_map(|row| {
                elements.iter().map(move |element| [row.as_slice(), std::slice::from_ref(element)].concat())
            })
            .collect();
    }
    let rows: Vec<Val> = rows.into_iter().map(|row| Val::list(row, context.at)).collect();
    Ok(if sets { operate::set(rows, context.at) } else { Val::list(rows, context.at) })
}
