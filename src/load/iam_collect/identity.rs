//! Roles, users, groups and their policies.

use std::path::Path;

use super::{Directory, Owner, StoreKind, StorePart, document, misfit, say_order, strings, tags};
use crate::estate::{PlacedArn, Tags};
use crate::json::Value;
use crate::load::fields::{self, GROUP, ROLE, USER, text};
use crate::load::{InputDocument, Intake};
use crate::name::Arn;
use crate::policy::PolicyKind;
use crate::source::{Span, Spanned};

const TRUST: &str = "trust-policy.json";
const INLINE: &str = "inline-policies.json";
const MANAGED: &str = "managed-policies.json";
const GROUPS: &str = "groups.json";
const TAGS: &str = "tags.json";
const CURRENT: &str = "current-policy.json";

pub(super) fn metadata(
    input: &InputDocument<'_>,
    arn: Spanned<&str>,
    kind: StoreKind,
    intake: &mut Intake,
) -> Option<Owner> {
    let root = input.root();
    if kind == StoreKind::Policy {
        // The account of a policy of AWS is `aws`, so nothing but the form is checked.
        let Ok(parsed) = arn.value.parse::<Arn>() else {
            misfit(input, arn.span, format!("`{}` is not an ARN", arn.value), intake);
            return None;
        };
        let version = text(root, "defaultVersionId").and_then(|version| {
            let number = version.value.strip_prefix('v')?;
            number.parse().ok()
        });
        return Some(Owner::Policy { arn: Spanned::new(parsed, arn.span), version: version.unwrap_or(0) });
    }
    let of = match kind {
        StoreKind::User => USER,
        StoreKind::Group => GROUP,
        StoreKind::Role | StoreKind::Policy | StoreKind::Key | StoreKind::Bucket | StoreKind::Endpoint => {
            ROLE
        }
    };
    let arn = fields::arn_of(arn, of, &mut intake.problems)?;
    let id = text(root, "id");
    let owner = if kind == StoreKind::Role {
        intake.role(&arn, |_| ());
        if let Some(id) = id {
            intake.role_id(&arn, id);
        }
        Owner::Role(arn)
    } else if kind == StoreKind::User {
        intake.user(&arn, root.span, |user| user.id = user.id.take().or(id.map(|id| id.value.to_owned())));
        Owner::User(arn)
    } else {
        Owner::Group(arn)
    };
    let (Owner::Role(arn) | Owner::User(arn) | Owner::Group(arn)) = &owner else { return Some(owner) };
    if let Some(boundary) = text(root, "permissionBoundary") {
        intake.bounded_by(arn, boundary.map(str::to_owned));
    }
    intake.contributes(input.source, "", named(&owner).unwrap_or_default());
    Some(owner)
}

/// What the directory is about, in words.
fn named(owner: &Owner) -> Option<String> {
    match owner {
        Owner::Role(arn) => Some(format!("role {}", arn.value)),
        Owner::User(arn) => Some(format!("user {}", arn.value)),
        Owner::Group(arn) => Some(format!("group {}", arn.value)),
        Owner::Policy { arn, .. } => Some(format!("policy {}", arn.value)),
        Owner::Key(_) | Owner::Bucket { .. } | Owner::Endpoint(_) | Owner::Nothing => None,
    }
}

pub(super) fn part(input: &InputDocument<'_>, owner: &Owner, file: &str, intake: &mut Intake) {
    let Some(name) = named(owner) else { return };
    let what = match (owner, file) {
        (Owner::Policy { arn, version }, CURRENT) => {
            let Some(policy) = document(input, PolicyKind::Identity, intake) else { return };
            if arn.value.account_text() == "aws" {
                if intake.is_newest_published(arn.value.as_str(), *version) {
                    intake.published_policy(arn.value.as_str(), policy.span, policy);
                }
            } else {
                intake.managed_policy(arn.value.as_str(), policy.span, policy);
            }
            "document"
        }
        (Owner::Role(arn), TRUST) => {
            let Some(policy) = document(input, PolicyKind::Trust, intake) else { return };
            intake.role_trust(arn, policy.span, policy);
            "trust policy"
        }
        (Owner::Role(arn) | Owner::User(arn) | Owner::Group(arn), INLINE) => {
            inline(input, arn, intake);
            "inline policies"
        }
        (Owner::Role(arn) | Owner::User(arn) | Owner::Group(arn), MANAGED) => {
            for policy in strings(input, "ARNs of policies", intake).into_iter().flatten() {
                intake.attaches(arn, policy.map(str::to_owned));
            }
            "managed policies"
        }
        (Owner::User(arn), GROUPS) => {
            for group in strings(input, "ARNs of groups", intake).into_iter().flatten() {
                intake.joins(arn, group.map(str::to_owned));
            }
            "groups"
        }
        (Owner::Role(arn), "instance-profiles.json") => {
            // The manifest has the name, too.
            let profiles = strings(input, "ARNs of instance profiles", intake);
            for profile in profiles.iter().flatten() {
                if let Ok(own) = profile.value.parse() {
                    intake.instance_profile(&Spanned::new(own, profile.span), Some(arn.clone()));
                }
            }
            let first =
                profiles.and_then(|profiles| Some(profiles.first()?.value.rsplit('/').next()?.to_owned()));
            intake.role(arn, |role| role.instance_profile = role.instance_profile.take().or(first));
            "instance profiles"
        }
        (Owner::Role(arn), TAGS) if input.root().is_object() => {
            intake.role_tags(arn, tags(input.root()));
            "tags"
        }
        (Owner::User(arn), TAGS) if input.root().is_object() => {
            let told = tags(input.root()).value;
            intake.user(arn, input.root().span, |user| user.tags = crate::estate::Known::Provided(told));
            "tags"
        }
        _ => return,
    };
    intake.contributes(input.source, "", format!("{what} of {name}"));
}

fn inline(input: &InputDocument<'_>, arn: &PlacedArn, intake: &mut Intake) {
    let root = input.root();
    if !matches!(root.value, Value::Array(_)) {
        misfit(input, root.span, "this file is a list of policies", intake);
        return;
    }
    say_order(input, intake);
    for (index, element) in root.elements().iter().enumerate() {
        let Some(node) = element.get("PolicyDocument") else {
            misfit(input, element.span, "this policy has no `PolicyDocument`", intake);
            continue;
        };
        let pointer = format!("/{index}/PolicyDocument");
        let Some(policy) = intake.policy(node, PolicyKind::Identity, &pointer) else { continue };
        match text(element, "PolicyName") {
            Some(name) => intake.inline_policy(arn, name.value, policy),
            None => intake.gives(arn, policy),
        }
    }
}

/// What files that are not there say.
pub(super) fn settle(dir: &Path, directory: &Directory, owner: &Owner, at: Span, intake: &mut Intake) {
    let arn = match owner {
        Owner::Role(arn) | Owner::User(arn) | Owner::Group(arn) => arn,
        Owner::Policy { arn, .. } => {
            if directory.part(dir, CURRENT) != StorePart::Read {
                intake.misses(at.source, format!("the document of {}: {CURRENT} beside it", arn.value));
            }
            return;
        }
        Owner::Key(_) | Owner::Bucket { .. } | Owner::Endpoint(_) | Owner::Nothing => return,
    };
    let lists: &[&str] = match owner {
        Owner::User(_) => &[INLINE, MANAGED, GROUPS],
        Owner::Role(_)
        | Owner::Group(_)
        | Owner::Policy { .. }
        | Owner::Key(_)
        | Owner::Bucket { .. }
        | Owner::Endpoint(_)
        | Owner::Nothing => &[INLINE, MANAGED],
    };
    let mut complete = true;
    for file in lists {
        let lacks = directory.lacks(dir, file, at, intake);
        complete &= lacks || directory.part(dir, file) == StorePart::Read;
    }
    if complete {
        intake.complete(arn, at);
    }
    match owner {
        Owner::Role(_) => {
            // A role always has a trust policy, so one that is not there was lost.
            if directory.part(dir, TRUST) != StorePart::Read {
                intake.misses(at.source, format!("the trust policy of {}: {TRUST} beside it", arn.value));
            }
            if directory.lacks(dir, TAGS, at, intake) {
                intake.role_tags(arn, Spanned::new(Tags::new(), at));
            }
            if !intake.is_bounded(arn) {
                intake.role_boundary(arn, at, None);
            }
        }
        Owner::User(_) => {
            if directory.lacks(dir, TAGS, at, intake) {
                intake.user(arn, at, |user| {
                    if !user.tags.is_provided() {
                        user.tags = crate::estate::Known::Provided(Tags::new());
                    }
                });
            }
        }
        Owner::Group(_)
        | Owner::Policy { .. }
        | Owner::Key(_)
        | Owner::Bucket { .. }
        | Owner::Endpoint(_)
        | Owner::Nothing => {}
    }
}
