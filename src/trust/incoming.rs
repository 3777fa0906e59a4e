//! Who can become one role in one step: candidates from its trust policy, each of them decided (R116–R125).

use std::sync::Arc;

use crate::estate::{Assumed, Cluster, Identity, Known, Role, ServiceAccount, SharedPolicy, WorkloadKind};
use crate::eval::{CallerKind, ContextValue, Session, Symbolic};
use crate::logic::{Atom, Cond, FactId, Solver, Truth, Unknown, UnknownKind};
use crate::name::{ActionName, Arn, ConditionKey};
use crate::policy::{Effect, PrincipalKind, PrincipalPattern, Scope};
use crate::request::call::{AsCaller, Call};
use crate::request::{Guardrail, Leg, Requester};
use crate::source::Spanned;

use super::chain::MayBeGiven;
use super::context::TrustContext;
use super::index::Index;
use super::named::NamedPrincipals;
use super::{Edge, Note, Principal, Way, escalation};

/// The service of EKS Pod Identity.
///
/// Source: <https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html>
pub(crate) const PODS: &str = "pods.eks.amazonaws.com";
const EC2: &str = "ec2.amazonaws.com";
/// Source: <https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html>
const ROLES_ANYWHERE: &str = "rolesanywhere.amazonaws.com";

/// The steps into one role, and what else its trust policy says.
#[derive(Debug, Default)]
pub(crate) struct Incoming {
    /// Sorted by who becomes the role.
    pub(crate) edges: Vec<Edge>,
    pub(crate) notes: Vec<Note>,
}

/// Who comes into question, each once.
#[derive(Default)]
struct Candidates {
    list: Vec<(Principal, Way)>,
    notes: Vec<Note>,
}

impl Candidates {
    fn add(&mut self, principal: Principal, way: Way) {
        self.list.push((principal, way));
    }
}

/// All steps into the role at this position.
pub(crate) fn incoming<'e>(
    trust_context: &'e TrustContext<'e>,
    index: &Index<'e>,
    target: &'e Role,
    besides: Option<&(Principal, Way)>,
) -> Incoming {
    let mut candidates = Candidates::default();
    let Known::Provided(trust) = &target.trust else {
        let text = format!(
            "the trust policy of {} was not supplied: no principal is known to assume it",
            target.arn.value
        );
        return Incoming { edges: Vec::new(), notes: vec![Note { text, at: Some(target.arn.span) }] };
    };
    for statement in trust.statements.iter().filter(|s| s.effect.value == Effect::Allow) {
        match &statement.principals {
            Some(Scope::In(list)) => {
                for pattern in list {
                    gather(trust_context, index, target, pattern, &mut candidates);
                }
            }
            // An Allow for everyone but some.
            Some(Scope::NotIn(_)) => everyone(trust_context, index, target, &mut candidates),
            None => {}
        }
    }
    let Candidates { mut list, notes } = candidates;
    list.extend(besides.cloned());
    list.sort();
    list.dedup();
    let mut edges = Vec::new();
    for (from, way) in list {
        let Some(step) = Step::prepare(trust_context, index, &from, way, Identity::Role(target)) else {
            continue;
        };
        let when = step.when();
        if when.is_false() || (!when.is_true() && Solver::new([&when]).decided(&when) == Some(false)) {
            let caller = from.identity(trust_context.ctx.estate).and_then(Identity::role);
            let Some(may) = step.with_session_tags(caller) else { continue };
            edges.push(Edge { from, way, when: may, coupled: true });
            continue;
        }
        // A pod's session has tags whether it works with them or not.
        let by_pod = |role: &Role| index.has_pods(role);
        let is_tagged = from.identity(trust_context.ctx.estate).and_then(Identity::role).is_some_and(by_pod);
        let coupled = way == Way::PodIdentity || is_coupled(&when) || (is_tagged && step.asks_for_session());
        edges.push(Edge { from, way, when, coupled });
    }
    Incoming { edges, notes }
}

/// Whether a condition is about tags or a source identity that are passed, which is another permission (R118).
pub(crate) fn asks_for_tags(when: &Cond) -> bool {
    const PASSED: [&str; 3] = ["aws:requesttag/", "aws:tagkeys", "sts:sourceidentity"];
    when.atoms().into_iter().any(|atom| match atom {
        Atom::Key(test) => PASSED.iter().any(|start| test.key.folded().starts_with(start)),
        Atom::Opaque(_) => false,
    })
}

/// Whether a condition is about what a session has from before, or is given.
pub(crate) fn is_coupled(when: &Cond) -> bool {
    const CARRIED: [&str; 4] =
        ["aws:principaltag/", "aws:sourceidentity", "aws:userid", "sts:rolesessionname"];
    if asks_for_tags(when) {
        return true;
    }
    when.atoms().into_iter().any(|atom| match atom {
        Atom::Key(test) => CARRIED.iter().any(|start| test.key.folded().starts_with(start)),
        // What the input leaves open is the same in every step.
        Atom::Opaque(unknown) => unknown.kind == UnknownKind::Unresolved,
    })
}

/// The principals that one entry of a trust policy may mean.
fn gather<'e>(
    trust_context: &TrustContext<'e>,
    index: &Index<'e>,
    target: &Role,
    pattern: &Spanned<PrincipalPattern>,
    out: &mut Candidates,
) {
    let text = &*pattern.value.text;
    let role = target.arn.value.as_str();
    match pattern.value.kind {
        PrincipalKind::Everyone => everyone(trust_context, index, target, out),
        PrincipalKind::Account(account) => {
            for principal in index.allowed(Some(account), role) {
                out.add(principal, Way::AssumeRole);
            }
            out.add(Principal::Account(account), Way::AssumeRole);
        }
        PrincipalKind::Role | PrincipalKind::User => {
            let known = index.arn(text);
            out.add(known.unwrap_or_else(|| Principal::Unlisted(text.into())), Way::AssumeRole);
        }
        PrincipalKind::Session => {
            let arn: Option<Arn> = text.parse().ok();
            let known = arn.as_ref().and_then(|arn| {
                let (name, _) = arn.resource_of("assumed-role")?.split_once('/')?;
                index.role_named(arn.account()?, name)
            });
            out.add(known.unwrap_or_else(|| Principal::Unlisted(text.into())), Way::AssumeRole);
        }
        PrincipalKind::FederatedUser | PrincipalKind::Unresolved => {
            out.add(Principal::Unlisted(text.into()), Way::AssumeRole);
        }
        PrincipalKind::UniqueId => {
            for principal in index.id(text).into_iter().chain(index.may_have_id(text).iter().cloned()) {
                out.add(principal, Way::AssumeRole);
            }
            if index.id(text).is_none() {
                let text = format!(
                    "{text} in the trust policy of {} is not a principal that is known: IAM shows an id like this where \
                     the principal was deleted, and one made anew under the old name does not match it",
                    target.name()
                );
                out.notes.push(Note { text, at: Some(pattern.span) });
            }
        }
        PrincipalKind::Service => service(trust_context, index, target, text, out),
        PrincipalKind::Federated => provider(trust_context, index, target, text, out),
        // STS does not know whom S3 alone knows.
        PrincipalKind::Canonical | PrincipalKind::OriginAccess => {}
    }
}

fn everyone<'e>(trust_context: &TrustContext<'e>, index: &Index<'e>, target: &Role, out: &mut Candidates) {
    let own = target.arn.value.account();
    for principal in own.map(|own| index.members(own)).iter().flat_map(|members| members.iter()) {
        out.add(principal.clone(), Way::AssumeRole);
    }
    for principal in index.allowed(None, target.arn.value.as_str()) {
        out.add(principal, Way::AssumeRole);
    }
    out.list.extend(own.map(|own| (Principal::Account(own), Way::AssumeRole)));
    let limits = trust_context.ctx.hierarchy(Guardrail::Rcp, own, &mut Assumed::default());
    let limits = limits.list().iter().filter_map(|level| level.policies.provided()).flatten();
    let named =
        NamedPrincipals::of(target.trust.provided().into_iter().chain(limits).map(|policy| &**policy));
    for principal in named.principals(trust_context.ctx.estate, own) {
        let way = match &principal {
            Principal::Service(name) if **name == *EC2 => Way::InstanceProfile,
            Principal::Service(_) | Principal::AnyService => Way::Service,
            Principal::Role(_)
            | Principal::User(_)
            | Principal::Unlisted(_)
            | Principal::Account(_)
            | Principal::Organization(_)
            | Principal::AnyAccount
            | Principal::Public
            | Principal::Provider(_)
            | Principal::Workload(_)
            | Principal::Resource(_) => Way::AssumeRole,
        };
        out.add(principal, way);
    }
    out.add(Principal::AnyAccount, Way::AssumeRole);
}

fn service<'e>(
    trust_context: &TrustContext<'e>,
    index: &Index<'e>,
    target: &Role,
    name: &str,
    out: &mut Candidates,
) {
    let way = if name == EC2 { Way::InstanceProfile } else { Way::Service };
    out.add(Principal::Service(name.into()), way);
    for at in index.workloads(target.arn.value.as_str()) {
        let Some(workload) = trust_context.ctx.estate.workloads.get(at) else { continue };
        let way = match &workload.kind {
            WorkloadKind::PodIdentity { .. } if name == PODS => Way::PodIdentity,
            WorkloadKind::Service { principal, .. } if *principal == name => Way::RunsAs,
            WorkloadKind::PodIdentity { .. } | WorkloadKind::Service { .. } | WorkloadKind::Irsa { .. } => {
                continue;
            }
        };
        out.add(Principal::Workload(at), way);
    }
}

fn provider<'e>(
    trust_context: &TrustContext<'e>,
    index: &Index<'e>,
    target: &Role,
    name: &str,
    out: &mut Candidates,
) {
    let saml = name.contains(":saml-provider/");
    out.add(Principal::Provider(name.into()), if saml { Way::Saml } else { Way::WebIdentity });
    if !name.contains(":oidc-provider/") {
        return;
    }
    for at in index.workloads(target.arn.value.as_str()) {
        let workload = trust_context.ctx.estate.workloads.get(at);
        if workload.is_some_and(|workload| matches!(workload.kind, WorkloadKind::Irsa { .. })) {
            out.add(Principal::Workload(at), Way::Irsa);
        }
    }
}

/// One step made ready: the call to STS, and those that go with it.
pub(crate) struct Step<'e> {
    pub(crate) calls: Vec<Call<'e>>,
    /// What else must hold.
    pub(crate) beside: Cond,
}

impl<'e> Step<'e> {
    /// `None` for principals that cannot ask at all.
    pub(crate) fn prepare(
        trust_context: &'e TrustContext<'e>,
        index: &Index<'e>,
        from: &Principal,
        way: Way,
        target: Identity<'e>,
    ) -> Option<Self> {
        if let Some(recipe) = way.recipe() {
            return escalation::prepare(trust_context, index, from, recipe, target);
        }
        let target = target.role()?;
        let caller = match from {
            // Which provider a service account has its token from depends on the role.
            Principal::Workload(_) => {
                let requester = requester(trust_context, from, target)?;
                Arc::new(trust_context.as_caller(requester))
            }
            Principal::Role(_)
            | Principal::User(_)
            | Principal::Unlisted(_)
            | Principal::Account(_)
            | Principal::Organization(_)
            | Principal::AnyAccount
            | Principal::Public
            | Principal::Resource(_)
            | Principal::Service(_)
            | Principal::AnyService
            | Principal::Provider(_) => {
                trust_context.caller(from, || requester(trust_context, from, target))?
            }
        };
        let requester = &caller.requester;
        let action = match way {
            Way::WebIdentity | Way::Irsa => ActionName::of("sts", "AssumeRoleWithWebIdentity"),
            Way::Saml => ActionName::of("sts", "AssumeRoleWithSAML"),
            Way::AssumeRole
            | Way::Service
            | Way::InstanceProfile
            | Way::PodIdentity
            | Way::RunsAs
            | Way::Does
            | Way::Takeover(_) => ActionName::of("sts", "AssumeRole"),
        };
        let mut step =
            Self { calls: vec![call(trust_context, &caller, target, action)], beside: Cond::Known(true) };
        if let Principal::Workload(at) = from {
            step.of_workload(trust_context, &caller, *at, target);
        }
        if matches!(from, Principal::Service(name) if **name == *PODS) {
            step.tags_of_pods(trust_context, &caller, target);
        }
        if *requester.caller.name == *ROLES_ANYWHERE {
            // It passes tags and a source identity in every session, and a call that may not pass them fails (R123).
            for name in ["TagSession", "SetSourceIdentity"] {
                step.calls.push(call(trust_context, &caller, target, ActionName::of("sts", name)));
            }
        }
        Some(step)
    }

    /// EKS passes tags in every session but those of an association that switches them off (R118, R122).
    fn tags_of_pods(&mut self, trust_context: &'e TrustContext<'e>, caller: &AsCaller<'e>, target: &'e Role) {
        let tags = call(trust_context, caller, target, ActionName::of("sts", "TagSession"));
        let passed = tags.decide(&mut Symbolic).allowed;
        if passed.is_true() {
            return;
        }
        let off = Atom::Opaque(Unknown::new(
            UnknownKind::NotSupplied,
            "session tags of EKS Pod Identity",
            "the trust policy does not let EKS pass them, and only an association that switches them off goes without",
        ));
        self.beside = self.beside.clone().and(passed.or(Cond::atom(off)));
    }

    /// What is known of a request that a workload makes.
    fn of_workload(
        &mut self,
        trust_context: &'e TrustContext<'e>,
        caller: &AsCaller<'e>,
        at: usize,
        target: &'e Role,
    ) {
        let requester = &caller.requester;
        let Some(workload) = trust_context.ctx.estate.workloads.get(at) else { return };
        match &workload.kind {
            WorkloadKind::Service { .. } => {}
            WorkloadKind::Irsa { service_account, audience } => {
                let issuer =
                    requester.caller.name.split_once(":oidc-provider/").map_or("", |(_, issuer)| issuer);
                let cluster = cluster_of(trust_context, service_account);
                match cluster.and_then(|cluster| cluster.issuer.as_ref()) {
                    Some(told) => self.beside = Cond::Known(told.value == issuer),
                    None => {
                        self.beside = Cond::atom(Atom::Opaque(Unknown::missing(
                            FactId::Cluster(workload.name().into()),
                            format!("it assumes the role only in the cluster whose tokens {issuer} issues"),
                        )));
                    }
                }
                let Some(call) = self.calls.first_mut() else { return };
                call.context.set(format!("{issuer}:aud"), ContextValue::one(audience.as_str()));
                if let Some(namespace) = &service_account.namespace {
                    let subject = format!("system:serviceaccount:{namespace}:{}", service_account.name);
                    call.context.set(format!("{issuer}:sub"), ContextValue::one(subject));
                }
            }
            WorkloadKind::PodIdentity { service_account, disable_session_tags, .. } => {
                let tags = pod_tags(trust_context, service_account, *disable_session_tags);
                if !*disable_session_tags {
                    // EKS always passes its tags, and a call that may not pass them fails (R118, R122).
                    self.calls.push(call(trust_context, caller, target, ActionName::of("sts", "TagSession")));
                }
                for call in &mut self.calls {
                    for (key, slot) in &tags {
                        call.context.set(format!("aws:RequestTag/{key}"), slot.clone());
                    }
                    call.context.set_family("aws:RequestTag/", ContextValue::Absent);
                }
            }
        }
    }

    /// When all calls work.
    pub(crate) fn when(&self) -> Cond {
        let mut all = self.beside.clone();
        for call in &self.calls {
            if all.is_false() {
                break;
            }
            all = all.and(call.decide(&mut Symbolic).allowed);
        }
        all
    }

    /// Whether a policy that has a say asks for what a session is given.
    fn asks_for_session(&self) -> bool {
        let asks =
            |call: &Call<'_>| call.caller.kind == CallerKind::Role && call.policies().any(asks_for_session);
        self.calls.iter().any(asks)
    }

    /// The same where the caller's session may have been given tags or a source identity: only then, if at all.
    fn with_session_tags(mut self, caller: Option<&Role>) -> Option<Cond> {
        if !self.asks_for_session() {
            return None;
        }
        let may = caller.map_or(MayBeGiven::ANYTHING, MayBeGiven::of);
        for call in &mut self.calls {
            may.open(&mut call.context);
        }
        let may = self.when();
        let works = !may.is_false() && Solver::new([&may]).decided(&may) != Some(false);
        works.then_some(may)
    }
}

/// Whether a policy asks for what a session may be given when it is started.
pub(crate) fn asks_for_session(policy: &SharedPolicy) -> bool {
    let is = |key: &ConditionKey| {
        key.folded().starts_with("aws:principaltag/") || key.folded() == "aws:sourceidentity"
    };
    policy.statements.iter().any(|statement| {
        let resources = statement.resources.iter().flat_map(|scope| scope.listed());
        statement.tests.iter().any(|test| {
            is(&test.key.value) || test.values.iter().any(|v| v.operand.variables().any(|v| is(&v.key)))
        }) || resources.into_iter().any(|pattern| pattern.value.variables().any(|v| is(&v.key)))
    })
}

/// The session tags that EKS gives to the session of a pod.
///
/// Source: <https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html>
pub(crate) fn pod_tags(
    trust_context: &TrustContext<'_>,
    account: &ServiceAccount,
    disabled: bool,
) -> Vec<(&'static str, ContextValue)> {
    if disabled {
        return Vec::new();
    }
    let open = || crate::service::open(false, "EKS gives it to the session of the pod");
    let one = |told: Option<&str>| told.map_or_else(open, ContextValue::one);
    let cluster = account.cluster.as_deref();
    let told = cluster_of(trust_context, account);
    let arn = told.map(|c| c.arn.value.as_str()).or(cluster.filter(|c| c.starts_with("arn:")));
    let name = told
        .and_then(|c| c.arn.value.resource_of("cluster"))
        .or(cluster.map(|c| c.rsplit('/').next().unwrap_or(c)));
    vec![
        ("eks-cluster-arn", one(arn)),
        ("eks-cluster-name", one(name)),
        ("kubernetes-namespace", one(account.namespace.as_deref())),
        ("kubernetes-service-account", ContextValue::one(account.name.as_str())),
        ("kubernetes-pod-name", open()),
        ("kubernetes-pod-uid", open()),
    ]
}

fn call<'e>(
    trust_context: &'e TrustContext<'e>,
    caller: &AsCaller<'e>,
    target: &'e Role,
    action: ActionName,
) -> Call<'e> {
    let AsCaller { requester, context } = caller;
    let unread = &mut Assumed::default();
    let mut call = Call::over(context, &trust_context.ctx, requester, &Leg::of(&action), &target, unread);
    call.context.alone = true;
    call
}

/// The principal as one that asks.
fn requester<'e>(trust_context: &TrustContext<'e>, from: &Principal, target: &Role) -> Option<Requester<'e>> {
    let session = Session::default();
    let partition = target.arn.value.partition();
    let find = |text: &str| Requester::find(trust_context.ctx.estate, text, &session).ok();
    match from {
        Principal::Role(_) | Principal::User(_) => {
            Requester::of(from.identity(trust_context.ctx.estate)?).ok()
        }
        Principal::Unlisted(arn) => find(arn),
        Principal::Account(account) => Some(Requester::open(Some(*account), partition)),
        Principal::Organization(id) => Some(Requester::of_organization(id, partition)),
        Principal::AnyAccount => Some(Requester::open(None, partition)),
        Principal::AnyService => Some(Requester::any_service()),
        Principal::Public => find("anonymous"),
        Principal::Resource(_) => None,
        Principal::Service(name) => find(&format!("service:{name}")),
        Principal::Provider(name) => find(&format!("federated:{name}")),
        Principal::Workload(at) => {
            let workload = trust_context.ctx.estate.workloads.get(*at)?;
            match &workload.kind {
                WorkloadKind::Service { principal, .. } => find(&format!("service:{principal}")),
                WorkloadKind::PodIdentity { .. } => find(&format!("service:{PODS}")),
                WorkloadKind::Irsa { service_account, .. } => {
                    find(&format!("federated:{}", provider_of(trust_context, service_account, target)?))
                }
            }
        }
    }
}

/// The cluster of a service account, where it was told.
fn cluster_of<'e>(trust_context: &TrustContext<'e>, account: &ServiceAccount) -> Option<&'e Cluster> {
    let name = account.cluster.as_deref()?;
    let is_it =
        |c: &&Cluster| c.arn.value.as_str() == name || c.arn.value.resource_of("cluster") == Some(name);
    trust_context.ctx.estate.clusters.iter().find(is_it)
}

/// Of the OpenID Connect providers that a role trusts, the one whose tokens a service account gets.
fn provider_of<'e>(
    trust_context: &TrustContext<'_>,
    account: &ServiceAccount,
    target: &'e Role,
) -> Option<&'e str> {
    let trust = target.trust.provided()?;
    let providers = || {
        let scopes = trust.statements.iter().filter_map(|s| s.principals.as_ref());
        scopes.flat_map(Scope::listed).map(|p| &*p.value.text).filter(|text| text.contains(":oidc-provider/"))
    };
    let issuer = cluster_of(trust_context, account).and_then(|cluster| cluster.issuer.as_ref());
    let own = issuer.and_then(|issuer| providers().find(|name| name.ends_with(&issuer.value)));
    own.or_else(|| providers().next())
}
