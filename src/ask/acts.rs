//! May a principal do one thing? One action on one resource, in the way that the request is made.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

use super::leg::{Decided, decide_leg};
use super::legs::{self, Detail, settle};
use super::near::Surroundings;
use super::{Answer, AskError, GateVerdict, Holder, Subject, Verdict, fix, principal, reasons, resource};
use crate::diagnostic::did_you_mean;
use crate::estate::{Assumed, Estate};
use crate::eval::{Circumstances, ContextValue, Gate};
use crate::name::{ActionName, partition, reference};
use crate::request::call::Call;
use crate::request::{DecisionContext, Forwarded, Leg, Requester, Way};
use crate::service::{self, FoundResource, OBJECT_KEY};

/// May this principal do this?
#[derive(Clone, Debug)]
pub struct ActsQuestion {
    /// A role or user by its ARN or name; the ARN of a session; `service:NAME`; `anonymous`.
    pub by: String,
    /// `service:Name`
    pub action: String,
    /// An ARN, or what else it is called: `s3://…`, an alias, an address of a plan, a logical id.
    pub resource: String,
    /// How the request is made.
    pub made: Made,
    /// Network, session and context keys.
    pub circumstances: Circumstances,
    /// Whether what is not provided makes the answer conditional.
    pub strict: bool,
}

/// How the request comes to its service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Made {
    /// By the principal itself.
    Directly,
    /// By a service with the permissions of the principal that called it, such as `s3`.
    Through {
        /// The service that makes the request, as `s3.us-east-1.amazonaws.com`.
        service: String,
        /// `aws:s3:arn` of the encryption context, where it is known.
        encrypted: Option<String>,
    },
    /// Not known.
    #[default]
    Somehow,
}

/// Answer one question.
pub(super) fn acts(estate: &Estate, question: &ActsQuestion) -> Result<Answer, AskError> {
    let invalid = |message: String, help: Option<String>| AskError::Invalid { message, help };
    let action = ActionName::new(&question.action).filter(|_| !question.action.contains(['*', '?']));
    let action = action.ok_or_else(|| {
        let near = did_you_mean(&question.action, reference::prefixes());
        invalid(format!("`{}` is not an action", question.action), near)
    })?;
    let session = &question.circumstances.session;
    // The refused principal may be unknown here.
    let by = match principal::find(estate, &question.by, session) {
        Ok(by) => by.in_session(session),
        Err(AskError::Missing(missing)) => {
            Requester::find(estate, &question.by, session).map_err(|_| AskError::Missing(missing))?
        }
        Err(error) => return Err(error),
    };
    let on = resource::named(estate, &action, &question.resource)?;
    let question = &ActsQuestion { resource: on.arn, ..question.clone() };
    let found = service::find(estate, &action, &question.resource)?;
    let ctx = DecisionContext::new(estate, &question.circumstances, question.strict);
    let mut assumed = Assumed::default();
    let way = way(&question.made, &question.resource);
    let mut known = within(&*found);
    known.extend(on.alias.map(|alias| ("kms:RequestAlias", ContextValue::one(alias))));
    let leg = Leg { way, known: &known, ..Leg::of(&action) };
    let call = Call::build(&ctx, &by, &leg, &*found, &mut assumed);
    let notes = |gate, verdict| note(&by, &action, gate, verdict);
    let around = Surroundings { estate, elsewhere: None };
    let decided = decide_leg(&call, &notes, ctx.facts.as_slice().into(), Some(around));
    let fixes = if decided.leg.verdict == Verdict::Denied {
        fix::for_leg(&decided, &documents(estate, question, &by, &found))
    } else {
        Vec::new()
    };
    let mut answer = compose(question, &by, decided, fixes, &ctx, assumed);
    super::symbols::explain(estate, &mut answer.depends_on);
    Ok(answer)
}

fn way(made: &Made, resource: &str) -> Way {
    let region = resource.split(':').nth(3).unwrap_or_default();
    match made {
        Made::Directly => Way::Direct,
        Made::Somehow => Way::Any,
        Made::Through { service, encrypted } => Way::Forwarded(Forwarded {
            via: partition::via_services(service, region),
            is_second_request: service == "s3",
            encrypted: encrypted.as_deref().map(ContextValue::one),
        }),
    }
}

/// What the question leaves open of the resource goes by its name.
fn within(found: &dyn service::Resource<'_>) -> Vec<(&'static str, ContextValue)> {
    found
        .within()
        .map(|within| (OBJECT_KEY, ContextValue::Prefix(within.rest.below(""))))
        .into_iter()
        .collect()
}

fn note(by: &Requester<'_>, action: &ActionName, gate: Gate, verdict: GateVerdict) -> Option<String> {
    match (gate, verdict) {
        (Gate::Identity, GateVerdict::Denied) => {
            Some(format!("no identity-based policy of {} allows it", by.short_name()))
        }
        (Gate::Resource, GateVerdict::Denied) if action.service() == "kms" => {
            Some(format!("it lets {} use {action} neither by name nor through its account", by.short_name()))
        }
        (Gate::Resource, GateVerdict::Denied) => {
            Some(format!("it does not let {} use {action}", by.short_name()))
        }
        (_, _) => None,
    }
}

fn documents<'e>(
    estate: &'e Estate,
    question: &ActsQuestion,
    by: &Requester<'e>,
    found: &FoundResource<'e>,
) -> fix::Documents<'e> {
    let key = found.kms_key();
    let bucket = found.bucket();
    let (resource, resource_name) = match (key, bucket) {
        (Some(key), _) => (key.policy.provided(), format!("key policy of {}", key.arn.value)),
        (None, Some(bucket)) => {
            (bucket.policy.provided().and_then(Option::as_ref), format!("bucket policy of {}", bucket.name))
        }
        (None, None) => (None, format!("resource-based policy of {}", question.resource)),
    };
    let via = match &question.made {
        Made::Through { service, .. } => {
            let region = question.resource.split(':').nth(3).unwrap_or_default();
            partition::via_services(service, region).into_iter().next()
        }
        Made::Directly | Made::Somehow => None,
    };
    fix::Documents {
        estate,
        role: by.caller.name.to_string(),
        account: by.caller.account,
        identity: estate.own_policy(by.policies()),
        boundary: by.boundary().provided().and_then(Option::as_ref),
        session: None,
        owner: found.owner(),
        holder: bucket.map_or(Holder::Other, |bucket| Holder::Bucket(bucket.name.clone())),
        resource,
        resource_name,
        resource_is_editable: !key.is_some_and(crate::estate::Key::is_aws_managed),
        endpoint: None,
        point: None,
        via_service: via,
    }
}

fn compose(
    question: &ActsQuestion,
    by: &Requester<'_>,
    decided: Decided,
    fixes: Vec<super::Fix>,
    ctx: &DecisionContext<'_>,
    assumed: Assumed,
) -> Answer {
    let total = decided.allowed.clone();
    let mut legs = [decided];
    let settled = settle(&mut legs, &total, ctx.facts.as_slice().into(), Detail::Whole);
    let name = by.short_name();
    let reason = match (settled.verdict, &settled.blocked) {
        (Verdict::Denied, _) => legs::denied(&legs).map_or_else(
            || format!("nothing lets {name} use {}", question.action),
            |leg| reasons::denial(&name, leg),
        ),
        (_, Some(blocked)) => blocked.why.clone(),
        (Verdict::Conditional, None) => reasons::conditional(&settled.depends_on),
        (_, None) => format!("the policies let {name} use {}", question.action),
    };
    Answer {
        subject: Subject::Action {
            by: by.name(),
            action: question.action.clone(),
            resource: question.resource.clone(),
        },
        verdict: settled.verdict,
        denial: settled.denial,
        blocked_by: settled.blocked.map(|blocked| blocked.by),
        reason,
        legs: legs.into_iter().map(|leg| leg.leg).collect(),
        conditions: settled.conditions,
        witness: settled.witness,
        depends_on: settled.depends_on,
        assumptions: assumed.into_list(),
        by_key: settled.by_key,
        fix: fixes,
        advice: Vec::new(),
        as_default: None,
    }
}
