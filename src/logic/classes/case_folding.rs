//! Letters that differ only in case, as `fold_eq` sees them.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

/// From the first character of a lower-case form to all characters that have it, for forms beyond ASCII.
static BEYOND_ASCII: LazyLock<FxHashMap<char, SmallVec<[char; 2]>>> = LazyLock::new(|| {
    let mut table: FxHashMap<char, SmallVec<[char; 2]>> = FxHashMap::default();
    // No character behind the second plane has a case.
    for c in '\0'..='\u{1ffff}' {
        match c.to_lowercase().next() {
            Some(first) if first != c && !first.is_ascii() => table.entry(first).or_default().push(c),
            Some(_) | None => {}
        }
    }
    table
});

/// All characters whose lower-case form begins with `lower`.
pub(super) fn spellings(lower: char) -> SmallVec<[char; 4]> {
    let mut out = SmallVec::from_iter([lower]);
    match lower {
        // The Kelvin sign.
        'k' => out.extend(['K', '\u{212a}']),
        // Its lower-case form is an i and a dot above.
        'i' => out.extend(['I', 'İ']),
        'a'..='z' => out.push(lower.to_ascii_uppercase()),
        '\0'..='\x7f' => {}
        _ => out.extend(BEYOND_ASCII.get(&lower).into_iter().flatten().copied()),
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_spelling_is_forgotten() {
        for c in '\0'..=char::MAX {
            let lower = c.to_lowercase().next().unwrap();
            assert!(spellings(lower).contains(&c), "{c:?}");
        }
    }
}
