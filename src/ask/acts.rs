//! May a principal do one thing? One action on one resource, in the way that the request is made, and what its service
//! asks KMS for in the course of it.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

mod further;

use super::leg::{Decided, decide_leg};
use super::legs::{self, Detail, settle};
use super::near::Surroundings;
use super::{
    Advice, Answer, AskError, Fix, GateVerdict, Holder, Subject, Verdict, fix, principal, reasons, resource,
};
use crate::diagnostic::did_you_mean;
use crate::estate::{Assumed, Estate};
use crate::eval::{Circumstances, ContextValue, Gate};
use crate::logic::{Cond, Truth as _};
use crate::name::{ActionName, partition, reference};
use crate::policy;
use crate::request::call::Call;
use crate::request::{DecisionContext, Forwarded, Leg, Requester, Way};
use crate::service::{self, FoundResource, OBJECT_KEY};
pub(in crate::ask) use further::Further;

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
    decided.note_grant(&mut assumed);
    let further = Further::of(&ctx, &action, &*found, by.caller.account, &mut assumed);
    let mut fixes = Vec::new();
    // To allow an action that AWS does not list changes nothing for any request.
    let is_listed = policy::unknown_action(&question.action).is_none();
    if decided.leg.verdict == Verdict::Denied && is_listed {
        fix::add(&mut fixes, fix::for_leg(&decided, &documents(estate, question, &by, &found)));
    }
    let mut legs = vec![decided];
    for call in further.calls(&ctx, &by, &mut assumed) {
        let notes = |gate, verdict| further.note(&by, gate, verdict);
        let around = Surroundings {
            estate,
            elsewhere: found.store().and_then(|store| store.policy.provided()?.as_ref()),
        };
        let decided = decide_leg(&call, &notes, ctx.facts.as_slice().into(), Some(around));
        if decided.leg.verdict == Verdict::Denied {
            let documents = documents_of_key(estate, &by, &further, &action);
            fix::add(
                &mut fixes,
                documents.map(|documents| fix::for_leg(&decided, &documents)).unwrap_or_default(),
            );
        }
        legs.push(decided);
    }
    let mut answer = compose(question, &by, Decisions { legs, fixes, further }, &ctx, assumed);
    super::symbols::explain(estate, &mut answer.depends_on);
    Ok(answer)
}

/// What was decided of one question.
struct Decisions<'e> {
    legs: Vec<Decided>,
    fixes: Vec<Fix>,
    further: Further<'e>,
}

fn way(made: &Made, resource: &str) -> Way {
    let region = resource.split(':').nth(3).unwrap_or_default();
    match made {
        Made::Directly => Way::Direct,
        Made::Somehow => Way::Any,
        Made::Through { service, encrypted } => {
            let (via, encrypted) =
                (partition::via_services(service, region), encrypted.as_deref().map(ContextValue::one));
            Way::Forwarded(Forwarded::by_s3(via, service == "s3", encrypted))
        }
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
    let store = found.store();
    let (resource, resource_name) = match (key, bucket, store) {
        (Some(key), _, _) => (key.policy.provided(), format!("key policy of {}", key.arn.value)),
        (None, Some(bucket), _) => {
            (bucket.policy.provided().and_then(Option::as_ref), format!("bucket policy of {}", bucket.name))
        }
        (None, None, Some(store)) => (
            store.policy.provided().and_then(Option::as_ref),
            format!("{} of {}", store.kind.policy(), store.arn.value),
        ),
        (None, None, None) => (None, format!("resource-based policy of {}", question.resource)),
    };
    let holder = match (bucket, store, key) {
        (Some(bucket), _, _) => Holder::Bucket(bucket.name.clone()),
        (None, Some(store), _) => Holder::Store(store.arn.value.to_string()),
        (None, None, Some(key)) => Holder::Key(key.arn.value.to_string()),
        (None, None, None) => Holder::Other,
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
        holder,
        resource,
        resource_name,
        resource_is_editable: !key.is_some_and(crate::estate::Key::is_aws_managed),
        endpoint: None,
        point: None,
        via_service: via,
    }
}

/// Where changes belong that open the key for the service of an action.
fn documents_of_key<'e>(
    estate: &'e Estate,
    by: &Requester<'e>,
    further: &Further<'e>,
    action: &ActionName,
) -> Option<fix::Documents<'e>> {
    let key = &further.under()?.key;
    Some(fix::Documents {
        estate,
        role: by.caller.name.to_string(),
        account: by.caller.account,
        identity: estate.own_policy(by.policies()),
        boundary: by.boundary().provided().and_then(Option::as_ref),
        session: None,
        owner: key.arn.account(),
        holder: Holder::Other,
        resource: key.key.and_then(|key| key.policy.provided()),
        resource_name: format!("key policy of {}", key.arn),
        resource_is_editable: !key.is_managed(),
        endpoint: None,
        point: None,
        via_service: partition::via_services(action.service(), key.arn.region()).into_iter().next(),
    })
}

fn compose(
    question: &ActsQuestion,
    by: &Requester<'_>,
    decided: Decisions<'_>,
    ctx: &DecisionContext<'_>,
    assumed: Assumed,
) -> Answer {
    let Decisions { mut legs, fixes, further } = decided;
    let total = legs.iter().fold(further.open(), |total: Cond, leg| total.and(leg.allowed.clone()));
    let settled = settle(&mut legs, &total, ctx.facts.as_slice().into(), Detail::Whole);
    let name = by.short_name();
    let reason = match (settled.verdict, &settled.blocked) {
        (Verdict::Denied, _) => legs::denied(&legs).map_or_else(
            || match legs.len() {
                0 | 1 => format!("nothing lets {name} use {}", question.action),
                _ => "no request can meet the conditions of all legs at once".to_owned(),
            },
            |leg| reasons::denial(&name, leg),
        ),
        (_, Some(blocked)) => blocked.why.clone(),
        (Verdict::Conditional, None) => reasons::conditional(&settled.depends_on),
        (_, None) if legs.len() > 1 => reasons::all_allowed(&name, &legs),
        (_, None) => format!("the policies let {name} use {}", question.action),
    };
    let advice = further.row().map(|row| &row.advice).into_iter().flatten();
    let advice = advice.map(|row| Advice { action: row.action.clone(), text: row.why.clone() }).collect();
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
        advice,
        as_default: None,
    }
}
