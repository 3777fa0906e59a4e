//! Going through a list.

use std::iter::FusedIterator;
use std::ops::Range;

use super::Listed;

/// The items of a [`Listed`], in order.
pub struct Iter<'l, T> {
    list: &'l Listed<T>,
    places: Range<usize>,
    /// The items alone, where nothing was changed in the list.
    plain: std::slice::Iter<'l, T>,
    is_plain: bool,
}

impl<'l, T> Iter<'l, T> {
    pub(super) fn new(list: &'l Listed<T>) -> Self {
        Self { list, places: 0..list.len(), plain: list.base.items.iter(), is_plain: list.is_base() }
    }
}

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Self { places: self.places.clone(), plain: self.plain.clone(), ..*self }
    }
}

impl<'l, T> Iterator for Iter<'l, T> {
    type Item = &'l T;

    fn next(&mut self) -> Option<&'l T> {
        if self.is_plain {
            return self.plain.next();
        }
        self.list.get(self.places.next()?)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        if self.is_plain { self.plain.size_hint() } else { self.places.size_hint() }
    }
}

impl<T> DoubleEndedIterator for Iter<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.is_plain {
            return self.plain.next_back();
        }
        self.list.get(self.places.next_back()?)
    }
}

impl<T> ExactSizeIterator for Iter<'_, T> {}

impl<T> FusedIterator for Iter<'_, T> {}

impl<T> std::fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Iter").field("places", &self.places).finish_non_exhaustive()
    }
}
