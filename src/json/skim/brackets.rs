//! The way over an object or array, however large and deep.
//!
//! Sixty-four bytes at a time become sets of positions, a bit for each byte: where a quote stands, where a
//! bracket opens or closes. What lies in strings follows from the quotes alone, so that text of any shape takes the
//! same time and nothing is guessed by branches.

use super::super::lex::Input;
use crate::work;

pub(super) const BLOCK: usize = 64;
const ONES: u64 = u64::from_ne_bytes([1; 8]);

/// What follows the bracket that matches the one `input` begins with. There must be as many of each kind to close
/// as to open; that they close each other is not checked.
pub(super) fn behind(input: Input<'_>) -> Option<Input<'_>> {
    let mut state = State::default();
    let mut rest = input;
    while let Some((block, tail)) = rest.split_first_chunk::<BLOCK>() {
        work::did(BLOCK);
        if let Some(end) = state.pass(&Block::of(block)) {
            return state.is_balanced().then(|| rest.get(end..).unwrap_or_default());
        }
        rest = tail;
    }
    work::did(BLOCK);
    let mut last = [b' '; BLOCK];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    let end = state.pass(&Block::of(&last))?;
    state.is_balanced().then(|| rest.get(end..).unwrap_or_default())
}

/// What the blocks so far leave open.
#[derive(Default)]
struct State {
    /// Brackets of both kinds, and braces alone.
    depth: i64,
    braces: i64,
    strings: Strings,
}

/// Whether the blocks so far end inside a string.
#[derive(Default)]
pub(super) struct Strings {
    /// All ones inside a string.
    string: u64,
    /// One when a backslash ended the last block that takes the next byte with it.
    escaped: u64,
}

impl State {
    fn is_balanced(&self) -> bool {
        self.braces == 0
    }

    /// Goes over a block, or to where all brackets are closed: then it gives the number of bytes up to there.
    #[inline]
    fn pass(&mut self, block: &Block) -> Option<usize> {
        let strings = self.strings.pass(block);
        let opens = block.opens & !strings;
        let closes = block.closes & !strings;
        let count = |set: u64| i64::from(set.count_ones());
        if count(closes) < self.depth {
            self.depth += count(opens) - count(closes);
            self.braces += count(opens & block.braces) - count(closes & block.braces);
            return None;
        }
        let mut left = opens | closes;
        while left != 0 {
            let at = left & left.wrapping_neg();
            let step = if opens & at == 0 { -1 } else { 1 };
            self.depth += step;
            if block.braces & at != 0 {
                self.braces += step;
            }
            if self.depth == 0 {
                return Some(at.trailing_zeros() as usize + 1);
            }
            left ^= at;
        }
        None
    }
}

impl Strings {
    /// The bytes of the next block that lie in strings, with the quotes that open them.
    #[inline]
    pub(super) fn pass(&mut self, block: &Block) -> u64 {
        let quotes = block.quotes & !self.escaped(block.backslashes);
        let strings = parity(quotes) ^ self.string;
        self.string = ((strings as i64) >> 63) as u64;
        strings
    }

    /// The bytes a backslash takes with it. Outside of strings there is none in JSON.
    #[inline]
    fn escaped(&mut self, backslashes: u64) -> u64 {
        let mut escaped = self.escaped;
        if backslashes == 0 {
            self.escaped = 0;
            return escaped;
        }
        let mut left = backslashes & !escaped;
        self.escaped = 0;
        while left != 0 {
            let at = left & left.wrapping_neg();
            let next = at << 1;
            escaped |= next;
            self.escaped = u64::from(next == 0);
            left &= !(at | next);
        }
        escaped
    }
}

/// Where what counts stands in 64 bytes: the lowest bit for the first byte.
pub(super) struct Block {
    quotes: u64,
    backslashes: u64,
    pub(super) opens: u64,
    pub(super) closes: u64,
    /// Which of the two are braces.
    pub(super) braces: u64,
}

impl Block {
    #[inline]
    pub(super) fn of(bytes: &[u8; BLOCK]) -> Self {
        let mut block = Self { quotes: 0, backslashes: 0, opens: 0, closes: 0, braces: 0 };
        for (i, word) in bytes.as_chunks::<8>().0.iter().enumerate() {
            let word = u64::from_le_bytes(*word);
            // `{` and `[` differ in one bit, and so do `}` and `]`.
            let folded = word | (ONES * 0x20);
            let shift = 8 * i;
            block.quotes |= positions(equal(word, b'"')) << shift;
            block.backslashes |= positions(equal(word, b'\\')) << shift;
            block.opens |= positions(equal(folded, b'{')) << shift;
            block.closes |= positions(equal(folded, b'}')) << shift;
            block.braces |= positions((word << 2) & (ONES * 0x80)) << shift;
        }
        block
    }
}

/// The high bit of every byte that is equal to `byte`.
#[inline]
fn equal(word: u64, byte: u8) -> u64 {
    const LOW: u64 = u64::from_ne_bytes([0x7f; 8]);
    let differs = word ^ (ONES * u64::from(byte));
    !(((differs & LOW) + LOW) | differs | LOW)
}

/// The high bits of eight bytes, side by side.
#[inline]
fn positions(marks: u64) -> u64 {
    (marks >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// Every bit that has an odd number of bits at or below it: from an opening quote up to the closing one.
#[inline]
fn parity(bits: u64) -> u64 {
    let mut parity = bits;
    for shift in [1, 2, 4, 8, 16, 32] {
        parity ^= parity << shift;
    }
    parity
}
