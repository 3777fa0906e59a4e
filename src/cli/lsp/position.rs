//! Places in a text as editors count them: lines, and units of UTF-8 or UTF-16 in a line, from 0.

use serde_json::{Value, json};

/// What a column counts.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Bytes, where an editor offers to count them.
    Utf8,
    /// What every editor can.
    #[default]
    Utf16,
}

impl Encoding {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16 => "utf-16",
        }
    }

    /// The one to speak, out of those that an editor offers.
    pub(super) fn of(capabilities: &Value) -> Self {
        let offered = capabilities.pointer("/general/positionEncodings").and_then(Value::as_array);
        match offered.is_some_and(|offered| offered.iter().any(|name| name == "utf-8")) {
            true => Self::Utf8,
            false => Self::Utf16,
        }
    }

    fn units(self, text: &str) -> usize {
        match self {
            Self::Utf8 => text.len(),
            Self::Utf16 => text.chars().map(char::len_utf16).sum(),
        }
    }
}

/// Where the lines of a text start.
#[derive(Debug)]
pub(super) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
    encoding: Encoding,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str, encoding: Encoding) -> Self {
        // As the protocol has it: a line feed, a carriage return, or both together.
        let bytes = text.as_bytes();
        let ends = |(at, byte): &(usize, &u8)| {
            **byte == b'\n' || (**byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'))
        };
        let breaks = bytes.iter().enumerate().filter(ends).map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(0).chain(breaks).collect(), encoding }
    }

    /// The text of a line, without its end.
    fn line(&self, line: usize) -> Option<&'t str> {
        let start = *self.starts.get(line)?;
        let end = self.starts.get(line + 1).copied().unwrap_or(self.text.len());
        Some(self.text.get(start..end)?.trim_end_matches(['\n', '\r']))
    }

    /// The offset of a place. Behind the end of a line is its end, as the protocol has it.
    pub(super) fn offset(&self, at: &Value) -> usize {
        let number = |name: &str| {
            let number = at.get(name).and_then(Value::as_u64).unwrap_or(0);
            usize::try_from(number).unwrap_or(usize::MAX)
        };
        let Some((line, start)) = self.line(number("line")).zip(self.starts.get(number("line"))) else {
            return self.text.len();
        };
        let mut left = number("character");
        let mut offset = *start;
        for c in line.chars() {
            let units = self.encoding.units(c.encode_utf8(&mut [0; 4]));
            if left < units {
                break;
            }
            left -= units;
            offset += c.len_utf8();
        }
        offset
    }

    /// The place of an offset.
    pub(super) fn position(&self, offset: usize) -> Value {
        let offset = offset.min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or(0);
        let before = self.text.get(start..offset).unwrap_or_default();
        json!({"line": line, "character": self.encoding.units(before)})
    }

    pub(super) fn range(&self, start: usize, end: usize) -> Value {
        json!({"start": self.position(start), "end": self.position(end.max(start))})
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails loudly")]
mod tests {
    use super::*;

    #[test]
    fn columns_count_what_the_editor_counts() {
        // One unit of UTF-16 for `é`, two for the last one; two and four bytes.
        let text = "a\r\né𝒦x\n";
        for (encoding, behind) in [(Encoding::Utf8, 6), (Encoding::Utf16, 3)] {
            let lines = Lines::new(text, encoding);
            let at = text.find('x').unwrap();
            assert_eq!(lines.position(at), json!({"line": 1, "character": behind}));
            assert_eq!(lines.offset(&json!({"line": 1, "character": behind})), at);
        }
    }

    #[test]
    fn places_that_are_none_are_the_nearest_ones() {
        let lines = Lines::new("ab\ncd", Encoding::Utf16);
        assert_eq!(lines.offset(&json!({"line": 0, "character": 99})), 2);
        assert_eq!(lines.offset(&json!({"line": 9, "character": 0})), 5);
        assert_eq!(lines.offset(&Value::Null), 0);
        assert_eq!(lines.position(99), json!({"line": 1, "character": 2}));
        // In the middle of a surrogate pair.
        assert_eq!(Lines::new("𝒦", Encoding::Utf16).offset(&json!({"line": 0, "character": 1})), 0);
    }
}
