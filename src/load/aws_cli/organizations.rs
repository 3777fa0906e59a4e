//! `aws organizations …`

use std::collections::BTreeMap;

use crate::estate::{Attached, Known, SharedPolicy};
use crate::json::Node;
use crate::load::fields::{account_id, text};
use crate::load::organization::{NO_ORGANIZATION, document, is_target, kind_named, organization_of};
use crate::load::{InputDocument, Intake};
use crate::name::{AccountId, Arn};
use crate::policy::PolicyKind;
use crate::source::{SourceId, Spanned};

/// The organization in an ARN of its service: `…:policy/o-…/…`.
fn organization_in(arn: &str) -> Option<(Arn, String)> {
    let arn: Arn = arn.parse().ok()?;
    let id = arn.resource().split('/').find(|part| part.starts_with("o-"))?.to_owned();
    Some((arn, id))
}

pub(super) fn describe_organization(input: &InputDocument<'_>, intake: &mut Intake) {
    tell_organization(input, intake);
}

/// What Organization says, and its id.
pub(super) fn tell_organization(input: &InputDocument<'_>, intake: &mut Intake) -> Option<String> {
    let node = input.root().get("Organization")?;
    let id = text(node, "Id")?;
    intake.organization(id.value, node.span, |_| ());
    if let Some(account) = text(node, "MasterAccountId")
        && let Some(account) = account_id(account, &mut intake.problems)
    {
        intake.management_account(id.value, account);
    }
    intake.contributes(input.source, "", format!("organization {}", id.value));
    Some(id.value.to_owned())
}

/// list-accounts, or list-accounts-for-parent where the directory names the parent.
pub(super) fn list_accounts(input: &InputDocument<'_>, intake: &mut Intake) {
    for node in input.root().get("Accounts").map(Node::elements).unwrap_or_default() {
        tell_account(node, intake);
    }
    // What a file contributes is said when it waits no more: a file that contributed has an owner.
    intake.wait(input, |input, intake| {
        let what = match input.root().get("Accounts").map(Node::elements).unwrap_or_default() {
            [only] => format!("account {}", text(only, "Id").map_or("", |id| id.value)),
            list => format!("{} accounts", list.len()),
        };
        intake.contributes(input.source, "", what);
        children(input, "Accounts", intake);
    });
}

pub(super) fn describe_account(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(node) = input.root().get("Account") else { return };
    if let Some(id) = tell_account(node, intake) {
        intake.contributes(input.source, "", format!("account {id}"));
    }
}

/// An account and the organization it is in.
pub(super) fn tell_account(node: &Node<'_>, intake: &mut Intake) -> Option<AccountId> {
    let id = text(node, "Id").and_then(|id| account_id(id, &mut intake.problems))?;
    intake.account(id.value, node.span, |_| ());
    if let Some(name) = text(node, "Name") {
        intake.account_name(id.value, name);
    }
    if let Some(arn) = text(node, "Arn")
        && let Some((arn_of, organization)) = organization_in(arn.value)
    {
        intake.organization(&organization, node.span, |_| ());
        // The ARN of a member account is one of the account that manages the organization.
        if let Some(management) = arn_of.account() {
            intake.management_account(&organization, Spanned::new(management, arn.span));
        }
        intake.account_organization(id.value, Spanned::new(Some(&organization), arn.span));
    }
    for path in node.get("Paths").map_or(&[][..], Node::elements) {
        tell_path(path, intake);
    }
    Some(id.value)
}

/// A path from the organization over its root and units, `o-a/r-b/ou-b-c/111111111111/`: who is the parent of whom.
///
/// Source: <https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html>
fn tell_path(path: &Node<'_>, intake: &mut Intake) {
    let mut steps = path.as_str().unwrap_or_default().split('/').filter(|step| !step.is_empty());
    let Some(organization) = steps.next().filter(|id| id.starts_with("o-")) else { return };
    let Some(mut parent) = steps.next().filter(|id| id.starts_with("r-")) else { return };
    intake.organization(organization, path.span, |_| ());
    intake.target(organization, parent, path.span, |_| ());
    for step in steps {
        intake.target(organization, step, path.span, |_| ());
        intake.target_parent(organization, step, Spanned::new(parent, path.span));
        parent = step;
    }
}

/// The organization of a root or unit, out of its ARN.
fn tell_organization_of(node: &Node<'_>, intake: &mut Intake) -> Option<String> {
    let (management, organization) = organization_in(text(node, "Arn")?.value)?;
    intake.organization(&organization, node.span, |_| ());
    if let Some(account) = management.account() {
        intake.management_account(&organization, Spanned::new(account, node.span));
    }
    Some(organization)
}

pub(super) fn list_roots(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(list) = input.root().get("Roots") else { return };
    for root in list.elements() {
        let (Some(id), Some(organization)) = (text(root, "Id"), tell_organization_of(root, intake)) else {
            continue;
        };
        tell_root(root, id, &organization, intake);
        intake.contributes(input.source, "", format!("root {}", id.value));
    }
}

/// A root, and the types of policies that are off in its organization.
pub(super) fn tell_root(root: &Node<'_>, id: Spanned<&str>, organization: &str, intake: &mut Intake) {
    intake.target(organization, id.value, root.span, |_| ());
    let Some(types) = root.get("PolicyTypes") else { return };
    for kind in [PolicyKind::Scp, PolicyKind::Rcp] {
        let is_on = |node: &Node<'_>| {
            let of_kind = text(node, "Type").and_then(|name| kind_named(name.value)) == Some(kind);
            of_kind && text(node, "Status").is_none_or(|status| status.value.eq_ignore_ascii_case("ENABLED"))
        };
        if !types.elements().iter().any(is_on) {
            intake.disables_policies(organization, kind);
        }
    }
}

/// The units under the target that the directory names.
pub(super) fn list_units_for_parent(input: &InputDocument<'_>, intake: &mut Intake) {
    children(input, "OrganizationalUnits", intake);
    if target_of(input.source, intake).is_none() {
        intake.misses(input.source, NO_TARGET);
    }
}

pub(super) fn describe_unit(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(unit) = input.root().get("OrganizationalUnit") else { return };
    let (Some(id), Some(organization)) = (text(unit, "Id"), tell_organization_of(unit, intake)) else {
        return;
    };
    intake.target(&organization, id.value, unit.span, |_| ());
    if let Some(path) = unit.get("Path") {
        tell_path(path, intake);
    }
    intake.contributes(input.source, "", format!("unit {}", id.value));
}

pub(super) fn list_children(input: &InputDocument<'_>, intake: &mut Intake) {
    children(input, "Children", intake);
    if target_of(input.source, intake).is_none() {
        intake.misses(input.source, NO_TARGET);
    }
}

/// What lies in the root or unit that the directory names, or a `[[bind]]`.
fn children(input: &InputDocument<'_>, list: &str, intake: &mut Intake) {
    let parent = target_of(input.source, intake).filter(|target| target.parse::<AccountId>().is_err());
    let (Some(parent), Some(list)) = (parent, input.root().get(list)) else { return };
    for node in list.elements() {
        let Some(id) = text(node, "Id") else { continue };
        let told = tell_organization_of(node, intake);
        let Some(organization) = told.or_else(|| organization_of(&parent, intake)) else {
            intake.misses(input.source, NO_ORGANIZATION);
            return;
        };
        if parent.starts_with("r-") {
            intake.target(&organization, &parent, list.span, |_| ());
        }
        intake.target(&organization, id.value, node.span, |_| ());
        intake.target_parent(&organization, id.value, Spanned::new(&parent, node.span));
    }
    intake.contributes(input.source, "", format!("{} children of {parent}", list.elements().len()));
}

/// What tag, backup and other management policies come to for an account: nothing about who may do what, but for the
/// policies of S3, which are asked for by organization here.
pub(super) fn effective_policy(input: &InputDocument<'_>, intake: &mut Intake) {
    let kind = input.root().get("EffectivePolicy").and_then(|policy| text(policy, "PolicyType"));
    let nothing = match kind.map(|kind| kind.value) {
        Some("S3_POLICY") => "nothing: say with s3_policy in [[organization]] what the S3 policy switches on",
        Some(_) | None => "nothing: effective policies say nothing about access",
    };
    intake.contributes(input.source, "", nothing);
}

pub(super) fn describe_policy(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(policy) = input.root().get("Policy") else { return };
    if let Some((kind, id)) = tell_policy(policy, "/Policy", intake) {
        intake.contributes(input.source, "", format!("{} {id}", kind.describe()));
    }
}

/// A policy of an organization with its document.
pub(super) fn tell_policy(
    policy: &Node<'_>,
    pointer: &str,
    intake: &mut Intake,
) -> Option<(PolicyKind, String)> {
    let summary = policy.get("PolicySummary")?;
    if let Some((_, organization)) = text(summary, "Arn").and_then(|arn| organization_in(arn.value)) {
        intake.organization(&organization, summary.span, |_| ());
    }
    let id = text(summary, "Id")?;
    let Some(kind) = kind_named(text(summary, "Type")?.value) else {
        intake.other_organization_policy(id.value);
        return None;
    };
    let document = intake.policy(policy.get("Content")?, kind, &format!("{pointer}/Content"))?;
    intake.organization_policy(id.value, kind, document);
    Some((kind, id.value.to_owned()))
}

/// The target a file is about: bound, or named by its directory.
fn target_of(source: SourceId, intake: &Intake) -> Option<String> {
    let owner = intake.owner_of(source);
    let bound =
        owner.target.map(|target| target.value).or(owner.account.map(|account| account.value.to_string()));
    bound.or_else(|| intake.directory_of(source).filter(|name| is_target(name)))
}

const NO_TARGET: &str = "which target it is about: put it in a directory named r-…, ou-… or as the account, or add [[bind]] with target = \"…\"";

fn place(input: &InputDocument<'_>, intake: &mut Intake) -> Option<(String, String)> {
    let Some(target) = target_of(input.source, intake) else {
        intake.misses(input.source, NO_TARGET);
        return None;
    };
    let Some(organization) = organization_of(&target, intake) else {
        intake.misses(input.source, NO_ORGANIZATION);
        return None;
    };
    Some((organization, target))
}

pub(super) fn list_parents(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some((organization, child)) = place(input, intake) else { return };
    let Some(parent) = input.root().get("Parents").and_then(|list| list.elements().first()) else { return };
    let Some(id) = text(parent, "Id") else { return };
    intake.target(&organization, &child, input.root().span, |_| ());
    intake.target_parent(&organization, &child, id);
    // A root has no parent to tell of, so nobody else introduces it.
    if id.value.starts_with("r-") {
        intake.target(&organization, id.value, parent.span, |_| ());
    }
    intake.contributes(input.source, "", format!("parent of {child}"));
}

pub(super) fn list_policies_for_target(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some((organization, target)) = place(input, intake) else { return };
    let Some(list) = input.root().get("Policies") else { return };
    let mut by_kind: BTreeMap<PolicyKind, Vec<Known<SharedPolicy>>> = BTreeMap::new();
    for summary in list.elements() {
        let (Some(id), Some(kind)) = (text(summary, "Id"), text(summary, "Type")) else { continue };
        let Some(kind) = kind_named(kind.value) else { continue };
        let policy = document(id.value, kind, intake);
        if policy.is_none() {
            let name = text(summary, "Name").map_or("", |name| name.value);
            intake.misses(
                input.source,
                format!("the document of {} ({name}): output of describe-policy", id.value),
            );
        }
        by_kind.entry(kind).or_default().push(policy.into());
    }
    if list.elements().is_empty() {
        match kind_in_name(intake.sources.name(input.source)) {
            // Every target has one policy at least of a type that is on.
            Some(kind) => {
                by_kind.insert(kind, Vec::new());
            }
            None => intake
                .misses(input.source, "of which type it lists none: put `scp` or `rcp` in the file's name"),
        }
    }
    intake.target(&organization, &target, input.root().span, |_| ());
    for (kind, policies) in by_kind {
        intake.lists_policies(&target, kind);
        let told: Vec<SharedPolicy> =
            policies.iter().filter_map(|policy| policy.provided().cloned()).collect();
        // One unknown document leaves the whole list open.
        if told.len() == policies.len() {
            let attached = if told.is_empty() { Attached::Off } else { Attached::Policies(told) };
            intake.target_policies(&organization, &target, kind, list.span, attached);
        }
        intake.contributes(input.source, "", format!("{}s of {target}", kind.as_str().to_ascii_uppercase()));
    }
}

fn kind_in_name(name: &str) -> Option<PolicyKind> {
    let name = name.rsplit('/').next().unwrap_or("").to_ascii_lowercase();
    if name.contains("rcp") || name.contains("resource") {
        Some(PolicyKind::Rcp)
    } else if name.contains("scp") || name.contains("service") {
        Some(PolicyKind::Scp)
    } else {
        None
    }
}

pub(super) fn list_targets_for_policy(input: &InputDocument<'_>, intake: &mut Intake) {
    let directory = intake.directory_of(input.source).filter(|name| name.starts_with("p-"));
    let Some(policy) = directory.or_else(|| only_policy_beside(input, intake)) else {
        let missing = "which policy it is about: put it in a directory named as the policy, p-…";
        intake.misses(input.source, missing);
        return;
    };
    let Some(list) = input.root().get("Targets") else { return };
    let targets: Vec<_> = list
        .elements()
        .iter()
        .filter_map(|target| Some(text(target, "TargetId")?.map(str::to_owned)))
        .collect();
    let what = format!("{} targets of {policy}", targets.len());
    intake.contributes(input.source, "", what);
    intake.lists_targets(&policy, targets, input.source);
}

/// The policy that is described in the same directory, when it is the only one.
fn only_policy_beside(input: &InputDocument<'_>, intake: &Intake) -> Option<String> {
    let dir = input.path.parent()?;
    let beside =
        |source: SourceId| intake.paths.get(&source).is_some_and(|opened| opened.path.parent() == Some(dir));
    // The document is a string inside the answer, so its host is the file.
    let mut ids =
        intake.organization_policies().filter(|(_, policy)| beside(intake.sources.host(policy.span).source));
    match (ids.next(), ids.next()) {
        (Some((id, _)), None) => Some(id.clone()),
        (None | Some(_), None | Some(_)) => None,
    }
}
