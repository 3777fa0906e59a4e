//! What values are called in names of holes, and how they are written as JSON.

use std::fmt::Write as _;

use super::value::{V, Val};
use crate::name::symbol;

/// Characters of a name; the rest of a longer one is a number that stands for it.
const MAX_NAME: usize = 120;

/// A name cut to a length that people read.
pub(super) fn shortened(name: String) -> String {
    if name.len() <= MAX_NAME {
        return name;
    }
    // Two names must not become one.
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in name.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let start: String = name.chars().take(MAX_NAME - 20).collect();
    format!("{start}… #{hash:016x}")
}

/// A value in few words.
pub(super) fn short(value: &Val) -> String {
    let mut out = String::new();
    write(value, &mut out, 0);
    shortened(out)
}

fn write(value: &Val, out: &mut String, depth: usize) {
    if depth > 32 || out.len() > 4096 {
        out.push('…');
        return;
    }
    let list = |elements: &[Val], out: &mut String| {
        out.push('[');
        for (index, element) in elements.iter().enumerate() {
            if index > 0 {
                out.push_str(", ");
            }
            write(element, out, depth + 1);
        }
        out.push(']');
    };
    match &value.v {
        V::Null => out.push_str("null"),
        V::Bool(value) => drop(write!(out, "{value}")),
        V::Num(number) => drop(write!(out, "{number}")),
        V::Str(text) => {
            out.push('"');
            out.extend(text.text.chars().map(told_apart));
            out.push('"');
        }
        V::Hole(hole) | V::Rest(hole) => out.push_str(&hole.name),
        V::List(elements) | V::Set(elements) => list(elements, out),
        V::Map(map) => {
            out.push('{');
            for (index, (key, (_, value))) in map.members.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                let _ = write!(out, "{key} = ");
                write(value, out, depth + 1);
            }
            if let Some(hole) = &map.rest {
                let _ = write!(out, ", {}", hole.name);
            }
            out.push('}');
        }
        V::Json(inner) => {
            out.push_str("jsonencode(");
            write(inner, out, depth + 1);
            out.push(')');
        }
        V::Choice(choice) => {
            let _ = write!(out, "{} ? ", choice.test);
            write(&choice.yes, out, depth + 1);
            out.push_str(" : ");
            write(&choice.no, out, depth + 1);
        }
        V::Maybe(maybe) => {
            let _ = write!(out, "if {}{}: ", if maybe.side { "" } else { "!" }, maybe.test);
            write(&maybe.value, out, depth + 1);
        }
        V::Refused(_) => out.push_str("nothing"),
        V::Resource(handle) => {
            out.push_str(&handle.local);
            if let Some(key) = &handle.key {
                let _ = write!(out, "[{}]", key.shown());
            }
        }
    }
}

/// What stands for a character that no name of a symbol has: `replace(var.x, ":", "-")` and `replace(var.x, "/", "-")`
/// are two values.
fn told_apart(c: char) -> char {
    match c {
        ':' => '∶',
        '/' => '∕',
        '*' => '∗',
        '?' => '？',
        '$' => '＄',
        '"' => '”',
        '\\' => '∖',
        '\n' => '␊',
        c => c,
    }
}

/// A value as JSON, as `jsonencode` writes it; what is not known is a symbol in quotation marks.
pub(super) fn json(value: &Val) -> String {
    let mut out = String::new();
    write_json(value, &mut out);
    out
}

fn write_json(value: &Val, out: &mut String) {
    match &value.v {
        V::Null => out.push_str("null"),
        V::Bool(value) => drop(write!(out, "{value}")),
        V::Num(number) => drop(write!(out, "{number}")),
        V::Str(text) => quote(&text.text, out),
        V::Json(inner) => quote(&json(inner), out),
        V::Hole(hole) | V::Rest(hole) => quote(&symbol::unknown(&hole.name), out),
        V::Choice(choice) => quote(&symbol::unknown(&choice.test), out),
        V::Maybe(maybe) => quote(&symbol::unknown(&maybe.test), out),
        V::Resource(handle) => quote(&symbol::unknown(&handle.local), out),
        V::Refused(_) => out.push_str("null"),
        V::List(elements) | V::Set(elements) => {
            out.push('[');
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_json(element, out);
            }
            out.push(']');
        }
        V::Map(map) => {
            out.push('{');
            for (index, (key, (_, value))) in map.members.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                quote(key, out);
                out.push(':');
                write_json(value, out);
            }
            out.push('}');
        }
    }
}

/// A string of JSON, with the escapes of Go.
fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => drop(write!(out, "\\u{:04x}", c as u32)),
            c if (c as u32) < 0x20 => drop(write!(out, "\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
}
