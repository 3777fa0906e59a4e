//! Policies of organizations and the targets they are attached to, told by many formats and put together at the end.

use std::collections::{BTreeMap, BTreeSet};

use super::Intake;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::estate::{Attached, Known, SharedPolicy};
use crate::name::AccountId;
use crate::policy::PolicyKind;
use crate::source::{SourceId, Span, Spanned};

/// What was read of the policies of organizations.
#[derive(Clone, Debug, Default)]
pub(super) struct Organizations {
    /// Policies by their id.
    policies: BTreeMap<String, (PolicyKind, SharedPolicy)>,
    /// Policies that say nothing about access: tag policies and the like.
    others: BTreeSet<String>,
    /// Policies given to targets one by one.
    attached: BTreeMap<(String, PolicyKind), Vec<SharedPolicy>>,
    /// Where each policy is attached, and the file that says so.
    targets_of: BTreeMap<String, Vec<(Spanned<String>, SourceId)>>,
    /// Units and accounts with a list of their policies of one type.
    listed: BTreeSet<(String, PolicyKind)>,
    /// Types of policies that are not enabled, by organization.
    disabled: BTreeSet<(String, PolicyKind)>,
}

/// The policies AWS attaches by itself; they are the same everywhere.
/// Source: <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_examples.html>
const FULL_ACCESS: &[(&str, PolicyKind, &str)] = &[
    (
        "p-FullAWSAccess",
        PolicyKind::Scp,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
    ),
    (
        "p-RCPFullAWSAccess",
        PolicyKind::Rcp,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#,
    ),
];

/// The types of policies that say something about access.
pub(super) fn kind_named(written: &str) -> Option<PolicyKind> {
    match written {
        "SERVICE_CONTROL_POLICY" => Some(PolicyKind::Scp),
        "RESOURCE_CONTROL_POLICY" => Some(PolicyKind::Rcp),
        // Tag policies, backup policies and the like say nothing about access.
        _ => None,
    }
}

pub(super) const NO_ORGANIZATION: &str =
    "which organization it is about: add the output of describe-organization";

/// Whether a name is that of a root, a unit or an account.
pub(super) fn is_target(name: &str) -> bool {
    name.starts_with("r-") || name.starts_with("ou-") || name.parse::<AccountId>().is_ok()
}

/// The organization a target is in.
pub(super) fn organization_of(target: &str, intake: &Intake) -> Option<String> {
    let holds = |id: &str| intake.fact_log.targets.contains_key(&format!("{id}/{target}"));
    if let Some(holder) = intake.estate.organizations.iter().find(|o| holds(&o.id)) {
        return Some(holder.id.clone());
    }
    let account = target.parse().ok().and_then(|id| intake.estate.account(id));
    if let Some(Known::Provided(told)) = account.map(|account| &account.organization) {
        return told.clone();
    }
    let mut all = intake.estate.organizations.iter();
    let first = all.next()?;
    all.next().is_none().then(|| first.id.clone())
}

/// What is known of a policy by its id, when policies of one kind are asked for.
pub(super) enum Document {
    Of(SharedPolicy),
    OtherKind,
    Missing,
}

impl Intake {
    /// A policy of an organization, by its id.
    pub(super) fn organization_policy(&mut self, id: &str, kind: PolicyKind, policy: SharedPolicy) {
        self.organizations.policies.entry(id.to_owned()).or_insert((kind, policy));
    }

    /// A policy of an organization that says nothing about access.
    pub(super) fn other_organization_policy(&mut self, id: &str) {
        self.organizations.others.insert(id.to_owned());
    }

    /// The policies of organizations that were read, by their ids.
    pub(super) fn organization_policies(&self) -> impl Iterator<Item = (&String, &SharedPolicy)> {
        self.organizations.policies.iter().map(|(id, (_, policy))| (id, policy))
    }

    /// What is known of a policy by its id, when policies of one kind are asked for.
    pub(super) fn organization_document(&mut self, id: &str, kind: PolicyKind) -> Document {
        let known = self.organizations.policies.get(id).map(|(of, _)| *of);
        let known = known.or(FULL_ACCESS.iter().find(|(name, _, _)| *name == id).map(|(_, of, _)| *of));
        match known {
            Some(of) if of != kind => Document::OtherKind,
            Some(_) => document(id, kind, self).map_or(Document::Missing, Document::Of),
            None if self.organizations.others.contains(id) => Document::OtherKind,
            None => Document::Missing,
        }
    }

    /// The document of a policy by its id in any case: files may be named in lower case.
    pub(super) fn organization_document_in_any_case(
        &mut self,
        id: &str,
        kind: PolicyKind,
    ) -> Option<SharedPolicy> {
        let known = &self.organizations.policies;
        let found = known.get(id).or_else(|| known.get(&id.to_ascii_lowercase()));
        match found {
            Some((of, policy)) if *of == kind => Some(policy.clone()),
            Some(_) | None => document(id, kind, self),
        }
    }

    /// A whole list of the policies of one type at a target was read.
    pub(super) fn lists_policies(&mut self, target: &str, kind: PolicyKind) {
        self.organizations.listed.insert((target.to_owned(), kind));
    }

    /// The targets that a file lists for one policy.
    pub(super) fn lists_targets(&mut self, policy: &str, targets: Vec<Spanned<String>>, file: SourceId) {
        let known = self.organizations.targets_of.entry(policy.to_owned()).or_default();
        known.extend(targets.into_iter().map(|target| (target, file)));
    }

    /// A type of policies is off in an organization.
    pub(super) fn disables_policies(&mut self, organization: &str, kind: PolicyKind) {
        self.organizations.disabled.insert((organization.to_owned(), kind));
    }

    /// One more policy at a target.
    pub(super) fn attaches_at(&mut self, target: &str, kind: PolicyKind, policy: SharedPolicy) {
        self.organizations.attached.entry((target.to_owned(), kind)).or_default().push(policy);
    }

    /// The policy that AWS attaches to every target when a type of policies is enabled.
    pub(super) fn full_access(&mut self, kind: PolicyKind) -> Option<SharedPolicy> {
        let (name, _, text) = FULL_ACCESS.iter().find(|(_, of, _)| *of == kind)?;
        self.fixed_policy(name, kind, text)
    }
}

/// The document of a policy by its id, those of AWS among them.
pub(super) fn document(id: &str, kind: PolicyKind, intake: &mut Intake) -> Option<SharedPolicy> {
    if let Some((_, policy)) = intake.organizations.policies.get(id) {
        return Some(policy.clone());
    }
    let (name, _, text) = FULL_ACCESS.iter().find(|(name, of, _)| *name == id && *of == kind)?;
    intake.fixed_policy(name, kind, text)
}

/// What only all files together say.
pub(super) fn settle(intake: &mut Intake) {
    for ((target, kind), policies) in std::mem::take(&mut intake.organizations.attached) {
        let at = policies.first().map_or(Span::new(SourceId::LONE, 0, 0), |policy| policy.span);
        match organization_of(&target, intake) {
            Some(organization) => {
                intake.target(&organization, &target, at, |_| ());
                intake.target_policies(&organization, &target, kind, at, Attached::Policies(policies));
            }
            None => intake.misses(intake.sources.host(at).source, NO_ORGANIZATION),
        }
    }
    for (full, kind, _) in FULL_ACCESS {
        attach_by_policy(full, *kind, intake);
    }
    switch_off(intake);
    note_orphans(intake);
}

/// Types of policies that the root has not enabled: wherever nobody told a list, there is none.
fn switch_off(intake: &mut Intake) {
    for (id, kind) in std::mem::take(&mut intake.organizations.disabled) {
        let Some(organization) = intake.estate.organizations.find_mut(|o| o.id == id) else {
            continue;
        };
        for at in 0..organization.targets.len() {
            let Some(target) = organization.targets.get_mut(at) else { continue };
            let list = if kind == PolicyKind::Rcp { &mut target.rcps } else { &mut target.scps };
            if !list.is_provided() {
                *list = Known::Provided(Attached::Off);
            }
        }
    }
}

/// Lists of targets per policy. They tell of a target's whole list only when all policies were asked; that the
/// policy AWS attaches to everything is among them says so.
fn attach_by_policy(full: &str, kind: PolicyKind, intake: &mut Intake) {
    let targets_of = intake.organizations.targets_of.clone();
    let complete = targets_of.contains_key(full);
    let mut by_target: BTreeMap<&str, (Span, Vec<SharedPolicy>)> = BTreeMap::new();
    let mut sources: BTreeSet<(SourceId, &str)> = BTreeSet::new();
    for (id, targets) in &targets_of {
        let Some(policy) = document(id, kind, intake) else { continue };
        if policy.kind != kind {
            continue;
        }
        for (target, source) in targets {
            if !intake.organizations.listed.contains(&(target.value.clone(), kind)) {
                by_target.entry(&target.value).or_insert((target.span, Vec::new())).1.push(policy.clone());
                sources.insert((*source, &target.value));
            }
        }
    }
    if !complete {
        for (source, target) in sources {
            let what = format!(
                "the other {}s of {target}: output of list-policies-for-target",
                kind.as_str().to_ascii_uppercase()
            );
            intake.misses(source, what);
        }
        return;
    }
    for (target, (at, policies)) in by_target {
        let Some(organization) = organization_of(target, intake) else { continue };
        intake.target(&organization, target, at, |_| ());
        intake.target_policies(&organization, target, kind, at, Attached::Policies(policies));
    }
}

/// Accounts of an organization whose place in the tree is not known: the policies above them are not, either.
fn note_orphans(intake: &mut Intake) {
    let mut problems = Vec::new();
    for account in intake.estate.accounts.values() {
        let Known::Provided(Some(id)) = &account.organization else { continue };
        let organization = intake.estate.organizations.iter().find(|o| o.id == *id);
        let Some(organization) = organization.filter(|o| o.management_account != Some(account.id)) else {
            continue;
        };
        if organization.path(account.id).is_some() {
            continue;
        }
        let message = format!(
            "the way from account {} to the root of {id} is not known, so its SCPs and RCPs are not known either",
            account.id
        );
        problems.push(
            Diagnostic::new(Code::UnknownParent, account.span, message)
                .level(Severity::Note)
                .help("add the output of list-parents for the account and for every unit above it"),
        );
    }
    intake.problems.append(&mut problems);
}
