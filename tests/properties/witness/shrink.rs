//! The smallest estate, by leaving out one part after the other, that still shows a difference of one kind.

use super::Asking;
use super::difference::{Difference, Tally};
use super::generate::Made;

/// How many smaller estates are tried.
const TRIES: usize = 160;

/// The smaller estate, and the difference as it shows there.
pub(crate) fn shrink(made: &Made, difference: &Difference) -> (Made, String) {
    let mut small = made.clone();
    let mut detail = difference.detail.clone();
    let mut left = TRIES;
    loop {
        let mut changed = false;
        let mut at = 0;
        while let Some(candidate) = small.without(at) {
            if left == 0 {
                return (small, detail);
            }
            left -= 1;
            match shows(&candidate, &difference.kind) {
                Some(found) => {
                    (small, detail) = (candidate, found);
                    changed = true;
                }
                None => at += 1,
            }
        }
        if !changed {
            return (small, detail);
        }
    }
}

fn shows(made: &Made, kind: &str) -> Option<String> {
    let dir = tempfile::tempdir().unwrap();
    let manifest = made.write(dir.path());
    let found = super::ask(&manifest, Asking::of(kind), &mut Tally::default());
    found.into_iter().find(|difference| difference.kind == kind).map(|difference| difference.detail)
}
