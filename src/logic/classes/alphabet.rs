//! Which characters a witness is made of, where several would do.

use std::cmp::Ordering;

/// A character's rank and itself, as one number: the smaller, the more readable.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Nice(u32);

/// Code points have 21 bits.
const CODE_BITS: u32 = 21;

impl Nice {
    pub(super) fn new(c: char) -> Self {
        let rank = match c {
            // An x reads as “anything”.
            'x' => 0,
            'a'..='z' => 1,
            '0'..='9' => 2,
            'A'..='Z' => 3,
            '-' | '.' | '/' | '_' => 4,
            '!'..='~' => 5,
            ' ' => 6,
            c if c.is_control() => 9,
            c if c.is_alphanumeric() => 7,
            _ => 8,
        };
        Self(rank << CODE_BITS | u32::from(c))
    }

    pub(super) fn char(self) -> Option<char> {
        char::from_u32(self.0 & ((1 << CODE_BITS) - 1))
    }
}

/// The most readable character that is not taken.
pub(super) fn stranger(taken: impl Fn(char) -> bool) -> Option<char> {
    let ascii =
        ('a'..='z').chain('0'..='9').chain('A'..='Z').chain("-./_".chars()).chain('!'..='~').chain([' ']);
    let other = ('\u{a1}'..='\u{10ffff}').filter(|c| c.is_alphanumeric());
    std::iter::once('x').chain(ascii).chain(other).find(|c| !taken(*c))
}

/// A text, perhaps with one more character.
#[derive(Copy, Clone, Debug)]
pub(super) struct Word<'w> {
    pub(super) text: &'w str,
    pub(super) more: Option<char>,
}

impl Word<'_> {
    pub(super) fn chars(self) -> impl Iterator<Item = char> + Clone {
        self.text.chars().chain(self.more)
    }

    /// Shorter is better, then more readable from the front on.
    pub(super) fn compare(self, other: &str) -> Ordering {
        let by_length = self.chars().count().cmp(&other.chars().count());
        by_length.then_with(|| self.chars().map(Nice::new).cmp(other.chars().map(Nice::new)))
    }

    pub(super) fn to_text(self) -> Box<str> {
        match self.more {
            None => self.text.into(),
            Some(_) => self.chars().collect::<String>().into_boxed_str(),
        }
    }
}

impl<'w> From<&'w str> for Word<'w> {
    fn from(text: &'w str) -> Self {
        Self { text, more: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_come_in_the_order_of_their_ranks() {
        let mut taken: Vec<char> = Vec::new();
        for _ in 0..300 {
            let next = stranger(|c| taken.contains(&c)).unwrap();
            assert!(taken.last().is_none_or(|last| Nice::new(*last) < Nice::new(next)), "{next}");
            assert_eq!(Nice::new(next).char(), Some(next));
            taken.push(next);
        }
        assert!(taken.starts_with(&['x', 'a', 'b']));
    }
}
