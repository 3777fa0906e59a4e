//! Whether one principal can: by the whole question of a read, or by one request.

use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use crate::ask::does::{keys_reached, read_for, works_for};
use crate::ask::leg::evidence;
use crate::ask::{AskError, DoesQuestion, Evidence, MapCall, Verdict};
use crate::estate::{Assumed, Bucket, Estate, Identity, Key};
use crate::eval::{Explained, Session, SessionName, Slot, Symbolic};
use crate::logic::{Cond, Fact, Solver, Truth as _};
use crate::name::{AccountId, ActionName, Arn};
use crate::policy::Policy;
use crate::request::call::Call;
use crate::request::{Asker, DecisionContext, Guardrail, Inherited, Leg, Way as How};
use crate::service::{self, Found, LetsIn, Resource as _, S3Target, partition_of};
use crate::trust::{Edge, Index, MayBeGiven, Named, Principal, Way, asks_for_session, is_coupled};

use super::candidates::{Deed, candidates};
use super::{WhoDoes, WhoQuestion};

pub(super) struct Judge<'e> {
    ctx: Arc<DecisionContext<'e>>,
    deed: Deed,
    side: LetsIn<'e>,
    /// Whom the conditions of the policies on the resource's side name.
    named: Named,
    what: What<'e>,
    /// Which policies ask for what a session was given, by their addresses.
    asking: Mutex<FxHashMap<usize, bool>>,
}

enum What<'e> {
    Read(Box<DoesQuestion>),
    /// One action on one resource, in this way.
    Action(Found<'e>, How),
}

impl<'e> Judge<'e> {
    pub(super) fn new(ctx: &Arc<DecisionContext<'e>>, question: &WhoQuestion) -> Result<Self, AskError> {
        match &question.what {
            WhoDoes::Read { object, profile } => {
                let asked = DoesQuestion {
                    role: String::new(),
                    object: object.clone(),
                    version_id: None,
                    access_point: None,
                    profile: profile.clone(),
                    circumstances: question.circumstances.clone(),
                    strict: question.strict,
                };
                Self::read(ctx, asked)
            }
            WhoDoes::Action { action, resource } => Self::action(ctx, action, resource, How::Any),
        }
    }

    fn read(ctx: &Arc<DecisionContext<'e>>, asked: DoesQuestion) -> Result<Self, AskError> {
        let estate = ctx.estate;
        let bucket = estate.bucket(&asked.object.bucket)?;
        // Mistakes of the question show before anybody is asked about.
        works_for(ctx, &asked, Asker::open(None, "aws"))?;
        let key = asked.object.key.split(['*', '?']).next().unwrap_or("");
        let partition = partition_of(bucket).unwrap_or("aws");
        let deed = Deed {
            actions: vec![ActionName::of("s3", "GetObject")],
            resource: format!("arn:{partition}:s3:::{}/{key}", bucket.name),
            is_open: key.len() < asked.object.key.len(),
            owner: bucket.account.told().copied(),
        };
        let side = S3Target::new(estate, bucket, Some(&asked.object.key), None, partition)
            .lets_in(estate, ctx.strict);
        Ok(Self::of(ctx, deed, side, What::Read(Box::new(asked))))
    }

    pub(super) fn action(
        ctx: &Arc<DecisionContext<'e>>,
        action: &str,
        resource: &str,
        way: How,
    ) -> Result<Self, AskError> {
        let wrong = |message: String, help: &str| AskError::Invalid { message, help: Some(help.to_owned()) };
        let name = ActionName::new(action).filter(|_| !action.contains(['*', '?'])).ok_or_else(|| {
            wrong(
                format!("`{action}` is not an action"),
                "write one action, such as kms:Decrypt or s3:PutObject",
            )
        })?;
        let arn: Arn = match resource.parse() {
            Ok(arn) => arn,
            Err(_) => (service::of(name.service()).named)(ctx.estate, resource).ok_or_else(|| {
                wrong(format!("`{resource}` is not an ARN"), "write the ARN of the resource")
            })?,
        };
        let found = service::find(ctx.estate, &name, arn.as_str())?;
        let known = found.within().map_or(found.arn(), |within| &within.known);
        let deed = Deed {
            actions: vec![name],
            resource: known.to_owned(),
            is_open: found.within().is_some(),
            owner: found.owner(),
        };
        let side = found.lets_in(ctx.estate, ctx.strict);
        Ok(Self::of(ctx, deed, side, What::Action(found, way)))
    }

    fn of(ctx: &Arc<DecisionContext<'e>>, deed: Deed, side: LetsIn<'e>, what: What<'e>) -> Self {
        let mut judge = Self {
            ctx: Arc::clone(ctx),
            deed,
            side,
            named: Named::default(),
            what,
            asking: Mutex::default(),
        };
        let limits = ctx.hierarchy(Guardrail::Rcp, judge.deed.owner, &mut Assumed::default());
        let limits = limits.list().iter().filter_map(|level| level.policies.told()).flatten();
        let keys = judge.keys();
        let keys = keys.iter().filter_map(|key| key.policy.told());
        let all = judge.side.policies.iter().copied().chain(keys).chain(limits);
        judge.named = Named::of(all.map(|policy| &**policy));
        judge
    }

    pub(super) fn owner(&self) -> Option<AccountId> {
        self.deed.owner
    }

    /// What is known of several keys of a request together.
    pub(super) fn facts(&self) -> &[Fact] {
        &self.ctx.facts
    }

    pub(super) fn candidates(&self, index: &Index<'e>) -> Vec<Principal> {
        candidates(self.ctx.estate, index, &self.deed, &self.side, &self.named, false)
    }

    /// Everyone whom the side of the resource lets in, if their own policies did.
    pub(super) fn let_in(&self, index: &Index<'e>) -> Vec<Principal> {
        candidates(self.ctx.estate, index, &self.deed, &self.side, &self.named, true)
    }

    /// The keys whose policy matters.
    pub(super) fn keys(&self) -> Vec<&'e Key> {
        match &self.what {
            What::Read(question) => {
                let keys = keys_reached(&self.ctx, question).unwrap_or_default();
                keys.iter().filter_map(|arn| self.ctx.estate.key(arn)).collect()
            }
            What::Action(found, _) => found.kms_key().into_iter().collect(),
        }
    }

    /// The bucket whose policy matters.
    pub(super) fn bucket(&self) -> Option<&'e Bucket> {
        match &self.what {
            What::Read(question) => self.ctx.estate.bucket(&question.object.bucket).ok(),
            What::Action(found, _) => found.bucket(),
        }
    }

    /// When the principal can; `None` where it never can, or cannot ask at all.
    pub(super) fn edge(&self, principal: Principal) -> Option<Edge> {
        let when = self.when_of(&self.asker(&principal)?)?;
        let asks = self.asks_for_session(&principal);
        if !self.never(&when) {
            let coupled = asks || is_coupled(&when);
            return Some(Edge { from: principal, way: Way::Does, when, coupled });
        }
        let when = if asks { self.when_of(&self.open(&principal)?)? } else { return None };
        (!self.never(&when)).then_some(Edge { from: principal, way: Way::Does, when, coupled: true })
    }

    fn never(&self, when: &Cond) -> bool {
        when.is_false()
            || (!when.is_true() && Solver::with_facts([when], self.facts()).decided(when) == Some(false))
    }

    /// When the principal can, in a session that was given something.
    pub(super) fn when_given(
        &self,
        principal: &Principal,
        given: Option<(SessionName, Inherited)>,
    ) -> Option<Cond> {
        let mut asker = self.asker(principal)?;
        if let Some((name, inherited)) = given {
            if matches!(asker.caller.session, SessionName::Unknown) {
                asker.caller.session = name;
            }
            asker.inherited = Some(inherited);
        }
        self.when_of(&asker)
    }

    /// A role in a session that may have been given tags and a source identity.
    fn open(&self, principal: &Principal) -> Option<Asker<'e>> {
        let mut asker = self.asker(principal)?;
        let may = asker.identity.and_then(Identity::role).map(MayBeGiven::of)?;
        asker.inherited = Some(Inherited::new(move |context| may.open(context)));
        Some(asker)
    }

    /// Whether it depends on what the session of a role was given.
    fn asks_for_session(&self, principal: &Principal) -> bool {
        let Some(Identity::Role(role)) = principal.identity(self.ctx.estate) else { return false };
        if self.ctx.circumstances.session.tags.is_told() {
            return false;
        }
        let limits = |guardrail, account| self.ctx.hierarchy(guardrail, account, &mut Assumed::default());
        let above =
            [limits(Guardrail::Scp, role.arn.value.account()), limits(Guardrail::Rcp, self.deed.owner)];
        let above = above.iter().flat_map(|limits| limits.list()).filter_map(|level| level.policies.told());
        let own = role.policies.told().into_iter().flatten();
        let boundary = role.boundary.told().and_then(Option::as_ref);
        let keys = self.keys();
        let keys = keys.iter().filter_map(|key| key.policy.told());
        let side = self.side.policies.iter().copied().chain(keys);
        let mut all = own.chain(boundary).chain(side).chain(above.flatten());
        let mut known = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        all.any(|policy| {
            let at: *const Policy = &raw const **policy;
            *known.entry(at as usize).or_insert_with(|| asks_for_session(policy))
        })
    }

    /// The same of somebody in particular.
    pub(super) fn when_of(&self, asker: &Asker<'_>) -> Option<Cond> {
        self.when_in(&self.ctx, asker)
    }

    /// The same, asked of an estate in which something was changed.
    pub(super) fn when_after(&self, changed: &Estate, asker: &Asker<'_>) -> Option<Cond> {
        let ctx = DecisionContext::new(changed, self.ctx.circumstances, self.ctx.strict);
        self.when_in(&Arc::new(ctx), asker)
    }

    fn when_in<'c>(&'c self, ctx: &Arc<DecisionContext<'c>>, asker: &Asker<'c>) -> Option<Cond> {
        match &self.what {
            What::Read(question) => works_for(ctx, question, asker.clone()).ok(),
            What::Action(found, way) => {
                let action = self.deed.actions.first()?;
                let changed = service::find(ctx.estate, action, found.arn()).ok()?;
                let leg = Leg { way: way.clone(), ..Leg::of(action) };
                Some(Call::build(ctx, asker, &leg, &*changed, &mut Assumed::default()).works())
            }
        }
    }

    /// The calls of a principal, and the statements that speak to them.
    pub(super) fn spoken(&self, principal: &Principal) -> (Vec<MapCall>, Vec<Evidence>) {
        let Some(mut asker) = self.asker(principal) else { return Default::default() };
        // Nobody looks at what a session may have been given where it can without.
        if self.when_of(&asker).is_none_or(|when| self.never(&when)) {
            asker = self.open(principal).unwrap_or(asker);
        }
        if let What::Read(question) = &self.what {
            let Ok(answer) = read_for(&self.ctx, question, asker) else { return Default::default() };
            let calls = answer
                .legs
                .iter()
                .filter(|leg| leg.verdict != Verdict::Denied)
                .map(|leg| MapCall { action: leg.action.clone(), resource: leg.resource.clone() });
            let calls = calls.collect();
            let gates = answer.legs.into_iter().flat_map(|leg| leg.gates);
            return (calls, gates.flat_map(|gate| gate.evidence).collect());
        }
        self.call(&asker, &[]).map(|call| explained(&call, self.facts())).unwrap_or_default()
    }

    pub(super) fn asker(&self, principal: &Principal) -> Option<Asker<'e>> {
        let estate = self.ctx.estate;
        let session = &self.ctx.circumstances.session;
        let partition = self.deed.resource.split(':').nth(1).unwrap_or("aws");
        let find = |text: &str| Asker::find(estate, text, &Session::default()).ok();
        let asker = match principal {
            Principal::Role(_) | Principal::User(_) => Asker::of(principal.identity(estate)?).ok(),
            Principal::Unlisted(arn) => find(arn),
            Principal::Account(account) => Some(Asker::open(Some(*account), partition)),
            Principal::Organization(id) => Some(Asker::of_organization(id, partition)),
            Principal::AnyAccount => Some(Asker::open(None, partition)),
            Principal::AnyService => Some(Asker::any_service()),
            Principal::Public => find("anonymous"),
            Principal::Service(name) => find(&format!("service:{name}")),
            Principal::Provider(_) | Principal::Workload(_) | Principal::Resource(_) => None,
        };
        asker.map(|asker| asker.in_session(session))
    }

    /// The request; `known` are context keys that it is known to hold besides. A read is none.
    pub(super) fn call(&self, asker: &Asker<'e>, known: &[(&str, Slot)]) -> Option<Call<'e>> {
        let What::Action(found, way) = &self.what else { return None };
        let leg = Leg { known, way: way.clone(), ..Leg::of(self.deed.actions.first()?) };
        Some(Call::build(&self.ctx, asker, &leg, &**found, &mut Assumed::default()))
    }
}

/// A call as it is shown, and who speaks to it.
pub(super) fn explained(call: &Call<'_>, facts: &[Fact]) -> (Vec<MapCall>, Vec<Evidence>) {
    let mut world = Explained::new(Symbolic);
    let _ = call.decide(&mut world);
    let spoken =
        world.spoken.iter().filter_map(|(_, who, fires)| evidence(*who, fires, facts.into())).collect();
    let made = MapCall { action: call.action.as_str().to_owned(), resource: call.resource.to_string() };
    (vec![made], spoken)
}
