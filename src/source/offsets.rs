//! The way back from text we made to the text it was made from.

use super::{Origin, Source, SourceId, SourceMap};

/// From offsets in a derived text to offsets in its host.
///
/// The map is a list of pieces. Within a piece the two texts run side by side (one derived byte for one host
/// byte, unless the piece has a stride of its own); a piece starts wherever they fall out of step, such as
/// behind an escape that took six bytes in the host and one in the derived text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OffsetMap {
    /// Sorted by `text`; nothing at all means that every offset maps to itself.
    pieces: Vec<Piece>,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
struct Piece {
    text: u32,
    host: u32,
    /// Host bytes per derived byte.
    stride: u32,
}

impl Piece {
    fn map(self, offset: u32) -> u32 {
        self.host.saturating_add((offset - self.text).saturating_mul(self.stride))
    }
}

impl OffsetMap {
    /// Every offset is its own.
    pub fn identity() -> Self {
        Self::default()
    }

    /// The derived text is a part of the host, beginning `by` bytes into it.
    pub fn shift(by: u32) -> Self {
        let mut map = Self::default();
        map.push(0, by);
        map
    }

    /// The derived text cannot be followed byte by byte: all of it is found at one offset of the host.
    pub fn fixed(at: u32) -> Self {
        Self { pieces: vec![Piece { text: 0, host: at, stride: 0 }] }
    }

    /// From the offset `text` on, the derived text runs beside the host from `host` on.
    ///
    /// Pieces are pushed in the order of the text.
    pub fn push(&mut self, text: u32, host: u32) {
        self.push_strided(text, host, 1);
    }

    /// As [`push`](Self::push), where one derived byte stands for `stride` host bytes (ASCII in UTF-16: 2).
    pub fn push_strided(&mut self, text: u32, host: u32, stride: u32) {
        match self.pieces.last_mut() {
            // Still in step with the piece before: no new one is needed.
            Some(last) if last.stride == stride && last.map(text) == host => {}
            Some(last) if last.text == text => *last = Piece { text, host, stride },
            None if text == 0 && host == 0 && stride == 1 => {}
            Some(_) | None => self.pieces.push(Piece { text, host, stride }),
        }
    }

    /// The offset in the host.
    pub fn map(&self, offset: u32) -> u32 {
        let behind = self.pieces.partition_point(|piece| piece.text <= offset);
        behind.checked_sub(1).and_then(|i| self.pieces.get(i)).map_or(offset, |piece| piece.map(offset))
    }

    /// This map followed by the map of its host: from the derived text straight to the host's own host.
    #[must_use]
    pub fn then(&self, outer: &Self) -> Self {
        let mut joined = Self::default();
        let start = Piece { text: 0, host: 0, stride: 1 };
        let leading = self.pieces.first().is_none_or(|first| first.text > 0).then_some(start);
        let mut pieces = leading.into_iter().chain(self.pieces.iter().copied()).peekable();
        while let Some(piece) = pieces.next() {
            let end = pieces.peek().map_or(u32::MAX, |next| next.text);
            let from = outer.pieces.partition_point(|o| o.text <= piece.host);
            let stride = from.checked_sub(1).and_then(|i| outer.pieces.get(i)).map_or(1, |o| o.stride);
            joined.push_strided(piece.text, outer.map(piece.host), piece.stride.saturating_mul(stride));
            if piece.stride == 0 {
                continue;
            }
            // The outer breakpoints this piece runs across, carried back into the derived text.
            for o in outer.pieces.get(from..).unwrap_or_default() {
                let text = piece.text.saturating_add((o.text - piece.host).div_ceil(piece.stride));
                if text >= end {
                    break;
                }
                joined.push_strided(text, o.host, piece.stride.saturating_mul(o.stride));
            }
        }
        joined
    }
}

impl SourceMap {
    /// How many documents this one lies inside: none for a file, one for a policy that is a string in it.
    pub fn depth(&self, id: SourceId) -> usize {
        let mut depth = 0;
        let mut id = id;
        while let Some(Source { origin: Origin::Embedded { host, .. }, .. }) = self.get(id) {
            depth += 1;
            id = host.source;
        }
        depth
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identity_and_shift() {
        assert_eq!(OffsetMap::identity().map(7), 7);
        assert_eq!(OffsetMap::shift(3).map(7), 10);
        assert_eq!(OffsetMap::shift(0), OffsetMap::identity());
        assert_eq!(OffsetMap::fixed(9).map(1234), 9);
    }

    #[test]
    fn pieces_in_step_are_one() {
        let mut map = OffsetMap::identity();
        map.push(0, 1);
        map.push(5, 6);
        assert_eq!(map, OffsetMap::shift(1));
        map.push(8, 10);
        assert_eq!([7, 8, 9].map(|o| map.map(o)), [8, 10, 11]);
    }

    #[test]
    fn strides() {
        let mut map = OffsetMap::identity();
        map.push_strided(0, 2, 2);
        map.push_strided(1, 4, 2);
        map.push(4, 10);
        assert_eq!([0, 1, 3, 4, 5].map(|o| map.map(o)), [2, 4, 8, 10, 11]);
    }

    #[test]
    fn composition_agrees_with_two_steps() {
        let mut inner = OffsetMap::identity();
        inner.push(3, 4);
        inner.push(5, 9);
        inner.push(11, 40);
        let mut outer = OffsetMap::shift(2);
        outer.push(4, 8);
        outer.push(10, 20);
        outer.push(12, 23);
        outer.push(50, 70);
        for (a, b) in [(&inner, &outer), (&outer, &inner), (&inner, &inner)] {
            let joined = a.then(b);
            for offset in 0..100 {
                assert_eq!(joined.map(offset), b.map(a.map(offset)), "at {offset}");
            }
        }
        assert_eq!(OffsetMap::identity().then(&outer), outer);
        assert_eq!(outer.then(&OffsetMap::identity()), outer);
    }
}
