//! The command line: flags in, an exit code out.
//!
//! Each command is a file with its `Args` and what it runs; only this module reads the environment and the
//! terminal.

mod baseline;
mod can;
mod check;
mod collect;
mod complete;
mod console;
mod denied;
mod diff;
mod exit;
mod explain;
mod failure;
mod generate;
mod global;
mod grammar;
mod help;
mod init;
mod inputs;
mod level;
mod lint;
mod lsp;
mod matrix;
mod mcp;
mod output;
mod picker;
mod progress;
mod question_args;
mod schema;
mod session;
mod settings;
mod shell;
mod simulate;
mod suppress;
mod trust;
mod watch;
mod what_if;
mod who;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{ColorChoice, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use console::Console;
pub use exit::Exit;
use failure::Failure;
use global::Global;
use output::Outputs;

/// States whether an AWS role can read an SSE-KMS encrypted S3 object, under which conditions, and which
/// statement decides. No network access, no credentials: it reads policies from files.
#[derive(Debug, Parser)]
#[command(
    name = "decryptable",
    version,
    disable_help_subcommand = true,
    after_help = "\
Examples:
  decryptable init               propose a decryptable.toml from the files here
  decryptable can IAM_CLUSTER s3://lake/curated/part-0.parquet

Exit codes:
  0  yes, or nothing to complain about
  1  no, or findings
  2  wrong usage or input: nothing was decided, or not everything
  3  nothing to read, or nothing asked
  4  it depends on something unknown (see --unknown)"
)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Can(Box<can::Args>),
    Check(check::Args),
    Collect(collect::Args),
    Config(settings::Args),
    Diff(diff::Args),
    Explain(explain::Args),
    Generate(generate::Args),
    Init(init::Args),
    Inputs(inputs::Args),
    Lint(lint::Args),
    Lsp(lsp::Args),
    Matrix(matrix::Args),
    Mcp(mcp::Args),
    Shell(shell::Args),
    Simulate(simulate::Args),
    Trust(trust::Args),
    Who(who::Args),
}

impl Command {
    /// The paths on the command line of what is to be asked again and again.
    fn watched(&self) -> Option<Vec<PathBuf>> {
        let (watch, named) = match self {
            Self::Can(args) => (&args.watch, &args.input),
            Self::Check(args) => (&args.watch, &args.paths),
            Self::Lint(args) => (&args.watch, &args.paths),
            Self::Collect(_)
            | Self::Config(_)
            | Self::Diff(_)
            | Self::Explain(_)
            | Self::Generate(_)
            | Self::Init(_)
            | Self::Inputs(_)
            | Self::Lsp(_)
            | Self::Matrix(_)
            | Self::Mcp(_)
            | Self::Shell(_)
            | Self::Simulate(_)
            | Self::Trust(_)
            | Self::Who(_) => return None,
        };
        watch.watch.then(|| named.clone())
    }

    fn run(self, run: &Run) -> Result<Exit, Failure> {
        match self {
            Self::Can(args) => args.run(run),
            Self::Check(args) => args.run(run),
            Self::Collect(args) => args.run(run),
            Self::Config(args) => args.run(run),
            Self::Diff(args) => args.run(run),
            Self::Explain(args) => args.run(run),
            Self::Generate(args) => args.run(run),
            Self::Init(args) => args.run(run),
            Self::Inputs(args) => args.run(run),
            Self::Lint(args) => args.run(run),
            Self::Lsp(args) => args.run(run),
            Self::Matrix(args) => args.run(run),
            Self::Mcp(args) => args.run(run),
            Self::Shell(args) => args.run(run),
            Self::Simulate(args) => args.run(run),
            Self::Trust(args) => args.run(run),
            Self::Who(args) => args.run(run),
        }
    }
}

/// What a command needs to know of how it was called.
#[derive(Debug)]
struct Run {
    console: Console,
    outputs: Outputs,
    /// `--config`
    config: Option<PathBuf>,
    /// `--isolated`
    isolated: bool,
    /// Whether `-C` named where to run.
    directory: bool,
    /// `--parameter`
    parameters: std::collections::BTreeMap<String, String>,
    /// `--var-file`, `--var` and `--workspace`
    terraform: crate::load::root_modules::Values,
    /// The directory that the program was started in.
    started: Option<PathBuf>,
    /// What a session has loaded and edited, in place of what would be read.
    world: Option<Arc<session::Loaded>>,
}

impl Run {
    fn new(global: Global, world: Option<Arc<session::Loaded>>) -> Self {
        Self {
            console: Console::new(global.color, global.quiet, global.verbose > 0, !global.no_progress),
            outputs: global.outputs,
            config: global.config,
            isolated: global.isolated,
            directory: global.directory.is_some(),
            parameters: global.parameters.into_iter().collect(),
            terraform: crate::load::root_modules::Values {
                var_files: global.var_files.into_iter().map(|file| (file, None)).collect(),
                base: PathBuf::new(),
                vars: global.vars.into_iter().collect(),
                workspace: global.workspace,
            },
            started: None,
            world,
        }
    }
}

/// Runs the command that the process was started with.
pub fn run() -> Exit {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    complete::answer(&arguments);
    if let Some(exit) = picker::welcome(&arguments) {
        return exit;
    }
    let arguments = picker::filled(&arguments).unwrap_or(arguments);
    let cli = match parse(&arguments) {
        Ok(cli) => cli,
        Err(exit) => return exit,
    };
    let Cli { global, command } = cli;
    let directory = global.directory.clone();
    let mut run = Run::new(global, None);
    run.started = std::env::current_dir().ok();
    let outcome = enter(directory.as_deref()).and_then(|()| match command.watched() {
        Some(named) => watch::run(&run, &arguments, &named),
        None => command.run(&run),
    });
    outcome.unwrap_or_else(|failure| {
        run.console.error(&failure);
        failure.exit
    })
}

fn parse(arguments: &[OsString]) -> Result<Cli, Exit> {
    let mut command = help::grouped(Cli::command()).color(clap_colour(arguments));
    let parsed =
        command.try_get_matches_from_mut(arguments).and_then(|matches| Cli::from_arg_matches(&matches));
    parsed.map_err(|error| {
        // Help and version are what was asked for; when nobody reads them there is nobody to tell.
        let _ = if help::is_of_program(&error, &mut command) { help::print(command) } else { error.print() };
        if error.exit_code() == 0 { Exit::Ok } else { Exit::Error }
    })
}

/// Usage errors follow `--color` too, and they are written before it is parsed.
fn clap_colour(arguments: &[OsString]) -> ColorChoice {
    let mut words = arguments.iter().map(|a| a.to_string_lossy()).peekable();
    let mut choice = ColorChoice::Auto;
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("--color") {
            Some("") => words.peek().map(|next| next.to_string()),
            Some(rest) => rest.strip_prefix('=').map(str::to_owned),
            None => None,
        };
        choice = match value.as_deref() {
            Some("always") => ColorChoice::Always,
            Some("never") => ColorChoice::Never,
            Some("auto") => ColorChoice::Auto,
            Some(_) | None => choice,
        };
    }
    choice
}

fn enter(directory: Option<&std::path::Path>) -> Result<(), Failure> {
    let Some(directory) = directory else { return Ok(()) };
    std::env::set_current_dir(directory).map_err(|error| {
        Failure::new(format!("cannot run in {}: {error}", directory.display()))
            .help("name a directory that is there")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn colours_of_usage_errors() {
        let choice = |words: &[&str]| clap_colour(&words.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(choice(&["decryptable", "--color", "never"]), ColorChoice::Never);
        assert_eq!(choice(&["decryptable", "--color=always", "x"]), ColorChoice::Always);
        assert_eq!(choice(&["decryptable", "--colour=always"]), ColorChoice::Auto);
    }
}
