//! Answers of the AWS CLI, one command a row.
//!
//! Commands whose answers name what they are about are read at once. The others wait until every file was seen:
//! their owner is told by a `[[bind]]` or by the directory the file lies in.

mod commands;
mod ec2;
mod eks;
mod estate;
mod iam;
mod identities;
mod kms;
mod organizations;
mod queues;
mod s3;
mod secrets;
mod workload;

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::fields::{is_account_dump, warn_of_page};
use super::{InputDocument, Intake, Loader, Recognition, Stage, Syntax};
use crate::json::Node;
use crate::source::Span;

/// Reads answers of the AWS CLI.
pub static LOADER: Loader = Loader {
    name: "aws_cli",
    summary: "answers of `aws kms`, `aws s3api`, `aws iam`, `aws ec2`, `aws eks`, `aws organizations`, `aws secretsmanager`, `aws sqs` commands, and of services that run things with roles",
    page: "docs/inputs/account-dumps.md",
    recognise: claims,
    read,
    settle: &[(Stage::Named, iam::settle)],
    ..Loader::PLAIN
};

use commands::command_of;

/// What is known from answers that were read, for answers that need it.
#[derive(Debug, Default)]
struct Notes {
    /// Managed policies that were described by a file of the directory, with the version in force.
    policies_in: BTreeMap<PathBuf, BTreeMap<String, Option<String>>>,
    /// Managed policies that were described by any file, with the version in force.
    policies: BTreeMap<String, Option<String>>,
    /// Documents of managed policies that do not say which one they are of.
    versions: Vec<iam::Version>,
}

fn claims(input: &InputDocument<'_>) -> Recognition {
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
        input.names().any(|name| name.starts_with(|c: char| c.is_ascii_uppercase()) || is_small(name))
    };
    let known =
        input.syntax == Syntax::Json && may_be() && !is_account_dump(input) && command_of(input).is_some();
    if known { Recognition::Sure } else { Recognition::No }
}

fn read(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(command) = command_of(input) else { return };
    intake.read_as(input.source, command.name);
    intake.complain(input);
    if let Some(at) = next_page(input.root()) {
        warn_of_page(at, intake);
    }
    if command.waits {
        intake.wait(input, command.read);
    } else {
        (command.read)(input, intake);
    }
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
