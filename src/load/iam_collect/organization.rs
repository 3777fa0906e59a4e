//! The organization: its accounts, its units and the policies attached to them.

use super::path::{StorePlace, place};
use super::{document, misfit};
use crate::estate::{Attached, SharedPolicy};
use crate::json::{Node, Value};
use crate::load::fields::{account_id, text, unexpected};
use crate::load::{InputDocument, Intake};
use crate::name::AccountId;
use crate::policy::PolicyKind;
use crate::source::{Span, Spanned};

pub(super) fn metadata(input: &InputDocument<'_>, id: &str, intake: &mut Intake) {
    let root = input.root();
    let id = text(root, "id").map_or(id, |id| id.value);
    intake.organization(id, root.span, |_| ());
    if let Some(account) = text(root, "rootAccountId")
        && let Some(account) = account_id(account, &mut intake.problems)
    {
        intake.management_account(id, account);
        intake.account_organization(account.value, Spanned::new(Some(id), account.span));
    }
    if let Some(at) = text(root, "rootOu") {
        intake.target(id, at.value, at.span, |_| ());
    }
    intake.contributes(input.source, "", format!("organization {id}"));
}

/// The metadata of an SCP or RCP: its id in the original case.
pub(super) fn policy_metadata(input: &InputDocument<'_>, intake: &mut Intake) {
    match text(input.root(), "arn") {
        Some(arn) => intake.contributes(input.source, "", format!("policy {}", id_in(arn.value))),
        None => {
            let message = "the metadata has no `arn`, so what this directory is about is not known";
            misfit(input, input.root().span, message, intake);
        }
    }
}

/// The document of an SCP or RCP. Lists name it by its ARN, whose last part in lower case is its directory.
pub(super) fn policy(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some((StorePlace::OrganizationPolicy { is_rcp, file: "policy.json" }, _)) = place(input.path) else {
        return;
    };
    let kind = if is_rcp { PolicyKind::Rcp } else { PolicyKind::Scp };
    let Some(policy) = document(input, kind, intake) else { return };
    let Some(id) = intake.directory_of(input.source) else { return };
    intake.contributes(input.source, "", format!("{} {id}", kind.describe()));
    intake.organization_policy(&id, kind, policy);
}

fn id_in(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// `accounts.json`, `ous.json` and `structure.json`.
pub(super) fn lists(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some((StorePlace::Organization { id, file }, _)) = place(input.path) else { return };
    let root = input.root();
    if !root.is_object() {
        misfit(input, root.span, format!("{file} is an object; this is {}", root.kind()), intake);
        return;
    }
    intake.organization(id, root.span, |_| ());
    for member in root.members() {
        let (name, value) = (&*member.key.value, &member.value);
        let at = member.key.span;
        match file {
            "accounts.json" => {
                let Some(account) =
                    account_id(Spanned::new(name, at), &mut intake.problems).map(|id| id.value)
                else {
                    continue;
                };
                account_of(id, account, at, value, intake);
                intake.contributes(input.source, "", format!("account {account}"));
            }
            "ous.json" => {
                target(id, name, at, value, "parent", intake);
                intake.contributes(input.source, "", format!("unit {name}"));
            }
            "structure.json" => structure(id, member.key.as_ref().map(|name| &**name), value, intake),
            _ => {}
        }
    }
    if file == "structure.json" {
        intake.contributes(input.source, "", format!("structure of {id}"));
    }
}

fn account_of(organization: &str, account: AccountId, at: Span, node: &Node<'_>, intake: &mut Intake) {
    intake.account(account, at, |_| ());
    intake.account_organization(account, Spanned::new(Some(organization), at));
    target(organization, &account.to_string(), at, node, "ou", intake);
}

/// An account or unit, the one above it, and the policies attached to it.
fn target(organization: &str, id: &str, at: Span, node: &Node<'_>, above: &str, intake: &mut Intake) {
    intake.target(organization, id, at, |_| ());
    if let Some(parent) = text(node, above) {
        // Something above has to be there, even if nothing else is told of it.
        let parent = parent.map(id_in);
        intake.target(organization, parent.value, parent.span, |_| ());
        intake.target_parent(organization, id, parent);
    }
    for (name, kind) in [("scps", PolicyKind::Scp), ("rcps", PolicyKind::Rcp)] {
        let Some(list) = node.get(name) else { continue };
        if !matches!(list.value, Value::Array(_)) {
            let message = format!("`{name}` is a list of ARNs; this is {}", list.kind());
            intake.problems.push(unexpected(list.span, message));
            continue;
        }
        let policies: Vec<SharedPolicy> =
            list.elements().iter().filter_map(|arn| attached(arn, kind, intake)).collect();
        // Every target has one policy at least of a type that is on.
        let attached = if policies.is_empty() { Attached::Off } else { Attached::Policies(policies) };
        intake.lists_policies(id, kind);
        intake.target_policies(organization, id, kind, list.span, attached);
    }
}

fn attached(node: &Node<'_>, kind: PolicyKind, intake: &mut Intake) -> Option<SharedPolicy> {
    let arn = node.as_str()?;
    let id = id_in(arn);
    if let Some(policy) = intake.organization_document_in_any_case(id, kind) {
        return Some(policy);
    }
    intake.misses(node.span.source, format!("the document of {id}: aws organizations describe-policy"));
    let why = "its document was not supplied".to_owned();
    Some(intake.unsupplied_policy(&format!("{} {id}", kind.describe()), kind, node.span, why))
}

/// Units inside units: the way up of everything in them.
fn structure(organization: &str, root: Spanned<&str>, node: &Node<'_>, intake: &mut Intake) {
    intake.target(organization, root.value, root.span, |_| ());
    let mut open = vec![(root.value.to_owned(), node)];
    while let Some((id, node)) = open.pop() {
        let accounts = node.get("accounts").map(Node::elements).unwrap_or_default();
        for account in accounts {
            let Some(arn) = account.as_str() else { continue };
            let child = id_in(arn);
            if child.parse::<AccountId>().is_ok() {
                intake.target(organization, child, account.span, |_| ());
                intake.target_parent(organization, child, Spanned::new(&id, account.span));
            }
        }
        for child in node.get("children").map(Node::members).unwrap_or_default() {
            let (name, at) = (&*child.key.value, child.key.span);
            intake.target(organization, name, at, |_| ());
            intake.target_parent(organization, name, Spanned::new(&id, at));
            open.push((name.to_owned(), &child.value));
        }
    }
}
