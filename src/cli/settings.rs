//! `config show`: every setting that is in force, and who set it.

use std::io::{self, Write};
use std::path::Path;

use clap::{Args as ClapArgs, Subcommand};

use super::session::{self, manifest_text};
use super::{Exit, Failure, Run, output};
use crate::config::DEFAULT_PROFILE;
use crate::diagnostic::Diagnostic;
use crate::json::Node;
use crate::load::disk;
use crate::load::root_modules::Values;
use crate::report::harmless;
use crate::report::output::{SCHEMA, Setting, Settings, Value};
use crate::source::{SourceId, Text, position_in};
use crate::toml_tree;

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

impl Args {
    pub(super) fn run(self, run: &Run) -> Result<Exit, Failure> {
        let What::Show = self.what;
        let format = run.outputs.only("config show", &["human", "json"])?;
        let settings = settings(run)?;
        output::to_stdout(|out| {
            if format == "json" {
                serde_json::to_writer_pretty(&mut *out, &Settings { schema: SCHEMA, settings })?;
                return writeln!(out);
            }
            write(&settings, out)
        })?;
        Ok(Exit::Ok)
    }
}

fn write(settings: &[Setting], out: &mut dyn Write) -> io::Result<()> {
    let shown: Vec<String> = settings.iter().map(|setting| shown(setting.value.as_ref())).collect();
    let width =
        shown.iter().map(|value| value.chars().count()).filter(|width| *width <= 40).max().unwrap_or(0);
    for (setting, value) in settings.iter().zip(shown) {
        writeln!(out, "{:<16}  {:<width$}  {}", setting.name, harmless(&value), harmless(&setting.from))?;
    }
    Ok(())
}

fn shown(value: Option<&Value>) -> String {
    match value {
        None => "none".to_owned(),
        Some(Value::Text(text)) => text.clone(),
        Some(Value::List(list)) if list.is_empty() => "none".to_owned(),
        Some(Value::List(list)) => list.join(", "),
        Some(Value::Flag(flag)) => flag.to_string(),
        Some(Value::Number(number)) => number.to_string(),
    }
}

fn settings(run: &Run) -> Result<Vec<Setting>, Failure> {
    let flag = |name: &'static str, given: bool| if given { name.to_owned() } else { "default".to_owned() };
    let directory = disk::identity(Path::new("."));
    let mut settings = vec![Setting {
        name: "directory",
        value: Some(Value::Text(directory.display().to_string())),
        from: if run.directory { "-C" } else { "where it was started" }.to_owned(),
    }];
    settings.extend(of_manifest(run)?);
    settings.push(Setting {
        name: "parameters",
        value: Some(Value::List(
            run.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect(),
        )),
        from: flag("--parameter", !run.parameters.is_empty()),
    });
    let values = &run.terraform;
    settings.push(Setting {
        name: "variables",
        value: Some(Value::List(
            values
                .var_files
                .iter()
                .map(|(file, _)| file.clone())
                .chain(values.vars.keys().map(|name| format!("{name}=…")))
                .chain(values.workspace.iter().map(|name| format!("workspace {name}")))
                .collect(),
        )),
        from: flag("--var, --var-file, --workspace", *values != Values::default()),
    });
    let outputs = run.outputs.shown();
    settings.push(Setting {
        name: "format",
        from: flag("--format", !outputs.is_empty()),
        value: Some(Value::List(if outputs.is_empty() { vec!["human".to_owned()] } else { outputs })),
    });
    let console = &run.console;
    for (name, (on, why)) in
        [("colour", console.stdout_colour_by()), ("colour of errors", console.stderr_colour_by())]
    {
        let value = Some(Value::Text(if on { "yes" } else { "no" }.to_owned()));
        settings.push(Setting { name, value, from: why.to_owned() });
    }
    let (width, why) = console.width_by();
    settings.push(Setting { name: "width", value: Some(Value::Number(width)), from: why.to_owned() });
    let (unicode, why) = console.unicode_by();
    settings.push(Setting {
        name: "characters",
        value: Some(Value::Text(if unicode { "Unicode" } else { "ASCII" }.to_owned())),
        from: why,
    });
    settings.push(Setting {
        name: "quiet",
        value: Some(Value::Flag(console.quiet)),
        from: flag("--quiet", console.quiet),
    });
    settings.push(Setting {
        name: "verbose",
        value: Some(Value::Flag(console.verbose)),
        from: flag("--verbose", console.verbose),
    });
    Ok(settings)
}

/// What `[analysis]` sets, and how many rows there are.
fn of_manifest(run: &Run) -> Result<Vec<Setting>, Failure> {
    let found = manifest_text(run)?;
    let (value, from) = match (&found, &run.config, run.isolated) {
        (Some((path, _)), Some(_), _) => (Some(disk::shown(path)), "--config"),
        (Some((path, _)), None, _) if path.parent() == Some(Path::new("")) => {
            (Some(disk::shown(path)), "found in the directory")
        }
        (Some((path, _)), None, _) => (Some(disk::shown(path)), "found above the directory"),
        (None, _, true) => (None, "--isolated"),
        (None, _, false) => (None, "no decryptable.toml here or above"),
    };
    let mut settings =
        vec![Setting { name: "manifest", value: value.map(Value::Text), from: from.to_owned() }];
    let parsed =
        found.as_ref().map(|(path, text)| (disk::shown(path), text, toml_tree::parse(SourceId::LONE, text)));
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
        ("inputs", Value::List(Vec::new())),
        ("exclude", Value::List(Vec::new())),
        ("strict", Value::Flag(false)),
        ("profile", Value::Text(DEFAULT_PROFILE.to_owned())),
    ];
    for (name, default) in defaults {
        let written = analysis.and_then(|analysis| analysis.get(name));
        let value = written.map_or(default, written_value);
        let from = written.map_or_else(|| "default".to_owned(), at);
        if let (Some(_), "profile", Value::Text(profile)) = (written, name, &value) {
            session::profile(profile)?;
        }
        settings.push(Setting { name, value: Some(value), from });
    }
    for (name, table) in [("expectations", "expect"), ("suppressions", "ignore")] {
        let node = root.and_then(|root| root.get(table));
        let count = node.map_or(0, |node| node.elements().len());
        let from =
            node.and_then(|node| node.elements().first()).map_or_else(|| format!("no [[{table}]]"), at);
        settings.push(Setting { name, value: Some(Value::Number(count)), from });
    }
    Ok(settings)
}

fn broken(name: &str, text: &Text, problem: &Diagnostic) -> Failure {
    let place = problem.span.map_or_else(String::new, |span| {
        let place = position_in(text, span.start);
        format!("{name}:{}:{}: ", place.line, place.column)
    });
    Failure::new(format!("{place}{}", problem.message)).maybe_help(problem.help.clone())
}

/// What was written, as a list where one is expected.
fn written_value(node: &Node<'_>) -> Value {
    if let Some(text) = node.as_str() {
        return Value::Text(text.to_owned());
    }
    if let Some(flag) = node.as_bool() {
        return Value::Flag(flag);
    }
    Value::List(node.elements().iter().filter_map(Node::as_str).map(str::to_owned).collect())
}
