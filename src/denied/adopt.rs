//! Policies that lie alone in a file: a refusal names the caller, the key, the bucket and the role that they can belong to.

use super::known::{key_arn, nowhere};
use super::refusal::{Leg, Refusal};
use crate::estate::{Estate, Identity, Known, Role, SharedPolicy, User};
use crate::name::Arn;
use crate::policy::PolicyKind;
use crate::source::Spanned;

/// Gives policies that no file gives an owner to the only owner that these refusals name for them, and says to whom.
/// Policies of one kind belong together: a caller may have several.
pub fn adopt(
    estate: &mut Estate,
    refusals: &[&Refusal],
    kind: PolicyKind,
    policies: &[SharedPolicy],
) -> Option<String> {
    let first = policies.first()?;
    match kind {
        PolicyKind::Identity | PolicyKind::Permissions => {
            let caller = only(refusals.iter().filter_map(|refusal| caller(refusal)))?;
            identity(estate, &caller, policies).then(|| format!("a policy of {caller}"))
        }
        PolicyKind::Key if policies.len() == 1 => {
            let arn = only(refusals.iter().filter_map(|refusal| key_arn(refusal)))?;
            let at = super::known::key(estate, &arn);
            let key = estate.keys.get_mut(at).filter(|key| !key.policy.is_provided())?;
            key.policy = Known::Provided(first.clone());
            Some(format!("the key policy of {arn}"))
        }
        PolicyKind::Bucket | PolicyKind::Resource if policies.len() == 1 => {
            let name = only(refusals.iter().filter_map(|refusal| bucket(refusal)))?;
            let at = super::known::bucket(estate, &name);
            let bucket = estate.buckets.get_mut(at).filter(|bucket| !bucket.policy.is_provided())?;
            bucket.policy = Known::Provided(Some(first.clone()));
            Some(format!("the bucket policy of {name}"))
        }
        PolicyKind::Trust if policies.len() == 1 => {
            let target = |refusal: &&Refusal| {
                let arn = refusal.resource.as_deref().filter(|_| refusal.leg() == Some(Leg::Role))?;
                arn.parse::<Arn>().ok().filter(|arn| arn.resource_of("role").is_some())
            };
            let arn = only(refusals.iter().filter_map(target))?;
            let at = role(estate, &arn);
            let role = estate.roles.get_mut(at).filter(|role| !role.trust.is_provided())?;
            role.trust = Known::Provided(first.clone());
            Some(format!("the trust policy of {arn}"))
        }
        PolicyKind::Key
        | PolicyKind::Bucket
        | PolicyKind::Resource
        | PolicyKind::Trust
        | PolicyKind::Boundary
        | PolicyKind::Session
        | PolicyKind::Scp
        | PolicyKind::Rcp
        | PolicyKind::Endpoint
        | PolicyKind::AccessPoint => None,
    }
}

/// The one that all name.
fn only<T: PartialEq>(mut all: impl Iterator<Item = T>) -> Option<T> {
    let first = all.next()?;
    all.all(|other| other == first).then_some(first)
}

/// The role or user that asked. The role of a session is taken to have no path, which a message does not tell.
fn caller(refusal: &Refusal) -> Option<Arn> {
    let told = refusal.role.as_deref().or(refusal.principal.as_deref())?;
    let arn: Arn = told.parse().ok()?;
    let Some(session) = arn.resource_of("assumed-role") else {
        return arn.resource_of("role").or(arn.resource_of("user")).is_some().then_some(arn);
    };
    let name = session.split('/').next()?;
    Some(Arn::of(arn.partition(), "iam", "", arn.account_text(), &format!("role/{name}")))
}

fn bucket(refusal: &Refusal) -> Option<String> {
    let named = refusal.resource.as_deref().and_then(|arn| arn.split_once(":s3:::")).map(|(_, rest)| rest);
    let object = || refusal.object.as_deref().and_then(|object| object.strip_prefix("s3://"));
    let in_context = || refusal.bucket_in_context().or_else(|| refusal.object_in_context());
    let rest = named.or_else(object).or_else(in_context)?;
    rest.split('/').next().filter(|name| !name.is_empty()).map(str::to_owned)
}

/// Policies of a caller of whom the files tell none.
fn identity(estate: &mut Estate, arn: &Arn, policies: &[SharedPolicy]) -> bool {
    let is_user = arn.resource_of("user").is_some();
    let held = match is_user {
        true => estate.user(arn.as_str()).map(Identity::User),
        // A session does not tell the path.
        false => {
            let name = arn.resource().rsplit('/').next();
            let is_it = |role: &&Role| role.arn.value.account() == arn.account() && Some(role.name()) == name;
            estate.roles.iter().find(is_it).map(Identity::Role)
        }
    };
    if held.is_some_and(|held| held.policies().is_provided()) {
        return false;
    }
    let owner = held.map_or_else(|| arn.clone(), |held| held.arn().clone());
    let policies = Known::Provided(policies.to_vec());
    if is_user {
        match estate.users.find_mut(|user| user.arn.value == owner) {
            Some(user) => user.policies = policies,
            None => estate.users.push(User {
                arn: Spanned { value: owner, span: nowhere() },
                id: None,
                policies,
                boundary: Known::NotProvided,
                tags: Known::NotProvided,
                groups: Vec::new(),
                span: nowhere(),
            }),
        }
        return true;
    }
    let at = role(estate, &owner);
    if let Some(role) = estate.roles.get_mut(at) {
        role.policies = policies;
    }
    true
}

/// The place of a role, which the estate holds from then on.
fn role(estate: &mut Estate, arn: &Arn) -> usize {
    if let Some(at) = estate.roles.iter().position(|role| role.arn.value == *arn) {
        return at;
    }
    estate.roles.push(Role {
        arn: Spanned { value: arn.clone(), span: nowhere() },
        id: None,
        trust: Known::NotProvided,
        policies: Known::NotProvided,
        boundary: Known::NotProvided,
        tags: Known::NotProvided,
        instance_profile: None,
    });
    estate.roles.len() - 1
}
