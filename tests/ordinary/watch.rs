//! `--watch`: what was saved is asked again, and what changed stands first.
#![allow(clippy::unwrap_used, reason = "a test fails loudly")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Ends with the test, however that ends.
struct Watching(Child);

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_saved_file_is_asked_about_again() {
    let dir = tempfile::tempdir().unwrap();
    let estate = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/cross-account");
    for name in
        ["decryptable.toml", "kms/lake.json", "s3/lake.json", "iam/cluster-s3.json", "iam/cluster-kms.json"]
    {
        let to = dir.path().join(name);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(estate.join(name), to).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_decryptable"));
    command.args(["check", "--watch"]).current_dir(dir.path()).stdin(Stdio::null()).stderr(Stdio::null());
    let mut watching = Watching(command.stdout(Stdio::piped()).spawn().unwrap());
    let mut lines = BufReader::new(watching.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let first: Vec<String> = lines.by_ref().take_while(|line| line != "3 of 3 expectations hold").collect();
    assert!(!first.iter().any(|line| line.starts_with("changed")), "{first:?}");

    let key = dir.path().join("kms/lake.json");
    let text = fs::read_to_string(&key).unwrap();
    fs::write(&key, text.replace("\"kms:Decrypt\"", "\"kms:DescribeKey\"")).unwrap();
    let then: Vec<String> = lines.by_ref().take_while(|line| !line.starts_with("0 of 3")).collect();
    assert_eq!(then.first().map(String::as_str), Some("changed since the last time:"), "{then:?}");
    assert!(then.iter().any(|line| line == "- 3 of 3 expectations hold"), "{then:?}");

    fs::write(&key, text).unwrap();
    assert!(lines.any(|line| line == "3 of 3 expectations hold"));
}

#[test]
fn what_cannot_be_watched_is_refused() {
    for line in ["lint - --watch", "can a s3://b/c --watch --input -"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_decryptable"));
        let output = command.args(line.split(' ')).stdin(Stdio::null()).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{line}: {text}");
        assert!(text.contains("cannot be watched"), "{line}: {text}");
    }
}
