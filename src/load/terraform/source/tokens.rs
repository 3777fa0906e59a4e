//! The parts of a template: what `~` takes away, and the indentation that `<<-` takes away.
//!
//! Terraform's scanner makes a token of every line, and both rules go by tokens: `~` reaches to the end of its line,
//! and a line whose break was taken away is no line of its own when the indentation is counted.

use std::rc::Rc;

use hcl_edit::template::Strip;

use super::syntax::Token;
use crate::source::Span;

/// A token, and on which sides it takes white space away.
pub(super) struct Raw {
    token: Token,
    before: bool,
    behind: bool,
}

impl Raw {
    pub(super) fn of(token: Token) -> Self {
        Self { token, before: false, behind: false }
    }

    pub(super) fn stripping(token: Token, strip: &Strip) -> Self {
        Self { token, before: strip.strip_start(), behind: strip.strip_end() }
    }
}

/// A text of several lines, a token each.
pub(super) fn lines(written: &str, at: Span, out: &mut Vec<Raw>) {
    let mut start = at.start;
    for line in written.split_inclusive('\n') {
        let end = start + line.len() as u32;
        let span = Span { start, end, ..at };
        let escaped = line.contains("$${") || line.contains("%%{");
        let text = if escaped { line.replace("$${", "${").replace("%%{", "%{") } else { line.to_owned() };
        // A line of a file of Windows ends as others do.
        let text = text.strip_suffix("\r\n").map(|line| format!("{line}\n")).unwrap_or(text);
        let exact = !escaped;
        out.push(Raw::of(Token::Literal { text, at: span, exact }));
        start = end;
    }
}

/// The tokens without what is taken away.
pub(super) fn finished(mut raw: Vec<Raw>, flush: bool) -> Rc<[Token]> {
    let strips: Vec<(bool, bool)> = raw.iter().map(|raw| (raw.before, raw.behind)).collect();
    for (index, (before, behind)) in strips.into_iter().enumerate() {
        if before && let Some(Raw { token, .. }) = index.checked_sub(1).and_then(|at| raw.get_mut(at)) {
            trim_end(token);
        }
        if behind && let Some(Raw { token, .. }) = raw.get_mut(index + 1) {
            trim_start(token, usize::MAX);
        }
    }
    if flush {
        take_indentation(&mut raw);
    }
    raw.into_iter().map(|raw| raw.token).collect()
}

fn trim_end(token: &mut Token) {
    if let Token::Literal { text, .. } = token {
        let len = text.trim_end().len();
        text.truncate(len);
    }
}

/// Takes white space away, of so many characters at most.
fn trim_start(token: &mut Token, most: usize) {
    if let Token::Literal { text, at, .. } = token {
        let spaces = text.chars().take(most).take_while(|c| c.is_whitespace());
        let len: usize = spaces.map(char::len_utf8).sum();
        text.drain(..len);
        at.start = at.start.saturating_add(len as u32).min(at.end);
    }
}

fn take_indentation(raw: &mut [Raw]) {
    let mut least = usize::MAX;
    let mut lines = Vec::new();
    let mut begins = true;
    for (index, Raw { token, .. }) in raw.iter().enumerate() {
        let text = if let Token::Literal { text, .. } = token { Some(text) } else { None };
        if begins {
            begins = false;
            match text {
                Some(text) if text.trim_start().is_empty() && text.ends_with('\n') => {}
                Some(text) => {
                    least = least.min(text.chars().take_while(|c| c.is_whitespace()).count());
                    lines.push(index);
                }
                None => least = 0,
            }
        }
        begins |= text.is_some_and(|text| text.ends_with('\n'));
    }
    for index in lines {
        if let Some(Raw { token, .. }) = raw.get_mut(index) {
            trim_start(token, least);
        }
    }
}
