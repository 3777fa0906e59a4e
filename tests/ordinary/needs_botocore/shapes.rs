//! Every member that AWS answers is read, or `tests/botocore/unread.tsv` says why not. New members of an API show up here.
//! The list names the botocore it was made with; what an older one does not know is not missed.
//!
//! `DECRYPTABLE_BOTOCORE_PYTHON` names a Python that has botocore; without it that is `python3`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails loudly")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The words that stand between quotes in the sources of the loaders; a pointer is several.
fn quoted(dir: &Path, into: &mut BTreeSet<String>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            // Templates and plans have names of their own.
            if !["cloudformation", "terraform"].iter().any(|other| path.ends_with(other)) {
                quoted(&path, into);
            }
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for literal in text.lines().filter(|line| !line.trim_start().starts_with("//")).flat_map(|line| {
            let parts: Vec<&str> = line.split('"').collect();
            parts.into_iter().skip(1).step_by(2)
        }) {
            into.extend(literal.split('/').map(str::to_owned));
        }
    }
}

/// The numbers of a version, such as `1.44.8`.
fn version(text: &str) -> Vec<u32> {
    text.split('.').map(|part| part.parse().unwrap()).collect()
}

#[test]
#[ignore = "needs a Python with the module botocore"]
fn what_aws_answers_is_read_or_listed() {
    let mut read = BTreeSet::new();
    quoted(&here("src/load"), &mut read);
    let chosen = std::env::var("DECRYPTABLE_BOTOCORE_PYTHON").ok();
    let python = chosen.as_deref().unwrap_or("python3");
    let mut child = Command::new(python)
        .arg(here("tests/botocore/shapes.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let names: Vec<&str> = read.iter().map(String::as_str).collect();
    child.stdin.take().unwrap().write_all(names.join("\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let answered = String::from_utf8(output.stdout).unwrap();
    let (here_version, answered) = answered.split_once('\n').unwrap();
    assert!(answered.lines().count() > 300, "so few members are those of no API:\n{answered}");

    let listed = fs::read_to_string(here("tests/botocore/unread.tsv")).unwrap();
    let made_with =
        listed.lines().find_map(|line| line.strip_prefix("# botocore ")?.split(':').next()).unwrap();
    let older = version(here_version) < version(made_with);
    let mut listed: BTreeMap<(&str, &str), bool> = listed
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let [service, member, why] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
            assert!(!why.is_empty(), "{line}");
            ((service, member), false)
        })
        .collect();
    let mut unread = Vec::new();
    for line in answered.lines() {
        let (service, rest) = line.split_once(' ').unwrap();
        let member = rest.rsplit(['.', ' ']).next().unwrap();
        match listed.get_mut(&(service, member)) {
            Some(_) if read.contains(member) => unread.push(format!("{line} is listed and read")),
            Some(seen) => *seen = true,
            None if read.contains(member) => {}
            None => unread.push(format!("{line} is neither read nor listed")),
        }
    }
    let gone = listed.iter().filter(|(_, seen)| !older && !**seen);
    unread.extend(gone.map(|((service, member), _)| format!("{service} {member} is answered by nothing")));
    assert!(unread.is_empty(), "{}", unread.join("\n"));
}
