//! The authorizations of a question about objects: those of the operation, those of the service that does it, and what
//! the profile of a product requires besides.

use super::encryption::{Candidate, Facts};
use super::header::Headers;
use super::target::{ResolvedRead, Standing};
use super::{kms, one_of, replica, s3};
use crate::ask::GateVerdict;
use crate::ask::leg::{Briefly, Decided, decide_leg};
use crate::ask::near::Surroundings;
use crate::ask::profile::Profile;
use crate::estate::{Assumed, EncryptionType};
use crate::eval::{Gate, Given, Symbolic};
use crate::logic::Cond;
use crate::name::{ActionName, Arn};
use crate::operation::{AwsService, Forwarder, LegRow, Of, On, Operation, When};
use crate::request::call::{Call, SharedCaller};
use crate::request::{Leg, Way};
use crate::service::{Other, Resource};
use crate::work;

/// One object of a question, and how it is encrypted.
pub(super) struct Side<'e> {
    pub(super) read: ResolvedRead<'e>,
    pub(super) facts: Facts<'e>,
}

/// One authorization, and the key it is about where that is known.
pub(super) struct Required<'r, 'e> {
    row: &'static LegRow,
    action: ActionName,
    /// The object that it is about.
    pub(super) read: &'r ResolvedRead<'e>,
    /// The keys of the object, for an authorization on them.
    keys: Option<&'r Facts<'e>>,
    /// The object is known to be encrypted under some key of KMS.
    is_under_kms: bool,
    /// The object that a copy is made of, in the request that makes it.
    copied: Option<&'r ResolvedRead<'e>>,
    /// What the caller brings to each request. It is the same for every key.
    caller: SharedCaller,
}

/// What it takes, in the order that AWS asks for it. A requirement of the profile on something that the operation
/// asks for already is no second one.
pub(super) fn legs<'r, 'e>(
    sides: &'r [Side<'e>],
    operation: &'static Operation,
    profile: &'static Profile,
) -> Vec<Required<'r, 'e>> {
    let Some(first) = sides.first() else { return Vec::new() };
    let own = |row: &&LegRow| !operation.legs.iter().any(|leg| leg.action == row.action && leg.on == row.on);
    let reads = first.read.question.doing.is_read();
    let of_profile = profile.require.iter().filter(|_| reads).filter(own);
    let of_service =
        AwsService::find(&first.read.caller().name).filter(|_| first.read.question.doing.is_delivery());
    let of_service = of_service.into_iter().flat_map(|service| &service.legs).filter(own);
    let with_version = first.read.question.version_id.is_some();
    let rows = operation.legs.iter().chain(of_profile).chain(of_service);
    rows.filter_map(|row| {
        let side = side(sides, row.of)?;
        if !counts(row, side, first) {
            return None;
        }
        let name = row.versioned.as_ref().filter(|_| with_version).unwrap_or(&row.action);
        let keys = (row.on == On::Key).then_some(&side.facts);
        Some(Required {
            row,
            action: ActionName::new(name)?,
            read: &side.read,
            keys,
            is_under_kms: side.facts.is_under_kms(),
            copied: (row.of == Of::Destination).then_some(&first.read),
            caller: SharedCaller::default(),
        })
    })
    .collect()
}

fn side<'r, 'e>(sides: &'r [Side<'e>], of: Of) -> Option<&'r Side<'e>> {
    match of {
        Of::Source => sides.first(),
        Of::Destination => sides.get(1),
    }
}

/// The object has tags, and the request does not replace them.
fn takes_tags(source: &ResolvedRead<'_>) -> bool {
    let replaces = match source.question.circumstances.header("x-amz-tagging-directive") {
        Some(Given::Values(values)) => values.iter().any(|value| value.eq_ignore_ascii_case("REPLACE")),
        Some(Given::Absent) | None => false,
    };
    let tags = source.object().and_then(|object| object.tags.provided());
    !replaces && tags.is_some_and(|tags| !tags.is_empty())
}

/// Whether S3 asks for it, for objects so encrypted in a request with these headers.
fn counts(row: &LegRow, side: &Side<'_>, first: &Side<'_>) -> bool {
    let circumstances = &side.read.question.circumstances;
    let is_sent = |header: &String| matches!(circumstances.header(header), Some(Given::Values(_)));
    if row.header.as_ref().is_some_and(|headers| !headers.names().iter().any(is_sent)) {
        return false;
    }
    // How the object is encrypted is open: what only some objects need is part of that.
    let kind = |side: &Side<'_>| side.facts.kind().unwrap_or(EncryptionType::None);
    match row.when {
        When::Always | When::Kms => row.when.holds(kind(side)),
        When::SourceKms => kind(first).uses_kms() && kind(side).uses_kms(),
        When::SourceNotKms => !kind(first).uses_kms() && kind(side).uses_kms(),
        When::BucketKey => side.facts.has_bucket_key(),
        When::OwnerOverride => replica::changes_owner(&side.read),
        When::Tagged => takes_tags(&first.read),
        When::NotTagged => !takes_tags(&first.read),
    }
}

impl<'e> Required<'_, 'e> {
    /// The request, on one key where it is on the object's.
    fn call(&self, key: Option<&Candidate<'e>>, assumed: &mut Assumed) -> Option<Call<'e>> {
        let read = self.read;
        let known = s3::known(read, &self.action, self.row.on, self.is_under_kms, self.copied);
        let known = s3::borrowed(&known);
        let leg =
            Leg { request: self.request_name(), way: Way::Direct, known: &known, ..Leg::of(&self.action) };
        let build = |resource: &dyn Resource<'e>, assumed: &mut Assumed| {
            self.caller.call(&read.ctx, &read.requester, &leg, resource, assumed)
        };
        Some(match (self.row.on, self.row.via, key) {
            (On::Object, _, _) => build(&read.target, assumed),
            (On::Bucket, _, _) => build(&read.target.of_bucket(), assumed),
            (On::Key, Some(Forwarder::S3), Some(candidate)) => {
                kms::forwarded(read, &self.caller, &self.action, candidate, self.request_name(), assumed)
            }
            (On::Key, None, Some(candidate)) => build(&candidate.key, assumed),
            // No other service keeps objects.
            (On::Key, Some(Forwarder::SecretsManager | Forwarder::Sqs), _) | (On::Key, _, None) => {
                return None;
            }
            (On::Any, _, _) => build(&Other::new("*", read.caller().account), assumed),
        })
    }
}

impl<'e> Required<'_, 'e> {
    /// What it is asked on.
    pub(super) fn on(&self) -> On {
        self.row.on
    }

    /// The headers of the request, where it makes an object and they are not known.
    pub(super) fn headers(&self) -> Option<Headers> {
        let makes = self.row.on == On::Object && self.read.standing == Standing::Made;
        let call = makes.then(|| self.call(None, &mut Assumed::default())).flatten()?;
        Headers::of(self.read, &call.context)
    }

    /// It is about the KMS key of an object that the request makes.
    pub(super) fn is_on_key_of_upload(&self) -> bool {
        self.row.on == On::Key && self.read.standing == Standing::Made
    }

    /// A service makes the request.
    pub(super) fn is_forwarded(&self) -> bool {
        self.row.via.is_some()
    }

    /// Requests of one read keep their own keys apart by this name.
    fn request_name(&self) -> &'static str {
        match (self.row.on, self.row.via, self.row.of) {
            // A copy is one request.
            (On::Object, _, _) => "s3",
            (On::Key, Some(Forwarder::S3), Of::Source) => "kms",
            (On::Key, Some(Forwarder::S3), Of::Destination) => "kms of the destination",
            (On::Bucket | On::Key | On::Any, _, _) => &self.row.action,
        }
    }

    /// When policies let the request pass, and whether something else stops it.
    pub(super) fn outcome(&self) -> (Cond, bool) {
        let of_call = |call: &Call<'e>| match call.blocked.is_some() {
            true => (call.decide(&mut Symbolic).allowed, true),
            false => (call.works(), false),
        };
        let outcome = |key: Option<&Candidate<'e>>| {
            let call = self.call(key, &mut Assumed::default());
            call.map_or((Cond::Known(true), false), |call| of_call(&call))
        };
        match self.keys {
            Some(Facts::Key(_, candidate)) => outcome(Some(candidate)),
            Some(Facts::OneOf(_, candidates)) => {
                let mut twins = Twins::default();
                one_of::outcome(self.read, candidates, &mut |candidate| {
                    let found = twins.outcome(candidate, || {
                        let call = self.call(Some(candidate), &mut Assumed::default())?;
                        Some((of_call(&call), call.asks_for_encryption_context()))
                    });
                    found.unwrap_or((Cond::Known(true), false))
                })
            }
            Some(Facts::Without(_) | Facts::NotProvided) | None => outcome(None),
        }
    }

    /// The whole leg, and the key whose documents changes of it belong to.
    pub(super) fn decide(&self, assumed: &mut Assumed) -> Option<(Decided, Option<&Candidate<'e>>)> {
        let read = self.read;
        let one = |key: Option<&Candidate<'e>>, assumed: &mut Assumed| {
            let call = self.call(key, assumed)?;
            call.note_session_tags(&read.ctx, assumed);
            let notes = |gate: Gate, verdict: GateVerdict| self.note(key, gate, verdict);
            let around = Surroundings {
                estate: read.estate(),
                elsewhere: self
                    .is_forwarded()
                    .then(|| read.target.bucket.policy.provided()?.as_ref())
                    .flatten(),
            };
            let mut decided = decide_leg(&call, &notes, read.given(), (!read.probe).then_some(around));
            if self.row.on == On::Key
                && let Some(called) = key.and_then(|candidate| candidate.key.called.as_ref())
            {
                decided.leg.resource.clone_from(called);
            }
            decided.note_grant(assumed);
            Some(decided)
        };
        match self.keys {
            Some(Facts::Key(_, candidate)) => Some((one(Some(candidate), assumed)?, Some(candidate))),
            Some(Facts::OneOf(_, candidates)) => {
                let (mut twins, mut briefly) = (Twins::default(), Briefly::new(read.given()));
                let decided = one_of::decide(
                    read,
                    candidates,
                    assumed,
                    &|candidate, assumed| one(Some(candidate), assumed),
                    &mut |candidate| {
                        twins.outcome(candidate, || {
                            let call = self.call(Some(candidate), &mut Assumed::default())?;
                            Some((briefly.decide(&call), call.asks_for_encryption_context()))
                        })
                    },
                )?;
                Some((decided, Some(&candidates.first)))
            }
            Some(Facts::Without(_) | Facts::NotProvided) | None => Some((one(None, assumed)?, None)),
        }
    }

    fn note(&self, key: Option<&Candidate<'e>>, gate: Gate, verdict: GateVerdict) -> Option<String> {
        let read = self.read;
        match (self.row.on, key) {
            (On::Key, Some(candidate)) => kms::note(read, candidate, gate, verdict),
            (On::Object | On::Bucket, _) => s3::note(read, gate, verdict),
            (On::Key | On::Any, _) => (gate == Gate::Identity && verdict == GateVerdict::Denied)
                .then(|| format!("no identity-based policy of {} allows it", read.requester.short_name())),
        }
    }
}

/// The two Bucket Key settings of one key, one behind the other: they differ in the encryption context alone, and come to
/// the same where nothing asks for it.
struct Twins<T>(Option<(Arn, T)>);

impl<T> Default for Twins<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Clone> Twins<T> {
    /// What a candidate comes to; `decide` says as well whether that depends on the encryption context.
    fn outcome(
        &mut self,
        candidate: &Candidate<'_>,
        decide: impl FnOnce() -> Option<(T, bool)>,
    ) -> Option<T> {
        if let Some((key, outcome)) = &self.0
            && *key == candidate.key.arn
        {
            return Some(outcome.clone());
        }
        work::did(1);
        let (outcome, asks) = decide()?;
        self.0 = (!asks).then(|| (candidate.key.arn.clone(), outcome.clone()));
        Some(outcome)
    }
}
