use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;

use super::question_args::AskedArgs;
use super::session::Loaded;
use super::{Exit, Failure, Run, output};
use crate::ask::gaps::{self, MissingFact};
use crate::load::InputFile;
use crate::name::AccountId;
use crate::report::script::Script;

/// Print a read-only script that gathers what is missing
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  decryptable collect --print-script > collect.sh
  decryptable collect --print-script --role arn:aws:iam::111111111111:role/IAM_CLUSTER --object s3://lake/curated/a
  decryptable collect --print-script --all --account 111111111111 --account 222222222222

This program never talks to AWS: read the script, run it with `sh collect.sh`, and list the directory it
writes among the inputs. Then ask again: facts may name further things, such as the key of a bucket.")]
pub(super) struct Args {
    /// Read these in place of the inputs that decryptable.toml lists
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Print the script to standard output
    #[arg(long)]
    print_script: bool,

    /// The directory the script writes
    #[arg(long, value_name = "DIR", default_value = "estate")]
    out: String,

    /// Gather everything of the accounts that are named, not only what the questions need
    #[arg(long, requires = "account", conflicts_with_all = ["role", "object", "strict"])]
    all: bool,

    /// An account to gather with --all
    #[arg(long, value_name = "ID", requires = "all", value_parser = account)]
    account: Vec<AccountId>,

    #[command(flatten)]
    asked: AskedArgs,
}

fn account(text: &str) -> Result<AccountId, String> {
    text.parse::<AccountId>()
        .ok()
        .filter(|account| !account.is_unknown())
        .ok_or_else(|| "an account id has twelve digits".to_owned())
}

impl Args {
    pub(super) fn run(self, run: &Run) -> Result<Exit, Failure> {
        run.outputs.refuse("collect")?;
        if !self.print_script {
            return Err(Failure::new("this program never talks to AWS").help(
                "add --print-script: it prints a script of read-only AWS CLI calls for you to read and run",
            ));
        }
        let loaded = self.open(run)?;
        if loaded.intake.has_general_errors() {
            return loaded.refuse(run);
        }
        let estate = &loaded.intake.estate;
        let facts = if self.all { Vec::new() } else { self.missing(run, &loaded)? };
        if facts.is_empty() && !self.all {
            run.console.note("nothing is missing that a script could gather");
            return Ok(Exit::Ok);
        }
        if !self.all && facts.iter().all(|fact| gaps::command(fact).is_none()) {
            run.console.note("nothing is missing that a script could gather");
            for row in facts.iter().filter_map(|fact| gaps::row(estate, fact)) {
                run.console.note(&format!("a row of decryptable.toml tells the rest:\n{row}"));
            }
            return Ok(Exit::Ok);
        }
        let was_read = |name: &str| lies_in(&loaded.intake.files, &self.out, name);
        let script =
            Script { facts: &facts, estate, whole: &self.account, out: &self.out, was_read: &was_read };
        let text = script.render().map_err(|error| {
            Failure::new(error.to_string())
                .help("correct the name in the question or in the input that holds it")
        })?;
        output::to_stdout(|out| out.write_all(text.as_bytes()))?;
        Ok(Exit::Ok)
    }

    /// Nothing needs to be there where the command line says what to ask for.
    fn open(&self, run: &Run) -> Result<Loaded, Failure> {
        match Loaded::open(run, &self.paths, &[]) {
            Err(failure) if failure.exit == Exit::NoInputs && (self.all || self.asked.is_given()) => {
                Ok(Loaded::default())
            }
            opened => opened,
        }
    }

    fn missing(&self, run: &Run, loaded: &Loaded) -> Result<Vec<MissingFact>, Failure> {
        let questions = self.asked.questions(loaded)?;
        if questions.is_empty() {
            return Err(Failure::new("nothing is asked, so nothing is missing").help(
                "add [[expect]] rows to decryptable.toml, or --role ARN --object s3://BUCKET/KEY, or --all --account ID",
            ));
        }
        let asked: Vec<_> = questions.iter().map(|question| question.asked.clone()).collect();
        let found = gaps::of(&loaded.intake.estate, &asked);
        for (index, error) in &found.unasked {
            let name = questions.get(*index).map_or("", |question| question.name.as_str());
            let help = error.help().map_or_else(String::new, |help| format!("; {help}"));
            run.console.warn(&format!("{name}: {error}{help}"));
        }
        if found.gaps.is_empty() && !found.unasked.is_empty() {
            return Err(Failure::new("no question can be asked").help("name a role by its ARN"));
        }
        Ok(found.gaps.into_iter().map(|gap| gap.fact).collect())
    }
}

/// Whether an input is this file of a directory.
fn lies_in(files: &[InputFile], out: &str, name: &str) -> bool {
    let plain = |path: &Path| -> PathBuf {
        path.components().filter(|part| !matches!(part, std::path::Component::CurDir)).collect()
    };
    let wanted = plain(&Path::new(out).join(name));
    files.iter().any(|file| plain(Path::new(&file.path)).ends_with(&wanted))
}
