//! From the scanner's marks, which count characters, to byte offsets; and where a scalar really begins and ends.

use super::indented::Indented;
use crate::work;

/// One offset is kept for so many characters of a text that is not all ASCII.
const STEP: usize = 32;

/// A text and the way to its bytes from the characters of the text that is scanned for it.
#[derive(Debug)]
pub(super) struct Places<'s, 'p> {
    pub(super) text: &'s str,
    scanned: &'p Indented,
    /// The offset of every [`STEP`]th character; none when all characters are bytes.
    steps: Vec<u32>,
}

/// What stands before the content of a node.
#[derive(Copy, Clone, Debug, Default)]
pub(super) struct Properties {
    /// From the `!` to the end of the tag.
    pub(super) tag: Option<(u32, u32)>,
    /// The end of the last property.
    pub(super) end: u32,
    /// Where the content begins, if there is any.
    pub(super) content: u32,
}

impl<'s, 'p> Places<'s, 'p> {
    pub(super) fn new(text: &'s str, scanned: &'p Indented) -> Self {
        let text_scanned = scanned.text(text);
        let steps = if text_scanned.is_ascii() {
            Vec::new()
        } else {
            text_scanned.char_indices().step_by(STEP).map(|(at, _)| at as u32).collect()
        };
        Self { text, scanned, steps }
    }

    fn len(&self) -> u32 {
        self.text.len() as u32
    }

    /// The offset of a character that was scanned.
    pub(super) fn offset(&self, character: usize) -> u32 {
        let scanned = self.scanned.text(self.text);
        if self.steps.is_empty() {
            return self.scanned.original(character.min(scanned.len()) as u32);
        }
        let Some(&step) = self.steps.get(character / STEP) else { return self.len() };
        let rest = scanned.get(step as usize..).unwrap_or_default();
        let inside = rest.char_indices().nth(character % STEP).map_or(rest.len(), |(at, _)| at);
        self.scanned.original(step + inside as u32)
    }

    pub(super) fn byte(&self, at: u32) -> Option<u8> {
        self.text.as_bytes().get(at as usize).copied()
    }

    pub(super) fn slice(&self, start: u32, end: u32) -> Option<&'s str> {
        self.text.get(start as usize..end as usize)
    }

    fn rest(&self, at: u32) -> &'s [u8] {
        self.text.as_bytes().get(at as usize..).unwrap_or_default()
    }

    /// The first byte from `at` on that is neither blank nor in a comment.
    pub(super) fn skip_blank(&self, at: u32) -> u32 {
        let rest = self.rest(at);
        let mut comment = false;
        let found = rest.iter().position(|&byte| {
            comment = (comment || byte == b'#') && !matches!(byte, b'\n' | b'\r');
            !comment && !byte.is_ascii_whitespace()
        });
        work::did(found.unwrap_or(rest.len()) + 1);
        at + found.unwrap_or(rest.len()) as u32
    }

    /// The tag and anchor that begin at `at`.
    pub(super) fn properties(&self, at: u32) -> Properties {
        let mut found = Properties { tag: None, end: at, content: at };
        loop {
            let rest = self.rest(found.content);
            let len = match rest {
                [b'!', b'<', ..] => rest.iter().position(|&b| b == b'>').map_or(rest.len(), |at| at + 1),
                [b'!' | b'&', ..] => rest.iter().position(|&b| ends_property(b)).unwrap_or(rest.len()),
                _ => return found,
            };
            work::did(len);
            found.end = found.content + len as u32;
            if self.byte(found.content) == Some(b'!') {
                if found.tag.is_some() {
                    return found;
                }
                found.tag = Some((found.content, found.end));
            }
            found.content = self.skip_blank(found.end);
        }
    }

    /// The end of the quoted scalar that begins at `start`, behind its closing quote.
    pub(super) fn quoted_end(&self, start: u32) -> u32 {
        let Some(quote) = self.byte(start) else { return start };
        let mut at = start + 1;
        loop {
            let rest = self.rest(at);
            let found = rest.iter().position(|&b| b == quote || (b == b'\\' && quote == b'"'));
            work::did(found.unwrap_or(rest.len()) + 1);
            let Some(found) = found else { return self.len() };
            let end = at + found as u32 + 1;
            let escapes =
                rest.get(found) == Some(&b'\\') || (quote == b'\'' && self.byte(end) == Some(quote));
            if !escapes {
                return end;
            }
            at = end + 1;
        }
    }

    /// The end of the bracket that opens at `start`, taken that quotes open only where a value may begin.
    pub(super) fn bracket_end(&self, start: u32) -> Option<u32> {
        let mut open = 0_usize;
        let mut at = start;
        let mut fresh = true;
        loop {
            work::did(1);
            let byte = self.byte(at)?;
            let blank = byte.is_ascii_whitespace();
            let mut next = at + 1;
            match byte {
                b'[' | b'{' => open += 1,
                b']' | b'}' => {
                    open = open.checked_sub(1)?;
                    if open == 0 {
                        return Some(next);
                    }
                }
                b'"' | b'\'' if fresh => next = self.quoted_end(at),
                b'#' if at
                    .checked_sub(1)
                    .and_then(|at| self.byte(at))
                    .is_some_and(|b| b.is_ascii_whitespace()) =>
                {
                    next = self.skip_blank(at);
                }
                _ => {}
            }
            fresh =
                matches!(byte, b'[' | b'{' | b',' | b':') || (fresh && blank) || (blank && self.tagged(at));
            at = next;
        }
    }

    /// Whether a tag or anchor ends at `at`.
    fn tagged(&self, at: u32) -> bool {
        let before = self.text.as_bytes().get(..at as usize).unwrap_or_default();
        work::did(before.len().min(64));
        before
            .iter()
            .rev()
            .take(64)
            .find(|&&b| ends_property(b) || b == b'!' || b == b'&')
            .is_some_and(|&b| !ends_property(b))
    }

    /// The first `[` or `{` that nothing but indicators, tags and comments separate from `at`.
    pub(super) fn bracket_start(&self, at: u32) -> Option<u32> {
        let mut at = at;
        loop {
            at = self.properties(self.skip_blank(at)).content;
            match self.byte(at)? {
                b'[' | b'{' => return Some(at),
                b':' | b'-' | b'?' => at += 1,
                _ => return None,
            }
        }
    }

    /// How many characters stand before `at` in its line, and where that line begins.
    pub(super) fn column(&self, at: u32) -> (u32, u32) {
        let before = self.slice(0, at).unwrap_or_default();
        let line = before.rfind('\n').map_or(0, |found| found + 1);
        work::did(before.len() - line);
        (before.chars().rev().take_while(|c| *c != '\n').count() as u32, line as u32)
    }

    /// The `|` or `>` of a block scalar that nothing but indicators and comments separate from `at`.
    pub(super) fn block_start(&self, at: u32) -> u32 {
        let mut at = at;
        loop {
            at = self.skip_blank(at);
            match self.byte(at) {
                Some(b'|' | b'>') | None => return at,
                Some(_) => at += 1,
            }
        }
    }

    /// The end of a block scalar whose lines were read up to `end`: that of its last line with text in it,
    /// without the line break.
    pub(super) fn block_end(&self, start: u32, end: u32) -> u32 {
        let lines = self.slice(start, end).unwrap_or_default();
        work::did(lines.len());
        let text = lines.trim_end_matches([' ', '\t', '\r', '\n']);
        let blanks = lines.bytes().skip(text.len()).take_while(|b| matches!(b, b' ' | b'\t')).count();
        start + (text.len() + blanks) as u32
    }
}

fn ends_property(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b',' | b'[' | b']' | b'{' | b'}')
}
