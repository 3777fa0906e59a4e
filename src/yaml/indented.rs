//! Quoted text and brackets whose lines stand too far to the left.
//!
//! The specification, and with it the scanner, wants all their lines indented as what they belong to. The readers of
//! templates and manifests do not care, and public templates hold JSON that ends at the left, in quotes or without.
//! Blanks at the beginning of such a line mean nothing, so the scanner is given a copy with more of them.

use std::borrow::Cow;

use crate::work;

/// A text with blanks added; nothing is kept where there are none.
#[derive(Clone, Debug, Default)]
pub(super) struct Indented {
    text: Option<String>,
    /// Where in the text blanks were added, in order, and how many there are up to there.
    added: Vec<(u32, u32)>,
    /// Where the brackets end whose lines were indented. Only if they do end there, all those lines are inside.
    pub(super) brackets: Vec<u32>,
}

/// Something with lines that are not indented enough.
#[derive(Copy, Clone, Debug)]
pub(super) struct TooLeft {
    pub(super) from: u32,
    pub(super) to: u32,
    /// How far to the right it begins.
    pub(super) column: u32,
    pub(super) bracket: bool,
}

impl Indented {
    /// What the scanner is to read for `original`.
    pub(super) fn text<'t>(&'t self, original: &'t str) -> &'t str {
        self.text.as_deref().unwrap_or(original)
    }

    /// The offset in the original of one in the text.
    pub(super) fn original(&self, at: u32) -> u32 {
        let behind = self.added.partition_point(|(added, _)| *added <= at);
        let Some((start, before)) = behind.checked_sub(1).and_then(|last| self.added.get(last)) else {
            return at;
        };
        let width =
            before - behind.checked_sub(2).and_then(|last| self.added.get(last)).map_or(0, |added| added.1);
        // Inside of what was added, it is the place where that was done.
        at - before + width - width.min(at - start)
    }

    /// The same with more blanks at the beginning of every line that begins inside. `None` when that would become
    /// much longer than the text is.
    pub(super) fn with(&self, original: &str, left: &TooLeft) -> Option<Self> {
        let TooLeft { from, to, column: width, bracket } = *left;
        let inside = original.get(from as usize..to as usize)?;
        work::did(inside.len());
        let starts = inside.match_indices('\n').map(|(at, _)| from + at as u32 + 1);
        let lines = inside.matches('\n').count();
        if lines == 0 || lines.checked_mul(width as usize)? > original.len().max(1 << 16) {
            return None;
        }
        // Scalars are read in order, so whatever was added before is to the left.
        if self.added.last().is_some_and(|(start, _)| self.original(*start) > from) {
            return None;
        }
        let total = self.added.last().map_or(0, |(_, before)| *before);
        let text = self.text(original);
        work::did(text.len());
        let blanks = " ".repeat(width as usize);
        let mut longer = String::with_capacity(text.len() + lines * width as usize);
        let mut added = self.added.clone();
        let mut copied = 0;
        let mut sum = total;
        for start in starts {
            let start = start + total;
            longer.push_str(text.get(copied..start as usize)?);
            copied = start as usize;
            added.push((u32::try_from(longer.len()).ok()?, sum + width));
            sum += width;
            longer.push_str(&blanks);
        }
        longer.push_str(text.get(copied..)?);
        u32::try_from(longer.len()).ok()?;
        let mut brackets = self.brackets.clone();
        brackets.extend(bracket.then_some(to));
        brackets.is_sorted().then_some(Self { text: Some(longer), added, brackets })
    }
}

/// The text of a scalar as the original has it, or as the scanner made it.
pub(super) fn borrowed<'s>(written: Option<&'s str>, read: Cow<'_, str>) -> Cow<'s, str> {
    match written {
        Some(written) if written == read => Cow::Borrowed(written),
        Some(_) | None => Cow::Owned(read.into_owned()),
    }
}
