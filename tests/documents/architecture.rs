//! The floors: a module looks down, never up. And a file holds one idea.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test fails loudly"
)]

mod imports;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use imports::{Crate, circles};

/// The modules and their floors, out of the drawing in ARCHITECTURE.md: a line a floor.
fn floors() -> BTreeMap<String, u8> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md")).unwrap();
    let drawing = page.split("## Floors").nth(1).unwrap().split("```").nth(1).unwrap();
    let mut out = BTreeMap::new();
    for line in drawing.lines().skip(1) {
        let mut words = line.split_whitespace();
        let Some(floor) = words.next() else { continue };
        for module in words {
            let before = out.insert(module.to_owned(), floor.parse().unwrap());
            assert_eq!(before, None, "`{module}` is drawn on two floors");
        }
    }
    out
}

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

fn all() -> (PathBuf, Vec<PathBuf>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    files.sort();
    (root, files)
}

/// The module a file belongs to: `eval` for `src/eval.rs` and all below `src/eval/`.
fn module_of(root: &Path, file: &Path) -> String {
    let relative = file.strip_prefix(root).unwrap();
    relative.components().next().unwrap().as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

/// The names behind `crate::`, grouped imports taken apart.
fn uses(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    // Unit tests may stand on any floor.
    let text = text.split("#[cfg(test)]").next().unwrap();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let inner = &group[..group.find("};").unwrap_or(group.len())];
            let mut depth = 0;
            let mut word = String::new();
            for c in inner.chars().chain([',']) {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        out.push(word.trim().split("::").next().unwrap().to_owned());
                        word.clear();
                    }
                    c if depth == 0 => word.push(c),
                    _ => {}
                }
            }
        } else {
            out.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    out
}

#[test]
fn a_module_only_looks_down() {
    let (root, files) = all();
    let floors = floors();
    let floor = |module: &str| floors.get(module).copied();
    let mut wrong = Vec::new();
    for file in &files {
        let module = module_of(&root, file);
        if module == "lib" || module == "main" {
            continue;
        }
        let own =
            floor(&module).unwrap_or_else(|| panic!("`{module}` has no floor: draw it in ARCHITECTURE.md"));
        for used in uses(&fs::read_to_string(file).unwrap()) {
            let Some(other) = floor(&used) else { continue };
            let same_floor_stranger = other == own && used != module && own >= 5;
            if other > own || same_floor_stranger {
                wrong.push(format!(
                    "{} (floor {own}) uses {used} (floor {other})",
                    file.strip_prefix(&root).unwrap().display()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `load::terraform` for `src/load/terraform.rs`; `lib.rs` has the empty path.
fn path_of(root: &Path, file: &Path) -> String {
    let name = file.strip_prefix(root).unwrap().with_extension("");
    let path = name.iter().map(|part| part.to_str().unwrap()).collect::<Vec<_>>().join("::");
    if path == "lib" { String::new() } else { path }
}

fn read_crate() -> Crate {
    let (root, files) = all();
    let files = files.iter().filter(|file| !file.ends_with("src/main.rs"));
    Crate::read(files.map(|file| (path_of(&root, file), fs::read_to_string(file).unwrap())))
}

/// The module at the top that a path begins with.
fn top(path: &str) -> &str {
    path.split("::").next().unwrap()
}

#[test]
fn no_circle_of_modules() {
    let files = read_crate();
    let edges = files.edges();
    let mut modules: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (from, named) in edges.iter().filter(|(from, _)| !from.is_empty()) {
        let own = modules.entry(top(from)).or_default();
        own.extend(named.iter().map(|to| top(to)).filter(|to| *to != top(from)));
    }
    assert!(modules.len() > 15, "{modules:?}");
    assert_eq!(circles(&modules), Vec::<Vec<&str>>::new());
}

#[test]
fn no_circle_of_more_than_five_files() {
    let files = read_crate();
    let edges = files.edges();
    assert!(edges.values().map(BTreeSet::len).sum::<usize>() > 1500, "the imports are not read");
    let large: Vec<_> = circles(&edges).into_iter().filter(|circle| circle.len() > 5).collect();
    assert!(large.is_empty(), "{large:#?}");
}

/// Formats have rooms in common and never each other's.
#[test]
fn no_format_names_another_format() {
    let files = read_crate();
    let edges = files.edges();
    let formats: Vec<String> =
        decryptable::load::ALL.iter().map(|loader| format!("load::{}", loader.name)).collect();
    let format_of = |path: &str| {
        formats.iter().find(|name| {
            path.strip_prefix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        })
    };
    for (from, named) in &edges {
        let Some(own) = from.strip_prefix("load::").and_then(|_| format_of(from)) else { continue };
        for to in named {
            assert!(format_of(to).is_none_or(|other| other == own), "{from} names {to}");
        }
    }
    for name in &formats {
        assert!(edges.contains_key(name.as_str()), "the format is no file of its own: {name}");
    }
}

#[test]
fn the_table_and_the_tree_agree() {
    let (root, files) = all();
    for file in &files {
        let module = module_of(&root, file);
        assert!(module == "lib" || module == "main" || floors().contains_key(&module), "{module}");
    }
    for module in floors().keys() {
        assert!(root.join(format!("{module}.rs")).exists(), "{module} is gone");
    }
}

#[test]
fn no_file_grows_past_one_idea() {
    let (root, files) = all();
    for file in &files {
        let lines = fs::read_to_string(file).unwrap().lines().count();
        assert!(lines <= 650, "{} has {lines} lines", file.strip_prefix(&root).unwrap().display());
    }
}

#[test]
fn only_some_rooms_have_windows() {
    let (root, files) = all();
    for file in &files {
        let name = file.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(file).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap().to_owned();
        let touches_files = text.contains("std::fs") || text.contains("fs::") || text.contains("File::");
        // The reports that `--output` writes are all that is ever written.
        let may = ["load/disk.rs", "cli/output.rs"].contains(&name.as_str());
        assert!(!touches_files || may, "{name} touches files");
        assert!(!text.contains("File::open") || name == "load/disk.rs", "{name} opens files");
        assert!(!text.contains("std::env") || name.starts_with("cli"), "{name} reads the environment");
        for network in ["std::net::Tcp", "std::net::Udp", "TcpStream", "UdpSocket", "reqwest", "hyper"] {
            assert!(!text.contains(network), "{name} has network code");
        }
        assert!(!text.contains("miette") || name.starts_with("report/human"), "{name} knows miette");
    }
}

#[test]
fn no_dependency_that_opens_connections() {
    let read = |name: &str| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
    let deny: toml::Table = toml::from_str(&read("deny.toml")).unwrap();
    let lock: toml::Table = toml::from_str(&read("Cargo.lock")).unwrap();
    let names = |list: &toml::Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    };
    let banned = names(&deny["bans"]["deny"]);
    let used = names(&lock["package"]);
    assert!(banned.len() > 5 && used.len() > 50);
    let both: Vec<&String> = used.iter().filter(|name| banned.contains(name)).collect();
    assert!(both.is_empty(), "{both:?}");
}
