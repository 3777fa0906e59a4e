//! Sessions of editors: what is shown in a file, what is answered, and what becomes of edits.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may fail loudly")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::cli::{in_dir, with_stdin};
use crate::what_if::copy;

/// A client, with a copy of a worked estate as its folder.
struct Editor {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    folder: tempfile::TempDir,
    asked: i32,
    /// What the server showed last in each file, by its address.
    shown: std::collections::BTreeMap<String, Vec<Value>>,
}

impl Editor {
    fn of(estate: &str, capabilities: &Value) -> Self {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies").join(estate);
        let folder = copy(&from, Path::new(""), "");
        let mut command = Command::new(env!("CARGO_BIN_EXE_decryptable"));
        command.arg("lsp").env_clear().stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut editor = Self { child, input, output, folder, asked: 0, shown: Default::default() };
        let root = editor.uri("");
        let answer = editor.ask(
            "initialize",
            json!({"processId": null, "rootUri": root.trim_end_matches('/'), "capabilities": capabilities}),
        );
        assert_eq!(answer["serverInfo"]["name"], "decryptable");
        editor.tell("initialized", json!({}));
        editor
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    fn uri(&self, name: &str) -> String {
        format!("file://{}", self.path(name).display())
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        self.input.flush().unwrap();
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    fn receive(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert!(self.output.read_line(&mut line).unwrap() > 0, "the server is gone");
            match line.trim().strip_prefix("Content-Length: ") {
                Some(number) => length = number.parse().unwrap(),
                None if line.trim().is_empty() => break,
                None => {}
            }
        }
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).unwrap();
        let message: Value = serde_json::from_slice(&body).unwrap();
        if message["method"] == "textDocument/publishDiagnostics" {
            let uri = message["params"]["uri"].as_str().unwrap().to_owned();
            let shown = message["params"]["diagnostics"].as_array().unwrap().clone();
            self.shown.insert(uri, shown);
        }
        message
    }

    fn ask_whole(&mut self, method: &str, params: Value) -> Value {
        self.asked += 1;
        self.send(&json!({"jsonrpc": "2.0", "id": self.asked, "method": method, "params": params}));
        loop {
            let message = self.receive();
            if message["id"] == self.asked && message.get("method").is_none() {
                return message;
            }
        }
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        let message = self.ask_whole(method, params);
        assert!(message.get("error").is_none(), "{message}");
        message["result"].clone()
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    fn open(&mut self, name: &str) {
        let (uri, text) = (self.uri(name), self.text(name));
        let document = json!({"uri": uri, "languageId": "json", "version": 1, "text": text});
        self.tell("textDocument/didOpen", json!({"textDocument": document}));
    }

    fn change(&mut self, name: &str, text: &str) {
        let uri = self.uri(name);
        let document = json!({"uri": uri, "version": 2});
        self.tell(
            "textDocument/didChange",
            json!({"textDocument": document, "contentChanges": [{"text": text}]}),
        );
    }

    /// Lenses are answered from the texts as they stand, so everything was shown before.
    fn lenses(&mut self, name: &str) -> Vec<Value> {
        let uri = self.uri(name);
        self.ask("textDocument/codeLens", json!({"textDocument": {"uri": uri}})).as_array().unwrap().clone()
    }

    /// What is shown in a file once the server has looked at the texts.
    fn shown_in(&mut self, name: &str) -> Vec<Value> {
        self.lenses(name);
        self.shown.get(&self.uri(name)).cloned().unwrap_or_default()
    }

    /// The parameters of a question about the first place of a word, some characters into it.
    fn at(&self, name: &str, word: &str, into: usize) -> Value {
        let text = self.text(name);
        let offset = text.find(word).unwrap() + into;
        let before = text.get(..offset).unwrap();
        let line = before.matches('\n').count();
        let column = offset - before.rfind('\n').map_or(0, |at| at + 1);
        json!({
            "textDocument": {"uri": self.uri(name)},
            "position": {"line": line, "character": column},
        })
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn codes(shown: &[Value]) -> Vec<&str> {
    shown.iter().map(|one| one["code"].as_str().unwrap()).collect()
}

#[test]
fn a_file_shows_what_lint_finds_in_it_as_it_is_written() {
    let mut editor = Editor::of("cross-account", &json!({}));
    editor.open("kms/lake.json");
    assert_eq!(editor.shown_in("kms/lake.json"), Vec::<Value>::new());
    let text = editor.text("kms/lake.json").replacen("kms:Decrypt", "kms:Decript", 1);
    editor.change("kms/lake.json", &text);
    let shown = editor.shown_in("kms/lake.json");
    let is_misspelt = |one: &&Value| one["code"] == "invalid-action";
    let found = shown.iter().find(is_misspelt).unwrap_or_else(|| panic!("{shown:#?}"));
    assert_eq!(found["severity"], 2);
    assert!(found["message"].as_str().unwrap().contains("did you mean `kms:Decrypt`?"), "{found:#}");
    // The file that was saved is not the one that is asked about: rows of the manifest see the text too.
    let failed = editor.shown.get(&editor.uri("decryptable.toml")).cloned().unwrap_or_default();
    assert!(codes(&failed).contains(&"expectation-failed"), "{failed:#?}");
    editor.change("kms/lake.json", &editor.text("kms/lake.json"));
    assert_eq!(editor.shown_in("kms/lake.json"), Vec::<Value>::new());
    assert_eq!(editor.shown[&editor.uri("decryptable.toml")], Vec::<Value>::new());
}

#[test]
fn what_is_shown_is_what_the_command_finds() {
    let mut editor = Editor::of("cross-account-key-policy-missing", &json!({}));
    editor.open("decryptable.toml");
    let lenses = editor.lenses("decryptable.toml");
    let titles: Vec<&str> = lenses.iter().map(|lens| lens["command"]["title"].as_str().unwrap()).collect();
    assert!(titles.iter().all(|title| ["holds: ", "fails: ", "open: "].iter().any(|s| title.starts_with(s))));
    let concise = in_dir(editor.folder.path(), &["check", "--format", "concise"]).stdout;
    let rows = concise.lines().filter(|line| line.starts_with("decryptable.toml:")).count();
    assert!(rows > 0 && titles.len() == rows, "{concise}");
    for title in titles {
        assert!(concise.contains(title), "{title}\n{concise}");
    }
}

#[test]
fn an_edit_inside_a_line_counts_units_of_utf_16() {
    for capabilities in [json!({}), json!({"general": {"positionEncodings": ["utf-8", "utf-16"]}})] {
        let mut editor = Editor::of("cross-account", &capabilities);
        editor.open("kms/lake.json");
        let text = r#"{"Id": "ü𝒦", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "kms:Decript", "Resource": "*"}}"#;
        editor.change("kms/lake.json", text);
        let is_bytes = capabilities.get("general").is_some();
        let column = |text: &str, word: &str| {
            let before = text.split(word).next().unwrap();
            if is_bytes { before.len() } else { before.encode_utf16().count() }
        };
        // Behind the two characters, inside the quotes.
        let at = json!({"line": 0, "character": column(text, "\", \"Statement")});
        let document = json!({"uri": editor.uri("kms/lake.json"), "version": 3});
        let changes = json!([{"range": {"start": at, "end": at}, "text": "xyz"}]);
        editor.tell("textDocument/didChange", json!({"textDocument": document, "contentChanges": changes}));
        let shown = editor.shown_in("kms/lake.json");
        assert!(!codes(&shown).contains(&"invalid-json"), "{shown:#?}");
        let found = shown.iter().find(|one| one["code"] == "invalid-action").unwrap();
        let edited = text.replace("ü𝒦", "ü𝒦xyz");
        assert_eq!(found["range"]["start"]["character"], column(&edited, "\"kms:Decript"));
        assert_eq!(found["range"]["end"]["character"], column(&edited, ", \"Resource"));
    }
}

#[test]
fn words_are_explained_and_completed_and_lead_somewhere() {
    let mut editor = Editor::of("cross-account", &json!({}));
    editor.open("kms/lake.json");
    editor.open("decryptable.toml");
    let hover = editor.ask("textDocument/hover", editor.at("kms/lake.json", "kms:Decrypt", 5));
    let text = hover["contents"]["value"].as_str().unwrap();
    assert!(text.starts_with("**kms:Decrypt** writes.") && text.contains("arn:"), "{text}");

    let inside = editor.at("kms/lake.json", "kms:Decrypt", 5);
    let items = editor.ask("textDocument/completion", inside)["items"].as_array().unwrap().clone();
    let labels: Vec<&str> = items.iter().map(|item| item["label"].as_str().unwrap()).collect();
    assert!(labels.contains(&"kms:Decrypt") && labels.contains(&"kms:ReEncryptFrom"), "{labels:?}");
    assert!(labels.is_sorted());

    // From the manifest to the file that it names.
    let place = editor.ask("textDocument/definition", editor.at("decryptable.toml", "kms/lake.json", 4));
    assert_eq!(place["uri"], editor.uri("kms/lake.json"));
}

#[test]
fn a_misspelt_action_is_mended_by_a_quick_fix() {
    let mut editor = Editor::of("cross-account", &json!({}));
    editor.open("kms/lake.json");
    let text = editor.text("kms/lake.json");
    editor.change("kms/lake.json", &text.replacen("kms:Decrypt", "kms:Decript", 1));
    let at = editor.at("kms/lake.json", "kms:Decrypt", 3)["position"].clone();
    let uri = editor.uri("kms/lake.json");
    let parameters = json!({
        "textDocument": {"uri": uri},
        "range": {"start": at, "end": at},
        "context": {"diagnostics": []},
    });
    let offered = editor.ask("textDocument/codeAction", parameters).as_array().unwrap().clone();
    let fix = offered.iter().find(|one| one["title"] == "write `kms:Decrypt`");
    let fix = fix.unwrap_or_else(|| panic!("{offered:#?}"));
    assert_eq!(fix["edit"]["changes"][&uri][0]["newText"], "kms:Decrypt");
}

#[test]
fn the_change_that_check_proposes_makes_the_row_hold() {
    let mut editor = Editor::of("cross-account-key-policy-missing", &json!({}));
    let manifest = editor.text("decryptable.toml").replace("verdict = \"denied\"", "verdict = \"allowed\"");
    std::fs::write(editor.path("decryptable.toml"), &manifest).unwrap();
    editor.open("decryptable.toml");
    let lenses = editor.lenses("decryptable.toml");
    let failed = lenses.iter().find(|lens| lens["command"]["title"].as_str().unwrap().starts_with("fails"));
    let at = failed.unwrap_or_else(|| panic!("{lenses:#?}"))["range"]["start"].clone();
    let uri = editor.uri("decryptable.toml");
    let parameters = json!({"textDocument": {"uri": uri}, "range": {"start": at, "end": at}, "context": {"diagnostics": []}});
    let offered = editor.ask("textDocument/codeAction", parameters).as_array().unwrap().clone();
    let changes = offered.first().unwrap_or_else(|| panic!("nothing is offered"))["edit"]["changes"].clone();
    for (uri, edits) in changes.as_object().unwrap() {
        let name = uri.strip_prefix(&editor.uri("")).unwrap().to_owned();
        editor.open(&name);
        let document = json!({"uri": uri, "version": 2});
        let mut changes: Vec<Value> = edits
            .as_array()
            .unwrap()
            .iter()
            .map(|edit| json!({"range": edit["range"], "text": edit["newText"]}))
            .collect();
        // Places are of the text before any of them.
        changes.reverse();
        editor.tell("textDocument/didChange", json!({"textDocument": document, "contentChanges": changes}));
    }
    let lenses = editor.lenses("decryptable.toml");
    assert!(
        lenses.iter().all(|lens| lens["command"]["title"].as_str().unwrap().starts_with("holds")),
        "{lenses:#?}"
    );
}

#[test]
fn edits_at_random_are_survived() {
    let mut editor = Editor::of("terraform-source-jsonencode", &json!({}));
    let names = ["main.tf", "decryptable.toml"];
    let mut seed = 7_u64;
    let mut next = move |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below.max(1)
    };
    for name in names {
        if editor.path(name).exists() {
            editor.open(name);
        }
    }
    let pieces =
        ["{", "}", "\"", "\\", "ü𝒦", "\n", "[[expect]]\n", "= ", "\0", ",", "${", "<<EOF\n", "s3:", "* "];
    for round in 0..120 {
        let name = names[next(names.len())];
        if !editor.path(name).exists() {
            continue;
        }
        let (line, column, length) = (next(40), next(60), next(12));
        let range = json!({
            "start": {"line": line, "character": column},
            "end": {"line": line, "character": column + length},
        });
        let document = json!({"uri": editor.uri(name), "version": round + 2});
        let changes = json!([{"range": range, "text": pieces[next(pieces.len())]}]);
        editor.tell("textDocument/didChange", json!({"textDocument": document, "contentChanges": changes}));
        let at = json!({"textDocument": {"uri": editor.uri(name)}, "position": {"line": line, "character": column}});
        editor.ask("textDocument/hover", at.clone());
        editor.ask("textDocument/completion", at.clone());
        editor.ask("textDocument/definition", at);
        if round % 10 == 0 {
            editor.lenses(name);
        }
    }
    // What was closed speaks for itself again.
    for name in names {
        let uri = editor.uri(name);
        editor.tell("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    }
    editor.open("decryptable.toml");
    let lenses = editor.lenses("decryptable.toml");
    assert!(!lenses.is_empty());
}

/// A text as an editor has it that counts units of UTF-16.
struct Model(Vec<u16>);

impl Model {
    /// The place of a line and column; behind the end of a line is its end, and inside a character its beginning.
    fn offset(&self, line: usize, column: usize) -> usize {
        let (feed, back) = (u16::from(b'\n'), u16::from(b'\r'));
        let ends_at =
            |at: usize| self.0[at] == feed || (self.0[at] == back && self.0.get(at + 1) != Some(&feed));
        let mut starts = vec![0];
        starts.extend((0..self.0.len()).filter(|at| ends_at(*at)).map(|at| at + 1));
        let Some(start) = starts.get(line).copied() else { return self.0.len() };
        let end =
            (start..self.0.len()).find(|at| [feed, back].contains(&self.0[*at])).unwrap_or(self.0.len());
        let at = (start + column).min(end);
        let is_low = |unit: Option<&u16>| unit.is_some_and(|unit| (0xDC00..0xE000).contains(unit));
        if at > start && is_low(self.0.get(at)) { at - 1 } else { at }
    }

    fn replace(&mut self, (line, column): (usize, usize), (to_line, to_column): (usize, usize), text: &str) {
        let start = self.offset(line, column);
        let end = self.offset(to_line, to_column).max(start);
        self.0.splice(start..end, text.encode_utf16());
    }

    fn text(&self) -> String {
        String::from_utf16(&self.0).unwrap()
    }
}

/// However an editor came to a text, it is shown what another one is shown that opens it as it is.
#[test]
fn edits_at_random_leave_the_text_that_the_editor_has() {
    let pieces = [
        "{",
        "}",
        "\"",
        "\\",
        "ü𝒦",
        "𝒦",
        "\r\n",
        "\n",
        "\r",
        "kms:Decript",
        ", ",
        "\u{2028}",
        "\u{0}",
        "",
        "",
        "  ",
        "\"Effect\": \"Alow\"",
        "[",
        "]",
        "e\u{301}",
        "*",
    ];
    let mut seed = crate::budget::seed();
    let mut next = move |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below.max(1)
    };
    let mut editor = Editor::of("cross-account", &json!({}));
    let mut fresh = Editor::of("cross-account", &json!({}));
    let name = "kms/lake.json";
    editor.open(name);
    let mut model = Model(editor.text(name).replace('\n', "\r\n").encode_utf16().collect());
    let uri = editor.uri(name);
    editor.change(name, &model.text());
    let rounds = crate::budget::cases(600);
    for round in 0..rounds {
        let mut changes = Vec::new();
        // Several ranges of one message are places in what those before them left.
        for _ in 0..=next(3) {
            let huge = next(40) == 0;
            let start = (next(50), next(70));
            let end =
                if huge { (usize::from(u16::MAX), next(9)) } else { (start.0 + next(2), start.1 + next(6)) };
            let end = if next(20) == 0 { (start.0.saturating_sub(1), 0) } else { end };
            let piece = pieces[next(pieces.len())];
            let at = |place: (usize, usize)| json!({"line": place.0, "character": place.1});
            changes.push(json!({"range": {"start": at(start), "end": at(end)}, "text": piece}));
            model.replace(start, end, piece);
        }
        if next(60) == 0 || model.0.len() < 200 {
            let whole = editor.text(name);
            changes.push(json!({"text": whole}));
            model = Model(whole.encode_utf16().collect());
        }
        let document = json!({"uri": uri, "version": round + 2});
        editor.tell("textDocument/didChange", json!({"textDocument": document, "contentChanges": changes}));
        if round % 60 == 59 || round + 1 == rounds {
            let shown = editor.shown_in(name);
            let own = fresh.uri(name);
            let document = json!({"uri": own, "languageId": "json", "version": 1, "text": model.text()});
            fresh.tell("textDocument/didOpen", json!({"textDocument": document}));
            let expected = fresh.shown_in(name);
            let places = |shown: &[Value]| -> Vec<Value> {
                shown.iter().map(|one| json!([one["code"], one["range"], one["message"]])).collect()
            };
            assert_eq!(places(&shown), places(&expected), "round {round}: {:?}", model.text());
            fresh.tell("textDocument/didClose", json!({"textDocument": {"uri": own}}));
        }
    }
}

/// 200 requests of a policy of 100 kB: what they cost is counted by `Lines` and the words around a place, which no request
/// goes through more than once, so that a test only has to see that each is answered.
#[test]
fn a_large_policy_is_answered_about() {
    let mut editor = Editor::of("cross-account", &json!({}));
    editor.open("kms/lake.json");
    let resource: String =
        (0..1_000).map(|nth| format!(", \"arn:aws:s3:::lake-{nth:04}/ü𝒦/{}\"", "x".repeat(70))).collect();
    let text = format!(
        "{{\"Version\": \"2012-10-17\", \"Statement\": [{{\"Effect\": \"Allow\", \"Principal\": \"*\",\n\"Resource\": [\"*\"{resource}],\n\"Action\": \"kms:Decript\"}}]}}"
    );
    assert!(text.len() > 100_000);
    editor.change("kms/lake.json", &text);
    let uri = editor.uri("kms/lake.json");
    for nth in 0..50 {
        let at = json!({"line": nth % 3, "character": nth * 400});
        let asked = json!({"textDocument": {"uri": uri}, "position": at});
        for method in ["hover", "completion", "definition"] {
            editor.ask(&format!("textDocument/{method}"), asked.clone());
        }
        let range = json!({"textDocument": {"uri": uri}, "range": {"start": at, "end": at}, "context": {"diagnostics": []}});
        editor.ask("textDocument/codeAction", range);
    }
    let shown = editor.shown_in("kms/lake.json");
    assert!(!shown.is_empty());
}

#[test]
fn what_is_not_known_is_said_and_a_session_ends_well() {
    let mut editor = Editor::of("cross-account", &json!({}));
    let answer = editor.ask_whole("textDocument/rename", json!({}));
    assert_eq!(answer["error"]["code"], -32601);
    // Files that no editor holds, and addresses that are no files.
    for uri in ["untitled:1", "file:///nowhere/at/all.json", "https://example.com/x.json"] {
        let parameters = json!({"textDocument": {"uri": uri}, "position": {"line": 0, "character": 0}});
        assert_eq!(editor.ask("textDocument/hover", parameters), Value::Null);
    }
    assert_eq!(editor.ask("shutdown", Value::Null), Value::Null);
    editor.tell("exit", Value::Null);
    assert_eq!(editor.child.wait().unwrap().code(), Some(0));
}

#[test]
fn what_is_no_message_ends_nothing() {
    let mut editor = Editor::of("cross-account", &json!({}));
    let deep = "[".repeat(100_000);
    for (text, code) in [("{nope", -32700), ("[]", -32600), ("{\"id\": 3}", -32600), (&*deep, -32700)] {
        write!(editor.input, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        editor.input.flush().unwrap();
        let answer = editor.receive();
        assert_eq!((&answer["id"], &answer["error"]["code"]), (&Value::Null, &json!(code)), "{answer}");
    }
    let answer = editor.ask_whole("textDocument/rename", json!({}));
    assert_eq!(answer["error"]["code"], -32601);
    // A length that nothing could hold is not taken for one.
    write!(editor.input, "Content-Length: 999999999999\r\n\r\n{{}}").unwrap();
    editor.input.flush().unwrap();
    assert_eq!(editor.child.wait().unwrap().code(), Some(2));
}

#[test]
fn input_without_a_session_is_refused() {
    for input in ["", "hello\n\n", "Content-Length: 99\r\n\r\n{}"] {
        let outcome = with_stdin(input, &["lsp"]).exits(2);
        assert_eq!(outcome.stdout, "", "{input:?}");
        outcome.complains(&["before an editor sent `initialize`", "start `decryptable lsp` from an editor"]);
    }
}
