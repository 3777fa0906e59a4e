//! Tables are complete and sorted, and the pages do what they say.
#![allow(clippy::panic, clippy::string_slice, clippy::unwrap_used, reason = "tests may fail loudly")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use decryptable::diagnostic::{Cause, Code, Severity};
use decryptable::policy::PolicyKind;
use decryptable::source::{Origin, SourceMap};
use decryptable::{explain, json, lint, load, report};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(dir: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root().join(dir)];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

fn stems(dir: &str) -> Vec<String> {
    let stem = |path: &PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    let mut stems: Vec<String> = files(dir).iter().map(stem).collect();
    stems.sort_unstable();
    stems
}

/// Every code with its page.
fn pages() -> impl Iterator<Item = (Code, &'static str)> {
    Code::ALL.iter().map(|code| (*code, code.page()))
}

fn sorted<T: Ord + std::fmt::Debug>(what: &str, list: &[T]) {
    assert!(list.is_sorted(), "{what} is not sorted: {list:?}");
}

/// The string literals of a source file, its tests left out.
fn literals(text: &str) -> impl Iterator<Item = &str> {
    let text = text.split("#[cfg(test)]").next().unwrap_or("");
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.flat_map(|line| line.split('"').skip(1).step_by(2))
}

/// `JsonSyntax` for `json-syntax-error`.
fn variant(code: Code) -> String {
    let capitalized = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
    code.as_str().split('-').map(capitalized).collect()
}

/// The compiler holds that each has a page, since the table includes it.
#[test]
fn codes_are_sorted_unique_and_named_like_their_variants() {
    let names: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
    assert!(Code::ALL.is_sorted(), "variants are in the order of their names");
    for code in Code::ALL {
        assert_eq!(format!("{code:?}"), variant(*code));
        assert_eq!(Code::from_name(code.as_str()), Some(*code));
        assert_eq!(code.to_string(), code.as_str());
    }
    assert_eq!(Code::from_name("no-such-code"), None);
}

/// A code that no message carries is none, and a code that is written as text is beside the table.
#[test]
fn every_code_is_used_and_only_in_the_table_text() {
    let (mut used, mut text) = (BTreeSet::new(), Vec::new());
    for path in files("src") {
        if path.ends_with("diagnostic/code.rs") || path.ends_with("tests.rs") {
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        for (_, rest) in source.match_indices("Code::").map(|(at, found)| (at, &source[at + found.len()..])) {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
            used.insert(rest[..end].to_owned());
        }
        let written =
            literals(&source).filter(|word| Code::from_name(word).is_some_and(|code| code.as_str() == *word));
        text.extend(written.map(|word| format!("{}: {word}", path.display())));
    }
    let unused: Vec<&Code> = Code::ALL.iter().filter(|code| !used.contains(&variant(**code))).collect();
    assert!(unused.is_empty(), "nothing in src says {unused:#?}");
    assert!(text.is_empty(), "write Code::… for {text:#?}");
}

/// The contents of the book list the page of each code, in the order of the files.
#[test]
fn the_book_lists_every_code() {
    let summary = fs::read_to_string(root().join("docs/SUMMARY.md")).unwrap();
    let mut listed: Vec<&str> = Vec::new();
    for line in summary.lines() {
        let Some((title, path)) =
            line.trim().strip_prefix("- [").and_then(|rest| rest.split_once("](lints/"))
        else {
            continue;
        };
        assert_eq!(format!("{title}.md)"), path);
        listed.push(title);
    }
    listed.sort_unstable();
    let names: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(listed, names);
}

#[test]
fn every_page_is_in_the_table() {
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(codes, stems("docs/lints"));
    let parts: Vec<&str> = explain::PARTS.iter().map(|part| part.file).collect();
    let files: Vec<String> =
        files("docs/rules").iter().map(|p| p.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(parts, files);
    for (code, text) in pages() {
        assert!(text.starts_with(&format!("# {code}\n")), "{code}: the heading is the code");
        assert!(text.contains("## The way out\n"), "{code}");
        assert!(explain::summary(text).ends_with('.'), "{code}: a sentence on what is wrong");
    }
}

/// Causes of near misses are sorted, and their pages have what `explain` and the rules of an answer read from them.
#[test]
fn every_cause_has_its_page_in_the_book() {
    let names: Vec<&str> = Cause::ALL.iter().map(|cause| cause.as_str()).collect();
    assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
    assert_eq!(names, stems("docs/causes"));
    let summary = fs::read_to_string(root().join("docs/SUMMARY.md")).unwrap();
    let ids: BTreeSet<&str> = explain::ids().collect();
    for cause in Cause::ALL {
        let (name, page) = (cause.as_str(), cause.page());
        assert!(page.starts_with(&format!("# {name}\n")), "{name}: the heading is the cause");
        assert!(page.contains("## The way out\n"), "{name}");
        assert!(
            explain::source(page).is_some_and(|link| link.contains("docs.aws.amazon.com")),
            "{name}: a page of AWS"
        );
        let rules: Vec<&str> = cause.rules().collect();
        assert!(!rules.is_empty() && rules.iter().all(|rule| ids.contains(rule)), "{name}: {rules:?}");
        assert!(summary.contains(&format!("  - [{name}](causes/{name}.md)\n")), "{name} is not in the book");
        assert!(Code::from_name(name).is_none(), "{name} is the code of a message too");
    }
}

/// Code scanning shows how bad a rule is and leads to the page of AWS behind it; where only this program is concerned there
/// is none.
#[test]
fn every_page_rates_its_code_and_leads_to_aws() {
    let (mut ours, mut wrong) = (Vec::new(), Vec::new());
    for (code, text) in pages() {
        let severity = code.level();
        let word = text.split_once("**Severity.** ").and_then(|(_, rest)| rest.split([',', '.']).next());
        assert_eq!(word, Some(&*format!("{severity:?}")), "{code}: the page says it as the table does");
        let security = explain::security_severity(text);
        if let Some(score) = security {
            assert!((0.1..=10.0).contains(&score.parse::<f64>().unwrap()), "{code}: {score}");
        }
        assert!(explain::overview(text).starts_with(explain::summary(text)), "{code}");
        assert!(!explain::overview(text).contains("```"), "{code}");
        match explain::source(text) {
            Some(page) => assert!(page.starts_with("https://docs.aws.amazon.com/"), "{code}: {page}"),
            None => {
                assert_eq!(security, None, "{code}");
                ours.push(code.as_str());
            }
        }
        if let Some(flagged) = example(text, "Flagged") {
            let found = severities(&flagged);
            if companions(text).is_empty() && found.iter().any(|found| *found != severity) {
                wrong.push(format!("{code}: {severity:?}, and its example is {found:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let expected = [
        "ambiguous-path",
        "conflicting-facts",
        "duplicate-table",
        "expired-ignore",
        "file-not-found",
        "file-too-large",
        "incomplete-plan",
        "invalid-glob",
        "invalid-value",
        "missing-key",
        "no-match",
        "not-in-estate",
        "nothing-asked",
        "terraform-module",
        "terraform-syntax",
        "terraform-value",
        "toml-syntax",
        "unknown-key",
        "unknown-profile",
        "unknown-version",
        "unreadable-file",
        "unused-baseline",
        "unused-ignore",
        "unused-object",
    ];
    assert_eq!(ours, expected);
}

#[test]
fn every_rule_is_explained() {
    let mut expected = (1..=150).map(|n| format!("R{n}"));
    for part in explain::PARTS {
        for (id, title) in part.rules() {
            assert_eq!(Some(id), expected.next().as_deref(), "in {}", part.file);
            let page = explain::find(id).unwrap();
            assert!(page.starts_with(&format!("## {id} {title}\n")), "{page}");
            for line in ["**Why it matters.**", "**Example.**", "**Certainty.**"] {
                assert!(page.contains(line), "{id} has no {line}");
            }
            let decided_here = page.contains("A decision of this tool");
            assert_eq!(page.contains("](https://"), !decided_here, "{id}: its pages");
        }
    }
    assert_eq!(expected.next(), None);
    assert_eq!(explain::find("r52"), explain::find(" R52 "));
    assert!(explain::find("Missing_Version").is_some());
    assert_eq!(explain::find("R151"), None);
    assert_eq!(explain::find(""), None);
}

/// Rules are named in pages, profiles and messages; each of them exists.
#[test]
fn rules_that_are_named_exist() {
    let ids: BTreeSet<&str> = explain::ids().collect();
    for path in ["src", "data", "docs", "policies"].into_iter().flat_map(files) {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        for word in text.split(|c: char| !c.is_ascii_alphanumeric()) {
            let digits = word.strip_prefix('R').unwrap_or("");
            if digits.is_empty() || digits.len() > 3 || !digits.bytes().all(|b| b.is_ascii_digit()) {
                continue;
            }
            let made_up = ["R1", "R2", "R151"].contains(&word);
            assert!(made_up || ids.contains(word), "{}: {word}", path.display());
        }
    }
}

struct Example {
    language: String,
    kind: Option<PolicyKind>,
    text: String,
}

/// The fenced block of a section of a page.
fn example(page: &str, section: &str) -> Option<Example> {
    let (_, rest) = page.split_once(&format!("## {section}\n"))?;
    let (_, rest) = rest.split_once("```")?;
    let (fence, rest) = rest.split_once('\n')?;
    let (text, _) = rest.split_once("\n```")?;
    let mut words = fence.split(' ');
    let language = words.next()?.to_owned();
    let kind = words.next().map(|name| {
        PolicyKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == name)
            .unwrap_or_else(|| panic!("no policy kind {name}"))
    });
    Some(Example { language, kind, text: text.to_owned() })
}

/// What an example gives rise to: codes, and how bad they are.
fn told(example: &Example) -> Vec<(Code, Severity)> {
    let mut sources = SourceMap::new();
    let source =
        sources.add("example", example.text.as_str().into(), Origin::File { bytes: Default::default() });
    let problems = match (example.language.as_str(), example.kind) {
        ("json", Some(kind)) => {
            let linted = lint::check(&mut sources, source, Some(kind));
            let all = linted.findings.iter().chain(&linted.problems);
            return all.map(|diagnostic| (diagnostic.code, diagnostic.severity)).collect();
        }
        ("json", None) => json::parse(source, &example.text).problems,
        ("toml", None) => decryptable::toml_tree::parse(source, &example.text).problems,
        ("yaml", None) => decryptable::yaml::parse(source, &example.text).problems,
        (language, _) => panic!("no examples in {language}"),
    };
    problems.iter().map(|problem| (problem.code, problem.severity)).collect()
}

fn codes(example: &Example) -> BTreeSet<Code> {
    told(example).into_iter().map(|(code, _)| code).collect()
}

/// What a page says that the example of its code gives besides.
fn companions(page: &str) -> BTreeSet<Code> {
    let line = page.lines().find_map(|line| line.strip_prefix("**Comes with.** ")).unwrap_or_default();
    line.split('`').skip(1).step_by(2).map(|name| Code::from_name(name).unwrap()).collect()
}

fn severities(example: &Example) -> Vec<Severity> {
    told(example).into_iter().map(|(_, severity)| severity).collect()
}

#[test]
fn examples_do_what_their_page_says() {
    let mut failures = Vec::new();
    for (code, page) in pages() {
        if let Some(flagged) = example(page, "Flagged") {
            let found = codes(&flagged);
            let mut expected = companions(page);
            expected.insert(code);
            if found != expected {
                failures.push(format!("{code}: the flagged example gives {found:?}"));
            }
            let clean =
                codes(&example(page, "Clean").unwrap_or_else(|| panic!("{code} has no clean example")));
            if !clean.is_empty() {
                failures.push(format!("{code}: the clean example gives {clean:?}"));
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn plug_in_tables_are_sorted() {
    sorted("report::ALL", &report::ALL.iter().map(|f| f.name).collect::<Vec<_>>());
    sorted("load::ALL", &load::ALL.iter().map(|l| l.name).collect::<Vec<_>>());
    let lints: Vec<String> = lint::ALL.iter().map(|l| l.code.as_str().replace('-', "_")).collect();
    // Lints of one idea are a file each; themes of several codes have a folder.
    let own: Vec<String> = files("src/lint")
        .iter()
        .filter(|path| path.parent().is_some_and(|parent| parent.ends_with("lint")))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .filter(|stem| !["checks", "fix", "levels", "likely", "stored", "void"].contains(&stem.as_str()))
        .collect();
    assert_eq!(lints, own);
    let profiles: Vec<&str> = decryptable::ask::profile::names().collect();
    assert_eq!(profiles, stems("policies/profiles"));
}

/// A format is a file and perhaps a folder of its name, a page, a line in the table, and something that it reads.
#[test]
fn every_format_is_a_folder_a_page_and_a_line() {
    let mut intake = load::Intake::new();
    let inputs: Vec<load::Input> = ["policies/*/*", "policies/*/*/*", "tests/fixtures/**/*"]
        .into_iter()
        .map(load::Input::from)
        .collect();
    load::read_inputs(&mut intake, root(), &inputs, &[]);
    let read: BTreeSet<&str> = intake.files.iter().filter_map(|file| file.loader).collect();
    for loader in load::ALL {
        let name = loader.name;
        assert!(root().join(format!("src/load/{name}.rs")).is_file(), "{name} is not src/load/{name}.rs");
        assert!(!loader.summary.is_empty(), "{name} does not say what it reads");
        assert!(root().join(loader.page).is_file(), "{name} has no page {}", loader.page);
        assert!(read.contains(name), "no worked estate and no fixture holds a file that {name} reads");
    }
    let names: BTreeSet<&str> = load::ALL.iter().map(|loader| loader.name).collect();
    for file in files("src/load").iter().filter(|file| file.extension().is_some_and(|e| e == "rs")) {
        let text = fs::read_to_string(file).unwrap();
        let stem = file.file_stem().unwrap().to_str().unwrap();
        let has_loader = text.contains("static LOADER: Loader");
        assert!(!has_loader || names.contains(stem), "{} is in no table", file.display());
    }
}

/// Paths in backquotes in the documents for people who come to the project.
#[test]
fn paths_in_the_documents_exist() {
    for document in ["ARCHITECTURE.md", "README.md", "CONTRIBUTING.md"] {
        let Ok(text) = fs::read_to_string(root().join(document)) else { continue };
        for word in text.split('`').skip(1).step_by(2) {
            let named = ["src/", "docs/", "policies/", "tests/", "benches/", "fuzz/"];
            let concrete = !word.contains(['<', '*', '{', ' ', '…', '$']);
            if concrete && named.iter().any(|dir| word.starts_with(dir)) {
                let path = word.split("::").next().unwrap_or(word);
                assert!(root().join(path).exists(), "{document} names {word}");
            }
        }
    }
}
