//! What identities are given one by one, by whatever file: policies, policies by ARN, boundaries, groups. They are
//! put together when every file was read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Intake;
use super::fact_log::{Saying, is_among};
use crate::diagnostic::{Code, Diagnostic};
use crate::estate::{Known, PlacedArn, SharedPolicy};
use crate::policy::{Policy, PolicyKind};
use crate::source::{Span, Spanned};

#[derive(Clone, Debug, Default)]
pub(super) struct Attachments {
    /// Roles, users and groups, by ARN.
    holders: BTreeMap<String, Holder>,
    /// Customer managed policies, by ARN.
    managed: BTreeMap<String, Spanned<SharedPolicy>>,
    /// Versions of the AWS managed policies among them.
    published: BTreeMap<String, u64>,
}

#[derive(Clone, Debug)]
struct Holder {
    arn: PlacedArn,
    given: Vec<SharedPolicy>,
    /// Inline policies by their names.
    inline: Vec<(String, SharedPolicy)>,
    attached: Vec<Spanned<String>>,
    boundary: Option<Spanned<String>>,
    groups: Vec<Spanned<String>>,
    /// Where it is said that all of this is all there is.
    complete: Option<Span>,
    /// The names of all its inline policies, where a list told them.
    listed_inline: Option<Spanned<Vec<String>>>,
    /// Where a list told all its managed policies.
    listed_attached: Option<Span>,
}

impl Holder {
    /// Where it is said that nothing else belongs to it.
    fn closed(&self) -> Option<Span> {
        self.listed_attached?;
        self.listed_inline.as_ref().map(|list| list.span)
    }
}

impl Intake {
    fn holder(&mut self, arn: &PlacedArn) -> &mut Holder {
        let new = || Holder {
            arn: arn.clone(),
            given: Vec::new(),
            inline: Vec::new(),
            attached: Vec::new(),
            boundary: None,
            groups: Vec::new(),
            complete: None,
            listed_inline: None,
            listed_attached: None,
        };
        self.attachments.holders.entry(arn.value.to_string()).or_insert_with(new)
    }

    /// One more policy of a role, user or group.
    pub(super) fn gives(&mut self, to: &PlacedArn, policy: SharedPolicy) {
        self.holder(to).given.push(policy);
    }

    /// One more managed policy of a role, user or group, by its ARN.
    pub(super) fn attaches(&mut self, to: &PlacedArn, policy: Spanned<String>) {
        let attached = &mut self.holder(to).attached;
        if !attached.contains(&policy) {
            attached.push(policy);
        }
    }

    /// An inline policy of a role, user or group by its name.
    pub(super) fn inline_policy(&mut self, of: &PlacedArn, name: &str, policy: SharedPolicy) {
        let subject = format!("policy {name} of {}", of.value);
        let saying = Saying::Documents(vec![Arc::clone(&policy)]);
        if self.record(&subject, "the document", policy.span, saying) {
            self.holder(of).inline.push((name.to_owned(), policy));
        }
    }

    /// The names of all inline policies of a role, user or group.
    pub(super) fn lists_inline(&mut self, of: &PlacedArn, mut names: Spanned<Vec<String>>) {
        names.value.sort_unstable();
        names.value.dedup();
        let saying = Saying::text(names.value.join(", "));
        if self.record(&identity(of), "the list of inline policies", names.span, saying) {
            self.holder(of).listed_inline = Some(names);
        }
    }

    /// All managed policies of a role, user or group, by their ARNs.
    pub(super) fn lists_attached(&mut self, of: &PlacedArn, at: Span, policies: Vec<Spanned<String>>) {
        let mut arns: Vec<&str> = policies.iter().map(|policy| policy.value.as_str()).collect();
        arns.sort_unstable();
        arns.dedup();
        let saying = Saying::text(arns.join(", "));
        if self.record(&identity(of), "the list of managed policies", at, saying) {
            self.holder(of).listed_attached = Some(at);
        }
        for policy in policies {
            self.attaches(of, policy);
        }
    }

    /// The boundary of a role or user, by its ARN.
    pub(super) fn bounded_by(&mut self, who: &PlacedArn, policy: Spanned<String>) {
        let saying = Saying::text(policy.value.clone());
        if self.record(&identity(who), "the ARN of the boundary", policy.span, saying) {
            self.holder(who).boundary = Some(policy);
        }
    }

    /// Whether somebody named a boundary of a role or user.
    pub(super) fn is_bounded(&self, who: &PlacedArn) -> bool {
        let holder = self.attachments.holders.get(who.value.as_str());
        holder.is_some_and(|holder| holder.boundary.is_some())
    }

    /// A user is in a group, named by its ARN; the ARN may leave out the path.
    pub(super) fn joins(&mut self, user: &PlacedArn, group: Spanned<String>) {
        let groups = &mut self.holder(user).groups;
        if !groups.contains(&group) {
            groups.push(group);
        }
    }

    /// What the files of this run give an identity is all it has: its declaration, or a full dump, was read.
    pub(super) fn complete(&mut self, who: &PlacedArn, at: Span) {
        self.holder(who).complete.get_or_insert(at);
    }

    /// A customer managed policy.
    pub(super) fn managed_policy(&mut self, arn: &str, at: Span, policy: SharedPolicy) {
        let saying = Saying::Documents(vec![Arc::clone(&policy)]);
        if self.record(&format!("policy {arn}"), "the document", at, saying) {
            self.estate.managed.insert(policy.span, arn.to_owned());
            self.attachments.managed.insert(arn.to_owned(), Spanned::new(policy, at));
        }
    }

    /// A policy that AWS publishes. Dumps of different days hold different versions of it, and the newest one is
    /// in force everywhere: whether this one is the newest so far.
    pub(super) fn is_newest_published(&mut self, arn: &str, version: u64) -> bool {
        let published = &mut self.attachments.published;
        let newest = published.get(arn).is_none_or(|known| *known < version);
        if newest {
            published.insert(arn.to_owned(), version);
        }
        newest
    }

    /// The newest version of a policy that AWS publishes.
    pub(super) fn published_policy(&mut self, arn: &str, at: Span, policy: SharedPolicy) {
        self.attachments.managed.insert(arn.to_owned(), Spanned::new(policy, at));
    }

    /// The ARNs of managed policies that anything names.
    pub(super) fn named_policies(&self) -> BTreeSet<&str> {
        let attachments = &self.attachments;
        let held =
            attachments.holders.values().flat_map(|holder| holder.attached.iter().chain(&holder.boundary));
        held.map(|policy| policy.value.as_str()).collect()
    }

    /// The document of a managed policy: one of this run, else what AWS publishes, else one that may say anything.
    fn managed_document(
        &mut self,
        policy: &Spanned<String>,
        kind: PolicyKind,
        whose: &PlacedArn,
    ) -> SharedPolicy {
        if let Some(found) = self.attachments.managed.get(&policy.value) {
            return of_kind(&found.value, kind);
        }
        if let Some(found) = self.aws_managed(&policy.value, kind) {
            return found;
        }
        let name = format!("policy {}", policy.value);
        if let Some(open) = self.open_policy(&policy.value, kind, policy.span) {
            return open;
        }
        let is_new = !self.estate.symbols.contains_key(&crate::name::symbol::plain(&name));
        let why = match policy.value.contains("::aws:policy/") {
            true => "an AWS managed policy that this version of the program does not hold".to_owned(),
            false => "its document was not supplied".to_owned(),
        };
        let document = self.unsupplied_policy(&name, kind, policy.span, why.clone());
        if let Some(symbol) = self.estate.symbols.get_mut(&crate::name::symbol::plain(&name)) {
            symbol.policy = Some(policy.value.clone());
        }
        if is_new {
            let is_boundary = kind == PolicyKind::Boundary;
            let (code, what) = if is_boundary {
                (Code::MissingBoundary, "the boundary")
            } else {
                (Code::MissingPolicy, "a policy")
            };
            let message = format!("{what} of {} was not supplied: {}", whose.value, policy.value);
            let help = format!(
                "add what `aws iam get-policy-version --policy-arn {} --version-id …` answers; until then it may allow or deny anything",
                policy.value
            );
            self.problems.push(Diagnostic::new(code, policy.span, message).help(help));
        }
        self.misses(policy.span.source, format!("the document of {}", policy.value));
        document
    }

    /// A policy by an ARN that is itself left open.
    fn open_policy(&mut self, arn: &str, kind: PolicyKind, at: Span) -> Option<SharedPolicy> {
        crate::name::symbol::is_unknown_in(arn).then(|| {
            let name = crate::name::symbol::first_in(arn).unwrap_or(arn).to_owned();
            Arc::new(crate::policy::open(&format!("policy {name}"), kind, at))
        })
    }
}

/// A managed policy can be a boundary as well.
fn of_kind(policy: &SharedPolicy, kind: PolicyKind) -> SharedPolicy {
    if policy.kind == kind { Arc::clone(policy) } else { Arc::new(Policy { kind, ..(**policy).clone() }) }
}

/// How facts about an identity are filed.
fn identity(arn: &PlacedArn) -> String {
    format!("{} {}", identity_kind(arn), arn.value)
}

/// The ARN of a group without its path: names of groups are unique in an account, and lists show names only.
fn without_path(arn: &str) -> Option<String> {
    let (account, rest) = arn.split_once(":group/")?;
    Some(format!("{account}:group/{}", rest.rsplit('/').next()?))
}

/// The policies of groups.
#[derive(Default)]
struct Groups<'h> {
    policies: BTreeMap<&'h str, Vec<SharedPolicy>>,
    without_path: BTreeMap<String, &'h str>,
}

impl Groups<'_> {
    fn get(&self, arn: &str) -> Option<&Vec<SharedPolicy>> {
        self.policies.get(arn).or_else(|| self.policies.get(self.without_path.get(arn)?))
    }
}

/// Puts together what identities were given.
pub(super) fn settle(intake: &mut Intake) {
    let holders = std::mem::take(&mut intake.attachments.holders);
    // Groups first: users have what their groups have.
    let mut groups = Groups::default();
    for (arn, holder) in holders.iter().filter(|(arn, _)| arn.contains(":group/")) {
        let policies = all_policies(intake, holder);
        groups.policies.insert(arn, policies);
        if let Some(bare) = without_path(arn) {
            groups.without_path.insert(bare, arn);
        }
    }
    for holder in holders.values() {
        let resource = holder.arn.value.resource();
        if resource.starts_with("role/") {
            settle_role(intake, holder);
        } else if resource.starts_with("user/") {
            settle_user(intake, holder, &groups);
        }
    }
}

fn all_policies(intake: &mut Intake, holder: &Holder) -> Vec<SharedPolicy> {
    let mut policies = inline_policies(intake, holder);
    for attached in &holder.attached {
        policies.push(intake.managed_document(attached, PolicyKind::Identity, &holder.arn));
    }
    let Some(list) = holder.closed() else {
        return holder.given.iter().cloned().chain(policies).collect();
    };
    // A list told what there is, so what came without a name is one of these.
    for policy in holder.given.iter().filter(|policy| !is_among(policy, &policies)) {
        intake.problems.push(not_listed(holder, policy.span, list));
    }
    policies
}

/// The inline policies by name. What a list names and nobody supplied may say anything.
fn inline_policies(intake: &mut Intake, holder: &Holder) -> Vec<SharedPolicy> {
    let arn = &holder.arn;
    let mut policies: Vec<SharedPolicy> = Vec::with_capacity(holder.inline.len());
    let listed = |name: &String| {
        holder.listed_inline.as_ref().is_none_or(|list| list.value.binary_search(name).is_ok())
    };
    for (name, policy) in &holder.inline {
        if let (false, Some(list)) = (listed(name), &holder.listed_inline) {
            intake.problems.push(not_listed(holder, policy.span, list.span));
        }
        policies.push(Arc::clone(policy));
    }
    let Some(list) = &holder.listed_inline else { return policies };
    let supplied: BTreeSet<&str> = holder.inline.iter().map(|(name, _)| name.as_str()).collect();
    for name in list.value.iter().filter(|name| !supplied.contains(name.as_str())) {
        let kind = identity_kind(arn);
        let call = format!("policy {name} of {}", arn.value);
        let why = "its document was not supplied".to_owned();
        policies.push(intake.unsupplied_policy(&call, PolicyKind::Identity, list.span, why));
        let message = format!("an inline policy of {} was not supplied: {name}", arn.value);
        let help = format!(
            "add what `aws iam get-{kind}-policy --{kind}-name {} --policy-name {name}` answers; until then it may allow or deny anything",
            arn.value.resource().rsplit('/').next().unwrap_or_default()
        );
        intake.problems.push(Diagnostic::new(Code::MissingPolicy, list.span, message).help(help));
        intake.misses(list.span.source, call);
    }
    policies
}

fn identity_kind(arn: &PlacedArn) -> &str {
    arn.value.resource().split('/').next().unwrap_or_default()
}

fn not_listed(holder: &Holder, at: Span, list: Span) -> Diagnostic {
    let message = format!("the list of policies of {} does not hold this one", identity(&holder.arn));
    Diagnostic::new(Code::ConflictingFacts, at, message)
        .because(list, "the list")
        .help("leave one of the two out, or fetch both again")
}

fn settle_role(intake: &mut Intake, holder: &Holder) {
    let role = &holder.arn;
    let subject = format!("role {}", role.value);
    let policies = all_policies(intake, holder);
    match (intake.told_role_policies(role), holder.complete.or(holder.closed())) {
        // Somebody told the whole list: each of these has to be in it.
        (Some(told), None) => {
            for policy in policies.into_iter().filter(|policy| !is_among(policy, &told)) {
                if intake.is_overridden(&subject, "the list of policies") {
                    continue;
                }
                let message = format!("the list of policies of {subject} does not hold this one");
                let mut problem = Diagnostic::new(Code::ConflictingFacts, policy.span, message);
                if let Some(first) = intake.place_told(&subject, "the list of policies") {
                    problem = problem.because(first, "the list");
                }
                intake.problems.push(problem.help("add it to the list, or leave it out"));
            }
        }
        (_, Some(at)) => intake.role_policies(role, at, policies),
        (None, None) if policies.is_empty() => {}
        (None, None) => {
            let at = policies.first().map_or(role.span, |policy| policy.span);
            let message = format!("the policies supplied for {subject} are taken to be all it has");
            intake.problems.push(
                Diagnostic::new(Code::PartialPolicies, at, message)
                    .help("list them in a [[role]] table to say so"),
            );
            intake.role_policies(role, at, policies);
        }
    }
    let Some(boundary) = &holder.boundary else { return };
    match intake.told_role_boundary(role) {
        Some(Some(_)) => {}
        Some(None) => {
            let saying = Saying::text(boundary.value.clone());
            intake.record(&subject, "the boundary", boundary.span, saying);
        }
        None => {
            let policy = intake.managed_document(boundary, PolicyKind::Boundary, role);
            intake.role_boundary(role, boundary.span, Some(policy));
        }
    }
}

fn settle_user(intake: &mut Intake, holder: &Holder, groups: &Groups<'_>) {
    let user = &holder.arn;
    let mut policies = all_policies(intake, holder);
    for group in &holder.groups {
        match groups.get(&group.value) {
            Some(of_group) => policies.extend(of_group.iter().cloned()),
            None => {
                let name = format!("policies of group {}", group.value);
                let why = "the group was not supplied".to_owned();
                policies.push(intake.unsupplied_policy(&name, PolicyKind::Identity, group.span, why));
            }
        }
    }
    let boundary = holder
        .boundary
        .as_ref()
        .map(|boundary| intake.managed_document(boundary, PolicyKind::Boundary, user));
    let names: Vec<String> = holder.groups.iter().map(|group| group.value.clone()).collect();
    let complete = holder.complete.or(holder.closed()).is_some();
    intake.user(user, user.span, |known| {
        if !known.policies.is_provided() && (complete || !policies.is_empty()) {
            known.policies = Known::Provided(policies);
        }
        if !known.boundary.is_provided() && (complete || boundary.is_some()) {
            known.boundary = Known::Provided(boundary);
        }
        if known.groups.is_empty() {
            known.groups = names;
        }
    });
}
