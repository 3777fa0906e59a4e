use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::baseline::BaselineArgs;
use super::level::{FailArgs, OnUnknown, UnknownArgs, worst};
use super::session::{self, Loaded};
use super::suppress::{self, SuppressionScope};
use super::watch::WatchArgs;
use super::what_if::WhatIfArgs;
use super::{Exit, Failure, Run};
use crate::ask::{self, Answer, AskError, ExactError, Exactly, Exactness, Question, Verdict, profile};
use crate::config::{Config, Expect, expand, expand_roles};
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::estate::Estate;
use crate::finding::{Checked, Outcome, Report};
use crate::lint;
use crate::load::{Ignore, Intake, Scope};
use crate::parallel;
use crate::report::{self, Shape};
use crate::role_findings::{self, Expected};

/// Ask every row of decryptable.toml, and lint: the CI job
#[derive(Debug, Default, ClapArgs)]
#[command(after_help = "\
Examples:
  decryptable check
  decryptable check -C policies/cross-account
  decryptable check --format human --format json --output report.json
  decryptable check --strict --unknown warn

Without PATH the inputs are those of decryptable.toml.")]
pub(super) struct Args {
    /// Read these in place of the inputs that decryptable.toml lists
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,

    /// The requirements to judge by where a row names none
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,

    /// What was not supplied makes an answer conditional
    #[arg(long)]
    strict: bool,

    #[command(flatten)]
    what_if: WhatIfArgs,

    #[command(flatten)]
    pub(super) watch: WatchArgs,

    #[command(flatten)]
    unknown: UnknownArgs,

    #[command(flatten)]
    fail: FailArgs,

    #[command(flatten)]
    baseline: BaselineArgs,
}

/// What a manifest's rows get for an answer, and what was found beside.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) report: Report,
    pub(super) intake: Intake,
    pub(super) config: Config,
    /// Answers that are not given, since a document that has a say in them is in error.
    refused: usize,
}

impl Args {
    pub(super) fn run(self, run: &Run) -> Result<Exit, Failure> {
        let named = self.profile.as_deref().map(session::profile).transpose()?;
        let mut loaded = Loaded::open(run, &self.paths, &[])?;
        if loaded.intake.has_general_errors() {
            return loaded.refuse(run);
        }
        self.what_if.make(&mut loaded)?;
        let judged = match self.judge(loaded, named.as_deref(), run) {
            Ok(judged) => judged,
            Err(loaded) => return loaded.refuse(run),
        };
        let Judged { mut report, mut intake, config, refused } = judged;
        if let Err(problems) = self.baseline.apply(&mut intake.sources, &mut report)? {
            intake.problems.extend(problems);
            return Loaded { intake, config }.refuse(run);
        }
        report.findings.sort_by_key(|finding| finding.span.map(|span| intake.sources.host(span)));
        if config.expects.is_empty() {
            report.problems.push(nothing_asked());
        }
        let exit = match refused {
            0 => self.outcome(&report, run),
            _ => Exit::Error,
        };
        let failed =
            self.fail.failed(&report, |checked| judge_row(checked, self.unknown.unknown) == Exit::Ok);
        run.outputs.write_or(&report, Some(&failed), &intake.sources, &run.console, Shape::Check, exit)?;
        Ok(exit.or_zero(self.fail.zero.exit_zero))
    }

    /// Asks every row, and looks at policies and roles. Gives back what was loaded, with what is wrong in it, where nothing
    /// may be decided.
    pub(super) fn judge(
        &self,
        loaded: Loaded,
        profile: Option<&str>,
        run: &Run,
    ) -> Result<Judged, Box<Loaded>> {
        let Loaded { mut intake, config } = loaded;
        let busy = run.console.busy("asking every row");
        let mut report = Report::default();
        let mut wrong = Vec::new();
        let mut refused: Vec<Scope> = Vec::new();
        let answered = parallel::map(&config.expects, |expect| {
            let mut expect = expect.clone();
            self.adjust(&mut expect, profile);
            let answers = answers(&expect, &intake.estate)?;
            let with_scope = |(answer, exactness): (Answer, Option<Exactness>)| {
                (ask::scope(&intake.estate, &answer), answer, exactness)
            };
            Ok((
                answers.into_iter().map(with_scope).collect::<Vec<_>>(),
                report::circumstances_of(&expect.question),
            ))
        });
        for (expect, answered) in config.expects.iter().zip(answered) {
            match answered {
                Ok((answers, circumstances)) => {
                    for (scope, answer, exactness) in answers {
                        if intake.is_refused(&scope) {
                            refused.push(scope);
                            continue;
                        }
                        report.answers.push(Checked {
                            answer,
                            expected: Some(expect.verdict),
                            row: Some(expect.span),
                            circumstances: circumstances.clone(),
                            exactness,
                        });
                    }
                }
                Err(problem) => wrong.push(problem),
            }
        }
        drop(busy);
        if !wrong.is_empty() {
            intake.problems.extend(wrong);
            return Err(Box::new(Loaded { intake, config }));
        }
        intake.set_aside(&refused);
        if !refused.is_empty() {
            let answers =
                if refused.len() == 1 { "1 answer is" } else { &format!("{} answers are", refused.len()) };
            run.console.warn(&format!("{answers} not given: a document that has a say in it is in error"));
        }
        if !refused.is_empty() && report.answers.is_empty() {
            return Err(Box::new(Loaded { intake, config }));
        }
        // What AWS would put up with is a finding like any other; only what it would refuse stays a problem.
        for problem in std::mem::take(&mut intake.problems) {
            match problem.span {
                Some(_) if !problem.is_error() => report.findings.push(problem),
                Some(_) | None => report.problems.push(problem),
            }
        }
        let busy = run.console.busy("looking at policies and roles");
        let found = parallel::map(intake.policies(), |policy| {
            let mut found = Vec::new();
            lint::run(policy, &mut found);
            found
        });
        report.findings.extend(found.into_iter().flatten());
        report.findings.retain(|f| !role_findings::is_refuted(&intake.estate, f, &intake.sources));
        let strict = self.strict || config.analysis.strict;
        let expected = expected(&config.expects, &intake.estate);
        report.findings.extend(role_findings::check(&intake.estate, &expected, strict));
        report.findings.extend(role_findings::contradictions(&intake.estate));
        report.findings.extend(lint::void_grants(&intake.estate));
        drop(busy);
        report.findings.sort_by_key(|finding| finding.span.map(|span| intake.sources.host(span)));
        // One document may have been read as several kinds of policy.
        report.findings.dedup_by(|a, b| a.code == b.code && a.span == b.span && a.message == b.message);
        config.levels.apply_all(&mut report.findings, &intake.sources, intake.policies());
        let ignores: Vec<&Ignore> = config.ignores.iter().chain(&intake.ignores).collect();
        suppress::apply(&ignores, &SuppressionScope::of(&intake), &mut report);
        Ok(Judged { report, intake, config, refused: refused.len() })
    }

    fn adjust(&self, expect: &mut Expect, profile: Option<&str>) {
        match &mut expect.question {
            Question::Does(question) => {
                question.strict |= self.strict;
                if let (Some(profile), None) = (profile, expect.profile_span) {
                    profile.clone_into(&mut question.profile);
                }
            }
            Question::Becomes(question) => question.strict |= self.strict,
            Question::Acts(question) => question.strict |= self.strict,
        }
    }

    fn outcome(&self, report: &Report, run: &Run) -> Exit {
        let answers = report.answers.iter().map(|c| judge_row(c, self.unknown.unknown));
        let findings = report.findings.iter().any(|finding| self.fail.fail_on.reached_by(finding.severity));
        let open = report.answers.iter().filter(|c| is_open(c.answer.verdict, c.expected)).count();
        if open > 0 && self.unknown.unknown == OnUnknown::Warn {
            run.console.warn(&format!("{open} answers are conditional where firm ones were expected"));
        }
        let incomparable = report.answers.iter().filter(|c| is_incomparable(c)).count();
        if incomparable > 0 && self.unknown.unknown == OnUnknown::Warn {
            run.console
                .warn(&format!("{incomparable} conditions could not be compared with the expected ones"));
        }
        let asked_nothing = report.problems.iter().any(|problem| problem.code == Code::NothingAsked);
        let others = [(findings, Exit::Failed), (asked_nothing, Exit::NoInputs)];
        worst(answers.chain(others.into_iter().filter_map(|(holds, exit)| holds.then_some(exit))))
    }
}

/// A check that asks nothing would be green whatever the policies say.
fn nothing_asked() -> Diagnostic {
    Diagnostic::placeless(Code::NothingAsked, "nothing was asked: there are no [[expect]] rows").help(
        "write [[expect]] rows in decryptable.toml (`decryptable init` proposes some), ask one question with \
         `decryptable can`, or look at policies alone with `decryptable lint`",
    )
}

/// What a row asks, once for each role that it names, and how the condition compares with the one it names.
fn answers(expect: &Expect, estate: &Estate) -> Result<Vec<(Answer, Option<Exactness>)>, Diagnostic> {
    let missing = |error: AskError| {
        Diagnostic::new(Code::NotInEstate, expect.span, error.to_string()).maybe_help(error.help())
    };
    let inexact = |error: ExactError| match error {
        ExactError::Ask(error) => missing(error),
        ExactError::Expected { at, message, help } => {
            Diagnostic::new(Code::InvalidValue, at, message).help(help)
        }
    };
    let with_exactness = |answer: Answer, compare: &dyn Fn(&Exactly) -> Result<Exactness, ExactError>| {
        let exactness = match (&expect.exactly, answer.verdict) {
            // What stops such a read is no condition.
            (None, _) | (Some(_), Verdict::Blocked | Verdict::Unsupported) => None,
            (Some(exactly), Verdict::Allowed | Verdict::Denied | Verdict::Conditional) => {
                Some(compare(exactly).map_err(inexact)?)
            }
        };
        Ok((answer, exactness))
    };
    match &expect.question {
        Question::Becomes(question) => {
            let answer = ask::assume(estate, question).map_err(missing)?;
            Ok(vec![with_exactness(answer, &|e| ask::exactness_of_assume(estate, question, e))?])
        }
        Question::Does(question) => {
            if profile::find(&question.profile).is_none() {
                let at = expect.profile_span.unwrap_or(expect.span);
                let message = format!("there is no profile `{}`", question.profile);
                let help = did_you_mean(&question.profile, profile::names()).unwrap_or_else(|| {
                    format!("there are {}", profile::names().collect::<Vec<_>>().join(", "))
                });
                return Err(Diagnostic::new(Code::UnknownProfile, at, message).help(help));
            }
            let read = |q: &ask::DoesQuestion| {
                let answer = ask::read(estate, q).map_err(missing)?;
                with_exactness(answer, &|e| ask::exactness_of_read(estate, q, e))
            };
            expand_roles(expect, estate)?.iter().map(read).collect()
        }
        Question::Acts(_) => {
            let asked = expand(expect, estate)?;
            asked.iter().map(|q| Ok((ask::answer(estate, q).map_err(missing)?, None))).collect()
        }
    }
}

/// Who is expected to read what. Roles that a row asks about and the estate does not hold were told before.
fn expected(rows: &[Expect], estate: &Estate) -> Vec<Expected> {
    let mut out = Vec::new();
    for row in rows {
        if !matches!(&row.question, Question::Does(question) if question.doing.is_read()) {
            continue;
        }
        for question in expand_roles(row, estate).unwrap_or_default() {
            let Ok(role) = estate.role(&question.role) else { continue };
            out.push(Expected {
                role: role.arn.value.to_string(),
                read: question.object.to_string(),
                verdict: row.verdict,
                row: row.span,
            });
        }
    }
    out
}

/// A firm answer was asked for, and there is none.
fn is_open(verdict: Verdict, expected: Option<Verdict>) -> bool {
    verdict == Verdict::Conditional && expected != Some(Verdict::Conditional)
}

/// The answer is conditional as expected, and nobody can tell whether under the expected condition.
fn is_incomparable(checked: &Checked) -> bool {
    checked.outcome() == Some(Outcome::Open) && !is_open(checked.answer.verdict, checked.expected)
}

/// What a row means for the exit code.
fn judge_row(checked: &Checked, unknown: OnUnknown) -> Exit {
    let exit = judge(checked.answer.verdict, checked.expected, unknown);
    match (exit, checked.outcome()) {
        (Exit::Ok, Some(Outcome::Failed)) => Exit::Failed,
        (Exit::Ok, Some(Outcome::Open)) if is_incomparable(checked) && unknown == OnUnknown::Fail => {
            Exit::Conditional
        }
        (_, _) => exit,
    }
}

/// What an answer means for the exit code. Without an expectation the question was whether the read works.
pub(super) fn judge(verdict: Verdict, expected: Option<Verdict>, unknown: OnUnknown) -> Exit {
    let wanted = expected.unwrap_or(Verdict::Allowed);
    if verdict.meets(wanted) {
        return Exit::Ok;
    }
    if !is_open(verdict, expected) {
        return Exit::Failed;
    }
    match unknown {
        OnUnknown::Fail => Exit::Conditional,
        OnUnknown::Warn => Exit::Ok,
        OnUnknown::Allow if wanted == Verdict::Allowed => Exit::Ok,
        OnUnknown::Allow => Exit::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_and_exit_codes() {
        use Verdict::{Allowed, Blocked, Conditional, Denied, Unsupported};
        let fail = OnUnknown::Fail;
        assert_eq!(judge(Allowed, None, fail), Exit::Ok);
        for verdict in [Denied, Blocked, Unsupported] {
            assert_eq!(judge(verdict, None, fail), Exit::Failed);
        }
        assert_eq!(judge(Conditional, None, fail), Exit::Conditional);
        assert_eq!(judge(Conditional, None, OnUnknown::Warn), Exit::Ok);
        assert_eq!(judge(Conditional, None, OnUnknown::Allow), Exit::Ok);
        assert_eq!(judge(Conditional, Some(Denied), fail), Exit::Conditional);
        assert_eq!(judge(Conditional, Some(Denied), OnUnknown::Allow), Exit::Failed);
        assert_eq!(judge(Conditional, Some(Conditional), fail), Exit::Ok);
        assert_eq!(judge(Allowed, Some(Conditional), fail), Exit::Failed);
        assert_eq!(judge(Denied, Some(Denied), fail), Exit::Ok);
        assert_eq!(judge(Blocked, Some(Denied), fail), Exit::Ok);
        assert_eq!(judge(Denied, Some(Blocked), fail), Exit::Failed);
    }
}
