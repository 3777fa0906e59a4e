//! Can this role read this object, or do something else with it? The authorizations of the operation joined, with
//! everything that is not a policy (R1–R115, R133, R134, R142–R148).

mod as_default;
mod delivery;
mod documents;
mod encryption;
mod header;
mod judge;
mod kms;
mod many;
mod new_object;
mod one_of;
mod reached;
mod replica;
mod requests;
mod required;
mod s3;
mod target;
mod untold;

use std::sync::Arc;

use super::confirm::{confirmed, told};
use super::profile::{self, Profile};
use super::short_answer::{Outcome, ShortAnswer};
use super::{Answer, AskError, DoesQuestion, Subject, Verdict, Witness};
use crate::diagnostic::did_you_mean;
use crate::estate::{Estate, ObjectUri};
use crate::logic::{Assignment, Cond};
use crate::request::{DecisionContext, Requester};
pub(in crate::ask) use as_default::as_default;
pub(in crate::ask) use reached::{Reached, keys_reached, reached};
pub(in crate::ask) use requests::{Requests, requests};

pub use crate::service::OBJECT_KEY;
use target::ResolvedRead;
pub(in crate::ask) use target::{bucket_of, point_called};
pub(in crate::ask) use untold::WithUntold;

/// Answer one question.
pub(super) fn read(estate: &Estate, question: &DoesQuestion) -> Result<Answer, AskError> {
    let profile = find_profile(question)?;
    let read = ResolvedRead::find(estate, question)?;
    if let Some(why) = out_of_scope(&read) {
        return Ok(unsupported(&read, profile, why));
    }
    let mut answer = many::answer(&read, profile);
    answer.witness =
        confirmed(answer.witness, &answer.legs, &|keys| works_when(estate, &with(question, keys)).ok());
    super::symbols::explain(estate, &mut answer.depends_on);
    Ok(answer)
}

/// The same question, of the request that a witness tells.
fn with(question: &DoesQuestion, keys: &Assignment) -> DoesQuestion {
    let mut asked = DoesQuestion { circumstances: told(&question.circumstances, keys), ..question.clone() };
    let key =
        keys.iter().find(|(name, _)| name == OBJECT_KEY).and_then(|(_, values)| values.as_ref()?.first());
    if let Some(key) = key {
        asked.object = ObjectUri::of(asked.object.bucket, key);
    }
    asked
}

/// When a read works, as a formula: what nothing but policies and facts of the estate decide is settled in it.
pub(in crate::ask) fn works_when(estate: &Estate, question: &DoesQuestion) -> Result<Cond, AskError> {
    let profile = find_profile(question)?;
    let read = ResolvedRead::find(estate, question)?;
    Ok(works(&read, profile))
}

/// When somebody in particular can read, whomever the question names; nobody can by means that are not judged.
pub(in crate::ask) fn works_for<'e>(
    ctx: &Arc<DecisionContext<'e>>,
    question: &'e DoesQuestion,
    requester: Requester<'e>,
) -> Result<Cond, AskError> {
    let profile = find_profile(question)?;
    Ok(works(&ResolvedRead::of(ctx, question, requester)?, profile))
}

fn works(read: &ResolvedRead<'_>, profile: &'static Profile) -> Cond {
    if out_of_scope(read).is_some() {
        return Cond::Known(false);
    }
    many::works(read, profile)
}

/// The whole answer for somebody in particular.
pub(in crate::ask) fn read_for<'e>(
    ctx: &Arc<DecisionContext<'e>>,
    question: &'e DoesQuestion,
    requester: Requester<'e>,
) -> Result<Answer, AskError> {
    let profile = find_profile(question)?;
    let read = ResolvedRead { probe: true, ..ResolvedRead::of(ctx, question, requester)? };
    if let Some(why) = out_of_scope(&read) {
        return Ok(unsupported(&read, profile, why));
    }
    Ok(many::answer(&read, profile))
}

/// The verdict for somebody in particular, and when it works: what the whole answer says, without the reasons.
pub(in crate::ask) fn short_for<'e>(
    ctx: &Arc<DecisionContext<'e>>,
    question: &'e DoesQuestion,
    requester: Requester<'e>,
) -> Result<ShortAnswer, AskError> {
    let profile = find_profile(question)?;
    let read = ResolvedRead::of(ctx, question, requester)?;
    if out_of_scope(&read).is_some() {
        return Ok(Outcome::unsupported().settled(read.given()));
    }
    Ok(many::short(&read, profile))
}

fn find_profile(question: &DoesQuestion) -> Result<&'static Profile, AskError> {
    profile::find(&question.profile).ok_or_else(|| AskError::Profile {
        name: question.profile.clone(),
        near: did_you_mean(&question.profile, profile::names())
            .or_else(|| Some(format!("profiles are {}", profile::names().collect::<Vec<_>>().join(", ")))),
    })
}

/// Kinds of buckets with rules of their own, which nobody should guess at (R114, R115).
fn out_of_scope(read: &ResolvedRead<'_>) -> Option<&'static str> {
    let to = read.to.as_ref().and_then(|to| out_of_scope(to));
    to.or_else(|| not_judged(&read.target.bucket.name))
}

/// The same of one bucket, by its name.
pub(in crate::ask) fn not_judged(name: &str) -> Option<&'static str> {
    if name.ends_with("--x-s3") {
        Some("a directory bucket is read through s3express:CreateSession, which is not judged here")
    } else if name.ends_with("--table-s3") {
        Some("a table bucket is read through the s3tables actions, which are not judged here")
    } else {
        None
    }
}

fn unsupported(read: &ResolvedRead<'_>, profile: &Profile, why: &str) -> Answer {
    Answer {
        subject: subject(read, profile),
        verdict: Verdict::Unsupported,
        denial: None,
        blocked_by: None,
        reason: why.to_owned(),
        legs: Vec::new(),
        conditions: None,
        witness: Witness::default(),
        depends_on: Vec::new(),
        assumptions: Vec::new(),
        by_key: Vec::new(),
        fix: Vec::new(),
        advice: Vec::new(),
        as_default: None,
    }
}

fn subject(read: &ResolvedRead<'_>, profile: &Profile) -> Subject {
    let doing = &read.question.doing;
    if doing.is_read() {
        return Subject::Read {
            role: read.requester.name(),
            object: read.question.object.clone(),
            profile: profile.name.clone(),
        };
    }
    Subject::Operation {
        by: read.requester.name(),
        operation: doing.operation.clone(),
        targets: doing.targets(&read.question.object),
    }
}
