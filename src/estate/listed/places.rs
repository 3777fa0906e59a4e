//! Where in a list things are, by what they are looked up by.

use std::hash::{BuildHasher as _, BuildHasherDefault, Hash};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use rustc_hash::{FxHashMap, FxHasher};
use smallvec::SmallVec;

use crate::work;

/// The first look-ups go through the whole list: one question, or look-ups between additions to the list, do not pay for the
/// index.
pub(super) const LOOKED_THROUGH: u32 = 16;

/// A short list is always gone through.
const SHORT: usize = 16;

pub(super) fn is_short(length: usize) -> bool {
    length <= SHORT
}

/// Positions by the hash of what is looked up, found once there were some look-ups.
#[derive(Debug, Default)]
pub(super) struct Places {
    of: OnceLock<FxHashMap<u64, SmallVec<[u32; 1]>>>,
    look_ups: AtomicU32,
}

impl Places {
    /// Where the items of one hash are; `None` where all of them have to be looked at.
    pub(super) fn of<T>(
        &self,
        hash: u64,
        items: &[T],
        each: impl Fn(&T, &mut dyn FnMut(u64)),
    ) -> Option<&[u32]> {
        if self.of.get().is_none() && self.look_ups.fetch_add(1, Ordering::Relaxed) < LOOKED_THROUGH {
            return None;
        }
        let all = self.of.get_or_init(|| {
            work::did(items.len());
            let mut all: FxHashMap<u64, SmallVec<[u32; 1]>> = FxHashMap::default();
            for (at, item) in items.iter().enumerate() {
                let at = u32::try_from(at).unwrap_or(u32::MAX);
                each(item, &mut |hash| {
                    let places = all.entry(hash).or_default();
                    if places.last() != Some(&at) {
                        places.push(at);
                    }
                });
            }
            all
        });
        Some(all.get(&hash).map_or(&[], SmallVec::as_slice))
    }
}

pub(super) fn hash(of: impl Hash) -> u64 {
    BuildHasherDefault::<FxHasher>::default().hash_one(of)
}
