//! What to say about a mistake, and where to go on reading.
//!
//! Every function here is off the clean path. Each one either consumes something or leaves its caller at a
//! byte the caller knows what to do with, so that reading always ends; and each looks ahead no further than
//! the next quote or line break, so that it ends in time linear in the text.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::{MAX_DEPTH, MAX_PROBLEMS, Member, Node, Parser, Value, ends_word, lex};
use crate::problem::Problem;
use crate::source::{Span, Spanned};

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
    fn report(&mut self, span: Span, problem: impl FnOnce(Span) -> Problem) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem(span));
        } else {
            self.untold.get_or_insert(span);
        }
    }

    fn syntax(&mut self, span: Span, message: impl FnOnce() -> String, help: Option<&str>) {
        self.report(span, |span| {
            Problem::error("json-syntax", span, message()).maybe_help(help.map(str::to_owned))
        });
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    fn skip_to(&mut self, offset: u32) {
        self.rest = self.text.as_bytes().get(offset as usize..).unwrap_or_default();
    }

    /// What has not been read yet, as text: we never stop inside a character.
    fn rest_text(&self) -> &'s str {
        self.text.get(self.offset() as usize..).unwrap_or_default()
    }

    fn next_char(&self) -> Option<char> {
        self.rest_text().chars().next()
    }

    /// The place of the next `len` bytes.
    fn ahead(&self, len: usize) -> Span {
        let start = self.offset();
        Span::new(self.source, start, start + len as u32)
    }

    fn invalid(&self) -> Node<'s> {
        Node { span: self.ahead(0), value: Value::Invalid }
    }

    /// The place behind what was read last, white space left out.
    fn behind(&self) -> Span {
        let read = self.text.get(..self.offset() as usize).unwrap_or_default().trim_end().len() as u32;
        Span::new(self.source, read, read)
    }

    #[cold]
    pub(super) fn report_empty(&mut self) {
        let span = Span::new(self.source, 0, self.text.len() as u32);
        let message = if self.text.is_empty() { "the document is empty" } else { "the document holds no value" };
        self.report(span, |span| Problem::error("json-empty", span, message));
    }

    #[cold]
    pub(super) fn report_trailing_comma(&mut self, comma: u32, container: &str) {
        let span = Span::new(self.source, comma, comma + 1);
        self.report(span, |span| {
            let message = format!("a comma behind the last {} of an {container}", part_of(container));
            Problem::error("json-trailing-comma", span, message).help("remove the comma")
        });
    }

    #[cold]
    pub(super) fn report_duplicate(&mut self, first: &Member<'s>, second: &Member<'s>) {
        // A name we made up because there was none.
        if second.key.span.is_empty() {
            return;
        }
        self.report(second.key.span, |span| {
            let message = format!("{} is written twice in one object", shown(&second.key.value));
            Problem::error("duplicate-key", span, message)
                .because(first.key.span, "first written here")
                .help("readers differ in which of the two counts: keep one")
        });
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
        self.report(self.ahead(len), |span| Problem::error("json-trailing-text", span, message).help(help));
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
            Problem::error("json-syntax", span, format!("this {what} is never closed")).help(help)
        });
    }

    /// The text ended inside a bracket opened at `open`.
    fn end_of_text(&mut self, open: u32, closer: char) {
        let span = Span::new(self.source, open, open + 1);
        self.unclosed.get_or_insert_with(|| (span, String::new())).1.push(closer);
    }

    /// Comments and the white space of other languages. True when there was some.
    #[cold]
    pub(super) fn skip_foreign_blank(&mut self) -> bool {
        let start = self.offset();
        let text = self.rest_text();
        match self.rest {
            [b'/', b'/', ..] | [b'#', ..] => {
                let len = text.find('\n').unwrap_or(text.len());
                self.skip(text.get(..len).map_or(len, |line| line.trim_end().len()));
                self.report_comment(start);
                true
            }
            [b'/', b'*', ..] => {
                match text.find("*/") {
                    Some(end) => {
                        self.skip(end + 2);
                        self.report_comment(start);
                    }
                    None => {
                        self.skip(text.len());
                        self.ran_out = true;
                        let span = Span::new(self.source, start, start + 2);
                        self.syntax(span, || "this comment is never closed".to_owned(), Some("JSON has no comments"));
                    }
                }
                true
            }
            _ => {
                let foreign = |c: char| !matches!(c, ' ' | '\t' | '\n' | '\r') && is_foreign_blank(c);
                let len = text.find(|c| !foreign(c)).unwrap_or(text.len());
                let Some(first) = text.chars().next().filter(|_| len > 0) else { return false };
                self.skip(len);
                let message = || format!("U+{:04X} is not white space in JSON", u32::from(first));
                let help = if first == '\u{feff}' { "remove it" } else { "put a plain space in its place" };
                self.syntax(self.span(start), message, Some(help));
                true
            }
        }
    }

    fn report_comment(&mut self, start: u32) {
        self.syntax(self.span(start), || "JSON has no comments".to_owned(), Some("remove the comment"));
    }

    fn word(&self, colon: bool) -> &'s str {
        let len = lex::word(self.rest, colon).map_or(0, |(_, word)| word.len());
        let start = self.offset();
        self.slice(start, start + len as u32)
    }

    /// Something no JSON value starts with. `None` when it was skipped and a value may follow.
    #[cold]
    pub(super) fn foreign_value(&mut self, start: u32) -> Option<Value<'s>> {
        if self.skip_foreign_blank() {
            self.skip_blank();
            return None;
        }
        match self.rest {
            // Whoever waits for the value will say that the text ended.
            [] => return Some(Value::Invalid),
            [c @ (b',' | b'}' | b']'), ..] => {
                let message = || format!("expected a value, found `{}`", char::from(*c));
                self.syntax(self.ahead(1), message, None);
                return Some(Value::Invalid);
            }
            [c @ (b':' | b'='), ..] => {
                self.syntax(self.ahead(1), || format!("unexpected `{}`", char::from(*c)), None);
                self.skip(1);
                self.skip_blank();
                return None;
            }
            _ => {}
        }
        if self.still_escaped() {
            return Some(Value::Invalid);
        }
        if let Some(text) = self.foreign_string() {
            return Some(Value::String(Cow::Borrowed(text)));
        }
        let word = self.foreign_word(true);
        let span = self.span(start);
        let (written, value) = match word.to_ascii_lowercase().as_str() {
            "true" => ("true", Value::Bool(true)),
            "false" => ("false", Value::Bool(false)),
            "null" | "none" | "nil" => ("null", Value::Null),
            "undefined" | "nan" | "infinity" | "+infinity" => {
                let message = || format!("JSON has no {}", shown(word));
                self.syntax(span, message, Some("write `null`, or leave the member out"));
                return Some(Value::Invalid);
            }
            _ => {
                if word.starts_with(['+', '.']) && word.contains(|c: char| c.is_ascii_digit()) {
                    self.report_number(span, word);
                } else {
                    let message = || format!("expected a value, found {}", shown(word));
                    self.syntax(span, message, Some("text is written in double quotes"));
                }
                return Some(Value::Invalid);
            }
        };
        self.syntax(span, || format!("{} is not a JSON value", shown(word)), Some(&format!("write `{written}`")));
        Some(value)
    }

    /// A word, or whatever single character stands here instead of one.
    fn foreign_word(&mut self, colon: bool) -> &'s str {
        let text = self.rest_text();
        let first = self.next_char().map_or(0, char::len_utf8);
        self.skip(first);
        let len = first + if text.starts_with(char::is_control) { 0 } else { self.word(colon).len() };
        self.skip(len - first);
        text.get(..len).unwrap_or_default()
    }

    /// Text in quotes that are not JSON's.
    fn foreign_string(&mut self) -> Option<&'s str> {
        let text = self.rest_text();
        let open = text.chars().next()?;
        let closes = |c: char| match open {
            '\'' | '`' => c == open,
            '“' | '”' | '„' | '‘' | '’' => matches!(c, '“' | '”' | '‘' | '’' | '"'),
            _ => false,
        };
        let inside = text.get(open.len_utf8()..)?;
        let end = inside.find(|c| c == '\n' || closes(c))?;
        let close = inside.get(end..)?.chars().next().filter(|c| *c != '\n')?;
        let span = self.ahead(open.len_utf8() + end + close.len_utf8());
        self.skip(span.len());
        let message = || format!("`{open}` does not begin a JSON string");
        self.syntax(span, message, Some("strings are written in double quotes: `\"`"));
        inside.get(..end)
    }

    /// `\"` where a quote belongs: the text is the inside of a JSON string. The rest would be wrong all along.
    fn still_escaped(&mut self) -> bool {
        let escaped = matches!(self.rest, [b'\\', b'"' | b'n' | b'r' | b't', ..]);
        if escaped {
            let help = "this is the inside of a JSON string: unescape it, or put it between double quotes";
            self.syntax(self.ahead(2), || "a backslash outside of a string".to_owned(), Some(help));
            self.skip(self.rest.len());
            self.ran_out = true;
        }
        escaped
    }

    /// Something that starts like a number.
    #[cold]
    pub(super) fn bad_number(&mut self, start: u32) -> Value<'s> {
        let word = self.foreign_word(true);
        self.report_number(self.span(start), word);
        Value::Invalid
    }

    fn report_number(&mut self, span: Span, word: &str) {
        let digits = word.strip_prefix(['-', '+']).unwrap_or(word);
        let all_digits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        let number = digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
        let (message, help) = if all_digits && digits.len() == 12 && digits == word {
            ("a number has no leading zeros", "an account id is text: put it in double quotes")
        } else if word.starts_with('+') {
            ("a number has no leading `+`", "remove it")
        } else if all_digits {
            ("a number has no leading zeros", "remove them, or put it in double quotes if it is text")
        } else if digits.is_empty() {
            ("`-` alone is no number", "write digits behind it")
        } else if number && digits.starts_with('.') {
            ("a number has a digit before its decimal point", "write `0.` instead of `.`")
        } else if number && (digits.ends_with('.') || digits.contains(".e") || digits.contains(".E")) {
            ("a number has a digit behind its decimal point", "add one, or remove the point")
        } else if number && digits.ends_with(['e', 'E', '+', '-']) {
            ("the exponent of this number has no digits", "add them")
        } else {
            ("this is no JSON number", "put it in double quotes if it is text")
        };
        self.syntax(span, || format!("{message}: {}", shown(word)), Some(help));
    }

    /// A backslash with something behind it that is no escape.
    #[cold]
    pub(super) fn bad_escape(&mut self, text: &mut String) {
        let at = self.offset();
        match self.rest {
            [_, b'u', ..] => {
                self.skip(1);
                if let Ok((rest, _)) = lex::code_unit(self.rest) {
                    self.rest = rest;
                    let message = || format!("{} is half of a character", shown(self.slice(at, at + 6)));
                    let help = "characters beyond U+FFFF take two escapes: a high and a low surrogate";
                    let (span, message) = (self.span(at), message());
                    self.syntax(span, || message, Some(help));
                } else {
                    let digits = self.rest.iter().skip(1).take(4).take_while(|b| b.is_ascii_hexdigit()).count();
                    self.skip(1 + digits);
                    let message = || "`\\u` needs four hexadecimal digits".to_owned();
                    self.syntax(self.span(at), message, None);
                }
                text.push(char::REPLACEMENT_CHARACTER);
            }
            [_, c @ 0x20..0x7f, ..] => {
                self.skip(2);
                let c = char::from(*c);
                if c != '\'' {
                    text.push('\\');
                }
                text.push(c);
                let help = if c == '\'' { "write `'`" } else { "a backslash itself is written `\\\\`" };
                self.syntax(self.span(at), || format!("`\\{c}` is not a JSON escape"), Some(help));
            }
            [_, _, ..] => {
                self.skip(1);
                text.push('\\');
                let message = || "this backslash escapes nothing".to_owned();
                self.syntax(self.span(at), message, Some("a backslash itself is written `\\\\`"));
            }
            // That the string is never closed will be said next.
            [_] | [] => self.skip(1),
        }
    }

    /// A control character inside a string that starts at `start`, or the end of the text. True when the
    /// string is over.
    #[cold]
    pub(super) fn control_or_end(&mut self, start: u32, text: &mut String, told: &mut Told) -> bool {
        let at = self.offset();
        let (c, line_end) = match self.rest {
            [] => {
                self.ran_out = true;
                let first = Span::new(self.source, start, start + 1);
                self.syntax(first, || "this string is never closed".to_owned(), Some("add a `\"`"));
                return true;
            }
            [b'\r', b'\n', ..] => ('\r', true),
            [c, ..] => (char::from(*c), *c == b'\n'),
        };
        if line_end && !told.line_end {
            if !self.closes_below() {
                self.cut_string(start, at, text);
                return true;
            }
            told.line_end = true;
        }
        if !told.control {
            told.control = true;
            let message = || match c {
                '\n' | '\r' => "a line break inside a string".to_owned(),
                '\t' => "a tab inside a string".to_owned(),
                _ => format!("the control character U+{:04X} inside a string", u32::from(c)),
            };
            let help = match c {
                '\n' | '\r' => "write it as `\\n`, or close the string on its line".to_owned(),
                '\t' => "write it as `\\t`".to_owned(),
                _ => format!("write it as `\\u{:04x}`", u32::from(c)),
            };
            self.syntax(self.ahead(1), message, Some(&help));
        }
        text.push(c);
        self.skip(1);
        false
    }

    /// Whether a string that is still open at the end of its line is closed on a later one, rather than that
    /// its quote was forgotten and the next quote opens another string.
    fn closes_below(&self) -> bool {
        let mut rest = self.rest;
        loop {
            rest = match lex::plain(rest).0 {
                [b'"', rest @ ..] => {
                    return matches!(lex::skip_blank(rest), [] | [b',' | b':' | b'}' | b']', ..]);
                }
                [b'\\', _, rest @ ..] | [_, rest @ ..] => rest,
                [] => return false,
            };
        }
    }

    /// Ends a string at the end of its line, and before the comma that was probably meant to follow it.
    fn cut_string(&mut self, start: u32, at: u32, text: &mut String) {
        let written = self.slice(start + 1, at).trim_end();
        let (written, comma) = written.strip_suffix(',').map_or((written, false), |w| (w, true));
        self.skip_to(start + 1 + written.len() as u32);
        text.truncate(text.trim_end().len());
        if comma && text.ends_with(',') {
            text.pop();
        }
        self.syntax(self.span(start), || "this string is never closed".to_owned(), Some("add a `\"`"));
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
            Problem::error("json-syntax", span, format!("expected `{expected}`, found `{found}`"))
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
            [b'"', ..] => lex::skip_string(self.rest).ok().filter(|(_, closed)| *closed).map(|(rest, _)| rest),
            _ => lex::word(self.rest, false).ok().filter(|(_, word)| !word.is_empty()).map(|(rest, _)| rest),
        };
        rest.is_some_and(|rest| matches!(lex::skip_blank(rest), [b':', ..]))
    }

    /// Skips to the next comma or closing bracket of the container we are in.
    fn resynchronise(&mut self) {
        let mut depth = 0usize;
        while let [byte, rest @ ..] = self.rest {
            self.rest = match byte {
                b'"' => lex::skip_string(self.rest).map_or(rest, |(rest, _)| rest),
                b'{' | b'[' => {
                    depth += 1;
                    rest
                }
                b',' | b'}' | b']' if depth == 0 => return,
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
            self.rest = match byte {
                b'"' => lex::skip_string(self.rest).map_or(rest, |(rest, _)| rest),
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

    #[cold]
    pub(super) fn skip_too_deep(&mut self, start: u32) -> Value<'s> {
        let span = self.span(start);
        self.report(span, |span| {
            let message = format!("more than {} brackets inside each other", MAX_DEPTH - 1);
            Problem::error("json-too-deep", span, message).help("what lies deeper was not read")
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
                self.syntax(self.ahead(1), || "expected a member, found `,`".to_owned(), Some("remove the comma"));
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
                    let message = || format!("expected `:` behind {}, found {}", shown(&key.value), shown(word));
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

/// What has been said about one string.
#[derive(Default)]
pub(super) struct Told {
    control: bool,
    line_end: bool,
}

fn part_of(container: &str) -> &'static str {
    if container == "array" { "element" } else { "member" }
}

fn is_foreign_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200d}' | '\u{2060}')
}

/// Text from the document in a message: in back quotes, on one line, not too long.
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
