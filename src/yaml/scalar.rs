//! What a plain scalar means.

use std::borrow::Cow;

use crate::json::Value;

/// The core schema, but for numbers that are not written as JSON writes them: no tool that reads templates or
/// manifests counts with those, and as text none of their digits is lost.
pub(super) fn plain(text: Cow<'_, str>) -> Value<'_> {
    match text.as_bytes() {
        b"" | b"~" | b"null" | b"Null" | b"NULL" => Value::Null,
        b"true" | b"True" | b"TRUE" => Value::Bool(true),
        b"false" | b"False" | b"FALSE" => Value::Bool(false),
        [b'-' | b'0'..=b'9', ..] if is_number(text.as_bytes()) => Value::Number(text),
        _ => Value::String(text),
    }
}

fn is_number(text: &[u8]) -> bool {
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    let Some(rest) = digits(unsigned) else { return false };
    let rest = match rest {
        [b'.', fraction @ ..] => match digits(fraction) {
            Some(rest) => rest,
            None => return false,
        },
        _ => rest,
    };
    match rest {
        [] => true,
        [b'e' | b'E', b'+' | b'-', exponent @ ..] | [b'e' | b'E', exponent @ ..] => {
            digits(exponent).is_some_and(<[u8]>::is_empty)
        }
        _ => false,
    }
}

/// What follows at least one digit.
fn digits(text: &[u8]) -> Option<&[u8]> {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    if end == 0 { None } else { text.get(end..) }
}
