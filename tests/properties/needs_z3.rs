//! z3 judges the open decisions of `simulate`: `tests/z3/judge.py`.
//!
//! `DECRYPTABLE_Z3_PYTHON` names a Python (3.11 or newer) that has z3; without it that is `python3`. To look at one case by
//! hand: `python3 tests/z3/judge.py --help`.
#![cfg(feature = "cli")]
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a test fails loudly")]

use std::path::Path;
use std::process::Command;

use crate::budget;

#[test]
#[ignore = "needs a Python with the module z3"]
fn z3_finds_the_same_decisions() {
    let chosen = std::env::var("DECRYPTABLE_Z3_PYTHON").ok();
    let python = chosen.as_deref().unwrap_or("python3");
    let judge = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/z3/judge.py");
    let output = Command::new(python)
        .arg(judge)
        .args(["--binary", env!("CARGO_BIN_EXE_decryptable"), "--cases", &budget::cases(500).to_string()])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    println!("{said}");
}
