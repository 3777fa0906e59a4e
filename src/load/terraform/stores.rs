//! Secrets and queues, and their policies.

use super::iam::tags;
use super::model::Resource;
use super::names::is_open;
use super::names::{AFTER_APPLY, Names};
use super::policies;
use super::types::{Key, Naming, Tells, Want};
use crate::estate::{PlacedArn, StoreKind};
use crate::load::{Intake, stores};
use crate::policy::PolicyKind;
use crate::source::Spanned;

pub(super) fn record(names: &Names<'_, '_>, intake: &mut Intake) {
    let all = || names.world.resources.iter().filter(|resource| !resource.gone);
    let mut given: Vec<(StoreKind, PlacedArn)> = Vec::new();
    let mut open: Vec<(StoreKind, &Resource<'_>)> = Vec::new();
    for resource in all().filter(|resource| !resource.data) {
        let Tells::StorePolicy(kind, owner) = resource.kind.tells else { continue };
        let Some(named) = names.wanted(resource, owner, Want::Store) else { continue };
        match arn_of(names, resource, kind, &named).filter(|_| !is_open(&named)) {
            Some(arn) => {
                if let Some(policy) =
                    policies::policy(names, intake, resource, "policy", PolicyKind::Resource)
                {
                    intake.store(&arn, |_| ());
                    intake.store_policy(&arn, policy.span, Some(policy));
                }
                given.push((kind, arn));
            }
            None => open.push((kind, resource)),
        }
    }
    for resource in all() {
        let (Tells::Store(key), Naming::Store(kind)) = (resource.kind.tells, resource.kind.named) else {
            continue;
        };
        let arn = names.store(resource, kind);
        intake.store(&arn, |_| ());
        intake.store_called(&resource.address.value, &arn);
        if !resource.data {
            let has_policy = given.iter().any(|(_, owner)| owner.value == arn.value);
            let open = open.iter().find(|(of, _)| *of == kind).map(|(_, policy)| *policy);
            store(names, intake, (resource, kind, &arn), key, (has_policy, open));
        }
    }
}

/// What a resource says of itself. What it leaves out is what the service gives to new ones.
fn store<'s>(
    names: &Names<'_, 's>,
    intake: &mut Intake,
    (resource, kind, arn): (&Resource<'s>, StoreKind, &PlacedArn),
    argument: Key,
    (has_policy, open): (bool, Option<&Resource<'s>>),
) {
    let at = resource.address.span;
    match names.wanted(resource, argument.0, Want::Key) {
        Some(key) if is_open(&key) => {}
        Some(key) => {
            let span = key.span;
            intake.store_key(arn, Spanned::new(stores::key_named(kind, Some(&key.value)), span));
        }
        None => intake.store_key(arn, Spanned::new(stores::key_named(kind, None), at)),
    }
    if let Some(tags) = tags(names, resource) {
        intake.store_tags(arn, tags);
    }
    if has_policy {
        return;
    }
    let own = policies::policy(names, intake, resource, "policy", PolicyKind::Resource);
    match (own, open) {
        (Some(policy), _) => intake.store_policy(arn, policy.span, Some(policy)),
        (None, None) => intake.store_policy(arn, at, None),
        // One that is perhaps of another.
        (None, Some(other)) => {
            let span = other.address.span;
            let name = format!("{}.policy", other.address.value);
            let policy = intake.unknown_policy(&name, PolicyKind::Resource, span, AFTER_APPLY);
            intake.store_policy(arn, span, Some(policy));
        }
    }
}

/// The store that a policy names: a secret by its ARN, a queue by its URL.
fn arn_of<'s>(
    names: &Names<'_, 's>,
    beside: &Resource<'s>,
    kind: StoreKind,
    named: &Spanned<String>,
) -> Option<PlacedArn> {
    if let Ok(arn) = named.value.parse() {
        return (StoreKind::of(&arn) == Some(kind)).then(|| Spanned::new(arn, named.span));
    }
    // `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`
    let (_, path) = named.value.split_once("://").filter(|_| kind == StoreKind::Queue)?;
    let mut parts = path.rsplit('/');
    let (name, account, host) = (parts.next()?, parts.next()?, parts.next()?);
    let region = host.strip_prefix("sqs.").and_then(|rest| rest.split('.').next());
    let region = region.map_or_else(|| names.places.region_text(beside), str::to_owned);
    let arn = crate::name::Arn::of(names.places.partition(beside), "sqs", &region, account, name);
    Some(Spanned::new(arn, named.span))
}
