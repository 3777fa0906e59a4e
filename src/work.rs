//! Work that is counted, so that tests can hold it in proportion to the input. They look at no clock, which says as much
//! about the machine and what else runs on it.
//!
//! Whoever goes over bytes, or compares one thing with many, says of how many. Outside of unit tests that costs nothing.

#[cfg(test)]
use std::cell::Cell;

#[cfg(test)]
thread_local! {
    static STEPS: Cell<u64> = const { Cell::new(0) };
}

/// So many bytes were looked at, or so many things compared.
#[inline(always)]
pub(crate) fn did(steps: usize) {
    #[cfg(test)]
    STEPS.with(|all| all.set(all.get() + steps as u64));
    #[cfg(not(test))]
    let _ = steps;
}

/// How many steps this thread takes for something.
#[cfg(test)]
pub(crate) fn steps_of<T>(run: impl FnOnce() -> T) -> u64 {
    let before = STEPS.with(Cell::get);
    std::hint::black_box(run());
    STEPS.with(Cell::get) - before
}

/// Holds that eight times the input takes eight times the steps, and not 64 times. `run` gets the size.
#[cfg(test)]
#[track_caller]
pub(crate) fn assert_linear<T>(what: &str, size: usize, mut run: impl FnMut(usize) -> T) {
    let few = steps_of(|| run(size));
    let many = steps_of(|| run(8 * size));
    // Something that counts nothing proves nothing.
    assert!(many > 0, "{what}: nothing was counted");
    assert!(many <= 10 * few + 1_000, "{what}: {few} steps for {size}, {many} for {}", 8 * size);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_linear_passes() {
        assert_linear("once", 100, |size| (0..size).for_each(|_| did(3)));
        assert_linear("always the same", 100, |_| did(40));
    }

    #[test]
    #[should_panic(expected = "for 800")]
    fn what_is_quadratic_does_not() {
        assert_linear("each with each", 100, |size| (0..size).for_each(did));
    }

    #[test]
    #[should_panic(expected = "nothing was counted")]
    fn what_counts_nothing_does_not() {
        assert_linear("nothing", 100, |_| ());
    }
}
