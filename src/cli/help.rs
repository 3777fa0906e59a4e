//! The commands in the order a user meets them, for `--help`.

use std::fmt::Write as _;
use std::io;

use clap::error::ErrorKind;
use clap::{Command, Error};

use super::console::columns;

/// Every command that is shown, under what it is for.
const GROUPS: &[(&str, &[&str])] = &[
    ("Ask", &["can", "who", "trust", "matrix", "explain", "shell"]),
    ("Hold, in CI and before a commit", &["check", "lint", "diff"]),
    ("Bring the facts together", &["init", "inputs", "collect"]),
    ("For programs", &["simulate", "lsp", "mcp", "generate", "config"]),
];

/// clap lists commands in one block; the template takes ours instead, with the words that clap has for each.
pub(super) fn grouped(command: Command) -> Command {
    let styles = command.get_styles().clone();
    let (header, literal) = (*styles.get_header(), *styles.get_literal());
    let about = |name: &str| {
        let found = command.get_subcommands().find(|command| command.get_name() == name);
        found.and_then(Command::get_about).map(ToString::to_string).unwrap_or_default()
    };
    let width = GROUPS.iter().flat_map(|(_, names)| *names).map(|name| name.len()).max().unwrap_or(0);
    let mut listed = String::new();
    for (group, names) in GROUPS {
        _ = writeln!(listed, "{header}{group}:{header:#}");
        for name in *names {
            let text = about(name);
            let about = textwrap::wrap(&text, columns().saturating_sub(width + 4));
            let rest = format!("\n{:1$}", "", width + 4);
            _ = writeln!(listed, "  {literal}{name:<width$}{literal:#}  {}", about.join(&rest));
        }
        listed.push('\n');
    }
    let template =
        format!("{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{listed}{{options}}{{after-help}}");
    command.help_template(template)
}

/// Whether this is the help of the program itself, and of no command.
pub(super) fn is_of_program(error: &Error, command: &mut Command) -> bool {
    error.kind() == ErrorKind::DisplayHelp
        && error.render().to_string() == command.render_long_help().to_string()
}

/// One looks for a command here: what every value of every option means is told after one.
pub(super) fn print(command: Command) -> io::Result<()> {
    command
        .mut_arg("help", |help| help.help("Print help; after a command, its options and examples"))
        .print_help()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn every_command_is_in_one_group() {
        let mut listed: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| *names).copied().collect();
        listed.sort_unstable();
        let command = Cli::command();
        let mut commands: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
        commands.sort_unstable();
        assert_eq!(listed, commands);
    }

    #[test]
    fn every_command_shows_examples() {
        let mut open: Vec<Command> = Cli::command().get_subcommands().cloned().collect();
        while let Some(command) = open.pop() {
            let inner: Vec<Command> = command.get_subcommands().cloned().collect();
            let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let name = command.get_name();
            assert!(
                after.contains("Examples:")
                    || !inner.is_empty()
                    || ["completions", "man", "schema"].contains(&name),
                "{name}"
            );
            open.extend(inner);
        }
    }
}
