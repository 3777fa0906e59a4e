use clap::{Args as ClapArgs, CommandFactory as _, Subcommand};
use clap_complete::Shell;

use super::output::to_stdout;
use super::{Cli, Exit, Failure, Run};

/// Files that make the program at home: completions and manual pages
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  decryptable generate completions bash > ~/.local/share/bash-completion/completions/decryptable
  decryptable generate completions zsh > ~/.zfunc/_decryptable
  decryptable generate man > ~/.local/share/man/man1/decryptable.1
  decryptable generate man can | man -l -")]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Completions of a shell
    Completions {
        #[arg(value_enum)]
        shell: Shell,
    },
    /// The manual page of the program, or of one command
    Man {
        #[arg(value_name = "COMMAND")]
        command: Option<String>,
    },
}

impl Args {
    pub(super) fn run(self, run: &Run) -> Result<Exit, Failure> {
        run.outputs.refuse("generate")?;
        let mut program = Cli::command();
        program.build();
        match self.what {
            What::Completions { shell } => to_stdout(|out| {
                let mut text = Vec::new();
                clap_complete::generate(shell, &mut program, "decryptable", &mut text);
                out.write_all(&text)
            })?,
            What::Man { command: None } => to_stdout(|out| clap_mangen::Man::new(program).render(out))?,
            What::Man { command: Some(name) } => {
                let known: Vec<&str> = program.get_subcommands().map(clap::Command::get_name).collect();
                let Some(found) = program.find_subcommand(&name) else {
                    return Err(Failure::unknown("command", &name, known.iter().copied()));
                };
                to_stdout(|out| clap_mangen::Man::new(found.clone()).render(out))?;
            }
        }
        Ok(Exit::Ok)
    }
}
