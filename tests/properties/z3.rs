//! z3 judges the open decisions of `simulate`: `tests/z3/judge.py`, where a Python with z3 is at hand.
//!
//! `DECRYPTABLE_Z3_PYTHON` names that Python; without it `python3` is tried. To look at one case by hand, or at more of
//! them than here: `python3 tests/z3/judge.py --help`.
#![cfg(feature = "cli")]
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a test fails loudly")]

use std::path::Path;
use std::process::Command;

#[test]
fn z3_finds_the_same_decisions() {
    let chosen = std::env::var("DECRYPTABLE_Z3_PYTHON").ok();
    let python = chosen.as_deref().unwrap_or("python3");
    let imported =
        Command::new(python).args(["-c", "import sys, z3; sys.exit(sys.version_info < (3, 11))"]).output();
    if !imported.as_ref().is_ok_and(|output| output.status.success()) {
        // Whoever names a Python means it.
        assert!(chosen.is_none(), "{python} is too old or has no module z3: {imported:?}");
        println!("skipped: no Python 3.11 with the module z3");
        return;
    }
    let judge = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/z3/judge.py");
    let output = Command::new(python)
        .arg(judge)
        .args(["--binary", env!("CARGO_BIN_EXE_decryptable")])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    println!("{said}");
}
