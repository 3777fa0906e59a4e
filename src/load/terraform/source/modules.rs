//! The modules that directories hold, and those that they call.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::comments;
use super::config::Config;
use super::files::Files;
use super::given;
use super::graph::Graph;
use super::machine::{Machine as _, Scope};
use super::parse;
use super::syntax::{Body, Expr};
use super::value::V;
use super::written;
use crate::diagnostic::{Code, Diagnostic};
use crate::json;
use crate::load::root_modules::{Row, Values};
use crate::load::{FoundFile, Intake, disk};
use crate::name::symbol;
use crate::source::Span;

/// Directories that one run reads.
const MAX_MODULES: usize = 3_000;

/// What every file of a run was read as.
pub(super) const KIND: &str = "terraform source";

/// The endings of files with configuration.
pub(super) const ENDINGS: &[&str] = &[".tf", ".tofu", ".tf.json", ".tofu.json"];

#[derive(Default)]
pub(super) struct Modules {
    pub(super) configs: Vec<Config>,
    by_dir: BTreeMap<PathBuf, usize>,
    /// Modules that were downloaded, by the directory that calls them and the name of the call.
    downloaded: BTreeMap<(PathBuf, String), (PathBuf, String)>,
    linked: usize,
    /// Modules that others call.
    pub(super) called: BTreeSet<usize>,
}

impl Modules {
    /// The module of a directory.
    /// `name` is what people call it: the path from where the run reads its inputs.
    pub(super) fn load(&mut self, intake: &mut Intake, dir: &Path, name: &str) -> Option<usize> {
        let real = disk::identity(dir);
        if let Some(known) = self.by_dir.get(&real) {
            return Some(*known);
        }
        if self.configs.len() >= MAX_MODULES {
            return None;
        }
        let mut config = Config { dir: dir.to_owned(), name: tidy(name), ..Config::default() };
        if config.name.is_empty() {
            config.name = ".".to_owned();
        }
        let names = disk::names_in(dir);
        let is_source = |name: &&String| ENDINGS.iter().any(|ending| name.ends_with(ending));
        let (overrides, files): (Vec<&String>, Vec<&String>) =
            names.iter().filter(is_source).partition(|name| is_override(name));
        for name in files {
            // OpenTofu reads its own file in place of the one of Terraform.
            let twin = name.strip_suffix(".tf").map(|stem| format!("{stem}.tofu"));
            let twin = twin.or(name.strip_suffix(".tf.json").map(|stem| format!("{stem}.tofu.json")));
            if twin.is_some_and(|twin| names.contains(&twin)) {
                continue;
            }
            if let Some(body) = read(intake, (dir, &config.name), name, &mut config.broken) {
                config.add(body);
            }
        }
        for name in overrides {
            if let Some(body) = read(intake, (dir, &config.name), name, &mut config.broken) {
                config.override_with(body);
            }
        }
        self.remember_downloaded(dir, &config.name);
        self.configs.push(config);
        let index = self.configs.len() - 1;
        self.by_dir.insert(real, index);
        Some(index)
    }

    /// Adds a configuration that no directory holds as it is.
    pub(super) fn add(&mut self, config: Config) -> usize {
        self.configs.push(config);
        self.configs.len() - 1
    }

    /// The module of a directory that was loaded.
    pub(super) fn index_of(&self, dir: &Path) -> Option<usize> {
        self.by_dir.get(&disk::identity(dir)).copied()
    }

    /// What `terraform init` or `terraform get` put into `.terraform/modules`.
    fn remember_downloaded(&mut self, root: &Path, root_name: &str) {
        let Ok(decoded) = disk::read(&root.join(".terraform/modules/modules.json")) else { return };
        let parsed = json::parse(crate::source::SourceId::LONE, &decoded.text);
        let Some(list) = parsed.root.as_ref().and_then(|root| root.get("Modules")) else { return };
        let entries: BTreeMap<&str, &str> = list
            .elements()
            .iter()
            .filter_map(|entry| Some((entry.get("Key")?.as_str()?, entry.get("Dir")?.as_str()?)))
            .collect();
        for (key, dir) in &entries {
            let (outer, call) = key.rsplit_once('.').unwrap_or(("", key));
            let outer = if outer.is_empty() { Some(".") } else { entries.get(outer).copied() };
            if let Some(outer) = outer.filter(|_| !call.is_empty()) {
                let outer = disk::identity(&root.join(outer));
                self.downloaded
                    .entry((outer, call.to_owned()))
                    .or_insert_with(|| (root.join(dir), format!("{root_name}/{dir}")));
            }
        }
    }

    /// Finds the modules that are called, as far as they are there. Values of rows are given by the configuration.
    pub(super) fn link(&mut self, intake: &mut Intake, rows: &BTreeMap<usize, &Row>) {
        while let Some(config) = self.configs.get(self.linked) {
            let at = self.linked;
            self.linked += 1;
            let (dir, real) = (config.dir.clone(), disk::identity(&config.dir));
            let own_name = config.name.clone();
            let calls: Vec<(Rc<str>, Option<String>)> = config
                .calls
                .iter()
                .map(|(name, call)| {
                    let source = call.block.body.get("source").and_then(|source| match source.literal() {
                        Some(source) => Some(source.to_owned()),
                        None => evaluated(
                            intake,
                            config,
                            source,
                            rows.get(&at).copied(),
                            !self.called.contains(&at),
                        ),
                    });
                    (Rc::clone(name), source)
                })
                .collect();
            for (name, source) in calls {
                let found = match &source {
                    Some(source) if source.starts_with("./") || source.starts_with("../") => {
                        Some((dir.join(source), format!("{own_name}/{source}")))
                    }
                    _elsewhere => self.downloaded.get(&(real.clone(), name.to_string())).cloned(),
                };
                let there = found.as_ref().filter(|(dir, _)| has_source(dir));
                let index = there.and_then(|(dir, name)| self.load(intake, dir, name));
                self.called.extend(index);
                let Some(call) = self.configs.get_mut(at).and_then(|config| config.calls.get_mut(&name))
                else {
                    continue;
                };
                call.config = index;
                if index.is_none() {
                    let (why, help): (String, &str) = match (&found, &source) {
                        (Some((_, name)), _) => {
                            (format!("the module {} is not there", tidy(name)), "check the path in `source`")
                        }
                        (None, Some(source)) => (
                            format!("the module {source} is not downloaded: run `terraform get`"),
                            "run `terraform get` (or `tofu get`), which needs no credentials of AWS",
                        ),
                        (None, None) => {
                            ("the source of the module is not known".to_owned(), "write it as a text")
                        }
                    };
                    call.missing = Some(why.as_str().into());
                    let head = call.block.head;
                    let sources = self.configs.get(at).map(Config::sources).unwrap_or_default();
                    for source in sources {
                        let what = format!("module.{name} changes nothing of what is declared beside it");
                        intake.estate.granted.note_file(source, what, why.clone(), true);
                    }
                    let problem = Diagnostic::new(Code::TerraformModule, head, why);
                    intake.problems.push(problem.help(help));
                }
            }
        }
    }
}

/// The source of a module that is put together of variables and local values, as OpenTofu takes it.
///
/// Source: <https://opentofu.org/docs/language/modules/sources/#support-for-variable-and-local-evaluation>
fn evaluated(
    intake: &mut Intake,
    config: &Config,
    source: &Expr,
    row: Option<&Row>,
    is_root: bool,
) -> Option<String> {
    let run = intake.terraform.clone();
    let files = Files { intake, root: config.dir.clone(), allowed: Vec::new() };
    let mut graph = Graph::new(std::slice::from_ref(config), 0, files);
    if is_root {
        let values = row.map_or_else(Values::default, |row| row.values.clone());
        given::read(&mut graph, &config.dir, &values, &given::typed(row), &run);
    }
    match graph.eval(source, Scope::of(0)).ok()?.settled().v {
        V::Str(text) if !symbol::is_in(&text.text) => Some(text.text.to_string()),
        _open => None,
    }
}

/// Bytes of a file of the language; one of JSON may be as long as any other.
const MAX_SOURCE: usize = 4 << 20;

/// Interpolations and directives of a file.
const MAX_PARTS: usize = 100_000;

fn is_override(name: &str) -> bool {
    let stem = ENDINGS.iter().rev().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name);
    stem == "override" || stem.ends_with("_override")
}

/// Whether a directory holds configuration.
pub(super) fn has_source(dir: &Path) -> bool {
    disk::names_in(dir).iter().any(|name| ENDINGS.iter().any(|ending| name.ends_with(ending)))
}

/// A path without `.` and, as far as it goes, without `..`.
pub(super) fn tidy(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match (part, parts.last()) {
            (".", _) => {}
            ("", Some(_)) => {}
            ("..", Some(last)) if !matches!(*last, ".." | "") => drop(parts.pop()),
            (part, _) => parts.push(part),
        }
    }
    parts.join("/")
}

/// The name of a file in a directory of that name.
pub(super) fn name_in(dir: &str, name: &str) -> String {
    if dir == "." { tidy(name) } else { tidy(&format!("{dir}/{name}")) }
}

/// Why a file is too large to be parsed.
fn too_large(text: &str) -> Option<String> {
    if text.len() > MAX_SOURCE {
        return Some(format!("this file is larger than {} MiB, and is not read", MAX_SOURCE >> 20));
    }
    let parts = text.matches("${").count() + text.matches("%{").count();
    (parts > MAX_PARTS)
        .then(|| format!("this file holds more than {MAX_PARTS} interpolations, and is not read"))
}

fn read(intake: &mut Intake, (dir, dir_name): (&Path, &str), name: &str, broken: &mut bool) -> Option<Body> {
    let found = FoundFile { name: name_in(dir_name, name), path: dir.join(name) };
    let Some(source) = intake.open(&found, None) else {
        *broken = true;
        return None;
    };
    intake.offered.insert(source);
    intake.read_as(source, KIND);
    if let Some(file) = intake.file(source) {
        file.loader = Some(crate::load::terraform::LOADER.name);
    }
    intake.lenient.insert(source);
    let text = intake.sources.source_text(source).cloned().unwrap_or_default();
    let mut problems = Vec::new();
    let is_json = name.ends_with(".json");
    if !is_json && let Some(why) = too_large(&text) {
        let problem = Diagnostic::new(Code::TerraformSyntax, intake.sources.first_character(source), why);
        intake
            .problems
            .push(problem.help("put long texts into files of their own, and read them with `file`"));
        *broken = true;
        return None;
    }
    let body = if is_json {
        written::file(source, &text, &mut problems)
    } else {
        parse::file(source, &text, &mut problems)
    };
    *broken |= problems.iter().any(Diagnostic::is_error);
    let mut mistakes = Vec::new();
    intake.ignores.extend(comments::read(source, &text, &mut mistakes));
    intake.is_configuration(&mistakes);
    intake.problems.append(&mut mistakes);
    intake.problems.append(&mut problems);
    Some(body)
}

/// The place that a module is named by.
pub(super) fn place_of(config: &Config, intake: &Intake) -> Option<Span> {
    config.at.map(|at| intake.sources.first_character(at.source))
}
