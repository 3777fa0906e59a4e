//! Work on all cores: what comes of it is in the order of what it was done for, whatever the number of threads.

use rayon::prelude::*;

/// Fewer items are done on the thread that asks: to start others costs more.
const FEW: usize = 16;

/// What comes of each item, in order.
pub(crate) fn map<T: Sync, R: Send>(items: &[T], each: impl Fn(&T) -> R + Sync + Send) -> Vec<R> {
    map_if(items.len() >= FEW, items, each)
}

/// The same on all cores only if that is worth it.
pub(crate) fn map_if<T: Sync, R: Send>(
    is_worth_it: bool,
    items: &[T],
    each: impl Fn(&T) -> R + Sync + Send,
) -> Vec<R> {
    match is_worth_it {
        true => items.par_iter().map(each).collect(),
        false => items.iter().map(each).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_the_items() {
        for count in [3, 1_000] {
            let items: Vec<usize> = (0..count).collect();
            assert_eq!(map(&items, |n| n * 2), (0..count).map(|n| n * 2).collect::<Vec<_>>());
        }
    }
}
