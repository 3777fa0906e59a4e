//! The text of a plan or state, gone through without a tree where nothing in it counts.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use crate::diagnostic::Diagnostic;
use crate::json::{self, Node, skim};
use crate::source::Span;

/// What is wrong with a text, found on the way.
#[derive(Debug, Default)]
pub(super) struct Mistakes {
    pub(super) problems: RefCell<Vec<Diagnostic>>,
    /// Something could not be passed over.
    pub(super) broken: Cell<bool>,
}

/// One file.
#[derive(Copy, Clone, Debug)]
pub(super) struct Text<'s> {
    pub(super) text: skim::Indexed<'s>,
    pub(super) mistakes: &'s Mistakes,
}

impl<'s> Text<'s> {
    pub(super) fn members(self, object: Span) -> impl Iterator<Item = (Cow<'s, str>, Span)> {
        let members = self.sound(skim::members(self.text, object)).into_iter().flatten();
        members.map_while(move |member| self.sound(member)).map(|member| (member.key.value, member.value))
    }

    pub(super) fn elements(self, array: Span) -> impl Iterator<Item = Span> {
        let elements = self.sound(skim::elements(self.text, array)).into_iter().flatten();
        elements.map_while(move |element| self.sound(element))
    }

    fn sound<T>(self, read: Result<T, skim::Broken>) -> Option<T> {
        if read.is_err() {
            self.mistakes.broken.set(true);
        }
        read.ok()
    }

    pub(super) fn member(self, object: Span, name: &str) -> Option<Span> {
        skim::member(self.text, object, name)
    }

    pub(super) fn string(self, at: Span) -> Option<Cow<'s, str>> {
        skim::string(self.text.text, at)
    }

    /// Whether this is JSON's `true`.
    pub(super) fn is_true(self, at: Span) -> bool {
        self.written(at) == "true"
    }

    /// Whether this is JSON's `false`.
    pub(super) fn is_false(self, at: Span) -> bool {
        self.written(at) == "false"
    }

    /// Whether this is JSON's `null`.
    pub(super) fn is_null(self, at: Span) -> bool {
        self.written(at) == "null"
    }

    fn written(self, at: Span) -> &'s str {
        self.text.text.get(at.start as usize..at.end as usize).unwrap_or_default()
    }

    pub(super) fn node(self, at: Span) -> Option<Node<'s>> {
        let mut parsed = json::parse_at(self.text.text, at);
        if !parsed.problems.is_empty() {
            self.mistakes.problems.borrow_mut().append(&mut parsed.problems);
        }
        parsed.root
    }
}
