//! `aws iam …`

use super::{flag, tags, text};
use crate::estate::{Known, PlacedArn, Tags};
use crate::load::ledger::Saying;
use crate::load::manifest::field::{self, ROLE};
use crate::load::{Intake, Offer};
use crate::policy::PolicyKind;
use crate::problem::{Problem, Severity};
use crate::source::Spanned;

pub(super) fn get_role(offer: &Offer<'_>, intake: &mut Intake) {
    let Some(role) = offer.root.get("Role") else { return };
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
        Some(boundary) => intake.ledger.aws.boundaries.push((arn.clone(), boundary.map(str::to_owned))),
        None if complete => intake.role_boundary(&arn, role.span, None),
        None => {}
    }
    intake.contributes(offer.source, "", format!("trust policy of {}", arn.value));
}

pub(super) fn get_role_policy(offer: &Offer<'_>, intake: &mut Intake) {
    let Some(node) = offer.root.get("PolicyDocument") else { return };
    let Some(policy) = intake.policy(node, PolicyKind::Identity, "/PolicyDocument") else { return };
    let Some(role) = role_of(offer, intake) else {
        let missing =
            "which role it belongs to: add the output of get-role, or [[bind]] with role = \"arn:…\"";
        intake.misses(offer.source, missing);
        return;
    };
    intake.contributes(offer.source, "", format!("identity-based policy of {}", role.value));
    give(intake, role, policy);
}

pub(super) fn get_policy_version(offer: &Offer<'_>, intake: &mut Intake) {
    let Some(version) = offer.root.get("PolicyVersion") else { return };
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
        give(intake, role, policy);
    }
}

/// One more policy of a role.
pub(in crate::load) fn give(intake: &mut Intake, role: PlacedArn, policy: crate::estate::SharedPolicy) {
    let entry = intake.ledger.aws.role_policies.entry(role.value.to_string()).or_insert((role, Vec::new()));
    entry.1.push(policy);
}

/// The role that get-role-policy names: bound, described beside the file, or the only one of that name.
fn role_of(offer: &Offer<'_>, intake: &Intake) -> Option<PlacedArn> {
    let owner = intake.owner_of(offer.source);
    if owner.role.is_some() {
        return owner.role;
    }
    let name = text(offer.root, "RoleName")?.value;
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

pub(super) fn settle(intake: &mut Intake) {
    for (role, policies) in std::mem::take(&mut intake.ledger.aws.role_policies).into_values() {
        let told = intake.estate.roles.iter().find(|r| r.arn.value == role.value).map(|r| r.policies.clone());
        let Some(Known::Told(told)) = told else {
            let at = policies.first().map_or(role.span, |policy| policy.span);
            let message = format!("the policies supplied for role {} are taken to be all it has", role.value);
            let mut problem = Problem::warning("partial-policies", at, message)
                .help("list them in a [[role]] table to say so");
            problem.severity = Severity::Note;
            intake.problems.push(problem);
            intake.role_policies(&role, at, policies);
            continue;
        };
        // Somebody told the whole list: each of these has to be in it.
        let told: Vec<_> = told.iter().map(|policy| policy.span).collect();
        for policy in policies {
            if !intake.is_among(policy.span, &told) {
                let message = format!("the list of policies of role {} does not hold this one", role.value);
                let mut problem = Problem::error("conflicting-facts", policy.span, message);
                if let Some(first) =
                    intake.place_told(&format!("role {}", role.value), "the list of policies")
                {
                    problem = problem.because(first, "the list");
                }
                intake.problems.push(problem.help("add it to the list, or leave it out"));
            }
        }
    }
    for (role, boundary) in std::mem::take(&mut intake.ledger.aws.boundaries) {
        let told = intake.estate.roles.iter().find(|r| r.arn.value == role.value).map(|r| r.boundary.clone());
        match told {
            None | Some(Known::Told(Some(_))) => {}
            Some(Known::Told(None)) => {
                let subject = format!("role {}", role.value);
                intake.tell(&subject, "the boundary", boundary.span, Saying::text(boundary.value));
            }
            Some(Known::NotTold) => {
                if let Some(policy) = intake.aws_managed(&boundary.value, PolicyKind::Boundary) {
                    intake.role_boundary(&role, boundary.span, Some(policy));
                    continue;
                }
                let message = format!("the boundary of role {} was not supplied", role.value);
                let help = "add its document: boundary = \"…\" in a [[role]] table, or [[bind]] with role and kind = \"boundary\"";
                intake.problems.push(Problem::warning("missing-boundary", boundary.span, message).help(help));
            }
        }
    }
}
