//! The statements of `docs/all-pairs.md`, run by DuckDB on what `matrix --all` writes, give what `matrix` says.
//!
//! `DECRYPTABLE_DUCKDB_PYTHON` names a Python that has duckdb; without it that is `python3`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails loudly")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::binary::run;

/// Runs statements in a directory, and prints the rows of each but the views, tab by tab.
const SCRIPT: &str = "
import duckdb, sys
for statement in sys.stdin.read().split(';'):
    if statement.strip():
        result = duckdb.execute(statement)
        if statement.lstrip().startswith('SELECT'):
            print('--')
            for row in result.fetchall():
                print(*row, sep='\\t')
";

fn statements() -> String {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/all-pairs.md")).unwrap();
    let blocks = page.split("```sql\n").skip(1).map(|rest| rest.split("```").next().unwrap().to_owned());
    blocks.collect()
}

#[test]
#[ignore = "needs a Python with the module duckdb"]
fn the_statements_of_the_page_say_what_the_matrix_says() {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/three-account-chain");
    let dir = tempfile::tempdir().unwrap();
    let lines = dir.path().join("access.jsonl");
    let written = run(&from, &["matrix", "--all", "--output", lines.to_str().unwrap()], "");
    assert!(written.status.success(), "{}", String::from_utf8_lossy(&written.stderr));
    let chosen = std::env::var("DECRYPTABLE_DUCKDB_PYTHON").ok();
    let script = dir.path().join("run.py");
    fs::write(&script, SCRIPT).unwrap();
    fs::write(dir.path().join("page.sql"), statements()).unwrap();
    let output = Command::new(chosen.as_deref().unwrap_or("python3"))
        .arg(&script)
        .current_dir(dir.path())
        .stdin(fs::File::open(dir.path().join("page.sql")).unwrap())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let tables: Vec<Vec<Vec<&str>>> = text
        .split("--\n")
        .skip(1)
        .map(|table| table.lines().map(|line| line.split('\t').collect()).collect())
        .collect();
    let [decrypt, read] = tables.as_slice() else { panic!("{text}") };

    let cells = |args: &[&str]| -> Vec<Vec<String>> {
        let csv = run(&from, &[&["matrix", "--format", "csv"][..], args].concat(), "").stdout;
        let csv = String::from_utf8(csv).unwrap();
        csv.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
    };
    let key = "arn:aws:kms:us-east-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let wanted: BTreeSet<(String, String)> = cells(&["--operation", "kms:Decrypt", "--target", key])
        .iter()
        .filter(|cell| cell[3] != "denied")
        .map(|cell| (cell[0].clone(), cell[3].clone()))
        .collect();
    assert!(!wanted.is_empty());
    let found: BTreeSet<(String, String)> =
        decrypt.iter().map(|row| (row[0].to_owned(), row[1].to_owned())).collect();
    assert_eq!(found, wanted);

    let mut wanted: BTreeMap<String, String> = BTreeMap::new();
    for cell in cells(&["--operation", "read"]) {
        if ["allowed", "conditional"].contains(&cell[3].as_str()) {
            let count = wanted.entry(cell[0].clone()).or_insert_with(|| "0".to_owned());
            *count = (count.parse::<u32>().unwrap() + 1).to_string();
        }
    }
    assert!(!wanted.is_empty());
    let found: BTreeMap<String, String> =
        read.iter().map(|row| (row[0].to_owned(), row[1].to_owned())).collect();
    assert_eq!(found, wanted);
}
