//! Lists that are looked up by names without going through them each time, and whose copies hold no more than what was
//! changed in them.

mod iter;
mod places;
mod shared;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Index;
use std::sync::Arc;

use crate::source::SourceId;
use crate::work;

use super::SharedPolicy;
pub use iter::Iter;
use places::{Places, is_short};
pub use shared::Shared;

/// Something that is looked up by one of several names.
pub trait Named {
    /// Every name that it goes by. A name may be that of several.
    fn each_name<'n>(&'n self, add: &mut dyn FnMut(&'n str));
}

/// Something that policies are attached to.
pub(super) trait Holds {
    /// All policies that it has, of every kind.
    fn each_policy<'n>(&'n self, see: &mut dyn FnMut(&'n SharedPolicy));

    /// The same, to put others in their places.
    fn each_policy_mut(&mut self, change: &mut dyn FnMut(&mut SharedPolicy));
}

/// A list with an index of names, which is built after some look-ups. A copy shares the items with the list that it was made
/// of, and keeps only what is changed in it.
pub struct Listed<T> {
    base: Arc<Base<T>>,
    /// What stands in the place of items of the base, by position.
    changed: BTreeMap<usize, T>,
    /// What comes after them.
    added: Vec<T>,
}

/// What copies share.
struct Base<T> {
    items: Vec<T>,
    names: Places,
    texts: Places,
}

impl<T> Base<T> {
    fn new(items: Vec<T>) -> Self {
        Self { items, names: Places::default(), texts: Places::default() }
    }
}

impl<T> Listed<T> {
    /// How many items there are.
    pub fn len(&self) -> usize {
        self.base.items.len() + self.added.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The item at a position.
    pub fn get(&self, at: usize) -> Option<&T> {
        if !self.changed.is_empty()
            && let Some(item) = self.changed.get(&at)
        {
            return Some(item);
        }
        self.base.items.get(at).or_else(|| self.added.get(at.checked_sub(self.base.items.len())?))
    }

    /// The first item.
    pub fn first(&self) -> Option<&T> {
        self.get(0)
    }

    /// The items, in order.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter::new(self)
    }

    /// Adds an item at the end.
    pub fn push(&mut self, item: T) {
        match Arc::get_mut(&mut self.base) {
            Some(base) if self.added.is_empty() => {
                base.names = Places::default();
                base.texts = Places::default();
                base.items.push(item);
            }
            Some(_) | None => self.added.push(item),
        }
    }

    /// Takes away all items.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// The items at which two lists may differ. Of copies of one list these are what was changed in either.
    pub(crate) fn may_differ(&self, other: &Self) -> Vec<usize> {
        let all = self.len().max(other.len());
        if !Arc::ptr_eq(&self.base, &other.base) {
            return (0..all).collect();
        }
        let mut places: Vec<usize> = self.changed.keys().chain(other.changed.keys()).copied().collect();
        places.extend(self.base.items.len()..all);
        places.sort_unstable();
        places.dedup();
        places
    }

    /// These positions of the base, with those that the base does not know; all, where none are given.
    fn places<'l>(&'l self, known: Option<&'l [u32]>) -> impl Iterator<Item = usize> + Clone + use<'l, T> {
        let (plain, mixed, all) = match known {
            Some(known) if self.is_base() => (known, Vec::new(), 0..0),
            Some(known) => (Default::default(), self.with_own(known), 0..0),
            None => (Default::default(), Vec::new(), 0..self.len()),
        };
        let some = plain.iter().copied().chain(mixed);
        some.map(|at| usize::try_from(at).unwrap_or(usize::MAX)).chain(all)
    }

    fn with_own(&self, known: &[u32]) -> Vec<u32> {
        let own = self.changed.keys().copied().chain(self.base.items.len()..self.len());
        let mut places: Vec<u32> = own.filter_map(|at| u32::try_from(at).ok()).collect();
        places.extend(known);
        places.sort_unstable();
        places.dedup();
        places
    }

    fn is_base(&self) -> bool {
        self.changed.is_empty() && self.added.is_empty()
    }
}

impl<T: Clone> Listed<T> {
    /// The item at a position, to change it.
    pub fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        let length = self.base.items.len();
        if at >= length {
            return self.added.get_mut(at - length);
        }
        // What nobody else has is changed in its place.
        if self.changed.is_empty() && Arc::get_mut(&mut self.base).is_some() {
            let base = Arc::get_mut(&mut self.base)?;
            base.names = Places::default();
            base.texts = Places::default();
            return base.items.get_mut(at);
        }
        match self.changed.entry(at) {
            Entry::Occupied(known) => Some(known.into_mut()),
            Entry::Vacant(free) => Some(free.insert(self.base.items.get(at)?.clone())),
        }
    }

    /// The items, to change them.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        if !self.is_base() || Arc::get_mut(&mut self.base).is_none() {
            *self = self.iter().cloned().collect();
        }
        let base = Arc::get_mut(&mut self.base);
        base.map_or_else(Default::default, |base| {
            base.names = Places::default();
            base.texts = Places::default();
            base.items.iter_mut()
        })
    }

    /// The first item that fits, to change it.
    pub fn find_mut(&mut self, fits: impl FnMut(&T) -> bool) -> Option<&mut T> {
        let at = self.iter().position(fits)?;
        self.get_mut(at)
    }

    /// Takes away the last item.
    pub(crate) fn pop(&mut self) -> Option<T> {
        if let Some(item) = self.added.pop() {
            return Some(item);
        }
        let mut all: Vec<T> = self.iter().cloned().collect();
        let last = all.pop();
        *self = Self::from(all);
        last
    }
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
        self.at(self.named(name)).inspect(|_| work::did(1))
    }

    /// What may have one of two names, in the order of the list.
    pub(crate) fn maybe_called_either(&self, name: &str, other: &str) -> Vec<&T> {
        let (Some(these), Some(those)) = (self.named(name), self.named(other)) else {
            work::did(self.len());
            return self.iter().collect();
        };
        let mut places: Vec<u32> = these.iter().chain(those).copied().collect();
        places.sort_unstable();
        places.dedup();
        let own = self.places(Some(&places)).filter_map(|at| self.get(at));
        own.inspect(|_| work::did(1)).collect()
    }

    /// Where the items of a name are in the base; `None` where all of them have to be looked at.
    fn named(&self, name: &str) -> Option<&[u32]> {
        let base = &self.base;
        if is_short(base.items.len()) {
            return None;
        }
        base.names.of(places::hash(name), &base.items, |item, add| {
            item.each_name(&mut |name| add(places::hash(name)));
        })
    }

    /// What is at these places of the base, with what the base does not know.
    fn at<'l>(
        &'l self,
        known: Option<&'l [u32]>,
    ) -> impl Iterator<Item = (usize, &'l T)> + Clone + use<'l, T> {
        self.places(known).filter_map(|at| Some((at, self.get(at)?)))
    }
}

impl<T: Named + Clone> Listed<T> {
    /// The first item of a name, to change it.
    pub(crate) fn called_mut(&mut self, name: &str, is_it: impl Fn(&T) -> bool) -> Option<&mut T> {
        let at = self.maybe_called_at(name).find(|(_, item)| is_it(item)).map(|(at, _)| at)?;
        self.get_mut(at)
    }
}

/// Puts other policies in the place of some of a text; whether there are any.
pub(super) fn replace_policies<T: Holds + Clone>(
    list: &mut Listed<T>,
    text: SourceId,
    other: &mut dyn FnMut(&SharedPolicy) -> Option<SharedPolicy>,
) -> bool {
    let mut found = Vec::new();
    for at in holding(list, text) {
        let Some(item) = list.get(at) else { continue };
        let mut is_found = false;
        work::did(1);
        item.each_policy(&mut |policy| is_found = is_found || other(policy).is_some());
        found.extend(is_found.then_some(at));
    }
    for at in &found {
        let Some(item) = list.get_mut(*at) else { continue };
        item.each_policy_mut(&mut |policy| {
            if let Some(other) = other(policy) {
                *policy = other;
            }
        });
    }
    !found.is_empty()
}

/// Where items are that may have a policy of a text.
fn holding<T: Holds>(list: &Listed<T>, text: SourceId) -> Vec<usize> {
    let base = &list.base;
    let known = (!is_short(base.items.len())).then(|| {
        base.texts.of(places::hash(text), &base.items, |item, add| {
            item.each_policy(&mut |policy| {
                add(places::hash(policy.span.source));
                let others = policy.statements.iter().map(|statement| statement.span.source);
                others.filter(|source| *source != policy.span.source).for_each(|s| add(places::hash(s)));
            });
        })
    });
    list.places(known.flatten()).collect()
}

impl<T> Index<usize> for Listed<T> {
    type Output = T;

    /// # Panics
    ///
    /// Where there is nothing at this position, as for a `Vec`.
    #[expect(clippy::indexing_slicing, reason = "as a Vec does it")]
    fn index(&self, at: usize) -> &T {
        self.get(at).unwrap_or_else(|| &self.base.items[at])
    }
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self::from(Vec::new())
    }
}

impl<T> From<Vec<T>> for Listed<T> {
    fn from(items: Vec<T>) -> Self {
        Self { base: Arc::new(Base::new(items)), changed: BTreeMap::new(), added: Vec::new() }
    }
}

impl<T> FromIterator<T> for Listed<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self::from(Vec::from_iter(items))
    }
}

impl<T: Clone> Clone for Listed<T> {
    fn clone(&self) -> Self {
        Self { base: Arc::clone(&self.base), changed: self.changed.clone(), added: self.added.clone() }
    }
}

impl<T: std::fmt::Debug> std::fmt::Debug for Listed<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

impl<'l, T> IntoIterator for &'l Listed<T> {
    type Item = &'l T;
    type IntoIter = Iter<'l, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'l, T: Clone> IntoIterator for &'l mut Listed<T> {
    type Item = &'l mut T;
    type IntoIter = std::slice::IterMut<'l, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

#[cfg(test)]
mod tests;
