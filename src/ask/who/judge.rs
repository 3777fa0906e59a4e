//! Whether one principal can: by the whole question of a read, or by one request.

use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use crate::ask::acts::Further;
use crate::ask::does::{bucket_of, keys_reached, not_judged, read_for, short_for, works_for};
use crate::ask::leg::evidence;
use crate::ask::resource::{self, Named};
use crate::ask::short_answer::{Outcome, ShortAnswer};
use crate::ask::{AccessCall, AskError, DoesQuestion, Doing, Evidence, Verdict};
use crate::estate::{Assumed, Bucket, Estate, Identity, Key, ObjectUri};
use crate::eval::{ContextValue, Explained, Session, SessionName, Symbolic};
use crate::logic::{Cond, KeyRelation, Solver, Truth as _};
use crate::name::{AccountId, ActionName};
use crate::policy::Policy;
use crate::request::call::{Call, SharedCaller};
use crate::request::{DecisionContext, Guardrail, Inherited, Leg, Requester, Way as How};
use crate::service::{self, FoundResource, LetsIn};
use crate::trust::{Edge, Index, MayBeGiven, NamedPrincipals, Principal, Way, asks_for_session, is_coupled};

use super::candidates::{ActionOnResource, candidates};
use super::entrance::Entrance;
use super::{WhoDoes, WhoQuestion};

pub(in crate::ask) struct Judge<'e> {
    ctx: Arc<DecisionContext<'e>>,
    on: ActionOnResource,
    side: LetsIn<'e>,
    /// Whom the conditions of the policies on the resource's side name.
    named: NamedPrincipals,
    what: What<'e>,
    /// The alias that the request names a key by (R61).
    alias: Option<String>,
    /// Which policies ask for what a session was given, by their addresses.
    asking: Mutex<FxHashMap<usize, bool>>,
}

enum What<'e> {
    Read(Box<DoesQuestion>),
    /// One action on one resource, in this way.
    Action(FoundResource<'e>, How),
}

/// The question that every principal is asked; the role is filled in for each.
fn does(question: &WhoQuestion, doing: Doing, object: &ObjectUri, profile: &str) -> DoesQuestion {
    DoesQuestion {
        doing,
        role: String::new(),
        object: object.clone(),
        version_id: None,
        access_point: None,
        profile: profile.to_owned(),
        circumstances: question.circumstances.clone(),
        strict: question.strict,
    }
}

impl<'e> Judge<'e> {
    pub(super) fn new(ctx: &Arc<DecisionContext<'e>>, question: &WhoQuestion) -> Result<Self, AskError> {
        match &question.what {
            WhoDoes::Read { object, profile } => {
                Self::read(ctx, does(question, Doing::default(), object, profile))
            }
            WhoDoes::Operation { doing, object, profile } => {
                Self::read(ctx, does(question, doing.clone(), object, profile))
            }
            WhoDoes::Action { action, resource } => Self::action(ctx, action, resource, How::Any),
        }
    }

    pub(in crate::ask) fn read(
        ctx: &Arc<DecisionContext<'e>>,
        asked: DoesQuestion,
    ) -> Result<Self, AskError> {
        let estate = ctx.estate;
        let bucket = bucket_of(estate, &asked.object.bucket)?;
        if let Some(why) = not_judged(&bucket.name) {
            let help = Some("ask about a general purpose bucket".to_owned());
            return Err(AskError::Invalid { message: why.to_owned(), help });
        }
        // Mistakes of the question show before anybody is asked about.
        works_for(ctx, &asked, Requester::open(None, "aws"))?;
        let Entrance { on, side } = Entrance::of_objects(estate, bucket, &asked, ctx.strict);
        Ok(Self::of(ctx, on, side, What::Read(Box::new(asked))))
    }

    pub(in crate::ask) fn action(
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
        let Named { arn, alias } = resource::named(ctx.estate, &name, resource)?;
        let found = service::find(ctx.estate, &name, &arn)?;
        let known = found.within().map_or(found.arn(), |within| &within.known);
        let on = ActionOnResource {
            actions: vec![name],
            resource: known.to_owned(),
            is_open: found.within().is_some(),
            owner: found.owner(),
        };
        let side = found.lets_in(ctx.estate, ctx.strict);
        Ok(Self { alias, ..Self::of(ctx, on, side, What::Action(found, way)) })
    }

    fn of(ctx: &Arc<DecisionContext<'e>>, on: ActionOnResource, side: LetsIn<'e>, what: What<'e>) -> Self {
        let mut judge = Self {
            ctx: Arc::clone(ctx),
            on,
            side,
            named: NamedPrincipals::default(),
            what,
            alias: None,
            asking: Mutex::default(),
        };
        let limits = ctx.hierarchy(Guardrail::Rcp, judge.on.owner, &mut Assumed::default());
        let limits = limits.list().iter().filter_map(|level| level.policies.provided()).flatten();
        let keys = judge.keys();
        let keys = keys.iter().filter_map(|key| key.policy.provided());
        let all = judge.side.policies.iter().copied().chain(keys).chain(limits);
        judge.named = NamedPrincipals::of(all.map(|policy| &**policy));
        judge
    }

    pub(super) fn owner(&self) -> Option<AccountId> {
        self.on.owner
    }

    /// What is known of several keys of a request together.
    pub(in crate::ask) fn facts(&self) -> &[KeyRelation] {
        &self.ctx.facts
    }

    pub(in crate::ask) fn candidates(&self, index: &Index<'e>) -> Vec<Principal> {
        candidates(self.ctx.estate, index, &self.on, &self.side, &self.named, false)
    }

    /// Everyone whom the side of the resource lets in, if their own policies did.
    pub(super) fn let_in(&self, index: &Index<'e>) -> Vec<Principal> {
        candidates(self.ctx.estate, index, &self.on, &self.side, &self.named, true)
    }

    /// The keys whose policy matters.
    pub(super) fn keys(&self) -> Vec<&'e Key> {
        match &self.what {
            What::Read(question) => {
                let keys = keys_reached(&self.ctx, question).unwrap_or_default();
                keys.iter().filter_map(|arn| self.ctx.estate.key(arn)).collect()
            }
            What::Action(found, _) => {
                let unread = &mut Assumed::default();
                let further = self
                    .on
                    .actions
                    .first()
                    .map(|action| Further::of(&self.ctx, action, &**found, found.owner(), unread));
                found.kms_key().into_iter().chain(further.and_then(|further| further.key())).collect()
            }
        }
    }

    /// The bucket whose policy matters.
    pub(super) fn bucket(&self) -> Option<&'e Bucket> {
        match &self.what {
            What::Read(question) => bucket_of(self.ctx.estate, &question.object.bucket).ok(),
            What::Action(found, _) => found.bucket(),
        }
    }

    /// When the principal can; `None` where it never can, or cannot ask at all.
    pub(super) fn edge(&self, principal: Principal) -> Option<Edge> {
        let when = self.when_of(&self.requester(&principal)?)?;
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
        let mut requester = self.requester(principal)?;
        if let Some((name, inherited)) = given {
            if matches!(requester.caller.session, SessionName::Unknown) {
                requester.caller.session = name;
            }
            requester.inherited = Some(inherited);
        }
        self.when_of(&requester)
    }

    /// A role in a session that may have been given tags and a source identity.
    fn open(&self, principal: &Principal) -> Option<Requester<'e>> {
        let mut requester = self.requester(principal)?;
        let may = requester.identity.and_then(Identity::role).map(MayBeGiven::of)?;
        requester.inherited = Some(Inherited::new(move |context| may.open(context)));
        Some(requester)
    }

    /// Whether it depends on what the session of a role was given.
    fn asks_for_session(&self, principal: &Principal) -> bool {
        let Some(Identity::Role(role)) = principal.identity(self.ctx.estate) else { return false };
        if self.ctx.circumstances.session.tags.is_provided() {
            return false;
        }
        let limits = |guardrail, account| self.ctx.hierarchy(guardrail, account, &mut Assumed::default());
        let above = [limits(Guardrail::Scp, role.arn.value.account()), limits(Guardrail::Rcp, self.on.owner)];
        let above =
            above.iter().flat_map(|limits| limits.list()).filter_map(|level| level.policies.provided());
        let own = role.policies.provided().into_iter().flatten();
        let boundary = role.boundary.provided().and_then(Option::as_ref);
        let keys = self.keys();
        let keys = keys.iter().filter_map(|key| key.policy.provided());
        let side = self.side.policies.iter().copied().chain(keys);
        let mut all = own.chain(boundary).chain(side).chain(above.flatten());
        let mut known = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        all.any(|policy| {
            let at: *const Policy = &raw const **policy;
            *known.entry(at as usize).or_insert_with(|| asks_for_session(policy))
        })
    }

    /// The same of somebody in particular.
    pub(super) fn when_of(&self, requester: &Requester<'_>) -> Option<Cond> {
        self.when_in(&self.ctx, requester)
    }

    /// The same, asked of an estate in which something was changed.
    pub(super) fn when_after(&self, changed: &Estate, requester: &Requester<'_>) -> Option<Cond> {
        let ctx = DecisionContext::new(changed, self.ctx.circumstances, self.ctx.strict);
        self.when_in(&Arc::new(ctx), requester)
    }

    fn when_in<'c>(&'c self, ctx: &Arc<DecisionContext<'c>>, requester: &Requester<'c>) -> Option<Cond> {
        match &self.what {
            What::Read(question) => works_for(ctx, question, requester.clone()).ok(),
            What::Action(found, way) => {
                let action = self.on.actions.first()?;
                let changed = service::find(ctx.estate, action, found.arn()).ok()?;
                let known = self.known();
                let leg = Leg { way: way.clone(), known: &known, ..Leg::of(action) };
                let unread = &mut Assumed::default();
                let works = Call::build(ctx, requester, &leg, &*changed, unread).works();
                if works.is_false() {
                    return Some(works);
                }
                let further = Further::of(ctx, action, &*changed, requester.caller.account, unread);
                let calls = further.calls(ctx, requester, unread);
                Some(calls.iter().fold(works.and(further.open()), |works, call| works.and(call.works())))
            }
        }
    }

    /// The verdict of the whole question, asked by somebody in particular; `None` where nobody can ask. `shared` is what the
    /// same requester brought to the requests of other judges.
    pub(in crate::ask) fn short(
        &self,
        requester: &Requester<'e>,
        shared: &SharedCaller,
    ) -> Option<ShortAnswer> {
        let (found, way) = match &self.what {
            What::Read(question) => return short_for(&self.ctx, question, requester.clone()).ok(),
            What::Action(found, way) => (found, way),
        };
        let action = self.on.actions.first()?;
        let known = self.known();
        let leg = Leg { way: way.clone(), known: &known, ..Leg::of(action) };
        let unread = &mut Assumed::default();
        let first = shared.call(&self.ctx, requester, &leg, &**found, unread);
        let further = Further::of(&self.ctx, action, &**found, requester.caller.account, unread);
        let further_calls = further.calls(&self.ctx, requester, unread);
        let outcome: Outcome = std::iter::once(&first).chain(&further_calls).collect();
        Some(outcome.and(further.open()).settled(self.facts().into()))
    }

    /// What the request holds besides.
    fn known(&self) -> Vec<(&'static str, ContextValue)> {
        self.alias.iter().map(|alias| ("kms:RequestAlias", ContextValue::one(alias.as_str()))).collect()
    }

    /// The calls of a principal, and the statements that speak to them.
    pub(super) fn spoken(&self, principal: &Principal) -> (Vec<AccessCall>, Vec<Evidence>) {
        let Some(mut requester) = self.requester(principal) else { return Default::default() };
        // Nobody looks at what a session may have been given where it can without.
        if self.when_of(&requester).is_none_or(|when| self.never(&when)) {
            requester = self.open(principal).unwrap_or(requester);
        }
        if let What::Read(question) = &self.what {
            let Ok(answer) = read_for(&self.ctx, question, requester) else { return Default::default() };
            let calls = answer
                .legs
                .iter()
                .filter(|leg| leg.verdict != Verdict::Denied)
                .map(|leg| AccessCall { action: leg.action.clone(), resource: leg.resource.clone() });
            let calls = calls.collect();
            let gates = answer.legs.into_iter().flat_map(|leg| leg.gates);
            return (calls, gates.flat_map(|gate| gate.evidence).collect());
        }
        let first = self.call(&requester, &self.known()).into_iter();
        let (mut calls, mut evidence) = (Vec::new(), Vec::new());
        for call in first.chain(self.further_calls(&requester)) {
            let (made, spoken) = explained(&call, self.facts());
            calls.extend(made);
            evidence.extend(spoken);
        }
        (calls, evidence)
    }

    /// What the service of the action asks KMS for.
    fn further_calls(&self, requester: &Requester<'e>) -> Vec<Call<'e>> {
        let (What::Action(found, _), Some(action)) = (&self.what, self.on.actions.first()) else {
            return Vec::new();
        };
        let unread = &mut Assumed::default();
        let by = requester.caller.account;
        Further::of(&self.ctx, action, &**found, by, unread).calls(&self.ctx, requester, unread)
    }

    pub(in crate::ask) fn requester(&self, principal: &Principal) -> Option<Requester<'e>> {
        let estate = self.ctx.estate;
        let session = &self.ctx.circumstances.session;
        let partition = self.on.resource.split(':').nth(1).unwrap_or("aws");
        let find = |text: &str| Requester::find(estate, text, &Session::default()).ok();
        let requester = match principal {
            Principal::Role(_) | Principal::User(_) => Requester::of(principal.identity(estate)?).ok(),
            Principal::Unlisted(arn) => find(arn),
            Principal::Account(account) => Some(Requester::open(Some(*account), partition)),
            Principal::Organization(id) => Some(Requester::of_organization(id, partition)),
            Principal::AnyAccount => Some(Requester::open(None, partition)),
            Principal::AnyService => Some(Requester::any_service()),
            Principal::Public => find("anonymous"),
            Principal::Service(name) => find(&format!("service:{name}")),
            Principal::Provider(_) | Principal::Workload(_) | Principal::Resource(_) => None,
        };
        requester.map(|requester| requester.in_session(session))
    }

    /// The request; `known` are context keys that it is known to hold besides. A read is none.
    pub(super) fn call(&self, requester: &Requester<'e>, known: &[(&str, ContextValue)]) -> Option<Call<'e>> {
        let What::Action(found, way) = &self.what else { return None };
        let leg = Leg { known, way: way.clone(), ..Leg::of(self.on.actions.first()?) };
        Some(Call::build(&self.ctx, requester, &leg, &**found, &mut Assumed::default()))
    }
}

/// A call as it is shown, and who speaks to it.
pub(super) fn explained(call: &Call<'_>, facts: &[KeyRelation]) -> (Vec<AccessCall>, Vec<Evidence>) {
    let mut world = Explained::new(Symbolic);
    let _ = call.decide(&mut world);
    let spoken =
        world.matched.iter().filter_map(|(_, who, fires)| evidence(*who, fires, facts.into())).collect();
    let made = AccessCall { action: call.action.as_str().to_owned(), resource: call.resource.to_string() };
    (vec![made], spoken)
}
