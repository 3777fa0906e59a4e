//! The only place where files are opened.
//!
//! Errors are data here; [`FindError::problem`] and [`ReadError::problem`] word them.

pub mod unsaved;

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use glob::{MatchOptions, Pattern};
use ignore::{DirEntry, WalkBuilder};

use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::source::{DecodeError, Decoded, OffsetMap, Span, decode};

/// How large a file may be.
const MAX_FILE: u64 = 512 << 20;

/// A star stops at a slash, and files beginning with a dot have to be asked for.
const OPTIONS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// A file to open, and what it is called in messages.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FoundFile {
    /// As the user would write it, with slashes.
    pub name: String,
    /// The path, from the working directory.
    pub path: PathBuf,
}

/// The endings of files that are met in directories.
const WALKED: &[&str] = &[
    ".json",
    ".yaml",
    ".yml",
    ".template",
    ".tf",
    ".tfstate",
    ".tofu",
    "terragrunt.hcl",
    "terragrunt.stack.hcl",
];

/// What a path or a glob stands for.
#[derive(Debug)]
pub enum Finding {
    /// The file was named.
    Named(FoundFile),
    /// The files were met in a directory or matched a glob.
    Walked(Walked),
}

/// What a walk met.
#[derive(Debug, Default)]
pub struct Walked {
    /// Sorted by name.
    pub found: Vec<FoundFile>,
    /// What could not be looked into, in words.
    pub unread: Vec<String>,
}

/// Why a file cannot be read.
#[derive(Debug)]
pub enum ReadError {
    /// There is no such file.
    Missing {
        /// The nearest name in the directory.
        near: Option<String>,
    },
    /// A link to a file that is not there.
    Dangling,
    /// It is a directory.
    Directory,
    /// It is larger than what is read.
    TooLarge,
    /// The system refused to read it.
    Io(io::Error),
    /// Its bytes are not text.
    Decode(DecodeError),
}

impl ReadError {
    /// Why a file could not be opened.
    pub fn of(path: &Path, error: io::Error) -> Self {
        let kind = error.kind();
        if kind == io::ErrorKind::NotFound && path.is_symlink() {
            Self::Dangling
        } else if kind == io::ErrorKind::NotFound {
            Self::Missing { near: near(path) }
        } else if kind == io::ErrorKind::IsADirectory {
            Self::Directory
        } else {
            Self::Io(error)
        }
    }

    /// In words; `at` is where the file is named.
    pub fn problem(&self, name: &str, at: Option<Span>) -> Diagnostic {
        let relative = match at {
            Some(_) => "paths are relative to the file they are written in",
            None => "paths are relative to the working directory",
        };
        let unreadable =
            |why: &dyn std::fmt::Display| (Code::UnreadableFile, format!("`{name}` cannot be read: {why}"));
        let ((code, message), help) = match self {
            Self::Missing { near: Some(near) } => (
                (Code::FileNotFound, format!("there is no file `{name}`")),
                format!("did you mean `{near}`?"),
            ),
            Self::Missing { near: None } => {
                ((Code::FileNotFound, format!("there is no file `{name}`")), relative.to_owned())
            }
            Self::Dangling => {
                let message = format!("`{name}` is a link to a file that is not there");
                ((Code::FileNotFound, message), "restore the file, or remove the link".to_owned())
            }
            Self::Directory => {
                let help = "name the files in it, with a glob such as `DIR/*.json`".to_owned();
                ((Code::UnreadableFile, format!("`{name}` is a directory")), help)
            }
            Self::TooLarge => {
                let message = format!("`{name}` is larger than {} MiB", MAX_FILE >> 20);
                ((Code::FileTooLarge, message), "split it, or leave it out with `exclude`".to_owned())
            }
            Self::Io(error) => (unreadable(error), "check the path and who may read it".to_owned()),
            Self::Decode(error @ DecodeError::Gzip(_)) => {
                (unreadable(error), "make it anew, or store it uncompressed".to_owned())
            }
            Self::Decode(error) => (unreadable(error), "split it".to_owned()),
        };
        placed(code, at, message).help(help)
    }
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<DecodeError> for ReadError {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

/// Why a path or a glob stands for nothing.
#[derive(Debug)]
pub enum FindError {
    /// A file could not be read.
    Read(ReadError),
    /// The glob is well formed and matches no file.
    NoMatch,
    /// The pattern is not a glob.
    Pattern(glob::PatternError),
}

impl FindError {
    /// What is wrong, as a message about the input `written` at `at`.
    pub fn problem(&self, written: &str, at: Option<Span>) -> Diagnostic {
        match self {
            Self::Read(error) => error.problem(written, at),
            Self::NoMatch => placed(Code::NoMatch, at, format!("no file matches `{written}`")).help(
                "`*` stops at a slash and skips names that begin with a dot; `**` stands for any directories",
            ),
            Self::Pattern(error) => {
                placed(Code::InvalidGlob, at, format!("`{written}` is not a glob: {}", error.msg))
                    .help("`*` stands for any name, `**` for any directories, `?` for one character")
            }
        }
    }
}

/// A problem at a place in the manifest, or at none when the command line named the file.
pub(super) fn placed(code: Code, at: Option<Span>, message: String) -> Diagnostic {
    match at {
        Some(at) => Diagnostic::new(code, at, message),
        None => Diagnostic::placeless(code, message),
    }
}

/// A glob that paths are compared with, relative to the directory it was written for.
#[derive(Clone, Debug)]
pub struct PathPattern {
    root: PathBuf,
    pattern: Pattern,
}

impl PathPattern {
    /// The pattern `written`, relative to `root`.
    pub fn new(root: &Path, written: &str) -> Result<Self, FindError> {
        let pattern = Pattern::new(tidy(written)).map_err(FindError::Pattern)?;
        Ok(Self { root: root.to_owned(), pattern })
    }

    /// Whether a path matches that is written as the pattern is.
    pub fn matches_name(&self, name: &str) -> bool {
        self.pattern.matches_with(name, OPTIONS)
    }

    /// Whether a file matches, wherever it is seen from.
    pub fn matches_file(&self, path: &Path) -> bool {
        self.matches_name(&self.name_of(Path::new("-"), "", path))
    }

    /// The name of a path as this pattern sees it; `name` is what a walk from `root` calls it.
    fn name_of(&self, root: &Path, name: &str, path: &Path) -> String {
        if self.root == root {
            return name.to_owned();
        }
        let (above, path) = (identity(&self.root), identity(path));
        path.strip_prefix(&above).map_or_else(|_| shown(&path), shown)
    }

    /// Whether everything below a directory matches.
    fn covers(&self, name: &str) -> bool {
        let whole = self.pattern.as_str().strip_suffix("/**").and_then(|dir| Pattern::new(dir).ok());
        whole.is_some_and(|dir| dir.matches_with(name, OPTIONS))
    }
}

/// A file to read from; a directory is none.
pub fn open(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    if file.metadata()?.is_dir() { Err(io::ErrorKind::IsADirectory.into()) } else { Ok(file) }
}

/// The text of a file, as an editor holds it where one does.
pub fn read(path: &Path) -> Result<Decoded, ReadError> {
    if let Some(text) = unsaved::text(path) {
        return Ok(Decoded { text, bytes: OffsetMap::identity(), problem: None });
    }
    let file = open(path).map_err(|error| ReadError::of(path, error))?;
    let length = file.metadata()?.len();
    if length > MAX_FILE {
        return Err(ReadError::TooLarge);
    }
    bounded(file, length)
}

/// What stands on standard input.
pub fn stdin() -> Result<Decoded, ReadError> {
    bounded(io::stdin().lock(), 0)
}

fn bounded(reader: impl io::Read, expected: u64) -> Result<Decoded, ReadError> {
    let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or(0));
    // A pipe tells no length before it ends.
    reader.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(ReadError::TooLarge);
    }
    Ok(decode(bytes)?)
}

/// The one name of a file, links resolved; of a file that is not there, the name it was given.
pub fn identity(path: &Path) -> PathBuf {
    let here = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    fs::canonicalize(here).unwrap_or_else(|_| path.to_owned())
}

/// Whether there is a file, a directory, or a link to nowhere.
pub fn is_something(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Whether the path is a file.
pub fn is_file(path: &Path) -> bool {
    path.is_file()
}

/// How many bytes a file has.
pub(super) fn size(path: &Path) -> Option<u64> {
    Some(fs::metadata(path).ok()?.len())
}

/// The names of the files in a directory, sorted.
pub(super) fn names_in(dir: &Path) -> Vec<String> {
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let name = |entry: io::Result<fs::DirEntry>| {
        let entry = entry.ok()?;
        entry.path().is_file().then(|| entry.file_name().to_string_lossy().into_owned())
    };
    let mut names: Vec<String> = entries.filter_map(name).collect();
    names.sort();
    names
}

/// Whether there is something at the path.
pub fn exists(path: &Path) -> bool {
    path.exists()
}

/// A path as it is shown: with slashes, and without a leading `./`.
pub fn shown(path: &Path) -> String {
    let parts: Vec<String> = path
        .components()
        .filter(|c| *c != Component::CurDir)
        .map(|c| match c {
            Component::RootDir => String::new(),
            Component::Prefix(_) | Component::CurDir | Component::ParentDir | Component::Normal(_) => {
                c.as_os_str().to_string_lossy().into_owned()
            }
        })
        .collect();
    let text = parts.join("/");
    if text.is_empty() && path.has_root() { "/".to_owned() } else { text }
}

fn tidy(written: &str) -> &str {
    written.trim_start_matches("./")
}

fn is_glob(written: &str) -> bool {
    written.contains(['*', '?', '['])
}

/// The path or glob of a list of inputs, relative to `root`.
pub fn find(root: &Path, written: &str, exclude: &[PathPattern]) -> Result<Finding, FindError> {
    let path = root.join(written);
    if path.is_dir() {
        let keep = |name: &str| {
            let name = name.strip_suffix(".gz").unwrap_or(name);
            WALKED.iter().any(|ending| name.ends_with(ending))
        };
        return Ok(Finding::Walked(walk(root, Path::new(written), exclude, &keep)));
    }
    if !is_glob(written) || path.exists() {
        return Ok(Finding::Named(FoundFile { name: shown(Path::new(written)), path }));
    }
    let pattern = PathPattern::new(root, written)?;
    let fixed: PathBuf = Path::new(tidy(written))
        .components()
        .take_while(|c| !is_glob(&c.as_os_str().to_string_lossy()))
        .collect();
    let found = walk(root, &fixed, exclude, &|name| pattern.matches_name(name));
    if found.found.is_empty() && found.unread.is_empty() {
        Err(FindError::NoMatch)
    } else {
        Ok(Finding::Walked(found))
    }
}

/// The files below a directory whose names end so.
pub(crate) fn below(dir: &Path, endings: &[&str]) -> Vec<FoundFile> {
    walk(dir, Path::new(""), &[], &|name| endings.iter().any(|ending| name.ends_with(ending))).found
}

/// The files below a directory; what git ignores and what is hidden is left out.
fn walk(root: &Path, dir: &Path, exclude: &[PathPattern], keep: &dyn Fn(&str) -> bool) -> Walked {
    let start = root.join(dir);
    let start = if start.as_os_str().is_empty() { PathBuf::from(".") } else { start };
    let mut walked = Walked::default();
    if !start.exists() {
        return walked;
    }
    let (owned_root, owned_exclude) = (root.to_owned(), exclude.to_vec());
    let is_excluded = move |entry: &DirEntry| {
        let name = name_below(&owned_root, entry.path());
        let is_dir = entry.file_type().is_some_and(|t| t.is_dir());
        owned_exclude.iter().any(|pattern| {
            let name = pattern.name_of(&owned_root, &name, entry.path());
            if is_dir { pattern.covers(&name) } else { pattern.matches_name(&name) }
        })
    };
    let mut builder = WalkBuilder::new(start);
    // The user's own git settings are no part of the project: the same tree is read everywhere.
    builder.git_global(false).require_git(false).filter_entry(move |entry| !is_excluded(entry));
    for entry in builder.build() {
        match entry {
            Ok(entry) if entry.file_type().is_some_and(|t| t.is_file()) => {
                let found = FoundFile { name: name_below(root, entry.path()), path: entry.into_path() };
                if keep(&found.name) {
                    walked.found.push(found);
                }
            }
            Ok(_) => {}
            Err(error) => walked.unread.push(error.to_string()),
        }
    }
    walked.found.sort();
    walked.unread.sort();
    walked
}

fn name_below(root: &Path, path: &Path) -> String {
    shown(path.strip_prefix(root).unwrap_or(path))
}

/// The files a path or a glob of the manifest names, sorted; git has no say here.
pub fn expand(root: &Path, written: &str) -> Result<Vec<FoundFile>, FindError> {
    let path = root.join(written);
    if !is_glob(written) || path.exists() {
        return Ok(vec![FoundFile { name: shown(Path::new(written)), path }]);
    }
    let below = if Path::new(written).has_root() || root.as_os_str().is_empty() {
        tidy(written).to_owned()
    } else {
        format!("{}/{}", Pattern::escape(&root.to_string_lossy()), tidy(written))
    };
    let paths = glob::glob_with(&below, OPTIONS).map_err(FindError::Pattern)?;
    let mut found = Vec::new();
    for path in paths {
        // A directory that cannot be looked into may hold the policy that denies.
        let path = path.map_err(|error| FindError::Read(ReadError::Io(error.into())))?;
        if path.is_file() {
            found.push(FoundFile { name: name_below(root, &path), path });
        }
    }
    found.sort();
    if found.is_empty() { Err(FindError::NoMatch) } else { Ok(found) }
}

/// Whether a path of the manifest is a glob that may catch files nobody thought of.
pub fn is_pattern(root: &Path, written: &str) -> bool {
    is_glob(written) && !root.join(written).exists()
}

/// The name in the same directory that is nearest to a file that is not there.
fn near(path: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_string_lossy().into_owned();
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let names: Vec<String> = fs::read_dir(dir)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .collect();
    nearest(&wanted, names.iter().map(String::as_str)).map(str::to_owned)
}
