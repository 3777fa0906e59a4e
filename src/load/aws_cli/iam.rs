//! `aws iam …`

use super::{flag, tags, text};
use crate::estate::{PlacedArn, Tags};
use crate::load::manifest::field::{self, ROLE};
use crate::load::{Intake, Offer};
use crate::policy::PolicyKind;
use crate::problem::Problem;
use crate::source::Spanned;

pub(super) fn get_role(offer: &Offer<'_>, intake: &mut Intake) {
    let Some(role) = offer.root().get("Role") else { return };
    let Some(arn) = text(role, "Arn").and_then(|arn| field::arn_of(arn, ROLE, &mut intake.problems)) else {
        intake.misses(offer.source, "the ARN of the role");
        return;
    };
    intake.role(&arn, |_| ());
    if let Some(dir) = offer.path.parent() {
        let described = intake.ledger.aws.roles_in.entry(dir.to_owned()).or_default();
        described.insert(arn.value.to_string(), arn.clone());
    }
    if let Some(id) = text(role, "RoleId") {
        intake.role_id(&arn, id);
    }
    if let Some(trust) = role.get("AssumeRolePolicyDocument")
        && let Some(policy) = intake.policy(trust, PolicyKind::Trust, "/Role/AssumeRolePolicyDocument")
    {
        intake.role_trust(&arn, policy.span, policy);
    }
    // Whatever a list of roles leaves out, GetRole tells; RoleLastUsed is the mark of its answers.
    let complete = role.get("RoleLastUsed").is_some();
    match role.get("Tags") {
        Some(list) => intake.role_tags(&arn, tags(list, "Key", "Value")),
        None if complete => intake.role_tags(&arn, Spanned::new(Tags::new(), role.span)),
        None => {}
    }
    match role.get("PermissionsBoundary").and_then(|boundary| text(boundary, "PermissionsBoundaryArn")) {
        Some(boundary) => intake.bounded_by(&arn, boundary.map(str::to_owned)),
        None if complete => intake.role_boundary(&arn, role.span, None),
        None => {}
    }
    intake.contributes(offer.source, "", format!("trust policy of {}", arn.value));
}

pub(super) fn get_role_policy(offer: &Offer<'_>, intake: &mut Intake) {
    let Some(node) = offer.root().get("PolicyDocument") else { return };
    let Some(policy) = intake.policy(node, PolicyKind::Identity, "/PolicyDocument") else { return };
    let Some(role) = role_of(offer, intake) else {
        let missing =
            "which role it belongs to: add the output of get-role, or [[bind]] with role = \"arn:…\"";
        intake.misses(offer.source, missing);
        return;
    };
    intake.contributes(offer.source, "", format!("identity-based policy of {}", role.value));
    intake.gives(&role, policy);
}

pub(super) fn get_policy_version(offer: &Offer<'_>, intake: &mut Intake) {
    let Some(version) = offer.root().get("PolicyVersion") else { return };
    let Some(document) = version.get("Document") else { return };
    let owner = intake.owner_of(offer.source);
    let kind = owner.kind.map_or(PolicyKind::Identity, |kind| kind.value);
    let Some(policy) = intake.policy(document, kind, "/PolicyVersion/Document") else { return };
    if let Some(default) = flag(version, "IsDefaultVersion").filter(|default| !default.value) {
        let message = "this is not the version in force, so it counts for nothing";
        intake.problems.push(Problem::warning("not-default-version", default.span, message));
        return;
    }
    let Some(role) = owner.role else {
        let missing = "whose policy it is: add [[bind]] with role = \"arn:…\", and kind = \"boundary\" if it is a boundary";
        intake.misses(offer.source, missing);
        return;
    };
    intake.contributes(offer.source, "", format!("{} of {}", kind.describe(), role.value));
    if kind == PolicyKind::Boundary {
        intake.role_boundary(&role, policy.span, Some(policy));
    } else {
        intake.gives(&role, policy);
    }
}

/// The role that get-role-policy names: bound, described beside the file, or the only one of that name.
fn role_of(offer: &Offer<'_>, intake: &Intake) -> Option<PlacedArn> {
    let owner = intake.owner_of(offer.source);
    if owner.role.is_some() {
        return owner.role;
    }
    let name = text(offer.root(), "RoleName")?.value;
    let beside = offer.path.parent().and_then(|dir| intake.ledger.aws.roles_in.get(dir));
    let fits = |arn: &PlacedArn| arn.value.resource().rsplit('/').next() == Some(name);
    if let Some(arn) = beside.into_iter().flat_map(|roles| roles.values()).find(|arn| fits(arn)) {
        return Some(arn.clone());
    }
    let account = owner.account.map(|account| account.value);
    let mut named = intake
        .estate
        .roles
        .iter()
        .map(|role| &role.arn)
        .filter(|arn| fits(arn) && (account.is_none() || arn.value.account() == account));
    match (named.next(), named.next()) {
        (Some(only), None) => Some(only.clone()),
        (None | Some(_), None | Some(_)) => None,
    }
}
