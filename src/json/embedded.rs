//! Documents inside documents: a policy that is a JSON string, percent-encoded or not.

use super::Node;
use super::lex;
use crate::source::{Decoded, OffsetMap, Origin, SourceId, SourceMap, Span, Text};

/// How many documents may lie inside each other: a plan holding a response holding a policy, and one to spare.
pub const MAX_EMBEDDED: usize = 3;

/// A document found in a string, ready to be parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Embedding {
    /// The source the text was made.
    pub source: SourceId,
    /// The text.
    pub text: Text,
}

/// Makes a source of its own of the string that `node` is, named `<its host> › <label>`.
///
/// Every place in the new source leads back to the characters of the host that stand for it, escapes and
/// percent-encoding included. `None` when the node is no string, or lies [`MAX_EMBEDDED`] documents deep.
pub fn embed(map: &mut SourceMap, node: &Node<'_>, label: &str) -> Option<Embedding> {
    embed_text(map, node.as_str()?, node.span, label)
}

/// As [`embed`], for text that is no node: `text` is what the characters at `span` mean.
///
/// Where they are no JSON string (TOML has other escapes), the text is looked for as it is; when it is not
/// there either, all its places are the start of `span`.
pub fn embed_text(map: &mut SourceMap, text: &str, span: Span, label: &str) -> Option<Embedding> {
    if map.depth(span.source) >= MAX_EMBEDDED {
        return None;
    }
    let written = map.text(span);
    let offsets = string_offsets(written, text, span.start)
        .or_else(|| written.find(text).map(|at| OffsetMap::shift(span.start.saturating_add(at as u32))))
        .unwrap_or_else(|| OffsetMap::fixed(span.start));
    let (text, offsets) = if is_percent_encoded(text) {
        let (decoded, percents) = percent_decode(text);
        (decoded, percents.then(&offsets))
    } else {
        (Text::from(text), offsets)
    };
    let name = format!("{} › {label}", map.name(span.source));
    let source = map.add(name, text.clone(), Origin::Embedded { host: span, offsets });
    Some(Embedding { source, text })
}

/// Where every character of `text` stands in the JSON string `written`, which begins at `start`. `None` when
/// that string does not mean the text.
fn string_offsets(written: &str, text: &str, start: u32) -> Option<OffsetMap> {
    let inside = written.strip_prefix('"')?.strip_suffix('"')?;
    let mut offsets = OffsetMap::shift(start + 1);
    let mut rest = inside.as_bytes();
    let mut left = text;
    loop {
        let (behind, len) = lex::plain(rest);
        let (same, behind_same) = left.split_at_checked(len)?;
        if same.as_bytes() != rest.get(..len)? {
            return None;
        }
        left = behind_same;
        let [b'\\', escape @ ..] = behind else {
            return (behind.is_empty() && left.is_empty()).then_some(offsets);
        };
        let (behind, c) = lex::escape(escape).ok()?;
        left = left.strip_prefix(c)?;
        rest = behind;
        let host = start + 1 + (inside.len() - rest.len()) as u32;
        offsets.push((text.len() - left.len()) as u32, host);
    }
}

/// Whether text is a percent-encoded document, as the IAM API returns policies.
pub(crate) fn is_percent_encoded(text: &str) -> bool {
    let mut text = text.trim_start();
    while let Some(rest) =
        ["%20", "%09", "%0a", "%0A", "%0d", "%0D"].iter().find_map(|p| text.strip_prefix(p))
    {
        text = rest;
    }
    text.get(..3)
        .is_some_and(|start| ["%7b", "%5b"].iter().any(|bracket| start.eq_ignore_ascii_case(bracket)))
}

/// Decodes `%7B`; a `+` is a plus sign, as RFC 3986 has it, and a `%` with no two digits behind it is a percent
/// sign.
fn percent_decode(text: &str) -> (Text, OffsetMap) {
    let mut bytes = Vec::with_capacity(text.len());
    let mut offsets = OffsetMap::identity();
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        let digit = |byte: &u8| char::from(*byte).to_digit(16);
        rest = match rest {
            [b'%', high, low, tail @ ..] if digit(high).is_some() && digit(low).is_some() => {
                bytes.push((digit(high).unwrap_or(0) * 16 + digit(low).unwrap_or(0)) as u8);
                offsets.push(bytes.len() as u32, (text.len() - tail.len()) as u32);
                tail
            }
            _ => {
                bytes.push(*byte);
                tail
            }
        };
    }
    match String::from_utf8(bytes) {
        Ok(text) => (text.into(), offsets),
        Err(error) => {
            let lossy = Decoded::lossy_utf8(error.as_bytes(), 0);
            (lossy.text, lossy.bytes.then(&offsets))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    fn file(map: &mut SourceMap, text: &str) -> SourceId {
        map.add("file.json", text.into(), Origin::File { bytes: OffsetMap::identity() })
    }

    fn open(map: &mut SourceMap, host: &str) -> (SourceId, Embedding) {
        let id = file(map, host);
        let parsed = parse(id, host);
        assert_eq!(parsed.problems, []);
        let node = parsed.root.unwrap();
        let embedding = embed(map, node.get("policy").unwrap(), "policy").unwrap();
        (id, embedding)
    }

    /// What the host holds where the embedded text holds `part`.
    fn host_of<'m>(map: &'m SourceMap, embedding: &Embedding, part: &str) -> &'m str {
        let start = embedding.text.find(part).unwrap() as u32;
        let span = Span::new(embedding.source, start, start + part.len() as u32);
        map.text(map.host(span))
    }

    #[test]
    fn escapes_lead_back() {
        let mut map = SourceMap::new();
        let host = r#" {"policy": "{\"a\":\t\"\u00e9\ud83d\ude00x\",\n \"b\\n\": \/1}"}"#;
        let (_, embedding) = open(&mut map, host);
        assert_eq!(&*embedding.text, "{\"a\":\t\"é😀x\",\n \"b\\n\": /1}");
        assert_eq!(map.name(embedding.source), "file.json › policy");
        for (part, written) in [
            ("{", "{"),
            ("\"a\"", r#"\"a\""#),
            ("é", r"\u00e9"),
            ("😀", r"\ud83d\ude00"),
            ("x\",\n", r#"x\",\n"#),
            ("b\\n", r"b\\n"),
            ("/1}", r"\/1}"),
        ] {
            assert_eq!(host_of(&map, &embedding, part), written);
        }
    }

    #[test]
    fn percent_encoding_leads_back() {
        let mut map = SourceMap::new();
        let host = r#"{"policy": " %7b%22a\u0025%22:\n+%22%C3%A9%zz%\"%7D"}"#;
        let (_, embedding) = open(&mut map, host);
        assert_eq!(&*embedding.text, " {\"a%\":\n+\"é%zz%\"}");
        for (part, written) in [
            ("{\"a", "%7b%22a"),
            ("%\"", r"\u0025%22"),
            (":\n+", r":\n+"),
            ("é", "%C3%A9"),
            ("%zz%\"}", r#"%zz%\"%7D"#),
        ] {
            assert_eq!(host_of(&map, &embedding, part), written);
        }
    }

    #[test]
    fn bad_bytes_do_not_shift_what_follows() {
        let mut map = SourceMap::new();
        let (_, embedding) = open(&mut map, r#"{"policy": "%7B%FF%22x%22%7D"}"#);
        assert_eq!(&*embedding.text, "{\u{fffd}\"x\"}");
        assert_eq!(host_of(&map, &embedding, "\u{fffd}"), "%FF");
        assert_eq!(host_of(&map, &embedding, "\"x\""), "%22x%22");
    }

    #[test]
    fn percent_encoded_or_not() {
        for text in ["%7B", " %7b%7d", "%0A%7B", "%5B", "%20%0d%0a%7B"] {
            assert!(is_percent_encoded(text), "{text}");
        }
        for text in ["", "{", "%", "%7", "x%7B", "%41", "%é"] {
            assert!(!is_percent_encoded(text), "{text}");
        }
    }

    #[test]
    fn no_string_and_too_deep() {
        let mut map = SourceMap::new();
        let mut text = "{}".to_owned();
        for _ in 0..4 {
            text = serde_json::to_string(&text).unwrap();
        }
        let mut source = file(&mut map, &text);
        for depth in 0..4 {
            let parsed = parse(source, &text);
            let embedding = embed(&mut map, &parsed.root.unwrap(), "in");
            assert_eq!(embedding.is_some(), depth < MAX_EMBEDDED);
            let Some(embedding) = embedding else { break };
            source = embedding.source;
            text = embedding.text.to_string();
        }
        let number = parse(source, "1").root.unwrap();
        assert_eq!(embed(&mut map, &number, "in"), None);
    }

    #[test]
    fn text_of_other_languages() {
        let mut map = SourceMap::new();
        let host = "policy = '''\n{\"a\": 1}'''\nother = \"\\U0000007B}\"";
        let source = file(&mut map, host);
        let verbatim = Span::new(source, 9, 27);
        let embedding = embed_text(&mut map, "{\"a\": 1}", verbatim, "policy").unwrap();
        assert_eq!(host_of(&map, &embedding, "\"a\""), "\"a\"");
        let other = Span::new(source, 36, host.len() as u32);
        let embedding = embed_text(&mut map, "{}", other, "other").unwrap();
        assert_eq!(map.host(Span::new(embedding.source, 1, 2)), Span::new(source, 36, 36));
    }
}
