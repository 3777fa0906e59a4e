//! Lists that are looked up by names, without going through them each time.

use std::hash::{BuildHasher as _, BuildHasherDefault};
use std::ops::{Deref, DerefMut};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use rustc_hash::{FxHashMap, FxHasher};
use smallvec::SmallVec;

use crate::work;

/// Something that is looked up by one of several names.
pub trait Named {
    /// Every name that it goes by. A name may be that of several.
    fn each_name<'n>(&'n self, add: &mut dyn FnMut(&'n str));
}

/// The first look-ups go through the whole list: one question, or look-ups between additions to the list, do not pay for the
/// index.
const LOOKED_THROUGH: u32 = 16;

/// A short list is always gone through.
const SHORT: usize = 16;

/// A list with an index of names, which is built after some look-ups. It is used like a `Vec`; a change drops the index.
pub struct Listed<T> {
    items: Vec<T>,
    /// Where the items of a name are, by the hash of the name.
    names: OnceLock<FxHashMap<u64, SmallVec<[u32; 1]>>>,
    look_ups: AtomicU32,
}

impl<T: Named> Listed<T> {
    /// The items that may have this name, in the order of the list: all that have it, and perhaps others, so that the caller
    /// has to compare the name.
    pub(crate) fn maybe_called<'l>(&'l self, name: &str) -> impl Iterator<Item = &'l T> + Clone + use<'l, T> {
        self.maybe_called_at(name).map(|(_, item)| item)
    }

    /// The same, with their positions.
    pub(crate) fn maybe_called_at<'l>(
        &'l self,
        name: &str,
    ) -> impl Iterator<Item = (usize, &'l T)> + Clone + use<'l, T> {
        let places = self.places(name);
        let at = |at: &u32| usize::try_from(*at).unwrap_or(usize::MAX);
        let some = places
            .into_iter()
            .flatten()
            .filter_map(move |place| Some((at(place), self.items.get(at(place))?)));
        let all = if places.is_none() { self.items.as_slice() } else { &[] };
        some.chain(all.iter().enumerate()).inspect(|_| work::did(1))
    }

    /// What may have one of two names, in the order of the list.
    pub(crate) fn maybe_called_either(&self, name: &str, other: &str) -> Vec<&T> {
        let (Some(these), Some(those)) = (self.places(name), self.places(other)) else {
            work::did(self.items.len());
            return self.items.iter().collect();
        };
        let mut places: SmallVec<[u32; 4]> = these.iter().chain(those).copied().collect();
        places.sort_unstable();
        places.dedup();
        work::did(places.len());
        places.into_iter().filter_map(|at| self.items.get(at as usize)).collect()
    }

    /// Where the items of a name are; `None` where all of them have to be looked at.
    fn places(&self, name: &str) -> Option<&[u32]> {
        if self.items.len() <= SHORT {
            return None;
        }
        if self.names.get().is_none() && self.look_ups.fetch_add(1, Ordering::Relaxed) < LOOKED_THROUGH {
            return None;
        }
        let names = self.names.get_or_init(|| {
            work::did(self.items.len());
            let mut names: FxHashMap<u64, SmallVec<[u32; 1]>> = FxHashMap::default();
            for (at, item) in self.items.iter().enumerate() {
                let at = u32::try_from(at).unwrap_or(u32::MAX);
                item.each_name(&mut |name| {
                    let places = names.entry(hash(name)).or_default();
                    if places.last() != Some(&at) {
                        places.push(at);
                    }
                });
            }
            names
        });
        Some(names.get(&hash(name)).map_or(&[], SmallVec::as_slice))
    }
}

fn hash(name: &str) -> u64 {
    BuildHasherDefault::<FxHasher>::default().hash_one(name)
}

impl<T> Deref for Listed<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.items
    }
}

impl<T> DerefMut for Listed<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        self.names = OnceLock::new();
        self.look_ups = AtomicU32::new(0);
        &mut self.items
    }
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self::from(Vec::new())
    }
}

impl<T> From<Vec<T>> for Listed<T> {
    fn from(items: Vec<T>) -> Self {
        Self { items, names: OnceLock::new(), look_ups: AtomicU32::new(0) }
    }
}

impl<T> FromIterator<T> for Listed<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self::from(Vec::from_iter(items))
    }
}

impl<T: Clone> Clone for Listed<T> {
    fn clone(&self) -> Self {
        // Copies are made to be changed.
        Self::from(self.items.clone())
    }
}

impl<T: std::fmt::Debug> std::fmt::Debug for Listed<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.items.fmt(f)
    }
}

impl<T> IntoIterator for Listed<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl<'l, T> IntoIterator for &'l Listed<T> {
    type Item = &'l T;
    type IntoIter = std::slice::Iter<'l, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

impl<'l, T> IntoIterator for &'l mut Listed<T> {
    type Item = &'l mut T;
    type IntoIter = std::slice::IterMut<'l, T>;

    fn into_iter(self) -> Self::IntoIter {
        DerefMut::deref_mut(self).iter_mut()
    }
}

#[cfg(test)]
mod tests;
