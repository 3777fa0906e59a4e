//! Whether one principal can: by the whole question of a read, or by one request.

use std::sync::Arc;

use crate::ask::does::{keys_reached, read_for, works_for};
use crate::ask::leg::evidence;
use crate::ask::{AskError, DoesQuestion, Evidence, MapCall, Verdict};
use crate::estate::{Assumed, Bucket, Estate, Key};
use crate::eval::{Explained, Session, Slot, Symbolic};
use crate::logic::{Cond, Fact};
use crate::name::{AccountId, ActionName, Arn};
use crate::request::call::Call;
use crate::request::{Asker, DecisionContext, Leg, Way};
use crate::service::{self, Found, LetsIn, Resource as _, S3Target, partition_of};
use crate::trust::{Index, Principal};

use super::candidates::{Deed, candidates};
use super::{WhoDoes, WhoQuestion};

pub(super) struct Judge<'e> {
    ctx: Arc<DecisionContext<'e>>,
    deed: Deed,
    side: LetsIn<'e>,
    what: What<'e>,
}

enum What<'e> {
    Read(Box<DoesQuestion>),
    /// One action on one resource, in this way.
    Action(Found<'e>, Way),
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
            WhoDoes::Action { action, resource } => Self::action(ctx, action, resource, Way::Any),
        }
    }

    fn read(ctx: &Arc<DecisionContext<'e>>, asked: DoesQuestion) -> Result<Self, AskError> {
        let estate = ctx.estate;
        let bucket = estate.bucket(&asked.object.bucket)?;
        // Mistakes of the question show before anybody is asked about.
        works_for(ctx, &asked, Asker::open(None))?;
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
        Ok(Self { ctx: Arc::clone(ctx), deed, side, what: What::Read(Box::new(asked)) })
    }

    pub(super) fn action(
        ctx: &Arc<DecisionContext<'e>>,
        action: &str,
        resource: &str,
        way: Way,
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
        Ok(Self { ctx: Arc::clone(ctx), deed, side, what: What::Action(found, way) })
    }

    pub(super) fn owner(&self) -> Option<AccountId> {
        self.deed.owner
    }

    /// What is known of several keys of a request together.
    pub(super) fn facts(&self) -> &[Fact] {
        &self.ctx.facts
    }

    pub(super) fn candidates(&self, index: &Index<'e>) -> Vec<Principal> {
        candidates(self.ctx.estate, index, &self.deed, &self.side, false)
    }

    /// Everyone whom the side of the resource lets in, if their own policies did.
    pub(super) fn let_in(&self, index: &Index<'e>) -> Vec<Principal> {
        candidates(self.ctx.estate, index, &self.deed, &self.side, true)
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

    /// When the principal can; `None` where it cannot ask at all.
    pub(super) fn when(&self, principal: &Principal) -> Option<Cond> {
        self.when_in(&self.ctx, &self.asker(principal)?)
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
        let Some(asker) = self.asker(principal) else { return Default::default() };
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
        let find = |text: &str| Asker::find(estate, text, &Session::default()).ok();
        let asker = match principal {
            Principal::Role(_) | Principal::User(_) => Asker::of(principal.identity(estate)?).ok(),
            Principal::Unlisted(arn) => find(arn),
            Principal::Account(account) => Some(Asker::open(Some(*account))),
            Principal::AnyAccount => Some(Asker::open(None)),
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
    let spoken = world.spoken.iter().filter_map(|(_, who, fires)| evidence(*who, fires, facts)).collect();
    let made = MapCall { action: call.action.as_str().to_owned(), resource: call.resource.to_string() };
    (vec![made], spoken)
}
