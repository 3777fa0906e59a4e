//! The page for a browser: it is well formed, refers to nothing, and says what the other formats say.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests may fail loudly"
)]

use std::path::{Path, PathBuf};

use crate::cli::{in_dir, with_files};

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("policies").join(name)
}

fn worked() -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = std::fs::read_dir(example("")).unwrap().map(|e| e.unwrap().path()).collect();
    all.retain(|path| path.join("decryptable.toml").is_file());
    all.sort();
    all
}

/// Elements without an end (HTML, section 13.1.2).
const VOID: [&str; 3] = ["br", "input", "meta"];

/// Opens and closes every element, in HTML as in the picture inside of it; gives the names that were met.
fn well_formed(page: &str) -> Vec<String> {
    let page = page.strip_prefix("<!DOCTYPE html>").unwrap_or_else(|| panic!("no doctype: {page:.80}"));
    let (mut open, mut met): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        let end = at + rest[at..].find('>').unwrap_or_else(|| panic!("unended: {:.80}", &rest[at..]));
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "around {rest:.80}");
            continue;
        }
        let name = tag.split([' ', '\n', '/']).next().unwrap();
        met.push(name.to_owned());
        let quotes = tag.matches('"').count();
        assert!(quotes.is_multiple_of(2), "{tag}");
        // What stands in these two is no markup.
        if ["script", "style"].contains(&name) {
            rest = rest.split_once(&format!("</{name}>")).unwrap().1;
        } else if !tag.ends_with('/') && !VOID.contains(&name) {
            open.push(name.to_owned());
        }
    }
    assert_eq!(open, Vec::<String>::new());
    met
}

fn refers_to_nothing(page: &str) {
    for reference in ["src=", "href=", "url(", "@import", "<link", "<iframe", "<object", "<embed", "<base"] {
        let inside =
            page.match_indices(reference).filter(|(at, _)| !page[at + reference.len()..].starts_with("\"#"));
        // The ends of arrows in the picture are parts of the page.
        let outside: Vec<_> = inside.filter(|(at, _)| !page[*at..].starts_with("url(#")).collect();
        assert!(outside.is_empty(), "{reference}");
    }
}

#[test]
fn every_worked_estate_is_a_page() {
    let mut rows = 0;
    for estate in worked() {
        let page = in_dir(&estate, &["check", "--format", "html"]).stdout;
        if page.is_empty() {
            continue;
        }
        let met = well_formed(&page);
        refers_to_nothing(&page);
        for name in ["title", "h1", "main", "style", "script"] {
            assert_eq!(met.iter().filter(|known| **known == name).count(), 1, "{}: {name}", estate.display());
        }
        let lines = in_dir(&estate, &["check", "--format", "concise"]).stdout;
        let count = page.matches("<details class=\"row ").count();
        assert_eq!(count, lines.lines().count(), "{}", estate.display());
        assert!(page.len() < 300_000 + 2_000 * count, "{}: {} bytes", estate.display(), page.len());
        rows += count;
    }
    assert!(rows > 100, "{rows}");
}

#[test]
fn a_denial_says_what_nearly_fits_and_what_to_change() {
    let object = "s3://lake/curated/day=1/part-0.parquet";
    let estate = example("cross-account-key-policy-missing");
    let page = in_dir(&estate, &["can", "IAM_CLUSTER", object, "--format", "html"]).stdout;
    well_formed(&page);
    let patch = in_dir(&estate, &["can", "IAM_CLUSTER", object, "--format", "patch"]).stdout;
    let added: Vec<&str> =
        patch.lines().filter(|line| line.starts_with('+') && line.contains("kms:")).collect();
    assert!(!added.is_empty(), "{patch}");
    for line in added {
        let line =
            line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
        assert!(page.contains(&line), "{line}\n{page}");
    }
    assert!(page.contains("<caption><code>kms:Decrypt</code>"), "{page}");
    assert!(page.contains("key policy"), "{page}");
}

#[test]
fn graphs_and_tables_are_in_a_page() {
    let estate = example("cross-account");
    let object = "s3://lake/curated/day=1/part-0.parquet";
    let page = in_dir(&estate, &["who", object, "--format", "html"]).stdout;
    let met = well_formed(&page);
    refers_to_nothing(&page);
    assert!(met.contains(&"svg".to_owned()), "{page}");
    let ways = in_dir(&estate, &["who", object, "--format", "concise"]).stdout;
    let first = ways.lines().next().unwrap().replace('>', "&gt;");
    assert!(page.contains(&first), "{first}\n{page}");

    let page = in_dir(&estate, &["matrix", "--format", "html"]).stdout;
    well_formed(&page);
    let cells = in_dir(&estate, &["matrix", "--format", "csv"]).stdout.lines().count() - 1;
    assert_eq!(page.matches("<td class=").count(), cells);
    let refused = in_dir(&estate, &["diff", ".", ".", "--format", "html"]);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
}

#[test]
fn what_a_file_says_is_never_markup() {
    let policy = r#"{"Version": "2012-10-17", "Statement": [{"Sid": "</pre><script>alert(1)</script>",
        "Effect": "Allow", "Action": "kms:<b onload=\"x\">", "Resource": "*"}]}"#;
    let page = with_files(&[("a<b>&.json", policy)], &["lint", ".", "--format", "html"]).stdout;
    let met = well_formed(&page);
    assert_eq!(met.iter().filter(|name| *name == "script").count(), 1);
    assert!(!met.contains(&"b".to_owned()), "{page}");
    assert!(page.contains("&lt;b onload="), "{page}");
}
