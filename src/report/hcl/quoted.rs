//! Policies that are text in quotation marks, and templates in JSON.

use crate::source::{SourceMap, Span};

/// A document with the quotation marks that it stands in; none where it stands in none. With interpolations in it, its
/// place is what lies between them.
pub(super) fn around(document: Span, map: &SourceMap) -> Option<Span> {
    if map.text(document).starts_with('"') {
        return Some(document);
    }
    let whole = Span { start: document.start.checked_sub(1)?, end: document.end + 1, ..document };
    let text = map.text(whole);
    (text.starts_with("\"{") && text.ends_with("}\"")).then_some(whole)
}

/// The inside of a document in quotation marks.
pub(super) struct Quoted {
    /// As its escapes mean it, with its interpolations.
    pub(super) text: String,
    /// Where each byte of it is written, and the end.
    offsets: Vec<u32>,
    /// Of what stands behind the first quotation mark.
    start: Span,
    is_json: bool,
}

impl Quoted {
    pub(super) fn of(document: Span, map: &SourceMap) -> Option<Self> {
        let is_json = map.name(document.source).ends_with(".json");
        let written = map.text(document).strip_prefix('"')?.strip_suffix('"')?;
        let Decoded { text, offsets } = Decoded::of(written, is_json)?;
        let start = Span { start: document.start + 1, end: document.start + 1, ..document };
        Some(Self { text, offsets, start, is_json })
    }

    /// A place inside as one in the file.
    pub(super) fn back(&self, at: Span) -> Option<Span> {
        let offset = |offset: u32| Some(self.start.start + *self.offsets.get(offset as usize)?);
        Some(Span { start: offset(at.start)?, end: offset(at.end)?, ..self.start })
    }

    /// A text that is put inside, as the file writes it.
    pub(super) fn written(&self, text: &str) -> String {
        escaped(text, self.is_json)
    }
}

/// A text as its escapes mean it, still with its interpolations.
struct Decoded {
    text: String,
    /// Where each byte of it is written, and the end.
    offsets: Vec<u32>,
}

impl Decoded {
    fn of(written: &str, is_json: bool) -> Option<Self> {
        let mut out = Self { text: String::with_capacity(written.len()), offsets: Vec::new() };
        let raw = match is_json {
            true => Vec::new(),
            false => interpolations(written),
        };
        let mut chars = written.char_indices();
        while let Some((at, c)) = chars.next() {
            if c != '\\' || raw.iter().any(|raw| raw.contains(&at)) {
                out.push(c, at);
                continue;
            }
            let meant = match chars.next()?.1 {
                c @ ('"' | '\\') => c,
                c @ '/' if is_json => c,
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' => {
                    let hex: String = chars.by_ref().take(4).map(|(_, c)| c).collect();
                    char::from_u32(u32::from_str_radix(&hex, 16).ok()?)?
                }
                _other => return None,
            };
            out.push(meant, at);
        }
        out.offsets.push(written.len() as u32);
        Some(out)
    }

    fn push(&mut self, c: char, at: usize) {
        self.text.push(c);
        self.offsets.extend(std::iter::repeat_n(at as u32, c.len_utf8()));
    }
}

/// The insides of interpolations and directives, which have quotation marks of their own.
fn interpolations(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut out = Vec::new();
    let (mut start, mut depth, mut in_text, mut before) = (0, 0_usize, false, ['\0'; 2]);
    for (at, c) in text.char_indices() {
        let [older, old] = before;
        match c {
            '{' if depth == 0 && matches!(old, '$' | '%') && older != old => (start, depth) = (at + 1, 1),
            '{' if depth == 0 => {}
            '"' if depth > 0 && old != '\\' => in_text = !in_text,
            '{' if !in_text => depth += 1,
            '}' if depth > 0 && !in_text => {
                depth -= 1;
                if depth == 0 {
                    out.push(start..at);
                }
            }
            _text => {}
        }
        before = [old, c];
    }
    out
}

/// A template in JSON with nothing in its interpolations that ends a string. Places stay what they are.
pub(super) fn masked(text: &str) -> String {
    let raw = interpolations(text);
    if raw.is_empty() {
        return text.to_owned();
    }
    let mut ranges = raw.iter().peekable();
    let mask = |(at, c): (usize, char)| {
        while ranges.next_if(|range| range.end <= at).is_some() {}
        let is_inside = ranges.peek().is_some_and(|range| range.contains(&at));
        if is_inside && matches!(c, '"' | '\\' | '\n' | '\r' | '\t') { '_' } else { c }
    };
    text.char_indices().map(mask).collect()
}

/// JSON whose interpolations are written as the language has them: `${aws_kms_key.lake["eu"].arn}`.
pub(super) fn plain(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find("${") {
        let doubled = rest.get(..at).is_some_and(|before| before.ends_with('$'));
        let (before, behind) = rest.split_at(at);
        out.push_str(before);
        let end = behind.find('}').filter(|_| !doubled).map_or(2, |end| end + 1);
        let (inside, after) = behind.split_at(end);
        out.push_str(&if doubled { inside.to_owned() } else { inside.replace("\\\"", "\"") });
        rest = after;
    }
    out.push_str(rest);
    out
}

/// A text as it stands between quotation marks.
fn escaped(text: &str, is_json: bool) -> String {
    let raw = match is_json {
        true => Vec::new(),
        false => interpolations(text),
    };
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        match c {
            c if raw.iter().any(|raw| raw.contains(&at)) => out.push(c),
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_interpolations_is_no_json() {
        assert_eq!(masked(r#"{"a": "${x["k"]}/$${y}"}"#), r#"{"a": "${x[_k_]}/$${y}"}"#);
        assert_eq!(plain(r#"{"a": "${x[\"k\"]}/$${y}\""}"#), r#"{"a": "${x["k"]}/$${y}\""}"#);
        let decoded = Decoded::of(r#"{\"a\": \"${x["k"]}\"}"#, false).unwrap();
        assert_eq!(decoded.text, r#"{"a": "${x["k"]}"}"#);
        assert_eq!(escaped(&decoded.text, false), r#"{\"a\": \"${x["k"]}\"}"#);
        assert_eq!(decoded.offsets.last(), Some(&22));
    }
}
