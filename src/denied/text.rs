//! Text as it was logged → plain text, and the messages in it. Every step passes over the text a fixed number of times.

use crate::work;

/// On one line, without colours of a terminal and without the escapes of XML and JSON strings.
pub(super) fn plain(text: &str) -> String {
    work::did(text.len());
    let text = uncoloured(text);
    let text = if text.contains('\\') { unescaped(&text) } else { text };
    let mut one_line = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !one_line.is_empty() {
            one_line.push(' ');
        }
        one_line.push_str(word);
    }
    if !one_line.contains('&') {
        return one_line;
    }
    // What is no escape after all stays as it was written.
    let entities =
        [("&quot;", "\""), ("&#34;", "\""), ("&apos;", "'"), ("&#39;", "'"), ("&lt;", "<"), ("&gt;", ">")];
    let unquoted = entities.iter().fold(one_line, |text, (entity, sign)| text.replace(entity, sign));
    unquoted.replace("&amp;", "&")
}

/// A message inside a JSON string that was cut out of its document, or printed by a debugger.
fn unescaped(text: &str) -> String {
    let pairs =
        [("\\\"", "\""), ("\\n", " "), ("\\t", " "), ("\\r", " "), ("\\u0026", "&"), ("\\u0027", "'")];
    pairs.iter().fold(text.to_owned(), |text, (escape, sign)| text.replace(escape, sign))
}

fn uncoloured(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, sequence)) = rest.split_once("\u{1b}[") {
        out.push_str(before);
        let end = sequence.find(|c: char| !(c.is_ascii_digit() || c == ';')).unwrap_or(sequence.len());
        let last = sequence.get(end..).and_then(|tail| tail.chars().next()).map_or(0, char::len_utf8);
        rest = sequence.get(end + last..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// What a message that names its caller begins with.
const CALLER: &str = "User: ";

/// What clients write in front of a message. A second one in the same text begins another message.
const BEGINS: &[&str] = &["An error occurred (", "operation error ", "Caused by: ", "Error executing \""];

/// The same, where others may stand in front of it.
const INNER: &[&str] = &["java.nio.file.AccessDeniedException: ", "<Error><Code>"];

/// The parts of a plain text that each hold one message at most, with whether one was the cause of the one before.
pub(super) fn parts(text: &str) -> Vec<(&str, bool)> {
    work::did(text.len());
    let mut marks: Vec<(usize, &str)> = std::iter::once(CALLER)
        .chain(BEGINS.iter().chain(INNER).copied())
        .flat_map(|words| text.match_indices(words))
        .collect();
    marks.sort_unstable();
    let (mut begun, mut called, mut inner, mut start) = (false, false, false, 0);
    let mut caused = false;
    let mut parts = Vec::new();
    for (at, words) in marks {
        work::did(1);
        let is_caller = words == CALLER;
        let is_inner = INNER.contains(&words);
        if called || (inner && is_inner) || (begun && !is_caller && !is_inner) {
            parts.extend(text.get(start..at).map(|part| (part, caused)));
            (start, begun, called, inner) = (at, false, false, false);
            caused = words == "Caused by: ";
        }
        called |= is_caller;
        inner |= is_inner;
        begun |= !is_caller && !is_inner;
    }
    parts.extend(text.get(start..).map(|part| (part, caused)));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_of_logs() {
        for (written, read) in [
            ("a\n  b\tc", "a b c"),
            ("\u{1b}[31mUser: \u{1b}[0mx\u{1b}[", "User: x"),
            ("a &quot;b&amp;c&quot; &nbsp; d&", "a \"b&c\" &nbsp; d&"),
            (r#"{\"m\": \"denied\"}\n\tstatus"#, "{\"m\": \"denied\"} status"),
        ] {
            assert_eq!(plain(written), read);
        }
    }

    #[test]
    fn one_message_a_part() {
        let text = "x An error occurred (A) when User: a. User: b. Caused by: User: b. operation error S3: x";
        let found: Vec<_> = parts(text).into_iter().map(|(part, caused)| (part.trim(), caused)).collect();
        assert_eq!(
            found,
            [
                ("x An error occurred (A) when User: a.", false),
                ("User: b.", false),
                ("Caused by: User: b.", true),
                ("operation error S3: x", false)
            ]
        );
        assert_eq!(parts(""), [("", false)]);
    }
}
