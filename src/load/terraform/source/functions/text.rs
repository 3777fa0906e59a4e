//! Functions of texts. A text that is open in part is one only where the part does not matter.

use super::super::fault::Read;
use super::super::operate;
use super::super::show;
use super::super::value::{MAX_TEXT, Map, Text, V, Val};
use super::{Context, is_hole, is_open_list};
use crate::name::symbol;

/// A regular expression may not be larger than this when it is compiled.
const MAX_REGEX: usize = 1 << 20;

pub(super) fn base_name(context: &Context<'_>, arguments: &[Val]) -> Read {
    let text = context.text(arguments, 0)?;
    let trimmed = text.trim_end_matches('/');
    context.made(match trimmed.rsplit('/').next() {
        Some("") if !text.is_empty() => "/",
        Some("") | None => ".",
        Some(name) => name,
    })
}

pub(super) fn directory_name(context: &Context<'_>, arguments: &[Val]) -> Read {
    let text = context.text(arguments, 0)?;
    context.made(match text.rsplit_once('/') {
        Some(("", _)) => "/",
        Some((directory, _)) => directory.trim_end_matches('/'),
        None => ".",
    })
}

pub(super) fn chomp(context: &Context<'_>, arguments: &[Val]) -> Read {
    let text = context.text(arguments, 0)?;
    context.made(text.trim_end_matches(['\n', '\r']))
}

pub(super) fn lower(context: &Context<'_>, arguments: &[Val]) -> Read {
    context.made(context.text(arguments, 0)?.to_lowercase())
}

pub(super) fn upper(context: &Context<'_>, arguments: &[Val]) -> Read {
    context.made(context.text(arguments, 0)?.to_uppercase())
}

pub(super) fn title(context: &Context<'_>, arguments: &[Val]) -> Read {
    let text = context.text(arguments, 0)?;
    let mut out = String::with_capacity(text.len());
    let mut begins = true;
    for c in text.chars() {
        if begins {
            out.extend(c.to_uppercase());
        } else {
            out.push(c);
        }
        begins = !(c.is_alphanumeric() || c == '_' || c == '\'');
    }
    context.made(out)
}

pub(super) fn reverse(context: &Context<'_>, arguments: &[Val]) -> Read {
    context.made(context.text(arguments, 0)?.chars().rev().collect::<String>())
}

pub(super) fn indent(context: &Context<'_>, arguments: &[Val]) -> Read {
    let (spaces, text) = (context.integer(arguments, 0)?, context.text(arguments, 1)?);
    let spaces = usize::try_from(spaces).unwrap_or(0).min(1000);
    context.made(text.replace('\n', &format!("\n{}", " ".repeat(spaces))))
}

pub(super) fn substring(context: &Context<'_>, arguments: &[Val]) -> Read {
    let text = context.text(arguments, 0)?;
    let (offset, length) = (context.integer(arguments, 1)?, context.integer(arguments, 2)?);
    let count = text.chars().count() as i64;
    let start = if offset < 0 { (count + offset).max(0) } else { offset.min(count) };
    // From the end, no characters are all that follow.
    let is_rest = length < 0 || length == 0 && offset < 0;
    let end = if is_rest { count } else { start.saturating_add(length).min(count) };
    let take = usize::try_from(end - start).unwrap_or(0);
    context.made(text.chars().skip(usize::try_from(start).unwrap_or(0)).take(take).collect::<String>())
}

pub(super) fn trim(context: &Context<'_>, arguments: &[Val]) -> Read {
    let (text, set) = (context.text(arguments, 0)?, context.text(arguments, 1)?);
    context.made(text.trim_matches(|c| set.contains(c)))
}

pub(super) fn trim_space(context: &Context<'_>, arguments: &[Val]) -> Read {
    match arguments.first().map(|value| &value.v) {
        Some(V::Json(_)) => super::convert::same(context, arguments),
        Some(V::Str(text)) if !is_symbol_at_end(&text.text) => context.made(text.text.trim()),
        Some(V::Str(_) | V::Hole(_)) => Ok(context.open(arguments, "")),
        _other => context.made(context.text(arguments, 0)?.trim()),
    }
}

fn is_symbol_at_end(text: &str) -> bool {
    text.starts_with(['«', '‹']) || text.ends_with(['»', '›'])
}

/// The two texts, where both are texts; one that is open stays as it is.
fn two(arguments: &[Val]) -> Option<(Text, Text)> {
    let text = |value: &Val| match operate::to_text(value, value.at).ok()?.v {
        V::Str(text) => Some(text),
        _other => None,
    };
    let [a, b, ..] = arguments else { return None };
    Some((text(a)?, text(b)?))
}

/// Whether a text begins so; `None` where that is open.
fn begins(text: &str, start: &str) -> Option<bool> {
    if symbol::is_in(start) {
        return (text == start).then_some(true);
    }
    let known = text.split(['«', '‹']).next().unwrap_or_default();
    if known.len() >= start.len() || known.len() == text.len() {
        return Some(known.starts_with(start));
    }
    if start.starts_with(known) { None } else { Some(false) }
}

fn ends(text: &str, end: &str) -> Option<bool> {
    if symbol::is_in(end) {
        return (text == end).then_some(true);
    }
    let known = text.rsplit(['»', '›']).next().unwrap_or_default();
    if known.len() >= end.len() || known.len() == text.len() {
        return Some(known.ends_with(end));
    }
    if end.ends_with(known) { None } else { Some(false) }
}

pub(super) fn starts_with(context: &Context<'_>, arguments: &[Val]) -> Read {
    let decided = two(arguments).and_then(|(text, start)| begins(&text.text, &start.text));
    decided.map_or_else(|| Ok(context.open(arguments, "")), |is| context.bool(is))
}

pub(super) fn ends_with(context: &Context<'_>, arguments: &[Val]) -> Read {
    let decided = two(arguments).and_then(|(text, end)| ends(&text.text, &end.text));
    decided.map_or_else(|| Ok(context.open(arguments, "")), |is| context.bool(is))
}

pub(super) fn contains(context: &Context<'_>, arguments: &[Val]) -> Read {
    let Some((text, part)) = two(arguments) else { return Ok(context.open(arguments, "")) };
    if text.text.contains(&*part.text) && !part.is_open() {
        return context.bool(true);
    }
    if text.is_open() || part.is_open() { Ok(context.open(arguments, "")) } else { context.bool(false) }
}

pub(super) fn trim_prefix(context: &Context<'_>, arguments: &[Val]) -> Read {
    let Some((text, start)) = two(arguments) else { return Ok(context.open(arguments, "")) };
    match begins(&text.text, &start.text) {
        Some(true) => context.made(text.text.strip_prefix(&*start.text).unwrap_or_default()),
        Some(false) => context.made(text.text),
        None => Ok(context.open(arguments, "")),
    }
}

pub(super) fn trim_suffix(context: &Context<'_>, arguments: &[Val]) -> Read {
    let Some((text, end)) = two(arguments) else { return Ok(context.open(arguments, "")) };
    match ends(&text.text, &end.text) {
        Some(true) => context.made(text.text.strip_suffix(&*end.text).unwrap_or_default()),
        Some(false) => context.made(text.text),
        None => Ok(context.open(arguments, "")),
    }
}

pub(super) fn join(context: &Context<'_>, arguments: &[Val]) -> Read {
    if arguments.iter().any(is_hole) {
        return Ok(context.open(arguments, ""));
    }
    let separator = context.text(arguments, 0)?;
    let mut parts = Vec::new();
    for index in 1..arguments.len() {
        let elements = context.elements(arguments, index)?;
        if is_open_list(&elements) {
            return Ok(context.open(arguments, ""));
        }
        for element in elements.iter() {
            if !parts.is_empty() {
                parts.push(Val::text(separator.clone(), context.at));
            }
            parts.push(element.clone());
        }
    }
    super::super::template::joined(&parts, context.at)
}

/// Whether no symbol of a text can hold one of these characters: the parts of ARNs do not hold `:` or `/`.
fn keeps_apart(text: &str, separator: &str) -> bool {
    if !symbol::is_in(text) {
        return true;
    }
    matches!(separator, ":" | "/")
        && !symbol::parts_that_may_be_anything(text).any(|name| !symbol::is_one_part_of_an_arn(name))
}

pub(super) fn split(context: &Context<'_>, arguments: &[Val]) -> Read {
    let Some((separator, text)) = two(arguments) else { return Ok(context.open(arguments, "")) };
    if separator.is_open() || !keeps_apart(&text.text, &separator.text) {
        return Ok(context.open(arguments, ""));
    }
    let part = |part: &str| Val::text(part, context.at);
    let parts: Vec<Val> = if separator.text.is_empty() {
        text.text.chars().map(|c| part(&c.to_string())).collect()
    } else {
        text.text.split(&*separator.text).map(part).collect()
    };
    Ok(Val::list(parts, context.at))
}

/// A pattern between slashes is a regular expression.
pub(super) fn replace(context: &Context<'_>, arguments: &[Val]) -> Read {
    if arguments.iter().any(is_hole) {
        return Ok(context.open(arguments, ""));
    }
    let (text, from, to) =
        (context.text(arguments, 0)?, context.text(arguments, 1)?, context.text(arguments, 2)?);
    if symbol::is_in(&from) {
        return Ok(context.open(arguments, ""));
    }
    let regex = from.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')).filter(|_| from.len() > 1);
    if symbol::is_in(&text) {
        // A beginning that is known can be taken away where nothing else can hold it.
        let is_beginning = regex.is_none() && begins(&text, &from) == Some(true);
        let rest = text.strip_prefix(&*from).unwrap_or_default();
        let is_arn = matches!(&*from, "https://" | "http://") && !rest.contains('«');
        if is_beginning && is_arn {
            return context.made(format!("{to}{rest}"));
        }
        if regex.is_none() && keeps_apart(&text, &from) {
            return context.made(text.replace(&*from, &to));
        }
        return Ok(context.open(arguments, ""));
    }
    // Every match may become as long as what is put in its place, with the whole match in it.
    let is_too_long = |matches: usize| {
        let groups = to.matches('$').count().saturating_mul(text.len());
        matches.saturating_mul(to.len()).saturating_add(groups).saturating_add(text.len()) > MAX_TEXT
    };
    match regex {
        Some(pattern) => {
            let regex = compiled(context, pattern)?;
            if is_too_long(regex.find_iter(&text).count()) {
                return Ok(context.graph.too_long(context.at));
            }
            context.made(regex.replace_all(&text, &*to).into_owned())
        }
        None if is_too_long(text.matches(&*from).count()) => Ok(context.graph.too_long(context.at)),
        None => context.made(text.replace(&*from, &to)),
    }
}

fn compiled(context: &Context<'_>, pattern: &str) -> Result<regex::Regex, super::Fault> {
    let built = regex::RegexBuilder::new(pattern).size_limit(MAX_REGEX).nest_limit(60).build();
    built.or_else(|_| {
        let shown = show::shortened(pattern.to_owned());
        super::fault(format!("`{shown}` is not a regular expression"), context.at)
    })
}

/// What a match gives: the whole text, or its groups.
fn found(context: &Context<'_>, regex: &regex::Regex, captures: &regex::Captures<'_>) -> Val {
    let group = |text: Option<regex::Match<'_>>| match text {
        Some(text) => Val::text(text.as_str(), context.at),
        None => Val::null(context.at),
    };
    let names: Vec<Option<&str>> = regex.capture_names().skip(1).collect();
    if names.is_empty() {
        return group(captures.get(0));
    }
    if names.iter().any(Option::is_some) {
        let mut map = Map::default();
        for name in names.into_iter().flatten() {
            map.members.insert(name.into(), (context.at, group(captures.name(name))));
        }
        return Val::new(V::Map(std::rc::Rc::new(map)), context.at);
    }
    Val::list(captures.iter().skip(1).map(group).collect(), context.at)
}

pub(super) fn regex(context: &Context<'_>, arguments: &[Val]) -> Read {
    let (pattern, text) = (context.text(arguments, 0)?, context.text(arguments, 1)?);
    let regex = compiled(context, &pattern)?;
    match regex.captures(&text) {
        Some(captures) => Ok(found(context, &regex, &captures)),
        None => context.refuse("the regular expression does not match"),
    }
}

pub(super) fn regex_all(context: &Context<'_>, arguments: &[Val]) -> Read {
    let (pattern, text) = (context.text(arguments, 0)?, context.text(arguments, 1)?);
    let regex = compiled(context, &pattern)?;
    let all = regex.captures_iter(&text).map(|captures| found(context, &regex, &captures));
    Ok(Val::list(all.collect(), context.at))
}
