//! Who can read an object, or do something else: directly, and by becoming somebody who can.
//!
//! Nobody asks all principals. The resource's own policy says which accounts and principals come into question, the
//! policies of those say who of them may, and only who is left is decided.

mod candidates;
mod entrance;
mod judge;
mod self_grants;

use std::rc::Rc;

use super::trust::{Done, GraphBuilder, standing_notes};
use rustc_hash::FxHashSet;

use super::{AccessGraph, AccessSubject, AskError, Doing};
use crate::estate::{Estate, ObjectUri};
use crate::eval::Circumstances;
use crate::logic::Truth as _;
use crate::trust::context::TrustContext;
use crate::trust::{Access, Edge, Limits, Principal, TrustGraph, Way, ways};
pub(in crate::ask) use entrance::Entrance;
pub(in crate::ask) use judge::Judge;
use self_grants::SelfGrants;

/// How many ways one answer holds.
const MOST_WAYS: usize = 20_000;

/// Who can do something?
#[derive(Clone, Debug)]
pub struct WhoQuestion {
    /// What the principals do.
    pub what: WhoDoes,
    /// How many ways of one principal.
    pub ways_of_one: usize,
    /// Only who can without becoming somebody else first.
    pub direct: bool,
    /// Who could become somebody who can by changing something first, too.
    pub escalation: bool,
    /// Network, session and context keys.
    pub circumstances: Circumstances,
    /// Whether what is not provided makes a step conditional.
    pub strict: bool,
}

/// What the principals do.
#[derive(Clone, Debug)]
pub enum WhoDoes {
    /// They read an object, or all objects under a prefix.
    Read {
        /// The object, or the prefix of a set of objects.
        object: ObjectUri,
        /// The name of the profile the read is judged by.
        profile: String,
    },
    /// They do one thing.
    Action {
        /// The action, as `service:Name`.
        action: String,
        /// The ARN of the resource.
        resource: String,
    },
    /// An operation other than a read.
    Operation {
        /// What they do.
        doing: Doing,
        /// The object, or the prefix of a set of objects.
        object: ObjectUri,
        /// The name of the profile it is judged by.
        profile: String,
    },
}

/// Answer one question.
pub fn who(estate: &Estate, question: &WhoQuestion) -> Result<AccessGraph, AskError> {
    let trust_context = TrustContext::new(estate, &question.circumstances, question.strict);
    let mut graph = TrustGraph::new(&trust_context);
    if question.escalation {
        graph.with_escalation();
    }
    let judge = Rc::new(Judge::new(&trust_context.ctx, question)?);
    let (subject, name) = match &question.what {
        WhoDoes::Read { object, profile } => {
            (AccessSubject::Read { object: object.clone(), profile: profile.clone() }, object.to_string())
        }
        WhoDoes::Operation { doing, object, .. } => {
            let targets = doing.targets(object);
            let name = targets.join(" to ");
            (AccessSubject::Operation { operation: doing.operation.clone(), targets }, name)
        }
        WhoDoes::Action { action, resource } => {
            let subject = AccessSubject::Action { action: action.clone(), resource: resource.clone() };
            (subject, resource.clone())
        }
    };
    let end = Principal::Resource(name.into());
    let target = graph.node(&end);
    let mut firm = FxHashSet::default();
    for principal in judge.candidates(graph.index()) {
        let Some(edge) = judge.edge(principal) else { continue };
        firm.extend(edge.when.is_true().then(|| edge.from.clone()));
        graph.does(edge, target);
    }
    let at_end = Rc::clone(&judge);
    graph.leads_to(Access::new(move |by, session| at_end.when_given(by, session)));
    let mut openings = SelfGrants::new(estate, &trust_context, &judge, firm);
    if question.escalation {
        openings.find(&mut graph);
        for (principal, opening) in openings.found() {
            let (way, when) = (Way::Takeover(opening.recipe), opening.when.clone());
            graph.does(Edge { from: principal.clone(), way, when, coupled: false }, target);
        }
    }
    let mut drawing = GraphBuilder::new(estate, subject, judge.owner());
    drawing.whole(question.ways_of_one > 1);
    drawing.target(&end);
    drawing.does(Box::new(|principal, way| match way.recipe() {
        Some(recipe) => openings.done(principal, recipe),
        None => {
            let (calls, evidence) = judge.spoken(principal);
            Done { calls, evidence, note: None }
        }
    }));
    if question.direct {
        for (edge, _) in graph.steps_into(target) {
            drawing.path(&graph, &[edge]);
        }
    } else {
        let limits = Limits { of_one: question.ways_of_one.max(1), in_all: MOST_WAYS };
        let found = ways(&mut graph, target, limits);
        for way in &found.ways {
            drawing.path(&graph, &way.edges);
        }
        drawing.omitted(found.omitted);
    }
    let notes = standing_notes(&graph, None, estate);
    Ok(drawing.finish(notes, trust_context.ctx.assumptions()))
}
