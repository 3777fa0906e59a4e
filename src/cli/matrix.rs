use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::can::{context, doubts, pair, unasked};
use super::level::ZeroArgs;
use super::session::{self, Loaded};
use super::what_if::WhatIfArgs;
use super::{Exit, Failure, Run, complete, grammar};
use crate::ask::{self, AllPairsQuestion, Circumstances, MatrixQuestion};
use crate::estate::Estate;
use crate::finding::Report;
use crate::name::{Lookup, Match, Wild};
use crate::operation;
use crate::policy;
use crate::report::Shape;

/// What every role may do with every bucket, as a table
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  decryptable matrix                                              every role, every bucket: list, read, write, delete
  decryptable matrix --role 'etl-*' --target 's3://lake/raw/*' --operation read --operation multipart
  decryptable matrix --format csv --output access.csv
  decryptable matrix --all --output access.jsonl                 everybody, every key, every bucket: what is not denied

Each cell is the answer of `can`, with the gate that decides. Without PATH the inputs are those of decryptable.toml.
Ends with 0, also where access is denied.")]
pub(super) struct Args {
    /// Read these in place of the inputs that decryptable.toml lists
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Only roles and users with this ARN or name; `*` and `?` stand for many
    #[arg(long, value_name = "ROLE", add = complete::of_principals())]
    role: Vec<String>,

    /// What is asked about, in place of every bucket
    #[arg(long, value_name = "TARGET", add = complete::of_questions())]
    target: Vec<String>,

    /// What is done: an operation with one target, or an action such as kms:Decrypt
    #[arg(long, value_name = "OPERATION|ACTION", add = complete::of_operations())]
    operation: Vec<String>,

    /// Everybody with every KMS key (kms:Decrypt) and every bucket (read), alike ones together, as JSON Lines
    #[arg(long, conflicts_with = "target")]
    all: bool,

    /// The requirements to judge a read by
    #[arg(long, value_name = "NAME", add = complete::of_profiles())]
    profile: Option<String>,

    /// What was not supplied makes an answer conditional
    #[arg(long)]
    strict: bool,

    /// A header of the requests to S3; `<absent>` as its value says that they lack it
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair, help_heading = "Request")]
    header: Vec<(String, String)>,

    /// A context key of the requests and its value; the same key again adds a value
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair, help_heading = "Request")]
    context: Vec<(String, String)>,

    /// A context key that the requests are known to lack
    #[arg(long, value_name = "KEY", help_heading = "Request")]
    absent: Vec<String>,

    #[command(flatten)]
    what_if: WhatIfArgs,

    #[command(flatten)]
    zero: ZeroArgs,
}

/// What is asked where the command line does not say.
const USUAL: [&str; 4] = ["list", "read", "write", "delete"];

impl Args {
    pub(super) fn run(self, run: &Run) -> Result<Exit, Failure> {
        let context = context(&self.context, &self.absent)?;
        let headers = grammar::headers(&self.header)?;
        let operations = if self.all { of_all(&self.operation)? } else { operations(&self.operation)? };
        let mut loaded = Loaded::open(run, &self.paths, &[])?;
        self.what_if.make(&mut loaded)?;
        loaded.intake.problems.extend(doubts(&context));
        loaded.intake.problems.extend(operations.iter().filter_map(|name| policy::unknown_action(name)));
        if loaded.intake.has_general_errors() {
            return loaded.refuse(run);
        }
        let estate = &loaded.intake.estate;
        let profile = self.profile.as_deref().unwrap_or_else(|| loaded.config.analysis.profile());
        if self.all {
            let question = AllPairsQuestion {
                principals: match self.role.is_empty() {
                    false => Some(principals(estate, &self.role)?),
                    true => None,
                },
                operations,
                profile: session::profile(profile)?,
                circumstances: Circumstances { context, headers, ..Circumstances::default() },
                strict: self.strict || loaded.config.analysis.strict,
            };
            return all_pairs(run, loaded, &question).map(|exit| exit.or_zero(self.zero.exit_zero));
        }
        let targets = match self.target.is_empty() {
            false => self.target,
            true => estate.buckets.iter().map(|bucket| format!("s3://{}/*", bucket.name)).collect(),
        };
        let question = MatrixQuestion {
            principals: principals(estate, &self.role)?,
            operations,
            targets,
            profile: session::profile(profile)?,
            circumstances: Circumstances { context, headers, ..Circumstances::default() },
            strict: self.strict || loaded.config.analysis.strict,
        };
        if question.principals.is_empty() || question.targets.is_empty() {
            return Err(Failure::new(
                "there is nothing to ask about: the files tell of no role, or of no bucket",
            )
            .no_inputs()
            .help("name files with --role, --target and paths, or add them to decryptable.toml"));
        }
        let busy = run.console.busy("asking about every role");
        let matrix = match ask::matrix(estate, &question) {
            Ok(matrix) => matrix,
            Err(error) => return loaded.cannot_ask(run, unasked("", &error)),
        };
        drop(busy);
        if !loaded.rests_on_sound_documents(&ask::scope_of_all(&loaded.intake.estate)) {
            return loaded.refuse(run);
        }
        let problems = std::mem::take(&mut loaded.intake.problems);
        let report = Report { problems, matrix: Some(matrix), ..Report::default() };
        run.outputs.write(&report, &loaded.intake.sources, &run.console, Shape::Answer, Exit::Ok)?;
        Ok(Exit::Ok.or_zero(self.zero.exit_zero))
    }
}

/// Every pair that is not denied, as lines.
fn all_pairs(run: &Run, mut loaded: Loaded, question: &AllPairsQuestion) -> Result<Exit, Failure> {
    let outputs = run.outputs.all_in("jsonl", "matrix --all")?;
    let estate = &loaded.intake.estate;
    if estate.roles.is_empty() || (estate.keys.is_empty() && estate.buckets.is_empty()) {
        return Err(Failure::new(
            "there is nothing to ask about: the files tell of no role, or of neither key nor bucket",
        )
        .no_inputs()
        .help("name files with paths, or add them to decryptable.toml"));
    }
    let busy = run.console.busy("asking about everybody and everything");
    let all = match ask::all_pairs(estate, question) {
        Ok(all) => all,
        Err(error) => return loaded.cannot_ask(run, unasked("", &error)),
    };
    drop(busy);
    if !loaded.rests_on_sound_documents(&ask::scope_of_all(&loaded.intake.estate)) {
        return loaded.refuse(run);
    }
    let problems = std::mem::take(&mut loaded.intake.problems);
    let beside = Report { problems, ..Report::default() };
    if !beside.problems.is_empty() {
        run.outputs.beside(&beside, &loaded.intake.sources, &run.console)?;
    }
    let report = Report { all_pairs: Some(all), ..Report::default() };
    outputs.write(&report, &loaded.intake.sources, &run.console, Shape::Answer, Exit::Ok)?;
    Ok(Exit::Ok)
}

/// What is asked of everything: operations are about buckets, actions of KMS about keys.
fn of_all(named: &[String]) -> Result<Vec<String>, Failure> {
    if named.is_empty() {
        return Ok(vec!["kms:Decrypt".to_owned(), "read".to_owned()]);
    }
    let operations = operations(named)?;
    let is_about_keys = |name: &str| name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("kms:"));
    match operations.iter().find(|name| operation::find(name).is_none() && !is_about_keys(name)) {
        Some(other) => Err(Failure::new(format!("`matrix --all` does not ask about {other}"))
            .help("it asks operations of every bucket, and actions of KMS of every key")),
        None => Ok(operations),
    }
}

fn operations(named: &[String]) -> Result<Vec<String>, Failure> {
    if named.is_empty() {
        return Ok(USUAL.map(str::to_owned).to_vec());
    }
    for name in named {
        match operation::find(name) {
            Some(row) if row.has_two_targets() || row.name == operation::DELIVER => {
                return Err(Failure::new(format!("`{name}` has no place in a table of roles and targets"))
                    .help(format!("ask about it with `decryptable can ROLE {name} …`")));
            }
            Some(_) => {}
            None if grammar::is_word(name) => {}
            None => return Err(Failure::unknown("operation", name, operation::names())),
        }
    }
    Ok(named.to_vec())
}

/// The roles and users that fit one of the patterns; all roles without any.
fn principals(estate: &Estate, patterns: &[String]) -> Result<Vec<String>, Failure> {
    let roles = || estate.roles.iter().map(|role| (role.arn.value.as_str(), role.name()));
    let users = estate.users.iter().map(|user| {
        let arn = user.arn.value.as_str();
        (arn, arn.rsplit('/').next().unwrap_or(arn))
    });
    if patterns.is_empty() {
        return Ok(roles().map(|(arn, _)| arn.to_owned()).collect());
    }
    let all: Vec<(&str, &str)> = roles().chain(users).collect();
    let mut found: Vec<String> = Vec::new();
    for text in patterns {
        let pattern = Wild::glob(text, false);
        let fits = |name: &str| pattern.matches(name, &|_| Lookup::Absent) == Match::Yes;
        let before = found.len();
        for (arn, name) in &all {
            if (fits(arn) || fits(name)) && !found.iter().any(|known| known == arn) {
                found.push((*arn).to_owned());
            }
        }
        if found.len() == before {
            return Err(Failure::unknown("role", text, all.iter().map(|(_, name)| *name)));
        }
    }
    Ok(found)
}
