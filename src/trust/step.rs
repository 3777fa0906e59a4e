//! One step: a principal becomes a role, or gets at a resource, by these calls, under this condition.

use crate::eval::{Explained, Gate, Spoken, Symbolic};
use crate::logic::{Cond, Truth};
use crate::policy::Effect;
use crate::request::call::Call;
use crate::source::Span;

/// A statement or a grant that speaks to a call of a step.
#[derive(Clone, Debug)]
pub struct Spoke {
    pub gate: Gate,
    pub effect: Effect,
    pub span: Span,
    /// JSON pointer inside its document.
    pub pointer: String,
    pub sid: Option<String>,
    pub fires: Cond,
}

/// An API call of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    pub action: String,
    pub resource: String,
}

/// A decided call: when it works, and who said so.
#[derive(Clone, Debug)]
pub struct DecidedCall {
    pub made: Made,
    pub when: Cond,
    pub spoke: Vec<Spoke>,
}

/// Decide a call and keep who spoke.
pub(crate) fn explain(call: &Call<'_>) -> DecidedCall {
    let mut world = Explained::new(Symbolic);
    let decision = call.decide(&mut world);
    let spoke = world.spoken.iter().filter(|(_, _, fires)| !fires.is_false()).map(spoke).collect();
    let made = Made { action: call.action.as_str().to_owned(), resource: call.resource.to_string() };
    DecidedCall { made, when: decision.allowed, spoke }
}

fn spoke((gate, who, fires): &(Gate, Spoken<'_>, Cond)) -> Spoke {
    let (effect, span, pointer, sid) = match who {
        Spoken::Statement { policy, statement } => (
            statement.effect.value,
            statement.span,
            policy.statement_pointer(statement),
            statement.sid.as_ref().map(|sid| sid.value.to_string()),
        ),
        Spoken::Grant(grant) => (Effect::Allow, grant.span, grant.pointer.clone(), grant.id.clone()),
    };
    Spoke { gate: *gate, effect, span, pointer, sid, fires: fires.clone() }
}
