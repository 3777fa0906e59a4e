//! Where a statement is added to a document in a file.

use std::ops::Range;

use super::blocks;
use super::parse;
use super::syntax::{Expr, Key, Kind};
use crate::source::SourceId;

/// A place in a text, with what is written around that which is put in.
pub(crate) struct Spot {
    pub(crate) at: usize,
    pub(crate) before: String,
    /// Of the lines that are put in.
    pub(crate) indent: String,
    pub(crate) behind: String,
}

/// The place for one statement more: in the block of a data source, or in the list of an object.
pub(crate) fn spot_for_statement(text: &str, document: Range<usize>) -> Option<Spot> {
    let written = text.get(document.clone())?;
    if written.starts_with("data") {
        let line = text.get(..document.start)?.rfind('\n').map_or(0, |at| at + 1);
        let end = blocks::end_of(text, line);
        let close = text.get(..end)?.rfind('}')?;
        return Some(Spot {
            at: close,
            before: "\n  ".to_owned(),
            indent: "  ".to_owned(),
            behind: "\n".to_owned(),
        });
    }
    let expr = parse::expression(SourceId::LONE, written, document.start).ok()?;
    let Kind::Object(items) = &expr.kind else { return None };
    let is_statement = |key: &Key| match key {
        Key::Name(name, _) => &**name == "Statement",
        Key::Computed(expr) => expr.literal() == Some("Statement"),
    };
    let (_, list) = items.iter().find(|(key, _)| is_statement(key))?;
    let Kind::List(elements) = &list.kind else { return None };
    let last: &Expr = elements.last()?;
    let end = last.at.end as usize;
    let line = text.get(..last.at.start as usize)?.rfind('\n').map_or(0, |at| at + 1);
    let start = text.get(line..last.at.start as usize)?;
    let indent: String = start.chars().take_while(|c| c.is_whitespace()).collect();
    let behind = text.get(end..)?;
    // A list on lines of its own ends its elements with commas.
    if start.trim().is_empty() && behind.trim_start().starts_with(',') {
        let comma = end + behind.find(',')? + 1;
        let before = format!("\n{indent}");
        return Some(Spot { at: comma, before, indent, behind: ",".to_owned() });
    }
    let before = if start.trim().is_empty() { format!(",\n{indent}") } else { ", ".to_owned() };
    Some(Spot { at: end, before, indent, behind: String::new() })
}
