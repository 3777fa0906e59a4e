//! The script of the GitHub action, run as a runner runs it, with the program that was just built.

#![allow(clippy::panic, clippy::unwrap_used, reason = "tests may fail loudly")]
#![cfg(all(feature = "cli", unix))]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

struct Runner {
    temp: PathBuf,
    workspace: PathBuf,
}

fn runner(name: &str, estate: &str) -> Runner {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let temp = Path::new(env!("CARGO_TARGET_TMPDIR")).join("action").join(name);
    let _ = fs::remove_dir_all(&temp);
    fs::create_dir_all(&temp).unwrap();
    Runner { temp, workspace: root.join("policies").join(estate) }
}

impl Runner {
    fn run(&self, inputs: &[(&str, &str)]) -> Output {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let program = Path::new(env!("CARGO_BIN_EXE_decryptable")).parent().unwrap();
        let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
        let mut command = Command::new("bash");
        command.arg(root.join("packaging/action.sh")).current_dir(&self.temp);
        command.env("PATH", path).env("RUNNER_TEMP", &self.temp).env("LC_ALL", "C.UTF-8");
        command.env("GITHUB_ACTION_PATH", root).env("GITHUB_WORKSPACE", &self.workspace);
        command.env("GITHUB_OUTPUT", self.temp.join("output"));
        command.env("GITHUB_STEP_SUMMARY", self.temp.join("summary"));
        command.env("DECRYPTABLE_VERSION", "installed");
        for (name, value) in inputs {
            command.env(format!("DECRYPTABLE_{name}"), value);
        }
        command.output().unwrap()
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.temp.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }
}

#[test]
fn an_estate_that_holds() {
    let runner = runner("holds", "cross-account");
    let sarif = runner.temp.join("r.sarif");
    let output = runner.run(&[("SARIF", sarif.to_str().unwrap())]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let log: serde_json::Value = serde_json::from_str(&runner.read("r.sarif")).unwrap();
    assert_eq!(log["version"], "2.1.0");
    assert!(runner.read("output").starts_with("exit-code=0\nsarif-file=/"));
    assert!(runner.read("summary").contains("3 of 3 expectations hold"));
}

#[test]
fn findings_are_annotated_and_the_exit_code_is_kept() {
    let runner = runner("findings", "cross-account");
    let output = runner.run(&[("FAIL_ON", "note"), ("CONFIG", "none.toml"), ("SUMMARY", "false")]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(runner.read("output").starts_with("exit-code=2\n"));
    assert!(!runner.temp.join("summary").exists());
    let wide = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]}"#;
    let path = runner.temp.join("wide one.json");
    fs::write(&path, wide).unwrap();
    let inputs = [("PATHS", path.to_str().unwrap()), ("FAIL_ON", "note")];
    let output = runner.run(&inputs);
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(out.contains("title=allow-not-action") && out.contains("wide one.json"), "{out}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn inputs_are_never_text_of_a_script() {
    let runner = runner("inputs", "cross-account");
    for version in ["$(touch made)", "`touch made`", "1; touch made", "../x"] {
        let output = runner.run(&[("VERSION", version)]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(String::from_utf8(output.stderr).unwrap().contains("::error title=decryptable::"));
    }
    let output = runner.run(&[("PATHS", "$(touch made)\n--help\n")]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(!runner.temp.join("made").exists());
    assert!(!runner.workspace.join("made").exists());
    // A release needs a repository to come from.
    let output = runner.run(&[("VERSION", "0.1.0"), ("REPOSITORY", "")]);
    assert_eq!(output.status.code(), Some(2));
}
