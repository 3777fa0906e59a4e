//! `decryptable.toml`: what to read, what to expect, what to leave unsaid.
//!
//! The facts of the file go to the estate by way of [`crate::load::manifest`]; the rest is kept here.

mod exactly;
mod expect;
mod job;
pub mod proposal;

use std::path::{Path, PathBuf};

use crate::ask::profile;
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::json::{Members, Node, Reader};
use crate::lint::Levels;
use crate::load::{self, Input, InputDocument, Intake, PathPattern, disk};
use crate::source::Spanned;

pub use crate::load::Ignore;
pub use expect::{Expect, SESSION_NAME, expand, expand_roles, is_condition_key, is_session_name};

/// The name of the file.
pub const FILE_NAME: &str = "decryptable.toml";

/// The requirement set where nobody names one: what AWS itself checks.
pub const DEFAULT_PROFILE: &str = "s3-read";

/// What one `decryptable.toml` says that is no fact about AWS.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The directory of the file; paths in it are relative to this.
    pub root: PathBuf,
    /// None when there is no file.
    pub file: Option<PathBuf>,
    /// What is read, and how it is judged.
    pub analysis: Analysis,
    /// The rows of `[[expect]]`.
    pub expects: Vec<Expect>,
    /// The rows of `[[ignore]]`.
    pub ignores: Vec<Ignore>,
    /// The levels of findings.
    pub levels: Levels,
}

/// `[analysis]`
#[derive(Clone, Debug, Default)]
pub struct Analysis {
    /// The files, directories and globs to read.
    pub inputs: Vec<Input>,
    /// Paths that are left out of them.
    pub exclude: Vec<PathPattern>,
    /// Whether what is not provided makes answers conditional.
    pub strict: bool,
    /// The profile that questions without one are judged by.
    pub profile: Option<Spanned<String>>,
}

impl Analysis {
    /// The profile of the manifest, else `s3-read`.
    pub fn profile(&self) -> &str {
        self.profile.as_ref().map_or(DEFAULT_PROFILE, |profile| &profile.value)
    }
}

impl Config {
    /// Reads the inputs and brings the estate together: `paths` where the user named some, else what the file
    /// lists. The paths of the user are relative to the working directory.
    pub fn gather(&self, intake: &mut Intake, paths: &[String]) {
        if paths.is_empty() {
            load::read_inputs(intake, &self.root, &self.analysis.inputs, &self.analysis.exclude);
        } else {
            let inputs: Vec<Input> = paths.iter().map(|path| Input::from(path.as_str())).collect();
            load::read_inputs(intake, Path::new(""), &inputs, &self.analysis.exclude);
        }
        load::finish(intake);
    }
}

/// The file that holds for a directory: in it or in a directory above it, up to the root of the repository.
pub fn find(start: &Path) -> Option<PathBuf> {
    let mut dir = if start.as_os_str().is_empty() { PathBuf::from(".") } else { start.to_owned() };
    let depth = disk::identity(&dir).components().count();
    for _ in 0..depth {
        let file = dir.join(FILE_NAME);
        // Also when it cannot be read: whoever put it there wants to be told.
        if disk::is_something(&file) {
            return Some(file.strip_prefix(".").map(Path::to_owned).unwrap_or(file));
        }
        if disk::exists(&dir.join(".git")) {
            return None;
        }
        dir.push("..");
    }
    None
}

/// Reads a file: its facts go into the intake. What is wrong with it is among the problems of the intake.
pub fn load(path: &Path, intake: &mut Intake) -> Config {
    let root = path.parent().unwrap_or(Path::new("")).to_owned();
    let mut config = Config { root, file: Some(path.to_owned()), ..Config::default() };
    load::read_manifest(intake, path, |offer, intake| read(offer, intake, &mut config));
    config
}

fn read(offer: &InputDocument<'_>, intake: &mut Intake, config: &mut Config) {
    let root = offer.root();
    if let Some(node) = root.get("analysis") {
        config.analysis = analysis(node, offer.dir, &mut intake.problems);
    }
    // That these are arrays of tables was checked with the facts, or is now.
    let mut problems = Vec::new();
    let (mut rows, mut ignores, mut jobs) = (Vec::new(), Vec::new(), Vec::new());
    if let Some(mut top) = Reader::lax(&mut problems).object(root, "a manifest", &[]) {
        rows = top.tables("expect").unwrap_or_default();
        ignores = top.tables("ignore").unwrap_or_default();
        jobs = top.tables("job").unwrap_or_default();
    }
    intake.problems.append(&mut problems);
    for job in jobs {
        config.expects.extend(job::read(job, &config.analysis, intake));
    }
    for row in rows {
        config.expects.extend(expect::read(row, offer.dir, &config.analysis, intake));
    }
    if let Some(node) = root.get("lint") {
        config.levels = Levels::read(node, offer.dir, &mut intake.problems);
    }
    config.ignores = ignores
        .into_iter()
        .filter_map(|node| load::ignore_row(node, offer.dir, &mut intake.problems))
        .collect();
}

fn analysis(node: &Node<'_>, dir: &Path, problems: &mut Vec<Diagnostic>) -> Analysis {
    const NAMES: &[&str] = &["inputs", "exclude", "strict", "profile"];
    let mut analysis = Analysis::default();
    let Some(mut t) = Reader::strict(problems).object(node, "the analysis", NAMES) else { return analysis };
    let inputs = t.texts("inputs").unwrap_or_default();
    analysis.inputs =
        inputs.into_iter().map(|i| Input { written: i.value.to_owned(), at: Some(i.span) }).collect();
    for pattern in t.texts("exclude").unwrap_or_default() {
        match PathPattern::new(dir, pattern.value) {
            Ok(pattern) => analysis.exclude.push(pattern),
            Err(error) => t.problems().push(error.problem(pattern.value, Some(pattern.span))),
        }
    }
    analysis.strict = t.boolean("strict").is_some_and(|strict| strict.value);
    analysis.profile = profile(&mut t).map(|profile| profile.map(str::to_owned));
    analysis
}

/// The name of a requirement profile that exists.
fn profile<'n>(t: &mut Members<'n, '_, '_>) -> Option<Spanned<&'n str>> {
    let name = t.text("profile")?;
    if profile::find(name.value).is_some() {
        return Some(name);
    }
    let listed = profile::names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let help = did_you_mean(name.value, profile::names()).unwrap_or_else(|| format!("there are {listed}"));
    let message = format!("there is no profile `{}`", name.value);
    t.problems().push(Diagnostic::new(Code::InvalidValue, name.span, message).help(help));
    None
}
