use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::can::{context, doubts, pair, unasked};
use super::level::{UnknownArgs, ZeroArgs};
use super::session::Loaded;
use super::what_if::WhatIfArgs;
use super::{Exit, Failure, Run, check, complete};
use crate::ask::{self, BecomesQuestion, Circumstances, Layer, TrustQuestion, Verdict};
use crate::finding::{Checked, Report};
use crate::report::Shape;
use crate::role_findings;

/// How many ways of one principal `--all` shows.
const ALL_WAYS: usize = 1000;

/// Who can assume a role: directly, over other roles, from outside
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  decryptable trust IAM_CLUSTER                          everyone who can assume the role, and how
  decryptable trust IAM_CLUSTER --by service:ec2.amazonaws.com
  decryptable trust IAM_CLUSTER --escalation             and who could, by changing something first
  decryptable trust IAM_CLUSTER --format svg > trust.svg
  decryptable trust --format json                        every step between the principals of the estate

Ends with 0; with --by, with 0 for yes, 1 for no, 4 for it depends.")]
pub(super) struct Args {
    /// The role: its ARN, or its name where only one role has it; left out, every role
    #[arg(value_name = "ROLE", add = complete::of_principals())]
    role: Option<String>,

    /// Ask about this principal only: the ARN of a role, user or session, service:NAME or federated:ARN
    #[arg(long, value_name = "PRINCIPAL", requires = "role", add = complete::of_principals())]
    by: Option<String>,

    /// Also show who could assume the role by changing something first
    #[arg(long, alias = "could")]
    escalation: bool,

    /// Show every way of a principal, not only the shortest one
    #[arg(long)]
    all: bool,

    /// Read this file, directory or glob too
    #[arg(long, value_name = "PATH")]
    input: Vec<PathBuf>,

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
    unknown: UnknownArgs,

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
        let question = TrustQuestion {
            role: self.role,
            by: self.by,
            ways_of_one: if self.all { ALL_WAYS } else { 1 },
            escalation: self.escalation,
            circumstances: Circumstances { context, ..Circumstances::default() },
            strict: self.strict || loaded.config.analysis.strict,
        };
        let name = question.role.as_deref().unwrap_or_default();
        let busy = run.console.busy("looking for ways");
        let map = match ask::trust(&loaded.intake.estate, &question) {
            Ok(map) => map,
            Err(error) => return loaded.cannot_ask(run, unasked(name, &error)),
        };
        drop(busy);
        if !loaded.rests_on_sound_documents(&ask::scope_of_map(&loaded.intake.estate, &map)) {
            return loaded.refuse(run);
        }
        let estate = &loaded.intake.estate;
        let mut answers = Vec::new();
        let mut exit = Exit::Ok;
        if let (Some(role), Some(by)) = (&question.role, &question.by) {
            let today = map.paths.iter().filter(|path| map.layer(path) == Layer::Today);
            let best = today.map(|path| path.verdict).min_by_key(|verdict| *verdict != Verdict::Allowed);
            exit = check::judge(best.unwrap_or(Verdict::Denied), None, self.unknown.unknown);
            if best.is_none() {
                let direct = BecomesQuestion {
                    role: role.clone(),
                    by: by.clone(),
                    action: None,
                    also: Vec::new(),
                    circumstances: question.circumstances.clone(),
                    strict: question.strict,
                };
                let answer = ask::assume(estate, &direct).map_err(|error| unasked(role, &error))?;
                answers.push(Checked::asked(answer));
            }
        }
        let mut findings = Vec::new();
        if let (Some(role), None) = (&question.role, &question.by) {
            let role = estate.role(role).map_err(|error| unasked(role, &error.into()))?;
            findings = role_findings::of_role(estate, role, &map);
        }
        let problems = std::mem::take(&mut loaded.intake.problems);
        let report = Report { answers, findings, problems, map: Some(map), ..Report::default() };
        run.outputs.write(&report, &loaded.intake.sources, &run.console, Shape::Answer, exit)?;
        Ok(exit.or_zero(self.zero.exit_zero))
    }
}
