//! Stacks: units that are made of others in a catalog, each with values of its own.
//!
//! Source: <https://terragrunt.gruntwork.io/docs/features/stacks/>

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::super::config::Config;
use super::super::graph::Graph;
use super::super::modules::Modules;
use super::super::value::V;
use super::{Around, FILE, Place, Unit, Units, evaluated, files_of, open, shown, text_of};
use crate::diagnostic::{Code, Diagnostic};
use crate::load::{Intake, disk};
use crate::source::Span;

/// The file of a stack.
pub(in super::super) const STACK: &str = "terragrunt.stack.hcl";

/// The directory in which Terragrunt makes the units of a stack.
const MADE: &str = ".terragrunt-stack";

/// Units of one stack, those of the stacks in it included.
const MAX_UNITS: usize = 500;

/// What a stack leads to.
#[derive(Default)]
pub(in super::super) struct Stack {
    pub(in super::super) units: Vec<Unit>,
    /// Directories of the catalog that its units are made of.
    pub(in super::super) sources: BTreeSet<PathBuf>,
}

impl Units {
    /// The units of a stack.
    pub(in super::super) fn stack(
        &mut self,
        intake: &mut Intake,
        modules: &mut Modules,
        dir: &Path,
    ) -> Stack {
        let mut out = Stack::default();
        let place = Place::of(disk::identity(dir), STACK);
        self.blocks(intake, modules, (dir, &place), &mut out);
        out
    }

    fn blocks(
        &mut self,
        intake: &mut Intake,
        modules: &mut Modules,
        (dir, place): (&Path, &Place),
        out: &mut Stack,
    ) {
        let Some(body) = open(intake, &dir.join(STACK)) else { return };
        for block in &body.blocks {
            let (is_unit, file) = match &*block.kind {
                "unit" => (true, FILE),
                "stack" => (false, STACK),
                _other => continue,
            };
            if out.units.len() >= MAX_UNITS || !place.spend() {
                let message = "these stacks lead to too many units, and this one is not read";
                let problem = Diagnostic::new(Code::TerraformModule, block.head, message);
                intake.problems.push(problem.help("name its directory in a row of [[terraform]]"));
                return;
            }
            let mut config =
                Config { dir: place.unit.clone(), name: shown(&place.unit), ..Config::default() };
            config.add(super::Body {
                attributes: Vec::new(),
                blocks: body.blocks("locals").cloned().collect(),
            });
            let configs = [config];
            let mut graph = Graph::new(&configs, 0, files_of(intake, &place.unit));
            let values = place.values.iter().map(|values| ("values", values.clone())).collect();
            graph.around = Some(Box::new(Around { place: place.clone(), values }));
            let source = text_of(&graph, block.body.get("source"));
            let path = text_of(&graph, block.body.get("path"));
            let values = block.body.get("values").map(|values| evaluated(&graph, "values", values));
            let flag = block.body.get("no_dot_terragrunt_stack").map(|flag| evaluated(&graph, "flag", flag));
            let is_beside = flag.is_some_and(|flag| matches!(flag.v, V::Bool(true)));
            let Graph { problems, files, .. } = graph;
            files.into_inner().intake.problems.append(&mut problems.into_inner());
            let (Some((source, at)), Some((path, _))) = (source, path) else { continue };
            let Some(source) = catalog(intake, (dir, place), (&source, at), file) else { continue };
            let made = Place {
                unit: place.unit.join(if is_beside { "" } else { MADE }).join(path),
                file: disk::identity(&source).join(file),
                values,
                depth: place.depth + 1,
                ..place.clone()
            };
            if is_unit {
                let own = Place::of(made.unit, FILE);
                let made = Place { file: made.file, values: made.values, ..own };
                out.sources.insert(disk::identity(&source));
                let name = shown(&made.unit);
                out.units.extend(self.evaluate(intake, modules, (&source, made), &name));
            } else {
                self.blocks(intake, modules, (&source, &made), out);
            }
        }
    }
}

/// The directory of a unit or a stack that lies here.
fn catalog(
    intake: &mut Intake,
    (dir, place): (&Path, &Place),
    (source, at): (&str, Span),
    file: &str,
) -> Option<PathBuf> {
    let path = source.split('?').next().unwrap_or(source).replacen("//", "/", 1);
    let is_remote = source.contains("::") || source.contains("://") || crate::name::symbol::is_in(source);
    let found = [place.unit.join(&path), dir.join(&path)];
    let found = found.into_iter().find(|dir| !is_remote && disk::is_file(&dir.join(file)));
    if found.is_none() {
        let message = format!("`{source}` is not here, so that nothing of it is read");
        let help = "name a copy with a local path, or a plan: terragrunt show -json plan.bin > plan.json";
        intake.problems.push(Diagnostic::new(Code::TerraformModule, at, message).help(help));
    }
    found
}
