//! The commands as tools for agents: what a client asks, and what is no question.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may fail loudly")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::cli::in_dir;

const OBJECT: &str = "s3://lake/curated/day=1/part-0.parquet";

fn estate() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/cross-account")
}

/// What the lines are answered with, and what stands on standard error.
fn asked(lines: &[String]) -> (Vec<Value>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_decryptable"));
    command.arg("mcp").current_dir(estate()).env_clear().env("LC_ALL", "C.UTF-8");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    let answers = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (answers, String::from_utf8(output.stderr).unwrap())
}

fn request(id: u32, method: &str, parameters: &Value) -> String {
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": parameters}).to_string()
}

fn call(name: &str, arguments: &Value) -> Value {
    let line = request(1, "tools/call", &json!({"name": name, "arguments": arguments}));
    let (mut answers, errors) = asked(&[line]);
    assert_eq!(answers.len(), 1, "{errors}");
    answers.remove(0)
}

#[test]
fn a_client_is_greeted_and_told_the_tools() {
    let known = json!({"protocolVersion": "2025-03-26", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}});
    let (answers, errors) = asked(&[
        request(1, "initialize", &known),
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}).to_string(),
        request(2, "ping", &json!({})),
        request(3, "tools/list", &json!({})),
        request(4, "initialize", &json!({"protocolVersion": "1999-01-01"})),
        String::new(),
    ]);
    assert_eq!(errors, "");
    assert_eq!(answers.iter().map(|a| a["id"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(answers[0]["result"]["protocolVersion"], "2025-03-26");
    assert_eq!(answers[0]["result"]["serverInfo"]["name"], "decryptable");
    assert_eq!(answers[3]["result"]["protocolVersion"], "2025-11-25");
    let tools = answers[2]["result"]["tools"].as_array().unwrap();
    assert_eq!(tools.len(), 10);
    for tool in tools {
        let schema = jsonschema::meta::validate(&tool["inputSchema"]);
        assert!(schema.is_ok(), "{tool:#}");
        assert_eq!(tool["annotations"]["readOnlyHint"], true);
        assert!(tool["description"].as_str().unwrap().len() > 20);
    }
}

#[test]
fn tools_say_what_the_commands_say() {
    let edit = "drop kms/lake.json#Lake readers";
    let cases: [(&str, Value, &[&str]); 9] = [
        (
            "can",
            json!({"role": "IAM_CLUSTER", "targets": [OBJECT]}),
            &["can", "IAM_CLUSTER", OBJECT, "--format", "json"],
        ),
        (
            "can",
            json!({"role": "IAM_CLUSTER", "operation": "write", "targets": [OBJECT], "strict": true, "headers": ["x-amz-acl=private"]}),
            &[
                "can",
                "IAM_CLUSTER",
                "write",
                OBJECT,
                "--strict",
                "--header",
                "x-amz-acl=private",
                "--format",
                "json",
            ],
        ),
        (
            "can",
            json!({"role": "IAM_CLUSTER", "targets": [OBJECT], "what_if": [edit], "context": {"aws:UserAgent": "x", "aws:Referer": null}}),
            &[
                "can",
                "IAM_CLUSTER",
                OBJECT,
                "--what-if",
                edit,
                "--context",
                "aws:UserAgent=x",
                "--absent",
                "aws:Referer",
                "--format",
                "json",
            ],
        ),
        ("who", json!({"target": OBJECT}), &["who", OBJECT, "--format", "json"]),
        ("trust", json!({"role": "IAM_CLUSTER"}), &["trust", "IAM_CLUSTER", "--format", "json"]),
        ("matrix", json!({}), &["matrix", "--format", "json"]),
        ("check", json!({}), &["check", "--format", "json"]),
        ("lint", json!({"paths": ["kms"]}), &["lint", "kms", "--format", "json"]),
        ("explain", json!({"about": "R69"}), &["explain", "R69"]),
    ];
    for (tool, arguments, words) in cases {
        let answer = call(tool, &arguments);
        let command = in_dir(&estate(), words);
        let result = &answer["result"];
        assert_eq!(result["content"][0]["text"], command.stdout, "{words:?}");
        assert_eq!(result["isError"], false, "{words:?}");
        if words.contains(&"json") {
            assert_eq!(result["structuredContent"], command.json(), "{words:?}");
        }
    }
}

#[test]
fn what_a_command_complains_of_is_its_result() {
    let answer = call("can", &json!({"role": "IAM_CLUSTR", "targets": [OBJECT]}));
    let text = answer["result"]["content"][0]["text"].as_str().unwrap();
    assert_eq!(answer["result"]["isError"], true);
    assert!(text.contains("did you mean `arn:aws:iam::111111111111:role/IAM_CLUSTER`?"), "{text}");
    // A name that looks like an option is a name.
    let answer = call("can", &json!({"role": "--help", "targets": [OBJECT]}));
    assert!(answer["result"]["content"][0]["text"].as_str().unwrap().contains("`--help`"), "{answer:#}");
    let answer = call("can", &json!({"role": "IAM_CLUSTER", "targets": ["lake"]}));
    assert_eq!(answer["result"]["isError"], true);
}

#[test]
fn what_is_no_question_is_answered_with_an_error() {
    let deep = "[".repeat(100_000);
    let (answers, _) = asked(&[
        "{".to_owned(),
        deep,
        json!({"jsonrpc": "2.0", "id": 1}).to_string(),
        request(2, "resources/list", &json!({})),
        request(3, "tools/call", &json!({"name": "simulate"})),
        request(4, "tools/call", &json!({"name": "can", "arguments": {"role": "r"}})),
        request(5, "tools/call", &json!({"name": "can", "arguments": {"role": 1, "targets": []}})),
        request(
            6,
            "tools/call",
            &json!({"name": "can", "arguments": {"role": "r", "targets": ["x"], "output": "f"}}),
        ),
        request(8, "tools/call", &json!({"name": "can", "arguments": ["r"]})),
        json!({"jsonrpc": "2.0", "id": 9, "result": {}}).to_string(),
        request(7, "ping", &json!({})),
    ]);
    let codes: Vec<_> = answers.iter().map(|answer| answer["error"]["code"].as_i64()).collect();
    let expected = [
        Some(-32700),
        Some(-32700),
        Some(-32600),
        Some(-32601),
        Some(-32602),
        None,
        None,
        None,
        Some(-32602),
    ];
    assert_eq!(codes[..9], expected);
    assert_eq!((codes.len(), codes[9]), (10, None), "the last one is answered all the same");
    // What is wrong with arguments is for the agent to read.
    let text = |at: usize| answers[at]["result"]["content"][0]["text"].as_str().unwrap().to_owned();
    assert!(answers[5..8].iter().all(|answer| answer["result"]["isError"] == true), "{answers:#?}");
    assert!(text(5).contains("can needs `targets`"));
    assert!(text(7).contains("can takes no `output`"));
}
