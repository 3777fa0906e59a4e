//! A statement less.

use std::ops::Range;

use super::{Replacement, at, hcl, is_json, is_yaml, outward};
use crate::json::Node;
use crate::report::tree::Trees;
use crate::source::{SourceMap, Span};

/// What takes one statement out of the text of its policy; none where it is no matter of one place.
pub(crate) fn without(document: Span, statement: Span, map: &SourceMap) -> Option<Replacement> {
    if hcl::is_hcl(map, document) {
        return hcl::without(statement, map);
    }
    let mut trees = Trees::new(map);
    if is_json(map, document.source) {
        let policy = at(trees.of(document)?, document)?;
        let statements = policy.get("Statement")?;
        if statements.is_object() {
            let none = Replacement { at: statements.span, text: "[]".to_owned() };
            return outward(none, map);
        }
        let own = statements.elements().iter().find(|one| one.span == statement)?.span;
        return outward(from_list(map.source_text(own.source)?, own)?, map);
    }
    if !is_yaml(map, document.source) {
        return None;
    }
    let policy = at(trees.of(document)?, document)?;
    in_yaml(policy, statement, map)
}

fn in_yaml(policy: &Node<'_>, own: Span, map: &SourceMap) -> Option<Replacement> {
    let member = policy.members().iter().find(|member| member.key.value == "Statement")?;
    let (statements, source) = (&member.value, member.value.span.source);
    let text = map.source_text(source)?;
    let key = member.key.span;
    if statements.span != own && !statements.elements().iter().any(|one| one.span == own) {
        return None;
    }
    let end = own.start as usize + map.text(own).trim_end().len();
    let line = map.line_around(source, own.start).0;
    let before = map.text(Span::new(source, line, own.start));
    if map.text(statements.span).starts_with('[') {
        return from_list(text, Span::new(source, own.start, end as u32));
    }
    if statements.elements().len() < 2 {
        let colon = text.get(key.end as usize..)?.find(':')? + 1;
        let at = Span::new(source, key.end + u32::try_from(colon).ok()?, end as u32);
        return Some(Replacement { at, text: " []".to_owned() });
    }
    let marker = before.strip_suffix("- ")?;
    if !marker.chars().all(|c| c == ' ') {
        return None;
    }
    let (start, end) = lines_of(text, line as usize..end)?;
    Some(Replacement { at: Span::new(source, start as u32, end as u32), text: String::new() })
}

/// All of the lines that a place is in, and one of two empty lines around them.
pub(in crate::report) fn lines_of(text: &str, at: Range<usize>) -> Option<(usize, usize)> {
    let start = text.get(..at.start)?.rfind('\n').map_or(0, |before| before + 1);
    let behind = text.get(at.end..)?;
    let end = behind.find('\n').map_or(text.len(), |next| at.end + next + 1);
    let after = text.get(end..)?;
    let is_empty = |line: &str| line.trim().is_empty();
    let above =
        text.get(..start)?.strip_suffix('\n').map_or("", |all| all.rsplit('\n').next().unwrap_or(all));
    let first = after.split('\n').next().unwrap_or_default();
    let opens = above.trim_end().ends_with('{');
    let closes = first.trim_start().starts_with('}');
    if is_empty(first) && !after.is_empty() && (is_empty(above) || opens) {
        return Some((start, (end + first.len() + 1).min(text.len())));
    }
    if closes && is_empty(above) && start > above.len() {
        return Some((start - above.len() - 1, end));
    }
    Some((start, end))
}

/// An element of a list in brackets, with the comma that parts it from another one.
pub(crate) fn from_list(text: &str, own: Span) -> Option<Replacement> {
    let (start, end) = (own.start as usize, own.end as usize);
    let (before, behind) = (text.get(..start)?, text.get(end..)?);
    let cut = |start: usize, end: usize| {
        let at = Span::new(own.source, start as u32, end as u32);
        Some(Replacement { at, text: String::new() })
    };
    let next = behind.trim_start();
    if next.starts_with(',') {
        let comma = end + (behind.len() - next.len()) + 1;
        let line = before.rfind('\n').map_or(0, |at| at + 1);
        let rest = text.get(comma..)?;
        let stop = rest.find('\n');
        let has_own_lines = before.get(line..)?.trim().is_empty();
        return match stop.filter(|stop| rest.get(..*stop).is_some_and(|rest| rest.trim().is_empty())) {
            Some(stop) if has_own_lines => cut(line, comma + stop + 1),
            Some(_) | None => cut(start, comma + (rest.len() - rest.trim_start().len())),
        };
    }
    let last = before.trim_end();
    if last.ends_with(',') {
        return cut(last.len() - 1, end);
    }
    let is_only = last.ends_with('[') && next.starts_with(']');
    is_only.then(|| cut(last.len(), end + (behind.len() - next.len())))?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceId;

    fn cut(text: &str, what: &str) -> Option<String> {
        let start = text.find(what).unwrap();
        let own = Span::new(SourceId::LONE, start as u32, (start + what.len()) as u32);
        let Replacement { at, text: new } = from_list(text, own)?;
        let mut text = text.to_owned();
        text.replace_range(at.start as usize..at.end as usize, &new);
        Some(text)
    }

    #[test]
    fn an_element_goes_with_its_comma() {
        for (before, what, after) in [
            ("[a, b, c]", "a", Some("[b, c]")),
            ("[a, b, c]", "b", Some("[a, c]")),
            ("[a, b, c]", "c", Some("[a, b]")),
            ("[ a ]", "a", Some("[]")),
            ("[\n  a,\n  b\n]", "a", Some("[\n  b\n]")),
            ("[\n  a,\n  b\n]", "b", Some("[\n  a\n]")),
            ("[\n  a,\n  b,\n]", "b", Some("[\n  a,\n]")),
            ("[\n  a\n]", "a", Some("[]")),
            ("[a # first\n]", "a", None),
        ] {
            assert_eq!(cut(before, what).as_deref(), after, "{before}");
        }
    }
}
