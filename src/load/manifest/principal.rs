//! `[[role]]` and `[[user]]`.

use std::path::Path;

use super::field::{self, NONE};
use super::file::{self, Use};
use crate::estate::Known;
use crate::json::{Node, Reader};
use crate::load::Intake;
use crate::load::fields::{ROLE, USER, invalid};
use crate::policy::PolicyKind;

pub(super) fn role(node: &Node<'_>, dir: &Path, intake: &mut Intake) {
    const NAMES: &[&str] =
        &["arn", "id", "trust", "policies", "boundary", "tags", "instance_profile", "override"];
    let mut problems = Vec::new();
    let Some(mut t) = Reader::strict(&mut problems).object(node, "a role", NAMES) else {
        intake.problems.append(&mut problems);
        return;
    };
    let arn = field::arn(&mut t, "arn", ROLE);
    let id = t.text("id");
    let trust = file::one(&mut t, "trust");
    let policies = field::list(&mut t, "policies");
    let boundary = file::one(&mut t, "boundary");
    let tags = field::tags(&mut t, "tags");
    let instance_profile = t.text("instance_profile").filter(|name| name.value != NONE);
    if let Some(trust) = trust.filter(|trust| trust.value == NONE) {
        t.problems().push(invalid(
            trust.span,
            "every role has a trust policy",
            "name the file it is in; leave `trust` out when it is not known",
        ));
    }
    intake.problems.append(&mut problems);
    let Some(arn) = arn else { return };
    if !intake.is_first_table(&format!("role {}", arn.value), arn.span) {
        return;
    }
    let owner = arn.value.to_string();
    intake.role(&arn, |role| role.instance_profile = instance_profile.map(|p| p.value.to_owned()));
    if let Some(id) = id {
        intake.role_id(&arn, id);
    }
    let mut caught = Vec::new();
    if let Some(trust) = trust.filter(|trust| trust.value != NONE) {
        let source = file::open_one(intake, dir, trust);
        caught.extend(source);
        let of = Use { kind: PolicyKind::Trust, owner: &owner };
        if let Some(policy) = source.and_then(|source| file::read(intake, source, of)) {
            intake.role_trust(&arn, trust.span, policy);
        }
    }
    if let Some(boundary) = boundary {
        if boundary.value == NONE {
            intake.role_boundary(&arn, boundary.span, None);
        } else {
            let source = file::open_one(intake, dir, boundary);
            caught.extend(source);
            let of = Use { kind: PolicyKind::Boundary, owner: &owner };
            if let Some(policy) = source.and_then(|source| file::read(intake, source, of)) {
                intake.role_boundary(&arn, boundary.span, Some(policy));
            }
        }
    }
    if let Some(policies) = policies {
        let of = Use { kind: PolicyKind::Identity, owner: &owner };
        let list = file::policies(intake, dir, &policies.value, of, &caught);
        intake.role_policies(&arn, policies.span, list);
    }
    if let Some(tags) = tags {
        intake.role_tags(&arn, tags);
    }
}

pub(super) fn user(node: &Node<'_>, dir: &Path, intake: &mut Intake) {
    const NAMES: &[&str] = &["arn", "id", "policies", "boundary", "tags", "groups", "override"];
    let mut problems = Vec::new();
    let Some(mut t) = Reader::strict(&mut problems).object(node, "a user", NAMES) else {
        intake.problems.append(&mut problems);
        return;
    };
    let arn = field::arn(&mut t, "arn", USER);
    let id = t.text("id");
    let policies = field::list(&mut t, "policies");
    let boundary = file::one(&mut t, "boundary");
    let tags = field::tags(&mut t, "tags");
    let groups = field::list(&mut t, "groups");
    intake.problems.append(&mut problems);
    let Some(arn) = arn else { return };
    if !intake.is_first_table(&format!("user {}", arn.value), arn.span) {
        return;
    }
    let owner = arn.value.to_string();
    let mut caught = Vec::new();
    let boundary = match boundary {
        None => Known::NotProvided,
        Some(boundary) if boundary.value == NONE => Known::Provided(None),
        Some(boundary) => {
            let source = file::open_one(intake, dir, boundary);
            caught.extend(source);
            let of = Use { kind: PolicyKind::Boundary, owner: &owner };
            source.and_then(|source| file::read(intake, source, of)).map(Some).into()
        }
    };
    let policies = policies.map(|policies| {
        let of = Use { kind: PolicyKind::Identity, owner: &owner };
        file::policies(intake, dir, &policies.value, of, &caught)
    });
    intake.user(&arn, node.span, |user| {
        user.id = id.map(|id| id.value.to_owned());
        user.policies = policies.into();
        user.boundary = boundary;
        user.tags = tags.map(|tags| tags.value).into();
        user.groups = groups
            .map(|groups| groups.value.iter().map(|g| g.value.to_owned()).collect())
            .unwrap_or_default();
    });
}
