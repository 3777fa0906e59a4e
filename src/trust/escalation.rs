//! Ways that begin with a change: a role handed to something new, a workload that runs already, a trust policy
//! rewritten (R128–R130), and changes that open what is asked about by themselves (R131).
//!
//! They are no access of today, and are told apart from it everywhere.

mod paths;

use rustc_hash::FxHashMap;

use super::context::{TrustContext, mentions};
use super::incoming::Step;
use super::{Edge, Index, Principal, Way};
use crate::estate::{Assumed, Identity, Known, Workload, WorkloadKind};
use crate::eval::{ContextValue, Session};
use crate::logic::{Cond, Solver, Truth as _};
use crate::name::{ActionName, Arn, symbol};
use crate::policy::Policy;
use crate::request::call::Call;
use crate::request::{Leg, Requester};

pub use paths::ALL;

/// One way to become somebody by changing something.
#[derive(Debug)]
pub struct EscalationPath {
    /// In kebab case.
    pub id: &'static str,
    /// The rule it comes from, as `R131`.
    pub rule: &'static str,
    /// What happens, as a sentence that goes on from “it”.
    pub changes: &'static str,
    /// What the target must be for this to work at all.
    needs: Needs,
    /// The calls, in order.
    steps: &'static [Planned],
}

impl EscalationPath {
    /// What it opens, where it makes nobody somebody else.
    pub(crate) fn opens(&self) -> Option<Opens> {
        match self.needs {
            Needs::Opens(what) => Some(what),
            Needs::Trusts(_) | Needs::RunsWith(_) | Needs::Provider(_) | Needs::Role | Needs::User => None,
        }
    }

    /// The actions of its calls, each with what it is made on: the thing that is changed, or an ARN for any of a kind.
    pub(crate) fn calls(&self) -> impl Iterator<Item = (&'static str, Option<(&'static str, &'static str)>)> {
        self.steps.iter().map(|step| match step.on {
            On::Any(service, start) => (step.action, Some((service, start))),
            On::Target
            | On::Workload
            | On::Provider
            | On::AnyBucket
            | On::Everything
            | On::Thing
            | On::ManagedPolicy => (step.action, None),
        })
    }
}

/// A change that opens what is asked about to somebody who cannot do it today (R131).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Opens {
    Key(KeyChange),
    Bucket(BucketChange),
    Identity(Whose, PolicyChange),
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyChange {
    Policy,
    Grant,
    Tags,
    Aliases,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum BucketChange {
    Policy,
    NoPolicy,
}

/// A change of what an identity is allowed.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum PolicyChange {
    /// One more policy, which allows everything.
    More,
    /// A managed policy that allows everything from now on.
    Version,
    NoBoundary,
    /// Without the managed policies that deny.
    NoDenial,
    NoInlineDenial,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    Role,
    User,
}

/// What the target must be.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Needs {
    /// A role that this service may start sessions of.
    Trusts(&'static str),
    /// A role that something of this kind runs with.
    RunsWith(&'static str),
    /// A role whose trust policy names a provider whose ARN holds this.
    Provider(&'static str),
    /// Any role that is not linked to a service.
    Role,
    User,
    /// What is asked about is no identity.
    Opens(Opens),
}

/// One call of a recipe.
#[derive(Debug)]
struct Planned {
    action: &'static str,
    on: On,
    /// Context keys that the request is known to hold.
    known: &'static [(&'static str, &'static str)],
}

/// What a call is made on.
#[derive(Copy, Clone, Debug)]
enum On {
    /// The role or user itself.
    Target,
    /// Something new, or any of its kind: service and start of the resource.
    Any(&'static str, &'static str),
    /// The workload that runs with the role.
    Workload,
    /// The provider that the role trusts.
    Provider,
    AnyBucket,
    /// `*`: the action has no resource types.
    Everything,
    /// The key or the bucket that is asked about.
    Thing,
    /// A customer managed policy of the role or user.
    ManagedPolicy,
}

/// Which actions of any recipe the policies of a principal may allow.
type Mask = u128;

/// What everybody may call at all, each policy looked at once.
#[derive(Debug, Default)]
pub(super) struct Escalations {
    actions: Vec<ActionName>,
    of_policy: FxHashMap<*const Policy, Mask>,
}

impl Escalations {
    pub(super) fn new() -> Self {
        let mut actions: Vec<ActionName> = Vec::new();
        for step in ALL.iter().flat_map(|recipe| recipe.steps) {
            let action = ActionName::new(step.action);
            actions.extend(action.filter(|action| !actions.contains(action)));
        }
        Self { actions, of_policy: FxHashMap::default() }
    }

    fn mask(&mut self, identity: Identity<'_>) -> Mask {
        let Known::Provided(policies) = identity.policies() else { return Mask::MAX };
        let actions = &self.actions;
        policies.iter().fold(0, |mask, policy| {
            let of = self.of_policy.entry(std::ptr::from_ref::<Policy>(policy)).or_insert_with(|| {
                let bits = actions.iter().enumerate().filter(|(_, action)| mentions(policy, action));
                bits.fold(0, |mask, (at, _)| mask | 1 << at)
            });
            mask | *of
        })
    }

    fn may(&self, mask: Mask, recipe: &EscalationPath) -> bool {
        recipe.steps.iter().all(|step| {
            let at = self.actions.iter().position(|action| action.as_str() == step.action);
            at.is_some_and(|at| mask & (1 << at) != 0)
        })
    }

    /// How others of the account could become the target; of several ways of one principal the first that works, a
    /// firm one where there is one.
    pub(super) fn into<'e>(
        &mut self,
        trust_context: &'e TrustContext<'e>,
        index: &Index<'e>,
        target: Identity<'e>,
        today: &[Edge],
    ) -> Vec<Edge> {
        let Some(account) = target.account().filter(|_| !target.is_service_linked()) else {
            return Vec::new();
        };
        let mut possible: Option<Vec<usize>> = None;
        let mut out = Vec::new();
        for from in index.members(account).iter() {
            let Some(identity) = from.identity(trust_context.ctx.estate) else { continue };
            let firm = today.iter().any(|edge| edge.from == *from && edge.when.is_true());
            if firm || identity.arn() == target.arn() {
                continue;
            }
            let mask = self.mask(identity);
            if mask == 0 {
                continue;
            }
            let possible = possible.get_or_insert_with(|| fitting(trust_context, index, target));
            let mut best: Option<Edge> = None;
            for at in possible.iter().copied() {
                let Some(recipe) = ALL.get(at).filter(|recipe| self.may(mask, recipe)) else { continue };
                let Some(step) = prepare(trust_context, index, from, recipe, target) else { continue };
                let when = step.when();
                if when.is_false() || (!when.is_true() && Solver::new([&when]).decided(&when) == Some(false))
                {
                    continue;
                }
                let is_firm = when.is_true();
                if best.is_none() || is_firm {
                    best = Some(Edge { from: from.clone(), way: Way::Takeover(at), when, coupled: true });
                }
                if is_firm {
                    break;
                }
            }
            out.extend(best);
        }
        out
    }
}

/// The recipes that fit a target, whoever follows them.
fn fitting<'e>(trust_context: &'e TrustContext<'e>, index: &Index<'e>, target: Identity<'e>) -> Vec<usize> {
    let fits = |recipe: &EscalationPath| match (recipe.needs, target) {
        (Needs::User, Identity::User(_)) | (Needs::Role, Identity::Role(_)) => true,
        (Needs::Trusts(service), Identity::Role(_)) => {
            trusted(trust_context, service, target).is_some_and(|when| !when.is_false())
        }
        (Needs::RunsWith(what), Identity::Role(_)) => workload(trust_context, index, target, what).is_some(),
        (Needs::Provider(kind), Identity::Role(_)) => provider(target, kind).is_some(),
        (_, _) => false,
    };
    (0..ALL.len()).filter(|at| ALL.get(*at).is_some_and(fits)).collect()
}

/// The calls of a recipe made ready; what else must hold goes beside them.
pub(super) fn prepare<'e>(
    trust_context: &'e TrustContext<'e>,
    index: &Index<'e>,
    from: &Principal,
    recipe: &'static EscalationPath,
    target: Identity<'e>,
) -> Option<Step<'e>> {
    let caller =
        trust_context.caller(from, || Requester::of(from.identity(trust_context.ctx.estate)?).ok())?;
    let beside = match recipe.needs {
        Needs::Trusts(service) => trusted(trust_context, service, target)?,
        Needs::RunsWith(_) | Needs::Provider(_) | Needs::Role | Needs::User => Cond::Known(true),
        Needs::Opens(_) => return None,
    };
    let mut calls = Vec::new();
    for step in recipe.steps {
        let resource = resource(trust_context, index, recipe, step, target)?;
        let action = ActionName::new(step.action)?;
        let known: Vec<(&str, ContextValue)> =
            step.known.iter().map(|(key, value)| (*key, ContextValue::one(*value))).collect();
        calls.push(trust_context.call(&caller.requester, &action, &resource, target.account(), &known));
    }
    Some(Step { calls, beside })
}

/// When a service may start sessions of the role.
fn trusted<'e>(trust_context: &'e TrustContext<'e>, service: &str, target: Identity<'e>) -> Option<Cond> {
    let role = target.role()?;
    let requester =
        Requester::find(trust_context.ctx.estate, &format!("service:{service}"), &Session::default()).ok()?;
    let action = ActionName::of("sts", "AssumeRole");
    let leg = Leg::of(&action);
    let mut call = Call::build(&trust_context.ctx, &requester, &leg, &role, &mut Assumed::default());
    call.context.alone = true;
    Some(call.decide(&mut crate::eval::Symbolic).allowed)
}

/// What a call is made on, as an ARN.
fn resource(
    trust_context: &TrustContext<'_>,
    index: &Index<'_>,
    recipe: &EscalationPath,
    step: &Planned,
    target: Identity<'_>,
) -> Option<String> {
    let arn = target.arn();
    let any = |service: &str, start: &str| {
        let (region, name) = (symbol::unknown("Region"), symbol::unknown("name"));
        format!("arn:{}:{service}:{region}:{}:{start}{name}", arn.partition(), arn.account_text())
    };
    Some(match (step.on, recipe.needs) {
        (On::Target, _) => arn.as_str().to_owned(),
        (On::Any(service, start), _) => any(service, start),
        (On::Workload, Needs::RunsWith(what)) => match workload(trust_context, index, target, what)? {
            Runs::Named(name) => name,
            Runs::Unnamed => any("ec2", "instance/"),
        },
        (On::Provider, Needs::Provider(kind)) => provider(target, kind)?.to_owned(),
        (On::Everything, _) => "*".to_owned(),
        (On::AnyBucket, _) => format!("arn:{}:s3:::{}", arn.partition(), symbol::unknown("name")),
        (On::Workload | On::Provider | On::Thing | On::ManagedPolicy, _) => return None,
    })
}

/// What runs with a role.
enum Runs {
    /// An ARN, or what stands for one.
    Named(String),
    /// Instances that nobody named.
    Unnamed,
}

fn workload(
    trust_context: &TrustContext<'_>,
    index: &Index<'_>,
    target: Identity<'_>,
    kind: &str,
) -> Option<Runs> {
    let role = target.role()?;
    let of_kind = |workload: &&Workload| match &workload.kind {
        WorkloadKind::Service { what, .. } => *what == kind,
        WorkloadKind::Irsa { .. } | WorkloadKind::PodIdentity { .. } => false,
    };
    let mut found =
        index.workloads(role.arn.value.as_str()).filter_map(|at| trust_context.ctx.estate.workloads.get(at));
    if let Some(workload) = found.find(of_kind)
        && let WorkloadKind::Service { name, .. } = &workload.kind
    {
        let named = name.parse::<Arn>().is_ok();
        return Some(Runs::Named(if named { name.clone() } else { symbol::unknown(name) }));
    }
    (kind == "EC2 instance" && role.instance_profile.is_some()).then_some(Runs::Unnamed)
}

/// The first provider of this kind that a role trusts.
fn provider<'e>(target: Identity<'e>, kind: &str) -> Option<&'e str> {
    let trust = target.role()?.trust.provided()?;
    let scopes = trust.statements.iter().filter_map(|s| s.principals.as_ref());
    let mut named = scopes.flat_map(|scope| scope.listed()).map(|p| &*p.value.text);
    named.find(|text| text.contains(kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::reference;

    /// A step on a resource that its action is not asked on would count policies that do not allow the request.
    ///
    /// Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
    #[test]
    fn steps_are_asked_on_resources_that_the_service_reference_lists() {
        for (path, step) in ALL.iter().flat_map(|path| path.steps.iter().map(move |step| (path, step))) {
            let (service, name) = step.action.split_once(':').unwrap();
            let action = reference::action(service, &name.to_ascii_lowercase());
            let action = action.unwrap_or_else(|| panic!("{}: AWS lists no action {}", path.id, step.action));
            let mut arns = action
                .resources()
                .filter_map(|on| reference::service(service)?.resource(&on))
                .map(|kind| kind.arn);
            let fits = match step.on {
                On::Everything => action.has_no_resources(),
                On::Any(of, start) => arns.any(|arn| {
                    let mut parts = arn.splitn(6, ':').skip(2);
                    let (named, resource) = (parts.next(), parts.nth(2).unwrap_or_default());
                    named == Some(of) && (resource.starts_with(start) || resource.starts_with("${"))
                }),
                On::Target | On::Workload | On::Provider | On::AnyBucket | On::Thing | On::ManagedPolicy => {
                    !action.has_no_resources()
                }
            };
            assert!(fits, "{}: {} on {:?}", path.id, step.action, step.on);
        }
    }
}
