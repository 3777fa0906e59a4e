//! `aws iam …`: roles and managed policies; `aws sts get-caller-identity`.

use std::collections::{BTreeMap, BTreeSet};

use super::identities::{arn_in, describe};
use super::{Notes, next_page};
use crate::diagnostic::{Code, Diagnostic};
use crate::estate::SharedPolicy;
use crate::json::{Node, Value};
use crate::load::fields::{ROLE, account_id, flag, text};
use crate::load::{InputDocument, Intake};
use crate::name::AccountId;
use crate::policy::PolicyKind;
use crate::source::{SourceId, Span, Spanned};

pub(super) fn get_role(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(role) = input.root().get("Role") else { return };
    let Some(arn) = arn_in(role, ROLE, input, intake) else { return };
    intake.describes(input, &arn);
    // Whatever a list of roles leaves out, GetRole tells; RoleLastUsed is the mark of its answers.
    let whole = role.get("RoleLastUsed").is_some();
    tell_role(role, "/Role", input, intake);
    describe(role, &arn, whole, intake);
    intake.contributes(input.source, "", format!("trust policy of {}", arn.value));
}

pub(super) fn list_roles(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(list) = input.root().get("Roles") else { return };
    let mut count = 0;
    for (index, role) in list.elements().iter().enumerate() {
        count += usize::from(tell_role(role, &format!("/Roles/{index}"), input, intake));
        if let Some(arn) = arn_in(role, ROLE, input, intake) {
            describe(role, &arn, false, intake);
        }
    }
    intake.contributes(input.source, "", format!("trust policies of {count} roles"));
}

/// The id and the trust policy of a role; whether it is one.
fn tell_role(role: &Node<'_>, pointer: &str, input: &InputDocument<'_>, intake: &mut Intake) -> bool {
    let Some(arn) = arn_in(role, ROLE, input, intake) else { return false };
    intake.role(&arn, |_| ());
    if let Some(id) = text(role, "RoleId") {
        intake.role_id(&arn, id);
    }
    let is_document = |node: &&Node<'_>| matches!(node.value, Value::Object(_) | Value::String(_));
    if let Some(trust) = role.get("AssumeRolePolicyDocument").filter(is_document)
        && let Some(policy) =
            intake.policy(trust, PolicyKind::Trust, &format!("{pointer}/AssumeRolePolicyDocument"))
    {
        intake.role_trust(&arn, policy.span, policy);
    }
    true
}

pub(super) fn list_instance_profiles(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(list) = input.root().get("InstanceProfiles") else { return };
    for (index, profile) in list.elements().iter().enumerate() {
        instance_profile(profile, &format!("/InstanceProfiles/{index}"), input, intake);
    }
    let what = format!("{} instance profiles", list.elements().len());
    intake.contributes(input.source, "", what);
}

pub(super) fn get_instance_profile(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(profile) = input.root().get("InstanceProfile") else { return };
    instance_profile(profile, "/InstanceProfile", input, intake);
    intake.contributes(input.source, "", "1 instance profile");
}

fn instance_profile(profile: &Node<'_>, pointer: &str, input: &InputDocument<'_>, intake: &mut Intake) {
    let name = text(profile, "InstanceProfileName").map(|name| name.value.to_owned());
    let own = text(profile, "Arn").and_then(|arn| Some(Spanned::new(arn.value.parse().ok()?, arn.span)));
    if let Some(own) = &own {
        intake.instance_profile(own, None);
    }
    let roles = profile.get("Roles").map(Node::elements).unwrap_or_default();
    for (index, role) in roles.iter().enumerate() {
        tell_role(role, &format!("{pointer}/Roles/{index}"), input, intake);
        if let Some(arn) = arn_in(role, ROLE, input, intake) {
            intake.role(&arn, |role| role.instance_profile = role.instance_profile.take().or(name.clone()));
            if let Some(own) = &own {
                intake.instance_profile(own, Some(arn));
            }
        }
    }
}

/// Who called, so whose answers the files of this directory are.
pub(super) fn caller_identity(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(account) = text(input.root(), "Account") else { return };
    let Some(account) = account_id(account, &mut intake.problems) else { return };
    intake.account(account.value, account.span, |_| ());
    intake.describes_account(input, account.value);
    intake.contributes(input.source, "", format!("account {} of its directory", account.value));
}

pub(super) fn get_policy(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(policy) = input.root().get("Policy") else { return };
    let Some(arn) = text(policy, "Arn") else {
        intake.misses(input.source, "the ARN of the policy");
        return;
    };
    let version = text(policy, "DefaultVersionId").map(|id| id.value.to_owned());
    if let Some(dir) = input.path.parent() {
        let described = intake.notes::<Notes>().policies_in.entry(dir.to_owned()).or_default();
        described.insert(arn.value.to_owned(), version.clone());
    }
    intake.notes::<Notes>().policies.insert(arn.value.to_owned(), version);
    intake.contributes(input.source, "", format!("version in force of {}", arn.value));
}

pub(super) fn list_policies(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(list) = input.root().get("Policies") else { return };
    for policy in list.elements() {
        if let (Some(arn), Some(version)) = (text(policy, "Arn"), text(policy, "DefaultVersionId")) {
            intake.notes::<Notes>().policies.insert(arn.value.to_owned(), Some(version.value.to_owned()));
        }
    }
    intake.contributes(input.source, "", format!("versions in force of {} policies", list.elements().len()));
}

/// It holds no documents; which version is in force get-policy-version says as well.
pub(super) fn list_policy_versions(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(list) = input.root().get("Versions") else { return };
    let in_force = list.elements().iter().find(|v| flag(v, "IsDefaultVersion").is_some_and(|on| on.value));
    let in_force = in_force.and_then(|version| text(version, "VersionId")).map(|id| id.value.to_owned());
    let what = match (in_force, next_page(input.root())) {
        (Some(id), _) => format!("that version {id} is in force"),
        (None, _) => format!("{} versions", list.elements().len()),
    };
    intake.contributes(input.source, "", what);
}

pub(super) fn get_policy_version(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(version) = input.root().get("PolicyVersion") else { return };
    let Some(document) = version.get("Document") else { return };
    let owner = intake.owner_of(input.source);
    let kind = owner.kind.map_or(PolicyKind::Identity, |kind| kind.value);
    let Some(policy) = intake.policy(document, kind, "/PolicyVersion/Document") else { return };
    if let Some(default) = flag(version, "IsDefaultVersion").filter(|default| !default.value) {
        not_in_force(default.span, intake);
        return;
    }
    if let Some(role) = owner.role {
        intake.contributes(input.source, "", format!("{} of {}", kind.describe(), role.value));
        if kind == PolicyKind::Boundary {
            intake.role_boundary(&role, policy.span, Some(policy));
        } else {
            intake.gives(&role, policy);
        }
        return;
    }
    let version = text(version, "VersionId").map(|id| id.map(str::to_owned));
    let beside = input.path.parent().and_then(|dir| intake.noted::<Notes>()?.policies_in.get(dir));
    let beside = beside.filter(|described| described.len() == 1);
    let owner = match beside.and_then(|described| described.keys().next()) {
        Some(arn) => PolicyName::As(arn.clone()),
        None => PolicyName::By(names_in_path(input)),
    };
    let account = intake.account_of(input.source).map(|account| account.value);
    intake.notes::<Notes>().versions.push(Version {
        source: input.source,
        owner,
        account,
        id: version,
        policy,
    });
}

/// The document of a managed policy, until everything was read that may say which one.
#[derive(Debug)]
pub(super) struct Version {
    source: SourceId,
    owner: PolicyName,
    account: Option<AccountId>,
    id: Option<Spanned<String>>,
    policy: SharedPolicy,
}

#[derive(Debug)]
enum PolicyName {
    As(String),
    /// Its file or directory is called as the policy.
    By(Vec<String>),
}

fn names_in_path(input: &InputDocument<'_>) -> Vec<String> {
    let file = input.path.file_name().and_then(|name| name.to_str()?.split('.').next());
    let directory = input.path.parent().and_then(|dir| dir.file_name()?.to_str());
    file.into_iter().chain(directory).map(str::to_owned).collect()
}

/// Gives documents of managed policies to the policies they are versions of.
pub(super) fn settle(intake: &mut Intake) {
    let Notes { policies, versions, .. } = intake.take_notes();
    if versions.is_empty() {
        return;
    }
    let mut by_name: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let known = intake.named_policies();
    for arn in known.into_iter().chain(policies.keys().map(String::as_str)) {
        let name = arn.rsplit('/').next().unwrap_or_default();
        by_name.entry(name.to_owned()).or_default().insert(arn.to_owned());
    }
    for Version { source, owner, account, id, policy } in versions {
        let arn = match owner {
            PolicyName::As(arn) => Some(arn),
            PolicyName::By(names) => only_one(&by_name, &names, account),
        };
        let Some(arn) = arn else {
            let missing = "which policy it is: put get-policy.json beside it, name its directory as the policy, or add [[bind]] with role = \"arn:…\", and kind = \"boundary\" if it is a boundary";
            intake.misses(source, missing);
            continue;
        };
        let in_force = policies.get(&arn).cloned().flatten();
        if let (Some(in_force), Some(id)) = (in_force, &id)
            && in_force != id.value
        {
            not_in_force(id.span, intake);
            continue;
        }
        intake.contributes(source, "", format!("document of {arn}"));
        intake.managed_policy(&arn, policy.span, policy);
    }
}

/// The only policy of one of these names that an account can use.
fn only_one(
    by_name: &BTreeMap<String, BTreeSet<String>>,
    names: &[String],
    account: Option<AccountId>,
) -> Option<String> {
    let account = account.map(|account| account.to_string());
    let usable = |arn: &&String| {
        let owner = arn.split(':').nth(4).unwrap_or_default();
        owner == "aws" || account.as_ref().is_none_or(|account| account == owner)
    };
    let fitting: BTreeSet<&String> =
        names.iter().filter_map(|name| by_name.get(name)).flatten().filter(usable).collect();
    let mut fitting = fitting.into_iter();
    match (fitting.next(), fitting.next()) {
        (Some(only), None) => Some(only.clone()),
        (None | Some(_), None | Some(_)) => None,
    }
}

fn not_in_force(at: Span, intake: &mut Intake) {
    let message = "this is not the version in force, so it counts for nothing";
    intake.problems.push(Diagnostic::new(Code::NotDefaultVersion, at, message));
}
