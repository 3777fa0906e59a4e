//! Plain English: the pages, the help and the messages have none of the forms that readers stumbled on.
//!
//! The help is checked as it stands in `docs/commands`, which other tests compare with the program.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test fails loudly"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// Forms that readers stumbled on, each with the plain one. `_` stands for any word. Letter case and punctuation do not
/// matter, and a name such as `not_told` is one word: values of the public contract stay.
const STUMBLING: &[(&str, &str)] = &[
    ("whoever", "a principal that, the caller"),
    ("whatever", "any, every"),
    ("somebody", "a principal, a user"),
    ("nobody told", "was not provided"),
    ("not told", "not provided, not known"),
    ("told twice", "has conflicting values"),
    ("pass service-linked roles by", "do not apply to service-linked roles"),
    ("it need not something else stands in for it", "another gate makes this one unnecessary"),
    ("becomes a role", "assumes a role"),
    ("become a role", "assume a role"),
    ("become the role", "assume the role"),
    ("can become _", "can assume"),
    ("may become", "may assume"),
    ("the day has passed", "the suppression has expired"),
    ("policy names no principal", "must not contain Principal"),
    ("a names no principal", "must not contain Principal"),
    ("depends on key of", "depends on which KMS key encrypts"),
    ("they were not supplied", "not provided"),
    ("nobody is let in", "public access is not granted"),
    ("let nobody in", "fail if the policy grants public access"),
    ("lets nobody in", "grants no access"),
    ("then reads to", "then reads"),
    ("what nobody knows", "something unknown"),
];

/// After "there" the negation is plain: "there is no file".
const PLAIN_BEFORE_NO: &[&str] = &["there"];

/// "is no longer" is plain, too.
const PLAIN_AFTER_NO: &[&str] = &["longer", "more"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, extension: &str, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, extension, out);
        } else if path.extension().is_some_and(|e| e == extension) {
            out.push(path);
        }
    }
}

/// The words of a text with the line that each is on.
fn words(text: &str) -> Vec<(String, usize)> {
    let mut out = Vec::new();
    for (line, text) in text.lines().enumerate() {
        let parts = text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '\'')));
        out.extend(parts.filter(|w| !w.is_empty()).map(|w| (w.to_lowercase(), line + 1)));
    }
    out
}

/// What is wrong with a text: the line, the form and the plain form.
fn stumbles(text: &str) -> Vec<(usize, String, String)> {
    let words = words(text);
    let at = |at: usize| words.get(at).map(|(word, _)| word.as_str());
    let mut out = Vec::new();
    for (start, (word, line)) in words.iter().enumerate() {
        for (form, plain) in STUMBLING {
            let mut form_words = form.split(' ').enumerate();
            if form_words.all(|(n, wanted)| at(start + n).is_some_and(|w| wanted == "_" || w == wanted)) {
                out.push((*line, (*form).to_owned(), (*plain).to_owned()));
            }
        }
        let before = start.checked_sub(1).and_then(at).unwrap_or_default();
        let verb = matches!(word.as_str(), "is" | "are" | "was" | "were");
        if verb && at(start + 1) == Some("no") && !PLAIN_BEFORE_NO.contains(&before) {
            let after = at(start + 2).unwrap_or_default();
            if !PLAIN_AFTER_NO.contains(&after) {
                out.push((*line, format!("{word} no {after}"), format!("{word} not … {after}")));
            }
        }
    }
    out
}

/// The string literals of a source file up to its tests, everything else blanked out, so that lines stay.
fn literals(source: &str) -> String {
    let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let chars: Vec<char> = source.chars().collect();
    let is = |at: usize, c: char| chars.get(at) == Some(&c);
    let (mut at, mut out) = (0, String::new());
    while at < chars.len() {
        let c = chars[at];
        if c == '/' && is(at + 1, '/') {
            while at < chars.len() && !is(at, '\n') {
                at += 1;
            }
        } else if c == '\'' && (is(at + 1, '\\') || is(at + 2, '\'')) {
            at += if is(at + 1, '\\') { 3 } else { 2 };
            while !is(at - 1, '\'') || at < 2 {
                at += 1;
            }
        } else if c == '"' {
            let mut hashes = 0;
            while at > hashes && is(at - 1 - hashes, '#') {
                hashes += 1;
            }
            let raw = at > hashes && is(at - 1 - hashes, 'r');
            at += 1;
            let ends = |at: usize| is(at, '"') && (!raw || (1..=hashes).all(|n| is(at + n, '#')));
            while at < chars.len() && !ends(at) {
                if !raw && is(at, '\\') {
                    out.push(if is(at + 1, '\n') { '\n' } else { ' ' });
                    at += 2;
                } else {
                    out.push(chars[at]);
                    at += 1;
                }
            }
            // Forms do not reach from one literal into the next.
            out.push_str(" - ");
            at += 1;
        } else {
            if c == '\n' {
                out.push('\n');
            }
            at += 1;
        }
    }
    out
}

fn report(found: Vec<String>) {
    assert!(found.is_empty(), "say it plainly:\n{}", found.join("\n"));
}

fn describe(path: &Path, text: &str) -> Vec<String> {
    let name = path.strip_prefix(root()).unwrap().display();
    stumbles(text)
        .into_iter()
        .map(|(line, form, plain)| format!("{name}:{line}: \"{form}\"; better: \"{plain}\""))
        .collect()
}

#[test]
fn pages_and_help_are_in_plain_english() {
    let mut pages = Vec::new();
    files(&root().join("docs"), "md", &mut pages);
    pages.extend(["README.md", "CONTRIBUTING.md", "policies/README.md"].map(|name| root().join(name)));
    pages.sort();
    assert!(pages.iter().any(|page| page.ends_with("docs/commands/diff.md")), "the help is among the pages");
    report(pages.iter().flat_map(|page| describe(page, &fs::read_to_string(page).unwrap())).collect());
}

#[test]
fn messages_are_in_plain_english() {
    let mut sources = Vec::new();
    files(&root().join("src"), "rs", &mut sources);
    // The clone itself may lie in a directory of any name.
    let part_of_tests = |path: &Path| path.strip_prefix(root()).unwrap().iter().any(|part| part == "tests");
    sources.retain(|path| !part_of_tests(path) && !path.ends_with("tests.rs"));
    sources.sort();
    assert!(sources.len() > 100, "the sources were found");
    report(
        sources
            .iter()
            .flat_map(|path| describe(path, &literals(&fs::read_to_string(path).unwrap())))
            .collect(),
    );
}

#[test]
fn each_stumbling_form_is_found_and_its_plain_form_is_not() {
    for (form, plain) in STUMBLING {
        let form = form.replace('_', "it");
        let code = format!("/// A comment says {form}.\nlet c = '\"';\nlet text = \"here {form} stands\";\n");
        assert!(!stumbles(&format!("So {form}, it says.")).is_empty(), "{form}");
        assert!(stumbles(&literals(&code)).iter().all(|(line, ..)| *line == 3), "{form}");
        assert!(!stumbles(&literals(&code)).is_empty(), "{form}");
        assert_eq!(stumbles(plain), [], "{plain}");
    }
    assert_eq!(stumbles("`x` is no action")[0].1, "is no action");
    assert_eq!(stumbles("there is no file, it is no longer here, `not_told` stays"), []);
    assert!(stumbles(&literals("let a: &'a str = r#\"a \"whoever\" b\"#;")).len() == 1);
    assert!(stumbles(&literals("x(\"it was not\", \"told\")")).is_empty(), "two literals are two texts");
}
