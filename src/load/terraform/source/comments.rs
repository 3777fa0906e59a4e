//! Suppressions that stand in comments: `# decryptable:ignore[code] reason`, for the block that follows.

use super::blocks;
use crate::diagnostic::Diagnostic;
use crate::load::suppression::{self, Ignore};
use crate::source::{SourceId, Span, Spanned};

/// How such a comment begins behind its mark.
const WORD: &str = "decryptable:ignore";

/// The suppressions of a file.
pub(super) fn read(source: SourceId, text: &str, problems: &mut Vec<Diagnostic>) -> Vec<Ignore> {
    if !text.contains(WORD) {
        return Vec::new();
    }
    let mut out = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        if let Some((at, rest)) = comment(line) {
            let within = subject(text, start, end, line.get(..at).unwrap_or_default());
            let span = |from: usize, len: usize| {
                Span::new(source, (start + from) as u32, (start + from + len) as u32)
            };
            let within = Span::new(source, within.start as u32, within.end as u32);
            let whole = span(at, line.trim_end().len().saturating_sub(at));
            let (codes, reason) =
                rest.strip_prefix('[').and_then(|rest| rest.split_once(']')).unwrap_or(("", rest));
            let offset = line.len() - rest.len() + 1;
            let (until, reason) = until(reason, whole);
            for code in codes.split(',').map(str::trim) {
                let place = span(offset, codes.len());
                let rule = Spanned::new(code.to_owned(), place);
                out.extend(suppression::of_comment(rule, reason, until.clone(), (whole, within), problems));
            }
        }
        start = end;
    }
    out
}

/// Where the comment of a line begins, and what stands behind the word.
fn comment(line: &str) -> Option<(usize, &str)> {
    let at = line.find(WORD)?;
    let before = line.get(..at)?;
    let mark = before.rfind(['#', '/'])?;
    let between = before.get(mark + 1..)?;
    between.trim().is_empty().then_some(())?;
    Some((mark, line.get(at + WORD.len()..)?.trim_end()))
}

/// `until=2027-01-31` anywhere in the reason.
fn until(reason: &str, at: Span) -> (Option<Spanned<String>>, &str) {
    let reason = reason.trim();
    let Some((first, rest)) = reason.split_once(' ').or(Some((reason, ""))) else { return (None, reason) };
    if let Some(day) = first.strip_prefix("until=") {
        return (Some(Spanned::new(day.to_owned(), at)), rest.trim());
    }
    match reason.rsplit_once(' ') {
        Some((rest, last)) => match last.strip_prefix("until=") {
            Some(day) => (Some(Spanned::new(day.to_owned(), at)), rest.trim()),
            None => (None, reason),
        },
        None => (None, reason),
    }
}

/// What a comment is about: what begins on its own line, else on the next line that is not a comment.
fn subject(text: &str, start: usize, end: usize, before: &str) -> std::ops::Range<usize> {
    if !before.trim().is_empty() {
        return start..blocks::end_of(text, start);
    }
    let mut at = end;
    for line in text.get(end..).unwrap_or_default().split_inclusive('\n') {
        let trimmed = line.trim_start();
        if !trimmed.is_empty() && !trimmed.starts_with('#') && !trimmed.starts_with("//") {
            break;
        }
        at += line.len();
    }
    at..blocks::end_of(text, at)
}
