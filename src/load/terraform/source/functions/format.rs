//! `format` and `formatlist`.

use super::super::fault::Read;
use super::super::operate;
use super::super::show;
use super::super::value::{V, Val};
use super::{Context, is_hole, is_open_list};
use crate::name::symbol;

/// Columns that a width may have.
const MAX_WIDTH: usize = 1024;

/// One verb of a format.
#[derive(Debug, Default)]
struct Verb {
    flags: String,
    width: Option<usize>,
    precision: Option<usize>,
    /// Which argument, counted from 1.
    index: Option<usize>,
    letter: char,
}

pub(super) fn format(context: &Context<'_>, arguments: &[Val]) -> Read {
    let Some((spec, values)) = arguments.split_first() else { return context.refuse("a format is missing") };
    if is_hole(spec) {
        return Ok(context.open(arguments, ""));
    }
    let spec = context.text(arguments, 0)?;
    if symbol::is_in(&spec) {
        return Ok(context.open(arguments, ""));
    }
    let mut parts: Vec<Val> = Vec::new();
    let mut next = 0;
    let mut used = 0;
    let mut rest = &*spec;
    while let Some((before, behind)) = rest.split_once('%') {
        parts.push(Val::text(before, context.at));
        if let Some(behind) = behind.strip_prefix('%') {
            parts.push(Val::text("%", context.at));
            rest = behind;
            continue;
        }
        let Some((verb, behind)) = verb(behind) else {
            return context.refuse("the format ends in its middle");
        };
        rest = behind;
        let index = verb.index.map_or(next, |index| index - 1);
        next = index + 1;
        used = used.max(next);
        let Some(value) = values.get(index) else { return context.refuse("there are too few arguments") };
        parts.push(shown(context, &verb, value)?);
    }
    parts.push(Val::text(rest, context.at));
    if used < values.len() && !values.is_empty() && used == 0 {
        return context.refuse("there are too many arguments");
    }
    if used < values.len() && !spec.contains("%[") {
        return context.refuse("there are too many arguments");
    }
    super::super::template::joined(&parts, context.at)
}

fn number(text: &str) -> (Option<usize>, &str) {
    let len = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at_checked(len).unwrap_or(("", text));
    (digits.parse().ok().map(|width: usize| width.min(MAX_WIDTH)), rest)
}

fn verb(text: &str) -> Option<(Verb, &str)> {
    let mut verb = Verb::default();
    let len = text.chars().take_while(|c| matches!(c, '#' | '+' | '-' | ' ' | '0')).count();
    let (flags, rest) = text.split_at_checked(len)?;
    verb.flags = flags.to_owned();
    let (width, rest) = number(rest);
    verb.width = width;
    let rest = match rest.strip_prefix('.') {
        Some(rest) => {
            let (precision, rest) = number(rest);
            verb.precision = Some(precision.unwrap_or(0));
            rest
        }
        None => rest,
    };
    let rest = match rest.strip_prefix('[') {
        Some(rest) => {
            let (index, rest) = number(rest);
            verb.index = Some(index.filter(|index| *index > 0)?);
            rest.strip_prefix(']')?
        }
        None => rest,
    };
    let letter = rest.chars().next()?;
    verb.letter = letter;
    Some((verb, rest.strip_prefix(letter)?))
}

fn shown(context: &Context<'_>, verb: &Verb, value: &Val) -> Read {
    let is_plain = verb.width.is_none() && verb.precision.is_none() && matches!(verb.letter, 's' | 'v');
    if is_hole(value) || matches!(&value.v, V::Str(text) if text.is_open()) {
        // A text that is put in as it is keeps what is known of it.
        return Ok(if is_plain { value.clone() } else { context.open(std::slice::from_ref(value), "") });
    }
    let padded = |text: String| {
        let missing = verb.width.unwrap_or(0).saturating_sub(super::collection::graphemes(&text));
        let has_zeros = verb.flags.contains('0') && !matches!(verb.letter, 's' | 'q' | 'v' | 't');
        if verb.flags.contains('-') {
            format!("{text}{}", " ".repeat(missing))
        } else if has_zeros {
            match text.strip_prefix(['-', '+']) {
                Some(digits) => {
                    let sign = text.chars().next().unwrap_or('-');
                    format!("{sign}{}{digits}", "0".repeat(missing))
                }
                None => format!("{}{text}", "0".repeat(missing)),
            }
        } else {
            format!("{}{text}", " ".repeat(missing))
        }
    };
    let text = match verb.letter {
        'v' if verb.flags.contains('#') => show::json(value),
        'v' => match &value.v {
            V::List(_) | V::Set(_) | V::Map(_) => show::json(value),
            V::Null => "null".to_owned(),
            _other => return as_text(context, value, &padded),
        },
        's' => {
            let text = context.text(std::slice::from_ref(value), 0)?;
            match verb.precision {
                Some(most) => text.chars().take(most).collect(),
                None => text.to_string(),
            }
        }
        'q' => {
            let text = context.text(std::slice::from_ref(value), 0)?;
            show::json(&Val::text(text, context.at))
        }
        't' => match operate::to_bool(value, value.at)?.v {
            V::Bool(is) => is.to_string(),
            _other => return context.refuse("true or false is required"),
        },
        'd' | 'b' | 'o' | 'x' | 'X' => {
            let number = context.number(std::slice::from_ref(value), 0)?;
            let base = match verb.letter {
                'b' => 2,
                'o' => 8,
                'd' => 10,
                _hex => 16,
            };
            let Some(text) = number.truncated().to_radix(base) else {
                return context.refuse("a number is required");
            };
            let text = if verb.letter == 'X' { text.to_uppercase() } else { text };
            if verb.flags.contains('+') && !number.is_negative() { format!("+{text}") } else { text }
        }
        'f' | 'F' => {
            let number = context.number(std::slice::from_ref(value), 0)?;
            let text = number.fixed(verb.precision.unwrap_or(6).min(200));
            if verb.flags.contains('+') && !number.is_negative() { format!("+{text}") } else { text }
        }
        'e' | 'E' | 'g' | 'G' => {
            let number = context.number(std::slice::from_ref(value), 0)?;
            match verb.letter {
                'g' | 'G' => number.to_string(),
                letter => exponential(&number.to_f64().unwrap_or(0.0), verb.precision.unwrap_or(6), letter),
            }
        }
        other => return context.refuse(format!("`%{other}` is not a verb of `format`")),
    };
    context.made(padded(text))
}

fn as_text(context: &Context<'_>, value: &Val, padded: &dyn Fn(String) -> String) -> Read {
    context.made(padded(context.text(std::slice::from_ref(value), 0)?.to_string()))
}

/// With an exponent of two digits at least, as Go writes it.
fn exponential(number: &f64, precision: usize, letter: char) -> String {
    let text = format!("{number:.*e}", precision.min(200));
    let Some((mantissa, exponent)) = text.split_once('e') else { return text };
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    format!("{mantissa}{letter}{sign}{digits:0>2}")
}

pub(super) fn format_list(context: &Context<'_>, arguments: &[Val]) -> Read {
    if arguments.first().is_some_and(is_hole) {
        return Ok(context.open(arguments, ""));
    }
    let mut len = None;
    for argument in arguments.iter().skip(1) {
        if let Some(elements) = argument.elements() {
            if is_open_list(elements) {
                // One list that is open: each of its elements gives one, for any number of them.
                let [_, only] = arguments else { return Ok(context.open(arguments, "")) };
                let Some(elements) = only.elements() else { return Ok(context.open(arguments, "")) };
                let first = arguments.first().cloned();
                return super::collection::mapped(context, elements, &|element| {
                    let arguments: Vec<Val> = first.iter().cloned().chain([element.clone()]).collect();
                    format(context, &arguments)
                });
            }
            match len {
                Some(known) if known != elements.len() => {
                    return context.refuse("the lists have other lengths");
                }
                _same => len = Some(elements.len()),
            }
        }
    }
    // A hole may be a list of any length.
    if arguments.iter().skip(1).any(|a| matches!(a.v, V::Hole(_))) && len.is_none() {
        let [spec, only] = arguments else { return Ok(context.open(arguments, "")) };
        let V::Hole(hole) = &only.v else { return Ok(context.open(arguments, "")) };
        let rest = [Val::new(V::Rest(std::rc::Rc::clone(hole)), only.at)];
        return super::collection::mapped(context, &rest, &|element| {
            format(context, &[spec.clone(), element.clone()])
        });
    }
    let mut out = Vec::new();
    for row in 0..len.unwrap_or(1) {
        let values = arguments.iter().enumerate().map(|(index, argument)| match argument.elements() {
            Some(elements) if index > 0 => elements.get(row).cloned().unwrap_or(Val::null(context.at)),
            _scalar => argument.clone(),
        });
        out.push(format(context, &values.collect::<Vec<Val>>())?);
    }
    Ok(Val::list(out, context.at))
}
