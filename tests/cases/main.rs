//! Scenarios and worked estates: data on disk, each with a test of its own name.
//!
//! `cargo test --test cases -- reads::` runs one kind, `cargo test --test cases -- --list` names them all.

mod assumes;
mod data;
mod denied;
mod inputs;
mod more;
mod near;
mod operations;
mod policies;
mod profiles;
mod reads;
mod simulate;
mod who;

use std::process::ExitCode;

use libtest_mimic::Arguments;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = assumes::trials();
    trials.extend(denied::trials());
    trials.extend(inputs::trials());
    trials.extend(more::trials());
    trials.extend(near::trials());
    trials.extend(operations::trials());
    trials.extend(policies::trials());
    trials.extend(profiles::trials());
    trials.extend(reads::trials());
    trials.extend(simulate::trials());
    trials.extend(who::trials());
    libtest_mimic::run(&arguments, trials).exit_code()
}
