//! JSON with a place for every key and value, duplicate keys kept, and mistakes reported without giving up.
//!
//! [`parse`] follows RFC 8259 to the letter and never fails: it returns a tree and the problems it met. The
//! same tree serves TOML ([`crate::toml_tree`]), so the code that reads members and reports unknown ones is written once.

mod embedded;
mod lex;
mod number;
mod parse;
mod read;
pub mod skim;

use std::borrow::Cow;

use crate::source::{Span, Spanned};

pub(crate) use embedded::is_percent_encoded;
pub use embedded::{Embedding, MAX_EMBEDDED, embed, embed_text};
pub use number::canonical_number;
pub use parse::{MAX_DEPTH, Parsed, parse, parse_at};
pub(crate) use parse::{duplicate_key, find_duplicates};
pub use read::{Members, Reader};

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node<'s> {
    /// The place of the value, quotes and brackets included.
    pub span: Span,
    /// The value.
    pub value: Value<'s>,
}

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'s> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// As written: no digit is lost, and what it means is decided by whoever needs a number.
    Number(Cow<'s, str>),
    /// A string, its escapes resolved.
    String(Cow<'s, str>),
    /// The elements of an array.
    Array(Vec<Node<'s>>),
    /// In order, duplicates included.
    Object(Vec<Member<'s>>),
    /// Something was here that is no JSON value; a problem says what.
    Invalid,
}

/// A member of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Member<'s> {
    /// Its name.
    pub key: Spanned<Cow<'s, str>>,
    /// Its value.
    pub value: Node<'s>,
}

impl<'s> Node<'s> {
    /// The members of an object; none for anything else.
    pub fn members(&self) -> &[Member<'s>] {
        match &self.value {
            Value::Object(members) => members,
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Invalid => &[],
        }
    }

    /// The last member of that name: of duplicates the last one wins in most readers, and a problem was reported.
    pub fn get(&self, name: &str) -> Option<&Node<'s>> {
        self.members().iter().rev().find(|m| m.key.value == name).map(|m| &m.value)
    }

    /// The elements of an array; none for anything else.
    pub fn elements(&self) -> &[Node<'s>] {
        match &self.value {
            Value::Array(elements) => elements,
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Object(_)
            | Value::Invalid => &[],
        }
    }

    /// The text, where the value is a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_)
            | Value::Invalid => None,
        }
    }

    /// The text of a scalar, whatever it looks like: a number keeps its digits, so an account id that YAML lets
    /// people write without quotes is all there.
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) | Value::Number(text) => Some(text),
            Value::Bool(true) => Some("true"),
            Value::Bool(false) => Some("false"),
            Value::Null | Value::Array(_) | Value::Object(_) | Value::Invalid => None,
        }
    }

    /// The value, where it is `true` or `false`.
    pub fn as_bool(&self) -> Option<bool> {
        if let Value::Bool(b) = self.value { Some(b) } else { None }
    }

    /// The value, where it is a whole number that fits 64 bits.
    pub fn as_integer(&self) -> Option<i64> {
        if let Value::Number(number) = &self.value { number.parse().ok() } else { None }
    }

    /// Whether the value is an object.
    pub fn is_object(&self) -> bool {
        matches!(self.value, Value::Object(_))
    }

    /// Whether the value is an array.
    pub fn is_array(&self) -> bool {
        matches!(self.value, Value::Array(_))
    }

    /// What kind of value this is, in words for a message.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "an array",
            Value::Object(_) => "an object",
            Value::Invalid => "no JSON value",
        }
    }
}
