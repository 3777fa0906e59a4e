//! `Policies`: the managed policies of an account, and those of AWS that it uses.

use super::parts::Keep;
use super::{Dump, Tell, odd};
use crate::json::Node;
use crate::load::Intake;
use crate::load::fields::{flag, text};
use crate::name::Arn;
use crate::policy::PolicyKind;
use crate::source::Spanned;

pub(super) const POLICY: &[(&str, Keep)] = &[
    ("Arn", Keep::Whole),
    ("PolicyName", Keep::Whole),
    ("Path", Keep::Whole),
    ("DefaultVersionId", Keep::Whole),
    ("PolicyVersionList", Keep::VersionInForce),
];

pub(super) fn policy(dump: &mut Dump<'_, '_>, node: &Node<'_>, index: usize, intake: &mut Intake) {
    let Some(arn) = arn_of(dump, node, intake) else { return };
    let published = arn.value.contains("::aws:policy/");
    if !published {
        dump.counts.policies += 1;
    }
    let default = text(node, "DefaultVersionId");
    let document = in_force(node);
    let Some((version, document)) = document else {
        // Whoever has the policy is told that its document is missing.
        intake.problems.push(odd(node.span, format!("the version of {} in force is not here", arn.value)));
        return;
    };
    if published {
        let number = default.and_then(|id| id.value.strip_prefix('v')?.parse().ok()).unwrap_or(0);
        if !intake.is_newest_published(&arn.value, number) {
            return;
        }
    }
    let pointer = format!("/Policies/{index}/PolicyVersionList/{version}/Document");
    let Some(policy) = intake.policy(document, PolicyKind::Identity, &pointer) else { return };
    if published {
        intake.published_policy(&arn.value, arn.span, policy);
    } else {
        intake.managed_policy(&arn.value, arn.span, policy);
    }
}

pub(super) fn documents(node: &Node<'_>, tell: Tell<'_>) {
    if let Some((_, document)) = in_force(node) {
        tell(document, PolicyKind::Identity);
    }
}

/// The document of the version in force, and which of the versions that is.
fn in_force<'n, 't>(node: &'n Node<'t>) -> Option<(usize, &'n Node<'t>)> {
    let default = text(node, "DefaultVersionId");
    let versions = node.get("PolicyVersionList").map(Node::elements).unwrap_or_default();
    let (at, version) =
        versions.iter().enumerate().find(|(_, version)| match (&default, text(version, "VersionId")) {
            (Some(default), Some(id)) => default.value == id.value,
            (None | Some(_), None | Some(_)) => {
                flag(version, "IsDefaultVersion").is_some_and(|is_default| is_default.value)
            }
        })?;
    Some((at, version.get("Document")?))
}

/// The ARN of a policy, put together where it is left out.
fn arn_of(dump: &mut Dump<'_, '_>, node: &Node<'_>, intake: &mut Intake) -> Option<Spanned<String>> {
    if let Some(arn) = text(node, "Arn") {
        if let Some(account) = arn.value.parse::<Arn>().ok().and_then(|arn| arn.account()) {
            dump.account.get_or_insert(account);
        }
        return Some(arn.map(str::to_owned));
    }
    let name = text(node, "PolicyName");
    if let (Some(name), Some(account)) = (name, dump.account) {
        let path = text(node, "Path").map_or("/", |path| path.value);
        return Some(Spanned::new(format!("arn:aws:iam::{account}:policy{path}{}", name.value), name.span));
    }
    intake.problems.push(odd(node.span, "a policy without `Arn`, and nothing to tell it by: it is left out"));
    None
}
