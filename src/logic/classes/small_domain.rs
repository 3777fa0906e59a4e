//! Families with a handful of values: flags, and bytes that are either named or not.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::alphabet::Word;
use super::collect::{Answers, Collector};
use super::test_matrix::Columns;
use super::{TextKind, TooComplex};
use crate::operator::Operand;

pub(super) fn flags(columns: &Columns<'_>, kind: TextKind) -> Result<Collector, TooComplex> {
    let mut found = Collector::new(columns);
    for value in ["true", "false"] {
        found.offer(Answers { yes: columns.fitting(value), odd: false }, Word::from(value))?;
    }
    offer_unreadable(found, kind)
}

pub(super) fn bytes(columns: &Columns<'_>, kind: TextKind) -> Result<Collector, TooComplex> {
    let mut found = Collector::new(columns);
    let mut named: Vec<(&[u8], u32)> = Vec::new();
    for item in &columns.items {
        if let Operand::Bytes(bytes) = item.operand {
            named.push((bytes, item.test));
        }
    }
    named.sort_unstable();
    for same in named.chunk_by(|a, b| a.0 == b.0) {
        let answers = Answers { yes: same.iter().map(|n| n.1).collect(), odd: false }.tidy();
        match same.first() {
            Some(([], _)) => found.offer_empty(answers),
            Some((bytes, _)) => found.offer(answers, Word::from(&*STANDARD.encode(bytes)))?,
            None => {}
        }
    }
    let is_named = |bytes: &[u8]| named.binary_search_by(|n| n.0.cmp(bytes)).is_ok();
    if let Some(other) = some_bytes().find(|(_, bytes)| !is_named(bytes)) {
        found.offer(Answers::none(false), Word::from(&*other.0))?;
    }
    offer_unreadable(found, kind)
}

/// A single letter is neither a flag nor base64.
fn offer_unreadable(mut found: Collector, kind: TextKind) -> Result<Collector, TooComplex> {
    match kind {
        TextKind::Text => found.offer_unless_found(Answers::none(true), "x")?,
        TextKind::Typed => {}
    }
    Ok(found)
}

/// Texts in base64 and what they stand for: `xxxx` first, and more of them than a policy can name.
fn some_bytes() -> impl Iterator<Item = (String, Vec<u8>)> {
    let letters = || std::iter::once('x').chain('a'..='w').chain(['y', 'z']);
    let texts = letters().flat_map(move |a| {
        letters().flat_map(move |b| {
            letters().flat_map(move |c| letters().map(move |d| String::from_iter([a, b, c, d])))
        })
    });
    texts.filter_map(|text| STANDARD.decode(&text).ok().map(|bytes| (text, bytes)))
}
