//! What several formats say with the same words: verdicts and gates, who is counted how, and what steps and standings
//! are called.

use std::collections::{BTreeMap, BTreeSet};

use crate::ask::{
    AccessEdge, AccessGraph, AccessPath, AccessSubject, Answer, Layer, Leg, NodeKind, Standing, Subject,
    Verdict,
};
use crate::eval::Gate;
use crate::finding::{Outcome, Report};
use crate::service::document_name;
use crate::source::SourceMap;

/// Principals, each counted once.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Who can, with nothing changed first.
    pub(super) today: usize,
    /// Of these, in one step.
    pub(super) direct: usize,
    /// Of these, under a condition on each way.
    pub(super) conditional: usize,
    /// Of these, from another organization or from none.
    pub(super) outside: usize,
    /// Who can only after changing something.
    pub(super) could: usize,
}

impl Counts {
    pub(super) fn of(map: &AccessGraph) -> Self {
        // By principal: in one step, without a condition.
        let mut today: BTreeMap<usize, (bool, bool)> = BTreeMap::new();
        let mut could = BTreeSet::new();
        for path in &map.paths {
            let Some(start) = start(map, path) else { continue };
            match map.layer(path) {
                Layer::Today => {
                    let (direct, firm) = today.entry(start).or_default();
                    *direct |= path.edges.len() == 1;
                    *firm |= path.verdict == Verdict::Allowed;
                }
                Layer::Could => {
                    could.insert(start);
                }
            }
        }
        let outside = |at: &&usize| map.nodes.get(**at).is_some_and(|n| n.standing == Standing::Outside);
        Self {
            today: today.len(),
            direct: today.values().filter(|(direct, _)| *direct).count(),
            conditional: today.values().filter(|(_, firm)| !*firm).count(),
            outside: today.keys().filter(outside).count(),
            could: could.iter().filter(|at| !today.contains_key(at)).count(),
        }
    }

    /// `12 principals can assume IAM_CLUSTER: 3 directly, 9 by assuming other roles; 2 of them from outside the organization`.
    pub(super) fn sentence(self, subject: &AccessSubject) -> String {
        let what = action_phrase(subject);
        let who = match (self.today, by(subject)) {
            (0, Some(by)) => return format!("{by} cannot {what}{}", self.takeovers()),
            (0, None) => return format!("no principal can {what}{}", self.takeovers()),
            (1, Some(by)) => by.to_owned(),
            (n, _) => count(n, "principal"),
        };
        let via = self.today - self.direct;
        let how = match (self.direct, via) {
            (_, 0) => " directly".to_owned(),
            (0, _) => " by assuming other roles".to_owned(),
            (direct, via) => format!(": {direct} directly, {via} by assuming other roles"),
        };
        let mut text = format!("{who} can {what}{how}");
        // After a list of ways a semicolon shows that what follows is about all of them.
        let mut comma = if self.direct > 0 && via > 0 { "; " } else { ", " };
        for (some, what) in
            [(self.conditional, "conditionally"), (self.outside, "from outside the organization")]
        {
            if some > 0 {
                text += comma;
                comma = ", ";
                text += &if some == self.today { what.to_owned() } else { format!("{some} of them {what}") };
            }
        }
        text + &self.takeovers()
    }

    fn takeovers(self) -> String {
        match self.could {
            0 => String::new(),
            1 => "; 1 more could by a takeover".to_owned(),
            n => format!("; {n} more could by a takeover"),
        }
    }
}

fn start(map: &AccessGraph, path: &AccessPath) -> Option<usize> {
    map.edges.get(*path.edges.first()?).map(|edge| edge.from)
}

fn by(subject: &AccessSubject) -> Option<&str> {
    match subject {
        AccessSubject::Trust { by, .. } => by.as_deref(),
        AccessSubject::Read { .. } | AccessSubject::Action { .. } | AccessSubject::Operation { .. } => None,
    }
}

/// What a principal of the map can do: `assume IAM_CLUSTER`.
pub(super) fn action_phrase(subject: &AccessSubject) -> String {
    match subject {
        AccessSubject::Trust { role: Some(role), .. } => format!("assume {}", short(role)),
        AccessSubject::Trust { role: None, .. } => "assume a role".to_owned(),
        AccessSubject::Read { object, profile } if profile == "s3-read" => format!("read {object}"),
        AccessSubject::Read { object, profile } => format!("read {object} (profile {profile})"),
        AccessSubject::Action { action, resource } => format!("do {action} on {resource}"),
        AccessSubject::Operation { operation, targets } if operation == "multipart" => {
            format!("write {} in parts", targets.join(" to "))
        }
        AccessSubject::Operation { operation, targets } => format!("{operation} {}", targets.join(" to ")),
    }
}

/// `Who can assume IAM_CLUSTER`.
pub(super) fn title(subject: &AccessSubject) -> String {
    match by(subject) {
        Some(by) => format!("How {} can {}", short(by), action_phrase(subject)),
        None => format!("Who can {}", action_phrase(subject)),
    }
}

/// The name at the end of an ARN.
fn short(name: &str) -> &str {
    let name = name.strip_prefix("service:").or_else(|| name.strip_prefix("federated:")).unwrap_or(name);
    if name.starts_with("arn:") { name.rsplit([':', '/']).next().unwrap_or(name) } else { name }
}

pub(super) fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::SameAccount => "the same account",
        Standing::SameOrganization => "the same organization",
        Standing::Outside => "outside the organization",
        Standing::NotProvided => "organization unknown",
    }
}

/// Who is farthest away comes first.
pub(super) fn remoteness(standing: Standing) -> u8 {
    match standing {
        Standing::Outside => 0,
        Standing::NotProvided => 1,
        Standing::SameOrganization => 2,
        Standing::SameAccount => 3,
    }
}

pub(super) fn kind(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Role => "role",
        NodeKind::User => "user",
        NodeKind::Unlisted => "principal not in the input",
        NodeKind::Account => "all principals of the account",
        NodeKind::Organization => "accounts of an organization",
        NodeKind::AnyAccount => "any AWS account",
        NodeKind::Public => "everyone",
        NodeKind::Service => "service",
        NodeKind::AnyService => "any AWS service",
        NodeKind::Provider => "identity provider",
        NodeKind::Workload => "workload",
        NodeKind::Resource => "resource",
    }
}

pub(super) fn kinds(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Role => "roles",
        NodeKind::User => "users",
        NodeKind::Unlisted => "principals not in the input",
        NodeKind::Account => "whole accounts",
        NodeKind::Organization => "organizations",
        NodeKind::AnyAccount => "wildcards",
        NodeKind::Public => "public wildcards",
        NodeKind::Service | NodeKind::AnyService => "services",
        NodeKind::Provider => "identity providers",
        NodeKind::Workload => "workloads",
        NodeKind::Resource => "resources",
    }
}

/// How a step is made; a takeover keeps its id.
pub(super) fn way(edge: &AccessEdge) -> String {
    match edge.layer {
        Layer::Could => return format!("takeover: {}", edge.way),
        Layer::Today => {}
    }
    match edge.way {
        "assume-role" => "AssumeRole",
        "web-identity" => "web identity",
        "saml" => "SAML",
        "service" => "service",
        "instance-profile" => "instance profile",
        "pod-identity" => "pod identity",
        "runs-as" => "runs as",
        "irsa" => "service account token",
        "read" => "reads",
        "does" => return edge.calls.first().map_or_else(|| "does".to_owned(), |call| call.action.clone()),
        other => other,
    }
    .to_owned()
}

/// Under which keys: `if sts:ExternalId`.
pub(super) fn keys(edge: &AccessEdge) -> Option<String> {
    /// More keys than these are counted.
    const NAMED: usize = 2;
    if edge.verdict == Verdict::Allowed {
        return None;
    }
    let mut keys: Vec<&str> = Vec::new();
    let lines = edge.conditions.iter().flatten().flatten().map(|line| line.key.as_str());
    let open = edge.depends_on.iter().map(|unknown| &*unknown.name);
    for key in lines.chain(open) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let named = keys.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    Some(match keys.len().saturating_sub(NAMED) {
        _ if keys.is_empty() => "under a condition".to_owned(),
        0 => format!("if {named}"),
        more => format!("if {named} +{more}"),
    })
}

/// Text for a drawing: nothing that moves a cursor or changes the order of what follows, and not too long.
pub(super) fn plain(text: &str, longest: usize) -> String {
    let clean = |c: char| match c {
        // No characters at all, and XML cannot hold them.
        '\u{fffe}' | '\u{ffff}' => char::REPLACEMENT_CHARACTER,
        c if is_harmful(c) => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    let all: Vec<char> = text.chars().map(clean).collect();
    if all.len() <= longest {
        return all.into_iter().collect();
    }
    // Names differ at both ends.
    let kept = longest.saturating_sub(1);
    let end = kept / 2;
    let head = all.iter().take(kept - end);
    let tail = all.iter().skip(all.len() - end);
    head.chain(['…'].iter()).chain(tail).collect()
}

/// Controls, and characters that change the order or direction of what follows.
pub(super) fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A text in one line: names of files come from outside, and a line break in one must not begin a line of ours.
pub(super) fn in_one_line(text: &str) -> String {
    text.replace('\n', "\\n").replace('\r', "\\r")
}

/// How many answers, findings and problems a report has, and how the expectations stand.
pub(super) fn headline(report: &Report) -> String {
    let of = |outcome| report.answers.iter().filter(|c| c.outcome() == Some(outcome)).count();
    let mut parts = Vec::new();
    let expected = report.answers.iter().filter(|checked| checked.outcome().is_some()).count();
    if expected > 0 {
        parts.push(format!("{} of {} hold", of(Outcome::Held), count(expected, "expectation")));
    }
    let cells = report.matrix.as_ref().map_or(0, |matrix| matrix.cells.len());
    let asked = report.answers.len() - expected + cells;
    parts.extend((asked > 0).then(|| count(asked, "answer")));
    let open = of(Outcome::Open);
    parts.extend((open > 0).then(|| format!("{open} open")));
    for (n, what) in [
        (report.findings.len(), "finding"),
        (report.problems.len(), "problem"),
        (report.suppressed.len(), "suppressed finding"),
    ] {
        parts.extend((n > 0).then(|| count(n, what)));
    }
    if parts.is_empty() { "Nothing to complain about.".to_owned() } else { format!("{}.", parts.join(", ")) }
}

pub(super) fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// What the verdict says: “IAM_CLUSTER can read s3://lake/x”.
pub(super) fn sentence(answer: &Answer) -> String {
    let (who, verb, what) = match &answer.subject {
        Subject::Read { role, object, profile } => {
            let profile = if profile == "s3-read" { String::new() } else { format!(" (profile {profile})") };
            (short(role), "read", format!("{object}{profile}"))
        }
        Subject::Assume { role, by } => (short(by), "assume", short(role).to_owned()),
        Subject::Action { by, action, resource } => (short(by), "use", format!("{action} on {resource}")),
        Subject::Operation { by, operation, targets } if operation == "multipart" => {
            (short(by), "write", format!("{} in parts", targets.join(" to ")))
        }
        Subject::Operation { by, operation, targets } => {
            (short(by), operation.as_str(), targets.join(" to "))
        }
    };
    match answer.verdict {
        Verdict::Allowed => format!("{who} can {verb} {what}"),
        Verdict::Denied | Verdict::Blocked => format!("{who} cannot {verb} {what}"),
        Verdict::Conditional => format!("it depends whether {who} can {verb} {what}"),
        Verdict::Unsupported => format!("no answer whether {who} can {verb} {what}"),
    }
}

/// A gate in the words of the leg it is on.
pub(super) fn gate_name(gate: Gate, leg: &Leg) -> &'static str {
    match gate {
        Gate::Identity => "identity policy",
        Gate::Scp => "SCP",
        Gate::Rcp => "RCP",
        Gate::Grant => "grant",
        Gate::Endpoint => "endpoint policy",
        Gate::Resource | Gate::Boundary | Gate::Session | Gate::Ownership | Gate::PublicAccess => {
            document_name(gate, &leg.action, &leg.resource)
        }
    }
}

/// A file of the run for what has no place in any: the manifest, else the first file that was read.
pub(super) fn somewhere(map: &SourceMap) -> String {
    const MANIFEST: &str = "decryptable.toml";
    let is_manifest = |path: &String| path.rsplit('/').next() == Some(MANIFEST);
    let found = map.paths().find(is_manifest).or_else(|| map.paths().next());
    found.unwrap_or_else(|| MANIFEST.to_owned())
}
