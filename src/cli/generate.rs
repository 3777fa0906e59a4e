use clap::{Args as ClapArgs, CommandFactory as _, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::output::to_stdout;
use super::{Cli, Exit, Failure, Run, schema};

/// Files for other programs: completions, manual pages and JSON Schemas
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  decryptable generate completions bash > ~/.local/share/bash-completion/completions/decryptable
  decryptable generate completions zsh > ~/.zfunc/_decryptable
  source <(COMPLETE=bash decryptable)                    completes names of the estate, too
  decryptable generate man > ~/.local/share/man/man1/decryptable.1
  decryptable generate man can | man -l -
  decryptable generate schema manifest > decryptable.schema.json")]
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
    /// The JSON Schema of what is read or written
    Schema {
        #[arg(value_enum)]
        of: Of,
    },
}

#[derive(Copy, Clone, Debug, ValueEnum)]
enum Of {
    /// The file of --baseline
    Baseline,
    /// decryptable.toml
    Manifest,
    /// --format json and --format jsonl
    Output,
    /// A line of `simulate`, in or out
    Simulate,
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
            What::Schema { of } => write_schema(of)?,
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

fn write_schema(of: Of) -> Result<(), Failure> {
    let schema = match of {
        Of::Manifest => schema::manifest(),
        Of::Baseline => Ok(schema::baseline()),
        Of::Output => Ok(schema::output()),
        Of::Simulate => schema::simulate(),
    };
    let schema = schema
        .map_err(|error| Failure::new(format!("the schema that was built in cannot be read: {error}")))?;
    to_stdout(|out| {
        serde_json::to_writer_pretty(&mut *out, &schema)?;
        writeln!(out)
    })
}
