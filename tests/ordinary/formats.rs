//! The formats that pipelines read: each is read back by what reads it there, or by its published schema, for every
//! worked estate and for hostile texts.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "tests may fail loudly, their helpers too"
)]
#![cfg(feature = "cli")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;

const RESULTS: [&str; 5] = ["github", "gitlab", "junit", "markdown", "sarif"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Standard output of a run. What it exits with is the business of other tests, as long as it is no crash.
fn run(dir: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_decryptable"));
    command.args(arguments).current_dir(dir).env_clear().env("LC_ALL", "C.UTF-8").stdin(Stdio::null());
    let output = command.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0..=4)), "{arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

fn estates() -> Vec<PathBuf> {
    let folders = fs::read_dir(root().join("policies")).unwrap().map(|entry| entry.unwrap().path());
    let mut estates: Vec<PathBuf> = folders.filter(|p| p.join("decryptable.toml").is_file()).collect();
    estates.sort();
    assert!(estates.len() > 30);
    estates
}

/// The same estate with the opposite expected of it.
fn turned(estate: &Path, test: &str) -> PathBuf {
    let to =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("formats").join(test).join(estate.file_name().unwrap());
    let _ = fs::remove_dir_all(&to);
    copy(estate, &to);
    let manifest = to.join("decryptable.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    let rows = text.lines().map(|line| match line.starts_with("verdict") {
        true if line.contains("\"allowed\"") => "verdict = \"denied\"\n".to_owned(),
        true if !line.contains("only_when") => "verdict = \"allowed\"\n".to_owned(),
        _ if line.starts_with("only_when") || line.starts_with("never_when") => "\n".to_owned(),
        _ => format!("{line}\n"),
    });
    fs::write(&manifest, rows.collect::<String>()).unwrap();
    to
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap().path()) {
        let copied = to.join(entry.file_name().unwrap());
        if entry.is_dir() {
            copy(&entry, &copied);
        } else {
            fs::copy(&entry, &copied).unwrap();
        }
    }
}

fn schema() -> jsonschema::Validator {
    let text = fs::read_to_string(root().join("tests/formats/sarif-schema-2.1.0.json")).unwrap();
    // As published, the pattern of a language has a bracket too many, which strict regular expressions refuse.
    let text = text.replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}$");
    let schema: Value = serde_json::from_str(&text).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

#[track_caller]
fn is_sarif(schema: &jsonschema::Validator, text: &str) -> Value {
    let log: Value = serde_json::from_str(text).unwrap();
    let errors: Vec<String> =
        schema.iter_errors(&log).take(5).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    log
}

fn results(log: &Value) -> &[Value] {
    log["runs"][0]["results"].as_array().unwrap()
}

/// Elements of an XML text with their attributes; the parser checks that it is well formed.
fn elements(text: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let (mut out, mut depth) = (Vec::new(), 0_i32);
    loop {
        let event = reader.read_event().unwrap();
        match event {
            Event::Start(start) | Event::Empty(start) => {
                let name = start.name().as_ref().to_owned();
                let attributes = start.attributes().map(|attribute| {
                    let attribute = attribute.unwrap();
                    let key = attribute.key.as_ref().to_owned();
                    (key, quick_xml::escape::unescape(&attribute.value).unwrap().into_owned())
                });
                out.push((name, attributes.collect()));
            }
            Event::Text(text) => {
                quick_xml::escape::unescape(&text).unwrap();
            }
            Event::Eof => break,
            _ => {}
        }
        depth += 1;
    }
    assert!(depth > 0);
    out
}

fn named<'e>(
    elements: &'e [(String, Vec<(String, String)>)],
    name: &'e str,
) -> impl Iterator<Item = &'e Vec<(String, String)>> {
    elements.iter().filter(move |(n, _)| n == name).map(|(_, attributes)| attributes)
}

fn attribute<'e>(attributes: &'e [(String, String)], name: &str) -> &'e str {
    &attributes.iter().find(|(key, _)| key == name).unwrap().1
}

#[test]
fn sarif_of_every_estate_fits_the_schema_of_oasis() {
    let schema = schema();
    let (mut flows, mut rules) = (0, 0);
    let estates = estates();
    let turned: Vec<PathBuf> = estates.iter().map(|estate| turned(estate, "sarif")).collect();
    for estate in estates.iter().chain(&turned) {
        let log = is_sarif(&schema, &run(estate, &["check", "--format", "sarif"]));
        rules += log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap().len();
        for result in results(&log) {
            let index = result["ruleIndex"].as_u64().unwrap() as usize;
            assert_eq!(log["runs"][0]["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
            flows += usize::from(result.get("codeFlows").is_some());
            let places = result["locations"].as_array().unwrap();
            for place in places {
                let uri = place["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
                let path = estate.join(uri);
                let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
                let region = &place["physicalLocation"]["region"];
                let lines = text.lines().count() as u64 + 1;
                assert!(region["endLine"].as_u64().unwrap() <= lines, "{result}");
            }
        }
    }
    assert!(flows > 0 && rules > 0, "{flows} flows, {rules} rules");
}

/// What code scanning of GitHub reads beside the standard, and what its validator asks for (`.ci/run` runs that too).
#[test]
fn sarif_has_what_code_scanning_shows() {
    let mut logical = 0;
    for estate in estates().into_iter().flat_map(|estate| [turned(&estate, "scanning"), estate]) {
        let log: Value = serde_json::from_str(&run(&estate, &["check", "--format", "sarif"])).unwrap();
        for rule in log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap() {
            for text in ["shortDescription", "fullDescription", "help"] {
                assert!(!rule[text]["text"].as_str().unwrap().is_empty(), "{text} of {rule:#}");
            }
            let short = rule["shortDescription"]["text"].as_str().unwrap();
            assert!(rule["fullDescription"]["text"].as_str().unwrap().starts_with(short), "{rule:#}");
            assert!(
                rule["helpUri"].as_str().unwrap().starts_with("https://docs.aws.amazon.com/"),
                "{rule:#}"
            );
            let level = rule["defaultConfiguration"]["level"].as_str().unwrap();
            assert!(["error", "warning", "note"].contains(&level), "{rule:#}");
            let score = rule["properties"]["security-severity"].as_str().unwrap();
            let is_security = rule["properties"]["tags"][0] == "security";
            assert_eq!((0.1..=10.0).contains(&score.parse::<f64>().unwrap()), is_security, "{rule:#}");
        }
        for result in results(&log) {
            let places = result["locations"].as_array().unwrap();
            assert_eq!(places.len(), 1, "{result:#}");
            let others = ["relatedLocations"].iter().flat_map(|name| result[name].as_array().unwrap());
            for place in places.iter().chain(others) {
                assert!(place["physicalLocation"]["region"]["startLine"].as_u64() > Some(0), "{place:#}");
                let within = &place["logicalLocations"][0];
                assert!(!within["name"].as_str().unwrap().is_empty(), "{place:#}");
                // The whole of a file, or a value in it.
                let is_value = within["fullyQualifiedName"].as_str().unwrap().starts_with('/');
                assert_eq!(is_value, within["kind"] != "module", "{place:#}");
                logical += usize::from(is_value);
            }
        }
    }
    assert!(logical > 100, "{logical}");
}

/// The bytes between two places of a text.
fn stretch(text: &str, region: &Value) -> std::ops::Range<usize> {
    let number = |name: &str| region[name].as_u64().unwrap() as usize;
    let offset = |line: usize, column: usize| {
        let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
        start + text[start..].chars().take(column - 1).map(char::len_utf8).sum::<usize>()
    };
    offset(number("startLine"), number("startColumn"))..offset(number("endLine"), number("endColumn"))
}

/// The result about the row of the manifest that begins in this line.
fn of_row(log: &Value, line: u64) -> Option<&Value> {
    results(log).iter().find(|result| {
        result["ruleId"] == "expectation-failed"
            && result["relatedLocations"][0]["physicalLocation"]["region"]["startLine"] == line
    })
}

/// Puts the first fix of a result into the files; false where it has none.
fn carry_out(dir: &Path, result: &Value) -> bool {
    let Some(fix) = result["fixes"].get(0) else { return false };
    assert!(!fix["description"]["text"].as_str().unwrap().is_empty());
    for change in fix["artifactChanges"].as_array().unwrap() {
        let path = dir.join(change["artifactLocation"]["uri"].as_str().unwrap());
        let before = fs::read_to_string(&path).unwrap();
        let mut edits: Vec<(std::ops::Range<usize>, &str)> = change["replacements"]
            .as_array()
            .unwrap()
            .iter()
            .map(|edit| {
                (stretch(&before, &edit["deletedRegion"]), edit["insertedContent"]["text"].as_str().unwrap())
            })
            .collect();
        // From the end, so that places in front of an edit stay what they are.
        edits.reverse();
        let mut after = before.clone();
        for (at, text) in edits {
            after.replace_range(at, text);
        }
        fs::write(path, after).unwrap();
    }
    true
}

/// A fix is text that is put into files, and the row that failed holds then.
#[test]
fn sarif_fixes_are_carried_out_and_the_row_holds() {
    let check =
        |dir: &Path| -> Value { serde_json::from_str(&run(dir, &["check", "--format", "sarif"])).unwrap() };
    let (mut mended, mut embedded) = (0, 0);
    for estate in estates() {
        let first = check(&turned(&estate, "fixes"));
        let failed = results(&first).iter().filter(|r| r["ruleId"] == "expectation-failed");
        for result in failed.filter(|result| result["fixes"].get(0).is_some()) {
            let row = &result["relatedLocations"][0]["physicalLocation"]["region"]["startLine"];
            let row = row.as_u64().unwrap();
            let dir = turned(&estate, "fixes");
            let mut log = first.clone();
            // A Deny may stand in front of a missing Allow.
            for _ in 0..3 {
                let Some(result) = of_row(&log, row) else { break };
                embedded += usize::from(result["fixes"].to_string().contains("\\\\\\\""));
                assert!(carry_out(&dir, result), "{}: {result:#}", dir.display());
                log = check(&dir);
            }
            assert_eq!(of_row(&log, row), None, "{}", dir.display());
            mended += 1;
        }
    }
    assert!(mended > 10, "{mended} rows, {embedded} in embedded policies");
}

#[test]
fn junit_has_one_test_case_for_each_row() {
    for estate in estates().into_iter().flat_map(|estate| [turned(&estate, "junit"), estate]) {
        let json: Value = serde_json::from_str(&run(&estate, &["check", "--format", "json"])).unwrap();
        let xml = elements(&run(&estate, &["check", "--format", "junit"]));
        let suites: Vec<_> = named(&xml, "testsuite").collect();
        let told = json["answers"].as_array().unwrap().len();
        assert_eq!(attribute(suites[0], "tests"), told.to_string());
        let others = json["findings"].as_array().unwrap().len() + json["problems"].as_array().unwrap().len();
        assert_eq!(named(&xml, "testcase").count(), told + others, "{}", estate.display());
        let wrong = json["summary"]["failed"].as_u64().unwrap() as usize;
        assert_eq!(attribute(suites[0], "failures"), wrong.to_string());
        assert_eq!(attribute(suites[0], "errors"), json["summary"]["conditional"].to_string());
        let failures: usize = suites.iter().map(|s| attribute(s, "failures").parse::<usize>().unwrap()).sum();
        assert_eq!(named(&xml, "failure").count(), failures);
    }
}

/// Whoever keeps the history of a test finds it by its name.
#[test]
fn junit_names_stay_when_the_outcome_changes() {
    let cases = |dir: &Path| -> Vec<(String, bool)> {
        let text = run(dir, &["check", "--format", "junit"]);
        let text = text.split("name=\"findings\"").next().unwrap();
        // One piece for each case: a failure or an error is inside of it.
        let pieces = text.split("<testcase").skip(1);
        let case = |piece: &str| {
            let (_, name) = piece.split_once("name=\"").unwrap();
            let (name, _) = name.split_once('"').unwrap();
            (name.to_owned(), piece.contains("<failure") || piece.contains("<error"))
        };
        pieces.map(case).collect()
    };
    let mut changed = 0;
    for estate in estates() {
        let (before, after) = (cases(&estate), cases(&turned(&estate, "junit-names")));
        let names = |cases: &[(String, bool)]| cases.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&before), names(&after), "{}", estate.display());
        assert_eq!(names(&before).iter().collect::<BTreeSet<_>>().len(), before.len(), "{before:?}");
        changed += before.iter().zip(&after).filter(|(before, after)| before.1 != after.1).count();
    }
    assert!(changed > 50, "{changed}");
}

#[test]
fn gitlab_tells_every_issue_apart() {
    for estate in estates() {
        let issues: Value = serde_json::from_str(&run(&estate, &["check", "--format", "gitlab"])).unwrap();
        let issues = issues.as_array().unwrap();
        let prints: BTreeSet<&str> = issues.iter().map(|i| i["fingerprint"].as_str().unwrap()).collect();
        assert_eq!(prints.len(), issues.len());
        for issue in issues {
            assert!(["info", "minor", "major"].contains(&issue["severity"].as_str().unwrap()));
            assert!(issue["location"]["lines"]["begin"].as_u64().unwrap() > 0);
            let path = issue["location"]["path"].as_str().unwrap();
            assert!(!path.starts_with('.') && !path.is_empty());
        }
    }
}

/// Annotations and merge requests show one text: it says where, and what to do.
#[test]
fn messages_name_the_document_and_the_change() {
    let mut changes = 0;
    for estate in estates().into_iter().flat_map(|estate| [turned(&estate, "messages"), estate]) {
        let json: Value = serde_json::from_str(&run(&estate, &["check", "--format", "json"])).unwrap();
        let gitlab: Value = serde_json::from_str(&run(&estate, &["check", "--format", "gitlab"])).unwrap();
        let github = run(&estate, &["check", "--format", "github"]);
        let annotations: Vec<String> = github.lines().map(|l| l.replace("%25", "%")).collect();
        let texts: Vec<&str> =
            gitlab.as_array().unwrap().iter().map(|i| i["description"].as_str().unwrap()).collect();
        let say = |parts: &[&str]| {
            let all = |text: &str| parts.iter().all(|part| text.contains(part));
            texts.iter().any(|text| all(text)) && annotations.iter().any(|text| all(text))
        };
        for finding in json["findings"].as_array().unwrap() {
            let parts = ["message", "document", "help"].map(|name| finding[name].as_str().unwrap_or(""));
            // GitHub shows ten of a kind.
            assert!(say(&parts) || annotations.len() > 10, "{finding:#}\n{github}");
        }
        let failed = json["answers"].as_array().unwrap().iter().filter(|a| a["holds"] == false);
        for answer in failed.filter(|answer| answer["verdict"] == "denied") {
            for fix in answer["fix"].as_array().unwrap() {
                let add = if fix["add"].is_null() { String::new() } else { fix["add"].to_string() };
                let parts = [fix["document"].as_str().unwrap(), &add, fix["why"].as_str().unwrap()];
                assert!(say(&parts) || annotations.len() > 10, "{fix:#}\n{github}");
                changes += 1;
            }
        }
    }
    assert!(changes > 20, "{changes}");
}

/// What has no text to point into is shown at the manifest.
#[test]
fn what_has_no_place_is_shown_at_a_file() {
    let dir = scratch("placeless", "decryptable.toml", "version = 1\n[analysis]\ninputs = [\"p.json\"]\n");
    fs::write(dir.join("p.json"), LOOSE).unwrap();
    for arguments in [&["check", "gone.json"][..], &["lint", "gone.json"]] {
        let of = |format: &str| run(&dir, &[arguments, &["--format", format]].concat());
        let issues: Value = serde_json::from_str(&of("gitlab")).unwrap();
        assert_eq!(issues[0]["location"]["path"], "decryptable.toml");
        let log = is_sarif(&schema(), &of("sarif"));
        let place = &results(&log)[0]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "decryptable.toml");
        assert!(of("github").starts_with("::error title=file-not-found::"));
    }
}

/// Cells of a row of a table: bars that are not escaped, less one.
fn cells(row: &str) -> usize {
    let mut escaped = false;
    let bars = row.chars().filter(|c| {
        let counts = *c == '|' && !escaped;
        escaped = *c == '\\' && !escaped;
        counts
    });
    bars.count() - 1
}

#[test]
fn markdown_tables_keep_their_columns() {
    for estate in estates() {
        let page = run(&estate, &["check", "--format", "markdown"]);
        let mut columns = 0;
        for line in page.lines() {
            match line.starts_with('|') {
                false => columns = 0,
                true if columns == 0 => columns = cells(line),
                true => assert_eq!(cells(line), columns, "{line}"),
            }
        }
        assert!(page.starts_with("## decryptable\n"));
    }
}

/// Cells of a row of a table, without the bars.
fn columns(row: &str) -> Vec<&str> {
    row.trim_matches('|').split(" | ").map(str::trim).collect()
}

#[test]
fn markdown_rows_have_file_and_line_and_failures_come_first() {
    let mut seen = BTreeSet::new();
    for estate in estates().into_iter().flat_map(|estate| [turned(&estate, "markdown"), estate]) {
        let page = run(&estate, &["check", "--format", "markdown"]);
        let mut before = None;
        for line in page.lines() {
            let rank = match columns(line)[0] {
                sign if sign.starts_with('❌') => 0,
                sign if sign.starts_with('❔') || sign.starts_with('⚠') => 1,
                "✅" | "note" => 2,
                _ => {
                    before = None;
                    continue;
                }
            };
            assert!(before <= Some(rank), "{line} comes too late in\n{page}");
            before = Some(rank);
            seen.insert(rank);
            // Underscores and the like are escaped.
            let has_place = columns(line).iter().any(|cell| {
                let cell = cell.replace('\\', "");
                let Some((file, number)) = cell.rsplit_once(':') else { return false };
                number.parse::<usize>().is_ok() && estate.join(file).is_file()
            });
            assert!(has_place, "{line}");
        }
    }
    assert_eq!(seen, BTreeSet::from([0, 1, 2]));
}

#[test]
fn every_format_says_the_same_each_time() {
    let formats = || ["human", "json", "jsonl", "narrated"].into_iter().chain(RESULTS);
    for estate in estates() {
        // All formats of one run, each in a file of its own.
        let written = || {
            let folder = tempfile::tempdir().unwrap();
            let file = |format: &str| folder.path().join(format).to_str().unwrap().to_owned();
            let mut arguments = vec!["check".to_owned()];
            for format in formats() {
                arguments.extend(["--format", format, "--output"].map(str::to_owned));
                arguments.push(file(format));
            }
            let shown = run(&estate, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
            assert_eq!(shown, "", "{}", estate.display());
            formats().map(|format| fs::read_to_string(file(format)).unwrap()).collect::<Vec<_>>()
        };
        for ((format, once), again) in formats().zip(written()).zip(written()) {
            assert_eq!(once, again, "{format} {}", estate.display());
            assert!(!once.is_empty() || format == "github", "{format} {}", estate.display());
        }
    }
}

/// Nothing was expected, so nothing holds or fails.
#[test]
fn a_summary_of_one_question_speaks_of_no_expectation() {
    let estate = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/cross-account-key-policy-missing");
    let text = run(&estate, &["can", "IAM_CLUSTER", "s3://lake/curated/a", "--format", "markdown"]);
    assert!(text.contains("\n1 answer.\n") && text.contains("| ❌ |  | IAM"), "{text}");
}

/// A policy with several findings, in a directory of its own.
fn scratch(name: &str, file: &str, text: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("formats").join(name);
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join(file), text).unwrap();
    dir
}

const LOOSE: &str = r#"{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
  {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}
]}"#;

#[test]
fn fingerprints_stay_when_lines_move_and_differ_where_a_thing_is_said_twice() {
    let prints = |dir: &Path| -> Vec<(String, u64)> {
        let log: Value =
            serde_json::from_str(&run(dir, &["lint", "--isolated", "--format", "sarif", "p.json"])).unwrap();
        let of = |result: &Value| {
            let print = result["partialFingerprints"]["decryptable/v1"].as_str().unwrap().to_owned();
            let line = &result["locations"][0]["physicalLocation"]["region"]["startLine"];
            (print, line.as_u64().unwrap())
        };
        results(&log).iter().map(of).collect()
    };
    let before = prints(&scratch("still", "p.json", LOOSE));
    let moved = prints(&scratch("moved", "p.json", &LOOSE.replace("{\"Effect\"", "\n\n  {  \"Effect\"")));
    assert!(before.len() >= 2);
    assert_eq!(before.iter().collect::<BTreeSet<_>>().len(), before.len());
    let names = |prints: &[(String, u64)]| prints.iter().map(|(p, _)| p.clone()).collect::<Vec<_>>();
    assert_eq!(names(&before), names(&moved));
    assert!(before.iter().zip(&moved).all(|((_, old), (_, new))| old < new), "{before:?} {moved:?}");
}

/// A name and a Sid that would end an annotation, a cell, an attribute or a line early.
#[test]
fn nothing_in_a_policy_is_taken_for_markup() {
    let file = "a,b:c%0A<|>\"'&`_*.json";
    let hostile =
        LOOSE.replace("{\"Effect\"", "{\"Sid\": \"\\n::error::|x| <b>]]>&amp;%0A\\u0007\", \"Effect\"");
    let dir = scratch("hostile", file, &hostile);
    let of = |format: &str| run(&dir, &["lint", "--isolated", "--format", format, file]);
    let github = of("github");
    for line in github.lines() {
        assert!(["::error ", "::warning ", "::notice "].iter().any(|c| line.starts_with(c)), "{line}");
        let (properties, _) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
        assert!(properties.contains("file=a%2Cb%3Ac%250A<|>\"'&`_*.json"), "{line}");
    }
    assert!(!github.is_empty());
    assert!(named(&elements(&of("junit")), "testcase").any(|case| attribute(case, "file") == file));
    let log = is_sarif(&schema(), &of("sarif"));
    let uri = &results(&log)[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(uri, "a%2Cb%3Ac%250A%3C%7C%3E%22%27%26%60_%2A.json");
    let page = of("markdown");
    assert!(page.lines().all(|line| !line.contains("<b>") && !line.contains('\u{7}')));
}

/// A name that would write a line of its own.
#[test]
fn a_line_break_in_the_name_of_a_file_is_escaped() {
    let file = "a\nerror: b\r.json";
    let forged = |text: &str| text.lines().any(|line| line.trim_start().starts_with("error: b"));
    let dir = scratch("line-break", file, LOOSE);
    for format in ["human", "narrated"].into_iter().chain(RESULTS).chain(["json", "jsonl"]) {
        let text = run(&dir, &["lint", "--isolated", "--format", format, "."]);
        assert!(!forged(&text), "{format}:\n{text}");
        let escaped = match format {
            "github" => "file=a%0Aerror%3A b%0D.json",
            "sarif" => "a%0Aerror%3A%20b%0D.json",
            // A backslash is escaped there itself.
            "markdown" => r"a\\nerror: b\\r.json:",
            "junit" => r"a\nerror: b\r.json:",
            _ => r"a\nerror: b\r.json",
        };
        assert!(text.contains(escaped), "{format}:\n{text}");
        assert!(format == "json" || format == "jsonl" || !text.contains("error: b\r"), "{format}:\n{text}");
    }
    // Machines get the name as it is.
    let json: Value =
        serde_json::from_str(&run(&dir, &["lint", "--isolated", "--format", "json", "."])).unwrap();
    assert_eq!(json["findings"][0]["document"], file);
    // An error in it, a name that is not there, and what else prints names.
    fs::write(dir.join(file), "{").unwrap();
    for arguments in [
        &["lint", "--isolated", "."][..],
        &["lint", "--isolated", "a\nerror: b"],
        &["check", "--isolated", "."],
        &["check", "--config", "a\nerror: b"],
        &["inputs", "--isolated", "."],
        &["inputs", "-v", "--isolated", "."],
        &["config", "show", "--config", file],
        &["-C", "a\nerror: b", "lint"],
        &["simulate", "a\nerror: b"],
        &["can", "r", "s3://b/k", "--isolated", "--input", "a\nerror: b"],
        &["diff", "a\nerror: b", "."],
        &["explain", "a\nerror: b"],
        &["explain", "--denied", file],
        &["lint", "--baseline", "a\nerror: b", "."],
        &["lint", "--isolated", ".", "--format", "json", "--output", "a\nerror: b/x"],
        &["init", "--stdout"],
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_decryptable"));
        command.args(arguments).current_dir(&dir).env_clear().env("LC_ALL", "C.UTF-8").stdin(Stdio::null());
        let output = command.output().unwrap();
        for stream in [output.stdout, output.stderr] {
            let text = String::from_utf8(stream).unwrap();
            assert!(!forged(&text), "{arguments:?}:\n{text}");
        }
    }
    // A proposal is a manifest whatever the names are.
    let trust = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:role/R"},
        "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*"}]}"#;
    fs::write(dir.join(file), trust).unwrap();
    let proposal = run(&dir, &["init", "--stdout"]);
    assert!(!forged(&proposal) && proposal.contains("names it"), "{proposal}");
    toml::from_str::<toml::Table>(&proposal).unwrap();
}

#[test]
fn github_shows_ten_of_a_kind_and_counts_the_rest() {
    let statements = vec![r#"{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}"#; 14].join(",\n");
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
    let dir = scratch("many", "p.json", &text);
    let json: Value =
        serde_json::from_str(&run(&dir, &["lint", "--isolated", "--format", "json", "p.json"])).unwrap();
    let of = |severity: &str| {
        json["findings"].as_array().unwrap().iter().filter(|f| f["severity"] == severity).count()
    };
    let text = run(&dir, &["lint", "--isolated", "--format", "github", "p.json"]);
    for (severity, command, most) in
        [("error", "::error ", 10), ("warning", "::warning ", 10), ("note", "::notice ", 9)]
    {
        let shown = text.lines().filter(|line| line.starts_with(command) && line.contains(",file=")).count();
        assert!(
            shown <= most && shown >= of(severity).min(most).saturating_sub(usize::from(severity == "note"))
        );
    }
    assert!(of("warning") + of("error") + of("note") > 10);
    assert!(text.lines().last().unwrap().contains(" more; "), "{text}");
}

#[test]
fn several_formats_in_one_run_go_to_several_files() {
    let dir = scratch("several", "p.json", LOOSE);
    let mut arguments = vec!["lint", "--isolated", "p.json"];
    let files: Vec<String> = RESULTS.iter().map(|format| format!("out.{format}")).collect();
    for (format, file) in RESULTS.iter().zip(&files) {
        arguments.extend(["--format", format, "--output", file]);
    }
    assert_eq!(run(&dir, &arguments), "");
    for (format, file) in RESULTS.iter().zip(&files) {
        let written = fs::read_to_string(dir.join(file)).unwrap();
        assert_eq!(written, run(&dir, &["lint", "--isolated", "p.json", "--format", format]));
    }
    let left = fs::read_dir(&dir).unwrap().count();
    assert_eq!(left, RESULTS.len() + 1, "nothing half written is left behind");
}

/// A policy inside a plan is pointed at in the plan.
#[test]
fn places_inside_embedded_policies_are_places_in_the_file() {
    let policy = LOOSE.replace('\n', " ").replace('"', "\\\"");
    let answer = format!("{{\n  \"Policy\": \"{policy}\"\n}}\n");
    let dir = scratch("embedded", "get-bucket-policy.json", &answer);
    let log = is_sarif(
        &schema(),
        &run(&dir, &["lint", "--isolated", "--format", "sarif", "get-bucket-policy.json"]),
    );
    assert!(!results(&log).is_empty());
    for result in results(&log) {
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "get-bucket-policy.json");
        assert_eq!(place["region"]["startLine"], 2);
        assert!(place["region"]["startColumn"].as_u64().unwrap() > 10);
    }
}

/// Tests about public files that are not part of the repository.
mod needs_shared {
    use super::*;

    #[test]
    #[ignore = "needs ../shared"]
    fn sarif_of_the_corpus_fits_the_schema_of_oasis() {
        let corpus = root().join("../shared/corpus");
        let folders = fs::read_dir(&corpus).unwrap();
        let schema = schema();
        let mut found = 0;
        for folder in folders.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
            let text = run(&folder, &["lint", "--isolated", "--format", "sarif", "."]);
            // A folder without any policy has no report.
            if !text.is_empty() {
                found += results(&is_sarif(&schema, &text)).len();
            }
        }
        assert!(found > 100, "{found}");
    }
}
