//! Configurations as people write them: `.tf` files, before there is a plan.
//!
//! A directory of files is a module; one that no other module calls is a root. Its expressions are evaluated with
//! holes for what only Terraform or AWS knows, and its resources become those of a plan, so that the same code tells
//! their facts. Every value keeps the place it was written at.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "a value of a kind that an operation does not take is refused, whichever kinds there are"
)]

pub(crate) mod beside;
mod blocks;
mod build;
mod choice;
mod comments;
mod config;
mod constraint;
mod decode;
mod document;
mod eval;
mod expand;
mod fault;
mod files;
mod functions;
mod given;
mod graph;
mod ground;
mod machine;
mod modules;
mod number;
mod operate;
mod parse;
mod providers;
mod show;
mod spot;
mod syntax;
mod template;
mod terragrunt;
mod tokens;
mod tree;
mod value;
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

pub use crate::load::root_modules::Values;
pub(crate) use spot::{Edge, Form, Layout, Spot};

use super::model::Module;
use super::names::Names;
use super::{Fallback, provider};
use crate::json::{Node, Value};
use crate::load::root_modules::{self, Remote, Row, Unnamed};
use crate::load::{Intake, disk};
use crate::name::symbol;
use crate::source::{Declaration, Span};

use files::Files;
use graph::Graph;
use ground::Ground;
use machine::Machine as _;
use modules::Modules;
use terragrunt::{Unit, Units};

/// The stack that modules are evaluated on: references lead to references, and threads of tests have small ones.
const STACK: usize = 256 << 20;

/// The directories that were met.
#[derive(Debug, Default)]
struct Met {
    /// With what people call them.
    dirs: BTreeMap<PathBuf, String>,
    /// Directories with a file of Terragrunt.
    units: BTreeMap<PathBuf, String>,
    /// Directories with a file of a stack.
    stacks: BTreeMap<PathBuf, String>,
}

/// Whether a file is configuration, by its name.
pub(crate) fn is_source(name: &str) -> bool {
    modules::ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Whether a file says with which values a module is deployed: by its name, and as it leads to a module.
pub(crate) fn is_unit(found: &crate::load::FoundFile) -> bool {
    terragrunt::is_stack(&found.name)
        || terragrunt::is_unit(&found.name) && terragrunt::leads_to_a_module(&found.path)
}

/// A file of the module that a file of values lies in.
#[cfg(feature = "cli")]
pub(crate) fn beside_values(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    if !name.ends_with(".tfvars") && !name.ends_with(".tfvars.json") {
        return None;
    }
    let dir = path.parent()?;
    let names = disk::names_in(dir);
    Some(dir.join(names.iter().find(|name| is_source(name))?))
}

/// Notes the module of a file; it is read when every file was met.
pub(crate) fn meet(intake: &mut Intake, found: &crate::load::FoundFile) {
    let dir = found.path.parent().unwrap_or(Path::new("")).to_owned();
    let name = found.name.rsplit_once('/').map_or("", |(dir, _)| dir).to_owned();
    let met = intake.notes::<Met>();
    let dirs = match &found.name {
        name if terragrunt::is_unit(name) => &mut met.units,
        name if terragrunt::is_stack(name) => &mut met.stacks,
        _module => &mut met.dirs,
    };
    dirs.entry(dir).or_insert(name);
}

/// One root module to evaluate.
struct Root {
    config: usize,
    row: Option<Row>,
    label: Option<String>,
    /// What Terragrunt gives it.
    unit: Option<Unit>,
}

/// Files of values in a directory and below it that are not read by themselves.
fn values_below(dir: &Path) -> Vec<String> {
    const MOST: usize = 20;
    let is_read = |name: &str| {
        name.ends_with("terraform.tfvars") || name.ends_with(".auto.tfvars") || name.contains(".terraform/")
    };
    let found = disk::below(dir, &[".tfvars"]).into_iter().filter(|found| !is_read(&found.name));
    found.map(|found| disk::shown(&found.path)).take(MOST).collect()
}

/// The value of an expression as JSON, as `terraform console` gives it where no configuration is around it; what is not
/// known is a symbol in it.
pub fn console(expression: &str) -> Result<String, String> {
    let expression = expression.trim();
    let mut intake = Intake::new();
    let origin = crate::source::Origin::File { bytes: crate::source::OffsetMap::identity() };
    let source = intake.sources.add("<expression>", expression.into(), origin);
    let files = Files { intake: &mut intake, root: PathBuf::new(), allowed: Vec::new() };
    let configs = [config::Config::default()];
    let graph = Graph::new(&configs, 0, files);
    let parsed = parse::expression(source, expression, 0).map_err(|problem| problem.message)?;
    let value = graph.eval(&parsed, machine::Scope::of(0)).map_err(|refused| refused.message)?;
    Ok(show::json(&value.settled()))
}

/// Evaluates the root modules, behind the last file.
pub(super) fn settle(intake: &mut Intake) {
    let met = intake.take_notes::<Met>();
    let rows = root_modules::take_rows(intake);
    if met.dirs.is_empty() && met.units.is_empty() && met.stacks.is_empty() && rows.is_empty() {
        return;
    }
    // An intake that cannot be lent to another thread is read on this one.
    std::thread::scope(|scope| {
        let lent = &mut *intake;
        let thread = std::thread::Builder::new().stack_size(STACK);
        if let Ok(handle) = thread.spawn_scoped(scope, move || read_all(lent, met, rows)) {
            let _ = handle.join();
        }
    });
}

fn read_all(intake: &mut Intake, met: Met, rows: Vec<Row>) {
    let mut modules = Modules::default();
    let mut roots: Vec<Root> = Vec::new();
    let mut units = Units::new(rows.len() + met.units.len() > 1 || !met.stacks.is_empty());
    for row in rows {
        if disk::is_file(&row.dir.join(terragrunt::FILE)) {
            if let Some(unit) = units.read(intake, &mut modules, &row.dir, &row.dir_name) {
                let label = row.name.clone();
                roots.push(Root { config: unit.config, row: Some(row), label, unit: Some(unit) });
            }
            continue;
        }
        if !modules::has_source(&row.dir) {
            let message = format!("there is no Terraform source in `{}`", disk::shown(&row.dir));
            let problem =
                crate::diagnostic::Diagnostic::new(crate::diagnostic::Code::FileNotFound, row.at, message);
            intake.problems.push(problem.help("`dir` is relative to the manifest"));
            continue;
        }
        if let Some(config) = modules.load(intake, &row.dir, &row.dir_name) {
            let label = row.name.clone();
            roots.push(Root { config, row: Some(row), label, unit: None });
        }
    }
    // What a remote state reads from is evaluated as well, though no file of it was named.
    let others: Vec<PathBuf> = roots
        .iter()
        .filter_map(|root| root.row.as_ref())
        .flat_map(|row| row.remote.values())
        .filter_map(|remote| match remote {
            Remote::Dir(dir) => Some(dir.clone()),
            Remote::File(..) => None,
        })
        .collect();
    for dir in others {
        let name = disk::shown(&dir);
        modules.load(intake, &dir, &name);
    }
    // What stacks are made of is not deployed by itself.
    let mut catalog: BTreeSet<PathBuf> = BTreeSet::new();
    for dir in met.stacks.keys() {
        let stack = units.stack(intake, &mut modules, dir);
        catalog.extend(stack.sources);
        roots.extend(stack.units.into_iter().map(|unit| Root {
            config: unit.config,
            row: None,
            label: None,
            unit: Some(unit),
        }));
    }
    for (dir, name) in met.units.iter().filter(|(dir, _)| !catalog.contains(&disk::identity(dir))) {
        let unit = units.read(intake, &mut modules, dir, name);
        let unit = unit.filter(|unit| !roots.iter().any(|root| root.config == unit.config));
        roots.extend(unit.map(|unit| Root { config: unit.config, row: None, label: None, unit: Some(unit) }));
    }
    let found: Vec<usize> =
        met.dirs.iter().filter_map(|(dir, name)| modules.load(intake, dir, name)).collect();
    let by_row: BTreeMap<usize, &Row> =
        roots.iter().filter_map(|root| Some((root.config, root.row.as_ref()?))).collect();
    modules.link(intake, &by_row);
    for config in found {
        if !modules.called.contains(&config) && !roots.iter().any(|root| root.config == config) {
            roots.push(Root { config, row: None, label: None, unit: None });
        }
    }
    let several = roots.len() > 1
        || intake
            .files
            .iter()
            .any(|file| matches!(&*file.kind, "terraform plan" | "terraform state" | "terraform"));
    let run = intake.terraform.clone();
    let configs = &modules.configs;
    let mut declared: BTreeSet<String> = BTreeSet::new();
    for (index, root) in roots.iter().enumerate() {
        let Some(config) = configs.get(root.config) else { continue };
        declared.extend(config.variables.keys().map(|name| name.to_string()));
        let mut label = root.label.clone().unwrap_or_else(|| default_label(config));
        let is_taken =
            |label: &str| roots.iter().take(index).any(|other| other.label.as_deref() == Some(label));
        if is_taken(&label) {
            label = format!("{label} {}", index + 1);
        }
        evaluate(intake, &modules, root, several.then_some(label), &run);
    }
    given::unused(intake, &run, |name| declared.contains(name));
}

/// What the names of a root module are told apart by where no row names it.
fn default_label(config: &config::Config) -> String {
    if config.name == "." { "root".to_owned() } else { config.name.replace('/', ".") }
}

/// The repository that a module lies in: its files belong together.
fn repository(dir: &Path) -> Option<PathBuf> {
    let real = disk::identity(dir);
    real.ancestors().find(|above| disk::exists(&above.join(".git"))).map(Path::to_owned)
}

/// Evaluates one root module, and tells its facts.
fn evaluate(intake: &mut Intake, modules: &Modules, root: &Root, label: Option<String>, run: &Values) {
    let configs = modules.configs.as_slice();
    let Some(config) = configs.get(root.config) else { return };
    let Some(place) = modules::place_of(config, intake) else { return };
    let mut allowed: Vec<PathBuf> = configs.iter().map(|config| disk::identity(&config.dir)).collect();
    allowed.extend(repository(&config.dir));
    let files = Files { intake, root: config.dir.clone(), allowed };
    let mut graph = Graph::new(configs, root.config, files);
    graph.label = label.clone();
    let row = root.row.as_ref();
    let typed = given::typed(row);
    let mut values = row.map_or_else(Values::default, |row| row.values.clone());
    if let Some(unit) = &root.unit {
        graph.given.extend(unit.inputs.iter().cloned());
        values.var_files.splice(0..0, unit.var_files.iter().map(|file| (file.clone(), None)));
    }
    given::read(&mut graph, &config.dir, &values, &typed, run);
    let stated = row.map_or_else(BTreeMap::new, |row| row.providers.clone());
    for (name, remote) in row.iter().flat_map(|row| &row.remote) {
        let outputs = outputs_of(&graph, modules, remote);
        graph.remote.extend(outputs.map(|outputs| (name.as_str().into(), outputs)));
    }
    let nodes = graph.provider_nodes(&stated);
    let mut outline = Module::of(build::outlines(&graph));
    outline.configuration.told = true;
    outline.configuration.providers = nodes.clone();
    let owner = graph.files.borrow().intake.owner_of(place.source);
    let fallback = Fallback { account: owner.account, region: owner.region };
    let mut places = provider::places(&outline, fallback, Vec::new);
    super::name_accounts(place.source, &outline, &mut places, graph.files.borrow_mut().intake);
    let _ = graph.ground.set(Ground { world: outline, places, file: label.clone() });
    let resources = build::resources(&graph);
    let mut world = Module::of(resources);
    world.made = true;
    world.configuration.told = true;
    world.configuration.providers = nodes;
    let symbols = symbols_of(&graph, &world);
    let mut declared = graph.arns();
    let missing = missing_variables(&graph, config, &symbols);
    let Graph { ground, problems, files, .. } = graph;
    let intake = files.into_inner().intake;
    intake.problems.append(&mut problems.into_inner());
    // Where a plan lies beside it, the plan says what is, and the source what the plan leaves out.
    let dir = disk::identity(&config.dir);
    if root.row.is_none() && super::plans_in(intake, &dir) {
        beside::note(intake, dir, &world);
        intake.notes::<beside::Beside>().symbols.extend(symbols);
        return;
    }
    for (name, why, at) in symbols {
        intake.symbol(&name, &why, at);
    }
    let Some(Ground { places, .. }) = ground.into_inner() else { return };
    let names = Names::new(&world, &places, label);
    declared.extend(declared_resources(&names));
    declare(declared, intake);
    if root.row.is_none() && (config.has_backend || !config.providers.is_empty()) {
        let names_account =
            names.world.resources.iter().all(|resource| !names.account(resource).is_unknown());
        let unnamed = Unnamed {
            dir: config.name.clone(),
            place: place.source,
            var_files: values_below(&config.dir),
            names_account,
        };
        root_modules::found(intake, unnamed);
    }
    for name in missing {
        let what = format!(
            "the value of var.{name}, on which answers may depend: --var {name}=…, --var-file, or vars of [[terraform]]"
        );
        intake.misses(place.source, what);
    }
    let workloads = super::record(&names, place.source, intake);
    super::note(place.source, &names, workloads, intake);
}

/// Where resources are declared that others may refer to by their ARNs.
fn declared_resources(names: &Names<'_, 'static>) -> Vec<Declaration> {
    let of = |resource: &super::model::Resource<'static>| {
        let arn = ground::name_of(names, resource, "arn")?;
        let reference = match &resource.key {
            Some(key) => format!("{}[{key}]", resource.local),
            None => resource.local.clone(),
        };
        let written = format!("{reference}.arn");
        let kind = resource.local.split('.').next().unwrap_or_default().to_owned();
        let at = resource.values.span;
        (!symbol::is_in(&reference)).then_some(Declaration {
            kind,
            reference,
            written,
            arn,
            at,
            is_only: true,
        })
    };
    names.world.resources.iter().filter_map(of).collect()
}

/// Notes references; one that has several values, as the module is called several times, names nothing for certain.
fn declare(all: Vec<Declaration>, intake: &mut Intake) {
    let place = |declaration: &Declaration| {
        (declaration.at.source, declaration.at.start, declaration.written.clone())
    };
    let mut values: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for declaration in &all {
        values.entry(place(declaration)).or_default().insert(declaration.arn.clone());
    }
    for declaration in all {
        let is_only = values.get(&place(&declaration)).is_some_and(|values| values.len() == 1);
        intake.sources.declare(Declaration { is_only, ..declaration });
    }
}

/// Variables of the root module without a value that some symbol is made of.
fn missing_variables(
    graph: &Graph<'_>,
    config: &config::Config,
    symbols: &[(String, String, Span)],
) -> BTreeSet<String> {
    let is_missing = |name: &&std::rc::Rc<str>| {
        let called = graph.labelled(format!("var.{name}"));
        graph.known_hole(&called).is_some_and(|hole| &*hole.why == graph::NO_VALUE)
    };
    let is_in = |name: &std::rc::Rc<str>, text: &str| {
        let word = format!("var.{name}");
        text.match_indices(&word).any(|(at, _)| {
            let behind = text.get(at + word.len()..).and_then(|rest| rest.chars().next());
            behind.is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '_' | '-')))
        })
    };
    let names = config.variables.keys().filter(is_missing);
    names
        .filter(|name| symbols.iter().any(|(text, ..)| is_in(name, text)))
        .map(|name| name.to_string())
        .collect()
}

/// Sets what the resources of a module look like before their values are known.
fn ground_of(graph: &Graph<'_>, stated: &BTreeMap<String, root_modules::Stated>) {
    let mut outline = Module::of(build::outlines(graph));
    outline.configuration.told = true;
    outline.configuration.providers = graph.provider_nodes(stated);
    let places = provider::places(&outline, Fallback::default(), Vec::new);
    let _ = graph.ground.set(Ground { world: outline, places, file: graph.label.clone() });
}

/// The outputs that a remote state holds: of another root module, or of a file.
fn outputs_of(graph: &Graph<'_>, modules: &Modules, remote: &Remote) -> Option<value::Val> {
    match remote {
        Remote::Dir(dir) => {
            let index = modules.index_of(dir)?;
            let mut files = graph.files.borrow_mut();
            let config = modules.configs.get(index)?;
            let allowed = vec![disk::identity(dir)];
            let inner = Files { intake: &mut *files.intake, root: config.dir.clone(), allowed };
            let mut other = Graph::new(&modules.configs, index, inner);
            other.label = graph.label.as_ref().map(|_| config.name.replace('/', "."));
            given::read(&mut other, &config.dir, &Values::default(), &BTreeMap::new(), &Values::default());
            ground_of(&other, &BTreeMap::new());
            let outputs = config.outputs.iter().map(|(name, block)| {
                let value = other.output(0, name, block.head);
                let hole = || other.hole(format!("output.{name}"), "it cannot be evaluated", block.head);
                (std::rc::Rc::clone(name), value.unwrap_or_else(|_| hole()))
            });
            Some(value::Val::map(outputs.collect::<Vec<_>>(), config.at?))
        }
        Remote::File(path, at) => {
            let found = crate::load::FoundFile { name: disk::shown(path), path: path.clone() };
            let mut files = graph.files.borrow_mut();
            let source = files.intake.open(&found, Some(*at))?;
            let text = files.intake.sources.source_text(source).cloned()?;
            let parsed = crate::json::parse(source, &text);
            let root = parsed.root?;
            let outputs =
                root.get("outputs").or(root.get("values").and_then(|values| values.get("outputs")))?;
            let members = outputs.members().iter().map(|member| {
                let is_sensitive = member.value.get("sensitive").and_then(Node::as_bool) == Some(true);
                let value = member.value.get("value").filter(|_| !is_sensitive).map(decode::of_node);
                let hole = || {
                    value::Val::hole(
                        format!("output.{}", member.key.value),
                        "it is sensitive",
                        member.key.span,
                    )
                };
                ((&*member.key.value).into(), value.unwrap_or_else(hole))
            });
            Some(value::Val::map(members.collect::<Vec<_>>(), *at))
        }
    }
}

/// The symbols in the resources, and why they are open.
fn symbols_of(graph: &Graph<'_>, world: &Module<'static>) -> Vec<(String, String, Span)> {
    let mut found: BTreeMap<String, Span> = BTreeMap::new();
    for resource in &world.resources {
        for node in [Some(&resource.values), resource.unknown.as_ref()].into_iter().flatten() {
            for member in node.members().iter().filter(|member| !member.key.value.starts_with("tags")) {
                gather(&member.value, &mut found);
            }
        }
        for (test, _) in &resource.guards {
            found.entry(symbol::plain(test)).or_insert(resource.address.span);
        }
    }
    let told = found
        .into_iter()
        .filter(|(name, _)| symbol::account_number(name).is_none() && name != symbol::REGION);
    told.map(|(name, at)| match graph.known_hole(&name) {
        Some(hole) => (name, hole.why.to_string(), hole.at),
        None => (name, "it follows from values that are not known".to_owned(), at),
    })
    .collect()
}

fn gather(node: &Node<'_>, out: &mut BTreeMap<String, Span>) {
    let mut text = |text: &str, at: Span| {
        if symbol::is_in(text) {
            for rest in text.split(['«', '‹']).skip(1) {
                let name = rest.split(['»', '›']).next().unwrap_or_default();
                out.entry(name.to_owned()).or_insert(at);
            }
        }
    };
    match &node.value {
        Value::String(inner) => text(inner, node.span),
        Value::Array(elements) => elements.iter().for_each(|element| gather(element, out)),
        Value::Object(members) => {
            for member in members {
                text(&member.key.value, member.key.span);
            }
            for member in members {
                gather(&member.value, out);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Invalid => {}
    }
}
