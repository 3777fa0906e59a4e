//! The schemas that `generate schema` prints say what is read and written: outputs and worked estates against them, and
//! those that are data against the readers.
#![allow(clippy::panic, clippy::unwrap_used, reason = "tests may fail loudly")]
#![cfg(feature = "cli")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::binary::run;
use decryptable::ask::Verdict;
use decryptable::estate::{EncryptionType, KeyState, Ownership};
use decryptable::policy::PolicyKind;
use jsonschema::Validator;
use serde_json::{Value, json};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn stdout(dir: &Path, arguments: &[&str], stdin: &str) -> String {
    String::from_utf8(run(dir, arguments, stdin).stdout).unwrap()
}

fn schema(of: &str) -> Value {
    serde_json::from_str(&stdout(root(), &["generate", "schema", of], "")).unwrap()
}

/// The schema of one definition, with nothing allowed that it does not name.
fn definition(schema: &Value, name: &str) -> Validator {
    assert!(schema.pointer(&format!("/$defs/{name}")).is_some(), "no {name}");
    jsonschema::validator_for(&json!({
        "$schema": schema["$schema"],
        "$ref": format!("#/$defs/{name}"),
        "unevaluatedProperties": false,
        "$defs": schema["$defs"],
    }))
    .unwrap()
}

#[track_caller]
fn fits(validator: &Validator, what: &str, value: &Value) {
    let wrong: Vec<String> =
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{what}: {}", wrong.join("\n"));
}

fn estates() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(root().join("policies"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("decryptable.toml").is_file())
        .collect();
    found.sort();
    found
}

#[test]
fn outputs_of_the_worked_estates_fit() {
    let schema = schema("output");
    let whole = jsonschema::validator_for(&schema).unwrap();
    let checks = [
        ("Check", &["check", "--format", "json"][..]),
        ("CheckLine", &["check", "--format", "jsonl"]),
        ("Graph", &["trust", "--format", "json"]),
        ("GraphLine", &["trust", "--format", "jsonl"]),
        ("Graph", &["who", "s3://lake/curated/a", "--escalation", "--format", "json"]),
        ("Inputs", &["inputs", "--format", "json"]),
    ];
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for estate in estates() {
        for (name, arguments) in checks {
            let text = stdout(&estate, arguments, "");
            let documents: Vec<Value> =
                serde_json::Deserializer::from_str(&text).into_iter().map(Result::unwrap).collect();
            let validator = definition(&schema, name);
            for document in documents {
                let what = format!("{} {arguments:?}", estate.display());
                // Where nothing was decided, the problems are printed as a check prints them.
                if name == "Graph" && document.get("nodes").is_none() {
                    continue;
                }
                fits(&validator, &what, &document);
                fits(&whole, &what, &document);
                *seen.entry(name).or_default() += 1;
            }
        }
    }
    let old = root().join("policies/cross-account-key-policy-missing");
    let new = root().join("policies/cross-account");
    let (old, new) = (old.to_str().unwrap(), new.to_str().unwrap());
    let role = "arn:aws:iam::111111111111:role/IAM_CLUSTER";
    let cases = [
        ("Comparison", vec!["diff", old, new, "--format", "json"]),
        ("ComparisonLine", vec!["diff", old, new, "--format", "jsonl"]),
        ("Answer", vec!["can", role, "s3://lake/curated/a", "--format", "json"]),
        ("Answer", vec!["can", role, "s3://lake/curated/*", "--strict", "--format", "json"]),
        ("CheckLine", vec!["can", role, "s3://lake/curated/a", "--format", "jsonl"]),
        (
            "Graph",
            vec!["trust", role, "--by", "service:ec2.amazonaws.com", "--escalation", "--format", "json"],
        ),
        ("Answer", vec!["can", role, "write", "s3://lake/curated/a", "--format", "json"]),
        (
            "Answer",
            vec!["can", role, "copy", "s3://lake/curated/a", "s3://lake/curated/b", "--format", "json"],
        ),
        ("Answer", vec!["can", role, "kms:Decrypt", "alias/lake", "--format", "json"]),
        ("Matrix", vec!["matrix", "--format", "json"]),
        ("MatrixCell", vec!["matrix", "--format", "jsonl"]),
        ("PairLine", vec!["matrix", "--all"]),
        ("Graph", vec!["who", "delete", "s3://lake/curated/a", "--format", "json"]),
        ("Graph", vec!["who", "--action", "kms:Decrypt", "*", "--format", "json"]),
        ("Check", vec!["lint", "--format", "json"]),
        ("CheckLine", vec!["lint", "--format", "jsonl"]),
        // What cannot be read, and what asks nothing.
        ("Check", vec!["check", "gone.json", "--format", "json"]),
        ("CheckLine", vec!["check", "gone.json", "--format", "jsonl"]),
        ("Check", vec!["check", "--isolated", "kms", "--format", "json"]),
        ("Check", vec!["trust", "--input", "gone.json", "--format", "json"]),
        ("Inputs", vec!["inputs", "--isolated", "kms", "--format", "json"]),
        ("Settings", vec!["--isolated", "config", "show", "--format", "json"]),
        ("Settings", vec!["config", "show", "--format", "json"]),
        ("Refusals", vec!["explain", "--denied", "Access Denied", "--format", "json"]),
        (
            "Refusals",
            vec![
                "explain",
                "--denied",
                "User: arn:aws:sts::111111111111:assumed-role/IAM_CLUSTER/s is not authorized to perform: kms:Decrypt",
                "--object",
                "s3://lake/curated/a",
                "--format",
                "json",
            ],
        ),
    ];
    for (name, arguments) in cases {
        let text = stdout(Path::new(old), &arguments, "");
        for document in serde_json::Deserializer::from_str(&text).into_iter::<Value>() {
            fits(&definition(&schema, name), &format!("{arguments:?}"), &document.unwrap());
            *seen.entry(name).or_default() += 1;
        }
    }
    let names: BTreeSet<&str> = seen.keys().copied().collect();
    let anchored: BTreeSet<&str> = schema["anyOf"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["$ref"].as_str().unwrap().rsplit('/').next().unwrap())
        .collect();
    assert_eq!(names, anchored, "every kind of output was tried");
}

/// Nothing is put together by hand beside the types that its schema is made of.
#[test]
fn json_is_written_from_types() {
    // Statements that are proposed, messages of a protocol, and the schemas themselves.
    let may = [
        "src/ask/carry_out.rs",
        "src/ask/fix.rs",
        "src/ask/fix/narrow.rs",
        "src/ask/fix/neighbours.rs",
        "src/cli/lsp/actions.rs",
        "src/cli/lsp/complete.rs",
        "src/cli/lsp/lenses.rs",
        "src/cli/lsp/position.rs",
        "src/cli/lsp/publish.rs",
        "src/cli/lsp/server.rs",
        "src/cli/lsp/transport.rs",
        "src/cli/mcp.rs",
        "src/cli/mcp/tools.rs",
        "src/cli/schema.rs",
        // A grant as list-grants answers it.
        "src/cli/shell/written/rows.rs",
        "src/policy/render.rs",
    ];
    let mut open = vec![root().join("src")];
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let text = fs::read_to_string(&path).unwrap_or_default();
        if text.split("#[cfg(test)]").next().unwrap().contains("json!(") {
            found.push(path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned());
        }
    }
    found.sort();
    assert_eq!(found, may);
}

#[test]
fn a_written_baseline_fits_its_schema() {
    let validator = jsonschema::validator_for(&schema("baseline")).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let policy = r#"{"Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]}"#;
    fs::write(dir.path().join("p.json"), policy).unwrap();
    stdout(dir.path(), &["lint", "--isolated", "p.json", "--write-baseline", "known.json"], "");
    let written: Value =
        serde_json::from_str(&fs::read_to_string(dir.path().join("known.json")).unwrap()).unwrap();
    assert_eq!(written["findings"].as_array().unwrap().len(), 2);
    fits(&validator, "the baseline", &written);
    let mut other = written.clone();
    other["schema"] = json!("decryptable-baseline/2");
    assert!(!validator.is_valid(&other));
    other = written;
    other["findings"][0].as_object_mut().unwrap().remove("fingerprint");
    assert!(!validator.is_valid(&other));
}

#[test]
fn an_output_that_lacks_or_has_something_else_does_not_fit() {
    let schema = schema("output");
    let check = definition(&schema, "Check");
    let report: Value =
        serde_json::from_str(&stdout(&root().join("policies/grant"), &["check", "--format", "json"], ""))
            .unwrap();
    fits(&check, "as it is", &report);
    for change in [
        |report: &mut Value| report["extra"] = json!(1),
        |report: &mut Value| report["schema"] = json!("decryptable/2"),
        |report: &mut Value| report["answers"][0]["verdict"] = json!("maybe"),
        |report: &mut Value| {
            report["answers"][0].as_object_mut().unwrap().remove("legs");
        },
    ] {
        let mut changed = report.clone();
        change(&mut changed);
        assert!(!check.is_valid(&changed), "{changed:#}");
    }
}

#[test]
fn lines_of_simulate_fit() {
    let schema = schema("simulate");
    let whole = jsonschema::validator_for(&schema).unwrap();
    let (request, answer, error) = (
        definition(&schema, "Request"),
        definition(&schema, "SimulateAnswer"),
        definition(&schema, "SimulateError"),
    );
    let policy = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kms:*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}}});
    let line = json!({
        "Id": 7, "CallerArn": "arn:aws:iam::111111111111:role/r", "ActionNames": ["kms:Decrypt"],
        "ResourceArns": "arn:aws:kms:us-east-1:111111111111:key/k", "PolicyInputList": [policy, policy.to_string()],
        "ResourcePolicy": policy, "ContextMode": "open", "SessionPolicyInputList": null,
        "ServiceControlPolicyInputList": [[policy]], "PublicAccessBlock": {"RestrictPublicBuckets": true},
        "ContextEntries": [{"ContextKeyName": "aws:TagKeys", "ContextKeyValues": ["a"], "ContextKeyType": "stringList"}],
        "Grants": [{"GranteePrincipal": "arn:aws:iam::111111111111:role/r", "Operations": ["Decrypt"],
            "Constraints": {"EncryptionContextSubset": {"a": "b"}}}],
    });
    fits(&request, "the request", &line);
    for (text, validator) in
        [(line.to_string(), &answer), ("{}".to_owned(), &error), ("nonsense".to_owned(), &error)]
    {
        let said: Value = serde_json::from_str(&stdout(root(), &["simulate", "-"], &text)).unwrap();
        fits(validator, &text, &said);
        fits(&whole, &text, &said);
    }
    assert!(!request.is_valid(&json!({"ActionNames": ["kms:Decrypt"], "Extra": 1})));
    // What is conditional says on what, in words of a schema and not in any.
    let line = json!({
        "ActionNames": ["kms:Decrypt"], "ResourceArns": ["arn:aws:kms:us-east-1:111111111111:key/k"],
        "PolicyInputList": [policy], "ContextMode": "open",
    });
    let said = stdout(root(), &["simulate", "-"], &line.to_string());
    let said: Value = serde_json::from_str(&said).unwrap();
    fits(&answer, "a conditional answer", &said);
    let result = &said["EvaluationResults"][0];
    assert_eq!(result["EvalDecision"], "conditional", "{said:#}");
    assert!(result["Witness"]["allowed"].is_object(), "{said:#}");
    for (pointer, wrong) in [
        ("/EvaluationResults/0/EvalDecision", json!("perhaps")),
        ("/EvaluationResults/0/Witness", json!(["aws:SourceVpce"])),
        ("/EvaluationResults/0/DependsOn/0", json!({"kind": "context_key"})),
    ] {
        let mut changed = said.clone();
        *changed.pointer_mut(pointer).unwrap() = wrong;
        assert!(!answer.is_valid(&changed), "{pointer}");
    }
}

/// The names of a reader, as it tells them who writes another one.
fn names_in(text: &str) -> BTreeSet<String> {
    let list = text.rsplit_once(" may have ").map_or(text, |(_, list)| list);
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn properties(schema: &Value) -> BTreeSet<String> {
    schema["properties"].as_object().unwrap().keys().cloned().collect()
}

#[test]
fn the_schema_of_the_manifest_and_its_readers_know_the_same_keys() {
    let schema = schema("manifest");
    jsonschema::validator_for(&schema).unwrap();
    let tables = &schema["properties"];
    let defs = &schema["$defs"];
    let row = "[[expect]]\nrole = \"r\"\nread = \"s3://b/k\"\nverdict = \"denied\"\n";
    let mut cases: Vec<(String, &Value)> = vec![
        ("zzz = 1".to_owned(), &schema),
        ("[analysis]\nzzz = 1".to_owned(), &tables["analysis"]),
        (
            "[[organization]]\nid = \"o-x\"\n[[organization.target]]\nzzz = 1".to_owned(),
            &tables["organization"]["items"]["properties"]["target"]["items"],
        ),
        (format!("{row}zzz = 1"), &defs["expect_read"]),
        (
            "[[expect]]\nassume = \"arn:aws:iam::111111111111:role/r\"\nzzz = 1".to_owned(),
            &defs["expect_assume"],
        ),
        (format!("{row}from = {{ zzz = 1 }}"), &defs["network"]),
        (format!("{row}session = {{ zzz = 1 }}"), &defs["session"]),
        (
            "[[expect]]\nrole = \"r\"\nverdict = \"denied\"\ncopy = { zzz = 1 }".to_owned(),
            &defs["expect_read"]["properties"]["copy"],
        ),
        (
            "[[expect]]\nverdict = \"denied\"\ndeliver = { zzz = 1 }".to_owned(),
            &defs["expect_read"]["properties"]["deliver"],
        ),
        (
            "[[bucket]]\nname = \"b\"\nreplication = [{ zzz = 1 }]".to_owned(),
            &tables["bucket"]["items"]["properties"]["replication"]["anyOf"][1]["items"],
        ),
        ("[[bucket]]\nname = \"b\"\nencryption = { zzz = 1 }".to_owned(), &defs["encryption"]["anyOf"][1]),
        (
            "[[bucket]]\nname = \"b\"\npublic_access_block = { zzz = 1 }".to_owned(),
            &defs["public_access_block"]["anyOf"][1],
        ),
    ];
    for (name, table) in tables.as_object().unwrap() {
        if table["items"]["properties"].is_object() {
            cases.push((format!("[[{name}]]\nzzz = 1"), &table["items"]));
        }
    }
    assert_eq!(cases.len(), 12 + 17, "a table was added: say here how its keys are asked for");
    let dir = tempfile::tempdir().unwrap();
    for (text, schema) in cases {
        fs::write(dir.path().join("decryptable.toml"), format!("version = 1\n{text}\n")).unwrap();
        let report: Value =
            serde_json::from_str(&stdout(dir.path(), &["check", "--format", "json"], "")).unwrap();
        let problem = report["problems"]
            .as_array()
            .unwrap()
            .iter()
            .find(|problem| problem["message"].as_str().unwrap().contains("`zzz`"))
            .unwrap_or_else(|| panic!("nobody complains about zzz in {text}: {report:#}"));
        assert_eq!(names_in(problem["help"].as_str().unwrap()), properties(schema), "{text}");
    }
}

#[test]
fn the_words_of_the_schema_are_those_of_the_readers() {
    let schema = schema("manifest");
    let words = |pointer: &str| -> Vec<String> {
        let list = schema.pointer(pointer).unwrap_or_else(|| panic!("{pointer}")).as_array().unwrap();
        list.iter().map(|word| word.as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(words("/$defs/verdict/enum"), Verdict::NAMES);
    assert_eq!(words("/$defs/encryption/anyOf/1/properties/type/enum"), EncryptionType::NAMES);
    assert_eq!(words("/properties/key/items/properties/state/enum"), KeyState::NAMES);
    assert_eq!(words("/properties/bucket/items/properties/ownership/enum"), Ownership::NAMES);
    assert_eq!(words("/properties/bind/items/properties/kind/enum"), PolicyKind::NAMES);
}

/// A manifest as a validator for TOML sees it: dates are strings.
fn as_json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => json!(number),
        toml::Value::Float(number) => json!(number),
        toml::Value::Boolean(flag) => json!(flag),
        toml::Value::Datetime(date) => Value::String(date.to_string()),
        toml::Value::Array(elements) => elements.into_iter().map(as_json).collect(),
        toml::Value::Table(table) => {
            Value::Object(table.into_iter().map(|(name, value)| (name, as_json(value))).collect())
        }
    }
}

#[test]
fn worked_manifests_and_those_of_the_pages_fit() {
    let validator = jsonschema::validator_for(&schema("manifest")).unwrap();
    let mut texts: Vec<(String, String)> = estates()
        .into_iter()
        .map(|estate| estate.join("decryptable.toml"))
        .map(|path| (path.display().to_string(), fs::read_to_string(path).unwrap()))
        .collect();
    let page = fs::read_to_string(root().join("docs/manifest.md")).unwrap();
    for block in page.split("```toml\n").skip(1) {
        let block = block.split("```").next().unwrap();
        let version = if block.starts_with("version") { "" } else { "version = 1\n" };
        texts.push(("docs/manifest.md".to_owned(), format!("{version}{block}")));
    }
    assert!(texts.len() > 50);
    for (name, text) in texts {
        fits(&validator, &format!("{name}:\n{text}"), &as_json(toml::from_str(&text).unwrap()));
    }
    for wrong in [
        "",
        "version = 2",
        "version = 1\n[[role]]\nname = \"r\"",
        "version = 1\n[[expect]]\nverdict = \"yes\"",
    ] {
        assert!(!validator.is_valid(&as_json(toml::from_str(wrong).unwrap())), "{wrong}");
    }
}

#[test]
fn the_schema_of_requests_and_its_reader_know_the_same_members() {
    let schema = schema("simulate");
    let request = &schema["$defs"]["Request"];
    let entry = &request["properties"]["ContextEntries"]["items"];
    let grant = &request["properties"]["Grants"]["items"];
    let start = r#""ActionNames": ["kms:Decrypt"]"#;
    let cases = [
        (format!("{{{start}, \"Qqqqqqqqqqqq\": 1}}"), request),
        (format!("{{{start}, \"ContextEntries\": [{{\"Qqqqqqqqqqqq\": 1}}]}}"), entry),
        (format!("{{{start}, \"Grants\": [{{\"Qqqqqqqqqqqq\": 1}}]}}"), grant),
        (
            format!(
                "{{{start}, \"Grants\": [{{\"GranteePrincipal\": \"r\", \"Operations\": [], \"Constraints\": {{\"Qqqqqqqqqqqq\": 1}}}}]}}"
            ),
            &grant["properties"]["Constraints"],
        ),
    ];
    for (line, schema) in cases {
        let said: Value = serde_json::from_str(&stdout(root(), &["simulate", "-"], &line)).unwrap();
        let message = said["Error"]["Message"].as_str().unwrap_or_else(|| panic!("{said:#}"));
        let list = message.rsplit_once("its members are ").unwrap_or_else(|| panic!("{message}")).1;
        let names: BTreeSet<String> =
            list.trim_end_matches([')', '.']).split(", ").map(|name| name.trim().to_owned()).collect();
        assert_eq!(names, properties(schema), "{line}");
    }
}
