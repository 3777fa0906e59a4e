//! `[[account]]` and `[[organization]]`.

use std::collections::BTreeSet;
use std::path::Path;

use super::field::{self, NONE};
use super::file::{self, Use};
use super::storage::is_region;
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::estate::Attached;
use crate::json::{Node, Reader};
use crate::load::Intake;
use crate::load::fields::{account_id, invalid};
use crate::load::organization::is_target;
use crate::name::AccountId;
use crate::policy::PolicyKind;
use crate::source::Spanned;

pub(super) fn account(node: &Node<'_>, _dir: &Path, intake: &mut Intake) {
    const NAMES: &[&str] = &["id", "name", "organization", "public_access_block", "regions"];
    let mut problems = Vec::new();
    let Some(mut t) = Reader::strict(&mut problems).object(node, "an account", NAMES) else {
        intake.problems.append(&mut problems);
        return;
    };
    let id = t.required_text("id").and_then(|text| account_id(text, t.problems()));
    let name = t.text("name");
    let organization = t.text("organization");
    let block = field::public_access(&mut t, "public_access_block");
    let regions = field::list(&mut t, "regions");
    for region in regions.iter().flat_map(|list| &list.value).filter(|region| !is_region(region.value)) {
        let message = format!("`{}` is not a Region", region.value);
        t.problems().push(invalid(region.span, message, "write its code, such as af-south-1"));
    }
    if let Some(organization) = organization.filter(|o| o.value != NONE && !o.value.starts_with("o-")) {
        let message = format!("`{}` is not an organization", organization.value);
        let help = format!("write its id, o-…, or \"{NONE}\" for an account that is in no organization");
        t.problems().push(invalid(organization.span, message, help));
    }
    intake.problems.append(&mut problems);
    let Some(id) = id else { return };
    if !intake.is_first_table(&format!("account {}", id.value), id.span) {
        return;
    }
    intake.account(id.value, node.span, |_| ());
    if let Some(name) = name {
        intake.account_name(id.value, name);
    }
    if let Some(organization) = organization {
        let told = organization.map(|text| (text != NONE).then_some(text));
        intake.account_organization(id.value, told);
    }
    if let Some(block) = block {
        intake.account_public_access(id.value, block.span, &block.value);
    }
    if let Some(regions) = regions {
        let owned = |list: Vec<Spanned<&str>>| list.iter().map(|r| r.value.to_owned()).collect::<Vec<_>>();
        intake.account_regions(id.value, regions.map(owned));
    }
}

pub(super) fn organization(node: &Node<'_>, dir: &Path, intake: &mut Intake) {
    const NAMES: &[&str] = &["id", "management_account", "s3_policy", "target"];
    let mut problems = Vec::new();
    let Some(mut t) = Reader::strict(&mut problems).object(node, "an organization", NAMES) else {
        intake.problems.append(&mut problems);
        return;
    };
    let id = t.required_text("id");
    let management = field::account(&mut t, "management_account");
    let s3_policy = field::public_access(&mut t, "s3_policy");
    let targets = t.tables("target").unwrap_or_default();
    if let Some(id) = id.filter(|id| !id.value.starts_with("o-")) {
        let message = format!("`{}` is not an organization id", id.value);
        t.problems().push(invalid(id.span, message, "an organization id is o-…"));
    }
    intake.problems.append(&mut problems);
    let Some(id) = id else { return };
    if !intake.is_first_table(&format!("organization {}", id.value), id.span) {
        return;
    }
    intake.organization(id.value, node.span, |_| ());
    if let Some(management) = management {
        intake.management_account(id.value, management);
    }
    if let Some(settings) = s3_policy {
        intake.organization_s3_policy(id.value, settings.span, &settings.value);
    }
    let mut parents = Vec::new();
    let mut known = BTreeSet::new();
    for target in targets {
        if let Some((id, parent)) = read_target(id.value, target, dir, intake) {
            known.insert(id);
            parents.extend(parent);
        }
    }
    for parent in parents.iter().filter(|parent| !known.contains(parent.value)) {
        let message =
            format!("`{}` is not a target of this organization, so its policies are not known", parent.value);
        let help = did_you_mean(parent.value, known.iter().copied())
            .unwrap_or_else(|| format!("add an [[organization.target]] with id = \"{}\"", parent.value));
        intake.problems.push(Diagnostic::new(Code::UnknownParent, parent.span, message).help(help));
    }
}

/// Reads one target; gives its id and its parent.
fn read_target<'n>(
    organization: &str,
    node: &'n Node<'_>,
    dir: &Path,
    intake: &mut Intake,
) -> Option<(&'n str, Option<Spanned<&'n str>>)> {
    const NAMES: &[&str] = &["id", "parent", "scps", "rcps", "override"];
    let mut problems = Vec::new();
    let Some(mut t) = Reader::strict(&mut problems).object(node, "a target", NAMES) else {
        intake.problems.append(&mut problems);
        return None;
    };
    let id = t.required_text("id").filter(|id| check_id(*id, t.problems()));
    let parent = t.text("parent").filter(|parent| check_id(*parent, t.problems()));
    if let (Some(id), Some(parent)) = (id, parent)
        && let Some(message) = misplaced(id.value, parent.value)
    {
        let help = "a parent is the root r-… or a unit ou-…";
        t.problems().push(invalid(parent.span, message, help));
    }
    let scps = field::list(&mut t, "scps");
    let rcps = field::list(&mut t, "rcps");
    if let (Some(id), None) = (id, file::place(&mut t, "parent"))
        && !id.value.starts_with("r-")
    {
        let message = format!("`{}` has no parent, so the policies above it are not known", id.value);
        let help = "add parent = \"r-…\" or parent = \"ou-…\"";
        t.problems().push(Diagnostic::new(Code::MissingParent, id.span, message).help(help));
    }
    intake.problems.append(&mut problems);
    let id = id?;
    if !intake.is_first_table(&format!("target {}", id.value), id.span) {
        return None;
    }
    intake.target(organization, id.value, node.span, |_| ());
    if let Some(parent) = parent {
        intake.target_parent(organization, id.value, parent);
    }
    for (list, kind) in [(scps, PolicyKind::Scp), (rcps, PolicyKind::Rcp)] {
        let Some(list) = list else { continue };
        let attached = if list.value.is_empty() {
            Attached::Off
        } else {
            Attached::Policies(file::policies(intake, dir, &list.value, Use { kind, owner: id.value }, &[]))
        };
        intake.target_policies(organization, id.value, kind, list.span, attached);
    }
    Some((id.value, parent))
}

/// Why this cannot be the parent of that.
fn misplaced(id: &str, parent: &str) -> Option<String> {
    if id.starts_with("r-") {
        Some(format!("`{id}` is a root, and nothing is above it"))
    } else if parent.parse::<AccountId>().is_ok() {
        Some(format!("`{parent}` is an account, and nothing is below it"))
    } else {
        None
    }
}

fn check_id(id: Spanned<&str>, problems: &mut Vec<Diagnostic>) -> bool {
    let fits = is_target(id.value);
    if !fits {
        let message = format!("`{}` is not a target of policies", id.value);
        problems.push(invalid(id.span, message, "a target is the root r-…, a unit ou-… or an account id"));
    }
    fits
}
