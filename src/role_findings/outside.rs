//! Ways that begin outside the organization.

use std::collections::BTreeMap;

use crate::ask::{AccessEdge, AccessGraph, AccessNode, AccessPath, Layer, NodeKind, Standing, Verdict};
use crate::diagnostic::{Code, Diagnostic, Label, Severity};
use crate::estate::{Estate, Known, Role};
use crate::logic::UnknownKind;
use crate::source::Span;

/// How many principals one finding names.
const NAMED: usize = 3;

pub(super) fn check(estate: &Estate, role: &Role, map: &AccessGraph) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    // Where there is no organization, the accounts that the manifest tells of are one's own.
    let alone =
        role.arn.value.account().is_some_and(|own| estate.organization_id_of(own) == Known::Provided(None));
    let is_own = |start: &AccessNode| {
        alone && start.account.is_some_and(|account| estate.accounts.contains_key(&account))
    };
    let mut reached: Vec<(&AccessNode, &AccessPath)> = Vec::new();
    // The widest of those that one statement lets in.
    let mut let_in: BTreeMap<Span, &AccessNode> = BTreeMap::new();
    for path in map.paths.iter().filter(|path| map.layer(path) == Layer::Today) {
        let Some(start) =
            map.start(path).filter(|start| start.standing == Standing::Outside && !is_own(start))
        else {
            continue;
        };
        let edges: Vec<&AccessEdge> = path.edges.iter().filter_map(|at| map.edges.get(*at)).collect();
        match edges.as_slice() {
            [only] if is_unconditional(only, path) => {
                let Some(at) = place(only) else { continue };
                let known = let_in.entry(at).or_insert(start);
                if width(start.kind) > width(known.kind) {
                    *known = start;
                }
            }
            _ => reached.push((start, path)),
        }
    }
    findings.extend(let_in.iter().filter_map(|(at, start)| unconditional(role, start, *at)));
    findings.extend(summary(role, map, &reached));
    findings
}

/// Nothing but the caller's own account says who may: no external id, no organization, no name.
fn is_unconditional(edge: &AccessEdge, path: &AccessPath) -> bool {
    edge.way == "assume-role"
        && !path.depends_on.iter().any(|unknown| unknown.kind == UnknownKind::ContextKey)
}

fn unconditional(role: &Role, start: &AccessNode, at: Span) -> Option<Diagnostic> {
    // A principal that is named is somebody in particular; an account is whoever it lets.
    let who = match start.kind {
        NodeKind::AnyAccount => "every AWS account".to_owned(),
        NodeKind::Account => format!("all of account {}", start.account?),
        NodeKind::Organization => format!("all {}", start.label),
        NodeKind::Role
        | NodeKind::User
        | NodeKind::Unlisted
        | NodeKind::Public
        | NodeKind::Service
        | NodeKind::AnyService
        | NodeKind::Provider
        | NodeKind::Workload
        | NodeKind::Resource => named(start),
    };
    let severity = if start.kind == NodeKind::AnyAccount { Severity::Error } else { Severity::Warning };
    let message =
        format!("{who}, outside the organization, can assume {} without any condition", role.name());
    let help = "ask a vendor for its external id and test `sts:ExternalId`; for accounts of your own, test `aws:PrincipalOrgID`";
    Some(Diagnostic::new(Code::UnconditionalOutsideTrust, at, message).level(severity).help(help))
}

/// Who stands for more principals.
fn width(kind: NodeKind) -> u8 {
    match kind {
        NodeKind::AnyAccount | NodeKind::Public => 2,
        NodeKind::Account | NodeKind::Organization => 1,
        NodeKind::Role
        | NodeKind::User
        | NodeKind::Unlisted
        | NodeKind::Service
        | NodeKind::AnyService
        | NodeKind::Provider
        | NodeKind::Workload
        | NodeKind::Resource => 0,
    }
}

/// Everyone else from outside, in one finding.
fn summary(role: &Role, map: &AccessGraph, reached: &[(&AccessNode, &AccessPath)]) -> Option<Diagnostic> {
    let (first, path) = reached.first()?;
    let last = |path: &AccessPath| map.edges.get(*path.edges.last()?).and_then(place);
    let at = last(path).unwrap_or(role.arn.span);
    let others = match reached.len() - 1 {
        0 => String::new(),
        1 => " and 1 other principal".to_owned(),
        more => format!(" and {more} other principals"),
    };
    let firm = reached.iter().any(|(_, path)| path.verdict == Verdict::Allowed);
    let severity = if firm { Severity::Warning } else { Severity::Note };
    let under = if firm { "" } else { " under conditions" };
    let message =
        format!("{}{others} from outside the organization can assume {}{under}", named(first), role.name());
    let help = format!("`decryptable trust {}` shows every way", role.name());
    let mut finding = Diagnostic::new(Code::RoleReachableFromOutside, at, message).level(severity).help(help);
    for (start, path) in reached.iter().take(NAMED) {
        let steps: Vec<&AccessEdge> = path.edges.iter().filter_map(|at| map.edges.get(*at)).collect();
        let through: Vec<&str> =
            steps.iter().skip(1).filter_map(|edge| Some(map.nodes.get(edge.from)?.label.as_str())).collect();
        let text = match through.is_empty() {
            true => named(start),
            false => format!("{}, through {}", named(start), through.join(", ")),
        };
        if let Some(span) = steps.first().and_then(|edge| place(edge)) {
            finding.related.push(Label { span, text });
        }
    }
    Some(finding)
}

/// Names of roles are told apart by their accounts.
fn named(node: &AccessNode) -> String {
    match (node.kind, node.account) {
        (NodeKind::Role | NodeKind::User, Some(account)) => format!("{} of account {account}", node.label),
        (_, _) => node.label.clone(),
    }
}

/// The statement that lets somebody in.
fn place(edge: &AccessEdge) -> Option<Span> {
    use crate::policy::Effect;
    edge.evidence.iter().rev().find(|evidence| evidence.effect == Effect::Allow).map(|evidence| evidence.span)
}
