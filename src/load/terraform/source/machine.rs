//! What an evaluation needs of its surroundings: where names lead, files, and a place for what is noted on the way.

use std::cell::Cell;
use std::rc::Rc;

use super::fault::Read;
use super::syntax::{Expr, Step};
use super::value::{Handle, Hole, MAX_TEXT, V, Val};
use crate::diagnostic::Diagnostic;
use crate::load::Intake;
use crate::source::Span;

/// Why a value is not known past the last step.
pub(super) const TOO_MANY_STEPS: &str = "it takes too many steps to evaluate";

/// How much text is written in one step.
const BYTES_OF_A_STEP: usize = 64;

/// The surroundings of an expression.
pub(super) trait Machine {
    /// The value of an expression.
    fn eval(&self, expr: &Expr, scope: Scope<'_>) -> Read;
    /// What a name and the steps behind it refer to.
    fn reference(&self, name: &str, steps: &[Step], scope: Scope<'_>, at: Span) -> Read;
    /// An attribute of an instance of a resource.
    fn resource_attribute(&self, handle: &Handle, name: &Rc<str>, at: Span) -> Read;
    /// Counts so many steps; none is left where this is false.
    fn spend(&self, steps: u64) -> bool;
    /// How many expressions stand in each other.
    fn depth(&self) -> &Cell<usize>;
    /// Notes why a hole is one.
    fn note(&self, hole: &Rc<Hole>);
    /// What was noted of a hole, by its name or by that of its symbol.
    fn known_hole(&self, name: &str) -> Option<Rc<Hole>>;
    /// Whether a text stands at a place as it is.
    fn is_written(&self, at: Span, text: &str) -> bool;
    /// The text of a file.
    fn file(&self, path: &str, at: Span) -> Read;
    /// Whether a file is there; `None` outside the configuration.
    fn file_exists(&self, path: &str) -> Option<bool>;
    /// The files below a directory that match; `None` outside the configuration.
    fn matching(&self, dir: &str, pattern: &str) -> Option<Vec<String>>;
    fn tell(&self, problems: Vec<Diagnostic>);
    /// The result of a function that the language does not have.
    fn call_around(&self, name: &str, arguments: &[Val], at: Span) -> Option<Read>;
}

/// What a tool around Terraform adds to the language.
pub(super) trait Surroundings {
    /// The value of a name that the language does not have.
    fn named(&self, name: &str) -> Option<Val>;
    /// The result of a function that the language does not have.
    fn call(&self, intake: &mut Intake, name: &str, arguments: &[Val], at: Span) -> Option<Read>;
}

impl dyn Machine + '_ {
    /// A value of which no side that Terraform would refuse is left.
    pub(super) fn eval_in(&self, expr: &Expr, scope: Scope<'_>) -> Read {
        self.eval(expr, scope).map(Val::settled)
    }

    /// What is large costs more steps, so that steps bound memory too.
    pub(super) fn weighed(&self, value: Val) -> Val {
        let weight = match &value.v {
            V::Str(text) if text.text.len() > MAX_TEXT => return self.too_long(value.at),
            V::Str(text) => {
                text.text.len() / BYTES_OF_A_STEP + text.pieces.as_ref().map_or(0, |pieces| pieces.len())
            }
            V::List(elements) | V::Set(elements) => elements.len(),
            V::Map(map) => map.members.len(),
            _small => 0,
        };
        match self.spend(weight as u64) {
            true => value,
            false => Val::hole("evaluation", TOO_MANY_STEPS, value.at),
        }
    }

    /// A hole of which it is noted why it is one.
    pub(super) fn hole(&self, name: impl Into<Rc<str>>, why: impl Into<Rc<str>>, at: Span) -> Val {
        let value = Val::hole(name, why, at);
        if let V::Hole(hole) = &value.v {
            self.note(hole);
        }
        value
    }
}

/// Where an expression is evaluated.
#[derive(Copy, Clone, Debug)]
pub(super) struct Scope<'s> {
    /// The index of the instance of the module.
    pub(super) module: usize,
    pub(super) each: Option<&'s Each>,
    pub(super) names: Option<&'s Frame<'s>>,
    /// The resource that the expression stands in.
    pub(super) own: Option<&'s Handle>,
}

/// What an instance of a resource or module is made from.
#[derive(Clone, Debug)]
pub(super) enum Each {
    Count(Val),
    Pair { key: Val, value: Val },
}

/// A name that a `for` or a `dynamic` block gives.
#[derive(Debug)]
pub(super) struct Frame<'s> {
    pub(super) name: Rc<str>,
    pub(super) value: Val,
    pub(super) outer: Option<&'s Frame<'s>>,
}

impl<'s> Scope<'s> {
    pub(super) fn of(module: usize) -> Self {
        Self { module, each: None, names: None, own: None }
    }

    pub(super) fn named(&self, name: &str) -> Option<&'s Val> {
        let mut frame = self.names;
        while let Some(inner) = frame {
            if &*inner.name == name {
                return Some(&inner.value);
            }
            frame = inner.outer;
        }
        None
    }
}
