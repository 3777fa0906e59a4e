//! Functions that encode and decode, digests, and those that read files.

use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::decode;
use super::super::fault::Read;
use super::super::machine::Scope;
use super::super::number::Number;
use super::super::operate;
use super::super::parse;
use super::super::template;
use super::super::value::{Map, Text, V, Val};
use super::{Context, hash, is_hole};
use crate::json::{Node, Value};

pub(super) fn base64_encode(context: &Context<'_>, arguments: &[Val]) -> Read {
    context.made(STANDARD.encode(context.text(arguments, 0)?.as_bytes()))
}

pub(super) fn base64_decode(context: &Context<'_>, arguments: &[Val]) -> Read {
    let text = context.text(arguments, 0)?;
    let decoded = STANDARD.decode(text.as_bytes()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.map_or_else(|| context.refuse("this is not base64 of a text"), |text| context.made(text))
}

fn is_utf8(arguments: &[Val]) -> bool {
    arguments.get(1).is_some_and(|encoding| {
        matches!(&encoding.v, V::Str(text) if matches!(&*text.text.to_lowercase(), "utf-8" | "utf8"))
    })
}

pub(super) fn text_encode(context: &Context<'_>, arguments: &[Val]) -> Read {
    let is_known = arguments.iter().all(Val::is_known);
    if is_known && is_utf8(arguments) {
        base64_encode(context, arguments)
    } else {
        Ok(context.open(arguments, ""))
    }
}

pub(super) fn text_decode(context: &Context<'_>, arguments: &[Val]) -> Read {
    let is_known = arguments.iter().all(Val::is_known);
    if is_known && is_utf8(arguments) {
        base64_decode(context, arguments)
    } else {
        Ok(context.open(arguments, ""))
    }
}

pub(super) fn md5(context: &Context<'_>, arguments: &[Val]) -> Read {
    context.made(hash::hex(&hash::md5(context.text(arguments, 0)?.as_bytes())))
}

pub(super) fn sha1(context: &Context<'_>, arguments: &[Val]) -> Read {
    context.made(hash::hex(&hash::sha1(context.text(arguments, 0)?.as_bytes())))
}

pub(super) fn sha256(context: &Context<'_>, arguments: &[Val]) -> Read {
    context.made(hash::hex(&hash::sha256(context.text(arguments, 0)?.as_bytes())))
}

pub(super) fn sha512(context: &Context<'_>, arguments: &[Val]) -> Read {
    context.made(hash::hex(&hash::sha512(context.text(arguments, 0)?.as_bytes())))
}

pub(super) fn base64_sha256(context: &Context<'_>, arguments: &[Val]) -> Read {
    context.made(STANDARD.encode(hash::sha256(context.text(arguments, 0)?.as_bytes())))
}

pub(super) fn base64_sha512(context: &Context<'_>, arguments: &[Val]) -> Read {
    context.made(STANDARD.encode(hash::sha512(context.text(arguments, 0)?.as_bytes())))
}

pub(super) fn uuid_v5(context: &Context<'_>, arguments: &[Val]) -> Read {
    let (namespace, name) = (context.text(arguments, 0)?, context.text(arguments, 1)?);
    let known = match &*namespace {
        "dns" => Some("6ba7b8109dad11d180b400c04fd430c8".to_owned()),
        "url" => Some("6ba7b8119dad11d180b400c04fd430c8".to_owned()),
        "oid" => Some("6ba7b8129dad11d180b400c04fd430c8".to_owned()),
        "x500" => Some("6ba7b8149dad11d180b400c04fd430c8".to_owned()),
        other => Some(other.replace('-', "")).filter(|text| text.len() == 32),
    };
    let digits = known.unwrap_or_default();
    let mut bytes: Vec<u8> = digits
        .as_bytes()
        .chunks(2)
        .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    if bytes.len() != 16 {
        return context.refuse(format!("`{namespace}` is not a namespace"));
    }
    bytes.extend_from_slice(name.as_bytes());
    let mut digest = hash::sha1(&bytes);
    digest.truncate(16);
    if let [_, _, _, _, _, _, version, _, variant, ..] = digest.as_mut_slice() {
        *version = (*version & 0x0f) | 0x50;
        *variant = (*variant & 0x3f) | 0x80;
    }
    let hex = hash::hex(&digest);
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    context.made(format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)))
}

pub(super) fn url_encode(context: &Context<'_>, arguments: &[Val]) -> Read {
    let text = context.text(arguments, 0)?;
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    context.made(out)
}

pub(super) fn url_decode(context: &Context<'_>, arguments: &[Val]) -> Read {
    let text = context.text(arguments, 0)?.replace('+', " ");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = behind.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) else {
            return context.refuse("this is not encoded for URLs");
        };
        bytes.push(byte);
        rest = behind.get(2..).unwrap_or_default();
    }
    String::from_utf8(bytes).map_or_else(|_| context.refuse("this is not UTF-8"), |text| context.made(text))
}

/// The JSON of a value: it keeps the value, so that each part keeps its place.
pub(super) fn json_encode(context: &Context<'_>, arguments: &[Val]) -> Read {
    let Some(value) = arguments.first() else { return context.refuse("an argument is missing") };
    Ok(Val::new(V::Json(Rc::new(value.clone())), value.at))
}

pub(super) fn json_decode(context: &Context<'_>, arguments: &[Val]) -> Read {
    let Some(value) = arguments.first() else { return context.refuse("an argument is missing") };
    match &value.v {
        V::Json(inner) => Ok((**inner).clone()),
        V::Str(text) => decode::value(text, value.at),
        V::Hole(_) | V::Rest(_) | V::Maybe(_) => Ok(context.open(arguments, "")),
        V::Null
        | V::Bool(_)
        | V::Num(_)
        | V::List(_)
        | V::Set(_)
        | V::Map(_)
        | V::Choice(_)
        | V::Refused(_)
        | V::Resource(_) => decode::value(&Text::plain(context.text(arguments, 0)?), value.at),
    }
}

/// The values of a file of variables, as the provider that is built into Terraform reads them.
pub(super) fn tfvars_decode(context: &Context<'_>, arguments: &[Val]) -> Read {
    let text = context.text(arguments, 0)?;
    let at = arguments.first().map_or(context.at, |value| value.at);
    let mut problems = Vec::new();
    let body = parse::file(at.source, &text, &mut problems);
    if !body.blocks.is_empty() || problems.iter().any(crate::diagnostic::Diagnostic::is_error) {
        return context.refuse("these are not values of variables");
    }
    let mut members = Vec::new();
    for attribute in &body.attributes {
        let value = context.graph.eval(&attribute.value, Scope::of(usize::MAX))?;
        members.push((Rc::clone(&attribute.name), moved(&value.settled(), at)));
    }
    Ok(Val::map(members, at))
}

/// A value whose parts stand where the whole does: places in a text that was put together lead nowhere.
fn moved(value: &Val, at: crate::source::Span) -> Val {
    let v = match &value.v {
        V::Str(text) => V::Str(Text::plain(&*text.text)),
        V::List(elements) => V::List(Rc::new(elements.iter().map(|element| moved(element, at)).collect())),
        V::Set(elements) => V::Set(Rc::new(elements.iter().map(|element| moved(element, at)).collect())),
        V::Map(map) => {
            let members = map.members.iter();
            let members = members.map(|(name, (_, value))| (Rc::clone(name), (at, moved(value, at))));
            V::Map(Rc::new(Map { members: members.collect(), rest: map.rest.clone() }))
        }
        V::Null
        | V::Bool(_)
        | V::Num(_)
        | V::Json(_)
        | V::Hole(_)
        | V::Choice(_)
        | V::Maybe(_)
        | V::Rest(_)
        | V::Resource(_)
        | V::Refused(_) => value.v.clone(),
    };
    Val::new(v, at)
}

pub(super) fn yaml_decode(context: &Context<'_>, arguments: &[Val]) -> Read {
    let text = context.text(arguments, 0)?;
    let parsed = crate::yaml::parse(crate::source::SourceId::LONE, &text);
    if parsed.problems.iter().any(crate::diagnostic::Diagnostic::is_error) || parsed.documents.len() > 1 {
        return context.refuse("this is not one document of YAML");
    }
    let at = arguments.first().map_or(context.at, |value| value.at);
    let plain = |span: crate::source::Span| {
        let written = text.get(span.start as usize..span.end as usize).unwrap_or_default();
        !written.starts_with(['"', '\'', '|', '>'])
    };
    match parsed.documents.first() {
        Some(root) => Ok(yaml_value(root, at, &plain)),
        None => Ok(Val::null(at)),
    }
}

fn yaml_value(node: &Node<'_>, at: crate::source::Span, plain: &dyn Fn(crate::source::Span) -> bool) -> Val {
    let v = match &node.value {
        Value::Null | Value::Invalid => V::Null,
        Value::Bool(value) => V::Bool(*value),
        Value::Number(number) => Number::parse(number).map_or(V::Null, V::Num),
        Value::String(text) if plain(node.span) && is_date(text) => {
            V::Str(Text::plain(format!("{text}T00:00:00Z")))
        }
        Value::String(text) => V::Str(Text::plain(&**text)),
        Value::Array(elements) => {
            V::List(Rc::new(elements.iter().map(|element| yaml_value(element, at, plain)).collect()))
        }
        Value::Object(members) => {
            let mut map = Map::default();
            for member in members {
                map.members.insert((&*member.key.value).into(), (at, yaml_value(&member.value, at, plain)));
            }
            V::Map(Rc::new(map))
        }
    };
    Val::new(v, at)
}

/// A day, which YAML has a type for.
fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

pub(super) fn csv_decode(context: &Context<'_>, arguments: &[Val]) -> Read {
    let text = context.text(arguments, 0)?;
    let mut rows = csv_rows(&text).into_iter();
    let Some(head) = rows.next() else { return context.refuse("a line of names is missing") };
    let mut out = Vec::new();
    for row in rows {
        if row.len() != head.len() {
            return context.refuse("a line has another number of fields");
        }
        let members =
            head.iter().zip(row).map(|(name, field)| (name.as_str().into(), Val::text(field, context.at)));
        out.push(Val::map(members, context.at));
    }
    Ok(Val::list(out, context.at))
}

fn csv_rows(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut field, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    let mut any = false;
    while let Some(c) = chars.next() {
        any = true;
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut field)),
            '\r' if !quoted && chars.peek() == Some(&'\n') => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
                any = false;
            }
            c => field.push(c),
        }
    }
    if any {
        row.push(field);
        rows.push(row);
    }
    rows.retain(|row| row.len() > 1 || row.first().is_some_and(|field| !field.is_empty()));
    rows
}

pub(super) fn file(context: &Context<'_>, arguments: &[Val]) -> Read {
    context.graph.file(&context.text(arguments, 0)?, context.at)
}

pub(super) fn file_exists(context: &Context<'_>, arguments: &[Val]) -> Read {
    let path = context.text(arguments, 0)?;
    match context.graph.file_exists(&path) {
        Some(exists) => context.bool(exists),
        None => Ok(context.open(arguments, "it lies outside the configuration")),
    }
}

pub(super) fn file_set(context: &Context<'_>, arguments: &[Val]) -> Read {
    let (dir, pattern) = (context.text(arguments, 0)?, context.text(arguments, 1)?);
    let found = context.graph.matching(&dir, &pattern);
    match found {
        Some(names) => {
            let names = names.into_iter().map(|name| Val::text(name, context.at)).collect();
            Ok(operate::set(names, context.at))
        }
        None => Ok(context.open(arguments, "it lies outside the configuration")),
    }
}

pub(super) fn template_file(context: &Context<'_>, arguments: &[Val]) -> Read {
    let [path, vars] = arguments else { return context.refuse("an argument is missing") };
    if is_hole(path) || matches!(&path.v, V::Str(text) if text.is_open()) {
        return Ok(context.open(arguments, ""));
    }
    let text = context.graph.file(&context.text(arguments, 0)?, context.at)?;
    template::of_text(context.graph, &text, vars, context.at)
}

pub(super) fn template_string(context: &Context<'_>, arguments: &[Val]) -> Read {
    let [text, vars] = arguments else { return context.refuse("an argument is missing") };
    if is_hole(text) {
        return Ok(context.open(arguments, ""));
    }
    template::of_text(context.graph, text, vars, context.at)
}
