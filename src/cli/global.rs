use std::path::PathBuf;

use clap::{ArgAction, Args};

use super::console::Colour;
use super::output::Outputs;

/// What every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct Global {
    /// Run as if started in this directory
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub(super) directory: Option<PathBuf>,

    /// Read this manifest instead of looking for decryptable.toml
    #[arg(long, value_name = "FILE", global = true, conflicts_with = "isolated")]
    pub(super) config: Option<PathBuf>,

    /// Read no manifest
    #[arg(long, global = true)]
    pub(super) isolated: bool,

    /// The value of a template's parameter, AWS::Region and its like too
    #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = parameter, global = true)]
    pub(super) parameters: Vec<(String, String)>,

    /// Read values of variables of Terraform source from this file
    #[arg(long = "var-file", value_name = "FILE", global = true)]
    pub(super) var_files: Vec<String>,

    /// The value of a variable of Terraform source
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = parameter, global = true)]
    pub(super) vars: Vec<(String, String)>,

    /// The workspace of Terraform source
    #[arg(long, value_name = "NAME", global = true)]
    pub(super) workspace: Option<String>,

    #[command(flatten)]
    pub(super) outputs: Outputs,

    /// When to write colours; NO_COLOR, CLICOLOR_FORCE and FORCE_COLOR count too
    #[arg(long, value_name = "WHEN", value_enum, default_value_t, global = true)]
    pub(super) color: Colour,

    /// Show no progress, on a terminal either
    #[arg(long, global = true)]
    pub(super) no_progress: bool,

    /// Say only what failed
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,

    /// Say what was skipped and why
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(super) verbose: u8,
}

fn parameter(written: &str) -> Result<(String, String), String> {
    match written.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        Some(_) | None => Err("write NAME=VALUE".to_owned()),
    }
}
