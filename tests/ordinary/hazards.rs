//! What `lint` says of hazards, and that it says next to nothing of policies in good style: `tests/scenarios/lint`.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests may fail loudly")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use decryptable::diagnostic::{Diagnostic, Severity};
use decryptable::lint;
use decryptable::policy::PolicyKind;
use decryptable::source::{Origin, SourceMap};
use serde_json::Value;

fn scenarios(name: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/lint").join(name);
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn word<'a>(scenario: &'a Value, member: &str) -> &'a str {
    scenario[member].as_str().unwrap()
}

fn findings(policy: &Value, kind: Option<&str>) -> Vec<Diagnostic> {
    let text = serde_json::to_string(policy).unwrap();
    let mut sources = SourceMap::new();
    let source = sources.add("policy.json", text.as_str().into(), Origin::File { bytes: Default::default() });
    let kind = kind.map(|kind| PolicyKind::parse(kind).unwrap());
    let linted = lint::check(&mut sources, source, kind);
    assert!(linted.problems.is_empty(), "{:?}", linted.problems);
    linted.findings
}

#[test]
fn hazards_are_told() {
    let mut missing = Vec::new();
    for scenario in scenarios("hazards.jsonl") {
        let told = findings(&scenario["policy"], Some(word(&scenario, "kind")));
        let told: BTreeSet<&str> = told.iter().map(|finding| finding.code.as_str()).collect();
        let expected = scenario["codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap());
        let lacking: Vec<&str> = expected.filter(|code| !told.contains(code)).collect();
        if !lacking.is_empty() {
            missing.push(format!("{}: no {lacking:?} in {told:?}", word(&scenario, "name")));
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// Without a kind it is guessed, and what is wrong in no kind is not told.
#[test]
fn policies_in_good_style_are_clean() {
    let mut flagged = Vec::new();
    for scenario in scenarios("clean.jsonl") {
        for kind in [Some(word(&scenario, "kind")), None] {
            let told = findings(&scenario["policy"], kind);
            let loud: Vec<&Diagnostic> = told.iter().filter(|f| f.severity > Severity::Note).collect();
            if !loud.is_empty() {
                flagged.push(format!("{} as {kind:?}: {loud:?}", word(&scenario, "name")));
            }
        }
    }
    assert!(flagged.is_empty(), "{flagged:#?}");
}
