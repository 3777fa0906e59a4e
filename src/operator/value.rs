use super::{Operand, Operator};
use crate::name::{ConditionKey, Lookup, Unresolved};
use crate::source::Span;

/// A value of the policy: what it means to the operator, and its text.
#[derive(Clone, Debug)]
pub struct TestValue {
    /// The value as the operator reads it.
    pub operand: Operand,
    /// Empty when the operand keeps the text itself.
    text: Box<str>,
    /// The place of the value.
    pub span: Span,
}

impl TestValue {
    /// A value as the operator reads it, as it was written, and its place.
    pub fn new(operand: Operand, text: impl Into<Box<str>>, span: Span) -> Self {
        let text = match &operand {
            Operand::Text(_) | Operand::Arn(_) => Box::default(),
            Operand::Number(_)
            | Operand::Date(_)
            | Operand::Flag(_)
            | Operand::Network(_)
            | Operand::Bytes(_)
            | Operand::Symbol
            | Operand::Unreadable => text.into(),
        };
        Self { operand, text, span }
    }

    /// The value as written.
    pub fn text(&self) -> &str {
        match &self.operand {
            Operand::Text(wild) => wild.as_str(),
            Operand::Arn(arn) => arn.as_str(),
            Operand::Number(_)
            | Operand::Date(_)
            | Operand::Flag(_)
            | Operand::Network(_)
            | Operand::Bytes(_)
            | Operand::Symbol
            | Operand::Unreadable => &self.text,
        }
    }

    /// The value as it is written under an operator: where `*` is a wildcard, a plain one is escaped.
    pub fn written_for(&self, operator: &Operator) -> String {
        match &self.operand {
            Operand::Text(wild) if operator.name.ends_with("Like") => wild.as_glob(),
            Operand::Text(_)
            | Operand::Arn(_)
            | Operand::Number(_)
            | Operand::Date(_)
            | Operand::Flag(_)
            | Operand::Network(_)
            | Operand::Bytes(_)
            | Operand::Symbol
            | Operand::Unreadable => self.text().to_owned(),
        }
    }

    /// The value with what its variables stand for put in.
    pub fn resolve<'l>(&self, lookup: &dyn Fn(&ConditionKey) -> Lookup<'l>) -> Result<Self, Unresolved> {
        let operand = match &self.operand {
            Operand::Text(wild) => Operand::Text(wild.resolved(lookup)?),
            Operand::Arn(arn) => Operand::Arn(arn.resolved(lookup)?),
            other @ (Operand::Number(_)
            | Operand::Date(_)
            | Operand::Flag(_)
            | Operand::Network(_)
            | Operand::Bytes(_)
            | Operand::Symbol
            | Operand::Unreadable) => other.clone(),
        };
        Ok(Self { operand, text: self.text.clone(), span: self.span })
    }
}

impl AsRef<Operand> for TestValue {
    fn as_ref(&self) -> &Operand {
        &self.operand
    }
}
