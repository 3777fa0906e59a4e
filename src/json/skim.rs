//! Members and elements found in the text itself, without a tree: most of a plan or an account dump concerns nobody.
//!
//! The object or array that is gone through is checked as [`parse`](super::parse) checks it. What lies deeper in
//! it is only passed over: its strings must be closed and its brackets must balance, nothing else is looked
//! at. Give the values that count to [`parse_at`](super::parse_at), which looks at everything. Where the text is
//! [`Broken`], give all of it to `parse`, which says what is wrong.
//!
//! What is gone through on several levels is passed over once if its [`Ends`] are found first: every function takes a text
//! alone, or one that is [`Indexed`].

mod brackets;
mod documents;
mod ends;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use super::lex::{self, Input};
use crate::source::{SourceId, Span, Spanned};

pub use documents::{Documents, documents, only};
pub use ends::{Ends, Indexed};

/// The text at this offset is not what was asked for, or no JSON.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("byte {at} of the document cannot be read over")]
pub struct Broken {
    /// The byte it begins at.
    pub at: u32,
}

/// A member whose value was not looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Member<'t> {
    /// The name of the member.
    pub key: Spanned<Cow<'t, str>>,
    /// Where its value is.
    pub value: Span,
}

/// The place of the one value of a text: all of it but the white space around. `None` when there is nothing.
///
/// Costs nothing. Whether it is one value shows when its members or elements are gone through: text behind the
/// value makes it [`Broken`]. Where there may be several values, ask [`documents`].
pub fn root(source: SourceId, text: &str) -> Option<Span> {
    let end = u32::try_from(text.trim_ascii_end().len()).ok()?;
    let start = (text.len() - lex::skip_blank(text.as_bytes()).len()) as u32;
    (start < end).then(|| Span::new(source, start, end))
}

/// The members of the object at a place, duplicates included.
pub fn members<'t>(text: impl Into<Indexed<'t>>, at: Span) -> Result<Members<'t>, Broken> {
    Ok(Members { items: Items::open(text.into(), at, b'{', b'}')? })
}

/// The elements of the array at a place.
pub fn elements<'t>(text: impl Into<Indexed<'t>>, at: Span) -> Result<Elements<'t>, Broken> {
    Ok(Elements { items: Items::open(text.into(), at, b'[', b']')? })
}

/// The last member of that name, as [`Node::get`](super::Node::get) has it. `None` as well when there is no object
/// at the place, or a broken one.
pub fn member<'t>(text: impl Into<Indexed<'t>>, object: Span, name: &str) -> Option<Span> {
    let [found] = pick(text, object, [name]).ok()?;
    found
}

/// The last member of each name, all found in one pass.
pub fn pick<'t, const N: usize>(
    text: impl Into<Indexed<'t>>,
    object: Span,
    names: [&str; N],
) -> Result<[Option<Span>; N], Broken> {
    let mut found = [None; N];
    for member in members(text, object)? {
        let member = member?;
        for (name, found) in names.iter().zip(&mut found) {
            if member.key.value == *name {
                *found = Some(member.value);
            }
        }
    }
    Ok(found)
}

/// What the string at a place means. `None` when there is no string, or a broken one.
pub fn string(text: &str, at: Span) -> Option<Cow<'_, str>> {
    let mut cursor = Cursor::new(text.into(), at)?;
    cursor.skip_blank();
    let string = cursor.string().ok()?;
    lex::skip_blank(cursor.rest).is_empty().then_some(string.value)
}

/// The members of one object, in order. Nothing follows an error.
#[derive(Clone, Debug)]
pub struct Members<'t> {
    items: Items<'t>,
}

impl<'t> Iterator for Members<'t> {
    type Item = Result<Member<'t>, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        self.items.next(|cursor| {
            let key = cursor.string()?;
            cursor.skip_blank();
            let [b':', rest @ ..] = cursor.rest else { return Err(cursor.broken()) };
            cursor.rest = lex::skip_blank(rest);
            Ok(Member { key, value: cursor.value()? })
        })
    }
}

/// The places of the elements of one array, in order. Nothing follows an error.
#[derive(Clone, Debug)]
pub struct Elements<'t> {
    items: Items<'t>,
}

impl Iterator for Elements<'_> {
    type Item = Result<Span, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        self.items.next(Cursor::value)
    }
}

/// What objects and arrays have in common: a bracket, commas, and the other bracket.
#[derive(Clone, Debug)]
struct Items<'t> {
    cursor: Cursor<'t>,
    closer: u8,
    next: Next,
}

#[derive(Copy, Clone, Debug)]
enum Next {
    First,
    Later,
    Nothing,
}

impl<'t> Items<'t> {
    fn open(text: Indexed<'t>, at: Span, opener: u8, closer: u8) -> Result<Self, Broken> {
        let mut cursor = Cursor::new(text, at).ok_or(Broken { at: at.start })?;
        cursor.skip_blank();
        match cursor.rest {
            [first, rest @ ..] if *first == opener => cursor.rest = rest,
            _ => return Err(cursor.broken()),
        }
        Ok(Self { cursor, closer, next: Next::First })
    }

    fn next<T>(
        &mut self,
        read: impl FnOnce(&mut Cursor<'t>) -> Result<T, Broken>,
    ) -> Option<Result<T, Broken>> {
        self.cursor.skip_blank();
        match (self.next, self.cursor.rest) {
            (Next::Nothing, _) => return None,
            (Next::First | Next::Later, [byte, rest @ ..]) if *byte == self.closer => {
                self.next = Next::Nothing;
                self.cursor.rest = lex::skip_blank(rest);
                return (!self.cursor.rest.is_empty()).then(|| Err(self.cursor.broken()));
            }
            (Next::First, _) => {}
            (Next::Later, [b',', rest @ ..]) => self.cursor.rest = lex::skip_blank(rest),
            (Next::Later, _) => {
                self.next = Next::Nothing;
                return Some(Err(self.cursor.broken()));
            }
        }
        let item = read(&mut self.cursor);
        self.next = if item.is_ok() { Next::Later } else { Next::Nothing };
        Some(item)
    }
}

/// A place in a text, which ends where the value ends that is gone through.
#[derive(Clone, Debug)]
struct Cursor<'t> {
    /// The whole text, and where its brackets close.
    whole: Indexed<'t>,
    /// The text up to where the value ends.
    text: &'t str,
    /// What has not been read yet.
    rest: Input<'t>,
    source: SourceId,
}

impl<'t> Cursor<'t> {
    fn new(whole: Indexed<'t>, at: Span) -> Option<Self> {
        let text = whole.text.get(..at.end as usize)?;
        let rest = text.get(at.start as usize..)?.as_bytes();
        Some(Self { whole, text, rest, source: at.source })
    }

    fn offset(&self) -> u32 {
        (self.text.len() - self.rest.len()) as u32
    }

    fn broken(&self) -> Broken {
        Broken { at: self.offset() }
    }

    fn skip_blank(&mut self) {
        self.rest = lex::skip_blank(self.rest);
    }

    /// Goes on behind a value.
    fn value(&mut self) -> Result<Span, Broken> {
        let start = self.offset();
        self.rest = match self.rest {
            [b'"', body @ ..] => behind_string(body),
            [b'{' | b'[', ..] => self.whole.behind(self.rest, self.text.len()),
            _ => behind_word(self.rest),
        }
        .ok_or(Broken { at: start })?;
        Ok(Span::new(self.source, start, self.offset()))
    }

    /// A string, decoded.
    fn string(&mut self) -> Result<Spanned<Cow<'t, str>>, Broken> {
        let start = self.offset();
        let [b'"', body @ ..] = self.rest else { return Err(self.broken()) };
        let (rest, len) = lex::plain(body);
        let value = if let [b'"', rest @ ..] = rest {
            self.rest = rest;
            let inside = start as usize + 1;
            Cow::Borrowed(self.text.get(inside..inside + len).unwrap_or_default())
        } else {
            let (decoded, rest) = decode(body).ok_or(Broken { at: start })?;
            self.rest = rest;
            Cow::Owned(decoded)
        };
        Ok(Spanned::new(value, Span::new(self.source, start, self.offset())))
    }
}

/// A string with escapes, and what follows it.
fn decode(body: Input<'_>) -> Option<(String, Input<'_>)> {
    let mut decoded = Vec::new();
    let mut rest = body;
    loop {
        rest = match lex::copy_plain(rest, &mut decoded) {
            [b'"', rest @ ..] => return Some((String::from_utf8(decoded).ok()?, rest)),
            [b'\\', escape @ ..] => {
                let (rest, c) = lex::escape(escape).ok()?;
                decoded.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                rest
            }
            _ => return None,
        };
    }
}

/// What follows a string whose opening quote was read.
fn behind_string(body: Input<'_>) -> Option<Input<'_>> {
    let mut rest = body;
    loop {
        rest = match lex::plain(rest).0 {
            [b'"', rest @ ..] => return Some(rest),
            [b'\\', b' '..=u8::MAX, rest @ ..] => rest,
            _ => return None,
        };
    }
}

/// What follows a number, `true`, `false` or `null`.
fn behind_word(input: Input<'_>) -> Option<Input<'_>> {
    let rest = match input {
        [b't', b'r', b'u', b'e', rest @ ..]
        | [b'n', b'u', b'l', b'l', rest @ ..]
        | [b'f', b'a', b'l', b's', b'e', rest @ ..] => rest,
        _ => lex::number(input).ok()?.0,
    };
    (!rest.first().is_some_and(|byte| lex::continues_word(*byte))).then_some(rest)
}
