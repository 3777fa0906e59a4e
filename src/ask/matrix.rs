//! Many questions at once: roles × targets × operations, and what decides each.

use std::sync::Arc;

use super::acts::{ActsQuestion, Made};
use super::reasons::closing_gate;
use super::{
    Answer, AskError, Circumstances, ConditionLine, DoesQuestion, Doing, GateVerdict, Verdict, acts, does,
};
use crate::estate::{Estate, Identity};
use crate::eval::Gate;
use crate::operation;
use crate::parallel;
use crate::request::{DecisionContext, Requester};

/// Which cells are asked about.
#[derive(Clone, Debug)]
pub struct MatrixQuestion {
    /// ARNs of roles and users of the estate.
    pub principals: Vec<String>,
    /// Names of operations with one target, or actions.
    pub operations: Vec<String>,
    /// `s3://…`, or the resources of actions.
    pub targets: Vec<String>,
    /// The name of the profile that reads and writes are judged by.
    pub profile: String,
    /// Network, session and context keys.
    pub circumstances: Circumstances,
    /// Whether what is not provided makes an answer conditional.
    pub strict: bool,
}

/// The answers, by principals, then targets, then operations.
#[derive(Clone, Debug, Default)]
pub struct Matrix {
    /// One for each principal, target and operation.
    pub cells: Vec<Cell>,
}

/// One answer.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The ARN of the principal.
    pub principal: String,
    /// The operation, or the action as `service:Name`.
    pub operation: String,
    /// The target, as it was asked about.
    pub target: String,
    /// What the answer comes to.
    pub verdict: Verdict,
    /// The action of the leg that decides.
    pub leg: Option<String>,
    /// The gate of it that decides.
    pub gate: Option<Gate>,
    /// When it works, where that depends on something.
    pub conditions: Option<Vec<Vec<ConditionLine>>>,
}

/// Answer all of them, each as a question of its own is answered.
pub fn matrix(estate: &Estate, question: &MatrixQuestion) -> Result<Matrix, AskError> {
    let ctx = Arc::new(DecisionContext::new(estate, &question.circumstances, question.strict));
    let rows = parallel::map(&question.principals, |principal| {
        let mut cells = Vec::new();
        for target in &question.targets {
            for operation in &question.operations {
                let answer = answer(estate, &ctx, question, (principal, operation, target))?;
                cells.push(cell(principal, operation, target, answer));
            }
        }
        Ok(cells)
    });
    let rows: Vec<Vec<Cell>> = rows.into_iter().collect::<Result<_, AskError>>()?;
    Ok(Matrix { cells: rows.into_iter().flatten().collect() })
}

fn answer(
    estate: &Estate,
    ctx: &Arc<DecisionContext<'_>>,
    question: &MatrixQuestion,
    (principal, operation, target): (&str, &str, &str),
) -> Result<Answer, AskError> {
    let Some(row) = operation::find(operation) else {
        let asked = ActsQuestion {
            by: principal.to_owned(),
            action: operation.to_owned(),
            resource: target.to_owned(),
            made: Made::Somehow,
            circumstances: question.circumstances.clone(),
            strict: question.strict,
        };
        return acts::acts(estate, &asked);
    };
    let object = operation::target(target, row.is_of_bucket())
        .map_err(|error| AskError::Invalid { message: format!("`{target}`: {error}"), help: None })?;
    let asked = DoesQuestion {
        role: principal.to_owned(),
        doing: Doing { operation: operation.to_owned(), to: None, reads: false },
        object,
        version_id: None,
        access_point: None,
        profile: question.profile.clone(),
        circumstances: question.circumstances.clone(),
        strict: question.strict,
    };
    let identity = match (estate.role(principal), estate.user(principal)) {
        (Ok(role), _) => Identity::Role(role),
        (Err(_), Some(user)) => Identity::User(user),
        (Err(missing), None) => return Err(missing.into()),
    };
    let invalid = |message: String| AskError::Invalid { message, help: None };
    let requester = Requester::of(identity).map_err(|error| invalid(error.to_string()))?;
    let quick = does::read_for(ctx, &asked, requester)?;
    // Only an answer that depends on something has conditions.
    if quick.verdict == Verdict::Conditional { does::read(estate, &asked) } else { Ok(quick) }
}

fn cell(principal: &str, operation: &str, target: &str, answer: Answer) -> Cell {
    let decides = answer.legs.iter().find(|leg| leg.verdict == answer.verdict);
    let is_firm = matches!(answer.verdict, Verdict::Allowed | Verdict::Unsupported);
    let decides = decides.filter(|_| !is_firm);
    let open = decides.and_then(|leg| leg.gates.iter().find(|gate| gate.verdict == GateVerdict::Conditional));
    let gate = decides.and_then(closing_gate).or(open).map(|reading| reading.gate);
    Cell {
        principal: principal.to_owned(),
        operation: operation.to_owned(),
        target: target.to_owned(),
        verdict: answer.verdict,
        leg: decides.map(|leg| leg.action.clone()),
        gate,
        conditions: answer.conditions,
    }
}
