//! What to say about a mistake, and where to go on reading.
//!
//! Every function here is off the clean path. Each one either consumes something or leaves its caller at a
//! byte the caller knows what to do with, so that reading always ends; and each looks ahead no further than
//! the next quote or line break, so that it ends in time linear in the text.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::{MAX_DEPTH, MAX_PROBLEMS, Member, Node, Parser, Value, ends_word, lex};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Span, Spanned};
use crate::work;

/// What stood where the name of a member was expected.
pub(super) enum Key<'s> {
    Read(Spanned<Cow<'s, str>>),
    /// Something was skipped; look again.
    Again,
    Closed,
}

/// What stood behind a member or an element.
pub(super) enum After {
    /// A comma at this offset.
    Comma(u32),
    /// No comma, and yet another member or element.
    Missing,
    Closed,
}

impl<'s> Parser<'s> {
    fn report(&mut self, span: Span, problem: impl FnOnce(Span) -> Diagnostic) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem(span));
        } else {
            self.untold.get_or_insert(span);
        }
    }

    pub(super) fn syntax(&mut self, span: Span, message: impl FnOnce() -> String, help: Option<&str>) {
        self.report(span, |span| {
            Diagnostic::new(Code::JsonSyntaxError, span, message()).maybe_help(help.map(str::to_owned))
        });
    }

    pub(super) fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    pub(super) fn skip_to(&mut self, offset: u32) {
        self.rest = self.text.as_bytes().get(offset as usize..).unwrap_or_default();
    }

    /// What has not been read yet, as text: we never stop inside a character.
    pub(super) fn rest_text(&self) -> &'s str {
        self.text.get(self.offset() as usize..).unwrap_or_default()
    }

    pub(super) fn next_char(&self) -> Option<char> {
        self.rest_text().chars().next()
    }

    /// The place of the next `len` bytes.
    pub(super) fn ahead(&self, len: usize) -> Span {
        let start = self.offset();
        Span::new(self.source, start, start + len as u32)
    }

    fn invalid(&self) -> Node<'s> {
        Node { span: self.ahead(0), value: Value::Invalid }
    }

    /// The place behind what was read last, white space left out.
    fn behind(&self) -> Span {
        let before = self.text.get(..self.offset() as usize).unwrap_or_default();
        let read = before.trim_end().len() as u32;
        work::did(before.len() - read as usize + 1);
        Span::new(self.source, read, read)
    }

    #[cold]
    pub(super) fn report_empty(&mut self) {
        let span = Span::new(self.source, self.start, self.text.len() as u32);
        let message = if span.is_empty() { "the document is empty" } else { "the document holds no value" };
        self.report(span, |span| {
            Diagnostic::new(Code::JsonEmpty, span, message)
                .help("a document is an object: it begins with `{`")
        });
    }

    #[cold]
    pub(super) fn report_trailing_comma(&mut self, comma: u32, container: &str) {
        let span = Span::new(self.source, comma, comma + 1);
        self.report(span, |span| {
            let message = format!("a comma behind the last {} of an {container}", part_of(container));
            Diagnostic::new(Code::JsonTrailingComma, span, message).help("remove the comma")
        });
    }

    #[cold]
    pub(super) fn report_duplicate(&mut self, first: &Member<'s>, second: &Member<'s>) {
        // A name we made up because there was none.
        if second.key.span.is_empty() {
            return;
        }
        self.report(second.key.span, |_| duplicate_key(first, second));
    }

    /// Whatever is left behind the document.
    #[cold]
    pub(super) fn report_trailing(&mut self, root: &Node<'s>) {
        while self.skip_foreign_blank() {
            self.skip_blank();
        }
        // Of a document that was no JSON or whose brackets did not match, something is always left.
        if self.rest.is_empty() || self.ran_out || root.value == Value::Invalid {
            return;
        }
        let (len, message, help) = match self.rest {
            [closer @ (b'}' | b']'), ..] => {
                let message = format!("this `{}` closes nothing", char::from(*closer));
                (1, message, "remove it, or look for a bracket closed too early")
            }
            [b'{' | b'[', ..] => {
                (1, "a second document begins here".to_owned(), "one text holds one document: split it")
            }
            _ => {
                let len = self.word(true).len().max(self.next_char().map_or(0, char::len_utf8));
                (len, "text behind the end of the document".to_owned(), "remove it")
            }
        };
        self.report(self.ahead(len), |span| {
            Diagnostic::new(Code::JsonTrailingText, span, message).help(help)
        });
    }

    #[cold]
    pub(super) fn report_unclosed(&mut self) {
        if self.ran_out {
            return;
        }
        let Some((span, closers)) = self.unclosed.take() else { return };
        let what = if closers.starts_with(']') { "array" } else { "object" };
        let help = if closers.len() <= 8 {
            format!("add `{closers}` at the end of the document")
        } else {
            format!("{} brackets are still open at the end of the document", closers.len())
        };
        self.report(span, |span| {
            Diagnostic::new(Code::JsonSyntaxError, span, format!("this {what} is never closed")).help(help)
        });
    }

    /// The text ended inside a bracket opened at `open`.
    fn end_of_text(&mut self, open: u32, closer: char) {
        let span = Span::new(self.source, open, open + 1);
        self.unclosed.get_or_insert_with(|| (span, String::new())).1.push(closer);
    }

    /// Nothing that starts an element: the end of the text or a brace. True when the array is over.
    #[cold]
    pub(super) fn no_element(&mut self, open: u32) -> bool {
        match self.rest {
            [] => {
                self.end_of_text(open, ']');
                true
            }
            [b'}', ..] => self.wrong_closer(open),
            _ => false,
        }
    }

    /// A bracket of the wrong kind. True when it ends the container opened at `open`, because one around it
    /// is of that kind; else it was skipped.
    fn wrong_closer(&mut self, open: u32) -> bool {
        let (found, expected, around, what) = match self.rest {
            [b'}', ..] => ('}', ']', self.objects, "array"),
            _ => (']', '}', self.arrays, "object"),
        };
        if around == 0 {
            self.syntax(self.ahead(1), || format!("this `{found}` closes nothing"), Some("remove it"));
            self.skip(1);
            return false;
        }
        self.ran_out = true;
        let opener = Span::new(self.source, open, open + 1);
        self.report(self.ahead(1), |span| {
            Diagnostic::new(Code::JsonSyntaxError, span, format!("expected `{expected}`, found `{found}`"))
                .because(opener, format!("this {what} is still open"))
        });
        true
    }

    #[cold]
    pub(super) fn after_element(&mut self, open: u32) -> After {
        self.after(open, b']')
    }

    #[cold]
    pub(super) fn after_member(&mut self, open: u32) -> After {
        self.after(open, b'}')
    }

    /// Neither a comma nor the closing bracket behind a member or element.
    fn after(&mut self, open: u32, closer: u8) -> After {
        loop {
            self.skip_blank();
            match self.rest {
                [] => {
                    self.end_of_text(open, char::from(closer));
                    return After::Closed;
                }
                [b',', rest @ ..] => {
                    let at = self.offset();
                    self.rest = rest;
                    return After::Comma(at);
                }
                [c @ (b'}' | b']'), rest @ ..] => {
                    if *c == closer {
                        self.rest = rest;
                        return After::Closed;
                    }
                    if self.wrong_closer(open) {
                        return After::Closed;
                    }
                }
                _ => {
                    if self.skip_foreign_blank() {
                        continue;
                    }
                    if let Some(after) = self.unexpected_after(closer) {
                        return after;
                    }
                }
            }
        }
    }

    fn unexpected_after(&mut self, closer: u8) -> Option<After> {
        if let [b';', ..] = self.rest {
            self.syntax(self.ahead(1), || "a `;` where a `,` belongs".to_owned(), Some("write `,`"));
            self.skip(1);
            return Some(After::Missing);
        }
        let follows = if closer == b']' { self.element_follows() } else { self.member_follows() };
        if follows {
            let what = if closer == b']' { "elements" } else { "members" };
            let message = || format!("a comma is missing between two {what}");
            self.syntax(self.behind(), message, Some("add `,`"));
            return Some(After::Missing);
        }
        if self.still_escaped() {
            return None;
        }
        let abuts = self.text.as_bytes().get(..self.offset() as usize).is_some_and(|b| b.ends_with(b"\""));
        let start = self.offset();
        let found = match self.rest {
            [b'"', ..] => {
                let rest = lex::skip_string(self.rest).map_or(self.rest, |(rest, _)| rest);
                self.slice(start, (self.text.len() - rest.len()) as u32)
            }
            _ => self.word(false),
        };
        let found = if found.is_empty() {
            self.rest_text().get(..self.next_char().map_or(0, char::len_utf8)).unwrap_or_default()
        } else {
            found
        };
        let closer = char::from(closer);
        let (message, help) = match self.rest {
            [b':', ..] if closer == ']' => {
                ("the elements of an array have no names".to_owned(), Some("use `{ }` for named members"))
            }
            _ => {
                let message = format!("expected `,` or `{closer}`, found {}", shown(found));
                (message, abuts.then_some("a quote inside a string is written `\\\"`"))
            }
        };
        self.syntax(self.ahead(found.len()), || message, help);
        self.resynchronise();
        None
    }

    fn element_follows(&self) -> bool {
        match self.rest {
            [b'"' | b'{' | b'[' | b'-' | b'0'..=b'9', ..] => true,
            [b't', b'r', b'u', b'e', rest @ ..]
            | [b'n', b'u', b'l', b'l', rest @ ..]
            | [b'f', b'a', b'l', b's', b'e', rest @ ..] => ends_word(rest),
            _ => false,
        }
    }

    /// Whether a name and a colon follow.
    fn member_follows(&self) -> bool {
        let rest = match self.rest {
            [b'"', ..] => {
                lex::skip_string(self.rest).ok().filter(|(_, closed)| *closed).map(|(rest, _)| rest)
            }
            _ => lex::word(self.rest, false).ok().filter(|(_, word)| !word.is_empty()).map(|(rest, _)| rest),
        };
        rest.is_some_and(|rest| matches!(lex::skip_blank(rest), [b':', ..]))
    }

    /// Skips to the next comma or closing bracket of the container we are in.
    fn resynchronise(&mut self) {
        let mut depth = 0usize;
        while let [byte, rest @ ..] = self.rest {
            work::did(1);
            if depth == 0 && matches!(byte, b',' | b'}' | b']') {
                return;
            }
            self.rest = match byte {
                b'"' => self.behind_string(),
                b'{' | b'[' => {
                    depth += 1;
                    rest
                }
                b'}' | b']' => {
                    depth -= 1;
                    rest
                }
                _ => rest,
            };
        }
    }

    /// Skips a bracket and all it holds, without recursion; the opening one has been read.
    fn skip_brackets(&mut self) {
        let mut depth = 1usize;
        while let [byte, rest @ ..] = self.rest {
            work::did(1);
            self.rest = match byte {
                b'"' => self.behind_string(),
                b'{' | b'[' => {
                    depth += 1;
                    rest
                }
                b'}' | b']' => {
                    depth -= 1;
                    rest
                }
                _ => rest,
            };
            if depth == 0 {
                return;
            }
        }
    }

    /// What follows the string that starts here. One that is not closed on its line is rather a quote too
    /// many, and a comma at the end of the line none of its text.
    fn behind_string(&self) -> &'s [u8] {
        let Ok((rest, closed)) = lex::skip_string(self.rest) else { return &[] };
        if closed {
            return rest;
        }
        let line = self.slice(self.offset(), (self.text.len() - rest.len()) as u32);
        let comma = line.trim_end().strip_suffix(',').and_then(|before| self.rest.get(before.len()..));
        comma.unwrap_or(rest)
    }

    #[cold]
    pub(super) fn skip_too_deep(&mut self, start: u32) -> Value<'s> {
        let span = self.span(start);
        self.report(span, |span| {
            let message = format!("more than {} brackets inside each other", MAX_DEPTH - 1);
            Diagnostic::new(Code::JsonTooDeep, span, message).help("what lies deeper was not read")
        });
        self.skip_brackets();
        // What is open at the end of the text may be closed in what was skipped.
        self.ran_out |= self.rest.is_empty();
        Value::Invalid
    }

    /// Something that is no string where the name of a member belongs.
    #[cold]
    pub(super) fn foreign_key(&mut self, open: u32) -> Key<'s> {
        if self.skip_foreign_blank() {
            return Key::Again;
        }
        let start = self.offset();
        match self.rest {
            [] => {
                self.end_of_text(open, '}');
                return Key::Closed;
            }
            [b']', ..] => return if self.wrong_closer(open) { Key::Closed } else { Key::Again },
            [b',', ..] => {
                self.syntax(
                    self.ahead(1),
                    || "expected a member, found `,`".to_owned(),
                    Some("remove the comma"),
                );
                self.skip(1);
                return Key::Again;
            }
            [b':', ..] => {
                self.syntax(self.ahead(1), || "the name before this `:` is missing".to_owned(), None);
                return Key::Read(Spanned::new(Cow::Borrowed(""), self.ahead(0)));
            }
            [bracket @ (b'{' | b'['), ..] => {
                let what = if *bracket == b'{' { "an object" } else { "an array" };
                let message = || format!("expected the name of a member, found {what}");
                self.syntax(self.ahead(1), message, Some("write `\"name\":` before it"));
                self.resynchronise();
                return self.after_rubbish();
            }
            _ => {}
        }
        if self.still_escaped() {
            return Key::Again;
        }
        if let Some(name) = self.foreign_string() {
            return Key::Read(Spanned::new(Cow::Borrowed(name), self.span(start)));
        }
        let word = self.foreign_word(false);
        let span = self.span(start);
        self.skip_blank();
        if matches!(self.rest, [b':' | b'=', ..]) {
            let message = || format!("the name {} is not in double quotes", shown(word));
            self.syntax(span, message, Some("names are strings: write them in double quotes"));
            return Key::Read(Spanned::new(Cow::Borrowed(word), span));
        }
        let message = || format!("expected the name of a member in double quotes, found {}", shown(word));
        self.syntax(span, message, None);
        self.resynchronise();
        self.after_rubbish()
    }

    fn after_rubbish(&mut self) -> Key<'s> {
        if let [b',', rest @ ..] = self.rest {
            self.rest = rest;
        }
        Key::Again
    }

    /// The value of a member whose name is not followed by a colon.
    #[cold]
    pub(super) fn value_without_colon(&mut self, key: &Spanned<Cow<'s, str>>) -> Node<'s> {
        while self.skip_foreign_blank() {
            self.skip_blank();
        }
        match self.rest {
            [b':', rest @ ..] => {
                self.rest = lex::skip_blank(rest);
                return self.value();
            }
            [b'=', ..] => {
                let len = if let [_, b'>', ..] = self.rest { 2 } else { 1 };
                let found = self.slice(self.offset(), self.offset() + len);
                let message = || format!("expected `:`, found `{found}`");
                self.syntax(self.ahead(len as usize), message, Some("write `:`"));
                self.skip(len as usize);
                self.skip_blank();
                return self.value();
            }
            // Whoever waits for the brace will say that the text ended.
            [] => {}
            [b',' | b'}' | b']', ..] => {
                let message = || format!("{} has no value", shown(&key.value));
                self.syntax(key.span, message, Some("a member is written `\"name\": value`"));
            }
            _ if self.element_follows() => {
                let message = || format!("a colon is missing behind {}", shown(&key.value));
                self.syntax(key.span.after(), message, Some("add `:`"));
                return self.value();
            }
            _ => {
                if !self.still_escaped() {
                    let start = self.offset();
                    let word = self.foreign_word(false);
                    let message =
                        || format!("expected `:` behind {}, found {}", shown(&key.value), shown(word));
                    let abuts = key.span.end == start;
                    let help = abuts.then_some("a quote inside a string is written `\\\"`");
                    self.syntax(self.span(start), message, help);
                    self.resynchronise();
                }
            }
        }
        self.invalid()
    }
}

fn part_of(container: &str) -> &'static str {
    if container == "array" { "element" } else { "member" }
}

/// Text from the document in a message: in back quotes, on one line, not too long.
/// A key that occurs a second time.
pub(crate) fn duplicate_key(first: &Member<'_>, second: &Member<'_>) -> Diagnostic {
    let message = format!("{} is written twice in one object", shown(&second.key.value));
    Diagnostic::new(Code::DuplicateKey, second.key.span, message)
        .because(first.key.span, "first written here")
        .help("readers differ in which of the two counts: keep one")
}

pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 40;
    let mut shown = String::from("`");
    for (i, c) in text.chars().enumerate() {
        if i == LONGEST {
            shown.push('…');
            break;
        }
        if c.is_control() {
            let _ = write!(shown, "\\u{:04x}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    shown.push('`');
    shown
}
