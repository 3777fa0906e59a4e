//! Which rules of AWS decided an answer, the most important first; each has a page (`decryptable explain R69`).

use super::{Answer, Block, Denial, GateReading, GateVerdict, Leg, Subject, Verdict};
use crate::eval::Gate;
use crate::logic::FactId;

/// The rules behind an answer.
pub fn rules(answer: &Answer) -> Vec<&'static str> {
    let mut out = Vec::new();
    let mut add = |rule: &'static str| {
        if !out.contains(&rule) {
            out.push(rule);
        }
    };
    answer.blocked_by.map(blocked).into_iter().for_each(&mut add);
    let decides = |leg: &&Leg| match answer.verdict {
        Verdict::Denied | Verdict::Conditional => leg.verdict == answer.verdict,
        Verdict::Allowed | Verdict::Blocked | Verdict::Unsupported => true,
    };
    for leg in answer.legs.iter().filter(decides) {
        let mut readings: Vec<&GateReading> = deciding(leg).collect();
        // A statement that was meant says more than that there is none.
        readings.sort_by_key(|reading| !reading.near.first().is_some_and(|near| near.leads()));
        for reading in readings {
            let near = reading.near.first().filter(|near| near.leads());
            let causes = near.into_iter().flat_map(|near| &near.misses).filter_map(|miss| miss.cause);
            causes.flat_map(|cause| cause.rules()).for_each(&mut add);
            if reading.denial == Some(Denial::Explicit) {
                add("R62");
            }
            add(of_gate(reading.gate, leg, &answer.subject));
        }
    }
    let encryption = |id: &FactId| matches!(id, FactId::ObjectEncryption(_) | FactId::ObjectKey(_));
    if answer.depends_on.iter().any(|unknown| unknown.fact.as_ref().is_some_and(encryption)) {
        add("R105");
    }
    if answer.verdict == Verdict::Allowed && matches!(answer.subject, Subject::Read { .. }) {
        add(if answer.legs.len() > 1 { "R1" } else { "R6" });
    }
    if let Subject::Operation { operation, .. } = &answer.subject {
        of_operation(operation).into_iter().for_each(add);
    }
    out
}

/// What AWS asks for an operation.
fn of_operation(name: &str) -> Option<&'static str> {
    Some(match name {
        "write" | "multipart" => "R145",
        "copy" => "R146",
        "list" | "delete" => "R147",
        "replicate" => "R112",
        "deliver" => "R148",
        _ => return None,
    })
}

/// The gates that make a leg what it is.
fn deciding(leg: &Leg) -> impl Iterator<Item = &GateReading> {
    let explicit = leg.gates.iter().any(|g| g.denial == Some(Denial::Explicit));
    leg.gates.iter().filter(move |reading| match leg.verdict {
        Verdict::Denied if explicit => reading.denial == Some(Denial::Explicit),
        Verdict::Denied => reading.verdict == GateVerdict::Denied,
        Verdict::Conditional => reading.verdict == GateVerdict::Conditional,
        // The side of the resource says most about an access that is given.
        Verdict::Allowed | Verdict::Blocked | Verdict::Unsupported => {
            matches!(reading.gate, Gate::Identity | Gate::Resource | Gate::Grant)
                && reading.verdict == GateVerdict::Allowed
        }
    })
}

fn of_gate(gate: Gate, leg: &Leg, subject: &Subject) -> &'static str {
    let (same, service) = (leg.same_account, leg.action.split(':').next());
    match gate {
        Gate::Boundary => "R72",
        Gate::Session => "R73",
        Gate::Scp => "R75",
        Gate::Rcp => "R78",
        Gate::Grant if !same => "R84",
        Gate::Grant => "R81",
        Gate::Endpoint => "R85",
        Gate::Ownership => "R100",
        Gate::PublicAccess => "R102",
        Gate::Identity | Gate::Resource => match (service, same, subject) {
            (Some("kms"), true, _) => "R67",
            (Some("kms"), false, _) => "R69",
            (Some("sts"), _, Subject::Assume { by, .. }) if by.starts_with("service:") => "R120",
            (Some("sts"), _, Subject::Assume { by, .. }) if by.starts_with("federated:") => "R121",
            (Some("sts"), true, _) => "R116",
            (Some("sts"), false, _) => "R117",
            (Some("s3"), true, _) => "R64",
            (_, true, _) => "R63",
            (_, false, _) => "R66",
        },
    }
}

fn blocked(block: Block) -> &'static str {
    match block {
        Block::KeyState => "R92",
        Block::Archived => "R110",
        Block::Region => "R95",
        Block::KeyType => "R93",
        Block::Replication => "R112",
        Block::RequesterPays => "R109",
        Block::Encryption => "R145",
        Block::Acl => "R100",
    }
}
