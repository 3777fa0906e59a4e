use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::can::{context, doubts, object, pair, unasked};
use super::level::ZeroArgs;
use super::session::{self, Loaded};
use super::what_if::WhatIfArgs;
use super::{Exit, Failure, Run, complete, grammar};
use crate::ask::{self, Circumstances, WhoDoes, WhoQuestion};
use crate::estate::ObjectUri;
use crate::finding::Report;
use crate::policy;
use crate::report::Shape;

/// How many ways of one principal `--all` shows.
const ALL_WAYS: usize = 1000;

/// Who can read an object, or do something else, directly or not
#[derive(Debug, ClapArgs)]
#[command(
    override_usage = "decryptable who [OPTIONS] [OPERATION|ACTION] <TARGET>...",
    after_help = "\
Examples:
  decryptable who s3://lake/curated/part-0.parquet       who can read it, and as whom
  decryptable who s3://lake/curated/* --direct           without assuming anybody else first
  decryptable who --action kms:Decrypt alias/lake        who can use the key
  decryptable who --action s3:PutObject arn:aws:s3:::lake/curated/x --format json
  decryptable who write s3://lake/curated/x              who can overwrite it
  decryptable who kms:GenerateDataKey alias/lake         the same as with --action

Principals that no input describes are named by what is known of them: the account, the organization, a service."
)]
pub(super) struct Args {
    /// What is done, where that is not a read, and to what: s3://BUCKET/KEY, in which a `*` or `?` asks about every key
    /// that fits, or the resource of an action
    #[arg(value_name = "TARGET", required = true, num_args = 1.., add = complete::of_questions())]
    asked: Vec<String>,

    /// Ask who can do this, in place of who can read
    #[arg(long, value_name = "SERVICE:ACTION", add = complete::of_operations())]
    action: Option<String>,

    /// Only who can without assuming another role first
    #[arg(long, conflicts_with_all = ["all", "escalation"])]
    direct: bool,

    /// Also show who could get access by changing something first
    #[arg(long, alias = "could")]
    escalation: bool,

    /// Show every way of a principal, not only the shortest one
    #[arg(long)]
    all: bool,

    /// The requirements to judge a read by
    #[arg(long, value_name = "NAME", conflicts_with = "action", add = complete::of_profiles())]
    profile: Option<String>,

    /// Read this file, directory or glob too
    #[arg(long, value_name = "PATH")]
    pub(super) input: Vec<PathBuf>,

    /// What was not supplied makes a step conditional
    #[arg(long)]
    strict: bool,

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

impl Args {
    pub(super) fn run(self, run: &Run) -> Result<Exit, Failure> {
        let context = context(&self.context, &self.absent)?;
        let mut loaded = Loaded::open(run, &[], &self.input)?;
        self.what_if.make(&mut loaded)?;
        loaded.intake.problems.extend(doubts(&context));
        if loaded.intake.has_general_errors() {
            return loaded.refuse(run);
        }
        let profile = self.profile.as_deref().unwrap_or_else(|| loaded.config.analysis.profile());
        let what = what(self.action, &self.asked, &session::profile(profile)?)?;
        if let WhoDoes::Action { action, .. } = &what {
            loaded.intake.problems.extend(policy::unknown_action(action));
        }
        let question = WhoQuestion {
            what,
            ways_of_one: if self.all { ALL_WAYS } else { 1 },
            direct: self.direct,
            escalation: self.escalation,
            circumstances: Circumstances { context, ..Circumstances::default() },
            strict: self.strict || loaded.config.analysis.strict,
        };
        let busy = run.console.busy("looking at every principal");
        let map = match ask::who(&loaded.intake.estate, &question) {
            Ok(map) => map,
            Err(error) => return loaded.cannot_ask(run, unasked("", &error)),
        };
        drop(busy);
        if !loaded.rests_on_sound_documents(&ask::scope_of_map(&loaded.intake.estate, &map)) {
            return loaded.refuse(run);
        }
        let problems = std::mem::take(&mut loaded.intake.problems);
        let report = Report { problems, map: Some(map), ..Report::default() };
        run.outputs.write(&report, &loaded.intake.sources, &run.console, Shape::Answer, Exit::Ok)?;
        Ok(Exit::Ok.or_zero(self.zero.exit_zero))
    }
}

/// What somebody does.
fn what(action: Option<String>, asked: &[String], profile: &str) -> Result<WhoDoes, Failure> {
    let one = |words: &[String]| match words {
        [only] => Ok(only.clone()),
        _ => {
            Err(Failure::new("`who` asks about one target").help("ask about the others in runs of their own"))
        }
    };
    if let Some(action) = action {
        return Ok(WhoDoes::Action { action, resource: one(asked)? });
    }
    match asked {
        [only] if !grammar::is_word(only) => {
            Ok(WhoDoes::Read { object: uri(only)?, profile: profile.to_owned() })
        }
        _ => grammar::Asked::read("ROLE", asked)?.by_whom(profile),
    }
}

fn uri(text: &str) -> Result<ObjectUri, Failure> {
    object(text).map_err(|message| {
        Failure::new(format!("`{text}`: {message}"))
            .help("to ask about another resource, say with --action what is done to it")
    })
}
