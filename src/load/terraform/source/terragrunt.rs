//! Terragrunt: units that say which module is deployed, and with which values.
//!
//! A `terragrunt.hcl` is evaluated like a module of local values, in surroundings that have Terragrunt's own functions
//! and what the unit includes and depends on. A file that exists only to be included is not a unit.
//!
//! Source: <https://terragrunt.gruntwork.io/docs/reference/hcl/>

mod around;
mod stack;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::config::Config;
use super::files::Files;
use super::graph::Graph;
use super::machine::{Machine as _, Scope};
use super::modules::{self, Modules, tidy};
use super::parse;
use super::syntax::{Block, Body, Expr};
use super::value::{V, Val};
use crate::diagnostic::{Code, Diagnostic};
use crate::load::{FoundFile, Intake, disk};
use crate::source::{OffsetMap, Origin, Span};

/// The file of a unit.
pub(super) const FILE: &str = "terragrunt.hcl";

/// Files that lead to each other.
const MAX_DEPTH: usize = 20;

/// Files that are read for one unit, each time it names them.
const MAX_FILES: usize = 200;

/// Directories above a file that are looked at.
const MAX_ABOVE: usize = 100;

/// What is deployed from one directory.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    /// The configuration of its module, with the files that it generates.
    pub(super) config: usize,
    /// What it gives to variables, as their defaults: files of values go before.
    pub(super) inputs: Vec<(Rc<str>, Val)>,
    /// Files of values, by their paths.
    pub(super) var_files: Vec<String>,
}

/// The units of a run, by their directories.
pub(super) struct Units {
    found: BTreeMap<PathBuf, Option<Unit>>,
    /// Several root modules are evaluated, and their names are told apart.
    several: bool,
}

/// One file, evaluated.
#[derive(Clone, Debug, Default)]
struct Evaluated {
    locals: Vec<(Rc<str>, Val)>,
    inputs: Vec<(Rc<str>, Val)>,
    source: Option<(String, Span)>,
    /// By the paths they are written to.
    generated: BTreeMap<String, Generated>,
    dependencies: BTreeMap<Rc<str>, (PathBuf, Span)>,
    var_files: Vec<String>,
    /// Inputs of the including file are merged member by member.
    deep: bool,
}

/// A file that Terragrunt writes beside those of the module.
#[derive(Clone, Debug)]
struct Generated {
    text: String,
    at: Span,
    /// A file of the module that has its name stays as it is.
    yields: bool,
}

/// Where a file is read: the unit that it is read for, and the files that the unit includes.
#[derive(Clone)]
struct Place {
    /// What `get_terragrunt_dir` says.
    unit: PathBuf,
    /// The file itself, links resolved.
    file: PathBuf,
    /// Files by the names of their `include`.
    included: BTreeMap<String, PathBuf>,
    depth: usize,
    /// What the stack that it is of gives it.
    values: Option<Val>,
    /// Files that may still be read for the unit.
    left: Rc<Cell<usize>>,
    /// What may be set where it is deployed, and has the value of its default here, with that value.
    defaults: Rc<RefCell<BTreeSet<(String, String)>>>,
}

impl Place {
    fn of(unit: PathBuf, file: &str) -> Self {
        Self {
            file: unit.join(file),
            unit,
            included: BTreeMap::new(),
            depth: 0,
            values: None,
            left: Rc::new(Cell::new(MAX_FILES)),
            defaults: Rc::default(),
        }
    }

    /// A default that is taken for the value.
    fn noted(&self, what: &str, default: &Val) {
        self.defaults.borrow_mut().insert((what.to_owned(), super::show::short(default)));
    }

    /// Whether another file may be read.
    fn spend(&self) -> bool {
        self.left.set(self.left.get().saturating_sub(1));
        self.left.get() > 0 && self.depth < MAX_DEPTH
    }
}

/// What the expressions of a file can speak of besides local values.
struct Around {
    place: Place,
    values: BTreeMap<&'static str, Val>,
}

/// Whether a file is one of a unit, by its name.
pub(super) fn is_unit(name: &str) -> bool {
    name.rsplit(['/', '\\']).next() == Some(FILE)
}

/// Whether a file is one of a stack, by its name.
pub(super) fn is_stack(name: &str) -> bool {
    name.rsplit(['/', '\\']).next() == Some(stack::STACK)
}

/// Whether a file may be more than what others include: a module lies beside it, or it names one.
pub(super) fn leads_to_a_module(path: &Path) -> bool {
    path.parent().is_some_and(modules::has_source)
        || disk::read(path)
            .is_ok_and(|read| ["source", "include"].iter().any(|word| read.text.contains(word)))
}

impl Units {
    /// No units yet.
    pub(super) fn new(several: bool) -> Self {
        Self { found: BTreeMap::new(), several }
    }

    /// The unit of a directory; nothing where its file is only there to be included.
    pub(super) fn read(
        &mut self,
        intake: &mut Intake,
        modules: &mut Modules,
        dir: &Path,
        name: &str,
    ) -> Option<Unit> {
        let real = disk::identity(dir);
        if let Some(known) = self.found.get(&real) {
            return known.clone();
        }
        // A unit that depends on itself has no outputs for itself.
        self.found.insert(real.clone(), None);
        let place = Place::of(real.clone(), FILE);
        let unit = self.evaluate(intake, modules, (dir, place), name);
        self.found.insert(real, unit.clone());
        unit
    }

    fn evaluate(
        &mut self,
        intake: &mut Intake,
        modules: &mut Modules,
        (dir, place): (&Path, Place),
        name: &str,
    ) -> Option<Unit> {
        let real = place.unit.clone();
        let body = open(intake, &dir.join(FILE))?;
        let outline = evaluate(intake, &body, &place, None);
        let module = match &outline.source {
            Some((source, at)) => local_source(intake, &[&place.unit, dir], source, *at)?,
            None if modules::has_source(dir) => dir.to_owned(),
            None => return None,
        };
        let outputs = self.outputs(intake, modules, &outline.dependencies);
        let whole = evaluate(intake, &body, &place, Some(&outputs));
        let index = modules.load(intake, &module, &shown(&module))?;
        modules.called.insert(index);
        let mut config = modules.configs.get(index)?.clone();
        config.name = tidy(name);
        if config.name.is_empty() {
            config.name = ".".to_owned();
        }
        for (path, file) in &whole.generated {
            let is_there = disk::is_file(&module.join(path));
            if modules::ENDINGS.iter().any(|ending| path.ends_with(ending)) && !(is_there && file.yields) {
                let found = FoundFile { name: shown(&module.join(path)), path: module.join(path) };
                if is_there && let Some(replaced) = intake.open(&found, None) {
                    config.forget(replaced);
                }
                config.override_with(generated(intake, &shown(&real.join(path)), &file.text, file.at));
            }
        }
        for (name, value) in place.defaults.borrow().iter() {
            for source in config.sources() {
                let what = format!("{name} of {} is its default, {value}", shown(&real));
                let because = "what is set where it is deployed was not given";
                intake.estate.granted.note_file(source, what, because, true);
            }
        }
        let config = modules.add(config);
        modules.link(intake, &BTreeMap::new());
        Some(Unit { config, inputs: whole.inputs, var_files: whole.var_files })
    }

    /// What the units of a file's `dependency` blocks give out.
    fn outputs(
        &mut self,
        intake: &mut Intake,
        modules: &mut Modules,
        dependencies: &BTreeMap<Rc<str>, (PathBuf, Span)>,
    ) -> BTreeMap<Rc<str>, Val> {
        let mut all = BTreeMap::new();
        for (name, (dir, at)) in dependencies {
            let unit = disk::is_file(&dir.join(FILE))
                .then(|| self.read(intake, modules, dir, &shown(dir)))
                .flatten();
            let known = unit.and_then(|unit| outputs_of(intake, modules, &unit, self.several, *at));
            let hole = || {
                Val::hole(
                    format!("dependency.{name}.outputs"),
                    "the unit that it depends on is not here, or cannot be read",
                    *at,
                )
            };
            all.insert(Rc::clone(name), known.unwrap_or_else(hole));
        }
        all
    }
}

fn outputs_of(intake: &mut Intake, modules: &Modules, unit: &Unit, several: bool, at: Span) -> Option<Val> {
    let config = modules.configs.get(unit.config)?;
    let files = files_of(intake, &config.dir);
    let mut graph = Graph::new(&modules.configs, unit.config, files);
    graph.label = several.then(|| super::default_label(config));
    graph.given.extend(unit.inputs.iter().cloned());
    super::ground_of(&graph, &BTreeMap::new());
    let outputs = config.outputs.iter().map(|(name, block)| {
        let value = graph.output(0, name, block.head);
        let hole = || graph.hole(format!("output.{name}"), "it cannot be evaluated", block.head);
        (Rc::clone(name), value.unwrap_or_else(|_| hole()))
    });
    Some(Val::map(outputs.collect::<Vec<_>>(), at))
}

/// A file and what it holds.
fn open(intake: &mut Intake, path: &Path) -> Option<Body> {
    let source = intake.open(&FoundFile { name: shown(path), path: path.to_owned() }, None)?;
    intake.offered.insert(source);
    intake.read_as(source, "terragrunt source");
    if let Some(file) = intake.file(source) {
        file.loader = Some(crate::load::terraform::LOADER.name);
    }
    intake.lenient.insert(source);
    let text = intake.sources.source_text(source).cloned().unwrap_or_default();
    let mut problems = Vec::new();
    let body = parse::file(source, &text, &mut problems);
    // A file is read once for each unit that includes it.
    problems.retain(|problem| !intake.problems.contains(problem));
    intake.problems.append(&mut problems);
    Some(body)
}

/// The blocks of a file that Terragrunt writes.
fn generated(intake: &mut Intake, name: &str, text: &str, at: Span) -> Body {
    let origin = Origin::File { bytes: OffsetMap::identity() };
    let source = intake.sources.add(name, text.into(), origin);
    let mut problems = Vec::new();
    let body = parse::file(source, text, &mut problems);
    let is_wrong = problems.iter().any(Diagnostic::is_error);
    if is_wrong {
        let message = format!("what is generated as `{name}` cannot be read");
        let problem = Diagnostic::new(Code::TerraformSyntax, at, message);
        intake.problems.push(problem.help("correct `contents`; until then nothing of it counts"));
    }
    body
}

/// The directory of a module that lies here.
fn local_source(intake: &mut Intake, dirs: &[&Path], source: &str, at: Span) -> Option<PathBuf> {
    let is_remote = source.contains("::") || source.contains("://") || crate::name::symbol::is_in(source);
    let path = source.split('?').next().unwrap_or(source).replacen("//", "/", 1);
    let found = dirs.iter().map(|dir| dir.join(&path)).find(|path| modules::has_source(path));
    if let Some(path) = found.filter(|_| !is_remote) {
        return Some(path);
    }
    let message = format!("the module `{source}` is not here, so that nothing of this unit is read");
    let help = if is_remote {
        "name a copy of the module with a local path, or a plan: terragrunt show -json plan.bin > plan.json"
    } else {
        "check the path in `source`"
    };
    intake.problems.push(Diagnostic::new(Code::TerraformModule, at, message).help(help));
    None
}

/// Evaluates a file, and what it includes. `outputs` are those of its dependencies.
fn evaluate(
    intake: &mut Intake,
    body: &Body,
    place: &Place,
    outputs: Option<&BTreeMap<Rc<str>, Val>>,
) -> Evaluated {
    let mut place = place.clone();
    let mut config = Config { dir: place.unit.clone(), name: shown(&place.unit), ..Config::default() };
    config.add(Body { attributes: Vec::new(), blocks: body.blocks("locals").cloned().collect() });
    let configs = [config];
    let (included, mut values) = includes(intake, body, &mut place, &configs, outputs);
    values.extend(place.values.iter().map(|values| ("values", values.clone())));
    values.extend(features(intake, body, &place, &configs).map(|features| ("feature", features)));
    let around = Around { place, values };
    let files = files_of(intake, &around.place.unit);
    let mut graph = Graph::new(&configs, 0, files);
    let unit = around.place.unit.clone();
    graph.around = Some(Box::new(around));
    let mut out = included;
    out.add(&graph, body, &unit);
    let Graph { problems, files, .. } = graph;
    let intake = files.into_inner().intake;
    let mut problems = problems.into_inner();
    problems.retain(|problem| !intake.problems.contains(problem));
    intake.problems.append(&mut problems);
    out
}

/// Flags that may be set where it is deployed: their defaults.
///
/// Source: <https://terragrunt.gruntwork.io/docs/reference/hcl/blocks/#feature>
fn features(intake: &mut Intake, body: &Body, place: &Place, configs: &[Config]) -> Option<Val> {
    let at = first_place(body)?;
    let graph = Graph::new(configs, 0, files_of(intake, &place.unit));
    let flags = body.blocks("feature").filter_map(|block| {
        let (name, default) = (block.labels.first()?, block.body.get("default")?);
        let value = evaluated(&graph, "feature", default);
        place.noted(&format!("feature.{name}"), &value);
        Some((Rc::clone(name), Val::map([("value".into(), value)], default.at)))
    });
    let flags: Vec<(Rc<str>, Val)> = flags.collect();
    (!flags.is_empty()).then(|| Val::map(flags, at))
}

/// What a file includes, put together, and what it can say of it by name.
fn includes(
    intake: &mut Intake,
    body: &Body,
    place: &mut Place,
    configs: &[Config],
    outputs: Option<&BTreeMap<Rc<str>, Val>>,
) -> (Evaluated, BTreeMap<&'static str, Val>) {
    let mut whole = Evaluated::default();
    let mut named: Vec<(Rc<str>, Val)> = Vec::new();
    for block in body.blocks("include") {
        let name: Rc<str> = block.labels.first().cloned().unwrap_or_default();
        let path = {
            let mut graph = Graph::new(configs, 0, files_of(intake, &place.unit));
            graph.around = Some(Box::new(Around { place: place.clone(), values: BTreeMap::new() }));
            text_of(&graph, block.body.get("path"))
        };
        let Some((path, at)) = path else { continue };
        let file = disk::identity(&place.unit.join(&path));
        if !place.spend() || !disk::is_file(&file) || !file.starts_with(boundary(&place.unit)) {
            let message = format!("the file `{path}` that is included is not here");
            let problem = Diagnostic::new(Code::TerraformValue, at, message);
            intake.problems.push(problem.help("check the path; what it says does not count"));
            continue;
        }
        place.included.insert(name.to_string(), file.clone());
        let Some(inner) = open(intake, &file) else { continue };
        let mut there = place.clone();
        there.depth += 1;
        there.included.insert(name.to_string(), file.clone());
        there.file = file;
        let found = evaluate(intake, &inner, &there, outputs);
        let strategy = block.body.get("merge_strategy").and_then(Expr::literal).unwrap_or("shallow");
        named.push((name, exposed(&found, block.head)));
        if strategy != "no_merge" {
            whole.merge(found, strategy == "deep");
        }
    }
    let mut values = BTreeMap::new();
    if let Some(at) = first_place(body) {
        // One include without a name is spoken of without one.
        let include = match named.as_slice() {
            [(name, only)] if name.is_empty() => only.clone(),
            _ => Val::map(named, at),
        };
        values.insert("include", include);
        let dependency = match outputs {
            Some(outputs) => {
                let all = outputs.iter().map(|(name, outputs)| {
                    (Rc::clone(name), Val::map([("outputs".into(), outputs.clone())], outputs.at))
                });
                Val::map(all.collect::<Vec<_>>(), at)
            }
            None => Val::hole("dependency", "what the unit depends on is not read yet", at),
        };
        values.insert("dependency", dependency);
    }
    (whole, values)
}

fn first_place(body: &Body) -> Option<Span> {
    body.blocks.first().map(|block| block.head).or(body.attributes.first().map(|a| a.name_at))
}

/// What others may say of a file that was evaluated.
fn exposed(found: &Evaluated, at: Span) -> Val {
    let map = |pairs: &[(Rc<str>, Val)]| Val::map(pairs.to_vec(), at);
    Val::map([("locals".into(), map(&found.locals)), ("inputs".into(), map(&found.inputs))], at)
}

fn files_of<'i>(intake: &'i mut Intake, dir: &Path) -> Files<'i> {
    let allowed = vec![disk::identity(dir), boundary(dir)];
    Files { intake, root: dir.to_owned(), allowed }
}

/// The directory that files are read in: the repository, else that of the run, else that of the unit.
fn boundary(dir: &Path) -> PathBuf {
    let (real, here) = (disk::identity(dir), disk::identity(Path::new("")));
    super::repository(dir).unwrap_or(if real.starts_with(&here) { here } else { real })
}

/// The text that an expression comes to.
fn text_of(graph: &Graph<'_>, expr: Option<&Expr>) -> Option<(String, Span)> {
    let expr = expr?;
    match graph.eval(expr, Scope::of(0)) {
        Ok(Val { v: V::Str(text), .. }) => Some((text.text.to_string(), expr.at)),
        Ok(_) => None,
        Err(refused) => {
            graph.complain(&refused.message, refused.at);
            None
        }
    }
}

impl Evaluated {
    /// What a file says itself, in place of what it includes.
    fn add(&mut self, graph: &Graph<'_>, body: &Body, unit: &Path) {
        self.locals = body
            .blocks("locals")
            .flat_map(|block| &block.body.attributes)
            .map(|local| (Rc::clone(&local.name), evaluated(graph, &local.name, &local.value)))
            .collect();
        for block in &body.blocks {
            match &*block.kind {
                "terraform" => self.terraform(graph, block),
                "generate" => self.generate(graph, block),
                "dependency" => {
                    let dir = text_of(graph, block.body.get("config_path"));
                    if let (Some((path, at)), Some(name)) = (dir, block.labels.first()) {
                        self.dependencies.insert(Rc::clone(name), (unit.join(path), at));
                    }
                }
                _other => {}
            }
        }
        let Some(inputs) = body.get("inputs") else { return };
        let value = evaluated(graph, "inputs", inputs);
        if let Some(map) = value.as_map() {
            let own = map.members.iter().map(|(name, (_, value))| (Rc::clone(name), value.clone()));
            self.give(own.collect(), self.deep);
        }
    }

    fn terraform(&mut self, graph: &Graph<'_>, block: &Block) {
        if let Some(source) = text_of(graph, block.body.get("source")) {
            self.source = Some(source);
        }
        for arguments in block.body.blocks("extra_arguments") {
            for name in ["required_var_files", "optional_var_files"] {
                let Some(list) = arguments.body.get(name) else { continue };
                let list = evaluated(graph, name, list);
                for file in list.elements().map(|list| list.as_slice()).unwrap_or_default() {
                    if let V::Str(file) = &file.v
                        && (name == "required_var_files" || disk::is_file(Path::new(&*file.text)))
                    {
                        self.var_files.push(file.text.to_string());
                    }
                }
            }
        }
    }

    fn generate(&mut self, graph: &Graph<'_>, block: &Block) {
        let path = text_of(graph, block.body.get("path"));
        let contents = text_of(graph, block.body.get("contents"));
        let is_off = |name: &str| {
            let value = block.body.get(name).map(|expr| evaluated(graph, name, expr));
            value.is_some_and(|value| matches!(value.v, V::Bool(true)))
        };
        if let (Some((path, _)), Some((text, at)), false) = (path, contents, is_off("disable")) {
            let yields = block.body.get("if_exists").and_then(Expr::literal) == Some("skip");
            self.generated.insert(path, Generated { text, at, yields });
        }
    }

    /// Adds what was included.
    fn merge(&mut self, other: Self, deep: bool) {
        self.source = other.source.or(self.source.take());
        self.generated.extend(other.generated);
        self.dependencies.extend(other.dependencies);
        self.var_files.extend(other.var_files);
        self.give(other.inputs, deep);
        self.deep |= deep;
    }

    /// Inputs take the place of those of their names.
    fn give(&mut self, own: Vec<(Rc<str>, Val)>, deep: bool) {
        for (name, value) in own {
            match self.inputs.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) if deep => *known = deepened(known, &value, 0),
                Some((_, known)) => *known = value,
                None => self.inputs.push((name, value)),
            }
        }
    }
}

/// Maps by their members, lists one behind the other, and the second of anything else.
fn deepened(first: &Val, second: &Val, depth: usize) -> Val {
    if depth > MAX_DEPTH {
        return second.clone();
    }
    match (&first.v, &second.v) {
        (V::Map(first), V::Map(other)) => {
            let mut map = (**first).clone();
            for (name, (at, value)) in &other.members {
                let merged = match map.members.get(name) {
                    Some((_, known)) => deepened(known, value, depth + 1),
                    None => value.clone(),
                };
                map.members.insert(Rc::clone(name), (*at, merged));
            }
            Val::new(V::Map(Rc::new(map)), second.at)
        }
        (V::List(first), V::List(other)) => {
            Val::list(first.iter().chain(other.iter()).cloned().collect(), second.at)
        }
        _ => second.clone(),
    }
}

fn evaluated(graph: &Graph<'_>, name: &str, expr: &Expr) -> Val {
    match graph.eval(expr, Scope::of(0)) {
        Ok(value) => value.settled(),
        Err(refused) => {
            graph.complain(&refused.message, refused.at);
            graph.hole(name, "it cannot be evaluated", expr.at)
        }
    }
}

/// A path as people write it, from where the run is.
fn shown(path: &Path) -> String {
    let real = disk::identity(path);
    let here = disk::identity(Path::new(""));
    let text = disk::shown(real.strip_prefix(&here).unwrap_or(path));
    if text.is_empty() { ".".to_owned() } else { text }
}
