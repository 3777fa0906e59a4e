//! Roles, users and groups of a dump.

use super::parts::Keep;
use super::{Dump, Tell, odd};
use crate::estate::{PlacedArn, Tags};
use crate::json::{Node, Value};
use crate::load::Intake;
use crate::load::fields::{self, ArnOf, tags, text};
use crate::name::Arn;
use crate::policy::PolicyKind;
use crate::source::{Span, Spanned};

pub(super) const ROLE: &[(&str, Keep)] = &[
    ("Arn", Keep::Whole),
    ("Path", Keep::Whole),
    ("RoleName", Keep::Whole),
    ("RoleId", Keep::Whole),
    ("AssumeRolePolicyDocument", Keep::Whole),
    ("InstanceProfileList", Keep::Members(&[("Arn", Keep::Whole), ("InstanceProfileName", Keep::Whole)])),
    ("RolePolicyList", Keep::Whole),
    ("AttachedManagedPolicies", Keep::Whole),
    ("PermissionsBoundary", Keep::Whole),
    ("Tags", Keep::Whole),
];

pub(super) const USER: &[(&str, Keep)] = &[
    ("Arn", Keep::Whole),
    ("Path", Keep::Whole),
    ("UserName", Keep::Whole),
    ("UserId", Keep::Whole),
    ("UserPolicyList", Keep::Whole),
    ("GroupList", Keep::Whole),
    ("AttachedManagedPolicies", Keep::Whole),
    ("PermissionsBoundary", Keep::Whole),
    ("Tags", Keep::Whole),
];

pub(super) const GROUP: &[(&str, Keep)] = &[
    ("Arn", Keep::Whole),
    ("Path", Keep::Whole),
    ("GroupName", Keep::Whole),
    ("GroupPolicyList", Keep::Whole),
    ("AttachedManagedPolicies", Keep::Whole),
];

/// Where an identity stands in the file, for the pointers of its policies.
struct IdentityPlace {
    list: &'static str,
    index: usize,
}

pub(super) fn role(dump: &mut Dump<'_, '_>, node: &Node<'_>, index: usize, intake: &mut Intake) {
    let Some(arn) = arn_of(dump, node, fields::ROLE, "RoleName", intake) else { return };
    let place = IdentityPlace { list: "RoleDetailList", index };
    dump.counts.roles += 1;
    intake.role(&arn, |_| ());
    if let Some(id) = text(node, "RoleId") {
        intake.role_id(&arn, id);
    }
    if let Some(trust) = node.get("AssumeRolePolicyDocument").filter(|trust| is_document(trust)) {
        let pointer = format!("/RoleDetailList/{index}/AssumeRolePolicyDocument");
        if let Some(policy) = intake.policy(trust, PolicyKind::Trust, &pointer) {
            intake.role_trust(&arn, policy.span, policy);
        }
    }
    let profiles = node.get("InstanceProfileList").map(Node::elements).unwrap_or_default();
    if let Some(profile) = profiles.first().and_then(|profile| text(profile, "InstanceProfileName")) {
        intake.role(&arn, |role| {
            role.instance_profile.get_or_insert_with(|| profile.value.to_owned());
        });
    }
    for profile in profiles {
        let own = text(profile, "Arn").and_then(|own| Some(Spanned::new(own.value.parse().ok()?, own.span)));
        if let Some(own) = own {
            intake.instance_profile(&own, Some(arn.clone()));
        }
    }
    // AWS tells both of every role, empty or not. One that lacks them was cut down by somebody.
    let whole = node.get("RolePolicyList").is_some() && node.get("AttachedManagedPolicies").is_some();
    inline(&arn, node, "RolePolicyList", &place, whole, intake);
    attached(&arn, node, whole, intake);
    match boundary_of(node) {
        Some(boundary) => intake.bounded_by(&arn, boundary),
        None if whole => intake.role_boundary(&arn, node.span, None),
        None => {}
    }
    match node.get("Tags") {
        Some(list) => intake.role_tags(&arn, tags(list, "Key", "Value")),
        None if whole => intake.role_tags(&arn, Spanned::new(Tags::new(), node.span)),
        None => {}
    }
}

pub(super) fn user(dump: &mut Dump<'_, '_>, node: &Node<'_>, index: usize, intake: &mut Intake) {
    let Some(arn) = arn_of(dump, node, fields::USER, "UserName", intake) else { return };
    let place = IdentityPlace { list: "UserDetailList", index };
    dump.counts.users += 1;
    let list = node.get("Tags").map(|list| tags(list, "Key", "Value").value).unwrap_or_default();
    let id = text(node, "UserId").map(|id| id.value.to_owned());
    intake.user(&arn, node.span, |user| {
        if user.id.is_none() {
            user.id = id;
        }
        if !user.tags.is_provided() {
            user.tags = Some(list).into();
        }
    });
    // AWS leaves out lists of users and groups that are empty.
    inline(&arn, node, "UserPolicyList", &place, true, intake);
    attached(&arn, node, true, intake);
    if let Some(boundary) = boundary_of(node) {
        intake.bounded_by(&arn, boundary);
    }
    for group in items(node.get("GroupList")) {
        let Some(name) = group.as_str() else { continue };
        let account = arn.value.account_text();
        let group_arn = format!("arn:{}:iam::{account}:group/{name}", arn.value.partition());
        intake.joins(&arn, Spanned::new(group_arn, group.span));
    }
}

pub(super) fn group(dump: &mut Dump<'_, '_>, node: &Node<'_>, index: usize, intake: &mut Intake) {
    let Some(arn) = arn_of(dump, node, fields::GROUP, "GroupName", intake) else { return };
    let place = IdentityPlace { list: "GroupDetailList", index };
    dump.counts.groups += 1;
    inline(&arn, node, "GroupPolicyList", &place, true, intake);
    attached(&arn, node, true, intake);
}

/// The ARN of an identity, put together where it is left out.
fn arn_of(
    dump: &mut Dump<'_, '_>,
    node: &Node<'_>,
    of: ArnOf,
    name: &str,
    intake: &mut Intake,
) -> Option<PlacedArn> {
    let arn = match (text(node, "Arn"), text(node, name), dump.account) {
        (Some(arn), _, _) => fields::arn_of(arn, of, &mut intake.problems)?,
        (None, Some(name), Some(account)) => {
            let path = text(node, "Path").map_or("/", |path| path.value);
            let resource = format!("{}{path}{}", of.kind, name.value);
            Spanned::new(Arn::of("aws", "iam", "", &account.to_string(), &resource), name.span)
        }
        (None, _, _) => {
            let message = format!("a {} without `Arn`, and nothing to tell it by: it is left out", of.kind);
            intake.problems.push(odd(node.span, message));
            return None;
        }
    };
    if let Some(account) = arn.value.account() {
        intake.account(account, arn.span, |_| ());
        dump.account = Some(account);
        dump.counts.accounts.insert(account);
    }
    Some(arn)
}

pub(super) fn documents_of_role(node: &Node<'_>, tell: Tell<'_>) {
    if let Some(trust) = node.get("AssumeRolePolicyDocument") {
        tell(trust, PolicyKind::Trust);
    }
    inline_documents(node, "RolePolicyList", tell);
}

pub(super) fn documents_of_user(node: &Node<'_>, tell: Tell<'_>) {
    inline_documents(node, "UserPolicyList", tell);
}

pub(super) fn documents_of_group(node: &Node<'_>, tell: Tell<'_>) {
    inline_documents(node, "GroupPolicyList", tell);
}

fn inline_documents(node: &Node<'_>, list: &str, tell: Tell<'_>) {
    for document in items(node.get(list)).iter().filter_map(|item| item.get("PolicyDocument")) {
        tell(document, PolicyKind::Identity);
    }
}

/// Inline policies. `whole`: the list holds all of them, also where it is left out.
fn inline(
    arn: &PlacedArn,
    node: &Node<'_>,
    list: &str,
    place: &IdentityPlace,
    whole: bool,
    intake: &mut Intake,
) {
    let listed = node.get(list);
    let mut names = Vec::new();
    for (at, item) in items(listed).iter().enumerate() {
        let document = item.get("PolicyDocument").filter(|document| is_document(document));
        let pointer = format!("/{}/{}/{list}/{at}/PolicyDocument", place.list, place.index);
        let policy = document.and_then(|node| intake.policy(node, PolicyKind::Identity, &pointer));
        match (text(item, "PolicyName"), policy) {
            (Some(name), Some(policy)) => {
                names.push(name.value.to_owned());
                intake.inline_policy(arn, name.value, policy);
            }
            (Some(name), None) => names.push(name.value.to_owned()),
            (None, Some(policy)) => {
                let name = format!("#{at}");
                intake.inline_policy(arn, &name, policy);
                names.push(name);
            }
            (None, None) => intake.problems.push(odd(item.span, "an inline policy without a document")),
        }
    }
    if whole {
        intake.lists_inline(arn, Spanned::new(names, span_of(listed, node)));
    }
}

fn attached(arn: &PlacedArn, node: &Node<'_>, whole: bool, intake: &mut Intake) {
    let listed = node.get("AttachedManagedPolicies");
    let mut policies = Vec::new();
    for item in items(listed) {
        match text(item, "PolicyArn") {
            Some(policy) => policies.push(policy.map(str::to_owned)),
            None => intake.problems.push(odd(item.span, "a managed policy without `PolicyArn`")),
        }
    }
    if whole {
        intake.lists_attached(arn, span_of(listed, node), policies);
    } else {
        policies.into_iter().for_each(|policy| intake.attaches(arn, policy));
    }
}

fn boundary_of(node: &Node<'_>) -> Option<Spanned<String>> {
    Some(text(node.get("PermissionsBoundary")?, "PermissionsBoundaryArn")?.map(str::to_owned))
}

fn span_of(list: Option<&Node<'_>>, node: &Node<'_>) -> Span {
    list.map_or(node.span, |list| list.span)
}

/// The elements of a list; some tools write a list of one without its brackets.
fn items<'n, 's>(list: Option<&'n Node<'s>>) -> &'n [Node<'s>] {
    match list {
        Some(node) if node.is_object() => std::slice::from_ref(node),
        Some(node) => node.elements(),
        None => &[],
    }
}

fn is_document(node: &Node<'_>) -> bool {
    matches!(node.value, Value::Object(_) | Value::String(_))
}
