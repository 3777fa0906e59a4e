//! What the condition operators mean: one file a family, one table of all (R33–R44).
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

mod apply;
mod arn;
mod binary;
mod boolean;
mod date;
mod ip;
mod null;
mod numeric;
mod string;
mod value;

use ipnet::IpNet;
use jiff::Timestamp;

use crate::name::{ArnPattern, ConditionKey, Lookup, Match, Variable, VariableError, Wild};

pub use apply::{Actual, Condition, Open, Outcome};
pub use null::NULL;
pub use string::{STRING_EQUALS, STRING_LIKE, STRING_NOT_EQUALS, STRING_NOT_LIKE};
pub use value::TestValue;

/// One operator, without prefix and suffix.
#[derive(Debug)]
pub struct Operator {
    /// The name in policies, without prefix and suffix.
    pub name: &'static str,
    /// How it reads values.
    pub family: Family,
    /// Several values mean “none of them”, and a missing key matches (R33, R35).
    pub negated: bool,
    /// The operator that is true exactly where this one is false, the key being present.
    pub opposite: Option<&'static str>,
    /// Read a value of the policy.
    pub parse: fn(&str, Dialect) -> Result<Operand, OperandError>,
    /// Compare a value of the policy with one of the request; negation is applied by the caller.
    pub compare: Compare,
}

/// What the values of an operator are.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// ARNs.
    Arn,
    /// Bytes in base64.
    Binary,
    /// `true` or `false`.
    Bool,
    /// Dates.
    Date,
    /// IP addresses and ranges.
    IpAddress,
    /// Whether the key is there.
    Null,
    /// Numbers.
    Numeric,
    /// Text.
    String,
}

/// Compares a value of the policy with one of the request; the function looks variables up.
pub type Compare = for<'l> fn(&Operand, &str, &dyn Fn(&ConditionKey) -> Lookup<'l>) -> Comparison;

/// What the document's version makes of its values.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// `${…}` is a variable (version 2012-10-17).
    pub variables: bool,
}

/// A value of the policy, read once.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// Text with wildcards and policy variables.
    Text(Wild),
    /// A pattern of ARNs.
    Arn(ArnPattern),
    /// A number.
    Number(f64),
    /// A date.
    Date(Timestamp),
    /// `true` or `false`.
    Flag(bool),
    /// A range of IP addresses.
    Network(IpNet),
    /// Bytes.
    Bytes(Box<[u8]>),
    /// It cannot be read for this operator; what AWS makes of it is undocumented (R39).
    Unreadable,
    /// A value that the input leaves open, under an operator that reads no text: see [`crate::name::symbol`].
    Symbol,
}

impl Operator {
    /// The operator without its “not”.
    pub fn positive(&'static self) -> &'static Self {
        if self.negated { self.reverse().unwrap_or(self) } else { self }
    }

    /// The operator that is true exactly where this one is false, the key being present.
    pub fn reverse(&self) -> Option<&'static Self> {
        Written::parse(self.opposite?).map(|w| w.operator)
    }
}

impl Operand {
    /// The pattern, where it is one of text.
    pub fn as_text(&self) -> Option<&Wild> {
        match self {
            Self::Text(wild) => Some(wild),
            Self::Arn(_)
            | Self::Number(_)
            | Self::Date(_)
            | Self::Flag(_)
            | Self::Network(_)
            | Self::Bytes(_)
            | Self::Symbol
            | Self::Unreadable => None,
        }
    }

    /// The pattern, where it is one of ARNs.
    pub fn as_arn(&self) -> Option<&ArnPattern> {
        match self {
            Self::Arn(pattern) => Some(pattern),
            Self::Text(_)
            | Self::Number(_)
            | Self::Date(_)
            | Self::Flag(_)
            | Self::Network(_)
            | Self::Bytes(_)
            | Self::Symbol
            | Self::Unreadable => None,
        }
    }

    /// Whether it has policy variables.
    pub fn has_variables(&self) -> bool {
        self.variables().next().is_some()
    }

    /// The variables that have to be looked up.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        let (text, arn) = (self.as_text(), self.as_arn());
        let of_text = text.into_iter().flat_map(Wild::variables);
        of_text.chain(arn.into_iter().flat_map(ArnPattern::variables))
    }
}

/// Why a value does not fit its operator.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum OperandError {
    /// A policy variable is not well formed.
    Variable(VariableError),
    /// What was expected, in words.
    Expected(&'static str),
}

impl From<VariableError> for OperandError {
    fn from(error: VariableError) -> Self {
        Self::Variable(error)
    }
}

/// One value of the policy against one of the request.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// It fits.
    Yes,
    /// It does not fit.
    No,
    /// A variable could not be looked up.
    Open,
    /// One of the two cannot be read for this operator.
    Mistyped,
}

impl From<bool> for Comparison {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

impl From<Match> for Comparison {
    fn from(found: Match) -> Self {
        match found {
            Match::Yes => Self::Yes,
            Match::No => Self::No,
            Match::Open => Self::Open,
        }
    }
}

/// `ForAllValues:` and `ForAnyValue:`.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum Quantifier {
    /// No prefix: the key has one value.
    One,
    /// `ForAllValues`
    All,
    /// `ForAnyValue`
    Any,
}

impl Quantifier {
    /// The prefix in policies, with its colon; empty for none.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::One => "",
            Self::All => "ForAllValues:",
            Self::Any => "ForAnyValue:",
        }
    }
}

/// Every operator, sorted by name.
pub static ALL: &[&Operator] = &[
    &arn::ARN_EQUALS,
    &arn::ARN_LIKE,
    &arn::ARN_NOT_EQUALS,
    &arn::ARN_NOT_LIKE,
    &binary::BINARY_EQUALS,
    &boolean::BOOL,
    &date::DATE_EQUALS,
    &date::DATE_GREATER_THAN,
    &date::DATE_GREATER_THAN_EQUALS,
    &date::DATE_LESS_THAN,
    &date::DATE_LESS_THAN_EQUALS,
    &date::DATE_NOT_EQUALS,
    &ip::IP_ADDRESS,
    &ip::NOT_IP_ADDRESS,
    &null::NULL,
    &numeric::NUMERIC_EQUALS,
    &numeric::NUMERIC_GREATER_THAN,
    &numeric::NUMERIC_GREATER_THAN_EQUALS,
    &numeric::NUMERIC_LESS_THAN,
    &numeric::NUMERIC_LESS_THAN_EQUALS,
    &numeric::NUMERIC_NOT_EQUALS,
    &string::STRING_EQUALS,
    &string::STRING_EQUALS_IGNORE_CASE,
    &string::STRING_LIKE,
    &string::STRING_NOT_EQUALS,
    &string::STRING_NOT_EQUALS_IGNORE_CASE,
    &string::STRING_NOT_LIKE,
];

/// An operator as a policy writes it, taken apart.
#[derive(Copy, Clone, Debug)]
pub struct Written {
    /// The set prefix, where there is one.
    pub quantifier: Quantifier,
    /// The operator without prefix and suffix.
    pub operator: &'static Operator,
    /// Whether the operator ends in `IfExists`.
    pub if_exists: bool,
}

impl Written {
    /// Read `ForAnyValue:StringLikeIfExists`; names are matched exactly (R11).
    pub fn parse(text: &str) -> Option<Self> {
        let (quantifier, rest) = if let Some(rest) = text.strip_prefix("ForAllValues:") {
            (Quantifier::All, rest)
        } else if let Some(rest) = text.strip_prefix("ForAnyValue:") {
            (Quantifier::Any, rest)
        } else {
            (Quantifier::One, text)
        };
        let (name, if_exists) = match rest.strip_suffix("IfExists") {
            Some(name) => (name, true),
            None => (rest, false),
        };
        let at = ALL.binary_search_by(|o| o.name.cmp(name)).ok()?;
        Some(Self { quantifier, operator: ALL.get(at)?, if_exists })
    }

    /// As a policy writes it.
    pub fn spelling(self) -> String {
        let suffix = if self.if_exists { "IfExists" } else { "" };
        format!("{}{}{suffix}", self.quantifier.prefix(), self.operator.name)
    }

    /// AWS's text and one of its tables contradict each other on `ForAllValues:…Not…` and a missing key (R42).
    pub fn is_disputed_when_absent(self) -> bool {
        self.quantifier == Quantifier::All
            && self.operator.negated
            && !self.if_exists
            && self.operator.family != Family::Null
    }

    /// The operator that is true exactly where this one is false, and whether the key must also be present.
    pub fn opposite(self) -> Option<(String, bool)> {
        let name = self.operator.opposite?;
        let quantifier = match self.quantifier {
            Quantifier::One => Quantifier::One,
            Quantifier::All => Quantifier::Any,
            Quantifier::Any => Quantifier::All,
        };
        let opposite_negated = Self::parse(name).is_some_and(|w| w.operator.negated);
        let (suffix, present) = match (self.quantifier, self.operator.family) {
            (_, Family::Null) | (Quantifier::All | Quantifier::Any, _) => ("", self.if_exists),
            // Missing satisfies this one, so the opposite must refuse it.
            (Quantifier::One, _) if self.if_exists || self.operator.negated => ("", opposite_negated),
            // Missing fails this one, so the opposite must accept it.
            (Quantifier::One, _) => (if opposite_negated { "" } else { "IfExists" }, false),
        };
        Some((format!("{}{name}{suffix}", quantifier.prefix()), present))
    }
}

impl PartialEq for Written {
    fn eq(&self, other: &Self) -> bool {
        self.quantifier == other.quantifier
            && self.if_exists == other.if_exists
            && std::ptr::eq(self.operator, other.operator)
    }
}

impl Eq for Written {}

/// Every way to write an operator, for suggestions.
pub fn spellings() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|o| o.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_opposites_are_mutual() {
        assert!(ALL.is_sorted_by(|a, b| a.name < b.name));
        for operator in ALL {
            if let Some(name) = operator.opposite {
                let back = Written::parse(name).unwrap().operator;
                assert!(back.opposite.is_some(), "{name}");
            }
        }
    }

    #[test]
    fn reads_prefix_and_suffix() {
        let w = Written::parse("ForAnyValue:StringNotLikeIfExists").unwrap();
        assert_eq!((w.quantifier, w.operator.name, w.if_exists), (Quantifier::Any, "StringNotLike", true));
        for wrong in ["stringequals", "StringLikes", "IfExists", "ForAnyValues:StringLike", ""] {
            assert!(Written::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn opposites_treat_a_missing_key_the_other_way() {
        let opposite = |text: &str| Written::parse(text).unwrap().opposite().unwrap();
        assert_eq!(opposite("StringEquals"), ("StringNotEquals".into(), false));
        assert_eq!(opposite("StringEqualsIfExists"), ("StringNotEquals".into(), true));
        assert_eq!(opposite("StringNotEquals"), ("StringEquals".into(), false));
        assert_eq!(opposite("NumericLessThan"), ("NumericGreaterThanEqualsIfExists".into(), false));
        assert_eq!(opposite("Bool"), ("BoolIfExists".into(), false));
        assert_eq!(opposite("ForAllValues:StringLike"), ("ForAnyValue:StringNotLike".into(), false));
    }
}
