//! Statements that were meant to allow a request and do not: which of their elements does not fit, and why.
//!
//! Each element of a statement is put to the request by itself, by the same code that decides; how far a statement is from
//! allowing is the sum over the elements that are not met.

mod action;
mod compare;
mod condition;
mod except;
mod find;
mod grant;
mod principal;
mod resource;
mod value;
mod view;

use crate::diagnostic::{Cause, Class};
use crate::source::Span;
pub(in crate::ask) use condition::limit_of;
pub(in crate::ask) use except::exceptions;
pub(in crate::ask) use find::{Surroundings, near};

/// A statement that was meant for a request and does not fit.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Near {
    /// The statement; its file and bytes are looked up in the source map.
    pub span: Span,
    /// The JSON pointer of the statement in its document.
    pub pointer: String,
    /// The Sid, where the statement has one.
    pub sid: Option<String>,
    /// In the order of the statement's elements: principal, action, resource, condition.
    pub misses: Vec<Miss>,
    /// The statement has principals, and the caller is one of them.
    pub names_caller: bool,
}

/// An element that the request does not meet.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Miss {
    /// The element that does not fit.
    pub element: MissedElement,
    /// Of a condition.
    pub key: Option<String>,
    /// Of a condition, with prefix and suffix.
    pub operator: Option<String>,
    /// The values in the statement.
    pub written: Vec<String>,
    /// What the request has in their place; `None` where it has nothing.
    pub request: Option<Vec<String>>,
    /// Why it does not fit, where the reason is a known one.
    pub cause: Option<Cause>,
    /// The value that does not fit, or the nearest of several.
    pub at: Span,
    /// What is wrong, as a clause that goes on from “but”.
    pub why: String,
    /// What to put in the place of the value, where that puts the element right.
    pub repair: Option<Repair>,
}

/// A change inside a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repair {
    /// The value at the place of the miss becomes this text.
    Value(String),
    /// The values of the condition line become these.
    Key(String),
    /// The operator of the condition line becomes this one.
    Operator(String),
}

/// An element of a statement.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MissedElement {
    /// `Principal` or `NotPrincipal`.
    Principal,
    /// `Action` or `NotAction`.
    Action,
    /// `Resource` or `NotResource`.
    Resource,
    /// One key of `Condition`.
    Condition,
}

impl MissedElement {
    /// The word used in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Principal => "principal",
            Self::Action => "action",
            Self::Resource => "resource",
            Self::Condition => "condition",
        }
    }
}

impl Miss {
    fn class(&self) -> Class {
        match (self.cause, self.element) {
            (Some(cause), _) => cause.class(),
            // A condition limits the statement.
            (None, MissedElement::Condition) => Class::Restriction,
            (None, _) => Class::Other,
        }
    }

    fn distance(&self) -> u32 {
        match self.class() {
            Class::Mistake => 1,
            Class::Restriction => 2,
            Class::Other => 3,
        }
    }

    /// Whether it limits the statement on purpose.
    pub fn is_restriction(&self) -> bool {
        self.class() == Class::Restriction
    }
}

impl Near {
    /// How far the statement is from allowing the request.
    pub fn distance(&self) -> u32 {
        self.misses.iter().map(Miss::distance).sum()
    }

    /// Whether the statement is the answer to the question why: nothing of it is plainly about something else, or it names
    /// the caller and one element does not fit.
    pub fn leads(&self) -> bool {
        let known = |miss: &Miss| miss.cause.is_some() || miss.class() != Class::Other;
        self.misses.iter().all(known) || (self.names_caller && matches!(&*self.misses, [_]))
    }

    /// Whether none of its actions is one of the service that is asked.
    fn is_of_other_actions(&self) -> bool {
        self.misses.iter().any(|miss| miss.cause == Some(Cause::LeftOutOfLimit))
    }

    /// Whether every element that does not fit can be put right in its place.
    pub fn is_repairable(&self) -> bool {
        self.misses.iter().all(|miss| miss.repair.is_some() && miss.class() == Class::Mistake)
    }
}

/// A list of values for a sentence: the first three of them.
fn listed(values: &[String]) -> String {
    const SHOWN: usize = 3;
    let shown = values.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match values.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
