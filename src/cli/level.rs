//! Flags about what counts as a failure.

use clap::{Args, ValueEnum};

use super::Exit;
use crate::diagnostic::{Code, Severity};
use crate::finding::{Checked, Report};

/// From which severity on findings fail the run.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum FailOn {
    #[default]
    Error,
    Warning,
    Note,
    Never,
}

impl FailOn {
    pub(super) fn reached_by(self, severity: Severity) -> bool {
        match self {
            Self::Error => severity >= Severity::Error,
            Self::Warning => severity >= Severity::Warning,
            Self::Note => true,
            Self::Never => false,
        }
    }
}

/// What a conditional answer means where a firm one was asked for.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum OnUnknown {
    /// It counts as a yes
    Allow,
    /// It is reported and fails nothing
    Warn,
    /// The run ends with exit code 4
    #[default]
    Fail,
}

#[derive(Copy, Clone, Debug, Default, Args)]
pub(super) struct FailArgs {
    /// Fail when there are findings of this severity or worse
    #[arg(long, value_name = "SEVERITY", value_enum, default_value_t, help_heading = "Exit code")]
    pub(super) fail_on: FailOn,
    #[command(flatten)]
    pub(super) zero: ZeroArgs,
}

impl FailArgs {
    /// What of a report fails the run, for those who read nothing else. `is_kept` says whether an answer does not.
    pub(super) fn failed(self, report: &Report, is_kept: impl Fn(&Checked) -> bool) -> Report {
        let findings = report.findings.iter().filter(|finding| self.fail_on.reached_by(finding.severity));
        // That a check has no rows is a warning, and all the same why it fails.
        let problems = report.problems.iter().filter(|p| p.is_error() || p.code == Code::NothingAsked);
        Report {
            answers: report.answers.iter().filter(|checked| !is_kept(checked)).cloned().collect(),
            findings: findings.cloned().collect(),
            problems: problems.cloned().collect(),
            ..Report::default()
        }
    }
}

#[derive(Copy, Clone, Debug, Default, Args)]
pub(super) struct ZeroArgs {
    /// End with 0 where it would be 1 or 4
    #[arg(long, help_heading = "Exit code")]
    pub(super) exit_zero: bool,
}

#[derive(Copy, Clone, Debug, Default, Args)]
pub(super) struct UnknownArgs {
    /// What to make of an answer that depends on something unknown
    #[arg(long, value_name = "WHAT", value_enum, default_value_t, help_heading = "Exit code")]
    pub(super) unknown: OnUnknown,
}

/// The worst of several outcomes decides: an error, then a failure, then an open question, then that nothing was asked.
pub(super) fn worst(outcomes: impl IntoIterator<Item = Exit>) -> Exit {
    let rank = |exit: &Exit| match exit {
        Exit::Ok => 0,
        Exit::NoInputs => 1,
        Exit::Conditional => 2,
        Exit::Failed => 3,
        Exit::Error => 4,
    };
    outcomes.into_iter().max_by_key(rank).unwrap_or(Exit::Ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities() {
        assert!(FailOn::Error.reached_by(Severity::Error));
        assert!(!FailOn::Error.reached_by(Severity::Warning));
        assert!(FailOn::Warning.reached_by(Severity::Warning));
        assert!(FailOn::Note.reached_by(Severity::Note));
        assert!(!FailOn::Never.reached_by(Severity::Error));
    }

    #[test]
    fn the_worst_outcome_decides() {
        assert_eq!(worst([Exit::Ok, Exit::Conditional, Exit::Failed]), Exit::Failed);
        assert_eq!(worst([Exit::Conditional, Exit::Ok]), Exit::Conditional);
        assert_eq!(worst([Exit::NoInputs, Exit::Failed]), Exit::Failed);
        assert_eq!(worst([Exit::Ok, Exit::NoInputs]), Exit::NoInputs);
        assert_eq!(worst([]), Exit::Ok);
    }
}
