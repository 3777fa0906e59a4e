//! From text to a tree with places. The clean path is here; what to say about a mistake and where to go on is
//! in `recover` and `foreign`.

mod foreign;
mod recover;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use foreign::ForeignSyntax;
pub(crate) use recover::duplicate_key;
use recover::{After, Key};
use smallvec::SmallVec;

use super::lex::{self, Input};
use super::{Member, Node, Value};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::source::{SourceId, Span, Spanned};
use crate::work;

/// Arrays and objects this deep are refused, as `serde_json` refuses them: hostile input must not exhaust the
/// stack of those who walk the tree.
pub const MAX_DEPTH: usize = 128;

/// How many mistakes of one document are told.
const MAX_PROBLEMS: usize = 50;

/// Strings with escapes are rarely longer: a policy inside a document.
const MOSTLY: usize = 4096;

/// Objects up to this size are searched for duplicate keys pair by pair.
const SMALL_OBJECT: usize = 12;

/// What a text holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed<'s> {
    /// Missing only when the text holds no value at all.
    pub root: Option<Node<'s>>,
    /// In the order of the text.
    pub problems: Vec<Diagnostic>,
}

/// Reads one JSON document, whatever its state. Strings without escapes are borrowed from the text.
pub fn parse(source: SourceId, text: &str) -> Parsed<'_> {
    if u32::try_from(text.len()).is_err() {
        let problem = Diagnostic::new(
            Code::JsonSyntaxError,
            Span::new(source, 0, 0),
            "the document is larger than 4 GiB",
        );
        return Parsed { root: None, problems: vec![problem] };
    }
    parse_part(source, text, text.as_bytes())
}

/// Reads one value of a larger text, as [`parse`] reads a document; all places are places of the larger text.
/// A place outside the text holds no value.
pub fn parse_at(text: &str, at: Span) -> Parsed<'_> {
    let before = text.get(..at.end as usize).unwrap_or_default();
    parse_part(at.source, before, before.as_bytes().get(at.start as usize..).unwrap_or_default())
}

/// Reads the end of a text.
fn parse_part<'s>(source: SourceId, text: &'s str, rest: Input<'s>) -> Parsed<'s> {
    let mut parser = Parser {
        text,
        rest,
        start: (text.len() - rest.len()) as u32,
        source,
        objects: 0,
        arrays: 0,
        members: SmallVec::new(),
        elements: SmallVec::new(),
        unescaped: Vec::new(),
        problems: Vec::new(),
        untold: None,
        unclosed: None,
        ran_out: false,
    };
    let root = parser.document();
    let problems = parser.finish();
    Parsed { root, problems }
}

struct Parser<'s> {
    /// Up to the end of what is read.
    text: &'s str,
    /// What has not been read yet.
    rest: Input<'s>,
    /// Where reading began.
    start: u32,
    source: SourceId,
    /// How many objects and arrays are open.
    objects: usize,
    arrays: usize,
    /// The members and elements read so far of all that is open, outermost first: each object and array is
    /// allocated once, when its size is known.
    members: SmallVec<[Member<'s>; 16]>,
    elements: SmallVec<[Node<'s>; 8]>,
    /// What a string with escapes means, put together here for the same reason.
    unescaped: Vec<u8>,
    problems: Vec<Diagnostic>,
    /// The first mistake beyond [`MAX_PROBLEMS`].
    untold: Option<Span>,
    /// The innermost bracket still open at the end of the text, and what would close it and those around it.
    unclosed: Option<(Span, String)>,
    /// The text ended inside a string or comment, or a bracket was closed by the wrong one: what is missing
    /// at the end follows from that.
    ran_out: bool,
}

impl<'s> Parser<'s> {
    fn offset(&self) -> u32 {
        (self.text.len() - self.rest.len()) as u32
    }

    fn span(&self, start: u32) -> Span {
        Span::new(self.source, start, self.offset())
    }

    /// The text between two offsets that lie on ASCII bytes.
    fn slice(&self, start: u32, end: u32) -> &'s str {
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }

    fn skip_blank(&mut self) {
        self.rest = lex::skip_blank(self.rest);
    }

    fn document(&mut self) -> Option<Node<'s>> {
        self.skip_blank();
        while self.skip_foreign_blank() {
            self.skip_blank();
        }
        if self.rest.is_empty() {
            self.report_empty();
            return None;
        }
        let root = self.value();
        self.skip_blank();
        if !self.rest.is_empty() {
            self.report_trailing(&root);
        }
        Some(root)
    }

    fn finish(&mut self) -> Vec<Diagnostic> {
        self.report_unclosed();
        if self.problems.len() > 1 {
            // Duplicate keys are met when their object ends.
            self.problems.sort_by_key(|problem| problem.span.map(|span| span.start));
        }
        if let Some(span) = self.untold {
            let message =
                format!("more than {MAX_PROBLEMS} mistakes in this document: the others are not shown");
            self.problems.push(Diagnostic::new(Code::JsonSyntaxError, span, message).level(Severity::Note));
        }
        std::mem::take(&mut self.problems)
    }

    fn value(&mut self) -> Node<'s> {
        loop {
            let start = self.offset();
            let value = match self.rest {
                [b'"', body @ ..] => Value::String(self.string(start, body)),
                [b'{', rest @ ..] => {
                    self.rest = rest;
                    self.object(start)
                }
                [b'[', rest @ ..] => {
                    self.rest = rest;
                    self.array(start)
                }
                [b'-' | b'0'..=b'9', ..] => self.number(start),
                [b't', b'r', b'u', b'e', rest @ ..] if ends_word(rest) => {
                    self.rest = rest;
                    Value::Bool(true)
                }
                [b'f', b'a', b'l', b's', b'e', rest @ ..] if ends_word(rest) => {
                    self.rest = rest;
                    Value::Bool(false)
                }
                [b'n', b'u', b'l', b'l', rest @ ..] if ends_word(rest) => {
                    self.rest = rest;
                    Value::Null
                }
                _ => match self.foreign_value(start) {
                    Some(value) => value,
                    None => continue,
                },
            };
            return Node { span: self.span(start), value };
        }
    }

    fn number(&mut self, start: u32) -> Value<'s> {
        match lex::number(self.rest) {
            Ok((rest, _)) if ends_word(rest) => {
                self.rest = rest;
                Value::Number(Cow::Borrowed(self.slice(start, self.offset())))
            }
            Ok(_) | Err(_) => self.bad_number(start),
        }
    }

    /// A string whose opening quote is at `start`.
    fn string(&mut self, start: u32, body: Input<'s>) -> Cow<'s, str> {
        let (rest, len) = lex::plain(body);
        if let [b'"', rest @ ..] = rest {
            self.rest = rest;
            return Cow::Borrowed(self.slice(start + 1, start + 1 + len as u32));
        }
        Cow::Owned(self.string_with_escapes(start, body))
    }

    fn string_with_escapes(&mut self, start: u32, body: Input<'s>) -> String {
        self.rest = body;
        self.unescaped.clear();
        self.unescaped.reserve(body.len().min(MOSTLY));
        let mut told = ForeignSyntax::default();
        loop {
            self.rest = lex::copy_plain(self.rest, &mut self.unescaped);
            match self.rest {
                [b'"', rest @ ..] => {
                    self.rest = rest;
                    break;
                }
                [b'\\', escape @ ..] => match lex::escape(escape) {
                    Ok((rest, c)) => {
                        self.unescape(c);
                        self.rest = rest;
                    }
                    Err(_) => self.bad_escape(),
                },
                _ => {
                    if self.control_or_end(start, &mut told) {
                        break;
                    }
                }
            }
        }
        work::did(self.unescaped.len());
        // Runs between ASCII bytes of a text, and whole characters: always UTF-8.
        str::from_utf8(&self.unescaped).unwrap_or_default().to_owned()
    }

    /// Adds a character to the string being read.
    fn unescape(&mut self, c: char) {
        self.unescaped.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }

    /// The elements of an array whose opening bracket is at `start`.
    fn array(&mut self, start: u32) -> Value<'s> {
        if self.too_deep() {
            return self.skip_too_deep(start);
        }
        self.arrays += 1;
        let first = self.elements.len();
        // The comma that promised another element.
        let mut comma = None;
        loop {
            self.skip_blank();
            if let [b']', rest @ ..] = self.rest {
                self.rest = rest;
                if let Some(comma) = comma {
                    self.report_trailing_comma(comma, "array");
                }
                break;
            }
            if let [] | [b'}', ..] = self.rest {
                if self.no_element(start) {
                    break;
                }
                comma = None;
                continue;
            }
            let element = self.value();
            self.elements.push(element);
            self.skip_blank();
            let mut at = self.offset();
            match self.rest {
                [b',', rest @ ..] => self.rest = rest,
                [b']', rest @ ..] => {
                    self.rest = rest;
                    break;
                }
                _ => match self.after_element(start) {
                    After::Comma(late) => at = late,
                    After::Missing => {
                        comma = None;
                        continue;
                    }
                    After::Closed => break,
                },
            }
            comma = Some(at);
        }
        self.arrays -= 1;
        Value::Array(self.elements.drain(first..).collect())
    }

    /// The members of an object whose opening brace is at `start`.
    fn object(&mut self, start: u32) -> Value<'s> {
        if self.too_deep() {
            return self.skip_too_deep(start);
        }
        self.objects += 1;
        let first = self.members.len();
        let mut comma = None;
        loop {
            self.skip_blank();
            let at = self.offset();
            let key = match self.rest {
                [b'"', body @ ..] => {
                    let key = self.string(at, body);
                    Spanned::new(key, self.span(at))
                }
                [b'}', rest @ ..] => {
                    self.rest = rest;
                    if let Some(comma) = comma {
                        self.report_trailing_comma(comma, "object");
                    }
                    break;
                }
                _ => match self.foreign_key(start) {
                    Key::Read(key) => key,
                    Key::Again => {
                        comma = None;
                        continue;
                    }
                    Key::Closed => break,
                },
            };
            self.skip_blank();
            let value = match self.rest {
                [b':', rest @ ..] => {
                    self.rest = lex::skip_blank(rest);
                    self.value()
                }
                _ => self.value_without_colon(&key),
            };
            self.members.push(Member { key, value });
            self.skip_blank();
            let mut at = self.offset();
            match self.rest {
                [b',', rest @ ..] => self.rest = rest,
                [b'}', rest @ ..] => {
                    self.rest = rest;
                    break;
                }
                _ => match self.after_member(start) {
                    After::Comma(late) => at = late,
                    After::Missing => {
                        comma = None;
                        continue;
                    }
                    After::Closed => break,
                },
            }
            comma = Some(at);
        }
        self.objects -= 1;
        let members: Vec<Member<'s>> = self.members.drain(first..).collect();
        find_duplicates(&members, |first, second| self.report_duplicate(first, second));
        Value::Object(members)
    }

    fn too_deep(&self) -> bool {
        self.objects + self.arrays + 1 >= MAX_DEPTH
    }
}

/// Every member whose key was written before in the same object, with the first one of that name.
pub(crate) fn find_duplicates<'m, 's>(
    members: &'m [Member<'s>],
    mut report: impl FnMut(&'m Member<'s>, &'m Member<'s>),
) {
    if members.len() <= SMALL_OBJECT {
        for (i, member) in members.iter().enumerate() {
            let earlier = members.get(..i).unwrap_or_default();
            work::did(earlier.len());
            if let Some(first) = earlier.iter().find(|m| m.key.value == member.key.value) {
                report(first, member);
            }
        }
    } else {
        // Hashed with a key of its own for each run: the names may be chosen to collide.
        let mut first = HashMap::with_capacity(members.len());
        for member in members {
            work::did(member.key.value.len() + 1);
            match first.entry(&*member.key.value) {
                Entry::Vacant(entry) => _ = entry.insert(member),
                Entry::Occupied(entry) => report(entry.get(), member),
            }
        }
    }
}

fn ends_word(rest: Input<'_>) -> bool {
    !rest.first().is_some_and(|byte| lex::continues_word(*byte))
}
