//! `shell`: many questions of one estate, and what would become of them.

mod circumstances;
mod complete;
mod evidence;
mod record;
mod session;
mod terminal;
mod verbs;
mod written;

use std::io::{self, BufRead as _, IsTerminal as _};
use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::level::worst;
use super::{Exit, Failure, Run};
pub(super) use session::summary;
use session::{Next, Session};

/// Ask many questions of one estate, and try changes
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  decryptable shell                       questions at a prompt; `help` lists the verbs
  decryptable shell < questions.txt       a line for each question, the answers on standard output

Lines are the commands of the program, without its name, and the verbs of a session:
  can IAM_CLUSTER s3://lake/curated/x     then `write`, or `as OTHER_ROLE`, of the same object
  set aws:SourceVpce vpce-0a1b2c3d        asks again under these circumstances
  what-if drop kms/lake.json#Readers      asks again of the edited policy, and shows who else is concerned
  undo

On a pipe the program ends as the worst line would have, and with -e at the first line in error.")]
pub(super) struct Args {
    /// Files and directories to read in place of what the manifest lists
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Stop at the first line that is in error
    #[arg(short = 'e', long)]
    stop_on_error: bool,
}

impl Args {
    pub(super) fn run(self, run: &Run) -> Result<Exit, Failure> {
        if run.world.is_some() {
            return Err(Failure::new("this is a session already").help("`load FILE` reads another file"));
        }
        run.outputs.refuse("shell")?;
        let mut session = Session::open(run, self.paths)?;
        if io::stdin().is_terminal() && io::stdout().is_terminal() {
            terminal::run(&mut session, run)
        } else {
            script(&mut session, run, self.stop_on_error)
        }
    }
}

/// Lines in, answers out.
fn script(session: &mut Session, run: &Run, stop_on_error: bool) -> Result<Exit, Failure> {
    let mut ends = Vec::new();
    for line in io::stdin().lock().lines() {
        let line = line.map_err(|error| {
            Failure::new(format!("cannot read standard input: {error}")).help("lines are text in UTF-8")
        })?;
        match session.eval(&line) {
            Ok(Next::Go(exit)) => ends.push(exit),
            Ok(Next::Leave) => break,
            Err(failure) => {
                run.console.error(&failure);
                ends.push(failure.exit);
            }
        }
        if stop_on_error && ends.last() == Some(&Exit::Error) {
            break;
        }
    }
    Ok(worst(ends))
}
