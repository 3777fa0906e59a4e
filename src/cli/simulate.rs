use std::fs::File;
use std::io::{self, BufReader};
use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::{Exit, Failure, Run, output};
use crate::ask;

const BUFFER: usize = 1 << 20;

/// A batch of requests with their policies inline, one JSON object a line
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  decryptable simulate requests.jsonl > decisions.jsonl
  echo '{\"ActionNames\": [\"s3:GetObject\"], \"ResourceArns\": [\"arn:aws:s3:::lake/a\"], \"PolicyInputList\": [\"…\"]}' \\
    | decryptable simulate

The members are those of `aws iam simulate-custom-policy`, so its --cli-input-json files work unchanged.
A line that cannot be understood gets an `Error` of its own, and the run ends with exit code 2.")]
pub(super) struct Args {
    /// A file of requests; `-` or nothing reads standard input
    #[arg(value_name = "FILE", default_value = "-", hide_default_value = true)]
    file: PathBuf,
}

impl Args {
    pub(super) fn run(self, run: &Run) -> Result<Exit, Failure> {
        run.outputs.refuse("simulate")?;
        let mut summary = None;
        let mut failed = None;
        output::to_stdout(|out| {
            let ran = if self.file.as_os_str() == "-" {
                ask::simulate::run(&mut BufReader::with_capacity(BUFFER, io::stdin().lock()), out)
            } else {
                match File::open(&self.file) {
                    Ok(file) => ask::simulate::run(&mut BufReader::with_capacity(BUFFER, file), out),
                    Err(error) => {
                        failed = Some(Failure::new(format!("cannot read {}: {error}", self.file.display())));
                        return Ok(());
                    }
                }
            };
            summary = Some(ran?);
            Ok(())
        })?;
        if let Some(failure) = failed {
            return Err(failure);
        }
        Ok(if summary.is_some_and(|summary| summary.errors > 0) { Exit::Error } else { Exit::Ok })
    }
}
