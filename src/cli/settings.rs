//! `config show`: every setting that is in force, and who set it.

use std::io::{self, Write};
use std::path::Path;

use clap::{Args as ClapArgs, Subcommand};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::session::{self, manifest_text};
use super::{Exit, Failure, Run, output};
use crate::config::DEFAULT_PROFILE;
use crate::json::Node;
use crate::load::disk;
use crate::problem::Problem;
use crate::report::{SCHEMA, harmless};
use crate::source::{SourceId, Text, position_in};
use crate::toml;

/// The settings in force
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Every setting, its value, and where it comes from
    #[command(after_help = "\
Examples:
  decryptable config show
  decryptable --isolated --color always config show
  decryptable config show --format json

A flag is stronger than the environment, the environment than decryptable.toml, and decryptable.toml than the default.")]
    Show,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Settings")]
struct Listing {
    #[schemars(extend("const" = SCHEMA))]
    schema: &'static str,
    settings: Vec<Setting>,
}

#[derive(Serialize, JsonSchema)]
struct Setting {
    name: &'static str,
    value: Value,
    /// A flag, a variable of the environment, a place in the manifest, or `default`.
    from: String,
}

/// The schema of `--format json`.
pub(super) fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    generator.subschema_for::<Listing>()
}

impl Args {
    pub(super) fn run(self, run: &Run) -> Result<Exit, Failure> {
        let What::Show = self.what;
        let format = run.outputs.only("config show", &["human", "json"])?;
        let settings = settings(run)?;
        output::to_stdout(|out| {
            if format == "json" {
                serde_json::to_writer_pretty(&mut *out, &Listing { schema: SCHEMA, settings })?;
                return writeln!(out);
            }
            write(&settings, out)
        })?;
        Ok(Exit::Ok)
    }
}

fn write(settings: &[Setting], out: &mut dyn Write) -> io::Result<()> {
    let shown: Vec<String> = settings.iter().map(|setting| shown(&setting.value)).collect();
    let width =
        shown.iter().map(|value| value.chars().count()).filter(|width| *width <= 40).max().unwrap_or(0);
    for (setting, value) in settings.iter().zip(shown) {
        writeln!(out, "{:<16}  {:<width$}  {}", setting.name, harmless(&value), harmless(&setting.from))?;
    }
    Ok(())
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(list) if list.is_empty() => "none".to_owned(),
        Value::Array(list) => list.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

fn settings(run: &Run) -> Result<Vec<Setting>, Failure> {
    let flag = |name: &'static str, given: bool| if given { name.to_owned() } else { "default".to_owned() };
    let directory = disk::identity(Path::new("."));
    let mut settings = vec![Setting {
        name: "directory",
        value: directory.display().to_string().into(),
        from: if run.directory { "-C" } else { "where it was started" }.to_owned(),
    }];
    settings.extend(of_manifest(run)?);
    settings.push(Setting {
        name: "parameters",
        value: run.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect(),
        from: flag("--parameter", !run.parameters.is_empty()),
    });
    let outputs = run.outputs.shown();
    settings.push(Setting {
        name: "format",
        from: flag("--format", !outputs.is_empty()),
        value: if outputs.is_empty() { json!(["human"]) } else { json!(outputs) },
    });
    let console = &run.console;
    for (name, (on, why)) in
        [("colour", console.stdout_colour_by()), ("colour of errors", console.stderr_colour_by())]
    {
        settings.push(Setting { name, value: if on { "yes" } else { "no" }.into(), from: why.to_owned() });
    }
    let (width, why) = console.width_by();
    settings.push(Setting { name: "width", value: width.into(), from: why.to_owned() });
    let (unicode, why) = console.unicode_by();
    settings.push(Setting {
        name: "characters",
        value: if unicode { "Unicode" } else { "ASCII" }.into(),
        from: why,
    });
    settings.push(Setting {
        name: "quiet",
        value: console.quiet.into(),
        from: flag("--quiet", console.quiet),
    });
    settings.push(Setting {
        name: "verbose",
        value: console.verbose.into(),
        from: flag("--verbose", console.verbose),
    });
    Ok(settings)
}

/// What `[analysis]` sets, and how many rows there are.
fn of_manifest(run: &Run) -> Result<Vec<Setting>, Failure> {
    let found = manifest_text(run)?;
    let (value, from) = match (&found, &run.config, run.isolated) {
        (Some((path, _)), Some(_), _) => (Value::from(disk::shown(path)), "--config"),
        (Some((path, _)), None, _) if path.parent() == Some(Path::new("")) => {
            (disk::shown(path).into(), "found in the directory")
        }
        (Some((path, _)), None, _) => (disk::shown(path).into(), "found above the directory"),
        (None, _, true) => (Value::Null, "--isolated"),
        (None, _, false) => (Value::Null, "no decryptable.toml here or above"),
    };
    let mut settings = vec![Setting { name: "manifest", value, from: from.to_owned() }];
    let parsed =
        found.as_ref().map(|(path, text)| (disk::shown(path), text, toml::parse(SourceId::LONE, text)));
    if let Some((name, text, parsed)) = &parsed
        && let Some(problem) = parsed.problems.iter().find(|problem| problem.is_error())
    {
        return Err(broken(name, text, problem));
    }
    let root = parsed.as_ref().and_then(|(_, _, parsed)| parsed.root.as_ref());
    let analysis = root.and_then(|root| root.get("analysis"));
    let at = |node: &Node<'_>| match &parsed {
        Some((name, text, _)) => {
            let place = position_in(text, node.span.start);
            format!("{name}:{}:{}", place.line, place.column)
        }
        None => "default".to_owned(),
    };
    let defaults = [
        ("inputs", json!([])),
        ("exclude", json!([])),
        ("strict", json!(false)),
        ("profile", json!(DEFAULT_PROFILE)),
    ];
    for (name, default) in defaults {
        let written = analysis.and_then(|analysis| analysis.get(name));
        let value = written.map_or(default, written_value);
        let from = written.map_or_else(|| "default".to_owned(), at);
        if let (Some(_), "profile", Some(profile)) = (written, name, value.as_str()) {
            session::profile(profile)?;
        }
        settings.push(Setting { name, value, from });
    }
    for (name, table) in [("expectations", "expect"), ("suppressions", "ignore")] {
        let node = root.and_then(|root| root.get(table));
        let count = node.map_or(0, |node| node.elements().len());
        let from =
            node.and_then(|node| node.elements().first()).map_or_else(|| format!("no [[{table}]]"), at);
        settings.push(Setting { name, value: count.into(), from });
    }
    Ok(settings)
}

fn broken(name: &str, text: &Text, problem: &Problem) -> Failure {
    let place = problem.span.map_or_else(String::new, |span| {
        let place = position_in(text, span.start);
        format!("{name}:{}:{}: ", place.line, place.column)
    });
    Failure::new(format!("{place}{}", problem.message)).maybe_help(problem.help.clone())
}

/// What was written, as a list where one is expected.
fn written_value(node: &Node<'_>) -> Value {
    if let Some(text) = node.as_str() {
        return text.into();
    }
    if let Some(flag) = node.as_bool() {
        return flag.into();
    }
    node.elements().iter().filter_map(Node::as_str).collect()
}
