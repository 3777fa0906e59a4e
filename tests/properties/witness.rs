//! One request, whoever asks for it: each leg of each read of the worked estates and of generated ones is asked through
//! `can`, `who s3://`, `who --action`, `simulate`, `explain --denied`, and calls to STS through `assume`, `trust`, `who`
//! and `simulate`. Verdict, conditions and statements must be the same.
//!
//! Estates are generated from consecutive seeds, of which `DECRYPTABLE_SEED` is the first (tests/support/budget.rs).
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails loudly"
)]

mod becoming;
mod conditions;
mod difference;
mod explained;
pub(crate) mod generate;
mod held;
mod leg;
pub(crate) mod loaded;
mod pairs;
mod possible;
mod shrink;
mod simulated;
mod voices;

use std::fs;
use std::path::{Path, PathBuf};

use decryptable::ask::Question;

use difference::{Difference, Tally};
use loaded::Loaded;
use voices::Witness;

use crate::budget;

/// Which questions are asked.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(crate) enum Asking {
    Everything,
    Reads,
    Becoming,
    Itself,
}

impl Asking {
    /// The questions that a kind of difference comes from.
    fn of(kind: &str) -> Self {
        match kind.split(':').next().unwrap_or_default() {
            "diff with itself" | "matrix --all" => Self::Itself,
            "trust" | "who --action sts" | "simulate sts" => Self::Becoming,
            _ => Self::Reads,
        }
    }

    fn includes(self, other: Self) -> bool {
        self == Self::Everything || self == other
    }
}

/// What is asked of one estate.
pub(crate) fn ask(manifest: &Path, asking: Asking, tally: &mut Tally) -> Vec<Difference> {
    let Some(loaded) = Loaded::open(manifest) else {
        return Vec::new();
    };
    let mut witness = Witness::new(&loaded, tally);
    let mut plain = true;
    for row in &loaded.config.expects {
        match &row.question {
            Question::Does(question) if asking.includes(Asking::Reads) && question.doing.is_read() => {
                witness.read(question);
            }
            Question::Does(_) | Question::Acts(_) => {}
            Question::Becomes(_) if !asking.includes(Asking::Becoming) => {}
            Question::Becomes(question) => {
                plain &= !question.circumstances.context.is_empty();
                witness.becoming(Some(question));
            }
        }
    }
    if plain && asking.includes(Asking::Becoming) {
        witness.becoming(None);
    }
    if asking.includes(Asking::Itself) {
        witness.unchanged(manifest);
        witness.pairs();
    }
    witness.found
}

fn worked() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let manifests = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path().join("decryptable.toml"));
    let mut found: Vec<PathBuf> = manifests.filter(|path| path.is_file()).collect();
    found.sort();
    assert!(found.len() >= 12, "only {} estates found", found.len());
    found
}

#[test]
fn every_voice_says_the_same_of_the_worked_estates() {
    let mut tally = Tally::default();
    for manifest in worked() {
        let folder = manifest.parent().unwrap();
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        tally.estates += 1;
        let found = ask(&manifest, Asking::Everything, &mut tally);
        for difference in found {
            tally.add(&format!("policies/{name}"), &difference);
        }
    }
    println!("{}", tally.report());
    assert!(tally.is_clean(), "the voices differ, as shown above");
}

#[test]
fn every_voice_says_the_same_of_generated_estates() {
    let mut tally = Tally::default();
    let mut broken = Vec::new();
    for seed in (budget::seed()..).take(budget::cases(120) as usize) {
        let made = generate::estate(seed);
        let dir = tempfile::tempdir().unwrap();
        let manifest = made.write(dir.path());
        if Loaded::open(&manifest).is_none() {
            broken.push(format!("seed {seed}: {:?}", Loaded::errors(&manifest)));
            continue;
        }
        tally.estates += 1;
        for difference in ask(&manifest, Asking::Everything, &mut tally) {
            if tally.add(&format!("seed {seed}"), &difference) {
                let (small, detail) = shrink::shrink(&made, &difference);
                tally.example(
                    &difference.kind,
                    format!("seed {seed}, made smaller\n{}", small.shown()),
                    detail,
                );
            }
        }
    }
    println!("{}", tally.report());
    assert!(broken.is_empty(), "the generator made estates that are in error:\n{}", broken.join("\n"));
    assert!(tally.is_clean(), "the voices differ, as shown above");
}
