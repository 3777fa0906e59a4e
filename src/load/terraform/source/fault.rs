//! What Terraform would refuse: `try` and `can` catch it, and elsewhere it is a problem at its place.

use super::value::Val;
use crate::source::Span;

/// What Terraform would refuse.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) message: String,
    pub(super) at: Span,
}

pub(super) type Read = Result<Val, Fault>;

pub(super) fn fault<T>(message: impl Into<String>, at: Span) -> Result<T, Fault> {
    Err(Fault { message: message.into(), at })
}
