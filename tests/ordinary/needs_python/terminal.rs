//! What the program asks for where a person sits at a terminal: Python stands in for one.
#![allow(clippy::panic, clippy::unwrap_used, reason = "tests may fail loudly")]
#![cfg(unix)]

use std::path::Path;
use std::process::Command;

use crate::cli::in_dir;

/// Runs a program at a terminal, and writes each line where its text was shown.
const TERMINAL: &str = r#"
import os, pty, select, sys
arguments = sys.argv[1:]
split = arguments.index("--")
pid, terminal = pty.fork()
if pid == 0:
    os.environ.clear()
    os.environ.update({"TERM": "dumb", "LC_ALL": "C.UTF-8"})
    os.execv(arguments[0], arguments[:split])
shown = b""
def read():
    global shown
    try:
        more = os.read(terminal, 4096)
    except OSError:
        more = b""
    shown += more
    return more
for pair in arguments[split + 1:]:
    text, line = pair.split("=>")
    start = len(shown)
    while text.encode() not in shown[start - len(text.encode()):] if start else text.encode() not in shown:
        if not read():
            break
    os.write(terminal, line.encode() + b"\r")
while read():
    pass
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
sys.stdout.write(shown.decode().replace("\r\n", "\n"))
sys.exit(code)
"#;

struct Shown {
    code: Option<i32>,
    text: String,
}

fn at_terminal(dir: &Path, arguments: &[&str], lines: &[&str]) -> Shown {
    let mut python = Command::new("python3");
    python
        .args(["-ISB", "-c", TERMINAL, env!("CARGO_BIN_EXE_decryptable")])
        .args(arguments)
        .arg("--")
        .args(lines);
    let output = python.current_dir(dir).output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    Shown { code: output.status.code(), text: String::from_utf8(output.stdout).unwrap() }
}

fn estate() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/cross-account")
}

#[test]
#[ignore = "needs python3"]
fn the_program_alone_offers_a_session() {
    let said = at_terminal(&estate(), &[], &["[Y/n]=>", "› =>inputs", "› =>quit"]);
    assert_eq!(said.code, Some(0), "{}", said.text);
    assert!(said.text.contains("decryptable.toml is here: 5 files · 1 role"), "{}", said.text);
    assert!(said.text.contains("kms/lake.json"), "{}", said.text);
    let left = at_terminal(&estate(), &[], &["[Y/n]=>n"]);
    assert!(left.code == Some(0) && !left.text.contains('›'), "{}", left.text);
    // Without a manifest it is what it is elsewhere.
    let empty = tempfile::tempdir().unwrap();
    let said = at_terminal(empty.path(), &[], &[]);
    assert!(said.code == Some(2) && said.text.contains("Usage: decryptable"), "{}", said.text);
}

#[test]
#[ignore = "needs python3"]
fn what_is_missing_is_picked() {
    let said = at_terminal(&estate(), &["can", "--format", "concise"], &["role? =>1", "object? =>landing/p"]);
    assert_eq!(said.code, Some(0), "{}", said.text);
    let whole = "$ decryptable can --format concise IAM_CLUSTER s3://lake/landing/part-9.parquet";
    assert!(said.text.contains(whole), "{}", said.text);
    let asked =
        in_dir(&estate(), &["can", "IAM_CLUSTER", "s3://lake/landing/part-9.parquet", "--format", "concise"]);
    assert!(said.text.ends_with(&asked.stdout), "{}", said.text);
    let who = at_terminal(&estate(), &["who", "--direct", "--format", "concise"], &["object? =>2"]);
    assert!(who.code == Some(0) && who.text.contains("$ decryptable who --direct"), "{}", who.text);
    // Who gives up gets the error that a pipe gets.
    let gone = at_terminal(&estate(), &["can", "IAM_CLUSTER"], &["object? =>\u{4}"]);
    assert!(gone.code == Some(2) && gone.text.contains("<TARGET>"), "{}", gone.text);
    let piped = in_dir(&estate(), &["can", "IAM_CLUSTER"]).exits(2);
    assert!(piped.stderr.contains("<TARGET>") && piped.stdout.is_empty(), "{}", piped.stderr);
}
