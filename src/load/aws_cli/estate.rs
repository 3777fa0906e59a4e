//! Files of an estate directory: `org.json`, `accounts/ID/kms/KEY.json` and `accounts/ID/s3/BUCKET.json`.
//!
//! Each of them holds several answers about one thing, which names itself, so nothing has to wait. `null` says
//! that AWS was asked and has nothing of the sort; a member that is left out says nothing.

use std::collections::BTreeMap;

use super::{kms, organizations, s3};
use crate::estate::{Attached, Ownership};
use crate::json::{Node, Value};
use crate::load::facts::PublicAccess;
use crate::load::fields::{account_id, tags, text};
use crate::load::organization::Document;
use crate::load::{InputDocument, Intake, grants, settings};
use crate::policy::PolicyKind;
use crate::source::Spanned;

fn is_null(node: &Node<'_>) -> bool {
    node.value == Value::Null
}

/// `KeyMetadata`, `Policy`, `Grants`, `Aliases` and `Tags` of one key.
pub(super) fn key(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(key) = kms::tell_key(input, intake) else { return };
    let root = input.root();
    if root.get("Policy").is_some_and(|policy| !is_null(policy))
        && let Some(policy) = kms::policy_in(input, intake)
    {
        intake.contributes(input.source, "", format!("key policy of {}", key.value));
        intake.key_policy(&key, policy.span, policy);
    }
    if let Some(list) = root.get("Grants") {
        let grants = grants::grants(root, &mut intake.problems);
        intake.contributes(input.source, "", format!("{} on {}", grants::counted(grants.len()), key.value));
        intake.key_grants(&key, list.span, grants);
    }
    if let Some(list) = root.get("Aliases") {
        let names = list.elements().iter().filter_map(|alias| text(alias, "AliasName"));
        let names: Vec<String> = names.map(|name| name.value.to_owned()).collect();
        intake.contributes(input.source, "", format!("aliases of {}", key.value));
        intake.key_aliases(&key, Spanned::new(names, list.span));
    }
    if let Some(list) = root.get("Tags") {
        intake.key_tags(&key, tags(list, "TagKey", "TagValue"));
    }
}

/// Everything about one bucket.
pub(super) fn bucket(input: &InputDocument<'_>, intake: &mut Intake) {
    let root = input.root();
    let Some(name) = text(root, "Name") else { return };
    let bucket = name.value;
    intake.bucket(bucket, name.span, |_| ());
    if let Some(account) = text(root, "Account")
        && let Some(account) = account_id(account, &mut intake.problems)
    {
        intake.account(account.value, account.span, |_| ());
        intake.bucket_account(bucket, account);
    }
    if let Some(region) = text(root, "Region") {
        intake.bucket_region(bucket, region);
    }
    match root.get("Policy") {
        Some(policy) if is_null(policy) => intake.bucket_policy(bucket, policy.span, None),
        Some(policy) => {
            if let Some(policy) = intake.policy(policy, PolicyKind::Bucket, "/Policy") {
                intake.bucket_policy(bucket, policy.span, Some(policy));
            }
        }
        None => {}
    }
    s3::encryption(root, bucket, intake);
    match root.get("OwnershipControls") {
        // Buckets from before the setting: whoever writes an object owns it.
        Some(none) if is_null(none) => {
            intake.bucket_ownership(bucket, Spanned::new(Ownership::ObjectWriter, none.span));
        }
        Some(_) => drop(s3::ownership(root, bucket, intake)),
        None => {}
    }
    match root.get("PublicAccessBlockConfiguration") {
        Some(none) if is_null(none) => intake.bucket_public_access(bucket, none.span, &PublicAccess::OFF),
        Some(block) => intake.bucket_public_access(bucket, block.span, &settings::public_access(block)),
        None => {}
    }
    if let Some(list) = root.get("TagSet") {
        intake.bucket_tags(bucket, tags(list, "Key", "Value"));
    }
    intake.contributes(input.source, "", format!("bucket {bucket}"));
}

/// A whole organization: its tree, and which policies are attached where.
pub(super) fn organization(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(organization) = organizations::tell_organization(input, intake) else { return };
    let root = input.root();
    let elements = |name: &str| root.get(name).map(Node::elements).unwrap_or_default();
    for node in elements("Roots") {
        if let Some(id) = text(node, "Id") {
            organizations::tell_root(node, id, &organization, intake);
        }
    }
    for node in elements("OrganizationalUnits") {
        place(node, &organization, intake);
    }
    for node in elements("Accounts") {
        if let Some(id) = organizations::tell_account(node, intake) {
            intake.account_organization(id, Spanned::new(Some(&organization), node.span));
            place(node, &organization, intake);
        }
    }
    for (index, node) in elements("Policies").iter().enumerate() {
        organizations::tell_policy(node, &format!("/Policies/{index}"), intake);
    }
    attachments(root, &organization, input, intake);
    let (accounts, policies) = (elements("Accounts").len(), elements("Policies").len());
    intake.contributes(input.source, "", format!("{accounts} accounts, {policies} policies"));
}

/// Where a unit or an account lies.
fn place(node: &Node<'_>, organization: &str, intake: &mut Intake) {
    let Some(id) = text(node, "Id") else { return };
    intake.target(organization, id.value, node.span, |_| ());
    if let Some(parent) = text(node, "ParentId") {
        intake.target_parent(organization, id.value, parent);
    }
}

/// The list holds every attachment of the organization, so a target that it leaves out has none.
fn attachments(root: &Node<'_>, organization: &str, input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(list) = root.get("Attachments") else { return };
    let by_target: BTreeMap<&str, &Node<'_>> = list
        .elements()
        .iter()
        .filter_map(|node| Some((text(node, "TargetId")?.value, node.get("PolicyIds")?)))
        .collect();
    let tree = ["Roots", "OrganizationalUnits", "Accounts"];
    let ids = tree.iter().flat_map(|name| root.get(name).map(Node::elements).unwrap_or_default());
    let mut targets: BTreeMap<&str, _> =
        ids.filter_map(|node| text(node, "Id")).map(|id| (id.value, id.span)).collect();
    for (target, node) in &by_target {
        targets.entry(target).or_insert(node.span);
    }
    for (target, at) in targets {
        let attached = by_target.get(target);
        let at = attached.map_or(at, |node| node.span);
        intake.target(organization, target, at, |_| ());
        let ids = attached.map(|node| node.elements()).unwrap_or_default();
        for kind in [PolicyKind::Scp, PolicyKind::Rcp] {
            let mut policies = Vec::new();
            let mut whole = true;
            for id in ids.iter().filter_map(Node::as_str) {
                match intake.organization_document(id, kind) {
                    Document::Of(policy) => policies.push(policy),
                    Document::OtherKind => {}
                    Document::Missing => {
                        whole = false;
                        intake.misses(input.source, format!("the document of {id}"));
                    }
                }
            }
            // One unknown document leaves the list open.
            if whole {
                let attached = if policies.is_empty() { Attached::Off } else { Attached::Policies(policies) };
                intake.target_policies(organization, target, kind, at, attached);
            }
        }
    }
}
