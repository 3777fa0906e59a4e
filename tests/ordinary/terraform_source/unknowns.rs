//! The worked estates in source form, with one value at a time left open: what stays firm has the verdict that it had.
#![allow(clippy::indexing_slicing, reason = "lines are where they were found")]

use std::fs;
use std::path::{Path, PathBuf};

use crate::{binary, budget};

/// Attributes that say where something is, or what it is for: without them there is nothing to ask.
const NEEDED: [&str; 6] = ["source", "type", "alias", "description", "error_message", "sid"];

/// Every file below a directory.
fn below(dir: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    let mut entries: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            all.extend(below(&path));
        } else {
            all.push(path);
        }
    }
    all
}

fn copied(from: &Path) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for path in below(from) {
        let to = dir.path().join(path.strip_prefix(from).unwrap());
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(&path, to).unwrap();
    }
    dir
}

/// The verdict of every row of the manifest, and nothing where the files cannot be asked.
fn verdicts(dir: &Path) -> Vec<String> {
    let output = binary::run(dir, &["check", "--format", "json"], "");
    let Ok(report) = serde_json::from_slice::<serde_json::Value>(&output.stdout) else { return Vec::new() };
    let answers = report["answers"].as_array().into_iter().flatten();
    answers.map(|answer| answer["verdict"].as_str().unwrap().to_owned()).collect()
}

/// The file with the value of one line left open.
fn opened(text: &str, line: usize) -> Option<String> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let (name, value) = lines[line].split_once('=')?;
    let (key, value) = (name.trim(), value.trim());
    let is_scalar = matches!(value, "true" | "false") || (value.starts_with('"') && value.ends_with('"'));
    if !is_scalar || value.contains("${") || value.matches('"').count() > 2 || NEEDED.contains(&key) {
        return None;
    }
    if key == "default" {
        lines.remove(line);
    } else {
        lines[line] = format!("{name}= var.left_open");
        lines.push("variable \"left_open\" {}".to_owned());
    }
    Some(lines.join("\n") + "\n")
}

#[test]
fn a_value_that_is_left_open_turns_no_firm_answer() {
    let policies = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let mut estates: Vec<PathBuf> = fs::read_dir(policies).unwrap().map(|e| e.unwrap().path()).collect();
    estates.sort();
    estates.retain(|dir| {
        dir.is_dir() && below(dir).iter().any(|file| file.extension().is_some_and(|e| e == "tf"))
    });
    let (mut asked, mut firm, mut wrong) = (0, 0, Vec::new());
    for estate in &estates {
        let dir = copied(estate);
        let before = verdicts(dir.path());
        assert!(!before.is_empty(), "{}", estate.display());
        for file in below(dir.path()) {
            if file.extension().is_none_or(|ending| ending != "tf") {
                continue;
            }
            let text = fs::read_to_string(&file).unwrap();
            let most = usize::try_from(budget::cases(12)).unwrap();
            let mutants = (0..text.lines().count()).filter_map(|line| Some((line, opened(&text, line)?)));
            for (line, mutant) in mutants.take(most) {
                fs::write(&file, &mutant).unwrap();
                let after = verdicts(dir.path());
                asked += 1;
                for (was, is) in before.iter().zip(&after).filter(|(was, _)| *was != "conditional") {
                    firm += usize::from(is == was);
                    if is != was && is != "conditional" {
                        let shown = file.strip_prefix(dir.path()).unwrap().display();
                        wrong.push(format!("{} {shown}:{}: {was}, then {is}", estate.display(), line + 1));
                    }
                }
            }
            fs::write(&file, text).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(asked >= 20 && firm >= 20, "{asked} values left open, {firm} answers firm");
}
