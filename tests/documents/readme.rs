//! What the documents say is true: transcripts are run, manifests are loaded, paths exist, tables are complete.
//!
//! How a page is read: a block ```` ```console ```` holds commands after `$ ` and their output, where a line `…` stands
//! for any lines and a `…` inside a line for any text. `$ echo $?` shows the exit code of the command before; without
//! it the code is 0. A block that names a file (```` ```toml decryptable.toml ````) is written to a directory beside
//! the policies of `policies/cross-account`, and the commands behind it run there up to the next heading.
#![cfg(feature = "cli")]
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test fails loudly"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use decryptable::diagnostic::Code;
use decryptable::load::{Intake, manifest};
use decryptable::{config, report};
use tempfile::TempDir;

/// Commands that are shown and not run, by how they begin.
const NOT_RUN: &[&str] = &["cargo install ", "cargo test --locked"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// README.md, the pages of `docs`, and those about commands and profiles; not those that `explain` shows.
fn pages() -> Vec<String> {
    let mut pages = vec!["README.md".to_owned()];
    for dir in ["docs", "docs/commands", "docs/profiles"] {
        for entry in fs::read_dir(root().join(dir)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "md") {
                pages.push(format!("{dir}/{}", path.file_name().unwrap().to_str().unwrap()));
            }
        }
    }
    pages.sort();
    pages
}

const FOR_CONTRIBUTORS: &[&str] = &["ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"];

enum Part {
    Heading,
    Block(Block),
}

struct Block {
    language: String,
    /// The file it is, when it says so.
    file: Option<String>,
    text: String,
    line: usize,
}

fn parts(page: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut open: Option<Block> = None;
    for (number, line) in page.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (Some(_), Some(_)) => parts.extend(open.take().map(Part::Block)),
            (Some(block), None) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, Some(info)) => {
                let mut words = info.split(' ').map(str::to_owned);
                let language = words.next().unwrap();
                open = Some(Block { language, file: words.next(), text: String::new(), line: number + 1 });
            }
            (None, None) if line.starts_with('#') => parts.push(Part::Heading),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is never closed");
    parts
}

fn blocks(page: &str) -> impl Iterator<Item = Block> {
    parts(page).into_iter().filter_map(|part| match part {
        Part::Block(block) => Some(block),
        Part::Heading => None,
    })
}

/// A directory with the policies of a worked estate and no manifest.
fn scratch() -> TempDir {
    fn copy(from: &Path, to: &Path) {
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let to = to.join(entry.file_name());
            if entry.path().is_dir() {
                fs::create_dir_all(&to).unwrap();
                copy(&entry.path(), &to);
            } else {
                fs::copy(entry.path(), to).unwrap();
            }
        }
    }
    let dir = tempfile::tempdir().unwrap();
    copy(&root().join("policies/cross-account"), dir.path());
    for name in ["decryptable.toml", "case.toml"] {
        fs::remove_file(dir.path().join(name)).unwrap();
    }
    // No manifest above it counts.
    fs::create_dir(dir.path().join(".git")).unwrap();
    dir
}

/// The words of a command line, quotes taken off.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in command.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            c => words.last_mut().unwrap().push(c),
        }
    }
    assert!(!quoted, "{command}");
    words.retain(|word| !word.is_empty());
    words
}

/// The arguments of our program, whichever way it is started.
fn arguments(command: &str) -> Option<Vec<String>> {
    let rest = ["decryptable ", "cargo run --release --locked -- "]
        .iter()
        .find_map(|start| command.strip_prefix(start))?;
    assert!(!rest.contains(['|', '>', '<', '"', '\\', '&', ';']), "the tests know no shell: {command}");
    Some(words(rest))
}

fn run(dir: &Path, arguments: &[String]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_decryptable"));
    command.args(arguments).current_dir(dir).env_clear().env("LC_ALL", "C.UTF-8").stdin(Stdio::null());
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    (output.status.code(), text)
}

fn trimmed(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    while lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    lines
}

fn same_line(shown: &str, real: &str) -> bool {
    let mut pieces = shown.split('…');
    let Some(mut rest) = real.strip_prefix(pieces.next().unwrap()) else { return false };
    let pieces: Vec<&str> = pieces.collect();
    let Some((last, between)) = pieces.split_last() else { return rest.is_empty() };
    for piece in between {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

fn same(shown: &[&str], real: &[&str]) -> bool {
    match shown {
        [] => real.is_empty(),
        ["…", shown @ ..] => (0..=real.len()).any(|skipped| same(shown, &real[skipped..])),
        [first, shown @ ..] => {
            real.split_first().is_some_and(|(line, real)| same_line(first, line) && same(shown, real))
        }
    }
}

/// Runs the commands of a block in turn; gives what does not agree, and how many were run.
fn transcript(block: &Block, dir: &Path, wrong: &mut Vec<String>) -> usize {
    let mut steps: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in block.text.lines() {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => steps.push((command, Vec::new())),
            (None, Some((_, shown))) => shown.push(line.trim_end()),
            (None, None) => panic!("line {}: output before any command", block.line),
        }
    }
    let mut ran = 0;
    let mut steps = steps.into_iter().peekable();
    while let Some((command, mut shown)) = steps.next() {
        let Some(arguments) = arguments(command) else {
            assert!(
                NOT_RUN.iter().any(|start| command.starts_with(start)),
                "nobody knows how to run `{command}`"
            );
            continue;
        };
        while shown.last().is_some_and(|line| line.is_empty()) {
            shown.pop();
        }
        let expected = match steps.next_if(|(next, _)| *next == "echo $?") {
            Some((_, code)) => code.concat().parse::<i32>().unwrap(),
            None => 0,
        };
        let (code, real) = run(dir, &arguments);
        ran += 1;
        if code != Some(expected) || !same(&shown, &trimmed(&real)) {
            wrong.push(format!("$ {command}\n{real}[exit code {code:?}, shown {expected}]"));
        }
    }
    ran
}

#[test]
fn transcripts_are_what_the_program_prints() {
    let mut wrong = Vec::new();
    let mut ran = 0;
    for page in pages() {
        let mut here: Option<TempDir> = None;
        for part in parts(&read(&page)) {
            let Part::Block(block) = part else {
                here = None;
                continue;
            };
            if let Some(file) = &block.file {
                let dir = here.get_or_insert_with(scratch);
                fs::write(dir.path().join(file), &block.text).unwrap();
            } else if block.language == "console" {
                let dir = here.as_ref().map_or(root(), |dir| dir.path());
                let mut found = Vec::new();
                ran += transcript(&block, dir, &mut found);
                wrong.extend(found.into_iter().map(|what| format!("{page}:{}\n{what}", block.line)));
            } else if block.language == "sh" {
                for line in block.text.lines() {
                    let known = NOT_RUN.iter().any(|start| line.starts_with(start.trim_end()));
                    assert!(known, "{page}:{}: `{line}` is shown and never run", block.line);
                }
            }
        }
    }
    assert!(ran >= 6, "only {ran} commands");
    assert!(wrong.is_empty(), "{} differ; this is what is printed\n\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn the_two_commands_come_first() {
    let readme = read("README.md");
    let run = readme.find("\n$ cargo run --release --locked -- ").unwrap();
    let test = readme.find("\ncargo test --locked\n").unwrap();
    let install = readme.find("cargo install").unwrap();
    assert!(run < test && test < install);
}

#[test]
fn the_readme_is_one_page_that_begins_with_a_picture() {
    let readme = read("README.md");
    assert!(readme.lines().count() < 200, "{} lines", readme.lines().count());
    let mut lines = readme.lines().filter(|line| !line.is_empty());
    assert_eq!(lines.next(), Some("# decryptable"));
    assert_eq!(lines.next(), Some("<picture>"));
    for line in readme.lines().filter(|line| line.contains("<img ") || line.contains("![")) {
        assert!(line.contains("docs/pictures/"), "{line}");
    }
}

/// Every manifest is one, and so is every part of one; only its files may be missing.
#[test]
fn manifests_can_be_read() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for page in pages() {
        for block in blocks(&read(&page)).filter(|block| block.language == "toml") {
            seen += 1;
            let complete = block.file.as_deref() == Some(config::FILE_NAME);
            let dir = scratch();
            let path = dir.path().join(config::FILE_NAME);
            let version = if complete || block.text.contains("version = 1\n") { "" } else { "version = 1\n" };
            fs::write(&path, format!("{version}{}", block.text)).unwrap();
            let mut intake = Intake::new();
            let config = config::load(&path, &mut intake);
            config.gather(&mut intake, &[]);
            for problem in intake.problems {
                let excused = !complete && [Code::FileNotFound, Code::NoMatch].contains(&problem.code);
                if !excused {
                    wrong.push(format!("{page}:{}: {}: {}", block.line, problem.code, problem.message));
                }
            }
        }
    }
    assert!(seen > 3);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn json_blocks_are_json() {
    for page in pages() {
        for block in
            blocks(&read(&page)).filter(|block| block.language == "json" && !block.text.contains('…'))
        {
            if let Err(error) = serde_json::from_str::<serde_json::Value>(&block.text) {
                panic!("{page}:{}: {error}", block.line);
            }
        }
    }
}

/// Values of `id` in YAML, taken line by line.
fn ids(yaml: &str) -> BTreeSet<&str> {
    assert!(!yaml.contains('\t'), "YAML knows no tabs");
    yaml.lines().filter_map(|line| line.trim_start().strip_prefix("- id: ")).collect()
}

#[test]
fn hooks_that_are_shown_exist() {
    let manifest = read(".pre-commit-hooks.yaml");
    let known = ids(&manifest);
    let readme = read("README.md");
    let mut shown = BTreeSet::new();
    for block in blocks(&readme).filter(|block| block.language == "yaml") {
        for id in ids(&block.text) {
            assert!(known.contains(id), "there is no hook {id}");
            shown.insert(id.to_owned());
        }
    }
    assert!(!shown.is_empty());
    for id in &known {
        assert!(readme.contains(&format!("`{id}`")), "the README does not name the hook {id}");
    }
    // The commands of the hooks are commands.
    for entry in manifest.lines().filter_map(|line| line.trim_start().strip_prefix("entry: ")) {
        let mut arguments = arguments(entry).unwrap();
        arguments.push("--help".to_owned());
        assert_eq!(run(root(), &arguments).0, Some(0), "{entry}");
    }
}

/// `pip install .` is what pre-commit runs: a name to look up, of the program or of something that builds it, could be
/// somebody else's package.
#[test]
fn the_wheel_hook_asks_an_index_for_nothing() {
    let project: toml::Table = read("pyproject.toml").parse().unwrap();
    let tables: Vec<&String> = project.keys().collect();
    assert_eq!(tables, ["build-system"]);
    let system = &project["build-system"];
    assert_eq!(system["requires"].as_array().map(Vec::len), Some(0));
    let backend = system["backend-path"][0].as_str().unwrap().to_owned() + "/";
    assert!(root().join(backend + system["build-backend"].as_str().unwrap() + ".py").exists());
    for file in ["setup.py", "setup.cfg", "requirements.txt"] {
        assert!(!root().join(file).exists(), "{file}");
    }
    // Both wheels have the version of Cargo.toml.
    assert!(read("packaging/python/pyproject.toml").contains("dynamic = [\"version\"]"));
}

#[test]
fn every_command_is_in_the_table() {
    let (_, help) = run(root(), &["--help".to_owned()]);
    let (_, rest) = help.split_once("\nAsk:\n").unwrap();
    let (listed, _) = rest.split_once("  -C <DIR>").unwrap();
    // A group begins at the margin, a command two columns behind it.
    let rows = listed.lines().filter_map(|line| line.strip_prefix("  "));
    let commands: BTreeSet<&str> = rows.filter_map(|row| row.split_whitespace().next()).collect();
    let readme = read("README.md");
    let (_, section) = readme.split_once("\n## Commands\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    let shown: BTreeSet<&str> = rows.filter_map(|row| row.split([' ', '`']).next()).collect();
    assert_eq!(shown, commands);
}

#[test]
fn every_command_has_a_page_of_the_book() {
    let (_, help) = run(root(), &["--help".to_owned()]);
    for entry in fs::read_dir(root().join("docs/commands")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(
            help.lines().any(|line| line.trim_start().split(' ').next() == Some(name)),
            "{name} is not a command"
        );
    }
    let readme = read("README.md");
    let (_, section) = readme.split_once("\n## Commands\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    for row in section.lines().filter_map(|line| line.strip_prefix("| `")) {
        let name = row.split([' ', '`']).next().unwrap();
        let page = read(&format!("docs/commands/{name}.md"));
        assert!(page.contains(&format!("$ decryptable {name} --help\n")), "{name}");
    }
}

#[test]
fn the_book_has_every_page() {
    fn gather(dir: &Path, pages: &mut BTreeSet<String>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                gather(&path, pages);
            } else if path.extension().is_some_and(|e| e == "md") {
                let page = path.strip_prefix(root().join("docs")).unwrap().to_str().unwrap();
                pages.insert(page.replace('\\', "/"));
            }
        }
    }
    let mut pages = BTreeSet::new();
    gather(&root().join("docs"), &mut pages);
    pages.remove("SUMMARY.md");
    let summary = read("docs/SUMMARY.md");
    let links = summary.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link);
    let listed: Vec<&str> = links.filter(|link| !link.is_empty()).collect();
    let set: BTreeSet<String> = listed.iter().map(|link| (*link).to_owned()).collect();
    assert_eq!(set.len(), listed.len(), "a page is listed twice");
    assert_eq!(set, pages);
}

/// The words of a terminal, line by line, out of a picture of it.
fn words_of(svg: &str) -> Vec<String> {
    let mut lines: std::collections::BTreeMap<u32, String> = std::collections::BTreeMap::new();
    // The title of the window is none of them.
    for part in svg.split("<text ").skip(1).filter(|part| part.contains("#denied-line-")) {
        let (attributes, rest) = part.split_once('>').unwrap();
        let (text, _) = rest.split_once("</text>").unwrap();
        let (_, y) = attributes.split_once(" y=\"").unwrap();
        let y: f64 = y.split_once('"').unwrap().0.parse().unwrap();
        let text =
            text.replace("&#160;", " ").replace("&quot;", "\"").replace("&#x27;", "'").replace("&lt;", "<");
        // Tenths of a pixel, so that lines have an order.
        lines
            .entry((y * 10.0) as u32)
            .or_default()
            .push_str(&text.replace("&gt;", ">").replace("&amp;", "&"));
    }
    lines.into_values().map(|line| without_blanks(&line)).filter(|line| !line.is_empty()).collect()
}

/// A picture has positions in place of blanks.
fn without_blanks(line: &str) -> String {
    line.split_whitespace().collect()
}

#[test]
fn the_picture_of_the_readme_shows_what_the_program_says() {
    let arguments =
        "-C policies/cross-account-key-policy-missing can IAM_CLUSTER s3://lake/curated/day=1/part-0.parquet";
    let arguments: Vec<String> = arguments.split(' ').map(str::to_owned).collect();
    let (_, said) = run(root(), &arguments);
    let said: Vec<String> = said.lines().map(without_blanks).filter(|line| !line.is_empty()).collect();
    for theme in ["light", "dark"] {
        assert_eq!(words_of(&read(&format!("docs/pictures/denied-{theme}.svg"))), said, "{theme}");
    }
}

/// What GitHub makes of a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[test]
fn links_lead_somewhere() {
    let mut wrong = Vec::new();
    for page in pages().iter().map(String::as_str).chain(FOR_CONTRIBUTORS.iter().copied()) {
        let text = read(page);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.starts_with("https://") {
                continue;
            }
            let (path, place) = link.split_once('#').unwrap_or((link, ""));
            let target = root().join(page).parent().unwrap().join(path);
            let target = if path.is_empty() { root().join(page) } else { target };
            if !target.exists() {
                wrong.push(format!("{page}: {link}"));
            } else if !place.is_empty() {
                let text = fs::read_to_string(target).unwrap();
                let headings = text.lines().filter(|line| line.starts_with('#'));
                if !headings.map(|line| anchor(line.trim_start_matches('#'))).any(|known| known == place) {
                    wrong.push(format!("{page}: {link} has no such heading"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `path` or `path::function`, where the first part is a directory or a file of the repository.
#[test]
fn paths_that_are_named_exist() {
    let mut wrong = Vec::new();
    for page in pages().iter().map(String::as_str).chain(FOR_CONTRIBUTORS.iter().copied()) {
        let text = read(page);
        let prose = text.split("```").step_by(2).collect::<String>();
        for word in prose.split('`').skip(1).step_by(2) {
            let (path, function) = word.split_once("::").unwrap_or((word, ""));
            let pattern = path.contains(['*', '<', '{', ' ', '…', '$', '(', ':', '=', '"']);
            let first = path.split('/').next().unwrap_or("");
            let ours = ["src", "tests", "data", "docs", "policies", "benches", "fuzz", "packaging", ".ci"]
                .contains(&first)
                && path != first;
            let file = !path.contains('/') && (path.ends_with(".md") || path.starts_with("Cargo."));
            if pattern || !(ours || file) {
                continue;
            }
            match fs::read_to_string(root().join(path)) {
                Ok(text) if !function.is_empty() && !text.contains(&format!("fn {function}(")) => {
                    wrong.push(format!("{page}: there is no {function} in {path}"));
                }
                Err(_) if !root().join(path).is_dir() => wrong.push(format!("{page}: {path}")),
                Ok(_) | Err(_) => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The map in ARCHITECTURE.md: an indented tree, two spaces a level.
#[test]
fn the_map_is_the_tree() {
    let architecture = read("ARCHITECTURE.md");
    let map = blocks(&architecture).find(|block| block.file.as_deref() == Some("map")).unwrap();
    let mut levels: Vec<&str> = Vec::new();
    let mut mapped = BTreeSet::new();
    for line in map.text.lines().filter(|line| !line.trim().is_empty()) {
        let depth = (line.len() - line.trim_start().len()) / 2;
        // Lines set further in continue the words of the line before.
        if depth > levels.len() {
            continue;
        }
        levels.truncate(depth);
        let name = line.split_whitespace().next().unwrap();
        levels.push(name.trim_end_matches('/'));
        let path: PathBuf = levels.iter().collect();
        assert!(root().join(&path).exists(), "the map shows {}", path.display());
        mapped.insert(path);
    }
    let test_binaries = ["tests/cases", "tests/documents", "tests/ordinary", "tests/properties"];
    for dir in ["src", "tests"].into_iter().chain(test_binaries) {
        for entry in fs::read_dir(root().join(dir)).unwrap() {
            let path = entry.unwrap().path();
            let is_list = dir != "src" && path.ends_with("main.rs");
            if path.extension().is_some_and(|e| e == "rs") && !is_list {
                let path = path.strip_prefix(root()).unwrap();
                let folder = path.with_extension("");
                assert!(
                    mapped.contains(path) || mapped.contains(&folder),
                    "{} is not on the map",
                    path.display()
                );
            }
        }
    }
}

/// The strings of every list `const NAMES: &[&str] = &[…]` of a file.
fn names(text: &str) -> Vec<&str> {
    let lists = text.split("NAMES: &[&str] =").skip(1).filter_map(|rest| rest.split("];").next());
    lists.flat_map(|list| list.split('"').skip(1).step_by(2)).collect()
}

#[test]
fn the_manifest_page_names_every_key() {
    let page = read("docs/manifest.md");
    let mut keys: Vec<String> = manifest::TABLES.iter().map(|table| (*table).to_owned()).collect();
    for file in ["account", "bind", "field", "key", "principal", "storage", "workload"] {
        keys.extend(names(&read(&format!("src/load/manifest/{file}.rs"))).into_iter().map(str::to_owned));
    }
    for file in ["src/config.rs", "src/load/suppression.rs"] {
        keys.extend(names(&read(file)).into_iter().map(str::to_owned));
    }
    assert!(keys.len() > 60, "{keys:?}");
    let missing: Vec<&String> = keys
        .iter()
        .filter(|key| !page.contains(&format!("`{key}`")) && !page.contains(&format!("[{key}]")))
        .collect();
    assert!(missing.is_empty(), "docs/manifest.md does not name {missing:?}");
}

#[test]
fn the_output_page_names_every_member_and_format() {
    let page = read("docs/output.md");
    let v1 = read("src/report/json/v1.rs");
    let members =
        v1.lines().filter_map(|line| line.trim_start().strip_prefix("pub(crate) ")?.split_once(": "));
    let members: Vec<&str> =
        members.map(|(name, _)| name).filter(|name| !name.contains([' ', '('])).collect();
    assert!(members.len() > 40, "{members:?}");
    // Held inside the answer.
    let missing: Vec<&&str> = members
        .iter()
        .filter(|name| **name != "expectation" && !page.contains(&format!("`{name}`")))
        .collect();
    assert!(missing.is_empty(), "docs/output.md does not name {missing:?}");
    for format in report::ALL {
        assert!(page.contains(&format!("`{}`", format.name)), "docs/output.md does not name {}", format.name);
    }
}

#[test]
fn the_changelog_knows_this_version() {
    assert!(read("CHANGELOG.md").contains(&format!("\n## [{}]", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn lines_are_compared_with_gaps() {
    assert!(same(&["a", "…", "c…e"], &["a", "b", "b", "cde"]));
    assert!(same(&["…"], &[]));
    assert!(same(&["a", "…"], &["a"]));
    assert!(!same(&["a"], &["a", "b"]));
    assert!(!same(&["a…b"], &["ac"]));
    assert!(!same_line("ab…b", "ab"));
    assert_eq!(words("can x 's3://a/b c'"), ["can", "x", "s3://a/b c"]);
}
