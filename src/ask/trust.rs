//! Who can become a role, in one step or over others (R116–R127).

mod graph_builder;

use super::{AccessGraph, AccessNote, AccessSubject, AskError};
use crate::estate::{Estate, Role};
use crate::eval::{CallerKind, Circumstances, Session};
use crate::request::Requester;
use crate::trust::context::TrustContext;
use crate::trust::{Limits, Principal, TrustGraph, Way, ways};
pub(super) use graph_builder::{Done, GraphBuilder};

/// How many ways one answer holds.
const MOST_WAYS: usize = 20_000;

/// Who can become this role?
#[derive(Clone, Debug, Default)]
pub struct TrustQuestion {
    /// The role's ARN, or its name where only one role has it; `None` asks for every step between principals.
    pub role: Option<String>,
    /// Only ways of this principal: as in [`super::BecomesQuestion`].
    pub by: Option<String>,
    /// How many ways of one principal.
    pub ways_of_one: usize,
    /// Who could become the role by changing something first, too.
    pub escalation: bool,
    /// Network, session and context keys.
    pub circumstances: Circumstances,
    /// Whether what is not provided makes a step conditional.
    pub strict: bool,
}

/// Answer one question.
pub fn trust(estate: &Estate, question: &TrustQuestion) -> Result<AccessGraph, AskError> {
    let trust_context = TrustContext::new(estate, &question.circumstances, question.strict);
    let mut graph = TrustGraph::new(&trust_context);
    if question.escalation {
        graph.with_escalation();
    }
    let target = match &question.role {
        Some(name) => Some(estate.role(name)?),
        None => None,
    };
    let by = match &question.by {
        Some(by) => Some(principal(estate, &mut graph, by)?),
        None => None,
    };
    let subject =
        AccessSubject::Trust { role: target.map(|role| role.arn.value.to_string()), by: question.by.clone() };
    let owner = target.and_then(|role| role.arn.value.account());
    let mut drawing = GraphBuilder::new(estate, subject, owner);
    drawing.whole(question.ways_of_one > 1);
    match target {
        None => {
            graph.decide_all();
            let all: Vec<_> = graph.edges().collect();
            for edge in all {
                drawing.path(&graph, &[edge]);
            }
        }
        Some(role) => {
            let limits = Limits { of_one: question.ways_of_one.max(1), in_all: MOST_WAYS };
            ways_to(&mut graph, &mut drawing, role, by.as_ref(), limits);
        }
    }
    let notes = standing_notes(&graph, target, estate);
    Ok(drawing.finish(notes, trust_context.ctx.assumptions()))
}

/// Who can become each of these roles, the shortest way of everyone; with `could`, by changing something first, too.
pub fn trust_each(
    estate: &Estate,
    roles: &[&Role],
    escalation: bool,
    strict: bool,
    tell: &mut dyn FnMut(&Role, &AccessGraph),
) {
    let circumstances = Circumstances::default();
    let trust_context = TrustContext::new(estate, &circumstances, strict);
    let mut graph = TrustGraph::new(&trust_context);
    if escalation {
        graph.with_escalation();
    }
    for role in roles {
        let subject = AccessSubject::Trust { role: Some(role.arn.value.to_string()), by: None };
        let mut drawing = GraphBuilder::new(estate, subject, role.arn.value.account());
        ways_to(&mut graph, &mut drawing, role, None, Limits { of_one: 1, in_all: MOST_WAYS });
        tell(role, &drawing.finish(Vec::new(), Vec::new()));
    }
}

/// The ways to a role, of everyone or of one.
fn ways_to<'e>(
    graph: &mut TrustGraph<'e>,
    drawing: &mut GraphBuilder<'_, 'e>,
    role: &Role,
    by: Option<&Principal>,
    limits: Limits,
) {
    let at = graph.with_arn(role.arn.value.as_str()).unwrap_or(Principal::Role(0));
    let target = graph.node(&at);
    drawing.target(&at);
    let found = ways(graph, target, limits);
    for way in &found.ways {
        let starts = way.edges.first().and_then(|edge| graph.edge(*edge)).map(|edge| &edge.from);
        if by.is_none() || starts == by {
            drawing.path(graph, &way.edges);
        }
    }
    drawing.omitted(found.omitted);
}

/// What there is to know of the trust policies that were looked at, or of one.
pub(super) fn standing_notes(
    graph: &TrustGraph<'_>,
    only: Option<&Role>,
    estate: &Estate,
) -> Vec<AccessNote> {
    let is_about = |at: usize| {
        let role = estate.roles.get(at);
        only.is_none_or(|only| role.is_some_and(|role| role.arn.value == only.arn.value))
    };
    let mut notes: Vec<_> = graph.notes().filter(|(role, _)| is_about(*role)).collect();
    notes.sort_by_key(|(role, _)| *role);
    notes.into_iter().map(|(_, note)| AccessNote { text: note.text.clone(), at: note.at }).collect()
}

/// Who is asked about; principals that the estate does not hold are looked at for every role.
fn principal(estate: &Estate, graph: &mut TrustGraph<'_>, by: &str) -> Result<Principal, AskError> {
    let requester = Requester::find(estate, by, &Session::default()).map_err(|error| AskError::Invalid {
        message: error.to_string(),
        help: Some("`by` is service:NAME, federated:ARN, or the ARN of a role, user or session".to_owned()),
    })?;
    let text = by.strip_prefix("service:").or_else(|| by.strip_prefix("federated:")).unwrap_or(by);
    let (principal, way) = match requester.caller.kind {
        CallerKind::Service => (Principal::Service(requester.caller.name.clone()), Way::Service),
        CallerKind::Federated if requester.caller.name.contains(":saml-provider/") => {
            (Principal::Provider(requester.caller.name.clone()), Way::Saml)
        }
        CallerKind::Federated => (Principal::Provider(requester.caller.name.clone()), Way::WebIdentity),
        CallerKind::Role
        | CallerKind::User
        | CallerKind::Root
        | CallerKind::FederatedUser
        | CallerKind::KnownToS3
        | CallerKind::Anonymous => {
            let session = matches!(requester.caller.session, crate::eval::SessionName::Known(_));
            match requester
                .identity
                .filter(|_| !session)
                .and_then(|identity| graph.with_arn(identity.arn().as_str()))
            {
                Some(known) => return Ok(known),
                None => (Principal::Unlisted(text.into()), Way::AssumeRole),
            }
        }
    };
    // EC2 has a way of its own, which the trust policy brings in.
    let known = matches!(&principal, Principal::Service(name) if **name == *"ec2.amazonaws.com");
    if !known {
        graph.besides(principal.clone(), way);
    }
    Ok(principal)
}
