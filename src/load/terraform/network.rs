//! VPC endpoints for S3.

use std::collections::BTreeMap;

use super::model::{Held, Resource};
use super::names::Names;
use super::names::is_open;
use super::policies;
use super::types::{Tells, Want};
use crate::load::{Intake, settings};
use crate::policy::PolicyKind;
use crate::source::Spanned;

pub(super) fn record(names: &Names<'_, '_>, intake: &mut Intake) {
    let mut separate: BTreeMap<String, &Resource<'_>> = BTreeMap::new();
    let resources = || names.world.resources.iter().filter(|resource| !resource.gone);
    for resource in resources().filter(|r| r.kind.tells == Tells::EndpointPolicy) {
        let endpoint = names.wanted(resource, "vpc_endpoint_id", Want::Endpoint);
        if let Some(endpoint) = endpoint.filter(|endpoint| !is_open(endpoint)) {
            separate.insert(endpoint.value, resource);
        }
    }
    for resource in resources().filter(|r| r.kind.tells == Tells::Endpoint) {
        endpoint(names, intake, resource, &separate);
    }
}

fn endpoint<'s>(
    names: &Names<'_, 's>,
    intake: &mut Intake,
    resource: &Resource<'s>,
    separate: &BTreeMap<String, &Resource<'s>>,
) {
    let block = names.world.block(resource);
    // Only endpoints for S3 stand in the way of a read: S3 calls KMS by itself.
    let service = block.text("service_name").map_or("", |name| name.value);
    if !settings::is_s3_service(service) {
        return;
    }
    let id = names.endpoint(resource);
    let at = resource.address.span;
    intake.endpoint(&id.value, id.span, |_| ());
    let kind = block.text("vpc_endpoint_type").unwrap_or(Spanned::new("Gateway", at));
    if let Some(known) = settings::endpoint_type(kind.value) {
        intake.endpoint_type(&id.value, kind.map(|_| known));
    }
    if let Some(vpc) = block.text("vpc_id") {
        intake.endpoint_vpc(&id.value, vpc);
    }
    let owner = block.text("owner_id").and_then(|id| Some(Spanned::new(id.value.parse().ok()?, id.span)));
    if let Some(account) = owner.or_else(|| names.places.account(resource)) {
        intake.endpoint_account(&id.value, account);
    }
    let holder = separate.get(&id.value).copied().unwrap_or(resource);
    match policies::policy(names, intake, holder, "policy", PolicyKind::Endpoint) {
        Some(policy) => intake.endpoint_policy(&id.value, policy.span, Some(policy)),
        // Nobody wrote one: full access.
        None if !resource.data || matches!(block.held("policy"), Held::Known(_)) => {
            intake.endpoint_policy(&id.value, at, None);
        }
        None => {}
    }
}
