//! Several values in one text: pages of answers, JSON Lines, and what a command wrote between lines of its log.

use super::super::lex::{self, Input};
use super::{Cursor, Ends, behind_string, behind_word, brackets};
use crate::source::{SourceId, Span};
use crate::work;

/// What a text holds, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Documents {
    /// Objects, arrays and strings.
    pub values: Vec<Span>,
    /// Lines, or the ends of lines, that are no JSON; lines next to each other are one piece.
    pub others: Vec<Span>,
    /// From a bracket that is never closed to the end of the text: a document that was cut off.
    pub unclosed: Option<Span>,
}

/// Finds the values of a text that stand on lines of their own or right behind each other.
///
/// A value begins at the start of a line or behind another value. An object counts always; an array or a string
/// only where its line ends or the next value begins right behind it, since lines of a log begin so (`[INFO] …`,
/// `"key" was …`). Numbers and words are never taken for
/// documents. White space, terminal colours, byte-order marks and record separators between values are passed
/// over. The inside of values is checked no more than [`skim`](super) does, so give each one to
/// [`parse_at`](super::super::parse_at).
pub fn documents(source: SourceId, text: &str) -> Documents {
    let mut documents = Documents::default();
    let Some(mut cursor) =
        u32::try_from(text.len()).ok().and_then(|end| Cursor::new(text.into(), Span::new(source, 0, end)))
    else {
        return documents;
    };
    loop {
        cursor.rest = skip_separators(cursor.rest);
        if cursor.rest.is_empty() {
            return documents;
        }
        let start = cursor.offset();
        match begin(cursor.rest) {
            Begin::Value(rest) => {
                cursor.rest = rest;
                documents.values.push(Span::new(source, start, cursor.offset()));
            }
            // Looked for once, so that many of them take no longer than one.
            Begin::Unclosed => {
                documents.unclosed = Some(Span::new(source, start, text.len() as u32));
                return documents;
            }
            Begin::Other => {
                let line = cursor.rest;
                cursor.rest = behind_line(line);
                let written = line.get(..line.len() - cursor.rest.len()).unwrap_or_default().trim_ascii_end();
                documents.other(Span::new(source, start, start + written.len() as u32));
            }
        }
    }
}

/// The place of the one object or array that a text holds and nothing beside it, as [`documents`] has it, with the ends of
/// its brackets. `None` also for a short text.
pub fn only(source: SourceId, text: &str) -> Option<(Span, Ends)> {
    let at = super::root(source, text)?;
    let is_value = match text.as_bytes().get(at.start as usize..)? {
        [b'{', inside @ ..] => matches!(lex::skip_blank(inside), [b'"' | b'}', ..]),
        [b'[', inside @ ..] => is_array(lex::skip_blank(inside)),
        _ => false,
    };
    if !is_value {
        return None;
    }
    Some((at, Ends::of_one(text, at)?))
}

impl Documents {
    /// The one value of a text that holds nothing else.
    pub fn only(&self) -> Option<Span> {
        match self.values.as_slice() {
            [value] if self.others.is_empty() && self.unclosed.is_none() => Some(*value),
            _ => None,
        }
    }

    fn other(&mut self, line: Span) {
        let value = self.values.last().map_or(0, |value| value.end);
        match self.others.last_mut() {
            Some(last) if value <= last.start => last.end = line.end,
            Some(_) | None => self.others.push(line),
        }
    }
}

/// What begins at a place where a document may.
enum Begin<'t> {
    /// A value, and what follows it.
    Value(Input<'t>),
    Unclosed,
    Other,
}

fn begin(input: Input<'_>) -> Begin<'_> {
    let alone = |rest| if is_alone(rest) { Begin::Value(rest) } else { Begin::Other };
    match input {
        [b'{', inside @ ..] if matches!(lex::skip_blank(inside), [b'"' | b'}', ..] | []) => {
            brackets::behind(input).map_or(Begin::Unclosed, Begin::Value)
        }
        [b'[', inside @ ..] if is_array(lex::skip_blank(inside)) => {
            brackets::behind(input).map_or(Begin::Unclosed, alone)
        }
        [b'"', body @ ..] => behind_string(body).map_or(Begin::Other, alone),
        _ => Begin::Other,
    }
}

/// Whether what follows a bracket may be the inside of an array, rather than the `INFO` of a log.
fn is_array(inside: Input<'_>) -> bool {
    match inside {
        [b'"' | b'{' | b'[' | b']', ..] | [] => true,
        _ => behind_word(inside).is_some_and(|rest| matches!(lex::skip_blank(rest), [b',' | b']', ..] | [])),
    }
}

/// Whether nothing follows on the same line, or another value without any blank.
fn is_alone(input: Input<'_>) -> bool {
    if let [b'{' | b'[' | b'"', ..] = input {
        return true;
    }
    let mut rest = input;
    loop {
        work::did(1);
        rest = match rest {
            [b'\n', ..] | [] => return true,
            [b' ' | b'\t' | b'\r', rest @ ..] => rest,
            _ => match mark(rest) {
                Some(rest) => rest,
                None => return false,
            },
        };
    }
}

/// What follows the white space and the marks between two values.
fn skip_separators(input: Input<'_>) -> Input<'_> {
    let mut rest = lex::skip_blank(input);
    while let Some(behind) = mark(rest) {
        rest = lex::skip_blank(behind);
    }
    rest
}

/// What follows a byte-order mark, a record separator (RFC 7464) or a change of colour.
fn mark(input: Input<'_>) -> Option<Input<'_>> {
    match input {
        [0xef, 0xbb, 0xbf, rest @ ..] | [0x1e, rest @ ..] => Some(rest),
        [0x1b, b'[', parameters @ ..] => {
            let end = parameters.iter().position(|byte| !matches!(byte, 0x20..0x40));
            work::did(end.unwrap_or(parameters.len()));
            let end = end?;
            match parameters.get(end..)? {
                [0x40..0x7f, rest @ ..] => Some(rest),
                _ => None,
            }
        }
        _ => None,
    }
}

fn behind_line(input: Input<'_>) -> Input<'_> {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    work::did(end);
    input.get(end..).unwrap_or_default()
}
