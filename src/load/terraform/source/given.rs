//! The values of the variables of a root module, in the order of the language.

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use super::constraint;
use super::decode;
use super::graph::Graph;
use super::machine::{Machine, Scope};
use super::modules::{name_in, tidy};
use super::parse;
use super::syntax::Expr;
use super::value::{Text, Val};
use crate::diagnostic::{Code, Diagnostic};
use crate::json;
use crate::load::root_modules::{Row, Values};
use crate::load::{FoundFile, Intake, disk};
use crate::source::{OffsetMap, Origin, Span};

/// Values of a row as the manifest writes them.
pub(super) fn typed(row: Option<&Row>) -> BTreeMap<String, Val> {
    let nodes = row.into_iter().flat_map(|row| &row.typed);
    nodes.map(|(name, node)| (name.clone(), decode::of_node(node))).collect()
}

/// Puts all values of a root module together: those of its directory, then those of its row, then the command line's.
pub(super) fn read(
    graph: &mut Graph<'_>,
    dir: &Path,
    row: &Values,
    typed: &BTreeMap<String, Val>,
    run: &Values,
) {
    let names = disk::names_in(dir);
    let own = ["terraform.tfvars", "terraform.tfvars.json"].into_iter().map(str::to_owned);
    let auto =
        names.iter().filter(|n| n.ends_with(".auto.tfvars") || n.ends_with(".auto.tfvars.json")).cloned();
    let beside: Vec<String> = own.filter(|own| names.contains(own)).chain(auto).collect();
    for name in beside {
        let shown = graph.config(0).map_or_else(|| name.clone(), |config| name_in(&config.name, &name));
        file(graph, &FoundFile { name: shown, path: dir.join(name) }, None);
    }
    for (index, values) in [row, run].into_iter().enumerate() {
        for (name, at) in &values.var_files {
            let found = FoundFile { name: tidy(name), path: values.base.join(name) };
            file(graph, &found, *at);
        }
        if index == 0 {
            graph.given.extend(typed.iter().map(|(name, value)| (Rc::from(name.as_str()), value.clone())));
        }
        for (name, text) in &values.vars {
            let value = of_text(graph, name, text);
            graph.given.insert(name.as_str().into(), value);
        }
    }
    graph.workspace = run.workspace.clone().or_else(|| row.workspace.clone());
}

fn file(graph: &mut Graph<'_>, found: &FoundFile, at: Option<Span>) {
    let read = {
        let mut files = graph.files.borrow_mut();
        let Some(source) = files.intake.open(found, at) else { return };
        files.intake.offered.insert(source);
        files.intake.read_as(source, "terraform values");
        let text = files.intake.sources.source_text(source).cloned().unwrap_or_default();
        (source, text)
    };
    let (source, text) = read;
    if found.name.ends_with(".json") {
        let parsed = json::parse(source, &text);
        graph.tell(parsed.problems);
        for member in parsed.root.iter().flat_map(json::Node::members) {
            graph.given.insert((&*member.key.value).into(), decode::of_node(&member.value));
        }
        return;
    }
    let mut problems = Vec::new();
    let body = parse::file(source, &text, &mut problems);
    graph.tell(problems);
    for attribute in &body.attributes {
        match graph.eval(&attribute.value, Scope::of(usize::MAX)) {
            Ok(value) => drop(graph.given.insert(Rc::clone(&attribute.name), value.settled())),
            Err(refused) => graph.complain(&refused.message, refused.at),
        }
    }
}

/// A value of the command line: a text, or an expression where the variable is not a text.
fn of_text(graph: &Graph<'_>, name: &str, text: &str) -> Val {
    let source = {
        let mut files = graph.files.borrow_mut();
        let origin = Origin::File { bytes: OffsetMap::identity() };
        files.intake.sources.add(format!("--var {name}"), text.into(), origin)
    };
    let at = Span::new(source, 0, text.len() as u32);
    let block = graph.config(0).and_then(|config| config.variables.get(name));
    let constraint = block.and_then(|block| block.body.get("type"));
    let default_is_text =
        block.and_then(|b| b.body.get("default")).is_none_or(|d: &Expr| d.literal().is_some());
    if constraint::is_text(constraint) && (constraint.is_some() || default_is_text) {
        return Val::new(super::value::V::Str(Text::plain(text)), at);
    }
    let parsed = parse::expression(source, text, 0);
    match parsed.map(|expr| graph.eval(&expr, Scope::of(usize::MAX))) {
        Ok(Ok(value)) => value.settled(),
        Ok(Err(_)) | Err(_) => Val::text(text, at),
    }
}

/// A variable that a row or the command line gives and no module of the run has.
pub(super) fn unused(intake: &mut Intake, values: &Values, known: impl Fn(&str) -> bool) {
    for name in values.vars.keys().filter(|name| !known(name)) {
        let message = format!("no root module has a variable `{name}`");
        let problem = Diagnostic::placeless(Code::TerraformValue, message);
        intake.problems.push(problem.help("check the name that --var gives"));
    }
}
