//! What a command reads before it can answer: the manifest and the inputs.

use std::path::{Path, PathBuf};

use super::{Exit, Failure, Run};
use crate::ask::profile;
use crate::config::{self, Config};
use crate::diagnostic::{Code, Diagnostic};
use crate::finding::Report;
use crate::json::Node;
use crate::lint::Levels;
use crate::load::{self, Ignore, Input, Intake, PathPattern, Scope, disk};
use crate::report::Shape;
use crate::source::{Malformed, SourceId, SourceMap, Span, Text};
use crate::toml_tree;

/// The estate, and what the manifest says beside it.
#[derive(Clone, Debug, Default)]
pub(super) struct Loaded {
    pub(super) intake: Intake,
    pub(super) config: Config,
}

impl Loaded {
    /// `paths` are read in place of what the manifest lists, `more` beside it.
    pub(super) fn open(run: &Run, paths: &[PathBuf], more: &[PathBuf]) -> Result<Self, Failure> {
        if let Some(world) = &run.world {
            return match paths.iter().chain(more).next() {
                None => Ok(Self::clone(world)),
                Some(path) => Err(Failure::new(format!(
                    "this session asks what it has loaded, and {} is not among it",
                    path.display()
                ))
                .help("`load FILE` reads it too")),
            };
        }
        Self::beside(run, paths, more, SourceMap::new())
    }

    /// As [`Loaded::open`], beside texts that were read before.
    pub(super) fn beside(
        run: &Run,
        paths: &[PathBuf],
        more: &[PathBuf],
        sources: SourceMap,
    ) -> Result<Self, Failure> {
        let (manifest, paths) = manifest(run, paths);
        let paths: Vec<String> = paths.iter().map(|path| path.to_string_lossy().into_owned()).collect();
        let more: Vec<Input> = more.iter().map(|path| Input::from(&*path.to_string_lossy())).collect();
        if manifest.is_none() && paths.is_empty() && more.is_empty() {
            return Err(nothing());
        }
        let _busy = run.console.busy("reading the inputs");
        let mut intake = Intake::new();
        intake.sources = sources;
        intake.parameters.clone_from(&run.parameters);
        intake.terraform.clone_from(&run.terraform);
        let config = match &manifest {
            Some(path) => config::load(path, &mut intake),
            None => Config::default(),
        };
        load::read_inputs(&mut intake, Path::new(""), &more, &config.analysis.exclude);
        config.gather(&mut intake, &paths);
        if intake.files.is_empty() && intake.problems.is_empty() {
            let dirs =
                paths.iter().map(String::as_str).chain(more.iter().map(|input| input.written.as_str()));
            let foreign = dirs.into_iter().find_map(|dir| load::foreign_below(Path::new(dir)));
            return Err(match foreign {
                Some(foreign) => Failure::new(format!("there is only {} here", foreign.what))
                    .no_inputs()
                    .help(foreign.help),
                None => nothing(),
            });
        }
        run.console.detail(|| format!("{} files were read", intake.files.len()));
        Ok(Self { intake, config })
    }

    /// Whether an answer rests on no document in error. Then the errors are warnings beside it, else only those that it
    /// rests on stay errors.
    pub(super) fn rests_on_sound_documents(&mut self, scope: &Scope) -> bool {
        let is_refused = self.intake.is_refused(scope);
        self.intake.set_aside(std::slice::from_ref(scope));
        !is_refused
    }

    /// The same of several answers, all of which are wanted.
    pub(super) fn all_rest_on_sound_documents(&mut self, scopes: &[Scope]) -> bool {
        let is_refused = scopes.iter().any(|scope| self.intake.is_refused(scope));
        self.intake.set_aside(scopes);
        !is_refused
    }

    /// A question about something that no document holds, perhaps because its document is in error.
    pub(super) fn cannot_ask(self, run: &Run, why: Failure) -> Result<Exit, Failure> {
        if self.intake.has_errors() {
            self.refuse(run)?;
        }
        Err(why)
    }

    /// Shows what is wrong with the inputs: nothing may be decided from them.
    pub(super) fn refuse(self, run: &Run) -> Result<Exit, Failure> {
        let report = Report { problems: self.intake.problems, ..Report::default() };
        run.outputs.write(&report, &self.intake.sources, &run.console, Shape::Check, Exit::Error)?;
        Ok(Exit::Error)
    }
}

fn nothing() -> Failure {
    Failure::new("nothing to read").no_inputs().help(format!(
        "`decryptable init` writes a {} for the files of a directory; without one, name what to read: `check .`, or `--input .`",
        config::FILE_NAME
    ))
}

/// The manifest, and the paths that are inputs beside it: a single directory with a manifest, or a manifest
/// itself, is the place to run in and no input.
fn manifest<'p>(run: &Run, paths: &'p [PathBuf]) -> (Option<PathBuf>, &'p [PathBuf]) {
    if run.isolated {
        return (None, paths);
    }
    if let Some(path) = &run.config {
        return (Some(path.clone()), paths);
    }
    if let [only] = paths {
        let inside = only.join(config::FILE_NAME);
        if disk::is_file(&inside) {
            return (Some(inside), &[]);
        }
        if only.file_name().is_some_and(|name| name == config::FILE_NAME) {
            return (Some(only.clone()), &[]);
        }
    }
    (config::find(Path::new("")), paths)
}

/// The name of a profile that exists.
pub(super) fn profile(name: &str) -> Result<String, Failure> {
    match profile::find(name) {
        Some(profile) => Ok(profile.name.clone()),
        None => Err(Failure::unknown("profile", name, profile::names())),
    }
}

/// What the manifest excludes. Nothing else of it is read: `lint` is about policies alone.
pub(super) fn excludes(run: &Run) -> Result<Vec<PathPattern>, Failure> {
    let Some((path, text)) = manifest_text(run)? else { return Ok(Vec::new()) };
    let parsed = toml_tree::parse(SourceId::LONE, &text);
    let analysis = parsed.root.as_ref().and_then(|root| root.get("analysis"));
    let Some(exclude) = analysis.and_then(|analysis| analysis.get("exclude")) else { return Ok(Vec::new()) };
    let dir = path.parent().unwrap_or(Path::new(""));
    let written = exclude.as_str().into_iter().chain(exclude.elements().iter().filter_map(Node::as_str));
    written
        .map(|text| PathPattern::new(dir, text).map_err(|error| failure(error.problem(text, None))))
        .collect()
}

/// The rows of `[[ignore]]`, for findings about documents alone. What is wrong with them `check` tells.
pub(super) fn ignores(run: &Run) -> Result<Vec<Ignore>, Failure> {
    let Some((path, text)) = manifest_text(run)? else { return Ok(Vec::new()) };
    let parsed = toml_tree::parse(SourceId::LONE, &text);
    let dir = path.parent().unwrap_or(Path::new(""));
    let rows = parsed.root.as_ref().and_then(|root| root.get("ignore")).map_or(&[][..], Node::elements);
    Ok(rows.iter().filter_map(|row| load::ignore_row(row, dir, &mut Vec::new())).collect())
}

/// The levels of findings that the manifest sets. What is wrong with them `check` tells.
pub(super) fn levels(run: &Run) -> Result<Levels, Failure> {
    let Some((path, text)) = manifest_text(run)? else { return Ok(Levels::default()) };
    let parsed = toml_tree::parse(SourceId::LONE, &text);
    let dir = path.parent().unwrap_or(Path::new(""));
    let node = parsed.root.as_ref().and_then(|root| root.get("lint"));
    Ok(node.map(|node| Levels::read(node, dir, &mut Vec::new())).unwrap_or_default())
}

/// The manifest that holds here, unparsed.
pub(super) fn manifest_text(run: &Run) -> Result<Option<(PathBuf, Text)>, Failure> {
    let path = match (&run.config, run.isolated) {
        (Some(path), _) => Some(path.clone()),
        (None, true) => None,
        (None, false) => config::find(Path::new("")),
    };
    let Some(path) = path else { return Ok(None) };
    let name = disk::shown(&path);
    let decoded = disk::read(&path).map_err(|error| failure(error.problem(&name, None)))?;
    Ok(Some((path, decoded.text)))
}

fn failure(problem: Diagnostic) -> Failure {
    Failure::new(problem.message).maybe_help(problem.help)
}

/// Bytes that are no text.
pub(super) fn malformed(source: SourceId, malformed: Malformed) -> Diagnostic {
    let width = char::REPLACEMENT_CHARACTER.len_utf8() as u32;
    let at = Span::new(source, malformed.text, malformed.text + width);
    Diagnostic::new(Code::InvalidEncoding, at, malformed.to_string())
        .help("store the file as UTF-8 or UTF-16")
}
