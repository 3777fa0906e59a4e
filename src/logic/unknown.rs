use std::borrow::Cow;

use super::FactId;
use crate::name::ConditionKey;
use crate::operator::Written;
use crate::source::Span;

/// Something an answer depends on that nobody told us, or that AWS does not document.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Unknown {
    /// What kind of thing is not known.
    pub kind: UnknownKind,
    /// The context key, or the fact that is missing, by its usual name.
    pub name: Cow<'static, str>,
    /// Why it is not known, and what comes of it, in one sentence.
    pub why: Cow<'static, str>,
    /// Where it matters.
    pub at: Option<Span>,
    /// The fact of the configuration that settles it, if one does.
    pub fact: Option<FactId>,
}

/// The kinds of what is not known.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum UnknownKind {
    /// A fact of the request that is only known when it is made.
    ContextKey,
    /// A document or a fact of the configuration that the estate does not hold.
    NotSupplied,
    /// A value that is a reference or a hole in the input.
    Unresolved,
    /// AWS pages are silent here, or contradict each other.
    Undocumented,
    /// The exact answer would cost more than the budget.
    TooComplex,
}

impl UnknownKind {
    /// The name in machine output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ContextKey => "context_key",
            Self::NotSupplied => "not_supplied",
            Self::Unresolved => "unresolved",
            Self::Undocumented => "undocumented",
            Self::TooComplex => "too_complex",
        }
    }
}

impl Unknown {
    /// Something that is not known, by its kind, its name and the reason.
    pub fn new(
        kind: UnknownKind,
        name: impl Into<Cow<'static, str>>,
        why: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { kind, name: name.into(), why: why.into(), at: None, fact: None }
    }

    /// A point that AWS does not document.
    pub fn undocumented(name: impl Into<Cow<'static, str>>, why: impl Into<Cow<'static, str>>) -> Self {
        Self::new(UnknownKind::Undocumented, name, why)
    }

    /// A fact that was not provided, by its own name.
    pub fn missing(fact: FactId, why: impl Into<Cow<'static, str>>) -> Self {
        let name = fact.to_string();
        Self { fact: Some(fact), ..Self::new(UnknownKind::NotSupplied, name, why) }
    }

    /// The value of a context key that such a fact would tell. The key gives it its name.
    pub fn missing_value(fact: FactId, why: impl Into<Cow<'static, str>>) -> Self {
        Self { fact: Some(fact), ..Self::new(UnknownKind::NotSupplied, "", why) }
    }

    /// The same point, wherever it matters.
    pub fn is_same(&self, other: &Self) -> bool {
        self.kind == other.kind && self.name == other.name && self.why == other.why
    }

    /// The same, with the place that leaves it open.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.at = Some(span);
        self
    }
}

/// The point AWS contradicts itself on: a set compared “not, for all” where the key is missing (R42).
pub fn disputed_when_absent(key: &ConditionKey, written: Written) -> Unknown {
    Unknown::undocumented(
        key.as_str().to_owned(),
        format!("AWS pages disagree on {} where the key is missing", written.spelling()),
    )
}

/// A negated comparison with a value that cannot be read (R39).
pub fn mistyped(key: &str, operator: &str) -> Unknown {
    Unknown::undocumented(
        key.to_owned(),
        format!("AWS does not say what {operator} makes of a value of another type"),
    )
}

/// A set compared without `ForAllValues` or `ForAnyValue` (R43).
pub fn compared_without_set_operator(key: &str) -> Unknown {
    Unknown::undocumented(
        key.to_owned(),
        "the key holds a set of values; without ForAllValues or ForAnyValue the result is undocumented",
    )
}
