//! What other tools check as well, first of all IAM Access Analyzer: a file a theme, a function a theme.
//!
//! Each looks at every statement of a policy once. What it needs to know of services is asked of the service reference.

mod addresses;
mod applies;
mod arn_forms;
mod arns;
mod claims;
mod empty;
mod escalation;
mod exposed;
mod hazards;
mod keys;
mod lock_outs;
mod names;
mod never;
mod operators;
mod pass_role;
mod pins;
mod powers;
mod principals;
mod ranges;
mod rcp;
mod redundant;
mod repeated;
mod values;
mod wide;

pub(super) use redundant::{MOST, covers_statement};

use crate::diagnostic::Diagnostic;
use crate::policy::Policy;

/// A function that hands each finding of a policy to the function it is given.
type Check = fn(&Policy, &mut dyn FnMut(Diagnostic));

/// Every theme.
pub(super) static ALL: &[Check] = &[
    addresses::check,
    applies::check,
    arns::check,
    claims::check,
    empty::check,
    escalation::check,
    exposed::check,
    hazards::check,
    keys::check,
    lock_outs::check,
    names::check,
    never::check,
    operators::check,
    pass_role::check,
    powers::check,
    principals::check,
    rcp::check,
    redundant::check,
    repeated::check,
    values::check,
    wide::check,
];
