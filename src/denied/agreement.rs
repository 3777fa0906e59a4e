//! What the files say of a refusal: the same, something else, or nothing of it.

use crate::ask::{Answer, Block, GateReading, GateVerdict, Leg as AnsweredLeg, Verdict};
use crate::eval::Gate;
use crate::logic::UnknownKind;
use crate::service::document_name;

use super::refusal::{Leg, Obstacle, Reason, Refusal};

/// How an answer compares with what AWS said.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// Denied where the message says.
    Same,
    /// Denied, and not, or not only, where the message says.
    Elsewhere,
    /// Stopped by something that is no policy.
    Blocked,
    /// It depends.
    Open,
    /// The files allow what AWS refused.
    Allowed,
    /// Not judged.
    Unsupported,
}

impl Agreement {
    /// The word used in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Elsewhere => "elsewhere",
            Self::Blocked => "blocked",
            Self::Open => "open",
            Self::Allowed => "allowed",
            Self::Unsupported => "unsupported",
        }
    }
}

/// The comparison, and a sentence on it.
pub fn compare(refusal: &Refusal, answer: &Answer) -> (Agreement, String) {
    match answer.verdict {
        Verdict::Denied => denied(refusal, answer),
        Verdict::Blocked => blocked(refusal, answer),
        Verdict::Conditional => open(refusal, answer),
        Verdict::Allowed => (Agreement::Allowed, allowed(refusal)),
        Verdict::Unsupported => {
            (Agreement::Unsupported, "the files tell of encryption that is not judged".to_owned())
        }
    }
}

/// What a conditional answer says of a refusal depends on what it hangs on.
fn open(refusal: &Refusal, answer: &Answer) -> (Agreement, String) {
    // The gate that the message names is shut, whatever the others say.
    let named = answer.legs.iter().filter(|leg| is_asked(refusal, leg)).find_map(|leg| {
        let gate = leg.gates.iter().find(|gate| Some(gate.gate) == refusal.reason.gate())?;
        (is_shut(gate) && gate.denial == refusal.reason.denial()).then(|| place(leg, gate.gate))
    });
    if let Some(named) = named {
        return (
            Agreement::Same,
            format!("the files say the same of {named}: it does not let the request pass; the rest depends"),
        );
    }
    let says = if answer.depends_on.iter().all(|unknown| unknown.kind == UnknownKind::ContextKey) {
        "by the files it depends on the request: where AWS has the same policies, the refused one is among those that the \
         conditions below leave out"
    } else {
        "the files do not decide it: either the refused request lacks one of the conditions below, or something that was not \
         provided refuses it"
    };
    (Agreement::Open, says.to_owned())
}

fn is_asked(refusal: &Refusal, leg: &AnsweredLeg) -> bool {
    refusal.action.as_deref().is_none_or(|action| action.eq_ignore_ascii_case(&leg.action))
}

fn denied(refusal: &Refusal, answer: &Answer) -> (Agreement, String) {
    let shut = |leg: &AnsweredLeg| {
        leg.gates.iter().filter(|gate| is_shut(gate)).map(|gate| gate.gate).collect::<Vec<_>>()
    };
    let asked = |leg: &&AnsweredLeg| is_asked(refusal, leg);
    let refused = answer.legs.iter().filter(|leg| leg.verdict == Verdict::Denied);
    let here = refused.filter(asked).any(|leg| {
        let told = (refusal.reason.gate(), refusal.reason.denial());
        told.0.is_none_or(|gate| shut(leg).contains(&gate)) && (told.1.is_none() || told.1 == leg.denial)
    });
    let places = || {
        let of = |leg: &AnsweredLeg| {
            let gates: Vec<String> = shut(leg).into_iter().map(|gate| place(leg, gate)).collect();
            format!("{} by {}", leg.action, gates.join(" and "))
        };
        let legs: Vec<String> =
            answer.legs.iter().filter(|leg| leg.verdict == Verdict::Denied).map(of).collect();
        legs.join(", ")
    };
    if here {
        return (Agreement::Same, format!("the files say the same: they deny {}", places()));
    }
    let is_kms = refusal.leg() == Some(Leg::Kms);
    let s3_denies =
        answer.legs.iter().any(|leg| leg.action.starts_with("s3:") && leg.verdict == Verdict::Denied);
    if is_kms && s3_denies {
        let says = format!(
            "the files deny it elsewhere: {}. KMS is asked only when S3 has said yes, so that the files do not have what AWS has there",
            places()
        );
        return (Agreement::Elsewhere, says);
    }
    let says = format!(
        "the files deny it elsewhere: {}. AWS names one type of policy even where several refuse, so this is to be changed \
         too; where the message names another one, the files do not have it as AWS has",
        places()
    );
    (Agreement::Elsewhere, says)
}

fn blocked(refusal: &Refusal, answer: &Answer) -> (Agreement, String) {
    let told = match refusal.reason {
        Reason::Other(Obstacle::KeyDisabled | Obstacle::KeyState) => Some(Block::KeyState),
        Reason::Other(Obstacle::Archived) => Some(Block::Archived),
        Reason::Other(_)
        | Reason::Setup(_)
        | Reason::Missing(_)
        | Reason::Explicit(_)
        | Reason::KeyOutOfSight
        | Reason::PublicAccessBlock(_)
        | Reason::NoAccessGrant
        | Reason::LakeFormation
        | Reason::NotSaid
        | Reason::Bare => None,
    };
    if told.is_some() && told == answer.blocked_by {
        return (Agreement::Same, "the files say the same".to_owned());
    }
    (Agreement::Blocked, "the files have the permissions, and something else that stops the read".to_owned())
}

/// A gate as its owner calls it.
fn place(leg: &AnsweredLeg, gate: Gate) -> String {
    let name = document_name(gate, &leg.action, &leg.resource);
    if matches!(gate, Gate::Ownership | Gate::PublicAccess) { name.to_owned() } else { format!("the {name}") }
}

fn is_shut(gate: &GateReading) -> bool {
    gate.verdict == GateVerdict::Denied
}

fn allowed(refusal: &Refusal) -> String {
    let place = match refusal.reason.gate() {
        Some(Gate::Scp) => {
            "the service control policies that were supplied, if any, are not those of the account"
        }
        Some(Gate::Rcp) => {
            "the resource control policies that were supplied, if any, are not those of the account"
        }
        Some(Gate::Boundary) => "the boundary that was supplied, if any, is not the role's",
        Some(Gate::Session) => {
            "a session policy was passed that the question does not know: --session-policy of `can`"
        }
        Some(Gate::Endpoint) => {
            "the endpoint policy that was supplied, if any, is not the one the request met"
        }
        Some(Gate::Identity | Gate::Resource | Gate::Grant | Gate::Ownership | Gate::PublicAccess) | None => {
            "AWS has another version of a policy, or the request was another one"
        }
    };
    format!(
        "by the files it is allowed, and AWS refused it: {place}; the assumptions below are what else may be wrong"
    )
}
