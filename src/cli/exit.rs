use std::process::{ExitCode, Termination};

/// How a run ends. The output format never changes the code.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Every expectation holds, and nothing is at or above `--fail-on`.
    Ok,
    /// An expectation fails, a read is denied or blocked, or there are findings at or above `--fail-on`.
    Failed,
    /// A usage or configuration error, or a document in error that an answer may depend on: it is not given.
    Error,
    /// There was nothing to look at.
    NoInputs,
    /// Nothing failed, but an answer is conditional where a firm one was asked for.
    Conditional,
}

impl Exit {
    /// The number the process ends with.
    pub fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failed => 1,
            Self::Error => 2,
            Self::NoInputs => 3,
            Self::Conditional => 4,
        }
    }

    /// With `--exit-zero`, a finding is no failure; an error stays one.
    #[must_use]
    pub fn or_zero(self, exit_zero: bool) -> Self {
        match self {
            Self::Failed | Self::Conditional if exit_zero => Self::Ok,
            Self::Ok | Self::Failed | Self::Error | Self::NoInputs | Self::Conditional => self,
        }
    }
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        self.code().into()
    }
}
