//! The decision of one request.

use super::context;
use super::fixed::{self, Fixed};
use super::line::{
    Decision, EvaluationResult, MatchedStatement, Open, PolicyProblem, RequestLine, Test, Witness, echo,
    finish,
};
use super::request::{Resource, Simulation};
use crate::ask::ConditionLine;
use crate::estate::Known;
use crate::eval::{
    Applicable, Caller, CallerKind, Context, ContextValue, Explained, Gate, Kleene, Matched, Request,
    Symbolic, decide,
};
use crate::json::Node;
use crate::logic::{Assignment, Cond, Solver, Tri, Truth};
use crate::name::{AccountId, ActionName, Arn, ConditionKey};
use crate::policy::Policy;
use crate::request::call::{Call, Documents};
use crate::service::{self, OwnPolicies, OwnSide};
use crate::source::Position;

pub(super) fn write(out: &mut Vec<u8>, id: Option<&Node<'_>>, simulation: &Simulation<'_>) {
    let mut evaluation_results = Vec::with_capacity(simulation.actions.len() * simulation.resources.len());
    for action in &simulation.actions {
        for resource in &simulation.resources {
            let mut result = evaluate(simulation, action, resource);
            if let Some(fixed) = fixed::decision(simulation.caller.as_ref(), action, resource) {
                settle(&mut result, &fixed);
            }
            evaluation_results.push(result);
        }
    }
    let problems = simulation
        .mistakes
        .iter()
        .map(|m| PolicyProblem { source_policy_id: &m.policy, code: m.code.as_str(), message: &m.message })
        .collect();
    finish(out, &RequestLine { id: echo(id), evaluation_results, problems });
}

/// Put what AWS settles in the place of what the policies say.
fn settle(result: &mut EvaluationResult<'_>, fixed: &Fixed) {
    result.eval_decision = match (fixed, result.eval_decision) {
        (Fixed::Allowed, _) => Decision::Allowed,
        (Fixed::NotAllowed, Decision::ExplicitDeny) => Decision::ExplicitDeny,
        (Fixed::NotAllowed, _) => Decision::ImplicitDeny,
    };
    result.conditions = None;
    result.witness = None;
    result.depends_on.clear();
}

fn evaluate<'a>(
    simulation: &'a Simulation<'_>,
    action: &'a ActionName,
    resource: &'a str,
) -> EvaluationResult<'a> {
    let arn: Option<Arn> = resource.parse().ok();
    let caller_account = simulation.caller.as_ref().and_then(|c| c.account);
    // An ARN that names its account says who owns the resource; S3 ARNs do not (ResourceOwner of the API).
    let owner = arn.as_ref().and_then(Arn::account).or(simulation.owner).or(caller_account);
    let nobody;
    let caller = match &simulation.caller {
        Some(caller) => caller,
        None => {
            nobody = unnamed();
            &nobody
        }
    };
    let call = call(simulation, caller, action, resource, owner);
    let (applicable, request) = (call.applicable(), call.request());
    if simulation.open {
        return symbolic(simulation, &applicable, &request, action, resource);
    }
    let mut world = Explained::new(Kleene);
    let decision = decide(&applicable, &request, &mut world);
    let word = match (decision.denied, decision.allowed) {
        (Tri::True, _) => Decision::ExplicitDeny,
        (_, Tri::True) => Decision::Allowed,
        (_, Tri::False) => Decision::ImplicitDeny,
        (_, Tri::Open) => return symbolic(simulation, &applicable, &request, action, resource),
    };
    EvaluationResult {
        eval_action_name: action.as_str(),
        eval_resource_name: resource,
        eval_decision: word,
        matched_statements: matched(simulation, &world.matched),
        missing_context_values: world.missing.iter().map(ToString::to_string).collect(),
        conditions: None,
        witness: None,
        depends_on: Vec::new(),
    }
}

fn symbolic<'a>(
    simulation: &Simulation<'_>,
    applicable: &Applicable<'_>,
    request: &Request<'_>,
    action: &'a ActionName,
    resource: &'a str,
) -> EvaluationResult<'a> {
    let mut world = Explained::new(Symbolic);
    let decision = decide(applicable, request, &mut world);
    let mut result = EvaluationResult {
        eval_action_name: action.as_str(),
        eval_resource_name: resource,
        eval_decision: Decision::Conditional,
        matched_statements: matched(simulation, &world.matched),
        missing_context_values: world.missing.iter().map(ToString::to_string).collect(),
        conditions: None,
        witness: None,
        depends_on: Vec::new(),
    };
    let mut solver = Solver::unrelated([&decision.allowed, &decision.denied]);
    result.eval_decision = match (solver.decided(&decision.denied), solver.decided(&decision.allowed)) {
        (Some(true), _) => Decision::ExplicitDeny,
        (_, Some(true)) => Decision::Allowed,
        (_, Some(false)) => Decision::ImplicitDeny,
        (_, None) => {
            let confirm = |keys: &Assignment, wanted: bool| {
                let context = bind(request.context, keys);
                let request = Request { context: &context, ..*request };
                decide(applicable, &request, &mut Kleene).allowed == Tri::known(wanted)
            };
            explain(&mut result, &mut solver, &decision.allowed, &confirm);
            let context = context::possible(request.context, simulation.caller.as_ref(), action);
            let of_possible = || {
                let request = Request { context: &context, ..*request };
                decide(applicable, &request, &mut Symbolic).allowed
            };
            prefer_possible(&mut result, &context, &of_possible, &confirm);
            Decision::Conditional
        }
    };
    result
}

/// The request of a witness: what it names is known, everything else is missing.
fn bind(context: &Context, keys: &Assignment) -> Context {
    let mut context = context.clone().closed();
    for (key, values) in keys {
        let slot = match values.as_deref() {
            None => ContextValue::Absent,
            Some([only]) if !ConditionKey::new(key).is_multivalued() => ContextValue::one(only.as_str()),
            Some(many) => ContextValue::many(many.iter().map(String::as_str)),
        };
        context.set(key, slot);
    }
    context
}

fn explain(
    result: &mut EvaluationResult<'_>,
    solver: &mut Solver,
    allowed: &Cond,
    confirm: &dyn Fn(&Assignment, bool) -> bool,
) {
    let test = |line: ConditionLine| Test { key: line.key, operator: line.operator, values: line.values };
    result.conditions = solver
        .conditions(allowed)
        .map(|all| all.into_iter().map(|c| c.into_iter().map(test).collect()).collect());
    let mut found = solver.witness(allowed);
    // The evaluator has the last word on a request that is shown.
    found.allowed = found.allowed.filter(|keys| confirm(keys, true));
    found.denied = found.denied.filter(|keys| confirm(keys, false));
    result.witness = Some(Witness { allowed: found.allowed, denied: found.denied });
    for unknown in solver.depends_on(allowed) {
        let entry = Open {
            kind: unknown.kind.as_str(),
            name: unknown.name.to_string(),
            why: unknown.why.to_string(),
        };
        if !result.depends_on.contains(&entry) {
            result.depends_on.push(entry);
        }
    }
}

/// An open request says nothing of any key, so conditions are about all that policies name. What is shown as a request is
/// one that can be made, where there is one.
fn prefer_possible(
    result: &mut EvaluationResult<'_>,
    context: &Context,
    allowed: &dyn Fn() -> Cond,
    confirm: &dyn Fn(&Assignment, bool) -> bool,
) {
    let Some(shown) = &mut result.witness else { return };
    let is_impossible = |(key, values): &(String, Option<Vec<String>>)| {
        values.is_some() && matches!(context.get(&ConditionKey::new(key)), ContextValue::Absent)
    };
    if !shown.allowed.iter().chain(&shown.denied).flatten().any(is_impossible) {
        return;
    }
    let allowed = allowed();
    let found = Solver::unrelated([&allowed]).witness(&allowed);
    if let Some(keys) = found.allowed.filter(|keys| confirm(keys, true)) {
        shown.allowed = Some(keys);
    }
    if let Some(keys) = found.denied.filter(|keys| confirm(keys, false)) {
        shown.denied = Some(keys);
    }
}

/// `SimulateCustomPolicy` without `CallerArn`: the identity side of nobody in particular.
fn unnamed() -> Caller {
    Caller {
        kind: CallerKind::User,
        account: None,
        partition: "aws".into(),
        name: "".into(),
        has_path: true,
        id: None,
        session: crate::eval::SessionName::Unknown,
        unnamed: false,
        organization: None,
        has_boundary: false,
    }
}

/// The request with the documents that came with it.
fn call<'a>(
    simulation: &'a Simulation<'_>,
    caller: &Caller,
    action: &ActionName,
    resource: &str,
    owner: Option<AccountId>,
) -> Call<'a> {
    let context =
        context::derive(&simulation.given, simulation.caller.as_ref(), action, owner, simulation.open);
    let policy = match &simulation.resource {
        Resource::LeftOut => OwnPolicies::LeftOut,
        Resource::Nothing => OwnPolicies::Nothing,
        Resource::Policy(policies) => OwnPolicies::Provided(policies),
    };
    let is_key = service::of("kms").requires_resource_policy(resource);
    let side = OwnSide {
        grants: Known::Provided(if is_key { &simulation.grants } else { &[] }),
        restrict_public: Known::Provided(simulation.restrict_public && action.service() == "s3"),
        ..OwnSide::of(policy, owner)
    };
    let documents = Documents {
        identity: &simulation.identity,
        boundary: &simulation.boundary,
        session: simulation.session.as_deref(),
        scps: &simulation.scps,
        rcps: &simulation.rcps,
        endpoint: simulation.endpoint.as_deref(),
        side,
    };
    Call::of_documents(caller, action, resource, context, documents)
}

/// Where a stretch of a text starts and ends; what lies before it is looked at once.
struct Walk<'t> {
    text: &'t str,
    /// How far the text was gone over, and the position there.
    gone: usize,
    at: Position,
}

impl<'t> Walk<'t> {
    fn new(text: &'t str) -> Self {
        Self { text, gone: 0, at: Position { line: 1, column: 1 } }
    }

    /// Start and end of a part. Statements come in the order of the text, so that it is gone over once.
    fn place(&mut self, start: u32, len: usize) -> (Position, Position) {
        let start = start as usize;
        let from = self.to(start);
        (from, self.to(start.saturating_add(len)))
    }

    fn to(&mut self, offset: usize) -> Position {
        if offset < self.gone {
            *self = Self::new(self.text);
        }
        let rest = self.text.get(self.gone..).unwrap_or_default();
        let over = rest.get(..offset - self.gone).unwrap_or(rest);
        (self.gone, self.at) = (offset, advance(self.at, over));
        self.at
    }
}

/// The position behind some text.
fn advance(from: Position, over: &str) -> Position {
    let breaks = over.bytes().filter(|b| *b == b'\n').count();
    let (column, last) =
        if breaks == 0 { (from.column, over) } else { (1, over.rsplit('\n').next().unwrap_or_default()) };
    Position { line: from.line + breaks as u32, column: column + last.chars().count() as u32 }
}

fn matched<T: Truth>(
    simulation: &Simulation<'_>,
    spoken: &[(Gate, Matched<'_>, T)],
) -> Vec<MatchedStatement> {
    let mut walks: Vec<(*const Policy, Walk<'_>)> = Vec::new();
    spoken
        .iter()
        .map(|(gate, who, _)| match who {
            Matched::Statement { policy, statement } => {
                let text =
                    simulation.texts.iter().find(|(p, _)| std::ptr::eq(&**p, *policy)).map(|(_, text)| *text);
                // Places count from the start of the policy, also when it is an object inside the request.
                let base =
                    if text.is_some_and(|t| t.len() == policy.span.len()) { policy.span.start } else { 0 };
                if let Some(text) = text
                    && walks.last().is_none_or(|(of, _)| !std::ptr::eq(*of, *policy))
                {
                    walks.push((std::ptr::from_ref(*policy), Walk::new(text)));
                }
                let walk = walks.last_mut().filter(|(of, _)| std::ptr::eq(*of, *policy));
                let place = walk.map(|(_, walk)| {
                    walk.place(statement.span.start.saturating_sub(base), statement.span.len())
                });
                MatchedStatement {
                    source_policy_type: gate.as_str(),
                    source_policy_id: policy.pointer.to_string(),
                    start_position: place.map(|(start, _)| start.into()),
                    end_position: place.map(|(_, end)| end.into()),
                }
            }
            Matched::Grant(grant) => MatchedStatement {
                source_policy_type: gate.as_str(),
                source_policy_id: grant.pointer.clone(),
                start_position: None,
                end_position: None,
            },
        })
        .collect()
}
