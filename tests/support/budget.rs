//! How much random input a property is tried with: little by default, and more where there is time.

#![allow(clippy::panic, reason = "a test fails loudly")]

use proptest::test_runner::{Config, RngSeed};

/// Raises the number of cases of every property: 10 tries ten times as many.
const CASES: &str = "DECRYPTABLE_CASES";

/// Chooses other cases than those of every run.
const SEED: &str = "DECRYPTABLE_SEED";

fn number<T: std::str::FromStr>(variable: &str, default: T) -> T {
    match std::env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{variable} is a number, not `{text}`")),
        Err(_) => default,
    }
}

/// So many cases, or as many times as many as the environment asks for.
pub(crate) fn cases(usually: u32) -> u32 {
    usually.saturating_mul(number(CASES, 1))
}

pub(crate) fn seed() -> u64 {
    number(SEED, 1)
}

pub(crate) fn config(usually: u32) -> Config {
    Config {
        cases: cases(usually),
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(seed()),
        // Those that do not fit count as well.
        max_global_rejects: cases(usually).saturating_mul(8).max(1024),
        ..Config::default()
    }
}
