//! Changes that open what is asked about to somebody who cannot do it today (R131): a policy of the key or the bucket
//! rewritten, a grant, a tag, a policy of one's own.
//!
//! A change is no guess: whether somebody may make it is one request, and what it brings is the same question asked of
//! an estate in which it was made.
//!
//! Sources: <https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html>,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>

mod changed;

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::judge::{Judge, explained};
use crate::ask::trust::Done;
use crate::estate::{Assumed, Bucket, Estate, Identity, Key, Known, Role};
use crate::eval::{ContextValue, Symbolic};
use crate::logic::{Atom, Cond, FactId, Solver, Truth as _, Unknown};
use crate::name::{AccountId, ActionName, Arn, symbol};
use crate::policy::{Effect, Policy};
use crate::request::call::Call;
use crate::request::{Leg, Requester, Way};
use crate::trust::context::{TrustContext, mentions};
use crate::trust::escalation::{ALL, BucketChange, EscalationPath, KeyChange, Opens, PolicyChange, Whose};
use crate::trust::{self, Principal, TrustGraph};
use changed::{after_bucket, after_key, with_policies, without_boundary};

/// One change of one principal.
pub(super) struct SelfGrant {
    /// Its position among the recipes.
    pub(super) recipe: usize,
    pub(super) when: Cond,
    /// Whose policies are changed, where these are another role's.
    of: Option<Principal>,
    /// What the first call is made on.
    on: String,
}

pub(super) struct SelfGrants<'j, 'e> {
    estate: &'e Estate,
    trust_context: &'e TrustContext<'e>,
    judge: &'j Judge<'e>,
    /// Who can today, without conditions.
    firm: FxHashSet<Principal>,
    found: BTreeMap<Principal, SelfGrant>,
}

impl<'j, 'e> SelfGrants<'j, 'e> {
    pub(super) fn new(
        estate: &'e Estate,
        trust_context: &'e TrustContext<'e>,
        judge: &'j Judge<'e>,
        firm: FxHashSet<Principal>,
    ) -> Self {
        Self { estate, trust_context, judge, firm, found: BTreeMap::new() }
    }

    /// In the order of who makes them.
    pub(super) fn found(&self) -> impl Iterator<Item = (&Principal, &SelfGrant)> {
        self.found.iter()
    }

    /// Every known role and user that could open it; of each the first change that works, a firm one where there is one.
    pub(super) fn find(&mut self, graph: &mut TrustGraph<'e>) {
        for (at, recipe) in ALL.iter().enumerate() {
            match recipe.opens() {
                Some(Opens::Key(change)) => {
                    for key in self.judge.keys() {
                        self.key(graph, at, recipe, change, key);
                    }
                }
                Some(Opens::Bucket(change)) => {
                    if let Some(bucket) = self.judge.bucket() {
                        self.bucket(graph, at, recipe, change, bucket);
                    }
                }
                Some(Opens::Identity(..)) | None => {}
            }
        }
        self.identities(graph);
    }

    fn key(
        &mut self,
        graph: &TrustGraph<'e>,
        at: usize,
        recipe: &'static EscalationPath,
        change: KeyChange,
        key: &'e Key,
    ) {
        // AWS alone changes its managed keys (R91).
        if key.is_aws_managed() {
            return;
        }
        let is_grant = change == KeyChange::Grant;
        let shared = (!is_grant).then(|| after_key(self.estate, key, change, ""));
        let arn = key.arn.value.as_str();
        let Some(judge) = self.change(recipe, arn) else { return };
        for principal in judge.candidates(graph.index()) {
            let Some(requester) = self.worth(&principal) else { continue };
            // Only grants can be made from another account.
            if !is_grant && requester.caller.account != key.arn.value.account() {
                continue;
            }
            let known = known(change, &requester);
            let may = self.may(&judge, &requester, recipe, &known);
            if may.is_false() {
                continue;
            }
            let own = is_grant.then(|| after_key(self.estate, key, change, &requester.caller.name));
            let Some(changed) = own.as_ref().or(shared.as_ref()) else { continue };
            let Some(after) = self.judge.when_after(changed, &requester) else { continue };
            self.keep(
                principal,
                SelfGrant { recipe: at, when: may.and(after), of: None, on: arn.to_owned() },
            );
        }
    }

    fn bucket(
        &mut self,
        graph: &TrustGraph<'e>,
        at: usize,
        recipe: &'static EscalationPath,
        change: BucketChange,
        bucket: &'e Bucket,
    ) {
        // There is no policy to delete.
        if change == BucketChange::NoPolicy && matches!(bucket.policy, Known::Provided(None)) {
            return;
        }
        let changed = after_bucket(self.estate, bucket, change);
        let arn = Arn::of("aws", "s3", "", "", &bucket.name);
        let Some(judge) = self.change(recipe, arn.as_str()) else { return };
        for principal in judge.candidates(graph.index()) {
            let Some(requester) = self.worth(&principal) else { continue };
            // Only the account of the bucket writes its policy.
            if bucket.account.provided().is_some_and(|owner| requester.caller.account != Some(*owner)) {
                continue;
            }
            let may = self.may(&judge, &requester, recipe, &[]);
            if may.is_false() {
                continue;
            }
            let Some(after) = self.judge.when_after(&changed, &requester) else { continue };
            let on = arn.as_str().to_owned();
            self.keep(principal, SelfGrant { recipe: at, when: may.and(after), of: None, on });
        }
    }

    /// Who may make the first call of a change.
    fn change(&self, recipe: &EscalationPath, arn: &str) -> Option<Judge<'e>> {
        let (action, _) = recipe.calls().next()?;
        Judge::action(&self.trust_context.ctx, action, arn, Way::Direct).ok()
    }

    /// A known principal that cannot already.
    fn worth(&self, principal: &Principal) -> Option<Requester<'e>> {
        let known = matches!(principal, Principal::Role(_) | Principal::User(_));
        let firm = |opening: &SelfGrant| opening.when.is_true();
        if !known || self.firm.contains(principal) || self.found.get(principal).is_some_and(firm) {
            return None;
        }
        self.judge.requester(principal)
    }

    /// When all calls of a change of a key or a bucket work.
    fn may(
        &self,
        judge: &Judge<'e>,
        requester: &Requester<'e>,
        recipe: &EscalationPath,
        known: &[(&str, ContextValue)],
    ) -> Cond {
        let Some(call) = judge.call(requester, known) else { return Cond::Known(false) };
        let mut may = call.decide(&mut Symbolic).allowed;
        for call in self.further(requester, recipe) {
            if !may.is_false() {
                may = may.and(call.decide(&mut Symbolic).allowed);
            }
        }
        may
    }

    /// The calls after the first one, on things that are made anew.
    fn further(&self, requester: &Requester<'e>, recipe: &EscalationPath) -> Vec<Call<'e>> {
        let account = requester.caller.account.map(|account| account.to_string()).unwrap_or_default();
        let partition = &requester.caller.partition;
        let call = |(action, any): (&'static str, Option<(&'static str, &'static str)>)| {
            let (service, start) = any?;
            let (region, name) = (symbol::unknown("Region"), symbol::unknown("name"));
            let resource = format!("arn:{partition}:{service}:{region}:{account}:{start}{name}");
            Some(self.made(requester, ActionName::new(action)?, &resource, &[]))
        };
        recipe.calls().skip(1).filter_map(call).collect()
    }

    /// A request about IAM, or about something that is made anew.
    fn made(
        &self,
        requester: &Requester<'e>,
        action: ActionName,
        on: &str,
        known: &[(&str, ContextValue)],
    ) -> Call<'e> {
        self.trust_context.call(requester, &action, on, requester.caller.account, known)
    }

    fn keep(&mut self, principal: Principal, opening: SelfGrant) {
        let when = &opening.when;
        if when.is_false() || (!when.is_true() && Solver::new([when]).decided(when) == Some(false)) {
            return;
        }
        match self.found.get(&principal) {
            Some(known) if known.when.is_true() || !opening.when.is_true() => {}
            Some(_) | None => {
                self.found.insert(principal, opening);
            }
        }
    }

    /// Policies of identities: first one's own, then those of roles that one can become.
    fn identities(&mut self, graph: &mut TrustGraph<'e>) {
        let mut writers = Writers::default();
        let mut waiting: BTreeMap<AccountId, FxHashSet<Principal>> = BTreeMap::new();
        let mut targets: BTreeMap<AccountId, Vec<Principal>> = BTreeMap::new();
        for principal in self.judge.let_in(graph.index()) {
            let Some(identity) = principal.identity(self.estate) else { continue };
            let Some(account) = identity.account().filter(|_| !identity.is_service_linked()) else {
                continue;
            };
            if writers.may(identity) && self.worth(&principal).is_some() {
                self.identity(&principal, &principal);
                if self.worth(&principal).is_some() {
                    waiting.entry(account).or_default().insert(principal.clone());
                }
            }
            targets.entry(account).or_default().push(principal);
        }
        // Somebody the resource does not let in may still become a role that it does.
        for (account, targets) in &targets {
            let waiting = waiting.entry(*account).or_default();
            let members = graph.index().members(*account);
            let more = members.iter().filter(|principal| {
                let writes = principal.identity(self.estate).is_some_and(|identity| writers.may(identity));
                writes && self.worth(principal).is_some()
            });
            waiting.extend(more.cloned());
            if waiting.is_empty() {
                continue;
            }
            for target in targets {
                // Whoever becomes a role that can needs no change.
                if !matches!(target, Principal::Role(_)) || self.firm.contains(target) {
                    continue;
                }
                let node = graph.node(target);
                for (edge, _) in graph.steps_into(node) {
                    let Some(edge) = graph.edge(edge).filter(|edge| edge.way == trust::Way::AssumeRole)
                    else {
                        continue;
                    };
                    if waiting.contains(&edge.from) && self.worth(&edge.from).is_some() {
                        self.identity(&edge.from.clone(), target);
                    }
                }
            }
        }
    }

    /// What a principal could do to the policies of an identity, its own or another's.
    fn identity(&mut self, principal: &Principal, target: &Principal) {
        let (Some(requester), Some(identity)) = (self.worth(principal), target.identity(self.estate)) else {
            return;
        };
        let becomes = match (principal == target, identity) {
            (true, _) => Cond::Known(true),
            (false, Identity::Role(role)) => self.assumes(&requester, role).decide(&mut Symbolic).allowed,
            (false, Identity::User(_)) => return,
        };
        for (at, recipe) in ALL.iter().enumerate() {
            if becomes.is_false() || self.worth(principal).is_none() {
                return;
            }
            let Some(Opens::Identity(whose, change)) = recipe.opens() else { continue };
            let Some(change) = self.changes(whose, change, identity) else {
                continue;
            };
            let Some((action, _)) = recipe.calls().next() else { continue };
            let Some(action) = ActionName::new(action) else { continue };
            let known = of_identity(identity, &change);
            let may = self.made(&requester, action, &change.on, &known).decide(&mut Symbolic).allowed;
            if may.is_false() {
                continue;
            }
            let Some(after) =
                change.requester(&requester).and_then(|requester| self.judge.when_of(&requester))
            else {
                continue;
            };
            let of = (principal != target).then(|| target.clone());
            let when = may.and(becomes.clone()).and(change.beside.clone()).and(after);
            self.keep(principal.clone(), SelfGrant { recipe: at, when, of, on: change.on });
        }
    }

    fn assumes(&self, requester: &Requester<'e>, role: &'e Role) -> Call<'e> {
        let action = ActionName::of("sts", "AssumeRole");
        Call::build(&self.trust_context.ctx, requester, &Leg::of(&action), &role, &mut Assumed::default())
    }

    /// An identity after a change of its policies, and what the change is made on.
    fn changes(&self, whose: Whose, change: PolicyChange, identity: Identity<'e>) -> Option<Change> {
        if (whose == Whose::Role) != identity.role().is_some() {
            return None;
        }
        // Whatever else the policies may say was not told.
        let own = identity.policies().provided()?;
        let denies = |policy: &Policy| policy.statements.iter().any(|s| s.effect.value == Effect::Deny);
        let managed = |policy: &Policy| self.estate.managed.get(&policy.span);
        let target = identity.arn().as_str().to_owned();
        let changed =
            |identity| Change { identity, on: target.clone(), policy: None, beside: Cond::Known(true) };
        let all = crate::estate::allow_everything(crate::policy::PolicyKind::Identity);
        match change {
            PolicyChange::More => {
                Some(changed(with_policies(identity, own.iter().cloned().chain([all]).collect())))
            }
            PolicyChange::Version => {
                let (at, arn) =
                    own.iter().enumerate().find_map(|(at, policy)| Some((at, managed(policy)?)))?;
                let policies = own.iter().enumerate();
                let policies =
                    policies.map(|(other, policy)| if other == at { &all } else { policy }).cloned();
                Some(Change { on: arn.clone(), ..changed(with_policies(identity, policies.collect())) })
            }
            PolicyChange::NoBoundary => {
                let bounded = matches!(identity.boundary(), Known::Provided(Some(_)));
                bounded.then(|| changed(without_boundary(identity)))
            }
            PolicyChange::NoDenial => {
                let denial = own.iter().find(|policy| denies(policy) && managed(policy).is_some())?;
                let kept = own.iter().filter(|policy| !denies(policy) || managed(policy).is_none()).cloned();
                let policy = managed(denial).cloned();
                Some(Change { policy, ..changed(with_policies(identity, kept.collect())) })
            }
            PolicyChange::NoInlineDenial => {
                let inline = |policy: &Policy| denies(policy) && managed(policy).is_none();
                own.iter().find(|policy| inline(policy))?;
                let kept = own.iter().filter(|policy| !inline(policy)).cloned();
                let beside = Cond::atom(Atom::Opaque(Unknown::missing(
                    FactId::DenyAttachment(identity.name().into()),
                    "it is not known whether they are inline policies",
                )));
                Some(Change { beside, ..changed(with_policies(identity, kept.collect())) })
            }
        }
    }

    /// The calls of an opening, and who speaks to them.
    pub(super) fn done(&self, principal: &Principal, recipe: &'static EscalationPath) -> Done {
        let nothing = Done { calls: Vec::new(), evidence: Vec::new(), note: None };
        let (Some(opening), Some(requester)) = (self.found.get(principal), self.judge.requester(principal))
        else {
            return nothing;
        };
        let (mut calls, mut evidence) = (Vec::new(), Vec::new());
        let mut add = |call: &Call<'_>| {
            let (made, spoken) = explained(call, self.judge.facts());
            calls.extend(made);
            evidence.extend(spoken);
        };
        let mut note = None;
        let target = opening.of.as_ref().unwrap_or(principal);
        let action = recipe.calls().next().and_then(|(action, _)| ActionName::new(action));
        match recipe.opens() {
            Some(Opens::Key(_) | Opens::Bucket(_)) => {
                let known = match recipe.opens() {
                    Some(Opens::Key(change)) => known(change, &requester),
                    Some(Opens::Bucket(_) | Opens::Identity(..)) | None => Vec::new(),
                };
                let judge = self.change(recipe, &opening.on);
                if let Some(call) = judge.as_ref().and_then(|judge| judge.call(&requester, &known)) {
                    add(&call);
                }
                for call in self.further(&requester, recipe) {
                    add(&call);
                }
            }
            Some(Opens::Identity(whose, change)) => {
                let identity = target.identity(self.estate);
                let change = identity.and_then(|identity| self.changes(whose, change, identity));
                if let (Some(identity), Some(change), Some(action)) = (identity, change, action) {
                    add(&self.made(&requester, action, &opening.on, &of_identity(identity, &change)));
                }
                if let (Some(_), Some(Identity::Role(role))) = (&opening.of, identity) {
                    add(&self.assumes(&requester, role));
                    note = Some(format!(
                        "it {} ({}), here {}, and then assumes it",
                        recipe.changes,
                        recipe.rule,
                        role.name()
                    ));
                }
            }
            None => {}
        }
        Done { calls, evidence, note }
    }
}

/// An identity after a change.
struct Change {
    identity: changed::Owned,
    /// What the call is made on.
    on: String,
    /// The managed policy that is named in the call.
    policy: Option<String>,
    beside: Cond,
}

impl Change {
    /// Whoever asks as the changed identity; its sessions are new ones where it is another's.
    fn requester(&self, by: &Requester<'_>) -> Option<Requester<'_>> {
        let mut requester = Requester::of(self.identity.as_identity()).ok()?;
        if requester.caller.name == by.caller.name {
            requester.caller.session = by.caller.session.clone();
        }
        Some(requester)
    }
}

/// What is known of a call that changes a key.
fn known(change: KeyChange, requester: &Requester<'_>) -> Vec<(&'static str, ContextValue)> {
    let mut known = vec![("kms:ViaService", ContextValue::Absent)];
    if change == KeyChange::Grant {
        known.push(("kms:GrantOperations", ContextValue::one("Decrypt")));
        known.push(("kms:GranteePrincipal", ContextValue::one(&*requester.caller.name)));
        known.push(("kms:GrantIsForAWSResource", ContextValue::one("false")));
        known.push(("kms:GrantConstraintType", ContextValue::Absent));
        known.push(("kms:RetiringPrincipal", ContextValue::Absent));
    }
    known
}

/// What is known of a call that changes the policies of an identity.
fn of_identity(identity: Identity<'_>, change: &Change) -> Vec<(&'static str, ContextValue)> {
    let mut known = Vec::new();
    if matches!(identity.boundary(), Known::Provided(None)) {
        known.push(("iam:PermissionsBoundary", ContextValue::Absent));
    }
    if let Some(policy) = &change.policy {
        known.push(("iam:PolicyARN", ContextValue::one(policy.as_str())));
    }
    known
}

/// Who may change policies of identities at all, each policy looked at once.
#[derive(Default)]
struct Writers {
    known: FxHashMap<*const Policy, bool>,
    actions: Vec<ActionName>,
}

impl Writers {
    fn may(&mut self, identity: Identity<'_>) -> bool {
        if self.actions.is_empty() {
            let changes = |recipe: &&EscalationPath| {
                recipe
                    .calls()
                    .next()
                    .is_some_and(|(action, _)| recipe.opens().is_some() && action.starts_with("iam:"))
            };
            let actions = ALL.iter().filter(changes).filter_map(|recipe| recipe.calls().next());
            self.actions = actions.filter_map(|(action, _)| ActionName::new(action)).collect();
        }
        let Known::Provided(policies) = identity.policies() else { return true };
        let actions = &self.actions;
        policies.iter().any(|policy| {
            let may = || actions.iter().any(|action| mentions(policy, action));
            *self.known.entry(std::ptr::from_ref::<Policy>(policy)).or_insert_with(may)
        })
    }
}
