use std::io::{self, BufReader, Read};
use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::{Exit, Failure, Run, output};
use crate::ask;
use crate::load::disk::{self, ReadError};

const BUFFER: usize = 1 << 20;

/// Decide requests that bring their policies, one JSON object a line
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  decryptable simulate requests.jsonl > decisions.jsonl
  echo '{\"ActionNames\": [\"s3:GetObject\"], \"ResourceArns\": [\"arn:aws:s3:::lake/a\"], \"PolicyInputList\": [\"…\"]}' \\
    | decryptable simulate

The members are those of `aws iam simulate-custom-policy`, so its --cli-input-json files work unchanged.
A line that cannot be understood gets an `Error` of its own, and the run ends with exit code 2.
Without any line it ends with exit code 3.")]
pub(super) struct Args {
    /// A file of requests; `-` or nothing reads standard input
    #[arg(value_name = "FILE", default_value = "-", hide_default_value = true)]
    file: PathBuf,
}

impl Args {
    pub(super) fn run(self, run: &Run) -> Result<Exit, Failure> {
        run.outputs.refuse("simulate")?;
        let input: Box<dyn Read> = if self.file.as_os_str() == "-" {
            Box::new(io::stdin().lock())
        } else {
            let opened = disk::open(&self.file);
            Box::new(opened.map_err(|error| {
                let problem = ReadError::of(&self.file, error).problem(&disk::shown(&self.file), None);
                Failure::new(problem.message).maybe_help(problem.help)
            })?)
        };
        let mut input = Watched { input, failed: None };
        let mut summary = None;
        let written = output::to_stdout(|out| {
            summary = Some(ask::simulate::run(&mut BufReader::with_capacity(BUFFER, &mut input), out)?);
            Ok(())
        });
        if let Some(error) = input.failed {
            return Err(Failure::new(format!("cannot read {}: {error}", self.file.display())));
        }
        written?;
        match summary {
            Some(summary) if summary.lines == 0 => {
                Err(Failure::new("nothing was asked: there are no requests")
                    .no_inputs()
                    .help("give one JSON object a line; `decryptable simulate --help` shows one"))
            }
            Some(summary) if summary.errors > 0 => Ok(Exit::Error),
            Some(_) | None => Ok(Exit::Ok),
        }
    }
}

/// Remembers that reading failed, so that writing is not blamed for it.
struct Watched {
    input: Box<dyn Read>,
    failed: Option<String>,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.input.read(buffer).inspect_err(|error| {
            if error.kind() != io::ErrorKind::Interrupted {
                self.failed = Some(error.to_string());
            }
        })
    }
}
