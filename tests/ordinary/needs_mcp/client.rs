//! The official client of the Model Context Protocol, in Python, against the server.
//!
//! `DECRYPTABLE_MCP_PYTHON` names a Python that has the module mcp; without it that is `python3`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails loudly")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::cli::in_dir;

const OBJECT: &str = "s3://lake/curated/day=1/part-0.parquet";

fn session(calls: &Value) -> Value {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let chosen = std::env::var("DECRYPTABLE_MCP_PYTHON").ok();
    let mut python = Command::new(chosen.as_deref().unwrap_or("python3"));
    python.arg(here.join("tests/mcp/client.py")).arg(env!("CARGO_BIN_EXE_decryptable"));
    python.arg(here.join("policies/cross-account")).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = python.spawn().unwrap();
    child.stdin.take().unwrap().write_all(calls.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "the client failed, as shown above");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
#[ignore = "needs a Python with the module mcp"]
fn every_tool_is_called() {
    let denied = "User: arn:aws:sts::111111111111:assumed-role/IAM_CLUSTER/i-0 is not authorized to perform: kms:Decrypt \
                  on resource: arn:aws:kms:us-east-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab because no \
                  resource-based policy allows the kms:Decrypt action";
    let calls = json!([
        ["can", {"role": "IAM_CLUSTER", "targets": [OBJECT], "context": {"aws:UserAgent": ["a", "b"], "aws:Referer": null}}],
        ["who", {"target": OBJECT}],
        ["trust", {}],
        ["matrix", {}],
        ["check", {}],
        ["lint", {"paths": ["kms"]}],
        ["diff", {"old": ".", "new": "."}],
        ["inputs", {}],
        ["explain", {"about": "R52"}],
        ["explain_denied", {"message": denied}],
    ]);
    let said = session(&calls);
    let tools: Vec<&Value> = calls.as_array().unwrap().iter().map(|call| &call[0]).collect();
    assert_eq!(said["tools"].as_array().unwrap().iter().collect::<Vec<_>>(), tools);
    for (call, result) in calls.as_array().unwrap().iter().zip(said["calls"].as_array().unwrap()) {
        assert_eq!(result["is_error"], false, "{call}: {result}");
        assert!(!result["text"].as_str().unwrap().is_empty(), "{call}");
        let is_text = ["inputs", "explain"].iter().any(|name| call[0] == *name);
        assert_eq!(result["structured"].is_object(), !is_text, "{call}: {result}");
    }
    let whole = in_dir(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/cross-account"),
        &["check", "--format", "json"],
    );
    assert_eq!(said["calls"][4]["structured"], whole.json());
}

#[test]
#[ignore = "needs a Python with the module mcp"]
fn mistakes_reach_the_agent() {
    let calls = json!([
        ["can", {}],
        ["can", {"role": 1, "targets": []}],
        ["can", {"role": "IAM_CLUSTER", "targets": [OBJECT], "output": "f"}],
        ["can", {"role": "nobody", "targets": [OBJECT]}],
        ["lint", {"paths": ["nowhere"]}],
        ["nothing", {}],
    ]);
    let said = session(&calls);
    let results = said["calls"].as_array().unwrap();
    for (result, part) in
        results.iter().zip(["needs `role`", "is a text", "takes no `output`", "nobody", "nowhere"])
    {
        assert_eq!(result["is_error"], true, "{result}");
        assert!(result["text"].as_str().unwrap().contains(part), "{part}: {result}");
    }
    assert!(results[5]["refused"].as_str().unwrap().contains("there is no tool `nothing`"), "{said}");
}
