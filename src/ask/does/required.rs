//! The authorizations of a read: those of the operation, and what the profile of a product requires besides.

use super::encryption::{Candidate, Facts};
use super::target::ResolvedRead;
use super::{kms, one_of, s3};
use crate::ask::GateVerdict;
use crate::ask::leg::{Decided, decide_leg};
use crate::ask::near::Surroundings;
use crate::ask::profile::Profile;
use crate::estate::{Assumed, EncryptionType};
use crate::eval::{Gate, Symbolic};
use crate::logic::Cond;
use crate::name::ActionName;
use crate::operation::{Forwarder, LegRow, On, Operation};
use crate::request::call::Call;
use crate::request::{Leg, Way};
use crate::service::{Other, Resource};

/// One authorization, and the key it is about where that is known.
pub(super) struct Required<'r, 'e> {
    row: &'static LegRow,
    action: ActionName,
    /// The keys of the object, for an authorization on them.
    keys: Option<&'r Facts<'e>>,
    /// The object is known to be encrypted under some key of KMS.
    is_under_kms: bool,
}

/// What a read takes, in the order that AWS asks for it. A requirement of the profile on something that the operation
/// asks for already is no second one.
pub(super) fn legs<'r, 'e>(
    read: &ResolvedRead<'e>,
    operation: &'static Operation,
    profile: &'static Profile,
    facts: &'r Facts<'e>,
) -> Vec<Required<'r, 'e>> {
    let own = |row: &&LegRow| !operation.legs.iter().any(|leg| leg.action == row.action && leg.on == row.on);
    let counts = |row: &&LegRow| match facts.kind() {
        Some(kind) => row.when.holds(kind),
        // How the object is encrypted is open: what only some objects need is part of that.
        None => row.when.holds(EncryptionType::None),
    };
    let rows = operation.legs.iter().chain(profile.require.iter().filter(own)).filter(counts);
    let with_version = read.question.version_id.is_some();
    rows.filter_map(|row| {
        let name = row.versioned.as_ref().filter(|_| with_version).unwrap_or(&row.action);
        let keys = (row.on == On::Key).then_some(facts);
        Some(Required { row, action: ActionName::new(name)?, keys, is_under_kms: facts.is_under_kms() })
    })
    .collect()
}

impl<'e> Required<'_, 'e> {
    /// The request, on one key where it is on the object's.
    fn call(
        &self,
        read: &ResolvedRead<'e>,
        key: Option<&Candidate<'e>>,
        assumed: &mut Assumed,
    ) -> Option<Call<'e>> {
        let known = s3::known(self.row.on, self.is_under_kms);
        let leg =
            Leg { request: self.request_name(), way: Way::Direct, known: &known, ..Leg::of(&self.action) };
        let build = |resource: &dyn Resource<'e>, assumed: &mut Assumed| {
            Call::build(&read.ctx, &read.requester, &leg, resource, assumed)
        };
        Some(match (self.row.on, self.row.via, key) {
            (On::Object, _, _) => build(&read.target, assumed),
            (On::Bucket, _, _) => build(&read.target.of_bucket(), assumed),
            (On::Key, Some(Forwarder::S3), Some(candidate)) => {
                kms::forwarded(read, &self.action, candidate, assumed)
            }
            (On::Key, None, Some(candidate)) => build(&candidate.key, assumed),
            (On::Key, _, None) => return None,
            (On::Any, _, _) => build(&Other::new("*", read.caller().account), assumed),
        })
    }
}

impl<'e> Required<'_, 'e> {
    /// What it is asked on.
    pub(super) fn on(&self) -> On {
        self.row.on
    }

    /// A service makes the request.
    pub(super) fn is_forwarded(&self) -> bool {
        self.row.via.is_some()
    }

    /// Requests of one read keep their own keys apart by this name.
    fn request_name(&self) -> &'static str {
        match (self.row.on, self.row.via) {
            (On::Object, _) => "s3",
            (On::Key, Some(Forwarder::S3)) => "kms",
            (On::Bucket | On::Key | On::Any, _) => &self.row.action,
        }
    }

    /// When the request works.
    pub(super) fn works(&self, read: &ResolvedRead<'e>) -> Cond {
        let outcome = |key: Option<&Candidate<'e>>| {
            let unread = &mut Assumed::default();
            match self.call(read, key, unread) {
                Some(call) if call.blocked.is_some() => (call.decide(&mut Symbolic).allowed, true),
                Some(call) => (call.works(), false),
                None => (Cond::Known(true), false),
            }
        };
        let alone = |(works, blocked): (Cond, bool)| if blocked { Cond::Known(false) } else { works };
        match self.keys {
            Some(Facts::Key(_, candidate)) => alone(outcome(Some(candidate))),
            Some(Facts::OneOf(_, candidates)) => {
                one_of::works(read, candidates, &|candidate| outcome(Some(candidate)))
            }
            Some(Facts::Without(_) | Facts::NotProvided) | None => alone(outcome(None)),
        }
    }

    /// The whole leg, and the key whose documents changes of it belong to.
    pub(super) fn decide(
        &self,
        read: &ResolvedRead<'e>,
        assumed: &mut Assumed,
    ) -> Option<(Decided, Option<&Candidate<'e>>)> {
        let one = |key: Option<&Candidate<'e>>, assumed: &mut Assumed| {
            let call = self.call(read, key, assumed)?;
            call.note_session_tags(&read.ctx, assumed);
            let notes = |gate: Gate, verdict: GateVerdict| self.note(read, key, gate, verdict);
            let around = Surroundings {
                estate: read.estate(),
                elsewhere: self
                    .is_forwarded()
                    .then(|| read.target.bucket.policy.provided()?.as_ref())
                    .flatten(),
            };
            Some(decide_leg(&call, &notes, read.given(), (!read.probe).then_some(around)))
        };
        match self.keys {
            Some(Facts::Key(_, candidate)) => Some((one(Some(candidate), assumed)?, Some(candidate))),
            Some(Facts::OneOf(_, candidates)) => {
                let decided = one_of::decide(read, candidates, assumed, &|candidate, assumed| {
                    one(Some(candidate), assumed)
                })?;
                Some((decided, Some(&candidates.first)))
            }
            Some(Facts::Without(_) | Facts::NotProvided) | None => Some((one(None, assumed)?, None)),
        }
    }

    fn note(
        &self,
        read: &ResolvedRead<'e>,
        key: Option<&Candidate<'e>>,
        gate: Gate,
        verdict: GateVerdict,
    ) -> Option<String> {
        match (self.row.on, key) {
            (On::Key, Some(candidate)) => kms::note(read, candidate, gate, verdict),
            (On::Object | On::Bucket, _) => s3::note(read, gate, verdict),
            (On::Key | On::Any, _) => (gate == Gate::Identity && verdict == GateVerdict::Denied)
                .then(|| format!("no identity-based policy of {} allows it", read.requester.short_name())),
        }
    }
}
