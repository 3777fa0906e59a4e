use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser as _};

use super::level::{OnUnknown, UnknownArgs, ZeroArgs};
use super::session::Loaded;
use super::{Exit, Failure, Run};
use crate::ask;
use crate::ask::diff::{self, Diff, Outcome};
use crate::config::Config;
use crate::diagnostic::Diagnostic;
use crate::estate::SharedPolicy;
use crate::finding::Report;
use crate::load::{self, Intake, disk};
use crate::policy::PolicyKind;
use crate::report::Shape;
use crate::source::SourceMap;

/// Who gains and who loses what between two estates, or policies
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  decryptable diff before/ after/                       two estates: reads, and policies one by one
  decryptable diff --policy old.json new.json           two versions of one policy
  decryptable diff --policy new.json --not-granted s3:DeleteObject 'arn:aws:s3:::lake/*'
  decryptable diff --policy bucket.json --not-public

With --policy the last file is the new one; alone it needs a check. Two revisions are two directories:
`git worktree add /tmp/before main`. Ends with 0 where nothing is gained (what is lost is only reported) and all
checks hold, with 1 otherwise, with 4 where that depends on something unknown.")]
pub(super) struct Args {
    /// The old side and the new one
    #[arg(value_name = "PATH", num_args = 1..=2, required = true)]
    paths: Vec<PathBuf>,

    /// The paths are policy documents
    #[arg(long)]
    policy: bool,

    /// What the policies are attached to, where their content does not tell
    #[arg(long, value_name = "KIND", requires = "policy", value_parser = PossibleValuesParser::new(kinds()).try_map(|name| kind(&name)))]
    kind: Option<PolicyKind>,

    /// Fail if the new policy grants this action on this resource; both take wildcards
    #[arg(long, num_args = 2, value_names = ["ACTION", "RESOURCE"], requires = "policy", help_heading = "Checks")]
    not_granted: Vec<String>,

    /// Fail if the new policy grants public access (not limited to an account, organization or network)
    #[arg(long, requires = "policy", help_heading = "Checks")]
    not_public: bool,

    #[command(flatten)]
    unknown: UnknownArgs,

    #[command(flatten)]
    zero: ZeroArgs,
}

fn kinds() -> impl Iterator<Item = PossibleValue> {
    PolicyKind::NAMES.iter().copied().map(PossibleValue::new)
}

fn kind(name: &str) -> Result<PolicyKind, String> {
    PolicyKind::parse(name).ok_or_else(|| format!("no policy kind `{name}`"))
}

impl Args {
    pub(super) fn run(self, run: &Run) -> Result<Exit, Failure> {
        match (self.paths.as_slice(), self.policy) {
            ([old, new], true) => self.policies(run, Some(old), new),
            ([only], true) if self.not_public || !self.not_granted.is_empty() => {
                self.policies(run, None, only)
            }
            ([_], true) => Err(Failure::new("there is nothing to compare this policy with").help(
                "name the old policy before it, or a check: --not-granted ACTION RESOURCE, --not-public",
            )),
            ([old, new], false) => self.estates(run, old, new),
            (_, _) => Err(Failure::new("there is nothing to compare this estate with").help(
                "name two directories: the old estate and the new one; --policy compares two policies",
            )),
        }
    }

    fn policies(&self, run: &Run, old: Option<&Path>, new: &Path) -> Result<Exit, Failure> {
        let mut intake = Intake::new();
        let kinds = self.kinds(&mut intake, old, new)?;
        let mut read = |path: &Path, kind| load::policy_file(&mut intake, &path.to_string_lossy(), kind);
        let old = old.map(|path| read(path, kinds.0));
        let new = read(new, kinds.1);
        if intake.has_errors() {
            return Loaded { intake, config: Config::default() }.refuse(run);
        }
        let (old, new): (Option<Vec<SharedPolicy>>, Vec<SharedPolicy>) =
            (old.map(|policy| policy.into_iter().collect()), new.into_iter().collect());
        let sources = &intake.sources;
        let mut diff = old.map_or_else(Diff::default, |old| diff::policies(&old, &new, sources));
        for pair in self.not_granted.chunks(2) {
            if let [action, resource] = pair {
                diff.checks.push(diff::not_granted(&new, action, resource, sources));
            }
        }
        if self.not_public {
            if !kinds.1.has_principals() {
                return Err(Failure::new("this policy names no principals, so it cannot let anyone in")
                    .help("--not-public is about the policies of resources; --kind says what this one is"));
            }
            diff.checks.push(diff::not_public(&new, sources));
        }
        self.finish(run, diff, Vec::new(), sources)
    }

    /// Of what kind the two documents are. They are compared as one kind wherever they can be.
    fn kinds(
        &self,
        intake: &mut Intake,
        old: Option<&Path>,
        new: &Path,
    ) -> Result<(PolicyKind, PolicyKind), Failure> {
        if let Some(kind) = self.kind {
            return Ok((kind, kind));
        }
        let mut guess = |path: &Path| load::guess_policy_file(intake, &path.to_string_lossy());
        let (old, new) = (old.and_then(&mut guess), guess(new));
        let (Some(before), Some(after)) = (old.or(new), new.or(old)) else {
            return Ok((PolicyKind::Permissions, PolicyKind::Permissions));
        };
        match (before == after, before.has_principals() && after.has_principals()) {
            (true, _) => Ok((before, after)),
            (false, true) => Ok((PolicyKind::Resource, PolicyKind::Resource)),
            (false, false) => Err(Failure::new(format!(
                "the old document looks like a {}, the new one like a {}",
                before.describe(),
                after.describe()
            ))
            .help("compare documents of one kind; --kind says which")),
        }
    }

    fn estates(&self, run: &Run, old: &Path, new: &Path) -> Result<Exit, Failure> {
        if run.config.is_some() {
            return Err(Failure::new("--config names one manifest, and two estates are compared")
                .help("name the two manifests, or their directories"));
        }
        let mut before = Loaded::open(run, &[old.to_owned()], &[])?;
        tell_apart(&mut before, 0);
        let sources = std::mem::take(&mut before.intake.sources);
        let told = sources.len();
        let mut after = Loaded::beside(run, &[new.to_owned()], &[], sources)?;
        tell_apart(&mut after, told);
        let all = ask::scope_of_all(&after.intake.estate);
        let mut is_refused = after.intake.is_refused(&all);
        let mut problems = after.intake.set_aside(&[all]);
        std::mem::swap(&mut before.intake.sources, &mut after.intake.sources);
        let all = ask::scope_of_all(&before.intake.estate);
        is_refused |= before.intake.is_refused(&all);
        problems.splice(..0, before.intake.set_aside(&[all]));
        std::mem::swap(&mut before.intake.sources, &mut after.intake.sources);
        if is_refused {
            after.intake.problems.splice(..0, std::mem::take(&mut before.intake.problems));
            return after.refuse(run);
        }
        let busy = run.console.busy("comparing");
        let diff = diff::estates(&before.intake.estate, &after.intake.estate, &after.intake.sources);
        drop(busy);
        self.finish(run, diff, problems, &after.intake.sources)
    }

    fn finish(
        &self,
        run: &Run,
        diff: Diff,
        problems: Vec<Diagnostic>,
        sources: &SourceMap,
    ) -> Result<Exit, Failure> {
        let exit = match (diff.outcome(), self.unknown.unknown) {
            (Outcome::NothingNew, _) | (Outcome::Undecided, OnUnknown::Allow) => Exit::Ok,
            (Outcome::Gained, _) => Exit::Failed,
            (Outcome::Undecided, OnUnknown::Fail) => Exit::Conditional,
            (Outcome::Undecided, OnUnknown::Warn) => {
                run.console.warn("whether anything is gained depends on something unknown");
                Exit::Ok
            }
        };
        let report = Report { diff: Some(diff), ..Report::default() };
        run.outputs.write(&report, sources, &run.console, Shape::Check, exit)?;
        if !problems.is_empty() {
            let beside = Report { problems, ..Report::default() };
            run.outputs.beside(&beside, sources, &run.console)?;
        }
        Ok(exit.or_zero(self.zero.exit_zero))
    }
}

/// Files that a manifest names are called by their way from it, which is the same on both sides.
fn tell_apart(loaded: &mut Loaded, from: usize) {
    let root = disk::shown(&loaded.config.root);
    if loaded.config.file.is_some() && !root.is_empty() {
        loaded.intake.sources.place_below(from, &root);
    }
}
