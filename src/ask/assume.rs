//! Can somebody become this role? One step, no chains (R116–R127).
//!
//! Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>

use super::confirm::{confirmed, told};
use super::leg::{Decided, decide_leg};
use super::legs::{self, Detail, settle};
use super::near::Surroundings;
use super::short_answer::Outcome;
use super::{Answer, AskError, BecomesQuestion, GateVerdict, Holder, Subject, Verdict, fix, reasons};
use crate::estate::{Assumed, Estate, Role};
use crate::eval::{Caller, CallerKind, Context, Gate};
use crate::logic::{Assignment, Cond, KeyRelation, Truth};
use crate::name::ActionName;
use crate::request::call::Call;
use crate::request::{DecisionContext, Leg, Requester, sts};

/// Answer one question.
pub(super) fn assume(estate: &Estate, question: &BecomesQuestion) -> Result<Answer, AskError> {
    let mut answer = compose(judge(estate, question)?, question);
    let asked = |keys: &Assignment| BecomesQuestion {
        circumstances: told(&question.circumstances, keys),
        ..question.clone()
    };
    answer.witness = confirmed(answer.witness, &answer.legs, &|keys| works_when(estate, &asked(keys)).ok());
    super::symbols::explain(estate, &mut answer.depends_on);
    Ok(answer)
}

/// When the role can be assumed, as a formula.
pub(super) fn works_when(estate: &Estate, question: &BecomesQuestion) -> Result<Cond, AskError> {
    Ok(judge(estate, question)?.total)
}

/// The verdict of the request by which this principal usually assumes the role. [`assume`] gives the same one with reasons.
pub(super) fn verdict<'e>(ctx: &DecisionContext<'e>, by: &Requester<'e>, target: &'e Role) -> Verdict {
    let Some(action) = ActionName::new(sts::default_action(by)) else { return Verdict::Denied };
    let call = Call::build(ctx, by, &Leg::of(&action), &target, &mut Assumed::default());
    Outcome::from_iter([&call]).verdict(ctx.facts.as_slice().into())
}

/// The request to STS as conditions see it, and what is known of several keys together.
pub(super) fn request(
    estate: &Estate,
    question: &BecomesQuestion,
) -> Result<(Context, Vec<KeyRelation>), AskError> {
    let target = estate.role(&question.role)?;
    let by = requester(estate, question)?;
    let action = ActionName::of("sts", "AssumeRole");
    let ctx = DecisionContext::new(estate, &question.circumstances, question.strict);
    let call = Call::build(&ctx, &by, &Leg::of(&action), &target, &mut Assumed::default());
    Ok((call.context, ctx.facts))
}

/// What the calls come to, before they are put into words.
struct Judged<'e> {
    target: &'e Role,
    legs: Vec<Decided>,
    total: Cond,
    facts: Vec<KeyRelation>,
    assumed: Assumed,
    fixes: Vec<super::Fix>,
}

fn judge<'e>(estate: &'e Estate, question: &'e BecomesQuestion) -> Result<Judged<'e>, AskError> {
    let target = estate.role(&question.role)?;
    let by = requester(estate, question)?;
    let ctx = DecisionContext::new(estate, &question.circumstances, question.strict);
    let mut assumed = Assumed::default();
    let mut legs = Vec::new();
    let mut total = Cond::Known(true);
    let first = question.action.as_deref().unwrap_or_else(|| sts::default_action(&by));
    let mut fixes = Vec::new();
    for name in std::iter::once(first).chain(question.also.iter().map(String::as_str)) {
        let action = ActionName::new(name).filter(|a| a.service() == "sts").ok_or_else(|| AskError::Invalid {
            message: format!("`{name}` is not an action that assumes a role"),
            help: Some("write sts:AssumeRole, sts:AssumeRoleWithWebIdentity, sts:AssumeRoleWithSAML, sts:TagSession or sts:SetSourceIdentity".to_owned()),
        })?;
        let decided = decide(&ctx, target, &by, &action, &mut assumed);
        if never(&by.caller, target).is_none() {
            fixes.extend(fix::for_leg(&decided, &documents(estate, target, &by)));
        }
        total = total.and(decided.allowed.clone());
        legs.push(decided);
    }
    let facts = ctx.facts;
    Ok(Judged { target, legs, total, facts, assumed, fixes })
}

fn requester<'e>(estate: &'e Estate, question: &BecomesQuestion) -> Result<Requester<'e>, AskError> {
    Requester::find(estate, &question.by, &question.circumstances.session).map_err(|error| {
        AskError::Invalid {
            message: error.to_string(),
            help: Some(
                "`by` is service:NAME, federated:ARN, or the ARN of a role, user or session".to_owned(),
            ),
        }
    })
}

fn decide<'e>(
    ctx: &DecisionContext<'e>,
    target: &'e Role,
    by: &Requester<'e>,
    action: &ActionName,
    assumed: &mut Assumed,
) -> Decided {
    let call = Call::build(ctx, by, &Leg::of(action), &target, assumed);
    let notes = |gate: Gate, verdict: GateVerdict| match (gate, verdict) {
        (Gate::Identity | Gate::Resource, GateVerdict::Denied) if never(&by.caller, target).is_some() => {
            never(&by.caller, target).map(str::to_owned)
        }
        (Gate::Identity, GateVerdict::Denied) => {
            Some(format!("no identity-based policy of {} allows it", by.caller.short_name()))
        }
        (Gate::Resource, GateVerdict::Denied) => Some(format!(
            "no statement of the trust policy of {} lets {} make {}",
            target.name(),
            by.caller.name,
            action
        )),
        (_, _) => None,
    };
    let around = Surroundings { estate: ctx.estate, elsewhere: None };
    decide_leg(&call, &notes, ctx.facts.as_slice().into(), Some(around))
}

/// Why no policy could ever let this caller in.
fn never(caller: &Caller, target: &Role) -> Option<&'static str> {
    match caller.kind {
        CallerKind::Root => Some("the root user of an account cannot assume a role"),
        CallerKind::FederatedUser => Some("sessions of GetFederationToken cannot assume a role"),
        CallerKind::Federated => {
            let (own, of_role) = (caller.account?, target.arn.value.account()?);
            let told = !own.is_unknown() && !of_role.is_unknown();
            (told && own != of_role).then_some("a role trusts the providers of its own account only")
        }
        CallerKind::KnownToS3 => Some("STS does not know who is known to S3 alone"),
        CallerKind::Role | CallerKind::User | CallerKind::Service | CallerKind::Anonymous => None,
    }
}

fn documents<'e>(estate: &'e Estate, target: &'e Role, by: &Requester<'e>) -> fix::Documents<'e> {
    fix::Documents {
        estate,
        role: by.caller.name.to_string(),
        account: by.caller.account,
        identity: estate.own_policy(by.policies()),
        boundary: None,
        session: None,
        owner: target.arn.value.account(),
        holder: Holder::Other,
        resource: target.trust.provided(),
        resource_name: format!("trust policy of {}", target.name()),
        resource_is_editable: true,
        endpoint: None,
        point: None,
        via_service: None,
    }
}

fn compose(judged: Judged<'_>, question: &BecomesQuestion) -> Answer {
    let Judged { target, mut legs, total, facts, assumed, fixes } = judged;
    let settled = settle(&mut legs, &total, facts.as_slice().into(), Detail::Whole);
    let by = &question.by;
    let reason = match (settled.verdict, legs::denied(&legs)) {
        (Verdict::Denied, Some(l)) => match reasons::closing_gate(&l.leg) {
            Some(gate) => reasons::meant(gate, &l.leg).unwrap_or_else(|| {
                let document = reasons::document(gate, &l.leg);
                format!("the {document} does not let {by} make {}", l.leg.action)
            }),
            None => format!("nothing lets {by} make {}", l.leg.action),
        },
        (Verdict::Conditional, _) => reasons::conditional(&settled.depends_on),
        (_, _) => format!("{by} can assume {}", target.name()),
    };
    Answer {
        subject: Subject::Assume { role: target.arn.value.to_string(), by: by.clone() },
        verdict: settled.verdict,
        denial: settled.denial,
        blocked_by: None,
        reason,
        legs: legs.into_iter().map(|l| l.leg).collect(),
        conditions: settled.conditions,
        witness: settled.witness,
        depends_on: settled.depends_on,
        assumptions: assumed.into_list(),
        by_key: settled.by_key,
        fix: if settled.verdict == Verdict::Denied { fixes } else { Vec::new() },
        advice: Vec::new(),
        as_default: None,
    }
}
