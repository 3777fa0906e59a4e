//! The organization, its units and accounts, and the policies attached to them.

use std::collections::{BTreeMap, BTreeSet};

use super::model::Resource;
use super::names::Names;
use super::names::is_open;
use super::policies;
use super::types::{Organizations, Tells, Want};
use crate::load::Intake;
use crate::load::organization::kind_named;
use crate::name::AccountId;
use crate::policy::PolicyKind;
use crate::source::Spanned;

pub(super) fn record(names: &Names<'_, '_>, intake: &mut Intake) {
    let resources = || names.world.resources.iter().filter(|resource| !resource.gone);
    let organization =
        resources().find(|r| r.kind.tells == Tells::Organizations(Organizations::Organization));
    if let Some(resource) = organization {
        tree(names, intake, resource);
    }
    attachments(names, intake);
}

fn tree(names: &Names<'_, '_>, intake: &mut Intake, resource: &Resource<'_>) {
    let block = names.world.block(resource);
    let id = names.organization_id(resource);
    let organization = id.value.as_str();
    intake.organization(organization, id.span, |_| ());
    let management = block.text("master_account_id").and_then(account);
    if let Some(management) = management {
        intake.management_account(organization, management);
    }
    for root in block.blocks("roots").iter().filter_map(|root| root.text("id")) {
        intake.target(organization, root.value, root.span, |_| ());
    }
    for list in ["accounts", "non_master_accounts"] {
        for member in block.blocks(list).iter().filter_map(|member| account(member.text("id")?)) {
            intake.account_organization(member.value, Spanned::new(Some(organization), member.span));
        }
    }
    for child in names.world.resources.iter().filter(|r| !r.gone && !r.data) {
        let is_account = child.kind.tells == Tells::Organizations(Organizations::Account);
        if !is_account && child.kind.tells != Tells::Organizations(Organizations::Unit) {
            continue;
        }
        let id = names.organization_id(child);
        // An account that has no number yet is in nobody's question.
        if is_account {
            let Some(member) = account(id.as_ref().map(String::as_str)) else { continue };
            intake.account_organization(member.value, Spanned::new(Some(organization), member.span));
        }
        intake.target(organization, &id.value, id.span, |_| ());
        let parent = names.wanted(child, "parent_id", Want::Target).filter(|parent| !is_open(parent));
        if let Some(parent) = parent {
            intake.target_parent(organization, &id.value, parent.as_ref().map(String::as_str));
        }
    }
}

fn account(text: Spanned<&str>) -> Option<Spanned<AccountId>> {
    Some(Spanned::new(text.value.parse().ok()?, text.span))
}

fn attachments(names: &Names<'_, '_>, intake: &mut Intake) {
    let mut full: BTreeSet<(String, PolicyKind)> = BTreeSet::new();
    let policies = names
        .world
        .resources
        .iter()
        .filter(|r| r.kind.tells == Tells::Organizations(Organizations::Policy) && !r.gone);
    let declared: BTreeMap<String, &Resource<'_>> =
        policies.map(|resource| (names.organization_id(resource).value, resource)).collect();
    let resources = names.world.resources.iter();
    for resource in
        resources.filter(|r| r.kind.tells == Tells::Organizations(Organizations::Attachment) && !r.gone)
    {
        let target = names.wanted(resource, "target_id", Want::Target).filter(|target| !is_open(target));
        let Some(target) = target else { continue };
        let Some(id) = names.wanted(resource, "policy_id", Want::OrganizationPolicy) else { continue };
        let Some(declared) = declared.get(&id.value).copied() else { continue };
        // The type is SERVICE_CONTROL_POLICY unless it says otherwise.
        let written = names.world.block(declared).text("type");
        let Some(kind) = written.map_or(Some(PolicyKind::Scp), |kind| kind_named(kind.value)) else {
            continue;
        };
        let Some(policy) = policies::policy(names, intake, declared, "content", kind) else { continue };
        intake.attaches_at(&target.value, kind, policy);
        // AWS attaches the policy that allows everything to every target, and nothing here detaches it.
        if full.insert((target.value.clone(), kind))
            && let Some(policy) = intake.full_access(kind)
        {
            intake.attaches_at(&target.value, kind, policy);
        }
    }
}
