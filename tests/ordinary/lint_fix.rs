//! `lint --fix`: what is written, what is not, and that nothing is left for a second run.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests may fail loudly")]
#![cfg(feature = "cli")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::binary::run;
use serde_json::Value;

const SLIPS: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": ["s3:GetObjekt", "s3:GetObject*", "s3:ListBucket"],
      "Resource": ["arn:aws:s3:::lake", "arn:aws:s3:::lake/*", "arn:aws:s3:::lake/raw/*"],
      "Condition": {"IpAddres": {"aws:SourceIp": "203.0.113.9/24"}}
    }
  ]
}
"#;

const RIGHT: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": ["s3:GetObject*", "s3:ListBucket"],
      "Resource": ["arn:aws:s3:::lake", "arn:aws:s3:::lake/*"],
      "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    }
  ]
}
"#;

fn scratch(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lint_fix").join(name);
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    for (file, text) in files {
        fs::write(dir.join(file), text).unwrap();
    }
    dir
}

fn lint(dir: &Path, arguments: &[&str]) -> String {
    let output = run(dir, &[&["lint", "--isolated"], arguments].concat(), "");
    String::from_utf8(output.stdout).unwrap()
}

fn rules(dir: &Path, file: &str) -> Vec<String> {
    let report: Value = serde_json::from_str(&lint(dir, &["--format", "json", file])).unwrap();
    let findings = report["findings"].as_array().unwrap().iter();
    findings.map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn slips_are_put_right_and_what_is_around_them_stays() {
    let dir = scratch("written", &[("policy.json", SLIPS), ("plan.json", "{\"planned_values\": {}}")]);
    lint(&dir, &["--fix", "policy.json"]);
    assert_eq!(fs::read_to_string(dir.join("policy.json")).unwrap(), RIGHT);
    assert_eq!(rules(&dir, "policy.json"), [""; 0]);
    assert_eq!(lint(&dir, &["--format", "patch", "policy.json"]), "");
    let before = fs::metadata(dir.join("policy.json")).unwrap().modified().unwrap();
    lint(&dir, &["--fix", "policy.json"]);
    assert_eq!(fs::metadata(dir.join("policy.json")).unwrap().modified().unwrap(), before);
    let left: Vec<_> = fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

/// Line ends and a byte order mark are of the file, and a link leads on to where it led.
#[test]
fn marks_line_ends_and_links_stay() {
    let dir = scratch(
        "marks",
        &[("marked.json", &format!("\u{feff}{}", SLIPS.replace('\n', "\r\n"))), ("real.json", SLIPS)],
    );
    lint(&dir, &["--fix", "marked.json"]);
    let marked = fs::read_to_string(dir.join("marked.json")).unwrap();
    assert_eq!(marked, format!("\u{feff}{}", RIGHT.replace('\n', "\r\n")));
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("real.json", dir.join("link.json")).unwrap();
        lint(&dir, &["--fix", "link.json"]);
        assert!(fs::symlink_metadata(dir.join("link.json")).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(dir.join("real.json")).unwrap(), RIGHT);
    }
}

#[test]
fn a_patch_is_the_same_and_writes_nothing() {
    let dir = scratch("patch", &[("policy.json", SLIPS)]);
    for arguments in [&["--format", "patch", "policy.json"][..], &["--fix", "--format", "patch", "."]] {
        let patch = lint(&dir, arguments);
        assert_eq!(fs::read_to_string(dir.join("policy.json")).unwrap(), SLIPS);
        assert!(patch.contains("--- a/policy.json\n+++ b/policy.json\n"), "{patch}");
        fs::write(dir.join("fix.patch"), patch).unwrap();
        let git = |arguments: &[&str]| {
            let status = Command::new("git").args(arguments).current_dir(&dir).status();
            assert!(status.unwrap().success(), "{arguments:?}");
        };
        git(&["init", "--quiet"]);
        git(&["apply", "fix.patch"]);
        assert_eq!(fs::read_to_string(dir.join("policy.json")).unwrap(), RIGHT);
        fs::write(dir.join("policy.json"), SLIPS).unwrap();
    }
}

/// What is chosen, suppressed or off stays as it is.
#[test]
fn what_is_not_told_is_not_changed() {
    let dir = scratch(
        "chosen",
        &[
            ("policy.json", SLIPS),
            (
                "decryptable.toml",
                "version = 1\n[lint]\nlevels = { redundant-resource = \"off\" }\n\
                 [[ignore]]\nrule = \"invalid-action\"\nfile = \"policy.json\"\nreason = \"asked of the vendor\"\n",
            ),
        ],
    );
    run(&dir, &["lint", "--fix", "--ignore", "improve-ip-range", "policy.json"], "");
    let expected = SLIPS.replace("IpAddres\"", "IpAddress\"");
    assert_eq!(fs::read_to_string(dir.join("policy.json")).unwrap(), expected);
}

/// Templates, streams and documents with errors of their own are not written.
#[test]
fn other_files_are_left() {
    let template = "{\"Resources\": {\"P\": {\"Type\": \"AWS::IAM::ManagedPolicy\", \"Properties\": {\"PolicyDocument\": \
                    {\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": [\"s3:GetObjekt\"], \
                    \"Resource\": \"arn:aws:s3:::lake/*\"}]}}}}}";
    let broken = SLIPS.replacen(',', ",,", 1);
    let dir = scratch("others", &[("template.json", template), ("broken.json", &broken)]);
    for (file, text) in [("template.json", template), ("broken.json", &*broken)] {
        lint(&dir, &["--fix", file]);
        assert_eq!(fs::read_to_string(dir.join(file)).unwrap(), text);
    }
}
