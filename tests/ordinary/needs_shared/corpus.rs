//! Real public files: none may make the parser or the lowering panic or hang, and every rejection has a place.
//!
//! The corpus is not part of the repository.

#![allow(clippy::unwrap_used, reason = "a test fails loudly")]

use std::fs;
use std::path::{Path, PathBuf};

use decryptable::json;
use decryptable::policy::{PolicyKind, guess_kind, lower};
use decryptable::source::{Origin, SourceMap, decode};

fn corpus(folder: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus").join(folder);
    let mut todo = vec![root];
    let mut files = Vec::new();
    while let Some(path) = todo.pop() {
        if path.is_dir() {
            todo.extend(fs::read_dir(path).unwrap().map(|e| e.unwrap().path()));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

#[test]
#[ignore = "needs ../shared"]
fn every_file_is_read_or_rejected_with_a_place() {
    let files = corpus("");
    assert!(files.len() > 2_000);
    for file in files {
        let mut map = SourceMap::new();
        let name = file.display().to_string();
        let Ok(decoded) = decode(fs::read(&file).unwrap()) else { continue };
        let text = decoded.text.clone();
        let id = map.add(&name, decoded.text, Origin::File { bytes: decoded.bytes });
        let parsed = json::parse(id, &text);
        let mut problems = parsed.problems;
        if let Some(root) = &parsed.root {
            let document = root.get("document").or_else(|| root.get("PolicyDocument")).unwrap_or(root);
            lower(document, guess_kind(document), "", &mut problems);
            lower(root, PolicyKind::Key, "", &mut problems);
        } else {
            assert!(!problems.is_empty(), "{name} was rejected without a word");
        }
        for problem in problems {
            let span = problem.span.unwrap_or_else(|| panic!("{name}: {} has no place", problem.message));
            assert!(span.end as usize <= text.len(), "{name}: {problem:?}");
            let place = map.place(span);
            assert!(place.start.line >= 1 && place.start.column >= 1);
            assert!(u64::from(place.bytes[1]) <= fs::metadata(&file).unwrap().len(), "{name}: {place:?}");
        }
    }
}

#[test]
#[ignore = "needs ../shared"]
fn managed_policies_have_no_errors() {
    let files = corpus("A_managed_policies");
    let mut count = 0;
    let mut wrong = Vec::new();
    for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "json")) {
        let text = fs::read_to_string(file).unwrap();
        let mut map = SourceMap::new();
        let id = map.add("x", text.as_str().into(), Origin::Stdin { bytes: Default::default() });
        let parsed = json::parse(id, &text);
        let root = parsed.root.unwrap();
        let Some(document) = ["document", "Document", "PolicyDocument"]
            .iter()
            .find_map(|n| root.get(n))
            .or_else(|| root.get("Statement").map(|_| &root))
        else {
            continue;
        };
        count += 1;
        let mut problems = Vec::new();
        lower(document, PolicyKind::Identity, "", &mut problems);
        // AWS stores these policies, so nothing in them may be called an error.
        for problem in problems.iter().filter(|p| p.is_error()) {
            wrong.push(format!(
                "{}: {} {}",
                file.file_name().unwrap().to_string_lossy(),
                problem.code,
                problem.message
            ));
        }
    }
    assert!(count > 700, "only {count} documents found");
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}
