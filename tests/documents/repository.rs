//! What lies in the repository: text and small data, nothing that was built or packed elsewhere, and nothing of the
//! machine it was written on.
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
use std::process::Command;

use decryptable::source::SourceId;
use decryptable::yaml;

/// No file is larger, but those of `LARGE`.
const LIMIT: usize = 600_000;

/// Files that may be larger than `LIMIT`, each with the reason.
const LARGE: &[(&str, &str)] = &[];

/// How the names of packages, archives and built things end.
const PACKED: &[&str] = &[
    "7z", "a", "apk", "bz2", "class", "crate", "deb", "dll", "dmg", "dylib", "egg", "exe", "gem", "gz",
    "jar", "lib", "lz4", "msi", "node", "nupkg", "o", "pkg", "pyc", "rar", "rlib", "rmeta", "rpm", "so",
    "tar", "tbz", "tgz", "txz", "vsix", "wasm", "whl", "xz", "zip", "zst",
];

/// How their content begins, whatever they are called.
const MAGIC: &[(&str, &[u8])] = &[
    ("an archive of ar", b"!<arch>\n"),
    ("a Java class or a program of macOS", b"\xca\xfe\xba\xbe"),
    ("bzip2", b"BZh"),
    ("7-Zip", b"7z\xbc\xaf\x27\x1c"),
    ("a program (ELF)", b"\x7fELF"),
    ("a program (Mach-O)", b"\xcf\xfa\xed\xfe"),
    ("a program (PE)", b"MZ\x90\0"),
    ("gzip", b"\x1f\x8b\x08"),
    ("LZ4", b"\x04\x22\x4d\x18"),
    ("RAR", b"Rar!\x1a\x07"),
    ("RPM", b"\xed\xab\xee\xdb"),
    ("WebAssembly", b"\0asm"),
    ("xz", b"\xfd7zXZ\0"),
    ("zip", b"PK\x03\x04"),
    ("Zstandard", b"\x28\xb5\x2f\xfd"),
];

/// Files that are not text, each with what it is.
const BINARY: &[(&str, &str)] = &[
    ("data/aws-managed/documents.bin", "AWS managed policies, deflated"),
    (
        "data/service-reference/services.bin",
        "actions, resource types and condition keys of services, deflated",
    ),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The tracked files; where there is no Git, such as in an unpacked source archive, all that no `.gitignore` names.
fn files() -> BTreeSet<String> {
    let listed = Command::new("git").arg("-C").arg(root()).args(["ls-files", "-z"]).output();
    let listed = listed.ok().filter(|output| output.status.success()).map(|output| output.stdout);
    let tracked: BTreeSet<String> = String::from_utf8(listed.unwrap_or_default())
        .unwrap()
        .split_terminator('\0')
        // What is deleted and not committed yet is still listed.
        .filter(|path| root().join(path).exists())
        .map(str::to_owned)
        .collect();
    let files = if tracked.contains("Cargo.toml") { tracked } else { unpacked() };
    assert!(
        files.contains("Cargo.lock") && files.contains("tests/scenarios/README.md"),
        "{} files",
        files.len()
    );
    files
}

fn unpacked() -> BTreeSet<String> {
    let own = |path: &Path| path.file_name().is_some_and(|name| name == ".git");
    ignore::WalkBuilder::new(root())
        .hidden(false)
        .parents(false)
        .require_git(false)
        .filter_entry(move |entry| !own(entry.path()))
        .build()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
        .map(|entry| entry.path().strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/"))
        .collect()
}

fn bytes(path: &str) -> Vec<u8> {
    fs::read(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn listed(list: &[(&str, &str)], path: &str) -> bool {
    list.iter().any(|(known, _)| *known == path)
}

#[test]
fn without_git_the_same_files_are_found() {
    let unpacked = unpacked();
    let missed: Vec<String> = files().into_iter().filter(|path| !unpacked.contains(path)).collect();
    assert!(missed.is_empty(), "{missed:?}");
}

#[test]
fn files_are_small() {
    let sizes = files().into_iter().map(|path| (bytes(&path).len(), path));
    let large: BTreeSet<(usize, String)> = sizes.filter(|(size, _)| *size > LIMIT).collect();
    let wrong: Vec<_> = large.iter().filter(|(_, path)| !listed(LARGE, path)).collect();
    assert!(wrong.is_empty(), "larger than {LIMIT} bytes: {wrong:?}");
    for (path, _) in LARGE {
        assert!(large.iter().any(|(_, found)| found == path), "{path} needs no exception");
    }
}

/// What a file is that does not belong here.
fn packed(path: &str, content: &[u8]) -> Option<String> {
    let name = path.rsplit('/').next().unwrap().to_lowercase();
    // `libx.so.1` as well.
    if let Some(ending) = name.split('.').skip(1).find(|part| PACKED.contains(part)) {
        return Some(format!("named .{ending}"));
    }
    let magic =
        MAGIC.iter().find(|(_, magic)| content.starts_with(magic)).map(|(kind, _)| (*kind).to_owned());
    // The mark of tar is not at the beginning.
    magic.or_else(|| (content.get(257..262) == Some(b"ustar")).then(|| "tar".to_owned()))
}

#[test]
fn nothing_is_a_package_or_an_archive() {
    let found: Vec<String> = files()
        .into_iter()
        .filter_map(|path| packed(&path, &bytes(&path)).map(|kind| format!("{path}: {kind}")))
        .collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn packages_are_known_by_name_and_by_content() {
    for path in ["tool-1.0-py3-none-any.whl", "x.tar.gz", "a/b.crate", "lib/libx.so.1", "X.ZIP", "addon.node"]
    {
        assert!(packed(path, b"").is_some(), "{path}");
    }
    for (kind, magic) in MAGIC {
        assert_eq!(packed("docs/page", magic).as_deref(), Some(*kind));
    }
    let mut tar = [0; 512];
    tar[257..262].copy_from_slice(b"ustar");
    assert_eq!(packed("docs/page", &tar).as_deref(), Some("tar"));
    for path in ["src/name/arn.rs", "policies/x/a.json", ".gitignore", "so", "Cargo.lock"] {
        assert_eq!(packed(path, b"text"), None, "{path}");
    }
}

#[test]
fn everything_else_is_text() {
    let mut binary = BTreeSet::new();
    for path in files() {
        if String::from_utf8(bytes(&path)).map_or(true, |text| text.contains('\0')) {
            binary.insert(path);
        }
    }
    let known: BTreeSet<String> = BINARY.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert_eq!(binary, known);
}

/// The path of somebody's machine in a line: a home directory, or a Windows drive.
fn machine_path(line: &str) -> Option<&str> {
    // In pieces, or this file would be found.
    let unix = [["/ho", "me/"], ["/Us", "ers/"], ["/ro", "ot/"]].map(|pieces| pieces.concat());
    let windows = [[r":\Us", r"ers\"], [r":\\Us", r"ers\\"]].map(|pieces| pieces.concat());
    let begins = |at: usize| {
        line[..at].ends_with("file://")
            || !line[..at].ends_with(|c: char| c.is_alphanumeric() || "/*}.-_:".contains(c))
    };
    let unix = unix.iter().flat_map(|path| line.match_indices(path.as_str()).filter(|(at, _)| begins(*at)));
    let windows = windows.iter().flat_map(|path| line.match_indices(path.as_str()));
    unix.chain(windows).next().map(|(at, _)| &line[at..])
}

#[test]
fn no_file_names_a_path_of_a_machine() {
    let mut wrong = Vec::new();
    for path in files().into_iter().filter(|path| !listed(BINARY, path)) {
        for (number, line) in String::from_utf8(bytes(&path)).unwrap().lines().enumerate() {
            if let Some(found) = machine_path(line) {
                wrong.push(format!("{path}:{}: {}", number + 1, found.chars().take(60).collect::<String>()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn paths_of_machines_are_known() {
    for home in [["/ho", "me"], ["/Us", "ers"], ["/ro", "ot"]].map(|pieces| pieces.concat()) {
        for line in ["see #/ann/policies", "\"#/ann\"", "file://#/ann", "cd #/ann"] {
            assert!(machine_path(&line.replace('#', &home)).is_some(), "{line} {home}");
        }
        // Keys of objects and paths of roles are none.
        for line in ["s3://lake#/ann", "arn:aws:s3:::lake#/${aws:username}", "s3:///*#/ann"] {
            assert!(machine_path(&line.replace('#', &home)).is_none(), "{line} {home}");
        }
    }
    assert!(machine_path(&[r#""C:\\Us"#, r#"ers\\ann""#].concat()).is_some());
}

/// Hosts of registries, in pieces: only lock files name where something is fetched from, and what fetches it is told by its
/// own settings, which differ from machine to machine.
const REGISTRIES: &[(&str, &str)] = &[
    ("crates", ".io"),
    ("docker", ".io"),
    ("gcr", ".io"),
    ("ghcr", ".io"),
    ("goproxy", ".io"),
    ("npmjs", ".org"),
    ("npmjs", ".com"),
    ("proxy.golang", ".org"),
    ("pypi", ".org"),
    ("pypi.python", ".org"),
    ("pythonhosted", ".org"),
    ("quay", ".io"),
    ("repo1.maven", ".org"),
    ("rubygems", ".org"),
    ("yarnpkg", ".com"),
];

/// Words in the names of hosts that stand in for a registry.
const MIRRORS: &[&str] = &["artifactory", "goproxy", "mirror", "nexus", "proxy", "registry", "verdaccio"];

fn registry(line: &str) -> Option<String> {
    let line = line.to_lowercase();
    if let Some(host) = REGISTRIES.iter().map(|(a, b)| format!("{a}{b}")).find(|host| line.contains(host)) {
        return Some(host);
    }
    let hosts = line.split("://").skip(1).map(|rest| {
        let end =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || "-.@:".contains(c))).unwrap_or(rest.len());
        rest[..end].to_owned()
    });
    hosts.into_iter().find(|host| host.split(['.', '-', '@', ':']).any(|part| MIRRORS.contains(&part)))
}

#[test]
fn no_file_but_lock_files_names_a_registry() {
    let mut wrong = Vec::new();
    let text = |path: &String| !listed(BINARY, path) && !path.ends_with(".lock");
    for path in files().into_iter().filter(text) {
        for (number, line) in String::from_utf8(bytes(&path)).unwrap().lines().enumerate() {
            if let Some(host) = registry(line) {
                wrong.push(format!("{path}:{}: {host}", number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn registries_are_known() {
    for line in [
        "https://pypi#.org/simple",
        "FROM ghcr#.io/a/b",
        "https://ne#xus.example.com/x",
        "http://u:p@my-pro#xy:80/",
    ] {
        assert!(registry(&line.replace('#', "")).is_some(), "{line}");
    }
    for line in
        ["https://docs.aws.amazon.com/IAM/", "the wheel comes from PyPI", "https://example.com/mirror"]
    {
        assert_eq!(registry(line), None);
    }
}

/// Cargo reads `rust-version`; a toolchain file would make rustup fetch another compiler in the first command.
#[test]
fn no_file_chooses_a_toolchain() {
    let chosen: Vec<String> = files()
        .into_iter()
        .filter(|path| path.rsplit('/').next().unwrap().starts_with("rust-toolchain"))
        .collect();
    assert!(chosen.is_empty(), "{chosen:?}");
    let manifest: PathBuf = root().join("Cargo.toml");
    let manifest = fs::read_to_string(manifest).unwrap();
    assert!(manifest.lines().any(|line| line.starts_with("rust-version = ")));
}

/// The part of a source file that is compiled for tests alone.
fn test_code<'t>(path: &str, text: &'t str) -> &'t str {
    if path.starts_with("tests/") || path.ends_with("/tests.rs") || path.contains("/tests/") {
        text
    } else if path.starts_with("src/") {
        text.find("#[cfg(test)]").map_or("", |at| &text[at..])
    } else {
        ""
    }
}

/// What it takes says as much about the machine and what else runs on it: cost is counted, as `src/work.rs` and
/// `tests/alloc.rs` do.
#[test]
fn no_test_looks_at_a_clock() {
    // In pieces, or this file would be found.
    let clocks = [["Instant", "::now"], ["SystemTime", "::now"], ["Timestamp", "::now"], ["Zoned", "::now"]];
    let clocks = clocks.iter().map(|pieces| pieces.concat()).chain([[".elapsed", "()"].concat()]);
    let clocks: Vec<String> = clocks.collect();
    let mut wrong = Vec::new();
    for path in files().into_iter().filter(|path| path.ends_with(".rs")) {
        let text = String::from_utf8(bytes(&path)).unwrap();
        let code = test_code(&path, &text);
        wrong.extend(clocks.iter().filter(|c| code.contains(*c)).map(|clock| format!("{path}: {clock}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(test_code("src/a.rs", "fn a() {}\n#[cfg(test)]\nmod tests {}"), "#[cfg(test)]\nmod tests {}");
    assert_eq!(test_code("src/a/tests.rs", "all of it"), "all of it");
    assert_eq!(test_code("benches/a.rs", "none of it"), "");
}

/// What GitHub asks of issue forms: it shows none of a folder in which one is wrong.
#[test]
fn issue_forms_are_forms() {
    let forms: Vec<String> =
        files().into_iter().filter(|path| path.starts_with(".github/ISSUE_TEMPLATE/")).collect();
    assert!(forms.iter().any(|path| path.ends_with("wrong-verdict.yml")), "{forms:?}");
    for path in forms.iter().filter(|path| !path.ends_with("/config.yml")) {
        let text = String::from_utf8(bytes(path)).unwrap();
        let parsed = yaml::parse(SourceId::LONE, &text);
        assert!(parsed.problems.is_empty(), "{path}: {:?}", parsed.problems);
        let form = &parsed.documents[0];
        let mut ids = BTreeSet::new();
        for name in ["name", "description"] {
            assert!(form.get(name).and_then(|node| node.as_str()).is_some(), "{path}: {name}");
        }
        for element in form.get("body").unwrap().elements() {
            let kind = element.get("type").unwrap().as_str().unwrap();
            let attributes = element.get("attributes").unwrap();
            let (id, wanted) = (element.get("id"), if kind == "markdown" { "value" } else { "label" });
            assert!(["markdown", "textarea", "input"].contains(&kind), "{path}: {kind}");
            assert!(attributes.get(wanted).and_then(|node| node.as_str()).is_some(), "{path}: {wanted}");
            assert_eq!(id.is_none(), kind == "markdown", "{path}");
            assert!(id.is_none_or(|id| ids.insert(id.as_str().unwrap().to_owned())), "{path}: {id:?} twice");
        }
        assert!(!ids.is_empty(), "{path}");
    }
}

/// A test that passes because it did nothing says nothing. `.ci/run` asks for the ignored ones by the names of their modules.
#[test]
fn tests_that_need_something_say_so() {
    // In pieces, or this file would be found.
    let (ignored, passes) = (["#[ign", "ore"].concat(), ["\"skip", "ped"].concat());
    let reason = [ignored.as_str(), " = \"needs "].concat();
    let mut wrong = Vec::new();
    for path in files().into_iter().filter(|path| path.ends_with(".rs")) {
        let text = String::from_utf8(bytes(&path)).unwrap();
        let code = test_code(&path, &text);
        let mut module = path.split(['/', '.']).any(|part| part.starts_with("needs_"));
        for line in code.lines() {
            module |= line.trim_start().starts_with("mod needs_") && line.ends_with('{');
            let says = line.trim_start().starts_with(&reason);
            if line.contains(&passes) || (line.contains(&ignored) && !(says && module)) {
                wrong.push(format!("{path}: {}", line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The fuzz targets are a workspace of their own: a library that is added here is missing there until `cargo check` has run
/// in `fuzz`, and `.ci/run` checks them with `--locked`.
#[test]
fn the_fuzz_targets_lock_the_libraries_that_the_library_needs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = |path: &str| -> toml::Table { fs::read_to_string(root.join(path)).unwrap().parse().unwrap() };
    let needed: BTreeSet<String> = table("Cargo.toml")["dependencies"]
        .as_table()
        .unwrap()
        .iter()
        .filter(|(_, needed)| !needed.get("optional").and_then(toml::Value::as_bool).unwrap_or(false))
        .map(|(name, _)| name.clone())
        .collect();
    let lock = table("fuzz/Cargo.lock");
    let package = lock["package"]
        .as_array()
        .unwrap()
        .iter()
        .find(|package| package["name"].as_str() == Some("decryptable"))
        .unwrap();
    let locked: BTreeSet<String> = package["dependencies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap().split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(locked, needed, "run `cargo check` in fuzz, which renews fuzz/Cargo.lock");
}
