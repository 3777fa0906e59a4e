//! A table of where the brackets of a document close. One pass over the text fills it. Without the table, a reader that goes
//! through the document level by level passes over each byte once for every level.

use std::ops::ControlFlow;

use super::super::lex::Input;
use super::brackets::{self, BLOCK, Block, Strings};
use crate::source::Span;
use crate::work;

/// A shorter document is passed over in less time than it takes to note its brackets.
const SHORT: usize = 1_024;

/// What stands for a bracket that nothing closes.
const OPEN: u32 = 0;

/// The ends of the objects and arrays of one document, in as much memory as a third of its text.
#[derive(Clone, Debug)]
pub struct Ends {
    /// Where the document begins.
    start: usize,
    /// Which bytes are brackets that open, a bit for each.
    opens: Vec<u64>,
    /// How many brackets were opened before each of these.
    before: Vec<u32>,
    /// For each bracket that opens, the offset behind the one that closes it.
    ends: Vec<u32>,
}

/// A text, with the ends of its brackets where they were looked for.
#[derive(Copy, Clone, Debug)]
pub struct Indexed<'t> {
    /// The whole text.
    pub text: &'t str,
    /// The ends of one document in it.
    pub ends: Option<&'t Ends>,
}

impl<'t> From<&'t str> for Indexed<'t> {
    fn from(text: &'t str) -> Self {
        Self { text, ends: None }
    }
}

impl Ends {
    /// The ends in the document at a place, unless they are not worth it.
    pub fn of(text: &str, at: Span) -> Option<Self> {
        if at.len() < SHORT {
            return None;
        }
        Self::find(text, at, |_| ControlFlow::Continue(()))
    }

    /// The same where the document is one object or array, which ends where its place does.
    pub(super) fn of_one(text: &str, at: Span) -> Option<Self> {
        if at.len() < SHORT {
            return None;
        }
        let found = Self::find(text, at, |end| match end == at.end {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        });
        found.filter(|ends| ends.ends.first() == Some(&at.end))
    }

    /// `outermost` is told where a bracket closes that lies in no other.
    pub(super) fn find(text: &str, at: Span, outermost: impl Fn(u32) -> ControlFlow<()>) -> Option<Self> {
        let start = at.start as usize;
        let input: Input<'_> = text.get(start..at.end as usize)?.as_bytes();
        let blocks = input.len().div_ceil(BLOCK);
        let mut found = Self {
            start,
            opens: Vec::with_capacity(blocks),
            before: Vec::with_capacity(blocks),
            ends: Vec::with_capacity(input.len() / 24),
        };
        let mut strings = Strings::default();
        // The brackets that are open: which one, and how many braces more were opened than closed before it.
        let mut open: Vec<(usize, i64)> = Vec::new();
        let mut braces = 0;
        let (whole, rest) = input.as_chunks::<BLOCK>();
        let mut last = [b' '; BLOCK];
        last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        for (i, bytes) in whole.iter().chain(std::iter::once(&last)).take(blocks).enumerate() {
            work::did(BLOCK);
            let block = Block::of(bytes);
            let inside = strings.pass(&block);
            let opens = block.opens & !inside;
            found.opens.push(opens);
            found.before.push(found.ends.len() as u32);
            let mut left = (block.opens | block.closes) & !inside;
            while left != 0 {
                let bit = left & left.wrapping_neg();
                left ^= bit;
                let is_brace = i64::from(block.braces & bit != 0);
                if opens & bit != 0 {
                    open.push((found.ends.len(), braces));
                    found.ends.push(OPEN);
                    braces += is_brace;
                    continue;
                }
                braces -= is_brace;
                let Some((which, before)) = open.pop() else { continue };
                let end = at.start + (BLOCK * i) as u32 + bit.trailing_zeros() + 1;
                if braces == before
                    && let Some(noted) = found.ends.get_mut(which)
                {
                    *noted = end;
                }
                if open.is_empty() && outermost(end).is_break() {
                    return None;
                }
            }
        }
        Some(found)
    }

    /// The offset behind the bracket that closes the one at this offset of the text; `None` where no bracket was noted there.
    fn end(&self, at: usize) -> Option<Option<usize>> {
        let at = at.checked_sub(self.start)?;
        let (opens, before) = (*self.opens.get(at / BLOCK)?, *self.before.get(at / BLOCK)?);
        let bit = 1 << (at % BLOCK);
        if opens & bit == 0 {
            return None;
        }
        let which = before as usize + (opens & (bit - 1)).count_ones() as usize;
        let end = *self.ends.get(which)?;
        Some((end != OPEN).then_some(end as usize))
    }
}

impl<'t> Indexed<'t> {
    /// What follows the object or array that `rest` begins with, which ends where the text up to `end` does.
    pub(super) fn behind(self, rest: Input<'t>, end: usize) -> Option<Input<'t>> {
        let Some(known) = self.ends.and_then(|ends| ends.end(end - rest.len())) else {
            return brackets::behind(rest);
        };
        // A place that ends inside of the document ends there for its brackets, too.
        let behind = known.filter(|behind| *behind <= end)?;
        rest.get(rest.len() - (end - behind)..)
    }
}
