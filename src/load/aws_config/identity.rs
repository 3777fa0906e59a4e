//! Roles, users, groups and customer managed policies.

use super::item::{ConfigFact, Item, list, switch, tags_in};
use super::unwrap::unwrapped;
use crate::estate::{Known, PlacedArn, SharedPolicy};
use crate::json::Node;
use crate::load::Intake;
use crate::load::fields::{GROUP, ROLE, USER, text};
use crate::name::Arn;
use crate::policy::PolicyKind;
use crate::source::Spanned;

/// The policy at a node, through however many strings.
pub(super) fn document(
    node: &Node<'_>,
    kind: PolicyKind,
    pointer: &str,
    intake: &mut Intake,
) -> Option<SharedPolicy> {
    let mut found = None;
    unwrapped(node, pointer, intake, &mut |node, intake| {
        if node.is_object() {
            found = intake.policy(node, kind, pointer);
        }
    });
    found
}

/// The inline and attached policies of a role, user or group; says whether both lists are there.
fn policies(
    item: &Item<'_>,
    configuration: &Node<'_>,
    inline: &str,
    arn: &PlacedArn,
    intake: &mut Intake,
) -> bool {
    let own = list(configuration, inline);
    for (index, element) in own.iter().flat_map(|(own, _)| own.iter()).enumerate() {
        let pointer = format!("/configuration/{inline}/{index}/policyDocument");
        let read = element
            .get("policyDocument")
            .and_then(|node| document(node, PolicyKind::Identity, &pointer, intake));
        let policy = read.unwrap_or_else(|| {
            let named = text(element, "policyName").map_or("without a name", |name| name.value);
            intake.misses(
                item.file,
                format!("the document of policy {named} of {}: aws iam get-role-policy", arn.value),
            );
            let name = format!("policy {named} of {}", arn.value);
            let why = "its document was not recorded".to_owned();
            intake.unsupplied_policy(&name, PolicyKind::Identity, element.span, why)
        });
        match text(element, "policyName") {
            Some(name) => intake.inline_policy(arn, name.value, policy),
            None => intake.gives(arn, policy),
        }
    }
    let attached = list(configuration, "attachedManagedPolicies");
    for element in attached.iter().flat_map(|(list, _)| list.iter()) {
        if let Some(policy) = text(element, "policyArn") {
            intake.attaches(arn, policy.map(str::to_owned));
        }
    }
    own.is_some() && attached.is_some()
}

pub(super) fn role(item: &Item<'_>, _: &mut ConfigFact, intake: &mut Intake) {
    item.configuration(intake, &mut |configuration, intake| {
        let Some(arn) = item.arn(configuration, ROLE, intake) else { return };
        intake.role(&arn, |_| ());
        if let Some(id) = text(configuration, "roleId") {
            intake.role_id(&arn, id);
        }
        if let Some(trust) = configuration.get("assumeRolePolicyDocument")
            && let Some(policy) =
                document(trust, PolicyKind::Trust, "/configuration/assumeRolePolicyDocument", intake)
        {
            intake.role_trust(&arn, policy.span, policy);
        }
        let complete = policies(item, configuration, "rolePolicyList", &arn, intake);
        if complete {
            intake.complete(&arn, configuration.span);
        } else {
            intake.misses(item.file, format!("the whole list of policies of {}", arn.value));
        }
        let boundary = configuration.get("permissionsBoundary");
        match boundary.and_then(|boundary| text(boundary, "permissionsBoundaryArn")) {
            Some(boundary) => intake.bounded_by(&arn, boundary.map(str::to_owned)),
            None if complete => intake.role_boundary(&arn, configuration.span, None),
            None => {}
        }
        let own = list(configuration, "tags").map(|(_, at)| at);
        let told =
            configuration.get("tags").filter(|_| own.is_some()).and_then(tags_in).or_else(|| item.tags());
        if let Some(tags) = told {
            intake.role_tags(&arn, tags);
        }
        let profiles = list(configuration, "instanceProfileList");
        for profile in profiles.iter().flat_map(|(profiles, _)| profiles.iter()) {
            let own =
                text(profile, "arn").and_then(|own| Some(Spanned::new(own.value.parse().ok()?, own.span)));
            if let Some(own) = own {
                intake.instance_profile(&own, Some(arn.clone()));
            }
        }
        let profile = profiles.and_then(|(profiles, _)| text(profiles.first()?, "instanceProfileName"));
        if let Some(profile) = profile {
            let name = profile.value.to_owned();
            intake.role(&arn, |role| role.instance_profile = role.instance_profile.take().or(Some(name)));
        }
        intake.contributes(item.file, "", format!("role {}", arn.value));
    });
}

pub(super) fn group(item: &Item<'_>, _: &mut ConfigFact, intake: &mut Intake) {
    item.configuration(intake, &mut |configuration, intake| {
        let Some(arn) = item.arn(configuration, GROUP, intake) else { return };
        if policies(item, configuration, "groupPolicyList", &arn, intake) {
            intake.complete(&arn, configuration.span);
        }
        intake.contributes(item.file, "", format!("group {}", arn.value));
    });
}

pub(super) fn user(item: &Item<'_>, _: &mut ConfigFact, intake: &mut Intake) {
    item.configuration(intake, &mut |configuration, intake| {
        let Some(arn) = item.arn(configuration, USER, intake) else { return };
        let id = text(configuration, "userId").map(|id| id.value.to_owned());
        intake.user(&arn, configuration.span, |user| user.id = user.id.take().or(id));
        let complete = policies(item, configuration, "userPolicyList", &arn, intake);
        let groups = list(configuration, "groupList");
        for group in groups.iter().flat_map(|(groups, _)| groups.iter()) {
            let Some(name) = group.as_str() else { continue };
            // Users name their groups without the path; whoever holds the group adds it.
            let resource = format!("group/{name}");
            let arn_of = Arn::of(arn.value.partition(), "iam", "", arn.value.account_text(), &resource);
            intake.joins(&arn, Spanned::new(arn_of.to_string(), group.span));
        }
        if let Some(boundary) =
            configuration.get("permissionsBoundary").and_then(|b| text(b, "permissionsBoundaryArn"))
        {
            intake.bounded_by(&arn, boundary.map(str::to_owned));
        }
        if complete && groups.is_some() {
            intake.complete(&arn, configuration.span);
        } else {
            intake.misses(item.file, format!("the whole list of policies and groups of {}", arn.value));
        }
        if let Some(tags) = configuration.get("tags").and_then(tags_in).or_else(|| item.tags()) {
            intake.user(&arn, tags.span, |user| {
                if !user.tags.is_provided() {
                    user.tags = Known::Provided(tags.value);
                }
            });
        }
        intake.contributes(item.file, "", format!("user {}", arn.value));
    });
}

/// Only the version in force counts.
pub(super) fn policy(item: &Item<'_>, _: &mut ConfigFact, intake: &mut Intake) {
    item.configuration(intake, &mut |configuration, intake| {
        let Some(arn) = item.written_arn().or_else(|| text(configuration, "arn")) else { return };
        let versions =
            list(configuration, "policyVersionList").map(|(versions, _)| versions).unwrap_or_default();
        let default = text(configuration, "defaultVersionId").map(|version| version.value);
        let in_force = versions.iter().enumerate().find(|(_, version)| {
            switch(version, "isDefaultVersion").is_some_and(|on| on.value)
                || (default.is_some() && text(version, "versionId").map(|id| id.value) == default)
        });
        let policy = in_force.and_then(|(index, version)| {
            let pointer = format!("/configuration/policyVersionList/{index}/document");
            document(version.get("document")?, PolicyKind::Identity, &pointer, intake)
        });
        match policy {
            Some(policy) => {
                intake.managed_policy(arn.value, policy.span, policy);
                intake.contributes(item.file, "", format!("policy {}", arn.value));
            }
            None => {
                intake.misses(item.file, format!("the document of {}: aws iam get-policy-version", arn.value))
            }
        }
    });
}
