//! Answers of the AWS CLI, one command a row.
//!
//! Commands whose answers name what they are about are read at once. The others wait until every file was seen:
//! their owner is told by a `[[bind]]` or by the directory the file lies in.

mod ec2;
mod iam;
pub(super) mod kms;
mod organizations;
mod s3;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::{Claim, Intake, Loader, Offer, ReadOffer, Syntax};
use crate::estate::{PlacedArn, SharedPolicy};
use crate::json::{self, Node, Value};
use crate::policy::{PolicyKind, guess_kind};
use crate::problem::Problem;
use crate::source::{SourceId, Span, Spanned};

pub static LOADER: Loader = Loader {
    name: "aws_cli",
    summary: "answers of `aws kms`, `aws s3api`, `aws iam`, `aws ec2` and `aws organizations` commands",
    claims,
    read,
};

pub(super) use organizations::{attach, full_access};

/// One command and how its answer is known.
struct Command {
    name: &'static str,
    recognises: fn(&Node<'_>) -> bool,
    read: ReadOffer,
    /// The answer does not name what it is about.
    waits: bool,
}

/// The commands, in the order they are tried.
static COMMANDS: &[Command] = &[
    Command {
        name: "describe-key",
        recognises: |n| has_object(n, "KeyMetadata"),
        read: kms::describe_key,
        waits: false,
    },
    Command {
        name: "list-aliases",
        recognises: |n| has_array(n, "Aliases"),
        read: kms::list_aliases,
        waits: false,
    },
    Command { name: "get-key-policy", recognises: is_key_policy, read: kms::get_key_policy, waits: true },
    Command {
        name: "list-grants",
        recognises: |n| has_array(n, "Grants"),
        read: kms::list_grants,
        waits: true,
    },
    Command {
        name: "list-resource-tags",
        recognises: is_resource_tags,
        read: kms::list_resource_tags,
        waits: true,
    },
    Command {
        name: "get-bucket-policy",
        recognises: |n| has_string(n, "Policy"),
        read: s3::policy,
        waits: true,
    },
    Command {
        name: "get-bucket-encryption",
        recognises: |n| has_object(n, "ServerSideEncryptionConfiguration"),
        read: s3::encryption,
        waits: true,
    },
    Command {
        name: "get-bucket-location",
        recognises: |n| n.get("LocationConstraint").is_some(),
        read: s3::location,
        waits: true,
    },
    Command {
        name: "get-bucket-ownership-controls",
        recognises: |n| has_object(n, "OwnershipControls"),
        read: s3::ownership,
        waits: true,
    },
    Command {
        name: "get-public-access-block",
        recognises: |n| has_object(n, "PublicAccessBlockConfiguration"),
        read: s3::public_access_block,
        waits: true,
    },
    Command {
        name: "get-bucket-abac",
        recognises: |n| has_object(n, "AbacStatus"),
        read: s3::abac,
        waits: true,
    },
    Command {
        name: "get-bucket-tagging",
        recognises: |n| has_array(n, "TagSet"),
        read: s3::tagging,
        waits: true,
    },
    Command {
        name: "get-bucket-request-payment",
        recognises: |n| has_string(n, "Payer"),
        read: s3::request_payment,
        waits: true,
    },
    Command { name: "head-object", recognises: is_head_object, read: s3::head_object, waits: true },
    Command {
        name: "describe-vpc-endpoints",
        recognises: |n| has_array(n, "VpcEndpoints"),
        read: ec2::describe_vpc_endpoints,
        waits: false,
    },
    Command {
        name: "describe-policy",
        recognises: |n| n.get("Policy").is_some_and(|p| p.get("PolicySummary").is_some()),
        read: organizations::describe_policy,
        waits: false,
    },
    Command {
        name: "describe-organization",
        recognises: |n| has_object(n, "Organization"),
        read: organizations::describe_organization,
        waits: false,
    },
    Command {
        name: "list-accounts",
        recognises: |n| has_array(n, "Accounts"),
        read: organizations::list_accounts,
        waits: false,
    },
    Command {
        name: "list-parents",
        recognises: |n| has_array(n, "Parents"),
        read: organizations::list_parents,
        waits: true,
    },
    Command {
        name: "list-policies-for-target",
        recognises: is_policies_for_target,
        read: organizations::list_policies_for_target,
        waits: true,
    },
    Command {
        name: "list-targets-for-policy",
        recognises: |n| has_array(n, "Targets"),
        read: organizations::list_targets_for_policy,
        waits: true,
    },
    Command { name: "get-role", recognises: |n| has_object(n, "Role"), read: iam::get_role, waits: false },
    Command {
        name: "get-role-policy",
        recognises: |n| has_string(n, "RoleName") && n.get("PolicyDocument").is_some(),
        read: iam::get_role_policy,
        waits: true,
    },
    Command {
        name: "get-policy-version",
        recognises: |n| has_object(n, "PolicyVersion"),
        read: iam::get_policy_version,
        waits: true,
    },
];

/// What is known from answers that were read, for answers that need it.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// Keys that were described by a file of the directory.
    keys_in: BTreeMap<PathBuf, BTreeMap<String, PlacedArn>>,
    /// Roles that were described by a file of the directory.
    roles_in: BTreeMap<PathBuf, BTreeMap<String, PlacedArn>>,
    /// Policies of organizations by their id.
    org_policies: BTreeMap<String, (PolicyKind, SharedPolicy)>,
    /// Policies given to targets one by one.
    attached: BTreeMap<(String, PolicyKind), Vec<SharedPolicy>>,
    /// Where each policy of an organization is attached, and the file that says so.
    targets_of: BTreeMap<String, Vec<(Spanned<String>, SourceId)>>,
    /// Units and accounts with a list of their policies of one type.
    listed: BTreeSet<(String, PolicyKind)>,
}

fn claims(offer: &Offer<'_>) -> Claim {
    // AWS writes all names with a capital, so that most other documents need no tree to be told apart.
    let may_be = || offer.names().any(|name| name.starts_with(|c: char| c.is_ascii_uppercase()));
    let known = offer.syntax == Syntax::Json
        && may_be()
        && COMMANDS.iter().any(|command| (command.recognises)(offer.root()));
    if known { Claim::Sure } else { Claim::No }
}

fn read(offer: &Offer<'_>, intake: &mut Intake) {
    let Some(command) = COMMANDS.iter().find(|command| (command.recognises)(offer.root())) else { return };
    intake.read_as(offer.source, command.name);
    intake.complain(offer);
    warn_of_pages(offer.root(), intake);
    if command.waits {
        intake.wait(offer, command.read);
    } else {
        (command.read)(offer, intake);
    }
}

/// What can be said only when every answer was read.
pub(super) fn settle(intake: &mut Intake) {
    organizations::settle(intake);
}

/// An answer cut off where a page ends.
fn warn_of_pages(root: &Node<'_>, intake: &mut Intake) {
    const MARKS: &[&str] = &["Truncated", "IsTruncated", "NextToken", "NextMarker", "Marker"];
    for mark in MARKS {
        let Some(node) = root.get(mark) else { continue };
        if node.as_bool() == Some(true) || node.as_str().is_some_and(|token| !token.is_empty()) {
            let problem =
                Problem::warning("truncated-input", node.span, "this is one page of a longer answer");
            intake.problems.push(
                problem.help("let the AWS CLI fetch every page: leave out --no-paginate and --max-items"),
            );
            return;
        }
    }
}

fn has_object(node: &Node<'_>, name: &str) -> bool {
    node.get(name).is_some_and(Node::is_object)
}

fn has_array(node: &Node<'_>, name: &str) -> bool {
    node.get(name).is_some_and(|n| matches!(n.value, Value::Array(_)))
}

fn has_string(node: &Node<'_>, name: &str) -> bool {
    node.get(name).is_some_and(|n| n.as_str().is_some())
}

fn is_key_policy(root: &Node<'_>) -> bool {
    let Some(policy) = root.get("Policy").and_then(Node::as_str) else { return false };
    if has_string(root, "PolicyName") {
        return true;
    }
    // Older versions of the AWS CLI do not say `PolicyName`.
    let inner = json::parse(SourceId::LONE, policy).root;
    inner.is_some_and(|inner| guess_kind(&inner) == PolicyKind::Key)
}

fn is_resource_tags(root: &Node<'_>) -> bool {
    let Some(tags) = root.get("Tags") else { return false };
    let of_keys = tags.elements().iter().all(|tag| tag.get("TagKey").is_some());
    matches!(tags.value, Value::Array(_)) && of_keys
}

fn is_head_object(root: &Node<'_>) -> bool {
    has_string(root, "ETag")
        && (root.get("ServerSideEncryption").is_some() || root.get("ContentLength").is_some())
}

fn is_policies_for_target(root: &Node<'_>) -> bool {
    let Some(policies) = root.get("Policies") else { return false };
    matches!(policies.value, Value::Array(_))
        && policies.elements().iter().all(|policy| has_string(policy, "Id") && has_string(policy, "Type"))
        && root.get("RoleDetailList").is_none()
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
fn unexpected(at: Span, message: impl Into<String>) -> Problem {
    Problem::error("unexpected-answer", at, message)
}
