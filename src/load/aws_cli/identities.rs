//! `aws iam …`: what roles, users and groups have alike.

use super::next_page;
use crate::estate::{Known, PlacedArn, Tags};
use crate::json::Node;
use crate::load::fields::{ArnOf, GROUP, USER, arn_of, tags, text};
use crate::load::owner::OwnedKind;
use crate::load::{InputDocument, Intake};
use crate::policy::PolicyKind;
use crate::source::Spanned;

/// The ARN of the identity that a member describes.
pub(super) fn arn_in(
    node: &Node<'_>,
    of: ArnOf,
    input: &InputDocument<'_>,
    intake: &mut Intake,
) -> Option<PlacedArn> {
    let arn = text(node, "Arn").and_then(|arn| arn_of(arn, of, &mut intake.problems));
    match &arn {
        Some(arn) => {
            if let Some(account) = arn.value.account() {
                intake.account(account, arn.span, |_| ());
            }
        }
        None => intake.misses(input.source, format!("the ARN of the {}", of.kind)),
    }
    arn
}

/// Tags and boundary. `whole`: what is left out is not there.
pub(super) fn describe(node: &Node<'_>, arn: &PlacedArn, whole: bool, intake: &mut Intake) {
    let list = node.get("Tags").map(|list| tags(list, "Key", "Value"));
    let list = list.or(whole.then(|| Spanned::new(Tags::new(), node.span)));
    let boundary = node.get("PermissionsBoundary").and_then(|b| text(b, "PermissionsBoundaryArn"));
    let is_role = arn.value.resource().starts_with("role/");
    match (list, is_role) {
        (Some(list), true) => intake.role_tags(arn, list),
        (Some(list), false) => intake.user(arn, arn.span, |user| {
            if !user.tags.is_provided() {
                user.tags = Known::Provided(list.value);
            }
        }),
        (None, _) => {}
    }
    match boundary {
        Some(boundary) => intake.bounded_by(arn, boundary.map(str::to_owned)),
        None if whole && is_role => intake.role_boundary(arn, node.span, None),
        None => {}
    }
}

pub(super) fn get_user(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(user) = input.root().get("User") else { return };
    let Some(arn) = user_in(user, input, intake) else { return };
    intake.describes(input, &arn);
    describe(user, &arn, false, intake);
    intake.contributes(input.source, "", format!("user {}", arn.value));
}

pub(super) fn list_users(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(list) = input.root().get("Users") else { return };
    for user in list.elements() {
        if let Some(arn) = user_in(user, input, intake) {
            describe(user, &arn, false, intake);
        }
    }
    intake.contributes(input.source, "", format!("{} users", list.elements().len()));
}

fn user_in(user: &Node<'_>, input: &InputDocument<'_>, intake: &mut Intake) -> Option<PlacedArn> {
    // The user of a root account has the ARN of the account.
    if text(user, "Arn").is_some_and(|arn| arn.value.ends_with(":root")) {
        return None;
    }
    let arn = arn_in(user, USER, input, intake)?;
    let id = text(user, "UserId").map(|id| id.value.to_owned());
    intake.user(&arn, user.span, |known| known.id = known.id.take().or(id));
    Some(arn)
}

pub(super) fn get_group(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(arn) = input.root().get("Group").and_then(|group| arn_in(group, GROUP, input, intake)) else {
        return;
    };
    intake.describes(input, &arn);
    intake.knows_groups([arn.clone()]);
    let users = input.root().get("Users").map(Node::elements).unwrap_or_default();
    for user in users {
        if let Some(user) = user_in(user, input, intake) {
            intake.joins(&user, Spanned::new(arn.value.to_string(), arn.span));
        }
    }
    intake.contributes(input.source, "", format!("{} users of {}", users.len(), arn.value));
}

/// list-groups, or list-groups-for-user where the directory names the user.
pub(super) fn list_groups(input: &InputDocument<'_>, intake: &mut Intake) {
    let groups = groups_in(input, intake);
    intake.knows_groups(groups);
    // What a file contributes is said when it waits no more: a file that contributed has an owner.
    intake.wait(input, |input, intake| {
        let groups = groups_in(input, intake);
        let user = intake.identity_of(input).filter(|arn| arn.value.resource().starts_with("user/"));
        let what = match &user {
            Some(user) => format!("{} groups of {}", groups.len(), user.value),
            None => format!("{} groups", groups.len()),
        };
        intake.contributes(input.source, "", what);
        for group in groups {
            if let Some(user) = &user {
                intake.joins(user, Spanned::new(group.value.to_string(), group.span));
            }
        }
    });
}

fn groups_in(input: &InputDocument<'_>, intake: &mut Intake) -> Vec<PlacedArn> {
    let list = input.root().get("Groups").map(Node::elements).unwrap_or_default();
    list.iter().filter_map(|group| arn_in(group, GROUP, input, intake)).collect()
}

pub(super) fn get_role_policy(input: &InputDocument<'_>, intake: &mut Intake) {
    inline(input, "RoleName", OwnedKind::Role, intake);
}

pub(super) fn get_user_policy(input: &InputDocument<'_>, intake: &mut Intake) {
    inline(input, "UserName", OwnedKind::User, intake);
}

pub(super) fn get_group_policy(input: &InputDocument<'_>, intake: &mut Intake) {
    inline(input, "GroupName", OwnedKind::Group, intake);
}

fn inline(input: &InputDocument<'_>, name: &str, kind: OwnedKind, intake: &mut Intake) {
    let Some(node) = input.root().get("PolicyDocument") else { return };
    let Some(policy) = intake.policy(node, PolicyKind::Identity, "/PolicyDocument") else { return };
    let bound = intake.owner_of(input.source).role.filter(|_| kind == OwnedKind::Role);
    let named = text(input.root(), name);
    let owner = bound.or_else(|| intake.identity_named(named?.value, kind, input));
    let Some(owner) = owner else {
        let kind = kind.name();
        let bind = if kind == "role" { ", or [[bind]] with role = \"arn:…\"" } else { "" };
        let missing = format!("which {kind} it belongs to: add the output of get-{kind}{bind}");
        intake.misses(input.source, missing);
        return;
    };
    intake.contributes(input.source, "", format!("identity-based policy of {}", owner.value));
    match text(input.root(), "PolicyName") {
        Some(name) => intake.inline_policy(&owner, name.value, policy),
        None => intake.gives(&owner, policy),
    }
}

const NO_OWNER: &str = "whose it is: add the output of get-role or get-user beside it, name its directory as the role, or add [[bind]] with role = \"arn:…\"";

/// list-role-policies and its like: the names of inline policies.
pub(super) fn list_inline(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(list) = input.root().get("PolicyNames") else { return };
    let Some(owner) = intake.identity_of(input) else {
        intake.misses(input.source, NO_OWNER);
        return;
    };
    if next_page(input.root()).is_none() {
        let names = list.elements().iter().filter_map(|name| name.as_str().map(str::to_owned)).collect();
        intake.lists_inline(&owner, Spanned::new(names, list.span));
    }
    intake.contributes(input.source, "", format!("names of the inline policies of {}", owner.value));
}

/// list-attached-role-policies and its like.
pub(super) fn list_attached(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(list) = input.root().get("AttachedPolicies") else { return };
    let Some(owner) = intake.identity_of(input) else {
        intake.misses(input.source, NO_OWNER);
        return;
    };
    let policies: Vec<_> = list
        .elements()
        .iter()
        .filter_map(|policy| Some(text(policy, "PolicyArn")?.map(str::to_owned)))
        .collect();
    if next_page(input.root()).is_none() {
        intake.lists_attached(&owner, list.span, policies);
    } else {
        policies.into_iter().for_each(|policy| intake.attaches(&owner, policy));
    }
    intake.contributes(input.source, "", format!("managed policies of {}", owner.value));
}
