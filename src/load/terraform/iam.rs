//! Roles, users, groups and their policies.

use std::collections::BTreeSet;

use super::model::{Held, Resource};
use super::names::Names;
use super::policies;
use super::types::{Given, Holder, IdentityType, Tells, Want};
use crate::estate::{Called, PlacedArn, SharedPolicy, Tags};
use crate::json::Node;
use crate::load::Intake;
use crate::policy::PolicyKind;
use crate::source::Spanned;

pub(super) fn record(names: &Names<'_, '_>, intake: &mut Intake) {
    let managed = Managed::of(names);
    for resource in names.world.resources.iter().filter(|resource| !resource.gone) {
        let Tells::Identity(identity) = resource.kind.tells else { continue };
        match identity {
            IdentityType::Role | IdentityType::ServiceLinkedRole => role(names, intake, resource, &managed),
            IdentityType::User => user(names, intake, resource),
            IdentityType::Group if resource.data => {}
            IdentityType::Group => {
                let arn = names.iam(resource);
                intake.complete(&arn, arn.span);
            }
            IdentityType::ManagedPolicy => managed_policy(names, intake, resource),
            IdentityType::InstanceProfile => instance_profile(names, intake, resource),
        }
    }
    for resource in names.world.resources.iter().filter(|resource| !resource.gone && !resource.data) {
        if let Tells::Given(given) = resource.kind.tells {
            give(names, intake, resource, given);
        }
    }
}

fn give(names: &Names<'_, '_>, intake: &mut Intake, resource: &Resource<'_>, given: Given) {
    match given {
        Given::Inline(holder) => inline(names, intake, resource, holder),
        Given::Attached(holder) => {
            if let Some(owner) = names.wanted(resource, holder.kind(), holder.want()) {
                attach(names, intake, resource, (holder, &owner));
            }
        }
        Given::AllAttached(holder) => exclusive(names, intake, resource, holder),
        Given::AttachedToMany => {
            for holder in Holder::ALL {
                for name in names.list(resource, &format!("{}s", holder.kind()), holder.want()) {
                    attach(names, intake, resource, (holder, &name));
                }
            }
        }
        Given::GroupsOfUser => {
            let Some(user) = names.wanted(resource, "user", Want::User) else { return };
            for group in names.list(resource, "groups", Want::Group) {
                joins(names, intake, resource, &user, &group);
            }
        }
        Given::UsersOfGroup => {
            let Some(group) = names.wanted(resource, "group", Want::Group) else { return };
            for user in names.list(resource, "users", Want::User) {
                joins(names, intake, resource, &user, &group);
            }
        }
    }
}

/// What resources of their own give to roles or take from them. A role read back from AWS lists it as well.
#[derive(Default)]
struct Managed {
    /// Role and name of inline policies.
    inline: BTreeSet<(String, String)>,
    /// Role and ARN of attached policies that the plan detaches.
    detached: BTreeSet<(String, String)>,
    /// Roles whose attached policies are listed in full.
    exclusive: BTreeSet<String>,
}

impl Managed {
    fn of(names: &Names<'_, '_>) -> Self {
        let mut out = Self::default();
        for resource in &names.world.resources {
            let values = [Some(&resource.values).filter(|_| !resource.gone), resource.before.as_ref()];
            let role_in = |values: &Node<'_>| {
                let role = values.get("role")?;
                let name = Spanned::new(role.as_str()?.to_owned(), role.span);
                Some(names.principal(resource, "role", &name).value.to_string())
            };
            let text = |values: &Node<'_>, name: &str| Some(values.get(name)?.as_str()?.to_owned());
            let [now, before] = values;
            match resource.kind.tells {
                Tells::Given(Given::Inline(Holder::Role)) => {
                    for values in [now, before].into_iter().flatten() {
                        out.inline.extend(role_in(values).zip(text(values, "name")));
                    }
                }
                Tells::Given(Given::Attached(Holder::Role)) => {
                    let detached = before.and_then(|values| role_in(values).zip(text(values, "policy_arn")));
                    out.detached.extend(detached);
                }
                Tells::Given(Given::AllAttached(Holder::Role)) if !resource.gone => {
                    let role = names.wanted(resource, "role_name", Want::Role);
                    let arn = role.map(|role| names.principal(resource, "role", &role).value.to_string());
                    out.exclusive.extend(arn);
                }
                Tells::Given(_)
                | Tells::Nothing
                | Tells::Account
                | Tells::Region
                | Tells::PolicyDocument
                | Tells::Identity(_)
                | Tells::Kms(_)
                | Tells::S3(_)
                | Tells::Store(_)
                | Tells::StorePolicy(..)
                | Tells::Endpoint
                | Tells::EndpointPolicy
                | Tells::Organizations(_)
                | Tells::Federation(_) => {}
            }
        }
        out
    }
}

fn role(names: &Names<'_, '_>, intake: &mut Intake, resource: &Resource<'_>, managed: &Managed) {
    let block = names.world.block(resource);
    // A data source that was not read yet does not say which role it is.
    if resource.data && block.text("arn").is_none() {
        return;
    }
    let arn = names.iam(resource);
    intake.role(&arn, |_| ());
    intake.called(&resource.address.value, Called::Role(arn.value.clone()));
    if let Some(policy) = policies::policy(names, intake, resource, "assume_role_policy", PolicyKind::Trust) {
        intake.role_trust(&arn, policy.span, policy);
    }
    if let Some(id) = block.text("unique_id") {
        intake.role_id(&arn, id);
    }
    if let Some(tags) = tags(names, resource) {
        intake.role_tags(&arn, tags);
    }
    match names.wanted(resource, "permissions_boundary", Want::Policy) {
        Some(boundary) => intake.bounded_by(&arn, boundary),
        None => intake.role_boundary(&arn, resource.address.span, None),
    }
    if resource.data || resource.kind.tells == Tells::Identity(IdentityType::ServiceLinkedRole) {
        return;
    }
    intake.complete(&arn, resource.address.span);
    let role = arn.value.to_string();
    // Lists that the configuration does not set are read back from AWS: others may have written them, but what
    // has a resource of its own is there already, or is taken away.
    let is_set = |name: &str| block.expression(name).is_some();
    for (index, inline) in block.blocks("inline_policy").iter().enumerate() {
        let name = inline.text("name").map_or("", |name| name.value);
        if !is_set("inline_policy") && managed.inline.contains(&(role.clone(), name.to_owned())) {
            continue;
        }
        let path = format!("inline_policy[{index}].policy");
        let place = (inline, "policy", path.as_str());
        if let Some(policy) = policies::policy_in(names, intake, resource, place, PolicyKind::Identity) {
            intake.gives(&arn, policy);
        }
    }
    if let Held::Unknown(at) = block.held("inline_policy")
        && is_set("inline_policy")
    {
        let name = format!("{}.inline_policy", resource.address.value);
        let policy = intake.unknown_policy(&name, PolicyKind::Identity, at, super::names::AFTER_APPLY);
        intake.gives(&arn, policy);
    }
    for policy in names.list(resource, "managed_policy_arns", Want::Policy) {
        let detached = managed.detached.contains(&(role.clone(), policy.value.clone()));
        if is_set("managed_policy_arns") || !(detached || managed.exclusive.contains(&role)) {
            intake.attaches(&arn, policy);
        }
    }
}

fn user(names: &Names<'_, '_>, intake: &mut Intake, resource: &Resource<'_>) {
    let block = names.world.block(resource);
    if resource.data && block.text("arn").is_none() {
        return;
    }
    let arn = names.iam(resource);
    let tags = tags(names, resource);
    let id = block.text("unique_id").map(|id| id.value.to_owned());
    intake.user(&arn, arn.span, |user| {
        user.id = user.id.take().or(id);
        if !user.tags.is_provided() {
            user.tags = tags.map(|tags| tags.value).into();
        }
    });
    intake.called(&resource.address.value, Called::User(arn.value.clone()));
    if let Some(boundary) = names.wanted(resource, "permissions_boundary", Want::Policy) {
        intake.bounded_by(&arn, boundary);
    }
    if !resource.data {
        intake.complete(&arn, resource.address.span);
    }
}

fn managed_policy(names: &Names<'_, '_>, intake: &mut Intake, resource: &Resource<'_>) {
    let arn = names.iam(resource);
    if let Some(policy) = policies::policy(names, intake, resource, "policy", PolicyKind::Identity) {
        intake.managed_policy(arn.value.as_str(), policy.span, policy);
    }
}

fn instance_profile(names: &Names<'_, '_>, intake: &mut Intake, resource: &Resource<'_>) {
    if resource.data && names.world.block(resource).text("arn").is_none() {
        return;
    }
    let profile = names.iam(resource);
    let named = names.wanted(resource, "role", Want::Role);
    let named = named.or_else(|| names.list(resource, "roles", Want::Role).into_iter().next());
    let named = named.or_else(|| names.wanted(resource, "role_arn", Want::Role));
    let role = named
        .filter(|role| !names.is_anybody(resource, "role", role))
        .map(|role| names.principal(resource, "role", &role));
    intake.instance_profile(&profile, role.clone());
    if let Some(role) = role.filter(|role| names.declares("role", role)) {
        intake.role(&role, |role| role.instance_profile = Some(profile.value.to_string()));
    }
}

/// An inline policy that is a resource.
fn inline(names: &Names<'_, '_>, intake: &mut Intake, resource: &Resource<'_>, holder: Holder) {
    let block = names.world.block(resource);
    let Some(owner) = names.wanted(resource, holder.kind(), holder.want()) else { return };
    let place = (&block, "policy", "policy");
    let Some(document) = policies::document(names, intake, resource, place) else { return };
    if !names.is_anybody(resource, holder.kind(), &owner) {
        let policy = policies::lowered(intake, resource, &document, "policy", PolicyKind::Identity);
        let arn = names.principal(resource, holder.kind(), &owner);
        intake.gives(&arn, policy);
        return;
    }
    // It may be anybody's of this file.
    let paths = ("policy", holder.kind());
    let policy = policies::guarded(intake, resource, &document, paths, owner.span, PolicyKind::Identity);
    for arn in everybody(names, holder) {
        intake.gives(&arn, policy.clone());
    }
}

/// A managed policy for the owner that an attachment names.
fn attach(
    names: &Names<'_, '_>,
    intake: &mut Intake,
    resource: &Resource<'_>,
    (holder, owner): (Holder, &Spanned<String>),
) {
    let Some(policy) = names.wanted(resource, "policy_arn", Want::Policy) else { return };
    if !names.is_anybody(resource, holder.kind(), owner) {
        let arn = names.principal(resource, holder.kind(), owner);
        match guarded_policy(names, intake, resource, &policy) {
            Some(policy) => intake.gives(&arn, policy),
            None => intake.attaches(&arn, policy),
        }
        return;
    }
    // Which policy it is does not help as long as nobody knows whose it is.
    let name = format!("{} for {}", resource.address.value, holder.kind());
    let open = intake.unknown_policy(&name, PolicyKind::Identity, owner.span, super::names::AFTER_APPLY);
    for arn in everybody(names, holder) {
        intake.gives(&arn, open.clone());
    }
}

/// The policy of an attachment that may not be there; `None` where it is there for certain.
fn guarded_policy(
    names: &Names<'_, '_>,
    intake: &mut Intake,
    resource: &Resource<'_>,
    arn: &Spanned<String>,
) -> Option<SharedPolicy> {
    if resource.guards.is_empty() {
        return None;
    }
    let is_it = |r: &&Resource<'_>| {
        r.kind.tells == Tells::Identity(IdentityType::ManagedPolicy)
            && names.iam(r).value.as_str() == arn.value
    };
    let own = names.world.resources.iter().find(is_it);
    let known = match own {
        Some(own) => policies::policy(names, intake, own, "policy", PolicyKind::Identity),
        None => intake.aws_managed(&arn.value, PolicyKind::Identity),
    };
    let name = format!("{}.policy_arn", resource.address.value);
    let policy = known.unwrap_or_else(|| {
        intake.unknown_policy(&name, PolicyKind::Identity, arn.span, super::names::AFTER_APPLY)
    });
    Some(policies::guarded_by(policy, resource, arn.span))
}

fn exclusive(names: &Names<'_, '_>, intake: &mut Intake, resource: &Resource<'_>, holder: Holder) {
    let Some(owner) = names.wanted(resource, &format!("{}_name", holder.kind()), holder.want()) else {
        return;
    };
    if names.is_anybody(resource, holder.kind(), &owner) {
        return;
    }
    let arn = names.principal(resource, holder.kind(), &owner);
    for policy in names.list(resource, "policy_arns", Want::Policy) {
        intake.attaches(&arn, policy);
    }
}

fn joins(
    names: &Names<'_, '_>,
    intake: &mut Intake,
    resource: &Resource<'_>,
    user: &Spanned<String>,
    group: &Spanned<String>,
) {
    if !names.is_anybody(resource, "user", user) {
        let group = names.principal(resource, "group", group);
        let user = names.principal(resource, "user", user);
        intake.joins(&user, group.map(|arn| arn.to_string()));
    }
}

/// All roles, users or groups that a file declares.
fn everybody(names: &Names<'_, '_>, holder: Holder) -> Vec<PlacedArn> {
    let declared = match holder {
        Holder::Role => IdentityType::Role,
        Holder::User => IdentityType::User,
        Holder::Group => IdentityType::Group,
    };
    let declares = |r: &&Resource<'_>| r.kind.tells == Tells::Identity(declared) && !r.gone && !r.data;
    names.world.resources.iter().filter(declares).map(|r| names.iam(r)).collect()
}

/// The tags a resource has, those of its provider among them, when all of them are known.
pub(super) fn tags(names: &Names<'_, '_>, resource: &Resource<'_>) -> Option<Spanned<Tags>> {
    let block = names.world.block(resource);
    let node = match (block.held("tags_all"), block.held("tags")) {
        (Held::Known(all), _) => all,
        (_, Held::Unknown(_)) => return None,
        (Held::Unknown(_), _) if names.world.has_default_tags(resource) => return None,
        (_, Held::Known(tags)) => tags,
        (_, Held::Unset) => return Some(Spanned::new(Tags::new(), resource.address.span)),
    };
    let mask = block.unknown.and_then(|unknown| unknown.get("tags_all").or(unknown.get("tags")));
    let is_open =
        |tag: &crate::json::Member<'_>| tag.value.as_bool() == Some(true) || tag.value.as_str().is_some();
    if mask.is_some_and(|mask| mask.members().iter().any(is_open)) {
        return None;
    }
    let pairs = node.members().iter();
    let tags =
        pairs.filter_map(|tag| Some((tag.key.value.clone().into_owned(), tag.value.as_str()?.to_owned())));
    Some(Spanned::new(tags.collect(), node.span))
}
