//! What is no JSON but often stands where JSON should: comments, other languages' words, quotes, numbers and
//! escapes.

use std::borrow::Cow;

use super::recover::shown;
use super::{Parser, Value, lex};
use crate::source::Span;
use crate::work;

/// What has been said about one string.
#[derive(Default)]
pub(super) struct ForeignSyntax {
    control: bool,
    line_end: bool,
}

impl<'s> Parser<'s> {
    /// Comments and the white space of other languages. True when there was some.
    #[cold]
    pub(super) fn skip_foreign_blank(&mut self) -> bool {
        let start = self.offset();
        let text = self.rest_text();
        match self.rest {
            [b'/', b'/', ..] | [b'#', ..] => {
                let len = text.find('\n').unwrap_or(text.len());
                work::did(len);
                self.skip(text.get(..len).map_or(len, |line| line.trim_end().len()));
                self.report_comment(start);
                true
            }
            [b'/', b'*', ..] => {
                let end = text.find("*/");
                work::did(end.unwrap_or(text.len()));
                match end {
                    Some(end) => {
                        self.skip(end + 2);
                        self.report_comment(start);
                    }
                    None => {
                        self.skip(text.len());
                        self.ran_out = true;
                        let span = Span::new(self.source, start, start + 2);
                        self.syntax(
                            span,
                            || "this comment is never closed".to_owned(),
                            Some("JSON has no comments"),
                        );
                    }
                }
                true
            }
            _ => {
                let foreign = |c: char| !matches!(c, ' ' | '\t' | '\n' | '\r') && is_foreign_blank(c);
                let len = text.find(|c| !foreign(c)).unwrap_or(text.len());
                work::did(len + 1);
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

    pub(super) fn word(&self, colon: bool) -> &'s str {
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
        self.syntax(
            span,
            || format!("{} is not a JSON value", shown(word)),
            Some(&format!("write `{written}`")),
        );
        Some(value)
    }

    /// A word, or whatever single character stands here instead of one.
    pub(super) fn foreign_word(&mut self, colon: bool) -> &'s str {
        let text = self.rest_text();
        let first = self.next_char().map_or(0, char::len_utf8);
        self.skip(first);
        let len = first + if text.starts_with(char::is_control) { 0 } else { self.word(colon).len() };
        self.skip(len - first);
        text.get(..len).unwrap_or_default()
    }

    /// Text in quotes that are not JSON's.
    pub(super) fn foreign_string(&mut self) -> Option<&'s str> {
        let text = self.rest_text();
        let open = text.chars().next()?;
        let closers: &[char] = match open {
            '\'' => &['\n', '\''],
            '`' => &['\n', '`'],
            '“' | '”' | '„' | '‘' | '’' => &['\n', '“', '”', '‘', '’', '"'],
            _ => return None,
        };
        let inside = text.get(open.len_utf8()..)?;
        let end = inside.find(closers);
        work::did(end.unwrap_or(inside.len()));
        let end = end?;
        let close = inside.get(end..)?.chars().next().filter(|c| *c != '\n')?;
        let span = self.ahead(open.len_utf8() + end + close.len_utf8());
        self.skip(span.len());
        let message = || format!("`{open}` does not begin a JSON string");
        self.syntax(span, message, Some("strings are written in double quotes: `\"`"));
        inside.get(..end)
    }

    /// `\"` where a quote belongs: the text is the inside of a JSON string. The rest would be wrong all along.
    pub(super) fn still_escaped(&mut self) -> bool {
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
            ("`-` alone is not a number", "write digits behind it")
        } else if number && digits.starts_with('.') {
            ("a number has a digit before its decimal point", "write `0.` instead of `.`")
        } else if number && (digits.ends_with('.') || digits.contains(".e") || digits.contains(".E")) {
            ("a number has a digit behind its decimal point", "add one, or remove the point")
        } else if number && digits.ends_with(['e', 'E', '+', '-']) {
            ("the exponent of this number has no digits", "add them")
        } else {
            ("this is not a JSON number", "put it in double quotes if it is text")
        };
        self.syntax(span, || format!("{message}: {}", shown(word)), Some(help));
    }

    /// A backslash with something behind it that is no escape.
    #[cold]
    pub(super) fn bad_escape(&mut self) {
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
                    let digits =
                        self.rest.iter().skip(1).take(4).take_while(|b| b.is_ascii_hexdigit()).count();
                    self.skip(1 + digits);
                    let message = || "`\\u` needs four hexadecimal digits".to_owned();
                    self.syntax(self.span(at), message, None);
                }
                self.unescape(char::REPLACEMENT_CHARACTER);
            }
            [_, c @ 0x20..0x7f, ..] => {
                self.skip(2);
                let c = char::from(*c);
                if c != '\'' {
                    self.unescape('\\');
                }
                self.unescape(c);
                let help = if c == '\'' { "write `'`" } else { "a backslash itself is written `\\\\`" };
                self.syntax(self.span(at), || format!("`\\{c}` is not a JSON escape"), Some(help));
            }
            [_, _, ..] => {
                self.skip(1);
                self.unescape('\\');
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
    pub(super) fn control_or_end(&mut self, start: u32, told: &mut ForeignSyntax) -> bool {
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
                self.cut_string(start, at);
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
        self.unescape(c);
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
    fn cut_string(&mut self, start: u32, at: u32) {
        work::did((at - start) as usize + self.unescaped.len());
        let written = self.slice(start + 1, at).trim_end();
        let (written, comma) = written.strip_suffix(',').map_or((written, false), |w| (w, true));
        self.skip_to(start + 1 + written.len() as u32);
        let kept = str::from_utf8(&self.unescaped).unwrap_or_default().trim_end().len();
        self.unescaped.truncate(kept);
        if comma && self.unescaped.ends_with(b",") {
            self.unescaped.pop();
        }
        self.syntax(self.span(start), || "this string is never closed".to_owned(), Some("add a `\"`"));
    }
}

fn is_foreign_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200d}' | '\u{2060}')
}
