//! Answers of the AWS CLI, one command a row.
//!
//! Commands whose answers name what they are about are read at once. The others wait until every file was seen:
//! their owner is told by a `[[bind]]` or by the directory the file lies in.

mod commands;
pub(super) mod ec2;
mod eks;
mod estate;
mod iam;
mod identities;
pub(super) mod kms;
mod organizations;
mod owner;
pub(super) mod s3;
mod workload;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::{Claim, Intake, Loader, Offer, Syntax, account_dump};
use crate::estate::{PlacedArn, SharedPolicy};
use crate::json::Node;
use crate::name::AccountId;
use crate::policy::PolicyKind;
use crate::problem::Problem;
use crate::source::{SourceId, Span, Spanned};

pub static LOADER: Loader = Loader {
    name: "aws_cli",
    summary: "answers of `aws kms`, `aws s3api`, `aws iam`, `aws ec2`, `aws eks`, `aws organizations` commands, and of services that run things with roles",
    claims,
    read,
};

use commands::command_of;
pub(super) use organizations::{attach, full_access};

/// What is known from answers that were read, for answers that need it.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// Keys that were described by a file of the directory.
    keys_in: BTreeMap<PathBuf, BTreeMap<String, PlacedArn>>,
    /// Roles, users and groups that were described by a file of the directory.
    identities_in: BTreeMap<PathBuf, BTreeMap<String, PlacedArn>>,
    /// Managed policies that were described by a file of the directory, with the version in force.
    policies_in: BTreeMap<PathBuf, BTreeMap<String, Option<String>>>,
    /// Managed policies that were described by any file, with the version in force.
    policies: BTreeMap<String, Option<String>>,
    /// Accounts that asked who they are, by the directory of the answer.
    accounts_in: BTreeMap<PathBuf, AccountId>,
    /// Groups, which no estate holds by themselves.
    groups: Vec<PlacedArn>,
    /// Documents of managed policies that do not say which one they are of.
    versions: Vec<iam::Version>,
    names: owner::Names,
    /// Types of policies that are not enabled, by organization.
    disabled: BTreeSet<(String, PolicyKind)>,
    /// Policies of organizations by their id.
    org_policies: BTreeMap<String, (PolicyKind, SharedPolicy)>,
    /// Policies of organizations that say nothing about access: tag policies and the like.
    other_policies: BTreeSet<String>,
    /// Policies given to targets one by one.
    attached: BTreeMap<(String, PolicyKind), Vec<SharedPolicy>>,
    /// Where each policy of an organization is attached, and the file that says so.
    targets_of: BTreeMap<String, Vec<(Spanned<String>, SourceId)>>,
    /// Units and accounts with a list of their policies of one type.
    listed: BTreeSet<(String, PolicyKind)>,
}

fn claims(offer: &Offer<'_>) -> Claim {
    // Most services write all names with a capital, so that most other documents need no tree to be told apart.
    let may_be = || {
        const SMALL: &[&str] = &[
            "association",
            "associations",
            "cluster",
            "jobRun",
            "projects",
            "stateMachineArn",
            "taskDefinition",
        ];
        let is_small = |name: &str| SMALL.contains(&name);
        offer.names().any(|name| name.starts_with(|c: char| c.is_ascii_uppercase()) || is_small(name))
    };
    let known = offer.syntax == Syntax::Json
        && may_be()
        && !account_dump::is_dump(offer)
        && command_of(offer).is_some();
    if known { Claim::Sure } else { Claim::No }
}

fn read(offer: &Offer<'_>, intake: &mut Intake) {
    let Some(command) = command_of(offer) else { return };
    intake.read_as(offer.source, command.name);
    intake.complain(offer);
    if let Some(at) = next_page(offer.root()) {
        warn_of_page(at, intake);
    }
    if command.waits {
        intake.wait(offer, command.read);
    } else {
        (command.read)(offer, intake);
    }
}

/// What can be said only when every answer was read.
pub(super) fn settle(intake: &mut Intake) {
    iam::settle(intake);
    organizations::settle(intake);
}

/// Where an answer says that it is cut off where a page ends.
fn next_page(root: &Node<'_>) -> Option<Span> {
    const MARKS: &[&str] = &["Truncated", "IsTruncated", "NextToken", "NextMarker", "Marker"];
    let marks = MARKS.iter().filter_map(|mark| root.get(mark));
    let more = |node: &&Node<'_>| {
        node.as_bool() == Some(true) || node.as_str().is_some_and(|token| !token.is_empty())
    };
    Some(marks.into_iter().find(more)?.span)
}

pub(super) fn warn_of_page(at: Span, intake: &mut Intake) {
    let problem = Problem::warning("truncated-input", at, "this is one page of a longer answer");
    let help = "let the AWS CLI fetch every page: leave out --no-paginate and --max-items";
    intake.problems.push(problem.help(help));
}

/// A string member, with its place.
pub(super) fn text<'n>(node: &'n Node<'_>, name: &str) -> Option<Spanned<&'n str>> {
    let member = node.get(name)?;
    Some(Spanned::new(member.as_str()?, member.span))
}

pub(super) fn flag(node: &Node<'_>, name: &str) -> Option<Spanned<bool>> {
    let member = node.get(name)?;
    Some(Spanned::new(member.as_bool()?, member.span))
}

/// A list of pairs as tags.
pub(super) fn tags(list: &Node<'_>, key: &str, value: &str) -> Spanned<crate::estate::Tags> {
    let pairs = list.elements().iter().filter_map(|tag| {
        Some((
            tag.get(key)?.as_str()?.to_owned(),
            tag.get(value).and_then(Node::as_str).unwrap_or("").to_owned(),
        ))
    });
    Spanned::new(pairs.collect(), list.span)
}

/// A value that is not what the command answers.
pub(super) fn unexpected(at: Span, message: impl Into<String>) -> Problem {
    Problem::error("unexpected-answer", at, message)
}
